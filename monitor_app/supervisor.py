"""Who starts the station's processes, watches them, and restarts what it has seen dead? Small on purpose: no Qt, no numbers.

The engine is judged by work done, read from the heartbeats on its pipe, never by being there. A child that explains itself
(exit 1 or 2) is not restarted: it has said in a sentence what a person must do. More than five crashes in ten minutes:
stop and say so. The engine's last-resort sound has its place in `_engine_failed`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from monitor_app import clock

LOOK_US = 20_000
BACK_OFF_US = (200_000, 500_000, 1_000_000, 2_000_000)
REOPEN_US = 2_000_000
"""A window closed over real chairs comes back: nobody could read the screen."""
STORM_RESTARTS = 5
STORM_US = 600_000_000
FROZEN_US = 3_000_000
"""An engine whose step counter stands still for so long is dead, whatever its process says."""
FIRST_BEAT_US = 60_000_000
"""A start on a slow disk with a large record may take its time; silence after the first beat may not."""
READY_US = 30_000_000
STOP_US = 10_000_000
"""How long a child may take to write what it holds and end, before it is killed."""
EXPLAINED = (1, 2)
ENDS_RUN = 3
"""How a window ends when a person wants the whole program to end, as after refusing the notice."""
LINE_MAX = 10_000
BEAT = struct.Struct("<4sQQQQQQ")
MAGIC = b"CHB1"
WATCH_BEDSIDE = "Watch the bedside monitors."

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One process. beats: it writes heartbeats to the descriptor whose number is appended to argv.

    ready_lines: lines on its standard output to wait for before the next child starts; each goes to `on_line`.
    ends_run: its clean end (exit 0) ends the run. dies_with_us: for simulators; engine and display outlive us.
    """

    name: str
    argv: tuple[str, ...]
    beats: bool = False
    ready_lines: int = 0
    on_line: Callable[[str], None] | None = None
    ends_run: bool = False
    dies_with_us: bool = False
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A process that may be started several times."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.crashes: deque[int] = deque()
        self.start_at_us: int | None = 0
        self.lines = 0
        self.started_us = 0
        self.steps = 0
        self.progress_us: int | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def ready(self) -> bool:
        return self.running and self.lines >= self.spec.ready_lines

    def start(self, now_us: int) -> None:
        """Start the process and the thread that reads its pipe."""
        self.lines, self.steps, self.progress_us = 0, 0, None
        self.start_at_us, self.started_us = None, now_us
        argv = list(self.spec.argv)
        inherited: tuple[int, ...] = ()
        reading: int | None = None
        if self.spec.beats and sys.platform != "win32":
            reading, writing = os.pipe()
            argv, inherited = [*argv, str(writing)], (writing,)
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if self.spec.on_line is not None else None,
            pass_fds=inherited,
            env={**os.environ, **self.spec.env},
            start_new_session=sys.platform != "win32",  # a Ctrl-C in the terminal is ours to pass on, in order
            preexec_fn=_die_with_parent if self.spec.dies_with_us and _LIBC is not None else None,
        )
        for descriptor in inherited:
            os.close(descriptor)
        if reading is not None:
            threading.Thread(target=self._read_beats, args=(reading,), daemon=True).start()
        if self.process.stdout is not None:
            threading.Thread(target=self._read_lines, args=(self.process.stdout,), daemon=True).start()

    def _read_lines(self, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(LINE_MAX):
                if self.spec.on_line is not None:
                    self.spec.on_line(line.decode("utf-8", "replace").strip())
                self.lines += 1

    def _read_beats(self, descriptor: int) -> None:
        with open(descriptor, "rb", buffering=BEAT.size * 16) as pipe:
            while len(record := pipe.read(BEAT.size)) == BEAT.size:
                magic, steps, *_ = BEAT.unpack(record)
                if magic == MAGIC and steps > self.steps:
                    self.steps, self.progress_us = steps, clock.monotonic_us()

    def frozen(self, now_us: int) -> bool:
        """True when it should have done work and has not."""
        if not self.spec.beats or sys.platform == "win32":
            return False
        if self.progress_us is None:
            return now_us - self.started_us > FIRST_BEAT_US
        return now_us - self.progress_us > FROZEN_US

    def ask_to_stop(self) -> None:
        """SIGTERM, or what stands for it."""
        if self.process is not None and self.running:
            self.process.terminate()

    def kill(self, trace: bool = False) -> None:
        """The end. trace: SIGABRT first, so that the process leaves a trace of where it stood."""
        if self.process is None or not self.running:
            return
        if trace and sys.platform != "win32":
            self.process.send_signal(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.3)
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)


