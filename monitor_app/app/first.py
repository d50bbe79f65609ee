"""A run that finds neither a room nor an order to simulate one: three questions, then the station they lead to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from monitor_app.app.places import data_folder, room_file
from monitor_app.app.screen import require_screen
from monitor_app.app.wiring_room import wired
from monitor_app.supervisor import own_path, python


def first_run(data: Path | None) -> int:
    """Ask, keep the language, and start what was chosen; the exit code of that run, 0 when nothing was started."""
    require_screen("name the room with --config FILE, or simulate one with --simulate N --headless")
    from monitor_app.display.appearance import FILE, Keeper  # Qt is slow to import, and not there for `--help`
    from monitor_app.display.first_run import ask

    choice = ask()
    if choice is None:
        return 0
    folder = data_folder(data, simulated=choice.simulate)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    Keeper(folder / FILE).change(language=choice.language)
    if not choice.simulate:
        return wired(room_file(), data)
    where = ("--data", str(data)) if data is not None else ()
    command = python("monitor_app", "run", "--simulate", str(choice.chairs), "--scenario", "demo", *where)
    return subprocess.run(command, env={**os.environ, **own_path()}, check=False).returncode
