"""All figures of one session's report, each with what it was made of. Pure arithmetic over what was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US
from monitor_app.record.alarm_log import AlarmLine
from monitor_app.record.readers import Reader
from monitor_app.record.report import pressure, seconds
from monitor_app.record.report.adherence import Adherence, adherence
from monitor_app.record.report.given import Doses, Readiness, ScoreLine, doses, readiness, scores
from monitor_app.record.report.material import Material, Reading, Series, read
from monitor_app.record.report.pressure import Beyond
from monitor_app.record.report.seconds import Coverage

LINKED_US = 5 * MINUTE_US
"""An intervention so soon after an alarm is shown beside it."""
FORTY_US = 40 * MINUTE_US
GAP_US_MIN = 10_000_000
"""Gaps from this length on are listed."""

PRESSURES: tuple[tuple[str, pressure.Pick], ...] = (
    ("SBP", lambda r: r.systolic),
    ("DBP", lambda r: r.diastolic),
    ("MAP", lambda r: r.mean),
)
BP_LIMITS = {"SBP": (140.0, 160.0, 180.0), "DBP": (90.0, 100.0, 110.0)}
SECOND_LIMITS: tuple[tuple[Parameter, float, bool], ...] = (
    (Parameter.HR, 100, True), (Parameter.HR, 120, True), (Parameter.HR, 50, False),
    (Parameter.SPO2, 92, False), (Parameter.SPO2, 90, False), (Parameter.SPO2, 88, False),
)  # fmt: skip
EVERY_SECOND = (Parameter.HR, Parameter.SPO2, Parameter.RESP_RATE)
COVERED = (Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE, Parameter.RESP_RATE)


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one moment. made_of: the reading or the seconds that it comes from, in words."""

    value: float
    t_us: int
    made_of: str


@dataclass(frozen=True, slots=True)
class Course:
    """One vital sign at baseline, at its peak (SpO2: lowest), at the end of the infusion, and last before discharge."""

    name: str
    baseline: float | None
    peak: Value | None
    end: Value | None
    last: Value | None


@dataclass(frozen=True, slots=True)
class SecondsBeyond:
    """Valid seconds above (or below) a limit out of the valid ones."""

    parameter: Parameter
    limit: float
    above: bool
    seconds: int
    of: int


@dataclass(frozen=True, slots=True)
class AlarmStory:
    """One occurrence, with the reason that a person tapped and the note that followed within five minutes."""

    line: AlarmLine
    priority: int
    why: str
    linked: str


@dataclass(frozen=True, slots=True)
class Report:
    """One session's figures. thresholds: by pressure name. nearest: reading at infusion start, 40 min later, and its end."""

    material: Material
    courses: tuple[Course, ...]
    thresholds: dict[str, tuple[Beyond, ...]]
    beyond: tuple[SecondsBeyond, ...]
    nearest: tuple[tuple[str, int | None, Reading | None], ...]
    back: Reading | None
    peak_systolic: Reading | None
    adherence: Adherence
    coverage: tuple[tuple[Series, tuple[Coverage, ...]], ...]
    alarms: tuple[AlarmStory, ...]
    notes: tuple[tuple[int, ev.ObservationLogged, str], ...]
    doses: Doses
    scores: tuple[ScoreLine, ...]
    readiness: Readiness


def report_of(reader: Reader, session: str) -> Report:
    """The report of a session. Raises StoreError when there is none of that name."""
    return computed(read(reader, session))


def computed(m: Material) -> Report:
    """All figures of what was read."""
    good = pressure.confirmed(m.readings)
    start_us, end_us = m.start_us, m.session.infusion_end_us
    peak = pressure.peak(good, PRESSURES[0][1], start_us) if start_us is not None else None
    baseline = m.session.baseline
    back = pressure.returned(good, baseline.systolic, peak.t_us) if baseline is not None and peak is not None else None
    notes = _notes(m)
    return Report(
        material=m,
        courses=tuple([*_pressure_courses(m, good), *_second_courses(m)]),
        thresholds={} if start_us is None else {
            name: tuple(pressure.beyond(good, pick, limit, start_us, m.to_us) for limit in BP_LIMITS[name])
            for name, pick in PRESSURES if name in BP_LIMITS
        },
        beyond=_beyond(m),
        nearest=_moments(good, start_us, end_us),
        back=back,
        peak_systolic=peak,
        adherence=adherence(m.session, m.events, m.readings, m.to_us),
        coverage=tuple(
            (m.series[p], tuple(seconds.coverage(m.series[p], phase) for phase in m.phases))
            for p in COVERED if p in m.series
        ),
        alarms=tuple(_alarms(m, notes)),
        notes=notes,
        doses=doses(m.session, m.events, m.to_us),
        scores=scores(m.events),
        readiness=readiness(m.session, m.events),
    )  # fmt: skip


