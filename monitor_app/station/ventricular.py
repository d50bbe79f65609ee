"""How many ventricular beats has the run, how fast is it, how many are there a minute? A finding's number follows the beats.

The wave analysis gives a number once, when a finding begins. While it stands, the beats that come say more. Nothing of
before a patient counts for the next, and a number is said only where all that it counts was heard.
"""

from __future__ import annotations

from collections import deque

from monitor_app.core.findings import BeatClass, BeatFound, RhythmWord
from monitor_app.core.parameters import MINUTE_US, SECOND_US

RUN_WORDS = (RhythmWord.VTACH, RhythmWord.VBRADY, RhythmWord.VRHYTHM, RhythmWord.VRUN, RhythmWord.VRUN_SLOW)
RUN_BEATS = 3
RATE_BEATS = 5
"""The rate of a run is that of its newest beats, as the finding's own."""

SILENT_US = 3 * SECOND_US
"""After a longer silence another run begins."""


class VentricularBeats:
    """Of one chair. beats: of the run that goes on or was the last one, 0 where its beginning was not heard."""

    def __init__(self) -> None:
        self.beats = 0
        self._times: deque[int] = deque(maxlen=RATE_BEATS)
        self._minute: deque[int] = deque()
        self._heard_us: int | None = None
        self._last_us: int | None = None
        self._unbroken_us: int | None = None
        self._in_run = self._whole = False

    def hear(self, beat: BeatFound) -> None:
        """The next beat. One of unknown class neither makes nor breaks a run."""
        silent = self._last_us is not None and beat.t_us - self._last_us > SILENT_US
        self._heard_us = self._heard_us if self._heard_us is not None else beat.t_us
        self._unbroken_us = beat.t_us if silent or self._unbroken_us is None else self._unbroken_us
        self._last_us = beat.t_us
        if beat.cls is BeatClass.V:
            self._ventricular(beat.t_us, silent)
        elif beat.cls is not BeatClass.Q:
            self._in_run, self._whole = False, True  # a run that begins after this is heard from its first beat
        while self._minute and beat.t_us - self._minute[0] > MINUTE_US:
            self._minute.popleft()

    def _ventricular(self, t_us: int, silent: bool) -> None:
        if silent or not self._in_run:
            self._times.clear()
            self.beats, self._in_run = 0, True
        self._times.append(t_us)
        self._minute.append(t_us)
        self.beats += self._whole

    def of_minute(self, now_us: int) -> int | None:
        """Ventricular beats of the minute up to station time `now_us`; None unless all of that minute was heard without a
        silence: a count over a gap would say less than there was."""
        last_us, since_us = self._last_us, self._unbroken_us
        if last_us is None or since_us is None or now_us - last_us > SILENT_US or last_us - since_us < MINUTE_US:
            return None
        return sum(last_us - t_us <= MINUTE_US for t_us in self._minute)

    def number(self, word: RhythmWord) -> float | None:
        """The present number of a finding of this word: bpm of its run, or beats of the last minute; None for not known."""
        if word is RhythmWord.PVC_RATE:
            whole = self._heard_us is not None and self._last_us is not None
            whole = whole and (self._last_us or 0) - (self._heard_us or 0) >= MINUTE_US
            return float(len(self._minute)) if whole else None
        if word not in RUN_WORDS or not self._in_run or len(self._times) < RUN_BEATS:
            return None
        return MINUTE_US * (len(self._times) - 1) / (self._times[-1] - self._times[0])
