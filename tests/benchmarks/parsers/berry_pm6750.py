"""How packets with a length and an inverted sum are read one byte at a time: a state machine without a table of types."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good packets in `data`: 55 AA, a length of 4 to 62 that counts itself and the sum, data, the inverted sum."""
    good = state = total = left = 0
    for byte in data:
        if state == 0:
            state = byte == 0x55
        elif state == 1:
            state = 2 if byte == 0xAA else byte == 0x55
        elif state == 2:
            state, total, left = (3, byte, byte - 2) if 4 <= byte <= 62 else (0, 0, 0)
        elif left:
            total += byte
            left -= 1
        else:
            good += ~total & 0xFF == byte
            state = 0
    return good
