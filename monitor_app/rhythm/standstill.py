"""Has the heart stopped? No QRS for 4 s in any usable lead, by the samples' own time: data that is late is no standstill.

The 4 s hold once five beats were seen in this continuous stretch. Before that (electrodes just attached, or a patient
without beats from the start) it takes 8 s: long enough to have learnt, inside the 10 s of the standards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.rhythm.lead import Heard

STANDSTILL_S = 4.0
UNARMED_S = 8.0
ARMING_BEATS = 5
ENDING_BEATS = 3
ENDING_US = 6_000_000
SECOND_US = 1_000_000


class Standstill:
    """The condition of one chair: present or not, with its onset at the last beat."""

    def __init__(self) -> None:
        self.onset_us: int | None = None
        self._since_us = 0

    def judge(self, leads: Sequence[Heard], now: Heard) -> list[RhythmFound]:
        """After a block of `now`; `leads` are those whose samples go on."""
        usable = [one for one in leads if one.verdict.trusted]
        if self.onset_us is None:
            if usable and all(_is_still(one) for one in usable):
                return self.begin(max(one.quiet_from_us for one in usable), now.end_us)
            return []
        if not leads or all(one.verdict.quality.value == "off" for one in leads):
            return self.end(now.end_us)
        return self.end(now.end_us) if any(self._beats_again(one) for one in usable) else []

    def begin(self, onset_us: int, t_us: int) -> list[RhythmFound]:
        """It is a standstill since that beat."""
        self.onset_us, self._since_us = onset_us, t_us
        value = (t_us - onset_us) / SECOND_US
        return [RhythmFound(t_us, RhythmWord.ASYSTOLE, present=True, onset_us=onset_us, value=value)]

    def end(self, t_us: int) -> list[RhythmFound]:
        """It is over, or nothing can be said any more."""
        if self.onset_us is None:
            return []
        onset_us, self.onset_us = self.onset_us, None
        return [RhythmFound(t_us, RhythmWord.ASYSTOLE, present=False, onset_us=onset_us)]

    def _beats_again(self, one: Heard) -> bool:
        if self.onset_us is None or one.third_us is None or one.third_us <= self.onset_us:
            return False
        return one.quiet_from_us - one.third_us <= ENDING_US


def _is_still(one: Heard) -> bool:
    limit = STANDSTILL_S if one.beats_seen >= ARMING_BEATS else UNARMED_S
    return one.quiet_s >= limit and not one.open


class BeatWatch:
    """The same where a device says only its beats: the clock stands in for the samples. Armed by five beats."""

    def __init__(self, standstill: Standstill) -> None:
        self._standstill = standstill
        self._seen = 0
        self._recent: deque[int] = deque(maxlen=ENDING_BEATS)

    def reset(self) -> None:
        """Nothing follows on what was before."""
        self._seen = 0
        self._recent.clear()

    def beat(self, t_us: int) -> list[RhythmFound]:
        """The device marked a beat."""
        self._seen += 1
        self._recent.append(t_us)
        onset_us = self._standstill.onset_us
        again = onset_us is not None and len(self._recent) == ENDING_BEATS and self._recent[0] > onset_us
        return self._standstill.end(t_us) if again and t_us - self._recent[0] <= ENDING_US else []

    def advance(self, now_us: int) -> list[RhythmFound]:
        """Time passes."""
        due_us = self.due_us()
        return self._standstill.begin(self._recent[-1], now_us) if due_us is not None and now_us >= due_us else []

    def due_us(self) -> int | None:
        """When it becomes a standstill if no beat comes."""
        if self._standstill.onset_us is not None or self._seen < ARMING_BEATS:
            return None
        return self._recent[-1] + round(STANDSTILL_S * SECOND_US)
