"""What speaks at this chair is not known to be its device: which was expected, which is there, and the one press.

The press carries the words that stood here, so that the station can refuse it when another device is there by then.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor_app.core.snapshot import LinkView


class DevicePanel(QWidget):
    """Shown while a device asks. confirmed: index of the link, and the words of the device that was seen."""

    confirmed = Signal(int, str)

    def __init__(self, confirm: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = 0
        self._seen = ""
        self.expected = QLabel("", self)
        self.seen = QLabel("", self)
        self.seen.setProperty("role", "refused")
        for words in (self.expected, self.seen):
            words.setWordWrap(True)
        self.confirm = confirm
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(confirm)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 6)
        box.addWidget(self.seen)
        box.addWidget(self.expected)
        box.addLayout(row)
        confirm.clicked.connect(lambda: self.confirmed.emit(self._link, self._seen))
        self.hide()

    def show_links(self, links: tuple[LinkView, ...]) -> None:
        """The first device that asks; hidden when none does."""
        asking = next(((index, link) for index, link in enumerate(links) if link.seen), None)
        self.setVisible(asking is not None)
        if asking is None:
            return
        self._link, link = asking
        self._seen = link.seen
        self.expected.setText(self.tr("Expected: {}").format(link.expected or self.tr("no device yet")))
        self.seen.setText(self.tr("Found: {}. Nothing of it is shown at this chair.").format(link.seen))
        self.confirm.setAccessibleDescription(link.sentence)

    def focus(self) -> None:
        """Go to the button."""
        if self.isVisible():
            self.confirm.setFocus(Qt.FocusReason.ShortcutFocusReason)
