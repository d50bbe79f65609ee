"""How both generations are read one byte at a time: a small state machine that begins anew where bit 7 says so."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good frames in `data`: five bytes of which only the first has bit 7, or 01 and eight bytes with it."""
    good = 0
    left = 0
    rest_high = False
    for byte in data:
        if left and (byte >= 0x80) == rest_high:
            left -= 1
            if left == 0:
                good += 1
        elif byte >= 0x80:
            left, rest_high = 4, False
        elif byte == 0x01:
            left, rest_high = 8, True
        else:
            left = 0
    return good
