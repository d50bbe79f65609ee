"""How much desaturation has there been? Depth below the limit times time, and dips that follow each other (ALARMS 8.1).

Counted over stretches in which value and limit stay the same, so that the result does not depend on when one asks, and
crossing times are exact instants inside a stretch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from monitor_app.core.parameters import SECOND_US

DOSE_HIGH = 300.0
"""Points times seconds that make SPO2_LOW HIGH. How many end its onset delay is the site's choice (`AlarmPlan`)."""

RECOVERY_MIN = 1.0
"""A value that rests on the limit pays back one point a second: otherwise an old dose would never decay."""

HOLD_US = 5 * SECOND_US
"""Without a number the dose stands for the greatest age of SpO2, then there is none."""

EXCURSION_WINDOW_US = 60 * SECOND_US
EXCURSIONS = 3
EXCURSION_END = 1.0
"""A dip ends one point above the limit, so that flicker around the limit is one dip."""


@dataclass(slots=True)
class Dose:
    """Dose and dips of one patient. value None: no number now."""

    value: float | None = None
    limit: float | None = None
    since_us: int = 0
    at_start: float = 0.0
    dipping: bool = False
    dips_us: list[int] = field(default_factory=list)

    def take(self, value: float | None, limit: float | None, at_us: int) -> None:
        """From `at_us` on this value and limit hold."""
        if value == self.value and limit == self.limit:
            return
        self.at_start = self.at(at_us)
        self.value, self.limit, self.since_us = value, limit, at_us
        self._note_dip(at_us)

    def at(self, now_us: int) -> float:
        """The dose at this instant, never below 0."""
        elapsed_us = max(0, now_us - self.since_us)
        if self.value is None or self.limit is None:
            return self.at_start if elapsed_us < HOLD_US else 0.0
        return max(0.0, self.at_start + self._slope() * elapsed_us / SECOND_US)

    def reaches_us(self, dose: float) -> int | None:
        """The first instant of the present stretch at which the dose is at least `dose`, or None within it."""
        if self.at_start >= dose:
            return self.since_us
        slope = self._slope()
        if slope <= 0:
            return None
        return self.since_us + math.ceil((dose - self.at_start) / slope * SECOND_US)

    def third_dip_us(self) -> int | None:
        """When the running dip began, if it is the third within the window."""
        if not self.dipping or len(self.dips_us) < EXCURSIONS:
            return None
        first, last = self.dips_us[-EXCURSIONS], self.dips_us[-1]
        return last if last - first <= EXCURSION_WINDOW_US else None

    def _slope(self) -> float:
        """Points a second, positive below the limit."""
        if self.value is None or self.limit is None:
            return 0.0
        depth = self.limit - self.value
        return depth if depth > 0 else -max(RECOVERY_MIN, -depth)

    def _note_dip(self, at_us: int) -> None:
        if self.value is None or self.limit is None:
            return
        if self.value < self.limit and not self.dipping:
            self.dipping = True
            self.dips_us = [*self.dips_us[1 - EXCURSIONS :], at_us]
        elif self.value >= self.limit + EXCURSION_END:
            self.dipping = False
