"""IntelliVue frames read byte by byte, as people usually write it: the reference of the driver's speed."""

from __future__ import annotations

TABLE = []
for _start in range(256):
    _crc = _start
    for _ in range(8):
        _crc = _crc >> 1 ^ (0x8408 if _crc & 1 else 0)
    TABLE.append(_crc)
LONGEST = 1462
GOOD = 0xF0B8
"""What the check comes to over a frame and its own check."""


def frames(data: bytes) -> int:
    """The good frames: between C0 and C1, unstuffed, with the right header, length and check."""
    good = 0
    inside = turned = False
    crc = 0xFFFF
    frame = bytearray()
    for byte in data:
        if byte == 0xC0:
            inside, turned, crc = True, False, 0xFFFF
            frame.clear()
        elif not inside:
            continue
        elif byte == 0xC1:
            inside = False
            if not turned and crc == GOOD and len(frame) > 6 and frame[0] == 0x11 and frame[1] == 1:
                good += (frame[2] << 8 | frame[3]) == len(frame) - 6
        elif byte == 0x7D:
            turned = True
        else:
            if turned:
                byte ^= 0x20
                turned = False
            crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
            frame.append(byte)
            inside = len(frame) <= LONGEST
    return good
