"""Are the alarms heard and seen at this desk? The sound check of the day: it plays, shows each colour, asks, and is signed.

It stands below the banner as every page does; an alarm breaks the check off and is seen at once.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import Snapshot, SoundView
from monitor_app.display import brush
from monitor_app.display.icons import paint_shape
from monitor_app.display.panels import NAME_MAX, button, card, hint
from monitor_app.display.presenter import SHAPES
from monitor_app.display.theme import ALARM, BOLD

PLAYING, PLAYED = "playing", "played"
LAMP_PX = 62
STEP, LEAST = 0.05, 0.40
"""Of the volume; below it the station refuses."""


class Lamp(QWidget):
    """One priority: its shape, its word, and its fill while its burst plays."""

    def __init__(self, priority: Priority, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.priority = priority
        self._words = words
        self._lit = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        """A line high enough to be seen across the desk."""
        return QSize(260, LAMP_PX)

    @property
    def lit(self) -> bool:
        """Its burst plays."""
        return self._lit

    def light(self, lit: bool) -> None:
        """Light it, or let it rest."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The fill and the ink of an alarm of this priority, dim while it rests."""
        painter = QPainter(self)
        colour = ALARM[self.priority]
        fill, ink = (colour.fill, colour.text) if self._lit else (colour.dim, colour.dim_text)
        rect = QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(rect, 6, 6)
        side = rect.height() * 0.5
        place = QRectF(rect.left() + side * 0.5, rect.center().y() - side / 2, side, side)
        paint_shape(painter, SHAPES[self.priority], place, ink)
        cap = rect.height() * 0.26
        brush.text(painter, place.right() + side * 0.5, rect.center().y() + cap / 2, self._words, cap, ink, weight=BOLD)
        painter.end()


