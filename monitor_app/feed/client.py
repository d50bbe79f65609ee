"""The display's end of the feed: one thread that reads, decodes and stores, and comes back for ever.

The window polls: a slot with the newest snapshot, a bounded deque of wave chunks, a queue of replies; there is no signal
per message. Everything read is judged by its age first (`age_us`): older than 2 s is MONITORING STOPPED.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

from monitor_app.core.commands import Command, Reply
from monitor_app.core.snapshot import Snapshot, WaveChunk
from monitor_app.feed.address import address_of, key_file_of, read_key
from monitor_app.feed.ended import Ended
from monitor_app.feed.history import Past
from monitor_app.feed.messages import DOWN_MAX, BadFrame, Heartbeat, Hello, Message, WaveBundle, Welcome, decode, encode

STALE_US = 2_000_000
"""A snapshot older than this shows a station that may have stopped."""
CHUNKS_MAX = 40_000
"""Wave chunks kept for a window that does not fetch them: 40 s of 16 chairs; the oldest go, counted."""
REPLIES_MAX = 256
PASTS_MAX = 64
"""Courses of chairs kept for a window that does not fetch them: four rounds of a full room."""
ENDED_MAX = 1024
"""Words about closed alarms kept for a window that does not fetch them."""
BACK_OFF_S = (0.05, 0.1, 0.2, 0.5)
"""Waits between attempts to connect, the last one for ever: a restarted engine is found within half a second."""

LOST = (OSError, EOFError, AuthenticationError, BadFrame, ValueError, TypeError)
"""All the ways in which a connection ends; they are treated alike. TypeError: we closed it while a read was under way."""


class FeedClient:
    """Threads: one reader. All methods may be called from the window's thread and never wait.

    address, key_file: of the station. clock: the monotonic clock in us, handed in because the feed reads none.
    """

    def __init__(
        self, address: str, key_file: Path, clock: Callable[[], int], *, name: str = "display", version: str = ""
    ) -> None:
        self._address = str(address)
        self._key_file = Path(key_file)
        self._clock = clock
        self._hello = Hello(name, version)
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._closing = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._live, name="feed-reader", daemon=True)
        self._snapshot: Snapshot | None = None
        self._fresh = False
        self._arrived_us = 0
        self._chunks: deque[WaveChunk] = deque(maxlen=CHUNKS_MAX)
        self._replies: deque[Reply] = deque(maxlen=REPLIES_MAX)
        self._pasts: deque[Past] = deque(maxlen=PASTS_MAX)
        self._ended: deque[Ended] = deque(maxlen=ENDED_MAX)
        self._welcome: Welcome | None = None
        self.chunks_lost = 0
        self.attached = 0
        self.on_fault: Callable[[threading.ExceptHookArgs], object] = threading.excepthook

    @classmethod
    def at(cls, folder: Path, clock: Callable[[], int], *, name: str = "display", version: str = "") -> FeedClient:
        """The client of the station whose feed lives in `folder`."""
        return cls(address_of(folder), key_file_of(folder), clock, name=name, version=version)

    def start(self) -> None:
        """Begin to connect, and to reconnect for ever."""
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop."""
        self._closing.set()
        self._hang_up()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    @property
    def connected(self) -> bool:
        """True while a connection stands. It proves nothing: ask `age_us`."""
        return self._connection is not None

    @property
    def welcome(self) -> Welcome | None:
        """Who answered last, or None before the first time."""
        return self._welcome

    def latest(self) -> Snapshot | None:
        """The newest snapshot, however old, or None before the first one."""
        return self._snapshot

    def take_snapshot(self) -> Snapshot | None:
        """The newest snapshot if it has not been taken yet, else None."""
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self._snapshot if fresh else None

    def take_waves(self) -> list[WaveChunk]:
        """Every wave chunk that has come since the last call, in order."""
        with self._lock:
            chunks = list(self._chunks)
            self._chunks.clear()
        return chunks

    def take_pasts(self) -> list[Past]:
        """The courses of the chairs' sessions up to when we attached, each once."""
        with self._lock:
            pasts = list(self._pasts)
            self._pasts.clear()
        return pasts

    def take_ended(self) -> list[Ended]:
        """Alarms that were closed, those of before we attached too, each once."""
        with self._lock:
            ended = list(self._ended)
            self._ended.clear()
        return ended

    def take_replies(self) -> list[Reply]:
        """Every answer that has come since the last call."""
        with self._lock:
            replies = list(self._replies)
            self._replies.clear()
        return replies

    def age_us(self, now_us: int | None = None) -> int | None:
        """How old the newest snapshot is, in us; None when there has been none.

        By the moment it speaks of where the station's clock can be told from ours, else by its arrival: what lay in a
        buffer while we were stopped is old even though it has just been read.
        """
        snapshot, welcome = self._snapshot, self._welcome
        if snapshot is None:
            return None
        now_us = self._clock() if now_us is None else now_us
        if welcome is None or welcome.offset_us is None:
            return max(0, now_us - self._arrived_us)
        return max(0, now_us + welcome.offset_us - snapshot.station_us)

    def send(self, message: Command | Heartbeat) -> bool:
        """Say something to the engine. False when there is nobody to say it to; nothing is kept for later."""
        connection = self._connection
        if connection is None:
            return False
        try:
            with self._sending:
                connection.send_bytes(encode(message))
        except (OSError, ValueError):
            return False
        return True

    def _live(self) -> None:
        failures = 0
        while not self._closing.is_set():
            came = self.attached
            try:
                self._attach_and_read()
            except LOST:
                pass
            except Exception:  # noqa: BLE001 - a bug of ours: told, and the room is shown again by a new connection
                self.on_fault(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            self._hang_up()
            failures = 0 if self.attached > came else failures + 1
            self._closing.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])

    def _attach_and_read(self) -> None:
        connection = Client(self._address, authkey=read_key(self._key_file))
        connection.send_bytes(encode(self._hello))
        with self._lock:
            self._connection = connection
        while not self._closing.is_set():
            self._store(decode(connection.recv_bytes(DOWN_MAX)))

    def _store(self, message: Message) -> None:
        with self._lock:
            if isinstance(message, Snapshot):
                self._snapshot, self._fresh, self._arrived_us = message, True, self._clock()
            elif isinstance(message, WaveBundle):
                self.chunks_lost += max(0, len(self._chunks) + len(message.chunks) - CHUNKS_MAX)
                self._chunks.extend(message.chunks)
            elif isinstance(message, Reply):
                self._replies.append(message)
            elif isinstance(message, Past):
                self._pasts.append(message)
            elif isinstance(message, Ended):
                self._ended.append(message)
            elif isinstance(message, Welcome):
                self._welcome = message
                self.attached += 1

    def _hang_up(self) -> None:
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            shut_down(connection)
            with suppress(OSError):
                connection.close()


def shut_down(connection: Connection) -> None:
    """End a connection so that a thread blocked on it wakes up: on POSIX `close()` alone does not do that."""
    if sys.platform == "win32":
        with suppress(OSError):
            connection.close()
        return
    with suppress(OSError):
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        with twin, suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)
