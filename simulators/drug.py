"""How strongly does the drug act? Ketamine in three compartments with an effect site (CLINICAL 6.1).

For simulation only: no dosing advice.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulators.truth import TRUTH_STEP_US

REFERENCE_MG_KG, REFERENCE_MIN = 0.5, 40.0
KE0_PER_MIN = 0.12
Matrix = npt.NDArray[np.float64]

_GUT, _TRANSIT, _CENTRAL, _FAST, _SLOW, _SITE, _RATE = range(7)


def _rates(ke0: float) -> Matrix:
    """dx/dt = A x per minute; amounts in mg/kg, effect site in ng/ml, the infusion rate as a constant last state."""
    a = np.zeros((7, 7))
    a[_GUT, _GUT], a[_TRANSIT, _GUT], a[_TRANSIT, _TRANSIT], a[_CENTRAL, _TRANSIT] = -0.06, 0.06, -0.06, 0.06
    a[_CENTRAL, _CENTRAL], a[_CENTRAL, _FAST], a[_CENTRAL, _SLOW] = -(0.4381 + 0.5921 + 0.59), 0.2470, 0.0146
    a[_FAST, _CENTRAL], a[_FAST, _FAST] = 0.5921, -0.2470
    a[_SLOW, _CENTRAL], a[_SLOW, _SLOW] = 0.59, -0.0146
    a[_SITE, _CENTRAL], a[_SITE, _SITE] = ke0 * 1000.0 / 0.063, -ke0
    a[_CENTRAL, _RATE] = 1.0
    return a


def matrix_exponential(a: Matrix) -> Matrix:
    """exp(A) by scaling and squaring a Taylor series; ample for the small, stable systems of this file."""
    squarings = max(0, math.ceil(math.log2(max(float(np.abs(a).sum(axis=1).max()), 1e-9))) + 4)
    small = a / 2.0**squarings
    term = total = np.eye(len(a))
    for order in range(1, 14):
        term = term @ small / order
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total


@lru_cache(maxsize=64)
def _transition(ke0: float, minutes: float) -> Matrix:
    return matrix_exponential(_rates(ke0) * minutes)


def _peak_of_reference(ke0: float, spray: bool) -> float:
    """The largest effect-site level of the reference: 0.5 mg/kg in 40 min, or three sprays of a third at 0, 5 and 10 min."""
    step_min = 1 / 6
    phi, x, peak = _transition(ke0, step_min), np.zeros(7), 0.0
    for k in range(round(75 / step_min)):
        minute = k / 6
        if spray and minute in (0, 5, 10):
            x[_GUT] += REFERENCE_MG_KG / 3
        x[_RATE] = REFERENCE_MG_KG / REFERENCE_MIN if not spray and minute < REFERENCE_MIN else 0.0
        x = phi @ x
        peak = max(peak, float(x[_SITE]))
    return peak


class Drug:
    """Ketamine in three compartments with an effect site. `effect` is 1 at the peak of this patient's reference dose."""

    def __init__(self, ke0: float = KE0_PER_MIN, *, spray: bool = False, step_us: int = TRUTH_STEP_US) -> None:
        self._step_min = step_us / 60e6
        self._phi = _transition(ke0, self._step_min)
        self._x = np.zeros(7)
        self._peak = _peak_of_reference(ke0, spray)
        self._rate = 0.0
        self._left_mg_kg = 0.0
        self._paused = False
        self._used = False
        self.effect = 0.0
        """E(t): 0 before the first drop."""

    def start(self, mg_kg: float, minutes: float) -> None:
        """Hang a syringe of `mg_kg` that runs for `minutes`; the pump stops by itself when it is empty."""
        self._rate, self._left_mg_kg, self._paused, self._used = mg_kg / minutes, mg_kg, False, True

    def pause(self) -> None:
        """Stop the pump; the syringe stays."""
        self._paused = True

    def resume(self) -> None:
        """Let the pump go on with what is left."""
        self._paused = False

    def end(self) -> None:
        """Take the syringe away."""
        self._left_mg_kg = 0.0

    def set_rate(self, mg_kg_min: float) -> None:
        """Change the speed of the pump; the dose in the syringe stays."""
        self._rate = mg_kg_min

    def spray(self, share: float) -> None:
        """One spray device: `share` of the reference dose into the depot."""
        self._x[_GUT] += share * REFERENCE_MG_KG
        self._used = True

    def step(self) -> float:
        """Let one truth step pass; returns the effect at its end."""
        if not self._used:
            return 0.0
        given = 0.0 if self._paused else min(self._rate * self._step_min, self._left_mg_kg)
        # a remainder below a millionth of the dose is rounding of the sum, not drug
        self._left_mg_kg = self._left_mg_kg - given if self._left_mg_kg - given > 1e-6 else 0.0
        self._x[_RATE] = given / self._step_min
        self._x = self._phi @ self._x
        self.effect = float(self._x[_SITE]) / self._peak
        return self.effect
