"""What is lost, and for how long is nobody watching, when each process is killed or stopped at random moments?

A room with two patients and a HIGH alarm that nobody answers; a scribe who notes something five times a second and keeps
what was answered "recorded". Judged from outside: standard error, the null sink, pixels, the database read by another
process. Absolute figures: there is no other program to compare with.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from drivers.samples import Parameter
from monitor_app import clock
from monitor_app.bench.ears import Recording
from monitor_app.bench.house import VERY_HIGH, Eyes, Station, house, until
from monitor_app.bench.latency import ALARM_RED, BANNER
from monitor_app.core import commands
from monitor_app.core.events import AlarmRaised, ObservationLogged
from monitor_app.feed.client import FeedClient
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.supervisor.last_resort import TONES_HZ

KILLS, STOPS = 20, 10
QUICK_KILLS, QUICK_STOPS = 2, 1
CLEAR_US = 3_000_000
CHAIRS = 2
BURST_US = 8_000_000
"""Two bursts of a HIGH alarm are at most so far apart: silence up to there is the pause between them."""
NOTE_US = 200_000
TARGETS = ("supervisor", "display", "engine")
HARD, STOP = "SIGKILL", "SIGSTOP"


@dataclass(slots=True)
class Injection:
    """One blow. Times in seconds after it; None: never seen."""

    target: str
    how: str
    at_us: int
    found_s: float | None = None
    sounded_s: float | None = None
    live_s: float | None = None
    station_us: int = 0
    wrong: list[str] = field(default_factory=list)


class Scribe:
    """Notes something again and again, through whatever feed there is, and keeps the ids that were answered as recorded."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._stop = threading.Event()
        self.recorded: set[str] = set()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _live(self) -> None:
        client: FeedClient | None = None
        folder: Path | None = None
        while not self._stop.wait(NOTE_US / 1e6):
            newest = self._folder()
            if newest is not None and newest != folder:
                if client is not None:
                    client.close()
                folder, client = newest, FeedClient.at(newest, clock.monotonic_us, name="scribe")
                client.start()
            if client is not None:
                self._note(client)
        if client is not None:
            client.close()

    def _folder(self) -> Path | None:
        pid = self._station.pid_of("_engine")
        return self._station.folder_of(pid) if pid is not None else None

    def _note(self, client: FeedClient) -> None:
        snapshot = client.latest()
        view = snapshot.chairs[0] if snapshot is not None and snapshot.chairs else None
        if view is not None and view.session is not None:
            name = str(uuid.uuid4())
            client.send(commands.LogObservation(name, view.number, view.session, "note", name, actor="scribe"))
        for reply in client.take_replies():
            if reply.done and not reply.sentence.startswith("Held in memory"):
                self.recorded.add(reply.command)


def run(quick: bool = False, targets: tuple[str, ...] = TARGETS) -> list[dict[str, Any]]:
    """Blows on every process, one after the other; a row each, and one of the record. Raises NotHere without a tool."""
    kills, stops = (QUICK_KILLS, QUICK_STOPS) if quick else (KILLS, STOPS)
    with house(CHAIRS) as (station, ears, eyes):
        campaign = _Campaign(station, ears, eyes)
        with campaign.running():
            for target in targets:
                for how in [HARD] * kills + [STOP] * stops:
                    campaign.strike(target, how)
        return campaign.verdict()


