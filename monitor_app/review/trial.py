"""Who lives a session again for the window? A process of its own: it says how far it is, and ends when one no longer waits.

The window never waits for it, and a fault in it is a sentence here. What comes back is what the command line prints.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTemporaryFile, Signal

PROGRESS = "progress "
GONE_MS = 2_000
"""So long a killed process is waited for."""

NO_ANSWER = "The session could not be lived again: the process ended without an answer."


class Trial(QObject):
    """One question at a time. progressed: 0 to 1. answered: the JSON of the answer. failed: one sentence."""

    progressed = Signal(float)
    answered = Signal(object)
    failed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._limits = QTemporaryFile(self)
        self._process = QProcess(self)  # one for all questions: a process that is deleted while it dies is a crash
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._hear)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._trouble)
        self._waits = False
        self._out = bytearray()
        self._said = ""
        self._left = ""

    @property
    def is_running(self) -> bool:
        """True while an answer is awaited."""
        return self._waits

    def what_if(self, session: str, toml: str) -> None:
        """This session under these limits and delays, written as `chairside what-if` reads them."""
        self.cancel()
        self._limits.open()
        self._limits.resize(0)
        self._limits.write(toml.encode())
        self._limits.close()
        self._ask(("what-if", session, "--limits", self._limits.fileName()))

    def why(self, session: str, at_us: int) -> None:
        """Every alarm of this session at one moment, in station time."""
        self.cancel()
        self._ask(("why", session, "--at", str(at_us)))

    def cancel(self) -> None:
        """Nobody waits for the answer any more."""
        self._waits = False
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(GONE_MS)

    def _ask(self, command: Sequence[str]) -> None:
        self._out, self._said, self._left, self._waits = bytearray(), "", "", True
        self._process.start(
            sys.executable, ["-m", "monitor_app", *command, "--data", str(self._folder), "--json", "--progress"]
        )

    def _read(self) -> None:
        self._out.extend(bytes(self._process.readAllStandardOutput().data()))

    def _hear(self) -> None:
        text = self._left + bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        *lines, self._left = text.split("\n")
        for line in lines if self._waits else ():
            if line.startswith(PROGRESS):
                self.progressed.emit(float(line.removeprefix(PROGRESS)))
            elif line.strip():
                self._said = line.strip()

    def _trouble(self, error: QProcess.ProcessError) -> None:
        if self._waits and error is QProcess.ProcessError.FailedToStart:
            self._waits = False
            self.failed.emit(NO_ANSWER)

    def _finished(self, code: int) -> None:
        self._read()
        self._hear()
        if not self._waits:
            return
        self._waits = False
        try:
            answer = json.loads(self._out) if code == 0 else None
        except ValueError:
            answer = None
        if answer is None:
            self.failed.emit(self._said or NO_ANSWER)
        else:
            self.answered.emit(answer)
