"""What a person can ask of a session beside its steps. As in `core.commands`: every one names the session that was seen.

`at_us` is station time of what happened, None for now; the station says no to times that cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor_app.core.events import UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class UndoStep:
    """The last step was a mistake: back to where the treatment stood."""

    id: str
    chair: int
    session: str
    reason: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class AmendStart:
    """The present phase began at `at_us`; the reason is asked for."""

    id: str
    chair: int
    session: str
    at_us: int
    reason: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class CorrectPatient:
    """Whoever sits here is `pseudonym`, of this weight and with this number in the series (None: not known)."""

    id: str
    chair: int
    session: str
    pseudonym: str
    reason: str
    weight_kg: float | None = None
    session_number: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class SwapPatients:
    """These two were admitted to each other's chairs: the names change places, what was measured stays."""

    id: str
    chair: int
    session: str
    other_chair: int
    other_session: str
    reason: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class CorrectEntry:
    """An entry of the log was wrong: this stands for it, or nothing (withdrawn). entry: the id of the wrong one."""

    id: str
    chair: int
    session: str
    entry: str
    code: str = ""
    text: str = ""
    withdrawn: bool = False
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class TickItem:
    """An item of check-in or discharge is fulfilled, or open again. text: who or what, up to 200 characters."""

    id: str
    chair: int
    session: str
    item: str
    done: bool = True
    text: str = ""
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class RecordScore:
    """Points by item of a scale. corrects: the entry that this one stands for."""

    id: str
    chair: int
    session: str
    scale: str
    items: dict[str, int] = field(default_factory=dict)
    corrects: str = ""
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class RecordDose:
    """The planned dose as a person typed it: kg, mg/kg, min, mg/mL. confirmed: unusual numbers were looked at again."""

    id: str
    chair: int
    session: str
    weight_kg: float
    mg_per_kg: float
    minutes: float
    mg_per_ml: float
    second_check: str = ""
    confirmed: bool = False
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """The pump runs at ml_per_h from now on. was_ml_per_h: before, where no dose was recorded."""

    id: str
    chair: int
    session: str
    ml_per_h: float
    reason: str = ""
    was_ml_per_h: float | None = None
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class GiveDose:
    """One device of a spray was given. number: 1 and up."""

    id: str
    chair: int
    session: str
    number: int
    mg: float | None = None
    override: bool = False
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class BeginAbsence:
    """The patient leaves the chair for at most so many minutes."""

    id: str
    chair: int
    session: str
    minutes: float = 5
    reason: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """The patient is back."""

    id: str
    chair: int
    session: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class MoveChair:
    """The patient goes on at chair `target`, which must be free."""

    id: str
    chair: int
    session: str
    target: int
    reason: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class HandOver:
    """`to` looks after the patient from now on."""

    id: str
    chair: int
    session: str
    to: str
    actor: str = UNIDENTIFIED


CareCommand = (
    UndoStep | AmendStart | CorrectPatient | SwapPatients | CorrectEntry | TickItem | RecordScore | RecordDose
    | ChangeRate | GiveDose | BeginAbsence | EndAbsence | MoveChair | HandOver
)  # fmt: skip

LEADING = (UndoStep, AmendStart, SwapPatients, RecordDose, ChangeRate, GiveDose, BeginAbsence, EndAbsence, MoveChair)
"""Whoever asks for one of these leads the chair, and a script leads it no longer."""
