"""The session report: one to three pages of paper (CLINICAL section 7, STORAGE section 4.3).

Qt is brought in only when a report is painted: in the review process or in `chairside export`, never in the engine. The same
session gives the same bytes: the file's own dates are the end of the session, its number the session's uuid.
"""

from __future__ import annotations

from typing import BinaryIO

from monitor_app.record.exporters import ExportCancelled, Exporter, Options
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    from monitor_app.record.exporters.pdf.file import pdf_bytes
    from monitor_app.record.exporters.pdf.pages import composed
    from monitor_app.record.exporters.pdf.sheet import PAPERS
    from monitor_app.record.report.figures import report_of
    from monitor_app.record.report.wording import Wording

    words = Wording(report_of(reader, row.uuid), options.identified, options.person)
    if not options.progress(1, 2):
        raise ExportCancelled
    file.write(pdf_bytes(composed(words, options.version, PAPERS[options.paper]), words))


EXPORTER = Exporter("pdf", "Session report (PDF)", "pdf", _write, paints=True)
