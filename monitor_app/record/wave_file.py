"""How do waves get into the file of their day? Rows of a second now, sealed minutes later (STORAGE sections 2 and 3).

Part of the writer: one connection, one transaction a batch. Channels are made when first seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path

from monitor_app.core.events import SealedBlock
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record import schema
from monitor_app.record.blocks import Block, minute_of, sealed, span_of
from monitor_app.record.checksums import block_crc, channel_crc, wave_crc
from monitor_app.record.presence import Presence, gone, put_back
from monitor_app.record.seals import BLOCK_COLUMNS, StoredBlock, description_of, sealed_block
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_rows import ChannelEnd, ChannelKey, TailRow, assembled, channel_key

WAVE_BITS = 16
_RATE = slice(4, 6)
"""Where the rate stands in a channel's description."""
ChunkName = tuple[str | None, int, int, int, int]
"""What tells one chunk from every other: session, channel, time, number of its first sample, length."""


class WaveFile:
    """The waves of all sessions admitted on one UTC day, open for writing."""

    def __init__(self, path: Path, station_uuid: str) -> None:
        """Open or begin the file. Raises StoreError."""
        self._path = path
        self._db = schema.open_for_writing(path, schema.WAVES, station_uuid)
        self._presence = Presence(path)
        self._ends: dict[ChannelKey, ChannelEnd] = {}
        self._stored: frozenset[ChunkName] = frozenset()

    def commit(self, chunks: Sequence[WaveChunk], sessions: Mapping[str, SessionRow]) -> None:
        """Store the chunks of known sessions in one transaction. Raises StoreError and may be called again.

        Chunks that the commit before already stored are left out: their batch comes again because another file failed.
        """
        if not self._presence.is_kept():
            self._db = put_back(self._db, self._path, schema.WAVES)
            self._presence = Presence(self._path)
            raise gone(self._path)
        with schema.speaking_of(self._path):
            ends: dict[ChannelKey, ChannelEnd] = {}
            with schema.transaction(self._db):
                found: list[tuple[int | bytes, ...]] = []
                for key, of_channel in _by_channel(c for c in chunks if _name(c) not in self._stored).items():
                    session = sessions[key.session]
                    end = self._ends.get(key) or self._end_on_disk(key) or self._new_channel(key, session)
                    rows, ends[key] = assembled(end, of_channel)
                    found += [_tail_fields(session.id, row) for row in rows]
                self._insert(found)
            self._ends.update(ends)
            self._stored = frozenset(map(_name, chunks))

    def _insert(self, fields: Sequence[tuple[int | bytes, ...]]) -> None:
        self._db.executemany(
            "INSERT INTO wave_tail (session_id, channel, t_us, first_index, n, crc32, blob) VALUES (?,?,?,?,?,?,?)",
            fields,
        )

    def _end_on_disk(self, key: ChannelKey) -> ChannelEnd | None:
        found = self._db.execute(
            "SELECT id, session_id FROM channel "
            "WHERE (session, channel, parameter, rate_num, rate_den, gain, unit) = (?,?,?,?,?,?,?)",
            astuple(key),
        ).fetchone()
        return None if found is None else self._stored_end(found[0], found[1], key)

    def _stored_end(self, channel: int, session_id: int, key: ChannelKey) -> ChannelEnd:
        period_us = 1_000_000 * key.rate_den / key.rate_num
        tail = self._db.execute(
            "SELECT first_index + n, t_us, n FROM wave_tail WHERE session_id = ? AND channel = ? "
            "ORDER BY first_index DESC LIMIT 1",
            (session_id, channel),
        ).fetchone()
        ends = [ChannelEnd(channel), *self._sealed_ends(channel, session_id)]
        if tail is not None:
            ends.append(ChannelEnd(channel, tail[0], tail[1] + round(tail[2] * period_us)))
        return max(ends, key=lambda end: end.next_index)

    def _sealed_ends(self, channel: int, session_id: int) -> Iterator[ChannelEnd]:
        """Where the last block ends; nothing when there is none, or when damage hides its end."""
        for block in self._blocks("AND channel = ? ORDER BY first_index DESC LIMIT 1", session_id, channel):
            with suppress(ValueError, TypeError):
                yield ChannelEnd(channel, block.block.first_index + span_of(block.block), block.block.end_us)

    def _new_channel(self, key: ChannelKey, session: SessionRow) -> ChannelEnd:
        fields = (
            session.id, key.session, key.channel, key.parameter, key.rate_num, key.rate_den, key.gain, 0.0, key.unit,
            WAVE_BITS, "", "", session.origin,
        )  # fmt: skip
        cursor = self._db.execute(
            f"INSERT INTO channel ({schema.CHANNEL_COLUMNS}, crc32) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
            (*fields, channel_crc(fields)),
        )
        return ChannelEnd(cursor.lastrowid or 0)

    # ------------------------------------------------------------------ sealing

    def seal(self, session_id: int, to_us: int) -> list[SealedBlock]:
        """Turn the rows before `to_us` of every channel of a session into blocks, in one transaction. Raises StoreError.

        A row whose checksum is wrong stays as it is, for `verify` to name: damage is never sealed.
        """
        with schema.speaking_of(self._path), schema.transaction(self._db):
            channels = self._db.execute("SELECT id FROM channel WHERE session_id = ?", (session_id,)).fetchall()
            return [block for (channel,) in channels for block in self._seal_channel(session_id, channel, to_us)]

    def _seal_channel(self, session_id: int, channel: int, to_us: int) -> Iterator[SealedBlock]:
        description = description_of(self._db, channel)
        if description is None or channel_crc(description[:-1]) != description[-1]:
            return
        rate = Fraction(*description[_RATE])
        rows = self._rows_before(session_id, channel, to_us)
        for _, of_minute in itertools.groupby(rows.items(), key=lambda item: minute_of(item[1].t_us)):
            numbered = dict(of_minute)
            for block in sealed(list(numbered.values()), rate):
                self._insert_block(session_id, channel, block)
                yield sealed_block(channel, description, block)
            self._db.executemany("DELETE FROM wave_tail WHERE rowid = ?", ((rowid,) for rowid in numbered))

    def _rows_before(self, session_id: int, channel: int, to_us: int) -> dict[int, TailRow]:
        """The sound rows up to the first at or after `to_us`, by rowid, in order of their samples' numbers."""
        found: dict[int, TailRow] = {}
        for rowid, t_us, first_index, n, crc, blob in self._db.execute(
            "SELECT rowid, t_us, first_index, n, crc32, blob FROM wave_tail WHERE session_id = ? AND channel = ? "
            "ORDER BY first_index",
            (session_id, channel),
        ):
            if wave_crc((session_id, channel, t_us, first_index, n), blob) != crc:
                continue
            if t_us >= to_us:
                break
            found[rowid] = TailRow(channel, t_us, first_index, blob)
        return found

    def _insert_block(self, session_id: int, channel: int, block: Block) -> None:
        where = (session_id, channel)
        self._db.execute(
            f"INSERT INTO wave_block (session_id, channel, {BLOCK_COLUMNS}, crc32) "  # noqa: S608
            "VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (*where, *astuple(block), block_crc(where, block)),
        )

    def open_minutes(self, session_id: int) -> set[int]:
        """The minutes of station time that still have rows of seconds. Raises StoreError."""
        with schema.speaking_of(self._path):
            found = self._db.execute("SELECT t_us FROM wave_tail WHERE session_id = ?", (session_id,))
            return {minute_of(t_us) for (t_us,) in found if isinstance(t_us, int)}

    def blocks_except(self, session_id: int, named: Set[tuple[int, int]]) -> list[tuple[int, SealedBlock]]:
        """Minute and name of the sound blocks that are not among `named` (channel, first index). Raises StoreError."""
        with schema.speaking_of(self._path):
            found = self._db.execute("SELECT channel, first_index FROM wave_block WHERE session_id = ?", (session_id,))
            unnamed = sorted(key for key in found.fetchall() if key not in named)
            return [one for key in unnamed for one in self._named_block(session_id, key)]

    def _named_block(self, session_id: int, key: tuple[int, int]) -> Iterator[tuple[int, SealedBlock]]:
        for stored in self._blocks("AND (channel, first_index) = (?, ?)", session_id, *key):
            description = description_of(self._db, stored.channel)
            if description is not None and stored.is_sound:
                name = sealed_block(stored.channel, description, stored.block)
                yield minute_of(stored.block.t_us), name

    def _blocks(self, where: str, session_id: int, *values: int) -> list[StoredBlock]:
        found = self._db.execute(
            f"SELECT session_id, channel, crc32, {BLOCK_COLUMNS} FROM wave_block WHERE session_id = ? {where}",  # noqa: S608
            (session_id, *values),
        )
        return [StoredBlock.of(row) for row in found]

    # ------------------------------------------------------------------ housekeeping

    def wal_bytes(self) -> int:
        """Size of the write-ahead log."""
        return schema.wal_bytes(self._path)

    def checkpoint(self) -> None:
        """Move the WAL into the file without waiting for readers."""
        with schema.speaking_of(self._path):
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Leave a whole file with an empty WAL."""
        schema.close_tidily(self._db)


def _name(chunk: WaveChunk) -> ChunkName:
    return chunk.session, chunk.channel, chunk.t_us, chunk.first_index, len(chunk.data)


def _by_channel(chunks: Iterable[WaveChunk]) -> dict[ChannelKey, list[WaveChunk]]:
    found: dict[ChannelKey, list[WaveChunk]] = {}
    for chunk in chunks:
        if chunk.session is not None and chunk.data:
            found.setdefault(channel_key(chunk, chunk.session), []).append(chunk)
    return found


def _tail_fields(session_id: int, row: TailRow) -> tuple[int | bytes, ...]:
    where = (session_id, row.channel, row.t_us, row.first_index, row.n)
    return *where, wave_crc(where, row.data), row.data
