"""What has this window done, and what went wrong in it? Tells the supervisor over its pipe and the engine over the feed.

A raising slot or timer leaves Qt's loop alive: so turns count only when they ended, pictures only when they were painted.
A window that nobody can see paints nothing; there the turns stand for the pictures.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, qInstallMessageHandler

from monitor_app import clock
from monitor_app.display.window import Window
from monitor_app.feed.messages import Heartbeat
from monitor_app.heartbeat import BEAT_US, Beats, Work

TELL_BEATS = 4
"""The engine is told once a second, the supervisor four times."""
LOG_MAX = 1_000_000
SERIOUS = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


class Faults:
    """Counts our own bugs in this process and keeps where they were. log: a file for technicians, None for none."""

    def __init__(self, log: Path | None) -> None:
        self._log = log
        self.count = 0
        self.newest = ""

    def install(self) -> None:
        """From now on nothing that was raised or warned of goes unnoticed."""
        sys.excepthook = self._raised
        qInstallMessageHandler(self._said)

    def raised_in_a_thread(self, what: Any) -> None:
        """Hook for the feed's reading thread, whose room owns its threads."""
        self._raised(what.exc_type, what.exc_value, what.exc_traceback)

    def _raised(self, kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
        self.count += 1
        places = traceback.extract_tb(trace)
        last = f" in {Path(places[-1].filename).stem}:{places[-1].lineno}" if places else ""
        self.newest = f"{kind.__name__}{last}"  # never the error's text: it may hold patient text
        self._write(f"{self.newest}\n{''.join(traceback.format_list(places))}")

    def _said(self, kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        if kind in SERIOUS:
            self._write(f"Qt: {text}\n")

    def _write(self, text: str) -> None:
        if self._log is None:
            return
        with suppress(OSError):
            self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._log.exists() and self._log.stat().st_size > LOG_MAX:
                return
            with self._log.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.fromtimestamp(clock.utc_us() / 1e6, UTC).isoformat()} {text}")


class Diligence(QObject):
    """window: whose work is told. tell: takes a Heartbeat for the engine. descriptors: of the supervisor's pipes.

    key_file: of the feed; an engine that ends in order takes it away. Without it and without a supervisor the window
    closes: nothing will ever be shown in it again.
    """

    def __init__(
        self,
        window: Window,
        tell: Callable[[Heartbeat], object],
        faults: Faults,
        descriptors: Sequence[int],
        key_file: Path,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tell = tell
        self._faults = faults
        self._key_file = key_file
        self._beats = Beats(descriptors)
        self._work = Work()
        self._unseen = 0
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.beat)
        self._timer.start(BEAT_US // 1000)

    def beat(self) -> None:
        """Count and tell."""
        window, work = self._window, self._work
        self._turn += 1
        turns = window.ticks
        if not _is_seen(window):
            self._unseen += turns - work.turns
        work.turns, work.judged, work.pictures = turns, turns, window.paints + self._unseen
        work.now_us, work.faults = clock.monotonic_us(), self._faults.count
        self._beats.beat(work)
        if not self._beats.heard and not self._key_file.exists():
            window.close()
        if self._turn % TELL_BEATS == 0:
            window.banner.update()  # a quiet room, too, has to prove that it can be painted
            self._tell(Heartbeat(window.sequence, window.paints, 0, self._faults.count, self._faults.newest))


def _is_seen(window: Window) -> bool:
    handle = window.windowHandle()
    return handle is not None and handle.isExposed()
