"""Alarm statistics count what was recorded: audible and suppressed apart, answers from the raise, care in chair-hours."""

from __future__ import annotations

import pytest

from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, EditLimit, PauseSound
from monitor_app.core.priority import Priority
from monitor_app.record.alarm_statistics import Care, Statistics, statistics
from tests.station_example import Room

pytestmark = pytest.mark.thorough

HOUR = 3_600_000_000


def counted(room: Room, watched_us: int = HOUR, chair: int = 1) -> Statistics:
    return statistics(
        [Care(f"s{chair}", chair, "2026-11-25", watched_us, [e for e in room.events if e.chair in (chair, None)])]
    )


def troubled() -> Room:
    """A desaturation that is answered after ten seconds and called true, then a fast heart that nobody answers."""
    room = Room()
    room.to_infusion()
    room.run(30)
    room.run(14, spo2=82)
    room.run(10, spo2=82)
    room.ask(PauseSound("p"))
    mine = tuple(a.occurrence for a in room.view().alarms if a.parameter == "spo2")
    room.ask(Acknowledge("a", 1, mine, "true"))
    room.run(60)
    room.run(20, hr=135)
    room.run(60)
    room.ask(EditLimit("e", 1, "s1", "HR_HIGH", 120))
    return room


def test_alarms_are_counted_by_the_priority_they_reached_and_suppressed_ones_apart() -> None:
    room, found = troubled(), counted(troubled())
    raised = [e for e in room.payloads(ev.AlarmRaised)]
    assert found.audible + found.suppressed == len(raised)
    assert found.suppressed == sum(r.suppressed_by is not None for r in raised)
    assert found.priorities[Priority.HIGH] >= 1
    assert found.priorities[Priority.MEDIUM] >= 1


def test_answers_are_counted_from_the_raise_and_what_nobody_answered_is_said() -> None:
    found = counted(troubled())
    desat = next(row for row in found.rows if row.row == "SPO2_DESAT")
    assert desat.answered_median_us is not None
    assert 10e6 <= desat.answered_median_us <= 24e6
    fast = next(row for row in found.rows if row.row == "HR_HIGH")
    assert (fast.acknowledged, fast.answered_median_us) == (0, None)
    assert fast.longest_unanswered_us > 10e6
    assert found.ended_alone >= 1


def test_reasons_pauses_and_edits_are_counted() -> None:
    found = counted(troubled())
    assert found.judged >= 1
    assert found.mattered == found.judged
    assert (found.pauses, found.limit_edits) == (1, 1)


def test_burden_is_per_hour_of_care_and_nothing_without_care() -> None:
    room = troubled()
    one, two = counted(room), counted(room, 2 * HOUR)
    assert one.per_chair_hour is not None and two.per_chair_hour is not None
    assert one.per_chair_hour == one.audible == 2 * two.per_chair_hour
    assert counted(room, 0).per_chair_hour is None
    assert statistics([]).rows == ()


def test_sessions_add_up() -> None:
    room = troubled()
    care = Care("s1", 1, "d", HOUR, [e for e in room.events if e.chair == 1])
    alone, twice = statistics([care]), statistics([care, care])
    assert (twice.sessions, twice.care_us) == (2, 2 * HOUR)
    assert twice.audible == 2 * alone.audible
    assert twice.per_chair_hour == alone.per_chair_hour
    assert [(r.row, r.raised) for r in twice.rows] == [(r.row, 2 * r.raised) for r in alone.rows]
