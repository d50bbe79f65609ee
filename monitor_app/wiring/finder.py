"""Which lines are there, and who listens at each? Ports come and go while a technician plugs; each has its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from drivers.driver import DriverSpec
from drivers.samples import WaveBlock
from drivers.transport import FoundPort
from monitor_app.core.binding import Place
from monitor_app.engine.whereabouts import name_of, place_of
from monitor_app.wiring.listener import Known, Listener, Open

LIST_US = 1_000_000
"""How often the ports of the computer are listed: a plug shows within a second or two."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One line. port: what the room's file should say. shared: its serial number exists twice. chair: bound to it."""

    found: FoundPort
    place: Place
    port: str
    known: Known
    chair: int | None = None
    typed: bool = False


class Finder:
    """specs: what may be there. ports: lists those of the computer. open_line: raises PortLost. now: monotonic us."""

    def __init__(
        self,
        specs: Sequence[DriverSpec],
        ports: Callable[[], Sequence[FoundPort]],
        open_line: Open,
        now: Callable[[], int],
    ) -> None:
        self._specs, self._ports = tuple(specs), ports
        self._open_line, self._now = open_line, now
        self._listed: tuple[FoundPort, ...] = ()
        self._typed: list[FoundPort] = []
        self._listeners: dict[str, Listener] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._list, name="ports", daemon=True)
        self._thread.start()

    def _list(self) -> None:
        while True:
            with suppress(OSError):  # a port that goes while it is listed: the next look tells
                self._listed = tuple(self._ports())
            if self._stop.wait(LIST_US / 1e6):
                return

    def look(self, bound: dict[str, int]) -> list[Spot]:
        """All lines by now. bound: chair by the names a room's file may use; a bound line is let go, not listened to."""
        ports = [*self._listed, *self._typed]
        spots: list[Spot] = []
        for port in ports:
            place = place_of(port, ports)
            chair = next((bound[n] for n in (place.usb, place.location, port.url) if n and n in bound), None)
            known = Known("bound") if chair is not None else self._listener(port).known
            spots.append(Spot(port, place, name_of(place), known, chair, port in self._typed))
        self._let_go({spot.found.url for spot in spots if spot.chair is None})
        return spots

    def _listener(self, port: FoundPort) -> Listener:
        listener = self._listeners.get(port.url)
        if listener is None or listener.port != port:
            if listener is not None:
                listener.close()
            listener = self._listeners[port.url] = Listener(port, self._specs, self._open_line, self._now)
        return listener

    def _let_go(self, kept: Iterable[str]) -> None:
        for url in set(self._listeners) - set(kept):
            self._listeners.pop(url).close()

    def add(self, url: str) -> None:
        """A line that a person has typed: a serial server, or a port that is not listed."""
        if url and url not in {port.url for port in (*self._listed, *self._typed)}:
            self._typed.append(FoundPort(url))

    def name_device(self, url: str, spec: DriverSpec | None) -> None:
        """A person says which device is at this line; None: find out."""
        listener = self._listeners.get(url)
        if listener is not None:
            listener.close()
            listener.ended(LIST_US)
            specs = (spec,) if spec is not None else self._specs
            self._listeners[url] = Listener(listener.port, specs, self._open_line, self._now)

    def take_waves(self, url: str) -> list[WaveBlock]:
        """Wave blocks of this line since the last call."""
        listener = self._listeners.get(url)
        return listener.take_waves() if listener is not None else []

    def close(self, wait_us: int = 2_000_000) -> None:
        """Let every port go, so that a run finds them free; waits at most so long for each."""
        self._stop.set()
        for listener in self._listeners.values():
            listener.close()
        for listener in self._listeners.values():
            listener.ended(wait_us)
        self._listeners.clear()
