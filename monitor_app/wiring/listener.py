"""One line and its thread: opens it as the search says, feeds the search, and tells the window what is known by now.

Opening and closing may take seconds, so nothing here runs on the window's thread. What is told is replaced whole.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from drivers.driver import DriverSpec
from drivers.samples import DeviceStatus, Flag, Identity, NibpReading, Numeric, Sample, WaveBlock
from drivers.transport import FoundPort, PortLost
from monitor_app.core.binding import Marks
from monitor_app.core.parameters import NUMERICS
from monitor_app.wiring.search import SECOND_US, Attempt, Search

READ_WAIT_US = 20_000
RETRY_US = 1_000_000
NUMBER_US = 5 * SECOND_US
"""A number is shown for so long after it was said; cuff readings stay."""
BLOCKS_MAX = 2_000


class Line(Protocol):
    """An open port."""

    def read(self, wait_us: int) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


Open = Callable[[str, Attempt], Line]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a line now. stage: listening, silent, strange, found, failed. sentence: for failed ones.

    numbers: label and text. good, bad: frames. identity: as said over the wire.
    """

    stage: str = "listening"
    sentence: str = ""
    device: DriverSpec | None = None
    line: str = ""
    candidates: tuple[DriverSpec, ...] = ()
    identity: Identity | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()
    good: int = 0
    bad: int = 0

    def marks(self, usb: str, location: str) -> Marks:
        """All by which the device will be known again."""
        said = self.identity
        words = ("", "", "") if said is None else (said.model or "", said.serial or "", said.firmware or "")
        return Marks(usb, location, *words)


@dataclass(slots=True)
class _Story:
    """What the found device has said, newest first."""

    numbers: dict[str, tuple[int, str]] = field(default_factory=dict)
    pressure: str = ""
    flags: dict[str, frozenset[Flag]] = field(default_factory=dict)
    identity: Identity | None = None

    def take(self, samples: list[Sample], now_us: int) -> list[WaveBlock]:
        blocks: list[WaveBlock] = []
        for sample in samples:
            if isinstance(sample, WaveBlock):
                blocks.append(sample)
            elif isinstance(sample, Numeric):
                row = NUMERICS[sample.parameter]
                text = "---" if sample.value is None else f"{sample.value:.{row.precision}f} {row.unit}"
                self.numbers[row.label] = (now_us, text)
            elif isinstance(sample, NibpReading) and sample.systolic is not None and sample.diastolic is not None:
                self.pressure = f"{sample.systolic:g}/{sample.diastolic:g} mmHg"
            elif isinstance(sample, DeviceStatus):
                self.flags[sample.of] = sample.flags
            elif isinstance(sample, Identity):
                self.identity = sample
        return blocks

    def shown(self, now_us: int) -> tuple[tuple[str, str], ...]:
        fresh = [(name, text) for name, (at_us, text) in self.numbers.items() if now_us - at_us <= NUMBER_US]
        return (*fresh, ("NIBP", self.pressure)) if self.pressure else tuple(fresh)

    @property
    def flag_words(self) -> tuple[str, ...]:
        return tuple(sorted({flag.value.replace("_", " ") for flags in self.flags.values() for flag in flags}))


class Listener:
    """port: where. specs: what may be there. open_line: raises PortLost. now: monotonic microseconds."""

    def __init__(self, port: FoundPort, specs: tuple[DriverSpec, ...], open_line: Open, now: Callable[[], int]) -> None:
        self.port = port
        self._search = Search(specs, port.usb)
        self._open_line, self._now = open_line, now
        self._known = Known()
        self._story = _Story()
        self._blocks: deque[WaveBlock] = deque(maxlen=BLOCKS_MAX)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"listen {port.url}", daemon=True)
        self._thread.start()

    @property
    def known(self) -> Known:
        """The newest knowledge."""
        return self._known

    def take_waves(self) -> list[WaveBlock]:
        """Wave blocks of the found device since the last call."""
        return [self._blocks.popleft() for _ in range(len(self._blocks))]

    def close(self) -> None:
        """Let the port go. Never waits."""
        self._stop.set()

    def ended(self, wait_us: int) -> bool:
        """True when the port has been let go; waits for that at most so long."""
        self._thread.join(wait_us / 1e6)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while not self._stop.is_set():
            try:
                self._one_attempt()
            except PortLost as lost:
                self._failed(str(lost))
            except Exception:  # noqa: BLE001 - a bug of ours: told, and the line is tried again all the same
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
                self._failed("This line is not read because of a fault of Chairside itself: report it.")

    def _failed(self, sentence: str) -> None:
        self._known = Known("failed", sentence)
        self._stop.wait(RETRY_US / 1e6)

    def _one_attempt(self) -> None:
        line = self._open_line(self.port.url, self._search.attempt)
        try:
            self._listen(line)
        finally:
            line.close()

    def _listen(self, line: Line) -> None:
        search = self._search
        self._story = _Story()
        self._blocks.clear()
        search.begin(self._now())
        while not self._stop.is_set():
            written = search.outgoing()
            if written:
                line.write(written)
            data = line.read(READ_WAIT_US)
            now_us = self._now()
            said = search.feed(data, now_us) if data else []
            self._blocks.extend(self._story.take(said + search.advance(now_us), now_us))
            self._tell(now_us)
            if search.over(now_us):
                search.turn()
                return

    def _tell(self, now_us: int) -> None:
        search = self._search
        if search.found is None:
            stage = "listening" if not search.tried_all else "strange" if search.strange else "silent"
            self._known = Known(stage, line=search.attempt.line.words)
            return
        quality, story = search.quality, self._story
        self._known = Known(
            "found",
            device=search.found,
            line=search.attempt.line.words,
            candidates=search.candidates,
            identity=story.identity,
            numbers=story.shown(now_us),
            flags=story.flag_words,
            good=quality.frames_good if quality is not None else 0,
            bad=quality.frames_bad if quality is not None else 0,
        )
