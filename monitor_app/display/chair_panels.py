"""What opens under the controls of a chair: the reason to go past a guard, and the targets of the quick log."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from monitor_app.core.phases import Step
from monitor_app.core.snapshot import StepView
from monitor_app.display.language import phrase
from monitor_app.display.log_entries import LogEntries
from monitor_app.display.panels import button
from monitor_app.display.quicklog import CODES, NOTE, TEXT_MAX

TARGET_LEAST_PX = 44


class OverridePanel(QWidget):
    """A soft guard stands in the way: its sentence, a reason, and the act anyway."""

    confirmed = Signal(object, str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._step: Step | None = None
        self.sentence = QLabel("", self)
        self.sentence.setProperty("role", "refused")
        self.sentence.setWordWrap(True)
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(TEXT_MAX)
        self.reason.setPlaceholderText(self.tr("reason, kept with your name"))
        self.by = QLineEdit(self)
        self.by.setMaxLength(TEXT_MAX)
        self.by.setPlaceholderText(self.tr("who decides"))
        self.go = button("", self, primary=True)
        self.cancel = button(self.tr("Not now"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.sentence, 3)
        row.addWidget(self.reason, 3)
        row.addWidget(self.by, 2)
        row.addWidget(self.go)
        row.addWidget(self.cancel)
        self.go.clicked.connect(self._confirm)
        self.reason.returnPressed.connect(self._confirm)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def open(self, step: StepView) -> None:
        """Ask for the reason of this step."""
        self._step = step.step
        self.sentence.setText(step.sentence)
        self.reason.clear()
        self.by.clear()
        self.by.setVisible(step.named)
        self.go.setText(self.tr("{} anyway").format(step.label))
        self.show()
        self.reason.setFocus()

    def _confirm(self) -> None:
        if not self.reason.text().strip():
            self.sentence.setText(self.tr("A reason is needed to go past this."))
            return
        if not self.by.isHidden() and not self.by.text().strip():
            self.sentence.setText(self.tr("Say who decides to go past this."))
            return
        if self._step is not None:
            self.confirmed.emit(self._step, self.reason.text().strip(), self.by.text().strip())
        self.hide()


class LogPanel(QWidget):
    """The quick log: one target and one letter per code; a note asks for its text; the newest notes stand below."""

    noted = Signal(str, str)
    taken_back = Signal(str)
    left = Signal()

    COLUMNS = 10
    ROW_BELOW = 3

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        self.targets: dict[str, QPushButton] = {}
        for place, (key, code, label) in enumerate(CODES):
            target = button(f"{phrase(label)}\n{key.upper()}", self, tab=True)
            target.setMinimumWidth(TARGET_LEAST_PX)  # long words take room from short ones, never from the window
            target.clicked.connect(lambda _=False, code=code: self.press(code))
            grid.addWidget(target, place // self.COLUMNS, place % self.COLUMNS)
            self.targets[code] = target
        self.text = QLineEdit(self)
        self.text.setMaxLength(TEXT_MAX)
        self.text.setPlaceholderText(self.tr("note, Enter to save, Esc to leave"))
        self.text.returnPressed.connect(self._save)
        self.text.hide()
        grid.addWidget(self.text, self.ROW_BELOW, 0, 1, self.COLUMNS)
        self.entries = LogEntries(self)
        self.entries.taken_back.connect(self.taken_back)
        grid.addWidget(self.entries, self.ROW_BELOW, 0, 1, self.COLUMNS)
        self.hide()

    def press(self, code: str) -> None:
        """A code was chosen."""
        if code == NOTE:
            self.text.clear()
            self._write(True)
            self.text.setFocus()
        else:
            self.noted.emit(code, "")
            self.left.emit()

    def _save(self) -> None:
        if self.text.text().strip():
            self.noted.emit(NOTE, self.text.text().strip())
            self._write(False)
            self.left.emit()

    def close_panel(self) -> None:
        """Nothing is being logged."""
        self._write(False)
        self.hide()

    def _write(self, writing: bool) -> None:
        """A note is written where the newest ones stand: the numbers above keep their room."""
        self.text.setVisible(writing)
        self.entries.setVisible(not writing)
