"""How is a word or a box painted? Text by its baseline and cap height, boxes of alarms by their fill."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen

from monitor_app.core.priority import Priority
from monitor_app.display.presenter import Fill
from monitor_app.display.theme import ALARM, OUTLINE, REGULAR, Theme, contrast, font, metrics, text_width

ELLIPSIS_LEAST_PX = 8
FILL_CONTRAST_LEAST = 3.0
"""A fill that stands out less of its tile gets a border."""


def text(
    painter: QPainter,
    x: float,
    baseline: float,
    words: str,
    cap: float,
    colour: str,
    weight: QFont.Weight = REGULAR,
    width: float | None = None,
    right: bool = False,
) -> float:
    """Write `words` and return how wide they are. width: shortened with an ellipsis to fit. right: x is the right end."""
    if not words:
        return 0
    if width is not None and text_width(words, cap, weight) > width:
        if width < ELLIPSIS_LEAST_PX:
            return 0
        words = metrics(cap, weight).elidedText(words, Qt.TextElideMode.ElideRight, width)
    wide = text_width(words, cap, weight)
    painter.setFont(font(cap, weight))
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(x - wide if right else x, baseline), words)
    return wide


def middle(rect_top: float, rect_height: float, cap: float) -> float:
    """The baseline at which capitals of this height stand in the middle."""
    return rect_top + (rect_height + cap) / 2


def alarm_box(painter: QPainter, rect: QRectF, priority: Priority, fill: Fill, theme: Theme, radius: float = 3) -> str:
    """The box of an alarm as it stands now. Returns the colour of text on it."""
    colours = ALARM[priority]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    on_it = colours.text
    if fill is Fill.FULL:
        painter.setBrush(QColor(colours.fill))
        if edge_of(priority, theme):
            painter.setPen(QPen(QColor(OUTLINE), 2))
            rect = rect.adjusted(1, 1, -1, -1)
    elif fill is Fill.DIM:
        painter.setBrush(QColor(colours.dim))
        painter.setPen(QPen(QColor(colours.fill), 2))
        rect = rect.adjusted(1, 1, -1, -1)
        on_it = colours.dim_text
    elif fill is Fill.OUTLINED:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.fill), 2))
        rect = rect.adjusted(1, 1, -1, -1)
        on_it = theme.text1
    else:
        painter.setBrush(QColor(theme.raised))
        on_it = theme.text2
    painter.drawRoundedRect(rect, radius, radius)
    painter.restore()
    return on_it


def edge_of(priority: Priority, theme: Theme) -> str:
    """The border that a shape of this priority needs on this theme's tiles; empty where its fill stands out."""
    return OUTLINE if contrast(ALARM[priority].fill, theme.tile) < FILL_CONTRAST_LEAST else ""


def pill(painter: QPainter, rect: QRectF, colour: str, filled: bool) -> None:
    """A rounded label, filled or as an outline."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = rect.height() / 2
    if filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(rect, radius, radius)
    else:
        painter.setPen(QPen(QColor(colour), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
    painter.restore()


def hatch(painter: QPainter, rect: QRectF, colour: str) -> None:
    """Diagonal stripes, the mark of something technical."""
    painter.fillRect(rect, QBrush(QColor(colour), Qt.BrushStyle.BDiagPattern))
