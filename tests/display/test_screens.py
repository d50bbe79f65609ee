"""What stands on the screen: the banner is never covered, chairs never move, an old picture is no picture."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import Acknowledge
from monitor_app.core.snapshot import Look
from monitor_app.display import examples
from monitor_app.display.keys import BINDINGS
from monitor_app.display.presenter import TileState
from tests.display.snapshots import Desk, rooms

Key = Qt.Key
MakeDesk = Callable[..., Desk]


def banner_is_free(room: Desk) -> bool:
    """Nothing lies over any part of the banner."""
    window, banner = room.window, room.window.banner
    points = [(0.02, 0.5), (0.3, 0.4), (0.6, 0.9), (0.97, 0.5)]
    seen = [
        window.childAt(banner.mapTo(window, QPoint(int(banner.width() * x), int(banner.height() * y))))
        for x, y in points
    ]
    return banner.isVisible() and all(one is banner or (one is not None and one.parent() is banner) for one in seen)


@pytest.mark.parametrize("name", sorted(rooms()))
def test_every_room_is_shown_with_its_chairs_in_their_places(desk: MakeDesk, name: str) -> None:
    room = desk(name)
    tiles = room.window.overview.tiles
    assert list(tiles) == [chair.number for chair in room.room.chairs]
    assert banner_is_free(room)
    for number, tile in tiles.items():
        assert tile.text is not None
        assert tile.text.number == number
        assert tile.width() > 0


def test_an_alarm_moves_no_chair(desk: MakeDesk) -> None:
    room = desk("calm-4")
    before = {number: tile.geometry() for number, tile in room.window.overview.tiles.items()}
    room.show(rooms()["alarm-4"])
    assert {number: tile.geometry() for number, tile in room.window.overview.tiles.items()} == before


def test_a_grown_banner_keeps_every_chair_in_its_row_and_column(desk: MakeDesk) -> None:
    room = desk("alarm-4")

    def order() -> list[tuple[bool, bool]]:
        tiles = room.window.overview.tiles.values()
        return [(tile.x() > 0, tile.y() > 0) for tile in tiles]

    before = order()
    room.wait(61)
    assert room.window.banner.text.grown
    assert room.window.banner.height() == room.window.height() // 3
    assert order() == before


def test_monitoring_stopped_blanks_every_value_after_two_seconds(desk: MakeDesk) -> None:
    room = desk("alarm-4", waves_s=12)
    canvas = room.window.overview.canvas
    room.silence(1.9)
    assert not room.window.banner.text.stopped
    room.silence(0.2)
    assert room.window.banner.text.stopped.startswith("MONITORING STOPPED at")
    assert room.window.banner.height() >= room.window.height() // 3
    for tile in room.window.overview.tiles.values():
        assert tile.text is not None
        assert all(number.text == "---" and number.look is Look.BLANK for number in tile.text.numbers)
        assert tile.text.cuff is None or tile.text.cuff.reading == "---"
    before = canvas.paints
    room.silence(1)
    assert canvas.paints == before, "no sweep goes on without samples"
    assert room.window.footer.text.clock == "--:--:--"


def test_nothing_can_be_pressed_while_monitoring_has_stopped(desk: MakeDesk) -> None:
    room = desk("alarm-4")
    room.press(Key.Key_2, "2")
    room.silence(3)
    for key in (Key.Key_A, Key.Key_F2, Key.Key_F3, Key.Key_F4, Key.Key_Space):
        room.press(key)
    assert room.sent() == []


def test_the_room_comes_back_with_the_first_fresh_snapshot(desk: MakeDesk) -> None:
    room = desk("alarm-4")
    room.silence(5)
    assert room.window.banner.text.stopped
    room.show(room.room)
    assert not room.window.banner.text.stopped
    text = room.window.overview.tiles[1].text
    assert text is not None
    assert text.numbers[0].text == "72"


def test_before_the_first_snapshot_the_window_says_that_it_connects(qtbot: QtBot) -> None:
    room = Desk(qtbot, rooms()["calm-1"])
    room.window.close()
    from monitor_app.display.window import Window

    class Silent:
        def take_snapshot(self) -> None: ...
        def take_waves(self) -> list:
            return []  # type: ignore[type-arg]

        def take_pasts(self) -> list:
            return []  # type: ignore[type-arg]

        def take_ended(self) -> list:
            return []  # type: ignore[type-arg]

        def take_replies(self) -> list:
            return []  # type: ignore[type-arg]

        def age_us(self, now_us: int | None = None) -> None: ...
        def send(self, message: object) -> bool:
            return False

    window = Window(Silent(), lambda: 0)
    qtbot.addWidget(window)
    window.show()
    window.tick()
    assert "Connecting" in window.message_page.title.text()
    assert window.banner.isVisible()


@pytest.mark.parametrize("key", [Key.Key_B, Key.Key_F1, Key.Key_1, Key.Key_G, Key.Key_E])
def test_no_panel_covers_the_banner(desk: MakeDesk, key: Key) -> None:
    room = desk("busy-6")
    room.press(Key.Key_Right)
    room.press(key, "e" if key is Key.Key_E else "")
    assert banner_is_free(room)


def test_the_alarm_list_pushes_the_content_down(desk: MakeDesk) -> None:
    room = desk("states-16")
    before = room.window.pages.y()
    room.press(Key.Key_B, "b")
    assert room.window.alarm_list.isVisible()
    assert room.window.pages.y() >= before + room.window.alarm_list.height()
    rows = room.window.alarm_list.list.rows
    assert [row.text for row in rows] and len(rows) == len(room.room.alarms)
    room.press(Key.Key_Escape)
    assert room.window.pages.y() == before


def test_an_empty_alarm_list_says_so(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_B, "b")
    assert room.window.alarm_list.list.rows == ()
    assert "No alarm is open" in room.window.alarm_list.list._empty


def test_sweeps_do_not_repaint_the_tiles(desk: MakeDesk) -> None:
    room = desk("calm-4", waves_s=12)
    canvas = room.window.overview.canvas
    before = {number: tile.paints for number, tile in room.window.overview.tiles.items()}
    painted, whole = canvas.paints, canvas.full_paints
    for step in range(1, 30):
        canvas.step(examples.NOW_US - 100_000 + step * 16_667)
        QApplication.processEvents()
    assert canvas.paints - painted > 20
    assert canvas.full_paints == whole
    assert {number: tile.paints for number, tile in room.window.overview.tiles.items()} == before


def test_a_tile_repaints_only_when_its_words_change(desk: MakeDesk) -> None:
    room = desk("calm-4")
    tile = room.window.overview.tiles[1]
    before = tile.paints
    room.show(room.room)
    assert tile.paints == before


def test_privacy_hides_names_but_no_value(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_F8)
    texts = [tile.text for tile in room.window.overview.tiles.values() if tile.text is not None]
    assert not any(name in text.title for text in texts for name in ("K.M.", "R.S.", "A.B.", "T.L."))
    assert texts[2].numbers[1].text == "83"
    assert texts[2].strip.priority is not None


def test_simulated_chairs_say_so_in_header_wave_and_banner(desk: MakeDesk) -> None:
    room = desk("simulated-4")
    assert room.window.banner.text.marks == ("SIMULATED",)
    for tile in room.window.overview.tiles.values():
        assert tile.text is not None
        assert tile.text.marks == ("SIMULATED",)
        assert "SIMULATED" in tile.accessibleDescription()
    assert all(strip.mark == "SIMULATED" for strip in room.window.overview.canvas.strips)


def test_a_new_run_of_the_station_starts_the_sweeps_anew(desk: MakeDesk) -> None:
    room = desk("calm-4", waves_s=12)
    room.show(replace(room.room, run="run-2"))
    assert room.window.store.recent([(1, 102)]) == []


def test_countdowns_go_on_between_snapshots(desk: MakeDesk) -> None:
    room = desk("calm-4")
    tile = room.window.overview.tiles[1]
    assert tile.text is not None and tile.text.cuff is not None
    before = tile.text.cuff.next
    room.silence(1.2)
    assert tile.text.cuff.next != before


def test_the_selection_survives_alarms_and_the_focus_stays(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_Right)
    room.press(Key.Key_Right)
    focus = QApplication.focusWidget()
    room.show(rooms()["alarm-4"])
    assert room.window.selected == 2
    assert QApplication.focusWidget() is focus
    assert room.window.pages.currentWidget() is room.window.overview


def dialogs() -> set[int]:
    """What stands in its own window and wants an answer, whoever left it there."""
    return {id(one) for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_a_random_walk_of_keys_never_loses_the_banner_nor_hits_an_unnamed_chair(qtbot: QtBot, seed: int) -> None:
    room = Desk(qtbot, rooms()["busy-6"])
    walk = random.Random(seed)
    keys = [row.key for row in BINDINGS if row.act != "toggle_full_screen"]
    keys += [Key.Key_Tab, Key.Key_Backspace, Key.Key_Z]
    before = dialogs()
    for _ in range(250):
        room.feed.now_us += 100_000
        room.feed.offer(replace(room.room, station_us=room.feed.now_us))
        named = room.window.target.label
        key = walk.choice(keys)
        room.press(key, chr(int(key)).lower() if int(key) < 128 else "")
        for command in room.sent():
            if isinstance(command, Acknowledge):
                assert f"CHAIR {command.chair}" == named
        assert room.window.banner.isVisible()
        assert dialogs() <= before
    assert banner_is_free(room)


def test_every_key_of_the_table_has_an_act_and_every_act_its_help() -> None:
    from monitor_app.display.window import Window

    assert all(callable(getattr(Window, row.act, None)) for row in BINDINGS)
    described = {row.act for row in BINDINGS if row.words}
    moves = {"move_left", "move_right", "move_up"}
    assert {row.act for row in BINDINGS} - described == moves


def test_tiles_state_free_not_monitored_and_discharged(desk: MakeDesk) -> None:
    room = desk("states-16")
    texts = {number: tile.text for number, tile in room.window.overview.tiles.items()}
    states = {number: text.state for number, text in texts.items() if text is not None}
    assert states[2] is TileState.FREE
    assert states[11] is TileState.NOT_MONITORED
    assert states[15] is TileState.DISCHARGED
    assert all(tile.hole() is None for number, tile in room.window.overview.tiles.items() if number in (2, 11, 15))
