"""ANSAR-B of the Ivy 450C, byte at a time, as it is usually written: what the driver is measured against."""

from __future__ import annotations

START, END, CR = 0xFF, 0xFE, 0x0D
MAGIC = b"ANSAR-B "
WAVE_BYTES = 400
TEXT_BYTES_MAX = 600


def frames(data: bytes) -> int:
    """How many messages with magic, 400 wave bytes, lines NAME=digit;..CR and the end there are in `data`."""
    good = state = seen = 0
    line = bytearray()
    lines = 0
    for byte in data:
        if byte == START:
            state, seen, lines = 1, 0, 0
            line.clear()
        elif state == 1:  # the magic
            if byte != MAGIC[seen]:
                state = 0
                continue
            seen += 1
            if seen == len(MAGIC):
                state, seen = 2, 0
        elif state == 2:  # the waves
            if byte == END:
                state = 0
                continue
            seen += 1
            if seen == WAVE_BYTES:
                state, seen = 3, 0
        elif state == 3:  # the text
            seen += 1
            if byte == END:
                good += not line and lines > 0
                state = 0
            elif byte == CR:
                name, equals, rest = bytes(line).partition(b"=")
                if not (equals and name.isalnum() and name.isupper() and rest[:1].isdigit() and rest[1:2] == b";"):
                    state = 0
                if lines == 0 and name != b"HR":
                    state = 0
                lines += 1
                line.clear()
            elif 0x20 <= byte < 0x7F and seen <= TEXT_BYTES_MAX:
                line.append(byte)
            else:
                state = 0
    return good
