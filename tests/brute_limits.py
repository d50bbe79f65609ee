"""The limits of a patient by the table of ALARMS 7, typed in by hand: columns, guards, baseline rules, edits, rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

_UPPER: dict[str, tuple[float | None, float | None, float | None, float]] = {
    "HR_HIGH": (110, 130, 120, 140), "HR_SUSTAINED": (None, 120, None, 130), "EXTREME_TACHY": (130, 140, 140, 150),
    "NIBP_S_HIGH": (160, 160, 160, 175), "NIBP_S_XHIGH": (180, 180, 180, 180), "NIBP_S_XHIGH_ONCE": (200, 200, 200, 200),
    "NIBP_D_HIGH": (100, 100, 100, 108), "NIBP_D_XHIGH": (110, 110, 110, 110), "NIBP_D_XHIGH_ONCE": (120, 120, 120, 120),
    "NIBP_M_HIGH": (None, None, None, 125), "RR_HIGH": (30, 30, 30, 35), "TEMP_HIGH": (38.5, 38.5, 38.5, 38.5),
}  # fmt: skip
_LOWER: dict[str, tuple[float, float, float, float]] = {
    "HR_LOW": (50, 50, 50, 40), "EXTREME_BRADY": (40, 40, 40, 35), "SPO2_LOW": (92, 90, 90, 88),
    "SPO2_DESAT": (85, 85, 85, 85), "NIBP_S_LOW": (90, 90, 90, 85), "NIBP_S_XLOW": (90, 90, 90, 80),
    "NIBP_S_XLOW_ONCE": (80, 80, 80, 75), "NIBP_D_LOW": (50, 50, 50, 45), "NIBP_M_LOW": (60, 60, 60, 55),
    "RR_LOW": (8, 8, 8, 6), "TEMP_LOW": (35.5, 35.5, 35.5, 35.5),
}  # fmt: skip
"""Before the infusion, infusion, recovery; the guard."""
_COLUMN = {"base": 0, "inf": 1, "rec": 2}


@dataclass
class Limits:
    """What the limits of a patient follow. baseline: as it was confirmed."""

    profile: dict[str, dict[str, float]]
    baseline: Any = None
    edits: dict[str, float] = field(default_factory=dict)

    def edit(self, row: str, value: float | None) -> None:
        """A person sets a limit, or gives it back."""
        self.edits.pop(row, None)
        if value is not None:
            self.edits[row] = value


def limits_of(of: Limits, column: str) -> dict[str, float]:
    """The limits in force in this column."""
    found: dict[str, float] = {}
    follows: set[str] = set()
    for table, wider in ((_UPPER, max), (_LOWER, min)):
        for row, numbers in table.items():
            plain = of.profile.get(row, {}).get(column, numbers[_COLUMN[column]])
            if plain is None:
                continue
            own = _own(row, of.baseline, upper=wider is max)
            value = plain if own is None else wider(plain, own)
            value = min(numbers[3], value) if wider is max else max(numbers[3], value)
            if row not in of.edits and value != plain:
                follows.add(row)
            found[row] = of.edits.get(row, value)
    _together(found, follows, of)
    return found


def _together(found: dict[str, float], follows: set[str], of: Limits) -> None:
    """Limits that follow another limit."""
    if of.baseline is not None and "NIBP_S_LOW" not in of.edits:
        own = min(110, math.floor(round(0.7 * of.baseline.systolic, 6) + 0.5))
        found["NIBP_S_LOW"] = max(found["NIBP_S_LOW"], own)
    if "HR_HIGH" in follows and "EXTREME_TACHY" not in of.edits:
        found["EXTREME_TACHY"] = min(150, max(found["EXTREME_TACHY"], found["HR_HIGH"] + 10))
    if "HR_LOW" in follows and "EXTREME_BRADY" not in of.edits:
        found["EXTREME_BRADY"] = max(35, min(found["EXTREME_BRADY"], found["HR_LOW"] - 5))
    found["NIBP_S_XLOW"] = min(found["NIBP_S_XLOW"], max(80, found["NIBP_S_LOW"]))


def _own(row: str, baseline: Any, upper: bool) -> float | None:
    """By the patient's baseline, in whole units; a half goes to the side on which more is alarmed."""
    if baseline is None:
        return None
    by: dict[str, float | None] = {
        "HR_HIGH": None if baseline.hr is None else baseline.hr + 30,
        "HR_LOW": None if baseline.hr is None else baseline.hr - 10,
        "SPO2_LOW": baseline.spo2 - 3 if baseline.spo2 is not None and baseline.spo2 < 93 else None,
        "NIBP_S_HIGH": 1.25 * baseline.systolic,
        "NIBP_D_HIGH": None if baseline.diastolic is None else 1.25 * baseline.diastolic,
    }
    value = by.get(row)
    if value is None:
        return None
    return float(math.ceil(round(value, 6) - 0.5) if upper else math.floor(round(value, 6) + 0.5))
