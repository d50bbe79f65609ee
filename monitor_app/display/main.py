"""How does the window's process start and end? Qt, the feed's client, one window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from monitor_app import __version__
from monitor_app.display.appearance import FILE, Keeper
from monitor_app.display.diligence import Diligence, Faults
from monitor_app.display.theme import load_fonts
from monitor_app.display.window import Window
from monitor_app.display.windows import Windows

NAME = "Chairside"
SIZE = (1920, 1080)
SCREENSHOT_AFTER_MS = 3000


def application() -> QApplication:
    """The one application of this process, with our style and fonts; troubles go to standard error."""
    found = QApplication.instance()
    made = found if isinstance(found, QApplication) else QApplication([sys.argv[0]])
    if made.applicationName() == NAME:
        return made
    made.setStyle("Fusion")
    made.setApplicationName(NAME)
    made.setApplicationVersion(__version__)
    for trouble in load_fonts():
        sys.stderr.write(trouble + "\n")
    return made


def run(
    address: str,
    key_file: Path,
    *,
    beat_descriptors: Sequence[int] = (),
    log: Path | None = None,
    full_screen: bool = False,
    title_suffix: str = "",
    screenshot: Path | None = None,
    screenshot_after_ms: int = SCREENSHOT_AFTER_MS,
    size: tuple[int, int] | None = None,
    folder: Path | None = None,
) -> int:
    """Show the station at `address` until the window is closed. Returns the exit code.

    beat_descriptors: of the pipes to and from the supervisor. log: where faults of this process are written for technicians.
    folder: of the station's record; what is chosen about the windows is kept there.
    screenshot: write the picture there after `screenshot_after_ms` and end. Closing the window never stops the station.
    """
    app = application()
    faults = Faults(log)
    faults.install()
    keeper = Keeper(folder / FILE if folder is not None else None)
    windows = Windows(app, address, key_file, keeper, folder, title_suffix)
    client, window = windows.first(faults)
    window.resize(*_size(app, size))
    window.showFullScreen() if full_screen else window.show()
    window.start()
    Diligence(window, client.send, faults, beat_descriptors, key_file)
    if screenshot is not None:
        QTimer.singleShot(screenshot_after_ms, lambda: _picture(app, window, screenshot))
    try:
        return app.exec()
    finally:
        windows.close()


def _size(app: QApplication, wanted: tuple[int, int] | None) -> tuple[int, int]:
    screen = app.primaryScreen().availableGeometry()
    width, height = wanted or SIZE
    return (width, height) if wanted else (min(width, screen.width()), min(height, screen.height()))


def _picture(app: QApplication, window: Window, file: Path) -> None:
    window.grab().save(str(file))
    app.quit()
