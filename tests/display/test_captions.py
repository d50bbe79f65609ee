"""No label, speed or gain stands behind a wave: at every size of the window, for every number of chairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from monitor_app.display import examples
from monitor_app.display.gain import Gain
from monitor_app.display.layout import Rect, places, scale_of, tile_layout
from monitor_app.display.overview import strip_of
from monitor_app.display.strip import Strip, caption_lines, paint_backdrop
from monitor_app.display.theme import DARK, LIGHT, load_fonts, text_width
from tests.display.snapshots import Desk

MakeDesk = Callable[..., Desk]
SIZES = ((1280, 720), (1600, 900), (1920, 1080), (3840, 2160))
ROOMS = (1, 2, 4, 6, 9, 12, 16)
SPEED = 12.5
GAIN = Gain(40.0, 0.0, "2.5 mm/mV")


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def strips_of(chairs: int, size: tuple[int, int], measuring: bool = False) -> Iterator[Strip]:
    k = scale_of(*size)
    place = places(chairs, size[0], size[1] - round(96 * k) - round(64 * k))[0]
    parts = tile_layout(chairs, place.w, place.h)
    chair = examples.measuring_chair(1) if measuring else examples.chair(1)
    for wave, rect in zip(chair.waves, parts.waves, strict=False):
        yield strip_of(
            chair, wave, Rect(rect.x, rect.y, rect.w, rect.h), DARK, "", speed_mm_s=SPEED, gutter=parts.gutter,
            size=parts.size,
        )  # fmt: skip


def painted(strip: Strip) -> np.ndarray:
    """What stands still of a strip, as grey levels; the whole picture is larger than the strip's area."""
    picture = QImage(strip.area.right() + 40, strip.area.bottom() + 40, QImage.Format.Format_RGB32)
    picture.fill(QColor(LIGHT.tile))
    painter = QPainter(picture)
    paint_backdrop(painter, strip, DARK, GAIN if strip.unit == "mV" else None, SPEED)
    painter.end()
    raw = np.frombuffer(picture.constBits(), dtype=np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)
    return raw[:, : picture.width(), :3].astype(int).sum(axis=2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chairs", ROOMS)
def test_what_stands_still_in_a_strip_leaves_the_band_of_its_wave_empty(
    chairs: int, size: tuple[int, int]
) -> None:  # fmt: skip
    ground = sum(QColor(DARK.tile).getRgb()[:3])  # type: ignore[misc]
    for strip in strips_of(chairs, size):
        x, y, w, h = strip.rect
        picture = painted(strip)
        assert (picture[y : y + h, x : x + w] == ground).all(), strip.label
        beside = picture[strip.area.top() : strip.area.bottom() + 1, strip.area.left() : strip.area.right() + 1]
        assert (beside != ground).any(), "its label stands somewhere"
        if strip.in_gutter:
            assert (beside[0] == ground).all() and (beside[-1] == ground).all(), "and no line of it is cut"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chairs", ROOMS)
def test_label_speed_and_gain_find_the_room_they_are_written_in(chairs: int, size: tuple[int, int]) -> None:
    for strip in strips_of(chairs, size):
        cap = 8.5 * strip.size
        lines = caption_lines(strip, GAIN if strip.unit == "mV" else None, SPEED)
        if strip.in_gutter:
            words = [word for line in lines for word in (line.split() if strip.is_narrow else [line])]
            assert max(text_width(word, cap) for word in words) < strip.gutter
            assert strip.rect.h > (len(words) + 1) * cap
        elif strip.head:
            label = text_width(strip.label, 9 * strip.size) if not strip.gutter else 0
            assert strip.head > cap * 1.2
            assert label + text_width("   ".join(lines), cap) + 20 < strip.rect.w
        else:
            assert not strip.caption
            assert text_width(strip.label, 9 * strip.size) + 2 < strip.gutter


@pytest.mark.parametrize("chairs", ROOMS)
def test_strips_of_a_tile_have_one_width_since_they_share_a_sweep(chairs: int) -> None:
    for size in SIZES:
        assert len({strip.rect.w for strip in strips_of(chairs, size)}) == 1


def test_words_of_waves_are_as_large_as_the_rest_on_a_screen_of_twice_the_pixels() -> None:
    (usual, *_), (fine, *_) = list(strips_of(6, (1920, 1080))), list(strips_of(6, (3840, 2160)))
    assert (usual.size, fine.size) == (1.0, 2.0)
    assert fine.rect.w == pytest.approx(2 * usual.rect.w, abs=30)


def test_a_speed_that_no_strip_can_say_stands_in_the_footer(qtbot: QtBot, desk: MakeDesk) -> None:
    full = desk("calm-16", (1280, 720))
    full.wait(1)
    assert any(not strip.caption for strip in full.window.overview.canvas.strips)
    assert full.window.footer.text.waves == "12.5 mm/s"
    few = desk("calm-4", (1280, 720))
    few.wait(1)
    assert all(strip.caption for strip in few.window.overview.canvas.strips)
    assert few.window.footer.text.waves == ""


@pytest.mark.parametrize("h", [60, 76, 90, 111])
def test_a_tile_without_room_for_waves_keeps_number_shape_values_and_alarm_apart(h: int) -> None:
    parts = tile_layout(16, 320, h)
    assert parts.waves == ()
    shape = Rect(parts.left.right + 4, parts.left.y, parts.shape_px, parts.shape_px)
    for one in (parts.left, shape, parts.header, parts.strip):
        assert one.x >= 0 and one.right <= 320 and one.bottom <= h
    assert parts.left.right <= shape.x and shape.right < parts.header.x
    assert parts.header.bottom <= parts.strip.y
    assert parts.strip.h >= parts.strip_cap * 1.5
    assert parts.number_cap >= h * 0.4
