"""Does another station already hold this data folder? An operating-system lock, never a pid file.

The lock ends with its process, however that ends. What is written into the file only names the holder to people.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

LOCK_FILE = "station.lock"
_LOCKED_BYTE = 1 << 20
"""On Windows a locked byte cannot be read by others: it lies behind the words that name the holder."""


class FolderTaken(Exception):
    """Another station works in this folder; the message is a sentence for people."""


class FolderLock:
    """Holds `folder` until `release` or the end of the process. Raises FolderTaken when somebody else does."""

    def __init__(self, folder: Path, started_utc_us: int, feed: Path | None = None) -> None:
        """feed: where the holder can be spoken to, for the review of this folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / LOCK_FILE
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "r+b")
        try:
            _lock(self._file)
        except OSError:
            sentence = _taken(self._path, self._file)
            self._file.close()
            raise FolderTaken(sentence) from None
        self._started_utc_us = started_utc_us
        self._feed = feed
        self._name_holder()

    def say_alone(self, alone: bool) -> None:
        """Our supervisor is lost (or back): while it is, the next start may end us in order and take over the record."""
        self._name_holder(alone)

    def release(self) -> None:
        """Let the folder go."""
        with suppress(OSError):
            self._file.truncate(0)
        self._file.close()

    def _name_holder(self, alone: bool = False) -> None:
        holder = {
            "pid": os.getpid(), "host": platform.node(), "started_utc_us": self._started_utc_us, "alone": alone,
            "feed": str(self._feed) if self._feed is not None else "",
        }  # fmt: skip
        self._file.seek(0)
        self._file.truncate(0)
        self._file.write(json.dumps(holder).encode())
        self._file.flush()


def is_taken(folder: Path) -> str | None:
    """The sentence that names who holds `folder`, or None when nobody does."""
    if not (folder / LOCK_FILE).exists():
        return None
    try:
        FolderLock(folder, 0).release()
    except FolderTaken as taken:
        return str(taken)
    return None


def orphan_in(folder: Path) -> int | None:
    """Process id of an engine that holds `folder` and has lost its supervisor, or None."""
    if is_taken(folder) is None:
        return None
    with suppress(ValueError, KeyError, TypeError, OSError):
        holder = json.loads((folder / LOCK_FILE).read_bytes()[:4096])
        if holder["alone"] and holder["host"] == platform.node():
            return int(holder["pid"])
    return None


def feed_of(folder: Path) -> Path | None:
    """Where the station that holds `folder` can be spoken to, or None."""
    with suppress(ValueError, KeyError, TypeError, OSError):
        holder = json.loads((folder / LOCK_FILE).read_bytes()[:4096])
        if holder["feed"] and holder["host"] == platform.node():
            return Path(holder["feed"])
    return None


def _taken(path: Path, file: BinaryIO) -> str:
    who = "another process"
    with suppress(ValueError, KeyError, TypeError, OSError):
        file.seek(0)
        holder = json.loads(file.read(4096))
        since = datetime.fromtimestamp(holder["started_utc_us"] / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
        who = f"process {holder['pid']} on {holder['host']} since {since}"
    return f"the data folder {path.parent} is in use by {who}: stop that station first, or choose another with --data"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
