"""What is in a file that `chairside capture` wrote? JSON Lines, so that it can be read, cut and mailed.

A first line says what it is: `{"chairside_capture": 1, "device": ..., "port": ...}`; then one line per read of the port:
`{"t_us": 0, "hex": "..."}`, times from 0 at the start. What went to the device, and where the port opened or was lost,
stands in rows whose "hex" is empty (engine/rawfiles.py, which writes the same form when a fault happens).

A raw file (bytes without times) gets its times from the device's own clock, as its driver reads it, so that it can be
played at the pace at which it was recorded. Bytes out of documents and other people's tests come as hex text instead:
pairs of digits with space between them, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from drivers.driver import DriverSpec
from drivers.samples import LinkQuality
from monitor_app.app.faults import Problem
from monitor_app.engine.rawfiles import FORMAT, KEY

RAW_MAX = 200_000_000
"""Bytes of a raw file that is played: a day of the busiest line."""
RAW_PIECE = 64
PAUSE_US = 5_000_000
LINE_MAX = 1_000_000
"""Characters of one line: a read gives at most some kilobytes."""

HEX_TEXT = re.compile(rb"\s*(?:[0-9A-Fa-f]{2}\s+)+[0-9A-Fa-f]{0,2}")


def is_hex_text(first_bytes: bytes) -> bool:
    """True when a file that begins so holds bytes written down as pairs of hex digits."""
    return HEX_TEXT.fullmatch(first_bytes) is not None


def read_hex_text(path: Path) -> bytes:
    """The bytes that were written down. Raises Problem where something else stands among them."""
    try:
        return bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise Problem(f"{path} begins as hex text, but not all of it is pairs of hex digits") from None


def is_capture(first_bytes: bytes) -> bool:
    """True when a file that begins so was written by `capture`."""
    return first_bytes.startswith(b'{"' + KEY.encode() + b'"')


def read_capture(path: Path) -> tuple[dict[str, Any], list[tuple[int, bytes]]]:
    """The header, and every read with its time in us. Raises Problem for what is no capture."""
    header, lives = read_lives(path)
    return header, [piece for life in lives for piece in life]


def read_lives(path: Path) -> tuple[dict[str, Any], list[list[tuple[int, bytes]]]]:
    """The header, and the reads by opening of the port: a driver lives as long as one. Raises Problem for no capture."""
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline(LINE_MAX))
            if header.get(KEY) != FORMAT:
                raise Problem(f"{path} is no capture of format {FORMAT}")
            return header, list(_lives(file))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Problem(f"{path} is no capture: `chairside capture` writes such files") from None


def read_raw(path: Path, spec: DriverSpec) -> list[tuple[int, bytes]]:
    """The bytes of a raw file and when each was sent, in us from 0. Raises Problem when it cannot be read or is too long.

    A pause of the device longer than `PAUSE_US` is cut to that: nobody waits for what is not there.
    """
    try:
        if path.stat().st_size > RAW_MAX:
            raise Problem(f"{path} is longer than {RAW_MAX // 1_000_000} MB: cut it first")
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    return list(_paced(data, spec))


def _paced(data: bytes, spec: DriverSpec) -> Iterator[tuple[int, bytes]]:
    """Never faster than the line carries, and never ahead of the device's own clock."""
    driver, byte_us = spec.make(), 10_000_000 / spec.lines[0].baud
    driver.start(0)
    newest_us: int | None = None
    at_us, device_us = 0.0, 0
    for start in range(0, len(data), RAW_PIECE):
        piece = data[start : start + RAW_PIECE]
        said = [s.t_us for s in driver.feed(piece, int(at_us)) if not isinstance(s, LinkQuality)]
        if said and newest_us is not None:
            device_us += min(PAUSE_US, max(0, max(said) - newest_us))
        newest_us = max([*said, newest_us or 0]) if said else newest_us
        at_us = max(at_us + len(piece) * byte_us, device_us)
        yield int(at_us), piece


def _lives(file: TextIO) -> Iterator[list[tuple[int, bytes]]]:
    life: list[tuple[int, bytes]] = []
    while line := file.readline(LINE_MAX):
        row = json.loads(line)
        at_us, data = int(row["t_us"]), bytes.fromhex(row["hex"])
        if row.get("mark") == "opened" and life:
            yield life
            life = []
        if data:
            life.append((at_us, data))
    yield life
