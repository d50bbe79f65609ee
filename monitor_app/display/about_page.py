"""What is this program, what is it not, whose work does it stand on, and where does this station keep its record?"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from monitor_app import __version__
from monitor_app.core.snapshot import Snapshot
from monitor_app.display import words
from monitor_app.display.language import phrase
from monitor_app.display.panels import button, card, hint

LICENCES = (
    ("Chairside", "Apache-2.0"),
    ("Python", "PSF-2.0"),
    ("Qt, PySide6", "LGPL-3.0-only"),
    ("Inter", "SIL OFL 1.1"),
    ("numpy, scipy", "BSD-3-Clause"),
    ("pyqtgraph", "MIT"),
    ("pyserial", "BSD-3-Clause"),
    ("msgspec", "BSD-3-Clause"),
    ("miniaudio", "MIT"),
    ("platformdirs, tomlkit", "MIT"),
)


class Paragraph(QLabel):
    """Words over several lines that are never cut: a card in the middle of a page grows by what they need."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as the words are at this width."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))


class AboutPage(QWidget):
    """left: back to the room."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame, inner = card(self, 1180)
        inner.setSpacing(10)
        title = QLabel(f"Chairside {__version__}", frame)
        title.setProperty("role", "title")
        inner.addWidget(title)
        warning = QLabel(phrase("Not a certified medical device"), frame)
        warning.setProperty("role", "refused")
        warning.setStyleSheet("font-weight: 600")
        inner.addWidget(warning)
        notice = Paragraph(phrase(words.NOTICE), frame)
        inner.addWidget(notice)
        self.folder = QLabel("", frame)
        self.folder.setTextFormat(Qt.TextFormat.PlainText)
        self.folder.setWordWrap(True)
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.station = QLabel("", frame)
        self.station.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.station, self.folder):
            inner.addWidget(label)
        head = QLabel(phrase("Licences"), frame)
        head.setStyleSheet("font-weight: 600")
        inner.addWidget(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        half = -(-len(LICENCES) // 2)
        for place, (name, licence) in enumerate(LICENCES):
            column = place // half * 2
            grid.addWidget(QLabel(name, frame), place % half, column)
            grid.addWidget(hint(licence, frame), place % half, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        inner.addLayout(grid)
        self.close_button = button(phrase("Close   Esc"), frame)
        self.close_button.clicked.connect(self.left)
        inner.addWidget(self.close_button)

    def show_station(self, snapshot: Snapshot | None, folder: Path | None) -> None:
        """Version and run of the station behind the window, and the folder of its record."""
        engine = snapshot.version if snapshot is not None else "---"
        self.station.setText(phrase("The station behind this window is version {}.").format(engine))
        self.folder.setText(
            phrase("Record of this station: {}").format(folder)
            if folder is not None
            else phrase("The folder of the record is known where the station runs.")
        )
