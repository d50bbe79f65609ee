"""What is in a file that `chairside capture` wrote? JSON Lines, so that it can be read, cut and mailed.

A first line says what it is: `{"chairside_capture": 1, "device": ..., "port": ...}`; then one line per read of the port:
`{"t_us": 0, "hex": "..."}`, times from 0 at the start. Bytes out of documents and other people's tests come as hex text
instead: pairs of digits with space between them, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from monitor_app.app.faults import Problem

FORMAT = 1
KEY = "chairside_capture"
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
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline(LINE_MAX))
            if header.get(KEY) != FORMAT:
                raise Problem(f"{path} is no capture of format {FORMAT}")
            return header, list(_pieces(file))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Problem(f"{path} is no capture: `chairside capture` writes such files") from None


def _pieces(file: TextIO) -> Iterator[tuple[int, bytes]]:
    while line := file.readline(LINE_MAX):
        row = json.loads(line)
        yield int(row["t_us"]), bytes.fromhex(row["hex"])
