"""How does a table look whose rows are pressed? One row at a time, none typed into, each high enough for a thumb."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTableWidget, QWidget

from monitor_app.display.theme import TOUCH_PX

LINE_SHARE = 1.9
"""A row is at least so many times as high as a line of its words."""


class ChoiceTable(QTableWidget):
    """A table in which a row is chosen. heads: over its columns; name: what a screen reader calls it."""

    def __init__(self, heads: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, len(heads), parent)
        self.setHorizontalHeaderLabels(list(heads))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(name)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        make_rows_pressable(self)

    def changeEvent(self, event: QEvent) -> None:
        """Larger words make higher rows."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            make_rows_pressable(self)


def make_rows_pressable(table: QTableView) -> None:
    """Rows at least as high as a thumb needs (DISPLAY section 12)."""
    rows = table.verticalHeader()
    rows.setMinimumSectionSize(TOUCH_PX)
    rows.setDefaultSectionSize(max(TOUCH_PX, round(table.fontMetrics().height() * LINE_SHARE)))
