"""Does what we play come out? What was sent to the device against what its monitor heard, and what the mixer says of us.

Every pulse of a burst, and while nothing sounds an inaudible pilot, must be found in the monitor of the device (ALARMS
section 12.4). Two in a row that are not heard are silence; one that is heard is proof.
"""

from __future__ import annotations

from collections import deque

from monitor_app.mixer import Mix

ANSWER_US = 700_000
"""A pulse is judged after so much time: the device begins up to 80 ms late, the monitor tells ten times a second."""
EARLY_US = 50_000
"""The two clocks of one reading may differ by this."""
OLD_US = 3_000_000
"""A mixer that has not answered for so long says nothing; whether frames go on does."""
SILENT_SHARE = 10 ** (-30 / 20)
LEAST_LEVEL = 1.0e-5
"""Below half a step of 16 bits there is nothing to hear."""
MISSED_MAX = 2
HELD_MAX = 512
UNHEARD = "What the station plays does not come out of the sound device: check the computer's sound settings."


class Proof:
    """Hand in what is played and what is heard, in any order within a second; `trouble` says what is wrong now."""

    def __init__(self) -> None:
        self._played: deque[tuple[int, float]] = deque(maxlen=HELD_MAX)
        self._heard: deque[tuple[int, float]] = deque(maxlen=HELD_MAX)
        self._missed = 0

    def played(self, at_us: int, level: float) -> None:
        """A pulse begins to be handed to the device. level: its peak, 1.0 is full scale."""
        self._played.append((at_us, level))

    def heard(self, at_us: int, level: float) -> None:
        """The monitor's greatest level since it told last."""
        self._heard.append((at_us, level))

    def forget(self) -> None:
        """Another device: what was missed on the one before proves nothing."""
        self._played.clear()
        self._heard.clear()
        self._missed = 0

    def trouble(self, mix: Mix | None, now_us: int) -> str:
        """One sentence, or nothing while all is well or nobody can tell."""
        if mix is None or now_us - mix.at_us > OLD_US or not mix.device:
            self.forget()
            return ""
        self._judge(mix, now_us)
        if mix.trouble:
            self.forget()
            return mix.trouble
        return UNHEARD if self._missed >= MISSED_MAX else ""

    def _judge(self, mix: Mix, now_us: int) -> None:
        while self._played and now_us - self._played[0][0] >= ANSWER_US:
            at_us, level = self._played.popleft()
            answers = [heard for t, heard in self._heard if at_us - EARLY_US <= t <= at_us + ANSWER_US]
            if not answers:  # the monitor itself told nothing: no proof of anything
                continue
            expected = max(level * mix.amplitude * SILENT_SHARE, LEAST_LEVEL)
            self._missed = 0 if max(answers) >= expected else self._missed + 1
        while self._heard and now_us - self._heard[0][0] > 2 * ANSWER_US:
            self._heard.popleft()
