"""EDF+: the waves, the numbers as slow signals, and all that happened as annotations (STORAGE section 4.2).

Kemp and Olivan 2003. One continuous file (EDF+C): where nothing was measured stands -32768, outside the declared digital
range of -32767 to 32767, and an annotation says why. Written record by record, so that a long session needs no more
memory than a short one and can be cancelled; no field of the header holds typed text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import ExportCancelled, Exporter, Options, origin_mark
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.grid import (
    RANGE,
    Samples,
    Track,
    Trend,
    begin_us,
    laid_out,
    local_begin,
    tracks,
    trends,
    wave_labels,
)
from monitor_app.record.marks import marks, one_line, pseudonym, stretch_marks
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

RECORD_S_MAX = 60
"""A rate that is whole in no record of up to a minute is none of a bedside device."""
RECORDS_A_PIECE = 60
ANNOTATIONS = "EDF Annotations"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TEXT_BYTES_MAX = 480
"""Readers keep 512 bytes of an annotation; what is longer is cut at a character and ends in three points."""


@dataclass(frozen=True, slots=True)
class _Signal:
    """One signal of the file. pieces: its samples from the begin, RECORDS_A_PIECE data records at a time."""

    label: str
    unit: str
    step: float
    a_record: int
    filter: str
    pieces: Callable[[], Iterator[Samples]]


class _File:
    """One session on its way into an EDF+ file."""

    def __init__(self, reader: Reader, row: SessionRow, options: Options) -> None:
        self._reader, self._row, self._options = reader, row, options
        self._begin_us = begin_us(row)
        self._local = local_begin(reader, row)
        self._tracks = tracks(reader, row.uuid, self._begin_us)
        self._record_s = record_seconds([track.rate for track in self._tracks])
        self._records = self._record_count()
        self._pieces = -(-self._records // RECORDS_A_PIECE)
        self._signals = self._signal_rows()
        self._marks = [*marks(reader, row, options), *stretch_marks(self._tracks, self._begin_us)]

    def _record_count(self) -> int:
        """Enough for the session, and for every sample that has a place."""
        waves_s = [Fraction(track.end) / track.rate for track in self._tracks]
        span_us = self._reader.span_us(self._row)[1] - self._begin_us
        return max(1, math.ceil(max([Fraction(span_us, SECOND_US), *waves_s]) / self._record_s))

    def _signal_rows(self) -> list[_Signal]:
        labels = wave_labels(self._tracks)
        slow = trends(self._reader, self._row.uuid, self._begin_us, self._records * self._record_s)
        return [
            *(self._wave(track, label) for track, label in zip(self._tracks, labels, strict=True)),
            *(self._slow(trend) for trend in slow),
        ]

    def _wave(self, track: Track, label: str) -> _Signal:
        a_record = int(track.rate * self._record_s)

        def pieces() -> Iterator[Samples]:
            segments = self._reader.segments(track.channel)
            return laid_out(track, segments, a_record * RECORDS_A_PIECE, self._pieces)

        return _Signal(label, track.channel.unit, track.channel.scale, a_record, "", pieces)

    def _slow(self, trend: Trend) -> _Signal:
        a_piece = self._record_s * RECORDS_A_PIECE
        padded = np.full(a_piece * self._pieces, -RANGE - 1, np.int16)
        padded[: len(trend.samples)] = trend.samples
        filter = "" if trend.exact else f"rounded to {trend.step:g}"
        return _Signal(
            trend.label, trend.unit, trend.step, self._record_s, filter, lambda: iter(np.split(padded, self._pieces))
        )

    # ------------------------------------------------------------------ the file

    def write(self, file: BinaryIO) -> None:
        tals = self._annotation_records()
        file.write(self._header(len(tals[0])))
        waves = [signal.pieces() for signal in self._signals]
        for piece in range(self._pieces):
            first = piece * RECORDS_A_PIECE
            n = min(RECORDS_A_PIECE, self._records - first)
            body = [next(wave).reshape(RECORDS_A_PIECE, -1)[:n] for wave in waves]
            samples = np.concatenate(body, axis=1).astype("<i2") if body else np.empty((n, 0), "<i2")
            file.write(b"".join(record.tobytes() + tals[first + i] for i, record in enumerate(samples)))
            if not self._options.progress(first + n, self._records):
                raise ExportCancelled

    def _header(self, annotation_bytes: int) -> bytes:
        count = len(self._signals) + 1
        fields = [
            _field("0", 8), _field(self._patient(), 80), _field(self._recording(), 80),
            _field(self._local.strftime("%d.%m.%y"), 8), _field(self._local.strftime("%H.%M.%S"), 8),
            _field(str(256 * (count + 1)), 8), _field("EDF+C", 44), _field(str(self._records), 8),
            _field(str(self._record_s), 8), _field(str(count), 4),
        ]  # fmt: skip
        columns: list[tuple[int, Callable[[_Signal], str], str]] = [
            (16, lambda s: s.label, ANNOTATIONS),
            (80, lambda s: "", ""),
            (8, lambda s: s.unit, ""),
            (8, lambda s: physical_word(-RANGE * s.step), "-1"),
            (8, lambda s: physical_word(RANGE * s.step), "1"),
            (8, lambda s: str(-RANGE), "-32768"),
            (8, lambda s: str(RANGE), "32767"),
            (80, lambda s: s.filter, ""),
            (8, lambda s: str(s.a_record), str(annotation_bytes // 2)),
            (32, lambda s: "", ""),
        ]
        for width, of_signal, of_annotations in columns:
            fields += [_field(of_signal(signal), width) for signal in self._signals]
            fields.append(_field(of_annotations, width))
        return b"".join(fields)

    def _patient(self) -> str:
        code = _subfield(pseudonym(self._row, self._options.identified))
        who = self._options.person
        born = _date(date.fromisoformat(who.born)) if who is not None and who.born else "X"
        return " ".join([code, "X", born, _subfield(who.name) if who is not None else "X", *self._mark()])

    def _recording(self) -> str:
        begun = _date(self._local)
        software = _subfield(f"Chairside_{self._options.version}" if self._options.version else "Chairside")
        return " ".join(["Startdate", begun, "X", "X", software, *self._mark()])

    def _mark(self) -> list[str]:
        mark = origin_mark(self._row.origin)
        return [mark] if mark else []

    # ------------------------------------------------------------------ annotations

    def _annotation_records(self) -> list[bytes]:
        """The annotation signal of each data record, all of one length: what does not fit moves to a later record."""
        part_us = self._local.microsecond
        onsets = [_tal(i * self._record_s * SECOND_US + part_us, None, "") for i in range(self._records)]
        marks = [
            (at_us, _tal(at_us + part_us, mark.duration_us, mark.text))
            for mark in self._marks
            for at_us in (max(0, mark.t_us - self._begin_us),)
        ]
        return spread(onsets, marks, self._record_s * SECOND_US)


def spread(onsets: list[bytes], tals: list[tuple[int, bytes]], record_us: int) -> list[bytes]:
    """Annotations by data record, padded to one even length. tals: time since the begin and bytes.

    Each stands in the record of its moment or in a later one with room; what finds no room there, in an earlier one.
    """
    longest = max((len(tal) for _, tal in tals), default=0)
    mean = sum(len(tal) for _, tal in tals) / len(onsets)
    size = max(len(onset) for onset in onsets) + longest + math.ceil(1.25 * mean)  # so that all find room
    size += size % 2
    records, queue = list(onsets), list[bytes]()
    waiting = sorted(tals, key=lambda pair: pair[0])[::-1]
    for i in range(len(records)):
        last = i == len(records) - 1
        while waiting and (last or waiting[-1][0] < (i + 1) * record_us):
            queue.append(waiting.pop()[1])
        while queue and len(records[i]) + len(queue[0]) <= size:
            records[i] += queue.pop(0)
    for i in range(len(records) - 1, -1, -1):
        while queue and len(records[i]) + len(queue[-1]) <= size:
            records[i] += queue.pop()
    return [record.ljust(size, b"\0") for record in records]


def _tal(onset_us: int, duration_us: int | None, text: str) -> bytes:
    duration = "" if duration_us is None else f"\x15{_seconds(duration_us)}"
    return f"+{_seconds(onset_us)}{duration}\x14{_cut(one_line(text))}\x14\0".encode()


def _seconds(us: int) -> str:
    whole, part = divmod(us, SECOND_US)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


def _cut(text: str) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= _TEXT_BYTES_MAX else data[: _TEXT_BYTES_MAX - 3].decode("utf-8", "ignore") + "..."


def record_seconds(rates: list[Fraction]) -> int:
    """The shortest data record, in whole seconds, in which every rate has a whole number of samples."""
    seconds = math.lcm(*(rate.denominator for rate in rates)) if rates else 1
    if seconds > RECORD_S_MAX:
        words = ", ".join(f"{float(rate):g}" for rate in rates)
        raise StoreError(Trouble.IO, f"the rates of the waves ({words} Hz) fit into no EDF+ record; export as csv")
    return seconds


def physical_word(value: float) -> str:
    """A number in the header's 8 characters, with as many decimals as fit."""
    for decimals in range(6, -1, -1):
        word = f"{value:.{decimals}f}"
        word = word.rstrip("0").rstrip(".") if "." in word else word
        if len(word) <= 8:
            return word
    raise ValueError(f"{value} does not fit into 8 characters")


def _date(day: date) -> str:
    """`31-DEC-1980`, with the months of the standard."""
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def _subfield(text: str) -> str:
    """A subfield of the header: ASCII, no blanks; `X` for what is not told."""
    plain = "".join(c if c.isascii() and c.isprintable() and c != " " else "_" for c in text)
    return plain[:32] or "X"


def _field(text: str, width: int) -> bytes:
    return text[:width].encode("ascii", "replace").ljust(width)


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    _File(reader, row, options).write(file)


EXPORTER = Exporter("edf", "EDF+ (signals and annotations)", "edf", _write)
