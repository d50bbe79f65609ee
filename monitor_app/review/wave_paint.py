"""How do strips of waves look? Grid, trace, gaps with their reason, beat letters, calipers; a picture of what was reduced.

Reduction happens when the window changes, painting only scales into points (PERFORMANCE section 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from monitor_app.core.findings import RhythmWord
from monitor_app.display import theme as look
from monitor_app.record.gaps import Gap
from monitor_app.record.readers import ChannelRow
from monitor_app.review.axis import Axis
from monitor_app.review.beats import BeatMark
from monitor_app.review.calipers import Calipers
from monitor_app.review.columns import Stretch
from monitor_app.review.labels import label, role
from monitor_app.review.polygon import polygon
from monitor_app.review.rhythms import Episode
from monitor_app.review.scale import Scale, gain_words

LEFT_PX, RIGHT_PX, FOOT_PX = 64, 16, 22
FILL = 0.8
"""Share of a strip that its trace may take when it is filled."""
BEAT_PX = 15
RHYTHM_PX = 16
GRID_PX_MIN = 4.0
"""A millimetre below this many pixels draws only every fifth line."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One channel of the window, reduced to pixels across."""

    channel: ChannelRow
    seen: list[Stretch]

    @property
    def low(self) -> float:
        """Least raw value in sight."""
        return min((float(part.y.min()) for part in self.seen), default=0.0)

    @property
    def high(self) -> float:
        """Greatest raw value in sight."""
        return max((float(part.y.max()) for part in self.seen), default=1.0)

    def px_a_step(self, scale: Scale, height: float) -> float:
        """Pixels of one raw step."""
        fixed = scale.px_a_step(self.channel)
        return fixed if fixed is not None else FILL * height / max(self.high - self.low, 1.0)


