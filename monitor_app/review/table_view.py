"""Numbers every so many minutes, or at each cuff reading; a click jumps there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.display import theme as look
from monitor_app.display.tables import make_rows_pressable
from monitor_app.review.story import Story
from monitor_app.review.table import AT_CUFFS, HEAD, INTERVAL_MIN_MAX, INTERVALS_MIN, NOT_FITTED, Cell, rows

MOMENT = Qt.ItemDataRole.UserRole
EVERY_PX = 92


class TableView(QWidget):
    """`chosen` carries the moment of the row a person picked."""

    chosen = Signal(object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._interval = 5
        self.table = QTableWidget(0, len(HEAD))
        self.table.setHorizontalHeaderLabels(list(HEAD))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        make_rows_pressable(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName("Numbers of the session")
        self.table.itemActivated.connect(self._picked)
        self.table.itemClicked.connect(self._picked)
        self._foot = QLabel("Medians of the half minute before. Empty: hover or read the reason below.")
        self._foot.setProperty("role", "hint")
        self._foot.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._chips())
        layout.addWidget(self.table, 1)
        layout.addWidget(self._foot)

    def _chips(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self._buttons = QButtonGroup(self)
        self._by_interval = {}
        for minutes in INTERVALS_MIN:
            button = QPushButton("At BP" if minutes == AT_CUFFS else f"{minutes} min")
            button.setProperty("role", "tab")
            button.setCheckable(True)
            button.setChecked(minutes == self._interval)
            button.clicked.connect(lambda _, wanted=minutes: self.set_interval(wanted))
            self._buttons.addButton(button)
            self._by_interval[minutes] = button
            row.addWidget(button)
        self.every = QSpinBox()
        self.every.setRange(1, INTERVAL_MIN_MAX)
        self.every.setValue(self._interval)
        self.every.setSuffix(" min")
        self.every.setMaximumWidth(EVERY_PX)
        self.every.setAccessibleName("Interval of the table in minutes")
        self.every.valueChanged.connect(self.set_interval)
        row.addWidget(self.every)
        row.addStretch(1)
        return row

    def show_story(self, story: Story) -> None:
        """Fill it with this session."""
        self._story = story
        self._fill()

    def set_interval(self, minutes: int) -> None:
        """Every so many minutes; AT_CUFFS: at each reading."""
        self._interval = minutes
        self._buttons.setExclusive(False)
        for known, button in self._by_interval.items():
            button.setChecked(known == minutes)
        self._buttons.setExclusive(minutes in self._by_interval)
        if minutes != AT_CUFFS and self.every.value() != minutes:
            self.every.setValue(minutes)  # which comes back here
            return
        self._fill()

    def _fill(self) -> None:
        there = self._story is not None and self._story.numbers_read
        found = rows(self._story, self._interval) if self._story is not None and there else []
        self.table.setRowCount(len(found))
        reasons: dict[str, None] = {}
        for place, row in enumerate(found):
            for column, cell in enumerate(row.cells):
                self.table.setItem(place, column, self._item(cell, row.t_us))
                if cell.why:
                    reasons[f"{HEAD[column]}: {cell.why}"] = None
        for column in range(len(HEAD)):
            self.table.setColumnHidden(
                column, bool(found) and all(row.cells[column].why == NOT_FITTED for row in found)
            )
        words = f" Empty: {'; '.join(reasons)}." if reasons else ""
        if there and not found:
            words = f" {self._empty()}"
        said = f"Medians of the half minute before; shaded: an alarm about it was standing.{words}"
        self._foot.setText(said if there else "The numbers are being read ...")

    def _empty(self) -> str:
        if self._interval == AT_CUFFS:
            return "No cuff reading was taken."
        return f"The session is shorter than {self._interval} min: choose a shorter interval."

    def foot_words(self) -> str:
        """What stands below the table."""
        return self._foot.text()

    def _item(self, cell: Cell, t_us: int) -> QTableWidgetItem:
        item = QTableWidgetItem(cell.text)
        item.setData(MOMENT, t_us)
        item.setToolTip(cell.why)
        if cell.alarming:
            item.setBackground(QColor(self._theme.line))
        return item

    def _picked(self, item: QTableWidgetItem) -> None:
        self.chosen.emit(item.data(MOMENT))
