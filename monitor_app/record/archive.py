"""What does a CSV archive of ours say? Read back into the very values that were exported, or refused in one sentence.

The file may have been anywhere meanwhile: it is read line by line, within bounds, every cell by the type that its
column has, and nothing of it is run, guessed or repaired.
"""

from __future__ import annotations

import csv
import math
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monitor_app.record.cells import as_typed
from monitor_app.record.exporters.csv import COLUMNS, DICTIONARY, DICTIONARY_HEADER, WAVE_COLUMNS, header
from monitor_app.record.faults import StoreError, Trouble

ENTRIES_MAX = 200
BYTES_MAX = 4 << 30
RATIO_MAX = 200
"""How far an entry may unpack: our own tables reach some tens, bombs a thousand."""
LINE_CHARACTERS_MAX = 1 << 20
_README = "README.txt"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILES = {column.file for column in COLUMNS}
_TYPES = {(column.file, column.name): column.type for column in COLUMNS}

Value = str | int | float | None
Row = dict[str, Value]
"""Cells by column: times as UTC in microseconds since 1970, numbers as numbers, None for an empty one; text as typed."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Continuous samples of a wave file. first_index: in the record. utc_us, values: shape (n,), in the wave's unit."""

    first_index: int
    utc_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Archive:
    """One session. tables: by file name. waves: by name of the file without folder and ending; units likewise."""

    tables: dict[str, list[Row]]
    waves: dict[str, list[Stretch]]
    units: dict[str, str]

    @property
    def session(self) -> Row:
        """The one row of session.csv."""
        return self.tables["session.csv"][0]


def read_archive(path: Path) -> Archive:
    """Raises StoreError when the file cannot be read or is not, as it stands, an archive that we wrote."""
    try:
        with zipfile.ZipFile(path) as file:
            return _read(path, file)
    except (zipfile.BadZipFile, zlib.error, csv.Error, UnicodeDecodeError, ValueError, EOFError, NotImplementedError):
        raise _refused(path, "it is damaged, or somebody else's") from None
    except RuntimeError:  # how zipfile refuses an entry with a password
        raise _refused(path, "it is locked with a password") from None
    except OSError as error:
        raise StoreError(Trouble.MISSING, f"{path} cannot be read: {error.strerror or error}") from None


def _refused(path: Path, why: str) -> StoreError:
    return StoreError(Trouble.NOT_OURS, f"{path} is not read as an archive of a session: {why}")


def _read(path: Path, file: zipfile.ZipFile) -> Archive:
    entries = file.infolist()
    names = [entry.filename for entry in entries]
    waves = [name for name in names if re.fullmatch(r"waves/[a-z0-9_]{1,32}(-[0-9]{1,3})?\.csv", name)]
    if len(names) > ENTRIES_MAX or len(set(names)) != len(names):
        raise _refused(path, "it holds too many files, or one of them twice")
    if set(names) - set(waves) != {_README, DICTIONARY, *_FILES}:
        raise _refused(path, "files are missing or strange")
    for entry in entries:
        if entry.file_size > RATIO_MAX * max(entry.compress_size, 1000):
            raise _refused(path, f"{entry.filename} unpacks to more than tables do")
    if sum(entry.file_size for entry in entries) > BYTES_MAX:
        raise _refused(path, "it unpacks to more than 4 GB")
    tables = {name: _table(file, name) for name in sorted(_FILES)}
    if len(tables["session.csv"]) != 1:
        raise _refused(path, "it does not hold one session")
    with closing(_lines(file, DICTIONARY, DICTIONARY_HEADER)) as rows:
        units = {row[0]: row[3] for row in rows if row[1] == "value"}
    return Archive(
        tables,
        {_wave(name): list(_stretches(file, name)) for name in waves},
        {_wave(name): units[name] for name in waves if name in units},
    )


def _wave(name: str) -> str:
    return name.removeprefix("waves/").removesuffix(".csv")


# ---------------------------------------------------------------- lines and cells


def _table(file: zipfile.ZipFile, name: str) -> list[Row]:
    with closing(_lines(file, name, header(name))) as rows:
        return [_row(name, cells) for cells in rows]


def _lines(file: zipfile.ZipFile, name: str, head: tuple[str, ...]) -> Generator[list[str], None, None]:
    """The rows of a table below its header. Raises ValueError for another header or a row of another width."""
    with file.open(name) as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(_bounded(text), strict=True)
        if tuple(next(rows, ())) != head:
            raise ValueError("header")
        for row in rows:
            if len(row) != len(head):
                raise ValueError("width")
            yield row


def _bounded(text: TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE_CHARACTERS_MAX):
        if len(line) == LINE_CHARACTERS_MAX:
            raise ValueError("line")
        yield line


def _row(file: str, cells: list[str]) -> Row:
    names = header(file)
    return {name: _value(_TYPES[file, name], cell) for name, cell in zip(names, cells, strict=True)}


def _value(kind: str, cell: str) -> Value:
    if kind == "text":
        return as_typed(cell)
    if cell == "":
        return None
    if kind == "integer":
        return _whole(cell)
    return _moment(cell) if kind == "utc" else _number(cell)


def _whole(cell: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", cell, re.ASCII):
        raise ValueError("integer")
    return int(cell)


def _number(cell: str) -> float:
    number = float(cell)
    if not math.isfinite(number) or not re.fullmatch(r"[0-9.eE+-]{1,32}", cell, re.ASCII):
        raise ValueError("number")
    return number


def _moment(cell: str) -> int:
    """Microseconds since 1970 of `2026-11-22T09:30:00.000000+00:00`."""
    moment = datetime.fromisoformat(as_typed(cell))
    if moment.tzinfo is None:
        raise ValueError("offset")
    return (moment - _EPOCH) // timedelta(microseconds=1)


# ---------------------------------------------------------------- waves


def _stretches(file: zipfile.ZipFile, name: str) -> Iterator[Stretch]:
    """The stretches between the empty cells that stand for gaps."""
    first: int | None = None
    times, values = list[int](), list[float]()
    with closing(_lines(file, name, tuple(column[0] for column in WAVE_COLUMNS))) as rows:
        for index, utc, value in rows:
            if value == "":
                yield from _stretch(first, times, values)
                first, times, values = None, [], []
                continue
            if first is None:
                first = _whole(index)
            elif _whole(index) != first + len(values):
                raise ValueError("order")
            times.append(_moment(utc))
            values.append(_number(value))
    yield from _stretch(first, times, values)


def _stretch(first: int | None, times: list[int], values: list[float]) -> Iterator[Stretch]:
    if first is not None:
        yield Stretch(first, np.array(times, np.int64), np.array(values, np.float64))