class WavePainter:
    """Paints strips into a pane."""

    def __init__(self, painter: QPainter, theme: look.Theme, axis: Axis, scale: Scale) -> None:
        self._painter, self._theme, self._axis, self._scale = painter, theme, axis, scale

    def strip(self, strip: Strip, box: QRectF) -> None:
        """Label, trace and the line below it."""
        name, colour = label(strip.channel), QColor(self._theme.role(role(strip.channel)))
        painter = self._painter
        painter.setFont(look.font(11, look.MEDIUM))
        painter.setPen(colour)
        painter.drawText(QPointF(-LEFT_PX + 12, box.center().y() + 5), name)
        painter.save()
        painter.setClipRect(box)
        if strip.seen:
            painter.setPen(QPen(colour, 1))
            self._trace(strip, box)
        else:
            self._words(box, "no signal", Qt.AlignmentFlag.AlignCenter, self._theme.text3, 10)
        painter.restore()
        words = gain_words(self._scale, strip.channel)
        if words:
            self._words(box.adjusted(0, 2, -6, 0), words, Qt.AlignmentFlag.AlignRight, self._theme.text3, 8)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _trace(self, strip: Strip, box: QRectF) -> None:
        step = strip.px_a_step(self._scale, box.height())
        middle = (strip.low + strip.high) / 2
        for part in strip.seen:
            self._painter.drawPolyline(polygon(part.x, box.center().y() - (part.y - middle) * step))

    def grid(self, box: QRectF) -> None:
        """Millimetres, every fifth line stronger; what a millimetre is worth in time follows the speed."""
        px = self._scale.px_mm
        painter = self._painter
        for every, colour in ((1, look.mixed(self._theme.grid, self._theme.tile, 0.6)), (5, self._theme.grid)):
            if px * every < GRID_PX_MIN:
                continue
            painter.setPen(QPen(QColor(colour), 1))
            columns = int(box.width() / (px * every)) + 1
            rows = int(box.height() / (px * every)) + 1
            painter.drawLines([QLineF(n * px * every, box.top(), n * px * every, box.bottom()) for n in range(columns)])
            painter.drawLines([QLineF(box.left(), box.top() + n * px * every, box.right(), box.top() + n * px * every)
                               for n in range(rows)])  # fmt: skip

    def gaps(self, gaps: Sequence[Gap], to_us: int, box: QRectF) -> None:
        """Where nothing was recorded: shaded, with the reason."""
        for gap in gaps:
            left = max(0.0, self._axis.x(gap.from_us))
            right = min(box.width(), self._axis.x(gap.to_us if gap.to_us is not None else to_us))
            if right <= left:
                continue
            area = QRectF(left, box.top(), right - left, box.height())
            shade = QColor(look.mixed(self._theme.text3, self._theme.tile, 0.25))
            self._painter.fillRect(area, QBrush(shade, Qt.BrushStyle.BDiagPattern))
            words = f"{gap.what}: {gap.reason}"
            if look.text_width(words, 9) < area.width() - 12:
                self._words(area.adjusted(6, 4, 0, 0), words, Qt.AlignmentFlag.AlignLeft, self._theme.text2, 9)

    def beats(self, beats: Sequence[BeatMark], top: float) -> None:
        """The class of each beat as a letter; what is not normal stands out."""
        for beat in beats:
            normal = beat.letter == "N"
            self._painter.setFont(look.font(8 if normal else 10, look.REGULAR if normal else look.BOLD))
            self._painter.setPen(QColor(self._theme.text3 if normal else self._theme.text1))
            x = self._axis.x(beat.t_us)
            self._painter.drawText(QRectF(x - 10, top, 20, BEAT_PX), Qt.AlignmentFlag.AlignCenter, beat.letter)

    def rhythms(self, episodes: Sequence[Episode], to_us: int, top: float) -> None:
        """A bar for each rhythm that was found, with its word; several at one time share the row, the gravest on top."""
        painter = self._painter
        order = list(RhythmWord)
        painter.setFont(look.font(8.5, look.MEDIUM))
        for one in sorted(episodes, key=lambda e: -order.index(e.word)):
            left = max(0.0, self._axis.x(one.from_us))
            right = min(self._axis.width, self._axis.x(one.to_us if one.to_us is not None else to_us))
            if right <= 0 or left >= self._axis.width:
                continue
            box = QRectF(left, top + 1, max(3.0, right - left), RHYTHM_PX - 3)
            painter.fillRect(box, QColor(look.mixed(self._theme.text2, self._theme.tile, 0.35)))
            painter.setPen(QPen(QColor(self._theme.text2), 1))
            painter.drawRect(box)
            word = one.word.value.replace("_", " ")
            if look.text_width(word, 8.5) < box.width() - 8:
                painter.setPen(QColor(self._theme.text1))
                painter.drawText(box.adjusted(5, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, word)

    def calipers(self, calipers: Calipers, box: QRectF) -> None:
        """A and B as full lines, the march as dashed ones."""
        painter = self._painter
        painter.setPen(QPen(QColor(self._theme.focus), 1, Qt.PenStyle.DashLine))
        for mark_us in calipers.march(self._axis.from_us, self._axis.to_us):
            painter.drawLine(QPointF(self._axis.x(mark_us), box.top()), QPointF(self._axis.x(mark_us), box.bottom()))
        for name, t_us in (("A", calipers.a_us), ("B", calipers.b_us)):
            if t_us is None or not self._axis.from_us <= t_us <= self._axis.to_us:
                continue
            x = self._axis.x(t_us)
            painter.setPen(QPen(QColor(self._theme.focus), 2))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setFont(look.font(10, look.BOLD))
            painter.drawText(QPointF(x + 4, box.top() + 13), name)

    def _words(self, box: QRectF, words: str, align: Qt.AlignmentFlag, colour: str, cap: float) -> None:
        self._painter.setPen(QColor(colour))
        self._painter.setFont(look.font(cap))
        self._painter.drawText(box, align, words)


__all__ = ["BEAT_PX", "FOOT_PX", "LEFT_PX", "RHYTHM_PX", "RIGHT_PX", "Strip", "WavePainter"]
