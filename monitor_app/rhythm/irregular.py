"""Is the rhythm irregularly irregular? Atrial fibrillation by the intervals alone, RHYTHM section 7.1.

The measure is Lake and Moorman's coefficient of sample entropy over the newest intervals, ectopic ones and their pauses
taken out. The limits are those at which 64 beats of other people's annotated beats part best (RHYTHM 7.1), not fitted here.
A pattern that repeats itself (bigeminy, trigeminy) is no fibrillation, however irregular its intervals are.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord

INTERVALS = 48
STEP = 4  # beats between two looks
HOLD = 2  # looks that must agree
CHANGE = 4  # looks that must agree before the weaker word gives way to the other; it never comes back by ectopy alone
IRREGULAR_AT = -1.0
REGULAR_AT = -1.2
MATCHES = 5
RADIUS_S, RADIUS_GROWTH = 0.030, 1.2
SHORTEST_S, LONGEST_S = 0.24, 2.5
GAP_S = 4.0  # beats further apart do not follow each other
MANY_ECTOPIC = 1 / 3
PIECE, PIECE_AT = 12, -1.4
PERIODIC = 0.5  # autocorrelation of the intervals
SECOND_US = 1_000_000


def cosen(intervals_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Coefficient of sample entropy of intervals in s: high means irregularly irregular. Template length 1, RHYTHM 7.1."""
    n = len(intervals_s)
    near = np.abs(intervals_s[:, None] - intervals_s[None, :])
    upper = np.triu_indices(n - 1, 1)
    first, second = near[:-1, :-1][upper], near[1:, 1:][upper]
    pair = np.maximum(first, second)
    radius = RADIUS_S
    while (longer := int(np.count_nonzero(pair < radius))) < MATCHES:
        radius *= RADIUS_GROWTH
    shorter = int(np.count_nonzero(first < radius))
    return -math.log(longer / shorter) + math.log(2 * radius) - math.log(float(intervals_s.mean()))


@dataclass(frozen=True, slots=True)
class _Interval:
    """From beat to beat. start_us: of its first beat. ectopic: one of its beats, or the pause after it, is no sinus beat."""

    start_us: int
    seconds: float
    ectopic: bool


class Irregularity:
    """AFIB, or IRREGULAR where ectopy forbids that word. Hears the beats of the chosen lead, in order."""

    def __init__(self) -> None:
        self._intervals: deque[_Interval] = deque(maxlen=INTERVALS)
        self._last: tuple[int, BeatClass] | None = None
        self._before: BeatClass | None = None
        self._since_look = 0
        self._agree = self._other = 0
        self._word: RhythmWord | None = None
        self._onset_us = self._ended_us = 0
        self._patterned = 0

    def hear(self, beat: BeatFound, t_us: int, trusted: bool) -> list[RhythmFound]:
        """The next beat; t_us: of the newest sample. trusted: the signal around it is good enough for intervals."""
        last, self._last = self._last, (beat.t_us, beat.cls) if trusted else None
        if last is None or not trusted:
            self._before = None
            return []
        seconds = (beat.t_us - last[0]) / SECOND_US
        if seconds > GAP_S:
            return self.end(t_us)
        ectopic = BeatClass.V in (beat.cls, last[1], self._before)
        self._before = last[1]
        if not SHORTEST_S <= seconds <= LONGEST_S:
            return []
        self._intervals.append(_Interval(last[0], seconds, ectopic))
        self._since_look += 1
        if len(self._intervals) < INTERVALS or self._since_look < STEP:
            return []
        self._since_look = 0
        return self._look(t_us)

    def _look(self, t_us: int) -> list[RhythmFound]:
        plain = [one.seconds for one in self._intervals if not one.ectopic]
        many = len(plain) < (1 - MANY_ECTOPIC) * INTERVALS
        every = np.array([one.seconds for one in self._intervals])
        value = cosen(every if many else np.array(plain))
        periodic = _periodic(every)
        word = RhythmWord.IRREGULAR if many or periodic else RhythmWord.AFIB
        if self._word is None:
            self._agree = self._agree + 1 if value > IRREGULAR_AT else 0
            return self._begin(word, self._first_irregular(), t_us) if self._agree >= HOLD else []
        if value > IRREGULAR_AT and word is RhythmWord.AFIB and self._word is RhythmWord.IRREGULAR:
            self._other += 1
            if self._other >= CHANGE:
                return [*self.end(t_us, keep=True), *self._begin(word, t_us, t_us)]
            return []
        self._other = 0
        self._patterned = self._patterned + 1 if periodic else 0
        if self._word is RhythmWord.AFIB and self._patterned >= HOLD:
            return [*self.end(t_us, keep=True), *self._begin(RhythmWord.IRREGULAR, t_us, t_us)]
        self._agree = self._agree + 1 if value < REGULAR_AT else 0
        return self._regular_again(t_us) if self._agree >= HOLD else []

    def _begin(self, word: RhythmWord, onset_us: int, t_us: int) -> list[RhythmFound]:
        self._word, self._onset_us = word, max(onset_us, self._ended_us)
        self._agree = self._other = self._patterned = 0
        return [RhythmFound(t_us, word, present=True, onset_us=self._onset_us)]

    def _first_irregular(self) -> int:
        """Where in the window it began, in pieces of twelve intervals."""
        for place in range(0, INTERVALS - PIECE + 1, 2):
            piece = [one.seconds for one in list(self._intervals)[place : place + PIECE]]
            if cosen(np.array(piece)) > PIECE_AT:
                return list(self._intervals)[place].start_us
        return self._intervals[0].start_us

    def _regular_again(self, t_us: int) -> list[RhythmFound]:
        """It is over: since the last irregular piece of the window, as it began with the first."""
        kept = [one for one in self._intervals if not (one.ectopic and self._word is RhythmWord.AFIB)]
        end_us = self._onset_us
        for end in range(len(kept), PIECE - 1, -1):
            if cosen(np.array([one.seconds for one in kept[end - PIECE : end]])) > PIECE_AT:
                end_us = max(end_us, kept[end - 1].start_us + round(kept[end - 1].seconds * SECOND_US))
                break
        return self.end(t_us, keep=True, end_us=end_us)

    def end(self, t_us: int, keep: bool = False, end_us: int | None = None) -> list[RhythmFound]:
        """It is over, or nothing can be said any more (then the intervals before do not count either).

        end_us: where it ended, when that is known to lie before `t_us`.
        """
        word, self._word = self._word, None
        self._agree = self._other = 0
        if not keep:
            self._intervals.clear()
            self._last = self._before = None
        if word is None:
            return []
        self._ended_us = t_us if end_us is None else end_us
        return [RhythmFound(t_us, word, present=False, onset_us=self._onset_us, end_us=end_us)]


def _periodic(intervals_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Every second or every third interval is alike: bigeminy or trigeminy."""
    away = intervals_s - intervals_s.mean()
    power = float(away @ away)
    if power <= 0:
        return False
    return any(float(away[lag:] @ away[:-lag]) / power > PERIODIC for lag in (2, 3))
