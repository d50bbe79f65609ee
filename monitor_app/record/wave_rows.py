"""Which rows does a stretch of wave chunks become? Rows of about one second, numbered over gaps and restarts.

No row lies in two minutes of station time, so that a minute can be sealed by itself.

A device counts its samples from 0 again after a restart; the record's numbering goes on, by the time that passed, so
that in one channel a sample number means one moment for ever. Missing samples are absent: nothing is filled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from monitor_app.core.snapshot import WaveChunk

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
_RATE_DENOMINATOR_MAX = 1000
"""Rates such as 62.475 Hz are kept exactly with a denominator of at most this."""


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """What one channel row stands for. A device of another rate or gain is another channel row of the same wave."""

    session: str
    channel: int
    parameter: str
    rate_num: int
    rate_den: int
    gain: float
    unit: str


@dataclass(frozen=True, slots=True)
class ChannelEnd:
    """Where a channel stands. next_index: after its last stored sample, end_us: that moment, None without any.

    base: record index less the device's index, None until this run has seen the stream.
    """

    id: int
    next_index: int = 0
    end_us: int | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class TailRow:
    """One row of about a second. data: little-endian int16."""

    channel: int
    t_us: int
    first_index: int
    data: bytes

    @property
    def n(self) -> int:
        """Samples in the row."""
        return len(self.data) // 2


@cache
def rate_fraction(rate_hz: float) -> Fraction:
    """The rate as two integers."""
    return Fraction(rate_hz).limit_denominator(_RATE_DENOMINATOR_MAX)


def channel_key(chunk: WaveChunk, session: str) -> ChannelKey:
    """Which channel a chunk belongs to."""
    rate = rate_fraction(chunk.rate_hz)
    return ChannelKey(
        session, chunk.channel, chunk.parameter.value, rate.numerator, rate.denominator, chunk.scale, chunk.unit
    )


def placed(end: ChannelEnd, chunk: WaveChunk) -> ChannelEnd:
    """`end` with the base by which this chunk's own numbers become the record's, never below `next_index`."""
    if end.end_us is None:
        return replace(end, base=0)
    known_loss = end.base is not None and chunk.first_index + end.base >= end.next_index
    if known_loss and not chunk.gap:
        return end
    by_time = end.next_index + max(0, round((chunk.t_us - end.end_us) * chunk.rate_hz / SECOND_US))
    by_count = chunk.first_index + end.base if known_loss and end.base is not None else end.next_index
    return replace(end, base=max(by_time, by_count) - chunk.first_index)


def assembled(end: ChannelEnd, chunks: Iterable[WaveChunk]) -> tuple[list[TailRow], ChannelEnd]:
    """The rows of one channel's chunks, in order, and where the channel stands after them."""
    rows: list[TailRow] = []
    for chunk in chunks:
        end = placed(end, chunk)
        for piece in _pieces(end, chunk):
            if rows and _continues(rows[-1], piece, chunk):
                rows[-1] = replace(rows[-1], data=rows[-1].data + piece.data)
            else:
                rows.append(piece)
        end = _after(end, chunk)
    return rows, end


def _after(end: ChannelEnd, chunk: WaveChunk) -> ChannelEnd:
    n = len(chunk.data) // 2
    end_us = chunk.t_us + round(n * SECOND_US / chunk.rate_hz)
    return replace(end, next_index=(end.base or 0) + chunk.first_index + n, end_us=end_us)


def _pieces(end: ChannelEnd, chunk: WaveChunk) -> Iterator[TailRow]:
    most = _row_samples(chunk)
    first = (end.base or 0) + chunk.first_index
    start, n = 0, len(chunk.data) // 2
    while start < n:
        t_us = chunk.t_us + round(start * SECOND_US / chunk.rate_hz)
        stop = min(n, start + min(most, _left_in_minute(t_us, chunk.rate_hz)))
        yield TailRow(end.id, t_us, first + start, chunk.data[2 * start : 2 * stop])
        start = stop


def _left_in_minute(t_us: int, rate_hz: float) -> int:
    """Samples from `t_us` to the end of its minute, at least one."""
    return max(1, math.ceil((MINUTE_US - t_us % MINUTE_US) * rate_hz / SECOND_US))


def _row_samples(chunk: WaveChunk) -> int:
    return max(1, round(chunk.rate_hz))


def _continues(row: TailRow, piece: TailRow, chunk: WaveChunk) -> bool:
    fits = row.n + piece.n <= _row_samples(chunk)
    same_minute = row.t_us // MINUTE_US == piece.t_us // MINUTE_US
    return fits and same_minute and not chunk.gap and piece.first_index == row.first_index + row.n
