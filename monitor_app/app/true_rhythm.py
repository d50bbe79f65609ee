"""What does the rhythm analysis say where the beats come from the truth? The same rules on beats whose class is known.

Runs, irregularity, pauses, extremes and standstill are decided by the rooms that decide them on found beats. What only a
wave shows, fibrillation and a disturbed signal, the body says. Of lead quality, of pulses that deny a claim and of beats
that a detector would miss nothing is rehearsed here: that is what the scenarios with waves are for.
"""

from __future__ import annotations

from typing import Protocol

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.findings import (
    BeatClass,
    BeatFound,
    Finding,
    Quality,
    QualityFound,
    RateFound,
    RhythmFound,
    RhythmWord,
)
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.rhythm.ectopy import Ectopy
from monitor_app.rhythm.irregular import Irregularity
from monitor_app.rhythm.lasting import Lasting
from monitor_app.rhythm.rate import RateMeter
from monitor_app.rhythm.standstill import BeatWatch, Standstill
from monitor_app.rhythm.tempo import (
    FAST_BACK_BEATS,
    FAST_BACK_BPM,
    FAST_BEATS,
    FAST_BPM,
    SLOW_BACK_BEATS,
    SLOW_BACK_BPM,
    SLOW_BEATS,
    SLOW_BPM,
    Extreme,
    Pause,
    Tempo,
)

FIBRILLATES_US = 4 * SECOND_US
LEAD = Parameter.ECG_II


class Truthful(Protocol):
    """Who knows the truth of one body."""

    def beat_class(self, at_us: int) -> str:
        """N, V, S, or Q where it is not known."""

    def fibrillating_us(self) -> int | None:
        """Since when the ventricles fibrillate."""

    @property
    def disturbed(self) -> bool:
        """No ECG can be read."""


class TrueRhythm(RhythmAnalyzer):
    """One per chair, in the place of the wave analysis. Beats must come at their own time."""

    def __init__(self, truth: Truthful) -> None:
        super().__init__()
        self._truth = truth
        self._second: int | None = None
        self._electrodes_off = False
        self._disturbed = False
        self._fibrillation = Lasting(RhythmWord.VFIB)
        self._begin()

    def _begin(self) -> None:
        self._still = Standstill()
        self._beat_watch = BeatWatch(self._still)
        self._rate, self._tempo = RateMeter(), Tempo()
        self._ectopic, self._irregular, self._gap = Ectopy(), Irregularity(), Pause()
        self._slow, self._fast = Extreme(RhythmWord.EXTREME_BRADY), Extreme(RhythmWord.EXTREME_TACHY)

    def push(self, chunk: WaveChunk, now_us: int) -> list[Finding]:
        """Waves say nothing here."""
        return []

    def device_beat(self, t_us: int, source: Source, now_us: int) -> list[Finding]:
        """A beat of the truth, at the moment it happens."""
        if source is not Source.ECG or self._electrodes_off:
            return []
        if self._second is None:
            self._second = now_us // SECOND_US
        beat = BeatFound(now_us, LEAD, 0, now_us, BeatClass(self._truth.beat_class(now_us)))
        self._rate.beat(now_us / SECOND_US, trusted=True)
        self._tempo.beat(now_us)
        found: list[Finding] = [beat, *self._beat_watch.beat(now_us), *self._ectopic.hear(beat, now_us)]
        return [
            *found,
            *self._gap.beat(now_us, now_us),
            *self._irregular.hear(beat, now_us, trusted=True),
            *self._extremes(now_us),
        ]

    def _extremes(self, now_us: int) -> list[RhythmFound]:
        slow, fast = self._tempo.bpm(SLOW_BEATS), self._tempo.bpm(FAST_BEATS)
        too_slow = slow if slow is not None and slow < SLOW_BPM else None
        too_fast = fast if fast is not None and fast > FAST_BPM else None
        back_slow = (self._tempo.bpm(SLOW_BACK_BEATS) or 0) > SLOW_BACK_BPM
        back_fast = 0 < (self._tempo.bpm(FAST_BACK_BEATS) or 0) < FAST_BACK_BPM
        return [*self._slow.follow(too_slow, back_slow, now_us, now_us),
                *self._fast.follow(too_fast, back_fast, now_us, now_us)]  # fmt: skip

    def advance(self, now_us: int) -> list[Finding]:
        """Standstill, fibrillation, and the number on whole seconds."""
        if self._second is None:
            return []
        found: list[Finding] = []
        if not (self._electrodes_off or self._disturbed):
            found += self._fibrillates(now_us)
            found += self._ectopic.advance(now_us)
            if self._truth.fibrillating_us() is None:
                found += self._beat_watch.advance(now_us)
        second = now_us // SECOND_US
        if second > self._second:
            self._second = second
            found += self._judge_signal(second * SECOND_US)
            found.append(self._number_at(second * SECOND_US))
        return found

    def _fibrillates(self, now_us: int) -> list[RhythmFound]:
        since_us = self._truth.fibrillating_us()
        if since_us is None:
            return self._fibrillation.end(now_us)
        self._beat_watch.reset()  # whatever comes after it does not follow on the beats before
        if now_us - since_us < FIBRILLATES_US:
            return []
        return [*self._fibrillation.begin(since_us, now_us), *self._still.end(now_us)]

    def _judge_signal(self, t_us: int) -> list[Finding]:
        if self._truth.disturbed == self._disturbed:
            return []
        self._disturbed = self._truth.disturbed
        quality = QualityFound(t_us, LEAD, Quality.POOR if self._disturbed else Quality.GOOD, "noise")
        ended = self._over(t_us) if self._disturbed else []
        self._begin()
        return [quality, *ended]

    def _number_at(self, t_us: int) -> RateFound:
        if self._electrodes_off:
            return RateFound(t_us, None, Validity.SENSOR_OFF)
        if self._disturbed:
            return RateFound(t_us, None, Validity.DISTURBED)
        bpm = self._rate.bpm(t_us / SECOND_US)
        return RateFound(t_us, bpm, Validity.NOT_MEASURED if bpm is None else Validity.VALID)

    def next_deadline_us(self) -> int | None:
        """Every whole second, and when a standstill is due."""
        if self._second is None:
            return None
        whole_us = (self._second + 1) * SECOND_US
        quiet = self._electrodes_off or self._disturbed or self._truth.fibrillating_us() is not None
        due_us = None if quiet else self._beat_watch.due_us()
        return whole_us if due_us is None else min(whole_us, due_us)

    def leads_off(self, off: bool, now_us: int) -> list[Finding]:
        """Electrodes off, or on again."""
        if off == self._electrodes_off:
            return []
        self._electrodes_off = off
        ended = self._over(now_us)
        self._begin()
        self._second = now_us // SECOND_US
        if not off:
            return [QualityFound(now_us, LEAD, Quality.GOOD), *ended]
        number = RateFound(now_us, None, Validity.SENSOR_OFF)
        return [QualityFound(now_us, LEAD, Quality.OFF, "lead_off"), *ended, number]

    def link_lost(self, now_us: int) -> list[Finding]:
        """Nothing more is known."""
        ended = self._over(now_us)
        self._begin()
        self._second = None
        return [*ended, RateFound(now_us, None, Validity.NOT_MEASURED)]

    def _over(self, now_us: int) -> list[Finding]:
        return [
            *self._still.end(now_us),
            *self._fibrillation.end(now_us),
            *self._ectopic.end(now_us),
            *self._irregular.end(now_us),
            *self._gap.clear(now_us),
            *self._slow.lasting.end(now_us),
            *self._fast.lasting.end(now_us),
        ]
