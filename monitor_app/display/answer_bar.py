"""What was it, and who goes? One tap after an acknowledgement, below the room: it asks for nothing and leaves by itself.

For its first seconds it offers to take the acknowledgement back, with the seconds left; afterwards that button is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from monitor_app.core.reasons import ATTENDING_MAX, REASONS
from monitor_app.display.panels import button

SHOWN_US = 20_000_000
"""So long it waits for a tap; then the acknowledgement stays without one."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """What was acknowledged here last. chair: None for the station. undo_until_us: by the display's clock, 0 for never."""

    chair: int | None
    occurrences: tuple[int, ...]
    words: str
    undo_until_us: int = 0


class AnswerBar(QFrame):
    """answered: the acknowledged alarms, a reason or empty, a name or empty. undone: they shall call again."""

    answered = Signal(object, str, str)
    undone = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._of: Answerable | None = None
        self._until_us = 0
        self._about = QLabel("", self)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self.reasons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(8)
        row.addWidget(self._about, 1)
        self.undo = button("", self)
        self.undo.clicked.connect(self._undo)
        row.addWidget(self.undo)
        for place, (why, label) in enumerate(REASONS.items(), start=1):
            made = button(f"{label}   W {place}", self)
            made.setAccessibleName(self.tr("It was: {}").format(label))
            made.clicked.connect(lambda _=False, why=why: self.tap(why))
            row.addWidget(made)
            self.reasons[why] = made
        self.attending = QLineEdit(self)
        self.attending.setMaxLength(ATTENDING_MAX)
        self.attending.setPlaceholderText(self.tr("who attends, Enter"))
        self.attending.setAccessibleName(self.tr("Who attends"))
        self.attending.setFixedWidth(220)
        self.attending.returnPressed.connect(self._attend)
        row.addWidget(self.attending)
        self.hide()

    @property
    def of(self) -> Answerable | None:
        """Which acknowledgement it is about, None while it is closed."""
        return self._of

    def offer(self, of: Answerable, now_us: int) -> None:
        """These were acknowledged just now."""
        self._of, self._until_us = of, now_us + SHOWN_US
        self._about.setText(of.words)
        self.attending.clear()
        self._offer_undo(now_us)
        self.show()

    def pass_time(self, now_us: int) -> None:
        """Leave when nobody has tapped; a name that is being typed is waited for."""
        if self._of is not None and now_us >= self._until_us and not self.attending.hasFocus():
            self.close_bar()
        elif self._of is not None:
            self._offer_undo(now_us)

    def undoable(self, now_us: int) -> Answerable | None:
        """The acknowledgement that can be taken back now."""
        return self._of if self._of is not None and now_us < self._of.undo_until_us else None

    def _offer_undo(self, now_us: int) -> None:
        of = self.undoable(now_us)
        self.undo.setVisible(of is not None)
        if of is not None:
            self.undo.setText(self.tr("Undo {} s   Z").format(-(-(of.undo_until_us - now_us) // 1_000_000)))

    def _undo(self) -> None:
        if self._of is not None:
            self.undone.emit(self._of)

    def close_bar(self) -> None:
        """No answer is no fault."""
        self._of = None
        self.hide()

    def tap(self, why: str) -> None:
        """It was this."""
        if self._of is not None:
            self.answered.emit(self._of, why, self.attending.text().strip())
            self.close_bar()

    def tap_number(self, place: int) -> bool:
        """The tap by its number on the button; True when there is such a one."""
        known = tuple(REASONS)
        if self._of is None or not 1 <= place <= len(known):
            return False
        self.tap(known[place - 1])
        return True

    def _attend(self) -> None:
        name = self.attending.text().strip()
        if self._of is not None and name:
            self.answered.emit(self._of, "", name)
            self.attending.clear()
            self.attending.setPlaceholderText(self.tr("{} attends").format(name))
            self.window().setFocus()
