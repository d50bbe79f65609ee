"""What has been shown so far? A bounded memory of each chair's numbers and readings, for the trend of the chair view.

Both ends of the feed keep one. The engine's sees every session from its start, and gives what it has seen to a display that
attaches later; so a window that has just been opened shows what one that was there all along shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from drivers.samples import Parameter
from monitor_app.core.snapshot import ChairView, LogLine, Look, ReadingView, Snapshot

EVERY_US = 5_000_000
POINTS_MAX = 2160
"""Three hours at one point in five seconds; of a longer session the older half is thinned, again and again."""
GAP_US = 8_000_000
"""Between two points that lie further apart nothing was seen, and no line is drawn."""
READINGS_MAX = 200
PRESSURE = "systolic"
"""The name of the band of the systolic pressure."""
SHOWN = (Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2)

Point = tuple[int, float | None]
Bounds = tuple[int, float | None, float | None]
Timed = TypeVar("Timed", bound=tuple[Any, ...])
"""Begins with its station time."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the engine knows of one chair's session, sent once to a display that attaches; as the fields of `Course`."""

    chair: int
    session: str
    began_us: int
    lines: dict[Parameter, tuple[Point, ...]]
    phases: tuple[tuple[int, str], ...] = ()
    bands: dict[str, tuple[Bounds, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Course:
    """One session as seen here. lines: station time and value, None where nothing was measured.

    bands: from when which lower and upper limit held, None for none. readings, log: the newest that the station said.
    began_us: since when the session is known here. planned_end_us: of the infusion, while it is known. expected: times and
    the systolic pressures between which nine of ten lie; courses: or this patient's own, in so many earlier sessions.
    """

    session: str
    lines: dict[Parameter, list[Point]] = field(default_factory=dict)
    cuffs: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=READINGS_MAX))
    phases: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=READINGS_MAX))
    bands: dict[str, deque[Bounds]] = field(default_factory=dict)
    readings: tuple[ReadingView, ...] = ()
    pending: str = ""
    log: tuple[LogLine, ...] = ()
    began_us: int = 0
    planned_end_us: int | None = None
    expected: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0
    last_us: int = -EVERY_US
    known: int = -1


