"""Words and tables as a PDF to be printed, read and signed: what is no session, such as a proof or the catalogue."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUuid
from PySide6.QtGui import (
    QColor,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)

from monitor_app.record.exporters.pdf.sheet import INK, RULE, SOFT, UNITS_PER_INCH, font, require_application

MARGIN, FOOT = 1400.0, 900.0
"""In hundredths of a millimetre, as the units of a sheet are."""
TEXT_PT, FOOT_PT = 9.0, 6.5
HEAD_GAP, PARAGRAPH_GAP = 300.0, 70.0
A4_MM = (210.0, 297.0)


def printed(markdown: str, title: str, footer: str, landscape: bool = False, text_pt: float = TEXT_PT) -> bytes:
    """A4 pages of Markdown (headings, paragraphs, tables), each with `footer` and its number."""
    require_application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    width, height = A4_MM[::-1] if landscape else A4_MM
    writer.setResolution(UNITS_PER_INCH)
    writer.setPageSize(QPageSize(QSizeF(width, height), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setTitle(title)
    writer.setCreator("Chairside")
    writer.setDocumentId(QUuid(str(uuid5(NAMESPACE_URL, title))))
    body = QSizeF(width * 100 - 2 * MARGIN, height * 100 - 2 * MARGIN - FOOT)
    painter = QPainter(writer)
    document = _document(markdown, body, text_pt)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        _page(painter, document, body, number, footer)
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())


def _document(markdown: str, body: QSizeF, text_pt: float) -> QTextDocument:
    document = QTextDocument()
    document.setDefaultFont(font(text_pt))
    document.setMarkdown(markdown, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
    document.setDocumentMargin(0)
    document.setPageSize(body)
    _spaced(document)
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _ruled(frame, body.width())
    return document


def _spaced(document: QTextDocument) -> None:
    """Room above headings and between paragraphs; a document measures in sheet units, where Qt's own margins are hairs."""
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        if cursor.currentTable() is None:
            shape = block.blockFormat()
            shape.setTopMargin(HEAD_GAP if shape.headingLevel() else PARAGRAPH_GAP)
            shape.setBottomMargin(PARAGRAPH_GAP)
            cursor.setBlockFormat(shape)
        block = block.next()


def _ruled(table: QTextTable, width: float) -> None:
    """Thin rules, the whole width, its head again on every page."""
    shape = table.format()
    shape.setBorder(8)
    shape.setBorderBrush(QColor(RULE))
    shape.setBorderCollapse(True)
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setCellPadding(70)
    shape.setCellSpacing(0)
    shape.setHeaderRowCount(1)
    shape.setWidth(width)
    table.setFormat(shape)


def _page(painter: QPainter, document: QTextDocument, body: QSizeF, number: int, footer: str) -> None:
    painter.save()
    painter.translate(MARGIN, MARGIN - number * body.height())
    document.drawContents(painter, QRectF(0, number * body.height(), body.width(), body.height()))
    painter.restore()
    foot = QRectF(MARGIN, MARGIN + body.height() + FOOT / 2, body.width(), FOOT / 2)
    painter.setFont(font(FOOT_PT))
    painter.setPen(QColor(SOFT))
    painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft), footer)
    painter.setPen(QColor(INK))
    painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight), f"{number + 1} of {document.pageCount()}")
