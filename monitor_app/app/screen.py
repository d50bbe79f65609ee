"""Is there a screen for a window? Qt would end the process with an abort instead of a sentence."""

from __future__ import annotations

import os
import sys

from monitor_app.app.faults import Problem


def require_screen(instead: str) -> None:
    """Raise Problem where this session of a Linux computer has no screen. instead: what to do without one."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        raise Problem(f"there is no screen to open a window on: start this from a desktop session, or {instead}")
