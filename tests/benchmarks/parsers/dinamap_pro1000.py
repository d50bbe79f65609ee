"""Dinamap blocks in hex text read byte by byte, as people usually write it: the reference of the driver's speed."""

from __future__ import annotations

DIGITS = {**{ord("0") + n: n for n in range(10)}, **{ord("a") + n: 10 + n for n in range(6)}}
DIGITS |= {ord("A") + n: 10 + n for n in range(6)}
TABLE = []
for _start in range(256):
    _crc = _start
    for _ in range(8):
        _crc = _crc >> 1 ^ (0xA1 if _crc & 1 else 0)
    TABLE.append(_crc)


def frames(data: bytes) -> int:
    """The good blocks: 18 bytes of digits on a line, both complements, and the sum over bytes 1 to 14."""
    good = high = crc = 0
    block: list[int] = []
    half = broken = False
    for byte in data:
        if byte == 0x0A:
            if (
                not broken
                and not half
                and len(block) == 18
                and block[0] < 200
                and block[0] ^ block[17] == 0xFF
                and block[15] ^ block[16] == 0xFF
                and crc == block[15]
            ):
                good += 1
            block.clear()
            half = broken = False
            crc = 0
        elif byte in DIGITS:
            if half:
                value = high | DIGITS[byte]
                if 1 <= len(block) <= 14:
                    crc = TABLE[crc ^ value]
                block.append(value)
                half = False
            else:
                high = DIGITS[byte] << 4
                half = True
        elif byte not in b" \r":
            broken = True
    return good
