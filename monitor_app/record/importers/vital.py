"""`.vital`, the format of VitalRecorder: a gzip of packets (its layout is public with the `vitaldb` package).

Header `VITA`, then packets of type, length and body: devices (9), tracks (0), records (1). A track is a wave, a number or
text. Times are UTC seconds since 1970; NaN, and the lowest value of a signed or the highest of an unsigned kind, stand
where nothing was.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.importers import FILE_BYTES_MAX, LENGTH_S_MAX, SAMPLES_MAX, Importer, Refused
from monitor_app.record.recording import (
    Note,
    Numbers,
    Recording,
    Run,
    Stored,
    Wave,
    area_of_ours,
    in_millivolt,
    length_of,
    number_parameter,
    origin_named,
    runs_of,
    session_named,
    wave_parameter,
)

SIGN = b"VITA"
DEVICE, TRACK, RECORD = 9, 0, 1
WAVE, NUMBER, TEXT = 1, 2, 5
OUR_DEVICE = "Chairside"
FIRST_INDEX = " first_index"
"""Ends the name of our text track that numbers the samples of a wave."""
PACKET_BYTES_MAX = 512 << 20
PACKETS_MAX = 20_000_000
TRACKS_MAX = 2000
_KINDS = {1: "<f4", 2: "<f8", 3: "<i1", 4: "<u1", 5: "<i2", 6: "<u2", 7: "<i4", 8: "<u4"}
_ABSENT = {3: -128, 4: 255, 5: -32768, 6: 65535, 7: -(1 << 31), 8: (1 << 32) - 1}


@dataclass(slots=True)
class _Track:
    """One track as it is read. parts: of a wave, begin (UTC seconds) and samples; of others, begin and value or text."""

    name: str
    kind: int
    coding: int
    unit: str
    rate_hz: float
    gain: float
    offset: float
    parts: list[tuple[float, Any]] = field(default_factory=list)


class _Body:
    """The body of a packet, read piece by piece; what a shorter packet lacks is the default."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def one(self, kind: str, default: float | None = None) -> Any:
        size = struct.calcsize(kind)
        if self.at + size > len(self.data):
            if default is None:
                raise EOFError
            self.at = len(self.data)
            return default
        (value,) = struct.unpack_from(kind, self.data, self.at)
        self.at += size
        return value

    def text(self) -> str:
        """Empty when the packet has ended."""
        n = self.one("<I", 0)
        if n > len(self.data) - self.at:
            raise EOFError
        self.at += n
        return self.data[self.at - n : self.at].decode("utf-8", "replace")


class _File:
    """A file as it is read."""

    def __init__(self) -> None:
        self.minutes_west = 0
        self.devices: dict[int, str] = {}
        self.tracks: dict[int, _Track] = {}
        self.samples = 0
        self.ends_early = False

    def take(self, kind: int, body: _Body) -> None:
        if kind == DEVICE:
            number, type_name, name = body.one("<I"), body.text(), body.text()
            self.devices[number] = name or type_name
        elif kind == TRACK:
            self._track(body)
        elif kind == RECORD:
            self._record(body)

    def _track(self, body: _Body) -> None:
        number, kind, coding = body.one("<H"), body.one("<B"), body.one("<B")
        name, unit = body.text(), body.text()
        _, _, _ = body.one("<f", 0), body.one("<f", 0), body.one("<I", 0)  # how it is displayed
        rate_hz, gain, offset = body.one("<f", 0), body.one("<d", 0), body.one("<d", 0)
        _, device = body.one("<B", 0), body.one("<I", 0)
        if len(self.tracks) >= TRACKS_MAX:
            raise Refused("it holds more tracks than are opened at most")
        if kind in (WAVE, NUMBER) and coding not in _KINDS:
            return
        if not all(map(math.isfinite, (rate_hz, gain, offset))):
            raise ValueError("scale")
        full = f"{self.devices[device]}/{name}" if device in self.devices else name
        self.tracks[number] = _Track(full, kind, coding, unit, rate_hz, gain, offset)

    def _record(self, body: _Body) -> None:
        info, at_s, number = body.one("<H"), body.one("<d"), body.one("<H")
        track = self.tracks.get(number)
        if track is None or not 0 < at_s < 1e11:
            return
        body.at = 2 + info
        if track.kind == WAVE:
            n, kind = body.one("<I"), np.dtype(_KINDS[track.coding])
            self.samples += n
            if self.samples > SAMPLES_MAX:
                raise Refused("it holds more samples than are opened at most")
            if n * kind.itemsize > len(body.data) - body.at:
                raise EOFError
            track.parts.append((at_s, np.frombuffer(body.data, kind, n, body.at)))
        elif track.kind == NUMBER:
            track.parts.append((at_s, body.one(_struct_of(track.coding))))
        elif track.kind == TEXT:
            body.one("<I")
            track.parts.append((at_s, body.text()))


def _struct_of(coding: int) -> str:
    return {1: "<f", 2: "<d", 3: "<b", 4: "<B", 5: "<h", 6: "<H", 7: "<i", 8: "<I"}[coding]


def read(path: Path) -> Recording:
    """Everything in the file. See `open_recording` for what is raised."""
    found = _File()
    with gzip.open(path) as file:
        try:
            if file.read(4) != SIGN:
                raise Refused("its first words are not those of a .vital file")
        except gzip.BadGzipFile:
            raise Refused("it is no gzip file") from None
        try:
            file.read(4)
            head = file.read(int.from_bytes(file.read(2), "little"))
            found.minutes_west = int.from_bytes(head[:2], "little", signed=True)
            for kind, body in _packets(file):
                found.take(kind, body)
        except (EOFError, gzip.BadGzipFile, struct.error):
            found.ends_early = True
    return _recording(path.name, found)


