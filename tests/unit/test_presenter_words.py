"""How times, durations and alarms are said: the same on every screen."""

from __future__ import annotations

import pytest

from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState
from monitor_app.display import examples, words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (42, "0:42"), (59.9, "0:59"), (725, "12:05"), (3725, "1:02:05"), (-90, "−1:30"), (-0.4, "0:00")],
)
def test_duration(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_clock_is_wall_time_of_a_station_time() -> None:
    room = examples.calm(1)
    assert words.clock(room, room.station_us) == "15:06:09"
    assert words.clock(room, room.station_us - 60_000_000) == "15:05:09"
    assert words.clock(room, room.station_us, seconds=False) == "15:06"


@pytest.mark.parametrize(("seconds", "said"), [(None, ""), (20, "just now"), (240, "4 min"), (3900, "1 h 05")])
def test_age_of_a_cuff_reading(seconds: float | None, said: str) -> None:
    assert words.age(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (960, "16 min left"), (930, "16 min left"), (-130, "2 min over")]
)
def test_minutes_left_of_the_plan(seconds: float | None, said: str) -> None:
    assert words.minutes_left(seconds) == said


def test_a_spoken_alarm_has_no_signs() -> None:
    alarm = examples.alarm(1, 3, Priority.HIGH, "DESAT 83 < 85")
    assert words.spoken(alarm) == "Chair 3, high alarm, DESAT 83 below 85"
    station = examples.alarm(2, None, Priority.MEDIUM, "SUPERVISOR LOST", kind=Kind.TECHNICAL)
    assert words.spoken(station) == "Station, medium alarm, SUPERVISOR LOST"


def test_who_took_an_alarm_and_how_long_ago() -> None:
    room = examples.calm(1)
    taken = examples.alarm(
        1,
        3,
        Priority.HIGH,
        "DESAT",
        state=AlarmState.ACKNOWLEDGED,
        ack_by="nurse:K.",
        ack_us=examples.NOW_US - 62_000_000,
    )
    assert words.standing(taken, room, examples.NOW_US) == "✓ K. 1:02"
    ended = examples.alarm(
        1, 3, Priority.HIGH, "ASYSTOLE", state=AlarmState.LATCHED, ended_us=examples.NOW_US - 60_000_000
    )
    assert words.standing(ended, room, examples.NOW_US) == "ended 15:05:09"
