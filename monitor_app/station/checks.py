"""What is a nurse to look at, and when? The profile's checks of a session, each with the due time that is open now.

A check is fulfilled by a note, a score or a tick of its own; one that comes shortly before a due time counts for it. Pure in
the session: time passes elsewhere, so that what is due changes only with what was noted.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor_app.core.check_slots import EARLY_US, due_times
from monitor_app.core.facts import CheckDue
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.profile import CheckPlan, Profile
from monitor_app.core.scores import MOAAS, RASS, SCALES, follow_up
from monitor_app.core.session import Session

FOLLOW_UP_US = 5 * MINUTE_US
FOLLOW_UP, RECHECK = "follow_up", "recheck"
GRACE_US = 5 * MINUTE_US


def open_checks(session: Session | None, profile: Profile) -> tuple[CheckDue, ...]:
    """Every check with its oldest due time that nothing has fulfilled, in order of time."""
    if session is None:
        return ()
    found = [due for plan in profile.checks if (due := _open(session, plan)) is not None]
    found += _follow_up(session)
    if session.recheck_us is not None and session.held:
        found.append(CheckDue(RECHECK, "recheck", session.recheck_us, session.recheck_us + GRACE_US))
    return tuple(sorted(found, key=lambda due: (due.due_us, due.id)))


def coming_checks(session: Session | None, profile: Profile, until_us: int) -> tuple[CheckDue, ...]:
    """All due times up to `until_us` that nothing has fulfilled, in order of time."""
    if session is None:
        return ()
    found = [due for plan in profile.checks for due in _coming(session, plan, until_us)]
    found += [due for due in open_checks(session, profile) if due.id in (FOLLOW_UP, RECHECK) and due.due_us <= until_us]
    return tuple(sorted(found, key=lambda due: (due.due_us, due.id)))


def _open(session: Session, plan: CheckPlan) -> CheckDue | None:
    return next(_unfulfilled(session, plan), None)


def _coming(session: Session, plan: CheckPlan, until_us: int) -> Iterator[CheckDue]:
    for due in _unfulfilled(session, plan):
        if due.due_us > until_us:
            return
        yield due


def _unfulfilled(session: Session, plan: CheckPlan) -> Iterator[CheckDue]:
    begun_us = _begun_us(session, plan.phase)
    if begun_us is None:
        return
    done_us = _done_us(session, plan, begun_us)
    for due_us in due_times(plan, begun_us):
        if done_us is None or due_us > done_us + EARLY_US:
            yield CheckDue(plan.id, plan.text, due_us, due_us + round(plan.grace_min * MINUTE_US))


def _begun_us(session: Session, phase: str) -> int | None:
    """When the part of the treatment began that the check belongs to; None while it is not the present one."""
    if phase == Phase.INFUSION.value and session.phase is Phase.INFUSION:
        return session.infusion_start_us
    if phase == Phase.RECOVERY.value and session.phase in (Phase.RECOVERY, Phase.ABORTED):
        return session.recovery_us
    return None


def _done_us(session: Session, plan: CheckPlan, begun_us: int) -> int | None:
    """When it was done last in this part of the treatment."""
    care = session.care
    times = [entry.at_us for entry in care.noted(*plan.done_by)] if plan.done_by else []
    times += [score.at_us for score in care.scores if score.scale in plan.done_by and not score.corrected]
    times += [tick.at_us for tick in care.ticks if tick.item in plan.done_by]
    return max((t for t in times if t >= begun_us - EARLY_US), default=None)


def _follow_up(session: Session) -> list[CheckDue]:
    """Deep sedation or agitation asks for another look soon, until one has been taken."""
    score = session.care.newest(MOAAS, RASS)
    if score is None or not session.phase.is_monitored or not follow_up(score.scale, dict(score.items)):
        return []
    looked = [entry for entry in session.care.noted("rounds_done") if entry.at_us > score.at_us]
    if looked:
        return []
    due_us = score.at_us + FOLLOW_UP_US
    return [CheckDue(FOLLOW_UP, f"{SCALES[score.scale].title} again", due_us, due_us + GRACE_US)]
