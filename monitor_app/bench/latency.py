"""How long from the bytes of a dangerous pressure to journal, screen and sound? Measured from outside, in real processes.

Zero is the moment just before the bytes that complete a systolic of 210 mmHg (a condition without onset delay) are written
to a chair's port. Journal: another process can read the committed row. Screen: a pixel of the alarm's colour is on the X
server. Sound: the first loud sample has been read from a null sink. Each is an upper bound by a polling step of a few ms.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from monitor_app import clock
from monitor_app.bench.ears import Recording
from monitor_app.bench.house import NORMAL, VERY_HIGH, Eyes, Station, house, until
from monitor_app.core.events import AlarmRaised, AlarmShown
from monitor_app.core.priority import Priority
from monitor_app.display.theme import ALARM
from monitor_app.record.readers import Reader

ROUNDS, QUICK_ROUNDS = 100, 5
KILLED_SHARE = 5
"""Of so many rounds one with a killed display: each needs a window of its own."""
WINDOW_US = 4_000_000
"""A new window has connected and drawn by then."""
QUIET_US = 700_000
"""Silence and calm for so long before the next round."""
GIVE_UP_US = 10_000_000
ALARM_RED = int(ALARM[Priority.HIGH].fill.removeprefix("#"), 16)
BANNER = (8, 8, 420, 24)
GOALS_MS = {"journal_median_ms": 50, "screen_worst_ms": 500, "sound_median_ms": 150, "sound_worst_ms": 1000}
GOAL = "journal 50 ms median; screen 500 ms worst; sound 150 ms median, 1 s worst"


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows: display running, two CPU hogs, display stopped, display killed. Raises NotHere where a tool is missing."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with house(1) as (station, ears, eyes):
        station.start("--headless")  # the window is ours, so that nobody restarts it when it is stopped
        window = _window(station)
        try:
            station.admit_all()
            until(lambda: _has_painted(station), "a window that paints")
            _calm(station, eyes)
            found = [_rounds("display running", rounds, lambda: _round(station, ears, eyes))]
            with _hogs(2):
                found.append(_rounds("two CPU hogs", rounds, lambda: _round(station, ears, eyes)))
            found.append(_rounds("display stopped", rounds, lambda: _round(station, ears, eyes, window)))
        finally:
            window.kill()
            window.wait()
        killed = max(1, rounds // KILLED_SHARE)
        found.append(_rounds("display killed", killed, lambda: _killed_round(station, ears, eyes)))
    return found


def _killed_round(station: Station, ears: Recording, eyes: Eyes) -> dict[str, float | None]:
    window = _window(station)
    try:
        clock.sleep_us(WINDOW_US)
        return _round(station, ears, eyes, window, signal.SIGKILL)
    finally:
        window.kill()
        window.wait()


def _rounds(name: str, count: int, one: Callable[[], dict[str, float | None]]) -> dict[str, Any]:
    """The row of so many rounds, told as it is known. A round that never ends fails the row and loses no other."""
    done: list[dict[str, float | None]] = []
    broken = ""
    for _ in range(count):
        try:
            done.append(one())
        except TimeoutError as late:
            broken = f"round {len(done) + 1} did not end: {late}"
            break
    row = _row(name, done) | ({"broken": broken, "passed": False} if broken else {})
    sys.stderr.write(f"\n{row}\n")
    sys.stderr.flush()
    return row


def _has_painted(station: Station) -> bool:
    """A window is there, and has said what it painted: a screen that is still empty is calm for another reason."""
    with Reader(station.data) as reader:
        return reader.newest_of_kind(AlarmShown.KIND) is not None


def _window(station: Station) -> subprocess.Popen[bytes]:
    folder = station.feed_folder()
    until(lambda: (folder / "key").exists(), "the feed")
    command = [sys.executable, "-m", "monitor_app", "_display", "--folder", str(folder), "--data", str(station.data)]
    return subprocess.Popen([*command, "--config", str(station.room)], env=station.env, stderr=subprocess.DEVNULL)


def _calm(station: Station, eyes: Eyes) -> None:
    """A normal reading, every alarm answered, no alarm's colour on the screen."""
    asked_us = clock.monotonic_us()
    station.beds[0].read_pressure(NORMAL)
    until(lambda: station.beds[0].written_us(NORMAL[0], asked_us), "a normal reading")

    def is_calm() -> bool:
        station.acknowledge_all()
        snapshot = station.feed.latest()
        return snapshot is not None and snapshot.sound.voice is None and not eyes.shows(ALARM_RED, *BANNER)

    until(is_calm, "calm", every_us=200_000)


def _round(
    station: Station,
    ears: Recording,
    eyes: Eyes,
    struck: subprocess.Popen[bytes] | None = None,
    by: signal.Signals = signal.SIGSTOP,
) -> dict[str, float | None]:
    """One alarm; each delay in ms. struck: a window that gets this signal just before the alarm happens."""
    clock.sleep_us(QUIET_US + random.Random(clock.monotonic_us()).randrange(500_000))
    journal = _JournalWatch(station)
    bed, asked_us = station.beds[0], clock.monotonic_us()
    if struck is not None:
        os.kill(struck.pid, by)
    try:
        bed.read_pressure(VERY_HIGH)
        zero_us = until(lambda: bed.written_us(VERY_HIGH[0], asked_us), "the reading", every_us=1_000)
        found: dict[str, int | None] = {"journal": None, "screen": None, "sound": None}
        while None in found.values() and clock.monotonic_us() - zero_us < GIVE_UP_US:
            if found["screen"] is None and struck is None and eyes.shows(ALARM_RED, *BANNER):
                found["screen"] = clock.monotonic_us()
            loud_s = ears.loud_since(zero_us / 1e6)
            found["sound"] = int(loud_s * 1e6) if loud_s is not None else None
            journal.look()
            found["journal"] = journal.seen_us
            if struck is not None and found["sound"] and found["journal"]:
                break
            clock.sleep_us(1_000)
    finally:
        journal.close()
        if struck is not None:
            os.kill(struck.pid, signal.SIGCONT)
    _calm(station, eyes)
    sys.stderr.write(".")  # a hundred of these take minutes: somebody may be watching
    sys.stderr.flush()
    return {name: (at_us - zero_us) / 1000 if at_us is not None else None for name, at_us in found.items()}


class _JournalWatch:
    """Reads the journal as any other process would, again and again, and notes when the alarm's row is there."""

    def __init__(self, station: Station) -> None:
        self._reader = Reader(station.data)
        head = self._reader.head()
        self._seq = head[0] if head is not None else 0
        self.seen_us: int | None = None

    def look(self) -> None:
        """One look."""
        if self.seen_us is None and any(e.kind == AlarmRaised.KIND for e in self._reader.entries(after_seq=self._seq)):
            self.seen_us = clock.monotonic_us()

    def close(self) -> None:
        """Let the database go."""
        self._reader.close()


@contextmanager
def _hogs(count: int) -> Iterator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def _row(name: str, rounds: list[dict[str, float | None]]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "rounds": len(rounds)}
    for what in ("journal", "screen", "sound"):
        values = sorted(value for row in rounds if (value := row[what]) is not None)
        if values:
            found |= {f"{what}_median_ms": round(median(values), 1), f"{what}_worst_ms": round(values[-1], 1)}
            found |= {f"{what}_missed": sum(row[what] is None for row in rounds)} if len(values) < len(rounds) else {}
    met = all(found[key] <= goal for key, goal in GOALS_MS.items() if key in found)
    return found | {"goal": GOAL, "passed": met and not any(key.endswith("_missed") for key in found)}
