"""How long from a pulled plug to the alarm, and from the plug to live data? Device by device, over real ptys.

`python -m tests.benchmarks.unplug [DEVICE ...] [--times 20] [--json]`

The real engine (a process of its own: threads, recorder, journal; no window, no sound) has one chair for each device, with a
patient in it. Here live the twins, the cables are pulled and plugged at moments left to chance, and the journal is read
from outside: what counts is the moment at which the entry can be read by another process. A pulled cable is a pty that
hangs up and loses its name; a plugged one is a new pty under the same name with a device that has just been switched on.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drivers.catalog import spec
from drivers.samples import Origin
from drivers.transport import open_port
from monitor_app import clock
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, Command
from monitor_app.core.events import AlarmRaised, LinkFound, ScriptLeft
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.links import PortLink
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.runner import StationClock
from monitor_app.engine.sounder import SoundMode
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from simulators.line import Line
from simulators.ports import PtyOutlet, Served
from tests.conformance.conversation import ON_PORTS, StillBody

STEP_US = 10_000
LOOK_S = 0.02
LIVE_S = (2.5, 5.0)
"""How long a device stays plugged after it was found live, and unplugged after it was found lost: left to chance, so that
every moment of the back-off is met."""
AWAY_S = (0.5, 4.0)
GIVE_UP_S = 60.0
PROFILE = Profile("t", "T")


def seconds_now() -> float:
    """Of this computer's monotonic clock."""
    return clock.monotonic_us() / 1e6


# ------------------------------------------------------------------------------------------------------------ the engine


class Seats:
    """A nurse who seats somebody in every chair once, and leaves the rest."""

    def __init__(self, chairs: int) -> None:
        self._left = list(range(1, chairs + 1))

    def commands(self, snapshot: Snapshot) -> list[Command]:
        """One chair a picture."""
        if not self._left:
            return []
        chair = self._left.pop()
        return [
            Admit(f"admit-{chair}", chair, f"0192f0aa-1111-7000-8000-0000000000{chair:02}", f"P-{chair}", PROFILE.id)
        ]

    def is_due(self, station_us: int) -> bool:
        """While a chair is free."""
        return bool(self._left)

    def leave(self, chair: int) -> ScriptLeft | None:
        """Nobody takes over."""
        return None

    def leads(self, chair: int) -> str:
        """Nothing is said on the screen."""
        return ""


def engine(data: Path, devices: Sequence[str], urls: Sequence[str]) -> int:
    """The real engine, until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    chairs = tuple(
        ChairSpec(number, f"Chair {number}", (LinkSpec(device, url, Origin.TEST),), PROFILE.id)
        for number, (device, url) in enumerate(zip(devices, urls, strict=True), 1)
    )

    def end_of(chair: ChairSpec, index: int, station_clock: StationClock) -> PortLink:
        link = chair.links[index]
        row = spec(link.device)
        return PortLink(
            f"{chair.number}", lambda: open_port(link.url, row.lines[0], row.dtr, row.rts), station_clock.now_us
        )

    settings = RunSettings(data, chairs, {PROFILE.id: PROFILE}, "bench", headless=True, sound=SoundMode.OFF)
    return run_engine(settings, end_of, Seats(len(chairs)), stop)


# ------------------------------------------------------------------------------------------------------------- the cables


@dataclass
class Cable:
    """One device and its plug. Times in seconds of this process's monotonic clock."""

    device: str
    served: Served
    body: StillBody
    rng: random.Random
    waits_for: str = "found"
    since: float = field(default_factory=seconds_now)
    next_act: float | None = None
    to_alarm: list[float] = field(default_factory=list)
    to_live: list[float] = field(default_factory=list)
    first_live: float | None = None

    def told(self, what: str, now: float) -> None:
        """The journal said it."""
        if what != self.waits_for or self.next_act is not None:
            return
        waited = now - self.since
        if what == "lost":
            self.to_alarm.append(waited)
        elif self.first_live is None:
            self.first_live = waited
        else:
            self.to_live.append(waited)
        self.next_act = now + self.rng.uniform(*(AWAY_S if what == "lost" else LIVE_S))

    def act(self, now: float, times: int) -> None:
        """Pull or plug when it is time."""
        if self.next_act is None or now < self.next_act or len(self.to_live) >= times:
            return
        plug = self.waits_for == "lost"
        self.body.sensors_now = type(self.body.sensors_now)(plugged=plug)
        self.waits_for, self.next_act = "found" if plug else "lost", None
        self.since = seconds_now()


