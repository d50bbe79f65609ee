"""Serves simulated devices on real ports: ptys with lasting names, or TCP on this computer. The simulators' only clock.

A pulled cable hangs the port up and a plugged one brings it back under the same address, with a device that has just been
switched on. Bytes that nobody fetches are dropped, as a serial line drops them.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulators import scenario as scenarios
from simulators.body import Body, VirtualBody
from simulators.devices import Twin, twins
from simulators.line import Line, line
from simulators.recording import Recording
from simulators.scenario import Scenario

if sys.platform != "win32":
    import fcntl
    import pty
    import struct
    import termios
    import tty

PTY, TCP = "pty", "tcp"
KINDS = (PTY, TCP)
PACE_S = 0.01
"""A step of the server: shorter than what a USB bridge holds back, long enough for sixteen devices on half a core."""
PAUSE_MAX_US = 2_000_000
"""A server that did not run for longer (stopped, host asleep) goes on where it was instead of sending it all at once."""
READ_BYTES = 4096
UNREAD_MAX = 3_000
"""A pty holds some kB for whoever does not read: older bytes are thrown away, because a serial line stores nothing."""
DEFAULT_SEED = 1


class UnknownDevice(ValueError):
    """There is no twin of this device; the message names those there are."""


class Outlet(Protocol):
    """The device's end of a port. url: what a host opens; it stays the same over pull and plug."""

    url: str

    @property
    def plugged(self) -> bool:
        """True while the port exists."""

    def read(self) -> bytes:
        """What the host has written. Never waits, never raises on a lost host."""

    def write(self, data: bytes) -> None:
        """Send; what nobody takes is lost. Never waits, never raises on a lost host."""

    def pull(self) -> None:
        """Hang up: the host's end dies, the address is gone."""

    def plug(self) -> None:
        """Come back under the same address."""


def default_kind() -> str:
    """pty where the system has it."""
    return TCP if sys.platform == "win32" else PTY


def new_folder() -> Path:
    """A private folder for the names of ptys; whoever asks removes it."""
    return Path(tempfile.mkdtemp(prefix="chairside-ports-"))


def outlet(kind: str | None, folder: Path, name: str) -> Outlet:
    """A new port, plugged. kind: `pty`, `tcp` or None for the system's default. folder, name: where a pty's name stands."""
    kind = kind or default_kind()
    if kind not in KINDS:
        raise ValueError(f"'{kind}' is no kind of port; there are {' and '.join(KINDS)}")
    return PtyOutlet(folder / name) if kind == PTY else TcpOutlet()


class PtyOutlet:
    """A pseudo terminal behind a symbolic link that keeps its name."""

    def __init__(self, name: Path) -> None:
        self.url = str(name)
        self._name = name
        self._master: int | None = None
        self._slave: int | None = None
        self.plug()

    @property
    def plugged(self) -> bool:
        """See Outlet."""
        return self._master is not None

    def plug(self) -> None:
        """See Outlet."""
        if self._master is not None:
            return
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)  # kept open, so that it stays raw while no host is there
        os.set_blocking(self._master, False)
        fresh = self._name.with_name(self._name.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._name)

    def pull(self) -> None:
        """See Outlet."""
        self._name.unlink(missing_ok=True)
        for descriptor in (self._slave, self._master):
            if descriptor is not None:
                os.close(descriptor)
        self._master = self._slave = None

    def read(self) -> bytes:
        """See Outlet."""
        if self._master is None:
            return b""
        with suppress(BlockingIOError):
            return os.read(self._master, READ_BYTES)
        return b""

    def write(self, data: bytes) -> None:
        """See Outlet."""
        if self._master is None or self._slave is None:
            return
        if self._unread(self._slave) > UNREAD_MAX:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                termios.tcflush(self._slave, termios.TCIFLUSH)
                return

    @staticmethod
    def _unread(descriptor: int) -> int:
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])


class TcpOutlet:
    """A listener on this computer for one host at a time; a second one is turned away."""

    def __init__(self) -> None:
        self._port = 0
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None
        self.plug()
        self.url = f"socket://127.0.0.1:{self._port}"

    @property
    def plugged(self) -> bool:
        """See Outlet."""
        return self._listener is not None

    def plug(self) -> None:
        """See Outlet."""
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let a second program share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(2)
        listener.setblocking(False)
        self._port = listener.getsockname()[1]
        self._listener = listener

    def pull(self) -> None:
        """See Outlet."""
        if self._listener is not None:  # first: whoever notices the loss must not find the door still open
            self._listener.close()
        self._listener = None
        self._hang_up()

    def read(self) -> bytes:
        """See Outlet."""
        self._answer_the_door()
        if self._host is None:
            return b""
        try:
            data = self._host.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def write(self, data: bytes) -> None:
        """See Outlet."""
        self._answer_the_door()
        if self._host is None or not data:
            return
        try:
            self._host.send(data)
        except BlockingIOError:
            return  # the host does not read: the line drops it
        except OSError:
            self._hang_up()

    def _answer_the_door(self) -> None:
        if self._listener is None:
            return
        try:
            visitor, _ = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                return
            raise
        if self._host is not None:
            visitor.close()
            return
        visitor.setblocking(False)
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = visitor

    def _hang_up(self) -> None:
        if self._host is not None:
            self._host.close()
        self._host = None


