"""The CSV archive: one zip of plain tables that spreadsheets and statistics programs read (STORAGE section 4.1).

UTF-8 with BOM, CRLF, `.` as decimal mark, one header row. Every column is a row of COLUMNS: the headers, the data
dictionary and the documents are made from it.
"""

from __future__ import annotations

import bisect
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

import msgspec

from drivers.samples import Origin, Validity
from monitor_app.core.care_events import ScoreRecorded, StepUndone
from monitor_app.core.events import (
    Event,
    InfusionPaused,
    InfusionResumed,
    NibpFailed,
    NibpMeasured,
    NibpStarted,
    ObservationLogged,
    PhaseEntered,
    SessionAdmitted,
)
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.record.alarm_log import STATION_KINDS, AlarmLine, alarm_lines
from monitor_app.record.cells import Cell, csv_row
from monitor_app.record.exporters import (
    NOTICE,
    SIMULATED_NOTICE,
    ExportCancelled,
    Exporter,
    Options,
    origin_mark,
)
from monitor_app.record.journal import event_of
from monitor_app.record.privacy import passes_identifier_check, role_of, shown_fields
from monitor_app.record.readers import ChannelRow, Reader, Stored
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_text import wave_lines

ROWS_BETWEEN_NEWS = 20_000
"""Rows between two calls of `progress`: some hundredths of a second, so that cancelling feels immediate."""
BOM = "\ufeff"
PAUSED = "infusion_paused"
"""How a pause stands in phases.csv: the phase of the session stays `infusion`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file. unit and values: empty where there is none to name."""

    file: str
    name: str
    type: str
    unit: str
    meaning: str
    values: str = ""


_UTC = "ISO 8601 with offset, to the microsecond"
_ORIGINS = " ".join(origin.name.lower() for origin in Origin)
_PHASES = " ".join(phase.value for phase in Phase if phase is not Phase.EMPTY)
_VALIDITIES = " ".join(validity.name.lower() for validity in Validity)
_PRIORITIES = " ".join(priority.word for priority in Priority)


def _columns(file: str, *rows: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(file, *row) for row in rows)


