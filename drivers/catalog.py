"""Which devices do we know? Finds every SPEC in drivers/devices and in the entry-point group `chairside.drivers`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

import drivers.devices
from drivers.driver import DriverSpec

ENTRY_POINT_GROUP = "chairside.drivers"


class UnknownDevice(LookupError):
    """Nobody wrote a driver of this name."""


@cache
def specs() -> dict[str, DriverSpec]:
    """Every known device by its id, in alphabetical order. Raises ValueError when two share an id."""
    found = [importlib.import_module(f"drivers.devices.{m.name}").SPEC for m in _modules()]
    found += [point.load() for point in entry_points(group=ENTRY_POINT_GROUP)]
    by_id = {spec.id: spec for spec in sorted(found, key=lambda spec: spec.id)}
    if len(by_id) != len(found):
        raise ValueError("two drivers share one id: " + ", ".join(sorted(spec.id for spec in found)))
    return by_id


def spec(device_id: str) -> DriverSpec:
    """The device of this id. Raises UnknownDevice with a sentence that names the known ones."""
    try:
        return specs()[device_id]
    except KeyError:
        known = ", ".join(specs())
        raise UnknownDevice(f"'{device_id}' is not a device Chairside knows; it knows {known}") from None


def _modules() -> list[pkgutil.ModuleInfo]:
    return [m for m in pkgutil.iter_modules(drivers.devices.__path__) if not m.name.startswith("_")]
