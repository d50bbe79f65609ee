"""How does a recording made elsewhere answer the questions that the review asks of a record? In memory, read-only.

Nothing of it is written anywhere. It has no journal: no phases, alarms or readings that a station vouches for, only waves,
numbers, beats and what the file says in words. Times are microseconds since the recording's begin.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Parameter, Validity
from monitor_app.core.events import Event
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.review_events import ReviewNoted
from monitor_app.core.second import Observation
from monitor_app.record import schema
from monitor_app.record.anchors import Anchor, Anchors
from monitor_app.record.blocks import Seconds, Stretch, seconds_in
from monitor_app.record.catalogue import DiskUse
from monitor_app.record.gaps import Gap
from monitor_app.record.journal import Journal
from monitor_app.record.readers import ChannelRow, NumberColumns, Reader, WaveSegment
from monitor_app.record.recording import Recording, Wave, in_millivolt
from monitor_app.record.sessions import COLUMNS, SessionRow
from monitor_app.record.wave_reading import Overview

PIECE = 500_000
"""Samples of which the seconds are told together, so that a day needs no gigabyte."""
INT16 = np.iinfo(np.int16)
_EPOCH = datetime(1970, 1, 1)
_NORMAL, _VENTRICULAR, _SUPRA = frozenset("NLRBejn"), frozenset("VEr"), frozenset("AaJS")
"""Symbols of WFDB annotations, by the classes of the review."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A wave as the review takes it: int16, a scale, runs."""

    channel: ChannelRow
    runs: tuple[Stretch, ...]


class OpenedRecording(Reader):
    """A recording as a record of one session. recording: its words beside what is shown."""

    has_journal = False

    def __init__(self, path: Path, recording: Recording) -> None:
        """Takes over the arrays of the recording; nothing is copied that already is int16."""
        self.recording = recording
        self.folder, self._path = path.parent, path
        self.station_uuid = str(uuid5(NAMESPACE_URL, recording.name))
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._waves: dict[str, sqlite3.Connection] = {}
        self._uuid = recording.session or self.station_uuid
        self._shown = [_shown(number, wave, self._uuid) for number, wave in enumerate(recording.waves, 1) if wave.runs]
        self._shown = _named_apart(self._shown, recording)
        self._beats = [
            Observation(note.t_us, None, BeatFound(note.t_us, Parameter.ECG_II, 0, note.t_us, _class(note.text)))
            for note in recording.notes if note.area == "beat"
        ]  # fmt: skip
        self._fill()

    def _fill(self) -> None:
        for statement in schema.STATION.added_after(0):
            self._db.execute(statement)
        row = _row(self._uuid, self.recording)
        values = tuple(getattr(row, column) for column in COLUMNS)
        marks = ", ".join("?" * len(COLUMNS))
        self._db.execute(f"INSERT INTO session ({', '.join(COLUMNS)}) VALUES ({marks})", values)  # noqa: S608
        journal = Journal(self.station_uuid)
        with schema.transaction(self._db):
            for note in self.recording.notes:
                if note.area == "beat":
                    continue
                until_us = note.t_us + note.duration_us if note.duration_us else None
                said = ReviewNoted(note.t_us, until_us, note.area, note.text)
                event = Event(note.t_us, said, None, self._uuid, f"file:{self.recording.format}", Origin(row.origin))
                entry = journal.append(event, 0)
                fields = (
                    entry.seq, entry.t_us, entry.utc_us, entry.session, entry.chair, entry.kind, entry.actor, entry.origin,
                    entry.payload, entry.prev_hash, entry.hash,
                )  # fmt: skip
                self._db.execute(f"INSERT INTO event VALUES ({', '.join('?' * len(fields))})", fields)  # noqa: S608

    def missing(self) -> str:
        """What such a file cannot tell, and what of it could not be read; for people."""
        said = [f"{self.recording.format} file: no journal, so no phases, alarms, limits or signatures"]
        if self.recording.start is None:
            said.append("no date: times count from its begin")
        return ". ".join([*said, *self.recording.left_out]) + "."

    # ------------------------------------------------------------------ what a record answers otherwise

    def disk_use(self) -> DiskUse:
        """One file."""
        return DiskUse(0, self._path.stat().st_size if self._path.is_file() else 0, 1)

    def anchors(self) -> Anchors:
        """By the file's own begin; none where it tells no time. A time without a zone is taken as it stands."""
        start = self.recording.start
        if start is None:
            return Anchors(())
        offset = start.utcoffset()
        zoned = start.replace(tzinfo=None)
        epoch_us = round((zoned - _EPOCH).total_seconds() * SECOND_US)
        seconds = int(offset.total_seconds()) if offset is not None else 0
        return Anchors([Anchor(0, epoch_us - seconds * SECOND_US, seconds)])

    def number_columns(self, session: str, *parameters: Parameter) -> list[NumberColumns]:
        """The numbers of the vital signs that we know; the same second is told by the first that names it."""
        wanted = parameters or tuple(NUMERICS)
        return [
            NumberColumns(
                one.parameter, None, one.t_us, one.values, np.full(len(one.t_us), int(Validity.VALID), np.int64)
            )
            for one in self.recording.numbers
            if one.parameter in wanted and one.parameter in NUMERICS
        ]

    def observed_between(self, session: str, from_us: int, to_us: int) -> list[Observation]:
        """Its beats."""
        return [beat for beat in self._beats if from_us <= beat.now_us <= to_us]

    def channels(self, session: str) -> list[ChannelRow]:
        """Every wave of the file, also those that we have no name for."""
        return [shown.channel for shown in self._shown]

    def segments_between(self, channel: ChannelRow, from_us: int, to_us: int) -> Iterator[WaveSegment]:
        """As in a record."""
        period_us = SECOND_US / channel.rate_hz
        for run in self._runs(channel):
            first = max(0, int(np.ceil((from_us - run.t_us) / period_us)))
            end = min(len(run.samples), int(np.ceil((to_us - run.t_us) / period_us)))
            if first < end:
                at_us = run.t_us + round(first * period_us)
                yield WaveSegment(
                    at_us, channel.rate_hz, channel.scale, channel.unit, run.samples[first:end], run.first_index + first
                )

    def overview(self, channel: ChannelRow) -> Overview:
        """The least and greatest sample of every second."""
        return Overview.of([part for run in self._runs(channel) for part in _seconds(run, channel.rate_hz)])

    def glance(self, channel: ChannelRow) -> Overview:
        """The same: nothing of it has a checksum."""
        return self.overview(channel)

    def proved(self, channel: ChannelRow, after_index: int, blocks: int) -> tuple[bool, int | None]:
        """There is nothing to prove."""
        return True, None

    def gaps(self, session: str, waves: bool = True) -> list[Gap]:
        """Where a wave has none of its samples."""
        found = []
        for shown in self._shown if waves else ():
            for one, other in zip(shown.runs, shown.runs[1:], strict=False):
                end_us = one.t_us + round(len(one.samples) * SECOND_US / shown.channel.rate_hz)
                found.append(Gap(end_us, other.t_us, shown.channel.parameter, "not in the file"))
        return sorted(found, key=lambda gap: gap.from_us)

    def _runs(self, channel: ChannelRow) -> tuple[Stretch, ...]:
        return next((shown.runs for shown in self._shown if shown.channel.id == channel.id), ())


