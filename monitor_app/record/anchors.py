"""What o'clock was it at a station time? By the newest `clock.anchored` event at or before it (STORAGE section 2)."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchor:
    """Wall time at a station time. utc_offset_s: local time ahead of UTC."""

    t_us: int
    utc_us: int
    utc_offset_s: int = 0


class Anchors:
    """All anchors of a record, in order of station time."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._anchors = sorted(anchors, key=lambda anchor: anchor.t_us)
        self._times = [anchor.t_us for anchor in self._anchors]

    def at(self, t_us: int) -> Anchor | None:
        """The newest anchor at or before, else the first there is; None in a record without any."""
        if not self._anchors:
            return None
        return self._anchors[max(0, bisect.bisect_right(self._times, t_us) - 1)]

    def utc_us(self, t_us: int) -> int | None:
        """UTC in microseconds since 1970, None when nothing in the record tells it."""
        anchor = self.at(t_us)
        return None if anchor is None else anchor.utc_us + t_us - anchor.t_us

    def iso(self, t_us: int | None) -> str:
        """UTC as ISO 8601 with microseconds and offset; empty when there is no time or no anchor."""
        utc_us = None if t_us is None else self.utc_us(t_us)
        return "" if utc_us is None else iso_utc(utc_us)


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def iso_utc(utc_us: int) -> str:
    """`2026-11-22T09:30:00.000000+00:00`, exact to the microsecond; empty for times no calendar has."""
    try:
        return (_EPOCH + datetime.timedelta(microseconds=utc_us)).isoformat(timespec="microseconds")
    except OverflowError:
        return ""
