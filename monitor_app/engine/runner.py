"""Who calls `Loop.step`? A dozen lines of pace around it: every 10 ms in real time, or as fast as it goes at more speed."""

from __future__ import annotations

import threading
from collections import deque

from monitor_app import clock
from monitor_app.engine.loop import Loop

PACE_US = 10_000
VIRTUAL_STEP_US = 20_000
"""Steps of station time at a higher speed: small enough for every timer, large enough to be quick."""
VIRTUAL_STEP_US_MAX = 200_000
STEPS_A_SECOND = 300
"""So many steps a real second are aimed at: at speed 60 a step is the longest one."""
BEHIND_US = 500_000
"""Real time by which a virtual clock may be behind its goal; the rest is given up, and the attained speed says so."""
ATTAINED_OVER_US = 3_000_000


class StationClock:
    """Station time of this run: real (monotonic plus offset), or `speed` times as fast from the moment of making.

    Raises ValueError for a speed below 1 or above 1000.
    """

    def __init__(self, offset_us: int, speed: float = 1.0) -> None:
        if not 1 <= speed <= 1000:
            raise ValueError(f"--speed {speed:g} is outside 1 to 1000")
        self.speed = speed
        self._began_us = clock.monotonic_us()
        self._began_utc_us = clock.utc_us()
        self._offset_us = offset_us
        self._virtual_us = self._began_us + offset_us
        self._given_up_us = 0
        self._passed: deque[tuple[int, int]] = deque([(self._began_us, self._virtual_us)], maxlen=64)

    @property
    def offset_us(self) -> int:
        """Station time minus the monotonic clock, as of the start of the run."""
        return self._offset_us

    def now_us(self) -> int:
        """Station time now; on a virtual clock the time the loop has reached."""
        if self.speed == 1:
            return clock.monotonic_us() + self._offset_us
        return self._virtual_us

    def utc_us(self) -> int:
        """Wall time that goes with `now_us`."""
        if self.speed == 1:
            return clock.utc_us()
        return self._began_utc_us + self._virtual_us - self._began_us - self._offset_us

    def goal_us(self) -> int:
        """Where a virtual clock should be by now. What it is far behind is given up: it never races to catch up."""
        real_us = clock.monotonic_us()
        goal_us = self._began_us + self._offset_us + int((real_us - self._began_us) * self.speed) - self._given_up_us
        late_us = goal_us - self._virtual_us - int(BEHIND_US * self.speed)
        if late_us > 0:
            self._given_up_us += late_us
            goal_us -= late_us
        if real_us - self._passed[-1][0] >= ATTAINED_OVER_US // 60:
            self._passed.append((real_us, self._virtual_us))
            while real_us - self._passed[0][0] > ATTAINED_OVER_US:
                self._passed.popleft()
        return goal_us

    def set_virtual(self, now_us: int) -> None:
        """The loop has reached this time."""
        self._virtual_us = now_us

    @property
    def attained(self) -> float | None:
        """How fast station time went over the last seconds; None on the real clock and in the first moment."""
        (real_us, virtual_us), (newest_us, reached_us) = self._passed[0], self._passed[-1]
        if self.speed == 1 or newest_us - real_us < ATTAINED_OVER_US // 6:
            return None
        return (reached_us - virtual_us) / (newest_us - real_us)

    @property
    def step_us(self) -> int:
        """How far one step of a virtual clock goes."""
        return max(VIRTUAL_STEP_US, min(VIRTUAL_STEP_US_MAX, int(self.speed * 1_000_000 / STEPS_A_SECOND)))


def run(loop: Loop, station_clock: StationClock, stop: threading.Event, for_us: int | None = None) -> None:
    """Step until `stop` is set, or for `for_us` of real time."""
    turn = _virtual_turn if station_clock.speed > 1 else _real_turn
    next_us = clock.monotonic_us()
    end_us = next_us + for_us if for_us is not None else None
    while not stop.is_set() and (end_us is None or clock.monotonic_us() < end_us):
        turn(loop, station_clock)
        next_us = max(next_us + PACE_US, clock.monotonic_us() - PACE_US)
        stop.wait(max(0, next_us - clock.monotonic_us()) / 1e6)


def _real_turn(loop: Loop, station_clock: StationClock) -> None:
    loop.step(station_clock.now_us())


def _virtual_turn(loop: Loop, station_clock: StationClock) -> None:
    """Catch up with the goal in small steps, for at most one pace of real time."""
    goal_us, leave_us = station_clock.goal_us(), clock.monotonic_us() + PACE_US
    while (now_us := station_clock.now_us()) < goal_us:
        station_clock.set_virtual(min(goal_us, now_us + station_clock.step_us))
        loop.step(station_clock.now_us())
        if clock.monotonic_us() > leave_us:
            return
