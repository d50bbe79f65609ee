"""Grids and tiles: chairs keep their place, nothing overlaps, what is read from four metres keeps its size."""

from __future__ import annotations

import itertools

import pytest

from monitor_app.display.layout import NUMBER_CAP_LEAST, Rect, grid, places, sweep_speed, tile_layout

SIZES = [(1920, 920), (1280, 600), (3840, 1840)]


@pytest.mark.parametrize(
    ("chairs", "columns", "rows"),
    [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (5, 3, 2), (6, 3, 2), (7, 3, 3), (9, 3, 3), (10, 4, 3), (12, 4, 3),
     (13, 4, 4), (16, 4, 4)],
)  # fmt: skip
def test_the_grid_follows_the_number_of_chairs_configured(chairs: int, columns: int, rows: int) -> None:
    assert grid(chairs, 1920, 920) == (columns, rows)


def test_a_portrait_screen_stacks_its_chairs() -> None:
    columns, rows = grid(6, 1080, 1760)
    assert columns * rows >= 6
    assert columns < 3


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


@pytest.mark.parametrize("chairs", range(1, 17))
@pytest.mark.parametrize("size", SIZES)
def test_no_part_of_a_tile_overlaps_another_or_leaves_it(chairs: int, size: tuple[int, int]) -> None:
    place = places(chairs, *size)[0]
    parts = tile_layout(chairs, place.w, place.h)
    rects = [parts.left, parts.header, *parts.cells, parts.cuff, *parts.waves, parts.strip]
    for one, other in itertools.combinations(rects, 2):
        assert not overlap(one, other), (one, other)
    for rect in rects:
        assert rect.w > 0 and rect.h > 0
        assert rect.x >= 0 and rect.right <= place.w and rect.y >= 0 and rect.bottom <= place.h


@pytest.mark.parametrize("chairs", range(1, 17))
@pytest.mark.parametrize("size", SIZES)
def test_chair_number_and_shape_keep_the_size_that_is_read_from_four_metres(chairs: int, size: tuple[int, int]) -> None:
    place = places(chairs, *size)[0]
    parts = tile_layout(chairs, place.w, place.h)
    assert parts.number_cap >= NUMBER_CAP_LEAST
    assert parts.shape_px >= (48 if size[0] >= 1920 else 26)


@pytest.mark.parametrize("chairs", range(1, 17))
def test_numbers_are_read_from_two_metres_at_the_reference_size(chairs: int) -> None:
    place = places(chairs, 1920, 920)[0]
    parts = tile_layout(chairs, place.w, place.h)
    assert parts.digit_cap >= 41
    assert parts.small_cap >= 12


@pytest.mark.parametrize("chairs", range(1, 17))
def test_tiles_have_one_size_and_do_not_overlap(chairs: int) -> None:
    rects = places(chairs, 1917, 911)
    assert len({(rect.w, rect.h) for rect in rects}) == 1
    assert not any(overlap(a, b) for a, b in itertools.combinations(rects, 2))


def test_less_room_moves_no_chair_to_another_column() -> None:
    whole = places(4, 1920, 920)
    short = places(4, 1920, 600, (1920, 920))
    assert [rect.x for rect in whole] == [rect.x for rect in short]


@pytest.mark.parametrize(("width", "speed"), [(480, 25), (452, 25), (440, 12.5), (300, 12.5)])
def test_a_strip_of_less_than_five_seconds_is_swept_at_half_the_speed(width: int, speed: float) -> None:
    assert sweep_speed(width) == speed
