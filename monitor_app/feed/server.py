"""The engine's end of the feed: who may attach, what each display is sent, and when a display is dropped.

The engine loop only offers bytes that were encoded once, which takes a lock for microseconds and can never wait. Each
display has one sender and one receiver thread. The handshake runs off the accepting thread, because a peer that connects
and says nothing would otherwise keep everybody else out. `tend` (called by the loop) drops who is stuck for 2 s.
"""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path

from monitor_app.core.commands import Command, Reply
from monitor_app.core.snapshot import AlarmView, Snapshot, WaveChunk
from monitor_app.feed.address import address_of, key_file_of, make_key
from monitor_app.feed.backfill import Backfill, joined
from monitor_app.feed.client import shut_down
from monitor_app.feed.ended import Ended, EndedAlarms
from monitor_app.feed.history import History, Past
from monitor_app.feed.messages import (
    COMMANDS,
    PROTOCOL,
    UP_MAX,
    BadFrame,
    Heartbeat,
    Hello,
    WaveBundle,
    Welcome,
    decode,
    encode,
)
from monitor_app.feed.outbox import Outbox

STUCK_US = 2_000_000
"""A display that takes nothing for this long is dropped; it may come back."""
HANDSHAKE_US = 2_000_000
"""A peer that has not proved the key by then is shut out."""
DISPLAYS_MAX = 8
SEND_BUFFER = 32_768
"""Bytes the kernel may hold for a display: less stale data waits there after a stop."""
SEEN_EVERY_US = 1_000_000
"""How often a picture is looked at for what a later display shall know."""
COMMANDS_MAX = 256
"""Unread commands of all displays; a display beyond that is told so by being dropped."""

