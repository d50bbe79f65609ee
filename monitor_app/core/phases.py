"""Which step of the treatment may follow which? The law of the session, as a table (CLINICAL section 2.2).

What is not a row is refused. The documents' diagram is drawn from the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where a chair's treatment stands. A phase changes only by a person's (or a script's) command."""

    EMPTY = "empty"
    ADMITTED = "admitted"
    BASELINE = "baseline"
    INFUSION = "infusion"
    RECOVERY = "recovery"
    DISCHARGED = "discharged"
    ABORTED = "aborted"

    @property
    def is_monitored(self) -> bool:
        """True while a patient is in our care: after an abort too, until discharge."""
        return self in _MONITORED


_MONITORED = frozenset({Phase.ADMITTED, Phase.BASELINE, Phase.INFUSION, Phase.RECOVERY, Phase.ABORTED})


class Step(StrEnum):
    """What a person does to the treatment."""

    ADMIT = "admit"
    START_BASELINE = "start_baseline"
    CONFIRM_BASELINE = "confirm_baseline"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    START_INFUSION = "start_infusion"
    PAUSE_INFUSION = "pause_infusion"
    RESUME_INFUSION = "resume_infusion"
    END_INFUSION = "end_infusion"
    DISCHARGE = "discharge"
    ABORT = "abort"
    CLEAR_CHAIR = "clear_chair"


@dataclass(frozen=True, slots=True)
class Transition:
    """`step` leads from any of `sources` to `target`; None stays in the phase. label: the words on its button."""

    step: Step
    sources: frozenset[Phase]
    target: Phase | None
    label: str


def _row(step: Step, sources: tuple[Phase, ...], target: Phase | None, label: str) -> Transition:
    return Transition(step, frozenset(sources), target, label)


TRANSITIONS: tuple[Transition, ...] = (
    _row(Step.ADMIT, (Phase.EMPTY,), Phase.ADMITTED, "Admit"),
    _row(Step.START_BASELINE, (Phase.ADMITTED,), Phase.BASELINE, "Start baseline"),
    _row(Step.CONFIRM_BASELINE, (Phase.BASELINE,), None, "Confirm baseline"),
    _row(Step.HOLD, (Phase.BASELINE,), None, "Hold"),
    _row(Step.RELEASE_HOLD, (Phase.BASELINE,), None, "Release hold"),
    _row(Step.START_INFUSION, (Phase.BASELINE,), Phase.INFUSION, "Start infusion"),
    _row(Step.PAUSE_INFUSION, (Phase.INFUSION,), None, "Pause infusion"),
    _row(Step.RESUME_INFUSION, (Phase.INFUSION,), None, "Resume infusion"),
    _row(Step.END_INFUSION, (Phase.INFUSION,), Phase.RECOVERY, "End infusion"),
    _row(Step.DISCHARGE, (Phase.RECOVERY, Phase.ABORTED), Phase.DISCHARGED, "Discharge"),
    _row(
        Step.ABORT,
        (Phase.ADMITTED, Phase.BASELINE, Phase.INFUSION, Phase.RECOVERY),
        Phase.ABORTED,
        "Stop treatment",
    ),
    _row(Step.CLEAR_CHAIR, (Phase.DISCHARGED,), Phase.EMPTY, "Clear chair"),
)

BY_STEP: dict[Step, Transition] = {row.step: row for row in TRANSITIONS}


def is_allowed(step: Step, phase: Phase) -> bool:
    """True when the table has this step for this phase. Guards (readings, times) are the session's business."""
    return phase in BY_STEP[step].sources


class LimitPhase(StrEnum):
    """The three columns of limits: admitted and baseline; infusion, also while paused; recovery, also after an abort."""

    BASE = "base"
    INF = "inf"
    REC = "rec"


def limit_phase(phase: Phase) -> LimitPhase | None:
    """Which column of limits holds in `phase`; None where nobody is watched."""
    return _LIMIT_PHASE.get(phase)


_LIMIT_PHASE = {
    Phase.ADMITTED: LimitPhase.BASE,
    Phase.BASELINE: LimitPhase.BASE,
    Phase.INFUSION: LimitPhase.INF,
    Phase.RECOVERY: LimitPhase.REC,
    Phase.ABORTED: LimitPhase.REC,
}
