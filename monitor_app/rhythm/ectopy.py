"""Which patterns do ventricular beats make? Runs, couplets, bigeminy and their like, by the definitions of RHYTHM section 6.

Only beats of class V make them. A beat of unknown class (poor signal) neither makes nor breaks a run of ventricular beats;
a gap in time ends everything.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from statistics import fmean

from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord
from monitor_app.rhythm.lasting import Lasting

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
FAST_BPM = 100.0
SLOW_BPM = 40.0
TACHYCARDIA_BEATS = 5
RUN_BEATS = 3
OTHERS_END = 3  # beats of another class that end a tachycardia
SLOWER_US = 5 * SECOND_US  # so long below 100 ends it too
SILENT_US = 3 * SECOND_US  # without a beat nothing of this goes on
CYCLES = 3
BROKEN_BEATS = 5
ON_T_SHARE = 1 / 3  # of the mean interval: nearer to the beat before, it falls on the T wave
ON_T_BPM = 100.0
INTERVALS = 8
MANY_A_MINUTE = 10
EVENT_US = 2 * SECOND_US  # what has no length is said to hold so long, so that everybody sees it
NOT_OTHER = (BeatClass.V, BeatClass.Q)


class Ectopy:
    """The ventricular patterns of one chair. Hears the beats of the chosen lead, in order."""

    def __init__(self) -> None:
        self._run: list[int] = []
        self._others = 0
        self._slower_since_us: int | None = None
        self._classes: deque[BeatClass] = deque(maxlen=3 * CYCLES)
        self._times: deque[int] = deque(maxlen=INTERVALS + 1)
        self._minute: deque[int] = deque()
        self._few_since_us: int | None = None
        self._run_word: Lasting | None = None
        self._patterns = {
            RhythmWord.BIGEMINY: (Lasting(RhythmWord.BIGEMINY), "NV" * CYCLES),
            RhythmWord.TRIGEMINY: (Lasting(RhythmWord.TRIGEMINY), "NNV" * CYCLES),
        }
        self._broken = dict.fromkeys(self._patterns, 0)
        self._rate = Lasting(RhythmWord.PVC_RATE)
        self._on_t_wave = Lasting(RhythmWord.R_ON_T)

    @property
    def tachycardia(self) -> bool:
        """A ventricular tachycardia holds."""
        return self._run_word is not None and self._run_word.word is RhythmWord.VTACH

    def hear(self, beat: BeatFound, t_us: int) -> list[RhythmFound]:
        """The next beat; t_us: of the newest sample."""
        found = self._on_t(beat, t_us) if beat.cls is BeatClass.V else []
        found += self._follow_run(beat, t_us)
        self._times.append(beat.t_us)
        self._classes.append(beat.cls)
        found += self._follow_patterns(beat, t_us)
        if beat.cls is BeatClass.V:
            self._minute.append(beat.t_us)
        return found

    def forget_minute(self) -> None:
        """The ventricles fibrillate: what was taken for beats of the last minute is none, and no ectopy of the next."""
        self._minute.clear()

    def advance(self, t_us: int) -> list[RhythmFound]:
        """Time passes up to the newest sample."""
        found = self._follow_minute(t_us)
        if self._on_t_wave.onset_us is not None and t_us - self._on_t_wave.onset_us > EVENT_US:
            found += self._on_t_wave.end(t_us)
        if self._times and t_us - self._times[-1] > SILENT_US:
            found += self._end_run(t_us)
            found += [one for lasting, _ in self._patterns.values() for one in lasting.end(t_us)]
            self._classes.clear()
        if self._slower_since_us is not None and t_us - self._slower_since_us >= SLOWER_US:
            found += self._end_run(t_us)
        return found

    def end(self, t_us: int) -> list[RhythmFound]:
        """Nothing can be said any more."""
        found = [*self._end_run(t_us), *self._rate.end(t_us), *self._on_t_wave.end(t_us)]
        found += [one for lasting, _ in self._patterns.values() for one in lasting.end(t_us)]
        self.__init__()  # type: ignore[misc]
        return found

    # ------------------------------------------------------------------ runs

    def _follow_run(self, beat: BeatFound, t_us: int) -> list[RhythmFound]:
        if beat.cls is BeatClass.V:
            self._others = 0
            self._run.append(beat.t_us)
            return self._name_run(t_us)
        if beat.cls is BeatClass.Q:
            return []
        self._others += 1
        needed = OTHERS_END if self._run_word is not None and len(self._run) >= TACHYCARDIA_BEATS else 1
        if self._others < needed:
            return []
        couplet = len(self._run) == 2 and len(self._classes) > 2 and self._classes[-3] not in NOT_OTHER
        pair = Lasting(RhythmWord.COUPLET).event(self._run[0], t_us) if couplet else []
        return [*pair, *self._end_run(t_us)]

    def _name_run(self, t_us: int) -> list[RhythmFound]:
        if len(self._run) < RUN_BEATS:
            return []
        bpm = _bpm(self._run[-TACHYCARDIA_BEATS:])
        word = _run_word(len(self._run), bpm)
        now = self._run_word
        if now is None or (now.word is not word and word is not None and not self._keeps(now.word, bpm, t_us)):
            ended = now.end(t_us) if now is not None else []
            self._slower_since_us = None
            if word is None:
                return ended
            self._run_word = Lasting(word)
            return [*ended, *self._run_word.begin(self._run[0], t_us, bpm)]
        return []

    def _keeps(self, word: RhythmWord, bpm: float, t_us: int) -> bool:
        """A tachycardia that slows goes on for five seconds under its name."""
        if word is not RhythmWord.VTACH:
            return False
        if bpm >= FAST_BPM:
            self._slower_since_us = None
        elif self._slower_since_us is None:
            self._slower_since_us = t_us
        return True

    def _end_run(self, t_us: int) -> list[RhythmFound]:
        word, self._run_word, self._run, self._slower_since_us = self._run_word, None, [], None
        return word.end(t_us) if word is not None else []

    # ------------------------------------------------------------------ patterns

    def _follow_patterns(self, beat: BeatFound, t_us: int) -> list[RhythmFound]:
        found: list[RhythmFound] = []
        said = "".join("V" if cls is BeatClass.V else "N" if cls is not BeatClass.Q else "?" for cls in self._classes)
        for word, (lasting, pattern) in self._patterns.items():
            fits = said.endswith((pattern, pattern[1:] + pattern[0], pattern[2:] + pattern[:2]))
            if fits and beat.cls is BeatClass.V:
                found += lasting.begin(self._since(len(pattern)), t_us)
            self._broken[word] = 0 if fits else self._broken[word] + 1
            if self._broken[word] >= BROKEN_BEATS:
                found += lasting.end(t_us)
        return found

    def _since(self, beats: int) -> int:
        return list(self._times)[-min(beats, len(self._times))]

    def _on_t(self, beat: BeatFound, t_us: int) -> list[RhythmFound]:
        if len(self._times) <= INTERVALS // 2:
            return []
        usual = fmean(b - a for a, b in pairwise(self._times))
        near = beat.t_us - self._times[-1] < ON_T_SHARE * usual
        slow = MINUTE_US / usual < ON_T_BPM
        return self._on_t_wave.begin(beat.t_us, t_us) if near and slow else []

    def _follow_minute(self, t_us: int) -> list[RhythmFound]:
        while self._minute and t_us - self._minute[0] > MINUTE_US:
            self._minute.popleft()
        if len(self._minute) > MANY_A_MINUTE:
            self._few_since_us = None
            return self._rate.begin(self._minute[0], t_us, float(len(self._minute)))
        if self._few_since_us is None:
            self._few_since_us = t_us
        return self._rate.end(t_us) if t_us - self._few_since_us >= MINUTE_US else []


def _bpm(times: list[int]) -> float:
    return MINUTE_US * (len(times) - 1) / (times[-1] - times[0])


def _run_word(beats: int, bpm: float) -> RhythmWord | None:
    if beats < TACHYCARDIA_BEATS:
        return RhythmWord.VRUN if bpm >= FAST_BPM else RhythmWord.VRUN_SLOW
    if bpm >= FAST_BPM:
        return RhythmWord.VTACH
    return RhythmWord.VRHYTHM if bpm >= SLOW_BPM else RhythmWord.VBRADY
