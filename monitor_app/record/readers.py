"""What does the record hold? Sessions, events, numbers, cuff readings, waves and gaps, read-only.

Every answer is read in short transactions, so that a reader never makes the writer's WAL grow; iterators may be left
half-way. Damaged rows are left out here; `verify` names them. Station time becomes UTC by the newest clock anchor at or
before it (STORAGE section 2).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app.core.events import ClockAnchored, ExportWritten, LinkFound, LinkLost, NibpMeasured, Payload, RecordGap
from monitor_app.core.parameters import NO_SOURCE_CODE, NUMERICS, SECOND_US, SOURCE_CODES
from monitor_app.core.retention_events import WavesExpired
from monitor_app.core.review_events import REVIEW_KINDS
from monitor_app.core.second import NumericRow, Observation
from monitor_app.record import catalogue, schema, sessions
from monitor_app.record.anchors import Anchor, Anchors, iso_utc
from monitor_app.record.blocks import Stretch
from monitor_app.record.catalogue import DiskUse, SessionLine
from monitor_app.record.checksums import observation_crc
from monitor_app.record.codec import decode_observations, decode_payload
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.gaps import WAVES, Gap, link_gaps, record_gaps
from monitor_app.record.journal import Entry, entries_of, event_of
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_glance import glance_of, proved
from monitor_app.record.wave_reading import Overview, WaveCursor, overview_of

ROWS_A_READ = 2000
"""Rows of one short transaction: some milliseconds of holding the WAL."""
NUMBERS_A_READ = 20_000
"""Bare rows of one short transaction: as many milliseconds."""
_SAID_AFTERWARDS = ", ".join(f"'{kind}'" for kind in (*REVIEW_KINDS, ExportWritten.KIND))
_ALWAYS_US = 2**62
_PARAMETERS = {spec.code: parameter for parameter, spec in NUMERICS.items()}
_SOURCES = {code: source for source, code in SOURCE_CODES.items()}


@dataclass(frozen=True, slots=True)
class Stored:
    """A journal entry with what it says. payload: UnknownPayload for kinds this release does not know."""

    entry: Entry
    payload: Payload

    @property
    def t_us(self) -> int:
        """Station time."""
        return self.entry.t_us


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel of one session. Physical value = scale x stored, in `unit`. file: where it is."""

    id: int
    session_id: int
    session: str
    channel: int
    parameter: str
    rate_hz: float
    scale: float
    unit: str
    origin: int
    file: str


@dataclass(frozen=True, slots=True)
class WaveSegment:
    """Consecutive samples. t_us: station time of the first, the others follow at rate_hz. samples: int16, shape (n,).

    first_index: number of the first sample in its channel; a jump from segment to segment is a gap.
    """

    t_us: int
    rate_hz: float
    scale: float
    unit: str
    samples: npt.NDArray[np.int16]
    first_index: int

    @property
    def end_us(self) -> int:
        """Station time just after the last sample."""
        return self.t_us + round(len(self.samples) * SECOND_US / self.rate_hz)


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """All numbers of one vital sign from one source. t_us: rising, shape (n,); values: NaN where there is none, shape (n,);
    validity: codes of drivers.samples.Validity, shape (n,)."""

    parameter: Parameter
    source: Source | None
    t_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    validity: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ObservedSecond:
    """The inputs of one second of one session in one run of the engine. observations: None where they are damaged."""

    second: int
    run: str
    observations: tuple[Observation, ...] | None


