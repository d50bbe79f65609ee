"""What tables does a record have, and how is every connection to it set? (STORAGE sections 1 and 2)

`station.db` holds all facts; `waves/YYYY-MM-DD.db` the waves of every session that was admitted on that UTC day. Tables
are only ever added, with a higher `user_version`; medical rows are never altered in place. An older file is brought to the
newest step when it is opened for writing, in one transaction; a reader takes it as it is.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from monitor_app.record.faults import StoreError, Trouble, not_ours, store_error

STATION_FILE = "station.db"
WAVES_FOLDER = "waves"
BUSY_MS = 5000  # a checkpoint may hold the lock for that long
WAL_BYTES_KEPT = 1_000_000
"""A log that had grown is cut to this when it begins anew, so that its size tells how much waits in it."""
_SQLITE_READONLY, _SQLITE_CANTOPEN = 8, 14
_STRICT = " STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""

_SCHEMA_TABLE = f"CREATE TABLE schema (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL){_STRICT}"

_STATION_TABLES = (
    _SCHEMA_TABLE,
    f"""CREATE TABLE session (
        id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, chair INTEGER NOT NULL,
        profile_id TEXT NOT NULL, profile_hash TEXT NOT NULL, patient_ref TEXT, identity BLOB,
        phase TEXT NOT NULL, phase_t_us INTEGER NOT NULL, admitted_t_us INTEGER NOT NULL,
        infusion_start_t_us INTEGER, infusion_end_t_us INTEGER, recovery_t_us INTEGER, ended_t_us INTEGER,
        aborted INTEGER NOT NULL, origin INTEGER NOT NULL, waves_file TEXT NOT NULL,
        first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, sealed_digest TEXT, signed_seq INTEGER,
        software TEXT NOT NULL, schema_step INTEGER NOT NULL){_STRICT}""",
    f"""CREATE TABLE event (
        seq INTEGER PRIMARY KEY, t_us INTEGER NOT NULL, utc_us INTEGER NOT NULL,
        session_id TEXT, chair INTEGER, kind TEXT NOT NULL, actor TEXT NOT NULL, origin INTEGER,
        payload BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL){_STRICT}""",
    "CREATE INDEX event_session ON event (session_id, kind, t_us)",
    "CREATE INDEX event_chair ON event (chair, t_us)",
    "CREATE INDEX event_kind ON event (kind, t_us)",
    """CREATE TRIGGER event_never_changed BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END""",
    """CREATE TRIGGER event_never_deleted BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'the journal is never deleted from'); END""",
    f"""CREATE TABLE observation (
        session_id INTEGER NOT NULL REFERENCES session (id), second INTEGER NOT NULL, run TEXT NOT NULL,
        numerics_crc32 INTEGER NOT NULL, crc32 INTEGER NOT NULL, blob BLOB NOT NULL,
        UNIQUE (session_id, second, run)){_STRICT}""",
    "CREATE INDEX observation_second ON observation (second)",
    f"""CREATE TABLE numeric (
        session_id INTEGER NOT NULL REFERENCES session (id), parameter INTEGER NOT NULL, source INTEGER NOT NULL,
        t_us INTEGER NOT NULL, value REAL, validity INTEGER NOT NULL, origin INTEGER NOT NULL,
        PRIMARY KEY (session_id, parameter, source, t_us)) WITHOUT ROWID{", STRICT" if _STRICT else ""}""",
)
IDENTITY_TABLE = f"""CREATE TABLE identity (
        patient_ref TEXT PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL){_STRICT}"""
"""Beside the journal and never in it: one row a person, sealed with a key that lies elsewhere (identity_keys.py)."""
_WAVES_TABLES = (
    _SCHEMA_TABLE,
    f"""CREATE TABLE channel (
        id INTEGER PRIMARY KEY, session_id INTEGER NOT NULL, session TEXT NOT NULL, channel INTEGER NOT NULL,
        parameter TEXT NOT NULL, rate_num INTEGER NOT NULL, rate_den INTEGER NOT NULL, gain REAL NOT NULL,
        offset REAL NOT NULL, unit TEXT NOT NULL, bits INTEGER NOT NULL, filter TEXT NOT NULL, device TEXT NOT NULL,
        origin INTEGER NOT NULL, crc32 INTEGER NOT NULL,
        UNIQUE (session, channel, rate_num, rate_den, gain, unit)){_STRICT}""",
    f"""CREATE TABLE wave_tail (
        session_id INTEGER NOT NULL, channel INTEGER NOT NULL REFERENCES channel (id), t_us INTEGER NOT NULL,
        first_index INTEGER NOT NULL, n INTEGER NOT NULL, crc32 INTEGER NOT NULL, blob BLOB NOT NULL,
        UNIQUE (session_id, channel, first_index)){_STRICT}""",
    f"""CREATE TABLE wave_block (
        session_id INTEGER NOT NULL, channel INTEGER NOT NULL REFERENCES channel (id), t_us INTEGER NOT NULL,
        end_us INTEGER NOT NULL, first_index INTEGER NOT NULL, n INTEGER NOT NULL, codec TEXT NOT NULL,
        gaps BLOB NOT NULL, minmax BLOB NOT NULL, crc32 INTEGER NOT NULL, blob BLOB NOT NULL,
        UNIQUE (session_id, channel, first_index)){_STRICT}""",
)

ENTRY_COLUMNS = "seq, t_us, utc_us, session_id, chair, kind, actor, origin, payload, prev_hash, hash"
"""The columns of `event` in the order of journal.Entry."""
CHANNEL_COLUMNS = (
    "session_id, session, channel, parameter, rate_num, rate_den, gain, offset, unit, bits, filter, device, origin"
)
"""The columns of `channel` that its checksum covers, in order."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One of the two kinds of file. application_id: four letters in the file's head by which it is recognised.

    steps: what each step of its schema adds, from step 1 on.
    """

    application_id: int
    steps: tuple[tuple[str, ...], ...]

    @property
    def step(self) -> int:
        """The newest step that this release knows."""
        return len(self.steps)

    def added_after(self, step: int) -> tuple[str, ...]:
        """The statements that bring a file of `step` (0: an empty one) to the newest."""
        return tuple(statement for added in self.steps[step:] for statement in added)


STATION = FileKind(int.from_bytes(b"ChSt", "big"), (_STATION_TABLES, (IDENTITY_TABLE,)))
WAVES = FileKind(int.from_bytes(b"ChWv", "big"), (_WAVES_TABLES,))
SCHEMA_STEP = STATION.step

_COMMON_PRAGMAS: tuple[tuple[str, str | int, str | int], ...] = (
    # name, as set, as read back
    ("busy_timeout", BUSY_MS, BUSY_MS),
    ("foreign_keys", "ON", 1),
    ("temp_store", "MEMORY", 2),  # no patient data in temporary files
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
)
WRITER_PRAGMAS = (
    *_COMMON_PRAGMAS,
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("wal_autocheckpoint", 0, 0),  # the writer says when: Writer.checkpoint
    ("journal_size_limit", WAL_BYTES_KEPT, WAL_BYTES_KEPT),
    ("recursive_triggers", "ON", 1),  # otherwise REPLACE would slip past the trigger that refuses DELETE
    *((("fullfsync", 1, 1), ("checkpoint_fullfsync", 1, 1)) if sys.platform == "darwin" else ()),
)
READER_PRAGMAS = (*_COMMON_PRAGMAS, ("query_only", "ON", 1))


@contextmanager
def speaking_of(path: Path) -> Iterator[None]:
    """Turns errors of the database and the system into a StoreError that names `path`."""
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise store_error(error, path) from error


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. After SQLITE_FULL the transaction is already gone, and a ROLLBACK would itself raise."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """Everything read inside is of one moment. For a few milliseconds only: meanwhile the WAL cannot begin anew."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def open_for_writing(path: Path, kind: FileKind, station_uuid_if_new: str) -> sqlite3.Connection:
    """The one writing connection to `path`, which is created when it is absent or empty.

    Raises StoreError when the file is somebody else's, of a newer release, read-only, locked, or cannot be created.
    """
    with speaking_of(path):
        _make_private(path)
        # one connection may be handed to the recorder's thread after it was opened; it is never used by two at once
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.text_factory = _patient_text
        try:
            _prepare(db, path, kind, station_uuid_if_new)
        except BaseException:
            db.close()
            raise
        return db


