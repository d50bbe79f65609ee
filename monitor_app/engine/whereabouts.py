"""Which port of this computer is the chair's device at now? Port names are whoever was plugged in first: never trusted.

Looked for in this order: the adapter's USB serial number where it exists once, the physical socket, the port that the
room's file names. A port that is known to hold another chair's device is never opened for this one. What is opened is
compared by the station all the same: this only finds the likely place.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from drivers.transport import FoundPort, PortLost
from monitor_app.core.binding import USB, USB_LOCATION, USB_PARTS, Marks, Place
from monitor_app.core.chair import LinkSpec
from monitor_app.core.events import DeviceBound, DeviceUnbound, Event

Key = tuple[int, int]
"""A chair's number and the index of its link."""


class Whereabouts:
    """specs: every link of the room. real: resolves symbolic links of paths. `remember` comes from the loop, `find` from
    the links' threads: entries are replaced whole."""

    def __init__(
        self, specs: Mapping[Key, LinkSpec] | None = None, real: Callable[[str], str] = os.path.realpath
    ) -> None:
        self._specs = dict(specs or {})
        self._real = real
        self._bound: dict[Key, DeviceBound] = {}

    def remember(self, event: Event) -> None:
        """Take note of a binding that was made or ended."""
        payload = event.payload
        if event.chair is None:
            return
        if isinstance(payload, DeviceBound):
            self._bound[event.chair, payload.link] = payload
        elif isinstance(payload, DeviceUnbound):
            self._bound.pop((event.chair, payload.link), None)

    def find(self, key: Key, ports: Sequence[FoundPort]) -> Place:
        """The place to open. ports: of this computer, now. Raises PortLost in one sentence when it is not there."""
        port = self._specs[key].url
        if "://" in port:
            return Place(port, port)
        places = _places(ports)
        found = self._by_serial(key, port, places) or self._by_socket(key, port, places)
        if found is not None:
            return found
        if port.startswith((USB, USB_LOCATION)):
            raise PortLost(f"{port}: it is not plugged in; plug it in, or name another port in the room's file.")
        return self._by_name(key, port, places)

    def chair_of(self, place: Place) -> int | None:
        """Whose device is known to be there."""
        return self._owner(place, None)

    def _by_serial(self, key: Key, port: str, places: Sequence[Place]) -> Place | None:
        bound = self._bound_at(key, port)
        usb = bound.marks.usb if bound is not None else lower_usb(port) if port.startswith(USB) else ""
        if not Marks(usb=usb).usb_serial or (bound is not None and "usb" in bound.shared):
            return None
        found = [place for place in places if place.usb == usb]
        if len(found) > 1 and bound is None:
            sockets = " and ".join(place.location for place in found)
            raise PortLost(
                f"{port}: more than one adapter carries this serial number; name its socket instead: {sockets}."
            )
        return found[0] if len(found) == 1 else None

    def _by_socket(self, key: Key, port: str, places: Sequence[Place]) -> Place | None:
        bound = self._bound_at(key, port)
        location = bound.marks.location if bound is not None else port
        if not location.startswith(USB_LOCATION):
            return None
        found = next((place for place in places if place.location == location), None)
        return found if found is not None and self._owner(found, key) is None else None

    def _by_name(self, key: Key, port: str, places: Sequence[Place]) -> Place:
        real = self._real(port)
        found = next((place for place in places if self._real(place.url) == real), None)
        if found is None:
            return Place(port, port)
        owner = self._owner(found, key)
        if owner is not None:
            raise PortLost(
                f"{port} is the device of chair {owner} by now; the device of chair {key[0]} is not plugged in."
            )
        return found

    def _bound_at(self, key: Key, port: str) -> DeviceBound | None:
        bound = self._bound.get(key)
        return bound if bound is not None and bound.port == port else None

    def _owner(self, place: Place, but: Key | None) -> int | None:
        for (chair, link), bound in list(self._bound.items()):
            if (chair, link) == but or bound.marks.usb != place.usb:
                continue
            proves = bool(bound.marks.usb_serial) and "usb" not in bound.shared and not place.shared
            if (proves and place.usb) or bound.marks.location == place.location:
                return chair
        return None


def _places(ports: Sequence[FoundPort]) -> list[Place]:
    usb = {port.url: f"{USB}{port.usb.lower()}:{port.serial_number}" if port.usb else "" for port in ports}
    times = Counter(usb.values())
    return [
        Place(
            url=port.url,
            location=f"{USB_LOCATION}{port.location}" if port.location else port.url,
            usb=usb[port.url],
            shared=bool(port.serial_number) and times[usb[port.url]] > 1,
        )
        for port in ports
    ]


def place_of(port: FoundPort, ports: Sequence[FoundPort]) -> Place:
    """One port as a place: its adapter, its socket, and whether its serial number exists twice."""
    return next(place for place in _places(ports) if place.url == port.url)


def name_of(place: Place) -> str:
    """What the room's file should say: the adapter's serial number where it exists once, else its socket."""
    return place.usb if Marks(usb=place.usb).usb_serial and not place.shared else place.location


def lower_usb(port: str) -> str:
    """`usb:VID:PID:SERIAL` with the vendor and product as they are compared."""
    parts = port.split(":", USB_PARTS - 1)
    return ":".join([part.lower() for part in parts[:-1]] + parts[-1:])
