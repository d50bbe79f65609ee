"""Which exceptions ended a thread of the engine, or rose where nobody could catch them? Caught here, said by the loop.

Without this Python prints them to a terminal that nobody reads, and the station goes on with a part missing.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

STRAYS_MAX = 64
"""More than these in one turn are one and the same trouble."""


@dataclass(frozen=True, slots=True)
class Stray:
    """One exception. thread: name of where it was raised."""

    thread: str
    error: BaseException


class Strays:
    """`install` once, `take` every turn."""

    def __init__(self) -> None:
        self._found: deque[Stray] = deque(maxlen=STRAYS_MAX)

    def install(self) -> None:
        """From now on every thread that dies of an exception is noticed."""
        threading.excepthook = self._thread_died
        sys.unraisablehook = self._unraisable

    def take(self) -> list[Stray]:
        """What has been caught since the last call."""
        return [self._found.popleft() for _ in range(len(self._found))]

    def _thread_died(self, what: Any) -> None:
        if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
            name = what.thread.name if what.thread is not None else "a thread"
            self._found.append(Stray(f"thread {name}", what.exc_value))

    def _unraisable(self, what: Any) -> None:
        if what.exc_value is not None:
            self._found.append(Stray("a callback", what.exc_value))
