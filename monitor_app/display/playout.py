"""Which moment is drawn now? The sweep's own slow clock, a little behind the newest sample. Pure.

Chunks arrive every 50 ms, some devices' only every 200 ms; the head moves every frame. So it runs on the display's clock
behind the station's time by as much as the slowest wave needs, is corrected slowly, and jumps only when it is far off.
"""

from __future__ import annotations

DELAY_LEAST_US = 100_000
DELAY_MOST_US = 2_000_000
"""A wave later than this is drawn as a gap: people must not look at an older heart than that."""
MARGIN_US = 40_000
JUMP_US = 1_500_000
RATE_CHANGE = 0.1
"""The head runs at most this much faster or slower than time."""
WINDOW_US = 10_000_000


class PlayOut:
    """Turns the display's clock into the station time to be drawn; never runs backwards unless told to start anew."""

    def __init__(self) -> None:
        self._offset_us: int | None = None
        self._shown_us: float | None = None
        self._last_us = 0
        self._worst = DELAY_LEAST_US
        self._older = DELAY_LEAST_US
        self._window_us = 0

    @property
    def delay_us(self) -> int:
        """How far behind the station's time the head is kept."""
        return min(DELAY_MOST_US, max(self._worst, self._older, DELAY_LEAST_US))

    @property
    def moment(self) -> tuple[int, int]:
        """The clock when `shown` was last asked, and the station time that it gave; for measuring."""
        return self._last_us, int(self._shown_us or 0)

    def heard(self, station_us: int, now_us: int) -> None:
        """The station said its time. The freshest word counts, so a late one does not turn the clock back."""
        offset = station_us - now_us
        if self._offset_us is None or offset > self._offset_us or self._offset_us - offset > JUMP_US:
            self._offset_us = offset
        else:
            self._offset_us -= (self._offset_us - offset) // 64

    def arrived(self, first_us: int, now_us: int) -> None:
        """A fresh chunk whose first sample is of `first_us` came: until now that sample was missing."""
        if self._offset_us is None:
            return
        if now_us - self._window_us > WINDOW_US:
            self._older, self._worst, self._window_us = self._worst, DELAY_LEAST_US, now_us
        lag = now_us + self._offset_us - first_us + MARGIN_US
        if lag <= DELAY_MOST_US:
            self._worst = max(self._worst, lag)

    def shown(self, now_us: int) -> int | None:
        """The station time to draw up to; None before the station has said its own."""
        if self._offset_us is None:
            return None
        target = now_us + self._offset_us - self.delay_us
        if self._shown_us is None or abs(target - self._shown_us) > JUMP_US:
            self._shown_us = float(target)
        else:
            passed = max(0, now_us - self._last_us)
            error = target - (self._shown_us + passed)
            bound = RATE_CHANGE * passed
            self._shown_us += passed + max(-bound, min(bound, error))
        self._last_us = now_us
        return int(self._shown_us)
