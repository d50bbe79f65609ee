"""The plain way to read ASCII 1: a state machine, a byte at a time, that counts the lines that are whole and sound."""

from __future__ import annotations

STAMP, KEY, VALUE, BAD = range(4)
DIGITS = frozenset(b"0123456789")
HEX = frozenset(b"0123456789ABCDEFabcdef")
DASHED = frozenset(b"0123456789+-.%ABCDEF")
STAMP_FORM = b"00/00/00 00:00:00"
NEEDED = {b"SN", b"SPO2", b"BPM", b"EXC"}
LINE_MAX = 256


def stamp_is_good(stamp: bytearray) -> bool:
    if len(stamp) != len(STAMP_FORM):
        return False
    for byte, form in zip(stamp, STAMP_FORM, strict=True):
        if form == 0x30:
            if byte not in DIGITS:
                return False
        elif byte != form:
            return False
    return (
        1 <= int(stamp[0:2]) <= 31
        and 1 <= int(stamp[3:5]) <= 31
        and int(stamp[9:11]) < 24
        and int(stamp[12:14]) < 60
        and int(stamp[15:17]) < 60
    )


def number(value: bytes, form: bytes, may_lack_percent: bool) -> bool:
    """True for a number of this form, or the same form in dashes."""
    if value.endswith(b"%"):
        value = value[:-1]
    elif not may_lack_percent:
        return False
    if len(value) != len(form):
        return False
    return all(
        v == f if f == 0x2E else (v in DIGITS if value[0] != 0x2D else v == 0x2D)
        for v, f in zip(value, form, strict=True)
    )


def value_is_good(key: bytes, value: bytes) -> bool:
    if key == b"SPO2":
        return number(value, b"000", may_lack_percent=False)
    if key == b"BPM":
        return number(value, b"000", may_lack_percent=True)
    if key == b"PI":
        return number(value, b"00.00", may_lack_percent=True)
    if key in (b"EXC", b"EXC1", b"ALARM"):
        return len(value) >= 2 and HEX.issuperset(value)
    if key == b"SN":
        return len(value) == 10 and (DIGITS.issuperset(value) or set(value) == {0x2D})
    return bool(value) and DASHED.issuperset(value)


def frames(data: bytes) -> int:
    """How many good lines are in `data`."""
    good = 0
    state = STAMP
    stamp, key, value = bytearray(), bytearray(), bytearray()
    keys: set[bytes] = set()
    length = 0
    for byte in data:
        length += 1
        if byte == 0x0A:
            if state == VALUE and value_is_good(bytes(key), bytes(value)):
                name = bytes(key)
                if name not in keys:
                    keys.add(name)
                    good += keys >= NEEDED
            elif state == KEY and not key and keys >= NEEDED:
                good += 1
            state, length = STAMP, 0
            stamp.clear()
            key.clear()
            value.clear()
            keys.clear()
        elif state == VALUE:
            if byte == 0x20:
                name = bytes(key)
                if name in keys or not value_is_good(name, bytes(value)):
                    state = BAD
                else:
                    keys.add(name)
                    key.clear()
                    value.clear()
                    state = KEY
            elif 0x21 <= byte <= 0x7E:
                value.append(byte)
            elif byte != 0x0D:
                state = BAD
        elif state == KEY:
            if byte == 0x3D:
                state = VALUE if key else BAD
            elif 0x41 <= byte <= 0x5A or (key and 0x30 <= byte <= 0x39):
                key.append(byte)
            elif byte != 0x0D and (byte != 0x20 or key):
                state = BAD
        elif state == STAMP:
            if len(stamp) == len(STAMP_FORM):
                state = KEY if byte == 0x20 and stamp_is_good(stamp) else BAD
            elif byte or stamp:
                stamp.append(byte)
            else:
                length -= 1
        if length > LINE_MAX:
            state = BAD
    return good
