"""Was it heard? A PulseAudio server of our own with a null sink, and a recording of what was played into it.

Times are those at which a piece was read from the recording, by the monotonic clock in seconds: never earlier than it
sounded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from monitor_app import clock

RATE_HZ = 48_000
LOUD = 800
"""Of 32767: above anything that silence holds, far below any alarm."""


TOOLS = ("pulseaudio", "parec", "pactl")
START_S = 15
PIECES_MAX = 40_000
WINDOW = RATE_HZ // 20
"""50 ms: short enough to tell when a tone begins, long enough to tell which one."""
TONE_SHARE = 0.5
Pieces = npt.NDArray[np.int16]


def can_hear() -> bool:
    """True where the tools for it are installed."""
    return all(shutil.which(tool) for tool in TOOLS)


@contextmanager
def sound_server(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which programs play into a null sink called `ears`. Raises OSError where that is impossible."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = folder / "native"
    env = {
        **os.environ,
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_RUNTIME_PATH": str(folder / "run"),
        "PULSE_STATE_PATH": str(folder / "state"),
        "HOME": str(folder),
    }
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
               "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
               "-L", f"module-null-sink sink_name=ears rate={RATE_HZ} channels=1"]  # fmt: skip
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(env)
            yield {**env, "PULSE_SERVER_PID": str(server.pid)}
        finally:
            server.kill()


def _wait_for(env: dict[str, str]) -> None:
    end_us = clock.monotonic_us() + START_S * 1_000_000
    while subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False).returncode:
        if clock.monotonic_us() > end_us:
            raise OSError(f"the sound server did not answer in {START_S} s")
        clock.sleep_us(100_000)


class Recording:
    """What the null sink played. Reads until closed; keeps the last minutes only."""

    def __init__(self, env: dict[str, str]) -> None:
        command = ["parec", "-d", "ears.monitor", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1",
                   "--latency-msec=10", "--raw"]  # fmt: skip
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._pieces: deque[tuple[float, Pieces]] = deque(maxlen=PIECES_MAX)
        self._thread = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        descriptor, rest = pipe.fileno(), b""
        while data := os.read(descriptor, 65_536):
            data = rest + data
            rest = data[len(data) // 2 * 2 :]
            self._pieces.append((clock.monotonic_us() / 1e6, np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")))

    def loud_since(self, after_s: float) -> float | None:
        """Monotonic time of the first loud piece read after `after_s`, or None."""
        for at_s, piece in list(self._pieces):
            if at_s >= after_s and len(piece) and int(np.abs(piece.astype(np.int32)).max()) > LOUD:
                return at_s
        return None

    def tone_since(self, tone_hz: float, after_s: float) -> float | None:
        """Monotonic time at which a piece that is mostly this tone was read after `after_s`, or None."""
        window: list[Pieces] = []
        for at_s, piece in list(self._pieces):
            if at_s >= after_s:
                window.append(piece)
                heard = np.concatenate(window)[-WINDOW:]
                if len(heard) == WINDOW and strength(heard, tone_hz) > TONE_SHARE:
                    return at_s
        return None

    def samples(self, from_s: float, to_s: float) -> npt.NDArray[np.int16]:
        """Everything read between two monotonic times."""
        found = [piece for at_s, piece in list(self._pieces) if from_s <= at_s < to_s]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int16)

    def close(self) -> None:
        """Stop listening."""
        self._process.kill()
        self._process.wait()
        self._thread.join(2)
        if self._process.stdout is not None:
            self._process.stdout.close()


def strength(samples: npt.NDArray[np.int16], tone_hz: float) -> float:
    """How strong one frequency is, as a share of all: 0 to about 1 for a pure tone."""
    wave = samples.astype(np.float64)
    turn = np.exp(-2j * np.pi * tone_hz * np.arange(len(wave)) / RATE_HZ)
    energy = float(np.sqrt(np.mean(wave**2))) if len(wave) else 0.0
    return float(abs(np.mean(wave * turn))) * np.sqrt(2) / energy if energy else 0.0
