"""What is said aloud to somebody who does not see the screen? At most one alarm a second, the highest of those waiting."""

from __future__ import annotations

from collections.abc import Iterable

from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmView
from monitor_app.display import words

EVERY_US = 1_000_000
WAITING_MAX = 64
KNOWN_MAX = 4096


class Announcer:
    """Speaks of every occurrence at most once. Pure: the window hands the words to Qt."""

    def __init__(self) -> None:
        self._waiting: list[AlarmView] = []
        self._known: set[int] = set()
        self._last_us = -EVERY_US

    def add(self, alarms: Iterable[AlarmView]) -> None:
        """New alarms."""
        if len(self._known) > KNOWN_MAX:
            self._known.clear()
        for alarm in alarms:
            if alarm.occurrence not in self._known:
                self._known.add(alarm.occurrence)
                self._waiting.append(alarm)
        del self._waiting[:-WAITING_MAX]

    def next(self, now_us: int) -> tuple[str, bool] | None:
        """Words and whether they may interrupt; None when nothing is to be said now. The lower ones of a queue go unsaid."""
        if not self._waiting or now_us - self._last_us < EVERY_US:
            return None
        self._last_us = now_us
        highest = max(self._waiting, key=lambda alarm: alarm.priority)
        self._waiting.clear()
        return words.spoken(highest), highest.priority >= Priority.MEDIUM
