"""What does which key do, and what do the signs mean? Three pages: alarms and the room, one chair, the signs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from monitor_app.display.keys import help_lines
from monitor_app.display.language import phrase
from monitor_app.display.panels import button

PAGES = ("room", "chair", "signs")


def _signs() -> tuple[tuple[str, str], ...]:
    """What is seen, and what it says; the same words as in the guide."""
    return (
        ("▲", phrase("HIGH: go at once")),
        ("◆", phrase("MEDIUM: go promptly")),
        ("■", phrase("LOW: be aware")),
        ("***  **  *", phrase("about the patient: HIGH, MEDIUM, LOW")),
        ("!!!  !!  !", phrase("about the equipment, as the wrench at a chair")),
        (phrase("filled box"), phrase("an alarm: it flashes until somebody takes it, then it stands still")),
        (phrase("outlined box"), phrase("an alarm that ended before anybody saw it")),
        ("✓ K. 0:42", phrase("who acknowledged it, and how long ago")),
        ("---", phrase("nothing was measured: never a zero, never an old value")),
        (phrase("grey digits"), phrase("an old value; its age stands beside it")),
        (phrase("underlined limit"), phrase("a person has changed it for this chair")),
        (phrase("struck triangle"), phrase("an alarm of this number is switched off")),
        (phrase("dashed edge"), phrase("the sound of the whole room is paused")),
        (
            f"{phrase('SIMULATED')}  {phrase('TEST')}",
            phrase("no patient: a virtual device, or one that was not declared real"),
        ),
    )


class HelpPage(QWidget):
    """left: back to the room."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = QStackedWidget(self)
        self._group = QButtonGroup(self)
        self.tabs: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(8)
        labels = (self.tr("Alarms and the room"), self.tr("One chair"), self.tr("Signs"))
        lines = (help_lines(of_a_chair=False), help_lines(of_a_chair=True), _signs())
        for place, (name, label, shown) in enumerate(zip(PAGES, labels, lines, strict=True)):
            tab = button(label, self, tab=True)
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            self._stack.addWidget(_scrolled(_table(shown), self._stack))
            row.addWidget(tab)
            self.tabs[name] = tab
        self._group.idToggled.connect(self._turn)
        close = button(self.tr("Close   Esc"), self)
        close.clicked.connect(self.left)
        row.addStretch(1)
        row.addWidget(close)
        foot = QLabel(phrase("Not a certified medical device: Shift+F1 says what it is and is not."), self)
        foot.setProperty("role", "hint")
        foot.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addLayout(row)
        box.addWidget(self._stack, 1)
        box.addWidget(foot)
        self.tabs[PAGES[0]].setChecked(True)

    def open(self, chair: bool) -> None:
        """Begin with the keys of where the person stands."""
        self.show_tab("chair" if chair else "room")

    def _turn(self, place: int, down: bool) -> None:
        if down:
            self._stack.setCurrentIndex(place)

    def show_tab(self, name: str) -> None:
        """Bring one page to the front; the arrows lead on from there."""
        self.tabs[name].setChecked(True)
        self.tabs[name].setFocus()


def _table(lines: tuple[tuple[str, str], ...]) -> QWidget:
    """Key and words in two columns, read down and then across; words that are too long go on below."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(20, 14, 20, 14)
    grid.setHorizontalSpacing(22)
    grid.setVerticalSpacing(8)
    rows = -(-len(lines) // 2)
    for place, (key, text) in enumerate(lines):
        column = place // rows * 2
        name, said = QLabel(key, page), QLabel(text, page)
        name.setStyleSheet("font-weight: 600")
        for label in (name, said):
            label.setProperty("role", "help")
        name.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(name, place % rows, column, top)
        grid.addWidget(said, place % rows, column + 1, top)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(3, 1)
    grid.setRowStretch(rows, 1)
    return page


def _scrolled(page: QWidget, parent: QWidget) -> QScrollArea:
    """Where the window is small or the language long, the page is longer than it and scrolls."""
    area = QScrollArea(parent)
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.viewport().setAutoFillBackground(False)
    page.setAutoFillBackground(False)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(phrase("Keys and signs"))
    return area
