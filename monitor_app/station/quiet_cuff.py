"""May a planned reading wait one slot, so that a calm patient is not disturbed? Rule N20, off unless a site switches it on.

Every condition must hold, and what is not known counts against it. Few patients have three earlier sessions: the baseline of
today stands for their corridor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.samples import Parameter
from monitor_app.core.care_events import NibpDeferred
from monitor_app.core.check_slots import EARLY_US
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.session import Session
from monitor_app.station.chair_state import STEADY_S, ChairState

SPREAD = {Parameter.HR: 8.0, Parameter.SPO2: 2.0}
"""Greatest difference of the last five minutes that still counts as steady: bpm, %."""

FIRST = 2
"""The first readings of an infusion are never deferred."""

AGE_INTERVALS = 2

FINE = frozenset({"rounds_done", "calm", "marker", "strip", "asleep", "talked_reassured", "iv_site_ok"})
"""Notes that are no symptom."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition, as the record names it."""

    name: str
    holds: Callable[[ChairState, Session, int, int], bool]


def deferred(chair: ChairState, now_us: int) -> NibpDeferred | None:
    """The deferral of the slot that is due now, with its reasons; None when the reading is taken."""
    session, plan, due_us = chair.treated, chair.cuff.plan, chair.cuff.slot_us
    if session is None or plan is None or due_us is None or due_us > now_us or not chair.profile.nibp.quiet_cuff:
        return None
    if not all(reason.holds(chair, session, due_us, now_us) for reason in REASONS):
        return None
    return NibpDeferred(due_us, tuple(reason.name for reason in REASONS))


def _regular(chair: ChairState, session: Session, due_us: int, now_us: int) -> bool:
    """A planned reading of a running infusion: none of the first, no fixed one, nothing owed, hurried or repeated."""
    plan, cuff = chair.cuff.plan, chair.cuff
    if session.phase is not Phase.INFUSION or session.paused or chair.hurried or chair.pending or plan is None:
        return False
    begun_us = session.infusion_start_us
    early = begun_us is None or due_us < begun_us + FIRST * plan.interval_us
    return not early and due_us not in plan.fixed_us and not cuff.waits


def _young(chair: ChairState, session: Session, due_us: int, now_us: int) -> bool:
    """No reading grows older than the site allows before the next slot, nor so old that its age alone would alarm (N11)."""
    plan = chair.cuff.plan
    if plan is None or chair.reading is None:
        return False
    allowed_us = min(chair.profile.nibp.calm_age_min * MINUTE_US, AGE_INTERVALS * plan.interval_us)
    return plan.next_after(due_us) - chair.reading.measured_us <= allowed_us


def _near(chair: ChairState, session: Session, due_us: int, now_us: int) -> bool:
    """The last reading lay near the baseline."""
    reading, base = chair.reading.reading if chair.reading is not None else None, session.baseline
    if reading is None or base is None or reading.systolic is None:
        return False
    return abs(reading.systolic - base.systolic) * 100 <= chair.profile.nibp.calm_pct * base.systolic


def _steady(chair: ChairState, session: Session, due_us: int, now_us: int) -> bool:
    """Heart rate and saturation were valid and steady for five minutes."""
    runs = [(chair.steady[parameter], spread) for parameter, spread in SPREAD.items()]
    return all(len(run) >= STEADY_S and max(run) - min(run) <= spread for run, spread in runs)


def _untroubled(chair: ChairState, session: Session, due_us: int, now_us: int) -> bool:
    """No symptom has been noted since the last reading."""
    since_us = chair.reading.measured_us if chair.reading is not None else 0
    return all(e.code in FINE for e in session.care.noted() if e.at_us >= since_us - EARLY_US)


REASONS = (
    Reason("regular", _regular),
    Reason("young", _young),
    Reason("near_baseline", _near),
    Reason("steady", _steady),
    Reason("no_symptom", _untroubled),
)
