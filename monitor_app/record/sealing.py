"""Who seals complete minutes, and what must the journal be told of them? Part of the writer (STORAGE section 3).

Block first in the waves file, event after it in the journal: a crash between them leaves a block without its event, and
the next start names it again from the block itself. Sealing comes after a batch is safe, and never makes a commit fail.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from drivers.samples import Origin
from monitor_app.core.events import ChairCleared, Event, RecordSealed, SealedBlock, SessionDischarged
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record import schema
from monitor_app.record.codec import decode_payload
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Entry
from monitor_app.record.minutes import Minute, OpenMinutes
from monitor_app.record.seals import Numbers, numbers_between, session_seal
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_file import WaveFile
from monitor_app.record.wave_rows import MINUTE_US, SECOND_US

ENDS = (SessionDischarged.KIND, ChairCleared.KIND)
"""After these a session gets no more data, or only little: what there is need not wait for its minute."""
REST_MAX = 256
"""Minutes that one `seal_rest` seals, some seconds of work; what is left waits for the next start."""
UNTAKEN_MAX = 10_000
"""Seals that wait to be journalled, ten hours of 16 chairs; dropped ones are found again by the next start."""
PASSING = frozenset({Trouble.FULL, Trouble.READ_ONLY, Trouble.LOCKED, Trouble.IO})
"""Troubles that end; a file that is damaged or gone is left as it is until the next start."""
_NO_NUMBERS = Numbers(0, hashlib.sha256().hexdigest())


class Sealing:
    """Seals minutes of all sessions. Used by the writer's thread alone, but for `take`."""

    def __init__(self, db: sqlite3.Connection, path: Path, wave_file: Callable[[str], WaveFile | None]) -> None:
        """db: of `station.db` at `path`. wave_file: an open waves file by its name, None when there is none."""
        self._db = db
        self._path = path
        self._wave_file = wave_file
        self._minutes = OpenMinutes()
        self._unnamed: dict[Minute, list[SealedBlock]] = {}
        self._told: deque[Event] = deque(maxlen=UNTAKEN_MAX)

    def reopened(self, db: sqlite3.Connection) -> None:
        """The writer's connection is another one from now on."""
        self._db = db

    def take(self) -> list[Event]:
        """The events that the journal has not been given yet, oldest first. From any thread."""
        taken: list[Event] = []
        with suppress(IndexError):  # a deque's own operations are safe between threads
            while True:
                taken.append(self._told.popleft())
        return taken

    # ------------------------------------------------------------------ what an earlier run left

    def load(self, rows: Mapping[str, SessionRow]) -> None:
        """Find what is not sealed, and blocks without their event. A waves file that cannot be opened is left alone."""
        with schema.speaking_of(self._path):
            found = self._db.execute("SELECT uuid FROM session WHERE sealed_digest IS NULL ORDER BY id").fetchall()
        for (uuid,) in found:
            if uuid in rows:
                self._load_session(rows[uuid])

    def _load_session(self, row: SessionRow) -> None:
        with schema.speaking_of(self._path):
            seals, hashes = self._seals_of(row.uuid)
            last = self._db.execute("SELECT max(second) FROM observation WHERE session_id = ?", (row.id,)).fetchone()[0]
            sealed_until = max((seal.to_us for seal in seals), default=0)
            self._minutes.begin(row.uuid, sealed_until, 0 if last is None else (last + 1) * SECOND_US)
            minutes = self._minutes_of_numbers(row.id, sealed_until)
        try:
            minutes |= self._load_waves(row, {(b.channel, b.first_index) for seal in seals for b in seal.blocks})
        except StoreError:
            return
        for minute in minutes:
            self._minutes.left_open(Minute(minute, row.uuid))
        if not minutes:
            self._mark_sealed(row.uuid, hashes)

    def _seals_of(self, uuid: str) -> tuple[list[RecordSealed], list[bytes]]:
        found = self._db.execute(
            "SELECT payload, hash FROM event WHERE session_id = ? AND kind = ? ORDER BY seq", (uuid, RecordSealed.KIND)
        ).fetchall()
        decoded = (decode_payload(RecordSealed.KIND, payload) for payload, _ in found)
        return [seal for seal in decoded if isinstance(seal, RecordSealed)], [entry_hash for _, entry_hash in found]

    def _minutes_of_numbers(self, session_id: int, sealed_until: int) -> set[int]:
        found = self._db.execute(
            "SELECT DISTINCT second / 60 FROM observation WHERE session_id = ? AND second >= ?",
            (session_id, sealed_until // SECOND_US),
        )
        return {minute for (minute,) in found}

    def _load_waves(self, row: SessionRow, named: set[tuple[int, int]]) -> set[int]:
        file = self._wave_file(row.waves_file)
        if file is None:
            return set()
        for number, block in file.blocks_except(row.id, named):
            self._unnamed.setdefault(Minute(number, row.uuid), []).append(block)
        unnamed = {minute.number for minute in self._unnamed if minute.session == row.uuid}
        return unnamed | file.open_minutes(row.id)

    def _mark_sealed(self, uuid: str, hashes: list[bytes]) -> None:
        """All of a session that has left is sealed and journalled: later starts need not look at it."""
        cleared = "SELECT 1 FROM event WHERE session_id = ? AND kind = ? LIMIT 1"
        with suppress(StoreError), schema.speaking_of(self._path):  # it only saves time
            if self._db.execute(cleared, (uuid, ChairCleared.KIND)).fetchone() is not None:
                digest = session_seal(hashes)
                self._db.execute("UPDATE session SET sealed_digest = ? WHERE uuid = ?", (digest, uuid))

    # ------------------------------------------------------------------ what this run stores

    def stored(self, entries: Iterable[Entry], seconds: Iterable[ChairSecond], waves: Iterable[WaveChunk]) -> None:
        """A batch is safe on the disk."""
        for second in seconds:
            self._minutes.numbers_at(second.session, second.second)
        for chunk in waves:
            if chunk.session is not None:
                for t_us in range(chunk.t_us // MINUTE_US * MINUTE_US, end_us(chunk), MINUTE_US):
                    self._minutes.waves_at(chunk.session, t_us)
        for entry in entries:
            if entry.kind in ENDS and entry.session is not None:
                self._minutes.end(entry.session)

    def seal_share(self, rows: Mapping[str, SessionRow], until_us: int) -> None:
        """Seal what one commit should, when everything before `until_us` is stored. Raises StoreError for trouble that
        passes; nothing is lost by it."""
        self._seal_all(self._minutes.share(until_us), rows, until_us)

    def seal_rest(self, rows: Mapping[str, SessionRow], until_us: int) -> None:
        """Seal everything, complete or not. Raises StoreError as `seal_share`."""
        self._seal_all(self._minutes.rest()[:REST_MAX], rows, until_us)

    def _seal_all(self, minutes: Iterable[Minute], rows: Mapping[str, SessionRow], until_us: int) -> None:
        for minute in minutes:
            try:
                self._seal(minute, rows[minute.session], until_us)
            except StoreError as error:
                if error.trouble in PASSING:
                    raise
                self._minutes.close(minute, 0)

    def _seal(self, minute: Minute, row: SessionRow, until_us: int) -> None:
        from_us, to_us = self._minutes.numbers_of(minute, until_us)
        with schema.speaking_of(self._path):
            numbers = numbers_between(self._db, row.id, from_us, to_us)
        if numbers is None:  # damaged: left to the checksum of each second, by which `verify` names it
            from_us, numbers = to_us, _NO_NUMBERS
        file = self._wave_file(row.waves_file)
        blocks = [*self._unnamed.get(minute, ()), *(file.seal(row.id, minute.to_us) if file is not None else ())]
        # nothing may fail from here on: the blocks are on the disk
        self._unnamed.pop(minute, None)
        self._minutes.close(minute, to_us)
        if blocks or numbers.rows:
            payload = RecordSealed(minute.number, from_us, to_us, numbers.rows, numbers.sha256, tuple(blocks))
            self._told.append(Event(until_us, payload, row.chair, row.uuid, origin=_origin(row.origin)))


def end_us(chunk: WaveChunk) -> int:
    """Station time just after the last sample of a chunk."""
    return chunk.t_us + round(len(chunk.data) // 2 * SECOND_US / chunk.rate_hz)


def _origin(code: int) -> Origin | None:
    return Origin(code) if code in Origin._value2member_map_ else None