class History:
    """The courses of all chairs; a new session at a chair begins a new one."""

    def __init__(self) -> None:
        self._courses: dict[int, Course] = {}
        self._waiting: dict[int, Past] = {}
        self._gap_us = GAP_US

    def see(self, snapshot: Snapshot) -> None:
        """Remember one point of every chair that has a session, at most every five seconds."""
        self._gap_us = int(GAP_US * max(1.0, snapshot.speed))
        for chair in snapshot.chairs:
            if chair.session is None:
                self._courses.pop(chair.number, None)
                continue
            course = self._courses.get(chair.number)
            if course is None or course.session != chair.session:
                course = self._courses[chair.number] = Course(chair.session, began_us=snapshot.station_us)
            self._remember(course, chair, snapshot.station_us)
            past = self._waiting.pop(chair.number, None)
            if past is not None:
                self.take(past)

    def of(self, chair: int) -> Course | None:
        """The course of the chair's present session."""
        return self._courses.get(chair)

    def pasts(self) -> list[Past]:
        """What is known of every chair's session, for a display that attaches now."""
        return [
            Past(
                number,
                course.session,
                course.began_us,
                {parameter: tuple(line) for parameter, line in course.lines.items()},
                tuple(course.phases),
                {name: tuple(band) for name, band in course.bands.items()},
            )
            for number, course in self._courses.items()
        ]

    def take(self, past: Past) -> None:
        """Put what somebody else has seen of a session before and between what was seen here.

        It waits for the first picture of a chair that is not known yet; of another session than the chair's it is nothing.
        """
        course = self._courses.get(past.chair)
        if course is None:
            self._waiting[past.chair] = past
            return
        if course.session != past.session:
            return
        course.began_us = min(course.began_us, past.began_us)
        for parameter, line in past.lines.items():
            course.lines[parameter] = _bounded(self._joined(course.lines.get(parameter, []), line))
        course.phases = deque(_told_once(_merged(course.phases, past.phases)), READINGS_MAX)
        for name, band in past.bands.items():
            course.bands[name] = deque(_told_once(_merged(course.bands.get(name, ()), band)), READINGS_MAX)

    def _joined(self, own: Sequence[Point], past: Sequence[Point]) -> list[Point]:
        """The line is open at a seam where nobody has seen anything for longer than a gap."""
        joined: list[Point] = []
        seams = {past[0][0], next((t_us for t_us, _ in own if t_us > past[-1][0]), None)} if past else set()
        for point in _merged(own, past):
            if point[0] in seams and joined and point[0] - joined[-1][0] > self._gap_us:
                joined.append((joined[-1][0] + 1, None))
            joined.append(point)
        return joined

    def _remember(self, course: Course, chair: ChairView, now_us: int) -> None:
        if not course.phases or course.phases[-1][1] != chair.phase.word:
            began_us = chair.care.started_us if not course.phases and chair.care.started_us is not None else now_us
            course.phases.append((min(began_us, now_us), chair.phase.word))
        course.readings, course.pending, course.log = chair.readings, chair.cuff.status, chair.log
        course.expected, course.courses = chair.expected, chair.courses
        course.planned_end_us = chair.phase.planned_end_us or course.planned_end_us
        self._remember_bands(course, chair, now_us)
        for reading in sorted(chair.readings, key=lambda one: one.id):
            if reading.id > course.known:
                course.known = reading.id
                pressures = pressures_of(reading.text)
                if pressures is not None:
                    course.cuffs.append((reading.measured_us, *pressures))
        if now_us - course.last_us < EVERY_US:
            return
        unseen_us = course.last_us + 1 if now_us - course.last_us > self._gap_us else None
        course.last_us = now_us
        for number in chair.numbers:
            if number.parameter in SHOWN:
                line = course.lines.setdefault(number.parameter, [])
                if unseen_us is not None and line:
                    line.append((unseen_us, None))
                line.append((now_us, _value(number.text) if number.look is Look.NORMAL else None))
                course.lines[number.parameter] = _bounded(line)

    def _remember_bands(self, course: Course, chair: ChairView, now_us: int) -> None:
        """Limits move with phase and baseline: each stretch of them once."""
        held = {number.parameter.value: (_value(number.low), _value(number.high)) for number in chair.numbers}
        held[PRESSURE] = (_value(chair.cuff.sys_low), _value(chair.cuff.sys_high))
        for name, (low, high) in held.items():
            band = course.bands.setdefault(name, deque(maxlen=READINGS_MAX))
            if not band or band[-1][1:] != (low, high):
                band.append((now_us, low, high))


def _merged(own: Iterable[Timed], past: Sequence[Timed]) -> list[Timed]:
    """By time; within the time that the past speaks of, it alone."""
    if not past:
        return list(own)
    first_us, last_us = past[0][0], past[-1][0]
    own = list(own)
    return [*(one for one in own if one[0] < first_us), *past, *(one for one in own if one[0] > last_us)]


def _told_once(rows: Iterable[Timed]) -> list[Timed]:
    """Without rows that say what the one before them says."""
    kept: list[Timed] = []
    for row in rows:
        if not kept or kept[-1][1:] != row[1:]:
            kept.append(row)
    return kept


def _bounded(line: list[Point]) -> list[Point]:
    """Half as many points in the older half, once there are too many; where one of two was not measured, that stays."""
    while len(line) > POINTS_MAX:
        half = len(line) // 4 * 2
        pairs = zip(line[:half:2], line[1:half:2], strict=True)
        line = [*(one if one[1] is None or other[1] is not None else other for one, other in pairs), *line[half:]]
    return line


def pressures_of(text: str) -> tuple[float, float] | None:
    """Systolic and diastolic of `128/82 (97)`; None where there is no reading."""
    first, slash, rest = text.partition("/")
    systolic, diastolic = _value(first.strip()), _value(rest.split()[0] if rest.split() else "")
    return (systolic, diastolic) if slash and systolic is not None and diastolic is not None else None


def _value(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
