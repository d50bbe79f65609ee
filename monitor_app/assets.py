"""Where are the icons, fonts, profiles and scenarios? Inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resources() -> Path:
    """The folder of resources. Raises FileNotFoundError, in one sentence, when the installation is incomplete."""
    for folder in (_HERE / "resources", _HERE.parent / "resources"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Chairside's resources are missing beside {_HERE}: install it again")
