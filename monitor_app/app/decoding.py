"""`chairside decode`: a raw capture through a driver as fast as it goes, one JSON object (or one line) per sample."""

from __future__ import annotations

import io
import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from drivers import catalog
from drivers.driver import DriverSpec
from drivers.samples import (
    Beat,
    DeviceAlarm,
    DeviceStatus,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Numeric,
    RhythmCode,
    Sample,
    WaveBlock,
)
from monitor_app.app.captures import is_capture, is_hex_text, read_hex_text, read_lives
from monitor_app.app.faults import Problem

CHUNK = 4096
SECOND_US = 1_000_000
FILE_MAX = 2_000_000_000
"""Bytes: a day of the fastest line is less."""

Row = dict[str, Any]


def decode(arguments: Namespace) -> int:
    """The command."""
    spec = catalog.spec(arguments.device)
    show = _show_json if arguments.json else _show_text
    decoder = Decoder(spec)
    for row in _rows_of(arguments.file, decoder):
        show(row)
    show(decoder.summary())
    return 0


def _rows_of(name: str, decoder: Decoder) -> Iterator[Row]:
    with _opened(name) as file:
        if not (isinstance(file, io.BufferedReader) and is_capture(file.peek(CHUNK))) or name == "-":
            yield from decoder.rows(file)
            return
    yield from decoder.lives(read_lives(Path(name))[1])


class Decoder:
    """Feeds a file to a driver at the nominal pace of its line, and keeps the counts of the summary."""

    def __init__(self, spec: DriverSpec) -> None:
        self._spec = spec
        self._driver = spec.make()
        self._byte_us = SECOND_US * 10 / spec.lines[0].baud if spec.lines else 0.0  # never on a line: no pace
        self._bytes = 0
        self._end_us = 0
        self._start_us: int | None = None
        self._quality = LinkQuality(0, 0, 0, 0)
        self._before = LinkQuality(0, 0, 0, 0)
        self._base_us = 0
        self._flags: dict[str, frozenset[str]] = {}

    def rows(self, file: BinaryIO) -> Iterator[Row]:
        """Every sample of the file, in order, in the shape of the contract."""
        self._driver.start(0)
        while chunk := file.read(CHUNK):
            self._bytes += len(chunk)
            yield from self._rows(self._driver.feed(chunk, self._now_us()))
        yield from self._rows(self._driver.advance(self._now_us() + 2 * SECOND_US))

    def lives(self, lives: list[list[tuple[int, bytes]]]) -> Iterator[Row]:
        """The samples of a capture: read by read, with a new driver for every opening of the port, as it was live."""
        for number, life in enumerate(lives):
            if number:
                self._next_life()
            self._driver.start(0)
            began_us = life[0][0] if life else 0
            self._base_us = began_us - (lives[0][0][0] if lives[0] else 0)
            at_us = 0
            for read_us, data in life:
                at_us = read_us - began_us
                self._bytes += len(data)
                yield from self._rows(self._driver.feed(data, at_us))
            yield from self._rows(self._driver.advance(at_us + 2 * SECOND_US))

    def _next_life(self) -> None:
        """What the driver before has counted is kept; it itself is not."""
        self._before, self._quality = self._sum(), LinkQuality(0, 0, 0, 0)
        self._driver, self._flags = self._spec.make(), {}

    def _sum(self) -> LinkQuality:
        before, now = self._before, self._quality
        return LinkQuality(
            now.t_us,
            before.frames_good + now.frames_good,
            before.frames_bad + now.frames_bad,
            before.bytes_skipped + now.bytes_skipped,
        )

    def summary(self) -> Row:
        """The last line."""
        quality = self._sum()
        start_us = self._start_us if self._start_us is not None else self._end_us
        return {
            "kind": "summary",
            "device": self._spec.id,
            "bytes": self._bytes,
            "frames_good": quality.frames_good,
            "frames_bad": quality.frames_bad,
            "bytes_skipped": quality.bytes_skipped,
            "duration_s": round((self._end_us - start_us) / SECOND_US, 3),
        }

    def _now_us(self) -> int:
        return int(self._bytes * self._byte_us)

    def _rows(self, samples: list[Sample]) -> Iterator[Row]:
        for sample in samples:
            if isinstance(sample, LinkQuality):
                self._quality = sample
                continue
            t_us = self._base_us + sample.t_us
            self._start_us = t_us if self._start_us is None else min(self._start_us, t_us)
            self._end_us = max(self._end_us, self._base_us + _end_us(sample))
            row = self._status(sample) if isinstance(sample, DeviceStatus) else row_of(sample)
            yield row | {"t_us": t_us}

    def _status(self, status: DeviceStatus) -> Row:
        flags = frozenset(flag.value for flag in status.flags)
        cleared = self._flags.get(status.of, frozenset()) - flags
        self._flags[status.of] = flags
        row: Row = {"t_us": status.t_us, "kind": "status", "flags": sorted(flags), "cleared": sorted(cleared)}
        row |= {"of": status.of, "handshake": status.handshake.value}
        return row | {"leads": list(status.leads)} if status.leads else row


