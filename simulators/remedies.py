"""What do drugs do to the circulation, in this model? How much each takes off, and how fast.

For simulation only: no dosing advice. CLINICAL section 6.4. Labetalol after its label as quoted there; the slow ones are our
choice of a plausible course.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

BP_DRUG_CAP_MMHG = 40.0
"""Drugs together take no more than this off: further falls are outside what the model was made for."""
LABETALOL_MMHG, LABETALOL_HR = 11.0, 5.0
SLOW_MMHG = 15.0
DIASTOLIC_SHARE = 7 / 11
SLOW: dict[str, tuple[float, float]] = {"hydralazine": (20, 8), "clonidine": (40, -4), "metoprolol": (40, -10)}
"""By mouth: time constant of the onset in min, and the heart rate in the end, bpm."""


@dataclass(frozen=True, slots=True)
class Given:
    """One dose. strength: 1 for the reference dose at a response of 1."""

    drug: str
    at_us: int
    strength: float

    def share(self, t_us: int) -> float:
        """How much of its effect holds at `t_us`."""
        minutes = (t_us - self.at_us) / 60e6
        if self.drug == "labetalol":
            return self.strength * (1 - math.exp(-minutes / 1.7)) * math.exp(-minutes / 240)
        return self.strength * (1 - math.exp(-minutes / SLOW[self.drug][0]))


@dataclass(slots=True)
class Remedies:
    """Everything that was given to one patient for the blood pressure."""

    given: list[Given] = field(default_factory=list)

    def labetalol(self, mg_kg: float, systolic: float, at_us: int) -> None:
        """Intravenous; the response is stronger the higher the pressure is at that moment."""
        response = min(1.5, max(0.3, (systolic - 110) / 60))
        self.given.append(Given("labetalol", at_us, mg_kg / 0.25 * response))

    def slow(self, drug: str, at_us: int) -> None:
        """A tablet. Raises ValueError for a drug that SLOW does not have."""
        if drug not in SLOW:
            raise ValueError(f"{drug!r} is no tablet of this model: choose one of {', '.join(SLOW)}")
        self.given.append(Given(drug, at_us, 1.0))

    def off(self, t_us: int) -> tuple[float, float, float]:
        """Systolic and diastolic mmHg taken off, and bpm added (usually negative), at `t_us`."""
        if not self.given:
            return 0.0, 0.0, 0.0
        mmhg = bpm = 0.0
        for dose in self.given:
            share = dose.share(t_us)
            fast = dose.drug == "labetalol"
            mmhg += (LABETALOL_MMHG if fast else SLOW_MMHG) * share
            bpm += (-LABETALOL_HR if fast else SLOW[dose.drug][1]) * share
        kept = min(1.0, BP_DRUG_CAP_MMHG / mmhg) if mmhg > 0 else 1.0
        return mmhg * kept, mmhg * kept * DIASTOLIC_SHARE, bpm * kept
