"""What does every state look like? `python -m monitor_app.display.pictures OUT` writes a PNG of each, for the guide."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from monitor_app.core.commands import Command, Reply
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import Snapshot, SoundView, WaveChunk
from monitor_app.display.spread import TURNS
from monitor_app.feed.ended import Ended
from monitor_app.feed.history import Past

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

WAVES_S = 25.0
BEFORE_US = 1_900_000
"""The window has known the room for so long: its buttons answer."""
STEPS = 10
EXACT, MOST, COARSE = 44, 64, 0xE0E0E0
"""So many colours of a stored picture are kept as they are, the rest by their upper bits."""


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
        self.ended: list[Ended] = []

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

    def take_pasts(self) -> list[Past]:
        """None."""
        return []

    def take_ended(self) -> list[Ended]:
        """What was closed, once."""
        taken, self.ended = self.ended, []
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
    """Write all pictures, or the ones named, into the folder named."""
    if not arguments:
        sys.stderr.write("usage: python -m monitor_app.display.pictures FOLDER [NAME ...]\n")
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    made = shots()
    for name in arguments[1:] or made:
        save_small(shoot(made[name]), folder / f"{name}.png")
    return 0


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. keys: pressed before it. do: ways of the window taken after them. later_us: silence before it.

    tab: of the session's page or of the help. caption: one line for the guide; empty for what the guide does not show.
    """

    room: Snapshot
    caption: str = ""
    keys: str = ""
    do: tuple[str, ...] = ()
    theme: str = "dark"
    size: tuple[int, int] = (1280, 720)
    later_us: int = 0
    tab: str = ""
    language: str = "en"
    text_percent: int = 100


def shots() -> dict[str, Shot]:
    """Every picture by name, in the order of the guide."""
    from monitor_app.display import examples
    from monitor_app.display.page_examples import page_room, special_room

    rooms, pages = examples.rooms(), page_room()
    busy, states, alarm, calm = rooms["busy-6"], rooms["states-16"], rooms["alarm-4"], rooms["calm-4"]
    until = examples.NOW_US + 103_000_000
    paused = replace(alarm, sound=SoundView("paused", until, Priority.HIGH))
    failed = replace(calm, sound=SoundView("failed", sentence="STATION HAS NO SOUND"))
    grown = replace(alarm, station_us=examples.NOW_US + 80_000_000)
    return {
        "overview-6": Shot(busy, "Six chairs: high, medium and technical alarm, a free chair"),
        "overview-1": Shot(rooms["calm-1"], "One chair, with waves over the whole width and the trend"),
        "overview-12": Shot(rooms["calm-12"], "Twelve calm chairs"),
        "overview-16": Shot(states, "Sixteen chairs, as many states as there are"),
        "special": Shot(special_room(), "Standby, hold, stopped, and a device that is not this chair's"),
        "simulated": Shot(rooms["simulated-4"], "Simulated chairs say so everywhere"),
        "empty": Shot(rooms["empty-4"], "A room with nobody in it"),
        "light": Shot(busy, "Light theme (F9)", theme="light"),
        "night": Shot(busy, "Night theme: everything dims but alarms", theme="night"),
        "high-contrast": Shot(busy, "High contrast", theme="high contrast"),
        "large-words": Shot(busy, "Words at 130 %", text_percent=130),
        "german": Shot(busy, "The same room in German", language="de"),
        "chair": Shot(busy, "One chair", keys="3"),
        "chair-baseline": Shot(busy, "A chair at its baseline", keys="6"),
        "log": Shot(busy, "E and a letter logs an event", keys="3e"),
        "alarm-list": Shot(states, "Alarm list (B)", keys="b"),
        "why": Shot(pages, "Why an alarm stands or does not (W)", keys="1", do=("toggle_alarms",)),
        "cuff": Shot(pages, "Cuff schedule of one chair (Shift+F2)", keys="1", do=("toggle_cuff_plan",)),
        "cuff-overdue": Shot(pages, keys="3", do=("toggle_cuff_plan",)),
        "limits": Shot(pages, "Limits of one chair (L)", keys="1l"),
        "profile": Shot(pages, "Limits of a profile, for patients to come (Shift+L)", do=("toggle_profile_limits",)),
        "admit": Shot(pages, "Admit at a free chair", keys="2\r"),
        "session": Shot(pages, "Course of a session (C)", keys="3c"),
        "session-checkin": Shot(pages, "Check-in and dose", keys="3c", tab="checkin"),
        "session-scores": Shot(pages, "Scores", keys="3c", tab="scores"),
        "session-discharge": Shot(pages, "Discharge", keys="3c", tab="discharge"),
        "handover": Shot(pages, "Handover (H)", keys="3h"),
        "timeline": Shot(pages, "The room's next hour (T)", keys="t"),
        "devices": Shot(pages, "Devices of the room (D)", keys="1d"),
        "sound-check": Shot(pages, "Sound check of the day (Y)", keys="y"),
        "settings": Shot(calm, "Settings of the window (F10)", do=("toggle_settings",)),
        "about": Shot(calm, "About (Shift+F1)", do=("toggle_about",)),
        "help": Shot(calm, "Keys (F1)", keys="?"),
        "help-signs": Shot(calm, "What the signs mean (F1)", keys="?", tab="signs"),
        "notice": Shot(replace(calm, notice_needed=True), "The honest notice of the first start"),
        "sound-paused": Shot(paused, "While the sound is paused a dashed stripe runs around the window"),
        "no-sound": Shot(failed, "The station cannot prove that it sounds"),
        "grown": Shot(grown, "A high alarm that nobody has taken for a minute"),
        "locked": Shot(alarm, "Locked: names hidden, alarms active (Shift+F8)", do=("toggle_lock",)),
        "stopped": Shot(alarm, "No news for two seconds: nothing is shown as if it were new", later_us=4_000_000),
        "overview-6-1080p": Shot(busy, size=(1920, 1080)),
        "overview-16-1080p": Shot(states, size=(1920, 1080)),
        "overview-6-4k": Shot(busy, size=(3840, 2160)),
        "chair-1080p": Shot(busy, keys="3", size=(1920, 1080)),
    }


