"""How does a minute of a wave become a small block, and exactly the same samples again? (STORAGE section 2, codec dz1)

dz1: first differences in int16 with wrap-around, zigzag to uint16, all low bytes, then all high bytes, zlib level 6. The
samples follow each other without a hole; `joints` say where samples are missing before one, or where the sample clock
moved by more than MOVED_US_MAX. Pure.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from monitor_app.record.wave_rows import MINUTE_US, SECOND_US, TailRow

CODEC = "dz1"
ZLIB_LEVEL = 6
MOVED_US_MAX = 1000
"""A sample's time after sealing differs by at most this from its time before: less than a sample of any device lasts."""
SAMPLES_MAX = 4_000_000
"""Of one block: a minute at 50 kHz is 3 million. More is a hostile file."""
MISSING_MAX = 2**31 - 1
"""Samples missing at one joint; a greater leap of a device's counter begins a new block."""
SECONDS = 60
EMPTY_SECOND = (32767, -32768)
"""Minimum and maximum of a second without samples: the minimum is greater."""

Samples = npt.NDArray[np.int16]
Seconds = tuple[npt.NDArray[np.int64], Samples, Samples]
"""Station time of the begin of each second, its least and its greatest sample."""
_JOINT = np.dtype([("offset", "<i4"), ("missing", "<i4"), ("us", "<i4")])


@dataclass(frozen=True, slots=True)
class Joint:
    """Before stored sample `offset`, `missing` samples are absent; that sample was taken `us` after the block began."""

    offset: int
    missing: int
    us: int


