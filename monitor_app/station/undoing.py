"""How is a mistake put right without erasing it? Undoing of the last step, another start, another patient.

A discharge is undone as well, while the chair still holds the patient: nobody watched meanwhile, and the gap stays a gap.

Each answers with a sentence why not, or with the events of the correction. What was recorded stays beside what corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import BY_STEP, Phase, Step
from monitor_app.core.session import Session

UNDO_US_MAX = 60 * SECOND_US
"""A step is undone while whoever took it still looks at it; after that a correcting entry says what was so."""

AMENDED_US_MAX = 15 * MINUTE_US
"""How far a recorded start may be moved, either way."""

PSEUDONYM_MAX = 64
WEIGHT_KG = (2, 400)
"""Beyond this a number is a slip of the keyboard, in whatever unit."""

_AMENDABLE = (Phase.BASELINE, Phase.INFUSION, Phase.RECOVERY, Phase.ABORTED)


def undo_until_us(session: Session) -> int | None:
    """Until when the last step can be undone, None when it cannot."""
    before = session.before
    if before is None or not (session.phase.is_monitored or before.step == Step.DISCHARGE.value):
        return None
    return before.taken_us + UNDO_US_MAX


def undone(session: Session, reason: str, now_us: int) -> ev.StepUndone | str:
    """The event that undoes the last step, or the sentence why that cannot be."""
    before = session.before
    until_us = undo_until_us(session)
    if before is None or until_us is None:
        return "There is no step to undo"
    if now_us > until_us:
        label = BY_STEP[Step(before.step)].label
        if session.phase is Phase.DISCHARGED:
            return f"'{label}' was taken more than {UNDO_US_MAX // SECOND_US} s ago: admit the patient again, both stay"
        return (
            f"'{label}' was taken more than {UNDO_US_MAX // SECOND_US} s ago: correct its time, or take the next step"
        )
    was = Phase(before.values[0])
    return ev.StepUndone(before.step, session.phase.value, was.value, before.taken_us, reason.strip())


# ---------------------------------------------------------------- another start


def amended(session: Session, at_us: int, reason: str, now_us: int) -> ev.PhaseAmended | str:
    """The event that moves the start of the present phase, or the sentence why that cannot be."""
    trouble = _start_trouble(session, at_us, reason, now_us)
    if trouble:
        return trouble
    old_us, end_us = session.phase_at_us, session.planned_end_us
    moved = end_us + at_us - old_us if session.phase is Phase.INFUSION and end_us is not None else None
    return ev.PhaseAmended(session.phase.value, old_us, at_us, reason.strip(), moved)


def _start_trouble(session: Session, at_us: int, reason: str, now_us: int) -> str:
    if session.phase not in _AMENDABLE:
        return f"The chair is {session.phase.value}: there is no start to correct"
    if not reason.strip():
        return "Another start needs a reason"
    if at_us > now_us:
        return "That time lies in the future"
    if abs(at_us - session.phase_at_us) > AMENDED_US_MAX:
        return f"A start is corrected by at most {AMENDED_US_MAX // MINUTE_US} min"
    if session.earlier_at_us is not None and at_us < session.earlier_at_us:
        return "That time lies before the part of the treatment before it began"
    later = at_us > session.phase_at_us
    if session.phase is Phase.INFUSION and later and (session.paused or session.paused_us):
        return "The infusion has been paused since: its start can only be set earlier"
    if session.phase is Phase.INFUSION and session.stretch is not None and session.stretch[0]:
        return "The rate has been changed since: the start stays as it is recorded"
    return ""


# ---------------------------------------------------------------- another patient


def patient_trouble(pseudonym: str, weight_kg: float | None, session_number: int | None, reason: str) -> str:
    """Why this patient cannot be written down, in a sentence; empty when it can."""
    if not 1 <= len(pseudonym.strip()) <= PSEUDONYM_MAX:
        return f"A pseudonym has 1 to {PSEUDONYM_MAX} characters"
    if not reason.strip():
        return "A correction of the patient needs a reason"
    if weight_kg is not None and not WEIGHT_KG[0] <= weight_kg <= WEIGHT_KG[1]:
        return f"A weight of {weight_kg:g} kg cannot be: {WEIGHT_KG[0]} to {WEIGHT_KG[1]} kg"
    if session_number is not None and session_number < 1:
        return "Sessions of a series are numbered from 1"
    return ""


def described(
    session: Session, pseudonym: str, weight_kg: float | None, session_number: int | None, reason: str
) -> list[ev.SessionAmended]:
    """The events that make the session this patient's; none where all was so already."""
    pairs = (
        ("pseudonym", session.pseudonym, pseudonym.strip()),
        ("weight_kg", _text(session.weight_kg), _text(weight_kg)),
        ("session_number", _text(session.session_number), _text(session_number)),
    )
    return [ev.SessionAmended(field, old, new, reason.strip()) for field, old, new in pairs if old != new]


def corrected(session: Session, cmd: cmds.CorrectPatient, others: Iterable[Session]) -> list[ev.SessionAmended] | str:
    """The events of another patient, or the sentence why not. others: the sessions at the other chairs."""
    trouble = patient_trouble(cmd.pseudonym, cmd.weight_kg, cmd.session_number, cmd.reason)
    if trouble:
        return trouble
    name = cmd.pseudonym.strip()
    for other in others:
        if other.id != session.id and other.pseudonym == name and name != session.pseudonym:
            return f"'{name}' is admitted at chair {other.chair}: if they were mixed up, swap the two"
    return described(session, name, cmd.weight_kg, cmd.session_number, cmd.reason)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
