"""How do bytes come from a port into the loop, and what happens when the port dies? One thread a port.

The thread opens, reads, stamps with station time and enqueues; it decodes nothing. All the ways a port dies meet in one
lost-port path with endless, bounded back-off (PROTOCOLS sections 3.1 and 3.2). A port that opened proves nothing: the
station calls a link live with the first valid frame.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.transport import PortLost
from monitor_app.core.binding import Place

INBOX_CHUNKS_MAX = 4_000
"""Reads that may wait for the loop: 40 s of the busiest line; beyond it the loop is blind and the oldest must go."""
BACK_OFF_US = (500_000, 1_000_000, 2_000_000)
"""Waits between attempts to open, the last one for ever: back within 3 s after the line returns."""
LASTED_US = 2_000_000
"""A line that was lost sooner counts as one that did not open: behind a serial server an absent device opens and closes."""
READ_WAIT_US = 20_000
"""Longest wait of one read: what is to be written waits no longer than this."""


class Line(Protocol):
    """An open port, as a link needs it."""

    def read(self, wait_us: int) -> bytes:
        """What has come, after at most `wait_us`; empty when nothing has. Raises PortLost."""

    def write(self, data: bytes) -> None:
        """Send it, waiting at most some tenths of a second. Raises PortLost."""

    def close(self) -> None:
        """Let the port go. Never raises."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The port opened. place: where, None for a device inside the engine."""

    at_us: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes, and the station time of their arrival."""

    at_us: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The port failed, or could not be opened. hard: False when we closed it ourselves because it was silent."""

    at_us: int
    sentence: str
    hard: bool = True


Notice = Opened | Arrived | Lost


class LinkEnd(Protocol):
    """The loop's view of one link, be it a port with its thread or a device inside the engine."""

    def poll(self, now_us: int) -> list[Notice]:
        """What has happened since the last call, in order. Never waits."""

    def write(self, data: bytes) -> None:
        """Send bytes to the device. Never waits."""

    def reopen(self) -> None:
        """Close the port and open it anew: its bytes make no sense any more."""

    def close(self) -> None:
        """Stop for good."""


class PortLink:
    """One port and its thread. open_line raises PortLost; now: station time. place: where the line was opened last."""

    def __init__(
        self,
        name: str,
        open_line: Callable[[], Line],
        now: Callable[[], int],
        place: Callable[[], Place | None] = lambda: None,
    ) -> None:
        self._open_line = open_line
        self._place = place
        self._now = now
        self._inbox: deque[Notice] = deque(maxlen=INBOX_CHUNKS_MAX)
        self._outbox: deque[bytes] = deque(maxlen=INBOX_CHUNKS_MAX)
        self._stop = threading.Event()
        self._reopen = threading.Event()
        self.overflowed = 0
        self._thread = threading.Thread(target=self._live, name=f"link-{name}", daemon=True)
        self._thread.start()

    def poll(self, now_us: int) -> list[Notice]:
        """Notices that the thread has left, in order."""
        return [self._inbox.popleft() for _ in range(len(self._inbox))]

    def write(self, data: bytes) -> None:
        """Hand bytes to the thread."""
        self._outbox.append(data)

    def reopen(self) -> None:
        """Let the thread close and open the port."""
        self._reopen.set()

    def close(self) -> None:
        """Let the thread send what is left, close its port and end. Never waits: a network port takes its time."""
        self._stop.set()

    def ended(self, wait_us: int) -> bool:
        """True when the thread has ended; waits for that at most so long. For the end of the engine, and for tests."""
        self._thread.join(wait_us / 1e6)
        return not self._thread.is_alive()

    def _live(self) -> None:
        failures = 0
        while not self._stop.is_set():
            failures = 0 if self._one_life() >= LASTED_US else failures + 1
            self._stop.wait(BACK_OFF_US[min(failures, len(BACK_OFF_US) - 1)] / 1e6)

    def _one_life(self) -> int:
        """Returns for how long the port was open, in us; 0 when it did not open."""
        try:
            line = self._open_line()
        except PortLost as lost:
            self._put(Lost(self._now(), str(lost)))
            return 0
        except Exception:  # noqa: BLE001 - as below
            _tell_fault()
            self._put(Lost(self._now(), "The port was not opened because of a fault of Chairside itself: report it."))
            return 0
        self._outbox.clear()
        self._reopen.clear()
        opened_us = self._now()
        self._put(Opened(opened_us, self._place()))
        try:
            self._read_until_stopped(line)
        except PortLost as lost:
            self._put(Lost(self._now(), str(lost)))
        except Exception:  # noqa: BLE001 - a bug of ours: told, and the chair's line is opened anew all the same
            _tell_fault()
            self._put(Lost(self._now(), "The line broke off because of a fault of Chairside itself: report it."))
        finally:
            line.close()
        return self._now() - opened_us

    def _read_until_stopped(self, line: Line) -> None:
        while not self._stop.is_set():
            if self._reopen.is_set():
                self._put(Lost(self._now(), "The line is silent and is opened anew.", hard=False))
                return
            self._send(line)
            data = line.read(READ_WAIT_US)
            if data:
                self._put(Arrived(self._now(), data))
        self._send(line)

    def _send(self, line: Line) -> None:
        while self._outbox:
            line.write(self._outbox.popleft())

    def _put(self, notice: Notice) -> None:
        self.overflowed += len(self._inbox) == INBOX_CHUNKS_MAX
        self._inbox.append(notice)


def _tell_fault() -> None:
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


class DirectLink:
    """A device inside the engine, on the engine's own (virtual) clock; no thread, no port.

    advance: what the device has sent up to `now_us`. receive: bytes the host wrote.
    """

    def __init__(self, advance: Callable[[int], bytes], receive: Callable[[bytes, int], None]) -> None:
        self._advance = advance
        self._receive = receive
        self._opened = False
        self._now_us = 0

    def poll(self, now_us: int) -> list[Notice]:
        """What the device sent since the last call."""
        self._now_us = now_us
        if not self._opened:
            self._opened = True
            return [Opened(now_us)]
        data = self._advance(now_us)
        return [Arrived(now_us, data)] if data else []

    def write(self, data: bytes) -> None:
        """The device takes it at once."""
        self._receive(data, self._now_us)

    def reopen(self) -> None:
        """Say once more that the line is open."""
        self._opened = False

    def close(self) -> None:
        """Nothing is held."""
