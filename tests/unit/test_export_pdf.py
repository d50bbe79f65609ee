"""The report as a file: one to three pages, every word of the figures, origin and notice on each, never by the engine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.core import commands as cmd
from monitor_app.engine.exporting import ExportDesk
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.exporters.pdf.pages import ROWS_MAX, composed
from monitor_app.record.exporters.pdf.sheet import LETTER, Paper, Text
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording
from tests.treatment_example import SESSION, treatment

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data")


@pytest.fixture(scope="module")
def words(folder: Path) -> Wording:
    with Reader(folder) as reader:
        return Wording(report_of(reader, SESSION))


@pytest.fixture(scope="module")
def paper(words: Wording) -> Paper:
    return composed(words, "0.1")


def test_report_has_one_to_three_pages(paper: Paper, words: Wording) -> None:
    assert 1 <= len(paper.pages) <= 3
    assert 1 <= len(composed(words, size=LETTER).pages) <= 3


def test_every_cell_of_every_table_is_on_paper(paper: Paper, words: Wording) -> None:
    printed = {text for page in paper.pages for text in page.words()}
    tables = (words.course(), words.thresholds(), words.moments(), words.adherence(), words.coverage(), words.timeline(),
              words.alarms(), words.notes(), words.limits(), words.gaps())  # fmt: skip
    for table in tables:
        assert not {cell for row in table.rows for cell in row} - printed, table.title
    for tile in words.tiles():
        assert {tile.label, tile.figure, tile.detail} <= printed
    assert words.integrity()[1] in printed


def test_each_page_carries_notice_origin_number_and_the_head_of_the_chain(paper: Paper, words: Wording) -> None:
    for number, page in enumerate(paper.pages, 1):
        text = " ".join(page.words())
        assert NOTICE in text
        assert f"{number} of {len(paper.pages)}" in text
        assert words.integrity()[1][:16] in text
        assert page.words()[0] == "SIMULATED"  # the watermark lies under everything
        assert "DRAFT, NOT SIGNED" in text


def test_the_pressures_of_earlier_sessions_lie_behind_the_course_and_are_named(paper: Paper, words: Wording) -> None:
    material = words.m
    known = replace(material.session, course=((0, 112, 130), (40, 125, 160), (60, 115, 140)), courses=4)
    told = Wording(replace(words.report, material=replace(material, session=known)))
    printed = {text for page in composed(told, "0.1").pages for text in page.words()}
    assert "grey band: systolic pressure of 4 earlier sessions" in printed
    assert not any("grey band" in text for page in paper.pages for text in page.words()), "none is known of this one"


def test_nothing_stands_outside_the_paper(paper: Paper) -> None:
    width, height = paper.size
    for page in paper.pages:
        for mark in page.marks:
            if isinstance(mark, Text) and not mark.turn:
                assert mark.box.left() >= 0
                assert mark.box.right() <= width
                assert mark.box.bottom() <= height, mark.words


def test_session_of_a_hundred_alarms_keeps_to_three_pages_and_says_what_is_left_out(words: Wording) -> None:
    many = replace(words.report, alarms=words.report.alarms * 40)
    paper = composed(Wording(many))
    assert len(paper.pages) <= 3
    left = len(many.alarms) - ROWS_MAX["Alarms"]
    assert any(f"{left} more rows are not printed" in text for page in paper.pages for text in page.words())


def test_file_holds_the_words_that_were_laid_out(folder: Path, words: Wording, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("not installed: pdftotext")
    with Reader(folder) as reader:
        done = export("pdf", reader, SESSION, tmp_path, Options(version="0.1"))
    said = subprocess.run(["pdftotext", "-raw", done.path, "-"], capture_output=True, text=True, check=True).stdout
    flat = " ".join(said.split())
    for tile in words.tiles():
        assert tile.figure in flat
    for row in words.course().rows:
        assert row[2] in flat
    assert words.integrity()[1] in flat.replace(" ", "")


def test_engine_never_paints_a_report(folder: Path) -> None:
    desk = ExportDesk(folder, lambda: 0)
    reply, event = desk_answer(desk, cmd.ExportSession("c1", SESSION, "pdf"))
    assert event is None
    assert not reply.done
    assert "outside the station" in reply.sentence


def desk_answer(desk: ExportDesk, command: cmd.ExportSession):  # type: ignore[no-untyped-def]
    """The answer without its thread."""
    desk._at_work.acquire()
    desk._work(command)
    return desk.take()[0]


def test_finding_the_formats_does_not_load_qt() -> None:
    import sys

    code = (
        "import sys; from monitor_app.record.exporters import exporters; exporters(); print('PySide6' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.strip() == "False"


def test_grid_lies_under_what_was_measured(paper: Paper) -> None:
    """A bar of the cuff stands on a full minute as often as not: a line of the grid drawn later would hide it."""
    from monitor_app.record.exporters.pdf.sheet import BAND, FAINT, INK, Line

    marks = paper.pages[0].marks
    upright = [(n, m) for n, m in enumerate(marks) if isinstance(m, Line) and m.x0 == m.x1 and not m.dashed]
    bars = [n for n, m in upright if m.width == 36 and m.colour in (INK, FAINT)]
    assert len(bars) == 10
    assert max(n for n, m in upright if m.colour == BAND) < min(bars)
