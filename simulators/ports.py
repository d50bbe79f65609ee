"""Where does a simulated device plug in? Each twin on a real pseudo-terminal, or on a TCP port where there is none.

The one file of the simulators that reads a clock and owns ports. A pulled cable hangs the line up and a plugged one comes
back under the same URL: a pty has a lasting name of its own (a link in a private folder), a TCP port keeps its number.
What nobody reads is lost, as on a real wire.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulators.body import Body
from simulators.devices import Twin

PACE_S = 0.01
READ_BYTES_MAX = 4096
LATE_US = 2_000_000
"""A process that slept this long does not pour the past onto the line: its device was off."""
Carry = Callable[[bytes, int], bytes]


class Outlet(Protocol):
    """One end of a line that somebody else may open."""

    @property
    def url(self) -> str:
        """What the station opens; the same for the life of the outlet."""

    def plug(self) -> None:
        """Make the line available; nothing when it is."""

    def pull(self) -> None:
        """Hang up; nothing when it is out."""

    def read(self) -> bytes:
        """What the host wrote, never waiting."""

    def write(self, data: bytes) -> None:
        """Send; what the line cannot take is lost."""


class PtyOutlet:
    """A pseudo-terminal behind a lasting name in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._link = folder / name
        self._ends: tuple[int, int] | None = None
        self.plug()

    @property
    def url(self) -> str:
        """Path of the lasting name."""
        return str(self._link)

    def plug(self) -> None:
        """A new pty under the old name."""
        if self._ends is not None:
            return
        import pty
        import tty

        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = ours, theirs
        fresh = self._link.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(theirs))
        fresh.replace(self._link)

    def pull(self) -> None:
        """Close both ends: whoever reads is told at once, and nothing can be opened."""
        if self._ends is None:
            return
        self._link.unlink(missing_ok=True)
        for descriptor in self._ends:
            os.close(descriptor)
        self._ends = None

    def read(self) -> bytes:
        """What the host wrote."""
        if self._ends is None:
            return b""
        try:
            return os.read(self._ends[0], READ_BYTES_MAX)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """A full pty takes no more; the rest is lost."""
        if self._ends is not None and data:
            with suppress(OSError):
                os.write(self._ends[0], data)


class TcpOutlet:
    """A port of this computer; one client at a time, as a serial server has it."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self.plug()

    @property
    def url(self) -> str:
        """socket:// with its number."""
        return f"socket://127.0.0.1:{self._number}"

    def plug(self) -> None:
        """Listen."""
        if self._listener is not None:
            return
        self._listener = socket.create_server(("127.0.0.1", self._number))
        self._listener.setblocking(False)
        self._number = self._listener.getsockname()[1]

    def pull(self) -> None:
        """Close the connection and the door."""
        for end in (self._client, self._listener):
            if end is not None:
                end.close()
        self._client = self._listener = None

    def read(self) -> bytes:
        """What the host wrote; a new client is let in when the old one has gone."""
        self._accept()
        if self._client is None:
            return b""
        try:
            data = self._client.recv(READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._client.close()
            self._client = None
        return data

    def write(self, data: bytes) -> None:
        """A client that does not read loses bytes; one that has gone is forgotten."""
        if self._client is None or not data:
            return
        try:
            self._client.send(data)
        except BlockingIOError:
            return
        except OSError:
            self._client.close()
            self._client = None

    def _accept(self) -> None:
        if self._listener is None or self._client is not None:
            return
        with suppress(BlockingIOError, OSError):
            self._client, _ = self._listener.accept()
            self._client.setblocking(False)


@dataclass(slots=True)
class Served:
    """One device on one outlet. carry: what the line does to its bytes (faults), given the body's time."""

    device: str
    body: Body
    twin: Twin
    outlet: Outlet
    carry: Carry = lambda data, now_us: data

    def step(self, now_us: int) -> None:
        """Let the body and its device live until `now_us` and exchange bytes."""
        self.body.advance(now_us)
        if not self.body.sensors().plugged:
            self.outlet.pull()
            self.twin.advance(now_us)
            return
        self.outlet.plug()
        heard = self.outlet.read()
        if heard:
            self.twin.receive(heard, now_us)
        self.outlet.write(self.carry(self.twin.advance(now_us), now_us))


def new_folder() -> Path:
    """A private folder for the lasting names of ptys."""
    return Path(tempfile.mkdtemp(prefix="chairside-ports-"))


def outlet(kind: str, folder: Path | None, name: str) -> Outlet:
    """A pty named `name` in `folder`, or a TCP port for kind `tcp` and where there are no ptys."""
    if kind == "pty" and folder is not None and sys.platform != "win32":
        return PtyOutlet(folder, name)
    return TcpOutlet()


def serve(devices: Sequence[Served], stop: threading.Event) -> None:
    """Let all devices live in real time until `stop`; then hang up. Time begins at 0 now."""
    began = time.monotonic_ns()
    skipped_us = last_us = 0
    try:
        while not stop.is_set():
            now_us = (time.monotonic_ns() - began) // 1000 - skipped_us
            if now_us - last_us > LATE_US:
                skipped_us += now_us - last_us
                now_us = last_us
            for device in devices:
                device.step(now_us)
            last_us = now_us
            stop.wait(PACE_S)
    finally:
        for device in devices:
            device.outlet.pull()
