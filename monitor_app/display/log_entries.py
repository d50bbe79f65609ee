"""What was logged last, by whom, and can it still be taken back? The newest notes under the targets of the quick log."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from monitor_app.core.care_views import CareView, EntryView
from monitor_app.display.language import phrase
from monitor_app.display.panels import button, hint
from monitor_app.display.quicklog import NOTE, WORDS_OF

PLACES = 5
TEXT_SHOWN = 32
"""Characters of a long note, two lines of its place: the whole of it stands in the log beside."""
HEIGHT_PX = 52
"""Of the strip in every state: a note that can no longer be taken back moves nothing."""


class LogEntry(QWidget):
    """One note in its place, with its button while the station takes it back."""

    taken_back = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entry: EntryView | None = None
        self.words = QLabel("", self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)  # a person typed it
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.undo = button(self.tr("Take back"), self, tab=True)
        self.undo.clicked.connect(self._take_back)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.undo)

    def show_entry(self, entry: EntryView | None, words: str) -> None:
        """This note, or an empty place."""
        self.entry = entry
        self.words.setText(words)
        self.undo.setVisible(entry is not None and entry.undo)
        self.undo.setAccessibleName(phrase("Take back {}").format(" ".join(words.split())))

    def _take_back(self) -> None:
        if self.entry is not None and self.entry.undo:
            self.taken_back.emit(self.entry.id)


class LogEntries(QWidget):
    """The newest notes side by side, newest first; one sentence where there is none."""

    taken_back = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        self.sentence = hint("", self)
        self.places = [LogEntry(self) for _ in range(PLACES)]
        row = QHBoxLayout()
        row.setSpacing(12)
        for place in self.places:
            place.taken_back.connect(self.taken_back)
            row.addWidget(place, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.sentence)
        box.addLayout(row)
        self._shown: tuple[tuple[EntryView, ...], bool] | None = None

    def show_care(self, care: CareView, clock: Callable[[int], str]) -> None:
        """The notes of this session. clock: the wall time of a station time."""
        now = (care.logged[:PLACES], care.logged_hidden)
        if now == self._shown:
            return
        self._shown = now
        self.sentence.setText(self._sentence(care))
        self.sentence.setVisible(not care.logged)
        for at, place in enumerate(self.places):
            entry = care.logged[at] if at < len(care.logged) else None
            place.setVisible(bool(care.logged))
            place.show_entry(entry, entry_words(entry, clock) if entry is not None else "")

    def _sentence(self, care: CareView) -> str:
        if care.logged_hidden:
            return self.tr("Notes are not shown: names are hidden, or monitoring has stopped.")
        return self.tr("Nothing logged in this session yet: a press above logs it.")


def entry_words(entry: EntryView, clock: Callable[[int], str]) -> str:
    """`15:05:49   K.` and below it what it was; what was corrected or taken back says so."""
    code = "" if entry.code == NOTE and entry.text else phrase(WORDS_OF.get(entry.code, entry.code.replace("_", " ")))
    said = "  ".join(part for part in (code, entry.text) if part)
    said = said if len(said) <= TEXT_SHOWN else f"{said[:TEXT_SHOWN]}…"
    what = "  ".join(part for part in (said, phrase("corrected") if entry.corrected else "") if part)
    return f"{clock(entry.at_us)}   {entry.who}".rstrip() + f"\n{what}"