COLUMNS: tuple[Column, ...] = (
    *_columns(
        "session.csv",
        ("session", "text", "", "uuid of the session"),
        ("chair", "integer", "", "number of the chair"),
        ("pseudonym", "text", "", "as typed; empty when it looks like a name and the export is pseudonymous"),
        ("profile", "text", "", "profile of the treatment"),
        ("origin", "text", "", "whose data: a patient's, or not", _ORIGINS),
        ("admitted_utc", "utc", "", "the patient was seated", _UTC),
        ("infusion_start_utc", "utc", "", "the infusion began; empty if never", _UTC),
        ("infusion_end_utc", "utc", "", "the infusion ended", _UTC),
        ("recovery_start_utc", "utc", "", "the recovery began", _UTC),
        ("ended_utc", "utc", "", "discharge; empty while the session runs", _UTC),
        ("outcome", "text", "", "how the session stands", "running completed aborted"),
        ("software", "text", "", "version that recorded it"),
        ("chain_first_seq", "integer", "", "first journal entry of the session"),
        ("chain_last_seq", "integer", "", "last journal entry of the session in this file"),
        ("chain_head", "text", "", "hash of that entry, SHA-256 as hex"),
    ),
    *_columns(
        "phases.csv",
        ("utc", "utc", "", "when it happened, as the person said", _UTC),
        ("elapsed_s", "number", "s", "since the start of the infusion, negative before; empty without an infusion"),
        ("from", "text", "", "phase before", f"{_PHASES} {PAUSED}"),
        ("to", "text", "", "phase after", f"{_PHASES} {PAUSED}"),
        ("actor", "text", "", "who did it; the role alone in a pseudonymous export"),
        ("reason", "text", "", "as typed; withheld in a pseudonymous export"),
        ("planned_end_utc", "utc", "", "planned end of the infusion after this step", _UTC),
    ),
    *_columns(
        "numerics.csv",
        ("utc", "utc", "", "the second it stands for", _UTC),
        ("elapsed_s", "number", "s", "since the start of the infusion, negative before; empty without an infusion"),
        ("phase", "text", "", "phase of the treatment then", _PHASES),
        ("parameter", "text", "", "vital sign", " ".join(parameter.value for parameter in NUMERICS)),
        ("source", "text", "", "where it was measured; empty when nothing was"),
        ("value", "number", "see unit", "empty when there was none: see validity"),
        ("unit", "text", "", "unit of value"),
        ("validity", "text", "", "whether it may be believed, or why there is none", _VALIDITIES),
        ("origin", "text", "", "whose data: a patient's, or not", _ORIGINS),
    ),
    *_columns(
        "nibp.csv",
        ("utc_start", "utc", "", "the inflation began, where known", _UTC),
        ("utc_measured", "utc", "", "the moment it was measured, or that it failed", _UTC),
        ("elapsed_s", "number", "s", "since the start of the infusion, negative before; empty without an infusion"),
        ("phase", "text", "", "phase of the treatment then", _PHASES),
        ("trigger", "text", "", "why it was measured", "planned manual repeat retry device"),
        ("systolic_mmHg", "number", "mmHg", "empty when it failed"),
        ("diastolic_mmHg", "number", "mmHg", "empty when it failed or was not given"),
        ("mean_mmHg", "number", "mmHg", "empty when it failed or was not given"),
        ("pulse_bpm", "number", "bpm", "from the cuff; empty when not given"),
        ("validity", "text", "", "whether it may be believed, or why there is none", _VALIDITIES),
        ("status", "text", "", "measured, or failed with the reason"),
        ("confirms_seq", "integer", "", "journal entry of the reading that this one repeats"),
    ),
    *_columns(
        "alarms.csv",
        ("condition", "text", "", "row of the alarm catalogue"),
        ("kind", "text", "", "about the patient or the equipment", "physiological technical"),
        ("priority", "text", "", "when raised", _PRIORITIES),
        ("parameter", "text", "", "vital sign it speaks of"),
        ("limit", "number", "the parameter's", "limit in force; empty when there is none"),
        ("value", "number", "the parameter's", "value that raised it"),
        ("onset_utc", "utc", "", "the limit was crossed", _UTC),
        ("raised_utc", "utc", "", "the alarm was raised, after its delay", _UTC),
        ("acknowledged_utc", "utc", "", "first acknowledgement", _UTC),
        ("acknowledged_by", "text", "", "who; the role alone in a pseudonymous export"),
        ("sound_paused_utc", "utc", "", "its sound was first paused", _UTC),
        ("ended_utc", "utc", "", "the condition ended; empty while it lasts", _UTC),
        ("extremum", "number", "the parameter's", "worst value while it lasted"),
        ("escalated", "text", "", "priorities it rose to, in order", _PRIORITIES),
    ),
    *_columns(
        "events.csv",
        ("seq", "integer", "", "number in the station's journal"),
        ("utc", "utc", "", "when it became true", _UTC),
        ("elapsed_s", "number", "s", "since the start of the infusion, negative before; empty without an infusion"),
        ("phase", "text", "", "phase of the treatment then", _PHASES),
        ("kind", "text", "", "kind of event"),
        ("actor", "text", "", "who or what; the role alone in a pseudonymous export"),
        ("text", "text", "", "what it says, as JSON; typed text is withheld in a pseudonymous export"),
        ("corrects_seq", "integer", "", "entry that this one corrects"),
        ("hash", "text", "", "of this entry in the chain, SHA-256 as hex"),
    ),
    *_columns(
        "gaps.csv",
        ("from_utc", "utc", "", "nothing from here", _UTC),
        ("to_utc", "utc", "", "until here; empty when it never came back", _UTC),
        ("what", "text", "", "record (everything), a link, or a wave"),
        ("reason", "text", "", "why"),
    ),
)
WAVE_COLUMNS = (
    ("sample_index", "integer", "", "number of the sample in its wave; it jumps over a gap"),
    ("utc", "utc", "", "moment of the sample", _UTC),
    ("value", "number", "", "physical value; one empty cell stands for each gap"),
)
DICTIONARY = "DATA-DICTIONARY.csv"
DICTIONARY_HEADER = ("file", "column", "type", "unit", "meaning", "values")


