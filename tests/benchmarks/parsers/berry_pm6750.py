"""A PM6750 line read byte by byte, as people usually write it: the reference that the driver is measured against."""

from __future__ import annotations

FIRST, SECOND, LENGTH, TYPE, BODY = range(5)
LENGTHS = {0x01: (10,), 0x02: (6, 7, 8), 0x03: (8,), 0x04: (6,), 0x05: (6, 8), 0x30: (3, 4), 0xFE: (4,), 0xFF: (4,)}


def frames(data: bytes) -> int:
    """The good frames: 55 AA, a length that its type has, and the inverted sum."""
    good = state = left = total = 0
    for byte in data:
        if state == BODY:
            left -= 1
            if left == 0:
                if ~total & 0xFF == byte:
                    good += 1
                state = FIRST
            total += byte
        elif state == FIRST:
            if byte == 0x55:
                state = SECOND
        elif state == SECOND:
            state = LENGTH if byte == 0xAA else SECOND if byte == 0x55 else FIRST
        elif state == LENGTH:
            total, left = byte, byte - 1
            state = TYPE if 3 <= byte <= 10 else FIRST
        else:
            length = left + 1
            total += byte
            left -= 1
            state = BODY if length in LENGTHS.get(byte, (length,)) else FIRST
    return good
