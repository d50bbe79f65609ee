"""What can go wrong with the station itself: a crash at any moment, the wall clock, the disk, the sound, the window.

Each is switched on at its own times, from its own chance, so that it leaves the faults of the chairs where they are.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor_app.core.events import (
    AlarmRaised,
    ChairCleared,
    EngineStarted,
    Event,
    NibpFailed,
    NibpMeasured,
    NoticeAcknowledged,
    RecordGap,
)
from monitor_app.core.facts import StationFacts
from monitor_app.core.parameters import MINUTE_US
from monitor_app.engine.stationtime import WallWatch, offset_us
from monitor_app.record.journal import Journal

if TYPE_CHECKING:
    from tests.simulation.world import World

S = 1_000_000
EVERY_US = 70 * S
"""Mean time between two faults of the station."""

CLOCK_SHOWN_US = 10 * MINUTE_US
DOWN_S = (1, 15)
"""How long a crashed engine is away."""

KINDS = (
    "crash",
    "crash after an event",
    "wall step",
    "disk slow",
    "disk failing",
    "disk full",
    "sound lost",
    "display gone",
)


class RoomFaults:
    """facts: what the engine would tell the station of itself. down: nobody watches at this moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = random.Random(f"{world.seed} room")
        self.fired: Counter[str] = Counter()
        self.facts = StationFacts()
        self.down = False
        self.display_gone = False
        self.wall_off_us = 0
        self.runs = 1
        self.armed = False
        self._watch = WallWatch()
        self._held_us: int | None = None

    def begin(self) -> None:
        """The first run, and the plan of what will go wrong."""
        self._start([])
        world = self.world
        if world.with_room_faults:
            world.at(world.now + 100 * S, self._break)
        world.at(world.now + S, self._every_second)

    @property
    def utc_us(self) -> int:
        """What the wall clock says."""
        return self.world.epoch_us + self.world.now + self.wall_off_us

    # ------------------------------------------------------------------ faults

    def _break(self) -> None:
        kind = self.chance.choice(KINDS)
        self.world.at(self.world.now + round(self.chance.expovariate(1 / EVERY_US)) + 15 * S, self._break)
        if self.down or self.armed:
            return
        self.fired[kind] += 1
        for_us = self.chance.randint(8, 40) * S
        if kind == "crash":
            self.crash()
        elif kind == "crash after an event":
            self.armed = True
        elif kind == "wall step":
            self.wall_off_us += self.chance.choice((-3600, 3600, 7 * 86400, -40 * 365 * 86400)) * S
        elif kind.startswith("disk"):
            self._disk("slow" if kind == "disk slow" else "failing", for_us)
        elif kind == "sound lost":
            self._tell(sound_failed_since_us=self.world.now, sound_sentence="no sound device")
            self.world.at(self.world.now + for_us, lambda: self._tell(sound_failed_since_us=None, sound_sentence=""))
        else:
            self._display(True)
            self.world.at(self.world.now + for_us, lambda: self._display(False))

    def _disk(self, state: str, for_us: int) -> None:
        disk = self.world.disk
        if disk.state != "ok":
            return
        disk.state = state
        self.world.at(self.world.now + for_us, self._disk_back)

    def _disk_back(self) -> None:
        self.world.disk.state = "ok"
        self.world.disk.turn(self.world.now)

    def _display(self, gone: bool) -> None:
        self.display_gone = gone
        self._tell(display_missing_since_us=self.world.now if gone else None)

    def _every_second(self) -> None:
        """What the engine looks at each second: the wall clock, the disk."""
        world = self.world
        world.at(world.now + S, self._every_second)
        world.disk.turn(world.now)
        if self.down:
            return
        anchor = self._watch.look(world.now, self.utc_us, 0)
        if anchor is not None:
            world.tell([Event(world.now, anchor)])
            if anchor.stepped_us:
                self._tell(clock_stepped_since_us=world.now, clock_stepped_s=anchor.stepped_us / 1e6)
        since = self.facts.clock_stepped_since_us
        if since is not None and world.now - since > CLOCK_SHOWN_US:
            self._tell(clock_stepped_since_us=None)
        held = self.facts.record_held_since_us
        if world.disk.waits and world.disk.state != "ok" and held is None:
            self._tell(record_held_since_us=world.now, record_sentence="the disk takes nothing")
        elif not world.disk.waits and held is not None:
            self._tell(record_held_since_us=None, record_sentence="")

    def _tell(self, **changed: int | float | str | None) -> None:
        """The engine reports what it knows of itself."""
        self.facts = replace(self.facts, **changed)  # type: ignore[arg-type]
        if not self.down:
            self.world.tell(self.world.station.report(self.facts, self.world.now))

    # ------------------------------------------------------------------ crash and restart

    def after(self, events: list[Event]) -> None:
        """Something has just become true: an armed crash strikes now, perhaps before the disk has it."""
        if self.armed and events and not self.down:
            self.crash()

    def crash(self) -> None:
        """Without a warning; it is found, and a new run begins."""
        self.armed, self.down = False, True
        world = self.world
        world.checkers.crashes()
        world.disk.crash()
        world.at(world.now + self.chance.randint(*DOWN_S) * S + self.chance.randint(0, 999_999), self._restart)

    def _restart(self) -> None:
        world = self.world
        self.runs += 1
        self.down = False
        events = world.disk.events()
        self._check_time(events)
        world.station = world.new_station(f"run-{self.runs}")
        world.journal = Journal(world.uuid, world.disk.seq, world.disk.head)
        world.checkers.restarts(events)
        self.facts = StationFacts()
        self._watch = WallWatch()
        world.station.number_after(*highest_ids(events))
        resumed = world.station.resume(unfinished(events), world.now)
        self._start(resumed)
        if self.display_gone:
            self._tell(display_missing_since_us=world.now)
        for seat in world.seats.values():
            if seat.plugged:
                world.tell(world.station.link_opened(seat.number, 0, world.now))
        world.serve()
        world.checkers.resumed(world.picture())

    def _start(self, resumed: list[Event]) -> None:
        world = self.world
        found = [Event(world.now, EngineStarted(f"run-{self.runs}", f"0.{self.runs}", 0))]
        if self.runs > 1:
            last = world.disk.entries[-1].t_us if world.disk.entries else 0
            found.append(Event(world.now, RecordGap(last, world.now, "engine restart")))
        world.tell([*found, *resumed])

    def _check_time(self, events: list[Event]) -> None:
        """Station time goes on where it was, plus what has passed, however the wall clock was set before."""
        world = self.world
        if world.disk.entries:
            last = world.disk.entries[-1]
            now_us = world.now + offset_us(world.now, self.utc_us, last.t_us, last.utc_us)
            stepped = abs((self.utc_us - last.utc_us) - (world.now - last.t_us))
            if abs(now_us - world.now) > S and stepped < S:
                world.checkers.wrong(f"station time would go on {(now_us - world.now) / S:.1f} s off")


def highest_ids(events: list[Event]) -> tuple[int, int]:
    """The occurrence and the cuff reading with the highest id that the disk has."""
    occurrences = [e.payload.occurrence for e in events if isinstance(e.payload, AlarmRaised)]
    readings = [e.payload.id for e in events if isinstance(e.payload, (NibpMeasured, NibpFailed))]
    return max(occurrences, default=0), max(readings, default=0)


def unfinished(events: list[Event]) -> list[Event]:
    """What a new run reads: every session whose chair has not been cleared, and the notice."""
    cleared = {e.session for e in events if isinstance(e.payload, ChairCleared)}
    return [
        e
        for e in events
        if isinstance(e.payload, NoticeAcknowledged) or (e.session is not None and e.session not in cleared)
    ]
