"""Every entry of the session in words; Enter or a click jumps there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.priority import Priority
from monitor_app.display import theme as look
from monitor_app.review.axis import clock
from monitor_app.review.story import Line, Story

GROUPS = (("all", "All"), ("alarm", "Alarms"), ("bp", "BP"), ("note", "Notes"), ("phase", "Phases"))
SHAPES = {Priority.HIGH: "▲", Priority.MEDIUM: "◆", Priority.LOW: "■"}
MOMENT = Qt.ItemDataRole.UserRole


class EventList(QWidget):
    """`chosen` carries the moment of the line a person picked, in station time."""

    chosen = Signal(object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._group = "all"
        self._list = QListWidget()
        self._list.setAccessibleName("Events of the session")
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._picked)
        self._list.itemClicked.connect(self._picked)
        self._empty = QLabel("Nothing of this kind happened in this session.")
        self._empty.setProperty("role", "hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.search = QLineEdit()
        self.search.setPlaceholderText("F  find in the events")
        self.search.setAccessibleName("Find in the events")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        layout.addLayout(self._chips())
        layout.addWidget(self.search)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)

    def _chips(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._buttons = QButtonGroup(self)
        for group, label in GROUPS:
            button = QPushButton(label)
            button.setProperty("role", "tab")
            button.setCheckable(True)
            button.setChecked(group == self._group)
            button.clicked.connect(lambda _, wanted=group: self._filter(wanted))
            self._buttons.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def show_story(self, story: Story) -> None:
        """List this session."""
        self._story = story
        self._fill()

    def show_window(self, from_us: int, to_us: int) -> None:
        """Print what lies in the wave window in bold, without moving the list or the choice."""
        for place in range(self._list.count()):
            item = self._list.item(place)
            font = item.font()
            inside = from_us <= item.data(MOMENT) < to_us
            if font.bold() != inside:
                font.setBold(inside)
                item.setFont(font)

    def _filter(self, group: str) -> None:
        self._group = group
        self._fill()

    def _fill(self) -> None:
        self._list.clear()
        story = self._story
        wanted = self.search.text().casefold()
        lines = [] if story is None else [
            ln for ln in story.lines if self._group in ("all", ln.group) and wanted in ln.text.casefold()
        ]  # fmt: skip
        for line in lines:
            self._list.addItem(self._item(line))
        self._empty.setVisible(not lines)
        self._list.setVisible(bool(lines))

    def _item(self, line: Line) -> QListWidgetItem:
        time = clock(self._story.anchors, line.t_us) if self._story is not None else ""
        shape = SHAPES[line.priority] + " " if line.priority is not None else ""
        item = QListWidgetItem(f"{time}   {shape}{' '.join(line.text.split())}")
        item.setData(MOMENT, line.t_us)
        if line.priority is Priority.HIGH:
            item.setForeground(QBrush(QColor(self._theme.high_text)))
        elif line.priority is not None:
            item.setForeground(QBrush(QColor(look.ALARM[line.priority].dim_text)))
        return item

    def _picked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(MOMENT))
