"""Which alarms have been here and are over? What left the room's list while this window looked, for a day at most.

The whole history is in review; this is the short one that a nurse asks for at the bed. It remembers what the station said
and decides nothing: an alarm is over when the station lists it no longer, and open again when it lists it again.
"""

from __future__ import annotations

from dataclasses import replace

from monitor_app.core.snapshot import AlarmView, Snapshot

KEPT_US = 24 * 3_600 * 1_000_000
KEPT_MAX = 400


class AlarmMemory:
    """since_us: station time from which on it knows; None before the first picture."""

    def __init__(self) -> None:
        self.since_us: int | None = None
        self._open: dict[int, AlarmView] = {}
        self._over: dict[int, AlarmView] = {}

    def see(self, snapshot: Snapshot) -> None:
        """Take the newest picture."""
        if self.since_us is None:
            self.since_us = snapshot.station_us
        now = {alarm.occurrence: alarm for alarm in snapshot.alarms}
        if now.keys() != self._open.keys():
            for number in self._open.keys() - now.keys():
                self._over[number] = _over(self._open[number], snapshot.station_us)
            for number in now.keys() & self._over.keys():
                del self._over[number]
            self._forget(snapshot.station_us - KEPT_US)
        self._open = now

    def over(self) -> tuple[AlarmView, ...]:
        """What has ended and is no longer in the room's list, the newest first."""
        return tuple(sorted(self._over.values(), key=lambda one: -(one.ended_us or 0)))

    def _forget(self, before_us: int) -> None:
        kept = [one for one in self.over() if (one.ended_us or 0) >= before_us][:KEPT_MAX]
        self._over = {one.occurrence: one for one in kept}


def _over(alarm: AlarmView, at_us: int) -> AlarmView:
    """It ended when the station said so, else by the picture that lists it no longer."""
    return alarm if alarm.ended_us is not None else replace(alarm, ended_us=at_us)
