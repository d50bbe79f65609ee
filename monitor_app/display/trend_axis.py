"""Which time does the trend of a session span, and what stands at it? A fixed axis: nothing scrolls while live. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor_app.core.snapshot import LogLine, ReadingView
from monitor_app.feed.history import Course, pressures_of

MINUTE_US = 60_000_000
BEFORE_US = 10 * MINUTE_US
RECOVERY_US = 30 * MINUTE_US
LEAST_US = 30 * MINUTE_US
STEPS_MIN = (5, 10, 15, 20, 30, 60, 120)
TICKS_MOST = 9
PLAIN, PENDING, REFUTED, FAILED = "plain", "pending", "refuted", "failed"
WAITING = frozenset({"pending", "repeating", "unconfirmed"})
"""Words of a reading that nobody has confirmed, whatever became of its repeat."""
FLAGS_MAX = 24


@dataclass(frozen=True, slots=True)
class Axis:
    """From station time `from_us` to `to_us` over a width in pixels that begins at `left`."""

    from_us: int
    to_us: int
    left: float
    width: float

    def x(self, t_us: int) -> float:
        """Where this time stands; what lies outside stays at the edge."""
        share = (t_us - self.from_us) / (self.to_us - self.from_us)
        return self.left + self.width * min(1.0, max(0.0, share))

    def ticks(self) -> list[int]:
        """Whole steps of minutes since the beginning."""
        span_min = (self.to_us - self.from_us) / MINUTE_US
        step = next((one for one in STEPS_MIN if span_min / one <= TICKS_MOST), STEPS_MIN[-1])
        return list(range(0, int(span_min) + 1, step))


@dataclass(frozen=True, slots=True)
class Bar:
    """A cuff reading. kind: plain, pending (not confirmed), refuted, or failed, which has no pressures."""

    t_us: int
    kind: str
    systolic: float = 0
    diastolic: float = 0
    mean: float | None = None


def axis_of(course: Course, now_us: int, left: float, width: float) -> Axis:
    """The whole session: from ten minutes before what is first known to the planned end and its recovery, or to now."""
    known = [course.began_us, *(one.measured_us for one in course.readings), *(t_us for t_us, _ in course.phases)]
    from_us = min(known)
    planned = course.planned_end_us + RECOVERY_US if course.planned_end_us is not None else now_us
    to_us = max(planned, now_us, from_us + LEAST_US)
    return Axis(from_us - min(BEFORE_US, (to_us - from_us) // 20), to_us, left, width)


def bars(readings: Iterable[ReadingView], pending: str) -> list[Bar]:
    """Every reading of the session. pending: the status of the newest, which may wait for its confirmation."""
    found = []
    newest = True
    for one in sorted(readings, key=lambda one: one.measured_us, reverse=True):
        said = {one.status, pending if newest else ""}
        pressures = pressures_of(one.text)
        if one.status.startswith("failed"):
            found.append(Bar(one.measured_us, FAILED))
        elif pressures is not None:
            kind = PENDING if said & WAITING else REFUTED if REFUTED in said else PLAIN
            found.append(Bar(one.measured_us, kind, *pressures, _mean(one.text)))
        newest = False
    return found


def _mean(text: str) -> float | None:
    _, opened, rest = text.partition("(")
    try:
        return float(rest.rstrip(") ")) if opened else None
    except ValueError:
        return None


def stretches(
    band: Iterable[tuple[int, float | None, float | None]], until_us: int
) -> list[tuple[int, int, float | None, float | None]]:
    """From when, until when, which lower and which upper limit."""
    rows = list(band)
    ends = [*(row[0] for row in rows[1:]), until_us]
    return [(row[0], end, row[1], row[2]) for row, end in zip(rows, ends, strict=True)]


def flags(log: Iterable[LogLine], from_us: int) -> list[LogLine]:
    """What was logged by people and alarms since then, newest first; cuff readings have bars of their own."""
    return [line for line in log if line.t_us >= from_us and not line.text.startswith("BP ")][:FLAGS_MAX]
