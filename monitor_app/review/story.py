"""What happened in a session? Everything the review window shows of it but the samples of the waves, read once.

Folded from the record; nothing is decided again. Times are station time in microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Parameter, Source
from monitor_app.core import events as ev
from monitor_app.core.course import effective
from monitor_app.core.facts import Baseline
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.review_events import ReviewNoted
from monitor_app.core.signing import NOTHING_ADDED, Standing, standing
from monitor_app.core.words import log_line
from monitor_app.record.alarm_log import AlarmLine, alarm_lines
from monitor_app.record.anchors import Anchors
from monitor_app.record.gaps import Gap
from monitor_app.record.readers import ChannelRow, Reader
from monitor_app.record.reviewing import recorded
from monitor_app.record.sessions import SessionRow

TREND_GAP_US = 2 * SECOND_US
"""Numbers come once a second: two seconds without one is a gap, and no line is drawn across it."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One vital sign over the session. t_us: shape (n,), rising. values: shape (n,), NaN where nothing was measured.

    validity: codes of drivers.samples.Validity, shape (n,).
    """

    parameter: Parameter
    source: Source | None
    t_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    validity: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase of the treatment, as it happened."""

    phase: Phase
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class AlarmSpan:
    """One occurrence on the ribbon. ended_us: None while it lasts."""

    line: AlarmLine
    priority: Priority
    kind: Kind

    @property
    def from_us(self) -> int:
        """When it was raised."""
        return self.line.raised_us


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the event list. group: alarm, bp, note, phase or other."""

    t_us: int
    text: str
    group: str
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Cuff:
    """One cuff reading. status: `failed` or empty."""

    t_us: int
    systolic: float | None
    diastolic: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """A session, complete but for its waves. running: it had not ended when it was read. head: hash of its newest entry.

    numbers_read: False while its numbers are still to come, so that nobody takes what is not read for what was not there.
    """

    row: SessionRow
    from_us: int
    to_us: int
    anchors: Anchors
    phases: tuple[PhaseSpan, ...]
    trends: tuple[Trend, ...]
    cuffs: tuple[Cuff, ...]
    alarms: tuple[AlarmSpan, ...]
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    channels: tuple[ChannelRow, ...]
    baseline: Baseline | None = None
    added: Standing = NOTHING_ADDED
    head: str = ""
    numbers_read: bool = True

    @property
    def running(self) -> bool:
        """True while the session goes on."""
        return self.row.ended_t_us is None

    @property
    def origin(self) -> Origin:
        """Whose data it is."""
        return Origin(self.row.origin)

    def trend(self, parameter: Parameter) -> Trend | None:
        """The preferred series of a vital sign: our own analysis first, then the device's."""
        found = [trend for trend in self.trends if trend.parameter is parameter]
        own = [trend for trend in found if trend.source is Source.ANALYSIS and np.isfinite(trend.values).any()]
        return next(iter((*own, *found)), None)


def load(reader: Reader, session: str) -> Story:
    """Read a session. Raises StoreError when there is none of that name."""
    story = outline(reader, session)
    return replace(story, trends=tuple(_trends(reader, story.row.uuid)), numbers_read=True)


def outline(reader: Reader, session: str) -> Story:
    """The same without its numbers: enough for the waves, and there at once however long the session was."""
    row = reader.session(session)
    from_us, to_us = reader.span_us(row)
    kept = recorded(reader, row.uuid)
    events = [entry.event for entry in kept]
    return Story(
        row=row,
        from_us=from_us,
        to_us=max(to_us, from_us + SECOND_US),
        anchors=reader.anchors(),
        phases=tuple(_phases(events, from_us, to_us)) if reader.has_journal else (),
        trends=(),
        cuffs=tuple(_cuffs(events)),
        alarms=tuple(_alarms(events)),
        lines=tuple(_lines(events)),
        gaps=tuple(reader.gaps(row.uuid, waves=False)),
        channels=tuple(reader.channels(row.uuid)),
        baseline=_baseline(events),
        added=standing(kept),
        head=kept[-1].hash if kept else "",
        numbers_read=False,
    )


def _phases(events: list[ev.Event], from_us: int, to_us: int) -> list[PhaseSpan]:
    marks = [(from_us, Phase.ADMITTED)]
    marks += [
        (e.payload.at_us, Phase(e.payload.target)) for e in effective(events) if isinstance(e.payload, ev.PhaseEntered)
    ]
    ends = [at_us for at_us, _ in marks[1:]] + [to_us]
    spans = [PhaseSpan(phase, at_us, end_us) for (at_us, phase), end_us in zip(marks, ends, strict=True)]
    return [span for span in spans if span.to_us > span.from_us]


def _trends(reader: Reader, session: str, *parameters: Parameter) -> list[Trend]:
    found = reader.number_columns(session, *parameters)
    return [Trend(c.parameter, c.source, c.t_us, c.values, c.validity) for c in found]


def filled(reader: Reader, story: Story) -> Iterator[Story]:
    """The story with one more vital sign each time, until all its numbers are there."""
    for parameter in NUMERICS:
        story = replace(story, trends=(*story.trends, *_trends(reader, story.row.uuid, parameter)))
        yield story
    yield replace(story, numbers_read=True)


def _baseline(events: list[ev.Event]) -> Baseline | None:
    confirmed = [e.payload for e in events if isinstance(e.payload, ev.BaselineConfirmed)]
    if not confirmed:
        return None
    newest = confirmed[-1]
    return Baseline(newest.systolic, newest.diastolic, newest.mean, newest.hr, newest.spo2)


def _cuffs(events: list[ev.Event]) -> list[Cuff]:
    cuffs = []
    for event in events:
        match event.payload:
            case ev.NibpMeasured() as p:
                cuffs.append(Cuff(p.measured_us, p.systolic, p.diastolic, p.mean))
            case ev.NibpFailed():
                cuffs.append(Cuff(event.t_us, None, None, None))
    return cuffs


def _alarms(events: list[ev.Event]) -> list[AlarmSpan]:
    return [
        AlarmSpan(line, Priority(max((line.raised.priority, *line.escalated))), Kind(line.raised.kind))
        for line in alarm_lines(events)
    ]


_GROUPS = {
    "alarm": "alarm",
    "nibp": "bp",
    "observation": "note",
    "review": "note",
    "phase": "phase",
    "session": "phase",
}


def _lines(events: list[ev.Event]) -> list[Line]:
    lines = []
    for event in events:
        said = log_line(event)
        if said is not None:
            group = _GROUPS.get(event.kind.split(".")[0], "other")
            at_us = event.payload.at_us if isinstance(event.payload, ReviewNoted) else said.t_us
            lines.append(Line(at_us, said.text, group, said.priority))
    return sorted(lines, key=lambda line: line.t_us)
