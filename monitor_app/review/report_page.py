"""The report as it will be printed: its pages as pictures, to save as PDF or to print. Also a strip of one moment.

Pseudonymous, as every file that leaves the station unasked. With names and typed text only for a clinician who says who it
is and why: the journal holds that before a page of it is shown, saved or printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QLocale, QMarginsF, Qt, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from monitor_app import __version__
from monitor_app.core.signing import EXPORTING_ROLE, HandOut
from monitor_app.record.exporters import Options, export, file_name
from monitor_app.record.exporters.pdf.file import image, pdf_of
from monitor_app.record.exporters.pdf.pages import composed
from monitor_app.record.exporters.pdf.sheet import PAPERS, UNITS_PER_INCH, Paper, paint
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.identities import shown_identity
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording
from monitor_app.review.identify_bar import IdentifyBar
from monitor_app.review.notes_page import NO_DOOR, Door

PAGE_PX = 900
"""Width of a page on the screen: every word can be read, two windows of it fit a wide screen."""
PAPER_WORDS = {"a4": "A4", "letter": "US Letter"}
PAGE_SIZES = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}

Compose = Callable[[tuple[float, float], bool], Paper]
"""Lays out on paper of a size, with names and typed text or without. Raises StoreError."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants to see names and typed text, and why."""

    name: str
    reason: str

    @property
    def actor(self) -> str:
        """As the journal names it."""
        return f"{EXPORTING_ROLE}:{self.name}"


