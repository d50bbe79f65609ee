"""The devices page of a running room: every line with its counters, a raw view, a tile that answers, confirm and swap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import ConfirmDevice, WatchLine
from monitor_app.core.snapshot import LinkView, RawView
from tests.display.snapshots import Desk, rooms

MakeDesk = Callable[..., Desk]
Key = Qt.Key
A, B = "Oximeter, serial A1", "Oximeter, serial B2"


@pytest.fixture
def desk(qtbot: QtBot) -> MakeDesk:
    return lambda name="busy-6": Desk(qtbot, rooms()[name])


def wired(room: Desk, *links: tuple[int, LinkView]) -> None:
    """Give chairs these devices and no others."""
    chairs = tuple(
        replace(c, links=tuple(link for number, link in links if number == c.number)) for c in room.room.chairs
    )
    room.show(replace(room.room, chairs=chairs))


def oximeter(**more: object) -> LinkView:
    good = {"port": "/dev/ttyUSB0", "quality": 0.98, "bytes_age_s": 0.1, "good": 120, "bad": 2, "gaps": 1}
    return replace(
        LinkView("x", "Maker Oximeter", "live", evidence="evidence: manual; tried: captures"), **{**good, **more}
    )


def cells(room: Desk, row: int) -> list[str]:
    table = room.window.devices_page.table
    return [item.text() if (item := table.item(row, n)) is not None else "" for n in range(table.columnCount())]


def test_every_line_of_the_room_stands_there_with_its_counters(desk: MakeDesk) -> None:
    room = desk()
    wired(
        room,
        (1, oximeter(identity="OX 1234")),
        (3, oximeter(quality=None, good=None, bad=None, gaps=None, use="demonstration")),
    )
    room.press(Key.Key_D, "d")
    assert room.window.devices_page.isVisible()
    first, second = cells(room, 0), cells(room, 1)
    assert first[2:8] == ["/dev/ttyUSB0", "OX 1234", "live", "98%", "120 / 2 / 1", "0.1 s"]
    assert second[5:7] == ["---", "- / - / -"]
    assert second[8] == "DEMONSTRATION"
    assert "tried: captures" in room.window.devices_page.about.text()
    room.press(Key.Key_Escape)
    assert room.window.overview.isVisible()


def test_a_room_without_devices_says_what_to_do(desk: MakeDesk) -> None:
    room = desk()
    wired(room)
    room.press(Key.Key_D, "d")
    page = room.window.devices_page
    assert page.empty.isVisible() and "chairside wire" in page.empty.text()
    assert not page.table.isVisible()
    assert not page.identify.isEnabled()


def test_bytes_are_asked_for_while_somebody_looks_and_no_longer(desk: MakeDesk) -> None:
    room = desk()
    wired(room, (1, oximeter()), (2, oximeter(port="/dev/ttyUSB1")))
    room.press(Key.Key_D, "d")
    page = room.window.devices_page
    page.table.selectRow(1)
    page.bytes.click()
    room.wait(1)
    for _ in range(3):
        room.wait(5)
    asked = [one for one in room.sent() if isinstance(one, WatchLine)]
    assert len(asked) >= 3
    assert {(one.chair, one.link) for one in asked} == {(2, 0)}
    room.show(replace(room.room, raw=RawView(2, 0, ("   0.10 s  in  01 02                ..",))))
    assert "01 02" in page.raw.toPlainText()
    room.show(replace(room.room, raw=RawView(1, 0, ("   0.10 s  in  09                   .",))))
    assert "09" not in page.raw.toPlainText()
    page.bytes.click()
    before = len([one for one in room.sent() if isinstance(one, WatchLine)])
    room.wait(9)
    assert len([one for one in room.sent() if isinstance(one, WatchLine)]) == before


def test_the_tile_of_the_chair_answers_and_stays_selected(desk: MakeDesk) -> None:
    room = desk()
    wired(room, (4, oximeter()))
    room.press(Key.Key_D, "d")
    room.press(Key.Key_I, "i")
    assert room.window.overview.isVisible()
    tile = room.window.overview.tiles[4]
    lit = []
    for _ in range(12):
        room.wait(0.25)
        lit.append(tile.ringed)
    assert {True, False} <= set(lit)
    room.wait(10)
    assert tile.ringed and room.window.selected == 4


def test_exchanged_cables_are_accepted_with_one_press_at_both_chairs(desk: MakeDesk) -> None:
    room = desk()
    here = f"{B}, adapter 0403:6001 serial X"
    there = f"{A}, adapter 0403:6001 serial Y"
    wired(
        room,
        (1, oximeter(state="WRONG DEVICE", seen=here, expected=f"{A}, adapter 0403:6001 serial X")),
        (2, oximeter(state="WRONG DEVICE", seen=there, expected=f"{B}, adapter 0403:6001 serial Y")),
    )
    room.press(Key.Key_D, "d")
    page = room.window.devices_page
    assert page.swap.isVisible()
    page.swap.click()
    asked = [(one.chair, one.link, one.seen) for one in room.sent() if isinstance(one, ConfirmDevice)]
    assert asked == [(1, 0, here), (2, 0, there)]


def test_a_single_stranger_can_be_confirmed_and_not_swapped(desk: MakeDesk) -> None:
    room = desk()
    wired(room, (1, oximeter(seen=B, expected=A)), (2, oximeter()))
    room.press(Key.Key_D, "d")
    page = room.window.devices_page
    assert not page.swap.isVisible()
    page.confirm.click()
    assert [(one.chair, one.seen) for one in room.sent() if isinstance(one, ConfirmDevice)] == [(1, B)]
    page.table.selectRow(1)
    room.settle()
    assert not page.confirm.isVisible()


def test_when_monitoring_stops_no_line_looks_alive(desk: MakeDesk) -> None:
    room = desk()
    wired(room, (1, oximeter()))
    room.press(Key.Key_D, "d")
    room.silence(3)
    assert cells(room, 0)[4:8] == ["---", "---", "- / - / -", "---"]