class _Campaign:
    def __init__(self, station: Station, ears: Recording, eyes: Eyes) -> None:
        self._station, self._ears, self._eyes = station, ears, eyes
        self._chance = random.Random(20261125)
        self._blows: list[Injection] = []
        self._sessions: tuple[str | None, ...] = ()
        self._scribe: Scribe | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        station = self._station
        station.start()
        station.admit_all()
        asked_us = clock.monotonic_us()
        station.beds[0].read_pressure(VERY_HIGH)
        until(lambda: station.beds[0].written_us(VERY_HIGH[0], asked_us), "a dangerous pressure")
        until(self._is_red, "the alarm on the screen")
        self._sessions = self._seen_sessions()
        self._scribe = Scribe(station)
        try:
            yield
        finally:
            self._scribe.close()
            station.stop()

    def strike(self, target: str, how: str) -> None:
        """One blow at a random moment, and everything that follows until all is well again."""
        clock.sleep_us(CLEAR_US + self._chance.randrange(1_500_000))
        self._avoid_storm(target)
        blow = Injection(target, how, clock.monotonic_us())
        try:
            {"engine": self._engine, "display": self._display, "supervisor": self._supervisor}[target](blow)
        except TimeoutError as late:
            blow.wrong.append(str(late))
        if self._seen_sessions() != self._sessions:
            blow.wrong.append("other sessions than before")
        self._blows.append(blow)
        times = ", ".join(f"{what} {getattr(blow, what)}" for what in ("found_s", "sounded_s", "live_s"))
        sys.stderr.write(f"{len(self._blows):3} {target} {how}: {times} {'; '.join(blow.wrong)}\n")

    def _avoid_storm(self, target: str) -> None:
        """The sixth crash in ten minutes is left alone by design: every fifth blow the station starts anew."""
        done = sum(blow.target == target for blow in self._blows)
        if target != "supervisor" and done and done % 5 == 0:
            self._station.stop()
            self._station.start()
            until(self._is_live, "the station again")
            until(self._is_red, "the alarm again")
            clock.sleep_us(CLEAR_US)

    # ------------------------------------------------------------------ blows

    def _hit(self, blow: Injection, pid: int | None) -> None:
        if pid is None:
            raise TimeoutError(f"no {blow.target} to hit")
        snapshot, age_us = self._station.feed.latest(), self._station.feed.age_us()
        blow.station_us = snapshot.station_us + (age_us or 0) if snapshot is not None else 0
        blow.at_us = clock.monotonic_us()
        os.kill(pid, signal.SIGKILL if blow.how == HARD else signal.SIGSTOP)

    def _engine(self, blow: Injection) -> None:
        snapshot = self._station.feed.latest()
        run = snapshot.run if snapshot is not None else ""
        self._hit(blow, self._station.pid_of("_engine"))
        words = "MONITORING STOPPED"
        blow.found_s = self._after(blow, lambda: self._station.said_us(words, blow.at_us), "found")
        blow.sounded_s = self._after(blow, lambda: self._cry_us(blow.at_us), "the last resort")
        blow.live_s = self._after(blow, lambda: self._live_us(run), "live numbers of a new run")
        until(self._is_red, "the same alarm on the screen")

    def _display(self, blow: Injection) -> None:
        before = self._station.pid_of("_display")
        self._hit(blow, before)
        words = "The display "
        blow.found_s = self._after(blow, lambda: self._station.said_us(words, blow.at_us), "found")

        def new_window_us() -> int | None:
            pid = self._station.pid_of("_display")
            return clock.monotonic_us() if pid not in (None, before) and self._is_red() else None

        until(lambda: not self._is_red(), "the dead window to go", every_us=5_000)
        blow.live_s = self._after(blow, new_window_us, "the same truth in a new window")
        try:
            until(lambda: self._ears.loud_since(blow.at_us / 1e6), "an alarm", within_us=BURST_US)
        except TimeoutError:
            blow.wrong.append("no alarm was heard meanwhile")

    def _supervisor(self, blow: Injection) -> None:
        process, known = self._station.process, self._supervisor_alarms()
        self._hit(blow, process.pid if process is not None else None)
        blow.found_s = self._after(
            blow,
            lambda: clock.monotonic_us() if self._supervisor_alarms() > known else None,
            "SUPERVISOR LOST in the journal",
        )
        until(self._is_live, "monitoring that goes on", within_us=1_000_000)
        snapshot = self._station.feed.latest()
        run = snapshot.run if snapshot is not None else ""
        if blow.how == STOP:
            os.kill(process.pid if process is not None else 0, signal.SIGCONT)
            until(self._is_watched, "the supervisor heard again")
            return
        if process is not None:
            process.wait(10)
        started_us = clock.monotonic_us()
        self._station.start()
        blow.live_s = self._after(blow, lambda: self._live_us(run), "taken over by the next start")
        blow.live_s -= (
            started_us - blow.at_us
        ) / 1e6  # counted from the new start: when that comes is a person's matter
        until(self._is_red, "the same alarm in the new window")

    # ------------------------------------------------------------------ what is seen and heard

    def _after(self, blow: Injection, look: Callable[[], int | None], what: str) -> float:
        return (until(look, what, every_us=5_000) - blow.at_us) / 1e6

    def _is_red(self) -> bool:
        return self._eyes.shows(ALARM_RED, *BANNER)

    def _is_live(self) -> bool:
        view, age_us = self._station.chair(), self._station.feed.age_us()
        numbers = [number for number in view.numbers if number.parameter is Parameter.HR] if view is not None else []
        return age_us is not None and age_us < 1_000_000 and any(number.text.isdigit() for number in numbers)

    def _is_watched(self) -> bool:
        snapshot = self._station.feed.latest()
        return snapshot is not None and snapshot.supervisor == "ok"

    def _live_us(self, old_run: str) -> int | None:
        snapshot = self._station.feed.latest()
        new = snapshot is not None and snapshot.run != old_run
        return clock.monotonic_us() if new and self._is_live() else None

    def _cry_us(self, after_us: int) -> int | None:
        times = [self._ears.tone_since(tone, after_us / 1e6) for tone in TONES_HZ]
        heard = [at_s for at_s in times if at_s is not None]
        return int(min(heard) * 1e6) if heard else None

    def _supervisor_alarms(self) -> int:
        with Reader(self._station.data) as reader:
            raised = [stored.payload for stored in reader.events_of_kind(AlarmRaised.KIND)]
        return sum(isinstance(alarm, AlarmRaised) and alarm.row == "STN_SUPERVISOR" for alarm in raised)

    def _seen_sessions(self) -> tuple[str | None, ...]:
        snapshot = self._station.feed.latest()
        return tuple(view.session for view in snapshot.chairs) if snapshot is not None else ()

    # ------------------------------------------------------------------ the record afterwards

    def verdict(self) -> list[dict[str, Any]]:
        """What the record says once everything has stopped."""
        recorded = self._scribe.recorded if self._scribe is not None else set()
        report = verify(self._station.data)
        with Reader(self._station.data) as reader:
            logged = [stored.payload for stored in reader.events_of_kind(ObservationLogged.KIND)]
            noted = {note.text for note in logged if isinstance(note, ObservationLogged)}
            lost_s = _numbers_lost_s(reader, self._blows)
        blows = {
            (b.target, b.how): [x for x in self._blows if (x.target, x.how) == (b.target, b.how)] for b in self._blows
        }
        rows = [_row(f"{target} {how}", found) for (target, how), found in blows.items()]
        record: dict[str, Any] = {
            "name": "record",
            "entries_acknowledged": len(recorded),
            "entries_lost": len(recorded - noted),
            "numbers_lost_s_worst": lost_s,
            "chain_valid": report.ok,
            "goal": "no acknowledged entry lost, numbers at most 1 s, chain valid",
            "passed": not recorded - noted and lost_s <= 1 and report.ok,
        }
        return [*rows, record]


def _numbers_lost_s(reader: Reader, blows: list[Injection]) -> float:
    """Most seconds of numbers before a blow that are not on disk afterwards, beyond the usual second between two."""
    times = sorted(
        number.t_us for row in reader.sessions() if row.chair == 1 for number in reader.numerics(row.uuid, Parameter.HR)
    )
    lost = 0.0
    for blow in blows:
        before = [at_us for at_us in times if at_us <= blow.station_us]
        if blow.target == "engine" and before:
            lost = max(lost, (blow.station_us - before[-1]) / 1e6 - 1)
    return round(lost, 2)


def _row(name: str, blows: list[Injection]) -> dict[str, Any]:
    wrong = [word for blow in blows for word in blow.wrong]
    found: dict[str, Any] = {"name": name, "blows": len(blows)}
    for what in ("found_s", "sounded_s", "live_s"):
        values = sorted(value for blow in blows if (value := getattr(blow, what)) is not None)
        if values:
            found |= {what: round(median(values), 2), f"{what}_worst": round(values[-1], 2)}
    return found | {"goal": "found, and the same truth again", "passed": not wrong, "wrong": wrong}
