"""Where are the icons, fonts, profiles and scenarios? Inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resources() -> Path:
    """The folder of resources. Raises FileNotFoundError, in one sentence, when the installation is incomplete."""
    for folder in (_HERE / "resources", _HERE.parent / "resources"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Chairside's resources are missing beside {_HERE}: install it again")


class StrangePackages(Exception):
    """`drivers` or `simulators` is somebody else's package; the message is a sentence for people."""


def require_own_packages() -> None:
    """Refuse to start when the two generic names lead elsewhere than beside this package. Raises StrangePackages."""
    for name in ("drivers", "simulators"):
        found = find_spec(name)
        place = Path(found.origin).resolve().parent.parent if found is not None and found.origin else None
        if place != _HERE.parent:
            where = f"in {place}" if place is not None else "missing"
            sentence = f"Chairside's package '{name}' is {where}, not beside {_HERE}: use an environment of its own"
            raise StrangePackages(sentence)
