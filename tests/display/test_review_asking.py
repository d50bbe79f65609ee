"""The review asks the live code: what other limits would have done, and why there was an alarm at a moment or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from monitor_app.core import events as ev
from monitor_app.record.readers import Reader
from monitor_app.review.trial import NO_ANSWER, Trial
from monitor_app.review.trying import ROWS
from monitor_app.review.what_if_page import WhatIfPage, summary
from monitor_app.review.window import ReviewWindow
from tests.rerun_example import stored
from tests.station_example import Room, S

SESSION_PAGE = 1
LONG_MS = 120_000
"""A process of its own starts Python anew, on a machine that may be busy."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A session with one dip to 89, and the time at which it alarmed."""
    folder = tmp_path_factory.mktemp("asked") / "record"
    room = Room()
    room.to_infusion()
    room.run(30)
    room.run(60, spo2=89)
    room.run(60)
    stored(room, folder)
    raised = next(e.t_us for e in room.events if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "SPO2_LOW")
    return folder, raised


@pytest.fixture
def window(qtbot: QtBot, record: tuple[Path, int]) -> ReviewWindow:
    made = ReviewWindow(Reader(record[0]))
    qtbot.addWidget(made)
    made.show()
    made.open_session("s1")
    return made


def choose(page: WhatIfPage, row: str) -> None:
    page.row.setCurrentIndex(ROWS.index(row))


def test_changes_are_taken_shown_and_written_as_the_command_reads_them(window: ReviewWindow) -> None:
    window.asking.open_what_if()
    page = window.asking.what_if_page
    assert "comes out again" in page.changes.text()
    choose(page, "SPO2_LOW")
    page.limit.setValue(88)
    page.delay.setValue(30)
    page.take.click()
    choose(page, "HR_SUSTAINED")
    page.limit.setValue(125)
    page.take.click()
    assert page.changes.text() == "Tried: SPO2 LOW limit 88, HR SUSTAINED limit 125, SPO2 LOW delay 30 s"
    assert page.tried.toml() == (
        "[limits.SPO2_LOW]\nbase = 88\ninf = 88\nrec = 88\n[limits.HR_SUSTAINED]\ninf = 125\n[delays_s]\nSPO2_LOW = 30\n"
    )
    choose(page, "SPO2_LOW")
    assert (page.limit.value(), page.delay.value()) == (88, 30)
    page.clear.click()
    assert page.tried.toml() == "\n"
    assert page.limit.value() == 90


def test_what_if_runs_beside_the_window_and_says_what_is_spared(
    qtbot: QtBot, window: ReviewWindow, record: tuple[Path, int]
) -> None:
    window.asking.open_what_if()
    page = window.asking.what_if_page
    choose(page, "SPO2_LOW")
    page.limit.setValue(88)
    page.take.click()
    shares: list[float] = []
    window.asking.trial.progressed.connect(shares.append)
    with qtbot.waitSignal(window.asking.trial.answered, timeout=LONG_MS):
        page.run.click()
        assert (page.run.isEnabled(), page.cancel.isEnabled(), page.bar.isVisible()) == (False, True, True)
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1
    assert "1 spared" in page.said.text()
    texts = [[page.table.item(r, c).text() for c in range(5)] for r in range(page.table.rowCount())]
    [spared] = [line for line in texts if line[1] == "spared"]
    assert "SpO2 89 < 90" in spared[3]
    place = texts.index(spared)
    page.table.itemActivated.emit(page.table.item(place, 0))
    assert window._stack.currentIndex() == SESSION_PAGE
    from_us, to_us = window._waves.shown_us()
    assert from_us <= record[1] < to_us


def test_why_is_said_of_the_moment_in_the_middle_of_the_waves(
    qtbot: QtBot, window: ReviewWindow, record: tuple[Path, int]
) -> None:
    window._waves.look_at(record[1] + 5 * S)
    with qtbot.waitSignal(window.asking.trial.answered, timeout=LONG_MS):
        window.asking.ask_why()
    page = window.asking.why_page
    states = {page.table.item(r, 0).text(): page.table.item(r, 2).text() for r in range(page.table.rowCount())}
    assert states["SPO2 LOW"] == "alarm"
    assert states["HR HIGH"] == "watching"
    chosen = page.table.item(page.table.currentRow(), 0).text()
    assert states[chosen] == "alarm"
    page.table.selectRow(next(r for r in range(page.table.rowCount()) if page.table.item(r, 0).text() == "SPO2 LOW"))
    assert "SpO2 89 % is below 90" in page.said.text()
    window.back()
    assert window._stack.currentIndex() == SESSION_PAGE


def test_a_run_can_be_cancelled_and_another_asked(qtbot: QtBot, window: ReviewWindow) -> None:
    window.asking.open_what_if()
    page = window.asking.what_if_page
    page.run.click()
    assert window.asking.trial.is_running
    page.cancel.click()
    assert not window.asking.trial.is_running
    assert page.said.text() == "Cancelled."
    assert page.run.isEnabled()
    page.run.click()
    window.back()
    assert not window.asking.trial.is_running
    assert window._stack.currentIndex() == SESSION_PAGE


def test_a_record_that_cannot_be_asked_is_one_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    with qtbot.waitSignal(trial.failed, timeout=LONG_MS) as said:
        trial.why("s1", 5 * S)
    assert said.args is not None
    assert said.args[0] != NO_ANSWER
    assert "Traceback" not in said.args[0]


def test_the_summary_says_missed_in_so_many_words() -> None:
    answer = {
        "recorded": 3, "replayed": 2, "same": 1, "earlier": 0, "later": 1, "spared": 1, "added": 0, "missed": 1,
        "unchanged": False, "per_chair_hour": {"recorded": 4.5, "replayed": 3.0}, "executed_by": "1.0",
    }  # fmt: skip
    said = summary(answer)
    assert "1 of the spared would have been MISSED" in said
    assert "4.50, then 3.00" in said
