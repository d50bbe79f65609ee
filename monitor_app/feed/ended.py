"""Which alarms have been here and are over? What the station said of those it closed, bounded, for a day at most.

The whole history is in review; this is the short one that a nurse asks for at the bed. Both ends of the feed keep one: the
engine's hears of every alarm as it closes and tells all of them to a display that attaches later, so that a window that has
just been opened lists what one that was there all along lists. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor_app.core.snapshot import AlarmView

KEPT_US = 24 * 3_600 * 1_000_000
KEPT_MAX = 60
"""Of each chair and of the station: a frame of so many is about 20 kB."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Alarms that are closed, with their end, sent as they close and all of them to a display that attaches.

    since_us: station time from which on every one is known; of sessions that were taken up again older ones are, too.
    """

    since_us: int
    alarms: tuple[AlarmView, ...]


class EndedAlarms:
    """since_us: station time from which on it knows; None before anything was said."""

    def __init__(self) -> None:
        self.since_us: int | None = None
        self._over: dict[int | None, dict[int, AlarmView]] = {}

    def begin(self, now_us: int) -> None:
        """From now on every one will be told."""
        if self.since_us is None:
            self.since_us = now_us

    def take(self, told: Ended) -> None:
        """What the station said; what is known already is said once more without harm."""
        self.since_us = told.since_us if self.since_us is None else min(self.since_us, told.since_us)
        for alarm in told.alarms:
            self._over.setdefault(alarm.chair, {})[alarm.occurrence] = alarm
        for chair in {alarm.chair for alarm in told.alarms}:
            self._over[chair] = {one.occurrence: one for one in _newest(self._over[chair].values())[:KEPT_MAX]}

    def over(self, now_us: int, still: Iterable[int] = ()) -> tuple[AlarmView, ...]:
        """What has ended within a day before station time `now_us`, the newest first. still: occurrences that are open."""
        out = frozenset(still)
        every = (one for of in self._over.values() for one in of.values())
        return tuple(
            one for one in _newest(every) if _end_us(one) >= now_us - KEPT_US and one.occurrence not in out
        )  # fmt: skip

    def told(self) -> list[Ended]:
        """Everything for a display that attaches now: a frame of each chair."""
        since_us = self.since_us
        return [] if since_us is None else [Ended(since_us, tuple(of.values())) for of in self._over.values()] or [
            Ended(since_us, ())
        ]  # fmt: skip


def _newest(alarms: Iterable[AlarmView]) -> list[AlarmView]:
    return sorted(alarms, key=lambda one: (-_end_us(one), -one.occurrence))


def _end_us(alarm: AlarmView) -> int:
    return alarm.ended_us if alarm.ended_us is not None else alarm.since_us
