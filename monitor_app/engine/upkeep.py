"""How is the station itself, and who stands around it? Looked at four times a second: sound, record, windows, supervisor.

What is found becomes facts for the alarms, entries in the journal, and the heartbeat on the supervisor's pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from monitor_app.core.events import Event, FaultFound, Payload
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.ledger import NOT_ANNOUNCED
from monitor_app.engine.parts import Parts
from monitor_app.engine.recordwatch import CHAIN_BROKEN, RecordFound
from monitor_app.engine.stationtime import WallWatch
from monitor_app.playback import SoundHealth

WALL_US = 1_000_000
STANDS_IN = "The supervisor sounds in its place."

Fault = Callable[[int | None, str, BaseException, int], None]


class Upkeep:
    """say, happened: journal a payload, or events, of now. fault: one of our own bugs, at a chair or none, where, when."""

    def __init__(
        self,
        parts: Parts,
        say: Callable[[Payload], None],
        happened: Callable[[Sequence[Event]], None],
        fault: Fault,
    ) -> None:
        self._parts = parts
        self._say = say
        self._happened = happened
        self._fault = fault
        self._wall_watch = WallWatch()
        self._wall_due_us = 0
        self._display_faults: dict[int, int] = {}
        self._orphan = False
        self._said_chain = ""
        self._said_expired: set[str] = set()
        self._alone_since_us: int | None = None

    def look(self, now_us: int, snapshot: Snapshot | None) -> SoundHealth:
        """One look at everything; returns how the sound stands."""
        parts = self._parts
        sound, record = self._heard(parts.sounder.look(now_us)), parts.recorder.health(now_us)
        if parts.feed is not None:
            parts.feed.tend()
        parts.health.displays(now_us, parts.feed.displays if parts.feed is not None else 0)
        parts.health.supervisor(now_us, parts.company.beats.heard)
        parts.health.disk(now_us, record.free_bytes)
        self._say_faults(now_us)
        self._look_for_company(now_us)
        for moved in parts.sounder.take_moves():
            self._say(moved)
        self._look_at_books(now_us, sound)
        untested_us = parts.sound_check.untested_since_us(parts.wall(), sound, now_us)
        facts = parts.health.facts(now_us, snapshot, sound, record, untested_us)
        try:
            self._happened(parts.station.report(facts, now_us))
        except Exception as error:  # noqa: BLE001 - a bug of ours: the chairs are watched on
            self._fault(None, "the station's own alarms", error, now_us)
        self._beat(now_us, snapshot, record.commits, sound)
        if now_us >= self._wall_due_us:
            self._wall_due_us = now_us + WALL_US
            self.look_at_wall(now_us)
        return sound

    def _look_at_books(self, now_us: int, sound: SoundHealth) -> None:
        """Did every alarm come out, is there a second copy, does the chain hold? Windows and sound go by real time."""
        parts = self._parts
        words = ""
        if parts.speed == 1:
            beats = parts.feed.heartbeats() if parts.feed is not None else ()
            windows = sum(said.painted > 0 for _, said in beats)  # others on the feed look, and show nothing
            for sentence in parts.ledger.look(now_us, parts.station.voice(now_us), sound.state == "ok", windows):
                self._say(FaultFound("ledger", sentence))
            words = NOT_ANNOUNCED if parts.ledger.since_us is not None else ""
        found = parts.record_watch.latest if parts.record_watch is not None else RecordFound()
        parts.health.ledger(now_us, words or (CHAIN_BROKEN if found.chain else ""))
        if found.chain and found.chain != self._said_chain:
            self._say(FaultFound("record", found.chain))
        self._said_chain = found.chain
        for gone in found.expired:
            if gone.file not in self._said_expired:  # it is journalled once; the writer removes it when that is safe
                self._said_expired.add(gone.file)
                self._say(gone)
        utc_us = parts.wall().utc_us
        overdue = found.plan is not None and found.plan.overdue(utc_us)
        parts.health.second_copy(now_us, found.plan.age_words(utc_us) if found.plan is not None and overdue else "")

    def look_at_wall(self, now_us: int) -> None:
        """Has the wall clock been stepped?"""
        wall = self._parts.wall()
        anchor = self._wall_watch.look(now_us, wall.utc_us, wall.utc_offset_s)
        if anchor is not None:
            self._say(anchor)
            if anchor.stepped_us:
                self._parts.health.clock_stepped(now_us, anchor.stepped_us)

    def _heard(self, sound: SoundHealth) -> SoundHealth:
        """Our own sound, and in words whether the supervisor sounds in its place."""
        if sound.state != "failed" or not self._parts.company.beats.stands_in:
            return sound
        return replace(sound, sentence=f"{sound.sentence} {STANDS_IN}")

    def _beat(self, now_us: int, snapshot: Snapshot | None, commits: int, sound: SoundHealth) -> None:
        work, company = self._parts.health.work, self._parts.company
        work.now_us, work.commits, work.frames = now_us, commits, sound.frames
        voice = self._parts.station.voice(now_us) if sound.state == "failed" else None
        work.unheard = int(voice.priority) if voice is not None else 0
        work.active = sum(view.phase.phase.is_monitored for view in snapshot.chairs) if snapshot is not None else 0
        company.beats.beat(work)
        company.awake.keep(work.active > 0)

    def _say_faults(self, now_us: int) -> None:
        """Our own bugs outside the loop: in the recorder, in threads, in windows."""
        parts = self._parts
        sentence = parts.recorder.take_fault()
        if sentence:
            self._say(FaultFound("record", sentence))
            parts.health.fault(now_us, f"the record: {sentence}")
        for stray in parts.company.strays.take():
            self._fault(None, stray.thread, stray.error, now_us)
        for display, said in parts.feed.heartbeats() if parts.feed is not None else ():
            if said.faults > self._display_faults.get(display, 0):
                self._display_faults[display] = said.faults
                parts.health.fault(now_us, f"a window: {said.fault}")
                self._say(FaultFound("display", said.fault))

    def _look_for_company(self, now_us: int) -> None:
        company, feed = self._parts.company, self._parts.feed
        if self._orphan == company.beats.heard:
            self._orphan = not company.beats.heard
            company.orphaned(self._orphan)
        if company.beats.heard:
            self._alone_since_us = None
            return
        watched = feed is not None and feed.displays > 0
        self._alone_since_us = None if watched else self._alone_since_us or now_us
        alone_us = now_us - self._alone_since_us if self._alone_since_us is not None else 0
        if company.alone_us is not None and alone_us > company.alone_us:
            company.stop()
