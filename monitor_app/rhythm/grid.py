"""Which samples are decided on together? Blocks of 0.2 s that begin at fixed sample numbers.

However the bytes arrived, the same samples fall into the same blocks, so every later decision is the same, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLOCK_S = 0.2
_TOP, _BOTTOM = np.iinfo(np.int16).max, np.iinfo(np.int16).min + 1
Samples = npt.NDArray[np.int16]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples. first: number of its first sample. raw: int16, shape (n,). railed: at the converter's rail."""

    first: int
    raw: Samples
    railed: Mask

    @property
    def end(self) -> int:
        """Number of the sample that follows."""
        return self.first + len(self.raw)


class BlockGrid:
    """Cuts one continuous stream into blocks; the first one after a start may be short, the remainder waits."""

    def __init__(self, rate_hz: float, first_index: int) -> None:
        self.block_length = max(1, round(rate_hz * BLOCK_S))
        self._first = first_index
        self._raw: Samples = np.empty(0, dtype=np.int16)
        self._railed: Mask = np.empty(0, dtype=np.bool_)

    @property
    def next_index(self) -> int:
        """Number of the sample that should come next."""
        return self._first + len(self._raw)

    def add(self, raw: Samples, railed: Mask) -> list[Block]:
        """Take samples that follow the ones before; give back the blocks that became complete, oldest first."""
        self._raw = np.concatenate((self._raw, raw))
        self._railed = np.concatenate((self._railed, railed))
        blocks = []
        while (length := self._until_boundary()) <= len(self._raw):
            blocks.append(Block(self._first, self._raw[:length], self._railed[:length]))
            self._first += length
            self._raw, self._railed = self._raw[length:], self._railed[length:]
        return blocks

    def _until_boundary(self) -> int:
        return self.block_length - self._first % self.block_length


def railed_samples(raw: Samples, clipped: bool) -> Mask:
    """Which samples stand at the rail: the ends of int16, and the repeated extreme of a stretch its driver calls clipped."""
    if not clipped and raw.max() < _TOP and raw.min() > _BOTTOM:
        return np.zeros(len(raw), dtype=np.bool_)
    railed: Mask = (raw >= _TOP) | (raw <= _BOTTOM)
    if clipped:
        top, bottom = raw == raw.max(), raw == raw.min()
        railed |= top if top.sum() >= bottom.sum() else bottom
    return railed
