"""One process of the station: how is it started, what does it say of its work, and has it stopped working?

Progress is judged, never presence: a counter that should have moved and has not for its limit is a failure. Time that the
supervisor itself did not see (a suspended computer) counts for nobody.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from monitor_app import clock
from monitor_app.heartbeat import ANSWER, CHAIRS, SIZE, STANDS_IN, Work, unpacked

FIRST_BEAT_US = 60_000_000
"""A start on a slow disk with a large record may take its time; silence after the first beat may not."""
CHAIR_BLIND_US = 1_750_000
"""Bytes of a chair come, and none of them was judged for so long."""
ABORT_US = 300_000
"""How long a process has for the trace of where it stood, before it is killed."""
FAULTS_EVERY_US = 10_000_000
STARVED_SHARE = 0.5
STARVED_TIMES = 4
"""A process that wants to run and is not given the processor is not helped by a restart: it has so many times its limit."""
LINE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Duty:
    """A counter that must move at least every `limit_us`. words: what people read when it has not."""

    counter: str
    limit_us: int
    words: str


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One process. duties: what its heartbeats are judged by; with any, the descriptors of two pipes are appended
    to argv: for its beats, and for our answers.

    ready_lines: lines on its standard output to wait for before the next child starts; each goes to `on_line`.
    ends_run: its clean end (exit 0) ends the run. dies_with_us: for simulators; engine and display outlive us.
    watches: patients depend on it: its failure is sounded. after_crashes: added to argv when it died twice without work.
    """

    name: str
    argv: tuple[str, ...]
    duties: tuple[Duty, ...] = ()
    ready_lines: int = 0
    on_line: Callable[[str], None] | None = None
    ends_run: bool = False
    dies_with_us: bool = False
    watches: bool = False
    after_crashes: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A process that may be started several times."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.crashes: deque[int] = deque()
        self.start_at_us: int | None = 0
        self.given_up = False
        self.was_ready = False
        self.idle_deaths = 0
        self._said_faults_us: int | None = None
        self.lines = 0
        self.started_us = 0
        self._answers: int | None = None
        self._lock = threading.Lock()
        self._forget_work()

    def _forget_work(self) -> None:
        self.work = Work()
        self._said_faults = 0
        self._beat_us = 0
        self._beat_cpu_us: int | None = None
        self.suspect_us: int | None = None
        self.first_beat_us: int | None = None
        self._moved_us: dict[str, int] = {}
        self._chair_us: list[int] = [0] * CHAIRS

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def ready(self) -> bool:
        self.was_ready |= self.running and self.lines >= self.spec.ready_lines
        return self.running and self.lines >= self.spec.ready_lines

    @property
    def works(self) -> bool:
        """True when it has done each of its duties at least once since its start; where it has no pipe, while it runs."""
        if sys.platform == "win32":
            return self.running
        with self._lock:
            return self.running and all(getattr(self.work, duty.counter) > 0 for duty in self.spec.duties)

    def start(self, now_us: int) -> None:
        """Start the process and the threads that read its pipes."""
        self.lines, self.start_at_us, self.started_us = 0, None, now_us
        with self._lock:
            self._forget_work()
        argv = list(self.spec.argv) + list(self.spec.after_crashes if self.idle_deaths >= 2 else ())
        inherited: tuple[int, ...] = ()
        reading = None
        self._close_answers()
        if self.spec.duties and sys.platform != "win32":
            reading, writing = os.pipe()
            hearing, self._answers = os.pipe()
            os.set_blocking(self._answers, False)
            argv, inherited = [*argv, str(writing), str(hearing)], (writing, hearing)
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if self.spec.on_line is not None else None,
            pass_fds=inherited,
            env={**os.environ, **self.spec.env},
            process_group=0 if sys.platform != "win32" else None,  # a Ctrl-C is ours to pass on; decision 8: no session
            preexec_fn=_die_with_parent if self.spec.dies_with_us and _LIBC is not None else None,
        )
        for descriptor in inherited:
            os.close(descriptor)
        if reading is not None:
            threading.Thread(target=self._read_beats, args=(reading, self.process), daemon=True).start()
        if self.process.stdout is not None:
            threading.Thread(target=self._read_lines, args=(self.process.stdout,), daemon=True).start()

    def _read_lines(self, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(LINE_MAX):
                if self.spec.on_line is not None:
                    self.spec.on_line(line.decode("utf-8", "replace").strip())
                self.lines += 1

    def _read_beats(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        with open(descriptor, "rb", buffering=SIZE * 16) as pipe:
            while len(record := pipe.read(SIZE)) == SIZE:
                work = unpacked(record)
                if work is not None and process is self.process:
                    self.heard(work, clock.monotonic_us())

    def heard(self, work: Work, now_us: int) -> None:
        """One heartbeat: note what has moved since the one before."""
        with self._lock:
            before, first = self.work, self.first_beat_us is None
            for duty in self.spec.duties:
                if first or getattr(work, duty.counter) > getattr(before, duty.counter):
                    self._moved_us[duty.counter] = now_us
            for place in range(CHAIRS):
                if first or work.done[place] != before.done[place] or work.came[place] == before.came[place]:
                    self._chair_us[place] = now_us
            self.work = work
            self.first_beat_us = now_us if first else self.first_beat_us
            self._beat_us, self._beat_cpu_us = now_us, self._cpu_us()
        if all(getattr(work, duty.counter) > 0 for duty in self.spec.duties):
            self.idle_deaths = 0

    def answer(self, stands_in: bool = False) -> None:
        """Tell it that somebody watches over it, and whether we sound in its place. Never waits."""
        if self._answers is not None:
            with suppress(OSError):
                os.write(self._answers, STANDS_IN if stands_in else ANSWER)

    def unheard(self, now_us: int, old_us: int) -> int:
        """Priority of the alarm that it cannot sound, by a heartbeat younger than `old_us`; 0 for none."""
        with self._lock:
            fresh = self.first_beat_us is not None and now_us - self._beat_us < old_us
            return self.work.unheard if fresh and self.running else 0

    def _close_answers(self) -> None:
        answers, self._answers = self._answers, None
        if answers is not None:
            os.close(answers)

    def unseen(self, gap_us: int) -> None:
        """We were not there for so long ourselves: nobody is blamed for it."""
        with self._lock:
            self.started_us += gap_us
            self._moved_us = {name: at_us + gap_us for name, at_us in self._moved_us.items()}
            self._chair_us = [at_us + gap_us for at_us in self._chair_us]

    def failing(self, now_us: int) -> str:
        """What it should have done and has not, in words; empty while it works."""
        if not self.spec.duties or sys.platform == "win32":
            return ""
        with self._lock:
            if self.first_beat_us is None:
                return "it has not begun to work" if now_us - self.started_us > FIRST_BEAT_US else ""
            waited = {d: now_us - self._moved_us[d.counter] for d in self.spec.duties}
        late = [d for d, waited_us in waited.items() if waited_us > d.limit_us]
        if late and self._is_starved(now_us):
            late = [d for d in late if waited[d] > d.limit_us * STARVED_TIMES]
        return late[0].words if late else ""

    def _is_starved(self, now_us: int) -> bool:
        """True when a thread of it is ready to run and it has had less than half a processor since its last heartbeat.

        Any thread: the one that is waited for may hold what the others need. Stopped, deadlocked and busy ones are not it.
        """
        cpu_us = self._cpu_us()
        if cpu_us is None or self._beat_cpu_us is None:
            return False
        return cpu_us - self._beat_cpu_us < STARVED_SHARE * (now_us - self._beat_us) and "R" in self._states()

    def _cpu_us(self) -> int | None:
        """CPU time of all its threads, as the system tells; None where it does not."""
        words = _stat(Path(f"/proc/{self.process.pid}/stat")) if self.process is not None else []
        return (int(words[11]) + int(words[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK") if words else None

    def _states(self) -> set[str]:
        """What its threads are at: R ready or running, S waiting, T stopped."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/stat") if self.process is not None else []
        return {words[0] for task in tasks if (words := _stat(task))}

    @property
    def blind_chair(self) -> int | None:
        """Place of a chair whose bytes come and are not judged, or None.

        As of the newest heartbeat: only a heartbeat can tell that bytes came. One that says nothing at all has duties.
        """
        with self._lock:
            blind = [place for place, at_us in enumerate(self._chair_us) if self._beat_us - at_us > CHAIR_BLIND_US]
        return blind[0] if blind else None

    def new_faults(self, now_us: int) -> bool:
        """True when it has met faults of its own since they were last said; at most every ten seconds."""
        with self._lock:
            fresh = self.work.faults > self._said_faults
            recent = self._said_faults_us is not None and now_us - self._said_faults_us < FAULTS_EVERY_US
            if not fresh or recent:
                return False
            self._said_faults, self._said_faults_us = self.work.faults, now_us
            return True

    def ask_to_stop(self) -> None:
        """SIGTERM, or what stands for it; a stopped process must go on to hear it."""
        if self.process is not None and self.running:
            self.process.terminate()
            if sys.platform != "win32":
                self.process.send_signal(signal.SIGCONT)

    def kill(self, trace: bool = False) -> None:
        """The end. trace: SIGABRT first, so that the process leaves a trace of where it stood."""
        if self.process is None or not self.running:
            return
        if trace and sys.platform != "win32":
            self.process.send_signal(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(ABORT_US / 1e6)
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)


def _stat(path: Path) -> list[str]:
    """The words behind the name of a process or thread; none where the system has no such file (Linux only)."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def python(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own modules, with the same interpreter."""
    return (sys.executable, "-m", *arguments)


def own_path() -> dict[str, str]:
    """Environment in which a child finds this very installation, also when it is a checkout and not installed."""
    root = str(Path(__file__).resolve().parent.parent.parent)
    before = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": os.pathsep.join([root, before] if before else [root])}


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
