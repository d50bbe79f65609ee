"""How does this window look to the people before it? Theme, size of words, language, privacy, millimetres of each screen.

Nothing here touches an alarm, a limit or a number. It is kept in one small file beside the record; a file that cannot be
read is one sentence and the usual look, never a window that does not open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

FILE = "appearance.json"
TEXT_PERCENTS = (90, 100, 110, 120, 130)
PRIVACY_MINUTES = (0, 2, 5, 10)
"""Names are hidden after so long without a key or a touch; 0: only by F8."""
LANGUAGES = ("en", "de")
MM_LEAST, MM_MOST = 10.0, 2000.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """theme: its name. measured: pixels in a millimetre, by screen."""

    theme: str = "dark"
    text_percent: int = 100
    language: str = "en"
    privacy_min: int = 2
    full_screen: bool = False
    measured: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> float:
        """Share of the usual size of words, 0.9 to 1.3."""
        return self.text_percent / 100


class Keeper:
    """Holds what is chosen and writes it down. path: None keeps it for this run only. told: called after every change."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.trouble = ""
        self.now = self._read()
        self.told: list[Callable[[], None]] = []

    def change(self, **values: Any) -> None:
        """Choose something else, for all windows, and keep it."""
        self.now = replace(self.now, **values)
        self._write()
        for tell in tuple(self.told):
            tell()

    def measure(self, screen: str, ruler_px: float, ruler_mm: float) -> bool:
        """A ruler of so many pixels was so many millimetres long on this screen. False for a length that cannot be."""
        if not MM_LEAST <= ruler_mm <= MM_MOST:
            return False
        self.change(measured={**self.now.measured, screen: ruler_px / ruler_mm})
        return True

    def _read(self) -> Appearance:
        if self._path is None or not self._path.exists():
            return Appearance()
        try:
            return _checked(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError, AttributeError):
            self.trouble = f"{self._path.name} cannot be read; the usual look is used."
            return Appearance()

    def _write(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(asdict(self.now), indent=1, sort_keys=True), "utf-8")
            with suppress(OSError):
                fresh.chmod(0o600)
            fresh.replace(self._path)
            self.trouble = ""
        except OSError:
            self.trouble = f"{self._path.name} cannot be written; this holds until the window closes."


def _checked(found: Mapping[str, Any]) -> Appearance:
    """Only what is known and possible; everything else is as usual."""
    usual = Appearance()
    allowed = {"text_percent": TEXT_PERCENTS, "privacy_min": PRIVACY_MINUTES, "language": LANGUAGES}
    kept: dict[str, Any] = {}
    for one in fields(Appearance):
        value = found.get(one.name, getattr(usual, one.name))
        if one.name == "measured":
            value = {str(screen): float(px) for screen, px in dict(value).items() if 1 <= float(px) <= 20}
        elif type(value) is not type(getattr(usual, one.name)) or value not in allowed.get(one.name, (value,)):
            value = getattr(usual, one.name)
        kept[one.name] = value
    return Appearance(**kept)
