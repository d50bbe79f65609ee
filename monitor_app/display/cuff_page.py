"""The schedule of one chair's cuff: how often in each part, what comes next and why, what it does now, the last readings.

The intervals are the profile's and are read here; a person starts and stops the cuff. The page leaves when another patient
sits there.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display.cuff_axis import CuffAxis
from monitor_app.display.cuff_text import cuff_page_text, stopped_text
from monitor_app.display.language import heard, phrase
from monitor_app.display.panels import button, hint
from monitor_app.display.rows import Heads, Rows
from monitor_app.display.theme import Theme


class CuffPage(QWidget):
    """started, stopped: a person wants a reading now, or the cuff to deflate, at the chair that is shown."""

    started = Signal()
    stopped = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.session: str | None = None
        self.who = QLabel("", self)
        self.who.setTextFormat(Qt.TextFormat.PlainText)
        self.who.setStyleSheet("font-size: 32px; font-weight: 600;")
        self.trouble = QLabel("", self)
        self.trouble.setProperty("role", "refused")
        self.now = QLabel("", self)
        for said in (self.trouble, self.now):
            said.setTextFormat(Qt.TextFormat.PlainText)
            said.setWordWrap(True)
        self.axis = CuffAxis(theme, self)
        self.parts = Rows(theme, "", self)
        self.parts.setAccessibleName(self.tr("How often the cuff measures"))
        self.readings = Rows(theme, self.tr("No blood pressure yet. F2 starts one."), self)
        self.readings.setAccessibleName(self.tr("Last blood pressures"))
        self.readings.heads = (self.tr("cause"), self.tr("status"))
        self.heads = Heads(self.readings, "", self)
        self.source, self.quiet = hint("", self), hint("", self)
        self.start = button(self.tr("BP now   F2"), self, primary=True)
        self.start.clicked.connect(self.started)
        self.stop = button(self.tr("Stop cuff   F2"), self)
        self.stop.clicked.connect(self.stopped)
        self.close_button = button(self.tr("Close   Esc"), self)
        self.close_button.clicked.connect(self.left)
        self._lay_out()

    def _lay_out(self) -> None:
        plan = QVBoxLayout()
        plan.setSpacing(6)
        plan.addWidget(self.parts, 1)
        plan.addWidget(self.source)
        plan.addWidget(self.quiet)
        past = QVBoxLayout()
        past.setSpacing(0)
        past.addWidget(self.heads)
        past.addWidget(self.readings, 1)
        both = QHBoxLayout()
        both.setSpacing(12)
        both.addLayout(plan, 1)
        both.addLayout(past, 1)
        presses = QHBoxLayout()
        presses.setSpacing(10)
        presses.addWidget(self.start)
        presses.addWidget(self.stop)
        presses.addStretch(1)
        presses.addWidget(self.close_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        for part in (self.who, self.trouble, self.now, self.axis):
            box.addWidget(part)
        box.addLayout(both, 1)
        box.addLayout(presses)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        cap = max(9.5, 12 * scale)
        for rows in (self.parts, self.readings):
            rows.set_theme(theme)
            rows.set_cap(cap)
        self.heads.set_theme(theme, cap)
        self.axis.set_theme(theme, cap)

    def open(self, chair: ChairView) -> None:
        """Begin with this chair."""
        self.number, self.session = chair.number, chair.session

    def show_chair(self, chair: ChairView | None, snapshot: Snapshot, station_us: int, live: bool) -> None:
        """The newest picture; leaves when the patient has changed. live: False once the picture is too old."""
        if chair is None or chair.session is None or chair.session != self.session:
            self.left.emit()
            return
        text = cuff_page_text(chair, snapshot, station_us) if live else stopped_text()
        self.who.setText(f"{phrase('CHAIR {}').format(chair.number)}   {chair.title}   {heard(chair.phase.word)}")
        for label, words in (
            (self.trouble, text.trouble), (self.now, text.now), (self.source, text.source), (self.quiet, text.quiet),
        ):  # fmt: skip
            label.setVisible(bool(words))
            if label.text() != words:
                label.setText(words)
        self.axis.show_text(text)
        self.parts.show_rows(text.parts)
        self.readings.show_rows(text.readings)
        self.heads.setVisible(bool(text.readings))
        self.heads.update()
        self.start.setEnabled(text.startable)
        self.stop.setEnabled(text.stoppable)
