"""From where did the value fall? The highest believable SpO2 of the last minute (ALARMS 8.2)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from monitor_app.core.parameters import SECOND_US

WINDOW_US = 60 * SECOND_US
GAP_US = 10 * SECOND_US
"""After a longer gap nothing of before it counts as "before"."""

RUNS_MAX = 256
"""Changes of the value within a minute: four a second at most, more than any oximeter makes."""


@dataclass(slots=True)
class Fall:
    """Stretches of equal values, oldest first, as (start, value)."""

    runs: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=RUNS_MAX))
    gap_since_us: int | None = None

    def take(self, value: float | None, at_us: int, probe_off: bool) -> None:
        """From `at_us` on this value holds; None for no number."""
        if probe_off:
            self.runs.clear()
        if value is None:
            if self.gap_since_us is None:
                self.gap_since_us = at_us
            return
        if self.gap_since_us is not None and at_us - self.gap_since_us > GAP_US:
            self.runs.clear()
        self.gap_since_us = None
        if not self.runs or self.runs[-1][1] != value:
            self.runs.append((at_us, value))

    def over(self, lowest_us: int) -> None:
        """A fall has been alarmed and has ended: only what has held since its lowest value is "before" for another one."""
        while len(self.runs) > 1 and self.runs[0][0] < lowest_us:
            self.runs.popleft()

    def highest(self, now_us: int) -> float | None:
        """The largest value that held at some time of the last minute."""
        while len(self.runs) > 1 and self.runs[1][0] < now_us - WINDOW_US:
            self.runs.popleft()
        return max((value for _, value in self.runs), default=None)
