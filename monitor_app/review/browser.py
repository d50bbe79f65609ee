"""Which session? The recorded ones, newest first; typing finds, Enter opens one. Quick with years of sessions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QLineEdit, QTableView, QVBoxLayout, QWidget

from drivers.samples import Origin
from monitor_app.display.tables import make_rows_pressable
from monitor_app.record.anchors import Anchors
from monitor_app.record.catalogue import DiskUse
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow
from monitor_app.review.axis import clock, date, day
from monitor_app.review.search import HELP, Found, matching, words_of

COLUMNS = ("Date", "Admitted", "Chair", "Patient", "Profile", "Minutes", "Alarms", "State", "Origin")
NAME = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
EMPTY = "No session has been recorded in this folder. Admit a patient at the station, and it appears here."


class SessionModel(QAbstractTableModel):
    """Rows are made when they are painted."""

    def __init__(self) -> None:
        super().__init__()
        self._anchors = Anchors(())
        self._every: list[Found] = []
        self.shown: list[Found] = []

    def fill(self, reader: Reader) -> None:
        """Read the list, newest first."""
        self.beginResetModel()
        self._anchors = reader.anchors()
        lines = sorted(reader.catalogue(), key=lambda line: line.from_us, reverse=True)
        self._every = [
            words_of(line, day(self._anchors, line.from_us), state_word(line.row), origin_word(line.row))
            for line in lines
        ]
        self.shown = self._every
        self.endResetModel()

    def search(self, query: str) -> None:
        """Show what fits."""
        self.beginResetModel()
        self.shown = matching(self._every, query)
        self.endResetModel()

    def __len__(self) -> int:
        return len(self._every)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """How many fit."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """Always the same."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the columns."""
        is_name = role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal
        return COLUMNS[section] if is_name else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell, or the uuid of its session."""
        found = self.shown[index.row()]
        if role == NAME:
            return found.line.row.uuid
        return self._cells(found)[index.column()] if role == Qt.ItemDataRole.DisplayRole else None

    def _cells(self, found: Found) -> tuple[str, ...]:
        line, row = found.line, found.line.row
        return (
            date(self._anchors, line.from_us), clock(self._anchors, line.from_us), str(row.chair), row.patient_ref or "-",
            row.profile_id, f"{found.minutes:.0f}", str(sum(count for _, count in line.alarms) or "-"),
            state_word(row), origin_word(row),
        )  # fmt: skip


class SessionBrowser(QWidget):
    """`opened` carries the uuid of the session a person picked, `series` that of one whose patient is to be compared."""

    opened = Signal(str)
    series = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = SessionModel()
        self._title = QLabel("Recorded sessions")
        self._title.setProperty("role", "title")
        self._hint = QLabel()
        self._hint.setProperty("role", "hint")
        self._disk = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"find:  {HELP}")
        self.search.setAccessibleName("Find a session")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._to_table)
        self._table = QTableView()
        self._table.setModel(self.model)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().hide()
        make_rows_pressable(self._table)
        self._table.setShowGrid(False)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setAccessibleName("Recorded sessions")
        self._table.activated.connect(self._picked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        for widget in (self._title, self._hint, self.search):
            layout.addWidget(widget)
        layout.addWidget(self._table, 1)

    def show_sessions(self, reader: Reader) -> None:
        """List what the record holds; what was typed still counts."""
        self.model.fill(reader)
        self._disk = disk_words(reader.disk_use())
        there = len(self.model) > 0
        self._table.setVisible(there)
        self.search.setVisible(there)
        self._find(self.search.text())
        if there:
            self._table.setFocus()

    def chosen(self) -> str | None:
        """The uuid of the marked session."""
        index = self._table.currentIndex()
        return str(index.data(NAME)) if index.isValid() else None

    def _find(self, query: str) -> None:
        self.model.search(query)
        shown, of = len(self.model.shown), len(self.model)
        count = f"{of} sessions" if shown == of else f"{shown} of {of} sessions"
        self._hint.setText(
            f"{count}. {self._disk}. Enter opens one, S its patient's series, Ctrl+R verifies, exports and backs up."
            if of
            else EMPTY
        )
        if shown:
            self._table.selectRow(0)

    def _to_table(self) -> None:
        self._table.setFocus()

    def _picked(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(NAME))


def disk_words(use: DiskUse) -> str:
    """`record 12.4 GB: facts 1.1 GB, waves 11.3 GB in 210 days`."""
    noun = "day" if use.days == 1 else "days"
    waves = f"waves {_bytes(use.waves)} in {use.days} {noun}"
    return f"Record {_bytes(use.facts + use.waves)}: facts {_bytes(use.facts)}, {waves}"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1_000_000_000), ("MB", 1_000_000)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1000:.0f} kB"


def state_word(row: SessionRow) -> str:
    """How the session stands."""
    return {"running": "still running", "completed": "complete", "aborted": "stopped early"}[row.outcome]


def origin_word(row: SessionRow) -> str:
    """Whose data, in the word that screens and files use; nothing for a real patient."""
    origin = Origin(row.origin)
    return "" if origin is Origin.REAL else origin.name
