"""Flagged DRI records read byte by byte, as people usually write it: the reference that the driver is measured against."""

from __future__ import annotations

FLAG, ESCAPE = 0x7E, 0x7D
HEADER, LONGEST = 40, 1491


def frames(data: bytes) -> int:
    """The good records: between flags, unescaped, at least a header, the sum right and the length the one it states."""
    good = total = 0
    record = bytearray()
    inside = escaped = False
    for byte in data:
        if byte == FLAG:
            if (
                HEADER < len(record) <= LONGEST
                and (total - record[-1]) & 0xFF == record[-1]
                and record[0] | record[1] << 8 == len(record) - 1
            ):
                good += 1
            record.clear()
            total = 0
            inside, escaped = True, False
        elif inside:
            if byte == ESCAPE:
                escaped = True
                continue
            if escaped:
                byte |= 0x20
                escaped = False
            record.append(byte)
            total += byte
            if len(record) > 2 * LONGEST:
                inside = False
                record.clear()
    return good
