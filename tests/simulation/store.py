"""A disk as the world knows it: it takes what happened, slowly, not at all, or it loses what it had not taken at a crash."""

from __future__ import annotations

from monitor_app.core.events import Event
from monitor_app.core.second import ChairSecond
from monitor_app.record.codec import decode_observations, encode_observations
from monitor_app.record.journal import Entry, event_of
from monitor_app.record.readers import ObservedSecond

S = 1_000_000
SLOW_US = 3 * S
"""How old a thing is when a slow disk has taken it."""


class Disk:
    """entries, seconds: what would be found after a crash. state: ok, slow or failing."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seconds: dict[str, list[tuple[int, ObservedSecond]]] = {}
        self.state = "ok"
        self.lost_entries = 0
        self._events: list[Event] = []
        self._waiting: list[tuple[int, Entry | tuple[str, ChairSecond]]] = []

    @property
    def seq(self) -> int:
        """Number of the newest entry that is safe."""
        return self.entries[-1].seq if self.entries else 0

    @property
    def head(self) -> bytes | None:
        """Its hash."""
        return self.entries[-1].hash if self.entries else None

    @property
    def waits(self) -> bool:
        """Something is held in memory."""
        return bool(self._waiting)

    def offer(self, entries: list[Entry], seconds: list[ChairSecond], run: str, now_us: int) -> None:
        """Take these, at once when all is well."""
        self._waiting += [(now_us, entry) for entry in entries] + [(now_us, (run, second)) for second in seconds]
        self.turn(now_us)

    def turn(self, now_us: int) -> None:
        """Take what can be taken now, in order."""
        if self.state == "failing":
            return
        ready = [item for at, item in self._waiting if self.state == "ok" or at <= now_us - SLOW_US]
        del self._waiting[: len(ready)]
        for item in ready:
            if isinstance(item, Entry):
                self.entries.append(item)
            else:
                run, second = item
                observed = decode_observations(encode_observations(second.observations))
                kept = ObservedSecond(second.second, run, observed)
                self.seconds.setdefault(second.session, []).append((second.chair, kept))

    def crash(self) -> None:
        """Whatever was only in memory is gone."""
        self.lost_entries += sum(isinstance(item, Entry) for _, item in self._waiting)
        self._waiting.clear()

    def events(self) -> list[Event]:
        """All entries that are safe, as events."""
        self._events += [event_of(entry) for entry in self.entries[len(self._events) :]]
        return self._events
