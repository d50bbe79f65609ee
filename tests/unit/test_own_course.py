"""A patient's own earlier pressures, by the minute of the infusion: what is known, what is not, and where it lies today."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.core.drug_course import DrugCourse
from monitor_app.core.own_course import EVERY_MIN, infusing_minute, spread, time_of

MIN = 60_000_000


def test_pauses_do_not_count_and_after_the_end_minutes_go_on() -> None:
    drug = DrugCourse(((10 * MIN, 1.0), (20 * MIN, 0.0), (25 * MIN, 1.0), (55 * MIN, 0.0)))
    at = {t: infusing_minute(drug, 55 * MIN, t * MIN) for t in (5, 10, 20, 23, 25, 55, 60)}
    assert at == {5: -5, 10: 0, 20: 10, 23: 10, 25: 10, 55: 40, 60: 45}


def test_an_end_out_of_a_pause_counts_from_the_end() -> None:
    drug = DrugCourse(((0, 1.0), (20 * MIN, 0.0)))
    assert infusing_minute(drug, 30 * MIN, 30 * MIN) == 20
    assert infusing_minute(drug, 30 * MIN, 34 * MIN) == 24


@given(st.lists(st.integers(1, 30), min_size=1, max_size=7), st.integers(0, 200))
def test_the_time_of_a_minute_has_that_minute(lengths: list[int], minute: int) -> None:
    marks, at = [], 0
    for k, length in enumerate([*lengths, 1] if len(lengths) % 2 == 0 else lengths):
        marks.append((at * MIN, 1.0 - k % 2))
        at += length
    marks.append((at * MIN, 0.0))
    end_us = marks[-1][0]
    assert infusing_minute(DrugCourse(tuple(marks)), end_us, time_of(marks, minute)) == pytest.approx(minute)


def test_two_sessions_are_no_course_and_three_show_the_lowest_and_the_highest() -> None:
    one, two, three = ([(0.0, v), (10.0, v + 20)] for v in (110.0, 120.0, 130.0))
    assert spread([one, two]) == spread([one, two, []]) == ()
    assert spread([one, two, three]) == ((0, 110, 130), (5, 120, 140), (10, 130, 150))


def test_six_sessions_show_the_5th_to_the_95th_percentile() -> None:
    sessions = [[(0.0, v)] * 2 for v in (100.0, 120.0, 121.0, 122.0, 123.0, 180.0)]
    assert spread(sessions) == ((0, 105, 166),)


def test_nothing_is_known_between_readings_more_than_20_minutes_apart() -> None:
    near = [(0.0, 120.0), (15.0, 120.0), (40.0, 120.0), (60.0, 120.0)]
    assert [minute for minute, _, _ in spread([near] * 3)] == [0, 5, 10, 15], "it ends at the first minute of too few"


def test_it_begins_where_three_sessions_are_known() -> None:
    late = [(7.0, 120.0), (20.0, 130.0)]
    assert spread([late, late, [(-3.0, 110.0), (15.0, 120.0)]])[0][0] == 2 * EVERY_MIN
