"""How do waves get into the file of their day? Rows of a second now, sealed minutes later (STORAGE sections 2 and 3).

Part of the writer: one connection, one transaction a batch. Channels are made when first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from monitor_app.core.snapshot import WaveChunk
from monitor_app.record import schema
from monitor_app.record.checksums import channel_crc, wave_crc
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_rows import ChannelEnd, ChannelKey, TailRow, assembled, channel_key

WAVE_BITS = 16
ChunkName = tuple[str | None, int, int, int, int]
"""What tells one chunk from every other: session, channel, time, number of its first sample, length."""


class WaveFile:
    """The waves of all sessions admitted on one UTC day, open for writing."""

    def __init__(self, path: Path, station_uuid: str) -> None:
        """Open or begin the file. Raises StoreError."""
        self._path = path
        self._db = schema.open_for_writing(path, schema.WAVES, station_uuid)
        self._ends: dict[ChannelKey, ChannelEnd] = {}
        self._stored: frozenset[ChunkName] = frozenset()

    def commit(self, chunks: Sequence[WaveChunk], sessions: Mapping[str, SessionRow]) -> None:
        """Store the chunks of known sessions in one transaction. Raises StoreError and may be called again.

        Chunks that the commit before already stored are left out: their batch comes again because another file failed.
        """
        with schema.speaking_of(self._path):
            ends: dict[ChannelKey, ChannelEnd] = {}
            with schema.transaction(self._db):
                for key, of_channel in _by_channel(c for c in chunks if _name(c) not in self._stored).items():
                    ends[key] = self._store(key, of_channel, sessions[key.session])
            self._ends.update(ends)
            self._stored = frozenset(map(_name, chunks))

    def _store(self, key: ChannelKey, chunks: Sequence[WaveChunk], session: SessionRow) -> ChannelEnd:
        end = self._ends.get(key) or self._end_on_disk(key) or self._new_channel(key, session)
        rows, end = assembled(end, chunks)
        self._insert(session.id, rows)
        return end

    def _insert(self, session_id: int, rows: Sequence[TailRow]) -> None:
        self._db.executemany(
            "INSERT INTO wave_tail (session_id, channel, t_us, first_index, n, crc32, blob) VALUES (?,?,?,?,?,?,?)",
            (_tail_fields(session_id, row) for row in rows),
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
        if tail is not None:
            return ChannelEnd(channel, tail[0], tail[1] + round(tail[2] * period_us))
        return ChannelEnd(channel)

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
