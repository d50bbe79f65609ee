"""A real X server without a screen, and hands on its keyboard: what a person at the desk has."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

SIZE = "1920x1080"
Found = TypeVar("Found")


def require(*tools: str) -> None:
    """Skip the test, saying so, where a tool of the system is missing."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@contextmanager
def x_server() -> Iterator[str]:
    """The name of a fresh display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading, encoding="ascii") as said:
            name = f":{said.readline().strip()}"
        try:
            yield name
        finally:
            server.terminate()
            server.wait(10)


class Hands:
    """Types on a display, as a person would: through the server's own keyboard."""

    def __init__(self, display: str) -> None:
        self._env = {**os.environ, "DISPLAY": display}

    def _do(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self._env, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout.strip()

    def take_window(self, title: str, within_s: float = 30) -> None:
        """Wait for the window and give it the keyboard: there is no window manager to do so."""
        window = until(lambda: self._do("search", "--onlyvisible", "--name", title).splitlines(), within_s, title)[-1]
        self._do("windowfocus", "--sync", window)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, at the pace of a finger."""
        for key in keys:
            self._do("key", key)
            time.sleep(0.15)

    def type(self, text: str) -> None:
        """Write a text."""
        self._do("type", "--delay", "20", text)
        time.sleep(0.2)

    def picture(self, path: Path) -> None:
        """What is on the screen now, where the tool for it is installed."""
        if shutil.which("import") is not None:
            subprocess.run(["import", "-window", "root", str(path)], env=self._env, timeout=30, check=False)


def until(look: Callable[[], Found], within_s: float, what: str) -> Found:
    """The first thing `look` finds that is true. Fails, naming `what`, when it does not come in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {within_s:.0f} s: {what}")
