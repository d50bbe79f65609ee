"""What can be chosen about this window? A sentence, choices, the default and the range each; a choice holds at once.

Nothing on this page reaches an alarm, a limit or a record, but that the journal keeps whose heart is heard. The ruler is
measured with a real one, so that 25 mm/s are 25 mm on this glass.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from monitor_app.core.snapshot import SoundView
from monitor_app.display.appearance import MM_LEAST, MM_MOST, PRIVACY_MINUTES, TEXT_PERCENTS, Appearance
from monitor_app.display.language import NAMES, phrase
from monitor_app.display.panels import button, card, hint
from monitor_app.display.theme import DARK, THEMES, Theme

RULER_PX = 400
"""Long enough for a usual ruler: about 11 cm on a 24-inch panel."""
TARGET_PX = 44
"""A thumb finds it."""
USUAL = Appearance()
"""What holds before anybody chooses."""


class Ruler(QWidget):
    """A line of a known number of pixels between two uprights."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(RULER_PX + 2, 30)
        self.theme: Theme = DARK

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The line is measured between the inner edges of its uprights."""
        painter = QPainter(self)
        ink = QColor(self.theme.text1)
        painter.fillRect(QRectF(0, 14, RULER_PX + 2, 2), ink)
        painter.fillRect(QRectF(0, 2, 1, 26), ink)
        painter.fillRect(QRectF(RULER_PX + 1, 2, 1, 26), ink)
        painter.end()


class SettingsPage(QWidget):
    """chosen: name of the choice and its value. measured: millimetres of the ruler. heart_wanted: the chair whose beats are
    to be heard, 0 for nobody's. about, window, left: other ways."""

    chosen = Signal(str, object)
    measured = Signal(float)
    heart_wanted = Signal(int)
    about_wanted = Signal()
    window_wanted = Signal()
    screen_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: dict[tuple[str, object], QPushButton] = {}
        frame, inner = card(self, 1180, share=20)
        inner.setContentsMargins(28, 14, 28, 14)
        inner.setSpacing(10)
        title = QLabel(phrase("Settings of this window"), frame)
        title.setProperty("role", "title")
        inner.addWidget(title)
        inner.addWidget(hint(phrase("They change how it looks; only the heart beat is the whole station's."), frame))
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 4)
        grid.setColumnStretch(2, 1)
        inner.addLayout(grid)
        minutes = [(m, phrase("{} min").format(m) if m else phrase("only by F8")) for m in PRIVACY_MINUTES]
        rows: tuple[tuple[str, str, str, Sequence[tuple[object, str]]], ...] = (
            ("theme", phrase("Theme"), phrase("F9 changes it too. Alarm colours are the same in every one."),
             [(one.name, phrase(one.name)) for one in THEMES]),
            ("text_percent", phrase("Size of words"),
             phrase("Numbers and chair numbers keep the size that is read from afar."),
             [(percent, f"{percent} %") for percent in TEXT_PERCENTS]),
            ("language", phrase("Language"), phrase("What was typed stays as it was typed."), list(NAMES.items())),
            ("privacy_min", phrase("Hide names after"),
             phrase("Without a key or a touch. They come back with the next one."), minutes),
        )  # fmt: skip
        for place, (name, label, why, values) in enumerate(rows):
            self._add_row(grid, frame, place, name, label, why, values)
        self._add_heart(grid, frame, len(rows))
        self._add_ruler(grid, frame, len(rows) + 1)
        ranges = (
            phrase("Default: {}. One of {}.").format(phrase(USUAL.theme), len(THEMES)),
            phrase("Default: {}. From {} to {}.").format(
                f"{USUAL.text_percent} %", f"{min(TEXT_PERCENTS)} %", f"{max(TEXT_PERCENTS)} %"),
            phrase("Default: {}. One of {}.").format(NAMES[USUAL.language], len(NAMES)),
            phrase("Default: {} min. From {} to {} min, or only by F8.").format(
                USUAL.privacy_min, min(filter(None, PRIVACY_MINUTES)), max(PRIVACY_MINUTES)),
            phrase("Default: off. Off, or one chair of the room."),
            phrase("Default: a usual 24-inch panel. From {:g} to {:g} mm.").format(MM_LEAST, MM_MOST),
        )  # fmt: skip
        self.ranges = tuple(hint(words, frame) for words in ranges)
        for place, words in enumerate(self.ranges):
            grid.addWidget(words, place, 2, Qt.AlignmentFlag.AlignTop)
        self.note = hint("", frame)
        inner.addWidget(self.note)
        self._add_ways(frame, inner)

    def _add_row(
        self, grid: QGridLayout, frame: QFrame, place: int, name: str, label: str, why: str,
        values: Sequence[tuple[object, str]],
    ) -> None:  # fmt: skip
        row = QHBoxLayout()
        row.setSpacing(8)
        for value, words in values:
            made = button(words, frame, tab=True)
            made.setCheckable(True)
            made.setMinimumSize(TARGET_PX, TARGET_PX)
            made.setAccessibleName(f"{label}: {words}")
            made.clicked.connect(lambda _on, name=name, value=value: self.chosen.emit(name, value))
            row.addWidget(made)
            self.choices[name, value] = made
        _place(grid, frame, place, label, row, hint(why, frame))

    def _add_heart(self, grid: QGridLayout, frame: QFrame, place: int) -> None:
        """Nobody's heart, that of the selected chair, and the one that is heard where it is another one's."""
        label = phrase("Heart beat")
        self.heart_off = button(phrase("off"), frame, tab=True)
        self.heart_there, self.heart_here = button("", frame, tab=True), button("", frame, tab=True)
        self._heard, self._selected = 0, 0
        row = QHBoxLayout()
        row.setSpacing(8)
        for made, of in (
            (self.heart_off, lambda: 0), (self.heart_there, lambda: self._heard), (self.heart_here, lambda: self._selected),
        ):  # fmt: skip
            made.setCheckable(True)
            made.setMinimumSize(TARGET_PX, TARGET_PX)
            made.clicked.connect(lambda _on, of=of: self.heart_wanted.emit(of()))
            row.addWidget(made)
        why = phrase(
            "Each beat is one soft beep, lower with every percent of SpO2; alarms come first, the journal keeps it."
        )
        _place(grid, frame, place, label, row, hint(why, frame))

    def _add_ruler(self, grid: QGridLayout, frame: QFrame, place: int) -> None:
        self.ruler = Ruler(frame)
        self.length = QLineEdit(frame)
        self.length.setMaxLength(8)
        self.length.setMaximumWidth(190)
        self.length.setPlaceholderText(phrase("its length in mm"))
        self.length.setAccessibleName(phrase("Length of the line in millimetres"))
        self.length.returnPressed.connect(self._measure)
        keep = button(phrase("Keep"), frame)
        keep.clicked.connect(self._measure)
        row = QHBoxLayout()
        row.setSpacing(12)
        for widget in (self.ruler, self.length, keep):
            row.addWidget(widget)
        self.scale = hint("", frame)
        _place(grid, frame, place, phrase("Millimetres"), row, self.scale)

    def _add_ways(self, frame: QFrame, inner: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        for words, signal in (
            (phrase("Another window   F12"), self.window_wanted), (phrase("Full screen   F11"), self.screen_wanted),
            (phrase("About   Shift+F1"), self.about_wanted), (phrase("Close   Esc"), self.left),
        ):  # fmt: skip
            made = button(words, frame)
            made.clicked.connect(signal)
            row.addWidget(made)
        inner.addLayout(row)

    def show_appearance(self, now: Appearance, theme: Theme, px_per_mm: float | None, trouble: str) -> None:
        """What is chosen. px_per_mm: of the screen this window is on, None before anybody measured it."""
        self.ruler.theme = theme
        self.ruler.update()
        for (name, value), made in self.choices.items():
            made.setChecked(getattr(now, name) == value)
        self.scale.setText(
            phrase("Measured: {} pixels in a millimetre on this screen.").format(f"{px_per_mm:.2f}")
            if px_per_mm is not None
            else phrase("Not measured on this screen yet: waves use the size of a usual 24-inch panel and say so.")
        )
        self.note.setText(trouble)
        self.note.setVisible(bool(trouble))

    def show_sound(self, sound: SoundView, selected: int | None, live: bool) -> None:
        """Whose heart is heard, and whose could be. live: False once the picture is too old to be asked about."""
        self._heard, self._selected = sound.beep, selected or 0
        able = live and sound.state != "off"
        elsewhere = self._heard not in (0, self._selected)
        here = phrase("CHAIR {}").format(selected) + "   Q" if selected else phrase("select a chair first")
        there = phrase("CHAIR {}").format(self._heard)
        for made, words, down, enabled in (
            (self.heart_off, phrase("off"), self._heard == 0, able),
            (self.heart_there, there, elsewhere, able),
            (self.heart_here, here, self._heard == self._selected != 0, able and bool(selected)),
        ):
            if made.text() != words:
                made.setText(words)
            made.setAccessibleName(f"{phrase('Heart beat')}: {words}")
            made.setChecked(down)
            made.setEnabled(enabled)
        self.heart_there.setVisible(elsewhere)

    def open(self) -> None:
        """The first choice has the focus, so that Tab and Enter are enough."""
        self.length.clear()
        next(iter(self.choices.values())).setFocus()

    def _measure(self) -> None:
        try:
            length = float(self.length.text().strip().replace(",", "."))
        except ValueError:
            length = 0.0
        self.measured.emit(length)


def _place(grid: QGridLayout, frame: QFrame, place: int, label: str, row: QHBoxLayout, why: QLabel) -> None:
    """One setting: its name, what can be done, and a sentence below."""
    head = QLabel(label, frame)
    head.setStyleSheet("font-weight: 600")
    head.setProperty("role", "field")
    row.addStretch(1)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addLayout(row)
    column.addWidget(why)
    grid.addWidget(head, place, 0, Qt.AlignmentFlag.AlignTop)
    grid.addLayout(column, place, 1)
