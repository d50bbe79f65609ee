"""Which ports are there, and how is the port of a binding opened? The composition root's hold on the wire."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivers import catalog, transport
from drivers.driver import LineSettings
from monitor_app.app.faults import Problem
from monitor_app.core.binding import USB, USB_LOCATION, Place
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.engine.whereabouts import Key, Whereabouts, lower_usb, name_of, place_of

NAME_FILE_MAX = 4096


class Dial:
    """Finds and opens the port of one link, again and again. place: where it was opened last. ports: lists those there."""

    def __init__(
        self,
        link: LinkSpec,
        key: Key,
        whereabouts: Whereabouts,
        ports: Callable[[], Sequence[transport.FoundPort]] = transport.list_ports,
    ) -> None:
        self._link = link
        self._key = key
        self._whereabouts = whereabouts
        self._ports = ports
        self.place: Place | None = None

    def open(self) -> transport.Port:
        """See `open_port`; only the thread of the link calls it."""
        self.place = self._whereabouts.find(self._key, () if "://" in self._link.url else self._ports())
        return open_port(self._link, self.place.url)


def open_port(link: LinkSpec, url: str) -> transport.Port:
    """Open `url` as the device of `link` wants it. Raises PortLost in one sentence, Problem for one that has no port."""
    spec = catalog.spec(link.device)
    if spec.decode_only:
        raise Problem(f"'{spec.id}' is read from files only, never from a port: use `chairside decode`")
    return transport.open_port(address_of(url), line_of(link), spec.dtr, spec.rts)


def line_of(link: LinkSpec) -> LineSettings:
    """The binding's line settings, else the device's usual ones. Raises PortLost for settings the device cannot have."""
    lines = catalog.spec(link.device).lines
    if not link.line:
        return lines[0]
    for settings in lines:
        if settings.words == link.line:
            return settings
    known = ", ".join(settings.words for settings in lines)
    raise transport.PortLost(f"{link.url}: {link.device} never speaks at '{link.line}'; choose one of {known}.")


def address_of(url: str) -> str:
    """What to open for `url`: a small file names another address (a simulated port on TCP), all else is itself."""
    path = Path(url)
    if path.is_file() and path.stat().st_size <= NAME_FILE_MAX:
        return path.read_text("utf-8").strip()
    return url


def port_rows(
    chairs: Sequence[ChairSpec], ports: Callable[[], Sequence[transport.FoundPort]] = transport.list_ports
) -> list[dict[str, Any]]:
    """The ports of this computer, for tables and JSON: `port` is what the room's file should say, `chair` who says it.

    shared: another adapter here has the same serial number, so that only the socket tells them apart.
    """
    found = ports()
    rows: list[dict[str, Any]] = []
    for port in found:
        place = place_of(port, found)
        named = {
            lower_usb(link.url) if link.url.startswith(USB) else os.path.realpath(link.url): chair.number
            for chair in chairs
            for link in chair.links
            if not link.url.startswith(USB_LOCATION)
        }
        named |= {link.url: chair.number for chair in chairs for link in chair.links}
        names = (name_of(place), place.location, os.path.realpath(port.url))
        rows.append(
            {
                "url": port.url,
                "description": port.description,
                "usb": port.usb,
                "serial": port.serial_number,
                "location": port.location,
                "maker": port.maker,
                "shared": place.shared,
                "port": name_of(place),
                "chair": next((named[name] for name in names if name and name in named), None),
            }
        )
    return rows  # fmt: skip
