"""Twins: one file per device, each ending in TWIN. They do not know each other; `twins()` finds them.

A twin is as pure as its driver: bytes from the host in, bytes to the host out, time as an argument. It sends exactly what
the device sends, sentinels and all, and its wire says nothing about being simulated: the binding of the port does.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from simulators.body import Body


class Twin(Protocol):
    """A simulated device on a line."""

    def receive(self, data: bytes, now_us: int) -> None:
        """Bytes that the host wrote."""

    def advance(self, now_us: int) -> bytes:
        """Everything the device would have sent since the last call, up to `now_us` of the body's time."""

    def next_deadline_us(self) -> int:
        """When it will have more to send."""


@dataclass(frozen=True, slots=True)
class TwinSpec:
    """The row of one twin. device: the id of the driver it answers to. files_only: writes captures, is never on a port."""

    device: str
    make: Callable[[Body], Twin]
    files_only: bool = False


@cache
def twins() -> dict[str, TwinSpec]:
    """Every twin by the id of its device."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    rows = [importlib.import_module(f"simulators.devices.{name}").TWIN for name in sorted(names)]
    return {row.device: row for row in rows}
