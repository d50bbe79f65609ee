"""Does another channel show a pulse? Pleth (or a pressure in its place) as witness: it may deny, it never makes a beat.

Twice in every second of samples the last six seconds are looked at. Evidence is positive or there is none: pulses of one
shape and like height that cover the whole window. Noise, a flat line and a loose probe say nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Wave

GRID_HZ = 50
WINDOW_S = 6
LENGTH = GRID_HZ * WINDOW_S
SMOOTH_S = 0.03
BASELINE_S = 1.6
NEAREST_S = 0.33  # between two pulses; the dicrotic wave is nearer
TALL_SHARE = 0.45  # of the tallest: smaller humps are dicrotic waves or noise
ALIKE_SHARE = 0.5  # of the tallest, for the smallest pulse
ALIKE = 0.86  # mean correlation of the pulses with their mean; Orphanidou's limit for pleth
GAP_S = 2.0  # so long without a pulse, also at the window's end, and it is no evidence
LOOKS_PER_S = 2
STEADY_SHARE = 0.15  # mean change from one interval to the next, of their mean
FEWEST = 4
BEFORE_S, AFTER_S = 0.25, 0.25
CLOCK_SLACK_US = 2_000
SAME_SHARE = 0.8
SMOOTH_SHARE = 0.3  # of what is there, for what remains without hum and drift
FEWEST_STEPS = 8  # of the converter


@dataclass(frozen=True, slots=True)
class PulseLook:
    """What the last six seconds up to `end_us` show. bpm: of the pulses, None when they are no evidence.

    regular: the intervals hardly change.
    """

    end_us: int
    bpm: float | None
    regular: bool = False


class PulseEar:
    """Hears the samples of one pulse wave, in any unit."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._kept = History(1, 0)
        self._first = self._look = self._length = 0
        self._anchor = (0, 0)

    def push(self, chunk: WaveChunk) -> list[PulseLook]:
        """Samples that follow; one answer for every half second that became complete."""
        raw = np.frombuffer(chunk.data, dtype="<i2").astype(np.float64)
        if not len(raw):
            return []
        if chunk.rate_hz != self._rate or chunk.gap or chunk.first_index != self._kept.end:
            self._restart(chunk)
        elif abs(chunk.t_us - self._time(chunk.first_index)) > CLOCK_SLACK_US:
            self._anchor = (chunk.first_index, chunk.t_us)
        self._kept.add(raw)
        said = []
        while (end := math.ceil(self._look * self._rate / LOOKS_PER_S)) <= self._kept.end:
            window = self._kept.between(max(self._first, end - self._length), end)
            said.append(judge(window, self._rate, self._time(end - 1)))
            self._look += 1
        return said

    def forget(self) -> None:
        """The next sample does not follow the last one."""
        self._rate = 0.0

    def _restart(self, chunk: WaveChunk) -> None:
        self._rate, self._first = chunk.rate_hz, chunk.first_index
        self._length = math.ceil(WINDOW_S * self._rate)
        self._kept = History(self._length + math.ceil(self._rate), self._first)
        self._anchor = (self._first, chunk.t_us)
        self._look = math.ceil(self._first / self._rate * LOOKS_PER_S) + WINDOW_S * LOOKS_PER_S

    def _time(self, index: int) -> int:
        first, t_us = self._anchor
        return t_us + round((index - first) * 1e6 / self._rate)


def judge(window: Wave, rate_hz: float, end_us: int) -> PulseLook:
    """Six seconds of a pulse wave in steps."""
    nothing = PulseLook(end_us, None)
    if np.mean(window[1:] == window[:-1]) > SAME_SHARE or np.ptp(window) == 0:
        return nothing
    wave = _on_grid(window, rate_hz)
    if np.ptp(wave) < SMOOTH_SHARE * np.ptp(window - np.median(window)) or np.ptp(wave) < FEWEST_STEPS:
        return nothing
    peaks = _peaks(wave)
    edges = np.concatenate(([0], peaks, [LENGTH]))
    if len(peaks) < FEWEST or np.diff(edges).max() > GAP_S * GRID_HZ or not _alike(wave, peaks):
        return nothing
    intervals = np.diff(peaks) / GRID_HZ
    change = float(np.abs(np.diff(intervals)).mean() / intervals.mean())
    return PulseLook(end_us, 60.0 / float(intervals.mean()), change < STEADY_SHARE)


def _on_grid(window: Wave, rate_hz: float) -> Wave:
    half = max(1, round(2.5 * SMOOTH_S * rate_hz))
    box = np.exp(-0.5 * (np.arange(-half, half + 1) / (SMOOTH_S * rate_hz)) ** 2)
    smooth = np.convolve(np.pad(window, half, mode="edge"), box / box.sum(), "valid")
    at = len(window) - 1 - (LENGTH - 1 - np.arange(LENGTH)) * (rate_hz / GRID_HZ)
    wave = np.interp(at, np.arange(len(window)), smooth)
    total = np.concatenate(([0.0], np.cumsum(wave)))
    reach = round(BASELINE_S * GRID_HZ) // 2
    left, right = np.maximum(0, np.arange(LENGTH) - reach), np.minimum(LENGTH, np.arange(LENGTH) + reach + 1)
    return np.asarray(wave - (total[right] - total[left]) / (right - left))


def _peaks(wave: Wave) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Maxima in order of height, none nearer to a taller one than two pulses can be."""
    middle = wave[1:-1]
    found = 1 + np.flatnonzero((middle > wave[:-2]) & (middle >= wave[2:]) & (middle > 0))
    kept: list[int] = []
    for place in found[np.argsort(-wave[found], kind="stable")]:
        if wave[place] < TALL_SHARE * wave[kept[0] if kept else place]:
            break
        if all(abs(int(place) - other) >= NEAREST_S * GRID_HZ for other in kept):
            kept.append(int(place))
    return np.array(sorted(kept), dtype=np.intp)


def _alike(wave: Wave, peaks: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> bool:
    before, after = round(BEFORE_S * GRID_HZ), round(AFTER_S * GRID_HZ)
    whole = [wave[at - before : at + after] for at in peaks if at >= before and at + after <= LENGTH]
    heights = wave[peaks]
    if len(whole) < FEWEST - 1 or heights.min() < ALIKE_SHARE * heights.max():
        return False
    shapes = np.array(whole) - np.mean(whole, axis=1, keepdims=True)
    lengths = np.sqrt((shapes**2).sum(axis=1, keepdims=True))
    if not lengths.all():
        return False
    shapes = shapes / lengths
    usual = shapes.mean(axis=0)
    return bool((shapes @ (usual / np.sqrt(usual @ usual))).mean() > ALIKE)
