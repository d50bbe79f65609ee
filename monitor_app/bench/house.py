"""A whole station in real processes, with everything around it in our hands: ports, screen, ears, and a person's commands.

The benchmarks of latency and reliability judge from outside: bytes on a port, rows in the database read by another process,
pixels of an X server, samples of a null sink, lines on standard error. Nothing here asks the station how it is.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from drivers import catalog
from drivers.driver import DriverSpec, StartNibp
from drivers.samples import NibpReading, Parameter, Sample
from monitor_app import clock
from monitor_app.app.faults import Problem
from monitor_app.bench.ears import Recording, can_hear, sound_server
from monitor_app.core import commands
from monitor_app.core.commands import Command
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.feed.client import FeedClient
from simulators import ports
from simulators.body import VirtualBody
from simulators.devices import twins
from simulators.vitals import CuffResult

PACE_US = 5_000
CUFF_US = 1_300_000
"""Longer than the slowest device repeats what its cuff is doing, so that every host sees it at work."""
NORMAL, VERY_HIGH = (118, 76), (210, 112)
PROFILE = "demo"
WAIT_US = 40_000_000
FOLLOW_US = 500_000
SCREEN = "1280x800x24"
Found = TypeVar("Found")


class NotHere(Problem):
    """Something the benchmark needs is not installed; the message says what."""


class CommandedBody(VirtualBody):
    """A calm patient whose next cuff reading is what we say."""

    def __init__(self, chair: int) -> None:
        super().__init__(11, chair, cuff_failure_share=0)
        self.pressure = NORMAL

    def start_cuff(self, now_us: int) -> CuffResult:
        """Quick, and as ordered."""
        systolic, diastolic = self.pressure
        return CuffResult(CUFF_US, systolic, diastolic, (systolic + 2 * diastolic) // 3, 72)


class Bed:
    """One chair's device on a pty, served by a thread of ours, and a listener that hears what goes over the wire."""

    patient: type[CommandedBody] = CommandedBody

    def __init__(self, spec: DriverSpec, chair: int, folder: Path) -> None:
        self.spec = spec
        self.body = self.patient(chair)
        self.port = ports.outlet(None, folder, f"chair{chair}")
        self._twin = twins()[spec.id].make(self.body)
        self._listener = spec.make()
        self._orders: deque[bool] = deque()
        self.readings: list[tuple[int, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"bed-{chair}", daemon=True)
        self._thread.start()

    def read_pressure(self, pressure: tuple[int, int]) -> None:
        """Somebody presses the start button of the device; the reading will be this one."""
        self.body.pressure = pressure
        self._orders.append(True)

    def written_us(self, systolic: int, after_us: int) -> int | None:
        """Monotonic time just before the bytes that complete a reading of this pressure were written, or None."""
        found = [at_us for at_us, value in list(self.readings) if value == systolic and at_us > after_us]
        return found[0] if found else None

    def close(self) -> None:
        """Switch the device off."""
        self._stop.set()
        self._thread.join(2)
        self.port.pull()

    def _serve(self) -> None:
        began_us = clock.monotonic_us()
        self._listener.start(0)
        while not self._stop.wait(PACE_US / 1e6):
            now_us = clock.monotonic_us() - began_us
            if self._orders and self._listener.command(StartNibp(), now_us) is None:
                self._orders.popleft()
            heard = self.port.read()
            if heard:
                self._twin.receive(heard, now_us)
            data = self._twin.advance(now_us)
            if data:
                self._note(self._listener.feed(data, now_us))
                self.port.write(data)
            deadline_us = self._listener.next_deadline_us()
            if deadline_us is not None and deadline_us <= now_us:
                self._note(self._listener.advance(now_us))
            self._twin.receive(self._listener.outgoing(), now_us)

    def _note(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            if isinstance(sample, NibpReading) and sample.systolic is not None:
                self.readings.append((clock.monotonic_us(), int(sample.systolic)))


def whole_monitor() -> DriverSpec:
    """A device that alone makes a chair: ECG, SpO2 and a cuff that can be started."""
    for spec in catalog.specs().values():
        whole = Parameter.SPO2 in spec.numerics and Parameter.ECG_II in spec.waves and StartNibp in spec.commands
        if whole and spec.use == "alarms" and spec.id in twins():
            return spec
    raise NotHere("no known device makes a chair alone")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a process wrote, and when."""

    at_us: int
    text: str


class Station:
    """`chairside run` on the beds' ports, watched from outside. Start and stop as often as needed."""

    def __init__(
        self, folder: Path, env: dict[str, str], beds: int, bed: Callable[[DriverSpec, int, Path], Any] = Bed
    ) -> None:
        self.folder, self.data = folder, folder / "data"
        self.env = env
        spec = whole_monitor()
        self.beds = [bed(spec, chair, folder) for chair in range(1, beds + 1)]
        self.room = folder / "room.toml"
        chairs = (
            f'[[chair]]\nnumber = {n}\nprofile = "{PROFILE}"\n'
            f'[[chair.device]]\ndevice = "{spec.id}"\nport = "{bed.port.url}"\n'
            for n, bed in enumerate(self.beds, 1)
        )
        self.room.write_text("\n".join(chairs), "utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: list[Line] = []
        self._client: FeedClient | None = None
        self._folder: Path | None = None
        self._looked_us = 0

    def start(self, *options: str) -> None:
        """A new supervisor. A feed of an earlier run is forgotten."""
        self.forget_feed()
        command = [sys.executable, "-m", "monitor_app", "run", "--config", str(self.room), "--data", str(self.data)]
        self.process = subprocess.Popen([*command, *options], env=self.env, stderr=subprocess.PIPE)
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stderr or ():
            self.lines.append(Line(clock.monotonic_us(), line.decode("utf-8", "replace").strip()))

    def said_us(self, words: str, after_us: int) -> int | None:
        """When a line with these words came on standard error, or None."""
        found = [line.at_us for line in list(self.lines) if words in line.text and line.at_us > after_us]
        return found[0] if found else None

    def pid_of(self, part: str) -> int | None:
        """Process id of `_engine` or `_display` of this room, or None."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if part.encode() in words and str(self.room).encode() in words and _is_alive(entry):
                        return int(entry.name)
        return None

    def feed_folder(self) -> Path:
        """Where the engine's feed lies, as its command line says."""
        return until(lambda: self.folder_of(self.pid_of("_engine")), "an engine")

    @staticmethod
    def folder_of(pid: int | None) -> Path | None:
        """The folder of the feed of this process; None when it is gone."""
        with suppress(OSError, ValueError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return Path(words[words.index(b"--folder") + 1].decode())
        return None

    @property
    def feed(self) -> FeedClient:
        """A display of our own, without a window. It follows the engine, wherever the newest one has its feed."""
        folder = self.feed_folder() if self._client is None else self._moved_to()
        if self._client is None or folder is not None:
            self.forget_feed()
            folder = folder or self.feed_folder()
            until(lambda: (folder / "key").exists(), "the key of the feed")
            self._client = FeedClient.at(folder, clock.monotonic_us, name="bench")
            self._client.start()
            self._folder = folder
            until(self._client.latest, "a first picture of the room")
        return self._client

    def _moved_to(self) -> Path | None:
        """Another feed than the one we are on, looked for twice a second."""
        now_us = clock.monotonic_us()
        if now_us - self._looked_us < FOLLOW_US:
            return None
        self._looked_us = now_us
        folder = self.folder_of(self.pid_of("_engine"))
        return folder if folder is not None and folder != self._folder and (folder / "key").exists() else None

    def forget_feed(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(self, cmd: Command) -> None:
        """Send a command and wait until it is done and recorded. Raises NotHere with the station's sentence when not."""
        sent = until(lambda: self.feed.send(cmd), "somebody to hear a command")
        replies = (
            until(lambda: [r for r in self.feed.take_replies() if r.command == cmd.id], "an answer") if sent else []
        )
        if not replies[0].done:
            raise NotHere(f"{type(cmd).__name__} was refused: {replies[0].sentence}")

    def chair(self, number: int = 1) -> ChairView | None:
        """A chair as the newest picture shows it."""
        snapshot: Snapshot | None = self.feed.latest()
        return next((view for view in snapshot.chairs if view.number == number), None) if snapshot is not None else None

    def admit_all(self) -> None:
        """Seat somebody in every chair."""
        self.ask(commands.AcknowledgeNotice(_id(), 1, "bench", "bench"))
        for number in range(1, len(self.beds) + 1):
            until(lambda number=number: _is_live(self.chair(number)), f"chair {number} live")  # type: ignore[misc]
            self.ask(commands.Admit(_id(), number, str(uuid.uuid4()), f"B-{number}", PROFILE, actor="bench"))

    def acknowledge_all(self) -> None:
        """Answer every open alarm, of the chairs and of the station itself."""
        snapshot = self.feed.latest()
        found: dict[int, list[int]] = {}
        for alarm in snapshot.alarms if snapshot is not None else ():
            found.setdefault(alarm.chair or 0, []).append(alarm.occurrence)
        for chair, occurrences in found.items():
            with suppress(NotHere):  # refused: they have ended meanwhile, and that is what is wanted
                self.ask(commands.Acknowledge(_id(), chair, tuple(occurrences), actor="bench"))

    def stop(self) -> int | None:
        """End in order; the exit code."""
        self.forget_feed()
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(40)
        self.kill_all()
        return self.process.returncode

    def kill_all(self) -> None:
        """Whatever is left of this room."""
        for part in ("_display", "_engine"):
            while (pid := self.pid_of(part)) is not None:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                clock.sleep_us(50_000)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


def _is_alive(entry: Path) -> bool:
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z"


def _is_live(view: ChairView | None) -> bool:
    return view is not None and all(link.state == "live" for link in view.links)


def _id() -> str:
    return str(uuid.uuid4())


def until(look: Callable[[], Found | None], what: str, within_us: int = WAIT_US, every_us: int = 20_000) -> Found:
    """The first thing `look` finds that is true. Raises TimeoutError naming `what`."""
    end_us = clock.monotonic_us() + within_us
    while clock.monotonic_us() < end_us:
        found = look()
        if found:
            return found
        clock.sleep_us(every_us)
    raise TimeoutError(f"not within {within_us / 1e6:.0f} s: {what}")


class Eyes:
    """Looks at the pixels of our X server's screen, through Qt."""

    def __init__(self) -> None:
        from PySide6.QtGui import QGuiApplication

        found = QGuiApplication.instance()
        self._app = found if isinstance(found, QGuiApplication) else QGuiApplication([sys.argv[0], "-platform", "xcb"])
        self._screen = self._app.primaryScreen()

    def shows(self, colour: int, x: int, y: int, width: int, height: int = 1) -> bool:
        """True when a pixel of this colour (0xRRGGBB) is in the area."""
        image: Any = self._screen.grabWindow(0, x, y, width, height).toImage()
        return any(
            image.pixel(column, row) & 0xFFFFFF == colour
            for row in range(image.height())
            for column in range(0, image.width(), 4)
        )

    def save(self, path: Path) -> None:
        """The whole screen as a picture."""
        self._screen.grabWindow(0).save(str(path))


@contextmanager
def x_server(screen: str = SCREEN) -> Iterator[str]:
    """A fresh X server without a screen; its name. Raises NotHere without Xvfb."""
    if shutil.which("Xvfb") is None:
        raise NotHere("Xvfb is not installed: no window can be looked at")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", screen, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading, encoding="ascii") as said:
            name = f":{said.readline().strip()}"
        try:
            yield name
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def house(beds: int) -> Iterator[tuple[Station, Recording, Eyes]]:
    """A room with everything around it, not yet started. Raises NotHere where a tool is missing."""
    if sys.platform != "linux":
        raise NotHere("this benchmark needs Linux")
    if not can_hear():
        raise NotHere("PulseAudio is not installed: nothing can be heard")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chairside-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        display = stack.enter_context(x_server())
        os.environ.update(DISPLAY=display, QT_QPA_PLATFORM="xcb")
        env = stack.enter_context(sound_server(folder / "sound"))
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        station = Station(folder, {**env, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": path}, beds)
        recording = Recording(env)
        stack.callback(recording.close)
        for bed in station.beds:
            stack.callback(bed.close)
        stack.callback(station.stop)
        try:
            yield station, recording, Eyes()
        except TimeoutError as late:
            said = " | ".join(line.text for line in station.lines[-6:])
            raise NotHere(f"what was waited for did not come, {late}; it said: {said}") from late
