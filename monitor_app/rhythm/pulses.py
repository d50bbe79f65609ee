"""Does another channel show a pulse? Pleth (or a pressure in its place) as witness: it may deny, it never makes a beat.

Twice in every second of samples the last six seconds are looked at. Evidence is positive or there is none: pulses of one
shape and like height that cover the whole window. Noise, a flat line and a loose probe say nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Wave

GRID_HZ = 50
WINDOW_S = 6
LENGTH = GRID_HZ * WINDOW_S
SMOOTH_S = 0.03
BASELINE_S = 1.6
NEAREST_S = 0.33  # between two pulses; the dicrotic wave is nearer
TALL_SHARE = 0.45  # of the usual pulse: smaller humps are dicrotic waves or noise
ALIKE_SHARE = 0.5  # of the usual pulse, for the smallest; and the usual one of the tallest
ALIKE = 0.8  # correlation of a pulse with the middle of all; Orphanidou's limit for their mean is 0.86
ODD_SHARE = 0.2  # of the pulses, for those that are not like the others: one touch of the finger in six seconds
GAP_S = 2.0  # so long without a pulse, also at the window's end, and it is no evidence
LOOKS_PER_S = 2
STEADY_SHARE = 0.15  # mean change from one interval to the next, of their mean
FEWEST = 4
BEFORE_S, AFTER_S = 0.25, 0.25
CLOCK_SLACK_US = 2_000
SAME_SHARE = 0.8
SMOOTH_SHARE = 0.3  # of what is there, for what remains without hum and drift
FEWEST_STEPS = 8  # of the converter
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PulseLook:
    """What the last six seconds up to `end_us` show. bpm: of the pulses, None when they are no evidence.

    regular: the intervals hardly change. peaks_us: when the pulses were highest. whole: it ends a whole second.
    """

    end_us: int
    bpm: float | None
    regular: bool = False
    peaks_us: tuple[int, ...] = ()
    whole: bool = False


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
            look = judge(window, self._rate, self._time(end - 1))
            said.append(replace(look, whole=self._look % LOOKS_PER_S == 0))
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
    found = _peaks(wave)
    peaks = found[_of_one_kind(wave, found)] if len(found) >= FEWEST else found[:0]
    odd = len(found) - len(peaks)
    edges = np.concatenate(([0], peaks, [LENGTH]))
    if len(peaks) < FEWEST or odd > len(peaks) * ODD_SHARE or np.diff(edges).max() > GAP_S * GRID_HZ:
        return nothing
    intervals = np.diff(found) / GRID_HZ
    regular = bool(np.abs(np.diff(intervals)).mean() < STEADY_SHARE * intervals.mean())
    if not regular and (odd or wave[peaks].min() < ALIKE_SHARE * wave[peaks].max()):
        return nothing  # movement can look like a few pulses, but not like a clockwork
    times = tuple(end_us - round((LENGTH - 1 - int(at)) * 1e6 / GRID_HZ) for at in found)
    return PulseLook(end_us, 60.0 / float(intervals.mean()), regular, times)


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


def _peaks(wave: Wave) -> Places:
    """Maxima in order of time, none nearer to a taller one than two pulses can be.

    How tall a pulse is, most of the taller ones say: one movement of the finger must not hide all pulses beside it.
    """
    middle = wave[1:-1]
    found = 1 + np.flatnonzero((middle > wave[:-2]) & (middle >= wave[2:]) & (middle > 0))
    kept: list[int] = []
    for place in found[np.argsort(-wave[found], kind="stable")]:
        if all(abs(int(place) - other) >= NEAREST_S * GRID_HZ for other in kept):
            kept.append(int(place))
    heights = wave[kept]
    usual = heights[len(heights) // 4] if len(heights) else 0.0
    return np.array(sorted(np.array(kept, dtype=np.intp)[heights >= TALL_SHARE * usual]), dtype=np.intp)


def _of_one_kind(wave: Wave, peaks: Places) -> npt.NDArray[np.bool_]:
    """Which of them have the shape and height that most of them have. One cut off by the window counts by its height."""
    before, after = round(BEFORE_S * GRID_HZ), round(AFTER_S * GRID_HZ)
    heights = wave[peaks]
    usual = float(np.median(heights))
    sized = (heights > ALIKE_SHARE * usual) & (heights < usual / ALIKE_SHARE)
    whole = (peaks >= before) & (peaks + after <= LENGTH)
    if whole.sum() < FEWEST - 1:
        return np.zeros(len(peaks), dtype=np.bool_)
    shapes = np.array([wave[at - before : at + after] for at in peaks[whole]])
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    shapes /= np.maximum(np.sqrt((shapes**2).sum(axis=1, keepdims=True)), np.finfo(float).tiny)
    middle = np.median(shapes, axis=0)
    alike = shapes @ (middle / max(float(np.sqrt(middle @ middle)), np.finfo(float).tiny))
    sized[whole] &= alike > ALIKE
    return np.asarray(sized)
