"""Who may that be? Earlier patients while an identifier is typed, and what was of the one who is called exactly so.

Offers and shows; what is taken from before is taken by a press, and says how old it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor_app.core.known import AF, KnownName, KnownPatient, KnownView
from monitor_app.display.language import phrase

NAMES_MAX = 6

Button = Callable[..., QPushButton]


@dataclass(frozen=True, slots=True)
class Beside:
    """What an admission carries beside its fields: words of core/known.py, ids of the sessions of the pre-brief that was
    shown, and whether the newest data of the chair are this patient's."""

    known: tuple[str, ...] = ()
    briefed: tuple[str, ...] = ()
    adopt: bool = False


class KnownPanel(QWidget):
    """named: a pseudonym was picked. weighed: the weight of last time was taken, in kg. patient: who is known by now."""

    named = Signal(str)
    weighed = Signal(float)

    def __init__(self, button: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.patient: KnownPatient | None = None
        self._text: str | None = None
        self.names = [button("", self, tab=True) for _ in range(NAMES_MAX)]
        self.weight = button("", self, tab=True)
        self.af = button("", self, tab=True)
        self.adopt = button("", self, tab=True)
        self.brief = QLabel("", self)
        self.brief.setTextFormat(Qt.TextFormat.PlainText)
        self.brief.setWordWrap(True)
        self.brief.setAccessibleName(self.tr("Pre-brief"))
        names = QHBoxLayout()
        for place, made in enumerate(self.names):
            made.clicked.connect(lambda _on=False, place=place: self._pick(place))
            names.addWidget(made)
        names.addStretch(1)
        asked = QHBoxLayout()
        for made in (self.weight, self.af, self.adopt):
            asked.addWidget(made)
        asked.addStretch(1)
        for made in (self.af, self.adopt):
            made.setCheckable(True)
            made.toggled.connect(lambda _on: self._say())
        self.weight.clicked.connect(self._weigh)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(names)
        box.addWidget(self.brief)
        box.addLayout(asked)
        self._offered: tuple[KnownName, ...] = ()
        self._adoptable_s = 0
        self.open()

    def open(self) -> None:
        """Nobody is known yet, nothing is taken over."""
        self.patient, self._text, self._offered, self._adoptable_s = None, None, (), 0
        for made in (self.af, self.adopt):
            made.setChecked(False)
        self._show()

    def typed(self, text: str) -> None:
        """Another text: what was known of the one before is not this one's."""
        if self.patient is not None and text.strip() != self.patient.pseudonym:
            self.patient = None
            self.af.setChecked(False)
            self._show()

    def show_known(self, view: KnownView, text: str) -> KnownPatient | None:
        """The station's answer; the patient when it is news for what stands in the field now."""
        if view.text != text or (view.text == self._text and view.patient == self.patient):
            return None
        news = view.patient is not None and view.patient != self.patient
        self._text, self._offered, self.patient = view.text, view.names, view.patient
        if news and view.patient is not None:
            self.af.setChecked(AF in view.patient.known)
        self._show()
        return self.patient if news else None

    def show_adoptable(self, seconds: int) -> None:
        """How much of the chair's newest data may be taken over."""
        if seconds // 10 != self._adoptable_s // 10:
            self._adoptable_s = seconds
            self._show()

    @property
    def beside(self) -> Beside:
        """What goes with the admission."""
        known = (AF,) if self.af.isChecked() else ()
        sessions = self.patient.sessions if self.patient is not None and self.patient.brief else ()
        return Beside(known, sessions, self.adopt.isChecked() and not self.adopt.isHidden())

    def _pick(self, place: int) -> None:
        if place < len(self._offered):
            self.named.emit(self._offered[place].pseudonym)

    def _weigh(self) -> None:
        if self.patient is not None and self.patient.weight_kg is not None:
            self.weighed.emit(self.patient.weight_kg)

    def _show(self) -> None:
        patient = self.patient
        alone = patient is not None and len(self._offered) <= 1
        for place, made in enumerate(self.names):
            there = place < len(self._offered) and not alone
            made.setVisible(there)
            if there:
                made.setText(_name_words(self._offered[place]))
        self.brief.setVisible(patient is not None and bool(patient.brief))
        self.brief.setText("\n".join(patient.brief) if patient is not None else "")
        weighed = patient is not None and patient.weight_kg is not None
        self.weight.setVisible(weighed)
        if patient is not None and patient.weight_kg is not None:
            self.weight.setText(phrase("Weight as {}: {} kg").format(_ago(patient.days), f"{patient.weight_kg:g}"))
        self.adopt.setVisible(self._adoptable_s > 0)
        self._say()

    def _say(self) -> None:
        known = phrase("atrial fibrillation is known")
        if self.patient is not None and AF in self.patient.known:
            known = phrase("atrial fibrillation is known (as said last time)")
        self.af.setText(f"{_box(self.af)}   {known}")
        minutes, seconds = divmod(self._adoptable_s, 60)
        adopted = phrase("the last {} min measured here are this patient's").format(f"{minutes}:{seconds:02d}")
        self.adopt.setText(f"{_box(self.adopt)}   {adopted}")


def _box(made: QPushButton) -> str:
    return "✓" if made.isChecked() else "☐"


def _name_words(name: KnownName) -> str:
    times = phrase("1 session") if name.sessions == 1 else phrase("{} sessions").format(name.sessions)
    return f"{name.pseudonym}   {times}, {phrase('in care now') if name.in_care else _ago(name.days)}"


def _ago(days: int) -> str:
    if days < 2:
        return phrase("yesterday") if days == 1 else phrase("today")
    return phrase("{} days ago").format(days)
