"""WFDB records: PhysioNet's header(5), signal(5) and annot(5), from a folder or from the zip that we export.

Read by ourselves, so that opening a record needs no research extra and a header that lies cannot fill the memory. Formats
8, 16, 24, 32, 61, 80, 160 and 212; records of several segments and compressed ones are refused in a sentence. Beside a
record of ours stands `<name>n`, its numbers; beside any record `<name>.atr`, its annotations.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.importers import FILE_BYTES_MAX, LENGTH_S_MAX, SAMPLES_MAX, Importer, Refused
from monitor_app.record.importers.wfdb_notes import ABSENT_HERE, Marked, marked
from monitor_app.record.recording import (
    NamedStretch,
    Note,
    Numbers,
    Recording,
    Run,
    Wave,
    area_of_ours,
    in_millivolt,
    length_of,
    named_stretches,
    number_parameter,
    origin_named,
    runs_of,
    session_named,
    utc_offset_s,
    wave_parameter,
)

HEADER_BYTES_MAX = 1 << 20
NOTES_BYTES_MAX = 32 << 20
SIGNALS_MAX = 256
ENTRIES_MAX = 64
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_GAIN = re.compile(r"(?P<gain>[0-9.eE+-]+)(\((?P<baseline>-?\d+)\))?(/(?P<unit>\S+))?")
_FORMAT = re.compile(r"(?P<code>\d+)(x(?P<each>\d+))?(:(?P<skew>\d+))?(\+(?P<skip>\d+))?")
_DEFAULT_GAIN, _DEFAULT_HZ = 200.0, 250.0

Digits = npt.NDArray[Any]
"""int16, or int32 where the format needs it."""
Get = Callable[[str, int], bytes | None]
"""A file of the record by its name, at most so many bytes of it; None when there is none."""


# ---------------------------------------------------------------- the bytes of a signal file


def _of_212(data: bytes) -> Digits:
    whole = np.frombuffer(data + b"\0" * (-len(data) % 3), np.uint8).reshape(-1, 3).astype(np.int16)
    pairs = np.empty((len(whole), 2), np.int16)
    pairs[:, 0] = (whole[:, 1] & 0x0F) << 8 | whole[:, 0]
    pairs[:, 1] = (whole[:, 1] >> 4) << 8 | whole[:, 2]
    found = ((pairs.reshape(-1) ^ 0x800) - 0x800).astype(np.int16)
    return found[: len(data) * 2 // 3]


def _of_24(data: bytes) -> Digits:
    parts = np.frombuffer(data, np.uint8, len(data) // 3 * 3).reshape(-1, 3).astype(np.int32)
    return ((parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16) ^ 0x800000) - 0x800000


def _words(kind: str) -> Callable[[bytes], Digits]:
    size = np.dtype(kind).itemsize
    return lambda data: np.frombuffer(data, kind, len(data) // size).astype(np.int32 if size > 2 else np.int16)


@dataclass(frozen=True, slots=True)
class _Coding:
    """How samples lie in a file. bits: of each. absent: the value that stands for none; None where there is no such."""

    bits: int
    unpack: Callable[[bytes], Digits]
    absent: int | None


_CODINGS = {
    8: _Coding(8, lambda data: np.frombuffer(data, np.int8).astype(np.int16), None),  # differences, summed later
    16: _Coding(16, _words("<i2"), -(1 << 15)),
    24: _Coding(24, _of_24, -(1 << 23)),
    32: _Coding(32, _words("<i4"), -(1 << 31)),
    61: _Coding(16, _words(">i2"), -(1 << 15)),
    80: _Coding(8, lambda data: np.frombuffer(data, np.uint8).astype(np.int16) - np.int16(128), -128),
    160: _Coding(16, lambda data: (np.frombuffer(data, "<u2", len(data) // 2) ^ 0x8000).view(np.int16), -(1 << 15)),
    212: _Coding(12, _of_212, -(1 << 11)),
}
_DIFFERENCES = 8


# ---------------------------------------------------------------- the header


@dataclass(frozen=True, slots=True)
class _Signal:
    """One line of the header. each: samples a frame. skip: bytes of the file before the first sample."""

    file: str
    coding: int
    each: int
    skip: int
    skew: int
    gain: float
    baseline: int
    unit: str
    first: int
    name: str


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    frame_hz: float
    frames: int | None
    start: datetime | None
    signals: tuple[_Signal, ...]
    comments: tuple[str, ...]


def _header(data: bytes) -> _Header:
    text = data.decode("utf-8", "replace").replace("\r", "\n")
    comments = tuple(line.lstrip("# \t") for line in text.split("\n") if line.lstrip().startswith("#"))
    lines = [line.split() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if not lines or len(lines[0]) < 2:
        raise Refused("its header is none of a WFDB record")
    name, count, *rest = lines[0]
    if "/" in name:
        raise Refused("it consists of several segments; open one of them")
    if not 0 <= int(count) <= SIGNALS_MAX or len(lines) < 1 + int(count):
        raise Refused("its header names more signals than it describes")
    frame_hz = float(re.split(r"[/(]", rest[0])[0]) if rest else _DEFAULT_HZ
    if not 1e-3 <= frame_hz <= 1e6:
        raise Refused("its header says an impossible rate")
    frames = int(rest[1]) if len(rest) > 1 else 0
    signals = tuple(_signal(fields) for fields in lines[1 : 1 + int(count)])
    return _Header(name, frame_hz, frames or None, _start(rest[2:]), signals, comments)


def _start(words: list[str]) -> datetime | None:
    """Local wall time; None without a day."""
    try:
        clock, day = words[:2]
        parts = [float(part) for part in clock.split(":")]
        hour, minute, second = [0.0] * (3 - len(parts)) + parts
        begin = datetime.strptime(day, "%d/%m/%Y")
        return begin + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None


def _signal(fields: list[str]) -> _Signal:
    if len(fields) < 2 or not _NAME.fullmatch(fields[0]):
        raise Refused("its header names a file that is not beside it")
    how = _FORMAT.fullmatch(fields[1])
    if how is None or int(how["code"]) not in _CODINGS:
        raise Refused(
            f"its samples are stored in format {fields[1][:12]}, which is not read here; convert it to format 16"
        )
    gain, baseline, unit = _DEFAULT_GAIN, None, "mV"
    if len(fields) > 2 and (said := _GAIN.fullmatch(fields[2])):
        gain = float(said["gain"]) or _DEFAULT_GAIN
        baseline = int(said["baseline"]) if said["baseline"] else None
        unit = said["unit"] or "mV"
    zero = int(fields[4]) if len(fields) > 4 else 0
    first = int(fields[5]) if len(fields) > 5 else zero
    if not math.isfinite(gain):
        raise ValueError("gain")
    each = int(how["each"] or 1)
    if not 1 <= each <= SAMPLES_MAX:
        raise Refused("its header says an impossible number of samples")
    return _Signal(
        fields[0], int(how["code"]), each, int(how["skip"] or 0), int(how["skew"] or 0), gain,
        zero if baseline is None else baseline, unit, first, " ".join(fields[8:]) or "(no name)",
    )  # fmt: skip


# ---------------------------------------------------------------- samples


def _samples(head: _Header, get: Get) -> tuple[list[Digits], list[str]]:
    """The digits of each signal, and what is missing."""
    found: list[Digits] = []
    left_out: list[str] = []
    if sum(signal.each for signal in head.signals) * (head.frames or 1) > SAMPLES_MAX:
        raise Refused("its header names more samples than are opened at most")
    at = 0
    while at < len(head.signals):
        first = head.signals[at]
        group = [s for s in head.signals[at:] if (s.file, s.coding) == (first.file, first.coding)]
        found += _group(head, group, get, left_out)
        at += len(group)
    if any(signal.skew for signal in head.signals):
        left_out.append("the header says that signals are skewed; they are shown as stored")
    return found, left_out


def _group(head: _Header, group: list[_Signal], get: Get, left_out: list[str]) -> Iterator[Digits]:
    coding, file = _CODINGS[group[0].coding], group[0].file
    a_frame = sum(signal.each for signal in group)
    most = FILE_BYTES_MAX if head.frames is None else group[0].skip + math.ceil(head.frames * a_frame * coding.bits / 8)
    data = get(file, most)
    if data is None:
        raise Refused(f"its signal file {file} is not beside it")
    digits = coding.unpack(data[group[0].skip :])
    frames = len(digits) // a_frame
    if not frames:
        raise Refused("it holds no samples")
    if head.frames is not None and frames < head.frames:
        left_out.append(f"{file} ends after {frames} of {head.frames} frames")
    if frames / head.frame_hz > LENGTH_S_MAX or frames * a_frame > SAMPLES_MAX:
        raise Refused("it is longer than the 48 hours that are opened at most")
    rows = digits[: frames * a_frame].reshape(frames, a_frame)
    at = 0
    for signal in group:
        samples = np.ascontiguousarray(rows[:, at : at + signal.each]).reshape(-1)
        at += signal.each
        if signal.coding == _DIFFERENCES:
            samples = (np.cumsum(samples, dtype=np.int32) + np.int32(signal.first)).astype(np.int32)
        yield samples


def _wave(head: _Header, signal: _Signal, digits: Digits, named: list[NamedStretch]) -> Wave:
    rate_hz = head.frame_hz * signal.each
    if named:
        runs = list(_named_runs(digits, named, rate_hz))
    else:
        runs = list(runs_of(digits, _present(signal, digits), rate_hz))
    name = signal.name
    wave = Wave(
        name, wave_parameter(name), rate_hz, signal.unit, 1 / signal.gain, -signal.baseline / signal.gain, tuple(runs)
    )
    return in_millivolt(wave)


def _named_runs(digits: Digits, named: list[NamedStretch], rate_hz: float) -> Iterator[Run]:
    """Stretches that our own marks name. A mark cannot stand at sample 0, so one at 1 may mean it."""
    for stretch in named:
        place = round(stretch.t_us * rate_hz / SECOND_US)
        at_start = place <= 1 and (
            digits[0] != ABSENT_HERE or stretch.n >= len(digits) or digits[stretch.n] == ABSENT_HERE
        )
        place = 0 if at_start else place
        found = digits[place : place + stretch.n]
        if len(found):
            yield Run(round(place * SECOND_US / rate_hz), found, stretch.first_index)


def _present(signal: _Signal, digits: Digits) -> npt.NDArray[np.bool_]:
    absent = _CODINGS[signal.coding].absent
    return np.ones(len(digits), bool) if absent is None else np.asarray(digits != absent)


def _numbers(head: _Header, get: Get) -> list[Numbers]:
    """The signals of a record of one a second, as quantities."""
    found, _ = _samples(head, get)
    numbers = []
    for signal, digits in zip(head.signals, found, strict=True):
        here = np.flatnonzero(_present(signal, digits))
        t_us = np.round(here * (SECOND_US / (head.frame_hz * signal.each))).astype(np.int64)
        values = (digits[here].astype(np.float64) - signal.baseline) / signal.gain
        numbers.append(Numbers(signal.name, number_parameter(signal.name), signal.unit, t_us, values))
    return numbers


# ---------------------------------------------------------------- the record


def _record(name: str, base: str, get: Get) -> Recording:
    data = get(f"{base}.hea", HEADER_BYTES_MAX)
    if data is None:
        raise Refused(f"there is no header {base}.hea")
    head = _header(data)
    ours = any("research, training and evaluation" in line for line in head.comments)
    notes = list(_notes(get(f"{base}.atr", NOTES_BYTES_MAX), head.frame_hz, ours))
    slow = head.frame_hz <= 1 and all(signal.each == 1 for signal in head.signals)
    waves, left_out = list[Wave](), list[str]()
    if not slow:
        digits, left_out = _samples(head, get)
        stretches = named_stretches(notes) if ours else []
        waves = [
            _wave(head, signal, found, [s for s in stretches if s.label == signal.name])
            for signal, found in zip(head.signals, digits, strict=True)
        ]
    numbers = _numbers(head, get) if slow else []
    beside = get(f"{base}n.hea", HEADER_BYTES_MAX) if ours and not slow else None
    if beside is not None:
        numbers = _numbers(_header(beside), get)
    said = [*notes, *(Note(0, line, area_of_ours(line)) for line in head.comments if ours and line)]
    start, offset_s = head.start, utc_offset_s(notes) if ours else None
    if start is not None and offset_s is not None:
        start = start.replace(tzinfo=timezone(timedelta(seconds=offset_s)))
    return Recording(
        name, "WFDB", start, length_of(waves, numbers, notes), tuple(waves), tuple(numbers), tuple(notes),
        origin_named(said, ours), session_named(said), tuple(left_out),
    )  # fmt: skip


def _notes(data: bytes | None, frame_hz: float, ours: bool) -> Iterator[Note]:
    for mark in marked(data or b"", frame_hz):
        yield _of_ours(mark, frame_hz) if ours else mark.note()


def _of_ours(mark: Marked, frame_hz: float) -> Note:
    """With its area and how long it lasts. No mark of ours stands at sample 0: those of the beginning stand at 1."""
    note = mark.note()
    lasting = re.fullmatch(r"(?P<text>.*) \[(?P<s>[0-9.e+-]{1,16}) s\]", note.text)
    text = lasting["text"] if lasting else note.text
    duration_us = round(float(lasting["s"]) * SECOND_US) if lasting else None
    t_us = 0 if note.t_us * frame_hz <= SECOND_US else note.t_us
    return replace(note, t_us=t_us, text=text, area=area_of_ours(text), duration_us=duration_us)


def read(path: Path) -> Recording:
    """The record of a header, of a signal file beside its header, or of a zip of ours. See `open_recording`."""
    if path.name.lower().endswith(".zip"):
        return _read_zip(path)

    def get(name: str, most: int) -> bytes | None:
        try:
            with (path.parent / name).open("rb") as file:
                return file.read(most)
        except FileNotFoundError:
            return None

    return _record(path.name, path.stem, get)


def _read_zip(path: Path) -> Recording:
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
            if len(names) > ENTRIES_MAX or len(set(names)) != len(names):
                raise Refused("it holds too many files, or one of them twice")
            return _record(path.name, _base(names), lambda name, most: _unpacked(file, names, name, most))
    except zipfile.BadZipFile:
        raise Refused("it is no whole zip file") from None
    except (RuntimeError, NotImplementedError):
        raise Refused("it is locked with a password, or packed in a way that is not read here") from None


def _unpacked(file: zipfile.ZipFile, names: Iterable[str], name: str, most: int) -> bytes | None:
    """Never more than `most` bytes, whatever the zip says of itself."""
    if name not in names:
        return None
    with file.open(name) as entry:
        return entry.read(most)


def _base(names: list[str]) -> str:
    """The shortest name: a record's numbers are `<name>n`."""
    bases = sorted((name.removesuffix(".hea") for name in names if name.endswith(".hea")), key=len)
    if not bases or not all(_NAME.fullmatch(base) for base in bases):
        raise Refused("it holds no record")
    return bases[0]


IMPORTER = Importer("wfdb", "a WFDB record", (".hea", ".dat", ".wfdb.zip"), read)
