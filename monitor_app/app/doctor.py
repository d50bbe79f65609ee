"""`chairside doctor`: is everything here that the station needs? One line each; exit 1 when something is missing.

With --bundle the same goes into a zip for whoever helps from afar (bundle.py).
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from monitor_app import __version__
from monitor_app.app.places import data_folder, keys_folder
from monitor_app.app.showing import put, tell
from monitor_app.app.wires import port_rows
from monitor_app.engine import awake
from monitor_app.mixer import UNCHECKED
from monitor_app.record.room_left import hours_left, hours_words

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "pyserial", "numpy", "scipy", "msgspec", "miniaudio", "platformdirs")
DISK_GB = 1
WINDOW_TEST = "from PySide6.QtGui import QGuiApplication; QGuiApplication(['doctor', '-platform', 'offscreen'])"
SOUND_TEST = (
    "import miniaudio; b=[x for x in miniaudio.Backend if x.name not in ('NULL','CUSTOM')];"
    "d=miniaudio.PlaybackDevice(nchannels=1, backends=b); print(d.backend); d.close()"
)
MIXER_TEST = (
    "import sys; from monitor_app.mixer import words_now; ok, text = words_now(); print(text); sys.exit(not ok)"
)
TRY_S = 15
"""Seconds for a trial in a process of its own: a stopped sound server would hold it for ever."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ok: False asks a person to do what `text` says."""

    what: str
    ok: bool
    text: str


def doctor(arguments: Namespace) -> int:
    """The command."""
    found = list(_findings(arguments.data))
    ok = all(finding.ok for finding in found)
    if arguments.bundle is not None:
        from monitor_app.app.bundle import write_bundle

        held = write_bundle(arguments.bundle, arguments.data, arguments.raw, [asdict(finding) for finding in found])
        tell(f"{arguments.bundle}: {', '.join(held)}")
    if arguments.json:
        put(json.dumps({"ok": ok, "version": __version__, "findings": [asdict(finding) for finding in found]}))
    else:
        for finding in found:
            put(f"{'ok ' if finding.ok else 'NO '} {finding.what:<20} {finding.text}")
    return 0 if ok else 1


def _findings(named: Path | None) -> Iterator[Finding]:
    yield Finding("chairside", True, __version__)
    yield Finding("python", sys.version_info >= (3, 11), platform.python_version())
    for package in PACKAGES:
        yield _package(package)
    yield _trial("sqlite", "import sqlite3; print(sqlite3.sqlite_version)", "this Python has no sqlite3 module")
    yield _trial("window", WINDOW_TEST, "Qt's system libraries are missing: run `python3 start.py`, which names them")
    yield _trial("sound", SOUND_TEST, "no sound device answers: connect loudspeakers; the station alarms about it")
    yield _mixer()
    yield _awake()
    yield _ports()
    yield _disk(data_folder(named))
    yield _keys()


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "is not installed: run `python3 start.py`")


def _trial(what: str, code: str, otherwise: str) -> Finding:
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TRY_S, check=False)
    except subprocess.TimeoutExpired:
        return Finding(what, False, f"does not answer in {TRY_S} s")
    text = done.stdout.strip() or "works"
    return Finding(what, done.returncode == 0, text if done.returncode == 0 else otherwise)


def _mixer() -> Finding:
    """Whether the mixer lets sound through, where it can be asked; a computer where it cannot is no fault."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", MIXER_TEST], capture_output=True, text=True, timeout=TRY_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding("mixer", False, f"does not answer in {TRY_S} s")
    said = done.stdout.strip()
    return Finding("mixer", done.returncode == 0 or not said, said or UNCHECKED)


def _awake() -> Finding:
    """Whether the computer can be kept from sleeping during a session; a computer that cannot sleep anyway is no fault."""
    argv = awake.command()
    if argv is None:
        what = "nothing here can keep this computer awake: switch its sleep off by hand"
        return Finding("awake", sys.platform == "win32", "by the system" if sys.platform == "win32" else what)
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=TRY_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return Finding("awake", False, f"{argv[0]} does not answer: switch the sleep of this computer off by hand")
    works = done.returncode == 0
    otherwise = f"{argv[0]} was refused: switch the sleep of this computer off by hand"
    return Finding("awake", works, "sleep is held off during a session" if works else otherwise)


def _ports() -> Finding:
    found = port_rows(())
    return Finding("ports", True, ", ".join(row["url"] for row in found) or "no serial ports found")


def _keys() -> Finding:
    """Where the secret lies by which a station vouches for its journal."""
    folder = keys_folder()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    text = f"seals are vouched for with a file of this user in {folder}, not with the system's key store"
    otherwise = f"{there} cannot be written: seals are not vouched for; name another place with CHAIRSIDE_KEYS"
    usable = os.access(there, os.W_OK)
    return Finding("keys", usable, text if usable else otherwise)


def _disk(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    room = hours_words(hours_left(free, 1))
    return Finding("disk", free / 1e9 > DISK_GB, f"{free / 1e9:.0f} GB free for {folder}, {room} of one chair in care")
