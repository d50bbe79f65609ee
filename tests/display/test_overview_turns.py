"""The tiles of a full room take turns; when all have had theirs, the room is what a full repaint paints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor_app.core.snapshot import Snapshot
from monitor_app.display import examples
from monitor_app.display.main import application
from monitor_app.display.overview import Overview
from monitor_app.display.presenter import tile_text
from monitor_app.display.spread import LEAST, TURNS
from monitor_app.display.theme import DARK
from monitor_app.display.waves import WaveStore
from tests.display.test_sweep_exact import pixels


class Full:
    """Sixteen chairs in a small window, without the frame around them."""

    def __init__(self, qtbot: QtBot) -> None:
        application()
        self.room: Snapshot = examples.calm(16)
        self.overview = Overview(DARK, WaveStore())
        qtbot.addWidget(self.overview)
        self.overview.resize(800, 480)
        self.overview.show()
        qtbot.waitExposed(self.overview)
        self.show(self.room)
        self.turn(TURNS)

    def show(self, room: Snapshot) -> None:
        self.room = room
        self.overview.show_snapshot(room, room.station_us)

    def later(self) -> Snapshot:
        """A second later every clock of the room is another."""
        return replace(self.room, sequence=self.room.sequence + 1, station_us=self.room.station_us + 1_000_000)

    def turn(self, turns: int = 1) -> None:
        for _ in range(turns):
            self.overview.settle()
            QApplication.processEvents()

    def behind(self) -> list[int]:
        room, tiles = self.room, self.overview.tiles
        return [c.number for c in room.chairs if tiles[c.number].text != tile_text(c, room, room.station_us)]


@pytest.fixture
def full(qtbot: QtBot) -> Full:
    return Full(qtbot)


def test_a_turn_paints_few_tiles_and_after_eight_turns_the_room_equals_a_full_repaint(full: Full) -> None:
    assert full.behind() == []
    before = {n: tile.paints for n, tile in full.overview.tiles.items()}
    full.show(full.later())
    full.turn()
    painted = [n for n, tile in full.overview.tiles.items() if tile.paints != before[n]]
    assert 0 < len(painted) <= LEAST < len(full.behind())
    full.turn(TURNS - 1)
    assert full.behind() == []
    shown = seen(full)
    for tile in full.overview.tiles.values():
        tile.update()
    QApplication.processEvents()
    assert shown.size > 250_000 and int((shown != seen(full)).sum()) == 0


def test_an_alarm_is_on_its_tile_in_the_turn_in_which_it_came_while_clocks_wait(full: Full) -> None:
    chairs = tuple(examples.high_chair(14) if c.number == 14 else c for c in full.room.chairs)
    full.show(replace(full.later(), chairs=chairs))
    text = full.overview.tiles[14].text
    assert text is not None and text.worst is not None and text.strip.text
    assert 14 not in full.behind() and full.behind()


def test_a_room_that_is_seen_again_does_not_begin_with_what_was_seen_last(full: Full) -> None:
    full.overview.hide()
    full.overview.show()
    full.show(full.later())
    assert full.behind() == []


def seen(full: Full) -> np.ndarray:  # type: ignore[type-arg]
    """What is on the screen now, not what a paint would make of it."""
    view = full.overview
    return pixels(view.screen().grabWindow(view.winId(), 0, 0, view.width(), view.height()).toImage())
