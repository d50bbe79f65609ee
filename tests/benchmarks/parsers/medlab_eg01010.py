"""Protocol 2 of the Medlab EG01010, byte at a time, as it is usually written: what the driver is measured against."""

from __future__ import annotations

WAVE, LOWER, UPPER, STATUS, NAME = 0xF8, 0xF9, 0xFA, 0xFC, 0xFD


def frames(data: bytes) -> int:
    """How many whole, checked blocks there are in `data`. A status block ends with its sixth byte, or at the next marker."""
    good = marker = have = total = check = length = 0
    for byte in data:
        if byte >= WAVE:
            if marker == STATUS and have == 5 and (total ^ check) & 0x7F == 0:
                good += 1
            marker, have, total = byte, 1, byte
            length = 3 if byte in (LOWER, UPPER) else 6 if byte == STATUS else 0
            continue
        if marker == 0:
            continue
        have += 1
        if marker == NAME:
            if byte == 0:
                good += 1
                marker = 0
        elif have == 2:
            check = byte
            if marker == WAVE:
                length = 2 + (byte >> 4)
                if length == 2:
                    marker = 0
            elif length == 0 or byte > 0x7F:
                marker = 0
        else:
            total += byte
            if have == length:
                if (total ^ check) & (0x0F if marker == WAVE else 0x7F) == 0:
                    good += 1
                marker = 0
    if marker == STATUS and have == 5 and (total ^ check) & 0x7F == 0:
        good += 1
    return good
