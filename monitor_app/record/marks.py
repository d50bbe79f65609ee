"""What is written beside the signals of a session that leaves the station? (STORAGE sections 4, 4.2 and 4.6)

Formats of signals (EDF+, WFDB) know only samples and marks in time. These marks say the rest: whose data it is, phases,
cuff readings, alarms, gaps with their reason, and why a number is absent. Folded from recorded events; nothing is
judged again. What people typed stands here only in an identified file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.samples import Origin, Validity
from monitor_app.core.care_events import PhaseAmended, StepUndone
from monitor_app.core.events import (
    BaselineConfirmed,
    ClockAnchored,
    Event,
    InfusionPaused,
    InfusionResumed,
    NibpFailed,
    NibpMeasured,
    ObservationLogged,
    PhaseEntered,
    SessionAborted,
    SessionAdmitted,
    UnknownPayload,
)
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.priority import Priority
from monitor_app.core.second import NumericRow
from monitor_app.record.alarm_log import STATION_KINDS, AlarmLine, alarm_lines
from monitor_app.record.exporters import NOTICE, SIMULATED_NOTICE, Options, origin_mark
from monitor_app.record.gaps import Gap
from monitor_app.record.grid import Track, begin_us, wave_labels
from monitor_app.record.journal import event_of
from monitor_app.record.privacy import passes_identifier_check, role_of
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

DRIFT_SAID_US = 10_000
"""From here on a wave is out of step with the marks by more than the eye forgives."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was true at `t_us` (station time) and, with a duration, for so long. text: one line.

    area: origin, chain, clock, phase, nibp, alarm, note, gap or validity, for formats that sort marks.
    """

    t_us: int
    text: str
    area: str
    duration_us: int | None = None


def marks(reader: Reader, row: SessionRow, options: Options) -> list[Mark]:
    """All marks of a session in order of time, those of the whole file first."""
    events = [event_of(stored.entry) for stored in reader.events(row.uuid)]
    found = [
        *_clock_steps(reader, row),
        *(mark for event in events for mark in _of_event(event, options.identified)),
        *_alarms(reader, row, events, options.identified),
        *(_gap(gap, reader.span_us(row)[1]) for gap in reader.gaps(row.uuid)),
        *_absences(reader.numerics(row.uuid)),
    ]
    return [*_head(reader, row, options), *sorted(found, key=lambda mark: mark.t_us)]


def stretch_marks(found: list[Track], from_us: int) -> Iterator[Mark]:
    """Where each wave begins, goes on after a gap and ends, with the record's own number of the sample."""
    for label, track in zip(wave_labels(found), found, strict=True):
        for run in track.runs:
            at_us, end_us = track.time_us(run.place, from_us), track.time_us(run.end, from_us)
            drift = f", drift {run.drift_us / 1e6:+.3f} s" if abs(run.drift_us) >= DRIFT_SAID_US else ""
            text = f"{label} from sample {run.first_index}, {run.n} samples{drift}"
            yield Mark(at_us, text, "gap", end_us - at_us)


def pseudonym(row: SessionRow, identified: bool) -> str:
    """The pseudonym where it may be shown; empty when there is none, or when it looks like a name."""
    name = row.patient_ref or ""
    return name if identified or passes_identifier_check(name) else ""


