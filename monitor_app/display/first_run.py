"""What does somebody see who starts the station for the first time? One screen, three questions, then live chairs.

Every question has an answer already, so Enter alone is enough: four simulated chairs in English.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor_app.display import words
from monitor_app.display.about_page import Paragraph
from monitor_app.display.language import NAMES, phrase
from monitor_app.display.main import application
from monitor_app.display.panels import button, card, hint
from monitor_app.display.theme import DARK, style_sheet, wear
from monitor_app.display.translator import use

CHAIRS_MAX = 16
COLUMNS = 8
SIZE = QSize(1180, 760)


@dataclass(frozen=True, slots=True)
class Choice:
    """simulate: virtual chairs, so many; else real devices are looked for and wired first."""

    chairs: int = 4
    simulate: bool = True
    language: str = "en"


class FirstRun(QWidget):
    """The one screen. answer: what was chosen, None when the window was closed without a start."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Chairside")
        self.answer: Choice | None = None
        self.choice = Choice()
        wear(self, DARK)
        self.setStyleSheet(f"QWidget#window {{ background: {DARK.app}; }}" + style_sheet(DARK, 1.0))
        self.resize(SIZE)
        self._page: QWidget | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        self._build()

    def _build(self) -> None:
        """All words anew: they follow the language at once."""
        if self._page is not None:
            self._page.hide()
            self._page.deleteLater()
        use(self.choice.language)
        self._page = QWidget(self)
        frame, inner = card(self._page, 1100)
        title = QLabel(phrase("Chairside: three questions, then the room"), frame)
        title.setProperty("role", "title")
        inner.addWidget(title)
        self.languages = {
            code: self._option(name, self.choice.language == code, partial(self._choose, language=code))
            for code, name in NAMES.items()
        }
        self.kinds = {
            True: self._option(phrase("Simulated chairs, to look around"), self.choice.simulate,
                               lambda: self._choose(simulate=True)),
            False: self._option(phrase("Find the devices of this computer"), not self.choice.simulate,
                                lambda: self._choose(simulate=False)),
        }  # fmt: skip
        self.chairs = {
            n: self._option(str(n), self.choice.chairs == n, partial(self._choose, chairs=n))
            for n in range(1, CHAIRS_MAX + 1)
        }
        for question, options in (
            (phrase("Language"), self.languages), (phrase("What is watched"), self.kinds),
            (phrase("How many chairs"), self.chairs if self.choice.simulate else {}),
        ):  # fmt: skip
            self._ask(inner, frame, question, list(options.values()))
        inner.addWidget(hint(self._then(), frame))
        inner.addWidget(Paragraph(phrase(words.NOTICE), frame))
        row = QHBoxLayout()
        self.start = button(phrase("Start   Enter"), frame, primary=True)
        self.start.clicked.connect(self._start)
        leave = button(phrase("Leave   Esc"), frame)
        leave.clicked.connect(self.close)
        row.addWidget(self.start, 2)
        row.addWidget(leave, 1)
        inner.addLayout(row)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._page)
        self.start.setFocus()

    def _then(self) -> str:
        if self.choice.simulate:
            return phrase("Everything simulated says so. Its record has a folder of its own; no patient is ever in it.")
        return phrase(
            "Each port is listened to; what speaks is bound to a chair. Real devices have a folder of their own."
        )

    def _option(self, label: str, chosen: bool, pressed: Callable[[], None]) -> QPushButton:
        made = button(label, self, tab=True)
        made.setCheckable(True)
        made.setChecked(chosen)
        made.setMinimumSize(48, 44)
        made.clicked.connect(lambda: pressed())
        return made

    def _ask(self, inner: QVBoxLayout, frame: QWidget, question: str, options: Sequence[QPushButton]) -> None:
        if not options:
            return
        head = QLabel(question, frame)
        head.setStyleSheet("font-weight: 600")
        inner.addWidget(head)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, option in enumerate(options):
            grid.addWidget(option, place // COLUMNS, place % COLUMNS)
        inner.addLayout(grid)

    def _choose(self, **values: object) -> None:
        self.choice = replace(self.choice, **values)  # type: ignore[arg-type]
        QTimer.singleShot(0, self._build)  # not while the button that goes away is still at work

    def _start(self) -> None:
        self.answer = self.choice
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter starts from anywhere, Esc leaves; a digit is a number of chairs."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._start()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        elif self.choice.simulate and Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9:
            self._choose(chairs=event.key() - Qt.Key.Key_0)
        else:
            super().keyPressEvent(event)


def ask() -> Choice | None:
    """Show the screen; returns what was chosen, None when nobody wanted to start."""
    app = application()
    window = FirstRun()
    window.show()
    app.exec()
    return window.answer
