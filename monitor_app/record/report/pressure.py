"""What did the cuff find? Peak, minutes above, return to baseline, the reading nearest a moment (CLINICAL 7.3 to 7.8).

Arithmetic on readings alone. Between two readings at most 20 minutes apart a pressure is taken to run straight; across
more it is not assessed. A moment's reading is a real one with its offset, never an interpolated one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor_app.core.parameters import MINUTE_US
from monitor_app.record.report.material import Reading

APART_US_MAX = 20 * MINUTE_US
NEAR_US = 10 * MINUTE_US
BACK_MMHG, BACK_SHARE = 10.0, 0.10
"""Return to baseline: within the larger of the two."""

Pick = Callable[[Reading], float | None]


@dataclass(frozen=True, slots=True)
class Beyond:
    """How long a pressure stood at or above a limit. us: None when nothing was assessed. assessed_us: of how much time."""

    limit: float
    us: int | None
    assessed_us: int


def confirmed(readings: Sequence[Reading]) -> list[Reading]:
    """The readings that no repeat has refuted."""
    return [reading for reading in readings if not reading.refuted]


def peak(readings: Sequence[Reading], pick: Pick, from_us: int) -> Reading | None:
    """The reading with the greatest pressure from `from_us` on; of equals the earliest. None without one."""
    later = [r for r in readings if r.t_us >= from_us and pick(r) is not None]
    return max(later, key=lambda r: (pick(r) or 0.0, -r.t_us), default=None)


def nearest(readings: Sequence[Reading], target_us: int) -> Reading | None:
    """The reading nearest to a moment, within 10 minutes; of equally near ones the later."""
    near = [r for r in readings if abs(r.t_us - target_us) <= NEAR_US]
    return min(near, key=lambda r: (abs(r.t_us - target_us), -r.t_us), default=None)


def last(readings: Sequence[Reading], before_us: int) -> Reading | None:
    """The newest reading at or before a moment."""
    return max((r for r in readings if r.t_us <= before_us), key=lambda r: r.t_us, default=None)


def beyond(readings: Sequence[Reading], pick: Pick, limit: float, from_us: int, to_us: int) -> Beyond:
    """How long from_us..to_us the pressure was at or above `limit`, straight lines between readings <= 20 min apart."""
    points = [(r.t_us, value) for r in readings if (value := pick(r)) is not None]
    above, assessed = 0.0, 0
    for (t0, v0), (t1, v1) in itertools.pairwise(points):
        first, end = max(t0, from_us), min(t1, to_us)
        if t1 - t0 > APART_US_MAX or end <= first:
            continue
        assessed += end - first
        above += _above_us(t0, v0, t1, v1, limit, first, end)
    return Beyond(limit, round(above) if assessed else None, assessed)


def _above_us(t0: int, v0: float, t1: int, v1: float, limit: float, first: int, end: int) -> float:
    """The part of first..end in which the straight line through both points is at or above the limit."""
    slope = (v1 - v0) / (t1 - t0)
    if slope == 0:
        return end - first if v0 >= limit else 0
    crossing = t0 + (limit - v0) / slope
    low, high = (crossing, end) if slope > 0 else (first, crossing)
    return max(0.0, min(high, end) - max(low, first))


def returned(readings: Sequence[Reading], baseline: float, after_us: int) -> Reading | None:
    """The first of two successive readings after a moment with a systolic pressure near the baseline, or None."""
    span = max(BACK_MMHG, BACK_SHARE * baseline)
    later = [r for r in readings if r.t_us > after_us and r.systolic is not None]
    for first, second in itertools.pairwise(later):
        if all(abs((r.systolic or 0.0) - baseline) <= span for r in (first, second)):
            return first
    return None
