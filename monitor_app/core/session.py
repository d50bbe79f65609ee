"""What do the recorded events say about a session? The fold that live station, resume, review and export share.

`applied(session, event)` is the only way a session changes. It decides nothing: guards and schedules come before an event,
never here. Times are station time in microseconds; a time marked "happened" follows the person's `at_us`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drivers.samples import Origin
from monitor_app.core import events as ev
from monitor_app.core.facts import Baseline
from monitor_app.core.phases import Phase


@dataclass(frozen=True, slots=True)
class Session:
    """One treatment at one chair. infusion_start_us, infusion_end_us: when it happened.

    phase_since_us: when the present phase was entered for limits; phase_at_us: when it happened for clocks.
    paused_since_us: start of the running pause, None while the drug runs. paused_us: all finished pauses. edits: limits
    that a person set for this patient, by row.
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


def applied(session: Session | None, event: ev.Event) -> Session | None:
    """The session after `event`; unchanged by events that say nothing about it. None: the chair is empty."""
    payload = event.payload
    if isinstance(payload, ev.SessionAdmitted):
        return _admitted(payload, event)
    if session is None or event.session != session.id:
        return session
    if isinstance(payload, ev.PhaseEntered):
        return _entered(session, payload, event)
    if isinstance(payload, ev.BaselineConfirmed):
        values = Baseline(payload.systolic, payload.diastolic, payload.mean, payload.hr, payload.spo2)
        return replace(session, baseline=values, baseline_us=event.t_us)
    if isinstance(payload, ev.InfusionPaused):
        return replace(session, paused_since_us=payload.at_us)
    if isinstance(payload, ev.InfusionResumed):
        return replace(
            session,
            paused_since_us=None,
            paused_us=session.paused_us + payload.paused_us,
            planned_end_us=payload.planned_end_us,
        )
    if isinstance(payload, ev.SessionAborted):
        return replace(session, aborted=True)
    if isinstance(payload, ev.LimitEdited):
        return _edited(session, payload)
    if isinstance(payload, ev.ChairCleared):
        return None
    return session


def _edited(session: Session, payload: ev.LimitEdited) -> Session:
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
    )


def _entered(session: Session, payload: ev.PhaseEntered, event: ev.Event) -> Session:
    phase = Phase(payload.target)
    session = replace(session, phase=phase, phase_since_us=event.t_us, phase_at_us=payload.at_us)
    if phase is Phase.INFUSION:
        return replace(session, infusion_start_us=payload.at_us, planned_end_us=payload.planned_end_us)
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
    return replace(session, infusion_end_us=at_us, paused_us=session.paused_us + held, paused_since_us=None)
