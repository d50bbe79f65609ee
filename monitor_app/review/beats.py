"""Which beats lie in the window, and of what class? As the live analysis found them; nothing is detected again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from monitor_app.core.findings import BeatFound
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.readers import Reader

SPAN_US_MAX = 90 * SECOND_US
"""In a longer window letters would lie upon each other."""
MINUTES_KEPT_MAX = 60
LATE_US = 5 * SECOND_US
"""A beat is decided, and so recorded, some seconds after its R peak."""


@dataclass(frozen=True, slots=True)
class BeatMark:
    """One beat. t_us: station time of its R peak. letter: N, V, S or Q."""

    t_us: int
    letter: str


class Beats:
    """The beats of one session, minute by minute, read when they are first looked at."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._minutes: OrderedDict[tuple[str, int], list[BeatMark]] = OrderedDict()

    def forget(self) -> None:
        """Read anew: the session has grown, or it is another."""
        self._minutes.clear()

    def between(self, session: str, from_us: int, to_us: int) -> list[BeatMark]:
        """The beats of a window; none where it is too long to tell them apart."""
        if to_us - from_us > SPAN_US_MAX:
            return []
        found: list[BeatMark] = []
        for minute in range(from_us // MINUTE_US, to_us // MINUTE_US + 1):
            found += self._minute(session, minute)
        return [beat for beat in found if from_us <= beat.t_us < to_us]

    def _minute(self, session: str, minute: int) -> list[BeatMark]:
        key = session, minute
        if key not in self._minutes:
            from_us, to_us = minute * MINUTE_US, (minute + 1) * MINUTE_US
            said = (o.what for o in self._reader.observed_between(session, from_us, to_us + LATE_US))
            marks = {b.t_us: BeatMark(b.t_us, b.cls.value) for b in said if isinstance(b, BeatFound)}
            self._minutes[key] = [mark for t, mark in sorted(marks.items()) if from_us <= t < to_us]
            if len(self._minutes) > MINUTES_KEPT_MAX:
                self._minutes.popitem(last=False)
        return self._minutes[key]
