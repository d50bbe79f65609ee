"""Is the file that is open still the one at its path? And how is it put back when somebody has deleted it?

A deleted file goes on to be written, and is gone when it is closed: no error ever tells. So its identity is looked at
before each commit. What the open connection still holds, which is everything, is then copied back to the path.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor_app.record import schema
from monitor_app.record.faults import StoreError, Trouble

GONE = (
    "{path} was deleted or replaced while the station runs; it has been written anew from what is held, nothing is lost"
)
_BESIDE = ("-wal", "-shm")
_Identity = tuple[int, int] | None


class Presence:
    """The identity of an open file and of the log beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file, self._log = _identity(path), _identity(_beside(path, "-wal"))

    def is_kept(self) -> bool:
        """True while the path leads to the file that is open. Costs two looks at a folder."""
        log = _identity(_beside(self._path, "-wal"))
        if self._log is None:
            self._log = log
        return self._file is not None and _identity(self._path) == self._file and log == self._log


def put_back(db: sqlite3.Connection, path: Path, kind: schema.FileKind) -> sqlite3.Connection:
    """Write everything that `db` holds to `path` and open it there; `db` is closed. A file that stands there is set aside.

    Raises StoreError when the disk refuses; `db` is then open as before.
    """
    with schema.speaking_of(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.anew")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            db.backup(copy)
        for end in _BESIDE:
            _beside(path, end).unlink(missing_ok=True)
        if path.exists():
            path.rename(_unused(path))
        fresh.rename(path)
    reopened = schema.open_for_writing(path, kind, "")
    db.close()
    return reopened


def gone(path: Path) -> StoreError:
    """What the person hears, once."""
    return StoreError(Trouble.MISSING, GONE.format(path=path))


def _identity(path: Path) -> _Identity:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _unused(path: Path) -> Path:
    """A name that is no `.db`, so that nobody takes it for a part of the record."""
    number = 1
    while (found := path.with_name(f"{path.name}.found-{number}")).exists():
        number += 1
    return found
