"""Is this hump a beat? Levels learnt from the patient's own last beats and last noise; RHYTHM section 2.2.

A decision once given is never changed. Millivolt floors hold only where the wave's unit is mV.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np

from monitor_app.rhythm.candidates import Candidate
from monitor_app.rhythm.kernels import Wave

MEMORY = 8  # beats and noise humps that the levels are medians of
THRESHOLD_SHARE = 0.28  # of the way from noise to QRS; 0.18 to 0.45 is seen to work
LEARN_S = 3.0  # holds a beat down to 20 a minute
LEARN_SHARE = 0.7  # of the highest hump while learning: the first one may be taller than the rest
SEED_SHARE = 0.4  # of the highest: the first beats are plain ones, not the T wave of a beat cut in two
EDGE_S = 0.1  # a wave that begins on a slope makes a hump at its very first samples
RELEARN_SHARE = 0.2  # of the beats known before: what is smaller after a long silence is its noise
LEARN_CREST = 6.0  # over the lower quartile: a QRS stands out so far even at 300 a minute, band noise rarely
T_WAVE_S = 0.36
T_WAVE_SHARE = 0.5
T_TALL_SHARE = 0.8  # a tall T may come so near to its QRS...
T_BLUNT_SHARE = 0.6  # ...but has little of the QRS band for its height
SEARCH_AFTER_RR = 1.5
SEARCH_SHARE = 0.5
SEARCH_LIKENESS = 0.6  # of a late find with the usual beat: keeps P waves and noise out
SEARCH_LIMIT_S = 4.0  # a standstill is never filled with late finds
DECAY_AFTER_S = 1.5
DECAY_HALF_S = 1.0
DECAY_FLOOR = 0.4  # a level that fell further would take P waves for beats
RELEARN_S = 8.0
FLOOR_MV = 0.2  # peak to peak; EC13's 0.15 mV is no QRS
NARROW_S = 0.028  # EC13's pulse of 10 ms stays below after smoothing...
NARROW_SHARE = 0.42  # ...and keeps less than this over 40 ms. A QRS with sharp or double peaks fails one, never both
TEMPLATE_GAIN = 0.15


@dataclass(slots=True)
class Levels:
    """What a beat and what noise look like lately. Kept over a short gap."""

    beats: deque[float]
    noise: deque[float]
    template: Wave | None = None

    @property
    def qrs(self) -> float:
        """Usual envelope height of a beat."""
        return median(self.beats)

    @property
    def threshold(self) -> float:
        """Height above which a hump is a beat."""
        low = median(self.noise)
        return low + THRESHOLD_SHARE * max(0.0, self.qrs - low)


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
        self._doubtful: list[Candidate] = []
        self._intervals: deque[int] = deque(maxlen=MEMORY)
        self._last: Candidate | None = None

    @property
    def learning(self) -> bool:
        """True while no levels are known."""
        return self.levels is None

    def is_open(self, height: float) -> bool:
        """True when a hump of that height, not final yet, may become a beat."""
        return self.levels is not None and height > DECAY_FLOOR * self.levels.threshold and height > self._floor / 4

    def judge(self, hump: Candidate) -> list[Candidate]:
        """The next hump: a list with it when it is a beat."""
        if hump.index < self._first + EDGE_S * self._rate:
            return []
        if self.levels is None:
            self._learnt_on.append(hump)
            return []
        return [hump] if self._accepts(hump, self.levels) else []

    def hear(self, envelope: Wave, newest: int) -> list[Candidate]:
        """Time passes up to sample `newest`: learn, search back, or learn anew. Returns late finds and first beats."""
        if self.levels is None:
            return self._learn(envelope, newest)
        found = self._search_back(self.levels, newest)
        since = self._last.index if self._last else self._learning_since
        if newest - since > RELEARN_S * self._rate:
            self._forget(newest)
        return found

    def _forget(self, newest: int) -> None:
        self._known = self.levels.qrs if self.levels else self._known
        self.levels, self._learning_since, self._last = None, newest, None
        self._learnt_on, self._quiet, self._doubtful = [], [], []
        self._intervals.clear()

    def _learn(self, envelope: Wave, newest: int) -> list[Candidate]:
        if len(envelope):
            self._quiet.append(float(np.partition(envelope, len(envelope) // 4)[len(envelope) // 4]))
        if newest - self._learning_since < LEARN_S * self._rate:
            return []
        humps = [hump for hump in self._learnt_on if self._is_qrs_like(hump)]
        quiet = median(self._quiet)
        top = max((hump.height for hump in humps), default=0.0)
        if top <= max(LEARN_CREST * quiet, RELEARN_SHARE * self._known):
            self._slide(newest)
            return []
        self.levels = Levels(deque([LEARN_SHARE * top] * MEMORY, MEMORY), deque([quiet] * MEMORY, MEMORY))
        plain = [hump for hump in humps if hump.height > SEED_SHARE * top]
        return [hump for hump in plain if self._accepts(hump, self.levels)]

    def _slide(self, newest: int) -> None:
        """Nothing to learn from: look at the newest two seconds and one more."""
        self._learning_since = newest - round((LEARN_S - 1) * self._rate)
        self._learnt_on = [hump for hump in self._learnt_on if hump.index >= self._learning_since]
        self._quiet = self._quiet[-10:]

    def _is_qrs_like(self, hump: Candidate) -> bool:
        narrow = hump.width_s < NARROW_S and hump.sharpness < NARROW_SHARE
        return hump.span >= self._floor and not narrow

    def _accepts(self, hump: Candidate, levels: Levels) -> bool:
        if not self._is_qrs_like(hump) or self._is_t_wave(hump):
            return False
        if hump.height > levels.threshold * self._decay(hump):
            self._take(hump, levels)
            return True
        levels.noise.append(hump.height)
        self._doubtful.append(hump)
        return False

    def _is_t_wave(self, hump: Candidate) -> bool:
        if self._last is None or hump.index - self._last.index > T_WAVE_S * self._rate:
            return False
        if hump.height < T_WAVE_SHARE * self._last.height:
            return True
        blunt = hump.crispness < T_BLUNT_SHARE * self._last.crispness
        return blunt and hump.height < T_TALL_SHARE * self._last.height

    def _decay(self, hump: Candidate) -> float:
        if self._last is None:
            return 1.0
        over_s = (hump.index - self._last.index) / self._rate - DECAY_AFTER_S
        return max(DECAY_FLOOR, float(0.5 ** max(0.0, over_s / DECAY_HALF_S)))

    def _take(self, hump: Candidate, levels: Levels) -> None:
        if self._last is not None:
            self._intervals.append(hump.index - self._last.index)
        self._last = hump
        levels.beats.append(hump.height)
        old = levels.template
        mixed = hump.shape if old is None else (1 - TEMPLATE_GAIN) * old + TEMPLATE_GAIN * hump.shape
        length = float(np.sqrt(mixed @ mixed))
        levels.template = mixed / length if length > 0 else None
        self._doubtful = [other for other in self._doubtful if other.index > hump.index]

    def _search_back(self, levels: Levels, newest: int) -> list[Candidate]:
        if self._last is None or len(self._intervals) < 2:
            return []
        silence = newest - self._last.index
        if not SEARCH_AFTER_RR * median(self._intervals) < silence < SEARCH_LIMIT_S * self._rate:
            return []
        late = [hump for hump in self._doubtful if self._could_be_late(hump, levels)]
        if not late:
            return []
        best = max(late, key=lambda hump: hump.height)
        self._take(best, levels)
        return [best]

    def _could_be_late(self, hump: Candidate, levels: Levels) -> bool:
        if self._last is None or hump.index - self._last.index < T_WAVE_S * self._rate:
            return False
        return hump.height > SEARCH_SHARE * levels.threshold and hump.likeness(levels.template) > SEARCH_LIKENESS