class JournalWatch:
    """What has become readable in the journal since the last look."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._seq = 0

    def look(self) -> list[tuple[int, str]]:
        """Chair, and `found` or `lost`."""
        try:
            with Reader(self._data) as reader:
                told = list(reader.events(after_seq=self._seq))
        except StoreError:
            return []
        found = []
        for stored in told:
            self._seq = stored.entry.seq
            payload, chair = stored.payload, stored.entry.chair
            if isinstance(payload, LinkFound) and chair is not None:
                found.append((chair, "found"))
            elif isinstance(payload, AlarmRaised) and payload.row == "LINK_LOST" and chair is not None:
                found.append((chair, "lost"))
        return found


def measure(devices: Sequence[str], times: int, seed: int, folder: Path) -> list[Cable]:
    """All devices at the same time, each in its own rhythm. Raises AssertionError where nothing comes any more."""
    cables = []
    for number, device in enumerate(devices, 1):
        body = StillBody()
        served = Served(device, body, PtyOutlet(folder / f"{number}"), Line())
        cables.append(Cable(device, served, body, random.Random(f"{seed}-{device}")))
    data = folder / "data"
    data.mkdir(mode=0o700)
    command = [sys.executable, "-m", "tests.benchmarks.unplug", "--engine", str(data), *devices]
    command += ["--urls", *(cable.served.port.url for cable in cables)]
    process = subprocess.Popen(command)
    try:
        _run(cables, JournalWatch(data), times, process)
    finally:
        process.terminate()
        process.wait(30)
        for cable in cables:
            cable.served.port.pull()
    return cables


def _run(cables: Sequence[Cable], journal: JournalWatch, times: int, engine_process: subprocess.Popen[bytes]) -> None:
    began, next_look = seconds_now(), 0.0
    for cable in cables:
        cable.since = began
    while any(len(cable.to_live) < times for cable in cables):
        now = seconds_now()
        for cable in cables:
            cable.act(now, times)
            cable.served.step(int((now - began) * 1e6))
        if now >= next_look:
            next_look = now + LOOK_S
            for chair, what in journal.look():
                cables[chair - 1].told(what, seconds_now())
        assert engine_process.poll() is None, "the engine ended"
        stuck = [c.device for c in cables if c.next_act is None and now - c.since > GIVE_UP_S]
        assert not stuck, f"nothing comes of {', '.join(stuck)}"
        clock.sleep_us(STEP_US)


# ---------------------------------------------------------------------------------------------------------------- the table


def main(arguments: list[str] | None = None) -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.unplug")
    parser.add_argument("device", nargs="*", metavar="DEVICE", default=ON_PORTS)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--urls", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.engine is not None:
        return engine(given.engine, given.device, given.urls)
    folder = Path(tempfile.mkdtemp(prefix="chairside-unplug-"))
    try:
        cables = measure(given.device, given.times, given.seed, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [row_of(cable) for cable in cables]
    if given.json:
        print(json.dumps({"times": given.times, "devices": rows}))
        return 0
    print(f"{'device':<20} {'to alarm, s: median':>20} {'worst':>7} {'to live, s: median':>20} {'worst':>7} {'n':>4}")
    for row in rows:
        print(f"{row['device']:<20} {row['alarm_median_s']:>20.2f} {row['alarm_worst_s']:>7.2f}"
              f" {row['live_median_s']:>20.2f} {row['live_worst_s']:>7.2f} {row['times']:>4}")  # fmt: skip
    return 0


def row_of(cable: Cable) -> dict[str, str | float | int]:
    """Seconds, to 10 ms."""
    return {
        "device": cable.device,
        "times": len(cable.to_live),
        "alarm_median_s": round(statistics.median(cable.to_alarm), 2),
        "alarm_worst_s": round(max(cable.to_alarm), 2),
        "live_median_s": round(statistics.median(cable.to_live), 2),
        "live_worst_s": round(max(cable.to_live), 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
