"""A virtual clock: it aims at its speed, says what it reached, and gives up what it cannot catch up."""

from __future__ import annotations

import pytest

from monitor_app.engine import runner
from monitor_app.engine.runner import BEHIND_US, VIRTUAL_STEP_US, VIRTUAL_STEP_US_MAX, StationClock

S = 1_000_000


class RealTime:
    """The monotonic clock of the computer, in the test's hands."""

    def __init__(self) -> None:
        self.now_us = 10 * S

    def monotonic_us(self) -> int:
        return self.now_us

    def utc_us(self) -> int:
        return 1_760_000_000 * S + self.now_us


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> RealTime:
    made = RealTime()
    monkeypatch.setattr(runner, "clock", made)
    return made


def pass_time(of: StationClock, real: RealTime, seconds: float, share: float = 1.0) -> None:
    """So much real time, in which the loop gets through `share` of what it should."""
    for _ in range(round(seconds * 10)):
        before_us, goal_us = of.now_us(), of.goal_us()
        real.now_us += S // 10
        goal_us = of.goal_us()
        of.set_virtual(min(goal_us, before_us + round(share * of.speed * S / 10)))


def test_a_clock_that_keeps_up_reaches_its_speed(real: RealTime) -> None:
    fast = StationClock(0, 60)
    assert fast.attained is None
    pass_time(fast, real, 10)
    assert fast.attained == pytest.approx(60, rel=0.02)
    assert fast.now_us() - 10 * S == pytest.approx(600 * S, rel=0.02)


def test_a_clock_that_cannot_keep_up_says_what_it_reached(real: RealTime) -> None:
    fast = StationClock(0, 60)
    pass_time(fast, real, 10, share=0.25)
    assert fast.attained == pytest.approx(15, rel=0.05)


def test_what_it_is_far_behind_is_given_up_and_never_caught_up(real: RealTime) -> None:
    fast = StationClock(0, 60)
    pass_time(fast, real, 10, share=0.25)
    assert fast.goal_us() - fast.now_us() <= BEHIND_US * 60
    before_us = fast.now_us()
    pass_time(fast, real, 4)
    assert fast.now_us() - before_us <= (4 * 60 + 60 * BEHIND_US / S) * S
    assert fast.attained is not None and fast.attained <= 75


def test_wall_time_goes_with_station_time(real: RealTime) -> None:
    fast = StationClock(5 * S, 60)
    utc_us, now_us = fast.utc_us(), fast.now_us()
    pass_time(fast, real, 2)
    assert fast.utc_us() - utc_us == fast.now_us() - now_us > 100 * S


def test_steps_grow_with_the_speed_and_stay_below_the_beat(real: RealTime) -> None:
    assert StationClock(0, 2).step_us == VIRTUAL_STEP_US
    assert StationClock(0, 60).step_us == VIRTUAL_STEP_US_MAX
    assert StationClock(0, 1000).step_us == VIRTUAL_STEP_US_MAX


def test_the_real_clock_has_no_speed_to_reach(real: RealTime) -> None:
    assert StationClock(0).attained is None
