"""What can be chosen about the window: it holds, it is kept, and it never takes an alarm away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from monitor_app.core.commands import Acknowledge, PauseSound
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import SoundView
from monitor_app.display.appearance import FILE, Appearance, Keeper
from monitor_app.display.language import speak
from monitor_app.display.settings_page import RULER_PX
from monitor_app.display.theme import THEMES
from tests.display.snapshots import Desk

Key = Qt.Key
MakeDesk = Callable[..., Desk]


def press_choice(room: Desk, name: str, value: object) -> None:
    made = room.window.settings_page.choices[name, value]
    made.setFocus()
    room.press(Key.Key_Return)


def test_every_choice_is_reached_and_made_by_keyboard(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_F10)
    page = room.window.settings_page
    assert room.window.pages.currentWidget() is page
    seen = set()
    for _ in range(60):
        focus = QApplication.focusWidget()
        seen.add(focus)
        room.window.focusNextChild()
    wanted = {made for made in page.findChildren(QPushButton) if made.isVisible()} | {page.length}
    assert wanted <= seen
    room.press(Key.Key_Escape)
    assert room.window.pages.currentWidget() is room.window.overview


def test_a_choice_holds_at_once_and_is_kept(desk: MakeDesk, tmp_path: Path) -> None:
    room = desk("calm-4")
    room.window.keeper = Keeper(tmp_path / FILE)
    room.window.keeper.told.append(room.window._follow_appearance)
    room.press(Key.Key_F10)
    press_choice(room, "theme", "high contrast")
    press_choice(room, "text_percent", 130)
    assert room.window.overview.canvas.theme is THEMES[3]
    kept = Keeper(tmp_path / FILE).now
    assert (kept.theme, kept.text_percent) == ("high contrast", 130)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 7, "text_percent": 5000, "measured": 3}', "null"])
def test_a_broken_file_is_the_usual_look(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    assert Keeper(tmp_path / FILE).now == Appearance()


def test_a_file_of_a_later_version_keeps_what_is_known(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        json.dumps({"theme": "night", "tail": True, "measured": {"A": 4.0, "B": 900}}), "utf-8"
    )
    now = Keeper(tmp_path / FILE).now
    assert now.theme == "night"
    assert now.measured == {"A": 4.0}


def test_the_ruler_gives_the_millimetres_of_this_screen(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_F10)
    page = room.window.settings_page
    page.length.setText("100,0")
    page.length.returnPressed.emit()
    room.settle()
    assert room.window.keeper.now.measured == {room.window.screen_name(): RULER_PX / 100}
    assert "4.00" in page.scale.text()
    for nonsense in ("", "zero", "3", "90000"):
        page.length.setText(nonsense)
        page.length.returnPressed.emit()
    assert list(room.window.keeper.now.measured.values()) == [RULER_PX / 100]


def test_names_go_after_two_minutes_alone_and_come_back_with_the_next_key(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(119)
    assert room.window.overview.tiles[3].text.title == "R.S."  # type: ignore[union-attr]
    room.wait(2)
    text = room.window.overview.tiles[3].text
    assert text is not None
    assert text.title == "Chair 3"
    assert text.numbers[1].text == "83"
    assert text.strip.text.startswith("*** DESAT")
    assert room.window.footer.text.person == "names hidden"
    room.press(Key.Key_Right)
    assert room.window.overview.tiles[3].text.title == "R.S."  # type: ignore[union-attr]


def test_names_hidden_by_hand_stay_hidden(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_F8)
    room.press(Key.Key_Right)
    assert room.window.overview.tiles[3].text.title == "Chair 3"  # type: ignore[union-attr]


def test_a_locked_window_shows_and_takes_alarms_and_nothing_else(desk: MakeDesk) -> None:
    room = desk("alarm-4")
    room.press(Key.Key_2, "2")
    room.press(Key.Key_F8, shift=True)
    assert room.window.footer.text.person == "Locked. Alarms stay active."
    assert room.window.overview.tiles[2].text.title == "Chair 2"  # type: ignore[union-attr]
    for key in (Key.Key_F2, Key.Key_F3, Key.Key_F4, Key.Key_M, Key.Key_E, Key.Key_X, Key.Key_Return, Key.Key_L):
        room.press(key, "e" if key is Key.Key_E else "")
    room.press(Key.Key_N, "n")
    assert room.sent() == []
    room.show(replace(room.room, sound=SoundView(voice=Priority.HIGH)))
    room.wait(1)
    room.press(Key.Key_A, "a")
    room.press(Key.Key_Space, " ")
    assert [type(one) for one in room.sent()] == [Acknowledge, PauseSound]
    room.press(Key.Key_F8, shift=True)
    assert not room.window.locked
    assert room.window.pages.isEnabled()
    assert room.window.overview.tiles[2].text.title == "R.S."  # type: ignore[union-attr]


def test_about_says_what_it_is_not_and_where_the_record_is(desk: MakeDesk, tmp_path: Path) -> None:
    room = desk("calm-4")
    room.window.folder = tmp_path
    room.press(Key.Key_F1, shift=True)
    page = room.window.about_page
    assert room.window.pages.currentWidget() is page
    words = " ".join(label.text() for label in page.findChildren(type(page.folder)))
    assert "not a certified medical device" in words
    assert str(tmp_path) in page.folder.text()
    assert "LGPL" in words


def test_another_window_is_asked_for_by_one_key(desk: MakeDesk) -> None:
    room = desk("calm-4")
    asked = []
    room.window.another_wanted.connect(lambda: asked.append(1))
    room.press(Key.Key_F12)
    assert asked == [1]


def test_another_language_turns_the_whole_window_and_keeps_the_chair(desk: MakeDesk) -> None:
    room = desk("busy-6", waves_s=2)
    try:
        room.press(Key.Key_Right)
        room.press(Key.Key_F10)
        press_choice(room, "language", "de")
        QApplication.processEvents()
        room.show(room.room)
        assert room.window.selected == 1
        assert room.window.settings_page.choices["language", "de"].isChecked()
        assert room.window.pages.currentWidget() is room.window.settings_page
        assert len(room.window.overview.tiles) == 6
        room.press(Key.Key_Escape)
        assert room.window.overview.isVisible()
        assert room.window.banner.isVisible()
    finally:
        speak("en")
