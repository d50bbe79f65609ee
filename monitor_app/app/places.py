"""Where does everything live? The record, the site's settings, the logs: the platform's own folders, or what was named.

Simulated and real chairs never share a data folder, so each kind has its own.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

NAME = "chairside"


def data_folder(named: Path | None, simulated: bool = False) -> Path:
    """The folder of the record: `--data`, else the platform's, with one of its own for simulated chairs."""
    if named is not None:
        return named.expanduser().resolve()
    folder = platformdirs.user_data_path(NAME, appauthor=False)
    return folder / ("simulated" if simulated else "station")


def known_data_folder(named: Path | None) -> Path:
    """For reading: what was named, else the real record where there is one, else the simulated one."""
    real = data_folder(named)
    if named is not None or (real / "station.db").exists():
        return real
    return data_folder(None, simulated=True)


def room_file() -> Path:
    """The room of this computer, where no other file is named."""
    return platformdirs.user_config_path(NAME, appauthor=False) / "room.toml"


def site_profiles() -> Path:
    """The site's own profiles, one TOML file each."""
    return platformdirs.user_config_path(NAME, appauthor=False) / "profiles"


def keys_folder() -> Path:
    """Where the keys of stations lie, and their journals' heads a second time: never in a data folder.

    CHAIRSIDE_KEYS names another place: a stick, or a share of another computer.
    """
    named = os.environ.get("CHAIRSIDE_KEYS")
    return Path(named).expanduser() if named else platformdirs.user_config_path(NAME, appauthor=False) / "keys"


def logs_folder(data: Path | None) -> Path:
    """Where technicians look."""
    return data / "logs" if data is not None else platformdirs.user_log_path(NAME, appauthor=False)
