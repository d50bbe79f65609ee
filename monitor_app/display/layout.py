"""Where does everything stand? Grids, tiles and their rows in pixels (DISPLAY sections 3 and 4). Pure arithmetic.

Reference is 1920 × 1080 with a content of 1920 × 920; smaller and larger windows scale, but the chair number and the
shape of its priority keep the size that is read from four metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from monitor_app.display.millimetre import NOMINAL_PX

REFERENCE = (1920, 1080)
PX_PER_MM = NOMINAL_PX
BANNER_PX, FOOTER_PX = 96, 64
NUMBER_CAP_LEAST = 67
"""Cap height of the chair number: 16 minutes of arc from 4 m on a 24-inch panel."""
SWEEP_LEAST_S = 5.0
"""A strip that would show less than this is swept at half the speed."""
SPEED_MM_S = 25.0


class Rect(NamedTuple):
    """Whole pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column to the right of it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.y + self.h


def scale_of(width: int, height: int) -> float:
    """How much larger than the reference screen a window is."""
    return min(width / REFERENCE[0], height / REFERENCE[1])


def grid(chairs: int, width: int, height: int) -> tuple[int, int]:
    """Columns and rows for that many chairs; from the table on usual screens, by tile shape on unusual ones."""
    columns, rows = next(((c, r) for most, c, r in _GRIDS if chairs <= most), (4, 4))
    if chairs <= 1 or _is_usual(width / columns, height / rows):
        return columns, rows
    return min(
        ((c, -(-chairs // c)) for c in range(1, chairs + 1)),
        key=lambda cell: abs((width / cell[0]) / (height / cell[1]) - _SHAPE_BEST),
    )


_GRIDS = ((1, 1, 1), (2, 2, 1), (4, 2, 2), (6, 3, 2), (9, 3, 3), (12, 4, 3), (16, 4, 4))
_SHAPE_LEAST, _SHAPE_MOST, _SHAPE_BEST = 1.0, 2.4, 1.85


def _is_usual(width: float, height: float) -> bool:
    return _SHAPE_LEAST <= width / height <= _SHAPE_MOST


def places(chairs: int, width: int, height: int, shape: tuple[int, int] | None = None) -> tuple[Rect, ...]:
    """The tiles' places, all of one size, row by row; what does not divide evenly stays at the right and below.

    shape: the size that decides the grid, where it is not the present one: a chair never moves because room is short.
    """
    columns, rows = grid(chairs, *(shape or (width, height)))
    w, h = width // columns, height // rows
    return tuple(Rect((n % columns) * w, (n // columns) * h, w, h) for n in range(chairs))


@dataclass(frozen=True, slots=True)
class TileClass:
    """The rows of a tile at its reference size, in pixels; caps are cap heights."""

    most: int
    w: int
    h: int
    left: int
    header: int
    numbers: int
    cuff: int
    strip: int
    waves: tuple[float, ...]
    number_cap: int
    digit_cap: int
    cuff_cap: int
    small_cap: int
    header_cap: int
    strip_cap: int
    trend: int = 0
    compares: bool = False


_CLASSES = (
    TileClass(1, 1920, 920, 200, 64, 168, 0, 64, (0.58, 0.42), 120, 96, 66, 18, 19, 24, 210, True),
    TileClass(2, 960, 920, 160, 52, 132, 96, 56, (0.58, 0.42), 100, 80, 56, 16, 15, 22, 200, True),
    TileClass(4, 960, 460, 124, 42, 112, 0, 46, (0.58, 0.42), 80, 64, 42, 14, 14, 20, 62, True),
    TileClass(6, 640, 460, 136, 38, 84, 62, 42, (0.6, 0.4), 80, 56, 36, 14, 12, 17, 58, True),
    TileClass(9, 640, 306, 132, 34, 68, 48, 38, (0.64, 0.36), 72, 46, 31, 13, 12, 16),
    TileClass(12, 480, 306, 116, 30, 64, 46, 36, (1.0,), 68, 43, 29, 13, 11, 15),
    TileClass(16, 480, 230, 116, 28, 60, 42, 34, (1.0,), 67, 41, 27, 12, 11, 15),
)


@dataclass(frozen=True, slots=True)
class TileLayout:
    """Every part of a tile, relative to the tile. cuff is a cell of the numbers' row where there is room for three.

    trend: the last hour above the alarm line, None where the tile has no room for it. gutter: pixels left of a strip for its
    label. size: of a strip's words, 1 and more. compares: there is room for the change from the baseline.
    """

    bar: Rect
    left: Rect
    header: Rect
    cells: tuple[Rect, Rect]
    cuff: Rect
    waves: tuple[Rect, ...]
    strip: Rect
    number_cap: float
    digit_cap: float
    cuff_cap: float
    small_cap: float
    header_cap: float
    strip_cap: float
    shape_px: int
    trend: Rect | None = None
    gutter: int = 0
    size: float = 1.0
    compares: bool = False

    @property
    def wave_area(self) -> Rect:
        """The hole of the tile through which the canvas is seen: the strips and the gutter of their labels."""
        first, last = self.waves[0], self.waves[-1]
        return Rect(first.x - self.gutter, first.y, first.w + self.gutter, last.bottom - first.y)


INSET = 3
"""Half the seam between two tiles."""
BORDER, INNER_LINE = 4, 2
"""The frame of a HIGH alarm: red, and a white line inside it, because red darkens for some eyes."""
BAR = 6
LEFT_GAP_PX = 4
"""Above the chair number, and between it and the shape."""
GUTTER_PX, GUTTER_FROM_PX = 60, 560
"""Strips at least so wide have their labels beside the trace; in narrower ones every pixel is time."""
LABEL_GUTTER_PX = 36
"""Beside strips that are too low for a line of words over the trace."""
HEAD_PX, TRACE_LEAST_PX = 13, 18
"""Height of that line, and what must be left under it: no word stands behind a trace."""


SHAPE_LEAST_SHARE = 0.6
"""A shape is at least so high beside its number, so that it is read from as far."""
TREND_LEAST_PX = 46
"""A trend lower than this cannot be read; the waves have its room."""


LOW_PX = 112
"""A tile lower than this (the alarm list is open in a full room) has number, shape, values in a line and its alarm."""


def low_layout(w: int, h: int, text: float) -> TileLayout:
    """The parts of a tile that has no room for waves: the number and its shape beside each other, two lines at the right."""
    edge = INSET + BORDER + INNER_LINE + 1
    inner = Rect(edge, edge, w - 2 * edge, max(8, h - 2 * edge))
    number_cap = max(8, min(NUMBER_CAP_LEAST, round(inner.h * 0.8)))
    x = inner.x + BAR + 6
    left = Rect(
        x, inner.y + (inner.h - number_cap) // 2 - LEFT_GAP_PX, round(number_cap * 1.62), number_cap + LEFT_GAP_PX
    )
    shape = round(number_cap * 0.72)
    content = Rect(left.right + shape + 12, inner.y, inner.right - left.right - shape - 12, inner.h // 2)
    strip = Rect(content.x, content.bottom, content.w, inner.bottom - content.bottom)
    nothing = Rect(content.x, content.y, content.w, 0)
    cap = max(8.0, min(13.0, inner.h * 0.2)) * text
    return TileLayout(
        Rect(edge, edge, BAR, inner.h), left, content, (nothing, nothing), nothing, (), strip, number_cap, cap, cap, cap,
        cap, min(cap, strip.h * 0.62), shape,
    )  # fmt: skip


def tile_layout(chairs: int, w: int, h: int, text: float = 1.0) -> TileLayout:
    """The parts of a tile of w × h pixels in a room of that many chairs. text: share of the usual size of words."""
    if h < LOW_PX:
        return low_layout(w, h, text)
    kind = next((row for row in _CLASSES if chairs <= row.most), _CLASSES[-1])
    k = min(w / kind.w, h / kind.h)
    edge = INSET + BORDER + INNER_LINE + 1
    inner = Rect(edge, edge, w - 2 * edge, h - 2 * edge)
    bar = Rect(edge, edge, BAR, inner.h)
    x0 = bar.right + round(6 * k)
    number_cap = max(NUMBER_CAP_LEAST, round(kind.number_cap * k))
    left_w = max(round(kind.left * k), round(number_cap * 1.62))
    header_h, numbers_h, cuff_h, strip_h = (
        round(px * k) for px in (kind.header, kind.numbers, kind.cuff, kind.strip)
    )  # fmt: skip
    content_x = x0 + left_w + round(8 * k)
    content_w = inner.right - content_x - round(4 * k)
    top_h = header_h + numbers_h + cuff_h
    strip = Rect(x0, inner.bottom - strip_h, inner.right - x0, strip_h)
    header = Rect(content_x, inner.y, content_w, header_h)
    numbers = Rect(content_x, header.bottom, content_w, numbers_h)
    under = number_cap + _shape_least(number_cap) + 2 * LEFT_GAP_PX <= top_h
    gap = round(5 * k)
    trend_h = round(kind.trend * k) if kind.trend * k >= TREND_LEAST_PX else 0
    trend = Rect(x0, strip.y - gap - trend_h, inner.right - x0 - 3, trend_h) if trend_h else None
    wave_x = x0 if under else content_x
    room_for_shape = strip.y - gap - inner.y - number_cap - 2 * LEFT_GAP_PX
    low = not under and room_for_shape < number_cap * SHAPE_LEAST_SHARE
    if low:  # the shape keeps its size before the alarm line keeps its width
        strip = Rect(content_x, strip.y, inner.right - content_x, strip_h)
    waves = Rect(wave_x, inner.y + top_h + gap, inner.right - wave_x - 3, strip.y - inner.y - top_h - 2 * gap)
    waves = Rect(waves.x, waves.y, waves.w, waves.h - (trend_h + gap if trend else 0))
    left_bottom = inner.y + top_h if under else inner.bottom if low else (trend or strip).y - gap
    left = Rect(x0, inner.y, left_w, left_bottom - inner.y)
    cells, cuff = _cells(numbers, cuff_h, k)
    size = max(1.0, k)
    strips, gutter = _split(waves, kind.waves, k, size)
    return TileLayout(
        bar, left, header, cells, cuff, strips, strip,
        number_cap, kind.digit_cap * k, kind.cuff_cap * k, max(9.0, kind.small_cap * k) * text,
        max(8.5, kind.header_cap * k) * text, max(10.0, kind.strip_cap * k) * text,
        min(round(number_cap * 0.72), left.h - number_cap - 2 * LEFT_GAP_PX), trend, gutter, size,
        kind.compares,
    )  # fmt: skip


def _shape_least(number_cap: float) -> int:
    return round(number_cap * 0.5)


def _cells(numbers: Rect, cuff_h: int, k: float) -> tuple[tuple[Rect, Rect], Rect]:
    gap = round(10 * k)
    if cuff_h:
        w = (numbers.w - gap) // 2
        pair = (Rect(numbers.x, numbers.y, w, numbers.h), Rect(numbers.x + w + gap, numbers.y, w, numbers.h))
        return pair, Rect(numbers.x, numbers.bottom, numbers.w, cuff_h)
    w = round((numbers.w - 2 * gap) * 0.3)
    first, second = Rect(numbers.x, numbers.y, w, numbers.h), Rect(numbers.x + w + gap, numbers.y, w, numbers.h)
    x = second.right + gap
    return (first, second), Rect(x, numbers.y, numbers.right - x, numbers.h)


def _split(area: Rect, shares: tuple[float, ...], k: float, size: float) -> tuple[tuple[Rect, ...], int]:
    """The strips under each other, and the gutter at their left, the same for all of a tile: they share one sweep."""
    gap = round(4 * k)
    room = area.h - gap * (len(shares) - 1)
    heights = [int(room * share) for share in shares]
    gutter = 0
    if area.w >= GUTTER_FROM_PX * size:
        gutter = round(GUTTER_PX * size)
    elif min(heights) < (HEAD_PX + TRACE_LEAST_PX) * size:
        gutter = round(LABEL_GUTTER_PX * size)
    rects, y = [], area.y
    for h in heights:
        rects.append(Rect(area.x + gutter, y, area.w - gutter, h))
        y += h + gap
    return tuple(rects), gutter


def sweep_speed(width_px: int, wanted_mm_s: float = SPEED_MM_S, px_per_mm: float = PX_PER_MM) -> float:
    """The paper speed in mm/s: the wanted one, or half of it where a strip would show less than five seconds."""
    return wanted_mm_s if width_px / (wanted_mm_s * px_per_mm) >= SWEEP_LEAST_S else wanted_mm_s / 2
