"""What is said of the rhythm beside the heart rate? Its word, since when it stands, and how many beats are ventricular."""

from __future__ import annotations

from monitor_app.core.findings import RhythmWord
from monitor_app.core.parameters import SECOND_US
from monitor_app.station.chair_state import ChairState

NO_SIGNAL_US = 2 * SECOND_US
"""A trace without samples for this long says so (ALARMS 9.1)."""

LEADS_OFF, NOT_MONITORED, NOISY = "ECG LEADS OFF", "RHYTHM NOT MONITORED", "ECG NOISY"
_BLIND = frozenset({LEADS_OFF, NOT_MONITORED, NOISY})

RHYTHM_WORDS: dict[RhythmWord, str] = {
    RhythmWord.VFIB: "V-FIB",
    RhythmWord.VTACH: "V-TACH",
    RhythmWord.VBRADY: "V-BRADY",
    RhythmWord.EXTREME_TACHY: "EXTREME TACHY",
    RhythmWord.EXTREME_BRADY: "EXTREME BRADY",
    RhythmWord.VRUN: "V-RUN",
    RhythmWord.VRUN_SLOW: "V-RUN",
    RhythmWord.VRHYTHM: "VENTRICULAR RHYTHM",
    RhythmWord.AFIB: "IRREGULAR, POSSIBLE AF",
    RhythmWord.R_ON_T: "R-ON-T PVC",
    RhythmWord.PVC_RATE: "MANY PVCS",
    RhythmWord.CHECK_ECG: "CHECK ECG",
}
"""What stands beside the heart rate; of several findings the gravest. Those not named stand as they are called."""


def rhythm_word(chair: ChairState, now_us: int) -> str:
    """The word beside the heart rate; empty when there is nothing to say, or nobody to say it of."""
    if chair.treated is None:
        return ""
    gravest = _gravest(chair)
    return RHYTHM_WORDS.get(gravest, gravest.value) if gravest is not None else _blindness(chair, now_us)


def rhythm_since_us(chair: ChairState) -> int | None:
    """Station time at which the finding began that the word is of; None where the word is none of a finding."""
    gravest = _gravest(chair) if chair.treated is not None else None
    return chair.rhythm_since[gravest] if gravest is not None else None


def ventricular_beats(chair: ChairState, now_us: int) -> int | None:
    """How many beats of the last minute were ventricular; None where the ECG did not tell all of that minute."""
    if chair.treated is None or RhythmWord.VFIB in chair.rhythm_since or _blindness(chair, now_us):
        return None
    return chair.ventricular.of_minute(now_us)


def _gravest(chair: ChairState) -> RhythmWord | None:
    return min(chair.rhythm_since, key=tuple(RhythmWord).index) if chair.rhythm_since else None


def _blindness(chair: ChairState, now_us: int) -> str:
    """Why the rhythm cannot be told, empty while it can."""
    ecg = [wave for parameter, wave in chair.waves.items() if parameter.is_ecg]
    if "ecg_lead_off" in chair.flags_since:
        return LEADS_OFF
    if not any(wave.arrived_us is not None and now_us - wave.arrived_us < NO_SIGNAL_US for wave in ecg):
        return NOT_MONITORED
    return NOISY if "ecg_noisy" in chair.flags_since else ""
