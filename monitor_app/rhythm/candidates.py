"""Which humps of the QRS envelope might be beats? Finds them, one in any 180 ms, and measures each once.

The higher one of two that are too close stays, so a hump is final only when 180 ms have passed after it. That and the
half length of the wavelet are the whole decision delay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Wave, middle

BLANK_S = 0.18  # no heart beats faster than 330 a minute; two notches of one wide beat are nearer than this
PEAK_WITHIN_S = 0.07  # the R peak lies this near to the centre of its energy, also in wide beats
BASELINE_S = 0.2  # the stretch around a hump whose median is its baseline
SHAPE_BEFORE_S, SHAPE_AFTER_S = 0.1, 0.16
NARROW_SMOOTHING_S = 0.04  # a pulse of 10 ms loses two thirds of its height over so long, a QRS less than half
T_FROM_S, T_TO_S = 0.16, 0.25  # after the centre: the beginning of the T wave, surely there when a hump is final
QRS_FROM_S, QRS_TO_S = 0.06, 0.1  # before and after it: what the T wave is opposite to
WIDTH_SHARE = 0.2  # of the largest deflection: where a QRS has its feet, above the baseline's noise
TINY = float(np.finfo(float).tiny)
OPPOSITE_WINS = 1.4  # the other side must be this much larger before the mark changes from R to S


@dataclass(frozen=True, slots=True)
class Candidate:
    """One hump. index: envelope maximum. peak_index: R peak. height: of the envelope. span: peak to peak of the wave.

    up, down: deflection from the baseline, in units of the wave. width_s: how long it is away from the baseline.
    sharpness: share of the deflection that survives smoothing over 40 ms.
    shape: the wave around it, offset removed, unit length (zeros when it is flat); size: its length before, in the unit of
    the wave. away: distance from the baseline within 70 ms of the centre.
    t_wave: mean level where the T wave begins, as a share of the span; lean: that of the QRS.
    """

    index: int
    peak_index: int
    height: float
    up: float
    down: float
    width_s: float
    sharpness: float
    shape: Wave
    size: float
    away: Wave
    t_wave: float = 0.0
    lean: float = 0.0

    @property
    def span(self) -> float:
        """Peak to peak."""
        return self.up + self.down

    @property
    def crispness(self) -> float:
        """How much of the QRS band there is for its height: a T wave has little, however tall."""
        return self.height / self.span if self.span > 0 else 0.0

    @property
    def discordance(self) -> float:
        """How far the T wave points away from the QRS, as a share of the span; negative when it points its way."""
        return -self.t_wave if self.lean > 0 else self.t_wave

    def likeness(self, shape: Wave | None) -> float:
        """Correlation with another shape, -1 to 1; 0 when there is none."""
        if shape is None or len(shape) != len(self.shape):
            return 0.0
        return float(self.shape @ shape)


class HumpFinder:
    """Follows the envelope and says each final hump once, in order: (index, height)."""

    def __init__(self, rate_hz: float, first: int) -> None:
        self._blank = round(BLANK_S * rate_hz)
        self._scanned = first + 1
        self._open: tuple[int, float] | None = None

    @property
    def open_height(self) -> float:
        """Height of the hump that is not final yet, 0 when there is none."""
        return self._open[1] if self._open else 0.0

    def scan(self, envelope: History) -> list[tuple[int, float]]:
        """Look at the samples that were added since the last call."""
        done: list[tuple[int, float]] = []
        for index, height in self._maxima(envelope):
            if self._open is None or index - self._open[0] > self._blank:
                done += [self._open] if self._open else []
                self._open = (index, height)
            elif height > self._open[1]:
                self._open = (index, height)
        if self._open and self._scanned - self._open[0] > self._blank:
            done.append(self._open)
            self._open = None
        return done

    def _maxima(self, envelope: History) -> list[tuple[int, float]]:
        first = max(self._scanned, envelope.start + 1)
        around = envelope.between(first - 1, envelope.end)
        self._scanned = max(first, envelope.end - 1)
        if len(around) < 3:
            return []
        here = around[1:-1]
        places = np.flatnonzero((here > around[:-2]) & (here >= around[2:]))
        return [(first + int(place), float(here[place])) for place in places]


class Ruler:
    """Measures humps on the smoothed wave. Keeps the side (R or S) on which this patient's marks sit."""

    def __init__(self, rate_hz: float) -> None:
        self._near = max(1, round(PEAK_WITHIN_S * rate_hz))
        self._baseline = round(BASELINE_S * rate_hz)
        self._before, self._after = round(SHAPE_BEFORE_S * rate_hz), round(SHAPE_AFTER_S * rate_hz)
        self._rate = rate_hz
        self._qrs = round(QRS_FROM_S * rate_hz), round(QRS_TO_S * rate_hz)
        self._t_wave = round(T_FROM_S * rate_hz), round(T_TO_S * rate_hz)
        self._box = max(1, round(NARROW_SMOOTHING_S * rate_hz))
        self.side = 0.0

    def measure(self, index: int, height: float, wave: History) -> Candidate:
        """The hump at `index`; the wave must reach 250 ms further."""
        level = middle(wave.between(index - self._baseline, index + self._baseline))
        first = max(index - self._near, wave.start)
        near = wave.between(first, index + self._near + 1) - level
        up, down = max(0.0, float(near.max())), max(0.0, -float(near.min()))
        place = int(near.argmax() if self._points_up(up, down) else near.argmin())
        shape, size = self._shape(index, wave)
        return Candidate(
            index,
            first + place,
            height,
            up,
            down,
            self._width_s(near),
            self._sharpness(near),
            shape,
            size,
            near,
            _share(wave.between(index + self._t_wave[0], index + self._t_wave[1]), level, up + down),
            _share(wave.between(index - self._qrs[0], index + self._qrs[1]), level, up + down),
        )

    def _points_up(self, up: float, down: float) -> bool:
        if self.side > 0:
            return down < OPPOSITE_WINS * up
        if self.side < 0:
            return up >= OPPOSITE_WINS * down
        return up >= down

    def _width_s(self, near: Wave) -> float:
        away = np.abs(near)
        return np.count_nonzero(away > WIDTH_SHARE * away.max()) / self._rate

    def _sharpness(self, near: Wave) -> float:
        if len(near) <= self._box:
            return 1.0
        total = np.concatenate(([0.0], np.cumsum(near)))
        means = (total[self._box :] - total[: -self._box]) / self._box
        return float(np.abs(means).max() / max(float(np.abs(near).max()), TINY))

    def _shape(self, index: int, wave: History) -> tuple[Wave, float]:
        cut = wave.between(index - self._before, index + self._after)
        if len(cut) < self._before + self._after:
            return np.zeros(self._before + self._after), 0.0
        cut = cut - np.add.reduce(cut) / len(cut)
        length = float(np.sqrt(cut @ cut))
        return (np.asarray(cut / length) if length > 0 else cut), length


def _share(cut: Wave, level: float, span: float) -> float:
    """Mean distance from a level as a share of a span; 0 where there is nothing."""
    return (float(np.add.reduce(cut)) / len(cut) - level) / span if len(cut) and span > 0 else 0.0
