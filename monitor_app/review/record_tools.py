"""The record as files: is it whole, a session or many as a file, a second copy, recordings from elsewhere.

The work is done by the command of the same name in a process of its own, so that it can be cancelled at any moment and
slows nothing down; what it says is shown as it says it. Whoever lets names out, or takes one out of the record for good,
gives their own and the reason.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from monitor_app.record.exporters import exporters
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader

GONE_MS = 3000
LINES_MAX = 2000
WHICH = ("this session", "all of its day (UTC)", "all of its patient")
LONG = frozenset({"verify", "export", "backup", "restore"})
"""Commands that say how far they are."""
AT_ONCE = frozenset({"identify", "erase-identity"})
"""Done as a whole or not at all, within a second: there is nothing to cancel."""
CANCELLED = "Cancelled; nothing of it was left behind."
SURE = (
    "Name and birth date of {patient} are erased from this record, for all of their sessions, and cannot be brought back. "
    "The sessions stay, under the pseudonym. The journal keeps who erased, when and why."
)


class RecordTools(QDialog):
    """chosen: the session that is meant, None without one."""

    def __init__(self, reader: Reader, chosen: Callable[[], str | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader, self._chosen = reader, chosen
        self._cancelled = False
        self.setWindowTitle("The record")
        self.resize(900, 560)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._answered)
        self._process.readyReadStandardError.connect(self._told)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._failed)
        self.format, self.which = QComboBox(), QComboBox()
        for row in sorted(exporters().values(), key=lambda row: row.title):
            if row.is_here:
                self.format.addItem(row.title, row.format)
        self.which.addItems(WHICH)
        self.waves = QCheckBox("with waves, where the format leaves the choice")
        self.identified = QCheckBox("identified: with typed text and names; journalled")
        self.actor, self.reason = QLineEdit(), QLineEdit()
        self.name, self.born = QLineEdit(), QLineEdit()
        self.born.setPlaceholderText("1980-12-31, or empty")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("How far it is")
        self.said = QPlainTextEdit()
        self.said.setReadOnly(True)
        self.said.setMaximumBlockCount(LINES_MAX)
        self.buttons = {
            words: QPushButton(words)
            for words in ("Verify", "Export", "Back up", "Restore", "Import", "Keep name", "Erase name", "Cancel")
        }
        self._lay_out()
        acts = (
            self.verify, self.export, self.back_up, self.restore, self.bring_in, self.keep_name, self.erase_name, self.cancel
        )  # fmt: skip
        for button, act in zip(self.buttons.values(), acts, strict=True):
            button.clicked.connect(lambda _=False, do=act: do())
        self._busy(False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        for words, widget in (("Format", self.format), ("Sessions", self.which), ("", self.waves), ("", self.identified),
                              ("Clinician", self.actor), ("Reason", self.reason), ("Patient's name", self.name),
                              ("Birth date", self.born)):  # fmt: skip
            form.addRow(words, widget)
        for name, named in (("Format", self.format), ("Sessions", self.which), ("Clinician", self.actor),
                            ("Reason", self.reason), ("Patient's name", self.name), ("Birth date", self.born),
                            ("What was said", self.said)):  # fmt: skip
            named.setAccessibleName(name)
        row = QHBoxLayout()
        for button in self.buttons.values():
            button.setAutoDefault(False)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.said, 1)

    # ------------------------------------------------------------------ acts

    def verify(self) -> None:
        """The whole record."""
        self._run(["verify"])

    def export(self, folder: str = "") -> None:
        """Ask for a folder, then write. folder: where to, for those who know."""
        command = self._export_command()
        if isinstance(command, str):
            self._say(command)
            return
        folder = folder or self._ask_folder("Export into this folder")
        if folder:
            self._run([*command, "--out", folder])

    def back_up(self, folder: str = "") -> None:
        """A verified second copy, best on another disk."""
        folder = folder or self._ask_folder("Back up into this folder, best on another disk")
        if folder:
            self._run(["backup", folder])

    def restore(self, backup: str = "", folder: str = "") -> None:
        """A backup into an empty folder; never into the record that is open."""
        backup = backup or self._ask_folder("The folder of the backup")
        folder = folder or (self._ask_folder("An empty folder for the restored record") if backup else "")
        if backup and folder:
            self._run(["restore", backup], Path(folder))

    def bring_in(self, files: Sequence[str] = ()) -> None:
        """Recordings made elsewhere, and our own exports, checked and kept beside the record."""
        chosen = list(files) or QFileDialog.getOpenFileNames(self, "Import recordings")[0]
        if chosen:
            self._run(["import", *chosen])

    def keep_name(self) -> None:
        """Who the patient of the session is, sealed beside the journal; what was typed goes by a pipe and is cleared."""
        patient = self._patient()
        if patient is None:
            return
        if not self.actor.text().strip() or not self.name.text().strip():
            self._say("Keeping a name needs the patient's name, and who keeps it (Clinician).")
            return
        self._run(["identify", patient, "--by", self.actor.text()], typed=f"{self.name.text()}\n{self.born.text()}\n")
        self.name.clear()
        self.born.clear()

    def erase_name(self, sure: bool = False) -> None:
        """Name and birth date of the session's patient, for ever. sure: already asked."""
        patient = self._patient()
        if patient is None:
            return
        if not self.actor.text().strip() or not self.reason.text().strip():
            self._say("Erasing a name needs who erases it (Clinician) and the reason.")
            return
        asked = SURE.format(patient=patient)
        if sure or QMessageBox.question(self, "Erase for ever?", asked) is QMessageBox.StandardButton.Yes:
            self._run(["erase-identity", patient, "--by", self.actor.text(), "--reason", self.reason.text()])

    def cancel(self) -> None:
        """End what runs; it leaves nothing half-written."""
        if self._process.state() is not QProcess.ProcessState.NotRunning and self.buttons["Cancel"].isEnabled():
            self._cancelled = True
            self._process.terminate()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody waits any more."""
        self.cancel()
        if not self._process.waitForFinished(GONE_MS):
            self._process.kill()
        super().closeEvent(event)

    # ------------------------------------------------------------------ inside

    def _ask_folder(self, title: str) -> str:
        return QFileDialog.getExistingDirectory(self, title)

    def _patient(self) -> str | None:
        """The pseudonym of the session that is meant; without one it is said why."""
        uuid = self._chosen()
        try:
            patient = self._reader.session(uuid).patient_ref if uuid is not None else None
        except StoreError as trouble:
            self._say(str(trouble))
            return None
        if not patient:
            self._say("Choose a session first." if uuid is None else "This session has no pseudonym.")
        return patient or None

    def _export_command(self) -> list[str] | str:
        """The command, or the sentence why there is none."""
        uuid = self._chosen()
        if uuid is None:
            return "Choose a session first."
        try:
            row = self._reader.session(uuid)
        except StoreError as trouble:
            return str(trouble)
        if self.which.currentIndex() == 2 and not row.patient_ref:
            return "This session has no pseudonym, by which others of its patient could be found."
        day = self._reader.anchors().iso(row.admitted_t_us)[:10]
        which = ([uuid], ["--day", day], ["--patient", row.patient_ref or ""])[self.which.currentIndex()]
        command = ["export", *which, "--format", str(self.format.currentData())]
        if self.waves.isChecked():
            command.append("--waves")
        if self.identified.isChecked():
            if not self.actor.text().strip() or not self.reason.text().strip():
                return "An identified export needs the clinician's name and the reason."
            command += ["--identified", "--actor", self.actor.text(), "--reason", self.reason.text()]
        return command

    def _run(self, command: Sequence[str], data: Path | None = None, typed: str = "") -> None:
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            return
        self.said.clear()
        self._cancelled = False
        slow = command[0] in LONG
        self._busy(True, command[0] not in AT_ONCE)
        folder = data if data is not None else self._reader.folder
        asked = [*command, *(["--progress"] if slow else []), "--data", str(folder)]
        self._process.start(sys.executable, ["-m", "monitor_app", *asked])
        if typed:
            self._process.write(typed.encode())
            self._process.closeWriteChannel()

    def _busy(self, busy: bool, cancellable: bool = True) -> None:
        for words, button in self.buttons.items():
            button.setEnabled((busy and cancellable) if words == "Cancel" else not busy)
        self.bar.setVisible(busy)
        self.bar.setValue(0)

    def _answered(self) -> None:
        for line in bytes(self._process.readAllStandardOutput().data()).decode(errors="replace").splitlines():
            self._say(_words(line))

    def _told(self) -> None:
        for line in bytes(self._process.readAllStandardError().data()).decode(errors="replace").splitlines():
            if line.startswith("progress "):
                self._progressed(line.removeprefix("progress "))
            elif line.strip():
                self._say(line.strip())

    def _progressed(self, share: str) -> None:
        with suppress(ValueError):  # a line that came in two pieces: the next one tells it
            self.bar.setValue(round(float(share) * 1000))

    def _say(self, line: str) -> None:
        self.said.appendPlainText(line)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._say("The command could not be started: run `chairside doctor`.")
            self._busy(False)

    def _ended(self, code: int) -> None:
        self._answered()
        self._told()
        self._say(CANCELLED if self._cancelled else "Done." if code == 0 else "Not done: see above.")
        self._busy(False)


def _words(line: str) -> str:
    """A line of JSON as words; any other line as it is."""
    try:
        said = json.loads(line)
    except ValueError:
        return line
    if not isinstance(said, dict):
        return line
    return "   ".join(f"{key} {value}" for key, value in said.items() if value not in (None, "", []))
