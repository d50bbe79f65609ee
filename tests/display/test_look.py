"""What can be measured of the look: contrasts, sizes on the screen, and whether a glance finds the alarming chair."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QImage

from monitor_app.core.priority import Priority
from monitor_app.display.icons import _renderer
from monitor_app.display.theme import ALARM, BOLD, MEDIUM, REGULAR, THEMES, Theme, contrast, font, metrics
from tests.display.snapshots import Desk

MakeDesk = Callable[..., Desk]
ICONS = (
    "bell", "bell-off", "bell-pause", "triangle", "triangle-off", "triangle-pause", "upper", "lower", "ack", "pin",
    "wrench", "link", "link-broken", "lock", "sun", "moon", "chair",
)  # fmt: skip


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_and_trace_stands_out_of_its_tile(theme: Theme) -> None:
    texts = (theme.text1, theme.text2, theme.text3, theme.stale, theme.simulated, theme.focus, theme.high_text)
    traces = (theme.ecg, theme.spo2, theme.nibp, theme.resp, theme.temperature)
    assert all(contrast(colour, theme.tile) >= 4.5 for colour in (*texts, *traces))
    assert contrast(theme.grid, theme.tile) <= 1.5


@pytest.mark.parametrize("priority", list(Priority))
def test_words_on_an_alarm_can_be_read_in_both_phases_of_its_flash(priority: Priority) -> None:
    colours = ALARM[priority]
    assert contrast(colours.text, colours.fill) >= 4.5
    assert contrast(colours.dim_text, colours.dim) >= 4.5


def test_alarm_colours_are_those_of_the_design_in_every_theme() -> None:
    assert [ALARM[priority].fill for priority in Priority] == ["#32D3F0", "#FFD60A", "#E5002B"]


def test_the_bundled_font_is_the_one_in_use_and_its_digits_are_equally_wide(desk: MakeDesk) -> None:
    desk("calm-1")
    for weight in (REGULAR, MEDIUM, BOLD):
        assert QFontInfo(font(43, weight)).family() == "Inter"
        widths = [metrics(43, weight).horizontalAdvance(digit) for digit in "0123456789"]
        assert max(widths) - min(widths) < 0.2


@pytest.mark.parametrize("cap", [11, 14, 22, 30, 43, 67, 84])
def test_fonts_are_chosen_by_their_measured_cap_height(desk: MakeDesk, cap: int) -> None:
    desk("calm-1")
    assert abs(QFontMetricsF(font(cap)).capHeight() - cap) < 0.6


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_is_there_and_can_be_drawn(desk: MakeDesk, name: str) -> None:
    desk("calm-1")
    renderer = _renderer(name, "#FFFFFF")
    assert renderer is not None
    assert renderer.isValid()


def pixels(image: QImage, rect: QRect) -> np.ndarray:  # type: ignore[type-arg]
    image = image.copy(rect).convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), :3].astype(int)


def filled(image: QImage, rect: QRect, colour: str) -> int:
    """How many pixels have this colour."""
    wanted = QColor(colour)
    shown = pixels(image, rect)
    return int((np.abs(shown - [wanted.blue(), wanted.green(), wanted.red()]).max(axis=2) < 12).sum())


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_a_glance_finds_the_chair_of_the_high_alarm(desk: MakeDesk, size: tuple[int, int]) -> None:
    room = desk("busy-6", size=size)
    window = room.window
    picture = window.grab().toImage()
    red = {
        number: filled(
            picture, QRect(tile.mapTo(window, tile.rect().topLeft()), tile.size()), ALARM[Priority.HIGH].fill
        )
        for number, tile in window.overview.tiles.items()
    }
    assert max(red, key=lambda number: red[number]) == 3
    assert red[3] > 5000
    assert all(count * 3 < red[3] for number, count in red.items() if number != 3)


def test_the_chair_number_is_67_pixels_high_on_the_screen(desk: MakeDesk) -> None:
    room = desk("calm-16", size=(1920, 1080))
    tile = room.window.overview.tiles[3]
    left = tile.parts.left
    shown = pixels(tile.grab().toImage(), QRect(left.x, left.y, left.w, left.h))
    rows = np.flatnonzero((shown.max(axis=2) > 180).any(axis=1))
    assert rows[-1] - rows[0] + 1 >= 67


def test_no_value_is_painted_outside_its_tile(desk: MakeDesk) -> None:
    room = desk("states-16", size=(1280, 720))
    for tile in room.window.overview.tiles.values():
        edge = pixels(tile.grab().toImage(), QRect(0, 0, 3, tile.height()))
        app = QColor(THEMES[0].app)
        assert np.abs(edge - [app.blue(), app.green(), app.red()]).max() < 12
