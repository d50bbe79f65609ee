"""How has the session gone? Heart rate, oxygen saturation and cuff readings of one chair over its whole time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from drivers.samples import Parameter
from monitor_app.display import brush
from monitor_app.display.language import phrase
from monitor_app.display.theme import ALARM, BOLD, MEDIUM, Theme, mixed, text_width
from monitor_app.display.trend_axis import FAILED, MINUTE_US, PENDING, PLAIN, Axis, Bar, axis_of, bars, flags, stretches
from monitor_app.feed.history import PRESSURE, Course

LATE_US = 60_000_000
"""A window that opened so long after the first phase has no lines of the time before."""
LIMIT_OPACITY, LINE_OPACITY = 0.13, 0.55
EXPECTED_OPACITY = 0.18
"""Of the grey of small words, the colour of no vital sign; areas of limits are seen through it."""
FLAG_WORD_MAX_PX = 160
SPO2_SHARE = 0.32
"""Share of the height for SpO2: on the scale of the other two its fall from 97 to 83 would hardly be seen."""


@dataclass(frozen=True, slots=True)
class Band:
    """A vertical scale: values from low to high fill `rect`, bottom to top; what lies outside stays at the edge."""

    rect: QRectF
    low: float
    high: float
    grid: tuple[int, ...]

    def y(self, value: float) -> float:
        """Where this value stands."""
        bounded = min(max(value, self.low), self.high)
        return self.rect.bottom() - self.rect.height() * (bounded - self.low) / (self.high - self.low)


def bands(area: QRectF) -> tuple[Band, Band]:
    """SpO2 above, heart rate and pressure below."""
    top = area.height() * SPO2_SHARE
    above = QRectF(area.left(), area.top(), area.width(), top - 10)
    below = QRectF(area.left(), area.top() + top, area.width(), area.height() - top)
    return Band(above, 75, 100, (80, 90, 100)), Band(below, 40, 200, (50, 100, 150, 200))


class Trend(QWidget):
    """Repaints when it is given a course; the picture is small, so it is painted whole."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(phrase("Trend of this session"))
        self._theme = theme
        self._course: Course | None = None
        self._now_us = 0
        self._mark = ""
        self._scale = 1.0

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.update()

    def show_course(self, course: Course | None, now_us: int, mark: str) -> None:
        """The course up to station time `now_us`; mark: SIMULATED where it is."""
        changed = course is not self._course or now_us - self._now_us > 2_000_000 or mark != self._mark
        if changed:
            self._course, self._now_us, self._mark = course, now_us, mark
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, phases, cuffs, lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, cap = self._theme, max(9.0, 10 * self._scale)
        painter.fillRect(self.rect(), QColor(theme.tile))
        area = QRectF(cap * 4, cap * 2.6, self.width() - cap * 6, self.height() - cap * 5.2)
        self._paint_legend(painter, area, cap)
        course = self._course
        if course is None or not course.lines:
            text = phrase("The trend begins with the first numbers of a session.")
            brush.text(painter, area.left(), area.center().y(), text, cap, theme.text3)
            painter.end()
            return
        axis = axis_of(course, self._now_us, area.left(), area.width())
        above, below = bands(area)
        rate = Parameter.HR if Parameter.HR in course.lines else Parameter.PULSE_RATE
        for name, band, colour in (
            (Parameter.SPO2.value, above, theme.spo2),
            (rate.value, below, theme.ecg),
        ):
            self._paint_limits(painter, band, axis, course, name, colour)
        self._paint_expected(painter, below, axis, course)
        self._paint_pressure_limits(painter, below, axis, course)
        for band in (above, below):
            self._paint_grid(painter, band, cap)
        self._paint_times(painter, area, cap, axis)
        self._paint_phases(painter, area, cap, axis, course)
        self._paint_flags(painter, area, cap, axis, course)
        for bar in bars(course.readings, course.pending):
            self._paint_bar(painter, below, axis, bar)
        self._paint_line(painter, below, course.lines.get(rate, ()), theme.ecg, axis)
        self._paint_line(painter, above, course.lines.get(Parameter.SPO2, ()), theme.spo2, axis)
        painter.end()

    def _paint_legend(self, painter: QPainter, area: QRectF, cap: float) -> None:
        theme = self._theme
        base = area.top() - cap * 0.8
        x = area.left()
        for words_of, colour in (("HR", theme.ecg), ("SpO2", theme.spo2), ("BP", theme.nibp)):
            x += brush.text(painter, x, base, words_of, cap, colour, BOLD) + cap * 1.2
        x += brush.text(painter, x, base, self.tr("limits ▒"), cap, theme.text3) + cap * 1.2
        if self._course is not None and self._course.expected:
            own = self.tr("SYS of {} earlier sessions ░").format(self._course.courses)
            words = own if self._course.courses else self.tr("published SYS rise, 9 of 10 ░")
            x += brush.text(painter, x, base, words, cap, theme.text3) + cap * 1.2
        if (
            self._course is not None
            and self._course.phases
            and self._course.began_us > self._course.phases[0][0] + LATE_US
        ):
            brush.text(painter, x, base, self.tr("lines since this window opened"), cap, theme.text3)
        brush.text(painter, area.right(), base, self._mark, cap, theme.simulated, BOLD, right=True)

    def _paint_grid(self, painter: QPainter, band: Band, cap: float) -> None:
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for value in band.grid:
            y = band.y(value)
            painter.drawLine(QLineF(band.rect.left(), y, band.rect.right(), y))
        below = None
        for value in sorted(band.grid):
            base = band.y(value) + cap / 2
            if below is not None and below - base < cap * 1.3:
                continue  # two numbers in one place are none
            below = base
            brush.text(painter, band.rect.left() - cap * 0.7, base, str(value), cap, self._theme.text3, right=True)

    def _paint_times(self, painter: QPainter, area: QRectF, cap: float, axis: Axis) -> None:
        base = area.bottom() + cap * 1.9
        for minutes in axis.ticks():
            x = axis.x(axis.from_us + minutes * MINUTE_US)
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QLineF(x, area.bottom(), x, area.bottom() + cap * 0.4))
            word = self.tr("{} min").format(minutes)
            if x + text_width(word, cap * 0.85) <= area.right() + cap:
                brush.text(painter, x, base, word, cap * 0.85, self._theme.text3)
        now = axis.x(self._now_us)
        painter.setPen(QPen(QColor(self._theme.text3), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(now, area.top(), now, area.bottom()))

    def _paint_phases(self, painter: QPainter, area: QRectF, cap: float, axis: Axis, course: Course) -> None:
        """Where a phase began, and where the infusion is planned to end; words where there is room above the lines."""
        marks = [*course.phases]
        if course.planned_end_us is not None and course.planned_end_us > self._now_us:
            marks.append((course.planned_end_us, self.tr("planned end")))
        taken = area.left()
        for t_us, word in marks:
            x = axis.x(t_us)
            painter.setPen(
                QPen(
                    QColor(self._theme.line), 1, Qt.PenStyle.DashLine if t_us > self._now_us else Qt.PenStyle.SolidLine
                )
            )
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            wide = text_width(word, cap * 0.85, MEDIUM)
            if x >= taken and x + wide < area.right():
                brush.text(
                    painter,
                    x + 3,
                    area.top() + area.height() * SPO2_SHARE - 1,
                    word,
                    cap * 0.85,
                    self._theme.text2,
                    MEDIUM,
                )
                taken = x + wide + cap

    def _paint_flags(self, painter: QPainter, area: QRectF, cap: float, axis: Axis, course: Course) -> None:
        """Small flags at the bottom, alarms in their colour; in words while there is room."""
        right = area.right()
        for line in flags(course.log, axis.from_us):
            x, y = axis.x(line.t_us), area.bottom()
            colour = ALARM[line.priority].fill if line.priority is not None else self._theme.text2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawPolygon(QPolygonF([QPointF(x - 4, y - 8), QPointF(x + 4, y - 8), QPointF(x, y - 1)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            word = line.text.partition(" (")[0]
            wide = text_width(word, cap * 0.8)
            if x + 6 + wide <= right and wide < FLAG_WORD_MAX_PX:
                brush.text(painter, x + 6, y - 2, word, cap * 0.8, self._theme.text2)
                right = x - 8

    def _paint_limits(self, painter: QPainter, band: Band, axis: Axis, course: Course, name: str, colour: str) -> None:
        """What lies beyond the limits, faintly filled: an area that moves with phase and baseline, never an expectation."""
        tint = QColor(mixed(colour, self._theme.tile, LIMIT_OPACITY))
        for begin_us, end_us, low, high in stretches(course.bands.get(name, ()), self._now_us):
            left, right = axis.x(begin_us), axis.x(end_us)
            if high is not None and high < band.high:
                painter.fillRect(QRectF(left, band.rect.top(), right - left, band.y(high) - band.rect.top()), tint)
            if low is not None and low > band.low:
                painter.fillRect(QRectF(left, band.y(low), right - left, band.rect.bottom() - band.y(low)), tint)

    def _paint_expected(self, painter: QPainter, band: Band, axis: Axis, course: Course) -> None:
        """Where the systolic pressure usually lies: behind lines and readings, without an edge, never a limit."""
        shown = [point for point in course.expected if axis.from_us <= point[0] <= axis.to_us]
        upper = [QPointF(axis.x(t_us), band.y(high)) for t_us, _, high in shown]
        lower = [QPointF(axis.x(t_us), band.y(low)) for t_us, low, _ in reversed(shown)]
        painter.setPen(Qt.PenStyle.NoPen)
        tint = QColor(self._theme.text3)
        tint.setAlphaF(EXPECTED_OPACITY)
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF([*upper, *lower]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_pressure_limits(self, painter: QPainter, band: Band, axis: Axis, course: Course) -> None:
        """The systolic limits share the scale of the heart rate, so they are lines, not a second area."""
        painter.setPen(QPen(QColor(mixed(self._theme.nibp, self._theme.tile, LINE_OPACITY)), 1, Qt.PenStyle.DotLine))
        for begin_us, end_us, low, high in stretches(course.bands.get(PRESSURE, ()), self._now_us):
            for limit in (low, high):
                if limit is not None:
                    y = band.y(limit)
                    painter.drawLine(QLineF(axis.x(begin_us), y, axis.x(end_us), y))

    def _paint_bar(self, painter: QPainter, band: Band, axis: Axis, bar: Bar) -> None:
        """Systolic to diastolic with a tick for the mean; hollow when it was refuted, with a dot while it waits for its
        repeat; a cross where it failed."""
        x = axis.x(bar.t_us)
        painter.setPen(QPen(QColor(self._theme.nibp), 1.5))
        if bar.kind == FAILED:
            y = band.rect.bottom() - 14
            painter.drawLine(QLineF(x - 3, y - 3, x + 3, y + 3))
            painter.drawLine(QLineF(x - 3, y + 3, x + 3, y - 3))
            return
        top, bottom = band.y(bar.systolic), band.y(bar.diastolic)
        if bar.kind != PLAIN:
            painter.drawRect(QRectF(x - 3, top, 6, bottom - top))
            if bar.kind == PENDING:
                painter.drawEllipse(QPointF(x, (top + bottom) / 2), 1, 1)
            return
        painter.drawLine(QLineF(x, top, x, bottom))
        painter.drawLine(QLineF(x - 4, top, x + 4, top))
        painter.drawLine(QLineF(x - 4, bottom, x + 4, bottom))
        if bar.mean is not None:
            painter.drawLine(QLineF(x - 2, band.y(bar.mean), x + 2, band.y(bar.mean)))

    def _paint_line(
        self, painter: QPainter, band: Band, line: Iterable[tuple[int, float | None]], colour: str, axis: Axis
    ) -> None:
        """Joined where it was measured, open where it was not."""
        painter.setPen(QPen(QColor(colour), 1.5))
        run: list[QPointF] = []
        for t_us, value in (*line, (0, None)):
            if value is not None:
                run.append(QPointF(axis.x(t_us), band.y(value)))
            elif len(run) == 1:
                painter.drawPoint(run[0])
                run = []
            elif run:
                painter.drawPolyline(run)
                run = []
