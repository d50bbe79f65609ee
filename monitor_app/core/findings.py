"""What the wave analysis found: beats, heart rate, signal quality, rhythm. The words that rhythm and alarms share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.samples import Parameter, Validity


class BeatClass(StrEnum):
    """Normal, ventricular, supraventricular, or unknown."""

    N = "N"
    V = "V"
    S = "S"
    Q = "Q"


class Quality(StrEnum):
    """How far a second of a wave can be trusted. `off`: nobody is on the electrode."""

    GOOD = "good"
    USABLE = "usable"
    POOR = "poor"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class BeatFound:
    """A beat of our own detection. t_us: station time of the R peak. decided_us: of the newest sample then known."""

    t_us: int
    lead: Parameter
    sample_index: int
    decided_us: int
    cls: BeatClass = BeatClass.Q


@dataclass(frozen=True, slots=True)
class RateFound:
    """The heart rate number as it stands at `t_us`, in bpm, or the reason why there is none. Said once a second.

    parameter: HR by the ECG, or PULSE_RATE by a pleth wave.
    """

    t_us: int
    value: float | None
    validity: Validity
    parameter: Parameter = Parameter.HR


@dataclass(frozen=True, slots=True)
class QualityFound:
    """The quality of one lead has changed. reason: lead_off, saturated, flat, jump, noise, mains or empty.

    Of any wave: `frozen` since t_us, its samples repeat themselves; `moves`, no longer. The quality is then as it was.
    """

    t_us: int
    lead: Parameter
    quality: Quality
    reason: str = ""


class RhythmWord(StrEnum):
    """Rhythm findings, the gravest first. CHECK_ECG: a pulse denies what the ECG claims."""

    ASYSTOLE = "ASYSTOLE"
    VFIB = "VFIB"
    VTACH = "VTACH"
    VBRADY = "VBRADY"
    EXTREME_TACHY = "EXTREME_TACHY"
    EXTREME_BRADY = "EXTREME_BRADY"
    PAUSE = "PAUSE"
    VRUN = "VRUN"
    VRUN_SLOW = "VRUN_SLOW"
    VRHYTHM = "VRHYTHM"
    AFIB = "AFIB"
    R_ON_T = "R_ON_T"
    COUPLET = "COUPLET"
    BIGEMINY = "BIGEMINY"
    TRIGEMINY = "TRIGEMINY"
    PVC_RATE = "PVC_RATE"
    IRREGULAR = "IRREGULAR"
    CHECK_ECG = "CHECK_ECG"


@dataclass(frozen=True, slots=True)
class RhythmFound:
    """A rhythm began (`present`) or ended. onset_us may lie in the past; so may its end, where end_us tells it."""

    t_us: int
    word: RhythmWord
    present: bool
    onset_us: int
    value: float | None = None
    end_us: int | None = None


Finding = BeatFound | RateFound | QualityFound | RhythmFound
