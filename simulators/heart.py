"""When does the heart beat, and how? Rhythms beat by beat, one interval ahead (CLINICAL 6.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulators.truth import SECOND_US, Truth


@dataclass(frozen=True, slots=True)
class HeartBeat:
    """One beat as the waves need it. rr_s: the interval before it. delay_s: from R to the pulse at the finger."""

    t_us: int
    cls: str
    strength: float
    rr_s: float
    p_wave: bool
    size: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the heart is told to do. rate: of its own, None follows the body. strength: pulse of a VT beat."""

    name: str = "sinus"
    rate: float | None = None
    strength: float = 0.3


@dataclass(frozen=True, slots=True)
class _Next:
    rr_s: float
    cls: str = "N"
    strength: float = 1.0
    p_wave: bool = True


RHYTHMS = ("sinus", "af", "bigeminy", "vt", "vf", "asystole")
PULSELESS = ("vf", "asystole")
FIRST_BEAT_S = 0.6
"""From silence to the first beat again: long enough for its whole P wave to lie ahead."""


class Heart:
    """Decides beat after beat; each is fixed one interval ahead, so that its P wave can be drawn before it."""

    def __init__(self, rng: np.random.Generator, size: float, start_us: int) -> None:
        self._rng = rng
        self._size = size
        self._cursor_us = start_us
        self._silent = True
        self._compensate_s: float | None = None
        self._lf_phase = float(rng.random())
        self._rsa = float(rng.uniform(2, 4))
        self._lf = float(rng.uniform(1, 2))
        self.rhythm = Rhythm()
        self.now = "asystole"
        self.pvc_per_min = 0.0
        self._run_left, self._run_rr_s = 0, 0.4
        self.fired: list[HeartBeat] = []

    def step(self, truth: Truth, end_us: int) -> None:
        """Decide until the next beat lies at or after `end_us`, or until there is none."""
        while self._cursor_us < end_us:
            self._decide(truth, end_us)

    def run(self, beats: int, rate: float) -> None:
        """From the next beat on, so many ventricular beats in a row at `rate`; two are a couplet."""
        self._run_left, self._run_rr_s = beats, 60 / rate

    @property
    def cursor_us(self) -> int:
        """When the beat already under way falls, or how far silence is known."""
        return self._cursor_us

    def take(self) -> list[HeartBeat]:
        """The beats decided since the last call."""
        taken, self.fired = self.fired, []
        return taken

    def _decide(self, truth: Truth, end_us: int) -> None:
        self.now = self.rhythm.name
        upcoming = self._upcoming(truth)
        if upcoming is None:
            self._cursor_us, self._silent, self._compensate_s = end_us, True, None
            return
        rr_s = max(upcoming.rr_s, FIRST_BEAT_S) if self._silent else upcoming.rr_s
        self._silent = False
        self._cursor_us += round(rr_s * SECOND_US)
        delay_s = min(0.25, max(0.15, 0.20 + (120 - truth.systolic) * 0.0006))
        self.fired.append(
            HeartBeat(self._cursor_us, upcoming.cls, upcoming.strength, rr_s, upcoming.p_wave, self._size, delay_s)
        )

    def _upcoming(self, truth: Truth) -> _Next | None:
        if self.rhythm.name in PULSELESS:
            return None
        if self.rhythm.name == "vt":
            return _Next(60 / (self.rhythm.rate or 170) + 0.008 * self._z(), "V", self.rhythm.strength, False)
        if self.rhythm.name == "af":
            return self._fibrillating()
        return self._sinus(truth)

    def _fibrillating(self) -> _Next:
        sigma = 0.2
        rr_s = max(0.3, 60 / (self.rhythm.rate or 85) * math.exp(sigma * self._z() - sigma * sigma / 2))
        return _Next(rr_s, "N", min(1.0, 0.35 + rr_s), False)

    def _sinus(self, truth: Truth) -> _Next:
        rr_s = self._sinus_rr_s(truth)
        if self._compensate_s is not None:
            rr_s, self._compensate_s = max(0.4, self._compensate_s), None
            return _Next(rr_s)
        if self._run_left > 0:
            return self._of_run(rr_s)
        if self._wants_pvc(rr_s):
            coupling = float(self._rng.uniform(0.5, 0.7))
            self._compensate_s = (2 - coupling) * rr_s
            return _Next(max(0.3, coupling * rr_s), "V", float(self._rng.uniform(0.0, 0.3)), False)
        return _Next(rr_s)

    def _of_run(self, rr_s: float) -> _Next:
        self._run_left -= 1
        if self._run_left == 0:
            self._compensate_s = 1.4 * rr_s
        return _Next(self._run_rr_s + 0.008 * self._z(), "V", 0.3, False)

    def _wants_pvc(self, rr_s: float) -> bool:
        if self.rhythm.name == "bigeminy":
            return True  # the compensating beat in between is the other half of the pair
        return self.pvc_per_min > 0 and bool(self._rng.random() < self.pvc_per_min * rr_s / 60)

    def _sinus_rr_s(self, truth: Truth) -> float:
        since_s = (self._cursor_us - truth.t_us) / SECOND_US
        breath = truth.breath + since_s * truth.resp_rate / 60
        slow = self._cursor_us / SECOND_US * 0.1 + self._lf_phase
        swing = self._rsa * math.sin(2 * math.pi * breath) + self._lf * math.sin(2 * math.pi * slow)
        rate = self.rhythm.rate if self.rhythm.rate is not None else truth.hr
        return 60 / min(220.0, max(20.0, rate + swing * min(1.0, rate / 60))) * (1 + 0.01 * self._z())

    def _z(self) -> float:
        return float(self._rng.standard_normal())
