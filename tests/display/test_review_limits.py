"""A limit is dragged on the course: what was in force, what lies beyond at once, and what alarmed after a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter, Source
from monitor_app.core import events as ev
from monitor_app.core.limits import Side
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.readers import Reader
from monitor_app.record.reviewing import recorded
from monitor_app.review.limit_course import beyond, in_force
from monitor_app.review.limit_plot import LimitPlot, occurrences
from monitor_app.review.story import Trend
from monitor_app.review.trying import CUFFS, LIMITS, ROWS, looks_at, parameter_of
from monitor_app.review.window import ReviewWindow
from tests.treatment_example import SESSION, treatment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data", waves=False)


@pytest.fixture
def window(qtbot: QtBot, folder: Path) -> ReviewWindow:
    made = ReviewWindow(Reader(folder))
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    made.open_session(SESSION)
    made.asking.open_what_if()
    return made


def choose(window: ReviewWindow, row: str) -> LimitPlot:
    page = window.asking.what_if_page
    page.row.setCurrentIndex(ROWS.index(row))
    return page.plot


def trend(values: list[float | None]) -> Trend:
    numbers = np.array([np.nan if v is None else v for v in values])
    return Trend(
        Parameter.SPO2, Source.PLETH, np.arange(len(values)) * SECOND_US, numbers, np.zeros(len(values), np.int64)
    )


def test_equal_is_inside_and_a_second_without_a_number_ends_a_stretch() -> None:
    found = beyond(trend([90, 89, 88, None, 88, 90, 85]), Side.LOWER, 90)
    assert [(b.from_us // SECOND_US, b.to_us // SECOND_US) for b in found] == [(1, 3), (4, 5), (6, 7)]
    assert beyond(trend([90, 91]), Side.UPPER, 91) == []


def test_limit_in_force_follows_profile_baseline_and_edits(folder: Path) -> None:
    with Reader(folder) as reader:
        events = [entry.event for entry in recorded(reader, SESSION)]
    end_us = 86 * MINUTE_US
    assert in_force(events, "NIBP_S_HIGH", end_us)[-1].value == 160
    infusion = next(f for f in in_force(events, "NIBP_S_HIGH", end_us) if f.from_us == 12 * MINUTE_US)
    assert infusion.value == 165  # the profile of the example
    edited = in_force(events, "HR_HIGH", end_us)
    assert [f.value for f in edited if f.from_us == 30 * MINUTE_US] == [125]
    assert in_force([], "HR_HIGH", end_us) == []


def test_every_limit_is_about_something_that_can_be_drawn() -> None:
    for row in LIMITS:
        assert parameter_of(row) is not None or looks_at(row) in CUFFS, row


def test_line_is_dragged_by_hand_and_taken_where_it_is_let_go(qtbot: QtBot, window: ReviewWindow) -> None:
    plot = choose(window, "SPO2_LOW")
    page = window.asking.what_if_page
    assert plot.value == 90
    at = QPoint(400, round(plot._y(90)))
    down = QPoint(400, round(plot._y(87)))
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(plot, down)
    assert plot.value == 87
    assert page.limit.value() == 87
    assert page.tried.limits == {}  # under the hand nothing is taken yet
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=down)
    assert page.tried.limits == {"SPO2_LOW": 87.0}
    assert "limit 87" in page.changes.text()
    assert "1:00 in 1 stretch." in page.beyond.text()  # 86 in minute 40


def test_hand_that_misses_the_line_moves_nothing(qtbot: QtBot, window: ReviewWindow) -> None:
    plot = choose(window, "SPO2_LOW")
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=QPoint(400, round(plot._y(90)) + 60))
    qtbot.mouseMove(plot, QPoint(400, 20))
    assert plot.value == 90


def test_keys_move_the_line_and_enter_runs(qtbot: QtBot, window: ReviewWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = choose(window, "NIBP_S_HIGH")
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(window.asking.trial, "what_if", lambda session, toml: asked.append((session, toml)))
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown):
        qtbot.keyClick(plot, key)
    assert plot.value == 151
    assert "Beyond > 151: 3 of 10 readings" in plot.sentence()
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    ((session, toml),) = asked
    assert session == SESSION
    assert "[limits.NIBP_S_HIGH]" in toml
    assert "inf = 151" in toml


def test_reset_to_recorded_takes_everything_back(window: ReviewWindow) -> None:
    plot = choose(window, "HR_HIGH")
    window.asking.what_if_page.limit.setValue(100)
    window.asking.what_if_page.take_change()
    window.asking.what_if_page.clear.click()
    assert plot.value == 130
    assert window.asking.what_if_page.tried.limits == {}


def test_answer_stands_in_two_ribbons_with_missed_named(window: ReviewWindow) -> None:
    seen = {"t_us": 600_000_000, "raised_utc": "2026-11-26T06:00:00+00:00", "ended_utc": "2026-11-26T06:00:30+00:00"}
    answer = {"occurrences": [
        {"row": "HR_HIGH", "verdict": "spared", "missed": True, "recorded": seen, "replayed": None},
        {"row": "HR_HIGH", "verdict": "same", "missed": False, "recorded": seen, "replayed": seen},
        {"row": "SPO2_LOW", "verdict": "same", "missed": False, "recorded": seen, "replayed": seen},
    ]}  # fmt: skip
    found = occurrences(answer, "HR_HIGH")
    assert [(o.verdict, o.missed, o.replayed, (o.to_us - o.from_us) // SECOND_US) for o in found] == [
        ("spared", True, False, 30), ("same", False, False, 30), ("same", False, True, 30),
    ]  # fmt: skip
    plot = choose(window, "HR_HIGH")
    plot.show_answer(found)
    assert not plot.grab().isNull()


def test_alarm_without_a_limit_says_that_only_its_delay_can_be_tried(window: ReviewWindow) -> None:
    row = next(row for row in ROWS if row not in LIMITS)
    plot = choose(window, row)
    assert "only its delay" in plot.sentence()
    assert not plot.grab().isNull()


def test_limit_of_a_session_of_another_release_is_drawn_nowhere() -> None:
    odd = ev.Event(0, ev.SessionAdmitted("A1", "iv_40", {"nibp": 3}), 1, "s", "nurse:K")
    assert in_force([odd], "HR_HIGH", 10) == []
