"""What does every state look like? `python -m monitor_app.display.pictures OUT` writes a PNG of each, for the guide."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from monitor_app.core.commands import Command, Reply
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import Snapshot, SoundView, WaveChunk

WAVES_S = 25.0


class StillFeed:
    """A feed that says one picture and its waves once; the clock stands still at the moment it speaks of."""

    def __init__(self, snapshot: Snapshot, chunks: list[WaveChunk]) -> None:
        self.now_us = snapshot.station_us
        self._snapshot: Snapshot | None = snapshot
        self._taken_us = snapshot.station_us
        self._chunks = chunks
        self.listens = True
        self.sent: list[Command] = []
        self.replies: list[Reply] = []

    def offer(self, snapshot: Snapshot, chunks: list[WaveChunk] | None = None) -> None:
        """A newer picture."""
        self._snapshot, self._taken_us = snapshot, snapshot.station_us
        self._chunks = [*self._chunks, *(chunks or [])]

    def take_snapshot(self) -> Snapshot | None:
        """The picture, once."""
        taken, self._snapshot = self._snapshot, None
        return taken

    def take_waves(self) -> list[WaveChunk]:
        """The waves, once."""
        taken, self._chunks = self._chunks, []
        return taken

    def take_replies(self) -> list[Reply]:
        """Answers, once."""
        taken, self.replies = self.replies, []
        return taken

    def age_us(self, now_us: int | None = None) -> int | None:
        """By the feed's own clock."""
        return (self.now_us if now_us is None else now_us) - self._taken_us

    def send(self, message: Command) -> bool:
        """Keep what was asked."""
        if self.listens:
            self.sent.append(message)
        return self.listens


def main(arguments: list[str]) -> int:
    """Write all pictures into the folder named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m monitor_app.display.pictures FOLDER\n")
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, take in shots().items():
        take(folder / f"{name}.png")
    return 0


def shots() -> dict[str, Callable[[Path], None]]:
    """Every picture by name."""
    from monitor_app.display import examples
    from monitor_app.display.care_examples import care_room
    from monitor_app.display.theme import LIGHT, NIGHT

    rooms = examples.rooms()
    made: dict[str, Callable[[Path], None]] = {}
    for name, room in rooms.items():
        made[name] = partial(shoot, room)
    for name in ("alarm-4", "states-16"):
        made[f"{name}-720p"] = partial(shoot, rooms[name], size=(1280, 720))
    made["busy-6-light"] = lambda file: shoot(rooms["busy-6"], file, theme=LIGHT)
    made["busy-6-night"] = lambda file: shoot(rooms["busy-6"], file, theme=NIGHT)
    made["busy-6-4k"] = lambda file: shoot(rooms["busy-6"], file, size=(3840, 2160))
    made["chair-3"] = lambda file: shoot(rooms["busy-6"], file, keys="3")
    made["chair-3-720p"] = lambda file: shoot(rooms["busy-6"], file, keys="3", size=(1280, 720))
    made["chair-6-baseline"] = lambda file: shoot(rooms["busy-6"], file, keys="6")
    made["chair-3-log"] = lambda file: shoot(rooms["busy-6"], file, keys="3e")
    made["alarm-list"] = lambda file: shoot(rooms["states-16"], file, keys="b")
    made["admit"] = lambda file: shoot(rooms["empty-4"], file, keys="2\r")
    care = care_room()
    for name, keys in (("session", "3c"), ("handover", "3h"), ("timeline", "t")):
        made[name] = partial(shoot, care, keys=keys)
    for tab in ("checkin", "scores", "discharge"):
        made[f"session-{tab}"] = partial(shoot, care, keys="3c", tab=tab)
    made["admit-checkin"] = lambda file: shoot(care, file, keys="2\r")
    made["help"] = lambda file: shoot(rooms["calm-4"], file, keys="?")
    made["notice"] = lambda file: shoot(replace(rooms["calm-4"], notice_needed=True), file)
    made["stopped"] = lambda file: shoot(rooms["alarm-4"], file, later_us=4_000_000)
    until = examples.NOW_US + 103_000_000
    paused = replace(rooms["alarm-4"], sound=SoundView("paused", until, Priority.HIGH))
    grown = replace(rooms["alarm-4"], station_us=examples.NOW_US + 80_000_000)
    made["grown"] = lambda file: shoot(grown, file)
    made["sound-paused"] = lambda file: shoot(paused, file)
    failed = replace(rooms["calm-4"], sound=SoundView("failed", sentence="STATION HAS NO SOUND"))
    made["no-sound"] = lambda file: shoot(failed, file)
    return made


def shoot(
    room: Snapshot,
    file: Path,
    *,
    size: tuple[int, int] = (1920, 1080),
    theme: object = None,
    keys: str = "",
    later_us: int = 0,
    tab: str = "",
) -> None:
    """One picture of the whole window. keys: pressed before it; later_us: how long the feed has been silent by then.

    tab: of the session's page.
    """
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    from monitor_app.display import examples
    from monitor_app.display.examples import wave_chunks
    from monitor_app.display.main import application
    from monitor_app.display.theme import DARK, Theme
    from monitor_app.display.window import Window

    app = application()
    feed = StillFeed(room, wave_chunks(room, WAVES_S))
    window = Window(feed, lambda: feed.now_us, theme=theme if isinstance(theme, Theme) else DARK)
    window.resize(*size)
    window.show()
    for past in examples.past(room):
        window.history.see(past)
    special = {"\r": Qt.Key.Key_Return, "?": Qt.Key.Key_F1}

    def settle() -> None:
        for _ in range(3):
            window.tick()
            app.processEvents()

    settle()
    for letter in keys:
        key = special.get(letter, Qt.Key(ord(letter.upper())))
        QApplication.sendEvent(window, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, letter))
        settle()
    if tab:
        window.session_page.show_tab(tab)
    feed.now_us += later_us
    settle()
    window.grab().save(str(file))
    window.close()
    window.deleteLater()
    app.processEvents()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
