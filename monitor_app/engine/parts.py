"""What does one run of the engine consist of? Everything its loop works with, handed in by the one who composes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from monitor_app.core.commands import Command, ExportSession, Reply
from monitor_app.core.events import Event, ScriptLeft
from monitor_app.core.identity import IdentityCommand
from monitor_app.core.signing import ReviewCommand
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.awake import Awake
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.beeper import Beeper
from monitor_app.engine.health import Health
from monitor_app.engine.ledger import AlarmLedger
from monitor_app.engine.patients import PatientDesk
from monitor_app.engine.profiles import ProfileDesk
from monitor_app.engine.rawring import Entry
from monitor_app.engine.recorder import Recorder
from monitor_app.engine.recordwatch import RecordWatch
from monitor_app.engine.soundcheck import SoundCheck
from monitor_app.engine.sounder import Sounder
from monitor_app.engine.strays import Strays
from monitor_app.engine.whereabouts import Whereabouts
from monitor_app.feed.server import FeedServer
from monitor_app.heartbeat import Beats
from monitor_app.record.journal import Journal
from monitor_app.station import Station, Wall


class Script(Protocol):
    """Somebody who leads simulated chairs as a nurse would."""

    def commands(self, snapshot: Snapshot) -> list[Command]:
        """What the script wants now."""

    def leave(self, chair: int) -> ScriptLeft | None:
        """A person has taken over `chair`; None when the script did not lead it."""

    def is_due(self, station_us: int) -> bool:
        """True when a picture of the room is worth making for it."""

    def leads(self, chair: int) -> str:
        """Name of the script that leads `chair` now, or empty."""


class Exports(Protocol):
    """Reads whole sessions off the loop: writes them as files, judges what a clinician adds to them."""

    def ask(self, cmd: ExportSession | ReviewCommand | IdentityCommand) -> None:
        """Begin."""

    def take(self) -> list[tuple[Reply, Event | None]]:
        """What has been finished since the last call."""

    def keep(self, name: str, text: str) -> None:
        """Write a short text of the station itself beside the exports."""

    def paint(self, paper: str) -> None:
        """Have a paper painted as PDF beside the exports."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who and what stands around the engine. beats: the supervisor's pipe. strays: exceptions that ended a thread.

    orphaned: called when the supervisor is lost, and when it is back. stop: ends the run; called when neither a
    supervisor nor a window was there for `alone_us` (None: never).
    """

    beats: Beats = field(default_factory=lambda: Beats())
    strays: Strays = field(default_factory=Strays)
    awake: Awake = field(default_factory=Awake)
    orphaned: Callable[[bool], None] = lambda alone: None
    stop: Callable[[], None] = lambda: None
    alone_us: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a loop works with. now is handed to `step`; wall: wall clock at this moment. feed, script: optional.

    log: takes an exception for the technicians' log file; the journal gets one sentence without its text. keep_bytes: takes
    chair and link whose driver failed: what it was fed becomes a file. newest_bytes: what went over a line just now.
    attained: the speed that was reached of `speed`. marks: of the run, on every picture. wave_word: stands in the strips of
    waves that are not drawn. drill: chairs say so. listener: hears every event. whereabouts: learns from every binding where
    the links' threads shall look for their devices. ledger: finds alarms that came out nowhere. record_watch: looks after
    backup and chain, where there is a folder. patients: looks up who has been here before. profiles: shows and
    changes their limits.
    """

    station: Station
    bedsides: Sequence[Bedside]
    journal: Journal
    recorder: Recorder
    sounder: Sounder
    health: Health
    wall: Callable[[], Wall]
    exports: Exports
    company: Company = field(default_factory=Company)
    feed: FeedServer | None = None
    script: Script | None = None
    speed: float = 1.0
    attained: Callable[[], float | None] = lambda: None
    marks: tuple[str, ...] = ()
    wave_word: str = ""
    drill: bool = False
    listener: Callable[[Event], None] = lambda event: None
    log: Callable[[BaseException], None] = lambda error: None
    keep_bytes: Callable[[int, int], None] = lambda chair, link: None
    newest_bytes: Callable[[int, int], Sequence[Entry]] = lambda chair, link: ()
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    patients: PatientDesk | None = None
    profiles: ProfileDesk | None = None
    sound_check: SoundCheck = field(default_factory=SoundCheck)
    ledger: AlarmLedger = field(default_factory=AlarmLedger)
    record_watch: RecordWatch | None = None
    beeper: Beeper = field(default_factory=Beeper)
