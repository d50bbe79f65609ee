"""The newest notes stand in the quick log with time, name and what the station still takes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.care_commands import CorrectEntry
from monitor_app.core.care_views import EntryView
from monitor_app.core.phases import Phase
from monitor_app.display import care_examples, examples
from monitor_app.display.care_examples import LOGGED
from monitor_app.display.examples import NOW_US
from monitor_app.display.language import table
from monitor_app.display.log_entries import LogEntries
from monitor_app.display.quicklog import CODES, WORDS_OF
from tests.display.snapshots import Desk

Key = Qt.Key


def desk_with(qtbot: QtBot, logged: tuple[EntryView, ...] = LOGGED, size: tuple[int, int] = (1280, 720)) -> Desk:
    one = care_examples.cared(1, "K.M.", Phase.INFUSION, 23.7, logged=logged)
    made = Desk(qtbot, examples.snapshot(one), size)
    made.press(Key.Key_1, "1")
    made.press(Key.Key_E, "e")
    return made


def entries(desk: Desk) -> LogEntries:
    return desk.window.chair_page.log_panel.entries


def said(desk: Desk) -> list[str]:
    return [place.words.text() for place in entries(desk).places if place.isVisible()]


def offered(desk: Desk) -> list[str]:
    return [p.entry.id for p in entries(desk).places if p.entry is not None and p.undo.isVisible()]


def changed(desk: Desk, logged: tuple[EntryView, ...]) -> None:
    chair = desk.room.chairs[0]
    desk.show(replace(desk.room, chairs=(replace(chair, care=replace(chair.care, logged=logged)),)))


def test_the_five_newest_stand_there_with_time_name_and_words(qtbot: QtBot) -> None:
    assert said(desk_with(qtbot)) == [
        "15:05:49   K.\nnausea  mild",
        "15:05:19   K.\noxygen on  2 L/min",
        "15:01:09   R.\nasks for her sister",
        "14:57:09   K.\ndizziness  corrected",
        "14:54:09   K.\ncalm",
    ]


def test_only_what_the_station_offers_can_be_taken_back(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    assert offered(desk) == ["e2", "e3"]
    changed(desk, tuple(replace(entry, undo=False) for entry in LOGGED))
    assert offered(desk) == []
    assert len(said(desk)) == 5


def test_a_press_takes_back_the_note_beside_it_and_the_strip_stays_open(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    entries(desk).places[1].undo.click()
    (command,) = desk.sent()
    assert isinstance(command, CorrectEntry)
    assert (command.chair, command.session, command.entry, command.withdrawn) == (1, "session-1", "e3", True)
    assert entries(desk).isVisible()


def test_the_button_is_reached_by_tab_and_pressed_by_enter(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    undo = entries(desk).places[0].undo
    for _ in range(80):
        if undo.hasFocus():
            break
        desk.press(Key.Key_Tab)
    assert undo.hasFocus()
    desk.press(Key.Key_Return)
    assert [command.entry for command in desk.sent() if isinstance(command, CorrectEntry)] == ["e2"]


def test_backspace_takes_back_the_newest_that_is_offered(qtbot: QtBot) -> None:
    desk = desk_with(qtbot, tuple(replace(entry, undo=entry.id == "e3") for entry in LOGGED))
    desk.press(Key.Key_Backspace)
    assert [command.entry for command in desk.sent() if isinstance(command, CorrectEntry)] == ["e3"]


def test_an_empty_log_says_so_and_what_would_fill_it(qtbot: QtBot) -> None:
    desk = desk_with(qtbot, ())
    assert said(desk) == []
    assert entries(desk).sentence.isVisible()
    assert entries(desk).sentence.text().startswith("Nothing logged in this session yet")


def test_hidden_names_hide_the_notes_and_do_not_say_that_there_are_none(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    desk.press(Key.Key_F8)
    assert said(desk) == []
    assert entries(desk).sentence.text().startswith("Notes are not shown")


def test_a_note_is_written_where_the_newest_stand_and_they_come_back(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    desk.press(Key.Key_Period, ".")
    assert desk.window.chair_page.log_panel.text.isVisible() and not entries(desk).isVisible()
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_E, "e")
    assert entries(desk).isVisible() and not desk.window.chair_page.log_panel.text.isVisible()


def test_a_long_note_is_cut_and_moves_nothing(qtbot: QtBot) -> None:
    desk = desk_with(qtbot, (EntryView("e9", "note", "note", "x" * 500, NOW_US, "K.", undo=True),))
    assert said(desk) == [f"15:06:09   K.\n{'x' * 32}…", *[""] * 4]
    panel, page = desk.window.chair_page.log_panel, desk.window.chair_page
    assert page.rect().contains(QRect(panel.mapTo(page, QPoint(0, 0)), panel.size()))


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_its_buttons_are_large_enough_for_a_thumb_and_whole(qtbot: QtBot, size: tuple[int, int]) -> None:
    desk = desk_with(qtbot, size=size)
    for place in entries(desk).places[:2]:
        assert place.undo.height() >= 44 and place.undo.width() >= max(44, place.undo.sizeHint().width())
        assert place.words.width() >= 60
        assert place.words.heightForWidth(place.words.width()) <= place.words.height()


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_the_numbers_stay_whole_beside_the_open_log(qtbot: QtBot, size: tuple[int, int]) -> None:
    page = desk_with(qtbot, size=size).window.chair_page
    numbers = QRect(page.numbers.mapTo(page, QPoint(0, 0)), page.numbers.size())
    for tab in page.tab_buttons.values():
        assert not tab.isVisible() or tab.mapTo(page, QPoint(0, 0)).y() >= numbers.bottom()
    assert any(tab.isVisible() for tab in page.tab_buttons.values()) == (size[1] > 1000)


def test_the_lists_are_there_again_when_the_log_closes(qtbot: QtBot) -> None:
    desk = desk_with(qtbot)
    desk.press(Key.Key_Escape)
    assert all(tab.isVisible() for tab in desk.window.chair_page.tab_buttons.values())
    assert desk.window.chair_page.lists["log"].isVisible()


def test_every_word_of_the_quick_log_is_in_the_german_table() -> None:
    spoken = {words for _, _, words in CODES} | set(WORDS_OF.values())
    assert sorted(spoken - set(table("de"))) == []
