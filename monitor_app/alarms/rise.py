"""How far is the pressure above the patient's own? Two readings in a row, for awareness and for the report (ALARMS 8.3)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import NibpReading
from monitor_app.core.facts import Baseline

SYSTOLIC_RISE = 40.0
DIASTOLIC_RISE = 25.0
"""mmHg above the confirmed baseline; reached counts, as on the label that counts marked rises."""

IN_A_ROW = 2


@dataclass(slots=True)
class Rise:
    """Readings in a row that reached the rise, or that did not. by: the newest rise in mmHg. of: its pressure."""

    above: int = 0
    below: int = 0
    by: float = 0.0
    of: str = "nibp_systolic"

    def take(self, reading: NibpReading, baseline: Baseline | None) -> None:
        """A valid reading has come. Without a baseline there is no rise."""
        found = risen(reading, baseline) if baseline is not None else None
        if found is None:
            self.above, self.below = 0, self.below + 1
        else:
            self.above, self.below = self.above + 1, 0
            self.of, self.by = found


def risen(reading: NibpReading, baseline: Baseline) -> tuple[str, float] | None:
    """Which pressure of this reading reached its rise, and by how much it lies above the baseline."""
    if reading.systolic is not None and reading.systolic - baseline.systolic >= SYSTOLIC_RISE:
        return "nibp_systolic", reading.systolic - baseline.systolic
    if reading.diastolic is None or baseline.diastolic is None:
        return None
    by = reading.diastolic - baseline.diastolic
    return ("nibp_diastolic", by) if by >= DIASTOLIC_RISE else None
