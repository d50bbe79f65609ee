"""What is pressed in a list is at least as high as a thumb needs, on the smallest screen too (DISPLAY section 12)."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QListWidget, QTableView
from pytestqt.qtbot import QtBot

from monitor_app.display.main import application
from monitor_app.display.page_examples import page_room
from monitor_app.display.tables import ChoiceTable, make_rows_pressable
from monitor_app.display.theme import DARK, TOUCH_PX, style_sheet
from tests.display.snapshots import Desk

ROWS_SEEN = 4


@pytest.fixture
def small(qtbot: QtBot) -> Desk:
    return Desk(qtbot, page_room(), (1280, 720))


def test_every_row_that_is_chosen_is_high_enough_and_no_table_leaves_the_small_screen(small: Desk) -> None:
    window = small.window
    window.open_chair(1)
    for way, page in (
        ("toggle_limits", window.limits_page),
        ("toggle_alarms", window.alarms_page),
        ("toggle_devices", window.devices_page),
        ("toggle_profile_limits", window.profile_page),
    ):
        getattr(window, way)()
        small.settle()
        assert window.pages.currentWidget() is page
        table = page.table
        heights = {table.rowHeight(row) for row in range(table.rowCount())}
        assert heights and min(heights) >= TOUCH_PX, way
        assert table.viewport().height() >= min(ROWS_SEEN, table.rowCount()) * TOUCH_PX, way
        assert window.rect().contains(page.geometry().translated(window.pages.pos())), way
        assert page.rect().contains(table.geometry()), way
        getattr(window, way)()
        small.settle()


def test_rows_of_lists_and_of_the_tables_of_review_are_as_high(qtbot: QtBot) -> None:
    application()
    listed, table = QListWidget(), QTableView()
    for one in (listed, table):
        qtbot.addWidget(one)
        one.setStyleSheet(style_sheet(DARK, 0.67))
    listed.addItem("13:46:02 ▲ DESAT 83")
    listed.show()
    make_rows_pressable(table)
    assert listed.visualItemRect(listed.item(0)).height() >= TOUCH_PX
    assert table.verticalHeader().defaultSectionSize() >= TOUCH_PX


def test_larger_words_make_higher_rows(qtbot: QtBot) -> None:
    application()
    table = ChoiceTable(["Limit"], "Limits")
    qtbot.addWidget(table)
    table.show()
    table.setStyleSheet(style_sheet(DARK, 2.0))
    assert table.verticalHeader().defaultSectionSize() > 1.5 * TOUCH_PX
