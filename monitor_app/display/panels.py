"""Where does a person fill something in? Admit, the honest notice, the help; below the banner, never dialogs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.care_views import ItemView
from monitor_app.core.known import KnownView
from monitor_app.core.snapshot import Snapshot
from monitor_app.display import words
from monitor_app.display.known_panel import KnownPanel
from monitor_app.display.language import phrase

PSEUDONYM_MAX = 64
NAME_MAX = 64
ITEM_COLUMNS = 2


def button(label: str, parent: QWidget, *, primary: bool = False, tab: bool = False) -> QPushButton:
    """A button that Enter presses when it has the focus."""
    made = QPushButton(label, parent)
    made.setAutoDefault(True)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if primary or tab:
        made.setProperty("role", "primary" if primary else "tab")
    return made


def hint(text: str, parent: QWidget) -> QLabel:
    """A smaller line of explanation."""
    made = QLabel(text, parent)
    made.setProperty("role", "hint")
    made.setWordWrap(True)
    return made


def card(page: QWidget, width: int, share: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """A panel in the middle of a page, at most so wide. share: its part of a narrow window, beside 1 for each margin."""
    frame = QFrame(page)
    frame.setProperty("role", "card")
    frame.setMaximumWidth(width)
    inner = QVBoxLayout(frame)
    inner.setContentsMargins(32, 28, 32, 28)
    inner.setSpacing(14)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(frame, share)
    row.addStretch(1)
    outer = QVBoxLayout(page)
    outer.addStretch(1)
    outer.addLayout(row)
    outer.addStretch(2)
    return frame, inner


class AdmitPage(QWidget):
    """Seat a patient at one chair. `admitted`: chair, identifier, profile, weight or None, session number or None, ticks,
    and what goes beside them (known_panel.Beside). looked_up: earlier patients whose identifier begins so are wanted."""

    admitted = Signal(int, str, str, object, object, object, object)
    looked_up = Signal(str)
    limits_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chair = 0
        frame, inner = card(self, 860)
        inner.setContentsMargins(28, 14, 28, 14)
        inner.setSpacing(8)
        self._title = QLabel("", frame)
        self._title.setProperty("role", "title")
        self.pseudonym = QLineEdit(frame)
        self.pseudonym.setMaxLength(PSEUDONYM_MAX)
        self.pseudonym.setPlaceholderText(self.tr("pseudonym or identifier, for example KM-1042"))
        self.pseudonym.setAccessibleName(self.tr("Identifier"))
        self.profile = QComboBox(frame)
        self.profile.setAccessibleName(self.tr("Profile"))
        self.weight = QLineEdit(frame)
        self.weight.setPlaceholderText(self.tr("kg, may stay open"))
        self.weight.setAccessibleName(self.tr("Weight in kilograms"))
        self.number = QLineEdit(frame)
        self.number.setPlaceholderText(self.tr("number in the series, may stay open"))
        self.number.setAccessibleName(self.tr("Session number"))
        form = QFormLayout()
        form.setSpacing(8)
        for label, field in (
            (self.tr("Identifier"), self.pseudonym), (self.tr("Profile"), self.profile),
            (self.tr("Weight"), self.weight), (self.tr("Session number"), self.number),
        ):  # fmt: skip
            named = QLabel(label, frame)
            named.setProperty("role", "field")
            form.addRow(named, field)
        self.known = KnownPanel(button, frame)
        self._filled = ""
        self._checkins: dict[str, tuple[ItemView, ...]] = {}
        self.items: dict[str, QPushButton] = {}
        self._item_grid = QGridLayout()
        self._item_grid.setSpacing(8)
        self._echo = QLabel("", frame)
        self._echo.setProperty("role", "title")
        self.refusal = QLabel("", frame)
        self.refusal.setProperty("role", "refused")
        self.refusal.setWordWrap(True)
        self.submit = button("", frame, primary=True)
        self.cancel = button(self.tr("Back   Esc"), frame)
        self.limits = button(self.tr("Its limits   Shift+L"), frame)
        self.limits.clicked.connect(self.limits_wanted)
        row = QHBoxLayout()
        row.addWidget(self.submit, 2)
        row.addWidget(self.cancel, 1)
        row.addWidget(self.limits, 1)
        inner.addWidget(self._title)
        inner.addWidget(hint(self.tr("Identifier and profile are needed; the rest may follow."), frame))
        inner.addLayout(form)
        inner.addWidget(self.known)
        inner.addLayout(self._item_grid)
        inner.addWidget(self._echo)
        inner.addWidget(self.refusal)
        inner.addLayout(row)
        self.pseudonym.textChanged.connect(self._changed)
        self.pseudonym.textChanged.connect(self._look_up)
        self.known.named.connect(self.pseudonym.setText)
        self.known.weighed.connect(lambda kg: self.weight.setText(f"{kg:g}"))
        self.profile.currentTextChanged.connect(self._show_items)
        self.submit.clicked.connect(self.send)
        self.cancel.clicked.connect(self.left)
        for field in (self.pseudonym, self.weight, self.number):
            field.returnPressed.connect(self.send)

    def open(self, chair: int, snapshot: Snapshot, wanted: str = "") -> None:
        """Empty fields for this chair; wanted: the profile to propose."""
        self.chair = chair
        self._title.setText(self.tr("Admit at CHAIR {}").format(chair))
        for field in (self.pseudonym, self.weight, self.number):
            field.clear()
        self._filled = ""
        self.known.open()
        self._checkins = snapshot.checkins
        self.profile.clear()
        self.profile.addItems(list(snapshot.profiles))
        if wanted in snapshot.profiles:
            self.profile.setCurrentText(wanted)
        self._show_items(self.profile.currentText())
        self.refusal.clear()
        self._changed()
        self.pseudonym.setFocus()
        self.looked_up.emit("")

    def send(self) -> None:
        """Check what can be checked here, say what is missing, else ask."""
        trouble = self._trouble()
        self.refusal.setText(trouble)
        if not trouble:
            self.admitted.emit(
                self.chair, self.pseudonym.text().strip(), self.profile.currentText(), _number(self.weight.text()),
                _whole(self.number.text()), tuple(id for id, item in self.items.items() if item.isChecked()),
                self.known.beside,
            )  # fmt: skip

    def show_known(self, view: KnownView | None, adoptable_s: int) -> None:
        """Earlier patients, as the station knows them; what was found of this one fills what is still empty."""
        self.known.show_adoptable(adoptable_s)
        patient = self.known.show_known(view, self.pseudonym.text()) if view is not None else None
        if patient is None:
            return
        if self.number.text() == self._filled:
            self._filled = str(patient.number)
            self.number.setText(self._filled)
        if self.profile.findText(patient.profile) >= 0:
            self.profile.setCurrentText(patient.profile)

    def _look_up(self, text: str) -> None:
        self.known.typed(text)
        if self.known.patient is None and self._filled and self.number.text() == self._filled:
            self._filled = ""
            self.number.clear()
        self.looked_up.emit(text)

    def _show_items(self, profile: str) -> None:
        """What this profile asks at admission, all of it open."""
        for old in self.items.values():
            self._item_grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.items = {}
        asked = (item for item in self._checkins.get(profile, ()) if not item.named)
        for place, item in enumerate(asked):
            made = button(f"☐   {item.text}", self, tab=True)
            made.setCheckable(True)
            made.toggled.connect(lambda on, made=made, item=item: made.setText(f"{'✓' if on else '☐'}   {item.text}"))
            self._item_grid.addWidget(made, place // ITEM_COLUMNS, place % ITEM_COLUMNS)
            self.items[item.id] = made

    def _trouble(self) -> str:
        if not self.pseudonym.text().strip():
            return self.tr("An identifier or pseudonym is needed.")
        if not self.profile.currentText():
            return self.tr("The station offers no profile: check the profiles folder.")
        if self.weight.text().strip() and _number(self.weight.text()) is None:
            return self.tr("The weight '{}' is not a number of kilograms, for example 72.5.").format(self.weight.text())
        if self.number.text().strip() and _whole(self.number.text()) is None:
            return self.tr("The session number '{}' is not a whole number, for example 3.").format(self.number.text())
        return ""

    def _changed(self) -> None:
        name = self.pseudonym.text().strip()
        self._echo.setText(f"{phrase('CHAIR {}').format(self.chair)}     {name}" if name else "")
        self._echo.setVisible(bool(name))
        self.submit.setText(
            self.tr("Admit {} at CHAIR {}   Enter").format(name, self.chair) if name else self.tr("Admit   Enter")
        )


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if value > 0 else None


def _whole(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


class NoticeBar(QFrame):
    """The honest notice of the first start, below the room and never over it: alarms and values stay in sight.

    `accepted` with a name; `refused` ends the program.
    """

    accepted = Signal(str)
    refused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        title = QLabel(self.tr("Before you begin"), self)
        title.setProperty("role", "title")
        text = QLabel(phrase(words.NOTICE), self)
        text.setWordWrap(True)
        self.name = QLineEdit(self)
        self.name.setMaxLength(NAME_MAX)
        self.name.setPlaceholderText(self.tr("your name, kept in the station's journal"))
        self.name.setAccessibleName(self.tr("Your name"))
        self.agree = button(phrase(words.NOTICE_SENTENCE), self, primary=True)
        self.agree.setEnabled(False)
        self.refuse = button(self.tr("Leave the program"), self)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 12, 24, 12)
        grid.setHorizontalSpacing(20)
        grid.addWidget(title, 0, 0)
        grid.addWidget(text, 1, 0, 2, 1)
        grid.addWidget(self.name, 1, 1, 1, 2)
        grid.addWidget(self.agree, 2, 1)
        grid.addWidget(self.refuse, 2, 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 1)
        self.name.textChanged.connect(lambda: self.agree.setEnabled(bool(self.name.text().strip())))
        self.name.returnPressed.connect(self._agree)
        self.agree.clicked.connect(self._agree)
        self.refuse.clicked.connect(self.refused)

    def _agree(self) -> None:
        if self.name.text().strip():
            self.accepted.emit(self.name.text().strip())


class MessagePage(QWidget):
    """One sentence where the content would be: connecting, no chairs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame, inner = card(self, 900)
        self.title = QLabel("", frame)
        self.title.setProperty("role", "title")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = hint("", frame)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner.addWidget(self.title)
        inner.addWidget(self.words)

    def say(self, title: str, sentence: str) -> None:
        """What is so, and what to do."""
        self.title.setText(title)
        self.words.setText(sentence)
