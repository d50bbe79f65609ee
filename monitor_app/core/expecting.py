"""Which pressures are usual for this patient now? Their own of earlier sessions; else the published rise on the baseline."""

from __future__ import annotations

from monitor_app.core.expected import Mark, Point, corridor
from monitor_app.core.own_course import time_of
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.profile import Expected, Profile
from monitor_app.core.session import Session

PAUSE_US = 15 * SECOND_US
"""A pause that goes on moves what lies ahead in such steps."""


def corridor_of(session: Session | None, profile: Profile | None, now_us: int) -> tuple[Point, ...]:
    """From the start of the drug to the end of recovery; empty before, and where nothing is known or published.

    Earlier sessions of the patient count by the minute of the infusion; what is published needs a confirmed baseline.
    What lies ahead goes by the plan: the drug runs to its planned end, after a pause from now on. profile: None where it is
    not known whole; then nothing published is expected.
    """
    if session is None or not session.drug.marks:
        return ()
    if session.course:
        return _own(session, now_us)
    if profile is None or profile.expected is None or session.baseline is None:
        return ()
    expected = profile.expected
    rate = _first_rate(session, expected, profile.planned_min)
    ahead = _ahead(session, now_us)
    marks = tuple((at_us, share * rate) for at_us, share in (*session.drug.marks, *ahead))
    until_us = marks[-1][0] + round(profile.recovery_min * MINUTE_US)
    return corridor(expected, session.baseline.systolic, marks, until_us)


def _own(session: Session, now_us: int) -> tuple[Point, ...]:
    marks = (*session.drug.marks, *_ahead(session, now_us))
    return tuple((time_of(marks, minute), low, high) for minute, low, high in session.course)


def _first_rate(session: Session, expected: Expected, planned_min: float) -> float:
    """As a share of the published one; without a dose record the published dose over the planned time is assumed."""
    dose = session.care.dose
    if dose is None:
        return expected.infusion_min / planned_min
    return dose.mg_per_kg / dose.minutes * expected.infusion_min / expected.mg_per_kg


def _ahead(session: Session, now_us: int) -> tuple[Mark, ...]:
    """The resuming and the end that are planned; past the planned end, that it runs until now."""
    if session.infusion_end_us is not None or session.planned_end_us is None:
        return ()
    step_us = now_us // PAUSE_US * PAUSE_US
    if session.paused_since_us is None:
        return ((max(session.planned_end_us, session.drug.marks[-1][0], step_us), 0.0),)
    resumed_us = max(session.paused_since_us, step_us)
    end_us = session.planned_end_us + resumed_us - session.paused_since_us
    return ((resumed_us, session.drug.share), (max(end_us, resumed_us), 0.0))
