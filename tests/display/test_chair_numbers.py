"""The numbers of a chair say their unit and how far they went, the rhythm says since when, and each opens its limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from monitor_app.core.snapshot import ChairView
from monitor_app.display import examples
from monitor_app.display.chair_numbers import TOUCH_PX
from monitor_app.display.examples import NOW_US, SECOND_US
from monitor_app.display.language import speak
from monitor_app.display.page_examples import page_room
from monitor_app.display.presenter import blanked, rhythm_text, tile_text
from tests.display.snapshots import Desk

Key = Qt.Key


def rhythm(one: ChairView) -> str:
    return rhythm_text(one, examples.snapshot(one))


def test_a_finding_says_since_when_and_the_ventricular_beats_of_the_minute() -> None:
    one = examples.chair(1, rhythm="V-RUN", rhythm_since_us=NOW_US - 80 * SECOND_US, pvcs=6)
    assert rhythm(one) == "rhythm: V-RUN since 15:04:49   PVC 6/min"
    assert rhythm(replace(one, rhythm_since_us=None, rhythm="ECG LEADS OFF", pvcs=None)) == "rhythm: ECG LEADS OFF"
    assert rhythm(replace(one, rhythm="", rhythm_since_us=None, pvcs=0)) == "PVC 0/min"
    assert rhythm(replace(one, rhythm="", rhythm_since_us=None, pvcs=None)) == ""
    assert rhythm(blanked(examples.snapshot(one)).chairs[0]) == ""


@pytest.fixture
def german() -> Iterator[None]:
    speak("de")
    yield
    speak("en")


def test_it_is_said_in_german(german: None) -> None:
    one = examples.chair(1, rhythm="ECG LEADS OFF", rhythm_since_us=NOW_US)
    assert rhythm(one).startswith("Rhythmus: ") and " seit 15:06:09" in rhythm(one)


def test_a_number_in_alarm_says_how_far_it_went() -> None:
    one = examples.high_chair(3)
    numbers = {n.label: n.far for n in tile_text(one, examples.snapshot(one), NOW_US).numbers}
    assert numbers == {"HR": "", "SpO2": "lowest 79"}


def test_a_press_on_a_number_opens_its_limits(qtbot: QtBot) -> None:
    room = page_room()
    number = next(chair.number for chair in room.chairs if chair.limits)
    for parameter in ("spo2", "nibp_systolic", "hr"):
        desk = Desk(qtbot, room)
        desk.window.open_chair(number)
        desk.settle()
        panel = desk.window.chair_page.numbers
        place = next(rect for rect, name in panel._places if name == parameter)
        QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
        desk.settle()
        page = desk.window.limits_page
        assert desk.window.pages.currentWidget() is page
        assert page._rows[page.table.currentRow()].parameter == parameter
        assert desk.sent() == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_every_number_is_large_enough_for_a_thumb_and_none_lies_on_another(qtbot: QtBot, size: tuple[int, int]) -> None:
    desk = Desk(qtbot, examples.calm(4), size)
    desk.press(Key.Key_1, "1")
    panel = desk.window.chair_page.numbers
    panel.grab()
    places = [rect.toRect() for rect, _ in panel._places]
    assert len(places) == 5
    assert all(min(rect.width(), rect.height()) >= TOUCH_PX - 1 for rect in places)
    assert all(QRect(QPoint(0, 0), panel.size()).contains(rect) for rect in places)
    for at, rect in enumerate(places):
        assert not any(rect.intersects(other) for other in places[at + 1 :])
