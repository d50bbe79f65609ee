"""The limits of one chair: what is in force beside what is measured, and a change that cannot hit the wrong patient.

Nothing is applied before Save. The chair and whoever sits there stand on top and once more on the button; when the session
has changed meanwhile the page closes itself.

What would fit the present readings is proposed on demand, as it stood at that press: old beside new, and nothing of it holds
before a person applies it, all of it or one limit at a time.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.snapshot import ChairView, LimitView
from monitor_app.display import words
from monitor_app.display.language import phrase
from monitor_app.display.panels import button, hint
from monitor_app.display.tables import ChoiceTable

REASON_MAX, NAME_MAX, VALUE_MAX = 200, 64, 300
PROPOSED = 3
"""The column of what is proposed, beside what is in force."""
FITTED = "fits the present readings"
"""The reason of a limit that was applied as proposed; stored, so it has one language."""
_ORIGIN = {"profile": "profile", "baseline": "this patient's baseline", "edited": "● edited"}


class LimitsPage(QWidget):
    """edited: row, label, value (None: as the profile says), reason, clinician's name. Applying emits it for each limit."""

    edited = Signal(str, str, object, str, str)
    left = Signal()
    profile_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.session: str | None = None
        self._rows: tuple[LimitView, ...] = ()
        self._proposed: dict[str, float] = {}
        self.who = QLabel("", self)
        self.who.setTextFormat(Qt.TextFormat.PlainText)
        self.who.setStyleSheet("font-size: 32px; font-weight: 600;")
        heads = [
            self.tr("Limit"),
            self.tr("Now"),
            self.tr("In force"),
            self.tr("Proposed"),
            self.tr("From"),
            self.tr("Without edit"),
            self.tr("May be set"),
        ]
        self.table = ChoiceTable(heads, self.tr("Limits of this chair"), self)
        self.table.itemSelectionChanged.connect(self._choose)
        self.chosen = QLabel("", self)
        self.value = QDoubleSpinBox(self)
        self.value.setDecimals(0)
        self.value.setAccessibleName(self.tr("New limit"))
        self.value.valueChanged.connect(self._judge)
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(REASON_MAX)
        self.reason.setPlaceholderText(self.tr("Reason"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.clinician = QLineEdit(self)
        self.clinician.setMaxLength(NAME_MAX)
        self.clinician.setPlaceholderText(self.tr("Clinician's name"))
        self.clinician.setAccessibleName(self.tr("Clinician's name"))
        for field in (self.reason, self.clinician):
            field.textChanged.connect(self._judge)
        self.needs = hint("", self)
        self.save = button("", self, primary=True)
        self.save.clicked.connect(self._save)
        self.restore = button(self.tr("As the profile says"), self)
        self.restore.clicked.connect(self._restore)
        self.propose = button(self.tr("Propose from present readings"), self)
        self.propose.clicked.connect(self._propose)
        self.apply = button("", self)
        self.apply.clicked.connect(self._apply)
        close = button(self.tr("Close   Esc"), self)
        close.clicked.connect(self.left)
        entry = QHBoxLayout()
        entry.setSpacing(10)
        entry.addWidget(self.chosen)
        entry.addWidget(self.value)
        entry.addWidget(self.reason, 2)
        entry.addWidget(self.clinician, 1)
        presses = QHBoxLayout()
        presses.setSpacing(10)
        presses.addWidget(self.restore)
        profile = button(self.tr("Limits of the profile   Shift+L"), self)
        profile.clicked.connect(self.profile_wanted)
        presses.addWidget(profile)
        presses.addWidget(self.propose)
        presses.addWidget(self.apply)
        presses.addStretch(1)
        presses.addWidget(close)
        presses.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addWidget(self.who)
        box.addWidget(self.table, 1)
        box.addLayout(entry)
        box.addWidget(self.needs)
        box.addLayout(presses)

    # ------------------------------------------------------------ showing

    def open(self, chair: ChairView, parameter: str = "") -> None:
        """Begin with this chair, and with nothing typed. parameter: whose first limit is chosen, where it has one."""
        self.number, self.session, self._rows = chair.number, chair.session, ()
        self._proposed = {}
        self.reason.clear()
        self.clinician.clear()
        self.show_chair(chair)
        self.table.selectRow(self._first_of(parameter))
        self._choose()

    def _first_of(self, parameter: str) -> int:
        """The row of its first limit, the first of all where it has none."""
        return next((at for at, view in enumerate(self._rows) if view.parameter == parameter), 0)

    def show_chair(self, chair: ChairView | None) -> None:
        """The newest values; leaves when the patient has changed."""
        if chair is None or chair.session != self.session or not chair.limits:
            self.left.emit()
            return
        self.who.setText(f"{phrase('CHAIR {}').format(chair.number)}   {chair.title}")
        self.save.setText(self.tr("Save for CHAIR {} ({})").format(chair.number, chair.title))
        fresh = [view.row for view in chair.limits] != [view.row for view in self._rows]
        self._rows = chair.limits
        if fresh:
            self.table.setRowCount(len(self._rows))
        now = _values(chair)
        self._settle_proposed()
        for at, view in enumerate(self._rows):
            cells = (
                view.label,
                now.get(view.parameter, words.ABSENT),
                f"{view.value} {view.unit}",
                f"{self._proposed[view.row]:g}" if view.row in self._proposed else "",
                _ORIGIN.get(view.origin, view.origin),
                view.default,
                self.tr("{:g} to {:g}; by nobody beyond {:g}").format(view.low, view.high, view.guard),
            )
            for column, text in enumerate(cells):
                self._write(at, column, text, bold=view.origin == "edited" or column == PROPOSED)

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

    # ------------------------------------------------------------ proposing

    def _propose(self) -> None:
        """What fits now; it stays as it was read until it is applied, asked for anew or the page is left."""
        self._proposed = {view.row: view.proposed for view in self._rows if view.proposed is not None}
        self.needs.setText(
            self.tr("Proposed, not in force: look at old and new, then apply them all or save one.")
            if self._proposed
            else self.tr("Nothing to propose: no valid reading, one that alarms, or the limits fit already.")
        )
        self._settle_proposed()
        for at, view in enumerate(self._rows):
            text = f"{self._proposed[view.row]:g}" if view.row in self._proposed else ""
            self._write(at, PROPOSED, text, bold=True)
        chosen = self._chosen()
        if chosen is not None and chosen.row in self._proposed:
            self.value.setValue(self._proposed[chosen.row])

    def _settle_proposed(self) -> None:
        """What is in force by now is proposed no longer; without any the button to apply is dead."""
        in_force = {view.row: view.value for view in self._rows}
        self._proposed = {row: value for row, value in self._proposed.items() if in_force.get(row) != f"{value:g}"}
        count, chair = len(self._proposed), phrase("CHAIR {}").format(self.number)
        self.apply.setText(self.tr("Apply {} proposed for {}").format(count, chair))
        self.apply.setVisible(count > 0)

    def _apply(self) -> None:
        """Each as a change of its own, with old, new and who, like any other."""
        reason = self.reason.text().strip() or FITTED
        for view in self._rows:
            if view.row in self._proposed:
                self.edited.emit(view.row, view.label, self._proposed[view.row], reason, "")

    # ------------------------------------------------------------ choosing and saving

    def _chosen(self) -> LimitView | None:
        row = self.table.currentRow()
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def _choose(self) -> None:
        view = self._chosen()
        if view is None:
            return
        self.chosen.setText(f"{view.label} ({view.unit})")
        self.value.setDecimals(1 if "." in view.value else 0)
        self.value.setRange(*((0, view.guard) if view.side == "above" else (view.guard, VALUE_MAX)))
        self.value.setValue(self._proposed.get(view.row, float(view.value)))
        self._judge()

    def _judge(self) -> None:
        """Say what is still needed; the station decides."""
        view = self._chosen()
        if view is None:
            return
        beyond = not view.low <= self.value.value() <= view.high
        missing = beyond and not (self.reason.text().strip() and self.clinician.text().strip())
        self.needs.setText(
            self.tr("Outside of {:g} to {:g} it takes a clinician's name and a reason.").format(view.low, view.high)
            if beyond
            else ""
        )
        changed = f"{self.value.value():g}" != view.value
        self.save.setEnabled(changed and not missing)
        self.restore.setEnabled(view.origin == "edited")

    def _save(self) -> None:
        view = self._chosen()
        if view is not None:
            self._emit(view, self.value.value())

    def _restore(self) -> None:
        view = self._chosen()
        if view is not None:
            self._emit(view, None)

    def _emit(self, view: LimitView, value: float | None) -> None:
        self.edited.emit(view.row, view.label, value, self.reason.text().strip(), self.clinician.text().strip())


def _values(chair: ChairView) -> dict[str, str]:
    """What is measured now, by parameter."""
    cuff = {"nibp_systolic": chair.cuff.sys, "nibp_diastolic": chair.cuff.dia, "nibp_mean": chair.cuff.mean}
    return cuff | {number.parameter.value: number.text for number in chair.numbers}
