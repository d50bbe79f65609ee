"""Why was there an alarm at this moment, and why was there none? Every row in words, by living the session up to it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.record.anchors import Anchors
from monitor_app.review.axis import clock
from monitor_app.review.trial import Trial

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
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setStyleSheet("font-size: 18px;")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.cancel, self.back = QPushButton("Cancel"), QPushButton("Esc  Session")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName("Alarms at this moment")
        row = QHBoxLayout()
        for part in (self.bar, self.cancel, self.back):
            row.addWidget(part)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 8)
        for widget in (self.title, self.table, self.said):
            box.addWidget(widget, 1 if widget is self.table else 0)
        box.addLayout(row)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.cancel.clicked.connect(self.stop)
        self.back.clicked.connect(self.left)

    def ask(self, session: str, at_us: int, anchors: Anchors) -> None:
        """Of this moment, in station time."""
        self._rows = []
        self.table.setRowCount(0)
        self.title.setText(f"Why, at {clock(anchors, at_us)}?")
        self.said.setText("The session is lived again up to this moment ...")
        self._running(True)
        self._trial.why(session, at_us)

    def stop(self) -> None:
        """Wait no longer."""
        if self._trial.is_running:
            self._trial.cancel()
            self.said.setText("Cancelled.")
        self._running(False)

    def progressed(self, share: float) -> None:
        """How far it is."""
        self.bar.setValue(round(share * 1000))

    def failed(self, sentence: str) -> None:
        """Why there is no answer."""
        self._running(False)
        self.said.setText(sentence)

    def answered(self, answer: dict[str, Any]) -> None:
        """Show every row; the first that alarms is chosen."""
        self._running(False)
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

    def _running(self, runs: bool) -> None:
        self.cancel.setEnabled(runs)
        self.bar.setVisible(runs)
        self.bar.setValue(0)
