"""The waves at the cursor: every channel of the session, zoomable from a whole session down to single samples."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US, WAVES
from monitor_app.display import theme as look
from monitor_app.record.readers import ChannelRow
from monitor_app.review.axis import Axis
from monitor_app.review.columns import Stretch
from monitor_app.review.story import Story
from monitor_app.review.traces import Traces

LEFT_PX, RIGHT_PX, FOOT_PX = 64, 16, 22
SPAN_US_MIN, SPAN_US_MAX = SECOND_US, 4 * 3600 * SECOND_US
SPAN_US = 10 * SECOND_US
PREFERRED = (Parameter.ECG_II, Parameter.ECG_I, Parameter.ECG_V, Parameter.PLETH, Parameter.RESP)
SHOWN_MAX = 4
"""Strips that stay readable one above the other."""
FILL = 0.8
"""Share of a strip that its trace may take."""


class WavePane(QWidget):
    """`window_changed` carries the two ends of the window in station time."""

    window_changed = Signal(object, object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._traces: Traces | None = None
        self._channels: list[ChannelRow] = []
        self._centre_us = 0
        self._span_us = SPAN_US
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Waves at the cursor")

    def show_story(self, story: Story, traces: Traces) -> None:
        """Take over a session; the window stays where it is if it lies inside."""
        same = self._story is not None and self._story.row.uuid == story.row.uuid
        self._story, self._traces = story, traces
        self._channels = chosen(story.channels)
        if not same:
            self._span_us = SPAN_US
            self._centre_us = story.from_us + SPAN_US // 2
        self.look_at(self._centre_us)

    def look_at(self, t_us: int) -> None:
        """Centre the window on a moment, inside the session."""
        if self._story is None:
            return
        half = self._span_us // 2
        self._centre_us = min(
            max(t_us, self._story.from_us + half), max(self._story.to_us - half, self._story.from_us + half)
        )
        self.window_changed.emit(*self.shown_us())
        self.update()

    def shown_us(self) -> tuple[int, int]:
        """From and to, in station time."""
        return self._centre_us - self._span_us // 2, self._centre_us + self._span_us // 2

    @property
    def span_us(self) -> int:
        """How much time the window shows."""
        return self._span_us

    def zoom(self, factor: float) -> None:
        """Show `factor` times as much."""
        longest = SPAN_US_MAX if self._story is None else max(SPAN_US_MIN, self._story.to_us - self._story.from_us)
        self._span_us = int(min(max(self._span_us * factor, SPAN_US_MIN), longest))
        self.look_at(self._centre_us)

    # ------------------------------------------------------------------ acts

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows a tenth of a window, page keys a window, Home and End, + and - zoom."""
        key = Qt.Key(event.key())
        step = {
            Qt.Key.Key_Left: -self._span_us // 10,
            Qt.Key.Key_Right: self._span_us // 10,
            Qt.Key.Key_PageUp: -self._span_us,
            Qt.Key.Key_PageDown: self._span_us,
        }.get(key)
        if step is not None:
            self.look_at(self._centre_us + step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(0.5 if key is Qt.Key.Key_Plus else 2.0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._story is not None:
            self.look_at(self._story.from_us if key is Qt.Key.Key_Home else self._story.to_us)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to zoom."""
        self.zoom(0.8 if event.angleDelta().y() > 0 else 1.25)

    # ------------------------------------------------------------------ paint

    def paintEvent(self, event: QPaintEvent) -> None:
        """One strip per channel, a shared time axis below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tile))
        if self._story is None or self._traces is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = max(1, self.width() - LEFT_PX - RIGHT_PX)
        axis = Axis(*self.shown_us(), width)
        painter.translate(LEFT_PX, 0)
        self._times(painter, self._story, axis)
        if not self._channels:
            painter.setPen(QColor(self._theme.text2))
            painter.setFont(look.font(12))
            box = QRectF(0, 0, width, self.height() - FOOT_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "No waves were recorded in this session.")
            return
        height = (self.height() - FOOT_PX) / len(self._channels)
        for place, channel in enumerate(self._channels):
            self._strip(painter, channel, axis, QRectF(0, place * height, width, height))

    def _strip(self, painter: QPainter, channel: ChannelRow, axis: Axis, box: QRectF) -> None:
        spec = WAVES[Parameter(channel.parameter)]
        painter.setPen(QColor(self._theme.role(spec.role)))
        painter.setFont(look.font(11, look.MEDIUM))
        painter.drawText(QPointF(-LEFT_PX + 12, box.center().y() + 5), spec.label)
        painter.setClipRect(box)
        if self._traces is not None:
            seen = self._traces.window(channel, axis.from_us, axis.to_us, round(axis.width))
            self._draw(painter, seen, box)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _draw(self, painter: QPainter, seen: list[Stretch], box: QRectF) -> None:
        if not seen:
            painter.setPen(QColor(self._theme.text3))
            painter.setFont(look.font(10))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "no signal")
            return
        low = min(float(part.y.min()) for part in seen)
        high = max(float(part.y.max()) for part in seen)
        scale = FILL * box.height() / max(high - low, 1.0)
        middle = (low + high) / 2
        painter.setPen(QPen(painter.pen().color(), 1))
        for part in seen:
            y = box.center().y() - (part.y - middle) * scale
            points = [QPointF(a, b) for a, b in zip(part.x.tolist(), y.tolist(), strict=True)]
            painter.drawPolyline(QPolygonF(points))

    def _times(self, painter: QPainter, story: Story, axis: Axis) -> None:
        painter.setFont(look.font(9))
        for x, label in axis.ticks(story.anchors):
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - FOOT_PX))
            painter.setPen(QColor(self._theme.text2))
            painter.drawText(QPointF(x + 3, self.height() - 6), label)


def chosen(channels: tuple[ChannelRow, ...]) -> list[ChannelRow]:
    """The channels to show: the preferred ones that exist, in a fixed order, at most four."""
    by_parameter = {channel.parameter: channel for channel in channels}
    order = [*PREFERRED, *(Parameter(c.parameter) for c in channels if c.parameter not in PREFERRED)]
    return [by_parameter[p] for p in order if p in by_parameter][:SHOWN_MAX]
