"""Station time never goes backwards, over restarts and clock steps; the wall clock is only ever an anchor."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.engine.stationtime import ANCHOR_US, WallWatch, offset_us

BIG = st.integers(-(2**50), 2**50)


def test_a_new_folder_begins_at_zero() -> None:
    assert offset_us(123_456, 9, None, None) + 123_456 == 0


def test_a_restart_continues_after_the_time_that_passed() -> None:
    offset = offset_us(500, 10_000_000, last_t_us=7_000_000, last_utc_us=4_000_000)
    assert 500 + offset == 13_000_000


@given(BIG, BIG, st.integers(0, 2**50), BIG)
def test_station_time_never_goes_backwards_whatever_the_wall_clock_did(
    monotonic: int, utc: int, last_t: int, last_utc: int
) -> None:
    assert monotonic + offset_us(monotonic, utc, last_t, last_utc) > last_t


def test_the_first_look_is_an_anchor_and_a_quiet_clock_needs_none_for_an_hour() -> None:
    watch = WallWatch()
    first = watch.look(0, 1_000, 3600)
    assert first is not None and (first.utc_us, first.utc_offset_s, first.stepped_us) == (1_000, 3600, 0)
    assert watch.look(ANCHOR_US - 1, 1_000 + ANCHOR_US - 1, 3600) is None
    hourly = watch.look(ANCHOR_US, 1_000 + ANCHOR_US, 3600)
    assert hourly is not None and hourly.stepped_us == 0


def test_a_step_over_two_seconds_is_anchored_and_said_and_a_small_one_is_not() -> None:
    watch = WallWatch()
    watch.look(0, 0, 0)
    assert watch.look(10_000_000, 11_900_000, 0) is None
    stepped = watch.look(20_000_000, 20_000_000 - 3_600_000_000, 0)
    assert stepped is not None and stepped.stepped_us == -3_600_000_000
    assert watch.look(21_000_000, 21_000_000 - 3_600_000_000, 0) is None


def test_a_change_of_summer_time_is_anchored_without_a_step() -> None:
    watch = WallWatch()
    watch.look(0, 0, 3600)
    changed = watch.look(1_000_000, 1_000_000, 7200)
    assert changed is not None and (changed.utc_offset_s, changed.stepped_us) == (7200, 0)
