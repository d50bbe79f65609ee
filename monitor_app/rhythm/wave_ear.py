"""How much does one lead look like fibrillation, second by second? Evidence as log odds, from the wave alone.

Once in every second of samples (at fixed sample numbers, so that cutting does not matter) the last four seconds are looked
at. The weights are those of a logistic model over the ten numbers of `wave_shape`, ridge 1, clipped at four standard
deviations, fitted on CUDB, VFDB, MIT-BIH and the challenge excerpts with each patient weighing the same (60 windows, 150
where there is noise and tachycardia to learn from) and both answers the same, then rounded to two digits. Eight folds by
patient gave sensitivity 97.1 %, specificity 98.4 % per second; the numbers used and the limits of the sum in
`fibrillation` were chosen by looking at these same folds, so strangers will fare a little worse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Wave
from monitor_app.rhythm.wave_shape import (
    FLAT_MV,
    GRID_HZ,
    WINDOW_S,
    kernel,
    on_grid,
    quickness,
    shape,
    without_baseline,
)

MOST = 3.0  # one second is never more than so sure
CLOCK_SLACK_US = 2_000
FASTEST_HZ = 9.0  # no fibrillation is quicker; muscle noise and an open input are
SAME_SHARE = 0.6  # of neighbours that are equal by digits: no electrode is that quiet

_MIDDLE = np.array((2.5, 0.7, 0.16, -0.56, 0.71, 0.62, 1.8, -0.29, 0.19, 2.3))
_WIDTH = np.array((1.0, 0.28, 0.21, 0.38, 0.15, 0.24, 0.71, 0.2, 0.11, 0.65))
_WEIGHTS = np.array((-0.62, -1.7, 0.54, 1.4, -1.4, -2.8, 0.81, 0.51, 0.6, 0.93))
_OFFSET = -4.4
_CLIP = 4.0


@dataclass(frozen=True, slots=True)
class WaveSecond:
    """What one lead's wave says at `end_us`. evidence: log odds for fibrillation or flutter; None: flat or no wave."""

    end_us: int
    evidence: float | None


def evidence(window: Wave, level: Wave) -> float:
    """Log odds for fibrillation or flutter in a window of four seconds (mV at 125 Hz), within +-3.

    level: the window without its baseline.
    """
    standard = np.clip((shape(window, level) - _MIDDLE) / _WIDTH, -_CLIP, _CLIP)
    return max(-MOST, min(MOST, float(standard @ _WEIGHTS) + _OFFSET))


class WaveEar:
    """Hears the samples of one lead. Waves in other units than mV are kept for `cut` only: their scale is not known."""

    def __init__(self) -> None:
        self._form: tuple[float, str, float] | None = None
        self._rate = 1.0
        self._kept = History(1, 0)
        self._pieces: list[Wave] = []  # not yet in `_kept`: joined once a second
        self._next = 0
        self._smoother: Wave = np.ones(1)
        self._zero, self._scale = 0.0, 1.0
        self._first = self._second = self._length = 0
        self._anchor = (0, 0)

    def push(self, chunk: WaveChunk) -> list[WaveSecond]:
        """Samples of this lead; one answer for every whole second that became complete."""
        raw = np.frombuffer(chunk.data, dtype="<i2")
        if not len(raw):
            return []
        form = (chunk.rate_hz, chunk.unit, chunk.scale)
        if form != self._form or chunk.gap or chunk.first_index != self._next:
            self._restart(chunk, float(raw[0]))
        elif abs(chunk.t_us - self._time(chunk.first_index)) > CLOCK_SLACK_US:
            self._anchor = (chunk.first_index, chunk.t_us)
        self._form = form
        self._pieces.append(raw)
        self._next = chunk.first_index + len(raw)
        said = self._whole_seconds(chunk.rate_hz)
        return said if chunk.unit == "mV" else []

    def cut(self, t_us: int, before_s: float, after_s: float) -> Wave | None:
        """The wave around a moment, in mV at 125 Hz; None where it is not (or no longer) here."""
        first, anchor_us = self._anchor
        place = first + (t_us - anchor_us) * self._rate / 1e6
        start, end = place - before_s * self._rate, place + after_s * self._rate
        self._join()
        if self._form is None or start < self._kept.start or end >= self._kept.end - 1:
            return None
        whole = math.floor(start)
        piece = self._kept.between(whole, math.ceil(end) + 2)
        at = np.arange(round((before_s + after_s) * GRID_HZ)) * (self._rate / GRID_HZ) + (start - whole)
        return np.asarray(np.interp(at, np.arange(len(piece)), piece), dtype=np.float64)

    def forget(self) -> None:
        """The next sample does not follow the last one."""
        self._form = None

    def _restart(self, chunk: WaveChunk, zero: float) -> None:
        first, rate = chunk.first_index, chunk.rate_hz
        self._rate, self._smoother, self._zero, self._scale = rate, kernel(rate), zero, chunk.scale
        self._length = math.ceil(WINDOW_S * rate) + len(self._smoother)
        self._kept, self._pieces = History(self._length + math.ceil(rate), first), []
        self._first, self._anchor = first, (first, chunk.t_us)
        self._second = math.ceil(first / rate) + WINDOW_S

    def _join(self) -> None:
        if self._pieces:
            self._kept.add((np.concatenate(self._pieces) - self._zero) * self._scale)
            self._pieces = []

    def _time(self, index: int) -> int:
        first, t_us = self._anchor
        return t_us + round((index - first) * 1e6 / self._rate)

    def _whole_seconds(self, rate_hz: float) -> list[WaveSecond]:
        said = []
        while (end := math.ceil(self._second * rate_hz)) <= self._next:
            self._join()
            window = self._kept.between(max(self._first, end - self._length), end)
            said.append(WaveSecond(self._time(end - 1), _judge(window, rate_hz, self._smoother)))
            self._second += 1
        return said


def _judge(window: Wave, rate_hz: float, smoother: Wave) -> float | None:
    if len(window) < 2 or np.mean(window[1:] == window[:-1]) > SAME_SHARE:
        return None
    wave = on_grid(window, rate_hz, smoother)
    level = without_baseline(wave)
    if float(level.max() - level.min()) <= FLAT_MV:
        return None
    return evidence(wave, level) if quickness(level) < FASTEST_HZ else -MOST
