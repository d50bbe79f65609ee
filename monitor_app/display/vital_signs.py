"""How do a vital sign and a blood pressure look? Digits, limits, arrow, box, bar and words in a cell of any size.

Tile and chair view paint with the same functions, so that a number looks the same wherever it stands.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from monitor_app.core.snapshot import Look
from monitor_app.display import brush
from monitor_app.display.icons import paint_icon
from monitor_app.display.perfusion_bar import bar_place, paint_perfusion
from monitor_app.display.presenter import CuffText, NumberText
from monitor_app.display.theme import BOLD, MEDIUM, REGULAR, Theme, fitting_cap, text_width


def paint_number(
    painter: QPainter, cell: QRectF, number: NumberText, theme: Theme, digit_cap: float, small_cap: float,
    unit: bool = False,
) -> None:  # fmt: skip
    """A vital sign: label and note above, digits below on one baseline, limits stacked beside them. unit: say it, too."""
    label_cap = small_cap * 0.92
    label_base = cell.top() + label_cap + 2
    pad = digit_cap * 0.14
    cap = digits_cap(cell.width(), cell.bottom() - label_base - 2 * pad - small_cap * 0.5, digit_cap, small_cap)
    baseline = cell.bottom() - pad - 2
    x = cell.left() + pad
    colour = theme.stale if number.look is not Look.NORMAL else theme.role(number.role)
    used = brush.text(painter, x, label_base, number.label, label_cap, theme.role(number.role), BOLD) + label_cap * 0.7
    used += _paint_unit(painter, x + used, label_base, number.unit if unit else "", label_cap, theme)
    used += paint_off(painter, x + used, label_base, number.off, label_cap, theme, cell.right() - x - used)
    room = cell.right() - x - used
    said = said_of(number, label_cap, room)
    brush.text(painter, x + used, label_base, said, label_cap, theme.text2, width=room)
    wide = _paint_digits(painter, x, baseline, number.text, cap, pad, colour, number, theme)
    x += wide + pad + small_cap * 0.6
    _paint_limits(painter, x, baseline, cap, small_cap, number, theme)
    paint_perfusion(painter, bar_place(cell, x, baseline, cap, small_cap, number), number, theme)


def _paint_unit(painter: QPainter, x: float, base: float, unit: str, cap: float, theme: Theme) -> float:
    return brush.text(painter, x, base, unit, cap, theme.text3) + cap * 0.9 if unit else 0.0


def shortened(words: str, cap: float, room: float) -> str:
    """The words, or what stands before their comma where there is no room for all of them."""
    return words if text_width(words, cap) <= room else words.partition(",")[0]


def said_of(number: NumberText, cap: float, room: float) -> str:
    """Its note, and before it how far it went, where there is room for that: half a word says nothing."""
    whole = ", ".join(part for part in (number.far, number.note) if part)
    return whole if text_width(whole, cap) <= room else shortened(number.note, cap, room)


def paint_off(painter: QPainter, x: float, base: float, off: str, cap: float, theme: Theme, room: float) -> float:
    """The struck-through triangle with the alarms of this number that are off. Returns how wide it is."""
    if not off:
        return 0.0
    side = cap * 1.7
    paint_icon(painter, "triangle-off", QRectF(x, base - cap / 2 - side / 2, side, side), theme.text1)
    return side + brush.text(painter, x + side + 2, base, off, cap, theme.text1, BOLD, width=room - side) + cap


ARROW_SHARE = 0.5
"""Width of the arrow behind the digits, as a share of their height."""


def digits_cap(width: float, height: float, wanted: float, small_cap: float) -> float:
    """One cap height for every number of a row, alarming or not: room is kept for three digits, arrow and limits."""
    pad = wanted * 0.14
    room = width - text_width("000", small_cap, BOLD) - small_cap * 0.6 - 2 * pad
    cap = min(wanted, height)
    whole = text_width("000", cap, MEDIUM) + cap * ARROW_SHARE
    return cap if whole <= room else max(12.0, int(cap * room / whole * 2) / 2)


def _paint_digits(
    painter: QPainter, x: float, baseline: float, words: str, cap: float, pad: float, colour: str,
    value: NumberText | CuffText, theme: Theme,
) -> float:  # fmt: skip
    """Digits, in the box of their alarm with the arrow inside it when there is one. Returns how wide they are."""
    digits = text_width(words, cap, MEDIUM)
    wide = digits + (cap * ARROW_SHARE if value.arrow else 0)
    if value.alarm is not None:
        box = QRectF(x - pad, baseline - cap - pad, wide + 2 * pad, cap + 2 * pad)
        colour = brush.alarm_box(painter, box, value.alarm, value.fill, theme)
    brush.text(painter, x, baseline, words, cap, colour, MEDIUM)
    if value.arrow:
        side = cap * 0.4
        top = baseline - cap if value.arrow > 0 else baseline - side
        _paint_arrow(painter, QRectF(x + digits + cap * 0.14, top, side, side), value.arrow, colour)
    return wide


def _paint_limits(
    painter: QPainter,
    x: float,
    baseline: float,
    cap: float,
    small_cap: float,
    value: NumberText | CuffText,
    theme: Theme,
) -> None:
    """High over low; the violated one bold, an edited one underlined."""
    small_cap = min(small_cap, cap / LIMIT_STACK)
    for limit, y, side in ((value.high, baseline - cap + small_cap, 1), (value.low, baseline, -1)):
        colour, weight = (theme.text1, BOLD) if value.arrow == side else (theme.text2, REGULAR)
        wide = brush.text(painter, x, y, limit, small_cap, colour, weight)
        if value.edited and limit:
            tight = cap - 2 * small_cap < TIGHT_PX  # the line must not strike out the limit below it
            painter.fillRect(QRectF(x, y + (1 if tight else 2), wide, 1 if tight else 1.5), QColor(colour))


TIGHT_PX = 4.5
LIMIT_STACK = 2.35
"""Digits are at least so many times as high as their limits, so that two limits find room one over the other."""


def _paint_arrow(painter: QPainter, rect: QRectF, direction: int, colour: str) -> None:
    tip, base = (rect.top(), rect.bottom()) if direction > 0 else (rect.bottom(), rect.top())
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPolygon([QPointF(rect.left(), base), QPointF(rect.right(), base), QPointF(rect.center().x(), tip)])
    painter.restore()


TALL = 2.1
"""A cell so many times as high as the digits has its label and notes over them."""


def paint_cuff(
    painter: QPainter, cell: QRectF, cuff: CuffText, theme: Theme, cap: float, small_cap: float, digit_cap: float,
    unit: str = "",
) -> None:  # fmt: skip
    """Blood pressure: in a tall cell like the other numbers, in a low one on a single line with its age at the right."""
    if cell.height() > cap * TALL:
        _paint_tall_cuff(painter, cell, cuff, theme, cap, small_cap, digit_cap * 0.14, unit)
    else:
        _paint_low_cuff(painter, cell, cuff, theme, cap, small_cap, digit_cap * 0.14)


def _paint_tall_cuff(
    painter: QPainter, cell: QRectF, cuff: CuffText, theme: Theme, cap: float, small_cap: float, pad: float, unit: str
) -> None:
    """Label, mean and age over the pressures; the change behind them, or over them where they take the whole width."""
    label_cap = small_cap * 0.92
    label_base, baseline = cell.top() + label_cap + 2, cell.bottom() - pad - 2
    x = cell.left() + pad
    used = brush.text(painter, x, label_base, "BP", label_cap, theme.nibp, BOLD) + label_cap * 0.7
    used += _paint_unit(painter, x + used, label_base, unit, label_cap, theme)
    note = " ".join(part for part in (cuff.mean, cuff.note) if part)
    used += paint_off(painter, x + used, label_base, cuff.off, label_cap, theme, cell.right() - x - used)
    used += brush.text(painter, x + used, label_base, note, label_cap, theme.text2, width=cell.right() - x - used)
    _paint_cuff_next(painter, cell.right(), label_base, cuff, label_cap, theme, cell.right() - x - used - label_cap)
    limits = _limits_width(cuff, small_cap)
    right, _ = _paint_pressure(painter, x, baseline, cell.right() - x - limits, cuff, "", theme, cap, pad)
    behind = right + small_cap * 0.6
    _paint_limits(painter, behind, baseline, cap, small_cap, cuff, theme)
    over = label_base + small_cap * CHANGE_LINE
    fits = paint_change(painter, behind + limits, baseline, cell.right(), cuff.change, small_cap, theme)
    if not fits and over + pad <= baseline - cap - pad:
        paint_change(painter, x, over, cell.right(), cuff.change, small_cap, theme)


def _paint_low_cuff(
    painter: QPainter, cell: QRectF, cuff: CuffText, theme: Theme, cap: float, small_cap: float, pad: float
) -> None:
    """On one line: the pressures, the change over their mean, limits where there is room, age over the countdown."""
    label_cap = small_cap * 0.92
    baseline = brush.middle(cell.top(), cell.height(), cap)
    x = cell.left() + pad
    label = brush.text(painter, x, baseline - cap + label_cap, "BP", label_cap, theme.nibp, BOLD)
    if cuff.off:
        below = min(cell.bottom() - 2, baseline + label_cap * 0.4)
        paint_icon(painter, "triangle-off", QRectF(x, below - label_cap * 1.6, label, label_cap * 1.6), theme.text1)
    x += label + small_cap * 0.8 + pad
    side = max(text_width(words, label_cap) for words in (cuff.note, cuff.next, "next 00:00")) + small_cap
    above = baseline - max(cap - label_cap, label_cap * 1.8)
    brush.text(painter, cell.right(), above, cuff.note, label_cap, theme.text2, right=True)
    _paint_cuff_next(painter, cell.right(), baseline, cuff, label_cap, theme, cell.width() / 2)
    behind, right = _paint_pressure(painter, x, baseline, cell.right() - x - side, cuff, cuff.mean, theme, cap, pad)
    over_mean = baseline - cap * MEAN_SHARE - small_cap * 0.45
    end = cell.right() - text_width(cuff.note, label_cap) - small_cap * 0.6
    right = max(right, paint_change(painter, behind + small_cap * 0.6, over_mean, end, cuff.change, small_cap, theme))
    if right + _limits_width(cuff, small_cap) <= cell.right() - side:
        _paint_limits(painter, right + small_cap * 0.6, baseline, cap, small_cap, cuff, theme)


def _limits_width(cuff: CuffText, small_cap: float) -> float:
    return max((text_width(w, small_cap, BOLD) for w in (cuff.high, cuff.low) if w), default=0.0) + small_cap


CHANGE_LINE, CHANGE_SQUEEZE = 1.7, 0.78
"""The change stands so many of its heights under the label where there is no room behind the pressure; the share of its
size to which it may shrink before it is left out."""


def paint_change(
    painter: QPainter, x: float, baseline: float, end: float, change: str, cap: float, theme: Theme
) -> float:
    """How far the pressure is from the patient's own: whole between `x` and `end`, or not at all. Returns its end, or 0."""
    cap = fitting_cap(change, cap, cap * CHANGE_SQUEEZE, end - x, MEDIUM)
    if not change or x + text_width(change, cap, MEDIUM) > end:
        return 0.0
    return x + brush.text(painter, x, baseline, change, cap, theme.text1, MEDIUM)


