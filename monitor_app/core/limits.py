"""What limit is in force, and why that one? (ALARMS section 7)

upper: L = min(guard, max(profile limit, baseline rule))      lower: L = max(guard, min(profile limit, baseline rule))
edited: the person's value, inside the guard
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """An upper limit is violated by `>`, a lower one by `<`. Equal is inside."""

    UPPER = "upper"
    LOWER = "lower"


class LimitOrigin(StrEnum):
    """Whose limit it is."""

    PROFILE = "profile"
    BASELINE = "baseline"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Limit:
    """An effective limit in the parameter's unit, with its origin."""

    value: float
    origin: LimitOrigin
    side: Side

    def violated_by(self, value: float) -> bool:
        """Strictly beyond; a value equal to the limit is inside."""
        return value > self.value if self.side is Side.UPPER else value < self.value

    def is_back(self, value: float, hysteresis: float) -> bool:
        """True when `value` has returned by at least `hysteresis`."""
        if self.side is Side.UPPER:
            return value <= self.value - hysteresis
        return value >= self.value + hysteresis


def effective(
    side: Side,
    profile_limit: float,
    guard: float,
    baseline_limit: float | None = None,
    edited: float | None = None,
) -> Limit:
    """The limit in force. A guard can be crossed by nobody; a baseline may only loosen, up to the guard."""
    inner, outer = (min, max) if side is Side.UPPER else (max, min)
    if edited is not None:
        return Limit(inner(guard, edited), LimitOrigin.EDITED, side)
    value = inner(guard, profile_limit)
    if baseline_limit is None:
        return Limit(value, LimitOrigin.PROFILE, side)
    loosened = inner(guard, outer(profile_limit, baseline_limit))
    return Limit(loosened, LimitOrigin.PROFILE if loosened == value else LimitOrigin.BASELINE, side)
