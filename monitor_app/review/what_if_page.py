"""What would have alarmed under another limit or delay? Choose, run, and read what is the same, later, spared or added.

A line jumps to its moment. What was spared although somebody had called it right, or had acted, is missed, and says so.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
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

from monitor_app.alarms import CATALOGUE, LIMIT_ROWS
from monitor_app.alarms.limits import LimitRow
from monitor_app.core.limits import Side
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import LimitPhase
from monitor_app.record.anchors import Anchors
from monitor_app.review.axis import clock
from monitor_app.review.trial import Trial

COLUMNS = ("Time", "Under these limits", "By", "Alarm", "")
MOMENT = Qt.ItemDataRole.UserRole
DELAY_MAX_S, LIMIT_MAX = 600.0, 300.0
_PHASES = (LimitPhase.BASE, LimitPhase.INF, LimitPhase.REC)
_LIMITS: dict[str, LimitRow] = {row.id: row for row in LIMIT_ROWS}
_DELAYS = {row.id: row.delay_us / SECOND_US for row in CATALOGUE if row.delay_us and not row.for_station}
ROWS = tuple(dict.fromkeys([*_LIMITS, *_DELAYS]))
"""What can be tried: every row with a limit, and every row that waits."""


class WhatIfPage(QWidget):
    """chosen: the moment of a line, in station time. left: back to the session."""

    chosen = Signal(object)
    left = Signal()

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self._session = ""
        self._anchors: Anchors | None = None
        self.limits: dict[str, float] = {}
        self.delays: dict[str, float] = {}
        self.row, self.limit, self.delay = QComboBox(), QDoubleSpinBox(), QDoubleSpinBox()
        self.row.addItems([row.replace("_", " ") for row in ROWS])
        self.row.setAccessibleName("Alarm")
        self.limit.setRange(0, LIMIT_MAX)
        self.limit.setAccessibleName("Limit")
        self.delay.setRange(0, DELAY_MAX_S)
        self.delay.setSuffix(" s")
        self.delay.setAccessibleName("Delay")
        self.take, self.clear = QPushButton("Take"), QPushButton("Take all back")
        self.run, self.cancel, self.back = QPushButton("Run"), QPushButton("Cancel"), QPushButton("Esc  Session")
        self.run.setProperty("role", "primary")
        self.changes = QLabel()
        self.changes.setTextFormat(Qt.TextFormat.PlainText)
        self.changes.setWordWrap(True)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.table = QTableWidget(0, len(COLUMNS))
        self._build()
        self._connect()
        self._show_row()
        self._show_changes()
        self._running(False)

    def _build(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(COLUMNS))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        table.setAccessibleName("What would have alarmed")
        entry, presses = QHBoxLayout(), QHBoxLayout()
        for part in (
            QLabel("Alarm"), self.row, QLabel("limit in every phase"), self.limit, QLabel("delay"), self.delay, self.take,
        ):  # fmt: skip
            entry.addWidget(part)
        entry.addStretch(1)
        for press in (self.run, self.cancel, self.clear, self.bar, self.back):
            presses.addWidget(press)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 8)
        title = QLabel("What if?")
        title.setProperty("role", "title")
        box.addWidget(title)
        box.addLayout(entry)
        box.addWidget(self.changes)
        box.addLayout(presses)
        box.addWidget(self.said)
        box.addWidget(table, 1)

    def _connect(self) -> None:
        self.row.currentIndexChanged.connect(self._show_row)
        self.take.clicked.connect(self.take_change)
        self.clear.clicked.connect(self.take_back)
        self.run.clicked.connect(self.start)
        self.cancel.clicked.connect(self.stop)
        self.back.clicked.connect(self.left)
        self.table.itemActivated.connect(self._picked)
        self.table.itemDoubleClicked.connect(self._picked)

    # ------------------------------------------------------------ choosing

    def open(self, session: str, anchors: Anchors) -> None:
        """Begin with this session; what was taken before is kept, so that several sessions can be asked the same."""
        if session != self._session:
            self.table.setRowCount(0)
            self.said.setText("")
        self._session, self._anchors = session, anchors

    @property
    def row_id(self) -> str:
        """The row that is chosen."""
        return ROWS[self.row.currentIndex()]

    def _show_row(self) -> None:
        limit, delay = _LIMITS.get(self.row_id), _DELAYS.get(self.row_id)
        self.limit.setEnabled(limit is not None)
        self.delay.setEnabled(delay is not None)
        if limit is not None:
            number = limit.recommended(LimitPhase.INF)
            self.limit.setValue(self.limits.get(self.row_id, number if number is not None else limit.guard))
            self.limit.setPrefix("> " if limit.side is Side.UPPER else "< ")
        self.delay.setValue(self.delays.get(self.row_id, delay or 0))

    def take_change(self) -> None:
        """Try this limit and this delay; what is as the catalogue has it is no change."""
        row = self.row_id
        limit = _LIMITS.get(row)
        if limit is not None:
            self.limits[row] = self.limit.value()
            if self.limit.value() == limit.recommended(LimitPhase.INF):
                del self.limits[row]
        if row in _DELAYS:
            self.delays[row] = self.delay.value()
            if self.delay.value() == _DELAYS[row]:
                del self.delays[row]
        self._show_changes()

    def take_back(self) -> None:
        """Nothing shall be different."""
        self.limits.clear()
        self.delays.clear()
        self._show_row()
        self._show_changes()

    def _show_changes(self) -> None:
        parts = [f"{row.replace('_', ' ')} limit {value:g}" for row, value in self.limits.items()]
        parts += [f"{row.replace('_', ' ')} delay {value:g} s" for row, value in self.delays.items()]
        self.changes.setText(
            "Tried: " + ", ".join(parts)
            if parts
            else "Nothing is different yet: a run shows whether the record comes out again."
        )

    def toml(self) -> str:
        """The file of `chairside what-if`: a limit holds in every phase in which its row has one."""
        lines: list[str] = []
        for row, value in self.limits.items():
            lines.append(f"[limits.{row}]")
            lines += [f"{p.value} = {value:g}" for p in _PHASES if _LIMITS[row].recommended(p) is not None]
        if self.delays:
            lines.append("[delays_s]")
            lines += [f"{row} = {value:g}" for row, value in self.delays.items()]
        return "\n".join(lines) + "\n"

    # ------------------------------------------------------------ running

    def start(self) -> None:
        """Live the session again, elsewhere."""
        if self._session and not self._trial.is_running:
            self.table.setRowCount(0)
            self.said.setText("The session is lived again, first as it was, then under these limits ...")
            self._running(True)
            self._trial.what_if(self._session, self.toml())

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
        """Show what would have been."""
        self._running(False)
        self.said.setText(summary(answer))
        lines = sorted(answer["occurrences"], key=lambda one: moment(one))
        self.table.setRowCount(len(lines))
        for place, one in enumerate(lines):
            for column, text in enumerate(self._cells(one)):
                item = QTableWidgetItem(text)
                item.setData(MOMENT, moment(one))
                self.table.setItem(place, column, item)

    def _cells(self, one: dict[str, Any]) -> tuple[str, ...]:
        seen = one["recorded"] or one["replayed"]
        time = clock(self._anchors, moment(one)) if self._anchors is not None else ""
        shift = f"{abs(one['shift_s']):.1f} s" if one["shift_s"] else ""
        missed = "MISSED: it was called right, or somebody acted" if one["missed"] else ""
        return time, one["verdict"], shift, seen["message"], missed

    def _running(self, runs: bool) -> None:
        self.run.setEnabled(not runs)
        self.cancel.setEnabled(runs)
        self.bar.setVisible(runs)
        self.bar.setValue(0)

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
