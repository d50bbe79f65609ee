"""Check-in and dose: items to tick, the dose record with its working, another rate, the devices of a spray."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display.care_acts import Wanted
from monitor_app.display.fields import field, number_of
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button, hint
from monitor_app.display.ticks import Ticks


class DosePanel(Panel):
    """wanted: a Wanted. No number of a dose is ever filled in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ticks = Ticks(self.tr("This profile asks nothing at admission."), self)
        self.ticks.wanted.connect(self.wanted)
        self.typed: dict[str, QLineEdit] = {
            "weight_kg": field(self.tr("weight, kg"), self),
            "mg_per_kg": field(self.tr("mg/kg"), self),
            "minutes": field(self.tr("minutes"), self),
            "mg_per_ml": field(self.tr("mg/mL"), self),
        }
        self.second = field(self.tr("second check by"), self)
        self.record = button(self.tr("Record the dose"), self)
        self.record.clicked.connect(lambda: self._record(False))
        self.confirm = button(self.tr("Unusual, and right"), self)
        self.confirm.clicked.connect(lambda: self._record(True))
        self.working = QLabel("", self)
        self.working.setWordWrap(True)
        self.rate = field(self.tr("new rate, mL/h"), self)
        self.was = field(self.tr("rate until now, mL/h"), self)
        self.why = field(self.tr("reason of the change"), self)
        self.change = button(self.tr("Change the rate"), self)
        self.change.clicked.connect(self._change)
        self.give = button("", self)
        self.give.clicked.connect(self._give)
        self.sentence = hint("", self)
        self._next_dose = 0
        grid = QGridLayout()
        grid.setVerticalSpacing(12)
        rows = (
            (self.tr("Dose"), (*self.typed.values(), self.second, self.record, self.confirm)),
            (self.tr("Rate"), (self.rate, self.was, self.why, self.change)),
            (self.tr("Spray"), (self.give,)),
        )
        for place, (label, parts) in enumerate(rows):
            name = QLabel(label, self)
            grid.addWidget(name, place, 0)
            row = QHBoxLayout()
            row.setSpacing(10)
            for part in parts:
                row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
            if self.give in parts:
                row.addStretch(1)
                self._spray = name
            grid.addLayout(row, place, 1)
        grid.setColumnStretch(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addWidget(self.ticks)
        box.addLayout(grid)
        box.addWidget(self.working)
        box.addWidget(self.sentence)
        box.addStretch(1)

    def forget(self) -> None:
        """Nothing typed."""
        for one in (*self.typed.values(), self.second, self.rate, self.was, self.why):
            one.clear()
        self.ticks.forget()
        self.sentence.clear()

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        view = chair.care
        self.ticks.show_items(view.checkin, snapshot)
        rate = self.tr("runs at {}").format(view.rate) if view.rate else ""
        self.working.setText("     ".join(part for part in (view.dose, rate, view.delivered) if part))
        self._next_dose = view.next_dose
        self.give.setVisible(bool(view.next_dose))
        self._spray.setVisible(bool(view.next_dose))
        self.give.setText(self.tr("Device {} given now").format(view.next_dose))

    def _record(self, confirmed: bool) -> None:
        values = {name: number_of(line) for name, line in self.typed.items()}
        missing = [self.typed[name].placeholderText() for name, value in values.items() if not value]
        self.sentence.setText(self.tr("A number is needed: {}").format(", ".join(missing)) if missing else "")
        if not missing:
            fields = {**values, "second_check": self.second.text().strip(), "confirmed": confirmed}
            self.wanted.emit(Wanted(care.RecordDose, self.tr("dose recorded"), fields))

    def _change(self) -> None:
        new, was = number_of(self.rate), number_of(self.was)
        if not new or was is False:
            self.sentence.setText(self.tr("A rate is a number above 0."))
            return
        self.sentence.clear()
        fields = {"ml_per_h": new, "was_ml_per_h": was, "reason": self.why.text().strip()}
        self.wanted.emit(Wanted(care.ChangeRate, self.tr("rate changed"), fields))

    def _give(self) -> None:
        words = self.tr("device {} given").format(self._next_dose)
        self.wanted.emit(Wanted(care.GiveDose, words, {"number": self._next_dose}))
