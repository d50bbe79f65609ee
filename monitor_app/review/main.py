"""The review process: a Qt application over one data folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from monitor_app.display import theme as look
from monitor_app.record.readers import Reader
from monitor_app.review.notes_page import Door
from monitor_app.review.window import ReviewWindow


def run(
    folder: Path, session: str | None = None, door: Door | None = None, source: str = "", keys: Path | None = None
) -> int:
    """Open the window; returns when it is closed. door: by which notes and signatures reach the journal. source: of what
    is no record of this computer, and what is proved of it. keys: where the keys of identities lie, for identified reports.

    Raises StoreError, in one sentence, when there is no record."""
    reader = Reader(folder)
    reader.identity_keys = keys
    return show(reader, session, door, source)


def show(reader: Reader, session: str | None = None, door: Door | None = None, source: str = "") -> int:
    """The same on a record that is open, ours or made elsewhere; it is closed with the window."""
    with reader:
        name = reader.session(session).uuid if session else None
        app = QApplication(["chairside review"])
        app.setStyle("Fusion")
        look.load_fonts()
        window = ReviewWindow(reader, door=door, source=source)
        window.show()
        if name is not None:
            window.open_session(name)
        return int(app.exec())
