"""How does the perfusion bar look? A small column beside SpO2, filled from below by as many steps as the snapshot says.

Without an index there is no column at all, not an empty one: an empty one would say that there is no pulse.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from monitor_app.core.snapshot import PERFUSION_STEPS
from monitor_app.display.presenter import NumberText
from monitor_app.display.theme import REGULAR, Theme, text_width

WIDTH_SHARE, WIDTH_LEAST_PX = 0.14, 5.0
"""Of the height of the digits."""
GAP_LEAST_PX = 1
GAPS_FROM_PX = 4.0
"""A step at least so high stands apart from the next; lower ones would be more gap than bar."""


def bar_place(cell: QRectF, x: float, baseline: float, cap: float, small_cap: float, number: NumberText) -> QRectF:
    """Behind the limits, as high as the digits, and never beyond the cell. x: where the limits begin."""
    wide = max(WIDTH_LEAST_PX, cap * WIDTH_SHARE)
    limits = max((text_width(limit, small_cap, REGULAR) for limit in (number.low, number.high) if limit), default=0.0)
    left = min(x + limits + small_cap * 0.5, cell.right() - wide)
    return QRectF(left, baseline - cap, wide, cap)


def paint_perfusion(painter: QPainter, place: QRectF, number: NumberText, theme: Theme) -> None:
    """Every step of the column, those that are reached in the colour of the number; nothing without an index."""
    if number.perfusion is None:
        return
    high = place.height() / PERFUSION_STEPS
    gap = max(GAP_LEAST_PX, round(high * 0.2)) if high >= GAPS_FROM_PX else 0
    edges = [
        round(place.bottom() - step * high) for step in range(PERFUSION_STEPS + 1)
    ]  # whole pixels: no blurred steps
    for step, (bottom, top) in enumerate(pairwise(edges)):
        colour = theme.role(number.role) if step < number.perfusion else theme.line
        painter.fillRect(
            QRect(round(place.left()), top + gap, round(place.width()), bottom - top - gap), QColor(colour)
        )
