"""The first start: one screen, three questions with answers already given, then live chairs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor_app.app import first, wiring_room
from monitor_app.display import first_run
from monitor_app.display.appearance import FILE, Keeper
from monitor_app.display.first_run import Choice, FirstRun
from monitor_app.display.language import speak
from monitor_app.display.main import application


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[FirstRun]:
    application()
    made = FirstRun()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    speak("en")


def test_enter_alone_is_enough(window: FirstRun) -> None:
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert window.answer == Choice(4, True, "en")
    assert not window.isVisible()


def test_esc_starts_nothing(window: FirstRun) -> None:
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.answer is None


def test_three_questions_are_answered_by_key_and_in_the_language_chosen(window: FirstRun, qtbot: QtBot) -> None:
    assert len(window.chairs) == 16
    QTest.keyClick(window, Qt.Key.Key_6)
    qtbot.waitUntil(lambda: window.chairs[6].isChecked())
    QTest.keyClick(window.languages["de"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.kinds[False].text() == "Geräte an diesem Computer suchen")
    assert window.chairs[6].isChecked()
    assert not window.chairs[4].isChecked()
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert window.answer == Choice(6, True, "de")


def test_real_devices_ask_for_no_number_of_chairs(window: FirstRun) -> None:
    window.kinds[False].click()
    QApplication.processEvents()
    assert not any(option.isVisible() for option in window.chairs.values())
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert window.answer == Choice(4, False, "en")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> object:
        assert env["DISPLAY"] == ":99", "the station opens its window on the same screen"
        commands.append(list(command))
        return SimpleNamespace(returncode=7)

    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(first, "require_screen", lambda _: None)
    return commands


def test_the_answers_lead_to_live_simulated_chairs_in_the_language_chosen(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], tmp_path: Path
) -> None:
    monkeypatch.setattr(first_run, "ask", lambda: Choice(6, True, "de"))
    assert first.first_run(tmp_path) == 7
    assert started[0][-7:] == ["run", "--simulate", "6", "--scenario", "demo", "--data", str(tmp_path)]
    assert Keeper(tmp_path / FILE).now.language == "de"


def test_real_devices_lead_to_wiring(monkeypatch: pytest.MonkeyPatch, started: list[list[str]], tmp_path: Path) -> None:
    wired: list[object] = []
    monkeypatch.setattr(first_run, "ask", lambda: Choice(4, False, "en"))
    monkeypatch.setattr(first, "wired", lambda *asked: wired.append(asked) or 0)
    assert first.first_run(tmp_path) == 0
    assert [data for _, data in wired] == [tmp_path]  # type: ignore[misc]
    assert started == []


def test_leaving_starts_nothing(monkeypatch: pytest.MonkeyPatch, started: list[list[str]], tmp_path: Path) -> None:
    monkeypatch.setattr(first_run, "ask", lambda: None)
    assert first.first_run(tmp_path) == 0
    assert started == []
    assert list(tmp_path.iterdir()) == []


def test_a_wired_room_is_started_on_the_same_screen(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], tmp_path: Path
) -> None:
    from monitor_app.wiring import main
    from monitor_app.wiring.window import Outcome

    monkeypatch.setattr(main, "run", lambda *_, **__: Outcome.SIMULATE)
    monkeypatch.setattr(wiring_room, "require_screen", lambda _: None)
    assert wiring_room.wired(tmp_path / "room.toml", tmp_path) == 7
    assert "--simulate" in started[0]