class Reader:
    """The record of one data folder, read-only; it may be written at the same time."""

    has_journal = True
    """False for a recording made elsewhere (`opened.py`): nobody vouches for its story."""
    identity_keys: Path | None = None
    """Where the keys of identities lie; set by whoever may show names."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError when there is no record in `folder`, or none of ours."""
        self.folder = folder
        self._path = folder / schema.STATION_FILE
        self._db = schema.open_for_reading(self._path, schema.STATION)
        self._waves: dict[str, sqlite3.Connection] = {}
        with schema.speaking_of(self._path):
            self.station_uuid = schema.station_uuid_of(self._db)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        for db in (*self._waves.values(), self._db):
            db.close()
        self._waves.clear()

    def _all(self, query: str, *values: Any) -> list[Any]:
        with schema.speaking_of(self._path):
            return self._db.execute(query, values).fetchall()

    # ------------------------------------------------------------------ sessions and events

    def sessions(self) -> list[SessionRow]:
        """All sessions, in the order of admission."""
        with schema.speaking_of(self._path):
            return sessions.stored(self._db)

    def catalogue(self) -> list[SessionLine]:
        """All sessions with their ends and alarms, in the order of admission, quick with ten thousand of them."""
        with schema.speaking_of(self._path):
            return catalogue.lines(self._db, sessions.stored(self._db))

    def disk_use(self) -> DiskUse:
        """How much disk the record takes."""
        return catalogue.disk_use(self.folder, schema.STATION_FILE, schema.WAVES_FOLDER)

    def session(self, name: str) -> SessionRow:
        """The session whose uuid is, or alone begins with, `name`. Raises StoreError otherwise."""
        with schema.speaking_of(self._path):
            found = sessions.named(self._db, name)
        if len(found) != 1:
            sentence = f"{len(found) or 'no'} sessions begin with {name!r}; `chairside sessions` lists them"
            raise StoreError(Trouble.MISSING, sentence)
        return found[0]

    def head(self) -> tuple[int, bytes] | None:
        """Sequence number and hash of the newest entry."""
        found = self._all("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
        return (found[0][0], found[0][1]) if found else None

    def entries(self, session: str | None = None, after_seq: int = 0) -> Iterator[Entry]:
        """Journal entries in order, of one session or all."""
        while True:
            rows = self._entry_rows(session, after_seq)
            yield from entries_of(rows)
            if len(rows) < ROWS_A_READ:
                return
            after_seq = rows[-1][0]

    def _entry_rows(self, session: str | None, after_seq: int) -> list[Any]:
        where, values = ("", ()) if session is None else ("AND session_id = ?", (session,))
        return self._all(
            f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE seq > ? {where} ORDER BY seq LIMIT ?",  # noqa: S608
            after_seq, *values, ROWS_A_READ,
        )  # fmt: skip

    def events(self, session: str | None = None, after_seq: int = 0) -> Iterator[Stored]:
        """Events in order with their decoded payloads."""
        for entry in self.entries(session, after_seq):
            yield Stored(entry, decode_payload(entry.kind, entry.payload))

    def events_of_kind(self, *kinds: str) -> list[Stored]:
        """All events of these kinds of the whole record, in order; for the few that belong to the station."""
        marks = ",".join("?" * len(kinds))
        found = self._all(
            f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE kind IN ({marks}) ORDER BY seq",  # noqa: S608
            *kinds,
        )
        return [Stored(entry, decode_payload(entry.kind, entry.payload)) for entry in entries_of(found)]

    def newest_of_kind(self, kind: str) -> Stored | None:
        """The newest event of this kind in the whole record."""
        found = self._all(
            f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE kind = ? ORDER BY seq DESC LIMIT 1",  # noqa: S608
            kind,
        )
        return next((Stored(e, decode_payload(e.kind, e.payload)) for e in entries_of(found)), None)

    def has_kind(self, session: str, kind: str) -> bool:
        """True when the session has an event of this kind; quick."""
        return bool(self._all("SELECT 1 FROM event WHERE session_id = ? AND kind = ? LIMIT 1", session, kind))

    def nibp(self, session: str) -> list[tuple[Entry, NibpMeasured]]:
        """The cuff readings of a session, in the order of the journal."""
        return [(e.entry, e.payload) for e in self.events(session) if isinstance(e.payload, NibpMeasured)]

    def seal_of(self, session: str) -> str | None:
        """The digest (hex) of all sealed minutes of a session; None while something of it may still be sealed."""
        found = self._all("SELECT sealed_digest FROM session WHERE uuid = ?", session)
        return found[0][0] if found else None

    def identity_row(self, patient: str) -> tuple[str, bytes] | None:
        """The uuid of what is kept of a person beside the journal, and the sealed bytes; None without (identities.py)."""
        if not self._keeps_identities():
            return None
        found = self._all("SELECT id, sealed FROM identity WHERE patient_ref = ?", patient)
        if not found:
            return None
        identity, sealed = found[0]
        return str(identity), sealed if isinstance(sealed, bytes) else b""

    def identified_patients(self) -> list[str]:
        """The pseudonyms of whom something is kept."""
        found = self._all("SELECT patient_ref FROM identity ORDER BY patient_ref") if self._keeps_identities() else []
        return [str(patient) for (patient,) in found]

    def _keeps_identities(self) -> bool:
        """False for an older record, which nobody has opened for writing since."""
        return bool(self._all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'identity'"))

    # ------------------------------------------------------------------ numbers

    def numerics(self, session: str, *parameters: Parameter) -> Iterator[NumericRow]:
        """The numbers of a session, by parameter and source, each in order of time; all parameters when none is named."""
        session_id = self.session(session).id
        for parameter in parameters or tuple(NUMERICS):
            yield from self._numerics_of(session_id, NUMERICS[parameter].code)

    def _numerics_of(self, session_id: int, code: int) -> Iterator[NumericRow]:
        after = (-1, -1)
        while True:
            found = self._all(
                "SELECT source, t_us, value, validity, origin FROM numeric WHERE session_id = ? AND parameter = ? "
                "AND (source, t_us) > (?, ?) ORDER BY source, t_us LIMIT ?",
                session_id, code, *after, ROWS_A_READ,
            )  # fmt: skip
            for row in found:
                with suppress(KeyError, ValueError, TypeError):  # damaged: `verify` names it
                    yield _numeric(code, *row)
            if len(found) < ROWS_A_READ:
                return
            after = (found[-1][0], found[-1][1])

    def number_columns(self, session: str, *parameters: Parameter) -> list[NumberColumns]:
        """The numbers of a session as arrays, one entry for each vital sign and source: for figures and pictures. All
        vital signs when none is named."""
        session_id = self.session(session).id
        codes = [NUMERICS[parameter].code for parameter in parameters or tuple(NUMERICS)]
        return [part for code in codes for part in self._number_columns(session_id, code)]

    def _number_columns(self, session_id: int, code: int) -> Iterator[NumberColumns]:
        found: list[Any] = []
        after = (-1, -1)
        while not found or len(found) % NUMBERS_A_READ == 0:
            page = self._all(
                "SELECT source, t_us, value, validity FROM numeric WHERE session_id = ? AND parameter = ? "
                "AND (source, t_us) > (?, ?) ORDER BY source, t_us LIMIT ?",
                session_id, code, *after, NUMBERS_A_READ,
            )  # fmt: skip
            if not page:
                break
            found += page
            after = (page[-1][0], page[-1][1])
        table = _number_table(found)
        for source in np.unique(table[:, 0]).tolist():
            yield _columns_of(code, int(source), table[table[:, 0] == source])

    def observations(self, session: str) -> Iterator[Observation]:
        """The station's own inputs of a session, in order, as the live code had them; damaged seconds are left out."""
        for second in self.observed_seconds(session):
            yield from second.observations or ()

    def observed_seconds(self, session: str) -> Iterator[ObservedSecond]:
        """The station's own inputs of a session by second and run, in the order in which they were stored."""
        session_id = self.session(session).id
        after = -1
        while True:
            found = self._all(
                "SELECT rowid, second, run, crc32, blob FROM observation WHERE session_id = ? AND rowid > ? "
                "ORDER BY rowid LIMIT ?",
                session_id, after, ROWS_A_READ,
            )  # fmt: skip
            for _, second, run, crc, blob in found:
                whole = observation_crc((session_id, second, run), blob) == crc
                yield ObservedSecond(second, run, decode_observations(blob) if whole else None)
            if len(found) < ROWS_A_READ:
                return
            after = found[-1][0]

    def observed_between(self, session: str, from_us: int, to_us: int) -> list[Observation]:
        """The station's own inputs of the seconds that a stretch touches; damaged seconds are left out."""
        session_id = self.session(session).id
        found = self._all(
            "SELECT second, run, crc32, blob FROM observation WHERE session_id = ? AND second BETWEEN ? AND ? "
            "ORDER BY second",
            session_id, from_us // SECOND_US, to_us // SECOND_US,
        )  # fmt: skip
        return [
            observation
            for second, run, crc, blob in found
            if observation_crc((session_id, second, run), blob) == crc
            for observation in decode_observations(blob)
        ]

    # ------------------------------------------------------------------ waves

    def channels(self, session: str) -> list[ChannelRow]:
        """The wave channels of a session; empty when it has none or their file is gone."""
        row = self.session(session)
        db = self._wave_db(row.waves_file)
        if db is None:
            return []
        with schema.speaking_of(self._wave_path(row.waves_file)):
            found = db.execute(
                "SELECT id, session_id, session, channel, parameter, 1.0 * rate_num / rate_den, gain, unit, origin "
                "FROM channel WHERE session = ? ORDER BY channel, id",
                (row.uuid,),
            ).fetchall()
        return [_channel_row(values, row.waves_file) for values in found]

    def waves(self, session: str, parameter: Parameter | str) -> Iterator[WaveSegment]:
        """The samples of one wave, in order, in segments that are continuous in themselves."""
        for channel in self.channels(session):
            if channel.parameter == parameter:
                yield from self.segments(channel)

    def segments(self, channel: ChannelRow) -> Iterator[WaveSegment]:
        """The samples of one channel, sealed minutes first, then the seconds that are not sealed yet.

        What is damaged is left out, as a gap.
        """
        return self.segments_between(channel, -_ALWAYS_US, _ALWAYS_US)

    def segments_between(self, channel: ChannelRow, from_us: int, to_us: int) -> Iterator[WaveSegment]:
        """The samples of one channel taken at from_us <= t_us < to_us, as `segments` gives them.

        The writer may seal what is being read: no sample is left out or comes twice.
        """
        cursor = WaveCursor(channel.session_id, channel.id, channel.rate_hz, from_us, to_us)
        while not cursor.done:
            for stretch in self._wave_page(channel, cursor):
                yield WaveSegment(
                    stretch.t_us, channel.rate_hz, channel.scale, channel.unit, stretch.samples, stretch.first_index
                )

    def _wave_page(self, channel: ChannelRow, cursor: WaveCursor) -> list[Stretch]:
        db = self._wave_db(channel.file)
        if db is None:
            cursor.done = True
            return []
        with schema.speaking_of(self._wave_path(channel.file)), schema.snapshot(db):
            return cursor.next_page(db)

    def overview(self, channel: ChannelRow) -> Overview:
        """The least and greatest sample of every second that has samples, without unpacking what is sealed."""
        db = self._wave_db(channel.file)
        if db is None:
            return Overview.of([])
        with schema.speaking_of(self._wave_path(channel.file)), schema.snapshot(db):
            return overview_of(db, channel.session_id, channel.id, channel.rate_hz)

    def glance(self, channel: ChannelRow) -> Overview:
        """The same at once, without a look at any checksum: for a first picture, before `proved` has gone through it."""
        db = self._wave_db(channel.file)
        if db is None:
            return Overview.of([])
        with schema.speaking_of(self._wave_path(channel.file)), schema.snapshot(db):
            return glance_of(db, channel.session_id, channel.id, channel.rate_hz)

    def proved(self, channel: ChannelRow, after_index: int, blocks: int) -> tuple[bool, int | None]:
        """True when the next sealed minutes are sound, and after which sample number to go on, None at the end."""
        db = self._wave_db(channel.file)
        if db is None:
            return True, None
        with schema.speaking_of(self._wave_path(channel.file)), schema.snapshot(db):
            return proved(db, channel.session_id, channel.id, after_index, blocks)

    def _wave_path(self, name: str) -> Path:
        return self.folder / schema.WAVES_FOLDER / name

    def _wave_db(self, name: str) -> sqlite3.Connection | None:
        if name not in self._waves:
            with suppress(StoreError):  # the day may have been dropped by retention, or no wave ever came
                self._waves[name] = schema.open_for_reading(self._wave_path(name), schema.WAVES)
        return self._waves.get(name)

    def row_counts(self, session: str) -> tuple[int, int]:
        """How many numbers and how many wave samples a session has, for the progress of long work."""
        row = self.session(session)
        numbers = self._all("SELECT count(*) FROM numeric WHERE session_id = ?", row.id)[0][0]
        db = self._wave_db(row.waves_file)
        if db is None:
            return numbers, 0
        with schema.speaking_of(self._wave_path(row.waves_file)):
            samples = db.execute(
                "SELECT (SELECT total(n) FROM wave_tail WHERE session_id = ?1) + "
                "(SELECT total(n) FROM wave_block WHERE session_id = ?1)",
                (row.id,),
            ).fetchone()[0]
        return numbers, int(samples)

    # ------------------------------------------------------------------ time and gaps

    def span_us(self, row: SessionRow) -> tuple[int, int]:
        """Station time of a session's admission and of its end: discharge, or what was recorded last."""
        if row.ended_t_us is not None:
            return row.admitted_t_us, row.ended_t_us
        last = self._all(
            f"SELECT max(t_us) FROM event WHERE session_id = ? AND typeof(t_us) = 'integer' "  # noqa: S608
            f"AND kind NOT IN ({_SAID_AFTERWARDS})",
            row.uuid,
        )[0][0]
        second = self._all(
            "SELECT max(second) FROM observation WHERE session_id = ? AND typeof(second) = 'integer'", row.id
        )[0][0]
        number = self._all("SELECT max(t_us) FROM numeric WHERE session_id = ? AND typeof(t_us) = 'integer'", row.id)[
            0
        ][0]
        return row.admitted_t_us, max(
            last or row.admitted_t_us,
            0 if second is None else (second + 1) * SECOND_US,
            0 if number is None else number + 1,
        )

    def gaps(self, session: str, waves: bool = True) -> list[Gap]:
        """Where nothing was recorded of a session: the station, its devices, its waves; in order of time.

        waves: False leaves out the holes inside waves, for which every sample has to be unpacked.
        """
        row = self.session(session)
        from_us, to_us = self.span_us(row)
        stopped = [event_of(e.entry) for e in self.events_of_kind(RecordGap.KIND)]
        links = [event_of(e.entry) for e in self.events_of_kind(LinkLost.KIND, LinkFound.KIND)]
        found = [*record_gaps(stopped, from_us, to_us), *link_gaps(links, row.chair, from_us, to_us)]
        expired = self.waves_expired(row)
        if expired:
            found.append(Gap(from_us, to_us, WAVES, expired))
        for channel in self.channels(session) if waves and not expired else ():
            found += self._wave_gaps(channel)
        return sorted(found, key=lambda gap: (gap.from_us, gap.what))

    def waves_expired(self, row: SessionRow) -> str:
        """`waves expired on 2026-11-30`; empty while they are kept, or were lost otherwise."""
        for one in self.events_of_kind(WavesExpired.KIND):
            if isinstance(one.payload, WavesExpired) and one.payload.file == row.waves_file:
                return f"waves expired on {iso_utc(one.entry.utc_us)[:10]}"
        return ""

    def _wave_gaps(self, channel: ChannelRow) -> Iterator[Gap]:
        before: WaveSegment | None = None
        for segment in self.segments(channel):
            if before is not None and segment.first_index != before.first_index + len(before.samples):
                yield Gap(before.end_us, segment.t_us, channel.parameter, "samples missing")
            before = segment

    def anchors(self) -> Anchors:
        """How station time becomes UTC in this record. Without an anchor, the wall time of the first entry serves."""
        found = [
            Anchor(e.t_us, e.payload.utc_us, e.payload.utc_offset_s)
            for e in self.events_of_kind(ClockAnchored.KIND)
            if isinstance(e.payload, ClockAnchored)
        ]
        return Anchors(
            found or [Anchor(entry.t_us, entry.utc_us) for entry in entries_of(self._entry_rows(None, 0)[:1])]
        )

    def utc_of(self, t_us: int) -> int | None:
        """UTC in microseconds of a station time, None in an empty record."""
        return self.anchors().utc_us(t_us)


def _channel_row(values: tuple[Any, ...], file: str) -> ChannelRow:
    return ChannelRow(*(*values, file))


def _number_table(found: list[Any]) -> npt.NDArray[np.float64]:
    """Rows of source, t_us, value (None becomes NaN) and validity, shape (n, 4). Microseconds are exact up to 2**53.

    Damage may have changed any value; such rows are left out, `verify` names them.
    """
    try:
        table = np.array(found, dtype=np.float64).reshape(-1, 4)
    except (TypeError, ValueError):
        table = np.array([row for row in found if _is_number(row)], dtype=np.float64).reshape(-1, 4)
    return table[np.isin(table[:, 0], [*_SOURCES, NO_SOURCE_CODE])]


def _is_number(row: tuple[Any, ...]) -> bool:
    source, t_us, value, validity = row
    whole = isinstance(source, int) and isinstance(t_us, int) and isinstance(validity, int)
    return whole and isinstance(value, (int, float, type(None)))


def _columns_of(code: int, source: int, table: npt.NDArray[np.float64]) -> NumberColumns:
    return NumberColumns(
        _PARAMETERS[code],
        _SOURCES.get(source),
        table[:, 1].astype(np.int64),
        table[:, 2].copy(),
        table[:, 3].astype(np.int64),
    )


def _numeric(code: int, source: int, t_us: int, value: float | None, validity: int, origin: int) -> NumericRow:
    return NumericRow(t_us, _PARAMETERS[code], _SOURCES.get(source), value, Validity(validity), Origin(origin))
