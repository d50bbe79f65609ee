"""What does the record hold of one session, in the shape that the report's figures are computed from? Read once.

Times are station time in microseconds. A vital sign that several sources give is told by one: the station's own analysis
where it has numbers, else the first source that has some (decision 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.session import Session, applied
from monitor_app.core.signing import NOTHING_ADDED, Recorded, Standing, standing
from monitor_app.record.alarm_log import STATION_KINDS, AlarmLine, alarm_lines
from monitor_app.record.anchors import Anchors
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.gaps import Gap
from monitor_app.record.journal import Entry, event_of
from monitor_app.record.readers import Reader, Stored
from monitor_app.record.sessions import SessionRow

REFUTED = "refuted"
"""How the journal says that a repeat did not bear out a cuff reading."""


@dataclass(frozen=True, slots=True)
class Series:
    """One vital sign, a row a second. t_us: shape (n,), rising. values: shape (n,), NaN where there was no number.

    validity: codes of drivers.samples.Validity, shape (n,).
    """

    parameter: Parameter
    source: Source | None
    t_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    validity: npt.NDArray[np.int64]

    def between(self, from_us: int, to_us: int) -> Series:
        """The rows with from_us <= t_us < to_us."""
        first, last = np.searchsorted(self.t_us, (from_us, to_us))
        cut = slice(int(first), int(last))
        return Series(self.parameter, self.source, self.t_us[cut], self.values[cut], self.validity[cut])

    @property
    def vouched(self) -> npt.NDArray[np.bool_]:
        """Where the device vouches for its number: all that figures are made of."""
        there: npt.NDArray[np.bool_] = self.validity == int(Validity.VALID)
        return there


@dataclass(frozen=True, slots=True)
class Reading:
    """One cuff reading. refuted: its repeat did not bear it out. id: the station's own number of it."""

    id: int
    t_us: int
    systolic: float | None
    diastolic: float | None
    mean: float | None
    trigger: str
    refuted: bool = False


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase by the time at which its limits held, as the archive's column `phase` has it."""

    phase: Phase
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Material:
    """One session, read. head: its newest journal entry. session: the fold of all its events but the clearing."""

    row: SessionRow
    session: Session
    from_us: int
    to_us: int
    anchors: Anchors
    stored: tuple[Stored, ...]
    events: tuple[ev.Event, ...]
    head: Entry | None
    readings: tuple[Reading, ...]
    alarms: tuple[AlarmLine, ...]
    gaps: tuple[Gap, ...]
    phases: tuple[PhaseSpan, ...]
    series: dict[Parameter, Series]
    added: Standing = NOTHING_ADDED

    @property
    def start_us(self) -> int | None:
        """When the infusion began."""
        return self.session.infusion_start_us

    def minute(self, t_us: int) -> float | None:
        """Minutes since the infusion began, pauses included; None without one."""
        return None if self.start_us is None else (t_us - self.start_us) / (60 * SECOND_US)


def read(reader: Reader, name: str) -> Material:
    """The session of that name. Raises StoreError when there is none, or when its admission cannot be read."""
    row = reader.session(name)
    from_us, to_us = reader.span_us(row)
    stored = tuple(reader.events(row.uuid))
    events = tuple(event_of(s.entry) for s in stored)
    alarms = tuple(alarm_lines(_with_station(reader, row, events)))
    return Material(
        row=row,
        session=_folded(row, events),
        from_us=from_us,
        to_us=to_us,
        anchors=reader.anchors(),
        stored=stored,
        events=events,
        head=stored[-1].entry if stored else None,
        readings=tuple(_readings(events, alarms)),
        alarms=alarms,
        gaps=tuple(reader.gaps(row.uuid)),
        phases=tuple(_phases(events, from_us, to_us)),
        series=_series(reader, row.uuid),
        added=standing([Recorded(s.entry.seq, s.entry.hash.hex(), e) for s, e in zip(stored, events, strict=True)]),
    )


def _with_station(reader: Reader, row: SessionRow, events: tuple[ev.Event, ...]) -> list[ev.Event]:
    """A pause of the sound belongs to the station and names occurrences of this session."""
    taken = reader.events_of_kind(*STATION_KINDS)
    of_station = [event for event in (event_of(s.entry) for s in taken) if event.session != row.uuid]
    return sorted([*events, *of_station], key=lambda event: event.t_us)


def _folded(row: SessionRow, events: tuple[ev.Event, ...]) -> Session:
    session: Session | None = None
    for event in events:
        if not isinstance(event.payload, ev.ChairCleared):
            session = applied(session, event)
    if session is None:
        sentence = f"the admission of session {row.uuid} cannot be read; `chairside verify` says what is damaged"
        raise StoreError(Trouble.DAMAGED, sentence)
    return session


def _readings(events: tuple[ev.Event, ...], alarms: tuple[AlarmLine, ...]) -> list[Reading]:
    refuted = [line.raised_us for line in alarms if line.end_reason == REFUTED]
    measured = [e.payload for e in events if isinstance(e.payload, ev.NibpMeasured)]
    wrong = {max((r for r in measured if r.measured_us <= t_us), key=lambda r: r.measured_us).id
             for t_us in refuted if any(r.measured_us <= t_us for r in measured)}  # fmt: skip
    return [
        Reading(r.id, r.measured_us, r.systolic, r.diastolic, r.mean, r.trigger, r.id in wrong)
        for r in sorted(measured, key=lambda r: r.measured_us)
        if r.validity == Validity.VALID
    ]


def _phases(events: tuple[ev.Event, ...], from_us: int, to_us: int) -> list[PhaseSpan]:
    marks = [(from_us, Phase.ADMITTED)]
    marks += [(e.t_us, Phase(e.payload.target)) for e in events if isinstance(e.payload, ev.PhaseEntered)]
    ends = [at_us for at_us, _ in marks[1:]] + [to_us]
    spans = [PhaseSpan(phase, at_us, end_us) for (at_us, phase), end_us in zip(marks, ends, strict=True)]
    return [span for span in spans if span.to_us > span.from_us]


def _series(reader: Reader, session: str) -> dict[Parameter, Series]:
    every = [Series(c.parameter, c.source, c.t_us, c.values, c.validity) for c in reader.number_columns(session)]
    return {parameter: preferred(every, parameter) for parameter in dict.fromkeys(s.parameter for s in every)}


def preferred(every: list[Series], parameter: Parameter) -> Series:
    """Which source tells the vital sign; seconds in which it was not there come from the rows without a source."""
    mine = [s for s in every if s.parameter is parameter]
    spoke = [s for s in mine if np.isfinite(s.values).any()]
    own = [s for s in spoke if s.source is Source.ANALYSIS]
    best = next(iter((*own, *spoke, *mine)))
    silent = next((s for s in mine if s.source is None and s is not best), None)
    return best if silent is None else _filled(best, silent)


def _filled(best: Series, silent: Series) -> Series:
    extra = ~np.isin(silent.t_us, best.t_us)
    t_us = np.concatenate((best.t_us, silent.t_us[extra]))
    order = np.argsort(t_us, kind="stable")
    values = np.concatenate((best.values, silent.values[extra]))[order]
    validity = np.concatenate((best.validity, silent.validity[extra]))[order]
    return Series(best.parameter, best.source, t_us[order], values, validity)