class Supervisor:
    """children: in the order in which they start; they stop in the reverse one. say: messages for people."""

    def __init__(self, children: Sequence[ChildSpec], say: Say) -> None:
        self._children = [Child(spec) for spec in children]
        self._say = say
        self._stop = threading.Event()
        self.exit_code: int | None = None

    def stop(self, *_: object) -> None:
        """End the run in order; also the handler of SIGINT and SIGTERM."""
        self._stop.set()

    def run(self, for_us: int | None = None) -> int:
        """Start everything, watch, and return the exit code of the run. for_us: of real time, counted from readiness."""
        handlers = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            end_us = None
            while not self._stop.is_set() and self.exit_code is None:
                now_us = clock.monotonic_us()
                self._start_due(now_us)
                for child in self._children:
                    self._look_at(child, now_us)
                if for_us is not None and end_us is None and all(child.ready for child in self._children):
                    end_us = now_us + for_us
                if end_us is not None and now_us >= end_us:
                    break
                self._stop.wait(LOOK_US / 1e6)
            return self._end()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _start_due(self, now_us: int) -> None:
        for child in self._children:
            if child.start_at_us is not None and now_us >= child.start_at_us:
                child.start(now_us)
            if not child.ready:
                if child.running and now_us - child.started_us > READY_US:
                    self._finish(1, f"The {child.spec.name} did not get ready in {READY_US // 1_000_000} s.")
                return  # the next ones need this one

    def _look_at(self, child: Child, now_us: int) -> None:
        if child.process is None or child.start_at_us is not None:
            return
        if child.running:
            if child.frozen(now_us):
                self._say(f"The {child.spec.name} does no work: it is restarted. {WATCH_BEDSIDE}")
                self._engine_failed(child)
                child.kill(trace=True)
            return
        code = child.process.returncode
        if code == ENDS_RUN or (code == 0 and child.spec.ends_run):
            self._finish(0)
        elif code == 0 and not child.spec.beats:
            self._say(
                f"The {child.spec.name} was closed; monitoring goes on, and it opens again. Ctrl-C stops the station."
            )
            child.start_at_us = now_us + REOPEN_US
        elif code in EXPLAINED:
            self._finish(code)
        else:
            self._restart(child, code, now_us)

    def _restart(self, child: Child, code: int, now_us: int) -> None:
        child.crashes.append(now_us)
        while now_us - child.crashes[0] > STORM_US:
            child.crashes.popleft()
        if len(child.crashes) > STORM_RESTARTS:
            times = f"{len(child.crashes)} times in 10 minutes"
            self._finish(1, f"The {child.spec.name} has ended {times} and is not restarted. {WATCH_BEDSIDE}")
            return
        if child.spec.beats:
            self._engine_failed(child)
        self._say(f"The {child.spec.name} has ended (exit {code}) and is restarted.")
        child.start_at_us = now_us + BACK_OFF_US[min(len(child.crashes), len(BACK_OFF_US)) - 1]

    def _engine_failed(self, child: Child) -> None:
        """Place of the alarm of last resort: until it plays, the console's bell and the words."""
        self._say(f"\aMONITORING STOPPED - the {child.spec.name} is restarting. {WATCH_BEDSIDE}")

    def _finish(self, code: int, sentence: str = "") -> None:
        self.exit_code = code
        if sentence:
            self._say(sentence)

    def _end(self) -> int:
        code = self.exit_code or 0
        for child in reversed(self._children):
            child.ask_to_stop()
            end_us = clock.monotonic_us() + STOP_US
            while child.running and clock.monotonic_us() < end_us:
                clock.sleep_us(LOOK_US)
            if child.running:
                self._say(f"The {child.spec.name} did not stop in {STOP_US // 1_000_000} s and is killed.")
                child.kill()
                code = code or 1
            elif child.process is not None and child.spec.beats and child.process.returncode not in (0, None):
                code = code or 1
        return code


def python(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own modules, with the same interpreter."""
    return (sys.executable, "-m", *arguments)


def own_path() -> dict[str, str]:
    """Environment in which a child finds this very installation, also when it is a checkout and not installed."""
    root = str(Path(__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": os.pathsep.join([root, before] if before else [root])}


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
