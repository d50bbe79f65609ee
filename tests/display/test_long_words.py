"""A language two fifths longer than English fits on the smallest window: every page and tab, nothing cut or pushed out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from monitor_app.display.help_page import PAGES as HELP_PAGES
from monitor_app.display.language import PSEUDO, speak
from monitor_app.display.page_examples import page_room
from monitor_app.display.session_page import TABS
from monitor_app.display.theme import TOUCH_PX
from tests.display.snapshots import Desk
from tests.display.test_language import desk_in, is_cut
from tests.display.test_reach import PAGES, Key, open_page, press

SMALLEST = (1280, 720)


def stretched(qtbot: QtBot, language: str = PSEUDO) -> Desk:
    return desk_in(qtbot, language, SMALLEST, page_room())


def scrolls(widget: QWidget, page: QWidget) -> bool:
    """Whether it stands in a part that can be scrolled to."""
    above = widget.parentWidget()
    while above is not None and above is not page:
        if isinstance(above, QScrollArea):
            return True
        above = above.parentWidget()
    return False


def faults(page: QWidget) -> list[str]:
    """Words that are cut, and controls that stand outside of the page."""
    found = []
    for widget in page.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            continue
        if widget.objectName().startswith("qt_"):
            continue
        text = widget.text() or getattr(widget, "placeholderText", str)()
        if is_cut(widget):
            found.append(f"cut: {text!r} {widget.width()}x{widget.height()}, wants {widget.sizeHint().toTuple()}")
        place = QRect(widget.mapTo(page, QPoint(0, 0)), widget.size())
        if not scrolls(widget, page) and text and not page.rect().contains(place):
            found.append(f"outside: {text!r} {place.getRect()} of {page.rect().getRect()}")
    return found


def goes_well(room: Desk, named: str) -> list[str]:
    room.settle()
    window = room.window
    said = [f"{named}: {one}" for one in faults(window.pages.currentWidget())]
    if window.width() != SMALLEST[0] or window.height() != SMALLEST[1]:
        said.append(f"{named}: the window has grown to {window.size().toTuple()}")
    return said


@pytest.fixture
def room(qtbot: QtBot) -> Iterator[Desk]:
    yield stretched(qtbot)
    speak("en")


def test_the_help_fits_in_a_language_two_fifths_longer(room: Desk) -> None:
    room.window._show_page(room.window.overview)
    press(room, Key.Key_F1)
    page = room.window.help_page
    found = []
    for name in HELP_PAGES:
        page.show_tab(name)
        found += goes_well(room, name)
        assert page.tabs[name].height() >= TOUCH_PX
    assert not found, "\n".join(found)


def test_the_pages_of_the_help_are_turned_by_the_arrows(room: Desk) -> None:
    room.window._show_page(room.window.overview)
    press(room, Key.Key_F1)
    for name in HELP_PAGES[1:]:
        press(room, Key.Key_Right)
        assert room.window.help_page.tabs[name].isChecked()
    press(room, Key.Key_Escape)
    assert room.window.pages.currentWidget() is room.window.overview


@pytest.mark.slow
def test_every_page_fits_in_a_language_two_fifths_longer(room: Desk) -> None:
    window = room.window
    found: list[str] = []
    ways = {**PAGES, "about": (), "profile": (), "log": (Key.Key_1, Key.Key_E), "list": (Key.Key_B,)}
    for name, keys in sorted(ways.items()):
        window.alarm_list.hide()
        window._show_page(window.overview)
        window._select(1)
        open_page(room, name) if name in PAGES else press(room, *keys)
        if name == "about":
            window.toggle_about()
        elif name == "profile":
            window.toggle_profile_limits()
        if name == "session":
            for tab in TABS:
                window.session_page.show_tab(tab)
                found += goes_well(room, f"session {tab}")
        found += goes_well(room, name)
        found += [f"{name}: {one}" for one in faults(window.alarm_list) if not window.alarm_list.isHidden()]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_every_tab_of_every_page_is_large_enough_for_a_finger(room: Desk) -> None:
    window = room.window
    low = set()
    for name in sorted(PAGES):
        window._show_page(window.overview)
        window._select(1)
        open_page(room, name)
        for one in window.findChildren(QAbstractButton):
            if one.isVisible() and one.property("role") == "tab" and one.height() < TOUCH_PX:
                low.add(f"{name}: {one.text()!r} {one.height()}")
    assert low == set()
