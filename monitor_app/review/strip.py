"""The whole session at a glance: phases, numbers, cuff readings, alarms, gaps, and where the wave window stands."""

from __future__ import annotations

import itertools

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from drivers.samples import Parameter
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.words import PHASE_WORDS
from monitor_app.display import theme as look
from monitor_app.record.gaps import WAVES
from monitor_app.review.axis import Axis
from monitor_app.review.coverage import State, states
from monitor_app.review.polygon import polygon
from monitor_app.review.story import TREND_GAP_US, AlarmSpan, Story, Trend

LEFT_PX, RIGHT_PX = 64, 16
HEAD_PX, RIBBON_PX, FOOT_PX = 26, 14, 22
COVER_PX = 11
"""Height of a coverage bar; one for the heart rate, one for SpO2."""
COVERED = ((Parameter.HR, Parameter.PULSE_RATE), (Parameter.SPO2,))
BELOW_PX = 3 * RIBBON_PX + len(COVERED) * COVER_PX + FOOT_PX + 12
PRESSURE_RANGE = (40.0, 200.0)  # mmHg and bpm share the scale, as on a paper chart
SPO2_RANGE = (80.0, 100.0)
WINDOW_OPACITY = 0.22
HATCHED = {Kind.TECHNICAL}
FILLED_PHASES = {Phase.INFUSION}


