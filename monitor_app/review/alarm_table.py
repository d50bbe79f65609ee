"""Every alarm of the session: how long it lasted, how fast it was answered, by whom and why; a click jumps to its onset."""

from __future__ import annotations

from statistics import median

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.priority import prefix
from monitor_app.display import theme as look
from monitor_app.display.tables import make_rows_pressable
from monitor_app.record.report.rounding import alarm_words, lasted
from monitor_app.review.axis import clock
from monitor_app.review.story import AlarmSpan, Story

HEAD = ("Raised", "", "Alarm", "Worst", "Lasted", "Taken after", "By", "Ended")
MOMENT = Qt.ItemDataRole.UserRole


class AlarmTable(QWidget):
    """`chosen` carries the onset of the alarm a person picked."""

    chosen = Signal(object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self.table = QTableWidget(0, len(HEAD))
        self.table.setHorizontalHeaderLabels(list(HEAD))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        make_rows_pressable(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setAccessibleName("Alarms of the session")
        self.table.itemActivated.connect(self._picked)
        self.table.itemClicked.connect(self._picked)
        self.totals = QLabel()
        self.totals.setProperty("role", "hint")
        self.totals.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.totals)
        layout.addWidget(self.table, 1)

    def show_story(self, story: Story) -> None:
        """List the alarms of this session."""
        self.totals.setText(totals(story))
        self.table.setRowCount(len(story.alarms))
        for place, span in enumerate(story.alarms):
            for column, text in enumerate(cells(story, span)):
                item = QTableWidgetItem(text)
                item.setData(MOMENT, span.from_us)
                if column == 1:
                    item.setForeground(QColor(look.ALARM[span.priority].dim_text))
                self.table.setItem(place, column, item)

    def _picked(self, item: QTableWidgetItem) -> None:
        self.chosen.emit(item.data(MOMENT))


def cells(story: Story, span: AlarmSpan) -> tuple[str, ...]:
    """One line."""
    line, raised = span.line, span.line.raised
    worst = line.extremum if line.extremum is not None else raised.value
    held = "   held back behind a graver one" if raised.suppressed_by is not None else ""
    return (
        clock(story.anchors, span.from_us),
        prefix(span.kind, span.priority),
        alarm_words(raised.message) + held,
        f"{worst:g} {raised.unit}".strip() if worst is not None else "-",
        lasted(line.ended_us - span.from_us) if line.ended_us is not None else "goes on",
        lasted(line.acknowledged_us - span.from_us) if line.acknowledged_us is not None else "never",
        line.acknowledged_by.partition(":")[2] or line.acknowledged_by or "-",
        line.end_reason.replace("_", " ") or "-",
    )


def totals(story: Story) -> str:
    """How many, how many were taken, and after how long."""
    if not story.alarms:
        return "No alarm was raised in this session."
    answers = [a.line.acknowledged_us - a.from_us for a in story.alarms if a.line.acknowledged_us is not None]
    words = f"{len(story.alarms)} alarms, {len(answers)} acknowledged"
    return (
        f"{words}, after {lasted(round(median(answers)))} in the median, {lasted(max(answers))} at most"
        if answers
        else words
    )
