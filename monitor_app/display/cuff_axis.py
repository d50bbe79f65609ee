"""When does the cuff inflate next? An axis of clock times with a mark for each, and below it what each is for.

Places on the axis are true; the words stand in columns of equal width, so that a repeat and a slot a minute apart are both
read. What is overdue is a filled box with its shape, as the snapshot says.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor_app.display import brush
from monitor_app.display.cuff_text import CuffPageText, DueText
from monitor_app.display.icons import paint_shape
from monitor_app.display.presenter import SHAPES, Fill
from monitor_app.display.theme import BOLD, MEDIUM, Theme, text_width

COLUMNS = 6
HIGH_CAPS = 12.5
"""Clocks, axis, leading lines and three lines of words, in cap heights."""


class CuffAxis(QWidget):
    """Painted; a screen reader hears the same as its description."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Next blood pressures"))
        self._theme = theme
        self._cap = 12.0
        self._text = CuffPageText()

    def set_theme(self, theme: Theme, cap: float) -> None:
        """Other colours or size."""
        self._theme, self._cap = theme, cap
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its lines of words."""
        return QSize(400, round(HIGH_CAPS * self._cap))

    @property
    def text(self) -> CuffPageText:
        """What it says now."""
        return self._text

    def show_text(self, text: CuffPageText) -> None:
        """Paint again if anything differs."""
        if (text.due, text.clocks) != (self._text.due, self._text.clocks):
            self.setAccessibleDescription(". ".join(f"{one.clock} {one.kind} {one.left}" for one in text.due))
            self.update()
        self._text = text

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The axis, or the sentence of an empty plan."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, cap, due = self._theme, self._cap, self._text.due
        painter.fillRect(self.rect(), QColor(theme.tile))
        if not due:
            said = self.tr("Nothing is planned in this part of the treatment.") if self._text.clocks else ""
            brush.text(painter, cap, self.height() / 2, said, cap, theme.text3, width=self.width() - 2 * cap)
            painter.end()
            return
        left, right, axis = cap * 3, self.width() - cap * 3, cap * 3.4
        painter.fillRect(QRectF(left, axis, right - left, 1), QColor(theme.text3))
        for place, clock in enumerate(self._text.clocks):
            x = left + (right - left) * place / (len(self._text.clocks) - 1)
            painter.fillRect(QRectF(x, axis - cap * 0.4, 1, cap * 0.8), QColor(theme.text3))
            brush.text(painter, x - text_width(clock, cap) / 2, cap * 1.8, clock, cap, theme.text2)
        for place, one in enumerate(due):
            self._paint_due(painter, one, left + (right - left) * one.share, axis, self._box(place))
        painter.end()

    def _box(self, place: int) -> QRectF:
        wide = self.width() / COLUMNS
        top = self._cap * 5.6
        return QRectF(place * wide + 4, top, wide - 8, self.height() - top - 2)

    def _paint_due(self, painter: QPainter, one: DueText, x: float, axis: float, box: QRectF) -> None:
        theme, cap = self._theme, self._cap
        ink, soft = theme.text1, theme.text2
        painter.setPen(QPen(QColor(theme.text3), 1))
        painter.drawLine(QPointF(x, axis), QPointF(box.center().x(), box.top()))
        self._paint_mark(painter, one, x, axis)
        if one.overdue is not None:
            ink = soft = brush.alarm_box(painter, box, one.overdue, Fill.FULL, theme)
        else:
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(box, 3, 3)
        start = box.left() + cap * 0.8
        if one.overdue is not None:
            side = cap * 1.3
            paint_shape(painter, SHAPES[one.overdue], QRectF(start, box.top() + cap * 0.8, side, side), ink)
            start += side + cap * 0.6
        room = box.right() - cap * 0.4
        brush.text(painter, start, box.top() + cap * 1.9, one.clock, cap, ink, BOLD, width=room - start)
        start = box.left() + cap * 0.8
        brush.text(painter, start, box.top() + cap * 3.9, one.kind, cap, soft, width=room - start)
        brush.text(painter, start, box.top() + cap * 5.8, one.left, cap, ink, MEDIUM, width=room - start)

    def _paint_mark(self, painter: QPainter, one: DueText, x: float, axis: float) -> None:
        """A slot is a bar, an automatic repeat a ring."""
        side = self._cap * 0.55
        if one.repeats:
            painter.setPen(QPen(QColor(self._theme.nibp), 2))
            painter.setBrush(QColor(self._theme.tile))
            painter.drawEllipse(QPointF(x, axis), side, side)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.nibp))
        painter.drawRect(QRectF(x - side * 0.35, axis - side, side * 0.7, 2 * side))
