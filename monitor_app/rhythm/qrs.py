"""Is this hump a beat? Judged against the patient's own last beats and last noise; RHYTHM section 2.2.

A hump that is plainly a beat is decided at once. A doubtful one waits until the next hump is known, so that a P wave is
told from the QRS that follows it. A decision once given is never changed. Millivolt floors hold only where the unit is mV.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from statistics import median

import numpy as np

from monitor_app.rhythm.candidates import TINY, Candidate
from monitor_app.rhythm.kernels import Wave
from monitor_app.rhythm.levels import MEMORY, Levels

LEARN_S = 3.0  # holds a beat down to 20 a minute
LEARN_SHARE = 0.7  # of the highest hump while learning: the first one may be taller than the rest
SEED_SHARE = 0.4  # of the highest: the first beats are plain ones, not the T wave of a beat cut in two
EDGE_S = 0.1  # a wave that begins on a slope makes a hump at its very first samples
RELEARN_SHARE = 0.2  # of the beats known before: what is smaller after a long silence is its noise
LEARN_CREST = 6.0  # over the lower quartile: a QRS stands out so far even at 300 a minute, band noise rarely
REPEATS, REPEATS_ALIKE = 4, 0.9  # or so many tall humps in a row so like each other: small QRS with large T waves
SURE_STANDING, SURE_LIKENESS = 0.65, 0.8  # so much of a beat, and so like the usual one: no need to wait
HOLD_S = 0.5  # a doubtful hump is decided after so long when no other has come
P_WAVE_S = 0.28  # from a P wave to its QRS
P_CRISPNESS = 0.9
P_LIKENESS, P_LESS_LIKE = 0.4, 0.1
T_WAVE_S = 0.36
T_LOW = 0.25  # of the last beat's height in the QRS band: too low for a beat so soon
T_SLOWER_S, T_LATEST_S = 0.4, 0.6  # of the square root of RR in s (Bazett): in a slow heart the T wave comes later...
T_LATE_CRISPNESS = 0.5  # ...and then only what is low and blunt as well is one
TALL_SHARE = 0.5  # of a beat's height: RR is taken between beats, not between a beat and what may have been its T wave
T_SIGNS = ((0.5, 0.7), (0.8, 0.6))  # (height below this, crispness below that), as shares of the last beat's
T_SOON_S, T_SOON_HEIGHT, T_SOON_SPAN = 0.3, 0.5, 0.6  # lower in both ways, and as soon as only a T wave comes
T_TALL = 0.8
T_SMOOTH, T_SMOOTHER = 0.75, 0.2  # survives smoothing to this share, and by so much better than the last beat
SEARCH_AFTER_RR = 1.5
SEARCH_SHARE = 0.5
SEARCH_LIKENESS = 0.6  # of a late find with the usual beat: keeps P waves and noise out
STRANGE_SHARE, STRANGE_SPAN = 0.6, 0.35  # a late find of another shape must stand higher and be so tall...
STRANGE_RR = 0.8  # ...and have come early, as ectopic beats do and P waves do not
SEARCH_LIMIT_S = 4.0  # a standstill is never filled with late finds
DECAY_AFTER_S = 1.5
DECAY_HALF_S = 1.0
DECAY_FLOOR = 0.4  # a level that fell further would take P waves for beats
RELEARN_S = 8.0
FLOOR_MV = 0.2  # peak to peak; EC13's 0.15 mV is no QRS
NARROW_S = 0.028  # EC13's pulse of 10 ms stays below after smoothing...
NARROW_SHARE = 0.42  # ...and keeps less than this over 40 ms. A QRS with sharp or double peaks fails one, never both
KNOWN_LIKENESS = 0.8  # a needle that looks like the beats before is one


class BeatJudge:
    """Decides humps in order. All times are sample numbers of one continuous stretch."""

    def __init__(self, rate_hz: float, first: int, millivolts: bool, levels: Levels | None = None) -> None:
        self._rate = rate_hz
        self._floor = FLOOR_MV if millivolts else 0.0
        self.levels = levels
        self._first = self._learning_since = first
        self._known = 0.0
        self._learnt_on: list[Candidate] = []
        self._quiet: list[float] = []
        self._waiting: deque[Candidate] = deque()
        self._doubtful: list[Candidate] = []
        self._intervals: deque[int] = deque(maxlen=MEMORY)
        self._usual = 0.0  # their median
        self._last: Candidate | None = None
        self._newest: deque[Candidate] = deque(maxlen=3)
        self._rr_s = 0.0

    @property
    def learning(self) -> bool:
        """True while no levels are known."""
        return self.levels is None

    def is_open(self, height: float) -> bool:
        """True when a hump of that height, not final yet, or one that still waits, may become a beat."""
        levels = self.levels
        if levels is None:
            return False
        if height > DECAY_FLOOR * levels.band_threshold and height > self._floor / 4:
            return True
        return any(self._is_tall(hump, levels) for hump in self._waiting)

    def judge(self, hump: Candidate) -> None:
        """The next hump; `hear` says when it has become a beat."""
        if hump.index < self._first + EDGE_S * self._rate:
            return
        if self.levels is None:
            self._learnt_on.append(hump)
        else:
            self._waiting.append(hump)

    def hear(self, envelope: Wave, newest: int) -> list[Candidate]:
        """Time passes up to sample `newest`: decide, learn, search back, or learn anew. Returns the beats, in order."""
        if self.levels is None:
            return self._learn(envelope, newest)
        found = self._decide(self.levels, newest)
        found += self._search_back(self.levels, newest)
        since = self._last.index if self._last else self._learning_since
        if newest - since > RELEARN_S * self._rate:
            self._forget(newest)
        return found

    # ------------------------------------------------------------------ learning

    def _forget(self, newest: int) -> None:
        self._known = self.levels.qrs if self.levels else self._known
        self.levels, self._learning_since, self._last = None, newest, None
        self._learnt_on, self._quiet, self._doubtful = [], [], []
        self._waiting.clear()
        self._intervals.clear()

    def _learn(self, envelope: Wave, newest: int) -> list[Candidate]:
        if len(envelope):
            self._quiet.append(float(np.partition(envelope, len(envelope) // 4)[len(envelope) // 4]))
        if newest - self._learning_since < LEARN_S * self._rate:
            return []
        humps = [hump for hump in self._learnt_on if self._is_qrs_like(hump, None)]
        quiet = median(self._quiet)
        tallest = max(humps, key=lambda hump: hump.height, default=None)
        stands_out = tallest is not None and (tallest.height > LEARN_CREST * quiet or _repeat(humps, tallest.height))
        if tallest is None or not stands_out or tallest.height <= RELEARN_SHARE * self._known:
            self._slide(newest)
            return []
        self.levels = Levels.seeded(LEARN_SHARE * tallest.height, LEARN_SHARE * tallest.span, quiet)
        plain = [hump for hump in humps if hump.height > SEED_SHARE * tallest.height]
        return [hump for hump in plain if self._accepts(hump, self.levels)]

    def _slide(self, newest: int) -> None:
        """Nothing to learn from: look at the newest two seconds and one more."""
        self._learning_since = newest - round((LEARN_S - 1) * self._rate)
        self._learnt_on = [hump for hump in self._learnt_on if hump.index >= self._learning_since]
        self._quiet = self._quiet[-10:]

    # ------------------------------------------------------------------ deciding

    def _decide(self, levels: Levels, newest: int) -> list[Candidate]:
        found: list[Candidate] = []
        while self._waiting:
            hump = self._waiting[0]
            following = self._waiting[1] if len(self._waiting) > 1 else None
            sure = levels.standing(hump) >= SURE_STANDING and hump.likeness(levels.template) >= SURE_LIKENESS
            if not sure and following is None and newest - hump.index < HOLD_S * self._rate:
                break
            self._waiting.popleft()
            if not sure and following is not None and self._is_p_wave(hump, following, levels):
                levels.reject(hump)
            elif self._accepts(hump, levels):
                found.append(hump)
        return found

    def _accepts(self, hump: Candidate, levels: Levels) -> bool:
        if not self._is_qrs_like(hump, levels) or self._is_t_wave(hump):
            return False
        if self._is_tall(hump, levels):
            self._take(hump, levels)
            return True
        levels.reject(hump)
        self._doubtful.append(hump)
        return False

    def _is_tall(self, hump: Candidate, levels: Levels) -> bool:
        return levels.standing(hump) > levels.threshold * self._decay(hump)

    def _is_qrs_like(self, hump: Candidate, levels: Levels | None) -> bool:
        if hump.span < self._floor:
            return False
        needle = hump.width_s < NARROW_S and hump.sharpness < NARROW_SHARE
        return not needle or (levels is not None and levels.familiarity(hump) > KNOWN_LIKENESS)

    def _is_p_wave(self, hump: Candidate, following: Candidate, levels: Levels) -> bool:
        """The next hump comes as a QRS after its P wave: soon, larger and crisper, and more like the usual beat."""
        if following.index - hump.index >= P_WAVE_S * self._rate or not self._is_qrs_like(following, levels):
            return False
        like = following.likeness(levels.template)
        more_like = like > max(P_LIKENESS, hump.likeness(levels.template) + P_LESS_LIKE)
        larger = hump.span < following.span and following.crispness > P_CRISPNESS * hump.crispness
        return more_like and larger and levels.standing(following) > levels.standing(hump)

    def _is_t_wave(self, hump: Candidate) -> bool:
        """Soon after a beat, and lower, blunter or smoother than it."""
        last = self._last
        if last is None or hump.index - last.index > T_LATEST_S * self._rate:
            return False
        height, crispness = hump.height / last.height, hump.crispness / max(last.crispness, TINY)
        if hump.index - last.index > T_WAVE_S * self._rate:
            late = hump.index - last.index <= T_SLOWER_S * self._rate * math.sqrt(self._rr_s)
            return late and height < T_LOW and crispness < T_LATE_CRISPNESS
        if height < T_LOW or any(height < low and crispness < blunt for low, blunt in T_SIGNS):
            return True
        soon = hump.index - last.index < T_SOON_S * self._rate
        if soon and height < T_SOON_HEIGHT and hump.span < T_SOON_SPAN * last.span:
            return True
        smooth = hump.sharpness > max(T_SMOOTH, last.sharpness + T_SMOOTHER)
        return height < T_TALL and smooth and hump.span < last.span

    def _decay(self, hump: Candidate) -> float:
        if self._last is None:
            return 1.0
        over_s = (hump.index - self._last.index) / self._rate - DECAY_AFTER_S
        return max(DECAY_FLOOR, float(0.5 ** max(0.0, over_s / DECAY_HALF_S)))

    def _take(self, hump: Candidate, levels: Levels) -> None:
        if self._last is not None:
            self._intervals.append(hump.index - self._last.index)
            self._usual = median(self._intervals)
        tall = next((one for one in reversed(self._newest) if one.height > TALL_SHARE * hump.height), None)
        self._rr_s = (hump.index - tall.index) / self._rate if tall is not None else 0.0
        self._newest.append(hump)
        self._last = hump
        levels.take(hump)
        self._doubtful = [other for other in self._doubtful if other.index > hump.index]

    # ------------------------------------------------------------------ searching back

    def _search_back(self, levels: Levels, newest: int) -> list[Candidate]:
        if self._last is None or len(self._intervals) < 2:
            return []
        silence, usual = newest - self._last.index, self._usual
        if not SEARCH_AFTER_RR * usual < silence < SEARCH_LIMIT_S * self._rate:
            return []
        late = [hump for hump in self._doubtful if self._could_be_late(hump, self._last, usual, levels)]
        if not late:
            return []
        best = max(late, key=levels.standing)
        self._take(best, levels)
        return [best]

    def _could_be_late(self, hump: Candidate, last: Candidate, usual: float, levels: Levels) -> bool:
        after, standing = hump.index - last.index, levels.standing(hump)
        if after < T_WAVE_S * self._rate or standing <= SEARCH_SHARE * levels.threshold:
            return False
        if hump.likeness(levels.template) > SEARCH_LIKENESS:
            return True
        tall = standing > STRANGE_SHARE * levels.threshold and hump.span > STRANGE_SPAN * levels.span
        return tall and after < STRANGE_RR * usual


def _repeat(humps: list[Candidate], top: float) -> bool:
    """The tall humps are all of one shape, as noise never is."""
    tall = [hump for hump in humps if hump.height > SEED_SHARE * top]
    return len(tall) >= REPEATS and all(a.likeness(b.shape) > REPEATS_ALIKE for a, b in pairwise(tall))
