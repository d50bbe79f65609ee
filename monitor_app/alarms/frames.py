"""How many frames of a line are bad? The share over ten seconds of a link's own counters (ALARMS 10.5, LINK_ERRORS)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from monitor_app.core.parameters import SECOND_US

WINDOW_US = 10 * SECOND_US
REPORTS_MAX = 64
"""A device reports once a second at most; a window of ten seconds and its margin."""


@dataclass(slots=True)
class Frames:
    """Reports of one connection as (time, good, bad), oldest first: one older than the window, then the window."""

    reports: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=REPORTS_MAX))

    def take(self, good: int, bad: int, at_us: int) -> None:
        """The counters since the start of the stream; smaller ones are those of a new stream."""
        if self.reports:
            _, last_good, last_bad = self.reports[-1]
            if (good, bad) == (last_good, last_bad):
                return
            if good < last_good or bad < last_bad:
                self.reports.clear()
        self.reports.append((at_us, good, bad))
        while len(self.reports) > 1 and self.reports[1][0] <= at_us - WINDOW_US:
            self.reports.popleft()

    @property
    def since_us(self) -> int | None:
        """When the window began, None while it is not full."""
        full = bool(self.reports) and self.reports[-1][0] - self.reports[0][0] >= WINDOW_US
        return self.reports[0][0] if full else None

    @property
    def bad_share(self) -> float | None:
        """Bad frames of all in the window, 0 to 1; None while it is not full."""
        if self.since_us is None:
            return None
        _, good, bad = self.reports[0]
        _, last_good, last_bad = self.reports[-1]
        return (last_bad - bad) / (last_good - good + last_bad - bad)
