"""The BCI oximeter's frames as people usually find them: a state machine that takes one byte at a time."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """How many good frames: a byte with its high bit, four without, then the next frame's first byte or the end."""
    good = 0
    frame = bytearray()
    for byte in data:
        if byte & 0x80:
            if len(frame) == 5:
                good += 1
            frame.clear()
            frame.append(byte)
        elif 0 < len(frame) <= 5:
            frame.append(byte)
    return good + (len(frame) == 5)
