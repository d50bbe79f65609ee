"""How strong is the pulse at the probe? The perfusion index as steps of the bar that stands beside SpO2.

A healthy finger differs from a cold one by a factor of a hundred, so each step stands for twice the index of the one
before. The lowest is all that SPO2_LOW_PERFUSION is about. There is no step for nothing: what was not measured has no bar.
"""

from __future__ import annotations

from bisect import bisect_right

from monitor_app.core.snapshot import PERFUSION_STEPS
from monitor_app.station.values import Held

STEPS_FROM_PERCENT = (0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 20.0)
"""Where the second and every further step begins, in % as the device gives the index."""


def perfusion_steps(held: Held | None, now_us: int) -> int | None:
    """Steps of the bar at station time `now_us`, 1 to PERFUSION_STEPS; None without an index that may be believed now.

    A number that the device itself doubts keeps its bar, as it keeps its place among the numbers: oximeters doubt most
    when the pulse is weak, and that is when somebody looks.
    """
    if held is None or held.number is None or held.number <= 0 or held.is_grey(now_us):
        return None
    return min(PERFUSION_STEPS, 1 + bisect_right(STEPS_FROM_PERCENT, held.number))
