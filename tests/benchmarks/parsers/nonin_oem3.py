"""How the five-byte frames of data formats 2 and 7 are read one byte at a time: a small state machine and a running sum."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good frames in `data`: format 2 begins with 01 and a status, format 7 with a status (80 or more); the sum counts."""
    good = 0
    left = 0
    total = 0
    for byte in data:
        if left > 1:
            if total == 0x01 and byte < 0x80:
                left = 4 if byte == 0x01 else 0
                continue
            total += byte
            left -= 1
        elif left == 1:
            if total & 0xFF == byte:
                good += 1
            left = 0
        elif byte == 0x01 or byte >= 0x80:
            total = byte
            left = 4
    return good
