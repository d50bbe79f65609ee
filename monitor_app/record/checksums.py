"""Is a stored row still what was written? CRC32 over every column that matters, so that a flipped bit is found.

SQLite has no page checksums: of 400 flipped bits, 114 gave wrong data without an error (STORAGE section 1). Damage can
change a value's type as well, so the columns are taken by their `repr`, which no value can make fail.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import astuple

from monitor_app.record.blocks import Block

NumericFields = tuple[int, int, int, float | None, int, int]
"""parameter, source, t_us, value, validity, origin: as in table `numeric`."""


def numerics_crc(session_id: int, rows: Iterable[NumericFields]) -> int:
    """One number for the numeric rows of a second: the exclusive or of their CRCs, so that their order is no matter."""
    combined = 0
    for row in rows:
        combined ^= _crc((session_id, *row))
    return combined


def wave_crc(where: tuple[int, int, int, int, int], blob: bytes) -> int:
    """Of the samples and of where they belong: session_id, channel, t_us, first_index, n."""
    return _crc(where, blob)


def block_crc(where: tuple[int, int], block: Block) -> int:
    """Of a sealed block and of where it belongs: session_id, channel."""
    *place, blob = astuple(block)
    return _crc((*where, *place), blob)


def channel_crc(fields: Iterable[object]) -> int:
    """Of everything that gives a channel's samples their meaning."""
    return _crc(tuple(fields))


def observation_crc(where: tuple[int, int, str], blob: bytes) -> int:
    """Of one second's inputs and of where they belong: session_id, second, run."""
    return _crc(where, blob)


def _crc(fields: tuple[object, ...], blob: object = b"") -> int:
    data = blob if isinstance(blob, bytes) else repr(blob).encode()
    return zlib.crc32(data, zlib.crc32(repr(fields).encode("utf-8", "surrogatepass")))
