"""Does the computer stay awake while somebody is in our care? Holds the system's own inhibitor, one process, no daemon.

Linux: `systemd-inhibit`, holding a program that ends when our end of its pipe closes, so that it ends with us however we
end. macOS: `caffeinate`, bound to our process id. Windows: a flag of the calling thread. The screen is the business of the
window.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

WHY = "A patient is being watched"
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x8000_0000, 0x0000_0001


def command() -> list[str] | None:
    """What holds the computer awake here, or None where nothing is known to."""
    if sys.platform == "linux" and (tool := shutil.which("systemd-inhibit")):
        what = "--what=sleep:idle:shutdown:handle-lid-switch"
        return [tool, what, "--who=Chairside", f"--why={WHY}", "--mode=block", "cat"]
    if sys.platform == "darwin" and (tool := shutil.which("caffeinate")):  # untested
        return [tool, "-is", "-w", str(os.getpid())]
    return None


class Awake:
    """argv: what holds the computer awake; None for nothing. Call `keep` as often as you like: it acts on changes only."""

    def __init__(self, argv: Sequence[str] | None = None) -> None:
        self._argv = argv
        self._held: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._working = threading.Lock()

    @property
    def held(self) -> bool:
        """True while an inhibitor runs."""
        return self._held is not None and self._held.poll() is None

    def keep(self, awake: bool) -> None:
        """Ask for it, or let go. Never waits: starting a program may take its time."""
        changed, self._wanted = awake != self._wanted, awake
        if changed and sys.platform == "win32":  # untested
            flags = _ES_CONTINUOUS | (_ES_SYSTEM_REQUIRED if awake else 0)
            ctypes.windll.kernel32.SetThreadExecutionState(flags)
        elif changed:
            threading.Thread(target=self._follow, name="awake", daemon=True).start()

    def close(self) -> None:
        """Let go."""
        self._wanted = False
        self._follow()

    def _follow(self) -> None:
        with self._working:
            if self._wanted and not self.held:
                if self._argv is not None:
                    with suppress(OSError):
                        self._held = subprocess.Popen(
                            self._argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                        )
            elif not self._wanted and self._held is not None:
                held, self._held = self._held, None
                if held.stdin is not None:
                    held.stdin.close()
                held.terminate()
                with suppress(subprocess.TimeoutExpired):
                    held.wait(2)