def _paint_cuff_next(
    painter: QPainter, right: float, baseline: float, cuff: CuffText, cap: float, theme: Theme, room: float
) -> None:
    colour, weight = (theme.text1, BOLD) if cuff.busy else (theme.text2, REGULAR)
    brush.text(painter, right, baseline, cuff.next, cap, colour, weight, width=max(0.0, room), right=True)


def _paint_pressure(
    painter: QPainter, x: float, baseline: float, room: float, cuff: CuffText, mean_words: str, theme: Theme, cap: float,
    pad: float,
) -> tuple[float, float]:  # fmt: skip
    """`128/82 (97)`; the mean is left out where it would make the rest too small. Returns where each of both ends."""
    arrow = cap * ARROW_SHARE if cuff.arrow else 0
    mean_cap = cap * MEAN_SHARE
    mean = text_width(mean_words, mean_cap) + cap * 0.3 + pad if mean_words else 0.0
    whole = text_width(cuff.reading, cap, MEDIUM) + arrow
    if whole + mean > room * MEAN_SQUEEZE:
        mean = 0.0
    cap = fitting_cap(cuff.reading, cap, 12, max(30.0, room - mean - arrow - pad), MEDIUM)
    colour = theme.nibp if cuff.look is Look.NORMAL else theme.stale
    behind = x + _paint_digits(painter, x, baseline, cuff.reading, cap, pad, colour, cuff, theme) + pad
    if not mean:
        return behind, behind
    right = behind + cap * 0.1
    return behind, right + brush.text(painter, right, baseline, mean_words, cap * MEAN_SHARE, theme.text2)


MEAN_SHARE = 0.6
"""Of the height of the pressures: over the mean there is room for the change from the baseline in a tile of six."""
MEAN_SQUEEZE = 1.12
"""The pressures may shrink by this factor so that their mean finds room."""
