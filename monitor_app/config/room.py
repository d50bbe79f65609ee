"""What stands in the room, as the technician wrote it? The file of `chairside run --config FILE`.

    [[chair]]
    number = 1
    name = "Window"
    profile = "iv_40"                  # optional
        [[chair.device]]
        device = "..."                 # an id of `chairside devices`
        port = "usb:0403:6001:A50285BI"  # an adapter's USB serial number, whichever socket it is in
                                       # or usb-location:1-2:1.0 (a socket), /dev/ttyUSB0, COM7,
                                       # socket://host:port, rfc2217://host:port
        origin = "real"                # real, test or simulated
        line = "9600 8N1"              # only for a device that is not set to its usual line

The origin of data cannot be read off the wire, so the binding states it. Without a word it is `test`: a technician must
say `real` on purpose.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.samples import Origin
from monitor_app.config.profiles import DEFAULT
from monitor_app.config.toml import ConfigError, read_table, refuse_unknown, typed
from monitor_app.core.binding import USB, USB_LOCATION, Marks
from monitor_app.core.chair import CHAIRS_MAX, ChairSpec, LinkSpec

ORIGINS = {"real": Origin.REAL, "test": Origin.TEST, "simulated": Origin.SIMULATED, "recorded": Origin.RECORDED}
DEVICES_MAX = 4
"""Devices at one chair: a monitor, an oximeter, a cuff and one to spare."""
NAME_MAX = 24


@dataclass(frozen=True, slots=True)
class _Device:
    device: str
    port: str
    origin: str = "test"
    line: str = ""


@dataclass(frozen=True, slots=True)
class _Chair:
    number: int
    name: str = ""
    profile: str = DEFAULT
    cuff_same_arm: bool = False
    device: tuple[_Device, ...] = ()


@dataclass(frozen=True, slots=True)
class _Room:
    chair: tuple[_Chair, ...] = ()


def read_room(path: Path, devices: Collection[str], profiles: Collection[str]) -> tuple[ChairSpec, ...]:
    """The chairs in order of their numbers. devices, profiles: known ids. Raises ConfigError in one sentence."""
    table = read_table(path)
    refuse_unknown(path, table, ("chair",))
    _refuse_unknown_keys(path, table)
    room = typed(path, table, _Room)
    if not room.chair:
        raise ConfigError(f"{path}: there is no [[chair]] in this file; a room has 1 to {CHAIRS_MAX} chairs")
    _refuse_doubles(path, room)
    chairs = [_chair(path, chair, devices, profiles) for chair in room.chair]
    return tuple(sorted(chairs, key=lambda chair: chair.number))


def _refuse_unknown_keys(path: Path, table: dict[str, Any]) -> None:
    chairs = table.get("chair", [])
    for chair in chairs if isinstance(chairs, list) else []:
        if isinstance(chair, dict):
            refuse_unknown(path, chair, ("number", "name", "profile", "cuff_same_arm", "device"), "chair")
            for device in chair.get("device", []):
                if isinstance(device, dict):
                    refuse_unknown(path, device, ("device", "port", "origin", "line"), "chair.device")


def _refuse_doubles(path: Path, room: _Room) -> None:
    numbers: set[int] = set()
    ports: dict[str, int] = {}
    for chair in room.chair:
        if chair.number in numbers:
            raise ConfigError(f"{path}: chair {chair.number} is there twice; every chair has its own number")
        numbers.add(chair.number)
        for device in chair.device:
            if device.port in ports:
                other = ports[device.port]
                raise ConfigError(f"{path}: port '{device.port}' is bound to chair {other} and to chair {chair.number}")
            ports[device.port] = chair.number


def _chair(path: Path, chair: _Chair, devices: Collection[str], profiles: Collection[str]) -> ChairSpec:
    where = f"{path}: chair {chair.number}"
    if not 1 <= chair.number <= CHAIRS_MAX:
        raise ConfigError(f"{where}: number must be 1 to {CHAIRS_MAX}")
    if len(chair.name) > NAME_MAX:
        raise ConfigError(f"{where}: name '{chair.name}' has over {NAME_MAX} characters")
    if chair.profile not in profiles:
        raise ConfigError(f"{where}: profile '{chair.profile}' is unknown; there are {', '.join(sorted(profiles))}")
    if len(chair.device) > DEVICES_MAX:
        raise ConfigError(f"{where}: {len(chair.device)} devices are more than the {DEVICES_MAX} a chair may have")
    links = tuple(_link(where, device, devices) for device in chair.device)
    return ChairSpec(chair.number, chair.name or f"Chair {chair.number}", links, chair.profile, chair.cuff_same_arm)


def _link(where: str, device: _Device, devices: Collection[str]) -> LinkSpec:
    if device.device not in devices:
        raise ConfigError(f"{where}: device '{device.device}' is unknown; there are {', '.join(sorted(devices))}")
    if device.origin not in ORIGINS:
        raise ConfigError(f"{where}: origin '{device.origin}' must be one of {', '.join(ORIGINS)}")
    if device.port.startswith(USB) and not Marks(usb=device.port).usb_serial:
        raise ConfigError(
            f"{where}: port '{device.port}' names no adapter; write usb:VID:PID:SERIAL as `chairside devices` shows it, or "
            f"usb-location:... where the adapter has no serial number of its own"
        )
    if device.port == USB_LOCATION:
        raise ConfigError(f"{where}: port '{device.port}' names no socket; `chairside devices` shows their locations")
    if not device.port.strip():
        raise ConfigError(f"{where}: port of {device.device} is empty; name a port such as /dev/ttyUSB0 or COM7")
    return LinkSpec(device.device, device.port, ORIGINS[device.origin], device.line)
