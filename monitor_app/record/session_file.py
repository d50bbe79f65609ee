"""How does one session travel to another computer? As a file with its part of the record, which opens without a station.

A zip with `station.db` and the day's waves, both cut down to this session: its journal byte for byte with every hash, its
numbers, inputs and waves, and of the station's own events those that date or explain it (clock anchors, gaps, starts, the
devices of its chair). Nothing is left out of what people typed, else its hashes would say nothing: such a file is
identified. The links of the chain to other sessions' entries lie outside of it; each entry is proved by its own hash.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from monitor_app.core import events as ev
from monitor_app.core.retention_events import WavesExpired
from monitor_app.record import schema
from monitor_app.record.exporters import NOTICE, Exported, file_name, origin_mark, written
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import entry_hash
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

EXTENSION = "chairside"
LABEL = "session.json"
_MEMBERS = re.compile(rf"{re.escape(schema.STATION_FILE)}|{re.escape(LABEL)}|waves/\d{{4}}-\d\d-\d\d\.db")
_OF_STATION = (ev.ClockAnchored.KIND, ev.RecordGap.KIND, ev.EngineStarted.KIND, ev.EngineStopped.KIND,
               ev.SoundPaused.KIND, WavesExpired.KIND)  # fmt: skip
_OF_CHAIR = (ev.LinkFound.KIND, ev.LinkLost.KIND)
_HOSTILE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError)
"""What unpacking a strange file can raise; NotImplementedError is a RuntimeError."""
BYTES_MAX = 40_000_000_000
"""Of all members: more is no session."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A session file, laid open. folder: a record to read, gone when it is closed. session: its uuid. entries: of the
    session's journal; changed: numbers of those that are not what was written."""

    folder: Path
    session: str
    entries: int
    changed: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """What its hashes prove, for people."""
        if self.changed:
            listed = ", ".join(map(str, self.changed[:5]))
            return f"{len(self.changed)} of {self.entries} journal entries are not what was written (entry {listed})"
        return f"all {self.entries} journal entries are as they were written"


# ---------------------------------------------------------------- writing


def pack(reader: Reader, session: str, out: Path, journal: Callable[[str], None] | None = None) -> Exported:
    """Write the file into the folder `out`, or as `out` when it is no folder.

    journal: told the SHA-256 before the file has its name; when that raises, nothing is left. Raises StoreError.
    """
    row = reader.session(session)
    path = out / file_name(reader, row, EXTENSION) if out.is_dir() else out
    with TemporaryDirectory(prefix=".chairside-", dir=path.parent) as made:
        members = _cut_out(reader, row, Path(made))

        def write(file: BinaryIO) -> None:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
                for name, source in members:
                    packed.write(source, name)

        return written(path, write, journal)


def _cut_out(reader: Reader, row: SessionRow, folder: Path) -> list[tuple[str, Path]]:
    """The members with the files they come from."""
    label = folder / LABEL
    label.write_text(json.dumps({"session": row.uuid, "origin": origin_mark(row.origin) or "REAL", "notice": NOTICE}))
    station = folder / schema.STATION_FILE
    _copied(reader.folder / schema.STATION_FILE, station, schema.STATION, reader.station_uuid, _facts(row))
    members = [(LABEL, label), (schema.STATION_FILE, station)]
    source = reader.folder / schema.WAVES_FOLDER / row.waves_file
    if source.is_file():
        waves = folder / row.waves_file
        _copied(source, waves, schema.WAVES, reader.station_uuid, _waves(row))
        members.append((f"{schema.WAVES_FOLDER}/{row.waves_file}", waves))
    return members


Part = tuple[str, str, tuple[object, ...]]
"""A table, which of its rows, and the values of that condition."""


def _facts(row: SessionRow) -> list[Part]:
    """What is copied from `station.db`."""
    station_marks, chair_marks = (", ".join("?" * len(kinds)) for kinds in (_OF_STATION, _OF_CHAIR))
    mine = f"kind IN ({station_marks}) OR (chair = ? AND kind IN ({chair_marks}))"
    return [
        ("session", "id = ?", (row.id,)),
        (
            "event",
            f"session_id = ? OR (session_id IS NULL AND ({mine}))",
            (row.uuid, *_OF_STATION, row.chair, *_OF_CHAIR),
        ),
        ("observation", "session_id = ?", (row.id,)),
        ("numeric", "session_id = ?", (row.id,)),
    ]


def _waves(row: SessionRow) -> list[Part]:
    mine = "session_id = ? AND channel IN (SELECT id FROM channel WHERE session = ?)"
    return [
        ("channel", "session = ?", (row.uuid,)),
        ("wave_tail", mine, (row.id, row.uuid)),
        ("wave_block", mine, (row.id, row.uuid)),
    ]


def _copied(source: Path, target: Path, kind: schema.FileKind, station: str, parts: list[Part]) -> None:
    """The sealed name of a patient stays at the station."""
    old, new = schema.open_for_reading(source, kind), schema.open_for_writing(target, kind, station)
    try:
        with schema.speaking_of(source), schema.transaction(new):
            for table, condition, values in parts:
                rows = old.execute(f"SELECT * FROM {table} WHERE {condition}", values)  # noqa: S608 - our own words
                marks = ", ".join("?" * len(rows.description))
                new.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
            if kind is schema.STATION:
                new.execute("UPDATE session SET identity = NULL")
        new.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    finally:
        old.close()
        new.close()


# ---------------------------------------------------------------- reading


def is_session_file(path: Path) -> bool:
    """True for what is meant as one, by its name; `laid_open` says why when it is none."""
    return path.suffix == f".{EXTENSION}"


@contextmanager
def laid_open(path: Path) -> Iterator[Carried]:
    """The session of a file as a record in a private folder, which is removed afterwards.

    Raises StoreError, in one sentence, for what is no such file or is damaged.
    """
    if not path.is_file():
        raise StoreError(Trouble.MISSING, f"{path}: there is no such file")
    with TemporaryDirectory(prefix="chairside-") as made:
        folder = Path(made)
        try:
            session = _unpacked(path, folder)
        except _HOSTILE as error:
            sentence = f"{path}: this is no session file of Chairside, or it is damaged: ask for it again"
            raise StoreError(Trouble.NOT_OURS, sentence) from error
        with Reader(folder) as reader:
            entries = list(reader.entries(reader.session(session).uuid))
        changed = tuple(entry.seq for entry in entries if entry_hash(entry) != entry.hash)
        yield Carried(folder, session, len(entries), changed)


def _unpacked(path: Path, folder: Path) -> str:
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
        if not all(_MEMBERS.fullmatch(member.filename) for member in members):
            raise ValueError("members that no session file has")
        if sum(member.file_size for member in members) > BYTES_MAX:
            raise ValueError("larger than any session")
        for member in members:
            packed.extract(member, folder)
        label = json.loads((folder / LABEL).read_text(encoding="utf-8"))
    return str(label["session"])
