"""`.vital`, as VitalRecorder and the `vitaldb` package read it: waves, numbers, and all that happened as text.

The layout is public with that package: a gzip of packets (record/importers/vital.py tells it). Times are UTC. A stretch of
samples without a gap is a row of records of one second each, in the stored steps with their scale; where nothing was
measured there is no record. Beside each wave stands a text track that numbers the first sample of each record, so that
what is read back equals the record to the sample.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from typing import BinaryIO, cast

from drivers.samples import Validity
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.exporters import ExportCancelled, Exporter, Options
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.grid import begin_us, wave_label
from monitor_app.record.marks import marks, one_line
from monitor_app.record.readers import ChannelRow, Reader, WaveSegment
from monitor_app.record.sessions import SessionRow

SIGN, VERSION = b"VITA", 3
DEVICE, TRACK, RECORD = 9, 0, 1
WAVE, NUMBER, TEXT = 1, 2, 5
DOUBLE, SHORT = 2, 5
OUR_DEVICE = "Chairside"
NOTES_TRACK = "EVENT"
FIRST_INDEX = " first_index"
LEVEL = 6
ROWS_BETWEEN_NEWS = 20_000
_GREEN, _WHITE = 4278255360, 4294967295
_TEXT_BYTES_MAX = 4000


class _File:
    """One session on its way into a .vital file."""

    def __init__(self, reader: Reader, row: SessionRow, options: Options) -> None:
        self._reader, self._row, self._options = reader, row, options
        self._anchors = reader.anchors()
        self._begin_us = begin_us(row)
        self._channels = reader.channels(row.uuid)
        numbers, samples = reader.row_counts(row.uuid)
        self._done, self._of = 0, numbers + samples

    def write(self, file: BinaryIO) -> None:
        file.write(self._header())
        file.write(_packet(DEVICE, struct.pack("<I", 1) + _text("Chairside") + _text(OUR_DEVICE) + _text("")))
        names = _names(self._channels)
        for number, (name, channel) in enumerate(zip(names, self._channels, strict=True)):
            rate_hz = channel.rate_hz
            file.write(_track(_wave_id(number), WAVE, SHORT, name, channel.unit, rate_hz, channel.scale, _GREEN))
            file.write(_track(_index_id(number), TEXT, 0, f"{name}{FIRST_INDEX}", "", 0.0, 1.0, _WHITE))
        for spec in NUMERICS.values():
            file.write(_track(spec.code, NUMBER, DOUBLE, spec.label, spec.unit, 0.0, 1.0, _GREEN))
        file.write(_track(0xFFFF, TEXT, 0, NOTES_TRACK, "", 0.0, 1.0, _WHITE))
        for piece in self._records():
            file.write(piece)

    def _header(self) -> bytes:
        anchor = self._anchors.at(self._begin_us)
        west = -(anchor.utc_offset_s if anchor else 0) // 60
        end_us = self._reader.span_us(self._row)[1]
        body = struct.pack("<hIIdd", west, 0, 0, self._utc_s(self._begin_us), self._utc_s(end_us)) + b"\0"
        return SIGN + struct.pack("<IH", VERSION, len(body)) + body

    def _utc_s(self, t_us: int) -> float:
        return (self._anchors.utc_us(t_us) or 0) / SECOND_US

    def _records(self) -> Iterator[bytes]:
        for mark in marks(self._reader, self._row, self._options):
            lasting = "" if mark.duration_us is None else f"\x1f{mark.duration_us}"
            yield self._told(0xFFFF, max(mark.t_us, self._begin_us), f"{_cut(one_line(mark.text))}{lasting}")
        for number in self._reader.numerics(self._row.uuid):
            self._tick(1)
            if number.value is not None and number.validity in (Validity.VALID, Validity.QUESTIONABLE):
                head = struct.pack("<HdHd", 10, self._utc_s(number.t_us), NUMERICS[number.parameter].code, number.value)
                yield _packet(RECORD, head)
        self._news()
        for place, channel in enumerate(self._channels):
            for segment in self._reader.segments(channel):
                yield from self._seconds(place, segment)

    def _seconds(self, place: int, segment: WaveSegment) -> Iterator[bytes]:
        a_second = max(1, round(segment.rate_hz))
        for first in range(0, len(segment.samples), a_second):
            samples = segment.samples[first : first + a_second].astype("<i2")
            self._tick(len(samples))
            t_us = segment.t_us + round(first * SECOND_US / segment.rate_hz)
            head = struct.pack("<HdHI", 10, self._utc_s(t_us), _wave_id(place), len(samples))
            yield self._told(_index_id(place), t_us, str(segment.first_index + first))
            yield _packet(RECORD, head + samples.tobytes())

    def _told(self, track: int, t_us: int, text: str) -> bytes:
        return _packet(RECORD, struct.pack("<HdHI", 10, self._utc_s(t_us), track, 0) + _text(text))

    def _tick(self, rows: int) -> None:
        before = self._done // ROWS_BETWEEN_NEWS
        self._done += rows
        if self._done // ROWS_BETWEEN_NEWS != before:
            self._news()

    def _news(self) -> None:
        if not self._options.progress(self._done, max(self._of, self._done)):
            raise ExportCancelled


def _wave_id(place: int) -> int:
    return 1000 + 2 * place


def _index_id(place: int) -> int:
    return 1001 + 2 * place


def _names(channels: list[ChannelRow]) -> list[str]:
    """`ECG_II`, `Pleth`; a second channel of the same wave gets a number."""
    waves = [channel.parameter for channel in channels]
    names = [wave_label(wave).replace(" ", "_") for wave in waves]
    return [
        f"{name}_{waves[:i].count(waves[i]) + 1}" if waves[i] in waves[:i] else name for i, name in enumerate(names)
    ]


def _track(
    number: int, kind: int, coding: int, name: str, unit: str, rate_hz: float, gain: float, colour: int
) -> bytes:
    shown = struct.pack("<ffIfddBI", 0.0, 0.0, colour, rate_hz, gain, 0.0, 0, 1)
    return _packet(TRACK, struct.pack("<HBB", number, kind, coding) + _text(name) + _text(unit) + shown)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<I", len(data)) + data


def _cut(text: str) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= _TEXT_BYTES_MAX else data[:_TEXT_BYTES_MAX].decode("utf-8", "ignore") + "..."


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack("<BI", kind, len(body)) + body


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    if reader.anchors().utc_us(row.admitted_t_us) is None:
        raise StoreError(Trouble.DAMAGED, "the record does not say what time it was, which .vital needs; export as csv")
    # a fixed date makes equal sessions equal files
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as packed:
        _File(reader, row, options).write(cast(BinaryIO, packed))


EXPORTER = Exporter("vital", ".vital (VitalRecorder)", "vital", _write)
