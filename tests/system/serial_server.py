"""A real ser2net with a pty behind it: started, stopped, killed and started again on the same TCP port by a test.

Every server is a process of its own on a port that was free a moment ago, so that none of an earlier run can answer for it.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SER2NET = shutil.which("ser2net")
MISSING = "no ser2net on this computer: lines over a serial server are not tested here"
SCHEMES = {"socket": "tcp", "rfc2217": "telnet(rfc2217),tcp"}
CONFIG = """%YAML 1.1
---
connection: &line
  accepter: {accepter},127.0.0.1,{port}
  connector: serialdev,{device},115200n81,local
  options:
    kickolduser: {kick}
"""
START_S = 10.0


class SerialServer:
    """folder: an empty one of its own. scheme: of the address that a host opens. device: the pty behind the server.

    kick: a second host pushes the first out, instead of being refused.
    """

    def __init__(self, folder: Path, scheme: str, device: str, kick: bool = False) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._file = folder / f"ser2net-{self.port}.yaml"
        text = CONFIG.format(accepter=SCHEMES[scheme], port=self.port, device=device, kick=str(kick).lower())
        self._file.write_text(text, "utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Serve, and wait until the door is open."""
        assert SER2NET is not None, MISSING
        assert self._process is None
        command = [SER2NET, "-n", "-u", "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        within(START_S, self._listens)

    def freeze(self) -> None:
        """A black hole from now on: connections stand, nothing moves."""
        self._signal(signal.SIGSTOP)
        within(2, lambda: self._state() == "T")

    def thaw(self) -> None:
        """Go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Gone at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        assert self._process.poll() is None
        self._process.send_signal(number)

    def _state(self) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0]

    def _listens(self) -> bool:
        """By the kernel's own table: a trial connection would be a first host."""
        assert self._process is not None
        assert self._process.poll() is None, "ser2net ended at once"
        rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
        return any(row.split()[1].endswith(f":{self.port:04X}") and row.split()[3] == "0A" for row in rows)


def within(seconds: float, true: Callable[[], bool]) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)
