"""How does a long trace become one screen wide without losing a spike? Minimum and maximum per pixel column.

Never every n-th sample: a one-sample spike is seen at every zoom (PERFORMANCE section 2). Arrays stay int16 until the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLES_A_COLUMN_MIN = 2
"""Below this the samples themselves are drawn."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of trace without a gap. x: columns from 0, shape (n,). y: raw steps, shape (n,)."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]


def stretch(samples: npt.NDArray[np.int16], first_x: float, columns_a_sample: float) -> Stretch:
    """The samples as points, at most two a column.

    first_x: column of the first sample, may be negative. columns_a_sample: how far apart samples stand, in columns.
    The extremes of a column are drawn in the order in which they occurred.
    """
    if columns_a_sample * SAMPLES_A_COLUMN_MIN >= 1 or len(samples) < SAMPLES_A_COLUMN_MIN:
        x = first_x + np.arange(len(samples), dtype=np.float64) * columns_a_sample
        return Stretch(x.astype(np.float64), samples.astype(np.float64))
    return _extremes(samples, first_x, columns_a_sample)


def _extremes(samples: npt.NDArray[np.int16], first_x: float, columns_a_sample: float) -> Stretch:
    first = int(np.floor(first_x))
    last = int(np.floor(first_x + (len(samples) - 1) * columns_a_sample))
    begins = np.ceil((np.arange(first + 1, last + 1) - first_x) / columns_a_sample).astype(np.int64)
    edges = np.concatenate(([0], np.minimum(begins, len(samples) - 1)))
    edges = edges[np.concatenate(([True], np.diff(edges) > 0))]
    low = np.minimum.reduceat(samples, edges)
    high = np.maximum.reduceat(samples, edges)
    falls = samples[edges] > samples[np.concatenate((edges[1:], [len(samples)])) - 1]
    y = np.empty(2 * len(edges))
    y[0::2] = np.where(falls, high, low)
    y[1::2] = np.where(falls, low, high)
    x = np.repeat(np.floor(first_x + edges * columns_a_sample), 2)
    x[1::2] += 0.5
    return Stretch(x, y)


def pairs(x: npt.NDArray[np.floating[Any]], low: npt.NDArray[np.int16], high: npt.NDArray[np.int16]) -> Stretch:
    """Seconds by their least and greatest sample, brought together where several fall into one column."""
    column = np.floor(x).astype(np.int64)
    edges = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
    y = np.empty(2 * len(edges))
    y[0::2] = np.minimum.reduceat(low, edges)
    y[1::2] = np.maximum.reduceat(high, edges)
    at = np.repeat(column[edges].astype(np.float64), 2)
    at[1::2] += 0.5
    return Stretch(at, y)