# ---------------------------------------------------------------- making


def _row(uuid: str, recording: Recording) -> SessionRow:
    origin = recording.origin if recording.origin is not None else Origin.RECORDED
    return SessionRow(
        1, uuid, 0, recording.format, "", None, "discharged", 0, 0, None, None, None, max(1, recording.length_us), False,
        int(origin), "", 1, 1, "", schema.SCHEMA_STEP,
    )  # fmt: skip


def _shown(number: int, wave: Wave, uuid: str) -> _Shown:
    volts = in_millivolt(wave)
    samples, scale = _as_int16(volts)
    name = wave.parameter.value if wave.parameter is not None else wave.name
    channel = ChannelRow(number, 1, uuid, number, name, wave.rate_hz, scale, volts.unit, int(Origin.RECORDED), "")
    runs = tuple(Stretch(run.t_us, run.first_index, part) for run, part in zip(wave.runs, samples, strict=True))
    return _Shown(channel, runs)


def _as_int16(wave: Wave) -> tuple[list[npt.NDArray[np.int16]], float]:
    """The samples of each run, and what one step of them is worth. What is wider is laid into the steps that there are; the
    level of zero is not kept, because a strip shows differences alone."""
    stored = [run.samples for run in wave.runs]
    if all(part.dtype == np.int16 for part in stored):
        return [part.astype(np.int16, copy=False) for part in stored], wave.scale
    low = min(float(np.nanmin(part)) for part in stored if len(part))
    high = max(float(np.nanmax(part)) for part in stored if len(part))
    if all(part.dtype.kind == "i" for part in stored) and low >= INT16.min and high <= INT16.max:
        return [part.astype(np.int16) for part in stored], wave.scale
    step = (high - low) / (int(INT16.max) - int(INT16.min)) or 1.0
    middle = (low + high) / 2
    return [np.round((part - middle) / step).astype(np.int16) for part in stored], wave.scale * step


def _named_apart(shown: list[_Shown], recording: Recording) -> list[_Shown]:
    """A second wave of the same kind keeps the name that the file gives it."""
    seen: set[str] = set()
    made = []
    names = [wave.name for wave in recording.waves if wave.runs]
    for one, name in zip(shown, names, strict=True):
        parameter = one.channel.parameter
        made.append(one if parameter not in seen else replace(one, channel=replace(one.channel, parameter=name)))
        seen.add(parameter)
    return made


def _seconds(run: Stretch, rate_hz: float) -> Iterator[Seconds]:
    for first in range(0, len(run.samples), PIECE):
        part = run.samples[first : first + PIECE]
        yield seconds_in(Stretch(run.t_us + round(first * SECOND_US / rate_hz), run.first_index + first, part), rate_hz)


def _class(symbol: str) -> BeatClass:
    if symbol in _NORMAL:
        return BeatClass.N
    if symbol in _VENTRICULAR:
        return BeatClass.V
    return BeatClass.S if symbol in _SUPRA else BeatClass.Q
