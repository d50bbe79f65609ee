"""Room that is kept for the day on which the disk is full: `ballast.bin` beside the record (STORAGE section 3).

It is given up at the first write that finds no room, so that events and numbers still fit while waves wait in memory, and is
made again when there is room for it and for a quarter more. Where the disk has never had that room there is none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BALLAST_FILE = "ballast.bin"
BALLAST_BYTES = 64 << 20
"""Numbers and events of 16 chairs need some megabytes an hour."""
_PIECE = 1 << 20


class Ballast:
    """Used by the recorder's thread alone. free: bytes left on the disk, None where that cannot be told."""

    def __init__(self, folder: Path, free: Callable[[], int | None], size: int = BALLAST_BYTES) -> None:
        self._path, self._free, self.size = folder / BALLAST_FILE, free, size

    @property
    def is_there(self) -> bool:
        """True while its room is kept."""
        try:
            return self._path.stat().st_size >= self.size
        except OSError:
            return False

    def make(self) -> bool:
        """Take the room if the disk has it; True when it is kept now."""
        if self.is_there:
            return True
        free = self._free()
        if free is None or free < self.size + self.size // 4:
            return False
        try:
            self._taken()
        except OSError:  # somebody else was quicker, or the disk cannot be written: another time
            self.release()
            return False
        return True

    def _taken(self) -> None:
        handle = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, self.size)
            else:
                for _ in range(-(-self.size // _PIECE)):
                    os.write(handle, bytes(_PIECE))
            os.fsync(handle)
        finally:
            os.close(handle)

    def release(self) -> bool:
        """Give the room up; True when there was some."""
        was_there = self._path.exists()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        return was_there and not self._path.exists()
