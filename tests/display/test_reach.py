"""Everything is reached by keyboard, and what is done often takes few keys (DISPLAY sections 12 and 16)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import Acknowledge, Command, LogObservation, StartCuff
from monitor_app.display import examples
from monitor_app.display.banner import BannerButton
from monitor_app.display.keys import BINDINGS
from monitor_app.display.page_examples import page_room
from monitor_app.display.window import is_one_of_several
from tests.display.snapshots import Desk
from tests.display.test_screens import banner_is_free

Key = Qt.Key
MakeDesk = Callable[..., Desk]
PAGES: dict[str, tuple[Key, ...]] = {
    "overview": (),
    "chair": (Key.Key_1,),
    "admit": (Key.Key_Right, Key.Key_Right, Key.Key_Return),
    "session": (Key.Key_1, Key.Key_C),
    "handover": (Key.Key_1, Key.Key_H),
    "limits": (Key.Key_1, Key.Key_L),
    "why": (Key.Key_1, Key.Key_W),
    "devices": (Key.Key_1, Key.Key_D),
    "sound": (Key.Key_Y,),
    "timeline": (Key.Key_T,),
    "settings": (Key.Key_F10,),
    "help": (Key.Key_F1,),
    "cuff": (Key.Key_1, Key.Key_F2),
}
WITH_SHIFT = {"cuff"}
"""Pages whose last key is pressed with Shift."""


def press(room: Desk, *keys: Key) -> None:
    for key in keys:
        room.press(key, chr(int(key)).lower() if int(key) < 128 else "")


def open_page(room: Desk, name: str) -> None:
    """Open a page of the table by its keys."""
    keys = PAGES[name]
    press(room, *(keys[:-1] if name in WITH_SHIFT else keys))
    if name in WITH_SHIFT:
        room.press(keys[-1], shift=True)


def reachable(page: QWidget) -> set[QPushButton | QLineEdit]:
    """Controls of a page that somebody could want to press or to type into now."""
    kinds = (QPushButton, QLineEdit)
    return {
        one
        for kind in kinds
        for one in page.findChildren(kind)
        if one.isVisible() and one.isEnabled() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not one.objectName().startswith("qt_")
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(PAGES))
def test_tab_reaches_every_control_of_a_page_which_has_a_spoken_name_and_esc_leads_back(
    qtbot: QtBot, name: str
) -> None:
    room = Desk(qtbot, page_room(), (1920, 1080))
    open_page(room, name)
    page = room.window.pages.currentWidget()
    wanted, seen = reachable(page), set()
    for one in wanted | reachable(room.window):
        spoken = one.accessibleName() or one.text() or (one.placeholderText() if isinstance(one, QLineEdit) else "")
        assert spoken.strip(), type(one).__name__
    assert all(b.accessibleDescription().startswith("Key ") for b in room.window.findChildren(BannerButton))
    for _ in range(150):
        seen.add(QApplication.focusWidget())
        room.window.focusNextChild()
        if wanted <= seen:
            break
    for one in [one for one in seen if isinstance(one, QPushButton) and is_one_of_several(one)]:
        one.setFocus()  # of buttons of which one is down the others are reached by an arrow
        while wanted - seen and QApplication.focusWidget() not in seen - {one}:
            seen.add(QApplication.focusWidget())
            press(room, Key.Key_Right)
    assert [one.text() or one.accessibleName() for one in wanted - seen] == []
    assert banner_is_free(room)
    for _ in range(3):
        press(room, Key.Key_Escape)
    assert room.window.pages.currentWidget() is room.window.overview


# ---------------------------------------------------------------- how many keys


def sent_after(room: Desk, kind: type[Command], *keys: Key) -> list[Command]:
    """What of this kind was asked after each of the keys was pressed once."""
    room.sent()
    press(room, *keys)
    return [one for one in room.sent() if isinstance(one, kind)]


@pytest.fixture
def alarming(qtbot: QtBot) -> Desk:
    room = Desk(qtbot, examples.rooms()["busy-6"])
    room.wait(1)
    return room


def test_acknowledging_the_alarm_of_the_banner_takes_one_key(alarming: Desk) -> None:
    asked = sent_after(alarming, Acknowledge, Key.Key_A)
    assert [one.chair for one in asked] == [3]  # type: ignore[attr-defined]


def test_opening_the_alarming_chair_takes_one_key(alarming: Desk) -> None:
    press(alarming, Key.Key_O)
    assert alarming.window.pages.currentWidget() is alarming.window.chair_page
    assert alarming.window.selected == 3


def test_opening_any_chair_takes_one_key(alarming: Desk) -> None:
    press(alarming, Key.Key_5)
    assert alarming.window.pages.currentWidget() is alarming.window.chair_page
    assert alarming.window.selected == 5


def test_logging_a_symptom_of_the_selected_chair_takes_two_keys(alarming: Desk) -> None:
    press(alarming, Key.Key_3)
    asked = sent_after(alarming, LogObservation, Key.Key_E, Key.Key_N)
    assert [one.code for one in asked] == ["nausea"]  # type: ignore[attr-defined]


def test_starting_a_cuff_takes_one_key_at_the_selected_chair_and_two_at_any(alarming: Desk) -> None:
    asked = sent_after(alarming, StartCuff, Key.Key_4, Key.Key_F2)
    assert [one.chair for one in asked] == [4]  # type: ignore[attr-defined]
    alarming.wait(1)
    assert len(sent_after(alarming, StartCuff, Key.Key_F2)) == 1


# ---------------------------------------------------------------- spoken alarms, and a long walk


def test_a_new_alarm_is_announced_once_and_the_highest_first(desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, object]] = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: said.append((event.message(), event.politeness()))
    )
    room = desk("calm-4")
    room.wait(2)
    room.show(examples.rooms()["alarm-4"])
    room.wait(2)
    room.wait(2)
    assertive = QAccessible.AnnouncementPoliteness.Assertive
    assert said == [("Chair 2, high alarm, DESAT 83 below 85", assertive)]
    low = examples.alarm(77, 1, examples.Priority.LOW, "HR ELEVATED 104")
    chairs = tuple(replace(c, alarms=(low,)) if c.number == 1 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs, alarms=(*room.room.alarms, low)))
    room.wait(2)
    assert said[1:] == [("Chair 1, low alarm, HR ELEVATED 104", QAccessible.AnnouncementPoliteness.Polite)]


@pytest.mark.slow
def test_three_thousand_keys_never_lose_the_banner_nor_hit_an_unnamed_chair(qtbot: QtBot) -> None:
    room = Desk(qtbot, examples.rooms()["busy-6"])
    walk = random.Random(8)
    acts = {"toggle_full_screen", "toggle_settings"}  # the settings change the language, and with it the words compared
    keys = [(row.key, bool(row.modifiers)) for row in BINDINGS if row.act not in acts]
    keys += [(Key.Key_Tab, False), (Key.Key_Backspace, False), (Key.Key_Z, False)]
    for _ in range(3_000):
        room.feed.now_us += 100_000
        room.feed.offer(replace(room.room, station_us=room.feed.now_us))
        named = room.window.target.label
        key, shift = walk.choice(keys)
        room.press(key, chr(int(key)).lower() if int(key) < 128 else "", shift=shift)
        for command in room.sent():
            if isinstance(command, Acknowledge):
                assert f"CHAIR {command.chair}" == named
        assert room.window.banner.isVisible()
        assert not any(isinstance(one, QDialog) for one in QApplication.topLevelWidgets())
    assert banner_is_free(room)
