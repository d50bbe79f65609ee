"""Rhythm episodes stand in the waves as the live analysis found them; a table of any interval says why it is empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor_app.core import events as ev
from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.second import ChairSecond, Observation
from monitor_app.display import theme as look
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer
from monitor_app.review.rhythms import MOMENT_US, Episode, scanned
from monitor_app.review.table import AT_CUFFS
from monitor_app.review.window import ReviewWindow
from tests.record_example import STATION, Script
from tests.treatment_example import SESSION, treatment

S = SECOND_US
FOUND = (
    RhythmFound(12 * S, RhythmWord.AFIB, True, 4 * S),
    RhythmFound(40 * S, RhythmWord.AFIB, False, 4 * S, end_us=33 * S),
    RhythmFound(50 * S, RhythmWord.PAUSE, True, 48 * S),
    RhythmFound(60 * S, RhythmWord.PAUSE, True, 58 * S),
    RhythmFound(70 * S, RhythmWord.VTACH, True, 66 * S),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = Writer(tmp_path / "data", STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.say(0, ev.SessionAdmitted("A-1", "iv_40", {}), "nurse:Kim", SESSION, 1)
    seconds = [
        ChairSecond(1, SESSION, found.t_us // S, (), (Observation(found.t_us, None, found),)) for found in FOUND
    ] + [ChairSecond(1, SESSION, 100, (), (Observation(100 * S, 0, None),))]
    writer.commit(Batch(script.entries, seconds))
    writer.close()
    return tmp_path / "data"


def test_episode_begins_at_its_onset_and_ends_where_its_end_is_told(folder: Path) -> None:
    with Reader(folder) as reader:
        *_, found = scanned(reader, SESSION)
    assert found == [
        Episode(RhythmWord.AFIB, 4 * S, 33 * S),
        Episode(RhythmWord.PAUSE, 48 * S, 48 * S + MOMENT_US),
        Episode(RhythmWord.PAUSE, 58 * S, 58 * S + MOMENT_US),
        Episode(RhythmWord.VTACH, 66 * S, None),
    ]


def test_long_session_is_scanned_in_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.review.rhythms.SECONDS_A_STEP", 2)
    with Reader(folder) as reader:
        *pieces, last = scanned(reader, SESSION)
    assert pieces == [None, None, None]
    assert last is not None


def test_window_shows_the_episodes_after_its_first_picture(qtbot: QtBot, folder: Path) -> None:
    window = ReviewWindow(Reader(folder))
    qtbot.addWidget(window)
    window.show()
    window.open_session(SESSION)
    qtbot.waitUntil(lambda: not window.is_filling)
    assert [one.word for one in window._waves._rhythms] == [
        RhythmWord.AFIB, RhythmWord.PAUSE, RhythmWord.PAUSE, RhythmWord.VTACH,
    ]  # fmt: skip
    assert not window._waves.grab().isNull()


def test_window_fits_a_screen_of_1280_by_720(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    qapp.setStyle("Fusion")  # as `chairside review` has it
    look.load_fonts()
    window = ReviewWindow(Reader(treatment(tmp_path / "data", waves=False)))
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    window.open_session(SESSION)
    assert (window.width(), window.height()) == (1280, 720)


def test_table_takes_any_interval_and_says_why_it_is_empty(qtbot: QtBot, tmp_path: Path) -> None:
    window = ReviewWindow(Reader(treatment(tmp_path / "data", waves=False)))
    qtbot.addWidget(window)
    window.open_session(SESSION)
    view = window._table
    view.every.setValue(7)
    assert view.table.rowCount() == 86 // 7
    assert not any(button.isChecked() for button in view._by_interval.values())
    view.set_interval(10)
    assert (view.table.rowCount(), view.every.value()) == (8, 10)
    assert view._by_interval[10].isChecked()
    view.set_interval(AT_CUFFS)
    assert view.table.rowCount() == 10
    view.every.setValue(120)
    assert "shorter than 120 min" in view.foot_words()
