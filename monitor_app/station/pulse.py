"""Is the pulse irregular where there is no ECG? The beats that an oximeter marks, by the measure of the rhythm analysis.

Intervals are taken in the device's own time: when a beat arrived says little about when it was. Nothing is kept from one
session to the next, so that a session lived again finds the same.
"""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.rhythm.irregular import Irregularity


class PulseWatch:
    """The pulse of one chair, by one device at a time."""

    def __init__(self) -> None:
        self._of: tuple[str, int] | None = None
        self._irregularity = Irregularity()
        self._since_us: int | None = None

    def irregular_since_us(self, session: str) -> int | None:
        """Station time since when the pulse of this session is irregular, None while it is not known to be."""
        return self._since_us if self._of is not None and self._of[0] == session else None

    def beat(self, t_us: int, session: str, link: int, now_us: int) -> bool:
        """A beat at device time `t_us`, heard at `now_us`; True when it is news."""
        if self._of != (session, link):
            self.forget()
            self._of = (session, link)
        before = self._since_us
        beat = BeatFound(t_us, Parameter.PLETH, 0, t_us, BeatClass.N)
        for found in self._irregularity.hear(beat, t_us, trusted=True):
            self._since_us = now_us - (t_us - found.onset_us) if found.present else None
        return self._since_us != before

    def forget(self) -> bool:
        """An ECG says more, or the device is gone; True when that is news."""
        if self._of is None:
            return False
        was = self._since_us is not None
        self._of, self._irregularity, self._since_us = None, Irregularity(), None
        return was