class Served:
    """One simulated device on one port. Devices of one chair share their body."""

    def __init__(self, device: str, body: Body, port: Outlet, noise: Line) -> None:
        self.device = device
        self.port = port
        self._make = _twin_maker(device)
        self._body = body
        self._noise = noise
        self._twin = self._make(body)

    def step(self, now_us: int) -> None:
        """Everything up to `now_us` of the body's time, which goes forward."""
        self._body.advance(now_us)
        wired = self._body.sensors().plugged and self._noise.is_up(now_us)
        if wired and not self.port.plugged:
            self._twin = self._make(self._body)
            self.port.plug()
        elif not wired and self.port.plugged:
            self.port.pull()
        if not wired:
            return
        said = self.port.read()
        if said:
            self._twin.receive(said, now_us)
        for piece in self._noise.carry(self._twin.advance(now_us), now_us):
            self.port.write(piece)


def serve(devices: Sequence[Served], stop: threading.Event) -> None:
    """Let the devices live in real time until `stop`."""
    began_us = last_us = time.monotonic_ns() // 1000
    while not stop.is_set():
        now_us = time.monotonic_ns() // 1000
        if now_us - last_us > PAUSE_MAX_US:
            began_us += now_us - last_us
        last_us = now_us
        for device in devices:
            device.step(now_us - began_us)
        stop.wait(max(0.0, PACE_S - (time.monotonic_ns() // 1000 - now_us) / 1e6))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be served. devices: (device, number of its chair). kind: `pty`, `tcp` or None. faults: of every line.

    led: a script's nurse leads the chairs, so bodies come and go by the script.
    """

    devices: tuple[tuple[str, int], ...]
    scenario: Scenario | None = None
    record: Path | None = None
    seed: int | None = None
    kind: str | None = None
    faults: tuple[str, ...] = ()
    led: bool = True


class Room:
    """The ports of what was wanted. Use it as a context: it lets go of ports and folder at its end.

    Raises UnknownDevice, UnknownFault and RecordingError before any port is opened.
    """

    def __init__(self, wanted: Wanted) -> None:
        for device, _ in wanted.devices:
            _twin_maker(device)
        seed = wanted.seed if wanted.seed is not None else DEFAULT_SEED
        noises = [line(wanted.faults, seed * 1000 + i) for i in range(len(wanted.devices))]
        bodies = {chair: body_of(wanted, chair) for _, chair in wanted.devices}
        self._folder = new_folder()
        self.devices = [
            Served(device, bodies[chair], outlet(wanted.kind, self._folder, f"{i + 1}-{device}"), noise)
            for i, ((device, chair), noise) in enumerate(zip(wanted.devices, noises, strict=True))
        ]

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        for device in self.devices:
            device.port.pull()
        shutil.rmtree(self._folder, ignore_errors=True)


def body_of(wanted: Wanted, chair: int) -> Body:
    """Who sits in `chair`: a recording, somebody of the scenario, or a calm patient. Raises RecordingError."""
    if wanted.record is not None:
        return Recording(wanted.record)
    if wanted.scenario is not None:
        seed = wanted.scenario.seed if wanted.seed is None else wanted.seed
        return wanted.scenario.body(seed, chair, led=wanted.led)
    return VirtualBody(DEFAULT_SEED if wanted.seed is None else wanted.seed, chair)


def scenario_called(name: str) -> Scenario:
    """The scenario of this file, or of this name among Chairside's own. Raises ScenarioError."""
    if Path(name).is_file():
        return scenarios.load(Path(name))
    return scenarios.find(_own_scenarios(), name)


def _own_scenarios() -> Path:
    """Beside the packages in a checkout, inside the station's package where it is installed."""
    root = Path(__file__).parents[1]
    places: Iterable[Path] = (root / "resources" / "scenarios", root / "monitor_app" / "resources" / "scenarios")
    return next((place for place in places if place.is_dir()), root)


def _twin_maker(device: str) -> Callable[[Body], Twin]:
    known = {name: twin for name, twin in twins().items() if not twin.files_only}
    if device not in known:
        raise UnknownDevice(f"'{device}' cannot be simulated; these can: {', '.join(known)}")
    return known[device].make
