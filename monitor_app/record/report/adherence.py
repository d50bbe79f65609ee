"""Was done what the profile asked for? Each due item: on time, late, missed; a share without weights (CLINICAL 7.13).

Due are the slots of the cuff as the journal tells them, the readings of the baseline, the least time of recovery, and the
checks of the embedded profile. A slot of the cuff is on time when a reading came before it counted as overdue
(`nibp.overdue_s`), deferred where the quiet-cuff rule let it wait; a check is judged by `core.check_slots`. Items of
check-in and discharge stand here only when a person went on without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.check_slots import SlotState, slots
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.profile import checks_in
from monitor_app.core.session import Session
from monitor_app.record.report.material import Reading

ON_TIME, LATE, MISSED, OVERRIDDEN, DEFERRED = "on time", "late", "missed", "overridden", "deferred by rule"
OVERDUE_S = 180
"""Where a profile of an older release does not say it."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do. due_us, done_us: station time, None where there is none. late_us: behind its time, 0 on time."""

    what: str
    state: str
    due_us: int | None
    done_us: int | None = None
    late_us: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Adherence:
    """All due items of a session, in order of time."""

    items: tuple[Due, ...]

    def count(self, state: str) -> int:
        """How many items ended so."""
        return sum(item.state == state for item in self.items)

    @property
    def share(self) -> float | None:
        """On time out of due, None when nothing was due."""
        return self.count(ON_TIME) / len(self.items) if self.items else None


def adherence(session: Session, events: Sequence[ev.Event], readings: Sequence[Reading], to_us: int) -> Adherence:
    """The due items of a session that has come as far as `to_us`. Pure: what the record holds, whoever asks."""
    items = [
        *_baseline(session, events),
        *_slots(session, events, readings, to_us),
        *_recovery(session, events),
        *_checks(session, events, to_us),
    ]
    return Adherence(tuple(sorted(items, key=lambda item: item.due_us if item.due_us is not None else 0)))


def _baseline(session: Session, events: Sequence[ev.Event]) -> list[Due]:
    """Enough readings before the infusion began."""
    wanted = session.profile.get("baseline_readings")
    if session.infusion_start_us is None or wanted is None:
        return []
    used = [len(e.payload.readings) for e in events if isinstance(e.payload, ev.BaselineConfirmed)]
    state = ON_TIME if used and used[-1] >= wanted else MISSED
    return [Due("Baseline confirmed", state, session.infusion_start_us, session.baseline_us,
                note=f"{used[-1] if used else 0} of {wanted} readings")]  # fmt: skip


def _recovery(session: Session, events: Sequence[ev.Event]) -> list[Due]:
    """The least time of recovery had passed at discharge."""
    least = session.profile.get("recovery_min")
    if session.recovery_us is None or session.ended_us is None or least is None:
        return []
    due_us = session.recovery_us + round(least * MINUTE_US)
    short_us = due_us - session.ended_us
    left = [e.payload for e in events if isinstance(e.payload, ev.PhaseEntered) and e.payload.target == "discharged"]
    if short_us <= 0:
        return [Due("Recovery minimum", ON_TIME, due_us, session.ended_us)]
    state = OVERRIDDEN if left and left[-1].overridden else MISSED
    return [Due("Recovery minimum", state, due_us, session.ended_us, note=f"{short_us / MINUTE_US:.1f} min too short")]


def _slots(session: Session, events: Sequence[ev.Event], readings: Sequence[Reading], to_us: int) -> list[Due]:
    """Every planned cuff reading, by its due time; the journal may speak of a slot more than once."""
    skipped: dict[int, ev.NibpSkipped] = {}
    due: set[int] = set()
    deferred = {e.payload.due_us for e in events if isinstance(e.payload, care.NibpDeferred)}
    for event in events:
        payload = event.payload
        if isinstance(payload, ev.NibpStarted) and payload.due_us is not None:
            due.add(payload.due_us)
        elif isinstance(payload, ev.NibpSkipped):
            skipped[payload.due_us] = payload
            due.add(payload.due_us)
    grace_us = round(_overdue_s(session) * SECOND_US)
    times = sorted(due)
    ends = [*times[1:], to_us][: len(times)]
    found = [_slot(t, end, skipped.get(t), readings, grace_us) for t, end in zip(times, ends, strict=True)]
    return found + [Due("Blood pressure", DEFERRED, t, note="quiet cuff") for t in sorted(deferred - due)]


def _checks(session: Session, events: Sequence[ev.Event], to_us: int) -> list[Due]:
    """Every look that fell due, and what a person set aside."""
    aside = [e.payload for e in events if isinstance(e.payload, care.CheckOverridden)]
    without = {(p.check, p.number): p for p in aside}
    found = []
    for slot in (slot for plan in checks_in(session.profile) for slot in slots(session, plan, to_us)):
        told = without.get((slot.check, slot.number))
        state = OVERRIDDEN if told is not None else str(slot.state)
        if state == SlotState.OPEN:
            continue
        late_us = slot.done_us - slot.due_us if slot.done_us is not None and slot.state is SlotState.LATE else 0
        note = told.reason if told is not None else ""
        found.append(Due(_headed(slot.text), state, slot.due_us, slot.done_us, late_us, note))
    items = [event for event in events if isinstance(event.payload, care.CheckOverridden) and event.payload.number == 0]
    return found + [_set_aside(event.t_us, event.payload) for event in items]


def _set_aside(t_us: int, payload: ev.Payload) -> Due:
    text, reason = (payload.text, payload.reason) if isinstance(payload, care.CheckOverridden) else ("", "")
    return Due(_headed(text), OVERRIDDEN, t_us, note=reason)


def _headed(text: str) -> str:
    """As a line begins; `CADSS-6` stays what it is."""
    return text[:1].upper() + text[1:]


def _overdue_s(session: Session) -> float:
    plan = session.profile.get("nibp")
    found = plan.get("overdue_s", OVERDUE_S) if isinstance(plan, dict) else OVERDUE_S
    return float(found)


def _slot(due_us: int, end_us: int, skipped: ev.NibpSkipped | None, readings: Sequence[Reading], grace_us: int) -> Due:
    by_id = {reading.id: reading for reading in readings}
    if skipped is not None and skipped.reading in by_id:
        done = by_id[skipped.reading]
        return _done(due_us, done, grace_us)
    after = [r for r in readings if due_us <= r.t_us < max(end_us, due_us + grace_us)]
    return _done(due_us, after[0], grace_us) if after else Due("Blood pressure", MISSED, due_us)


def _done(due_us: int, reading: Reading, grace_us: int) -> Due:
    late_us = max(0, reading.t_us - due_us)
    on_time = late_us <= grace_us
    note = f"reading {reading.id}"
    return Due("Blood pressure", ON_TIME if on_time else LATE, due_us, reading.t_us, 0 if on_time else late_us, note)
