"""Where do limits that people changed in a profile stay? In the site's own file of it; what was shipped is never written.

The new text is checked as a whole and on disk before it takes the place of the old one. Comments and everything else that
a person wrote in the file stay.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor_app.config.profiles import checked_profile, read_profile
from monitor_app.config.toml import ConfigError
from monitor_app.core.profile import Profile

Limits = Mapping[str, Mapping[str, float]]


class ProfileMoved(ConfigError):
    """The file was changed by hand while the station ran. now: what it holds, checked."""

    def __init__(self, sentence: str, now: Profile) -> None:
        super().__init__(sentence)
        self.now = now


class ProfileShelf:
    """shipped: folder of the installation. sources: folders of site files that may stand before `site`, the last one wins.

    site: where changes are kept; made when it is needed. last_good: keeps the text of what was accepted.
    """

    def __init__(
        self, shipped: Path, site: Path, sources: tuple[Path, ...] = (), last_good: Path | None = None
    ) -> None:
        self._shipped, self._site, self._last_good = shipped, site, last_good
        self._sources = (shipped, *sources)

    def shipped(self, profile: str) -> Profile | None:
        """As the installation has it; None for a profile that only the site has."""
        path = self._shipped / f"{profile}.toml"
        return read_profile(path) if path.is_file() else None

    def is_own(self, profile: str) -> bool:
        """Whether a file of the site's stands for it."""
        name = f"{profile}.toml"
        return any((folder / name).is_file() for folder in (*self._sources[1:], self._site))

    def keep(self, present: Profile, limits: Limits) -> Profile:
        """Write these limits into the site's file of the profile. present: what the station uses now.

        The revision rises by one and an approval ends: what was approved is not this any more. Raises ConfigError, in one
        sentence, for a file that is broken or cannot be written, and ProfileMoved; the old file then stays as it was.
        """
        path = self._site / f"{present.id}.toml"
        text = self._text(present)
        wanted = replace(present, limits=_plain(limits), revision=present.revision + 1, approved_by="", approved_on="")
        new = _changed(path, text, wanted)
        if not _says(path, new, wanted):
            raise ConfigError(f"{path} is written in a way that cannot be changed here: change it by hand")
        _write(path, new)
        if self._last_good is not None:
            with suppress(ConfigError):  # the file itself is kept; the next start copies it again
                _write(self._last_good / path.name, new)
        return wanted

    def _text(self, present: Profile) -> str:
        name = f"{present.id}.toml"
        for folder in (self._site, *reversed(self._sources)):
            path = folder / name
            if path.is_file():
                found = read_profile(path)
                if found != present:
                    raise ProfileMoved(
                        f"{path} was changed by hand and has been read again: look at the profile once more", found
                    )
                return path.read_text("utf-8")
        raise ConfigError(f"There is no file of the profile '{present.id}': it cannot be changed here")


def _plain(limits: Limits) -> dict[str, dict[str, float]]:
    return {row: dict(columns) for row, columns in limits.items() if columns}


def _changed(path: Path, text: str, wanted: Profile) -> str:
    """The text with the limits of `wanted`, its revision and its open approval."""
    try:
        document: Any = tomlkit.parse(text)
        document["revision"] = wanted.revision
        for key in ("approved_by", "approved_on"):
            if document.get(key):
                document[key] = ""
        table = document.setdefault("limits", tomlkit.table())
        for row in [row for row in table if row not in wanted.limits]:
            del table[row]
        for row, columns in wanted.limits.items():
            found = table.setdefault(row, tomlkit.table())
            for column in [column for column in found if column not in columns]:
                del found[column]
            for column, value in columns.items():
                if found.get(column) != value:
                    found[column] = int(value) if value == int(value) else value
        return str(tomlkit.dumps(document))
    except TOMLKitError as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None


def _says(path: Path, text: str, wanted: Profile) -> bool:
    """Whether the next start will find in this text what is meant."""
    try:
        return checked_profile(path, tomllib.loads(text)) == wanted
    except (ConfigError, tomllib.TOMLDecodeError):
        return False


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and on disk when it returns."""
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        if os.name != "nt":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the name of the new file is as safe as its text
            finally:
                os.close(folder)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
