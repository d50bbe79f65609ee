"""Is a lethal claim denied by another channel? Held back while it is, raised at once with its own onset when that ends.

Only positive evidence denies: pulses that go on through the seconds in question (pleth is seen with the delay that devices
have). Meanwhile CHECK_ECG says that the two disagree. Fibrillation holds back standstill, which it is not.

A rate that was said before the pulses could be seen is taken back when they have denied it long enough. Standstill,
fibrillation and ventricular tachycardia never are: compressions of the chest make pulses too.
"""

from __future__ import annotations

from monitor_app.core.findings import RhythmFound, RhythmWord

SUSPICION_US = 3_000_000  # a standstill waits no longer than this for fibrillation to be proved
REFUTED_US = 4_000_000  # what pulses have denied is believed when none has come for so long
RATE_REFUTED_US = 6_000_000  # a rate, when none has come for a look's length: one touch of the finger spoils a look
RECANT_US = 6_000_000  # denied so long, every pulse that was looked at came after it was said


class Verification:
    """Stands between a finder and the room, for one word.

    rests_us: a claim that was refuted while it stood was no claim up to then: its time begins anew with the last pulse.
    recants: what was said is taken back, and waits again, when it is denied for long.
    """

    def __init__(self, rests_us: int = 0, recants: bool = False) -> None:
        self._held: RhythmFound | None = None
        self._said: RhythmFound | None = None
        self._recants = recants
        self._denied_us: int | None = None
        self._since_us = 0
        self._rests_us = rests_us
        self._refuted_us: int | None = None

    @property
    def holding(self) -> bool:
        """A claim waits."""
        return self._held is not None

    @property
    def open(self) -> bool:
        """A claim waits, or what was said may still be taken back."""
        return self._held is not None or self._said is not None

    def take(self, found: list[RhythmFound], t_us: int, denied: bool) -> list[RhythmFound]:
        """What the finder said up to `t_us`; denied: evidence against it holds now. Returns what may be said."""
        said: list[RhythmFound] = []
        for one in found:
            if one.present:
                self._held, self._since_us, self._refuted_us = one, t_us, None
            elif self._held is not None:
                self._held = None
            else:
                said.append(one)
                self._said = None
        if self._held is not None and not denied and not self.rests(t_us):
            held, self._held = self._held, None
            said.append(RhythmFound(t_us, held.word, present=True, onset_us=held.onset_us, value=_grown(held, t_us)))
            self._said, self._denied_us = held if self._recants else None, None
        return said

    def recant(self, t_us: int, denied: bool) -> list[RhythmFound]:
        """Do pulses deny what was said? Its end, when they have long enough."""
        if self._said is None or not denied:
            self._denied_us = None
            return []
        self._denied_us = t_us if self._denied_us is None else self._denied_us
        if t_us - self._denied_us < RECANT_US:
            return []
        self._held, self._said, self._since_us = self._said, None, t_us
        return [RhythmFound(t_us, self._held.word, present=False, onset_us=self._held.onset_us)]

    def refute(self, pulse_us: int) -> None:
        """Pulses deny what is claimed now; the newest of them was then."""
        if self._held is not None:
            self._refuted_us = pulse_us

    def confirm(self) -> None:
        """The pulses say what is claimed: what they said before does not count."""
        self._refuted_us = None

    def rests(self, t_us: int) -> bool:
        """A pulse denied it so lately that it is not believed yet."""
        return self._held is not None and self._refuted_us is not None and t_us - self._refuted_us < self._rests_us

    def waits_us(self, t_us: int) -> int:
        """How long the claim has waited."""
        return t_us - self._since_us if self._held is not None else 0

    def forget(self) -> None:
        """Nothing is claimed any more."""
        self._held = self._said = None


def _grown(held: RhythmFound, t_us: int) -> float | None:
    """The number of a claim that waited: a standstill has lasted longer meanwhile, a rate is a rate."""
    if held.value is None or held.word is not RhythmWord.ASYSTOLE:
        return held.value
    return held.value + (t_us - held.t_us) / 1e6


class Disagreement:
    """CHECK_ECG: a pulse denies what the ECG claims."""

    def __init__(self) -> None:
        self._onset_us: int | None = None

    def take(self, denied: bool, t_us: int, bpm: float | None) -> list[RhythmFound]:
        """denied: a claim is held back by pulses at this rate now."""
        if denied and self._onset_us is None:
            self._onset_us = t_us
            return [RhythmFound(t_us, RhythmWord.CHECK_ECG, present=True, onset_us=t_us, value=bpm)]
        return [] if denied else self.end(t_us)

    def end(self, t_us: int) -> list[RhythmFound]:
        """Nothing disagrees."""
        onset_us, self._onset_us = self._onset_us, None
        return [] if onset_us is None else [RhythmFound(t_us, RhythmWord.CHECK_ECG, present=False, onset_us=onset_us)]