def header(file: str) -> tuple[str, ...]:
    """The header row of one file of the archive."""
    return tuple(column.name for column in COLUMNS if column.file == file)


class _Archive:
    """One session on its way into a zip."""

    def __init__(self, reader: Reader, row: SessionRow, file: zipfile.ZipFile, options: Options) -> None:
        self._reader = reader
        self._row = row
        self._file = file
        self._options = options
        self._anchors = reader.anchors()
        self._utc = self._anchors.iso
        self._stored = list(reader.events(row.uuid))
        self._events = [event_of(stored.entry) for stored in self._stored]
        self._phase_times, self._phases = _phase_line(row, self._events)
        self._channels = _wave_names(reader.channels(row.uuid)) if options.waves else {}
        numbers, samples = reader.row_counts(row.uuid)
        self._done, self._of = 0, numbers + (samples if options.waves else 0)

    def write(self) -> None:
        self._text("README.txt", self._readme())
        self._table(DICTIONARY, DICTIONARY_HEADER, self._dictionary())
        tables: dict[str, Callable[[], Iterable[tuple[Cell, ...]]]] = {
            "session.csv": self._session_rows,
            "phases.csv": self._phase_rows,
            "numerics.csv": self._numeric_rows,
            "nibp.csv": self._nibp_rows,
            "alarms.csv": self._alarm_rows,
            "events.csv": self._event_rows,
            "gaps.csv": self._gap_rows,
        }
        for name, rows in tables.items():
            self._table(name, header(name), rows())
        for name, channel in self._channels.items():
            self._text(name, self._wave_lines(channel))

    # ------------------------------------------------------------------ the zip

    def _table(self, name: str, head: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> None:
        self._text(name, (csv_row(row) for row in _with_head(head, rows)))

    def _text(self, name: str, lines: Iterable[str]) -> None:
        entry = zipfile.ZipInfo(name)  # its fixed date of 1980 makes equal sessions equal files
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        with (
            self._file.open(entry, "w", force_zip64=True) as raw,
            TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="") as text,
        ):
            text.write(BOM)
            text.writelines(lines)

    def _tick(self, rows: int = 1) -> None:
        before = self._done // ROWS_BETWEEN_NEWS
        self._done += rows
        news = self._done // ROWS_BETWEEN_NEWS != before
        if news and not self._options.progress(self._done, max(self._of, self._done)):
            raise ExportCancelled

    # ------------------------------------------------------------------ what all tables need

    def _elapsed(self, t_us: int) -> float | None:
        start_us = self._row.infusion_start_t_us
        return None if start_us is None else (t_us - start_us) / 1e6

    def _phase(self, t_us: int) -> str:
        at = bisect.bisect_right(self._phase_times, t_us) - 1
        return self._phases[at] if at >= 0 else ""

    def _actor(self, actor: str) -> str:
        return role_of(actor, self._options.identified)

    def _typed(self, text: str) -> str:
        return text if self._options.identified or not text else "(withheld)"

    # ------------------------------------------------------------------ the tables

    def _session_rows(self) -> Iterator[tuple[Cell, ...]]:
        row = self._row
        yield (
            row.uuid, row.chair, self._pseudonym(), row.profile_id, _origin_word(row.origin),
            self._utc(row.admitted_t_us), self._utc(row.infusion_start_t_us), self._utc(row.infusion_end_t_us),
            self._utc(row.recovery_t_us), self._utc(row.ended_t_us), row.outcome, row.software, row.first_seq,
            self._last_seq(), self._head(),
        )  # fmt: skip

    def _pseudonym(self) -> str:
        name = self._row.patient_ref or ""
        return name if self._options.identified or passes_identifier_check(name) else ""

    def _last_seq(self) -> int:
        return self._stored[-1].entry.seq if self._stored else self._row.last_seq

    def _head(self) -> str:
        return self._stored[-1].entry.hash.hex() if self._stored else ""

    def _phase_rows(self) -> Iterator[tuple[Cell, ...]]:
        for event in self._events:
            step = _step(event)
            if step is not None:
                source, target, at_us, reason, planned_end_us = step
                yield (
                    self._utc(at_us), self._elapsed(at_us), source, target, self._actor(event.actor),
                    self._typed(reason), self._utc(planned_end_us),
                )  # fmt: skip

    def _numeric_rows(self) -> Iterator[tuple[Cell, ...]]:
        for number in self._reader.numerics(self._row.uuid):
            self._tick()
            yield (
                self._utc(number.t_us), self._elapsed(number.t_us), self._phase(number.t_us), number.parameter.value,
                number.source.value if number.source is not None else "", number.value,
                NUMERICS[number.parameter].unit, number.validity.name.lower(), _origin_word(number.origin),
            )  # fmt: skip

    def _nibp_rows(self) -> Iterator[tuple[Cell, ...]]:
        before: int | None = None
        started_us: int | None = None
        for stored in self._stored:
            payload = stored.payload
            if isinstance(payload, NibpStarted):
                started_us = stored.t_us
            elif isinstance(payload, NibpMeasured):
                repeats = before if payload.trigger == "repeat" else None
                yield self._reading(payload, started_us, repeats)
                before, started_us = stored.entry.seq, None
            elif isinstance(payload, NibpFailed):
                yield self._failure(payload, stored, started_us)
                started_us = None

    def _reading(self, r: NibpMeasured, started_us: int | None, repeats: int | None) -> tuple[Cell, ...]:
        start_us = r.started_us if r.started_us is not None else started_us
        return (
            self._utc(start_us), self._utc(r.measured_us), self._elapsed(r.measured_us), self._phase(r.measured_us),
            r.trigger, r.systolic, r.diastolic, r.mean, r.pulse, _validity_word(r.validity), "measured", repeats,
        )  # fmt: skip

    def _failure(self, r: NibpFailed, stored: Stored, started_us: int | None) -> tuple[Cell, ...]:
        return (
            self._utc(started_us), self._utc(stored.t_us), self._elapsed(stored.t_us), self._phase(stored.t_us),
            r.trigger, None, None, None, None, _validity_word(r.validity), f"failed: {r.reason}", None,
        )  # fmt: skip

    def _alarm_rows(self) -> Iterator[tuple[Cell, ...]]:
        taken = (event_of(s.entry) for s in self._reader.events_of_kind(*STATION_KINDS))
        of_station = [event for event in taken if event.session != self._row.uuid]
        events = sorted([*self._events, *of_station], key=lambda event: event.t_us)
        for line in alarm_lines(events):
            yield self._alarm(line)

    def _alarm(self, line: AlarmLine) -> tuple[Cell, ...]:
        raised = line.raised
        return (
            raised.row, raised.kind, _priority_word(raised.priority), raised.parameter or "", raised.limit,
            raised.value, self._utc(raised.cross_us), self._utc(line.raised_us), self._utc(line.acknowledged_us),
            self._actor(line.acknowledged_by) if line.acknowledged_by else "", self._utc(line.sound_paused_us),
            self._utc(line.ended_us), line.extremum, " ".join(map(_priority_word, line.escalated)),
        )  # fmt: skip

    def _event_rows(self) -> Iterator[tuple[Cell, ...]]:
        named: dict[str, int] = {}
        for stored in self._stored:
            entry, payload = stored.entry, stored.payload
            recorded = msgspec.json.decode(entry.payload)  # what a later release added to its kind was not said then
            shown = shown_fields(payload, self._options.identified)
            fields = {name: value for name, value in shown.items() if name in recorded}
            corrects = None
            if isinstance(payload, (ObservationLogged, ScoreRecorded)):
                corrects = named.get(payload.corrects)
                named[payload.entry] = entry.seq
            yield (
                entry.seq, self._utc(entry.t_us), self._elapsed(entry.t_us), self._phase(entry.t_us), entry.kind,
                self._actor(entry.actor), msgspec.json.encode(fields, order="deterministic").decode(),
                corrects, entry.hash.hex(),
            )  # fmt: skip

    def _gap_rows(self) -> Iterator[tuple[Cell, ...]]:
        for gap in self._reader.gaps(self._row.uuid):
            yield self._utc(gap.from_us), self._utc(gap.to_us), gap.what, gap.reason

    def _wave_lines(self, channel: ChannelRow) -> Iterator[str]:
        yield csv_row(column[0] for column in WAVE_COLUMNS)
        for samples, lines in wave_lines(self._reader.segments(channel), self._anchors):
            self._tick(samples)
            yield lines

    # ------------------------------------------------------------------ what explains them

    def _dictionary(self) -> Iterator[tuple[Cell, ...]]:
        for column in COLUMNS:
            yield column.file, column.name, column.type, column.unit, column.meaning, column.values
        for file, channel in self._channels.items():
            for name, kind, unit, meaning, *values in WAVE_COLUMNS:
                yield file, name, kind, channel.unit if name == "value" else unit, meaning, "".join(values)

    def _readme(self) -> list[str]:
        row, mark = self._row, origin_mark(self._row.origin)
        lines = [
            f"Chairside session {row.uuid}",
            *([SIMULATED_NOTICE if mark == Origin.SIMULATED.name else f"{mark} - not a patient"] if mark else []),
            "",
            NOTICE,
            "",
            "Identified: holds typed text and names of persons." if self._options.identified
            else "Pseudonymous: typed text and names of persons are left out.",
            *([f"Patient: {person.words}"] if (person := self._options.person) is not None else []),
            f"Exported by Chairside {self._options.version}, recorded by {row.software}, schema step {row.schema_step}.",
            f"Journal entries {row.first_seq} to {self._last_seq()}, chain head {self._head()}.",
            "",
            "Times are UTC. elapsed_s counts from the start of the infusion.",
            "An empty value was not measured; `validity` says why. A gap is a gap: see gaps.csv.",
            "numerics.csv is in order of parameter, source and time.",
            "A leading apostrophe keeps spreadsheets from running a text as a formula.",
            f"{DICTIONARY} explains every column.",
        ]  # fmt: skip
        return [f"{line}\r\n" for line in lines]


