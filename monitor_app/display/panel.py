"""What is a part of the session's page? A widget that shows a chair, forgets what was typed, and says what is wanted."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import ChairView, Snapshot


class Panel(QWidget):
    """wanted: a Wanted or WantedStep of `care_acts`."""

    wanted = Signal(object)

    def forget(self) -> None:
        """Nothing typed, nothing chosen."""
        raise NotImplementedError

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        raise NotImplementedError
