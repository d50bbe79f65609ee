"""A session of the small room as the engine would store it, in memory or in a real record, for tests of re-execution."""

from __future__ import annotations

from pathlib import Path

from monitor_app.alarms import RULES
from monitor_app.core.events import EngineStarted, Event
from monitor_app.core.second import ChairSecond
from monitor_app.record.codec import decode_observations, encode_observations
from monitor_app.record.journal import Journal
from monitor_app.record.readers import ObservedSecond
from monitor_app.record.writer import Batch, Writer
from monitor_app.rerun.recorded import Recorded, assembled
from tests.station_example import Room

UTC_US = 1_760_000_000_000_000


def observed(second: ChairSecond, run: str) -> ObservedSecond:
    """The inputs of a second after their way through the codec."""
    return ObservedSecond(second.second, run, decode_observations(encode_observations(second.observations)))


def remembered(room: Room, session: str = "s1", seconds: list[ChairSecond] | None = None) -> Recorded:
    """The session as it can be lived again. seconds: stored ones, when they were taken before."""
    every = seconds if seconds is not None else room.station.take_seconds(room.now)
    mine = [observed(s, "r") for s in every if s.session == session]
    events = [e for e in room.events if e.session == session]
    return assembled(session, events[0].chair or 0, events, mine, {"r": "0"})


def stored(room: Room, folder: Path, rules: int = RULES) -> None:
    """The whole room in a record on disk. rules: edition of the alarm rules."""
    journal = Journal("station")
    started = Event(0, EngineStarted("r", "0.0", 0, rules=rules))
    entries = [journal.append(event, UTC_US + event.t_us) for event in (started, *room.events)]
    writer = Writer(folder, "station")
    try:
        writer.commit(Batch(entries, room.station.take_seconds(room.now)))
    finally:
        writer.close()
