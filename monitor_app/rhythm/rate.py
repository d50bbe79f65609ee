"""What is the heart rate number? The rule of RHYTHM section 4, as the user guide states it.

Mean of the last 12 intervals less the largest and the smallest; of the last 4 when the heart is slow; after a proved
change only of the intervals since.
"""

from __future__ import annotations

from collections import deque
from statistics import fmean

INTERVALS = 12
FEWEST = 3  # intervals before a number is shown
TRIMMED_FROM = 5  # with fewer, leaving two out would leave nearly nothing
SLOW_S = 1.2
SLOW_INTERVALS = 4
RUN = 3  # intervals that prove a change, or slowness
CHANGE_SHARE = 0.12
BLANK_LOW_S, BLANK_HIGH_S = 3.0, 5.0  # dashes after max(3 s, 3 intervals) without a beat, at most 5 s
BLANK_INTERVALS = 3


class RateMeter:
    """Heart rate of one lead from its beats. Times are seconds of one continuous stretch."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=INTERVALS)
        self._last_s: float | None = None
        self._last_trusted = False
        self._known: float | None = None  # the mean, until the next beat

    def reset(self) -> None:
        """Forget everything: what comes is another stretch, or the stretch was not to be trusted."""
        self._intervals.clear()
        self._last_s = self._known = None

    def beat(self, at_s: float, trusted: bool) -> None:
        """A beat at that time. An interval counts when both its beats were seen in a trusted signal."""
        if self._last_s is not None and self._last_trusted and trusted:
            self._intervals.append(at_s - self._last_s)
            self._drop_what_changed()
        self._last_s, self._last_trusted, self._known = at_s, trusted, None

    def bpm(self, newest_s: float) -> float | None:
        """The number as it stands at `newest_s`, None when there is none."""
        if len(self._intervals) < FEWEST or self._last_s is None:
            return None
        mean = self._known = self._mean() if self._known is None else self._known
        if newest_s - self._last_s > min(BLANK_HIGH_S, max(BLANK_LOW_S, BLANK_INTERVALS * mean)):
            return None
        return 60.0 / mean

    def _mean(self) -> float:
        recent = list(self._intervals)
        if all(interval > SLOW_S for interval in recent[-RUN:]):
            return fmean(recent[-SLOW_INTERVALS:])
        if len(recent) < TRIMMED_FROM:
            return fmean(recent)
        return fmean(sorted(recent)[1:-1])

    def _drop_what_changed(self) -> None:
        recent = list(self._intervals)
        run, before = recent[-RUN:], recent[:-RUN]
        if not before:
            return
        usual = fmean(before)
        longer = all(interval > (1 + CHANGE_SHARE) * usual for interval in run)
        shorter = all(interval < (1 - CHANGE_SHARE) * usual for interval in run)
        if longer or shorter:
            self._intervals = deque(run, INTERVALS)
