"""What do the recorded events say about a session? The fold that live station, resume, review and export share.

`applied(session, event)` is the only way a session changes. It decides nothing: guards and schedules come before an event,
never here. Times are station time in microseconds; a time marked "happened" follows the person's `at_us`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from drivers.samples import Origin
from monitor_app.core import care_events as care
from monitor_app.core import drug_course
from monitor_app.core import events as ev
from monitor_app.core.care import Care, followed
from monitor_app.core.drug_course import DrugCourse
from monitor_app.core.facts import Baseline
from monitor_app.core.phases import Phase

COURSE = (
    "phase", "phase_at_us", "earlier_at_us", "baseline", "baseline_us", "infusion_start_us", "infusion_end_us",
    "recovery_us", "planned_end_us", "paused_since_us", "paused_us", "held_since_us", "recheck_us", "stretch", "ended_us",
    "aborted", "ended_paused", "marked_us", "drug",
)  # fmt: skip
"""What a step of the treatment changes, and its undoing gives back."""


@dataclass(frozen=True, slots=True)
class Before:
    """How the treatment stood before its last step. values: of COURSE. taken_us: when the step was taken."""

    step: str
    taken_us: int
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One treatment at one chair. infusion_start_us, infusion_end_us: when it happened.

    phase_since_us: when the present phase was entered for limits; phase_at_us: when it happened for clocks.
    paused_since_us: start of the running pause, None while the drug runs. paused_us: all finished pauses. edits: limits
    that a person set for this patient, by row. earlier_at_us: start of the phase before. held_since_us: start of a hold.
    stretch: the infusing time at which the present rate began, the share delivered by then, and how long the rest takes
    at it. ended_paused: the drug ended out of a pause. marked_us: the newest pause, resume or rate: nothing that is said of
    the infusion later happened before it. clock_us: local wall time minus station time at the admission. before: what an
    undoing goes back to. known: what was known of the patient at admission. drug: when it ran, and how fast. course,
    courses: the patient's own earlier pressures, and of how many sessions (care_events.PrebriefShown).
    """

    id: str
    chair: int
    pseudonym: str
    profile_id: str
    profile: dict[str, Any]
    origin: Origin
    admitted_us: int
    phase: Phase
    phase_since_us: int
    phase_at_us: int
    weight_kg: float | None = None
    session_number: int | None = None
    baseline: Baseline | None = None
    baseline_us: int | None = None
    infusion_start_us: int | None = None
    infusion_end_us: int | None = None
    recovery_us: int | None = None
    planned_end_us: int | None = None
    paused_since_us: int | None = None
    paused_us: int = 0
    ended_us: int | None = None
    aborted: bool = False
    edits: tuple[tuple[str, float], ...] = ()
    earlier_at_us: int | None = None
    held_since_us: int | None = None
    recheck_us: int | None = None
    stretch: tuple[int, float, int] | None = None
    ended_paused: bool = False
    marked_us: int | None = None
    clock_us: int | None = None
    before: Before | None = None
    known: tuple[str, ...] = ()
    care: Care = field(default_factory=Care)
    drug: DrugCourse = field(default_factory=DrugCourse)
    course: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0

    @property
    def held(self) -> bool:
        """True while the treatment waits before the drug."""
        return self.held_since_us is not None

    @property
    def away(self) -> bool:
        """True while the patient has left the chair for a moment."""
        return self.care.away_us is not None

    @property
    def paused(self) -> bool:
        """True while the infusion is held."""
        return self.paused_since_us is not None

    @property
    def outcome(self) -> str:
        """`running`, `completed` or `aborted`."""
        if self.aborted:
            return "aborted"
        return "completed" if self.ended_us is not None else "running"

    def infused_us(self, now_us: int) -> int:
        """How long the drug has run, pauses left out."""
        if self.infusion_start_us is None:
            return 0
        end = self.infusion_end_us if self.infusion_end_us is not None else now_us
        held = self.paused_us + (end - self.paused_since_us if self.paused_since_us is not None else 0)
        return max(0, end - self.infusion_start_us - held)

    def delivered(self, now_us: int) -> float | None:
        """Share of the planned drug, 0 to 1 and beyond, calculated from marks; None before the infusion."""
        if self.stretch is None:
            return None
        from_us, share, rest_us = self.stretch
        return share + (1 - share) * (self.infused_us(now_us) - from_us) / rest_us if rest_us > 0 else share


