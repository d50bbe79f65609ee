"""Handover: what the next nurse must know, in a few lines, and who takes over."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display.care_acts import Wanted
from monitor_app.display.fields import field
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button, hint


class HandoverPanel(Panel):
    """wanted: a HandOver."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(8)
        self._grid.setHorizontalSpacing(24)
        self._grid.setColumnStretch(1, 1)
        self.nurse = hint("", self)
        self.open_items = hint("", self)
        self.to = field(self.tr("who takes over"), self)
        self.to.returnPressed.connect(self._hand)
        self.hand = button(self.tr("Hand over"), self)
        self.hand.clicked.connect(self._hand)
        row = QHBoxLayout()
        row.addWidget(self.to, 1)
        row.addWidget(self.hand)
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(14)
        box.addLayout(self._grid)
        box.addWidget(self.open_items)
        box.addWidget(self.nurse)
        box.addLayout(row)
        box.addStretch(1)

    def forget(self) -> None:
        """Nothing typed."""
        self.to.clear()

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        view = chair.care
        while len(self.lines) < len(view.handover):
            self._add_line()
        for place, (label, text) in enumerate(self.lines):
            line = view.handover[place] if place < len(view.handover) else None
            label.setText(line.label if line is not None else "")
            text.setText(line.text if line is not None else "")
            label.setVisible(line is not None)
            text.setVisible(line is not None)
        self.nurse.setText(self.tr("Looked after by {}").format(view.nurse) if view.nurse else "")
        self.open_items.setText(self.tr("Open: {}").format(", ".join(view.open_items)) if view.open_items else "")

    def _add_line(self) -> None:
        label, text = QLabel("", self), QLabel("", self)
        label.setProperty("role", "hint")
        for one in (label, text):
            one.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        place = len(self.lines)
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(text, place, 1)
        self.lines.append((label, text))

    def _hand(self) -> None:
        name = self.to.text().strip()
        if name:
            self.wanted.emit(Wanted(care.HandOver, self.tr("handed over to {}").format(name), {"to": name}))
            self.to.clear()
