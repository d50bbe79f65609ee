"""What was the journal's head, and when? `anchors.jsonl` beside the record: one line of number, hash and UTC.

A chain alone does not show that its tail was cut off or that an older copy was put back; a head written down elsewhere
does (STORAGE section 3). Each line is written after the entry it names is durable, so a line without its entry is a fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

ANCHORS_FILE = "anchors.jsonl"
LINE_BYTES_MAX = 1000
"""A line has about 140 bytes; a longer one is none of ours."""


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash (hex) of an entry that was the newest, and its wall clock as ISO 8601."""

    seq: int
    hash: str
    utc: str


_DECODER = msgspec.json.Decoder(Head)


def append_head(folder: Path, head: Head) -> None:
    """Write one line durably; what an interrupted write left behind is cut off first. Raises OSError."""
    line = msgspec.json.encode(asdict(head)) + b"\n"
    handle = os.open(folder / ANCHORS_FILE, os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.seek(_end_of_lines(file.fileno()))
        file.truncate()
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _end_of_lines(handle: int) -> int:
    """Where the last whole line ends."""
    size = os.lseek(handle, 0, os.SEEK_END)
    start = max(0, size - LINE_BYTES_MAX)
    os.lseek(handle, start, os.SEEK_SET)
    tail = os.read(handle, LINE_BYTES_MAX)
    return start + tail.rfind(b"\n") + 1 if b"\n" in tail else 0 if start == 0 else size


def heads(folder: Path) -> Iterator[Head | int]:
    """The heads in order; in place of a line that cannot be read, its number. Nothing when there is no file.

    An unfinished last line is no line. Raises OSError.
    """
    try:
        file = (folder / ANCHORS_FILE).open("rb")
    except FileNotFoundError:
        return
    with file:
        number = 0
        while line := file.readline(LINE_BYTES_MAX):
            number += 1
            if line.endswith(b"\n"):
                yield _head(line, number)
            elif len(line) == LINE_BYTES_MAX:
                yield number


def newest_head(folder: Path) -> Head | None:
    """The last whole line, None without one. Raises OSError."""
    try:
        file = (folder / ANCHORS_FILE).open("rb")
    except FileNotFoundError:
        return None
    with file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 2 * LINE_BYTES_MAX))
        lines = file.read().split(b"\n")[:-1]
    head = _head(lines[-1], 0) if lines else None
    return head if isinstance(head, Head) else None


def _head(line: bytes, number: int) -> Head | int:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return number
