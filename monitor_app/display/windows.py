"""Which windows has this process? The first one, and further ones of the same room on other screens.

Each has a line of its own to the station. Closing a further one closes nothing else; closing the first closes all, because
it is the one the supervisor watches.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication

from monitor_app import __version__, clock
from monitor_app.display.appearance import Keeper
from monitor_app.display.diligence import Faults
from monitor_app.display.window import Window
from monitor_app.feed.client import FeedClient

FURTHER_MAX = 3
BETWEEN_MS = 400
"""Longer than a beat to the supervisor: the first window lives in between, and says so."""


class Windows:
    """All windows of one display process."""

    def __init__(
        self, app: QApplication, address: str, key_file: Path, keeper: Keeper, folder: Path | None, suffix: str = ""
    ) -> None:
        self._app = app
        self._address, self._key_file = address, key_file
        self._keeper, self._folder, self._suffix = keeper, folder, suffix
        self._faults: Faults | None = None
        self._open: list[tuple[FeedClient, Window]] = []

    def first(self, faults: Faults) -> tuple[FeedClient, Window]:
        """The window that the supervisor watches, with its line begun."""
        self._faults = faults
        client, window = self._make("display")
        window.closed.connect(self._close_further)
        return client, window

    def another(self) -> None:
        """One more, on a screen that has none yet; beside the others where there is one screen only.

        It is built now and shown a moment later: both at once can take longer than the supervisor lets a window stand still.
        """
        if len(self._open) > FURTHER_MAX:
            return
        taken = [window.screen() for _, window in self._open]
        client, window = self._make("display")
        window.closed.connect(lambda: self._gone(client, window))
        QTimer.singleShot(BETWEEN_MS, lambda: self._show(window, taken))

    @staticmethod
    def _show(window: Window, taken: Sequence[QScreen]) -> None:
        screens = QGuiApplication.screens()
        free = next((screen for screen in screens if screen not in taken), None)
        room = (free or screens[0]).availableGeometry()
        if free is not None:
            window.setGeometry(room)
            window.showFullScreen() if len(screens) > 1 else window.show()
        else:
            window.setGeometry(room.adjusted(room.width() // 6, room.height() // 6, 0, 0))
            window.show()
        window.start()

    def close(self) -> None:
        """Every line to the station ends."""
        for client, _ in self._open:
            client.close()

    def _make(self, name: str) -> tuple[FeedClient, Window]:
        client = FeedClient(self._address, self._key_file, clock.monotonic_us, name=name, version=__version__)
        if self._faults is not None:
            client.on_fault = self._faults.raised_in_a_thread
        window = Window(client, clock.monotonic_us, title_suffix=self._suffix, keeper=self._keeper)
        window.folder = self._folder
        window.another_wanted.connect(self.another)
        self._open.append((client, window))
        client.start()
        return client, window

    def _close_further(self) -> None:
        for _, window in self._open[1:]:
            window.close()

    def _gone(self, client: FeedClient, window: Window) -> None:
        client.close()
        self._open = [pair for pair in self._open if pair[1] is not window]
