"""Why was there an alarm at this moment, and why was there none? Every row in words, by living the session up to it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.display.tables import make_rows_pressable
from monitor_app.record.anchors import Anchors
from monitor_app.review.axis import clock
from monitor_app.review.trial import Trial
from monitor_app.review.waiting import Waiting

COLUMNS = ("Alarm", "Priority", "State", "Value", "Limit", "Delay")
FIELDS = ("label", "priority", "standing", "now", "limit", "delay")


class WhyPage(QWidget):
    """left: back to the session."""

    left = Signal()

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self._rows: list[dict[str, Any]] = []
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.waiting = Waiting(trial)
        self.said = self.waiting.said
        self.said.setStyleSheet("font-size: 18px;")
        self.back = QPushButton("Esc  Session")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        make_rows_pressable(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName("Alarms at this moment")
        row = QHBoxLayout()
        row.addWidget(self.waiting, 1)
        row.addWidget(self.back)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 8)
        for widget in (self.title, self.table, self.said):
            box.addWidget(widget, 1 if widget is self.table else 0)
        box.addLayout(row)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.back.clicked.connect(self.left)

    def ask(self, session: str, at_us: int, anchors: Anchors) -> None:
        """Of this moment, in station time."""
        self._rows = []
        self.table.setRowCount(0)
        self.title.setText(f"Why, at {clock(anchors, at_us)}?")
        self.waiting.begin("The session is lived again up to this moment ...")
        self._trial.why(session, at_us)

    def answered(self, answer: dict[str, Any]) -> None:
        """Show every row; the first that alarms is chosen."""
        self.waiting.done("")
        self._rows = answer["rows"]
        self.table.setRowCount(len(self._rows))
        for place, one in enumerate(self._rows):
            for column, name in enumerate(FIELDS):
                self.table.setItem(place, column, QTableWidgetItem(one[name] or ""))
        alarming = next((place for place, one in enumerate(self._rows) if one["standing"] == "alarm"), 0)
        self.table.selectRow(alarming)
        self.table.setFocus()

    def _show_chosen(self) -> None:
        place = self.table.currentRow()
        if 0 <= place < len(self._rows):
            self.said.setText(self._rows[place]["sentence"])
