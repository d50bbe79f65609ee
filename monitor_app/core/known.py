"""Who has been here before? What the record offers of earlier patients while somebody is being admitted.

Words and numbers of earlier sessions, never of today: an old weight is offered with its age, and taken only by a press.
"""

from __future__ import annotations

from dataclasses import dataclass

AF = "af"
"""Word of `SessionAdmitted.known`: atrial fibrillation is known of this patient."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """One pseudonym of the record. sessions: so many; days: since the last admission; in_care: that one has not ended."""

    pseudonym: str
    sessions: int
    days: int
    in_care: bool = False


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """The patient whose pseudonym was typed whole. number: of the coming session in the series.

    weight_kg: as it was `days` ago. known: what was known at the last admission. brief: the pre-brief, at most six lines;
    sessions: the ids of the sessions that it tells of, oldest first. course, courses: the spread of the systolic pressure
    over so many of them (core/own_course.py).
    """

    pseudonym: str
    number: int
    days: int
    weight_kg: float | None = None
    profile: str = ""
    known: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    course: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0


@dataclass(frozen=True, slots=True)
class KnownView:
    """The answer to what was typed so far. names: newest first, those that begin so. patient: who is called exactly so."""

    text: str
    names: tuple[KnownName, ...] = ()
    patient: KnownPatient | None = None