def row_of(sample: Sample) -> Row:
    """One sample in the shape of the contract (CLI). DeviceStatus needs the one before it: see Decoder."""
    if isinstance(sample, Numeric):
        return _numeric(sample)
    if isinstance(sample, NibpReading):
        return _nibp(sample)
    if isinstance(sample, WaveBlock):
        return _wave(sample)
    row: Row = {"t_us": sample.t_us, "kind": KINDS[type(sample)]}
    if isinstance(sample, Beat):
        return row | {"source": sample.source.value} | _given(sample_index=sample.sample_index)
    if isinstance(sample, RhythmCode):
        return row | {"code": sample.code, "raw": sample.raw}
    if isinstance(sample, DeviceAlarm):
        return row | {"priority": sample.priority, "text": sample.text} | _given(raw=sample.raw or None)
    if isinstance(sample, Identity):
        words = {"model": sample.model, "serial": sample.serial, "firmware": sample.firmware}
        return row | words | _given(maker=sample.maker)
    if isinstance(sample, NibpProgress):
        return row | {"phase": sample.phase.value, "cuff_mmhg": sample.cuff_mmhg}
    raise TypeError(f"{type(sample).__name__} has no row of its own")


KINDS: dict[type, str] = {
    Beat: "beat",
    RhythmCode: "rhythm",
    DeviceAlarm: "device_alarm",
    Identity: "identity",
    NibpProgress: "nibp_progress",
}


def _numeric(sample: Numeric) -> Row:
    row: Row = {
        "t_us": sample.t_us,
        "kind": "numeric",
        "parameter": sample.parameter.value,
        "value": sample.value,
        "unit": sample.unit,
        "validity": sample.validity.name.lower(),
    }
    return row | _given(source=sample.source.value if sample.source is not None else None)


def _nibp(sample: NibpReading) -> Row:
    row: Row = {"t_us": sample.t_us, "kind": "nibp"}
    row |= {name: _whole(getattr(sample, name)) for name in ("systolic", "diastolic", "mean", "pulse")}
    row |= {"unit": sample.unit, "validity": sample.validity.name.lower(), "id": sample.id}
    return row | _given(reason=sample.reason)


def _wave(sample: WaveBlock) -> Row:
    return {
        "t_us": sample.t_us,
        "kind": "wave",
        "parameter": sample.parameter.value,
        "rate_hz": sample.rate_hz,
        "unit": sample.unit,
        "first_index": sample.first_index,
        "values": [round(float(step) * sample.scale, 6) for step in sample.samples],
        "gap": sample.gap,
    }


def _given(**fields: Any) -> Row:
    return {name: value for name, value in fields.items() if value is not None}


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _end_us(sample: Sample) -> int:
    if isinstance(sample, WaveBlock):
        return sample.t_us + round(len(sample) * SECOND_US / sample.rate_hz)
    return sample.t_us


def _opened(name: str) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    path = Path(name)
    try:
        if path.stat().st_size > FILE_MAX:
            raise Problem(f"{path} is larger than {FILE_MAX // 10**9} GB: cut it into pieces first")
        file = path.open("rb")
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    if not is_hex_text(file.peek(CHUNK)):
        return file
    with file:
        return io.BytesIO(read_hex_text(path))


def _show_json(row: Row) -> None:
    sys.stdout.write(json.dumps(row) + "\n")


def _show_text(row: Row) -> None:
    kind = row.pop("kind")
    if kind == "wave":
        row["values"] = f"{len(row['values'])} samples"
    at = f"{row.pop('t_us') / SECOND_US:10.3f} s" if "t_us" in row else " " * 12
    words = "  ".join(f"{name} {'-' if value is None else value}" for name, value in row.items())
    sys.stdout.write(f"{at}  {kind:<12} {words}\n")
