"""How both generations are usually read: byte after byte into a frame, begun anew where bit 7 says so."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good frames in `data`: five bytes of which only the first has bit 7, or 01 and eight bytes with it."""
    good = 0
    frame = bytearray()
    for byte in data:
        if not frame:
            if byte == 0x01 or byte >= 0x80:
                frame.append(byte)
        elif (byte >= 0x80) == (frame[0] == 0x01):
            frame.append(byte)
            if len(frame) == (9 if frame[0] == 0x01 else 5):
                good += 1
                frame.clear()
        else:
            frame.clear()
            if byte == 0x01 or byte >= 0x80:
                frame.append(byte)
    return good