def _make_private(path: Path) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare(db: sqlite3.Connection, path: Path, kind: FileKind, station_uuid_if_new: str) -> None:
    db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    step = _recognised(db, path, kind)
    set_pragmas(db, WRITER_PRAGMAS)
    if kind is STATION:
        db.execute("PRAGMA secure_delete=ON")  # what is deleted from it, identities, leaves no bytes in free pages
    if step == 0:
        _create(db, path, kind, station_uuid_if_new)
    elif step < kind.step:
        _bring_on(db, kind, step)


def _patient_text(data: bytes) -> str:
    """Damage can leave bytes that are no UTF-8: they are read, differ from what was written, and are found so."""
    return data.decode("utf-8", "replace")


def set_pragmas(db: sqlite3.Connection, pragmas: tuple[tuple[str, str | int, str | int], ...]) -> None:
    """Set each pragma of the table. A test reads them back."""
    for name, value, _ in pragmas:
        db.execute(f"PRAGMA {name}={value}")


def _recognised(db: sqlite3.Connection, path: Path, kind: FileKind) -> int:
    """The file's schema step, 0 when it is still empty. Looks before anything is changed in a file of others."""
    application_id = db.execute("PRAGMA application_id").fetchone()[0]
    step = int(db.execute("PRAGMA user_version").fetchone()[0])
    if application_id == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return 0
    if application_id != kind.application_id:
        raise not_ours(path)
    if step > kind.step:
        raise StoreError(
            Trouble.NOT_OURS,
            f"{path}: written by a newer Chairside (schema step {step}, this one knows {kind.step}); use that one",
        )
    return step


