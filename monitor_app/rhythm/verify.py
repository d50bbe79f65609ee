"""Is a lethal claim denied by another channel? Held back while it is, raised at once with its own onset when that ends.

Only positive evidence denies: pulses that go on through the seconds in question (pleth is seen with the delay that devices
have). Meanwhile CHECK_ECG says that the two disagree. Fibrillation holds back standstill, which it is not.
"""

from __future__ import annotations

from monitor_app.core.findings import RhythmFound, RhythmWord

SUSPICION_US = 3_000_000  # a standstill waits no longer than this for fibrillation to be proved
REFUTED_US = 4_000_000  # what pulses have denied is believed when none has come for so long


class Verification:
    """Stands between a finder and the room, for one word.

    rests_us: a claim that was refuted while it stood was no claim up to then: its time begins anew with the last pulse.
    """

    def __init__(self, rests_us: int = 0) -> None:
        self._held: RhythmFound | None = None
        self._since_us = 0
        self._rests_us = rests_us
        self._refuted_us: int | None = None

    @property
    def holding(self) -> bool:
        """A claim waits."""
        return self._held is not None

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
        if self._held is not None and not denied and not self.rests(t_us):
            held, self._held = self._held, None
            waited_us = t_us - held.t_us
            value = held.value + waited_us / 1e6 if held.value is not None else None
            said.append(RhythmFound(t_us, held.word, present=True, onset_us=held.onset_us, value=value))
        return said

    def refute(self, pulse_us: int) -> None:
        """Pulses deny what is claimed now; the newest of them was then."""
        if self._held is not None:
            self._refuted_us = pulse_us

    def rests(self, t_us: int) -> bool:
        """A pulse denied it so lately that it is not believed yet."""
        return self._held is not None and self._refuted_us is not None and t_us - self._refuted_us < self._rests_us

    def waits_us(self, t_us: int) -> int:
        """How long the claim has waited."""
        return t_us - self._since_us if self._held is not None else 0

    def forget(self) -> None:
        """Nothing is claimed any more."""
        self._held = None


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
