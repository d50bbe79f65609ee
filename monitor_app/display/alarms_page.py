"""Every alarm of one chair: is it watched, by which limit and delay, why does it stand or not; pause them, switch one off.

The station explains and decides; the page asks again every second for as long as somebody looks, and leaves when another
patient sits there.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.snapshot import ChairView, Snapshot, WhyView
from monitor_app.display import quiet
from monitor_app.display.language import phrase
from monitor_app.display.panels import button
from monitor_app.display.tables import ChoiceTable

ASK_US = 1_000_000
REASON_MAX = 200


class AlarmsPage(QWidget):
    """explained: the chair to ask about. paused: pause or resume. off: row, label, reason. on: row, label."""

    explained = Signal(int)
    paused = Signal()
    switched_off = Signal(str, str, str)
    switched_on = Signal(str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.session: str | None = None
        self._rows: tuple[WhyView, ...] = ()
        self._asked_us = -ASK_US
        self.who = QLabel("", self)
        self.who.setTextFormat(Qt.TextFormat.PlainText)
        self.who.setStyleSheet("font-size: 32px; font-weight: 600;")
        self.resting = QLabel("", self)
        self.resting.setTextFormat(Qt.TextFormat.PlainText)
        self.resting.setWordWrap(True)
        heads = [
            self.tr("Alarm"), self.tr("Priority"), self.tr("State"), self.tr("Now"), self.tr("Limit"), self.tr("Delay"),
        ]  # fmt: skip
        self.table = ChoiceTable(heads, self.tr("Alarms of this chair"), self)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.why = QLabel("", self)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setWordWrap(True)
        self.why.setStyleSheet("font-size: 18px;")
        self.pause = button("", self)
        self.pause.clicked.connect(self.paused)
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(REASON_MAX)
        self.reason.setPlaceholderText(self.tr("reason, needed to switch an alarm off"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.textChanged.connect(self._show_chosen)
        self.switch = button("", self)
        self.switch.clicked.connect(self._switch)
        close = button(self.tr("Close   Esc"), self)
        close.clicked.connect(self.left)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.pause)
        row.addWidget(self.reason, 1)
        row.addWidget(self.switch)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addWidget(self.who)
        box.addWidget(self.resting)
        box.addWidget(self.table, 1)
        box.addWidget(self.why)
        box.addLayout(row)

    # ------------------------------------------------------------ showing

    def open(self, chair: ChairView) -> None:
        """Begin with this chair, and with nothing typed."""
        self.number, self.session, self._rows = chair.number, chair.session, ()
        self._asked_us = -ASK_US
        self.table.setRowCount(0)
        self.reason.clear()
        self.who.setText(f"{phrase('CHAIR {}').format(chair.number)}   {chair.title}")

    def show_chair(self, chair: ChairView | None, snapshot: Snapshot, station_us: int, now_us: int) -> None:
        """The newest words; leaves when the patient has changed. now_us: of the display's clock, for asking again."""
        if chair is None or chair.session is None or chair.session != self.session:
            self.left.emit()
            return
        if now_us - self._asked_us >= ASK_US:
            self._asked_us = now_us
            self.explained.emit(self.number)
        said = quiet.sentence(chair, station_us)
        self.resting.setText(said)
        self.resting.setVisible(bool(said))
        resting = chair.resting is not None
        self.pause.setText(self.tr("Alarms on again   Shift+A") if resting else self.tr("Pause these alarms   Shift+A"))
        view = snapshot.explained
        if view is not None and (view.chair, view.session) == (self.number, self.session):
            self._show_rows(view.rows)
        self._show_chosen()

    def _show_rows(self, rows: tuple[WhyView, ...]) -> None:
        fresh = [one.label for one in rows] != [one.label for one in self._rows]
        self._rows = rows
        if fresh:
            self.table.setRowCount(len(rows))
            if rows and self.table.currentRow() < 0:
                self.table.selectRow(0)
        for at, one in enumerate(rows):
            priority = one.priority.word if one.priority is not None else self.tr("none now")
            state = self.tr("OFF, {}").format(one.standing) if one.off else one.standing
            for column, text in enumerate((one.label, priority, state, one.now, one.limit, one.delay)):
                self._write(at, column, text, bold=one.standing == "alarm" or one.off)

    def _write(self, row: int, column: int, text: str, bold: bool) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)
        if item.font().bold() != bold:
            font = item.font()
            font.setBold(bold)
            item.setFont(font)

    # ------------------------------------------------------------ choosing

    def choose(self, row_id: str) -> None:
        """Look at this row."""
        place = next((at for at, one in enumerate(self._rows) if one.row == row_id), None)
        if place is not None:
            self.table.selectRow(place)

    def _chosen(self) -> WhyView | None:
        row = self.table.currentRow()
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def _show_chosen(self) -> None:
        one = self._chosen()
        self.why.setText(one.sentence if one is not None else self.tr("Asking the station ..."))
        self.reason.setVisible(one is not None and one.may_be_off and not one.off)
        if one is None:
            self.switch.setText(self.tr("Switch off"))
            self.switch.setEnabled(False)
        elif one.off:
            self.switch.setText(self.tr("Switch {} on again").format(one.label))
            self.switch.setEnabled(True)
        elif not one.may_be_off:
            self.switch.setText(self.tr("{} can never be switched off").format(one.label))
            self.switch.setEnabled(False)
        else:
            self.switch.setText(self.tr("Switch {} off until the next phase").format(one.label))
            self.switch.setEnabled(bool(self.reason.text().strip()))

    def _switch(self) -> None:
        one = self._chosen()
        if one is None:
            return
        if one.off:
            self.switched_on.emit(one.row, one.label)
        else:
            self.switched_off.emit(one.row, one.label, self.reason.text().strip())
            self.reason.clear()
