"""Do pulses, or another lead, deny what one lead claims? Positive evidence only: noise and silence say nothing.

A heart beats once for all channels. So a true run is seen at the same moments in every lead that shows beats, however it
is projected there, and it changes the pulse; noise of one electrode does neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from monitor_app.core.findings import RhythmWord
from monitor_app.rhythm.pulses import PulseLook

TACHY_DENIED_BPM = 130.0
BRADY_DENIED_BPM = 45.0
PULSE_BPM = (35.0, 150.0)  # what can deny fibrillation
TOGETHER_US = 120_000  # marks of one beat in two leads are this near
MOST_SEEN = 0.8  # of a run's beats in the other lead: they are beats
ARRIVES_US = 500_000  # a pulse that ends later than this after the onset belongs to the run
UNCHANGED = 0.15  # of the interval before: the pulse goes on as it was
FASTER = 1.2  # a run is this much faster than what came before it, and than a pulse that is not its own
FEWEST_UNCHANGED = 2
MINUTE_US = 60_000_000


def pulse_denies(word: RhythmWord, look: PulseLook | None) -> bool:
    """Do these pulses deny that claim, tachycardia aside?"""
    if look is None or look.bpm is None:
        return False
    if word is RhythmWord.ASYSTOLE:
        return True
    if word in (RhythmWord.EXTREME_BRADY, RhythmWord.VBRADY):
        return look.bpm > BRADY_DENIED_BPM
    if word is RhythmWord.EXTREME_TACHY:
        return look.regular and look.bpm < TACHY_DENIED_BPM
    return word is RhythmWord.VFIB and look.regular and PULSE_BPM[0] < look.bpm < PULSE_BPM[1]


def pulse_confirms(word: RhythmWord, look: PulseLook | None) -> bool:
    """Do these pulses themselves show the extreme rate that is claimed?"""
    if look is None or look.bpm is None:
        return False
    if word is RhythmWord.EXTREME_BRADY:
        return look.bpm <= BRADY_DENIED_BPM
    return word is RhythmWord.EXTREME_TACHY and look.bpm >= TACHY_DENIED_BPM


def pulse_denies_run(look: PulseLook | None, onset_us: int, bpm: float) -> bool:
    """Ventricular tachycardia of that rate since then: a pulse that goes on beat for beat as before denies it.

    Two pulses of the run's own time must be seen for that. They are not waited for.
    """
    if look is None or not look.regular:
        return False
    pairs = [(b, b - a) for a, b in pairwise(look.peaks_us)]
    before = [length for end, length in pairs if end <= onset_us + ARRIVES_US]
    during = [length for end, length in pairs if end > onset_us + ARRIVES_US]
    if len(during) < FEWEST_UNCHANGED or len(pairs) < 2 * FEWEST_UNCHANGED:
        return False
    usual = median(before or during)
    unchanged = all(abs(length - usual) <= UNCHANGED * usual for length in during)
    goes_on = look.end_us - look.peaks_us[-1] <= (1 + UNCHANGED) * usual
    return unchanged and goes_on and bpm >= FASTER * MINUTE_US / usual


def share_seen(run: Sequence[int], other: Sequence[int]) -> float:
    """Which share of the beats of a run has a beat of another lead beside it."""
    seen = sum(1 for t_us in run if any(abs(t_us - one) <= TOGETHER_US for one in other))
    return seen / len(run) if run else 0.0
