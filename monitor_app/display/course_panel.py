"""The course of a session: the next step when it happened, undo, another start, away, another chair, another patient."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.snapshot import ChairView, Snapshot, StepView
from monitor_app.display import words
from monitor_app.display.care_acts import Wanted, WantedStep
from monitor_app.display.fields import field, number_of, whole_of
from monitor_app.display.language import phrase
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button, hint

AGO_MIN = (0, 1, 2, 3, 5, 10, 15)
"""How long ago a step may have happened: the station takes a quarter of an hour."""

MINUTE_US = 60_000_000
ABSENCES_MIN = (5, 10)


class CoursePanel(Panel):
    """wanted: a Wanted or a WantedStep."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step: StepView | None = None
        self._started_us = 0
        self._chairs: tuple[tuple[int, str], ...] = ()
        self.begun = QLabel("", self)
        self.next = QLabel("", self)
        self.sentence = hint("", self)
        self.ago_buttons: dict[int, QPushButton] = {}
        self.amend_buttons: dict[int, QPushButton] = {}
        self.reason = field(self.tr("reason of a correction, a move or an absence"), self)
        self.undo = button("", self)
        self.undo.clicked.connect(self._undo)
        self.away_buttons = {minutes: button(self.tr("Away, {} min").format(minutes), self) for minutes in ABSENCES_MIN}
        for minutes, away in self.away_buttons.items():
            away.clicked.connect(lambda _=False, minutes=minutes: self._away(minutes))
        self.back = button(self.tr("Patient is back"), self)
        self.back.clicked.connect(lambda: self.wanted.emit(Wanted(care.EndAbsence, self.tr("back"))))
        self.chair_box = QComboBox(self)
        self.chair_box.setAccessibleName(self.tr("Free chairs"))
        self.move_button = button(self.tr("Move to this chair"), self)
        self.move_button.clicked.connect(self._move)
        self.pseudonym = field(self.tr("right pseudonym or identifier"), self)
        self.weight = field(self.tr("kg"), self)
        self.series = field(self.tr("number in the series"), self)
        self.correct = button(self.tr("Correct the patient"), self)
        self.correct.clicked.connect(self._correct)
        self.swap_box = QComboBox(self)
        self.swap_box.setAccessibleName(self.tr("Chairs with another patient"))
        self.swap_button = button(self.tr("Swap the two patients"), self)
        self.swap_button.clicked.connect(self._swap)
        self._others: tuple[tuple[int, str, str], ...] = ()
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(14)
        rows = (
            (self.next, self._row(AGO_MIN, self.ago_buttons, self.tr("now"), self.tr("{} min ago"), self._take)),
            (self.begun, self._row(AGO_MIN[1:], self.amend_buttons, "", self.tr("{} min earlier"), self._amend)),
            (QLabel(self.tr("Last step"), self), self._line(self.undo)),
            (QLabel(self.tr("Bathroom"), self), self._line(*self.away_buttons.values(), self.back)),
            (QLabel(self.tr("Another chair"), self), self._line(self.chair_box, self.move_button)),
            (
                QLabel(self.tr("Wrong patient"), self),
                self._line(self.pseudonym, self.weight, self.series, self.correct),
            ),
            (QLabel(self.tr("Mixed up"), self), self._line(self.swap_box, self.swap_button)),
            (QLabel(self.tr("Reason"), self), self._line(self.reason)),
        )
        for place, (label, row) in enumerate(rows):
            grid.addWidget(label, place, 0)
            grid.addLayout(row, place, 1)
        grid.setColumnStretch(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(grid)
        box.addWidget(self.sentence)
        box.addStretch(1)

    def _line(self, *parts: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        for part in parts:
            row.addWidget(part, 2 if isinstance(part, QLineEdit) else 0)
        row.addStretch(1)
        return row

    def _row(
        self, minutes: tuple[int, ...], into: dict[int, QPushButton], now: str, ago: str, act: object
    ) -> QHBoxLayout:
        for one in minutes:
            made = button(now if one == 0 and now else ago.format(one), self, primary=one == 0)
            made.clicked.connect(lambda _=False, one=one: act(one))  # type: ignore[operator]
            into[one] = made
        return self._line(*into.values())

    # ------------------------------------------------------------ showing

    def forget(self) -> None:
        """Nothing typed."""
        for one in (self.reason, self.pseudonym, self.weight, self.series):
            one.clear()
        self.sentence.clear()

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        view = chair.care
        self._step = next((step for step in chair.phase.steps if step.primary), None)
        self.next.setText(self._step.label if self._step is not None else self.tr("Next step"))
        for made in self.ago_buttons.values():
            made.setEnabled(self._step is not None and self._step.enabled and not self._step.soft)
        self._started_us = view.started_us or 0
        since = words.clock(snapshot, self._started_us) if view.started_us is not None else ""
        self.begun.setText(self.tr("{} began {}").format(chair.phase.word.capitalize(), since))
        for minutes, made in self.amend_buttons.items():
            at_us = self._started_us - minutes * MINUTE_US
            made.setEnabled(view.amend_from_us is not None and at_us >= view.amend_from_us)
        self.undo.setText(self.tr("Undo {}   U").format(view.undo) if view.undo else self.tr("nothing to undo"))
        self.undo.setEnabled(bool(view.undo))
        away = view.away_until_us is not None
        for made in self.away_buttons.values():
            made.setEnabled(not away)
        self.back.setEnabled(away or bool(view.asks))
        self._show_chairs(chair, snapshot)

    def _show_chairs(self, chair: ChairView, snapshot: Snapshot) -> None:
        free = tuple((one.number, phrase("CHAIR {}").format(one.number)) for one in snapshot.chairs if _is_free(one))
        if free != self._chairs:
            self._chairs = free
            self.chair_box.clear()
            self.chair_box.addItems([label for _, label in free])
        self.move_button.setEnabled(bool(free))
        others = tuple(
            (one.number, one.session, f"{phrase('CHAIR {}').format(one.number)}   {one.title}")
            for one in snapshot.chairs
            if one.session is not None and one.number != chair.number
        )
        if others != self._others:
            self._others = others
            self.swap_box.clear()
            self.swap_box.addItems([label for _, _, label in others])
        self.swap_button.setEnabled(bool(others))

    # ------------------------------------------------------------ asking

    def _take(self, minutes: int) -> None:
        if self._step is not None:
            self.wanted.emit(WantedStep(self._step.step, minutes))

    def _amend(self, minutes: int) -> None:
        if self._has_reason():
            fields = {"at_us": self._started_us - minutes * MINUTE_US, "reason": self._why}
            self.wanted.emit(Wanted(care.AmendStart, self.tr("start corrected"), fields))

    def _undo(self) -> None:
        self.wanted.emit(Wanted(care.UndoStep, self.tr("undone"), {"reason": self._why}))

    def _away(self, minutes: int) -> None:
        fields = {"minutes": float(minutes), "reason": self._why or self.tr("bathroom")}
        self.wanted.emit(Wanted(care.BeginAbsence, self.tr("away, ends by itself"), fields))

    def _move(self) -> None:
        place = self.chair_box.currentIndex()
        if 0 <= place < len(self._chairs):
            target = self._chairs[place][0]
            fields = {"target": target, "reason": self._why}
            self.wanted.emit(Wanted(care.MoveChair, self.tr("moved to CHAIR {}").format(target), fields))

    def _correct(self) -> None:
        weight, series = number_of(self.weight), whole_of(self.series)
        if not self.pseudonym.text().strip():
            self.sentence.setText(self.tr("Type who really sits here."))
        elif weight is False or series is False:
            self.sentence.setText(self.tr("Weight and number in the series are numbers, or stay open."))
        elif self._has_reason():
            fields = {
                "pseudonym": self.pseudonym.text().strip(),
                "weight_kg": weight,
                "session_number": series,
                "reason": self._why,
            }
            self.wanted.emit(Wanted(care.CorrectPatient, self.tr("patient corrected"), fields))

    def _swap(self) -> None:
        place = self.swap_box.currentIndex()
        if 0 <= place < len(self._others) and self._has_reason():
            number, session, _ = self._others[place]
            fields = {"other_chair": number, "other_session": session, "reason": self._why}
            self.wanted.emit(Wanted(care.SwapPatients, self.tr("swapped with CHAIR {}").format(number), fields))

    @property
    def _why(self) -> str:
        return self.reason.text().strip()

    def _has_reason(self) -> bool:
        self.sentence.setText("" if self._why else self.tr("A correction needs a reason."))
        if not self._why:
            self.reason.setFocus()
        return bool(self._why)


def _is_free(chair: ChairView) -> bool:
    return chair.session is None and chair.phase.phase.value == "empty"
