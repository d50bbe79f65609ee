"""How does the systolic pressure usually follow the drug? The published rise, laid on a patient's own baseline.

An expectation is no limit: it raises nothing, and a reading outside of it means only that it is unlike most others. The
table is the profile's (`core.profile.Expected`), for one steady infusion. Pauses, other rates and an early end follow from
it by superposition, which holds because the model behind it is linear: what a steady infusion has done up to a minute is
the table's value, plus what it had done one infusion earlier.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import hypot, sqrt

from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.profile import Expected

Mark = tuple[int, float]
Point = tuple[int, int, int]
"""Station time, and the pressures in mmHg between which nine of ten lie."""

EVERY_MIN = 5
TAIL = 1.645
"""Standard deviations from the mean to the 5th and the 95th percentile."""
RATE_MAX = 1.1
"""Of the published rate: nothing is published of a faster infusion, so nothing is expected of it."""


def effect(expected: Expected, marks: tuple[Mark, ...], t_us: int) -> float:
    """Share of the full effect at that time. marks: from when the drug ran at which share of the published rate."""
    total, before = 0.0, 0.0
    for at_us, rate in marks:
        if at_us >= t_us:
            break
        total += (rate - before) * _steady(expected, (t_us - at_us) / MINUTE_US)
        before = rate
    return max(0.0, total)


def rise(expected: Expected, share: float) -> tuple[float, float]:
    """Mean and standard deviation of the rise in mmHg at this share of the full effect.

    Readings scatter without any drug, too: that part of the published deviation does not shrink with the effect.
    """
    own = sqrt(max(0.0, expected.sd_mmhg**2 - expected.reading_sd_mmhg**2))
    return expected.rise_mmhg * share, hypot(expected.reading_sd_mmhg, own * share)


@lru_cache(maxsize=128)
def corridor(expected: Expected, baseline: float, marks: tuple[Mark, ...], until_us: int) -> tuple[Point, ...]:
    """From the start of the drug to `until_us`, at most as far as the table goes; empty where it says nothing.

    baseline: systolic, mmHg, as confirmed. marks: as for `effect`, with the planned end where it lies ahead.
    """
    if not marks or max(rate for _, rate in marks) > RATE_MAX:
        return ()
    start_us = marks[0][0]
    until_us = min(until_us, start_us + round(expected.minutes[-1] * MINUTE_US))
    times = {*range(start_us, until_us, EVERY_MIN * MINUTE_US), *(at_us for at_us, _ in marks if at_us < until_us)}
    return tuple(_point(expected, baseline, marks, t_us) for t_us in sorted({*times, max(start_us, until_us)}))


def _point(expected: Expected, baseline: float, marks: tuple[Mark, ...], t_us: int) -> Point:
    mean, deviation = rise(expected, effect(expected, marks, t_us))
    return t_us, round(baseline + mean - TAIL * deviation), round(baseline + mean + TAIL * deviation)


def _steady(expected: Expected, minute: float) -> float:
    """What an infusion that never ends has done by this minute."""
    total = 0.0
    while minute > 0:
        total += _tabled(expected, minute)
        minute -= expected.infusion_min
    return total


def _tabled(expected: Expected, minute: float) -> float:
    """The table's value, straight between its minutes; its last one beyond them."""
    place = bisect_right(expected.minutes, minute)
    if place >= len(expected.minutes):
        return expected.share[-1]
    left, right = expected.minutes[place - 1], expected.minutes[place]
    across = (minute - left) / (right - left)
    return expected.share[place - 1] + across * (expected.share[place] - expected.share[place - 1])
