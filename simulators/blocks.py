"""Why is a wave the same whatever is asked for? It is drawn in whole blocks on a fixed grid, from rows of truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.truth import TRUTH_STEP_US, Truth
from simulators.vitals import Sensors

Wave = npt.NDArray[np.float64]

BLOCK_STEPS = 2
BLOCK_US = BLOCK_STEPS * TRUTH_STEP_US
"""Length of a block; the truth runs ahead to the end of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One truth step with all that a device needs beside it."""

    truth: Truth
    sensors: Sensors
    motion: float
    noise: float
    spo2: float | None


def first_sample(block: int, rate_hz: float) -> int:
    """Index of the first sample of a block."""
    return math.ceil(block * BLOCK_US * rate_hz / 1e6 - 1e-6)


def block_of(sample: int, rate_hz: float) -> int:
    """The block that this sample lies in."""
    block = int(sample / rate_hz * 1e6 / BLOCK_US)
    while first_sample(block, rate_hz) > sample:
        block -= 1
    while first_sample(block + 1, rate_hz) <= sample:
        block += 1
    return block


def blend(at: Wave, values: list[float]) -> Wave:
    """Between the rows, one row late, so that no sample waits for a truth that does not exist yet."""
    if not any(values):
        return np.zeros(len(at))
    return np.interp(at, np.arange(len(values)), values)


def held(at: Wave, values: list[bool]) -> npt.NDArray[np.bool_]:
    """The row in force at each sample; values[0] belongs to the block before."""
    rows = np.minimum(at.astype(np.int64), len(values) - 2) + 1
    return np.asarray(np.array(values)[rows], dtype=np.bool_)


def breathing(at: Wave, rows: list[Row]) -> Wave:
    """The chest at each sample, -1 to 1. at: in rows, from the begin of the block."""
    depth = blend(at, [r.truth.depth for r in rows])
    breath = np.interp(at, np.arange(len(rows)), [r.truth.breath for r in rows])
    return np.asarray(depth * np.sin(2 * math.pi * breath))