class ReportPage(QWidget):
    """`closed`: the person goes back to the session. `journalled`: the session has a new entry."""

    closed = Signal()
    journalled = Signal()

    def __init__(self, door: Door | None = None) -> None:
        super().__init__()
        self._door = door
        self._compose: Compose | None = None
        self._paper: Paper | None = None
        self._reader: Reader | None = None
        self._session, self._subject = "", ""
        self._asked: Asked | None = None
        self.size_name = home_paper(QLocale())
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.said = QLabel()
        self.said.setProperty("role", "hint")
        self.identify = IdentifyBar()
        self.identify.asked.connect(self.show_identified)
        self._pages = QVBoxLayout()
        holder = QWidget()
        holder.setLayout(self._pages)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(holder)
        self._scroll.setAccessibleName("Pages of the report")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.addLayout(self._head())
        layout.addWidget(self.identify)
        layout.addWidget(self._scroll, 1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        self._buttons = {}
        for words, act in (
            ("Esc  Session", self.closed.emit),
            ("Ctrl+S  Save PDF", self.save),
            ("Ctrl+P  Print", self.print),
            ("Ctrl+L  Paper", self.change_paper),
            ("Ctrl+I  Identified", self.ask_identified),
        ):
            button = QPushButton(words)
            button.clicked.connect(lambda _=False, do=act: do())
            self._buttons[words] = button
            row.addWidget(button)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self.said)
        return row

    # ------------------------------------------------------------------ what is shown

    def show_report(self, reader: Reader, session: str) -> None:
        """Compute and lay out. Trouble is said in the window."""

        def compose(size: tuple[float, float], identified: bool) -> Paper:
            report = report_of(reader, session)
            person = shown_identity(reader, report.material.row.patient_ref) if identified else None
            return composed(Wording(report, identified, person), __version__, size)

        self._open(compose, reader, session, "Session report")

    def show_strip(self, compose: Compose, reader: Reader, session: str) -> None:
        """A strip of one moment."""
        self._open(compose, reader, session, "Strip")

    def _open(self, compose: Compose, reader: Reader, session: str, subject: str) -> None:
        self._compose, self._reader, self._session, self._subject = compose, reader, session, subject
        self._asked = None
        self.identify.hide()
        self.said.setText("")
        self._lay_out()

    def _lay_out(self) -> None:
        if self._compose is None:
            return
        try:
            paper = self._compose(PAPERS[self.size_name], self._asked is not None)
        except StoreError as trouble:
            self.said.setText(str(trouble))
            return
        self._paper = paper
        noun = "page" if len(paper.pages) == 1 else "pages"
        whose = "pseudonymous" if self._asked is None else "IDENTIFIED"
        self._title.setText(f"{self._subject}, {whose}, {len(paper.pages)} {noun} of {PAPER_WORDS[self.size_name]}")
        while (item := self._pages.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for number, page in enumerate(paper.pages, 1):
            picture = QLabel()
            picture.setPixmap(QPixmap.fromImage(image(page, paper.size, PAGE_PX)))
            picture.setAccessibleName(f"Page {number}: " + ". ".join(page.words())[:2000])
            self._pages.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self._scroll.verticalScrollBar().setValue(0)
        self._scroll.setFocus()

    # ------------------------------------------------------------------ acts

    def change_paper(self) -> None:
        """A4 or US Letter."""
        self.size_name = "letter" if self.size_name == "a4" else "a4"
        self._lay_out()

    def ask_identified(self) -> None:
        """Ask who and why; pressed again, names and typed text are gone."""
        if self._asked is not None:
            self._asked = None
            self._lay_out()
        elif self._door is None:
            self.said.setText(NO_DOOR)
        else:
            self.identify.open()

    def show_identified(self, name: str, reason: str) -> None:
        """Journal it, then show names and typed text. A refusal is said and shows nothing."""
        asked = Asked(name, reason)
        try:
            self._journal(asked, "preview")
        except StoreError as trouble:
            self.said.setText(str(trouble))
            return
        self._asked = asked
        self.identify.hide()
        self.said.setText("The journal holds who looked, and why.")
        self._lay_out()

    def _journal(self, asked: Asked, what: str, digest: str = "") -> None:
        """Raises StoreError with the sentence of a refusal."""
        if self._door is None:
            raise StoreError(Trouble.READ_ONLY, NO_DOOR)
        reply = self._door(HandOut(str(uuid4()), self._session, what, digest, asked.reason, asked.actor))
        if not reply.done:
            raise StoreError(Trouble.READ_ONLY, reply.sentence)
        self.journalled.emit()

    def save(self) -> None:
        """Ask where, then write."""
        if self._reader is None:
            return
        row = self._reader.session(self._session)
        name = file_name(self._reader, row, "pdf")
        suggested = name if self._is_report else name.replace(".pdf", "-strip.pdf")
        chosen, _ = QFileDialog.getSaveFileName(self, "Save", str(Path.home() / suggested), "PDF (*.pdf)")
        if chosen:
            self.save_as(Path(chosen))

    @property
    def _is_report(self) -> bool:
        return self._subject == "Session report"

    def save_as(self, path: Path) -> None:
        """Write the file; an existing one is never overwritten."""
        if self._reader is None or self._paper is None:
            return
        try:
            self._written(self._reader, self._paper, path)
        except FileExistsError:
            self.said.setText(f"{path} already exists and is not overwritten; name another.")
        except (StoreError, OSError) as trouble:
            self.said.setText(str(trouble))
        else:
            self.said.setText(f"Saved: {path}")

    def _written(self, reader: Reader, paper: Paper, path: Path) -> None:
        asked = self._asked
        journal = (lambda digest: self._journal(asked, "pdf", digest)) if asked is not None else None
        if self._is_report:
            options = Options(version=__version__, paper=self.size_name, identified=asked is not None)
            export("pdf", reader, self._session, path, options, journal)
            return
        data = pdf_of(paper, "Strip", self._session)
        if path.exists():
            raise FileExistsError
        if journal is not None:
            journal(sha256(data).hexdigest())
        with path.open("xb") as file:
            file.write(data)

    def print(self) -> None:
        """Ask which printer, then print."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageSize(QPageSize(PAGE_SIZES[self.size_name]))
        if self._paper is not None and QPrintDialog(printer, self).exec():
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Print every page, a hundredth of a millimetre to a unit, whatever the printer's own grain."""
        if self._paper is None:
            return
        try:
            if self._asked is not None:
                self._journal(self._asked, "print")
        except StoreError as trouble:
            self.said.setText(str(trouble))
            return
        printer.setFullPage(True)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
        painter = QPainter(printer)
        for number, page in enumerate(self._paper.pages):
            if number:
                printer.newPage()
            painter.save()
            painter.scale(printer.logicalDpiX() / UNITS_PER_INCH, printer.logicalDpiY() / UNITS_PER_INCH)
            paint(painter, page)
            painter.restore()
        painter.end()
        self.said.setText(f"Sent to {printer.printerName() or printer.outputFileName()}.")


def home_paper(locale: QLocale) -> str:
    """`letter` where people print on it: by the inches of the country; else `a4`."""
    inches = locale.measurementSystem() is QLocale.MeasurementSystem.ImperialUSSystem
    return "letter" if inches else "a4"
