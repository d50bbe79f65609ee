"""Who wants to see names and typed text, and why? One line above the report; what is answered stands in the journal."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget


class IdentifyBar(QWidget):
    """asked: a name and a reason, both typed."""

    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.name, self.reason = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("your name")
        self.name.setAccessibleName("Name of the clinician")
        self.reason.setPlaceholderText("why names and typed text are needed")
        self.reason.setAccessibleName("Reason")
        self.show_it = QPushButton("Show, and journal it")
        self.show_it.clicked.connect(self.ask)
        for field in (self.name, self.reason):
            field.returnPressed.connect(self.ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(QLabel("Clinician"))
        row.addWidget(self.name, 1)
        row.addWidget(self.reason, 3)
        row.addWidget(self.show_it)
        self.hide()

    def open(self) -> None:
        """Into the field that is still empty; the reason is asked anew each time."""
        self.reason.clear()
        self.show()
        (self.reason if self.name.text().strip() else self.name).setFocus()

    def ask(self) -> None:
        """Hand over what was typed; whoever holds the journal judges it."""
        self.asked.emit(self.name.text().strip(), self.reason.text().strip())
