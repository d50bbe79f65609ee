"""Who is a pseudonym? What may be said of a person, by whom, and when it may be erased. The law; nothing is stored here.

A name and a birth date are kept only where the clinic wants them, beside the journal and never in it: the journal tells that
they came and went (STORAGE sections 2 and 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from monitor_app.core.events import UNIDENTIFIED
from monitor_app.core.identity_events import IdentityErased, IdentityGiven
from monitor_app.core.signing import REASON_MAX

NAME_MAX = 120
ROLES = frozenset({"nurse", "clinician", "technician"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A person. born: ISO date, empty where it is not known."""

    name: str
    born: str = ""

    @property
    def words(self) -> str:
        """`Ada Example, born 1980-12-31`."""
        return self.name + (f", born {self.born}" if self.born else "")


@dataclass(frozen=True, slots=True)
class GiveIdentity:
    """`patient` (a pseudonym of the record) is this person."""

    id: str
    patient: str
    name: str = field(repr=False)
    born: str = field(default="", repr=False)
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class EraseIdentity:
    """Nobody shall know any more who `patient` is."""

    id: str
    patient: str
    reason: str
    actor: str = UNIDENTIFIED


IdentityCommand = GiveIdentity | EraseIdentity
IDENTITY_COMMANDS = (GiveIdentity, EraseIdentity)


@dataclass(frozen=True, slots=True)
class PatientHeld:
    """What the record holds of a pseudonym. sessions: how many. running: chairs of those that have not ended. identity: the
    uuid of what is kept, empty without. erased: in words when and by whom it was erased, empty where it never was."""

    sessions: int
    running: tuple[int, ...] = ()
    identity: str = ""
    erased: str = ""


def given(command: GiveIdentity, held: PatientHeld, identity: str, today: date) -> IdentityGiven | str:
    """The event that becomes true, or the sentence why not. identity: a new uuid."""
    wrong = _nobody(command, held) or _no_person(command.name, command.born, today)
    return wrong or IdentityGiven(command.patient, identity, held.identity)


def erased(command: EraseIdentity, held: PatientHeld) -> IdentityErased | str:
    """The event that becomes true, or the sentence why not."""
    wrong = _nobody(command, held)
    if wrong:
        return wrong
    if not 0 < len(command.reason.strip()) <= REASON_MAX:
        return f"An identity is erased for a reason of 1 to {REASON_MAX} characters."
    if held.running:
        chairs = " and ".join(map(str, held.running))
        return f"{command.patient} has a session that still runs (chair {chairs}): erase after the discharge."
    if not held.identity:
        before = f"; it was erased {held.erased}" if held.erased else ""
        return f"The record holds no identity of {command.patient}{before}."
    return IdentityErased(command.patient, held.identity, command.reason.strip())


def _nobody(command: IdentityCommand, held: PatientHeld) -> str:
    role, _, person = command.actor.partition(":")
    if role not in ROLES or not person.strip():
        return "Who does this must be named: a nurse, a clinician or a technician."
    if not held.sessions:
        return f"There is no patient {command.patient} in this record."
    return ""


def _no_person(name: str, born: str, today: date) -> str:
    if not 0 < len(name.strip()) <= NAME_MAX or not name.isprintable():
        return f"A name has 1 to {NAME_MAX} characters on one line."
    if born:
        try:
            day = date.fromisoformat(born)
        except ValueError:
            return "A birth date is written as 1980-12-31."
        if day > today or day.year < today.year - 130:
            return "That birth date cannot be."
    return ""
