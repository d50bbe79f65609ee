"""How much oxygen is left? The lung as a store, and the saturation that follows from it (CLINICAL 6.3)."""

from __future__ import annotations

import math

ROOM_AIR = 0.2093


class Oxygen:
    """The lung as a store of oxygen: one compartment, exact for any step with constant breathing."""

    VOLUME_L, UPTAKE_L_MIN = 3.0, 0.25

    def __init__(self, gradient_mmhg: float, ventilation_l_min: float = 4.2) -> None:
        self._gradient = gradient_mmhg
        self.inspired = ROOM_AIR
        self._fraction = ROOM_AIR - self.UPTAKE_L_MIN / ventilation_l_min

    def step(self, ventilation_l_min: float, dt_s: float) -> float:
        """Breathe for `dt_s`; returns the saturation of arterial blood, %."""
        minutes = dt_s / 60
        if ventilation_l_min < 1e-6:
            self._fraction -= self.UPTAKE_L_MIN / self.VOLUME_L * minutes
        else:
            settled = self.inspired - self.UPTAKE_L_MIN / ventilation_l_min
            keep = math.exp(-ventilation_l_min / self.VOLUME_L * minutes)
            self._fraction = settled + (self._fraction - settled) * keep
        self._fraction = max(0.01, self._fraction)
        return self.saturation

    @property
    def saturation(self) -> float:
        """SaO2, %, from the present store."""
        p = max(1.0, 713 * self._fraction - self._gradient)
        return 100 / (23400 / (p**3 + 150 * p) + 1)