LOST = (OSError, EOFError, AuthenticationError, BadFrame, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A command and the display that sent it (its number; replies go there)."""

    display: int
    command: Command


class _Display:
    """One attached display: its connection, its outbox, and since when its sender has been stuck."""

    def __init__(self, number: int, connection: Connection) -> None:
        self.number = number
        self.connection = connection
        self.outbox = Outbox()
        self.ready = threading.Condition()
        self.sending_since_us: int | None = None
        self.gone = False
        self.heartbeat: Heartbeat | None = None
        self.sender: threading.Thread | None = None

    def offer(self, put: Callable[[Outbox], object]) -> object:
        with self.ready:
            answer = put(self.outbox)
            self.ready.notify()
        return answer

    def drop(self) -> None:
        with self.ready:
            self.gone = True
            self.ready.notify()
        shut_down(self.connection)

    def close(self) -> None:
        """Called by the receiver once it has ended: closed under a blocked read, the peer would never hear of it."""
        self.drop()
        if self.sender is not None:
            self.sender.join()
        self.connection.close()


class FeedServer:
    """The station's feed in `folder` (made 0700). clock: monotonic us. welcome: what every display is told first."""

    def __init__(self, folder: Path, clock: Callable[[], int], welcome: Welcome) -> None:
        self._clock = clock
        self._welcome = encode(welcome)
        self._folder = folder
        self._key = make_key(folder)
        self._lock = threading.Lock()
        self._displays: dict[int, _Display] = {}
        self._knocking: dict[Connection, int] = {}
        self._commands: queue.Queue[Incoming] = queue.Queue(COMMANDS_MAX)
        self._backfill = Backfill()
        self._history = History()
        self._ended = EndedAlarms()
        self._seen_us = -SEEN_EVERY_US
        self._snapshot: bytes | None = None
        self._numbers = 0
        self._closing = False
        self.dropped = 0
        self.snapshots_overwritten = 0
        self.waves_lost = 0
        self._listener = self._listen()
        threading.Thread(target=self._accept, name="feed-accept", daemon=True).start()

    @property
    def address(self) -> str:
        """Where displays connect."""
        return address_of(self._folder)

    @property
    def key_file(self) -> Path:
        """Where displays read the key."""
        return key_file_of(self._folder)

    @property
    def displays(self) -> int:
        """How many are attached now."""
        return len(self._displays)

    def heartbeats(self) -> tuple[tuple[int, Heartbeat], ...]:
        """Number of each attached display, and what it last said of its work."""
        with self._lock:
            return tuple((d.number, d.heartbeat) for d in self._displays.values() if d.heartbeat is not None)

    def offer_snapshot(self, snapshot: Snapshot) -> None:
        """Encode once and put it into every display's slot."""
        frame = encode(snapshot)
        with self._lock:
            self._snapshot = frame
            self._ended.begin(snapshot.station_us)
            displays = list(self._displays.values())
        for display in displays:
            display.offer(lambda outbox: outbox.offer_snapshot(frame))
        if snapshot.station_us - self._seen_us >= SEEN_EVERY_US:
            self._seen_us = snapshot.station_us
            with self._lock:
                self._history.see(snapshot)

    def offer_ended(self, alarms: tuple[AlarmView, ...]) -> None:
        """Alarms that have closed; also kept for who attaches later. Nothing is sent when there are none."""
        if not alarms:
            return
        with self._lock:
            told = Ended(self._ended.since_us or 0, alarms)
            self._ended.take(told)
            displays = list(self._displays.values())
        frame = encode(told)
        for display in displays:
            display.offer(lambda outbox: outbox.offer_backfill(frame))

    def remember(self, past: Past) -> None:
        """What the record holds of a session from before this run; also for the displays that are attached already."""
        with self._lock:
            self._history.take(past)
            displays = list(self._displays.values())
        frame = encode(past)
        for display in displays:
            display.offer(lambda outbox: outbox.offer_backfill(frame))

    def offer_waves(self, chunks: Iterable[WaveChunk], now_us: int) -> None:
        """One bundle for all chairs; also kept for who attaches within ten seconds of station time `now_us`."""
        bundle = tuple(chunks)
        if not bundle:
            return
        with self._lock:
            self._backfill.push(bundle, now_us)
            displays = list(self._displays.values())
        if displays:
            frame, at_us = encode(WaveBundle(bundle)), self._clock()
            for display in displays:
                display.offer(lambda outbox: outbox.offer_waves(frame, at_us))

    def reply(self, display: int, reply: Reply) -> None:
        """Answer the display that asked; it is dropped when it reads none of its answers."""
        with self._lock:
            target = self._displays.get(display)
        frame = encode(reply)
        if target is not None and not target.offer(lambda outbox: outbox.offer_reply(frame)):
            self._drop(target)

    def take_commands(self) -> list[Incoming]:
        """Every command since the last call, in order of arrival."""
        found: list[Incoming] = []
        with suppress(queue.Empty):
            while True:
                found.append(self._commands.get_nowait())
        return found

    def tend(self, now_us: int | None = None) -> None:
        """Drop displays whose sender has been stuck for 2 s, and peers that knock without the key. Never waits.

        now_us: of the feed's own clock, which is asked when it is left out.
        """
        now_us = self._clock() if now_us is None else now_us
        with self._lock:
            displays = list(self._displays.values())
            late = [peer for peer, since in self._knocking.items() if now_us - since > HANDSHAKE_US]
        for display in displays:
            since = display.sending_since_us
            if since is not None and now_us - since > STUCK_US:
                self._drop(display)
        for peer in late:
            shut_down(peer)

    def close(self) -> None:
        """Hang up on everybody and take the socket away."""
        self._closing = True
        with self._lock:
            displays = list(self._displays.values())
            knocking = list(self._knocking)
        for display in displays:
            display.drop()
        for peer in knocking:
            shut_down(peer)
        with suppress(*LOST):
            Client(self.address).close()  # wakes the accepting thread: closing a listener does not
        with suppress(OSError):
            self._listener.close()
        with suppress(OSError):
            self.key_file.unlink()  # tells a window without a supervisor that nobody will come back

    def _listen(self) -> Listener:
        if sys.platform != "win32":
            Path(self.address).unlink(
                missing_ok=True
            )  # left by a killed engine; the data folder's lock says it is ours
        listener = Listener(self.address, backlog=DISPLAYS_MAX)
        if sys.platform != "win32":
            Path(self.address).chmod(0o600)
        return listener

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except LOST:
                continue
            except Exception:  # noqa: BLE001 - a bug of ours: told, and nobody is kept out for ever because of it
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
                continue
            if self._closing or len(self._displays) + len(self._knocking) >= DISPLAYS_MAX:
                connection.close()
                continue
            with self._lock:
                self._knocking[connection] = self._clock()
            threading.Thread(target=self._serve, args=(connection,), name="feed-receiver", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        display = None
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
            hello = decode(connection.recv_bytes(UP_MAX))
            if isinstance(hello, Hello) and hello.protocol == PROTOCOL:
                display = self._attach(connection)
                self._receive(display)
        except LOST:
            pass  # every end of a connection is the same to us; the display says on its own side what it misses
        finally:
            with self._lock:
                self._knocking.pop(connection, None)
            if display is None:
                connection.close()
            else:
                self._forget(display)
                display.close()

    def _attach(self, connection: Connection) -> _Display:
        _limit_send_buffer(connection)
        with self._lock:
            self._numbers += 1
            display = _Display(self._numbers, connection)
            display.outbox.offer_reply(self._welcome)
            if self._snapshot is not None:
                display.outbox.offer_snapshot(self._snapshot)
            chunks = self._backfill.chunks()
            pasts: list[Ended | Past] = [*self._ended.told(), *self._history.pasts()]
            self._displays[display.number] = display
            self._knocking.pop(connection, None)
        frame = encode(WaveBundle(joined(chunks), backfill=True))
        display.offer(lambda outbox: outbox.offer_backfill(frame))
        for course in map(encode, pasts):  # a frame a chair: none of them keeps the loop from its turn
            display.offer(partial(Outbox.offer_backfill, frame=course))
        display.sender = threading.Thread(target=self._send, args=(display,), name="feed-sender", daemon=True)
        display.sender.start()
        return display

    def _receive(self, display: _Display) -> None:
        while not display.gone:
            message = decode(display.connection.recv_bytes(UP_MAX))
            if isinstance(message, Heartbeat):
                display.heartbeat = message
            elif isinstance(message, COMMANDS):
                self._take(display, message)

    def _take(self, display: _Display, command: Command) -> None:
        try:
            self._commands.put_nowait(Incoming(display.number, command))
        except queue.Full:
            self._drop(display)

    def _send(self, display: _Display) -> None:
        try:
            while (frame := self._next(display)) is not None:
                display.sending_since_us = self._clock()
                display.connection.send_bytes(frame)
                display.sending_since_us = None
        except LOST:
            display.drop()

    def _next(self, display: _Display) -> bytes | None:
        with display.ready:
            while not display.gone:
                frame = display.outbox.take()
                if frame is not None:
                    return frame
                display.ready.wait()
        return None

    def _drop(self, display: _Display) -> None:
        with self._lock:
            if self._displays.pop(display.number, None) is None:
                return
            self.dropped += 1
        display.drop()

    def _forget(self, display: _Display) -> None:
        with self._lock:
            self._displays.pop(display.number, None)
            self.snapshots_overwritten += display.outbox.snapshots_overwritten
            self.waves_lost += display.outbox.waves_lost


def _limit_send_buffer(connection: Connection) -> None:
    if sys.platform == "win32":
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