def shoot(shot: Shot) -> QImage:
    """The whole window, drawn without a screen."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    from monitor_app.display import examples
    from monitor_app.display.appearance import Keeper
    from monitor_app.display.main import application
    from monitor_app.display.window import Window

    app = application()
    room = shot.room
    begin_us = room.station_us - BEFORE_US
    chunks = examples.wave_chunks(room, WAVES_S, room.station_us)
    feed = StillFeed(replace(room, station_us=begin_us), [one for one in chunks if one.t_us < begin_us])
    keeper = Keeper()
    keeper.change(theme=shot.theme, language=shot.language, text_percent=shot.text_percent)
    window = Window(feed, lambda: feed.now_us, keeper=keeper)
    window.resize(*shot.size)
    window.show()
    for past in examples.past(room):
        window.history.see(past)
    special = {"\r": Qt.Key.Key_Return, "?": Qt.Key.Key_F1}

    def settle() -> None:
        for _ in range(TURNS):
            window.tick()
            app.processEvents()

    settle()
    for step in range(STEPS):
        last_us, feed.now_us = feed.now_us, begin_us + BEFORE_US * (step + 1) // STEPS
        feed.offer(replace(room, station_us=feed.now_us), [one for one in chunks if last_us <= one.t_us < feed.now_us])
        window.tick()
    settle()
    for letter in shot.keys:
        key = special.get(letter, Qt.Key(ord(letter.upper())))
        QApplication.sendEvent(window, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, letter))
        settle()
    for way in shot.do:
        getattr(window, way)()
        settle()
    if shot.tab:
        page = window.help_page if window.pages.currentWidget() is window.help_page else window.session_page
        page.show_tab(shot.tab)
    feed.now_us += shot.later_us
    settle()
    picture = window.grab().toImage()
    window.close()
    window.deleteLater()
    app.processEvents()
    return picture


def save_small(picture: QImage, file: Path) -> None:
    """A PNG of at most 64 colours: those that mean something, and the ones that are there most often."""
    from PySide6.QtGui import QImage, qRgb

    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(picture.constBits(), dtype=np.uint32).reshape(picture.height(), picture.bytesPerLine() // 4)
    seen = raw[:, : picture.width()] & 0xFFFFFF
    colours, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    often = np.argsort(np.where(np.isin(colours, _meant()), counts.sum(), counts))[::-1]
    rest = np.unique((colours[often[EXACT:]] & COARSE) | 0x101010)
    rest = rest[:: -(-len(rest) // (MOST - EXACT)) or 1]
    kept = np.concatenate([colours[often[:EXACT]], rest])
    channels = np.stack([(colours >> shift & 0xFF).astype(int) for shift in (16, 8, 0)], axis=1)
    chosen = np.stack([(kept >> shift & 0xFF).astype(int) for shift in (16, 8, 0)], axis=1)
    nearest = np.abs(channels[:, None, :] - chosen[None, :, :]).sum(axis=2).argmin(axis=1).astype(np.uint8)
    pixels = np.ascontiguousarray(nearest[place.reshape(seen.shape)])
    small = QImage(pixels.data, picture.width(), picture.height(), picture.width(), QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(*(int(c) for c in colour)) for colour in chosen])
    small.save(str(file), quality=0)


def _meant() -> list[int]:
    """Colours of alarms and of vital signs, in every look: a small yellow shape must not turn orange."""
    from monitor_app.display.theme import ALARM, THEMES

    roles = ("ecg", "spo2", "nibp", "resp", "temperature", "simulated", "stale")
    named = [getattr(theme, role) for theme in THEMES for role in roles]
    return [int(colour[1:], 16) for colour in (*named, *(one.fill for one in ALARM.values()))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
