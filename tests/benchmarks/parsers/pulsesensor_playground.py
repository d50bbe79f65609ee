"""The Playground's lines read a byte at a time, as people usually write it: the reference of the driver's speed."""

from __future__ import annotations

LETTERS = frozenset(b"SBQ")


def frames(data: bytes) -> int:
    """The good lines: S, B or Q, a number of at most four digits without leading zeros, CR and LF."""
    good = digits = number = letter = 0
    bad = ended = False
    for byte in data:
        if byte == 0x0A and ended:
            good += not bad and digits > 0 and not (letter == 0x53 and number > 4095)
            digits = number = letter = 0
            bad = ended = False
        elif ended:
            bad, ended = True, byte == 0x0D
        elif byte == 0x0D:
            ended = True
        elif letter == 0:
            letter = byte
            bad = byte not in LETTERS
        elif 0x30 <= byte <= 0x39 and digits < 4 and not (digits == 1 and number == 0):
            number = 10 * number + byte - 0x30
            digits += 1
        else:
            bad = True
    return good
