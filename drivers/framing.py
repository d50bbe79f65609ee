"""Where does a frame begin and end, and is it whole? Bounded receive buffers, resynchronisation and checksums.

Recipe of PERFORMANCE section 3: look for the sync word with `bytes.find`, ask the protocol's own `judge` about the
candidate, step exactly ONE byte past a false beginning (real frames hide inside false ones), cut what is consumed once per
`feed`. The accepted frames are the same however the bytes were split.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

MORE = 0
"""A judge's word: so far this may be a frame, the rest has not come."""
BAD = -1
"""A judge's word: this is no frame, whatever may follow."""

Judge = Callable[[bytes, int], int]
"""(buffer, start) -> length of the whole, checked frame that begins at start, or MORE, or BAD.

It must be monotonic: what it refused or accepted with few bytes stays so with more; and it must never answer MORE when the
longest legal frame of that type is already there.
"""


class FrameBuffer:
    """Finds frames in a stream. Counters are cumulative since birth.

    sync: bytes that every frame begins with; empty when every byte may begin one. longest: bytes of the longest legal frame;
    fewer than that wait for their rest between two calls. Raises ValueError for a longest frame not longer than its sync.
    """

    def __init__(self, sync: bytes, longest: int, judge: Judge) -> None:
        if longest <= len(sync):
            raise ValueError(f"a frame of {longest} bytes has no room behind a sync word of {len(sync)}")
        self._sync = sync
        self._longest = longest
        self._judge = judge
        self._rest = b""
        self.frames_good = 0
        self.frames_bad = 0
        self.bytes_skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that wait for their rest: always fewer than the longest frame."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every frame that `data` completes, in order; the counters are right at each one. To be run to its end."""
        return self._scan(self._rest + data, final=False)

    def expire(self) -> Iterator[bytes]:
        """The half-frame timeout: the rest never comes. Frames hidden behind the false beginning are still found."""
        return self._scan(self._rest, final=True)

    def _scan(self, buffer: bytes, final: bool) -> Iterator[bytes]:
        position, judge, sync = 0, self._judge, self._sync
        while position < len(buffer):
            start = buffer.find(sync, position)
            if start != position:
                start = self._kept_from(buffer, position, final) if start < 0 else start
                self.bytes_skipped += start - position
                position = start
                if start >= len(buffer) or len(buffer) - start < len(sync):
                    break
            verdict = judge(buffer, position)
            if verdict > 0:
                start, position = position, position + verdict
                self.frames_good += 1
                yield buffer[start:position]
            elif verdict == MORE and not final and len(buffer) - position < self._longest:
                break
            else:
                self.frames_bad += 1
                self.bytes_skipped += 1
                position += 1
        self._rest = buffer[position:]

    def _kept_from(self, buffer: bytes, position: int, final: bool) -> int:
        """Where the rest begins when no sync word is in it: the end, or before a sync word cut in two."""
        for kept in range(0 if final else min(len(self._sync) - 1, len(buffer) - position), 0, -1):
            if buffer.endswith(self._sync[:kept]):
                return len(buffer) - kept
        return len(buffer)


class LineBuffer:
    """Finds lines of text. Counts lines_cut when one was longer than `longest` (the terminator included) and is dropped."""

    def __init__(self, longest: int, terminator: bytes = b"\r\n") -> None:
        self._longest = longest
        self._terminator = terminator
        self._rest = b""
        self._too_long = False
        self.lines_cut = 0
        self.bytes_skipped = 0

    @property
    def pending(self) -> int:
        """Bytes of the line that is not yet whole: fewer than the longest line."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every whole line that `data` completes, without its terminator. To be run to its end."""
        *lines, rest = (self._rest + data).split(self._terminator)
        for line in lines:
            if self._fits(line):
                yield line
        self._keep(rest)

    def _fits(self, line: bytes) -> bool:
        was_cut, self._too_long = self._too_long, False
        if not was_cut and len(line) + len(self._terminator) <= self._longest:
            return True
        self.lines_cut += 1
        self.bytes_skipped += len(line) + len(self._terminator)
        return False

    def _keep(self, rest: bytes) -> None:
        """Of a line that is already too long only what may begin its terminator is kept."""
        if self._too_long or len(rest) >= self._longest:
            kept = len(self._terminator) - 1
            self._too_long = True
            self.bytes_skipped += max(0, len(rest) - kept)
            rest = rest[-kept:] if kept else b""
        self._rest = rest


def sum8(data: bytes) -> int:
    """Low 8 bits of the sum of all bytes."""
    return sum(data) & 0xFF


def inverted_sum8(data: bytes) -> int:
    """Low 8 bits of the sum, every bit turned round."""
    return ~sum(data) & 0xFF


def negated_sum8(data: bytes) -> int:
    """What makes the sum of data and itself 0 (mod 256)."""
    return -sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """All bytes combined by exclusive or."""
    result = 0
    for byte in data:
        result ^= byte
    return result


def reflected_table(polynomial: int) -> tuple[int, ...]:
    """The 256 steps of a CRC that shifts right, for `reflected_crc`. polynomial: already reflected."""
    return tuple(_eight_shifts(byte, polynomial) for byte in range(256))


def reflected_crc(data: bytes, table: tuple[int, ...], start: int = 0) -> int:
    """A CRC that shifts right, without final exclusive or. Examples: 8 bits 0xA1; X-25 16 bits 0x8408, start 0xFFFF."""
    crc = start
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


def _eight_shifts(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (polynomial if value & 1 else 0)
    return value