def one_line(text: str) -> str:
    """Typed text without control characters, so that no format takes one for its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def utc_offset_word(offset_s: int) -> str:
    """`+05:30`."""
    sign, minutes = "-" if offset_s < 0 else "+", abs(offset_s) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def number_word(value: float | None) -> str:
    """`118`, `36.6`; `?` for what was not measured."""
    return "?" if value is None else f"{value:.10g}"


def priority_word(priority: int) -> str:
    """`high`; the number for one of a newer release."""
    return Priority(priority).word if priority in Priority._value2member_map_ else str(priority)


# ---------------------------------------------------------------- of the whole file


def _head(reader: Reader, row: SessionRow, options: Options) -> Iterator[Mark]:
    t_us = begin_us(row)
    anchor, entries = reader.anchors().at(row.admitted_t_us), list(reader.entries(row.uuid))
    yield Mark(t_us, f"utc_offset {utc_offset_word(anchor.utc_offset_s if anchor else 0)}", "clock")
    mark = origin_mark(row.origin)
    if mark:
        yield Mark(t_us, SIMULATED_NOTICE if mark == Origin.SIMULATED.name else f"{mark} - not a patient", "origin")
    yield Mark(t_us, NOTICE, "origin")
    yield Mark(t_us, f"session {row.uuid}, chair {row.chair}", "origin")
    if entries:
        first, last = entries[0], entries[-1]
        yield Mark(t_us, f"journal entries {first.seq} to {last.seq}, chain head {last.hash.hex()}", "chain")
    yield Mark(
        t_us,
        f"exported by Chairside {options.version}, recorded by {row.software}, schema step {row.schema_step}",
        "chain",
    )


def _clock_steps(reader: Reader, row: SessionRow) -> Iterator[Mark]:
    from_us, to_us = reader.span_us(row)
    for stored in reader.events_of_kind(ClockAnchored.KIND):
        anchor = stored.payload
        if isinstance(anchor, ClockAnchored) and anchor.stepped_us and from_us < stored.t_us < to_us:
            yield Mark(stored.t_us, f"wall clock stepped by {anchor.stepped_us / 1e6:+.6f} s", "clock")


# ---------------------------------------------------------------- what happened


def _of_event(event: Event, identified: bool) -> Iterator[Mark]:
    payload = event.payload
    if isinstance(payload, SessionAdmitted):
        yield Mark(event.t_us, "phase admitted", "phase")
    elif isinstance(payload, PhaseEntered):
        yield Mark(payload.at_us, f"phase {payload.target}", "phase")
    elif isinstance(payload, InfusionPaused):
        yield Mark(payload.at_us, "infusion paused", "phase")
    elif isinstance(payload, InfusionResumed):
        yield Mark(payload.at_us, "infusion resumed", "phase")
    elif isinstance(payload, SessionAborted):
        yield Mark(event.t_us, "infusion aborted", "phase")
    elif isinstance(payload, StepUndone):
        yield Mark(event.t_us, f"undone: {payload.step.replace('_', ' ')}, phase {payload.target}", "phase")
    elif isinstance(payload, PhaseAmended):
        yield Mark(payload.new_us, f"phase {payload.phase}, corrected", "phase")
    elif isinstance(payload, BaselineConfirmed):
        yield Mark(event.t_us, "baseline confirmed", "phase")
    elif isinstance(payload, NibpMeasured):
        yield Mark(payload.measured_us, _reading(payload), "nibp")
    elif isinstance(payload, NibpFailed):
        yield Mark(event.t_us, f"NIBP failed: {payload.reason}", "nibp")
    elif isinstance(payload, ObservationLogged):
        yield Mark(payload.at_us, _observation(payload, event.actor, identified), "note")
    elif isinstance(payload, UnknownPayload):
        yield Mark(event.t_us, f"event {one_line(payload.kind)}", "note")


def _reading(r: NibpMeasured) -> str:
    pair = f"{number_word(r.systolic)}/{number_word(r.diastolic)} ({number_word(r.mean)}) mmHg"
    return f"NIBP {pair}" if r.validity == Validity.VALID else f"NIBP {pair} {validity_word(r.validity)}"


def _observation(payload: ObservationLogged, actor: str, identified: bool) -> str:
    text = one_line(payload.text) if identified else "(withheld)"
    said = " taken back" if payload.withdrawn else " (corrected)" if payload.corrects else ""
    return f"{one_line(payload.code)}{said} by {role_of(actor, identified)}" + (f": {text}" if payload.text else "")


def _alarms(reader: Reader, row: SessionRow, events: list[Event], identified: bool) -> Iterator[Mark]:
    _, end_us = reader.span_us(row)
    for line in alarm_story(reader, row, events):
        raised = line.raised
        ended_us = line.ended_us if line.ended_us is not None else end_us
        yield Mark(raised.cross_us, _alarm(line), "alarm", max(0, ended_us - raised.cross_us))
        if line.acknowledged_us is not None:
            by = role_of(line.acknowledged_by, identified)
            yield Mark(line.acknowledged_us, f"alarm {raised.row} acknowledged by {by}", "alarm")


def alarm_story(reader: Reader, row: SessionRow, events: list[Event]) -> list[AlarmLine]:
    """The session's alarms, with what the station as a whole did about them. events: the session's own."""
    taken = (event_of(s.entry) for s in reader.events_of_kind(*STATION_KINDS))
    of_station = [event for event in taken if event.session != row.uuid]
    return alarm_lines(sorted([*events, *of_station], key=lambda event: event.t_us))


def _alarm(line: AlarmLine) -> str:
    raised = line.raised
    words = ["alarm", raised.row, priority_word(max((raised.priority, *line.escalated)))]
    if raised.value is not None:
        words.append(f"{number_word(raised.value)} {raised.unit}".strip())
    if raised.limit is not None:
        words.append(f"limit {number_word(raised.limit)}")
    return " ".join([*words, *([] if line.ended_us is not None else ["(not ended)"])])


# ---------------------------------------------------------------- what is absent, and why


def _gap(gap: Gap, end_us: int) -> Mark:
    until_us = gap.to_us if gap.to_us is not None else end_us
    return Mark(gap.from_us, f"gap {gap.what}: {gap.reason}", "gap", max(0, until_us - gap.from_us))


def _absences(numerics: Iterable[NumericRow]) -> Iterator[Mark]:
    """One mark for each run of seconds in which a vital sign was not, or not surely, measured."""
    run: list[NumericRow] = []
    for number in numerics:
        if run and not _continues(run[-1], number):
            yield from _absence(run)
            run = []
        run = [*run[:1], number]
    yield from _absence(run)


def _continues(before: NumericRow, after: NumericRow) -> bool:
    same = (before.parameter, before.source, before.validity) == (after.parameter, after.source, after.validity)
    return same and after.t_us - before.t_us == SECOND_US


def _absence(run: list[NumericRow]) -> Iterator[Mark]:
    if run and run[0].validity != Validity.VALID:
        label = NUMERICS[run[0].parameter].label
        duration_us = run[-1].t_us - run[0].t_us + SECOND_US
        yield Mark(run[0].t_us, f"{label} {validity_word(run[0].validity)}", "validity", duration_us)


def validity_word(validity: int) -> str:
    """`sensor_off`; the number for one of a newer release."""
    return Validity(validity).name.lower() if validity in Validity._value2member_map_ else str(validity)
