"""What can be chosen about this window? One sentence and a row of choices each; a choice holds at once, by key or touch.

Nothing on this page reaches an alarm, a limit or a record. The ruler is measured with a real one, so that 25 mm/s are
25 mm on this glass.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from monitor_app.display.appearance import PRIVACY_MINUTES, TEXT_PERCENTS, Appearance
from monitor_app.display.language import NAMES, phrase
from monitor_app.display.panels import button, card, hint
from monitor_app.display.theme import DARK, THEMES, Theme

RULER_PX = 400
"""Long enough for a usual ruler: about 11 cm on a 24-inch panel."""
TARGET_PX = 44
"""A thumb finds it."""


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
    """chosen: name of the choice and its value. measured: millimetres of the ruler. about, window, left: other ways."""

    chosen = Signal(str, object)
    measured = Signal(float)
    about_wanted = Signal()
    window_wanted = Signal()
    screen_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: dict[tuple[str, object], QPushButton] = {}
        frame, inner = card(self, 1180)
        inner.setSpacing(18)
        title = QLabel(phrase("Settings of this window"), frame)
        title.setProperty("role", "title")
        inner.addWidget(title)
        inner.addWidget(hint(phrase("They change how it looks, never what is watched or recorded."), frame))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(16)
        grid.setColumnStretch(1, 1)
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
        self._add_ruler(grid, frame, len(rows))
        self.note = hint("", frame)
        inner.addWidget(self.note)
        self._add_ways(frame, inner)

    def _add_row(
        self, grid: QGridLayout, frame: QFrame, place: int, name: str, label: str, why: str,
        values: Sequence[tuple[object, str]],
    ) -> None:  # fmt: skip
        head = QLabel(label, frame)
        head.setStyleSheet("font-weight: 600")
        head.setProperty("role", "field")
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
        row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(hint(why, frame))
        grid.addWidget(head, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(column, place, 1)

    def _add_ruler(self, grid: QGridLayout, frame: QFrame, place: int) -> None:
        head = QLabel(phrase("Millimetres"), frame)
        head.setStyleSheet("font-weight: 600")
        head.setProperty("role", "field")
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
        row.addStretch(1)
        self.scale = hint("", frame)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.scale)
        grid.addWidget(head, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(column, place, 1)

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
