"""What is open, and who has taken it? The list under the banner; it pushes the content down and covers nothing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidgetItem, QVBoxLayout, QWidget

from monitor_app.core.snapshot import AlarmView, Snapshot
from monitor_app.display import words
from monitor_app.display.language import heard, phrase
from monitor_app.display.presenter import fill_of
from monitor_app.display.rows import ROLE, Row, Rows
from monitor_app.display.theme import Theme

ROWS_MAX = 12
"""Rows seen at once; more are reached by scrolling inside."""


def alarm_rows(snapshot: Snapshot, now_us: int) -> tuple[Row, ...]:
    """All open alarms, in the snapshot's order."""
    return tuple(alarm_row(alarm, snapshot, now_us) for alarm in snapshot.alarms)


def alarm_row(alarm: AlarmView, snapshot: Snapshot, now_us: int, *, placed: bool = True) -> Row:
    """One alarm as a line. placed: with its chair before it."""
    first = "  " + phrase("first") if alarm.first_out else ""
    standing = words.standing(alarm, snapshot, now_us) or heard(alarm.state.value.replace("_", " "))
    return Row(
        lead=words.where(alarm) if placed else words.clock(snapshot, alarm.since_us),
        text=f"{words.headline(alarm)}{first}",
        side=f"{standing}   {words.between(alarm.since_us, now_us)}",
        priority=alarm.priority,
        fill=fill_of(alarm, now_us),
        chair=alarm.chair,
    )


class AlarmList(QWidget):
    """`chosen`: Enter or a press on a line leads to its chair."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = Rows(theme, phrase("No alarm is open. Alarms appear here when they are raised."), self)
        self._title = QLabel(self.tr("Open alarms"), self)
        self._title.setProperty("role", "title")
        self._hint = QLabel(self.tr("Enter: open the chair    B or Esc: close"), self)
        self._hint.setProperty("role", "hint")
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._hint)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 8, 14, 8)
        box.setSpacing(4)
        box.addLayout(head)
        box.addWidget(self.list)
        self.list.itemActivated.connect(self._activated)
        self.list.itemClicked.connect(self._activated)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self.list.set_theme(theme)
        self.list.set_cap(max(10.0, 14 * scale))

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """The newest lines; the height follows their number."""
        self.list.show_rows(alarm_rows(snapshot, now_us))
        seen = min(ROWS_MAX, max(1, len(self.list.rows)))
        self.list.setFixedHeight(round(self.list.cap * 2.6) * seen + 2)
        self.setFixedHeight(self.list.height() + self._title.sizeHint().height() + 24)

    def _activated(self, item: QListWidgetItem) -> None:
        chair = item.data(ROLE).chair
        if chair is not None:
            self.chosen.emit(chair)
