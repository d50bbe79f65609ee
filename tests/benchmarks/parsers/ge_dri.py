"""How flagged and stuffed records are read one byte at a time: a running sum and a count between two flags."""

from __future__ import annotations


def frames(data: bytes) -> int:
    """Good records in `data`: between flags 7E, 7D 5D and 7D 5E undone, the length in front and the sum behind right."""
    good = 0
    record = bytearray()
    escaped = inside = False
    for byte in data:
        if byte == 0x7E:
            if inside and len(record) > 41 and record[0] | record[1] << 8 == len(record) - 1:
                total = 0
                for value in record[:-1]:
                    total = total + value & 0xFF
                good += total == record[-1]
            record.clear()
            inside, escaped = True, False
        elif byte == 0x7D:
            escaped = True
        elif inside:
            record.append(byte | 0x20 if escaped else byte)
            escaped = False
    return good
