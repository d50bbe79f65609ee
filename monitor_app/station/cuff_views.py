"""What does the page of a chair's cuff say? The profile's intervals, the next inflations with their reasons, and what stands
in the way. It reads the schedule and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from monitor_app.core.cuff_views import CuffDueView, CuffPartView, CuffPlanView
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmView
from monitor_app.station.chair_state import ChairState
from monitor_app.station.cuff_schedule import MANUAL, PLANNED, REPEAT, RETRY, Part, interval_s, part_of

DUE_MAX = 6
"""An hour at ten minutes."""

FIXED = "fixed"
OVERDUE_ROW = "NIBP_OVERDUE"


def cuff_refusal(chair: ChairState) -> str:
    """Why nobody can start the cuff of this chair now, or empty."""
    if chair.treated is None:
        return f"Nobody is in care at chair {chair.number}"
    if chair.cuff_link is None:
        return f"No device of chair {chair.number} measures blood pressure"
    if not chair.cuff.commandable:
        return f"The device of chair {chair.number} can only be started by hand"
    return "" if chair.cuff.live else f"The device of chair {chair.number} is not connected"


def cuff_plan_view(chair: ChairState, alarms: Sequence[AlarmView], now_us: int) -> CuffPlanView:
    """The whole page. alarms: the chair's own open ones."""
    cuff, nibp = chair.cuff, chair.profile.nibp
    trouble, running = cuff_refusal(chair), cuff.running
    return CuffPlanView(
        parts=tuple(_parts(chair)),
        due=_due(chair, alarms, now_us),
        trouble=trouble,
        waits="" if trouble else _waits(chair),
        startable=not trouble and running is None,
        hurried=chair.hurried,
        running=running.trigger if running is not None else "",
        since_us=running.since_us if running is not None else None,
        quiet=nibp.quiet_cuff,
        calm_pct=f"{nibp.calm_pct:g}",
        calm_min=f"{nibp.calm_age_min:g}",
        revision=chair.profile.revision,
    )


def _parts(chair: ChairState) -> Iterator[CuffPartView]:
    nibp, plan = chair.profile.nibp, chair.cuff.plan
    here = part_of(chair.treated) if chair.treated is not None else None
    for part in Part:
        every, current = _minutes(interval_s(nibp, part)), part is here
        now = _minutes(plan.interval_us / SECOND_US) if current and plan is not None else every
        fixed = tuple(f"{minute:g}" for minute in nibp.fixed_min) if part is Part.INFUSION else ()
        yield CuffPartView(part.value, every, now if now != every else "", current, fixed)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} min"


def _waits(chair: ChairState) -> str:
    if chair.cuff.away:
        return "The patient is away: what is due waits"
    return "" if chair.cuff.ready else "The cuff is getting ready: what is due waits"


def _due(chair: ChairState, alarms: Sequence[AlarmView], now_us: int) -> tuple[CuffDueView, ...]:
    """The oldest slot without a reading, what was asked for or follows from a reading, and the slots that come; in order."""
    cuff = chair.cuff
    if chair.treated is None or not cuff.fitted:
        return ()
    missed_us = cuff.unfulfilled_us
    found = (
        [] if missed_us is None else [CuffDueView(missed_us, _kind(chair, missed_us), _missed(chair, alarms, now_us))]
    )
    extra = ((cuff.queued_us, MANUAL), (cuff.repeat_us, REPEAT), (cuff.retry_us, RETRY))
    found += [CuffDueView(max(at_us, now_us), kind) for at_us, kind in extra if at_us is not None]
    found += [CuffDueView(at_us, _kind(chair, at_us)) for at_us in islice(_slots(chair, now_us), DUE_MAX)]
    return tuple(sorted(found, key=lambda one: one.at_us)[:DUE_MAX])


def _slots(chair: ChairState, now_us: int) -> Iterator[int]:
    """Regular and fixed slots from the next one on, up to the planned end: recovery is planned when it begins."""
    session, cuff = chair.treated, chair.cuff
    at_us, end_us = cuff.slot_us, None
    if session is not None and session.phase is Phase.INFUSION and not session.paused:
        end_us = session.planned_end_us
    if end_us is not None and end_us < now_us:
        end_us = None  # nobody has ended it: the plan goes on
    while cuff.plan is not None and at_us is not None and (end_us is None or at_us <= end_us):
        yield at_us
        at_us = cuff.plan.next_after(at_us)


def _kind(chair: ChairState, at_us: int) -> str:
    plan = chair.cuff.plan
    return FIXED if plan is not None and at_us in plan.fixed_us else PLANNED


def _missed(chair: ChairState, alarms: Sequence[AlarmView], now_us: int) -> Priority | None:
    """As its alarm says (N11); LOW without one after the grace, so that a row that is off hides nothing here."""
    overdue_us = chair.cuff.overdue_us
    if overdue_us is None or now_us < overdue_us:
        return None
    return next((view.priority for view in alarms if view.row == OVERDUE_ROW and view.ended_us is None), Priority.LOW)
