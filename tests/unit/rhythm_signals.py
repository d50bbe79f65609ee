"""Generated ECG for the tests of the rhythm room: triangles in the manner of EC13, at any rate, with known R peaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from drivers.samples import Parameter
from monitor_app.core.findings import BeatFound, Finding, QualityFound, RateFound, RhythmFound, RhythmWord
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer

SCALE = 0.005


@dataclass(frozen=True)
class Qrs:
    """A triangle. height in mV, base in s; T wave: height, base, its peak after R in s."""

    height: float = 1.0
    base: float = 0.08
    t_height: float = 0.0
    t_base: float = 0.18
    t_after: float = 0.25


PLAIN = Qrs()


def every(bpm: float, seconds: float, start: float = 0.5) -> list[float]:
    """R peaks at a steady rate."""
    return list(np.arange(start, seconds, 60.0 / bpm))


def triangle(time: np.ndarray, at: float, base: float, height: float) -> np.ndarray:
    return height * np.clip(1 - np.abs(time - at) / (base / 2), 0, None)


def ecg(peaks: Sequence[float], seconds: float, rate_hz: float, qrs: Qrs = PLAIN, noise: float = 0.004) -> np.ndarray:
    """Wave in mV with R peaks at those times, on a baseline with a little noise (two steps of the converter)."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = np.random.default_rng(7).normal(0, 1, len(time)) * noise
    for at in peaks:
        near = slice(max(0, int((at - 0.3) * rate_hz)), int((at + 0.6) * rate_hz))
        wave[near] += triangle(time[near], at, qrs.base, qrs.height)
        if qrs.t_height:
            wave[near] += triangle(time[near], at + qrs.t_after, qrs.t_base, qrs.t_height)
    return wave


def chunks(
    wave: np.ndarray,
    rate_hz: float,
    *,
    splits: Sequence[int] | None = None,
    lead: Parameter = Parameter.ECG_II,
    unit: str = "mV",
    first_index: int = 0,
    start_us: int = 0,
    gap: bool = False,
) -> Iterator[WaveChunk]:
    """The wave as a device sends it: pieces of 0.1 s, or cut at `splits`. Station time follows the sample number."""
    raw = np.clip(np.round(wave / SCALE), -32768, 32767).astype("<i2")
    step = max(1, round(0.1 * rate_hz))
    cuts = sorted({0, len(raw), *(splits if splits is not None else range(0, len(raw), step))})
    for first, end in pairwise(cuts):
        yield WaveChunk(
            chair=1,
            channel=102,
            parameter=lead,
            rate_hz=rate_hz,
            unit=unit,
            scale=SCALE,
            t_us=start_us + round(first * 1e6 / rate_hz),
            first_index=first_index + first,
            data=raw[first:end].tobytes(),
            gap=gap and first == 0,
        )


@dataclass
class Heard:
    """Findings by kind."""

    all: list[Finding]

    @property
    def beats(self) -> list[BeatFound]:
        return [f for f in self.all if isinstance(f, BeatFound)]

    @property
    def rates(self) -> list[RateFound]:
        return [f for f in self.all if isinstance(f, RateFound) and f.parameter is Parameter.HR]

    @property
    def pulse_rates(self) -> list[RateFound]:
        return [f for f in self.all if isinstance(f, RateFound) and f.parameter is Parameter.PULSE_RATE]

    @property
    def rhythm(self) -> list[RhythmFound]:
        return [f for f in self.all if isinstance(f, RhythmFound)]

    @property
    def standstills(self) -> list[RhythmFound]:
        return [f for f in self.rhythm if f.word is RhythmWord.ASYSTOLE]

    @property
    def quality(self) -> list[QualityFound]:
        return [f for f in self.all if isinstance(f, QualityFound)]

    def rate_at(self, second: int) -> RateFound:
        return next(f for f in self.rates if f.t_us == second * 1_000_000)


def listen(pieces: Iterator[WaveChunk] | Sequence[WaveChunk], analyzer: RhythmAnalyzer | None = None) -> Heard:
    """Feed them, in order."""
    analyzer = analyzer or RhythmAnalyzer()
    return Heard([f for piece in pieces for f in analyzer.push(piece, piece.t_us)])
