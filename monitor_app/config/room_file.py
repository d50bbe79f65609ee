"""How is a device written into the room's file, or taken out of it, without losing what a person wrote there?

The file is checked as a whole before it takes the place of the old one, so that a run never finds half of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from drivers.samples import Origin
from monitor_app.config.room import ORIGINS, read_room
from monitor_app.config.toml import ConfigError
from monitor_app.core.chair import ChairSpec, LinkSpec

_HEADING = "The chairs of this room and their devices. `chairside wire` writes it; hands may, too."


class RoomFile:
    """path: may not exist yet. devices, profiles: known ids. Every change is on disk when its method returns.

    All methods raise ConfigError, in one sentence, for a file that is wrong before or would be after, or that cannot be
    written; the old file then stays as it was.
    """

    def __init__(self, path: Path, devices: Collection[str], profiles: Collection[str]) -> None:
        self.path = path
        self._devices, self._profiles = devices, profiles

    def chairs(self) -> tuple[ChairSpec, ...]:
        """The chairs as they are on disk; empty while there is no file."""
        return read_room(self.path, self._devices, self._profiles) if self.path.exists() else ()

    def add(self, number: int, name: str, link: LinkSpec) -> None:
        """Give a chair one more device; a new chair is made, an existing one keeps its name unless a new one is given."""
        self._change(lambda document: _add(document, number, name, link))

    def remove(self, number: int, port: str) -> None:
        """Take a device away; a chair without devices goes with its last one."""
        self._change(lambda document: _remove(document, number, port))

    def _change(self, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
        document = self._read()
        change(document)
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            if not document.get("chair"):
                self.path.unlink(missing_ok=True)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
                file.flush()
                os.fsync(file.fileno())
            try:
                read_room(new, self._devices, self._profiles)
            except ConfigError as error:
                new.unlink(missing_ok=True)
                raise ConfigError(str(error).replace(str(new), str(self.path))) from None
            new.replace(self.path)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror}") from None

    def _read(self) -> tomlkit.TOMLDocument:
        if not self.path.exists():
            document = tomlkit.document()
            document.add(tomlkit.comment(_HEADING))
            return document
        self.chairs()  # a file that is wrong already is said so, in words
        try:
            return tomlkit.parse(self.path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise ConfigError(f"{self.path} cannot be read: {error}") from None


def _add(document: tomlkit.TOMLDocument, number: int, name: str, link: LinkSpec) -> None:
    chairs: Any = document.setdefault("chair", tomlkit.aot())
    chair = next((c for c in chairs if c.get("number") == number), None)
    if chair is None:
        chair = tomlkit.table()
        chair["number"] = number
        chairs.append(chair)
        chair = chairs[-1]
    if name:
        chair["name"] = name
    devices = chair.setdefault("device", tomlkit.aot())
    device = tomlkit.table()
    device["device"], device["port"], device["origin"] = link.device, link.url, _word(link.origin)
    if link.line:
        device["line"] = link.line
    devices.append(device)


def _remove(document: tomlkit.TOMLDocument, number: int, port: str) -> None:
    chairs: Any = document.get("chair", [])
    for place, chair in enumerate(chairs):
        if chair.get("number") != number:
            continue
        devices = chair.get("device", [])
        for at, device in enumerate(devices):
            if device.get("port") == port:
                del devices[at]
                break
        if not devices:
            del chairs[place]
        return


def _word(origin: Origin) -> str:
    return next(word for word, known in ORIGINS.items() if known is origin)
