"""The technician's process: a Qt application over one room file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QApplication

from drivers.driver import DriverSpec
from drivers.transport import FoundPort
from monitor_app import clock
from monitor_app.config.room_file import RoomFile
from monitor_app.display import theme as look
from monitor_app.wiring.finder import Finder
from monitor_app.wiring.listener import Open
from monitor_app.wiring.window import Outcome, WireWindow


def run(
    room: RoomFile,
    specs: Sequence[DriverSpec],
    ports: Callable[[], Sequence[FoundPort]],
    open_line: Open,
    *,
    may_start: bool,
) -> Outcome:
    """Open the window; returns when it is closed, with what shall happen next. Raises ConfigError for a broken file."""
    room.chairs()
    app = QApplication(["chairside wire"])
    app.setStyle("Fusion")
    look.load_fonts()
    window = WireWindow(room, Finder(specs, ports, open_line, clock.monotonic_us), specs, may_start=may_start)
    window.show()
    app.exec()
    return window.outcome