def applied(session: Session | None, event: ev.Event) -> Session | None:
    """The session after `event`; unchanged by events that say nothing about it. None: the chair is empty."""
    payload = event.payload
    if isinstance(payload, ev.SessionAdmitted):
        return _admitted(payload, event)
    if session is None or event.session != session.id:
        return session
    if isinstance(payload, ev.ChairCleared):
        return None
    if isinstance(payload, care.StepUndone):
        return _undone(session, payload, event)
    step = _step_of(payload)
    if step:
        session = _remembering(session, step, event.t_us)
    drug = drug_course.followed(session.drug, payload)
    if drug is not session.drug:
        session = replace(session, drug=drug)
    change = _CHANGES.get(type(payload))
    if change is not None:
        return change(session, payload, event)
    known = followed(session.care, event)
    return session if known is session.care else replace(session, care=known)


# ---------------------------------------------------------------- steps and their undoing


def _step_of(payload: ev.Payload) -> str:
    """The step that this event took, empty for all else. Of an abort the first of its two events is the step."""
    if isinstance(payload, ev.PhaseEntered):
        return _ENTERED_BY.get(payload.target, "")
    return _STEPS.get(type(payload), "")


_STEPS: dict[type[Any], str] = {
    ev.BaselineConfirmed: "confirm_baseline",
    ev.InfusionPaused: "pause_infusion",
    ev.InfusionResumed: "resume_infusion",
    ev.SessionAborted: "abort",
    care.SessionHeld: "hold",
    care.SessionReleased: "release_hold",
}
_ENTERED_BY = {
    Phase.BASELINE.value: "start_baseline",
    Phase.INFUSION.value: "start_infusion",
    Phase.RECOVERY.value: "end_infusion",
    Phase.DISCHARGED.value: "discharge",
}


def _remembering(session: Session, step: str, taken_us: int) -> Session:
    return replace(session, before=Before(step, taken_us, tuple(getattr(session, name) for name in COURSE)))


def _undone(session: Session, payload: care.StepUndone, event: ev.Event) -> Session:
    before = session.before
    if before is None:
        return session
    was = dict(zip(COURSE, before.values, strict=True))
    since_us = session.phase_since_us if was["phase"] is session.phase else event.t_us
    return replace(session, **was, phase_since_us=since_us, before=None)


# ---------------------------------------------------------------- what each event changes


def _confirmed(session: Session, payload: ev.BaselineConfirmed, event: ev.Event) -> Session:
    values = Baseline(payload.systolic, payload.diastolic, payload.mean, payload.hr, payload.spo2)
    return replace(session, baseline=values, baseline_us=event.t_us)


def _paused(session: Session, payload: ev.InfusionPaused, event: ev.Event) -> Session:
    return replace(session, paused_since_us=payload.at_us, marked_us=payload.at_us)


def _resumed(session: Session, payload: ev.InfusionResumed, event: ev.Event) -> Session:
    return replace(
        session,
        paused_since_us=None,
        paused_us=session.paused_us + payload.paused_us,
        planned_end_us=payload.planned_end_us,
        marked_us=payload.at_us,
    )


def _aborted(session: Session, payload: ev.SessionAborted, event: ev.Event) -> Session:
    return replace(session, aborted=True)


def _held(session: Session, payload: care.SessionHeld, event: ev.Event) -> Session:
    return replace(session, held_since_us=payload.at_us, recheck_us=payload.recheck_us)


def _released(session: Session, payload: care.SessionReleased, event: ev.Event) -> Session:
    return replace(session, held_since_us=None, recheck_us=None)


def _rate_changed(session: Session, payload: care.RateChanged, event: ev.Event) -> Session:
    base_us = session.paused_since_us if session.paused_since_us is not None else payload.at_us
    stretch = (session.infused_us(payload.at_us), payload.delivered, payload.planned_end_us - base_us)
    known = followed(session.care, event)
    end_us, at_us = payload.planned_end_us, payload.at_us
    return replace(session, planned_end_us=end_us, stretch=stretch, care=known, before=None, marked_us=at_us)


def _moved(session: Session, payload: care.ChairMoved, event: ev.Event) -> Session:
    return replace(session, chair=payload.target)


