"""How the five-byte frames of data formats 2 and 7 are usually read: byte after byte into a frame, then its sum."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good frames in `data`: format 2 begins with 01 and a status, format 7 with a status (80 or more); the sum counts."""
    good = 0
    frame = bytearray()
    for byte in data:
        if not frame:
            if byte == 0x01 or byte >= 0x80:
                frame.append(byte)
            continue
        if byte < 0x80 and len(frame) == 1 and frame[0] == 0x01:
            frame.clear()
            continue
        frame.append(byte)
        if len(frame) == 5:
            good += sum(frame[:4]) & 0xFF == byte
            frame.clear()
    return good
