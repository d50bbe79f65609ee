"""What do this patient's beats look like lately, and what the noise between them? Levels and shapes, learnt as beats come.

A hump is measured against the usual beat by two heights at once: its share of the QRS band, and its peak to peak in the
wave. Noise and T waves have one of them, a QRS has both, however wide it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from monitor_app.rhythm.candidates import TINY, Candidate
from monitor_app.rhythm.kernels import Wave

MEMORY = 8  # beats and noise humps that the levels are medians of
BAND_SHARE = 0.4  # weight of the QRS band; the rest is that of the span
THRESHOLD_SHARE = 0.26  # of the way from noise to QRS; 0.18 to 0.45 is seen to work
CALM, NOISY = (
    0.05,
    0.2,
)  # noise in the QRS band as a share of a beat: here shapes begin to count, there they count fully
CALM_DISTRUST, NOISY_DISTRUST = 0.15, 0.5  # what a hump loses that is like no beat before
SHAPES_MAX = 6
ALIKE = 0.8
BLEND = 0.15
FEW = 3  # a shape seen more often than this is not dropped for one seen once


@dataclass(slots=True)
class _Shape:
    wave: Wave
    count: int
    newest: int


@dataclass(slots=True)
class Levels:
    """Heights (QRS band, span) of the last beats and of the last noise. template: the mean beat. Kept over a short gap."""

    beats: deque[tuple[float, float]]
    noise: deque[tuple[float, float]]
    template: Wave | None = None
    _shapes: list[_Shape] = field(default_factory=list)
    _usual: tuple[float, float, float, float] | None = None  # medians: of beats (height, span), of noise (height, span)

    @staticmethod
    def seeded(height: float, span: float, quiet: float) -> Levels:
        """First levels: of a beat, and of the quiet between."""
        beats = deque([(height, span)] * MEMORY, MEMORY)
        return Levels(beats, deque([(quiet, 0.1 * span)] * MEMORY, MEMORY))

    @property
    def qrs(self) -> float:
        """Usual height of a beat in the QRS band."""
        return self._medians()[0]

    @property
    def span(self) -> float:
        """Usual peak to peak of a beat."""
        return self._medians()[1]

    @property
    def noise_height(self) -> float:
        """Usual height of what is no beat, in the QRS band."""
        return self._medians()[2]

    @property
    def threshold(self) -> float:
        """Standing above which a hump is a beat; 1 is the usual beat."""
        low = min(1.0, self._standing(*self._medians()[2:]))
        return low + THRESHOLD_SHARE * (1.0 - low)

    @property
    def band_threshold(self) -> float:
        """The same in the QRS band alone, for a hump whose span is not known yet."""
        low = self.noise_height
        return low + THRESHOLD_SHARE * max(0.0, self.qrs - low)

    def standing(self, hump: Candidate) -> float:
        """How much of a beat it is: 1 for the usual one. The noisier it is, the more a known shape counts."""
        loud = (self.noise_height / self.qrs - CALM) / (NOISY - CALM)
        distrust = CALM_DISTRUST + (NOISY_DISTRUST - CALM_DISTRUST) * min(1.0, max(0.0, loud))
        unknown = 1.0 - max(0.0, self.familiarity(hump)) if self._shapes else 0.0
        return self._standing(hump.height, hump.span) * (1.0 - distrust * unknown)

    def familiarity(self, hump: Candidate) -> float:
        """Correlation with the most similar shape of the beats before, 0 when there is none."""
        return max((hump.likeness(shape.wave) for shape in self._shapes), default=0.0)

    def take(self, hump: Candidate) -> None:
        """It is a beat."""
        self.beats.append((hump.height, hump.span))
        self._usual = None
        self.template = _blended(self.template, hump.shape)
        best = max(self._shapes, key=lambda shape: hump.likeness(shape.wave), default=None)
        if best is not None and hump.likeness(best.wave) > ALIKE:
            best.wave = _blended(best.wave, hump.shape)
            best.count, best.newest = best.count + 1, hump.index
            return
        self._shapes.append(_Shape(hump.shape, 1, hump.index))
        if len(self._shapes) > SHAPES_MAX:
            del self._shapes[self._least_worth()]

    def reject(self, hump: Candidate) -> None:
        """It is noise, a P wave or a T wave."""
        self.noise.append((hump.height, hump.span))
        self._usual = None

    def _medians(self) -> tuple[float, float, float, float]:
        if self._usual is None:
            (height, span), (low, narrow) = (map(median, zip(*seen, strict=True)) for seen in (self.beats, self.noise))
            self._usual = (height, span, low, narrow)
        return self._usual

    def _standing(self, height: float, span: float) -> float:
        usual_height, usual_span, _, _ = self._medians()
        return float(
            (height / max(TINY, usual_height)) ** BAND_SHARE * (span / max(TINY, usual_span)) ** (1 - BAND_SHARE)
        )

    def _least_worth(self) -> int:
        order = [(shape.count > FEW, shape.newest, place) for place, shape in enumerate(self._shapes)]
        return min(order)[2]


def _blended(old: Wave | None, new: Wave) -> Wave:
    mixed = new if old is None or len(old) != len(new) else (1 - BLEND) * old + BLEND * new
    length = float(np.sqrt(mixed @ mixed))
    return np.asarray(mixed / length) if length > 0 else mixed
