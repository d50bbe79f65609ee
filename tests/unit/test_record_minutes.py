"""Which minute is sealed when: after its end and some seconds more, spread over commits, and once."""

from __future__ import annotations

import pytest

from monitor_app.record.minutes import AT_ONCE_MAX, GRACE_US, SHARES, Minute, OpenMinutes
from monitor_app.record.wave_rows import MINUTE_US, SECOND_US

pytestmark = pytest.mark.thorough


def test_a_minute_is_complete_some_seconds_after_its_end() -> None:
    minutes = OpenMinutes()
    minutes.waves_at("a", 30 * SECOND_US)
    assert minutes.complete(MINUTE_US + GRACE_US - 1) == []
    assert minutes.complete(MINUTE_US + GRACE_US) == [Minute(0, "a")]


def test_the_end_of_a_session_does_not_wait_for_the_minute() -> None:
    minutes = OpenMinutes()
    minutes.waves_at("a", 0)
    minutes.waves_at("b", 0)
    minutes.end("a")
    assert minutes.complete(SECOND_US) == [Minute(0, "a")]


def test_the_minute_of_a_full_room_is_spread_over_the_commits_that_follow() -> None:
    minutes = OpenMinutes()
    for chair in range(SHARES):
        minutes.waves_at(f"{chair:02}", 0)
    for sealed in range(SHARES):
        share = minutes.share(MINUTE_US + GRACE_US + sealed)
        assert len(share) == 1
        minutes.close(share[0], MINUTE_US)
    assert minutes.rest() == []


def test_after_a_long_hold_the_backlog_shrinks_but_never_all_at_once() -> None:
    minutes = OpenMinutes()
    for number in range(1000):
        minutes.left_open(Minute(number, "a"))
    assert len(minutes.share(1001 * MINUTE_US)) == AT_ONCE_MAX


def test_at_a_higher_speed_sealing_keeps_up_with_what_comes() -> None:
    minutes, most = OpenMinutes(), 0
    for second in range(60):  # a commit holds ten minutes of sixteen chairs
        for chair in range(16):
            for number in range(10):
                minutes.waves_at(f"{chair:02}", (10 * second + number) * MINUTE_US)
        until_us = (10 * second + 10) * MINUTE_US
        for minute in minutes.share(until_us):
            minutes.close(minute, minute.to_us)
        most = max(most, len(minutes.rest()))
    assert most < 3000, "sixteen commits' worth and a little"


def test_numbers_are_sealed_from_where_they_were_to_the_minutes_end_or_as_far_as_stored() -> None:
    minutes = OpenMinutes()
    for second in range(90):
        minutes.numbers_at("a", second)
    until_us = 90 * SECOND_US
    assert minutes.numbers_of(Minute(0, "a"), until_us) == (0, MINUTE_US)
    minutes.close(Minute(0, "a"), MINUTE_US)
    assert minutes.numbers_of(Minute(1, "a"), until_us) == (MINUTE_US, 90 * SECOND_US)
    minutes.close(Minute(1, "a"), 90 * SECOND_US)
    minutes.numbers_at("a", 90)
    assert minutes.numbers_of(Minute(1, "a"), 3 * MINUTE_US) == (90 * SECOND_US, 2 * MINUTE_US)


def test_late_waves_open_a_minute_again_without_its_numbers() -> None:
    minutes = OpenMinutes()
    minutes.numbers_at("a", 59)
    minutes.close(Minute(0, "a"), MINUTE_US)
    minutes.waves_at("a", 30 * SECOND_US)
    assert minutes.numbers_of(Minute(0, "a"), 3 * MINUTE_US) == (MINUTE_US, MINUTE_US)


def test_a_late_number_makes_the_whole_minute_be_sealed_anew() -> None:
    minutes = OpenMinutes()
    minutes.numbers_at("a", 59)
    minutes.close(Minute(0, "a"), MINUTE_US)
    minutes.numbers_at("a", 30)
    assert minutes.rest() == [Minute(0, "a")]
    assert minutes.numbers_of(Minute(0, "a"), 3 * MINUTE_US) == (0, MINUTE_US)
