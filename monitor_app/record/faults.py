"""What can go wrong with the record's files, in one sentence that a nurse or a technician can act on."""

from __future__ import annotations

import errno
import sqlite3
from enum import StrEnum
from pathlib import Path

_FULL, _READ_ONLY, _BUSY, _LOCKED, _CORRUPT, _CANNOT_OPEN, _NOT_A_DATABASE = 13, 8, 5, 6, 11, 14, 26
_IO_ERROR = 10


class Trouble(StrEnum):
    """The kinds of trouble that are told apart, because people do different things about them."""

    FULL = "full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    NOT_OURS = "not_ours"
    DAMAGED = "damaged"
    MISSING = "missing"
    IO = "io"


class StoreError(Exception):
    """The record cannot be written or read now. `str()` is the sentence for people, with the file and what to do."""

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        super().__init__(sentence)
        self.trouble = trouble


DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises; the second when the database's own message holds the damaged bytes."""

_SENTENCES = {
    Trouble.FULL: "{path}: the disk is full; free some space on it, recording goes on by itself",
    Trouble.READ_ONLY: "{path}: cannot be written (read-only); make the folder writable for this user",
    Trouble.LOCKED: "{path}: another program is writing to it; close that program",
    Trouble.NOT_OURS: "{path} is not a Chairside record; choose another data folder",
    Trouble.DAMAGED: "{path}: the file is damaged; run `chairside verify` and restore a backup",
    Trouble.MISSING: "{path}: cannot be opened; does the folder exist and may this user use it?",
    Trouble.IO: "{path}: the disk reports an error ({detail}); check the disk and its cable",
}
_BY_SQLITE = {
    _FULL: Trouble.FULL,
    _READ_ONLY: Trouble.READ_ONLY,
    _BUSY: Trouble.LOCKED,
    _LOCKED: Trouble.LOCKED,
    _CORRUPT: Trouble.DAMAGED,
    _CANNOT_OPEN: Trouble.MISSING,
    _NOT_A_DATABASE: Trouble.NOT_OURS,
    _IO_ERROR: Trouble.IO,
}
_BY_ERRNO = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EFBIG: Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.ENOENT: Trouble.MISSING,
    errno.ENOTDIR: Trouble.MISSING,
}


def store_error(error: sqlite3.Error | OSError | UnicodeDecodeError, path: Path) -> StoreError:
    """The sentence for an error that the database or the system gave for `path`."""
    trouble = _trouble(error)
    return StoreError(trouble, _SENTENCES[trouble].format(path=path, detail=error))


def not_ours(path: Path) -> StoreError:
    """The file is somebody else's: never written to, never repaired."""
    return StoreError(Trouble.NOT_OURS, _SENTENCES[Trouble.NOT_OURS].format(path=path))


def _trouble(error: sqlite3.Error | OSError | UnicodeDecodeError) -> Trouble:
    if isinstance(error, UnicodeDecodeError):
        return Trouble.DAMAGED
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, Trouble.IO)
    return _BY_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, Trouble.IO)
