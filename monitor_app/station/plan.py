"""What comes in the next hour at every chair? The nurse's plan: minutes reached, cuffs, checks, ends, what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.session import Session
from monitor_app.core.snapshot import DueItem
from monitor_app.station.chair_state import ChairState
from monitor_app.station.checks import coming_checks
from monitor_app.station.treatment import ready_at_us

WITHIN_US = 60 * MINUTE_US
PER_CHAIR_MAX = 40
"""An hour at five minutes has twelve readings and as many checks; a chair cannot fill the page alone."""

CUFF, CHECK, END, RECOVERY, MINUTE, BACK = "cuff", "check", "end", "recovery", "minute", "back"
MINUTES = (10, 20, 30, 40, 60, 90, 120)
"""Minutes of the infusion that people ask about."""


def room_plan(chairs: Sequence[ChairState], now_us: int) -> tuple[DueItem, ...]:
    """Everything up to one hour ahead, and what should have been done by now; in order of time."""
    items = [item for chair in chairs for item in chair_plan(chair, now_us)]
    return tuple(sorted(items, key=lambda item: (item.at_us, item.chair, item.kind, item.text)))


def chair_plan(chair: ChairState, now_us: int) -> list[DueItem]:
    """The plan of one chair."""
    session, until_us = chair.treated, now_us + WITHIN_US
    if session is None:
        return []
    number = chair.number
    items = [
        DueItem(at_us, number, "BP", CUFF, _is_late(chair, at_us, now_us)) for at_us in cuffs(chair, now_us, until_us)
    ]
    items += [
        DueItem(check.due_us, number, check.text, CHECK, now_us >= check.overdue_us)
        for check in coming_checks(session, chair.profile, until_us)
    ]
    items += [
        DueItem(at_us, number, text, kind)
        for at_us, text, kind in _marks(chair, session)
        if now_us <= at_us <= until_us
    ]
    end_us = _end_us(session)
    if end_us is not None and end_us <= until_us:
        items.append(DueItem(end_us, number, f"{chair.profile.infusion_label} end", END, now_us > end_us))
    items.sort(key=lambda item: item.at_us)
    return items[:PER_CHAIR_MAX]


def cuffs(chair: ChairState, now_us: int, until_us: int) -> Iterator[int]:
    """Due times of the cuff; what recovery brings is planned when it begins."""
    session, cuff = chair.treated, chair.cuff
    end_us = _end_us(session) if session is not None else None
    last_us = until_us if end_us is None else min(until_us, max(end_us, now_us))
    at_us = cuff.next_us
    while cuff.plan is not None and at_us is not None and at_us <= last_us:
        yield at_us
        at_us = cuff.plan.next_after(max(at_us, now_us))


def _is_late(chair: ChairState, at_us: int, now_us: int) -> bool:
    return now_us >= at_us + chair.profile.nibp.overdue_s * 1_000_000


def _end_us(session: Session) -> int | None:
    """When the running drug ends by its plan; None while it is held, where nobody knows."""
    return session.planned_end_us if session.phase is Phase.INFUSION and not session.paused else None


def _marks(chair: ChairState, session: Session) -> Iterator[tuple[int, str, str]]:
    if session.care.away_until_us is not None:
        yield session.care.away_until_us, "back from absence", BACK
    if session.phase in (Phase.RECOVERY, Phase.ABORTED):
        yield ready_at_us(chair, session), "Recovery minimum", RECOVERY
    if session.phase is not Phase.INFUSION or session.paused or session.infusion_start_us is None:
        return
    held_us = session.paused_us  # minutes of the drug, as the clock of the chair counts them
    for minute in MINUTES:
        at_us = session.infusion_start_us + held_us + minute * MINUTE_US
        if session.planned_end_us is None or at_us < session.planned_end_us:
            yield at_us, f"minute {minute}", MINUTE
    for number, dose_min in enumerate(chair.profile.doses_min, start=1):
        if all(given.number != number for given in session.care.given):
            yield session.infusion_start_us + round(dose_min * MINUTE_US), f"device {number}", CHECK
