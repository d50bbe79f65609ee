"""The report as it will be printed: its pages as pictures, to save as PDF or to print. Also a strip of one moment.

Pseudonymous, as every file that leaves the station unasked.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, Qt, Signal
from PySide6.QtGui import QPageLayout, QPainter, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from monitor_app import __version__
from monitor_app.record.exporters import Options, export, file_name
from monitor_app.record.exporters.pdf.file import image, pdf_of
from monitor_app.record.exporters.pdf.pages import composed
from monitor_app.record.exporters.pdf.sheet import UNITS_PER_INCH, Paper, paint
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording

PAGE_PX = 900
"""Width of a page on the screen: every word can be read, two windows of it fit a wide screen."""


class ReportPage(QWidget):
    """`closed`: the person goes back to the session."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._paper: Paper | None = None
        self._reader: Reader | None = None
        self._session = ""
        self._is_report = True
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.said = QLabel()
        self.said.setProperty("role", "hint")
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
        layout.addWidget(self._scroll, 1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        self._buttons = {}
        for words, act in (
            ("Esc  Session", self.closed.emit),
            ("Ctrl+S  Save PDF", self.save),
            ("Ctrl+P  Print", self.print),
        ):
            button = QPushButton(words)
            button.clicked.connect(lambda _=False, do=act: do())
            self._buttons[words] = button
            row.addWidget(button)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self.said)
        return row

    def show_report(self, reader: Reader, session: str) -> None:
        """Compute and lay out. Trouble is said in the window."""
        try:
            paper = composed(Wording(report_of(reader, session)), __version__)
        except StoreError as trouble:
            self.said.setText(str(trouble))
            return
        self._is_report = True
        self._take(paper, reader, session, "Session report, pseudonymous")

    def show_strip(self, paper: Paper, reader: Reader, session: str) -> None:
        """A strip that was laid out."""
        self._is_report = False
        self._take(paper, reader, session, "Strip")

    def _take(self, paper: Paper, reader: Reader, session: str, title: str) -> None:
        self._paper, self._reader, self._session = paper, reader, session
        noun = "page" if len(paper.pages) == 1 else "pages"
        self._title.setText(f"{title}, {len(paper.pages)} {noun}")
        self.said.setText("")
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

    def save_as(self, path: Path) -> None:
        """Write the file; an existing one is never overwritten."""
        if self._reader is None or self._paper is None:
            return
        try:
            if self._is_report:
                export("pdf", self._reader, self._session, path, Options(version=__version__))
            else:
                with path.open("xb") as file:
                    file.write(pdf_of(self._paper, "Strip", self._session))
        except FileExistsError:
            self.said.setText(f"{path} already exists and is not overwritten; name another.")
        except (StoreError, OSError) as trouble:
            self.said.setText(str(trouble))
        else:
            self.said.setText(f"Saved: {path}")

    def print(self) -> None:
        """Ask which printer, then print."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if self._paper is not None and QPrintDialog(printer, self).exec():
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Print every page, a hundredth of a millimetre to a unit, whatever the printer's own grain."""
        if self._paper is None:
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