class SoundPage(QWidget):
    """played: a person wants to hear it. confirmed: heard at the working place, seen, and who says so.

    volume_set: of amplitude. melodies_set: one for each category.
    """

    played = Signal()
    confirmed = Signal(bool, bool, str)
    volume_set = Signal(float)
    melodies_set = Signal(bool)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame, inner = card(self, 980)
        inner.setContentsMargins(28, 14, 28, 14)
        inner.setSpacing(10)
        title = QLabel(self.tr("Sound check of the day"), frame)
        title.setProperty("role", "title")
        self.lamps = tuple(
            Lamp(priority, words, frame)
            for priority, words in (
                (Priority.LOW, self.tr("LOW: two pulses")),
                (Priority.MEDIUM, self.tr("MEDIUM: three pulses")),
                (Priority.HIGH, self.tr("HIGH: ten pulses")),
            )
        )
        self.standing = QLabel("", frame)
        self.standing.setWordWrap(True)
        self.play = button(self.tr("Play LOW, MEDIUM, HIGH"), frame, primary=True)
        self.heard = _answer(self.tr("I heard all three at the working place"), frame)
        self.seen = _answer(self.tr("I saw all three colours with their shapes"), frame)
        self.name = QLineEdit(frame)
        self.name.setMaxLength(NAME_MAX)
        self.name.setPlaceholderText(self.tr("your name, kept in the station's journal"))
        self.name.setAccessibleName(self.tr("Your name"))
        self.confirm = button(self.tr("Confirm: heard and seen"), frame)
        self.deny = button(self.tr("Not heard or not seen"), frame)
        close = button(self.tr("Close   Esc"), frame)
        self.quieter = button(self.tr("Quieter"), frame, tab=True)
        self.louder = button(self.tr("Louder"), frame, tab=True)
        self.melodies = button("", frame, tab=True)
        self.volume = QLabel("", frame)
        self.note = hint("", frame)
        inner.addWidget(title)
        inner.addWidget(
            hint(self.tr("Stand where you will work, with the door and the noise as usual, and listen."), frame)
        )
        for lamp in self.lamps:
            inner.addWidget(lamp)
        inner.addWidget(self.play)
        inner.addWidget(self.standing)
        answers = QHBoxLayout()
        answers.setSpacing(10)
        answers.addWidget(self.heard)
        answers.addWidget(self.seen)
        inner.addLayout(answers)
        inner.addWidget(self.name)
        settings = QHBoxLayout()
        for one in (self.quieter, self.louder, self.volume, self.melodies):
            settings.addWidget(one)
        settings.setStretch(2, 1)
        inner.addLayout(settings)
        row = QHBoxLayout()
        for one in (self.confirm, self.deny, close):
            row.addWidget(one)
        inner.addLayout(row)
        inner.addWidget(self.note)
        self._check = ""
        self._sound = SoundView()
        self.quieter.clicked.connect(lambda: self.volume_set.emit(round(self._sound.volume - STEP, 2)))
        self.louder.clicked.connect(lambda: self.volume_set.emit(round(self._sound.volume + STEP, 2)))
        self.melodies.clicked.connect(lambda: self.melodies_set.emit(not self._sound.melodies))
        self.play.clicked.connect(self.played)
        self.confirm.clicked.connect(self._confirm)
        self.deny.clicked.connect(self._deny)
        close.clicked.connect(self.left)
        for box in (self.heard, self.seen):
            box.toggled.connect(self._may_confirm)
        self.name.textChanged.connect(self._may_confirm)
        self._may_confirm()

    def open(self, name: str) -> None:
        """Fresh questions. name: who sits at the desk, if that is known."""
        for box in (self.heard, self.seen):
            box.setChecked(False)
        self.name.setText(name)
        self.play.setFocus()

    def show_snapshot(self, snapshot: Snapshot, live: bool) -> None:
        """The newest picture of the room. live: False once it is too old: then nothing plays and nothing can be asked."""
        sound = snapshot.sound
        for lamp in self.lamps:
            lamp.light(live and lamp.priority == sound.testing)
        check = sound.check if live else ""
        if check != self._check:
            self._check = check
            if check == PLAYING:
                self.heard.setChecked(False)
                self.seen.setChecked(False)
            self._may_confirm()
        self.play.setEnabled(live and check != PLAYING)
        words = self.tr("Listen ...") if check == PLAYING else sound.check_text if live else ""
        if check == PLAYED:
            words = self.tr("Did you hear all three at the working place, and see all three colours?")
        if self.standing.text() != words:
            self.standing.setText(words)
        self.note.setText(sound.note)
        self._show_settings(sound, live)

    def _show_settings(self, sound: SoundView, live: bool) -> None:
        """What is set, what is in force where the floor has raised it, and how far one may go."""
        self._sound = sound
        able = live and sound.state != "off"
        self.quieter.setEnabled(able and sound.volume > LEAST)
        self.louder.setEnabled(able and sound.volume < 1)
        self.melodies.setEnabled(able)
        words = self.tr("Volume {volume:.0%}").format(volume=sound.volume)
        if sound.in_force > sound.volume:
            words += self.tr(", plays at {now:.0%}: the computer's mixer is turned down").format(now=sound.in_force)
        self.volume.setText(words if live else "")
        on, off = self.tr("Melodies by category: on"), self.tr("Melodies by category: off")
        self.melodies.setText(on if sound.melodies else off)

    def _may_confirm(self) -> None:
        asked = self._check == PLAYED
        named = asked and bool(self.name.text().strip())
        for box in (self.heard, self.seen):
            box.setEnabled(asked)
        self.confirm.setEnabled(named and self.heard.isChecked() and self.seen.isChecked())
        self.deny.setEnabled(named and not (self.heard.isChecked() and self.seen.isChecked()))

    def _confirm(self) -> None:
        self.confirmed.emit(True, True, self.name.text().strip())

    def _deny(self) -> None:
        self.confirmed.emit(self.heard.isChecked(), self.seen.isChecked(), self.name.text().strip())


def _answer(words: str, parent: QWidget) -> QPushButton:
    """A sentence to agree to, by a click or by Enter: Space belongs to the sound of the whole window."""
    made = button(words, parent, tab=True)
    made.setCheckable(True)
    made.toggled.connect(lambda agreed: made.setText(f"✓   {words}" if agreed else words))
    return made
