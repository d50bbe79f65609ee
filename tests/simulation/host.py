"""The computer under a scenario: its wall clock can be set, its disk can be full. All else is the engine's own code."""

from __future__ import annotations

from collections.abc import Sequence

from monitor_app.core.events import Event
from monitor_app.core.facts import StationFacts
from monitor_app.core.second import ChairSecond
from monitor_app.engine.health import Health
from monitor_app.engine.recorder import RecordHealth
from monitor_app.engine.stationtime import WallWatch
from monitor_app.playback import SoundHealth
from monitor_app.record.journal import Journal
from simulators.scenario import RoomStep
from tests.simulation.store import Disk

S = 1_000_000
FULL = "the disk is full"


class Host:
    """steps: what happens to it. epoch_us: its wall time at 0. `disk` holds what a crash would leave."""

    def __init__(self, steps: Sequence[RoomStep], epoch_us: int) -> None:
        self.utc_us = epoch_us
        self.disk = Disk()
        self._steps = list(steps)
        self._journal = Journal("theatre")
        self._health = Health(headless=True)
        self._watch = WallWatch()
        self._held_us: int | None = None
        self._full_until_us = 0
        self._said = StationFacts()
        self.watched = bool(steps)
        """Where nothing can happen to it, nobody looks and nothing is kept."""

    def second(self, now_us: int) -> tuple[list[Event], StationFacts | None]:
        """A second later: what the engine tells, and what it says of itself when that is news."""
        self.utc_us += S
        while self._steps and self._steps[0].at_us <= now_us:
            self._happens(self._steps.pop(0), now_us)
        if now_us >= self._full_until_us:
            self.disk.state = "ok"
        self.disk.turn(now_us)
        self._held_us = (self._held_us or now_us) if self.disk.waits else None
        anchor = self._watch.look(now_us, self.utc_us, 0)
        if anchor is not None and anchor.stepped_us:
            self._health.clock_stepped(now_us, anchor.stepped_us)
        record = RecordHealth(self.disk.seq, None, 0, self._held_us, FULL if self._held_us is not None else "")
        facts = self._health.facts(now_us, None, SoundHealth("off"), record)
        news, self._said = facts != self._said, facts
        return ([] if anchor is None else [Event(now_us, anchor)]), (facts if news else None)

    def keep(self, events: Sequence[Event], seconds: Sequence[ChairSecond], now_us: int) -> None:
        """Into the journal, and onto the disk when that takes anything."""
        self.disk.offer([self._journal.append(event, self.utc_us) for event in events], list(seconds), "r", now_us)

    def _happens(self, step: RoomStep, now_us: int) -> None:
        if step.do == "clock_step":
            self.utc_us += round(float(step.params["by_s"]) * S)
        elif step.do == "disk_full":
            self.disk.state, self._full_until_us = "failing", now_us + round(float(step.params["for_s"]) * S)
