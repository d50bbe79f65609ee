"""Paper of the review: both sizes, and names only for a clinician who says why, after the journal holds it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from monitor_app.app import annotating
from monitor_app.core.events import ExportWritten
from monitor_app.core.signing import HandOut, Recorded, decided
from monitor_app.record.exporters.pdf.sheet import A4, LETTER, MM
from monitor_app.record.exporters.pdf.strip import (
    FOOT,
    HEAD_MM,
    RELATIVE,
    TOP,
    Piece,
    band_height,
    gain_that_fits,
    strip_of,
)
from monitor_app.record.readers import ChannelRow, Reader
from monitor_app.review.report_page import home_paper
from monitor_app.review.scale import RELATIVE as SCREEN_RELATIVE
from monitor_app.review.scale import Scale, gain_words
from monitor_app.review.window import ReviewWindow
from tests.treatment_example import SESSION, treatment
from tests.unit.test_signing import told

TYPED = "ondansetron 4 mg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data", waves=False)


@pytest.fixture
def window(qtbot: QtBot, folder: Path) -> ReviewWindow:
    made = ReviewWindow(Reader(folder), door=annotating.door(folder))
    qtbot.addWidget(made)
    made.show()
    made.open_session(SESSION)
    made.show_report()
    return made


def exported(folder: Path) -> list[ExportWritten]:
    with Reader(folder) as reader:
        return [s.payload for s in reader.events(SESSION) if isinstance(s.payload, ExportWritten)]


def printed(window: ReviewWindow) -> str:
    assert window._report._paper is not None
    return " ".join(text for page in window._report._paper.pages for text in page.words())


@pytest.mark.parametrize(
    ("actor", "reason", "sentence"),
    [
        ("nurse:Kim", "handover", "for a clinician"),
        ("clinician:", "x", "by name"),
        ("clinician:Roe", " ", "needs a reason"),
    ],
)
def test_names_are_for_a_clinician_with_a_reason(actor: str, reason: str, sentence: str) -> None:
    entries: list[Recorded] = told()
    said = decided(HandOut("c", "s", "preview", "", reason, actor), entries)
    assert isinstance(said, str)
    assert sentence in said


def test_identified_preview_is_journalled_before_it_is_shown(window: ReviewWindow, folder: Path) -> None:
    assert TYPED not in printed(window)
    before = len(exported(folder))
    window.identify()
    assert window._report.identify.isVisible()
    window._report.identify.name.setText("Dr Roe")
    window._report.identify.ask()
    assert "needs a reason" in window._report.said.text()
    assert TYPED not in printed(window)
    window._report.identify.reason.setText("complaint of the patient")
    window._report.identify.ask()
    assert TYPED in printed(window)
    assert "IDENTIFIED" in window._report._title.text()
    newest = exported(folder)[before]
    assert (newest.format, newest.identified, newest.reason) == ("preview", True, "complaint of the patient")
    window.identify()
    assert TYPED not in printed(window)
    window.back()
    window.show_report()
    assert "pseudonymous" in window._report._title.text()


def test_identified_file_stands_in_the_journal_by_its_digest(
    window: ReviewWindow, folder: Path, tmp_path: Path
) -> None:
    window._report.show_identified("Dr Roe", "referral")
    path = tmp_path / "report.pdf"
    window._report.save_as(path)
    newest = exported(folder)[-1]
    assert (newest.format, newest.sha256) == ("pdf", hashlib.sha256(path.read_bytes()).hexdigest())


def test_window_without_a_door_shows_no_names(qtbot: QtBot, folder: Path) -> None:
    window = ReviewWindow(Reader(folder))
    qtbot.addWidget(window)
    window.open_session(SESSION)
    window.show_report()
    window.identify()
    assert "reading only" in window._report.said.text()
    window._report.show_identified("Dr Roe", "x")
    assert TYPED not in printed(window)


def test_paper_changes_between_a4_and_letter_and_saves_as_shown(window: ReviewWindow, tmp_path: Path) -> None:
    report = window._report
    for name, wide, box in (("letter", LETTER, b"612"), ("a4", A4, b"595")):
        while report.size_name != name:
            report.change_paper()
        assert report._paper is not None
        assert report._paper.size == wide
        report.save_as(tmp_path / f"{name}.pdf")
        media = (tmp_path / f"{name}.pdf").read_bytes().split(b"/MediaBox")[1][:40]
        assert box in media


def test_country_of_inches_prints_on_letter() -> None:
    assert home_paper(QLocale("en_US")) == "letter"
    assert home_paper(QLocale("de_DE")) == "a4"


@pytest.mark.parametrize("size", [A4, LETTER])
@pytest.mark.parametrize("bands", [1, 2, 3])
def test_strip_of_three_channels_ends_above_the_foot_of_its_paper(size: tuple[float, float], bands: int) -> None:
    height = band_height(size, bands)
    assert height % MM == 0  # the grid goes on from band to band
    assert TOP + 4 * (bands * height + HEAD_MM * MM) <= size[1] - FOOT


def wave(unit: str) -> ChannelRow:
    return ChannelRow(1, 1, SESSION, 102, "ecg_ii", 250.0, 0.005, unit, 1, "")


@pytest.mark.parametrize(("peak_mv", "gain"), [(1.0, 10.0), (2.0, 5.0), (6.0, 2.5), (15.0, 1.0)])
def test_strip_takes_the_gain_at_which_no_peak_is_cut(peak_mv: float, gain: float) -> None:
    samples = np.zeros(1500, dtype=np.int16)
    samples[700] = round(peak_mv / 0.005)
    found = gain_that_fits(wave("mV"), [Piece(0, samples)], 18 * MM)
    assert found == gain
    assert peak_mv * found <= 18


def test_ecg_without_a_calibration_says_relative_on_screen_and_paper(tmp_path: Path) -> None:
    folder = treatment(tmp_path / "data")
    with Reader(folder) as reader:
        (ecg,) = reader.channels(SESSION)
        row = reader.session(SESSION)
        (plain,) = strip_of(reader, row, 45 * 60_000_000, [replace(ecg, unit="")], "KX-18").pages
        (calibrated,) = strip_of(reader, row, 45 * 60_000_000, [ecg], "KX-18").pages
    assert plain.words().count(RELATIVE) == 4
    assert calibrated.words().count("2.5 mm/mV") == 4  # 4.5 mV
    assert gain_words(Scale(), wave("")) == RELATIVE == SCREEN_RELATIVE
