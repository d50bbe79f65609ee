"""Which samples of a channel come next? Pages of sealed minutes and of unsealed seconds, each from one moment.

Part of the readers. Between two pages the writer may seal seconds that were already given: a block is cut to the samples
whose numbers have not come yet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_app.record.blocks import Samples, Seconds, Stretch, seconds_in, seconds_of, stretches_of
from monitor_app.record.checksums import wave_crc
from monitor_app.record.seals import BLOCK_COLUMNS, StoredBlock
from monitor_app.record.wave_rows import SECOND_US

BLOCKS_A_READ = 8
"""Sealed minutes of one short transaction."""
ROWS_A_READ = 200
"""Unsealed seconds of one short transaction."""
ROW_US_MAX = 2 * SECOND_US
"""No row of about a second is longer."""


class WaveCursor:
    """Walks through the samples of one channel with from_us <= time < to_us. done: nothing more is stored."""

    def __init__(self, session_id: int, channel: int, rate_hz: float, from_us: int, to_us: int) -> None:
        self._where = (session_id, channel)
        self._rate_hz = rate_hz
        self._from_us, self._to_us = from_us, to_us
        self._block, self._row, self._next_index = -1, -1, -1
        self.done = False

    def next_page(self, db: sqlite3.Connection) -> list[Stretch]:
        """The next stretches; call it inside one transaction. Damaged rows and blocks are left out."""
        blocks, rows = self._blocks(db), self._rows(db)
        self.done = len(blocks) < BLOCKS_A_READ and len(rows) < ROWS_A_READ
        horizon = min(_horizon(blocks, BLOCKS_A_READ), _horizon(rows, ROWS_A_READ))
        stored = sorted([*blocks, *rows], key=lambda pair: pair[0])
        page = [stretch for first, found in stored if first <= horizon for stretch in self._taken(first, found)]
        return [cut for stretch in page if (cut := self._within(stretch)) is not None]

    def _blocks(self, db: sqlite3.Connection) -> list[tuple[int, StoredBlock | TailFields]]:
        found = db.execute(
            f"SELECT session_id, channel, crc32, {BLOCK_COLUMNS} FROM wave_block WHERE session_id = ? AND channel = ? "  # noqa: S608
            "AND first_index > ? AND typeof(first_index) = 'integer' AND end_us > ? AND t_us < ? "
            "ORDER BY first_index LIMIT ?",
            (*self._where, self._block, self._from_us, self._to_us, BLOCKS_A_READ),
        )
        return [(block.block.first_index, block) for block in map(StoredBlock.of, found)]

    def _rows(self, db: sqlite3.Connection) -> list[tuple[int, StoredBlock | TailFields]]:
        found = db.execute(
            "SELECT first_index, t_us, n, crc32, blob FROM wave_tail WHERE session_id = ? AND channel = ? "
            "AND first_index >= ? AND typeof(first_index) = 'integer' AND t_us > ? AND t_us < ? "
            "ORDER BY first_index LIMIT ?",
            (*self._where, max(self._row + 1, self._next_index), self._from_us - ROW_US_MAX, self._to_us, ROWS_A_READ),
        )
        return [(row.first_index, row) for row in (TailFields(*fields) for fields in found)]

    def _taken(self, first: int, stored: StoredBlock | TailFields) -> Iterator[Stretch]:
        """What is new in a block or a row, and the cursor behind it."""
        if isinstance(stored, StoredBlock):
            self._block = first
            stretches = block_stretches(stored)
        else:
            self._row = first
            stretches = row_stretches(self._where, stored)
        for stretch in stretches:
            new = self._beyond(stretch, self._next_index - stretch.first_index)
            if new is not None:
                self._next_index = new.first_index + len(new.samples)
                yield new

    def _within(self, stretch: Stretch) -> Stretch | None:
        """The part of a stretch that was taken in the wanted time."""
        before = _samples_until(self._from_us - stretch.t_us, self._rate_hz, len(stretch.samples))
        end = _samples_until(self._to_us - stretch.t_us, self._rate_hz, len(stretch.samples))
        return self._beyond(replace(stretch, samples=stretch.samples[:end]), before)

    def _beyond(self, stretch: Stretch, skip: int) -> Stretch | None:
        """The stretch without its first `skip` samples; None when nothing is left."""
        if skip <= 0:
            return stretch if len(stretch.samples) else None
        if skip >= len(stretch.samples):
            return None
        t_us = stretch.t_us + round(skip * SECOND_US / self._rate_hz)
        return Stretch(t_us, stretch.first_index + skip, stretch.samples[skip:])


def _samples_until(us: int, rate_hz: float, most: int) -> int:
    """How many samples were taken before `us` after the first, up to `most`."""
    if us <= 0:
        return 0
    return min(most, int(np.ceil(us * rate_hz / SECOND_US)))


def _horizon(page: list[Any], full: int) -> float:
    """A page that is full says nothing of what comes after its last row."""
    return float(page[-1][0]) if len(page) == full else float("inf")


@dataclass(frozen=True, slots=True)
class TailFields:
    """One row of `wave_tail`. Damage may have changed any value but the first."""

    first_index: int
    t_us: int
    n: int
    crc32: int
    blob: bytes


def row_stretches(where: tuple[int, int], row: TailFields) -> list[Stretch]:
    """The samples of a row; nothing when it is damaged. where: session_id, channel."""
    if wave_crc((*where, row.t_us, row.first_index, row.n), row.blob) != row.crc32:
        return []
    return [Stretch(row.t_us, row.first_index, np.frombuffer(row.blob, dtype="<i2").astype(np.int16))]


def block_stretches(stored: StoredBlock) -> list[Stretch]:
    """The samples of a block; nothing when it is damaged."""
    with suppress(ValueError):
        if stored.is_sound:
            return stretches_of(stored.block)
    return []


# ---------------------------------------------------------------- the overview


@dataclass(frozen=True, slots=True)
class Overview:
    """Seconds that have samples, in order: station time of their begin, least and greatest sample."""

    t_us: npt.NDArray[np.int64]
    low: Samples
    high: Samples

    @classmethod
    def of(cls, parts: Iterable[Seconds]) -> Overview:
        """Parts in any order; what two parts say of one second becomes one."""
        nothing = (np.empty(0, np.int64), np.empty(0, np.int16), np.empty(0, np.int16))
        t_us, low, high = (np.concatenate(column) for column in zip(nothing, *parts, strict=True))
        if not len(t_us):
            return cls(*nothing)
        order = np.argsort(t_us, kind="stable")
        t_us = t_us[order]
        begins = np.flatnonzero(np.diff(t_us, prepend=t_us[0] - 1))
        return cls(t_us[begins], np.minimum.reduceat(low[order], begins), np.maximum.reduceat(high[order], begins))


def overview_of(db: sqlite3.Connection, session_id: int, channel: int, rate_hz: float) -> Overview:
    """From the blocks' own pairs, and from the samples of what is not sealed yet. Damage is left out."""
    where = (session_id, channel)
    blocks = db.execute(
        f"SELECT session_id, channel, crc32, {BLOCK_COLUMNS} FROM wave_block WHERE session_id = ? AND channel = ?",  # noqa: S608
        where,
    )
    parts = [seconds for row in blocks for seconds in _seconds_of_block(StoredBlock.of(row))]
    return Overview.of([*parts, *unsealed_seconds(db, session_id, channel, rate_hz)])


def unsealed_seconds(db: sqlite3.Connection, session_id: int, channel: int, rate_hz: float) -> list[Seconds]:
    """The pairs of what is not sealed yet, from its samples."""
    where = (session_id, channel)
    rows = db.execute(
        "SELECT first_index, t_us, n, crc32, blob FROM wave_tail WHERE session_id = ? AND channel = ?", where
    )
    stretches = [stretch for fields in rows for stretch in row_stretches(where, TailFields(*fields))]
    return [seconds_in(stretch, rate_hz) for stretch in stretches]


def _seconds_of_block(stored: StoredBlock) -> Iterator[Seconds]:
    with suppress(ValueError):
        if stored.is_sound:
            yield seconds_of(stored.block)
