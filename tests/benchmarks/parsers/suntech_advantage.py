"""A SunTech line read byte by byte, as people usually write it: the reference that the driver is measured against."""

from __future__ import annotations

HEADER, LENGTH, BODY = 0, 1, 2
LENGTHS = (0x04, 0x05, 0x06, 0x07, 0x18, 0x19, 0x43)


def frames(data: bytes) -> int:
    """The good frames: 3E, a length the module has, and a sum of 0 over the whole packet."""
    state = HEADER
    good = left = total = 0
    for byte in data:
        if state == BODY:
            total += byte
            left -= 1
            if left == 0:
                if total & 0xFF == 0:
                    good += 1
                state = HEADER
        elif state == HEADER:
            if byte == 0x3E:
                state = LENGTH
        elif byte in LENGTHS:
            left = byte - 2
            total = 0x3E + byte
            state = BODY
        else:
            state = LENGTH if byte == 0x3E else HEADER
    return good