# ---------------------------------------------------------------- the course


def _pressure_courses(m: Material, good: list[Reading]) -> list[Course]:
    return [_pressure_course(m, good, name, pick) for name, pick in PRESSURES]


def _pressure_course(m: Material, good: list[Reading], name: str, pick: pressure.Pick) -> Course:
    own = m.session.baseline
    base = None if own is None else {"SBP": own.systolic, "DBP": own.diastolic, "MAP": own.mean}[name]
    if m.start_us is None:
        return Course(name, base, None, None, None)
    there = [r for r in good if pick(r) is not None]
    end = pressure.nearest(there, m.session.infusion_end_us) if m.session.infusion_end_us is not None else None
    newest = pressure.last([r for r in there if r.t_us >= m.start_us], m.to_us)
    return Course(
        name, base, _read(pressure.peak(there, pick, m.start_us), pick), _read(end, pick), _read(newest, pick)
    )


def _read(reading: Reading | None, pick: pressure.Pick) -> Value | None:
    value = pick(reading) if reading is not None else None
    return None if reading is None or value is None else Value(value, reading.t_us, f"reading {reading.id}")


def _second_courses(m: Material) -> list[Course]:
    return [_second_course(m, m.series[p], p) for p in EVERY_SECOND if p in m.series]


def _second_course(m: Material, series: Series, parameter: Parameter) -> Course:
    own = m.session.baseline
    base = {Parameter.HR: own.hr, Parameter.SPO2: own.spo2}.get(parameter) if own is not None else None
    name = {Parameter.HR: "HR", Parameter.SPO2: "SpO2"}.get(parameter, "RR")
    if m.start_us is None:
        return Course(name, base, None, None, None)
    worst: Callable[[list[seconds.Median]], seconds.Median | None]
    worst = seconds.lowest if parameter is Parameter.SPO2 else seconds.highest
    end_us = m.session.infusion_end_us
    end = seconds.median_before(series, end_us) if end_us is not None else None
    peak = worst(seconds.medians(series, m.start_us, m.to_us))
    return Course(name, base, _median(peak), _median(end), _median(seconds.median_before(series, m.to_us)))


def _median(found: seconds.Median | None) -> Value | None:
    return None if found is None else Value(found.value, found.t_us, f"median of {found.seconds} s")


def _beyond(m: Material) -> tuple[SecondsBeyond, ...]:
    if m.start_us is None:
        return ()
    return tuple(
        SecondsBeyond(p, limit, above, *seconds.seconds_beyond(m.series[p], limit, above, m.start_us, m.to_us))
        for p, limit, above in SECOND_LIMITS
        if p in m.series
    )


def _moments(
    good: list[Reading], start_us: int | None, end_us: int | None
) -> tuple[tuple[str, int | None, Reading | None], ...]:
    forty_us = None if start_us is None else start_us + FORTY_US
    wanted = (("Start", start_us), ("40 min", forty_us), ("End of infusion", end_us))
    return tuple((name, t, pressure.nearest(good, t) if t is not None else None) for name, t in wanted)


# ---------------------------------------------------------------- alarms and notes


def _notes(m: Material) -> tuple[tuple[int, ev.ObservationLogged, str], ...]:
    """What people noted, by the time it happened, with who noted it; what a later entry corrects or withdraws is left
    out."""
    stored = [(s.entry, s.payload) for s in m.stored if isinstance(s.payload, ev.ObservationLogged)]
    numbers = {payload.corrects_seq for _, payload in stored}
    names = {payload.corrects for _, payload in stored if payload.corrects}
    found = [
        (payload.at_us, payload, entry.actor)
        for entry, payload in stored
        if not payload.withdrawn and entry.seq not in numbers and (not payload.entry or payload.entry not in names)
    ]
    return tuple(sorted(found, key=lambda note: note[0]))


def _alarms(m: Material, notes: tuple[tuple[int, ev.ObservationLogged, str], ...]) -> list[AlarmStory]:
    return [
        AlarmStory(
            line,
            max((line.raised.priority, *line.escalated)),
            line.why,
            next((n.code for at_us, n, _ in notes if 0 <= at_us - line.raised_us <= LINKED_US), ""),
        )
        for line in m.alarms
    ]