def _create(db: sqlite3.Connection, path: Path, kind: FileKind, station_uuid: str) -> None:
    if not station_uuid:
        raise StoreError(Trouble.MISSING, f"{path}: there is no record yet, and no station uuid was given to begin one")
    with transaction(db):
        for statement in kind.added_after(0):
            db.execute(statement)
        db.execute("INSERT INTO schema VALUES ('station_uuid', ?)", (station_uuid,))
        db.execute(f"PRAGMA application_id={kind.application_id}")
        db.execute(f"PRAGMA user_version={kind.step}")
    # while the schema lives in the WAL alone, a cut WAL is a file without tables
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _bring_on(db: sqlite3.Connection, kind: FileKind, step: int) -> None:
    """A file of an older release gets what was added since: all of it or nothing, and no row that is there is touched."""
    with transaction(db):
        for statement in kind.added_after(step):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={kind.step}")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def open_for_reading(path: Path, kind: FileKind) -> sqlite3.Connection:
    """A connection that cannot write. On read-only media, where a WAL file cannot be used, the file is read as it is.

    Raises StoreError when the file is absent, somebody else's, or of a newer release.
    """
    with speaking_of(path):
        if not path.is_file():
            raise StoreError(Trouble.MISSING, f"{path}: there is no record here; name its folder with --data")
        try:
            return _reading(path, kind, "mode=ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (_SQLITE_READONLY, _SQLITE_CANTOPEN):
                raise
            return _reading(path, kind, "mode=ro&immutable=1")


def _reading(path: Path, kind: FileKind, how: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False)
    db.text_factory = _patient_text
    try:
        set_pragmas(db, READER_PRAGMAS)
        if _recognised(db, path, kind) == 0:
            raise not_ours(path)
    except BaseException:
        db.close()
        raise
    return db


def station_uuid_of(db: sqlite3.Connection) -> str:
    """Whose record it is."""
    found = db.execute("SELECT value FROM schema WHERE key = 'station_uuid'").fetchone()
    return str(found[0]) if found else ""


def wal_bytes(path: Path) -> int:
    """Size of the write-ahead log beside a file, 0 without one."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except OSError:
        return 0


def close_tidily(db: sqlite3.Connection) -> None:
    """Empty the WAL into the file and close. What is committed is safe without it, so an error here is no loss."""
    with suppress(sqlite3.Error):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
