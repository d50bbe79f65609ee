"""What has been shown so far? A bounded memory of each chair's numbers and readings, for the trend of the chair view.

The trend shows what this window has seen since it was opened; the whole session is in the record and in review.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from drivers.samples import Parameter
from monitor_app.core.snapshot import ChairView, LogLine, Look, ReadingView, Snapshot

EVERY_US = 5_000_000
POINTS_MAX = 2160
"""Three hours at one point in five seconds."""
READINGS_MAX = 200
PRESSURE = "systolic"
"""The name of the band of the systolic pressure."""
SHOWN = (Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2)


@dataclass(slots=True)
class Course:
    """One session as seen here. lines: station time and value, None where nothing was measured.

    bands: from when which lower and upper limit held, None for none. readings, log: the newest that the station said.
    began_us: when this window first saw the session. planned_end_us: of the infusion, while it is known. expected: times
    and the systolic pressures between which nine of ten lie.
    """

    session: str
    lines: dict[Parameter, deque[tuple[int, float | None]]] = field(default_factory=dict)
    cuffs: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=READINGS_MAX))
    phases: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=READINGS_MAX))
    bands: dict[str, deque[tuple[int, float | None, float | None]]] = field(default_factory=dict)
    readings: tuple[ReadingView, ...] = ()
    pending: str = ""
    log: tuple[LogLine, ...] = ()
    began_us: int = 0
    planned_end_us: int | None = None
    expected: tuple[tuple[int, int, int], ...] = ()
    last_us: int = -EVERY_US
    known: int = -1


class History:
    """The courses of all chairs; a new session at a chair begins a new one."""

    def __init__(self) -> None:
        self._courses: dict[int, Course] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Remember one point of every chair that has a session, at most every five seconds."""
        for chair in snapshot.chairs:
            if chair.session is None:
                self._courses.pop(chair.number, None)
                continue
            course = self._courses.get(chair.number)
            if course is None or course.session != chair.session:
                course = self._courses[chair.number] = Course(chair.session, began_us=snapshot.station_us)
            self._remember(course, chair, snapshot.station_us)

    def of(self, chair: int) -> Course | None:
        """The course of the chair's present session."""
        return self._courses.get(chair)

    def _remember(self, course: Course, chair: ChairView, now_us: int) -> None:
        if not course.phases or course.phases[-1][1] != chair.phase.word:
            began_us = chair.care.started_us if not course.phases and chair.care.started_us is not None else now_us
            course.phases.append((min(began_us, now_us), chair.phase.word))
        course.readings, course.pending, course.log = chair.readings, chair.cuff.status, chair.log
        course.expected = chair.expected
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
        course.last_us = now_us
        for number in chair.numbers:
            if number.parameter in SHOWN:
                line = course.lines.setdefault(number.parameter, deque(maxlen=POINTS_MAX))
                line.append((now_us, _value(number.text) if number.look is Look.NORMAL else None))

    def _remember_bands(self, course: Course, chair: ChairView, now_us: int) -> None:
        """Limits move with phase and baseline: each stretch of them once."""
        held = {number.parameter.value: (_value(number.low), _value(number.high)) for number in chair.numbers}
        held[PRESSURE] = (_value(chair.cuff.sys_low), _value(chair.cuff.sys_high))
        for name, (low, high) in held.items():
            band = course.bands.setdefault(name, deque(maxlen=READINGS_MAX))
            if not band or band[-1][1:] != (low, high):
                band.append((now_us, low, high))


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
