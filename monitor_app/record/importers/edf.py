"""EDF and EDF+: Kemp et al. 1992, Kemp and Olivan 2003. Waves, slow signals as numbers, annotations.

A signal of one sample a second or less is a quantity told now and then. In a discontinuous file (EDF+D) each data record
says when it begins. In a file of ours the marks name the stretches in which there are samples; in a stranger's a digital
-32768 outside the declared range is absent, and nothing else is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.importers import LENGTH_S_MAX, SAMPLES_MAX, Importer, Refused
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

HEAD = 256
SIGNALS_MAX = 512
NOTES_MAX = 200_000
ANNOTATIONS = "EDF Annotations"
ABSENT = -32768
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Of the signal header's fields: label, transducer, unit, physical and digital minimum and maximum, filter, samples."""
_CLIPPED_YEAR = 85
"""Two digits from here on are of the last century."""

Rows = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Signal:
    """One signal's header. first: its first sample within a data record of `samples` of its own."""

    label: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[int, int]
    samples: int
    first: int

    @property
    def scale(self) -> float:
        return (self.physical[1] - self.physical[0]) / (self.digital[1] - self.digital[0])

    @property
    def offset(self) -> float:
        return self.physical[0] - self.digital[0] * self.scale

    def of(self, rows: Rows) -> Rows:
        """Its samples in all data records, one after the other."""
        return np.ascontiguousarray(rows[:, self.first : self.first + self.samples]).reshape(-1)


@dataclass(frozen=True, slots=True)
class _Header:
    start: datetime | None
    ours: bool
    discontinuous: bool
    records: int
    record_us: int
    signals: list[_Signal]
    bytes: int


def read(path: Path) -> Recording:
    """Everything in the file. See `open_recording` for what is raised."""
    data = path.read_bytes()
    head = _header(data)
    rows, left_out = _records(data, head)
    starts_us, notes, lost = _annotations(rows, head)
    if lost:
        left_out.append(f"{lost} annotations could not be read")
    if starts_us[-1] + head.record_us > LENGTH_S_MAX * SECOND_US:
        raise Refused("it is longer than the 48 hours that are opened at most")
    notes = [Note(n.t_us - starts_us[0], n.text, n.area, n.duration_us) for n in notes]
    begins = [at - starts_us[0] for at in starts_us]
    stretches = named_stretches(notes) if head.ours else []
    waves, numbers = [], []
    for signal in head.signals:
        if signal.label == ANNOTATIONS or not signal.samples:
            continue
        if signal.digital[0] == signal.digital[1] or signal.physical[0] == signal.physical[1]:
            left_out.append(f"{signal.label}: its header says no range, so that its values have no meaning")
        elif signal.samples * SECOND_US <= head.record_us:
            numbers.append(_numbers(signal, rows, begins, head.record_us))
        else:
            waves.append(_wave(signal, rows, begins, head.record_us, [s for s in stretches if s.label == signal.label]))
    start = head.start + timedelta(microseconds=starts_us[0]) if head.start is not None else None
    offset_s = utc_offset_s(notes) if head.ours else None
    if start is not None and offset_s is not None:
        start = start.replace(tzinfo=timezone(timedelta(seconds=offset_s)))
    length_us = max(begins[-1] + head.record_us, length_of(waves, numbers, notes))
    return Recording(
        path.name, "EDF+" if head.ours or notes else "EDF", start, length_us, tuple(waves), tuple(numbers),
        tuple(sorted(notes, key=lambda note: note.t_us)), origin_named(notes, head.ours), session_named(notes),
        tuple(left_out),
    )  # fmt: skip


# ---------------------------------------------------------------- the header


