"""How do laid out pages become the bytes of a PDF file? And of a picture, for the preview."""

from __future__ import annotations

import datetime
import re
from uuid import UUID, uuid5

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF, Qt, QUuid
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from monitor_app.record.exporters.pdf.sheet import UNITS_PER_INCH, Page, Paper, paint, require_application
from monitor_app.record.report.wording import Wording

_DATE = re.compile(rb"\(D:\d{14}[^)]*\)")
_XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier>{uuid}</dc:identifier></rdf:Description></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="r"?>'
)
"""Of our own, because Qt's holds the time of printing."""
_NAMESPACE = UUID("6c1f9b1e-8f5b-4e0f-9d0a-5d2b1c7a4e11")


def pdf_bytes(paper: Paper, words: Wording) -> bytes:
    """The report as a file. Its dates are the session's own, so that the same session gives the same bytes."""
    return _dated(pdf_of(paper, "Session report", words.m.row.uuid), words)


def pdf_of(paper: Paper, title: str, session: str) -> bytes:
    """Laid out pages as a file, its dates those of its making."""
    require_application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(UNITS_PER_INCH)
    writer.setPageSize(_page_size(paper))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setTitle(f"{title} {session[:8]}")
    writer.setCreator("Chairside")
    writer.setDocumentId(QUuid(str(uuid5(_NAMESPACE, session))))
    writer.setDocumentXmpMetadata(_XMP.format(uuid=session).encode())
    painter = QPainter(writer)
    for number, page in enumerate(paper.pages):
        if number:
            writer.newPage()
        paint(painter, page)
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())


def _dated(data: bytes, words: Wording) -> bytes:
    """The time of printing gives way to the end of the session, byte for byte as long."""
    utc_us = words.m.anchors.utc_us(words.m.to_us) or 0
    moment = datetime.datetime.fromtimestamp(utc_us / 1_000_000, datetime.UTC)
    stamp = b"(D:" + moment.strftime("%Y%m%d%H%M%S").encode()

    def same_length(found: re.Match[bytes]) -> bytes:
        rest = len(found.group()) - len(stamp) - 1
        return stamp + (b"+00'00'" if rest >= 7 else b"Z"[:rest]).ljust(rest) + b")"

    return _DATE.sub(same_length, data)


def image(page: Page, size: tuple[float, float], width_px: int) -> QImage:
    """A page as a picture of that width."""
    require_application()
    scale = width_px / size[0]
    made = QImage(width_px, round(size[1] * scale), QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.scale(scale, scale)
    paint(painter, page)
    painter.end()
    return made


def _page_size(paper: Paper) -> QPageSize:
    return QPageSize(QSizeF(paper.size[0] / 100, paper.size[1] / 100), QPageSize.Unit.Millimeter)