def _packets(file: Any) -> Iterator[tuple[int, _Body]]:
    taken = 0
    for _ in range(PACKETS_MAX):
        head = file.read(5)
        if len(head) < 5:
            if head:
                raise EOFError
            return
        kind, n = struct.unpack("<BI", head)
        taken += n
        if n > PACKET_BYTES_MAX or taken > FILE_BYTES_MAX:
            raise Refused("it unpacks to more than is opened at most")
        data = file.read(n)
        if len(data) < n:
            raise EOFError
        yield kind, _Body(data)
    raise Refused("it holds more packets than are read at most")


def _recording(name: str, found: _File) -> Recording:
    tracks = [track for track in found.tracks.values() if track.parts]
    for track in tracks:
        track.parts.sort(key=lambda part: part[0])
    if not tracks:
        raise Refused("it holds no track" if not found.ends_early else "it ends before its first track")
    begin_s = min(track.parts[0][0] for track in tracks)
    if max(track.parts[-1][0] for track in tracks) - begin_s > LENGTH_S_MAX:
        raise Refused("it is longer than the 48 hours that are opened at most")
    ours = OUR_DEVICE in found.devices.values()
    numbered = {t.name.removesuffix(FIRST_INDEX): t for t in tracks if t.kind == TEXT and t.name.endswith(FIRST_INDEX)}
    waves = tuple(
        _wave(t, begin_s, numbered.get(t.name) if ours else None) for t in tracks if t.kind == WAVE and t.rate_hz > 0
    )
    numbers = tuple(_numbers(t, begin_s) for t in tracks if t.kind == NUMBER)
    texts = [t for t in tracks if t.kind == TEXT and not (ours and t.name.endswith(FIRST_INDEX))]
    notes = tuple(sorted((note for t in texts for note in _notes(t, begin_s, ours)), key=lambda note: note.t_us))
    start = _start(begin_s, found.minutes_west)
    left_out = ("the file ends early; what came before is shown",) if found.ends_early else ()
    return Recording(
        name, "vital", start, length_of(waves, numbers, notes), waves, numbers, notes, origin_named(notes, ours),
        session_named(notes), left_out,
    )  # fmt: skip


def _start(begin_s: float, minutes_west: int) -> datetime:
    zone = timezone(timedelta(minutes=-minutes_west)) if abs(minutes_west) < 24 * 60 else UTC
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=begin_s)).astimezone(zone)


def _since(at_s: float, begin_s: float) -> int:
    return round((at_s - begin_s) * SECOND_US)


def _wave(track: _Track, begin_s: float, numbered: _Track | None) -> Wave:
    firsts = {round(at_s * SECOND_US): text for at_s, text in numbered.parts} if numbered is not None else {}
    runs: list[Run] = []
    place = 0
    for at_s, samples in track.parts:
        t_us = _since(at_s, begin_s)
        said = firsts.get(round(at_s * SECOND_US), "")
        if said.isdecimal() and len(said) < 16:
            runs.append(Run(t_us, samples, int(said)))
            continue
        place = max(place, round(t_us * track.rate_hz / SECOND_US))
        runs += [
            Run(t_us + run.t_us, run.samples, place + run.first_index)
            for run in runs_of(samples, _present(track, samples), track.rate_hz)
        ]
        place += len(samples)
    whole = track.coding > 2
    scale, offset = (track.gain or 1.0, track.offset) if whole else (1.0, 0.0)
    wave = Wave(track.name, wave_parameter(track.name), track.rate_hz, track.unit, scale, offset, tuple(_joined(runs)))
    return in_millivolt(wave)


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Runs that follow each other by number, as one each."""
    group: list[Run] = []
    for run in runs:
        if group and run.first_index != group[-1].first_index + len(group[-1].samples):
            yield _one(group)
            group = []
        group.append(run)
    if group:
        yield _one(group)


def _one(group: list[Run]) -> Run:
    samples: Stored = group[0].samples if len(group) == 1 else np.concatenate([run.samples for run in group])
    return Run(group[0].t_us, samples, group[0].first_index)


def _present(track: _Track, samples: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if track.coding in _ABSENT:
        return np.asarray(samples != _ABSENT[track.coding])
    return np.asarray(np.isfinite(samples), dtype=np.bool_)


def _numbers(track: _Track, begin_s: float) -> Numbers:
    t_us = np.array([_since(at_s, begin_s) for at_s, _ in track.parts], np.int64)
    values = np.array([value for _, value in track.parts], np.float64)
    if track.coding > 2:
        values = values * (track.gain or 1.0) + track.offset
    here = np.isfinite(values)
    return Numbers(track.name, number_parameter(track.name), track.unit, t_us[here], values[here])


def _notes(track: _Track, begin_s: float, ours: bool) -> Iterator[Note]:
    for at_s, text in track.parts:
        if not ours:
            yield Note(_since(at_s, begin_s), text if track.name.endswith("EVENT") else f"{track.name}: {text}", "note")
            continue
        said, _, lasting = text.partition("\x1f")
        duration_us = int(lasting) if lasting.isdecimal() and len(lasting) < 16 else None
        yield Note(_since(at_s, begin_s), said, area_of_ours(said), duration_us)


IMPORTER = Importer("vital", "a .vital recording", (".vital",), read)
