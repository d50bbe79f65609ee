"""The limits of a profile: for whoever is admitted from now on, never for somebody who is treated already.

Every limit stands in its three columns with the shipped one beside it; what differs is marked. A change takes a clinician's
name and a reason, one press goes back to what was shipped, and the station decides about both.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.profile_editing import ProfileLimitView, ProfileView
from monitor_app.core.snapshot import Snapshot
from monitor_app.display import words
from monitor_app.display.language import heard, phrase
from monitor_app.display.panels import button, hint
from monitor_app.display.tables import ChoiceTable

ASK_US = 1_000_000
"""The station shows a profile for some seconds after it was asked."""
REASON_MAX, NAME_MAX = 200, 64
COLUMNS = ("base", "inf", "rec")
MARK = "● "


class ProfilePage(QWidget):
    """changed: profile, revision, row, column, value (None: as shipped), label, reason, clinician. restored: profile,
    revision, reason, clinician. looked: show this profile."""

    changed = Signal(str, int, str, str, object, str, str, str)
    restored = Signal(str, int, str, str)
    looked = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: ProfileView | None = None
        self.profile = ""
        self._asked_us = -ASK_US
        self.names: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._name_row = QHBoxLayout()
        self._name_row.setSpacing(8)
        self.title = QLabel("", self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setStyleSheet("font-size: 28px; font-weight: 600;")
        self.state = hint("", self)
        self.running = hint("", self)
        self.running.setStyleSheet("font-weight: 600;")
        self._make_table()
        self._make_entry()
        self.needs = hint("", self)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        box.addWidget(self.title)
        box.addLayout(self._name_row)
        box.addWidget(self.state)
        box.addWidget(self.running)
        box.addWidget(self.table, 1)
        box.addLayout(self._entry)
        box.addWidget(self.needs)
        box.addLayout(self._presses)

    def _make_table(self) -> None:
        shipped = phrase("shipped")
        heads = [
            phrase("Limit"), phrase("Before"), shipped, phrase("Infusion"), shipped, phrase("Recovery"), shipped,
            phrase("Bounds for everybody"), phrase("A nurse may set"),
        ]  # fmt: skip
        self.table = ChoiceTable(heads, phrase("Limits of this profile"), self)
        self.table.itemSelectionChanged.connect(self._choose)

    def _make_entry(self) -> None:
        self.chosen = QLabel("", self)
        self.columns: dict[str, QPushButton] = {}
        columns = QButtonGroup(self)
        self._entry = QHBoxLayout()
        self._entry.setSpacing(8)
        self._entry.addWidget(self.chosen)
        for column, label in zip(COLUMNS, (phrase("Before"), phrase("Infusion"), phrase("Recovery")), strict=True):
            made = button(label, self, tab=True)
            made.setCheckable(True)
            made.clicked.connect(self._choose)
            columns.addButton(made)
            self.columns[column] = made
            self._entry.addWidget(made)
        self.columns["inf"].setChecked(True)
        self.value = QDoubleSpinBox(self)
        self.value.setAccessibleName(phrase("New limit"))
        self.value.valueChanged.connect(self._judge)
        self.reason = _field(phrase("Reason"), REASON_MAX, self)
        self.clinician = _field(phrase("Clinician's name"), NAME_MAX, self)
        for field in (self.reason, self.clinician):
            field.textChanged.connect(self._judge)
        self._entry.addWidget(self.value)
        self._entry.addWidget(self.reason, 2)
        self._entry.addWidget(self.clinician, 1)
        self.one_back = button(phrase("This limit as shipped"), self)
        self.one_back.clicked.connect(lambda: self._send(None))
        self.all_back = button(phrase("Back to shipped: all limits"), self)
        self.all_back.clicked.connect(self._send_back)
        self.save = button(phrase("Save in the profile"), self, primary=True)
        self.save.clicked.connect(lambda: self._send(self.value.value()))
        close = button(phrase("Close   Esc"), self)
        close.clicked.connect(self.left)
        self._presses = QHBoxLayout()
        self._presses.setSpacing(10)
        self._presses.addWidget(self.one_back)
        self._presses.addWidget(self.all_back)
        self._presses.addStretch(1)
        self._presses.addWidget(close)
        self._presses.addWidget(self.save)

    # ------------------------------------------------------------ showing

    def open(self, snapshot: Snapshot, wanted: str, now_us: int) -> None:
        """Begin with this profile, or the first one, and with nothing typed."""
        self.reason.clear()
        self.clinician.clear()
        self._offer(snapshot.profiles)
        if self.names:
            self._look_at(wanted if wanted in self.names else next(iter(self.names)))
        self.show_snapshot(snapshot, now_us)

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """The newest words. now_us: of the display's clock, for asking again."""
        self._offer(snapshot.profiles)
        if self.profile and now_us - self._asked_us >= ASK_US:
            self._asked_us = now_us
            self.looked.emit(self.profile)
        chairs = [str(chair.number) for chair in snapshot.chairs if chair.session is not None]
        self.running.setText(
            phrase(
                "A change holds for patients admitted from then on. Running chairs keep their own limits: {}."
            ).format(", ".join(chairs))
            if chairs
            else phrase("A change holds for patients admitted from then on. No chair is running.")
        )
        view = snapshot.profile
        if view is not None and view.id == self.profile and view != self.view:
            self._show_view(view)

    def _offer(self, names: tuple[str, ...]) -> None:
        if tuple(self.names) == names:
            return
        for made in self.names.values():
            self._group.removeButton(made)
            made.deleteLater()
        self.names = {}
        for name in names:
            made = button(name, self, tab=True)
            made.setCheckable(True)
            made.clicked.connect(lambda _on, name=name: self._look_at(name))
            self._group.addButton(made)
            self._name_row.addWidget(made)
            self.names[name] = made

    def _look_at(self, name: str) -> None:
        self.profile, self.view = name, None
        self._asked_us = -ASK_US
        self.names[name].setChecked(True)
        self.title.setText(phrase("Limits of the profile {}").format(name))
        self.state.setText(phrase("Asking the station ..."))
        self.table.setRowCount(0)
        self._judge()

    def _show_view(self, view: ProfileView) -> None:
        at = max(0, self.table.currentRow())
        same = self.view is not None and [v.row for v in view.rows] == [v.row for v in self.view.rows]
        self.view = view
        whose = phrase("the site's own file") if view.own else phrase("as shipped")
        approval = phrase("approved by {}").format(view.approved) if view.approved else phrase("not approved")
        self.state.setText(phrase("{}, revision {}, {}, {}").format(view.title, view.revision, whose, approval))
        self.table.setRowCount(len(view.rows))
        for place, row in enumerate(view.rows):
            pairs = zip(row.values, row.shipped, strict=True)
            texts = [(f"{heard(row.label)} ({row.unit})", False)]
            for value, shipped in pairs:
                differs = value != shipped
                texts += [(f"{MARK}{value}" if differs else value, differs), (shipped, False)]
            texts.append((_bounds(row), False))
            texts.append((phrase("{:g} to {:g}").format(*row.band), False))
            for column, (text, bold) in enumerate(texts):
                self._write(place, column, text, bold)
        if not same:
            self.table.selectRow(at)
        self._choose()

    def _write(self, row: int, column: int, text: str, bold: bool) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        item.setText(text)
        font = item.font()
        font.setBold(bold)
        item.setFont(font)

    # ------------------------------------------------------------ choosing and saving

    def _chosen(self) -> tuple[ProfileLimitView, int] | None:
        at = self.table.currentRow()
        if self.view is None or not 0 <= at < len(self.view.rows):
            return None
        column = next(i for i, name in enumerate(COLUMNS) if self.columns[name].isChecked())
        return self.view.rows[at], column

    def _choose(self) -> None:
        found = self._chosen()
        if found is not None:
            row, column = found
            self.chosen.setText(f"{heard(row.label)} ({row.unit})")
            self.value.setDecimals(row.decimals)
            self.value.setRange(row.low, row.high)
            present = row.values[column]
            self.value.setValue(row.guard if present == words.ABSENT else float(present))
        self._judge()

    def _judge(self) -> None:
        """Say what is still needed; the station decides."""
        found, name = self._chosen(), self.clinician.text().strip()
        self.all_back.setEnabled(bool(name) and self.view is not None and _deviates(self.view))
        if found is None:
            self.value.setEnabled(False)
            self.save.setEnabled(False)
            self.one_back.setEnabled(False)
            return
        row, column = found
        present = row.values[column]
        signed = bool(name) and bool(self.reason.text().strip())
        other = present == words.ABSENT or self.value.value() != float(present)
        self.value.setEnabled(row.settable[column])
        self.save.setEnabled(signed and other and row.settable[column])
        self.one_back.setEnabled(signed and present != row.shipped[column])
        self.needs.setText(self._need(row, column, signed))

    def _need(self, row: ProfileLimitView, column: int, signed: bool) -> str:
        if not row.settable[column]:
            return phrase("There is no such limit in this part of the treatment.")
        if not signed:
            return phrase("Every change takes a clinician's name and a reason; back to shipped takes the name.")
        if not row.band[0] <= self.value.value() <= row.band[1]:
            return phrase("This is outside of what a nurse may set for one patient ({:g} to {:g}).").format(*row.band)
        return phrase("The change ends an approval of this profile.") if self.view and self.view.approved else ""

    def _send(self, value: float | None) -> None:
        found = self._chosen()
        if found is not None and self.view is not None:
            row, column = found
            label = f"{heard(row.label)}, {self.columns[COLUMNS[column]].text()}"
            self.changed.emit(
                self.view.id, self.view.revision, row.row, COLUMNS[column], value, label,
                self.reason.text().strip(), self.clinician.text().strip(),
            )  # fmt: skip

    def _send_back(self) -> None:
        if self.view is not None:
            self.restored.emit(
                self.view.id, self.view.revision, self.reason.text().strip(), self.clinician.text().strip()
            )


def _field(name: str, length: int, parent: QWidget) -> QLineEdit:
    made = QLineEdit(parent)
    made.setMaxLength(length)
    made.setPlaceholderText(name)
    made.setAccessibleName(name)
    return made


def _bounds(row: ProfileLimitView) -> str:
    if row.side == "above":
        return phrase("{:g} to {:g}, never above").format(row.low, row.high)
    return phrase("{:g} to {:g}, never below").format(row.low, row.high)


def _deviates(view: ProfileView) -> bool:
    return any(row.values != row.shipped for row in view.rows)