def _with_head(head: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    yield head
    yield from rows


def _phase_line(row: SessionRow, events: list[Event]) -> tuple[list[int], list[str]]:
    """The phases by the time at which each one began to hold, for limits and for this export."""
    line = [(row.admitted_t_us, Phase.ADMITTED.value)]
    line += [
        (event.t_us, event.payload.target) for event in events if isinstance(event.payload, (PhaseEntered, StepUndone))
    ]
    return [t_us for t_us, _ in line], [phase for _, phase in line]


def _step(event: Event) -> tuple[str, str, int, str, int | None] | None:
    """from, to, when, reason and planned end of what an event did to the treatment; None when it did nothing."""
    payload = event.payload
    if isinstance(payload, SessionAdmitted):
        return Phase.EMPTY.value, Phase.ADMITTED.value, event.t_us, "", None
    if isinstance(payload, PhaseEntered):
        return payload.source, payload.target, payload.at_us, payload.reason, payload.planned_end_us
    if isinstance(payload, InfusionPaused):
        return Phase.INFUSION.value, PAUSED, payload.at_us, payload.reason, None
    if isinstance(payload, StepUndone):
        return payload.source, payload.target, event.t_us, f"undone: {payload.step} {payload.reason}".strip(), None
    if isinstance(payload, InfusionResumed):
        return PAUSED, Phase.INFUSION.value, payload.at_us, "", payload.planned_end_us
    return None


def _wave_names(channels: Iterable[ChannelRow]) -> dict[str, ChannelRow]:
    """A file for each channel; a second device with the same wave gets a number."""
    names: dict[str, ChannelRow] = {}
    for channel in channels:
        again = sum(other.parameter == channel.parameter for other in names.values())
        names[f"waves/{channel.parameter}{f'-{again + 1}' if again else ''}.csv"] = channel
    return names


def _origin_word(origin: int) -> str:
    return Origin(origin).name.lower() if origin in Origin._value2member_map_ else str(origin)


def _validity_word(validity: int) -> str:
    return Validity(validity).name.lower() if validity in Validity._value2member_map_ else str(validity)


def _priority_word(priority: int) -> str:
    return Priority(priority).word if priority in Priority._value2member_map_ else str(priority)


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _Archive(reader, row, archive, options).write()


EXPORTER = Exporter("csv", "CSV archive (zip of tables)", "zip", _write)
