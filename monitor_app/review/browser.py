"""Which session? The recorded ones, newest first; Enter opens one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from drivers.samples import Origin
from monitor_app.core.parameters import MINUTE_US
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow
from monitor_app.review.axis import clock, date

COLUMNS = ("Date", "Admitted", "Chair", "Patient", "Profile", "Minutes", "State", "Origin")
NAME = Qt.ItemDataRole.UserRole


class SessionBrowser(QWidget):
    """`opened` carries the uuid of the session a person picked."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel("Recorded sessions")
        self._title.setProperty("role", "title")
        self._hint = QLabel()
        self._hint.setProperty("role", "hint")
        self._table = QTableWidget(0, len(COLUMNS))
        self._table.setHorizontalHeaderLabels(list(COLUMNS))
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setAccessibleName("Recorded sessions")
        self._table.itemActivated.connect(self._picked)
        self._table.itemDoubleClicked.connect(self._picked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        for widget in (self._title, self._hint):
            layout.addWidget(widget)
        layout.addWidget(self._table, 1)

    def show_sessions(self, reader: Reader) -> None:
        """List what the record holds."""
        rows = sorted(reader.sessions(), key=lambda row: row.admitted_t_us, reverse=True)
        self._table.setRowCount(len(rows))
        anchors = reader.anchors()
        for place, row in enumerate(rows):
            from_us, to_us = reader.span_us(row)
            cells = (
                date(anchors, from_us), clock(anchors, from_us), str(row.chair), row.patient_ref or "-", row.profile_id,
                f"{(to_us - from_us) / MINUTE_US:.0f}", state_word(row), origin_word(row),
            )  # fmt: skip
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(NAME, row.uuid)
                self._table.setItem(place, column, item)
        empty = "No session has been recorded in this folder. Admit a patient at the station, and it appears here."
        self._hint.setText(f"{len(rows)} sessions. Enter opens one." if rows else empty)
        self._table.setVisible(bool(rows))
        if rows:
            self._table.selectRow(0)
            self._table.setFocus()

    def _picked(self, item: QTableWidgetItem) -> None:
        self.opened.emit(item.data(NAME))


def state_word(row: SessionRow) -> str:
    """How the session stands."""
    return {"running": "still running", "completed": "complete", "aborted": "stopped early"}[row.outcome]


def origin_word(row: SessionRow) -> str:
    """Whose data, in the word that screens and files use; nothing for a real patient."""
    origin = Origin(row.origin)
    return "" if origin is Origin.REAL else origin.name
