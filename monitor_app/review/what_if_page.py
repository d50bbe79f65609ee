"""What would have alarmed under another limit or delay? Drag or choose, run, and read: the same, later, spared, added.

A line jumps to its moment. What was spared although somebody had called it right, or had acted, is missed, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core import events as ev
from monitor_app.core.limits import Side
from monitor_app.core.phases import LimitPhase
from monitor_app.display.tables import make_rows_pressable
from monitor_app.review.axis import clock
from monitor_app.review.limit_course import in_force
from monitor_app.review.limit_plot import LimitPlot, occurrences
from monitor_app.review.story import Story
from monitor_app.review.trial import Trial
from monitor_app.review.trying import DELAYS, LIMITS, ROWS, Tried
from monitor_app.review.waiting import Waiting

COLUMNS = ("Time", "Under these limits", "By", "Alarm", "")
MOMENT = Qt.ItemDataRole.UserRole
DELAY_MAX_S, LIMIT_MAX = 600.0, 300.0


class WhatIfPage(QWidget):
    """chosen: the moment of a line, in station time. left: back to the session."""

    chosen = Signal(object)
    left = Signal()

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self._story: Story | None = None
        self._events: Sequence[ev.Event] = ()
        self._answer: dict[str, Any] | None = None
        self.tried = Tried()
        self.row, self.limit, self.delay = QComboBox(), QDoubleSpinBox(), QDoubleSpinBox()
        self.row.addItems([row.replace("_", " ") for row in ROWS])
        self.row.setAccessibleName("Alarm")
        self.limit.setRange(0, LIMIT_MAX)
        self.limit.setDecimals(1)
        self.limit.setAccessibleName("Limit")
        self.delay.setRange(0, DELAY_MAX_S)
        self.delay.setDecimals(0)
        self.delay.setSuffix(" s")
        self.delay.setAccessibleName("Delay")
        self.plot = LimitPlot()
        self.beyond = QLabel()
        self.beyond.setProperty("role", "hint")
        self.take, self.clear = QPushButton("Take"), QPushButton("Reset to recorded")
        self.run, self.back = QPushButton("Run"), QPushButton("Esc  Session")
        self.run.setProperty("role", "primary")
        self.changes = QLabel()
        self.changes.setTextFormat(Qt.TextFormat.PlainText)
        self.changes.setWordWrap(True)
        self.waiting = Waiting(trial)
        self.said, self.cancel, self.bar = self.waiting.said, self.waiting.cancel, self.waiting.bar
        self.table = QTableWidget(0, len(COLUMNS))
        self._build()
        self._connect()
        self._show_row()
        self._show_changes()

    def _build(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(COLUMNS))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        make_rows_pressable(table)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        table.setAccessibleName("What would have alarmed")
        entry = QHBoxLayout()
        title = QLabel("What if?")
        title.setProperty("role", "title")
        for part in (
            self.back, title, QLabel("Alarm"), self.row, QLabel("limit"), self.limit, QLabel("delay"),
            self.delay, self.take,
        ):  # fmt: skip
            entry.addWidget(part)
        entry.addStretch(1)
        presses = QHBoxLayout()
        presses.addWidget(self.run)
        presses.addWidget(self.clear)
        presses.addWidget(self.waiting, 1)
        above, below, across = QWidget(), QWidget(), QSplitter(Qt.Orientation.Vertical)
        upper, lower = QVBoxLayout(above), QVBoxLayout(below)
        for layout in (upper, lower):
            layout.setContentsMargins(0, 0, 0, 0)
        upper.addWidget(self.plot, 1)
        upper.addWidget(self.beyond)
        for item in (self.changes, self.said, table):
            lower.addWidget(item, 1 if item is table else 0)
        across.addWidget(above)
        across.addWidget(below)
        across.setSizes([460, 320])
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 8)
        box.addLayout(entry)
        box.addLayout(presses)
        box.addWidget(across, 1)

    def _connect(self) -> None:
        self.row.currentIndexChanged.connect(self._show_row)
        self.limit.valueChanged.connect(self._typed)
        self.plot.moved.connect(self._dragged)
        self.plot.released.connect(lambda _: self.take_change())
        self.plot.run.connect(self.start)
        self.take.clicked.connect(self.take_change)
        self.clear.clicked.connect(self.take_back)
        self.run.clicked.connect(self.start)
        self.waiting.runs.connect(lambda runs: self.run.setEnabled(not runs))
        self.back.clicked.connect(self.left)
        self.table.itemActivated.connect(self._picked)
        self.table.itemDoubleClicked.connect(self._picked)

    # ------------------------------------------------------------ choosing

    def open(self, story: Story, events: Sequence[ev.Event]) -> None:
        """Begin with this session; what was taken before is kept, so that several sessions can be asked the same."""
        if self._story is None or story.row.uuid != self._story.row.uuid:
            self.table.setRowCount(0)
            self.said.setText("")
            self._answer = None
        self._story, self._events = story, events
        self._show_row()
        self.plot.setFocus()

    @property
    def row_id(self) -> str:
        """The row that is chosen."""
        return ROWS[self.row.currentIndex()]

    def _show_row(self) -> None:
        limit, delay = LIMITS.get(self.row_id), DELAYS.get(self.row_id)
        self.limit.setEnabled(limit is not None)
        self.delay.setEnabled(delay is not None)
        if limit is not None:
            number = limit.recommended(LimitPhase.INF)
            self.limit.setPrefix("> " if limit.side is Side.UPPER else "< ")
            self.limit.setValue(self.tried.limits.get(self.row_id, number if number is not None else limit.guard))
        self.delay.setValue(self.tried.delays.get(self.row_id, delay or 0))
        if self._story is not None:
            force = in_force(self._events, self.row_id, self._story.to_us)
            self.plot.show_row(self._story, self.row_id, force, self.limit.value() if limit is not None else None)
            self.beyond.setText(self.plot.sentence())
            self._show_ribbons()

    def _show_ribbons(self) -> None:
        if self._answer is not None:
            self.plot.show_answer(occurrences(self._answer, self.row_id))

    def _typed(self, value: float) -> None:
        self.plot.set_value(value)
        self.beyond.setText(self.plot.sentence())

    def _dragged(self, value: float) -> None:
        self.limit.setValue(value)
        self.beyond.setText(self.plot.sentence())

    def take_change(self) -> None:
        """Try this limit and this delay; what is as the catalogue has it is no change."""
        if self.row_id in LIMITS:
            self.tried.take_limit(self.row_id, self.limit.value())
        if self.row_id in DELAYS:
            self.tried.take_delay(self.row_id, self.delay.value())
        self._show_changes()

    def take_back(self) -> None:
        """Nothing shall be different."""
        self.tried.take_back()
        self._answer = None
        self._show_row()
        self._show_changes()

    def _show_changes(self) -> None:
        self.changes.setText(self.tried.words())

    # ------------------------------------------------------------ running

    def start(self) -> None:
        """Live the session again, elsewhere."""
        if self._story is not None and not self._trial.is_running:
            self.take_change()
            self.table.setRowCount(0)
            self.waiting.begin("The session is lived again, first as it was, then under these limits ...")
            self._trial.what_if(self._story.row.uuid, self.tried.toml())

    def answered(self, answer: dict[str, Any]) -> None:
        """Show what would have been."""
        self.waiting.done(summary(answer))
        self._answer = answer
        self._show_ribbons()
        lines = sorted(answer["occurrences"], key=lambda one: moment(one))
        self.table.setRowCount(len(lines))
        for place, one in enumerate(lines):
            for column, text in enumerate(self._cells(one)):
                item = QTableWidgetItem(text)
                item.setData(MOMENT, moment(one))
                self.table.setItem(place, column, item)

    def _cells(self, one: dict[str, Any]) -> tuple[str, ...]:
        seen = one["recorded"] or one["replayed"]
        time = clock(self._story.anchors, moment(one)) if self._story is not None else ""
        shift = f"{abs(one['shift_s']):.1f} s" if one["shift_s"] else ""
        missed = "MISSED: it was called right, or somebody acted" if one["missed"] else ""
        return time, one["verdict"], shift, seen["message"], missed

    def _picked(self, item: QTableWidgetItem) -> None:
        self.chosen.emit(item.data(MOMENT))


def moment(one: dict[str, Any]) -> int:
    """When an occurrence of the answer was raised, in station time: as recorded where it was."""
    return int((one["recorded"] or one["replayed"])["t_us"])


def summary(answer: dict[str, Any]) -> str:
    """The answer in two sentences."""
    words = ("same", "earlier", "later", "spared", "added")
    counts = ", ".join(f"{answer[word]} {word}" for word in words)
    said = f"{answer['recorded']} alarms were recorded, {answer['replayed']} under these limits: {counts}."
    if not answer.get("reproduces_record", True):
        said += " Other alarm rules decided then: both sides are by the rules of now."
    elif answer["unchanged"]:
        said = f"The record comes out again: all {answer['recorded']} alarms, and only those."
    missed = answer["missed"]
    if missed:
        said += f" {missed} of the spared would have been MISSED."
    before, after = (answer["per_chair_hour"][key] for key in ("recorded", "replayed"))
    if before is not None and after is not None and not answer["unchanged"]:
        said += f" Per chair-hour of infusion and recovery: {before:.2f}, then {after:.2f}."
    return said + f" By the code of Chairside {answer['executed_by']}."
