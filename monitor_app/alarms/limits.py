"""Which limit is in force for each row, in this phase, for this patient? (ALARMS section 7)

The table below is the default of every profile. Guards are constants: no baseline, profile or nurse can cross them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, inf

from monitor_app.core.facts import Baseline
from monitor_app.core.limits import Limit, LimitOrigin, Side, effective
from monitor_app.core.phases import LimitPhase
from monitor_app.core.profile import Profile

Rule = Callable[[Baseline], float | None]

SYSTOLIC_FACTOR = 1.25
HR_ABOVE = 30.0
HR_BELOW = 10.0
SPO2_BELOW = 3.0
SPO2_LOW_BASELINE = 93.0
LOW_PRESSURE_FACTOR = 0.70
LOW_PRESSURE_MAX = 110.0
XLOW_MIN = 80.0
EXTREME_TACHY_ABOVE = 10.0
EXTREME_BRADY_BELOW = 5.0


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Defaults by column (None: no limit in that phase), the guard, the nurse's band and the rule of the baseline.

    Where no band is known it holds nothing but the default: a profile may tighten, nobody may loosen. off: its row sleeps
    until a profile names a limit; the numbers are what is recommended then. words: the rule of the baseline, for people.
    """

    id: str
    side: Side
    base: float | None
    inf: float | None
    rec: float | None
    guard: float
    band: tuple[float, float]
    baseline: Rule | None = None
    words: str = ""
    off: bool = False

    def default(self, phase: LimitPhase) -> float | None:
        """The limit of this column, None where there is none or it is off."""
        return None if self.off else self.recommended(phase)

    def recommended(self, phase: LimitPhase) -> float | None:
        """The number of this column, in force or not."""
        return {LimitPhase.BASE: self.base, LimitPhase.INF: self.inf, LimitPhase.REC: self.rec}[phase]


def _hr_high(baseline: Baseline) -> float | None:
    return baseline.hr + HR_ABOVE if baseline.hr is not None else None


def _hr_low(baseline: Baseline) -> float | None:
    return baseline.hr - HR_BELOW if baseline.hr is not None else None


def _spo2_low(baseline: Baseline) -> float | None:
    low = baseline.spo2 is not None and baseline.spo2 < SPO2_LOW_BASELINE
    return baseline.spo2 - SPO2_BELOW if low and baseline.spo2 is not None else None


def _systolic_high(baseline: Baseline) -> float | None:
    return SYSTOLIC_FACTOR * baseline.systolic


def _diastolic_high(baseline: Baseline) -> float | None:
    return SYSTOLIC_FACTOR * baseline.diastolic if baseline.diastolic is not None else None


_UP, _DOWN = Side.UPPER, Side.LOWER

LIMIT_ROWS: tuple[LimitRow, ...] = (
    LimitRow("HR_HIGH", _UP, 110, 130, 120, 140, (100, 140), _hr_high, "baseline + 30"),
    LimitRow("HR_SUSTAINED", _UP, None, 120, None, 130, (110, 130)),
    LimitRow("EXTREME_TACHY", _UP, 130, 140, 140, 150, (130, 150), words="HR_HIGH + 10 when that is higher"),
    LimitRow("HR_LOW", _DOWN, 50, 50, 50, 40, (40, 60), _hr_low, "baseline - 10"),
    LimitRow("EXTREME_BRADY", _DOWN, 40, 40, 40, 35, (35, 45), words="HR_LOW - 5 when that is lower"),
    LimitRow("SPO2_LOW", _DOWN, 92, 90, 90, 88, (88, 95), _spo2_low, "baseline - 3 when the baseline is below 93"),
    LimitRow("SPO2_DESAT", _DOWN, 85, 85, 85, 85, (85, 88)),
    LimitRow("NIBP_S_HIGH", _UP, 160, 160, 160, 175, (140, 175), _systolic_high, "1.25 x baseline"),
    LimitRow("NIBP_S_XHIGH", _UP, 180, 180, 180, 180, (160, 180)),
    LimitRow("NIBP_S_XHIGH_ONCE", _UP, 200, 200, 200, 200, (180, 200)),
    LimitRow("NIBP_D_HIGH", _UP, 100, 100, 100, 108, (90, 108), _diastolic_high, "1.25 x baseline"),
    LimitRow("NIBP_D_XHIGH", _UP, 110, 110, 110, 110, (100, 110)),
    LimitRow("NIBP_D_XHIGH_ONCE", _UP, 120, 120, 120, 120, (110, 120)),
    LimitRow("NIBP_S_LOW", _DOWN, 90, 90, 90, 85, (85, 110), words="tightens: 0.70 x baseline, at most 110"),
    LimitRow("NIBP_S_XLOW", _DOWN, 90, 90, 90, 80, (80, 95), words="never inside NIBP_S_LOW"),
    LimitRow("NIBP_S_XLOW_ONCE", _DOWN, 80, 80, 80, 75, (75, 85)),
    LimitRow("NIBP_D_LOW", _DOWN, 50, 50, 50, 45, (45, 60)),
    LimitRow("NIBP_M_LOW", _DOWN, 60, 60, 60, 55, (55, 70)),
    LimitRow("NIBP_M_HIGH", _UP, 115, 115, 115, 125, (105, 125), off=True),
    LimitRow("RR_LOW", _DOWN, 8, 8, 8, 6, (6, 12)),
    LimitRow("RR_HIGH", _UP, 30, 30, 30, 35, (24, 35)),
    LimitRow("TEMP_HIGH", _UP, 38.5, 38.5, 38.5, 38.5, (38.5, 38.5)),
    LimitRow("TEMP_LOW", _DOWN, 35.5, 35.5, 35.5, 35.5, (35.5, 35.5)),
)


