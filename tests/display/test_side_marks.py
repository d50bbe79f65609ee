"""What stands beside the numbers is painted where it is known, within its cell, and nowhere else: bar and change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter
from monitor_app.core.snapshot import PERFUSION_STEPS, CuffView
from monitor_app.display import examples
from monitor_app.display.chair_numbers import NumberPanel
from monitor_app.display.examples import NOW_US
from monitor_app.display.layout import tile_layout
from monitor_app.display.main import application
from monitor_app.display.perfusion_bar import bar_place, paint_perfusion
from monitor_app.display.presenter import NumberText, blanked, cuff_text, number_text, spoken_tile, tile_text
from monitor_app.display.theme import DARK, MEDIUM, text_width
from monitor_app.display.tile import Tile
from monitor_app.display.vital_signs import digits_cap, paint_cuff, said_of

CELL = QRectF(0, 0, 40, 80)
ROOMS = [(1, 1920, 920), (2, 960, 920), (4, 960, 460), (6, 640, 460), (6, 426, 306), (9, 640, 306), (12, 480, 306),
         (16, 480, 230), (16, 320, 150)]  # fmt: skip


@pytest.fixture(autouse=True)
def _application(qtbot: QtBot) -> None:
    application()


def oxygen(text: str = "97", **changes: object) -> NumberText:
    return number_text(examples.number(Parameter.SPO2, text, **changes), (), NOW_US)


def painted(paint: Callable[[QPainter], object], w: int, h: int) -> QImage:
    image = QImage(w, h, QImage.Format.Format_RGB32)
    image.fill(QColor(DARK.tile))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    return image


def lit(steps: int | None) -> int:
    """Pixels of the bar in the colour of SpO2."""
    image = painted(lambda p: paint_perfusion(p, CELL, oxygen(perfusion=steps), DARK), 40, 80)
    return sum(image.pixelColor(x, y) == QColor(DARK.spo2) for x in range(40) for y in range(80))


def test_the_bar_grows_with_every_step_and_is_never_there_for_nothing() -> None:
    heights = [lit(steps) for steps in range(1, PERFUSION_STEPS + 1)]
    assert heights == sorted(set(heights)) and heights[0] > 0
    nothing = painted(lambda p: paint_perfusion(p, CELL, oxygen(), DARK), 40, 80)
    assert nothing == painted(lambda p: None, 40, 80)


@pytest.mark.parametrize("words", [0.9, 1.0, 1.3])
@pytest.mark.parametrize(("chairs", "w", "h"), ROOMS)
@pytest.mark.parametrize(("text", "arrow"), [("100", 0), ("97", 0), ("83", -1)])
def test_the_bar_stands_behind_digits_and_limit_inside_its_cell(
    chairs: int, w: int, h: int, words: float, text: str, arrow: int
) -> None:
    parts = tile_layout(chairs, w, h, words)
    cell, small = QRectF(*parts.cells[1]), parts.small_cap
    pad = parts.digit_cap * 0.14
    cap = digits_cap(cell.width(), cell.height() - small * 1.5, parts.digit_cap, small)
    digits = cell.left() + pad + text_width(text, cap, MEDIUM) + (cap * 0.5 if arrow else 0)
    place = bar_place(cell, digits + pad + small * 0.6, cell.bottom() - pad - 2, cap, small, oxygen(text))
    assert place.left() >= digits
    assert place.right() <= cell.right() + 0.5
    assert place.width() >= 5


def picture(chairs: int, size: tuple[int, int], cuff: CuffView, qtbot: QtBot) -> QImage:
    one = examples.chair(1, cuff=cuff)
    tile = Tile(DARK)
    qtbot.addWidget(tile)
    tile.resize(*size)
    tile.arrange(chairs)
    tile.show_text(tile_text(one, examples.snapshot(one), NOW_US))
    return tile.grab().toImage().copy(QRect(*tile.parts.cuff))  # what lies under the hole of a tile alone is nobody's


@pytest.mark.parametrize(("chairs", "w", "h"), ROOMS)
@pytest.mark.parametrize("cuff", [examples.cuff(), examples.medium_chair(1).cuff], ids=["calm", "alarming"])
def test_the_change_stands_in_rooms_of_up_to_six_chairs(
    chairs: int, w: int, h: int, cuff: CuffView, qtbot: QtBot
) -> None:
    without, seen = (picture(chairs, (w, h), replace(cuff, change=said), qtbot) for said in ("", "+33 %"))
    assert (without != seen) == (chairs <= 6)


def test_the_chair_view_shows_bar_and_change(qtbot: QtBot) -> None:
    def of(steps: int | None, change: str) -> QImage:
        panel = NumberPanel(DARK, None)  # type: ignore[arg-type]
        qtbot.addWidget(panel)
        panel.set_theme(DARK, 1.0)
        panel.resize(560, panel.height())
        panel.show_numbers((oxygen(perfusion=steps),), (), cuff_text(examples.cuff(change=change), (), NOW_US), "")
        return panel.grab().toImage()

    pictures = [of(None, ""), of(4, ""), of(None, "+12 %")]
    assert pictures[0] != pictures[1] and pictures[0] != pictures[2]


def test_edited_limits_of_the_pressure_are_underlined() -> None:
    def of(edited: bool) -> QImage:
        cuff = cuff_text(examples.cuff(edited=edited), (), NOW_US)
        return painted(lambda p: paint_cuff(p, QRectF(0, 0, 532, 108), cuff, DARK, 50, 15, 66), 532, 108)

    assert of(True) != of(False)


def test_both_are_spoken_and_neither_outlives_the_monitoring() -> None:
    one = examples.chair(1, cuff=examples.cuff(change="+12 %"))
    room = examples.snapshot(one)
    said = spoken_tile(tile_text(one, room, NOW_US))
    assert "SpO2 97, perfusion 4 of 8" in said and "+12 % from baseline" in said
    gone = blanked(room)
    after = spoken_tile(tile_text(gone.chairs[0], gone, NOW_US))
    assert "perfusion" not in after and "baseline" not in after


@pytest.mark.parametrize(("chairs", "w", "h"), ROOMS)
def test_the_rest_of_a_paused_sound_counts_down_beside_the_shape(chairs: int, w: int, h: int, qtbot: QtBot) -> None:
    one = examples.paused_sound_chair(1)
    tile = Tile(DARK)
    qtbot.addWidget(tile)
    tile.resize(w, h)
    tile.arrange(chairs)

    def column(now_us: int) -> QImage:
        tile.show_text(tile_text(one, examples.snapshot(one), now_us))
        below = QRect(*tile.parts.left).adjusted(0, round(tile.parts.number_cap) + 8, 0, 0)
        return tile.grab().toImage().copy(below)

    first = column(NOW_US)
    assert column(NOW_US + 8_000_000) != first  # eight seconds are whole cycles of its flash
    assert column(NOW_US) == first


def test_how_far_a_value_went_stands_whole_beside_it_or_not_at_all() -> None:
    one = examples.high_chair(3)
    number = next(n for n in tile_text(one, examples.snapshot(one), NOW_US).numbers if n.far)
    wide = text_width("lowest 79", 12)
    assert said_of(number, 12, wide + 1) == "lowest 79"
    assert said_of(number, 12, wide - 1) == ""
    assert said_of(replace(number, note="from pleth"), 12, wide + 1) == "from pleth"
