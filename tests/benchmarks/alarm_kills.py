"""T8: the engine is killed at every step of an alarm's life. Is every HIGH in the journal, and there again afterwards?

Real processes. The alarm is a systolic of 210 mmHg, HIGH at once. Steps: while it is being born (its bytes are on the way),
while it signals, after somebody has acknowledged it, after the pressure is normal again and it is latched, and after the
latched one was acknowledged, when nothing is left to restore.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor_app import clock
from monitor_app.bench.house import NORMAL, VERY_HIGH, Station, house, until
from monitor_app.core.events import AlarmRaised
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, AlarmView
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from tests.benchmarks.alarm_waves import Row, row

KILLS = 50
ROW = "NIBP_S_XHIGH"
BORN_US = 400_000
STORM_EACH = 5
"""The sixth crash in ten minutes is left alone by design: after so many the station starts anew."""


@dataclass
class _Seen:
    """HIGH alarms that any picture has shown, by occurrence, over all runs; and what was wrong."""

    highs: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def t8(kills: int = KILLS) -> Iterator[Row]:
    """Rows: kills by step, HIGH alarms that the journal does not hold, the chain."""
    chance = random.Random(8)
    seen = _Seen()
    done: dict[str, int] = {}
    with house(1) as (station, _, _):
        station.start("--headless")
        station.admit_all()
        for number in range(kills):
            name, prepare, expects = STEPS[number % len(STEPS)]
            if number and number % STORM_EACH == 0:
                station.stop()
                station.start("--headless")
            try:
                _calm(station, seen)
                prepare(station, seen)
                clock.sleep_us(chance.randrange(BORN_US))
                _kill(station, seen)
                until(lambda expects=expects: expects(_alarm(station, seen)), f"after a kill while {name}")  # type: ignore[misc]
            except TimeoutError as late:
                seen.wrong.append(str(late))
            done[name] = done.get(name, 0) + 1
        station.stop()
        with Reader(station.data) as reader:
            journalled = {
                event.payload.occurrence
                for event in reader.events_of_kind(AlarmRaised.KIND)
                if isinstance(event.payload, AlarmRaised) and event.payload.priority == Priority.HIGH
            }
        chain = verify(station.data).ok
    lost = seen.highs - journalled
    yield row("T8", f"kills {done}", sum(done.values()), kills, sum(done.values()) == kills)
    yield row("T8", f"of {len(seen.highs)} HIGH alarms that were seen, not in the journal", len(lost), 0, not lost)
    yield row("T8", "not restored as they were", len(seen.wrong), 0, not seen.wrong, wrong=seen.wrong[:5])
    yield row("T8", "the chain of the journal is valid", chain, True, chain)


def _alarm(station: Station, seen: _Seen) -> AlarmView | None:
    """The alarm in the newest picture."""
    snapshot = station.feed.latest()
    alarms = snapshot.alarms if snapshot is not None else ()
    seen.highs |= {a.occurrence for a in alarms if a.priority is Priority.HIGH}
    return next((alarm for alarm in alarms if alarm.row == ROW), None)


def _kill(station: Station, seen: _Seen) -> None:
    snapshot, pid = station.feed.latest(), station.pid_of("_engine")
    _alarm(station, seen)
    run = snapshot.run if snapshot is not None else ""
    if pid is not None:
        os.kill(pid, signal.SIGKILL)

    def new_run() -> bool:
        now = station.feed.latest()
        return now is not None and now.run != run

    until(new_run, "a new engine")


def _read(station: Station, pressure: tuple[int, int]) -> None:
    asked_us = clock.monotonic_us()
    station.beds[0].read_pressure(pressure)
    until(lambda: station.beds[0].written_us(pressure[0], asked_us), "the bytes of a reading", every_us=1_000)


def _calm(station: Station, seen: _Seen) -> None:
    until(
        lambda: (view := station.chair()) is not None and all(one.state == "live" for one in view.links), "the device"
    )
    _read(station, NORMAL)

    def quiet() -> bool:
        if _alarm(station, seen) is None:
            return True
        station.acknowledge_all()
        return False

    until(quiet, "no alarm", every_us=400_000)


def _is_born(station: Station, seen: _Seen) -> None:
    _read(station, VERY_HIGH)


def _signals(station: Station, seen: _Seen) -> None:
    _read(station, VERY_HIGH)
    until(lambda: _is(_alarm(station, seen), AlarmState.SIGNALLING), "the alarm")


def _acknowledged(station: Station, seen: _Seen) -> None:
    _signals(station, seen)
    clock.sleep_us(BORN_US)
    station.acknowledge_all()


def _latched(station: Station, seen: _Seen) -> None:
    _signals(station, seen)
    _read(station, NORMAL)
    until(lambda: _is(_alarm(station, seen), AlarmState.LATCHED), "a latched alarm")


def _over(station: Station, seen: _Seen) -> None:
    _latched(station, seen)
    station.acknowledge_all()


def _is(alarm: AlarmView | None, *states: AlarmState) -> bool:
    return alarm is not None and alarm.priority is Priority.HIGH and alarm.state in states


Prepare = Callable[[Station, _Seen], None]
Expects = Callable[[AlarmView | None], bool]
STEPS: tuple[tuple[str, Prepare, Expects], ...] = (
    (
        "it is being born",
        _is_born,
        lambda alarm: True,
    ),  # killed before the reading was judged, there is none: no HIGH is lost
    ("it signals", _signals, lambda alarm: _is(alarm, AlarmState.SIGNALLING)),
    ("it is acknowledged", _acknowledged, lambda alarm: _is(alarm, AlarmState.ACKNOWLEDGED, AlarmState.SIGNALLING)),
    ("it is latched", _latched, lambda alarm: _is(alarm, AlarmState.LATCHED)),
    ("nothing of it is left", _over, lambda alarm: alarm is None),
)
