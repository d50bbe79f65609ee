"""Rooms for the tests of views. The hand-made states themselves live beside the display: its pictures use them too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import Command, LookUpPatients, ReportShown
from monitor_app.core.profile_editing import LookAtProfile
from monitor_app.core.snapshot import Snapshot, WaveChunk
from monitor_app.display.examples import rooms, wave_chunks
from monitor_app.display.main import application
from monitor_app.display.pictures import StillFeed
from monitor_app.display.window import Window

ASKED_BY_ITSELF = (ReportShown, LookUpPatients, LookAtProfile)
"""What the window sends without a press: no test of a press counts it."""

__all__ = ["Desk", "desk", "rooms"]


class Desk:
    """A window at a feed that the test drives by hand; time stands still unless it is moved."""

    def __init__(self, qtbot: QtBot, room: Snapshot, size: tuple[int, int] = (1280, 720), waves_s: float = 0) -> None:
        application()
        self.room = room
        self.feed = StillFeed(room, wave_chunks(room, waves_s) if waves_s else [])
        self.window = Window(self.feed, lambda: self.feed.now_us)
        qtbot.addWidget(self.window)
        self.window.resize(*size)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.settle()

    def settle(self, ticks: int = 2) -> None:
        for _ in range(ticks):
            self.window.tick()
            QApplication.processEvents()

    def wait(self, seconds: float) -> None:
        """Time passes and the station goes on speaking."""
        self.feed.now_us += int(seconds * 1e6)
        self.show(replace(self.room, station_us=self.feed.now_us))

    def silence(self, seconds: float) -> None:
        """Time passes and nothing comes."""
        self.feed.now_us += int(seconds * 1e6)
        self.settle()

    def show(self, room: Snapshot, chunks: list[WaveChunk] | None = None) -> None:
        self.room = replace(room, sequence=self.room.sequence + 1, station_us=self.feed.now_us)
        self.feed.offer(self.room, chunks)
        self.settle()

    def press(self, key: Qt.Key, text: str = "", *, repeat: bool = False, shift: bool = False) -> None:
        modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        target: QWidget = QApplication.focusWidget() or self.window
        QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text, repeat))
        self.settle()

    def sent(self) -> list[Command]:
        """What was asked since the last look, without the reports of what was painted."""
        asked = [command for command in self.feed.sent if not isinstance(command, ASKED_BY_ITSELF)]
        self.feed.sent = [command for command in self.feed.sent if isinstance(command, ASKED_BY_ITSELF)]
        return asked


@pytest.fixture
def desk(qtbot: QtBot) -> object:
    """Makes a desk of a room by its name."""

    def made(name: str, size: tuple[int, int] = (1280, 720), waves_s: float = 0) -> Desk:
        return Desk(qtbot, rooms()[name], size, waves_s)

    return made
