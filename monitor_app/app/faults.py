"""What can stop a command, and how is it said? One sentence for people; places for technicians, never patient text."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from monitor_app import clock


class Problem(Exception):
    """The data or the environment is not as it must be; the message is one sentence for people."""


EXPLAINED = frozenset(
    {
        "Problem",
        "ConfigError",
        "StoreError",
        "FolderTaken",
        "CannotStart",
        "UnknownDevice",
        "PortLost",
        "ExportCancelled",
    }
)
"""Names of errors whose text is a sentence for people; by name, so that `--help` need not import their rooms."""


def explained(error: BaseException) -> bool:
    """True when the error's own text is what a person should read."""
    return any(cls.__name__ in EXPLAINED for cls in type(error).__mro__)


def apologise(error: Exception, data: Path | None) -> str:
    """The sentence for a bug of ours; where it happened goes into a file of the data folder."""
    name = type(error).__name__
    from monitor_app.app.places import logs_folder

    path = logs_folder(data) / "cli.log"
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        when = datetime.fromtimestamp(clock.utc_us() / 1e6, UTC).isoformat()
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{when} {name}\n{''.join(traceback.format_tb(error.__traceback__))}\n")
        return f"a fault of Chairside itself ({name}): please report it with the file {path}"
    return f"a fault of Chairside itself ({name}): please report what you did"
