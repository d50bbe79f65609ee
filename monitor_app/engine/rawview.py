"""How do the bytes of a line read for a technician? Rows of at most sixteen bytes with their age and direction."""

from __future__ import annotations

from collections.abc import Iterable

from monitor_app.engine.rawring import Entry, Way

ROWS_MAX = 24
ROW_BYTES = 16
TOGETHER_US = 20_000
"""Bytes of one direction that came within this time stand in one row: a port hands over what it happens to have."""
_ARROWS = {Way.IN: "in ", Way.OUT: "out"}


def rows(entries: Iterable[Entry], now_us: int) -> tuple[str, ...]:
    """The newest rows, oldest first."""
    lines: list[str] = []
    for at_us, way, data in _joined(entries):
        age = f"{(now_us - at_us) / 1e6:7.2f} s "
        if way is Way.OPENED:
            lines.append(f"{age} --- the port was opened")
        elif way is Way.LOST:
            lines.append(f"{age} --- {data.decode(errors='replace')}")
        else:
            pieces = [data[start : start + ROW_BYTES] for start in range(0, len(data), ROW_BYTES)]
            lines += [f"{age} {_ARROWS[way]} {piece.hex(' '):<47} {_text(piece)}" for piece in pieces]
    return tuple(lines[-ROWS_MAX:])


def _joined(entries: Iterable[Entry]) -> list[Entry]:
    joined: list[Entry] = []
    for at_us, way, data in entries:
        if joined and way in _ARROWS and joined[-1][1] is way and at_us - joined[-1][0] < TOGETHER_US:
            joined[-1] = (joined[-1][0], way, joined[-1][2] + data)
        else:
            joined.append((at_us, way, data))
    return joined[-ROWS_MAX:]


def _text(piece: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
