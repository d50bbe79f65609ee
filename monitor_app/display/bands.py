"""Which columns are stale, and where do they lie on the screen? Arithmetic of stretches of columns. Pure."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

Stretch = tuple[int, int]
"""First and last column, both included."""
SCALE_DENOMINATOR_MAX = 8


def pieces(first: int, last: int, width: int) -> list[Stretch]:
    """Places on the screen of the columns from first to last, cut in two where they wrap."""
    if last - first + 1 >= width:
        return [(0, width - 1)]
    start, end = first % width, last % width
    return [(start, end)] if start <= end else [(start, width - 1), (0, end)]


@lru_cache(maxsize=16)
def snap_step(ratio: float) -> int:
    """The smallest number of logical pixels that is a whole number of device pixels."""
    return Fraction(ratio).limit_denominator(SCALE_DENOMINATOR_MAX).denominator
