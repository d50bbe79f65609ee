"""What went over a line in the last minutes, byte for byte and both ways? A bounded ring per port, always on.

It is what turns a problem in a clinic into a test here: when a fault happens the ring becomes a file (rawfiles.py) that
`chairside decode` and `replay` read. The loop's thread fills it; copying it out is quick enough for that thread too.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from monitor_app.engine.links import Arrived, LinkEnd, Lost, Notice, Opened

RING_BYTES = 1 << 19
"""Memory of one port's ring, its headers included: 43 s of a line that 115,200 baud fill, two minutes and more of the
devices seen so far, 25 MB for three devices at each of sixteen chairs."""
SEGMENT_BYTES = 1 << 14
"""The oldest bytes go in pieces of this size, so that keeping the bound costs nothing per read."""
PIECE_MAX = 0xFFFF
_HEAD = struct.Struct("<qBH")


class Way(IntEnum):
    """What one entry of a ring is."""

    IN = 0  # from the device
    OUT = 1  # to the device
    OPENED = 2  # from here on a new driver listens
    LOST = 3  # the entry's bytes are the sentence, UTF-8


Entry = tuple[int, Way, bytes]
"""Station time in us, what it is, bytes."""


@dataclass(slots=True)
class LineCounts:
    """What has happened on a line since the start of the engine. Times are station times, None for never."""

    bytes_in: int = 0
    bytes_out: int = 0
    reads: int = 0
    opened: int = 0
    lost: int = 0
    last_in_us: int | None = None


class RawRing:
    """The newest entries whose memory is at most `limit` bytes (and one segment)."""

    def __init__(self, limit: int = RING_BYTES) -> None:
        self._limit = limit
        self._segments: deque[bytearray] = deque([bytearray()])
        self._bytes = 0

    def __len__(self) -> int:
        return self._bytes

    def keep(self, at_us: int, way: Way, data: bytes = b"") -> None:
        """Add one entry, and forget the oldest ones beyond the limit."""
        for start in range(0, len(data) or 1, PIECE_MAX):
            self._keep(at_us, way, data[start : start + PIECE_MAX])

    def newest(self) -> list[Entry]:
        """The newest entries, one segment's worth at least."""
        return list(entries(b"".join([*self._segments][-2:])))

    def copy(self) -> bytes:
        """Everything, as one block that `entries` reads. Fast: no entry is looked at."""
        return b"".join(self._segments)

    def _keep(self, at_us: int, way: Way, piece: bytes) -> None:
        newest = self._segments[-1]
        if len(newest) >= SEGMENT_BYTES:
            newest = bytearray()
            self._segments.append(newest)
        newest += _HEAD.pack(at_us, way, len(piece))
        newest += piece
        self._bytes += _HEAD.size + len(piece)
        while self._bytes > self._limit and len(self._segments) > 1:
            self._bytes -= len(self._segments.popleft())


def entries(block: bytes) -> Iterator[Entry]:
    """What a ring held, oldest first."""
    at = 0
    while at < len(block):
        at_us, way, length = _HEAD.unpack_from(block, at)
        at += _HEAD.size
        yield at_us, Way(way), block[at : at + length]
        at += length


class OverheardEnd:
    """A link's end that keeps what goes through it. after: called at the end of every poll, with what was found."""

    def __init__(self, end: LinkEnd, after: Callable[[Sequence[Notice]], None] = lambda found: None) -> None:
        self._end = end
        self._after = after
        self._now_us = 0
        self.ring = RawRing()
        self.counts = LineCounts()

    def poll(self, now_us: int) -> list[Notice]:
        """See LinkEnd."""
        self._now_us = now_us
        found = self._end.poll(now_us)
        for notice in found:
            self._overhear(notice)
        self._after(found)
        return found

    def write(self, data: bytes) -> None:
        """See LinkEnd."""
        self.ring.keep(self._now_us, Way.OUT, data)
        self.counts.bytes_out += len(data)
        self._end.write(data)

    def reopen(self) -> None:
        """See LinkEnd."""
        self._end.reopen()

    def close(self) -> None:
        """See LinkEnd."""
        self._end.close()

    def _overhear(self, notice: Notice) -> None:
        counts = self.counts
        if isinstance(notice, Arrived):
            self.ring.keep(notice.at_us, Way.IN, notice.data)
            counts.bytes_in += len(notice.data)
            counts.reads += 1
            counts.last_in_us = notice.at_us
        elif isinstance(notice, Opened):
            self.ring.keep(notice.at_us, Way.OPENED)
            counts.opened += 1
        elif isinstance(notice, Lost):
            self.ring.keep(notice.at_us, Way.LOST, notice.sentence.encode())
            counts.lost += 1
