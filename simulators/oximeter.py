"""What does a finger probe show of the truth? Later, smoothed, in whole per cent, and nothing while it finds no pulse."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from simulators.courses import Course
from simulators.patient import KICKS_AHEAD
from simulators.truth import SECOND_US, TRUTH_STEP_US, Truth

FINGER_DELAY_US, AVERAGE_US = 25 * SECOND_US, 8 * SECOND_US
PROBE_SETTLE_US = 5 * SECOND_US
"""A probe put back on needs a few pulses before it has a number."""
WEAKEST_PUMP = 0.25


class Oximeter:
    """What a finger probe shows of the truth: 25 s late, averaged over 8 s, noisy, in whole per cent; held in motion."""

    def __init__(self, rng: np.random.Generator, saturation: float) -> None:
        self._rng = rng
        self._late = FINGER_DELAY_US // TRUTH_STEP_US
        self._span = AVERAGE_US // TRUTH_STEP_US
        self._noise = 0.0
        self._ahead: list[float] = []
        self._keep = math.exp(-TRUTH_STEP_US / AVERAGE_US)
        self._kick = 0.4 * math.sqrt(1 - self._keep**2)
        self._held: float | None = None
        self.blind = False
        self._on_since_us: int | None = -PROBE_SETTLE_US
        self.course: Course | None = None
        self.start(saturation)

    def start(self, saturation: float) -> None:
        """A new finger with this saturation."""
        self._past = deque([saturation] * (self._late + self._span), maxlen=self._late + self._span)
        self._sum = saturation * self._span

    def step(self, truth: Truth, probe_on: bool, motion: bool) -> float | None:
        """The number shown after one step of truth; None where the probe finds none."""
        self._sum += self._past[self._span] - self._past[0]
        self._past.append(truth.sao2)
        self._noise = self._noise * self._keep + self._kick * self._kicked()
        value = self._sum / self._span + self._noise
        if self.course is not None:
            value = self.course.bend(value, truth.t_us)
        return self._shown(value, truth, probe_on, motion)

    def _kicked(self) -> float:
        """Drawn ahead, for speed: the same numbers in the same order."""
        if not self._ahead:
            self._ahead = self._rng.standard_normal(KICKS_AHEAD).tolist()[::-1]
        return self._ahead.pop()

    def _shown(self, value: float, truth: Truth, probe_on: bool, motion: bool) -> float | None:
        if not probe_on or self.blind or truth.pump < WEAKEST_PUMP:
            self._on_since_us = self._held = None
            return None
        if self._on_since_us is None:
            self._on_since_us = truth.t_us
        if truth.t_us - self._on_since_us < PROBE_SETTLE_US:
            return None
        if not motion or self._held is None:
            self._held = float(round(min(100.0, max(0.0, value))))
        return self._held
