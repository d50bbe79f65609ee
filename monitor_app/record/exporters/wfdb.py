"""WFDB: the waves as one record, the numbers as a second of 1 Hz, marks as annotations, all in one zip (STORAGE 4.6).

The format of PhysioNet's header(5), signal(5) format 16 and annot(5), written by ourselves: the library that reads it
brings a plotting and a table library along. Absent samples are -32768, the format's own invalid sample. A wave's record
is `<name>`, its numbers' record `<name>n`, its annotations `<name>.atr`.
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import NOTICE, ExportCancelled, Exporter, Options, origin_mark
from monitor_app.record.grid import Samples, Track, begin_us, laid_out, local_begin, tracks, trends, wave_labels
from monitor_app.record.marks import Mark, marks, one_line, pseudonym, stretch_marks
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

PIECE_S = 60
NOTE, MEASURE = 22, 23
_SKIP, _AUX = 59, 63
_INTERVAL_MAX = 1023
_AUX_BYTES_MAX = 254


@dataclass(slots=True)
class _Signal:
    """One signal of a record, and what its header line tells of the samples that went by."""

    label: str
    unit: str
    step: float
    a_frame: int
    pieces: Iterator[Samples]
    first: int | None = None
    total: int = 0

    def taken(self, frames: int) -> Samples:
        """The next frames, shape (frames, a_frame)."""
        samples = next(self.pieces)[: frames * self.a_frame]
        self.first = int(samples[0]) if self.first is None else self.first
        self.total += int(samples.sum(dtype=np.int64))
        return samples.reshape(frames, self.a_frame)

    def line(self, file: str) -> str:
        checksum = (self.total + 32768) % 65536 - 32768
        unit = self.unit.replace(" ", "_") or "NU"
        return (
            f"{file} 16{f'x{self.a_frame}' if self.a_frame > 1 else ''} {1 / self.step:.15g}(0)/{unit} 16 0 "
            f"{self.first or 0} {checksum} 0 {self.label}"
        )


class _Zip:
    """One session on its way into a zip of two records."""

    def __init__(self, reader: Reader, row: SessionRow, file: zipfile.ZipFile, options: Options) -> None:
        self._reader, self._row, self._file, self._options = reader, row, file, options
        self._begin_us = begin_us(row)
        self._tracks = tracks(reader, row.uuid, self._begin_us)
        ends_s = [Fraction(track.end) / track.rate for track in self._tracks]
        span_us = reader.span_us(row)[1] - self._begin_us
        self._seconds = max(1, math.ceil(max([Fraction(span_us, SECOND_US), *ends_s])))
        mark = origin_mark(row.origin)
        self._name = "_".join(part for part in (mark, re.sub(r"[^A-Za-z0-9]", "", row.uuid)[:8]) if part)

    def write(self) -> None:
        frame_hz = common_rate([track.rate for track in self._tracks])
        if self._tracks:
            named = zip(self._tracks, wave_labels(self._tracks), strict=True)
            self._record(self._name, frame_hz, [self._wave(track, label, frame_hz) for track, label in named])
        slow = trends(self._reader, self._row.uuid, self._begin_us, self._seconds)
        if slow:
            rows = [_Signal(t.label, t.unit, t.step, 1, _cut(t.samples, PIECE_S)) for t in slow]
            self._record(f"{self._name}n", Fraction(1), rows)
        resolution = max([track.rate for track in self._tracks], default=Fraction(1000))
        found = [*marks(self._reader, self._row, self._options), *stretch_marks(self._tracks, self._begin_us)]
        with self._entry(f"{self._name}.atr") as entry:
            entry.write(annotation_file(found, self._begin_us, resolution))

    def _wave(self, track: Track, label: str, frame_hz: Fraction) -> _Signal:
        a_frame = int(track.rate / frame_hz)
        piece = a_frame * _frames_a_piece(frame_hz)
        pieces = math.ceil(self._seconds * frame_hz / _frames_a_piece(frame_hz))
        laid = laid_out(track, self._reader.segments(track.channel), piece, pieces)
        return _Signal(label, track.channel.unit, track.channel.scale, a_frame, laid)

    def _record(self, name: str, frame_hz: Fraction, signals: list[_Signal]) -> None:
        frames, piece = math.ceil(self._seconds * frame_hz), _frames_a_piece(frame_hz)
        with self._entry(f"{name}.dat") as entry:
            for first in range(0, frames, piece):
                n = min(piece, frames - first)
                rows = [signal.taken(n) for signal in signals]
                entry.write(np.concatenate(rows, axis=1).astype("<i2").tobytes())
                if not self._options.progress(first + n, frames):
                    raise ExportCancelled
        with self._entry(f"{name}.hea") as entry:
            entry.write(self._header(name, frame_hz, frames, signals).encode("ascii", "replace"))

    def _header(self, name: str, frame_hz: Fraction, frames: int, signals: list[_Signal]) -> str:
        begin = local_begin(self._reader, self._row)
        lines = [
            f"{name} {len(signals)} {float(frame_hz):.15g} {frames} {begin:%H:%M:%S}.{begin.microsecond // 1000:03d} "
            f"{begin:%d/%m/%Y}",
            *(signal.line(f"{name}.dat") for signal in signals),
            *(f"# {line}" for line in self._comments()),
        ]
        return "\n".join(lines) + "\n"

    def _comments(self) -> Iterator[str]:
        mark = origin_mark(self._row.origin)
        if mark:
            yield f"{mark} - not a patient"
        yield NOTICE
        yield f"session {self._row.uuid}, chair {self._row.chair}"
        code = one_line(pseudonym(self._row, self._options.identified))
        if code:
            yield f"pseudonym {code}"
        if self._options.person is not None:
            yield f"patient {self._options.person.words}"

    def _entry(self, name: str) -> zipfile.ZipExtFile | BinaryIO:
        entry = zipfile.ZipInfo(name)  # its fixed date of 1980 makes equal sessions equal files
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return self._file.open(entry, "w", force_zip64=True)  # type: ignore[return-value]


def common_rate(rates: list[Fraction]) -> Fraction:
    """The greatest frame rate at which every wave has a whole number of samples in a frame; 1 Hz without waves."""
    if not rates:
        return Fraction(1)
    return Fraction(math.gcd(*(rate.numerator for rate in rates)), math.lcm(*(rate.denominator for rate in rates)))


def _frames_a_piece(frame_hz: Fraction) -> int:
    return max(1, round(PIECE_S * frame_hz))


def _cut(samples: Samples, piece: int) -> Iterator[Samples]:
    for first in range(0, len(samples), piece):
        yield samples[first : first + piece]


# ---------------------------------------------------------------- annotations


def annotation_file(found: Iterable[Mark], begin_us: int, resolution_hz: Fraction) -> bytes:
    """Marks as annot(5), in order of time. resolution_hz: of their times, said in the first one as the format has it.

    No mark stands at sample 0: readers take notes there for definitions and swallow them.
    """
    data, before = _annotation(NOTE, 0, f"## time resolution: {float(resolution_hz):.15g}"), 0
    for mark in sorted(found, key=lambda mark: mark.t_us):
        at = max(1, round((mark.t_us - begin_us) * resolution_hz / SECOND_US))
        data += _annotation(MEASURE if mark.area == "nibp" else NOTE, at - before, _text(mark))
        before = at
    return data + b"\0\0"


def _text(mark: Mark) -> str:
    return mark.text if mark.duration_us is None else f"{mark.text} [{mark.duration_us / 1e6:.6g} s]"


def _annotation(kind: int, interval: int, text: str) -> bytes:
    skip = b""
    if interval > _INTERVAL_MAX:
        skip = struct.pack("<HHH", _SKIP << 10, interval >> 16, interval & 0xFFFF)
        interval = 0
    data = one_line(text).encode("utf-8", "replace")[:_AUX_BYTES_MAX].decode("utf-8", "ignore").encode()
    aux = struct.pack("<H", _AUX << 10 | len(data)) + data + b"\0" * (len(data) % 2)
    return skip + struct.pack("<H", kind << 10 | interval) + aux


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _Zip(reader, row, archive, options).write()


EXPORTER = Exporter("wfdb", "WFDB records (waves, numbers, annotations)", "wfdb.zip", _write)