def effective_limits(
    profile: Profile,
    phase: LimitPhase | None,
    baseline: Baseline | None,
    guarded: bool = True,
    edits: Mapping[str, float] | None = None,
) -> dict[str, Limit]:
    """The limits in force by row id; empty when nobody is watched. `<row>_ONCE` is the tier that needs no repeat.

    edits: what a person set for this patient, by row; it holds in every phase. guarded: False for research on a recorded
    session alone, never for a patient.
    """
    if phase is None:
        return {}
    found: dict[str, Limit] = {}
    edits = edits or {}
    for row in LIMIT_ROWS:
        value = profile.limits.get(row.id, {}).get(phase.value, row.default(phase))
        if value is not None:
            relative = row.baseline(baseline) if row.baseline is not None and baseline is not None else None
            relative = in_unit(relative, row.side) if relative is not None else None
            guard = row.guard if guarded else _nowhere(row.side)
            found[row.id] = effective(row.side, value, guard, relative, edits.get(row.id))
    _tighten_low_pressure(found, baseline)
    _follow_rate(found, "EXTREME_TACHY", "HR_HIGH", EXTREME_TACHY_ABOVE, 150)
    _follow_rate(found, "EXTREME_BRADY", "HR_LOW", -EXTREME_BRADY_BELOW, 35)
    _order_low_pressure(found)
    return found


def in_unit(limit: float, side: Side) -> float:
    """A computed limit as the devices count: whole bpm, %, mmHg, so that what is compared is what is shown.

    A half goes to the side on which more is alarmed.
    """
    exact = round(limit, 6)  # 0.7 x 145 is 101.5
    return float(ceil(exact - 0.5) if side is Side.UPPER else floor(exact + 0.5))


def _nowhere(side: Side) -> float:
    return inf if side is Side.UPPER else -inf


def _tighten_low_pressure(found: dict[str, Limit], baseline: Baseline | None) -> None:
    """The only baseline rule that tightens: who usually has 150 is in trouble at 95."""
    limit = found.get("NIBP_S_LOW")
    if limit is None or baseline is None or limit.origin is LimitOrigin.EDITED:
        return
    relative = min(LOW_PRESSURE_MAX, in_unit(LOW_PRESSURE_FACTOR * baseline.systolic, Side.LOWER))
    if relative > limit.value:
        found["NIBP_S_LOW"] = Limit(relative, LimitOrigin.BASELINE, Side.LOWER)


def _follow_rate(found: dict[str, Limit], extreme: str, plain: str, offset: float, guard: float) -> None:
    """An extreme rate stays outside the plain limit of a patient whose baseline has moved that."""
    if extreme not in found or plain not in found or found[plain].origin is not LimitOrigin.BASELINE:
        return
    if found[extreme].origin is LimitOrigin.EDITED:
        return
    limit = found[extreme]
    moved = effective(limit.side, limit.value, guard, found[plain].value + offset)
    found[extreme] = moved


def _order_low_pressure(found: dict[str, Limit]) -> None:
    """The confirm tier is never inside the plain limit, and not under 80."""
    confirm, plain = found.get("NIBP_S_XLOW"), found.get("NIBP_S_LOW")
    if confirm is not None and plain is not None and plain.value < confirm.value:
        found["NIBP_S_XLOW"] = Limit(max(XLOW_MIN, plain.value), confirm.origin, Side.LOWER)
