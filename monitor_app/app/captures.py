"""What is in a file that `chairside capture` wrote? JSON Lines, so that it can be read, cut and mailed.

A first line says what it is: `{"chairside_capture": 1, "device": ..., "port": ...}`; then one line per read of the port:
`{"t_us": 0, "hex": "..."}`, times from 0 at the start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from monitor_app.app.faults import Problem

FORMAT = 1
KEY = "chairside_capture"
LINE_MAX = 1_000_000
"""Characters of one line: a read gives at most some kilobytes."""


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
