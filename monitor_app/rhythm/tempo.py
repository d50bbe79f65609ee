"""Is the heart too slow, too fast, or did it pause? By the beats themselves: the shown number is too slow for an alarm.

Every lead is heard by itself, because one that misses beats or counts noise must not decide alone: the heart is slow only
where no usable lead sees it faster, and fast where one sees it fast and no good one sees it regular and slower.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.rhythm.lasting import Lasting
from monitor_app.rhythm.witness import share_seen

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
SLOW_BPM, SLOW_BEATS, SLOW_BACK_BPM, SLOW_BACK_BEATS = 40.0, 5, 43.0, 4
FAST_BPM, FAST_BEATS, FAST_BACK_BPM, FAST_BACK_BEATS = 140.0, 17, 135.0, 9
LONE_BPM = 60.0  # where the other intervals are shorter, one long one is a pause, and no slow heart
SHOWN_US = 3 * SECOND_US
BACK_US = 5 * SECOND_US
PAUSE_US = 3 * SECOND_US
STANDSTILL_US = 4 * SECOND_US  # a gap that long is another finding
PAUSE_ENDS = 2  # beats
USUAL_INTERVALS = 3


class Tempo:
    """The beats of one lead: their rate over the newest few, while they follow each other."""

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=FAST_BEATS)
        self._strange: deque[bool] = deque(maxlen=FAST_BEATS)
        self._changes = 0
        self._asked: tuple[list[int], list[int]] | None = None  # the last answer of `_vouched`, and what it was made of

    def beat(self, t_us: int, strange: bool = False) -> None:
        """The next beat. strange: of a shape or signal that noise has too, so that another lead should vouch for it."""
        if self._times and t_us - self._times[-1] > STANDSTILL_US:
            self.clear()
        self._times.append(t_us)
        self._strange.append(strange)
        self._changes += 1

    def clear(self) -> None:
        """What comes does not follow: a gap, or a signal that was not to be trusted."""
        self._times.clear()
        self._strange.clear()
        self._changes += 1

    def bpm(self, beats: int) -> float | None:
        """Mean rate over that many beats, None while fewer are known."""
        if len(self._times) < beats:
            return None
        return MINUTE_US * (beats - 1) / (self._times[-1] - self._times[-beats])

    @property
    def times_us(self) -> list[int]:
        """The newest beats."""
        return list(self._times)

    def usual_bpm(self, before_us: int) -> float | None:
        """The rate before that moment, None where fewer than four beats are known of it."""
        times = [t_us for t_us in self._times if t_us < before_us]
        return MINUTE_US / median(b - a for a, b in pairwise(times)) if len(times) > USUAL_INTERVALS else None

    def slow(self, beats: int, others: Sequence[Tempo], silent_until_us: int) -> tuple[float, int] | None:
        """(rate, since when) over that many beats that are not noise of this lead alone; None while fewer are known.

        A silence counts as if the next beat came with its end, `silent_until_us`: it can only be slower than that.
        """
        times = self._vouched(others)
        if len(times) >= beats - 1 and silent_until_us > times[-1]:
            waited = _rate([*times[1 - beats :], silent_until_us])
            if waited < SLOW_BPM:
                return waited, times[1 - beats]
        return (_rate(times[-beats:]), times[-beats]) if len(times) >= beats else None

    def _vouched(self, others: Sequence[Tempo]) -> list[int]:
        made_of = [self._changes, *(one._changes for one in others)]
        if self._asked is None or self._asked[0] != made_of:
            seen = [t_us for one in others for t_us in one.times_us]
            pairs = zip(self._times, self._strange, strict=True)
            times = [t for t, strange in pairs if not strange or not others or share_seen([t], seen)]
            self._asked = (made_of, times)
        return self._asked[1]

    def since_us(self, beats: int) -> int:
        """The first of them."""
        return self._times[-beats]

    def steady(self, beats: int) -> bool:
        """No interval of the newest ones is far from their mean."""
        times = list(self._times)[-beats:]
        steps = [b - a for a, b in pairwise(times)]
        return len(steps) > 1 and max(steps) < 1.3 * min(steps)


def _rate(times: Sequence[int]) -> float:
    """Mean rate, and where one long interval alone makes it slow, the rate without that."""
    steps = sorted(b - a for a, b in pairwise(times))
    others = MINUTE_US * (len(steps) - 1) / sum(steps[:-1])
    return others if others > LONE_BPM else MINUTE_US * len(steps) / sum(steps)


class Shown:
    """The shown number beyond a limit: since when."""

    def __init__(self) -> None:
        self._since_us: int | None = None

    def lasts(self, beyond: bool, t_us: int) -> bool:
        """It has been beyond for three seconds."""
        self._since_us = (t_us if self._since_us is None else self._since_us) if beyond else None
        return self._since_us is not None and t_us - self._since_us >= SHOWN_US


class Extreme:
    """EXTREME_BRADY or EXTREME_TACHY: begins by the beats, ends when they have been back for five seconds."""

    def __init__(self, word: RhythmWord) -> None:
        self.lasting = Lasting(word)
        self._back_us: int | None = None

    def follow(self, beyond: float | None, back: bool, onset_us: int, t_us: int) -> list[RhythmFound]:
        """beyond: the rate that lies beyond the limit now; back: it is back by the hysteresis."""
        if self.lasting.onset_us is None:
            return self.lasting.begin(onset_us, t_us, beyond) if beyond is not None else []
        if not back:
            self._back_us = None
            return []
        self._back_us = t_us if self._back_us is None else self._back_us
        if t_us - self._back_us < BACK_US:
            return []
        self._back_us = None
        return self.lasting.end(t_us)


class Pause:
    """A gap of 3 to 4 s between two beats of a trusted lead: told with the beat that closes it."""

    def __init__(self) -> None:
        self.lasting = Lasting(RhythmWord.PAUSE)
        self._last_us: int | None = None
        self._since = 0

    def beat(self, beat_us: int, t_us: int) -> list[RhythmFound]:
        """The next beat."""
        gap_us = beat_us - self._last_us if self._last_us is not None else 0
        before_us, self._last_us = self._last_us, beat_us
        if self.lasting.onset_us is not None:
            self._since += 1
            return self.lasting.end(t_us) if self._since >= PAUSE_ENDS else []
        if before_us is None or not PAUSE_US < gap_us < STANDSTILL_US:
            return []
        self._since = 0
        return self.lasting.begin(before_us, t_us, gap_us / SECOND_US)

    def clear(self, t_us: int) -> list[RhythmFound]:
        """What comes does not follow on what was."""
        self._last_us = None
        return self.lasting.end(t_us)
