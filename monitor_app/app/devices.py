"""`chairside devices`: the supported devices with their grades, and the serial ports found here."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from drivers import catalog
from drivers.driver import DriverSpec
from monitor_app.app.showing import put
from monitor_app.app.wires import port_rows
from monitor_app.assets import resources
from monitor_app.config.profiles import load
from monitor_app.config.room import read_room
from monitor_app.core.chair import ChairSpec

SHARED = "another adapter here has the same serial number: it goes by its socket"


def devices(arguments: Namespace) -> int:
    """The command. With --config, every port names the chair that is bound to it."""
    specs = list(catalog.specs().values())
    ports = port_rows(_chairs(arguments, specs))
    if arguments.json:
        put(json.dumps({"devices": [_row(spec) for spec in specs], "ports": ports}))
        return 0
    for spec in specs:
        put(f"{spec.id:<20} {spec.maker} {spec.model}")
        put(f"{'':<20} {', '.join(spec.measures)}")
        put(f"{'':<20} evidence: {spec.evidence}; tests: {spec.tests}; use: {spec.use}")
    put("")
    for port in ports:
        chair = f"chair {port['chair']}" if port["chair"] is not None else ""
        put(f"{port['url']:<20} {port['usb'] or '-':<10} {port['description']} {chair}".rstrip())
        put(f'{"":<20} port = "{port["port"]}"' + (f"   {SHARED}" if port["shared"] else ""))
    if not ports:
        put("no serial ports found")
    return 0


def _row(spec: DriverSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "maker": spec.maker,
        "model": spec.model,
        "measures": list(spec.measures),
        "mode": spec.mode,
        "line": spec.lines[0].words if spec.lines else "files only",
        "lines": [settings.words for settings in spec.lines],
        "identity": spec.identity,
        "evidence": spec.evidence,
        "tests": spec.tests,
        "use": spec.use,
        "decode_only": spec.decode_only,
        "notes": list(spec.notes),
    }


def _chairs(arguments: Namespace, specs: list[DriverSpec]) -> tuple[ChairSpec, ...]:
    if arguments.config is None:
        return ()
    return read_room(arguments.config, [spec.id for spec in specs], load(resources() / "profiles").by_id)
