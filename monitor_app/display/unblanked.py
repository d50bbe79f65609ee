"""Does the screen stay lit while somebody is in our care? Asks the desktop, and the X server itself, not to blank it.

Held by the window's process, because a screen matters as long as there is a window, and because whatever is held ends with
its process. The computer's sleep is the engine's business. Wayland desktops are asked over D-Bus; X servers also through
their own screen saver extension, which covers desktops without that service. Windows and macOS: see `hold`.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage

WHY = "A patient is being watched"
_SERVICE, _PATH = "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"
_ES_CONTINUOUS, _ES_DISPLAY_REQUIRED = 0x8000_0000, 0x0000_0002


class Unblanked:
    """Call `keep` with every picture; it acts on changes only."""

    def __init__(self) -> None:
        self._held = False
        self._cookie: Any = None
        self._x: tuple[Any, Any] | None = None

    @property
    def held(self) -> bool:
        """True while the screen was asked to stay lit."""
        return self._held

    def keep(self, lit: bool) -> None:
        """Ask for it, or let go."""
        if lit == self._held:
            return
        self._held = lit
        if sys.platform == "win32":  # untested
            flags = _ES_CONTINUOUS | (_ES_DISPLAY_REQUIRED if lit else 0)
            ctypes.windll.kernel32.SetThreadExecutionState(flags)
        elif sys.platform == "linux":
            self._ask_desktop(lit)
            self._ask_x(lit)

    def _ask_desktop(self, lit: bool) -> None:
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return
        saver = QDBusInterface(_SERVICE, _PATH, _SERVICE, bus)
        if not saver.isValid():
            return
        saver.setTimeout(1000)
        if lit:
            answer = saver.call("Inhibit", "Chairside", WHY)
            found = answer.arguments() if answer.type() == QDBusMessage.MessageType.ReplyMessage else []
            self._cookie = found[0] if found else None
        elif self._cookie is not None:
            saver.call("UnInhibit", self._cookie)
            self._cookie = None

    def _ask_x(self, lit: bool) -> None:
        if not os.environ.get("DISPLAY"):
            return
        with suppress(OSError, AttributeError):
            x, display = self._x or _open_x()
            if display:
                self._x = (x, display)
                saver = ctypes.CDLL("libXss.so.1")
                saver.XScreenSaverSuspend(ctypes.c_void_p(display), ctypes.c_int(lit))
                x.XFlush(ctypes.c_void_p(display))


def _open_x() -> tuple[Any, Any]:
    """A connection of our own: the server lifts a suspension when the connection that asked for it ends."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    return x, x.XOpenDisplay(None)