def _header(data: bytes) -> _Header:
    if data[:8] != b"0       ":
        raise Refused("its first words are not those of an EDF file")
    count, length_s = int(data[252:256]), float(data[244:252])
    if not 0 < count <= SIGNALS_MAX or not math.isfinite(length_s) or length_s < 0:
        raise Refused("its header says that it holds no signal")
    if len(data) < HEAD * (count + 1):
        raise Refused("it ends within its header")
    kind = data[192:236].decode("latin-1")
    return _Header(
        _start(data), "Chairside" in data[88:168].decode("latin-1"), kind.startswith("EDF+D"), int(data[236:244]),
        round(length_s * SECOND_US), _signals(data, count), int(data[184:192]),
    )  # fmt: skip


def _start(data: bytes) -> datetime | None:
    """Local wall time; None where the header's is no time at all."""
    try:
        day, month, year = (int(part) for part in data[168:176].decode("ascii").split("."))
        hour, minute, second = (int(part) for part in data[176:184].decode("ascii").split("."))
        words = data[88:168].decode("latin-1").split()
        century = 1900 if year >= _CLIPPED_YEAR else 2000
        if words[:1] == ["Startdate"] and len(words) > 1 and words[1][-4:].isdecimal():
            century = int(words[1][-4:]) - year if int(words[1][-4:]) % 100 == year else century
        return datetime(century + year, month, day, hour, minute, second)
    except (ValueError, UnicodeDecodeError):
        return None


def _signals(data: bytes, count: int) -> list[_Signal]:
    fields: list[list[str]] = []
    at = HEAD
    for width in _WIDTHS:
        fields.append([data[at + i * width : at + (i + 1) * width].decode("latin-1").strip() for i in range(count)])
        at += width * count
    labels, _, units, low, high, digital_low, digital_high, _, samples, _ = fields
    found, first = [], 0
    for i in range(count):
        n = int(samples[i])
        if not 0 <= n <= SAMPLES_MAX:
            raise Refused("its header says an impossible number of samples")
        digital = (int(digital_low[i]), int(digital_high[i]))
        found.append(_Signal(labels[i], units[i], (_finite(low[i]), _finite(high[i])), digital, n, first))
        first += n
    return found


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError("range")
    return value


def _records(data: bytes, head: _Header) -> tuple[Rows, list[str]]:
    """The whole data records, shape (records, samples of all signals), and what is missing."""
    width = sum(signal.samples for signal in head.signals)
    if not width or not HEAD * (len(head.signals) + 1) <= head.bytes <= len(data):
        raise Refused("it holds no data")
    n = (len(data) - head.bytes) // (2 * width)
    if n * width > SAMPLES_MAX:
        raise Refused("it holds more samples than are opened at most")
    if not n:
        raise Refused("it holds no data")
    if not head.record_us and any(signal.label != ANNOTATIONS for signal in head.signals):
        raise Refused("its signals take no time")
    left_out = []
    if 0 <= head.records != n:
        left_out.append(f"the file has {n} data records where its header says {head.records}")
    rows = np.frombuffer(data, "<i2", n * width, head.bytes).astype(np.int16, copy=False).reshape(n, width)
    return rows[: head.records] if 0 < head.records < n else rows, left_out


# ---------------------------------------------------------------- annotations


def _annotations(rows: Rows, head: _Header) -> tuple[list[int], list[Note], int]:
    """When each data record begins (from the header's start), all notes, and how many could not be read."""
    regular = [i * head.record_us for i in range(len(rows))]
    carriers = [signal for signal in head.signals if signal.label == ANNOTATIONS and signal.samples]
    starts: list[int] = []
    notes: list[Note] = []
    lost = 0
    for row in rows if carriers else ():
        for number, signal in enumerate(carriers):
            tals = row[signal.first : signal.first + signal.samples].astype("<i2").tobytes().split(b"\0")
            for place, tal in enumerate(tals):
                if number == place == 0:
                    starts += _onset(tal)
                try:
                    notes += _notes(tal, head.ours)
                except (ValueError, OverflowError):
                    lost += 1
        if len(notes) > NOTES_MAX:
            raise Refused("it holds more annotations than are read at most")
    if len(starts) != len(rows):
        return regular, notes, lost
    if head.discontinuous:
        if any(later - before < head.record_us for before, later in pairwise(starts)):
            raise Refused("its data records do not follow each other in time")
        return starts, notes, lost
    return [starts[0] + at for at in regular], notes, lost


