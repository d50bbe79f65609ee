"""What time is it at the station? The monotonic clock plus an offset, so that it goes on over restarts (STORAGE section 2).

Also watches the wall clock and sleep: both show as a difference between two clocks, never as a jump of station time.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.events import ClockAnchored

STEP_US = 2_000_000
"""A wall clock that differs by more has been stepped; less is the slow work of a time server."""
ANCHOR_US = 3_600_000_000
"""An anchor each hour, so that a slow drift is on record."""
LEAST_STEP_US = 1
SUSPENDED_US = 1_000_000
"""Time that passed without a step of the loop and without CPU: the computer slept."""


def offset_us(monotonic_us: int, utc_us: int, last_t_us: int | None, last_utc_us: int | None) -> int:
    """Station time minus monotonic time for a new run: it continues where the record ended plus the time that passed.

    A wall clock that went back counts as no time at all: station time never goes backwards. A new folder begins at 0.
    """
    if last_t_us is None:
        return -monotonic_us
    passed = utc_us - last_utc_us if last_utc_us is not None else LEAST_STEP_US
    return last_t_us + max(LEAST_STEP_US, passed) - monotonic_us


@dataclass(frozen=True, slots=True)
class Step:
    """The wall clock jumped by `by_us` at station time `at_us`."""

    at_us: int
    by_us: int


class WallWatch:
    """Tells when an anchor is due: at the start, each hour, and when the wall clock was stepped."""

    def __init__(self) -> None:
        self._anchor: tuple[int, int, int] | None = None
        self.last_step: Step | None = None

    def look(self, now_us: int, utc_us: int, utc_offset_s: int) -> ClockAnchored | None:
        """The anchor to journal now, or None. Call it about once a second."""
        if self._anchor is None:
            return self._anchored(now_us, utc_us, utc_offset_s, 0)
        at_us, at_utc_us, at_offset_s = self._anchor
        stepped = (utc_us - at_utc_us) - (now_us - at_us)
        if abs(stepped) > STEP_US:
            self.last_step = Step(now_us, stepped)
            return self._anchored(now_us, utc_us, utc_offset_s, stepped)
        if now_us - at_us >= ANCHOR_US or utc_offset_s != at_offset_s:
            return self._anchored(now_us, utc_us, utc_offset_s, 0)
        return None

    def _anchored(self, now_us: int, utc_us: int, utc_offset_s: int, stepped_us: int) -> ClockAnchored:
        self._anchor = (now_us, utc_us, utc_offset_s)
        return ClockAnchored(utc_us, utc_offset_s, stepped_us)
