"""The plain way to read the table: a state machine, a byte at a time, that counts the data lines that are sound."""

from __future__ import annotations

STAMP, GAP, VALUE, STAR, CODES, CODE, BAD = range(7)
STAMP_FORM = b"00-AAA-00 00:00:00"
MONTHS = (b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC")
CODE_NAMES = frozenset(b"AO AS LB LM LP MO PH PL PS SD SH SL SO".split())
VALUES = 3


def stamp_is_good(stamp: bytearray) -> bool:
    for byte, form in zip(stamp, STAMP_FORM, strict=True):
        if form == 0x30:
            if not 0x30 <= byte <= 0x39:
                return False
        elif form == 0x41:
            if not (0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A):
                return False
        elif byte != form:
            return False
    return (
        1 <= int(stamp[0:2]) <= 31
        and bytes(stamp[3:6]).upper() in MONTHS
        and int(stamp[10:12]) < 24
        and int(stamp[13:15]) < 60
        and int(stamp[16:18]) < 60
    )


def frames(data: bytes) -> int:
    """How many good data lines are in `data`; headings are none."""
    good = 0
    state = STAMP
    stamp, value, code = bytearray(), bytearray(), bytearray()
    values = 0
    for byte in data:
        if byte == 0x0D:
            continue
        if byte == 0x0A:
            if state == VALUE:
                values += 1
            if state == CODE and bytes(code) not in CODE_NAMES:
                state = BAD
            good += state not in (BAD, STAMP, GAP) and values == VALUES
            state, values = STAMP, 0
            stamp.clear()
            value.clear()
            code.clear()
        elif state == STAMP:
            if len(stamp) < len(STAMP_FORM):
                stamp.append(byte)
            else:
                state = GAP if byte == 0x20 and stamp_is_good(stamp) else BAD
        elif state == GAP:
            if byte != 0x20:
                state = VALUE if 0x30 <= byte <= 0x39 or byte == 0x2D else BAD
                value.append(byte)
        elif state == VALUE:
            if byte in (0x20, 0x2A):
                if len(value) > 3 or (value[0] == 0x2D and bytes(value) != b"---"):
                    state = BAD
                else:
                    values += 1
                    value.clear()
                    state = STAR if byte == 0x2A else CODES if values == VALUES else GAP
            elif 0x30 <= byte <= 0x39 or (byte == 0x2D and value[0] == 0x2D):
                value.append(byte)
            else:
                state = BAD
        elif state == CODES:
            if byte != 0x20:
                code.append(byte)
                state = CODE
        elif state == CODE:
            if byte == 0x20:
                state = CODES if bytes(code) in CODE_NAMES else BAD
                code.clear()
            elif len(code) < 2:
                code.append(byte)
            else:
                state = BAD
        elif state == STAR:
            state = BAD if byte != 0x20 else CODES if values == VALUES else GAP
    return good
