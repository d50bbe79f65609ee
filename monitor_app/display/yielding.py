"""What gives way where a window is low? A part of a page that is whole or not there, never half over its neighbour."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Yielding(QWidget):
    """Shows what it holds while its first part, which says what the rest is, has room for its whole height."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumHeight(1)
        self._parts: list[QWidget] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)

    def hold(self, part: QWidget, stretch: int = 0) -> None:
        """One more part, below those before."""
        self._parts.append(part)
        self._box.addWidget(part, stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All or nothing."""
        super().resizeEvent(event)
        fits = self.height() >= self._parts[0].sizeHint().height() if self._parts else True
        for part in self._parts:
            part.setVisible(fits)