@dataclass(frozen=True, slots=True)
class Block:
    """One channel's samples of one minute, as stored. end_us: just after the last sample. gaps: the joints as int32
    triples. minmax: 60 int16 pairs, one for each second of station time."""

    t_us: int
    end_us: int
    first_index: int
    n: int
    codec: str
    gaps: bytes
    minmax: bytes
    blob: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive samples. t_us of the first one."""

    t_us: int
    first_index: int
    samples: Samples


# ---------------------------------------------------------------- the codec


def encode(samples: Samples) -> bytes:
    """dz1 of any int16 samples."""
    steps = np.diff(samples.view(np.uint16), prepend=np.uint16(0)).view(np.int16)
    folded = ((steps << 1) ^ (steps >> 15)).view(np.uint16)
    low, high = (folded & 0xFF).astype(np.uint8), (folded >> 8).astype(np.uint8)
    return zlib.compress(low.tobytes() + high.tobytes(), ZLIB_LEVEL)


def decode(blob: bytes, n: int) -> Samples:
    """The `n` samples again. Raises ValueError when the blob does not hold exactly `n`."""
    data = np.frombuffer(_unpacked(blob, n), dtype=np.uint8).astype(np.uint16)
    folded = data[:n] | (data[n:] << 8)
    steps = (folded >> 1) ^ (np.uint16(0) - (folded & 1))
    return np.cumsum(steps, dtype=np.uint16).view(np.int16)


def _unpacked(blob: bytes, n: int) -> bytes:
    if not 0 < n <= SAMPLES_MAX:
        raise ValueError(f"a block of {n} samples; there are 1 to {SAMPLES_MAX}")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(blob, 2 * n + 1)
    except zlib.error as error:
        raise ValueError(f"the block cannot be unpacked: {error}") from error
    if len(data) != 2 * n or not unpacker.eof or unpacker.unused_data:
        raise ValueError(f"the block does not hold its {n} samples")
    return data


# ---------------------------------------------------------------- rows to blocks


def minute_of(t_us: int) -> int:
    """Which minute of station time."""
    return t_us // MINUTE_US


def sealed(rows: Sequence[TailRow], rate: Fraction) -> list[Block]:
    """The rows of one channel and one minute, in order of their numbers: one block, more when the numbering leaps."""
    groups: list[_Builder] = []
    for row in rows:
        if not (groups and groups[-1].takes(row)):
            groups.append(_Builder(row, rate))
        groups[-1].add(row)
    return [group.block() for group in groups]


class _Builder:
    """Grows one block row by row."""

    def __init__(self, first: TailRow, rate: Fraction) -> None:
        self._first = first
        self._rate = rate
        self._parts: list[bytes] = []
        self._joints: list[Joint] = []
        self._n = 0
        self._next_index = first.first_index
        self._at = Joint(0, 0, 0)

    def takes(self, row: TailRow) -> bool:
        return 0 <= row.first_index - self._next_index <= MISSING_MAX and self._n + row.n <= SAMPLES_MAX

    def add(self, row: TailRow) -> None:
        missing = row.first_index - self._next_index
        us = row.t_us - self._first.t_us
        if missing or abs(us - self._us_of(self._n)) > MOVED_US_MAX:
            self._at = Joint(self._n, missing, us)
            self._joints.append(self._at)
        self._parts.append(row.data)
        self._n += row.n
        self._next_index = row.first_index + row.n

    def _us_of(self, offset: int) -> int:
        return self._at.us + duration_us(offset - self._at.offset, self._rate)

    def block(self) -> Block:
        samples = np.frombuffer(b"".join(self._parts), dtype="<i2").astype(np.int16)
        t_us, first = self._first.t_us, self._first.first_index
        cut = _cut(t_us, first, samples, self._joints)
        return Block(
            t_us, t_us + self._us_of(self._n), first, self._n, CODEC, _gaps(self._joints),
            _minmax(t_us, cut, self._rate), encode(samples),
        )  # fmt: skip


def duration_us(n: int, rate: Fraction) -> int:
    """How long `n` samples last."""
    return round(n * SECOND_US / rate)


def _gaps(joints: Sequence[Joint]) -> bytes:
    return np.array([(j.offset, j.missing, j.us) for j in joints], dtype=_JOINT).tobytes()


def _minmax(t_us: int, stretches: Iterable[Stretch], rate: Fraction) -> bytes:
    pairs = np.full((SECONDS, 2), EMPTY_SECOND, dtype="<i2")
    minute_us = minute_of(t_us) * MINUTE_US
    for stretch in stretches:
        second_us, low, high = seconds_in(stretch, float(rate))
        at = np.clip((second_us - minute_us) // SECOND_US, 0, SECONDS - 1)
        np.minimum.at(pairs[:, 0], at, low)
        np.maximum.at(pairs[:, 1], at, high)
    return pairs.tobytes()


def seconds_in(stretch: Stretch, rate_hz: float) -> Seconds:
    """The seconds of station time that a stretch of at least one sample touches."""
    us = stretch.t_us + (np.arange(len(stretch.samples)) * (SECOND_US / rate_hz)).astype(np.int64)
    seconds = us // SECOND_US
    begins = np.flatnonzero(np.diff(seconds, prepend=seconds[0] - 1))
    low, high = np.minimum.reduceat(stretch.samples, begins), np.maximum.reduceat(stretch.samples, begins)
    return seconds[begins] * SECOND_US, low, high


# ---------------------------------------------------------------- blocks to samples


def joints_of(block: Block) -> list[Joint]:
    """Where the samples of a block do not simply go on. Raises ValueError for what no joints can be."""
    found = [Joint(*map(int, triple)) for triple in np.frombuffer(block.gaps, dtype=_JOINT).tolist()]
    offsets = [0, *(joint.offset for joint in found), block.n]
    if any(b <= a for a, b in itertools.pairwise(offsets)) or any(joint.missing < 0 for joint in found):
        raise ValueError("the gaps of the block do not fit its samples")
    return found


def span_of(block: Block) -> int:
    """Sample numbers from the first to after the last, missing ones included. Raises ValueError as `joints_of`."""
    return block.n + sum(joint.missing for joint in joints_of(block))


def stretches_of(block: Block) -> list[Stretch]:
    """The samples of a block between its joints. Raises ValueError when the block is not what `sealed` makes."""
    if block.codec != CODEC:
        raise ValueError(f"codec {block.codec} is not known")
    samples = decode(block.blob, block.n)
    return _cut(block.t_us, block.first_index, samples, joints_of(block))


def _cut(t_us: int, first: int, samples: Samples, joints: Sequence[Joint]) -> list[Stretch]:
    at = [Joint(0, 0, 0), *joints]
    ends = [*(joint.offset for joint in joints), len(samples)]
    found: list[Stretch] = []
    for joint, end in zip(at, ends, strict=True):
        first += joint.missing
        found.append(Stretch(t_us + joint.us, first + joint.offset, samples[joint.offset : end]))
    return found


def seconds_of(block: Block) -> Seconds:
    """The seconds of a block that have samples, without unpacking it. Raises ValueError on other sizes."""
    pairs = np.frombuffer(block.minmax, dtype="<i2")
    if pairs.size != 2 * SECONDS:
        raise ValueError("the overview of the block has another size")
    low, high = pairs[0::2].astype(np.int16), pairs[1::2].astype(np.int16)
    some = np.flatnonzero(low <= high)
    return minute_of(block.t_us) * MINUTE_US + some * SECOND_US, low[some], high[some]
