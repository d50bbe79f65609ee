"""How is a recording opened that lies outside the record: a stranger's, or what we exported? (RELIABILITY section 7.1)

A format is one file beside this one that ends in an `IMPORTER` row; it is found by looking, not by registering. Files
may be hostile: they are read within bounds, nothing of them is run, and what is no recording is refused in one sentence.
"""

from __future__ import annotations

import importlib
import pkgutil
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.recording import Recording

FILE_BYTES_MAX = 2 << 30
"""A night of every lead is a tenth of it."""
LENGTH_S_MAX = 48 * 3600
"""Two Holter days."""
SAMPLES_MAX = 300_000_000
"""Of all waves together: twelve hours of eight leads at 500 Hz are half of it."""


class Refused(ValueError):
    """Why a file is no recording of a format: words that go on from its name."""


@dataclass(frozen=True, slots=True)
class Importer:
    """One format. endings: of file names, lower case. read: raises Refused, ValueError or OSError.

    The longest ending that fits a name wins.
    """

    format: str
    title: str
    endings: tuple[str, ...]
    read: Callable[[Path], Recording]


def importers() -> dict[str, Importer]:
    """All formats by name, found in this package."""
    found: dict[str, Importer] = {}
    for module in pkgutil.iter_modules(__path__):
        row = getattr(importlib.import_module(f"{__name__}.{module.name}"), "IMPORTER", None)
        if isinstance(row, Importer):
            found[row.format] = row
    return found


def importer_of(path: Path) -> Importer | None:
    """Which format a file is of, by its name."""
    name = path.name.lower()
    fitting = [(len(end), row.format, row) for row in importers().values() for end in row.endings if name.endswith(end)]
    return max(fitting)[2] if fitting else None


def open_recording(path: Path) -> Recording:
    """What the file holds. Raises StoreError, in one sentence with the file's name, for what cannot be read."""
    row = importer_of(path)
    if row is None:
        known = ", ".join(sorted(end for one in importers().values() for end in one.endings))
        raise StoreError(Trouble.NOT_OURS, f"{path} is of no kind that is opened here; these are: {known}")
    try:
        if not path.is_file():
            raise StoreError(Trouble.MISSING, f"{path}: there is no such file")
        if path.stat().st_size > FILE_BYTES_MAX:
            raise Refused("it is larger than the 2 GB that are opened at most")
        return row.read(path)
    except Refused as why:
        raise StoreError(Trouble.NOT_OURS, f"{path} is not opened as {row.title}: {why}") from None
    except OSError as error:
        raise StoreError(Trouble.MISSING, f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, IndexError, KeyError, EOFError, OverflowError, struct.error, zlib.error, MemoryError):
        raise StoreError(
            Trouble.DAMAGED, f"{path} is not opened as {row.title}: it is damaged, or something else"
        ) from None
