"""What came of every time at which a profile asks for a look? Each slot of a check: on time, late, missed, or still open.

Pure in the session, so that the live station, the report and a review tell the same. A slot is fulfilled by the first note,
score or tick of its check from three minutes before it on. It is missed for good when the next one falls due, or, where its
part of the treatment has ended, when its grace is over; what nobody had to do any more when the patient left is no miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.profile import CheckPlan
from monitor_app.core.session import Session

EARLY_US = 3 * MINUTE_US
"""A nurse who comes a little before the time has come in time."""

SLOTS_MAX = 64
"""Due times of one check that are looked through: a day at twenty minutes has 72, a treatment a handful."""


class SlotState(StrEnum):
    """How a slot ended, or that it has not."""

    ON_TIME = "on time"
    LATE = "late"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Slot:
    """One due time of a check. number: 1 and up in its part of the treatment. closes_us: when it is missed if nothing comes,
    None while that hangs on the end of the phase."""

    check: str
    text: str
    phase: str
    number: int
    due_us: int
    grace_us: int
    state: SlotState
    done_us: int | None = None
    closes_us: int | None = None


def slots(session: Session, plan: CheckPlan, until_us: int) -> list[Slot]:
    """Every slot of this check that has fallen due by `until_us`, oldest first; none where its part never began."""
    begun_us, ended_us = span(session, plan.phase)
    if begun_us is None:
        return []
    last_us = until_us if ended_us is None else min(ended_us, until_us)
    grace_us, done = round(plan.grace_min * MINUTE_US), _done(session, plan)
    times = list(due_times(plan, begun_us))
    found = []
    for number, due_us in enumerate(times, 1):
        if due_us > last_us:
            break
        next_us = times[number] if number < len(times) else None
        closes_us = _closes(due_us + grace_us, next_us, ended_us)
        done_us = next((t for t in done if due_us - EARLY_US <= t and (closes_us is None or t < closes_us)), None)
        state = _state(due_us + grace_us, done_us, closes_us, _left(session, until_us))
        found.append(Slot(plan.id, plan.text, plan.phase, number, due_us, grace_us, state, done_us, closes_us))
    return found


def due_times(plan: CheckPlan, begun_us: int) -> Iterator[int]:
    """When this check falls due, from the start of its part of the treatment on."""
    last_us = begun_us
    for minute in plan.at_min:
        last_us = begun_us + round(minute * MINUTE_US)
        yield last_us
    if plan.every_min <= 0:
        return
    for k in range(1, SLOTS_MAX + 1):
        yield last_us + round(k * plan.every_min * MINUTE_US)


def span(session: Session, phase: str) -> tuple[int | None, int | None]:
    """When that part of the treatment, infusion or recovery, began and ended; None for what has not come."""
    if phase == Phase.INFUSION.value:
        return session.infusion_start_us, session.infusion_end_us
    return (session.recovery_us, session.ended_us) if phase == Phase.RECOVERY.value else (None, None)


def _closes(overdue_us: int, next_us: int | None, ended_us: int | None) -> int | None:
    if next_us is not None and (ended_us is None or next_us <= ended_us):
        return next_us
    return None if ended_us is None else max(ended_us, overdue_us)


def _left(session: Session, until_us: int) -> int:
    """After the discharge nobody is looked at any more."""
    return until_us if session.ended_us is None else min(session.ended_us, until_us)


def _state(overdue_us: int, done_us: int | None, closes_us: int | None, now_us: int) -> SlotState:
    if done_us is not None:
        return SlotState.ON_TIME if done_us <= overdue_us else SlotState.LATE
    return SlotState.OPEN if closes_us is None or now_us < closes_us else SlotState.MISSED


def _done(session: Session, plan: CheckPlan) -> list[int]:
    care = session.care
    times = [entry.at_us for entry in care.noted(*plan.done_by)] if plan.done_by else []
    times += [score.at_us for score in care.scores if score.scale in plan.done_by and not score.corrected]
    return sorted([*times, *(tick.at_us for tick in care.ticks if tick.item in plan.done_by)])
