"""How does a value move in time? By chance, after a target, or along a course that a script has laid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulators.truth import SECOND_US


@dataclass(frozen=True, slots=True)
class Course:
    """A value driven to `value` over `over_us`, held for `hold_us`, and let go over `recover_us`."""

    value: float
    start_us: int
    over_us: int
    hold_us: int
    recover_us: int

    def weight(self, t_us: int) -> float:
        """How much of the course holds at `t_us`: 0 to 1."""
        t = t_us - self.start_us
        if t < self.over_us:
            return max(0.0, t / self.over_us)
        t -= self.over_us + self.hold_us
        if t <= 0:
            return 1.0
        return max(0.0, 1 - t / self.recover_us) if self.recover_us else 0.0

    def bend(self, natural: float, t_us: int) -> float:
        """`natural`, pulled towards the course's value."""
        w = self.weight(t_us)
        return natural + w * (self.value - natural)


class Noise:
    """An Ornstein-Uhlenbeck process, exact for any step."""

    def __init__(self, sd: float, tau_s: float, step_us: int, first: float = 0.0) -> None:
        self._keep = math.exp(-step_us / SECOND_US / tau_s)
        self._kick = sd * math.sqrt(1 - self._keep**2)
        self.value = sd * first

    def step(self, z: float) -> float:
        """One step on. z: a standard normal number."""
        self.value = self.value * self._keep + self._kick * z
        return self.value


class Drive:
    """A level of 0 to 1 that follows its target with one time constant up and another down."""

    def __init__(self, rise_s: float, fall_s: float) -> None:
        self.rise_s, self.fall_s = rise_s, fall_s
        self.level, self.target = 0.0, 0.0

    def step(self, dt_s: float) -> float:
        """`dt_s` on, in seconds."""
        if self.level == self.target:
            return self.level
        tau_s = self.rise_s if self.target > self.level else self.fall_s
        self.level += (self.target - self.level) * (1 - math.exp(-dt_s / tau_s))
        return self.level
