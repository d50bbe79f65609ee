"""How does a determination of the blood pressure end? With a reading near the truth, or for a reason with none."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from simulators.blocks import Row
from simulators.truth import SECOND_US
from simulators.vitals import CuffResult

FAILURE_SHARE = 0.02


class Cuff:
    """Decides how determinations end (CLINICAL section 6.6). One fixed number of draws each, whatever happens."""

    def __init__(self, rng: np.random.Generator, duration_s: float | None, failure_share: float) -> None:
        self._rng = rng
        self._duration_s = duration_s
        self._failure_share = failure_share
        self.scripted: deque[tuple[float, float]] = deque()
        self.failures = 0

    def start(self, rows: Sequence[Row], pulse: float | None, irregular: bool) -> CuffResult:
        """rows: the last ten seconds of truth."""
        z, chance = self._rng.standard_normal(2), self._rng.random(3)
        systolic = sum(r.truth.systolic for r in rows) / len(rows)
        diastolic = sum(r.truth.diastolic for r in rows) / len(rows)
        reason = self._why_not(rows[-1], systolic, chance[0])
        if reason:
            seconds = self._duration_s * 2 if self._duration_s else 60 + 40 * chance[1]
            return CuffResult(round(seconds * SECOND_US), None, None, None, None, reason)
        spread = 2.0 if irregular else 1.0
        systolic += 3.0 * spread * z[0]
        diastolic += 2.5 * spread * (0.5 * z[0] + math.sqrt(0.75) * z[1])
        if self.scripted:
            systolic, diastolic = self.scripted.popleft()
        seconds = self._duration_s or 25 + 20 * chance[1]
        return _reading(seconds, systolic, min(diastolic, systolic - 10), pulse)

    def _why_not(self, row: Row, systolic: float, chance: float) -> str:
        if not row.sensors.cuff_connected:
            return "cuff_loose"
        if systolic < 55:
            return "weak_pulse"
        if self.failures > 0:
            self.failures -= 1
            return "motion"
        if row.motion and chance < 0.60 + self._failure_share:
            return "motion"
        return "timeout" if chance < self._failure_share and not self.scripted else ""


def _reading(seconds: float, systolic: float, diastolic: float, pulse: float | None) -> CuffResult:
    mean = diastolic + (systolic - diastolic) / 3
    rounded = None if pulse is None else round(pulse)
    return CuffResult(round(seconds * SECOND_US), round(systolic), round(diastolic), round(mean), rounded)
