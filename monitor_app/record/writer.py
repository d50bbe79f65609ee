"""How does a batch of facts get onto the disk, whole or not at all? The one writer of the record (STORAGE section 3).

One transaction a batch in each file it touches: facts first (events, numbers, observations), waves after, so that no
wave belongs to a session that was never admitted. After an error the files are as before or hold a whole file's part
of the batch; committing the same batch again completes it and doubles nothing. Used by one thread; never by two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from monitor_app.core.events import EngineStarted, Event, RecordSealed
from monitor_app.core.invariant import invariant
from monitor_app.core.parameters import NO_SOURCE_CODE, NUMERICS, SOURCE_CODES
from monitor_app.core.retention_events import WavesExpired
from monitor_app.core.second import ChairSecond, NumericRow
from monitor_app.core.session import Session, applied
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record import schema, sessions
from monitor_app.record.anchors import iso_utc
from monitor_app.record.checksums import NumericFields, numerics_crc, observation_crc
from monitor_app.record.codec import decode_payload, encode_observations
from monitor_app.record.faults import StoreError
from monitor_app.record.heads import Head, append_head
from monitor_app.record.identities import Identities
from monitor_app.record.journal import Entry, entries_of, event_of, genesis
from monitor_app.record.keys import StationKey, station_key
from monitor_app.record.presence import Presence, gone, put_back
from monitor_app.record.retention import remove
from monitor_app.record.sealing import Sealing, end_us
from monitor_app.record.sessions import SessionFold, SessionRow, step_of
from monitor_app.record.wave_file import WaveFile

SECOND_US = 1_000_000
CHECKPOINT_EACH_US = 60 * SECOND_US
"""A flipped bit in a WAL silently costs everything after it: it is kept short."""
WAL_BYTES_MAX = 4_000_000
"""A log that grows faster than that, after a disk has come back, is moved into its file before the minute is over."""
ANCHOR_EACH_US = 60 * SECOND_US
"""Sixteen chairs seal sixteen times a minute; one head a minute shows a cut-off tail as well, in a sixteenth of the
lines: 60 kB a day."""
WAVE_FILES_OPEN_MAX = 3
"""Sessions of today, of yesterday over midnight, and one forgotten: more open files mean a fault, the oldest is closed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be stored together. entries: chained, in order. waves: chunks with their session; others are left."""

    entries: Sequence[Entry] = ()
    seconds: Sequence[ChairSecond] = ()
    waves: Sequence[WaveChunk] = ()


class Writer:
    """The record of one data folder, open for writing. Whoever opens it holds the folder's lock."""

    def __init__(
        self,
        folder: Path,
        station_uuid_if_new: str = "",
        keys: Path | None = None,
        identity_keys: Path | None = None,
    ) -> None:
        """Open, or begin with `station_uuid_if_new`. Raises StoreError, in one sentence, when that cannot be done.

        keys: the place of the stations' keys, outside `folder`; None for a record that nobody vouches for. identity_keys:
        where the keys of identities lie, by default there.
        """
        self._folder = folder
        self._path = folder / schema.STATION_FILE
        self._db = schema.open_for_writing(self._path, schema.STATION, station_uuid_if_new)
        self._presence = Presence(self._path)
        self._wave_files: dict[str, WaveFile] = {}
        self._rows: dict[str, SessionRow] = {}
        self._sessions: dict[str, Session | None] = {}
        with schema.speaking_of(self._path):
            self._load()
        self.key = self._key(keys)
        self._remove_expired(self._all_expired())
        self.identities = Identities(identity_keys if identity_keys is not None else keys, self.station_uuid)
        self.identities.clear(self._db)
        self._sealing = Sealing(self._db, self._path, self._wave_file_if_any)
        self._sealing.load(self._rows)

    def _key(self, place: Path | None) -> StationKey | None:
        """None also where the place cannot be used: recording never waits for it, and `doctor` says so."""
        if place is not None:
            with suppress(OSError, ValueError):
                return station_key(place, self.station_uuid, self.last_seq)
        return None

    def _load(self) -> None:
        self.station_uuid = schema.station_uuid_of(self._db)
        last = self._db.execute("SELECT seq, hash, utc_us FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        self.last_seq: int = last[0] if last else 0
        self._head: bytes = last[1] if last else genesis(self.station_uuid)
        self._head_utc_us: int = last[2] if last else 0
        self._anchored_seq = 0
        self._anchored_us: int | None = None
        self.last_t_us = self._stored_until_us()
        self._rows = {row.uuid: row for row in sessions.stored(self._db)}
        self._run, self._step = self._newest_run()
        self._checkpoint_us = self.last_t_us

    @property
    def head(self) -> bytes | None:
        """Hash of the newest entry, None while there is none."""
        return self._head if self.last_seq else None

    def _stored_until_us(self) -> int:
        event = self._db.execute("SELECT max(t_us) FROM event").fetchone()[0] or 0
        second = self._db.execute("SELECT max(second) FROM observation").fetchone()[0]
        return max(event, 0 if second is None else (second + 1) * SECOND_US)

    def _newest_run(self) -> tuple[str, int]:
        found = self._db.execute(
            "SELECT payload FROM event WHERE kind = ? ORDER BY seq DESC LIMIT 1", (EngineStarted.KIND,)
        ).fetchone()
        return (_run_of(found[0]), step_of(found[0])) if found else ("", 1)

    # ------------------------------------------------------------------ one batch

    def commit(self, batch: Batch) -> None:
        """Store a batch durably, then seal a share of what is complete. Raises StoreError and may then be called again
        with the same batch.

        Raises InvariantBroken for entries that do not continue the journal and for numbers of an unknown session.
        """
        self._require_there()
        with schema.speaking_of(self._path):
            self._commit_facts(batch)
        for name, chunks in self._by_wave_file(batch.waves).items():
            self._wave_file(name).commit(chunks, self._rows)
        self.last_t_us = max([self.last_t_us, *(chunk.t_us for chunk in batch.waves)])
        self._anchor_when_sealed(batch.entries)
        self._seal_after(batch)
        self._checkpoint_when_due()

    def _require_there(self) -> None:
        """A file that was deleted under us is put back; the commit is said to have failed, and comes again."""
        if self._presence.is_kept():
            return
        self._db = put_back(self._db, self._path, schema.STATION)
        self._sealing.reopened(self._db)
        self._presence = Presence(self._path)
        raise gone(self._path)

    def _commit_facts(self, batch: Batch) -> None:
        fold = SessionFold(self._rows.get, self._session_of, self._next_session_id(), self._step)
        run = self._run
        with schema.transaction(self._db):
            entries = self._new_entries(batch.entries)
            for entry in entries:
                fold.fold(entry)
                run = _run_of(entry.payload) if entry.kind == EngineStarted.KIND else run
            self._insert_entries(entries)
            identities = self.identities.follow(self._db, entries)
            self._upsert_sessions(fold.changed.values())
            self._insert_seconds(batch.seconds, self._rows | fold.changed, run)
        self._rows.update(fold.changed)
        self._sessions.update(fold.sessions)
        self._run, self._step = run, fold.step
        self.identities.let_go(identities)
        self.identities.clear(self._db)
        self._remove_expired(entries)
        self._moved_on(entries, batch.seconds)

    def _moved_on(self, entries: Sequence[Entry], seconds: Sequence[ChairSecond]) -> None:
        if entries:
            self.last_seq, self._head, self._head_utc_us = entries[-1].seq, entries[-1].hash, entries[-1].utc_us
        times = [entry.t_us for entry in entries] + [(second.second + 1) * SECOND_US for second in seconds]
        self.last_t_us = max([self.last_t_us, *times])

    def _new_entries(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that are not stored yet; those that are must be the very same ones."""
        new: list[Entry] = []
        seq, head = self.last_seq, self._head
        for entry in entries:
            if entry.seq <= self.last_seq:
                self._require_same(entry)
                continue
            invariant(entry.seq == seq + 1, f"entry {entry.seq} cannot follow entry {seq} in the journal")
            invariant(entry.prev_hash == head, f"entry {entry.seq} does not continue the journal's chain")
            seq, head = entry.seq, entry.hash
            new.append(entry)
        return new

    def _require_same(self, entry: Entry) -> None:
        stored = self._db.execute("SELECT hash FROM event WHERE seq = ?", (entry.seq,)).fetchone()
        invariant(stored is not None and stored[0] == entry.hash, f"another entry {entry.seq} is already recorded")

    def _insert_entries(self, entries: Iterable[Entry]) -> None:
        self._db.executemany(
            f"INSERT INTO event ({schema.ENTRY_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
            (astuple(entry) for entry in entries),
        )

    # ------------------------------------------------------------------ sessions

    def _next_session_id(self) -> int:
        return max((row.id for row in self._rows.values()), default=0) + 1

    def _session_of(self, uuid: str) -> Session | None:
        """How a session stands in the journal; read once after an opening, then kept."""
        if uuid not in self._sessions:
            session: Session | None = None
            for entry in self._folded_entries(uuid):
                session = applied(session, event_of(entry))
            self._sessions[uuid] = session
        return self._sessions[uuid]

    def _folded_entries(self, uuid: str) -> list[Entry]:
        marks = ",".join("?" * len(sessions.FOLDED_KINDS))
        found = self._db.execute(
            f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE session_id = ? AND kind IN ({marks}) ORDER BY seq",  # noqa: S608
            (uuid, *sessions.FOLDED_KINDS),
        )
        return list(entries_of(found))

    def _upsert_sessions(self, rows: Iterable[SessionRow]) -> None:
        columns = sessions.COLUMNS
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
        self._db.executemany(
            f"INSERT INTO session ({', '.join(columns)}) VALUES ({','.join('?' * len(columns))}) "  # noqa: S608
            f"ON CONFLICT (id) DO UPDATE SET {updates}",
            (astuple(row) for row in rows),
        )

    def rebuild_sessions(self) -> int:
        """Write the `session` table anew from the journal; how many sessions it then has. For unclean starts."""
        with schema.speaking_of(self._path), schema.transaction(self._db):
            found = self._db.execute(f"SELECT {schema.ENTRY_COLUMNS} FROM event ORDER BY seq")  # noqa: S608
            rows = sessions.replayed(entries_of(found))
            self._db.execute("PRAGMA defer_foreign_keys=ON")
            self._delete_sessions_except({row.id for row in rows.values()})
            self._upsert_sessions(rows.values())
        self._rows = rows
        self._sessions.clear()
        return len(rows)

    def _delete_sessions_except(self, ids: set[int]) -> None:
        stored = {row[0] for row in self._db.execute("SELECT id FROM session")}
        self._db.executemany("DELETE FROM session WHERE id = ?", ((row_id,) for row_id in stored - ids))

    # ------------------------------------------------------------------ seconds

    def _insert_seconds(self, seconds: Iterable[ChairSecond], rows: dict[str, SessionRow], run: str) -> None:
        for second in seconds:
            row = rows.get(second.session)
            invariant(row is not None, f"a second of session {second.session}, which was never admitted")
            runs = self._runs_of(row.id, second.second) if row is not None else {run}
            if row is not None and run not in runs:
                stored = self._insert_numerics(row.id, second, alone=not runs)
                self._insert_observations(row.id, second, run, numerics_crc(row.id, stored))

    def _runs_of(self, session_id: int, second: int) -> set[str]:
        """Which runs have stored this second: this one, when a batch is committed again; an earlier one, after a restart."""
        query = "SELECT run FROM observation WHERE (session_id, second) = (?,?)"
        return {run for (run,) in self._db.execute(query, (session_id, second))}

    def _insert_numerics(self, session_id: int, second: ChairSecond, alone: bool) -> list[NumericFields]:
        """The rows that went in: a second that two runs share keeps the first number of each moment."""
        for row in second.numerics:
            belongs = row.t_us // SECOND_US == second.second
            invariant(belongs, f"a number at {row.t_us} us does not belong to second {second.second}")
        fresh: dict[tuple[object, ...], NumericFields] = {}
        for row in second.numerics:
            fields = _numeric_fields(row)
            fresh.setdefault(fields[:3], fields)  # parameter, source, moment
        rows = list(fresh.values())
        insert = (
            "INSERT INTO numeric (session_id, parameter, source, t_us, value, validity, origin) VALUES (?,?,?,?,?,?,?)"
        )
        if alone:
            self._db.executemany(insert, ((session_id, *fields) for fields in rows))
            return rows
        into = f"{insert} ON CONFLICT DO NOTHING"
        return [fields for fields in rows if self._db.execute(into, (session_id, *fields)).rowcount == 1]

    def _insert_observations(self, session_id: int, second: ChairSecond, run: str, numerics: int) -> None:
        blob = encode_observations(second.observations)
        crc = observation_crc((session_id, second.second, run), blob)
        self._db.execute(
            "INSERT INTO observation (session_id, second, run, numerics_crc32, crc32, blob) VALUES (?,?,?,?,?,?)",
            (session_id, second.second, run, numerics, crc, blob),
        )

    # ------------------------------------------------------------------ waves

    def _by_wave_file(self, chunks: Iterable[WaveChunk]) -> dict[str, list[WaveChunk]]:
        found: dict[str, list[WaveChunk]] = {}
        for chunk in chunks:
            if chunk.session is None:
                continue  # nobody is admitted: it belongs to no record
            invariant(chunk.session in self._rows, f"waves of session {chunk.session}, which was never admitted")
            found.setdefault(self._rows[chunk.session].waves_file, []).append(chunk)
        return found

    def _wave_file(self, name: str) -> WaveFile:
        known = self._wave_files.pop(name, None)
        if known is None:
            known = WaveFile(self._folder / schema.WAVES_FOLDER / name, self.station_uuid)
        self._wave_files[name] = known  # newest last
        if len(self._wave_files) > WAVE_FILES_OPEN_MAX:
            self._wave_files.pop(next(iter(self._wave_files))).close()
        return known

    def _wave_file_if_any(self, name: str) -> WaveFile | None:
        """Never begins a file: there may have been no waves, or their day was dropped."""
        known = name in self._wave_files or (self._folder / schema.WAVES_FOLDER / name).is_file()
        return self._wave_file(name) if known else None

    def _all_expired(self) -> list[Entry]:
        found = self._db.execute(
            f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE kind = ? ORDER BY seq",  # noqa: S608
            (WavesExpired.KIND,),
        )
        return list(entries_of(found))

    def _remove_expired(self, entries: Iterable[Entry]) -> None:
        """The journal says that these days are kept no longer. A file that cannot go now goes at the next opening."""
        for entry in entries:
            expired = decode_payload(entry.kind, entry.payload) if entry.kind == WavesExpired.KIND else None
            if isinstance(expired, WavesExpired):
                kept = self._wave_files.pop(expired.file, None)
                if kept is not None:
                    kept.close()
                with suppress(OSError):
                    remove(self._folder, expired.file)

    # ------------------------------------------------------------------ sealing

    def _seal_after(self, batch: Batch) -> None:
        """Waves come in order, so that what still waits in memory lies after the newest of this batch."""
        self._sealing.stored(batch.entries, batch.seconds, batch.waves)
        until_us = max((end_us(chunk) for chunk in batch.waves if chunk.session is not None), default=self.last_t_us)
        with suppress(StoreError):  # the batch is safe; what is not sealed now is sealed later
            self._sealing.seal_share(self._rows, until_us)

    def seal_rest(self) -> None:
        """Seal everything that is stored, complete minutes or not: before a clean stop. Never raises."""
        with suppress(StoreError):  # it stays readable, and the next start seals it
            self._sealing.seal_rest(self._rows, self.last_t_us)

    def take_sealed(self) -> list[Event]:
        """The `record.sealed` events of what was sealed since the last call, for the journal. From any thread.

        Whoever appends them may give them a later time. What is taken and never committed is found by the next start.
        """
        return self._sealing.take()

    # ------------------------------------------------------------------ the journal's head, elsewhere

    def _anchor_when_sealed(self, entries: Sequence[Entry]) -> None:
        seals = any(entry.kind == RecordSealed.KIND for entry in entries)
        recent = self._anchored_us is not None and self.last_t_us - self._anchored_us < ANCHOR_EACH_US
        if seals and not recent:
            self._anchor()

    def _anchor(self) -> None:
        if self.last_seq == self._anchored_seq:
            return
        head = Head(self.last_seq, self._head.hex(), iso_utc(self._head_utc_us))
        if self.key is not None:
            with suppress(OSError):  # the next head will be newer
                append_head(self.key.folder, head)
        with suppress(OSError):  # a disk in trouble says so at the next commit; the next seal writes a newer head
            append_head(self._folder, head)
            self._anchored_seq, self._anchored_us = self.last_seq, self.last_t_us

    # ------------------------------------------------------------------ housekeeping

    def _checkpoint_when_due(self) -> None:
        logs = [schema.wal_bytes(self._path), *(file.wal_bytes() for file in self._wave_files.values())]
        if self.last_t_us - self._checkpoint_us >= CHECKPOINT_EACH_US or max(logs) > WAL_BYTES_MAX:
            self._checkpoint_us = self.last_t_us
            with suppress(StoreError):  # the batch is safe; a disk in trouble says so at the next commit
                self.checkpoint()

    def checkpoint(self) -> None:
        """Move the WALs into the files without waiting for readers. `commit` does it each minute of station time."""
        with schema.speaking_of(self._path):
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for wave_file in self._wave_files.values():
            wave_file.checkpoint()

    def close(self) -> None:
        """Seal the rest and leave whole files with empty WALs. Never raises: what is committed is safe without this."""
        self.seal_rest()
        self._anchor()
        for wave_file in self._wave_files.values():
            wave_file.close()
        self._wave_files.clear()
        schema.close_tidily(self._db)


def _numeric_fields(row: NumericRow) -> NumericFields:
    source = NO_SOURCE_CODE if row.source is None else SOURCE_CODES[row.source]
    value = (
        None if row.value is None else float(row.value) + 0.0
    )  # SQLite keeps no minus zero: neither does its checksum
    return NUMERICS[row.parameter].code, source, row.t_us, value, int(row.validity), int(row.origin)


def _run_of(payload: bytes) -> str:
    started = decode_payload(EngineStarted.KIND, payload)
    return started.run if isinstance(started, EngineStarted) else ""
