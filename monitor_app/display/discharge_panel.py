"""Discharge: every criterion with what it is judged by, since when the patient is ready, and the items to tick."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.care_views import CriterionView
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display import words
from monitor_app.display.care_acts import Wanted
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button
from monitor_app.display.ticks import Ticks

MARKS = {"met": "✓", "not met": "✗", "not known": "?"}
"""A shape for each state, beside its word."""

ORIENTED = "oriented"


class DischargePanel(Panel):
    """wanted: a TickItem."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[CriterionView, ...] = ()
        self.standing = QLabel("", self)
        self.standing.setProperty("role", "title")
        self.lines: list[tuple[QLabel, QLabel, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(8)
        self._grid.setHorizontalSpacing(24)
        self._grid.setColumnStretch(2, 1)
        self.oriented = button(self.tr("Oriented: name, place, day   now"), self)
        self.oriented.clicked.connect(
            lambda: self.wanted.emit(Wanted(care.TickItem, self.tr("oriented"), {"item": ORIENTED}))
        )
        self.ticks = Ticks(self.tr("The items of discharge come with recovery."), self)
        self.ticks.wanted.connect(self.wanted)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(14)
        box.addWidget(self.standing)
        box.addLayout(self._grid)
        box.addWidget(self.oriented)
        box.addWidget(self.ticks)
        box.addStretch(1)

    def forget(self) -> None:
        """Nothing typed."""
        self.ticks.forget()

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        view = chair.care
        self.standing.setText(self._words(view.ready_us, view.ready_word, snapshot))
        self.ticks.show_items(view.discharge, snapshot)
        if [row.id for row in view.readiness] != [row.id for row in self._rows]:
            self._rebuild(len(view.readiness))
        self._rows = view.readiness
        for (mark, text, because), row in zip(self.lines, view.readiness, strict=True):
            mark.setText(f"{MARKS.get(row.state, '?')}  {row.state}")
            text.setText(row.text)
            because.setText(row.because)

    def _words(self, ready_us: int | None, ready_word: str, snapshot: Snapshot) -> str:
        if ready_us is not None:
            return self.tr("Ready since {}").format(words.clock(snapshot, ready_us, seconds=False))
        return self.tr("{} criteria are met").format(ready_word) if ready_word else self.tr("Not in recovery yet")

    def _rebuild(self, count: int) -> None:
        for labels in self.lines:
            for old in labels:
                self._grid.removeWidget(old)
                old.deleteLater()
        self.lines = []
        for place in range(count):
            labels = (QLabel("", self), QLabel("", self), QLabel("", self))
            for column, label in enumerate(labels):
                self._grid.addWidget(label, place, column)
            self.lines.append(labels)
