"""What is true of the body at one moment? Every signal follows from it."""

from __future__ import annotations

from dataclasses import dataclass

TRUTH_STEP_US = 100_000
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Truth:
    """The body at one truth step. hr without the swing of breathing. breath: breaths so far, a phase in cycles.

    depth: 0 to 1, how much chest movement there is. fibrillation, flutter: mV of VF and of the f waves of AF.
    """

    t_us: int
    systolic: float
    diastolic: float
    hr: float
    resp_rate: float
    breath: float
    depth: float
    sao2: float
    effect: float
    perfusion_index: float
    temperature: float
    pump: float = 1.0
    fibrillation: float = 0.0
    flutter: float = 0.0

    @property
    def mean(self) -> float:
        """Mean arterial pressure, mmHg."""
        return self.diastolic + (self.systolic - self.diastolic) / 3
