"""What becomes true of a session beside its phases: what was undone, amended, ticked, scored, given, moved, handed over.

Payloads as in `core.events`, which carries them in its closed set: fields are only ever added, with defaults. Nothing here
takes anything back: an undone step, a corrected note and a corrected patient stay in the journal beside what they correct.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class StepUndone:
    """The last step was a mistake: the treatment stands where it stood before it. taken_us: when it had been taken.

    source: the phase that was left again; target: the phase that goes on.
    """

    KIND: ClassVar[str] = "step.undone"
    step: str
    source: str
    target: str
    taken_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PhaseAmended:
    """The present phase began at another time than was said. planned_end_us: of an infusion, moved with its start."""

    KIND: ClassVar[str] = "phase.amended"
    phase: str
    old_us: int
    new_us: int
    reason: str = ""
    planned_end_us: int | None = None


@dataclass(frozen=True, slots=True)
class SessionAmended:
    """What was said of the patient was wrong. field: pseudonym, weight_kg or session_number; old, new: as text."""

    KIND: ClassVar[str] = "session.amended"
    field: str
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionHeld:
    """The treatment waits before the drug. recheck_us: when the pressure is to be looked at again."""

    KIND: ClassVar[str] = "session.held"
    at_us: int
    reason: str = ""
    recheck_us: int | None = None


@dataclass(frozen=True, slots=True)
class SessionReleased:
    """The hold is over. decision: proceed, repeat, treat or postpone, or a person's own words; by: who decided."""

    KIND: ClassVar[str] = "session.released"
    at_us: int
    decision: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class AbsenceBegan:
    """The patient has left the chair for a moment; at until_us it ends by itself."""

    KIND: ClassVar[str] = "absence.began"
    at_us: int
    until_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AbsenceEnded:
    """cause: back (a person said so), signals (the sensors show somebody), expired, or discharged."""

    KIND: ClassVar[str] = "absence.ended"
    cause: str


@dataclass(frozen=True, slots=True)
class CheckTicked:
    """An item of check-in or discharge is fulfilled, or is open again (done False). text: who or what, as typed."""

    KIND: ClassVar[str] = "check.ticked"
    item: str
    at_us: int
    done: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True)
class PrebriefShown:
    """Whoever admitted the patient had the pre-brief of these earlier sessions on the screen.

    course: the spread of their systolic pressures (core/own_course.py): infusing minute, lower and upper bound in mmHg,
    empty below three sessions. courses: how many sessions it is made of.
    """

    KIND: ClassVar[str] = "prebrief.shown"
    sessions: tuple[str, ...]
    course: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0


@dataclass(frozen=True, slots=True)
class DataAdopted:
    """What was measured at the chair shortly before the admission belongs to this patient, as a person said.

    from_us: station time of the first second; values: by vital sign, one number a second in its unit, None where there was
    none. to_us: the end of the last second. Numbers only: waves of an empty chair are not kept.
    """

    KIND: ClassVar[str] = "data.adopted"
    from_us: int
    to_us: int
    values: dict[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckMissed:
    """A time at which the profile asks for a look passed for good without one. number: of the due time, from 1 in its phase
    (infusion or recovery)."""

    KIND: ClassVar[str] = "check.missed"
    check: str
    text: str
    phase: str
    number: int
    due_us: int


@dataclass(frozen=True, slots=True)
class CheckOverridden:
    """A person went on without it, with a reason: an item of check-in or discharge (number 0), or a look that was overdue.

    by: who decided, where a name was asked for.
    """

    KIND: ClassVar[str] = "check.overridden"
    check: str
    text: str
    reason: str = ""
    by: str = ""
    phase: str = ""
    number: int = 0
    due_us: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreRecorded:
    """A score by its scale. items: points by item; computed: those that the station worked out itself. total: None where
    the scale has no sum or an item is missing. corrects: the entry that this one stands for."""

    KIND: ClassVar[str] = "score.recorded"
    entry: str
    scale: str
    at_us: int
    items: dict[str, int] = field(default_factory=dict)
    total: int | None = None
    computed: tuple[str, ...] = ()
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class DoseRecorded:
    """What a person typed of the planned dose, with the working: mg, ml, ml_per_h. second_check: another person's name."""

    KIND: ClassVar[str] = "dose.recorded"
    weight_kg: float
    mg_per_kg: float
    minutes: float
    mg_per_ml: float
    mg: float
    ml: float
    ml_per_h: float
    second_check: str = ""


@dataclass(frozen=True, slots=True)
class RateChanged:
    """The pump runs at another rate. delivered: share of the plan up to then, calculated from marks."""

    KIND: ClassVar[str] = "infusion.rate_changed"
    at_us: int
    old_ml_per_h: float
    new_ml_per_h: float
    planned_end_us: int
    delivered: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DoseGiven:
    """One device of a spray. number: 1 and up."""

    KIND: ClassVar[str] = "infusion.dose_given"
    number: int
    at_us: int
    mg: float | None = None


@dataclass(frozen=True, slots=True)
class DischargeReady:
    """The rule of readiness is fulfilled since at_us, or is so no more (ready False) because of the rows in why_not."""

    KIND: ClassVar[str] = "discharge.ready"
    at_us: int
    ready: bool = True
    why_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChairMoved:
    """The patient sits at another chair from now on, with all that belongs to the session. Nothing of before moves."""

    KIND: ClassVar[str] = "chair.moved"
    source: int
    target: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another person looks after the patient from now on. to: as typed."""

    KIND: ClassVar[str] = "session.handed_over"
    to: str


@dataclass(frozen=True, slots=True)
class NibpDeferred:
    """A planned reading waits for the next slot, by the quiet-cuff rule that the site has switched on (N20)."""

    KIND: ClassVar[str] = "nibp.deferred"
    due_us: int
    reasons: tuple[str, ...] = ()


CarePayload = (
    StepUndone | PhaseAmended | SessionAmended | SessionHeld | SessionReleased | AbsenceBegan | AbsenceEnded
    | CheckTicked | CheckMissed | CheckOverridden | ScoreRecorded | DoseRecorded | RateChanged | DoseGiven | DischargeReady
    | ChairMoved | HandedOver | NibpDeferred | PrebriefShown | DataAdopted
)  # fmt: skip
