"""Does the ventricle fibrillate or flutter? Evidence of all leads, gathered until it is enough, and let go as slowly.

Every second adds the mean evidence of the leads that can be read, less some caution, to a sum between two ends. Far enough
up is fibrillation, falling back to the lower end is its end; so a short organised stretch does not end it and a short
disturbance does not begin it. It takes less to believe that it goes on than that it began. Noise is no reason to keep
silent.
Pulses of another channel are weighed elsewhere (`verify`).
"""

from __future__ import annotations

from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.rhythm.wave_ear import WaveSecond

CAUTION = 1.0  # log odds a second must offer before it counts for fibrillation...
HOLDING = 0.2  # ...and for its going on, once it was found
ENOUGH = 2.0
SURE = 4.0  # no sum goes further, so that the past cannot outweigh the present for long
NOTHING = -1.0  # a lead without a wave speaks a little against it: standstill is another finding
TOGETHER_US = 1_500_000  # seconds of two leads that belong together end this near to each other
REACH_BACK_US = 2_000_000  # the wave of four seconds was half over when it first spoke for fibrillation


class FibrillationWatch:
    """The condition of one chair: present or not, with its onset."""

    def __init__(self) -> None:
        self.onset_us: int | None = None
        self._newest: dict[str, WaveSecond] = {}
        self._sum = -SURE
        self._since_us = self._latest_us = 0

    @property
    def suspected(self) -> bool:
        """More speaks for it than against."""
        return self._sum > 0

    def hear(self, lead: str, second: WaveSecond, is_last: bool) -> list[RhythmFound]:
        """The next second of one lead, in the order of time.

        is_last: no other lead that goes on is still to speak of this second.
        """
        self._newest[lead] = second
        if not is_last:
            return []
        said = [one.evidence for one in self._newest.values() if second.end_us - one.end_us <= TOGETHER_US]
        heard = [value for value in said if value is not None]
        mean = sum(heard) / len(heard) if heard else NOTHING
        if self._sum <= -SURE:
            self._since_us = second.end_us
        offered = mean - (CAUTION if self.onset_us is None else HOLDING)
        if offered > 0:
            self._latest_us = second.end_us
        self._sum = max(-SURE, min(SURE, self._sum + offered))
        return self._judge(second.end_us)

    def _judge(self, t_us: int) -> list[RhythmFound]:
        if self.onset_us is None and self._sum >= ENOUGH:
            self.onset_us = self._since_us - REACH_BACK_US
            return [RhythmFound(t_us, RhythmWord.VFIB, present=True, onset_us=self.onset_us)]
        return self.end(t_us) if self.onset_us is not None and self._sum <= -SURE else []

    def end(self, t_us: int) -> list[RhythmFound]:
        """It is over, or nothing can be said any more."""
        onset_us, self.onset_us = self.onset_us, None
        self._sum = -SURE
        self._newest.clear()
        if onset_us is None:
            return []
        end_us = max(onset_us, min(t_us, self._latest_us - REACH_BACK_US))
        return [RhythmFound(t_us, RhythmWord.VFIB, present=False, onset_us=onset_us, end_us=end_us)]