class SessionStrip(QWidget):
    """Drag or click moves the window; arrow keys too. `moved` carries the time asked for, in station time."""

    moved = Signal(object)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._window = (0, 1)
        self._drawn: QPixmap | None = None
        self.setMinimumHeight(240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Session overview")

    def show_story(self, story: Story) -> None:
        """Draw this session."""
        self._story = story
        self._drawn = None
        self.update()

    def show_window(self, from_us: int, to_us: int) -> None:
        """Mark what the waves show."""
        self._window = (from_us, to_us)
        self.update()

    def axis(self) -> Axis | None:
        """The time axis over the plot, None while there is no session."""
        if self._story is None:
            return None
        return Axis(self._story.from_us, self._story.to_us, max(1, self.width() - LEFT_PX - RIGHT_PX))

    # ------------------------------------------------------------------ acts

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to where the person pressed."""
        axis = self.axis()
        if axis is not None:
            self.moved.emit(axis.t_us(event.position().x() - LEFT_PX))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the window along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move by a window."""
        span = self._window[1] - self._window[0]
        centre = sum(self._window) // 2
        step = {Qt.Key.Key_Left: -span, Qt.Key.Key_Right: span}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(centre + step)

    # ------------------------------------------------------------------ paint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another picture."""
        self._drawn = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The session, drawn once, and over it where the window of the waves stands."""
        painter = QPainter(self)
        story, axis = self._story, self.axis()
        if story is None or axis is None:
            painter.fillRect(self.rect(), QColor(self._theme.tile))
            return
        if self._drawn is None or self._drawn.devicePixelRatio() != self.devicePixelRatio():
            self._drawn = self._picture(story, axis)
        painter.drawPixmap(0, 0, self._drawn)
        painter.translate(LEFT_PX, 0)
        self._window_box(painter, axis, self._plot(axis))

    def _plot(self, axis: Axis) -> QRectF:
        return QRectF(0, HEAD_PX, axis.width, self.height() - HEAD_PX - BELOW_PX)

    def _picture(self, story: Story, axis: Axis) -> QPixmap:
        """Bottom to top: phases, gaps, curves, cuffs, alarms, coverage, times."""
        picture = QPixmap(self.size() * self.devicePixelRatio())
        picture.setDevicePixelRatio(self.devicePixelRatio())
        picture.fill(QColor(self._theme.tile))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(LEFT_PX, 0)
        plot = self._plot(axis)
        self._phases(painter, story, axis, plot)
        self._scale(painter, plot)
        self._gaps(painter, story, axis, plot)
        for parameter in (Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE):
            trend = story.trend(parameter)
            if trend is not None and not (parameter is Parameter.PULSE_RATE and story.trend(Parameter.HR) is not None):
                self._curve(painter, trend, axis, plot)
        self._cuffs(painter, story, axis, plot)
        self._alarms(painter, story, axis, plot.bottom() + 4)
        if story.numbers_read:
            self._coverage(painter, story, axis, plot.bottom() + 3 * RIBBON_PX + 8)
        else:
            painter.setPen(QColor(self._theme.text2))
            painter.setFont(look.font(10))
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, "The numbers are being read ...")
        self._times(painter, story, axis)
        painter.end()
        return picture

    def _phases(self, painter: QPainter, story: Story, axis: Axis, plot: QRectF) -> None:
        for span in story.phases:
            box = QRectF(axis.x(span.from_us), 0, axis.x(span.to_us) - axis.x(span.from_us), HEAD_PX - 4)
            painter.fillRect(box, QColor(self._theme.line if span.phase in FILLED_PHASES else self._theme.raised))
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(box.left(), 0), QPointF(box.left(), plot.bottom()))
            painter.setPen(QColor(self._theme.text1))
            painter.setFont(look.font(9.5, look.MEDIUM))
            word = PHASE_WORDS[span.phase]
            if look.text_width(word, 9.5, look.MEDIUM) < box.width() - 8:
                painter.drawText(box.adjusted(6, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter, word)

    def _scale(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(look.font(9))
        for value in (60, 100, 140, 180):
            y = _y(value, PRESSURE_RANGE, plot)
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QPointF(0, y), QPointF(plot.width(), y))
            painter.setPen(QColor(self._theme.text3))
            painter.drawText(QRectF(-60, y - 8, 30, 16), Qt.AlignmentFlag.AlignRight, str(value))
        painter.setPen(QColor(self._theme.spo2))
        for value in (85, 90, 95, 100):
            y = _y(value, SPO2_RANGE, plot)
            painter.drawText(QRectF(-28, y - 8, 24, 16), Qt.AlignmentFlag.AlignRight, str(value))

    def _gaps(self, painter: QPainter, story: Story, axis: Axis, plot: QRectF) -> None:
        for gap in story.gaps:
            if gap.what == WAVES:
                continue  # of numbers there is no gap
            right = axis.x(gap.to_us if gap.to_us is not None else story.to_us)
            left = axis.x(gap.from_us)
            box = QRectF(left, plot.top(), max(1.0, right - left), plot.height())
            painter.fillRect(box, QColor(look.mixed(self._theme.text3, self._theme.tile, 0.18)))

    def _curve(self, painter: QPainter, trend: Trend, axis: Axis, plot: QRectF) -> None:
        span = SPO2_RANGE if trend.parameter is Parameter.SPO2 else PRESSURE_RANGE
        painter.setPen(QPen(QColor(self._theme.role(NUMERICS[trend.parameter].role)), 1))
        for times, values in pieces(trend):
            x = (times - axis.from_us) * (axis.width / (axis.to_us - axis.from_us))
            y = plot.bottom() - (np.clip(values, *span) - span[0]) / (span[1] - span[0]) * plot.height()
            painter.drawPolyline(polygon(*thinned(x, y)))

    def _cuffs(self, painter: QPainter, story: Story, axis: Axis, plot: QRectF) -> None:
        pen = QPen(QColor(self._theme.nibp), 2)
        painter.setPen(pen)
        for cuff in story.cuffs:
            x = axis.x(cuff.t_us)
            if cuff.systolic is None:
                painter.drawLine(QPointF(x - 3, plot.bottom() - 9), QPointF(x + 3, plot.bottom() - 3))
                painter.drawLine(QPointF(x - 3, plot.bottom() - 3), QPointF(x + 3, plot.bottom() - 9))
                continue
            top = _y(cuff.systolic, PRESSURE_RANGE, plot)
            bottom = _y(cuff.diastolic if cuff.diastolic is not None else cuff.systolic, PRESSURE_RANGE, plot)
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            for y in (top, bottom):
                painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))

    def _alarms(self, painter: QPainter, story: Story, axis: Axis, top: float) -> None:
        painter.setFont(look.font(8.5))
        for row, (priority, mark) in enumerate(((Priority.HIGH, "▲"), (Priority.MEDIUM, "◆"), (Priority.LOW, "■"))):
            y = top + row * RIBBON_PX
            painter.setPen(QColor(self._theme.text2))
            painter.drawText(QRectF(-28, y, 24, RIBBON_PX - 2), Qt.AlignmentFlag.AlignRight, mark)
            for span in (s for s in story.alarms if s.priority is priority):
                end_us = span.line.ended_us if span.line.ended_us is not None else story.to_us
                box = QRectF(
                    axis.x(span.from_us), y + 2, max(3.0, axis.x(end_us) - axis.x(span.from_us)), RIBBON_PX - 4
                )
                colour = QColor(look.ALARM[priority].fill)
                pattern = Qt.BrushStyle.BDiagPattern if span.kind in HATCHED else Qt.BrushStyle.SolidPattern
                painter.fillRect(box, QBrush(colour, pattern))
                painter.setPen(QPen(colour, 1))
                painter.drawRect(box)
                self._taken(painter, span, box, axis)

    def _taken(self, painter: QPainter, span: AlarmSpan, box: QRectF, axis: Axis) -> None:
        """Outlined from the moment of the acknowledgement."""
        if span.line.acknowledged_us is None:
            return
        left = max(box.left(), axis.x(span.line.acknowledged_us))
        if left < box.right():
            painter.setPen(QPen(QColor(self._theme.text1), 2))
            painter.drawRect(QRectF(left, box.top(), box.right() - left, box.height()))

    def _coverage(self, painter: QPainter, story: Story, axis: Axis, top: float) -> None:
        """Valid filled, artefact half as high and hatched, absent left blank: the worst second of each pixel speaks."""
        for row, parameters in enumerate(COVERED):
            trend = next((t for p in parameters if (t := story.trend(p)) is not None), None)
            y = top + row * COVER_PX
            painter.setFont(look.font(7.5))
            painter.setPen(QColor(self._theme.text3))
            label = NUMERICS[parameters[0]].label
            painter.drawText(QRectF(-LEFT_PX + 2, y - 3, LEFT_PX - 8, COVER_PX + 4), Qt.AlignmentFlag.AlignRight, label)
            state = states(trend, story.from_us, story.to_us, int(axis.width))
            edges = [0, *(np.flatnonzero(np.diff(state)) + 1).tolist(), len(state)]
            for first, end in itertools.pairwise(edges):
                self._cover(
                    painter, State(int(state[first])), QRectF(first, y, end - first, COVER_PX - 3), parameters[0]
                )

    def _cover(self, painter: QPainter, state: State, box: QRectF, parameter: Parameter) -> None:
        if state is State.ABSENT:
            return
        colour = QColor(look.mixed(self._theme.role(NUMERICS[parameter].role), self._theme.tile, 0.55))
        if state is State.VALID:
            painter.fillRect(box, colour)
        else:
            painter.fillRect(box, QBrush(QColor(self._theme.text2), Qt.BrushStyle.Dense5Pattern))

    def _window_box(self, painter: QPainter, axis: Axis, plot: QRectF) -> None:
        left, right = axis.x(self._window[0]), axis.x(self._window[1])
        box = QRectF(
            left, plot.top(), max(2.0, right - left), plot.height() + 3 * RIBBON_PX + len(COVERED) * COVER_PX + 6
        )
        veil = QColor(self._theme.focus)
        veil.setAlphaF(WINDOW_OPACITY)
        painter.fillRect(box, veil)
        painter.setPen(QPen(QColor(self._theme.focus), 2))
        painter.drawLine(box.topLeft(), box.bottomLeft())
        painter.drawLine(box.topRight(), box.bottomRight())

    def _times(self, painter: QPainter, story: Story, axis: Axis) -> None:
        painter.setFont(look.font(9))
        painter.setPen(QColor(self._theme.text2))
        for x, label in axis.ticks(story.anchors):
            painter.drawText(QPointF(x + 3, self.height() - 6), label)
            painter.drawLine(QPointF(x, self.height() - FOOT_PX), QPointF(x, self.height() - 4))


def pieces(trend: Trend) -> list[tuple[np.ndarray, np.ndarray]]:
    """The stretches of a trend in which it was measured; nothing joins them."""
    there = np.flatnonzero(np.isfinite(trend.values))
    if not len(there):
        return []
    breaks = np.flatnonzero((np.diff(there) > 1) | (np.diff(trend.t_us[there]) > TREND_GAP_US)) + 1
    return [(trend.t_us[part], trend.values[part]) for part in np.split(there, breaks)]


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of each pixel, when there are more numbers than pixels."""
    edges = np.concatenate(([0], np.flatnonzero(np.diff(np.floor(x))) + 1))
    if 2 * len(edges) >= len(x):
        return x, y
    both = np.empty(2 * len(edges))
    both[0::2], both[1::2] = np.minimum.reduceat(y, edges), np.maximum.reduceat(y, edges)
    return np.repeat(np.floor(x[edges]), 2), both


def _y(value: float, span: tuple[float, float], plot: QRectF) -> float:
    share = (min(max(value, span[0]), span[1]) - span[0]) / (span[1] - span[0])
    return plot.bottom() - share * plot.height()
