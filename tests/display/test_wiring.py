"""Wiring a chair from the window: what is plugged in shows, at most five actions bind it, mistakes are one sentence.

The listing of USB ports is injected here, because no machine that builds this has an adapter; what speaks is made by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from drivers.catalog import spec, specs
from drivers.samples import Identity, Origin, Parameter, WaveBlock
from drivers.transport import FoundPort
from monitor_app.config.room_file import RoomFile
from monitor_app.core.binding import Place
from monitor_app.wiring.finder import Spot
from monitor_app.wiring.listener import Known
from monitor_app.wiring.window import Outcome, WireWindow

USABLE = tuple(s for s in specs().values() if not s.decode_only)


class Lines:
    """A finder whose lines are made by hand."""

    def __init__(self) -> None:
        self.spots: list[Spot] = []
        self.waves: list[WaveBlock] = []
        self.added: list[str] = []
        self.named: list[tuple[str, str | None]] = []
        self.closed = False

    def look(self, bound: dict[str, int]) -> list[Spot]:
        return [
            replace(s, chair=bound.get(s.port), known=Known("bound") if s.port in bound else s.known)
            for s in self.spots
        ]

    def add(self, url: str) -> None:
        self.added.append(url)

    def name_device(self, url: str, device: object) -> None:
        self.named.append((url, getattr(device, "id", None)))

    def take_waves(self, url: str) -> list[WaveBlock]:
        waves, self.waves = self.waves, []
        return waves

    def close(self, wait_us: int = 0) -> None:
        self.closed = True


def plugged(device: str = "nonin-oem3", name: str = "/dev/ttyUSB0", serial: str = "A50285BI", **more: object) -> Spot:
    """An adapter whose device has been understood."""
    found = FoundPort(name, "USB Serial", "0403:6001", serial, "1-2:1.0")
    place = Place(name, "usb-location:1-2:1.0", f"usb:0403:6001:{serial}")
    known = Known("found", device=spec(device), line=spec(device).lines[0].words, numbers=(("SpO2", "97 %"),), good=75)
    return Spot(found, place, place.usb, replace(known, **more))  # type: ignore[arg-type]


def silent(stage: str = "listening", sentence: str = "") -> Spot:
    found = FoundPort("/dev/ttyS0")
    return Spot(found, Place("/dev/ttyS0", "/dev/ttyS0"), "/dev/ttyS0", Known(stage, sentence))


@pytest.fixture
def made(qtbot: QtBot, tmp_path: Path) -> Callable[..., tuple[WireWindow, Lines, RoomFile]]:
    def make(may_start: bool = True) -> tuple[WireWindow, Lines, RoomFile]:
        lines, room = Lines(), RoomFile(tmp_path / "room.toml", [s.id for s in USABLE], ["iv_40"])
        window = WireWindow(room, lines, USABLE, may_start=may_start)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        window.show()
        window.look()
        return window, lines, room

    return make


Made = Callable[..., tuple[WireWindow, Lines, RoomFile]]


def test_a_chair_is_wired_in_at_most_five_actions(qtbot: QtBot, made: Made) -> None:
    window, lines, room = made()
    actions = 0
    lines.spots.append(plugged())
    actions += 1  # plug in; the line is chosen by itself, since it is the one that speaks
    window.look()
    assert "Nonin" in window.device.text()
    assert "SpO2 97 %" in window.numbers.text()
    qtbot.keyClicks(window.name, "Window")
    actions += 1
    qtbot.mouseClick(window.bind_real, Qt.MouseButton.LeftButton)
    actions += 1
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    actions += 1
    [chair] = room.chairs()
    assert (chair.number, chair.name, chair.links[0].url) == (1, "Window", "usb:0403:6001:A50285BI")
    assert chair.links[0].origin is Origin.REAL
    assert window.outcome is Outcome.START
    assert lines.closed
    assert actions <= 5


def test_a_second_device_joins_the_same_chair(qtbot: QtBot, made: Made) -> None:
    window, lines, room = made()
    lines.spots.append(plugged())
    window.look()
    qtbot.mouseClick(window.bind_test, Qt.MouseButton.LeftButton)
    lines.spots.append(plugged("suntech-advantage", "/dev/ttyUSB1", "B77"))
    window.look()
    assert "SunTech" in window.device.text()
    assert window.number.value() == 2
    window.number.setValue(1)
    qtbot.mouseClick(window.bind_test, Qt.MouseButton.LeftButton)
    [chair] = room.chairs()
    assert [link.device for link in chair.links] == ["nonin-oem3", "suntech-advantage"]
    assert {link.origin for link in chair.links} == {Origin.TEST}


def test_nothing_is_there_and_nothing_is_chosen_reads_in_words(made: Made) -> None:
    window, lines, _room = made()
    assert window.device.text() == "No serial port is there yet."
    assert not window.bind_real.isEnabled()
    assert not window.start.isEnabled()
    lines.spots.append(silent("silent"))
    window.look()
    window.lines.setCurrentRow(0)
    assert "Nobody speaks here" in window.device.text()
    assert not window.bind_real.isEnabled()


@pytest.mark.parametrize(
    ("stage", "sentence", "shown"),
    [
        ("strange", "", "no device that Chairside knows is understood"),
        ("failed", "/dev/ttyS0 is in use by another program; close that program.", "in use by another program"),
        ("failed", "/dev/ttyS0: permission denied; you are not in the group 'dialout'.", "not in the group"),
    ],
)
def test_what_stands_in_the_way_is_said_at_its_line(made: Made, stage: str, sentence: str, shown: str) -> None:
    window, lines, _room = made()
    lines.spots.append(silent(stage, sentence))
    window.look()
    assert shown in window.lines.item(0).text()


def test_grade_and_doubt_stand_where_the_device_is_chosen(made: Made) -> None:
    window, lines, _room = made()
    lines.spots.append(plugged("berry-bci", candidates=(spec("berry-bci"), spec("contec-cms50"))))
    window.look()
    assert "DEMONSTRATION ONLY" in window.grade.text()
    assert "It may also be: Contec" in window.grade.text()
    lines.spots[:] = [plugged("ge-dri", identity=Identity(0, "GE", "B650", "SN1", "3.1"))]
    window.look()
    assert "Fit for alarms" in window.grade.text()
    assert "serial SN1, firmware 3.1" in window.facts.text()


def test_a_device_that_a_person_knows_better_is_named(qtbot: QtBot, made: Made) -> None:
    window, lines, _room = made()
    lines.spots.append(silent("strange"))
    window.look()
    window.lines.setCurrentRow(0)
    at = window.kind.findData("ivy-450c")
    window.kind.setCurrentIndex(at)
    window.kind.activated.emit(at)
    assert lines.named == [("/dev/ttyS0", "ivy-450c")]


def test_a_line_of_a_serial_server_is_typed(qtbot: QtBot, made: Made) -> None:
    window, lines, _room = made()
    qtbot.keyClicks(window.typed, "socket://10.0.0.7:4001")
    qtbot.keyClick(window.typed, Qt.Key.Key_Return)
    assert lines.added == ["socket://10.0.0.7:4001"]


def test_a_bound_device_is_taken_away_again(qtbot: QtBot, made: Made) -> None:
    window, lines, room = made()
    lines.spots.append(plugged())
    window.look()
    qtbot.mouseClick(window.remove, Qt.MouseButton.LeftButton)
    assert "Choose a device" in window.said.text()
    qtbot.mouseClick(window.bind_real, Qt.MouseButton.LeftButton)
    assert "Bound to chair 1" in window.lines.item(0).text()
    window.chairs.setCurrentRow(0)
    qtbot.mouseClick(window.remove, Qt.MouseButton.LeftButton)
    assert room.chairs() == ()
    assert "Nonin" in window.lines.item(0).text()


def test_a_file_that_cannot_be_written_is_one_sentence(qtbot: QtBot, made: Made) -> None:
    window, lines, room = made()
    lines.spots.append(plugged())
    window.look()
    room.path.with_name("room.toml.new").mkdir()
    qtbot.mouseClick(window.bind_real, Qt.MouseButton.LeftButton)
    assert "cannot be written" in window.said.text()
    assert room.chairs() == ()


def test_while_a_station_runs_nothing_is_started_from_here(made: Made) -> None:
    window, _lines, _room = made(may_start=False)
    assert not window.start.isVisible()
    assert not window.simulate.isVisible()


def test_waves_are_drawn_and_a_gap_is_left_open(made: Made) -> None:
    window, lines, _room = made()
    lines.spots.append(plugged())
    wave = (1000 * np.sin(np.arange(75) / 6)).astype("<i2").tobytes()
    lines.waves = [
        WaveBlock(0, Parameter.PLETH, 75.0, "", 1.0, 0, wave),
        WaveBlock(3_000_000, Parameter.PLETH, 75.0, "", 1.0, 225, wave, gap=True),
    ]
    window.look()
    assert window.pane.waves == (Parameter.PLETH,)
    image = window.pane.grab().toImage()
    middle = image.height() // 2
    background = image.pixelColor(1, middle)
    seconds = [4.0, 5.5]  # of the six in the strip: the hole, and the newest wave
    drawn = [
        any(image.pixelColor(round(image.width() * s / 6), y) != background for y in range(image.height()))
        for s in seconds
    ]
    assert drawn == [False, True]
