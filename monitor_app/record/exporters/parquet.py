"""Parquet: numbers, marks and waves as columns for statistics programs, all in one zip (STORAGE section 4.6).

Written by `pyarrow`, which is large and an extra (`chairside[parquet]`). `numerics.parquet` has a row for every stored
number with its validity, absent ones as null; `marks.parquet` what happened; `waves/<channel>.parquet` every sample with
its stored step and its value; a gap has no rows. What the file as a whole says stands in each schema's metadata.
"""

from __future__ import annotations

import importlib
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from drivers.samples import Origin
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.exporters import NOTICE, ExportCancelled, Exporter, Options, origin_mark
from monitor_app.record.marks import marks, pseudonym, validity_word
from monitor_app.record.readers import ChannelRow, NumberColumns, Reader
from monitor_app.record.sessions import SessionRow

PACKAGE = "pyarrow"
ROWS_A_GROUP = 100_000


class _Counted:
    """What pyarrow wants of a file: how far it is."""

    def __init__(self, file: Any) -> None:
        self._file, self._at, self.closed = file, 0, False

    def write(self, data: bytes) -> int:
        self._file.write(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Everything was handed on."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True


class _Zip:
    """One session on its way into a zip of tables."""

    def __init__(self, reader: Reader, row: SessionRow, file: zipfile.ZipFile, options: Options) -> None:
        self._pa: Any = importlib.import_module("pyarrow")
        self._parquet: Any = importlib.import_module("pyarrow.parquet")
        self._reader, self._row, self._file, self._options = reader, row, file, options
        self._anchors = reader.anchors()
        numbers, samples = reader.row_counts(row.uuid)
        self._done, self._of = 0, numbers + samples

    def write(self) -> None:
        pa = self._pa
        utc = ("utc", pa.timestamp("us", tz="UTC"))
        self._table("numerics.parquet", [utc, ("parameter", pa.string()), ("source", pa.string()), ("value", pa.float64()),
                                         ("unit", pa.string()), ("validity", pa.string())], self._numbers())  # fmt: skip
        self._table("marks.parquet", [utc, ("area", pa.string()), ("text", pa.string()), ("duration_us", pa.int64())],
                    self._marks())  # fmt: skip
        for name, channel in _names(self._reader.channels(self._row.uuid)).items():
            columns = [("sample_index", pa.int64()), utc, ("step", pa.int16()), ("value", pa.float64())]
            told = {"unit": channel.unit, "scale": repr(channel.scale), "rate_hz": repr(channel.rate_hz)}
            self._table(name, columns, self._samples(channel), told)

    def _table(
        self, name: str, columns: list[tuple[str, Any]], groups: Iterator[list[Any]], told: dict[str, str] | None = None
    ) -> None:
        """groups: columns of some rows each."""
        schema = self._pa.schema(columns, metadata={**self._said(), **(told or {})})
        entry = zipfile.ZipInfo(name)  # its fixed date of 1980 makes equal sessions equal files
        entry.external_attr = 0o600 << 16
        with self._file.open(entry, "w", force_zip64=True) as raw:
            out = self._pa.PythonFile(_Counted(raw), mode="w")
            with self._parquet.ParquetWriter(out, schema, compression="zstd") as writer:
                for group in groups:
                    arrays = [
                        self._pa.array(values, type=kind, from_pandas=True)
                        for values, (_, kind) in zip(group, columns, strict=True)
                    ]
                    writer.write_table(self._pa.Table.from_arrays(arrays, schema=schema))

    def _said(self) -> dict[str, str]:
        row, entries = self._row, list(self._reader.entries(self._row.uuid))
        mark = origin_mark(row.origin)
        return {
            "notice": NOTICE, "session": row.uuid, "chair": str(row.chair), "profile": row.profile_id,
            "pseudonym": pseudonym(row, self._options.identified),
            "origin": f"{mark} - not a patient" if mark else Origin.REAL.name.lower(),
            "software": f"exported by Chairside {self._options.version}, recorded by {row.software}",
            "chain": f"entries {entries[0].seq} to {entries[-1].seq}, head {entries[-1].hash.hex()}" if entries else "",
        }  # fmt: skip

    # ------------------------------------------------------------------ rows

    def _numbers(self) -> Iterator[list[Any]]:
        for part in self._reader.number_columns(self._row.uuid):
            spec = NUMERICS[part.parameter]
            for first in range(0, len(part.t_us), ROWS_A_GROUP):
                group = slice(first, first + ROWS_A_GROUP)
                n = len(part.t_us[group])
                yield [
                    self._utc(part.t_us[group].tolist()), [spec.parameter.value] * n,
                    [part.source.value if part.source is not None else ""] * n, part.values[group], [spec.unit] * n,
                    _validities(part, group),
                ]  # fmt: skip
                self._tick(n)

    def _marks(self) -> Iterator[list[Any]]:
        found = marks(self._reader, self._row, self._options)
        yield [
            self._utc([mark.t_us for mark in found]), [mark.area for mark in found], [mark.text for mark in found],
            [mark.duration_us for mark in found],
        ]  # fmt: skip

    def _samples(self, channel: ChannelRow) -> Iterator[list[Any]]:
        for segment in self._reader.segments(channel):
            n = len(segment.samples)
            t_us = segment.t_us + np.rint(np.arange(n) * (SECOND_US / segment.rate_hz)).astype(np.int64)
            yield [
                np.arange(segment.first_index, segment.first_index + n), self._utc(t_us.tolist()), segment.samples,
                segment.samples * segment.scale,
            ]  # fmt: skip
            self._tick(n)

    def _utc(self, times: list[int]) -> list[int | None]:
        """Microseconds since 1970; null where nothing tells the time."""
        if not times:
            return []
        first, last = self._anchors.at(times[0]), self._anchors.at(times[-1])
        if first is None or last is None or first.t_us != last.t_us or min(times) < times[0]:
            return [self._anchors.utc_us(t_us) for t_us in times]
        ahead_us = first.utc_us - first.t_us
        return [t_us + ahead_us for t_us in times]

    def _tick(self, rows: int) -> None:
        self._done += rows
        if not self._options.progress(self._done, max(self._of, self._done)):
            raise ExportCancelled


def _validities(part: NumberColumns, group: slice) -> list[str]:
    words = {code: validity_word(code) for code in set(part.validity[group].tolist())}
    return [words[code] for code in part.validity[group].tolist()]


def _names(channels: list[ChannelRow]) -> dict[str, ChannelRow]:
    """A file for each channel; a second device with the same wave gets a number."""
    names: dict[str, ChannelRow] = {}
    for channel in channels:
        again = sum(other.parameter == channel.parameter for other in names.values())
        names[f"waves/{channel.parameter}{f'-{again + 1}' if again else ''}.parquet"] = channel
    return names


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _Zip(reader, row, archive, options).write()


EXPORTER = Exporter("parquet", "Parquet tables (zip)", "parquet.zip", _write, needs=PACKAGE)
