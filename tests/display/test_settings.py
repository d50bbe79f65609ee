"""What can be chosen about the window: it holds, it is kept, and it never takes an alarm away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from monitor_app.core.commands import Acknowledge, PauseSound, SetSound
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import SoundView
from monitor_app.display.appearance import FILE, Appearance, Keeper
from monitor_app.display.language import speak
from monitor_app.display.millimetre import Millimetre
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
    wanted = {made for made in page.findChildren(QPushButton) if made.isVisible() and made.isEnabled()} | {page.length}
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
    canvases = (room.window.overview.canvas, room.window.chair_page.waves.canvas)
    assert [canvas.millimetre for canvas in canvases] == [Millimetre(RULER_PX / 100, True)] * 2
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


# ---------------------------------------------------------------- what holds without a choice, and whose heart is heard


def hears(room: Desk, chair: int, state: str = "ok") -> None:
    room.show(replace(room.room, sound=SoundView(state=state, beep=chair)))


def asked_to_hear(room: Desk) -> list[int | None]:
    return [one.beep for one in room.sent() if isinstance(one, SetSound)]


def test_every_setting_says_its_default_and_how_far_it_goes(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_F10)
    page = room.window.settings_page
    usual = Appearance()
    said = [words.text() for words in page.ranges]
    assert len(said) == len({name for name, _ in page.choices}) + 2, "each row of choices, the heart beat and the ruler"
    assert said[1] == f"Default: {usual.text_percent} %. From 90 % to 130 %."
    assert said[3] == f"Default: {usual.privacy_min} min. From 2 to 10 min, or only by F8."
    assert all(words.isVisible() and words.text().startswith("Default: ") for words in page.ranges)


def test_the_heart_of_the_selected_chair_is_heard_by_q_and_by_the_button_and_off_by_both(desk: MakeDesk) -> None:
    room = desk("calm-4")
    page = room.window.settings_page
    room.press(Key.Key_Right)
    room.press(Key.Key_Q, "q")
    assert asked_to_hear(room) == [1]
    hears(room, 1)
    room.press(Key.Key_F10)
    assert (page.heart_off.isChecked(), page.heart_here.isChecked(), page.heart_there.isVisible()) == (
        False,
        True,
        False,
    )
    page.heart_off.click()
    assert asked_to_hear(room) == [0]
    assert page.heart_here.isChecked(), "it shows what the station says, not what was pressed"
    hears(room, 0)
    assert page.heart_off.isChecked()
    room.wait(1)
    page.heart_here.click()
    assert asked_to_hear(room) == [1]
    hears(room, 1)
    room.wait(1)
    room.press(Key.Key_Q, "q", repeat=True)
    assert asked_to_hear(room) == []
    room.press(Key.Key_Q, "q")
    assert asked_to_hear(room) == [0]


def test_a_heart_that_is_heard_at_another_chair_is_named_and_can_be_left(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_Right)
    hears(room, 3)
    room.press(Key.Key_F10)
    page = room.window.settings_page
    assert (page.heart_there.text(), page.heart_there.isChecked()) == ("CHAIR 3", True)
    assert (page.heart_here.text(), page.heart_here.isChecked()) == ("CHAIR 1   Q", False)


def test_without_a_chair_or_without_sound_no_heart_can_be_chosen(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_F10)
    page = room.window.settings_page
    assert not page.heart_here.isEnabled() and page.heart_here.text() == "select a chair first"
    room.press(Key.Key_Escape)
    room.press(Key.Key_Right)
    room.press(Key.Key_F10)
    hears(room, 0, state="off")
    assert not page.heart_here.isEnabled() and not page.heart_off.isEnabled()