def _onset(tal: bytes) -> list[int]:
    try:
        return [_us(tal.split(b"\x14", 1)[0].split(b"\x15", 1)[0])]
    except (ValueError, OverflowError):
        return []


def _notes(tal: bytes, ours: bool) -> Iterator[Note]:
    if not tal:
        return
    when, *texts = tal.split(b"\x14")
    onset, _, duration = when.partition(b"\x15")
    at_us, lasting_us = _us(onset), _us(duration) if duration else None
    for text in texts:
        if text:
            said = text.decode("utf-8", "replace")
            yield Note(at_us, said, area_of_ours(said) if ours else "note", lasting_us)


def _us(seconds: bytes) -> int:
    value = float(seconds.decode("ascii"))
    if not abs(value) <= 10 * LENGTH_S_MAX:
        raise ValueError("time")
    return round(value * SECOND_US)


# ---------------------------------------------------------------- signals


def _wave(signal: _Signal, rows: Rows, begins: list[int], record_us: int, named: list[NamedStretch]) -> Wave:
    rate_hz = signal.samples * SECOND_US / record_us
    samples = signal.of(rows)
    if named:
        runs = list(_named_runs(samples, named, rate_hz))
    else:
        present, each = ~_absent(signal, samples), signal.samples
        runs = [
            run
            for first, end in _blocks(begins, record_us)
            for run in _at(
                begins[first],
                runs_of(samples[first * each : end * each], present[first * each : end * each], rate_hz),
                rate_hz,
            )
        ]
    rails = (float(min(signal.digital)), float(max(signal.digital)))
    wave = Wave(
        signal.label,
        wave_parameter(signal.label),
        rate_hz,
        signal.unit,
        signal.scale,
        signal.offset,
        tuple(runs),
        rails,
    )
    return in_millivolt(wave)


def _named_runs(samples: Rows, named: list[NamedStretch], rate_hz: float) -> Iterator[Run]:
    for stretch in named:
        place = round(stretch.t_us * rate_hz / SECOND_US)
        found = samples[max(0, place) : max(0, place) + stretch.n]
        if len(found):
            yield Run(stretch.t_us, found, stretch.first_index)


def _blocks(begins: list[int], record_us: int) -> Iterator[tuple[int, int]]:
    """First and end of the data records that follow each other without a gap."""
    first = 0
    for i in range(1, len(begins) + 1):
        if i == len(begins) or begins[i] - begins[i - 1] != record_us:
            yield first, i
            first = i


def _at(begin_us: int, runs: Iterator[Run], rate_hz: float) -> Iterator[Run]:
    for run in runs:
        yield Run(begin_us + run.t_us, run.samples, round(begin_us * rate_hz / SECOND_US) + run.first_index)


def _absent(signal: _Signal, samples: Rows) -> npt.NDArray[np.bool_]:
    return np.asarray((samples == ABSENT) & (min(signal.digital) > ABSENT), dtype=np.bool_)


def _numbers(signal: _Signal, rows: Rows, begins: list[int], record_us: int) -> Numbers:
    samples = signal.of(rows)
    step_us = record_us / signal.samples
    t_us = (
        np.array(begins, np.int64)[:, None] + np.round(np.arange(signal.samples) * step_us).astype(np.int64)
    ).reshape(-1)
    here = ~_absent(signal, samples)
    values = samples[here].astype(np.float64) * signal.scale + signal.offset
    return Numbers(signal.label, number_parameter(signal.label), signal.unit, t_us[here], values)


IMPORTER = Importer("edf", "an EDF recording", (".edf", ".rec"), read)
