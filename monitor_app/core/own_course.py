"""How did this patient's own systolic pressure go before? The spread of earlier sessions, by the minute of the infusion.

Beside what is published of others, the truest expectation there is of somebody who comes six times. It is no limit and
raises nothing (CLINICAL 7.6 and 8: percentiles at the same infusing minute, straight between readings close to each other).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from monitor_app.core.drug_course import DrugCourse
from monitor_app.core.parameters import MINUTE_US

Reading = tuple[float, float]
"""Infusing minute, and systolic pressure in mmHg."""
Point = tuple[int, int, int]
"""Infusing minute, and the pressures in mmHg between which the earlier sessions lay."""

SESSIONS_MIN = 3
SPREAD_FROM = 6
"""From so many sessions on the 5th and the 95th percentile are shown, before that the lowest and the highest."""
EVERY_MIN = 5
APART_MAX_MIN = 20.0
"""Between readings further apart nothing is known."""


def infusing_minute(drug: DrugCourse, end_us: int | None, t_us: int) -> float:
    """Minutes that the drug had run by `t_us`, pauses left out; negative before its start, counting on after its end.

    Needs a drug that has started. end_us: station time of the end of the infusion, None while it is not over.
    """
    start_us = drug.marks[0][0]
    if t_us <= start_us:
        return (t_us - start_us) / MINUTE_US
    ran_until = t_us if end_us is None else min(t_us, end_us)
    ran_us = sum(max(0, min(to_us, ran_until) - at_us) for at_us, to_us in _running(drug.marks, ran_until))
    return (ran_us + (t_us - ran_until)) / MINUTE_US


def time_of(marks: Sequence[tuple[int, float]], minute: float) -> int:
    """Station time of that infusing minute. marks: of a whole infusion, its end (passed or planned) last."""
    left_us = round(minute * MINUTE_US)
    end_us = marks[-1][0]
    for at_us, to_us in _running(marks, end_us):
        if at_us + left_us <= to_us:
            return at_us + left_us
        left_us -= to_us - at_us
    return end_us + left_us


def spread(sessions: Sequence[Sequence[Reading]]) -> tuple[Point, ...]:
    """From the first minute that at least three sessions know, to the first that fewer do. Readings are in order of time."""
    known = [session for session in sessions if session]
    if len(known) < SESSIONS_MIN:
        return ()
    points: list[Point] = []
    last = max(session[-1][0] for session in known)
    for minute in range(0, int(last) + 1, EVERY_MIN):
        values = sorted(v for session in known if (v := _at(session, minute)) is not None)
        if len(values) >= SESSIONS_MIN:
            points.append((minute, *_bounds(values)))
        elif points:
            break
    return tuple(points)


def _running(marks: Sequence[tuple[int, float]], until_us: int) -> list[tuple[int, int]]:
    """The stretches in which the drug ran."""
    ends = [*(at_us for at_us, _ in marks[1:]), until_us]
    return [(at_us, to_us) for (at_us, rate), to_us in zip(marks, ends, strict=True) if rate > 0 and to_us > at_us]


def _at(session: Sequence[Reading], minute: float) -> float | None:
    for (m, value), (next_m, next_value) in pairwise(session):
        if m <= minute <= next_m and next_m - m <= APART_MAX_MIN:
            return value if next_m == m else value + (next_value - value) * (minute - m) / (next_m - m)
    return None


def _bounds(values: Sequence[float]) -> tuple[int, int]:
    if len(values) < SPREAD_FROM:
        return round(values[0]), round(values[-1])
    return round(_percentile(values, 0.05)), round(_percentile(values, 0.95))


def _percentile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
