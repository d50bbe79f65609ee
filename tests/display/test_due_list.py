"""What is due at a chair has a list of its own in the chair view, overdue first as time has it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor_app.display import care_examples, examples
from monitor_app.display.appearance import Keeper
from monitor_app.display.chair_lists import list_rows
from monitor_app.display.examples import NOW_US
from tests.display.snapshots import Desk


def test_the_list_has_this_chairs_items_with_clock_and_time_left() -> None:
    room = care_examples.care_room()
    rows = list_rows(room.chairs[2], room, NOW_US)["due"]
    assert [(row.lead, row.text, row.side, row.strong) for row in rows] == [
        ("15:02", "sedation", "overdue", True),
        ("15:12", "BP", "6:00", False),
        ("15:23", "Recovery minimum", "17:00", False),
    ]
    assert list_rows(room.chairs[1], room, NOW_US)["due"] == ()


def test_an_empty_list_says_so(qtbot: QtBot) -> None:
    desk = Desk(qtbot, examples.calm(2))
    desk.press(Qt.Key.Key_1, "1")
    page = desk.window.chair_page
    page.tab_buttons["due"].click()
    assert page.lists["due"].isVisible()
    assert "Nothing is due here" in page.lists["due"]._empty


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("asks", [False, True])
def test_no_tab_is_cut_in_the_smallest_window(qtbot: QtBot, language: str, asks: bool) -> None:
    room = examples.busy_six()
    desk = Desk(qtbot, room)
    desk.window.keeper = Keeper()
    desk.window.keeper.told.append(desk.window._follow_appearance)
    desk.window.keeper.change(language=language)
    QApplication.processEvents()
    desk.show(desk.room)
    desk.window.open_chair(3)
    desk.settle()
    page = desk.window.chair_page
    if asks:
        page.tab_buttons["links"].setText(page.tr("Link: confirm   K"))
        QApplication.processEvents()
    for tab in page.tab_buttons.values():
        assert tab.width() >= tab.sizeHint().width() and tab.height() >= 44
    desk.window.keeper.change(language="en")
