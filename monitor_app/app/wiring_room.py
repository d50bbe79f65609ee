"""`chairside wire`, and a run that finds no room yet: the technician's window, then the station it leads to."""

from __future__ import annotations

import os
import subprocess
from argparse import Namespace
from pathlib import Path

from drivers import catalog, transport
from monitor_app.app.places import data_folder, room_file, site_profiles
from monitor_app.app.screen import require_screen
from monitor_app.app.wires import address_of
from monitor_app.assets import resources
from monitor_app.config.profiles import load as load_profiles
from monitor_app.config.room_file import RoomFile
from monitor_app.engine.lock import is_taken
from monitor_app.supervisor import own_path, python
from monitor_app.wiring.search import Attempt


def wire(arguments: Namespace) -> int:
    """The command. Ports that a running station holds are shown as in use; its room is read anew at its next start."""
    return wired(arguments.config or room_file(), arguments.data)


def wired(path: Path, data: Path | None) -> int:
    """Wire the room of this file, then run what the technician asked for; the exit code of that run, else 0."""
    require_screen("write the room file by hand: docs/wiring.md")
    from monitor_app.wiring.main import run  # Qt is slow to import, and not there for `--help`
    from monitor_app.wiring.window import Outcome

    profiles = load_profiles(resources() / "profiles", site_profiles())
    usable = [spec for spec in catalog.specs().values() if not spec.decode_only]
    room = RoomFile(path, [spec.id for spec in usable], profiles.by_id)
    free = is_taken(data_folder(data)) is None
    outcome = run(room, usable, transport.list_ports, _open, may_start=free)
    if outcome is Outcome.CLOSED:
        return 0
    what = ("--simulate", "4") if outcome is Outcome.SIMULATE else ("--config", str(path))
    folder = ("--data", str(data)) if data is not None else ()
    command = python("monitor_app", "run", *what, *folder)
    return subprocess.run(command, env={**os.environ, **own_path()}, check=False).returncode


def _open(url: str, attempt: Attempt) -> transport.Port:
    return transport.open_port(address_of(url), attempt.line, attempt.dtr, attempt.rts)
