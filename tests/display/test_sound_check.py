"""The page of the sound check: each colour lights while its burst plays, and nobody confirms what was not played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core import commands
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import SoundView
from tests.display.snapshots import Desk, rooms

MakeDesk = Callable[..., Desk]
Key = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot) -> MakeDesk:
    return lambda name="calm-4": Desk(qtbot, rooms()[name])


def says(room: Desk, check: str, testing: Priority | None = None, text: str = "", note: str = "") -> None:
    room.show(replace(room.room, sound=SoundView(testing=testing, check=check, check_text=text, note=note)))


def lit(room: Desk) -> list[Priority]:
    return [lamp.priority for lamp in room.window.sound_page.lamps if lamp.lit]


def test_y_opens_the_page_below_the_banner_and_its_button_asks_for_the_check(desk: MakeDesk) -> None:
    room = desk()
    says(room, "missing", text="Nobody has confirmed the sound today.", note="mute cannot be checked here")
    room.press(Key.Key_Y, "y")
    page = room.window.sound_page
    assert page.isVisible() and room.window.banner.isVisible()
    assert page.standing.text() == "Nobody has confirmed the sound today."
    assert page.note.text() == "mute cannot be checked here"
    page.play.click()
    assert [type(one) for one in room.sent()] == [commands.TestSound]
    room.press(Key.Key_Escape)
    assert room.window.overview.isVisible()


def test_each_colour_lights_while_its_burst_plays_and_only_then(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    seen = []
    for testing in (Priority.LOW, None, Priority.MEDIUM, None, Priority.HIGH):
        says(room, "playing", testing)
        seen.append(lit(room))
    assert seen == [[Priority.LOW], [], [Priority.MEDIUM], [], [Priority.HIGH]]
    assert not room.window.sound_page.play.isEnabled()
    says(room, "played")
    assert lit(room) == []


def test_only_what_was_played_heard_seen_and_named_is_confirmed(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    page = room.window.sound_page
    says(room, "missing")
    page.name.setText("Kim")
    assert not page.confirm.isEnabled() and not page.heard.isEnabled() and not page.deny.isEnabled()
    says(room, "played")
    assert "hear all three at the working place" in page.standing.text()
    page.heard.click()
    assert not page.confirm.isEnabled()
    page.seen.click()
    assert page.confirm.isEnabled() and not page.deny.isEnabled()
    page.name.setText("  ")
    assert not page.confirm.isEnabled()
    page.name.setText("Kim")
    page.confirm.click()
    (asked,) = room.sent()
    assert isinstance(asked, commands.ConfirmSound)
    assert (asked.heard, asked.seen, asked.name) == (True, True, "Kim")


def test_not_heard_is_told_to_the_station(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    page = room.window.sound_page
    says(room, "played")
    page.name.setText("Kim")
    page.seen.click()
    page.deny.click()
    (asked,) = room.sent()
    assert isinstance(asked, commands.ConfirmSound)
    assert (asked.heard, asked.seen) == (False, True)


def test_the_answers_of_the_check_before_do_not_count_for_the_next(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    page = room.window.sound_page
    says(room, "played")
    page.heard.click()
    page.seen.click()
    says(room, "playing", Priority.LOW)
    says(room, "played")
    assert not page.heard.isChecked() and not page.seen.isChecked()


def test_when_monitoring_stops_nothing_plays_and_nothing_can_be_asked(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    says(room, "playing", Priority.HIGH)
    room.silence(3)
    page = room.window.sound_page
    assert lit(room) == []
    assert not page.play.isEnabled() and not page.confirm.isEnabled()


def test_space_still_belongs_to_the_sound_of_the_room(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    room.show(replace(room.room, sound=SoundView(voice=Priority.HIGH, check="played")))
    room.window.sound_page.heard.setFocus()
    room.press(Key.Key_Space, " ")
    assert [type(one) for one in room.sent()] == [commands.PauseSound]


def test_volume_and_melodies_are_shown_and_set_on_the_page(desk: MakeDesk) -> None:
    room = desk()
    room.press(Key.Key_Y, "y")
    page = room.window.sound_page
    room.show(replace(room.room, sound=SoundView(volume=0.6, in_force=0.85, melodies=False)))
    assert page.volume.text() == "Volume 60%, plays at 85%: the computer's mixer is turned down"
    assert page.melodies.text() == "Melodies by category: off"
    page.louder.click()
    page.quieter.click()
    page.melodies.click()
    asked = [one for one in room.sent() if isinstance(one, commands.SetSound)]
    assert [(one.volume, one.melodies) for one in asked] == [(0.65, None), (0.55, None), (None, True)]
    room.show(replace(room.room, sound=SoundView(volume=0.4, in_force=0.4, melodies=True)))
    assert page.melodies.text() == "Melodies by category: on"
    assert not page.quieter.isEnabled() and page.louder.isEnabled()