def _phase_amended(session: Session, payload: care.PhaseAmended, event: ev.Event) -> Session:
    """The clocks follow; the limits have changed when they changed."""
    amended = replace(session, phase_at_us=payload.new_us, before=None)
    if session.phase is Phase.INFUSION:
        return replace(amended, infusion_start_us=payload.new_us, planned_end_us=payload.planned_end_us)
    if session.phase in (Phase.RECOVERY, Phase.ABORTED):
        if session.infusion_end_us is None:
            return replace(amended, recovery_us=payload.new_us)
        held_us = payload.new_us - payload.old_us if session.ended_paused else 0  # the last pause ran until the end
        paused_us = max(0, session.paused_us + held_us)
        return replace(amended, recovery_us=payload.new_us, infusion_end_us=payload.new_us, paused_us=paused_us)
    return amended


def _amended(session: Session, payload: care.SessionAmended, event: ev.Event) -> Session:
    """Another person: what was ticked and typed of the first one is open again."""
    if payload.field == "pseudonym":
        fresh = replace(session.care, ticks=(), dose=None, ml_per_h=None)
        return replace(session, pseudonym=payload.new, care=fresh, course=(), courses=0)
    if payload.field == "weight_kg":
        return replace(session, weight_kg=float(payload.new) if payload.new else None)
    if payload.field == "session_number":
        return replace(session, session_number=int(payload.new) if payload.new else None)
    return session


def _briefed(session: Session, payload: care.PrebriefShown, event: ev.Event) -> Session:
    return replace(session, course=payload.course, courses=payload.courses)


def _edited(session: Session, payload: ev.LimitEdited, event: ev.Event) -> Session:
    others = [(row, value) for row, value in session.edits if row != payload.row]
    mine = [(payload.row, payload.value)] if payload.value is not None else []
    return replace(session, edits=tuple(sorted(others + mine)))


def _admitted(payload: ev.SessionAdmitted, event: ev.Event) -> Session:
    return Session(
        id=event.session or "",
        chair=event.chair or 0,
        pseudonym=payload.pseudonym,
        profile_id=payload.profile_id,
        profile=payload.profile,
        origin=event.origin if event.origin is not None else Origin.REAL,
        admitted_us=event.t_us,
        phase=Phase.ADMITTED,
        phase_since_us=event.t_us,
        phase_at_us=event.t_us,
        weight_kg=payload.weight_kg,
        session_number=payload.session_number,
        clock_us=payload.clock_us,
        known=payload.known,
    )


def _entered(session: Session, payload: ev.PhaseEntered, event: ev.Event) -> Session:
    phase = Phase(payload.target)
    session = replace(
        session,
        phase=phase,
        phase_since_us=event.t_us,
        phase_at_us=payload.at_us,
        earlier_at_us=session.phase_at_us,
        held_since_us=None,
        recheck_us=None,
        marked_us=None,
    )
    if phase is Phase.INFUSION:
        end_us = payload.planned_end_us
        stretch = (0, 0.0, end_us - payload.at_us) if end_us is not None else None
        return replace(session, infusion_start_us=payload.at_us, planned_end_us=end_us, stretch=stretch)
    if phase in (Phase.RECOVERY, Phase.ABORTED):
        session = _drug_ended(session, payload.at_us)
        recovery = session.recovery_us if session.recovery_us is not None else payload.at_us
        return replace(session, recovery_us=recovery)
    if phase is Phase.DISCHARGED:
        return replace(session, ended_us=payload.at_us)
    return session


def _drug_ended(session: Session, at_us: int) -> Session:
    if session.infusion_start_us is None or session.infusion_end_us is not None:
        return session
    held = at_us - session.paused_since_us if session.paused_since_us is not None else 0
    return replace(
        session,
        infusion_end_us=at_us,
        paused_us=session.paused_us + held,
        paused_since_us=None,
        ended_paused=session.paused_since_us is not None,
    )


_CHANGES: dict[type[Any], Callable[[Session, Any, ev.Event], Session]] = {
    ev.PhaseEntered: _entered,
    ev.BaselineConfirmed: _confirmed,
    ev.InfusionPaused: _paused,
    ev.InfusionResumed: _resumed,
    ev.SessionAborted: _aborted,
    ev.LimitEdited: _edited,
    care.PrebriefShown: _briefed,
    care.SessionHeld: _held,
    care.SessionReleased: _released,
    care.RateChanged: _rate_changed,
    care.ChairMoved: _moved,
    care.PhaseAmended: _phase_amended,
    care.SessionAmended: _amended,
}
