"""One question to the live code is being answered: how far it is, how to wait no longer, and why there is no answer.

Both asking pages have one of these, so that running, cancelling and failing look and are the same.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from monitor_app.review.trial import Trial

CANCELLED = "Cancelled."


class Waiting(QWidget):
    """runs: True when a run begins, False when it is over, whatever its end. said: the sentence that belongs to it."""

    runs = Signal(bool)

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self._trial = trial
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.cancel)
        row.addWidget(self.bar, 1)
        row.addStretch(1)
        self._running(False)

    def begin(self, words: str) -> None:
        """A question has been asked."""
        self.said.setText(words)
        self._running(True)

    def done(self, words: str) -> None:
        """It is answered."""
        self._running(False)
        self.said.setText(words)

    def stop(self) -> None:
        """Wait no longer."""
        if self._trial.is_running:
            self._trial.cancel()
            self.said.setText(CANCELLED)
        self._running(False)

    def progressed(self, share: float) -> None:
        """How far it is, 0 to 1."""
        self.bar.setValue(round(share * 1000))

    def _running(self, runs: bool) -> None:
        self.cancel.setEnabled(runs)
        self.bar.setVisible(runs)
        self.bar.setValue(0)
        self.runs.emit(runs)
