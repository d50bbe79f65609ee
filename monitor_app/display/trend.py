"""How has the session gone? Heart rate, oxygen saturation and cuff readings of one chair over its whole time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from drivers.samples import Parameter
from monitor_app.display import brush, words
from monitor_app.display.history import Course
from monitor_app.display.theme import BOLD, MEDIUM, Theme, text_width

LEAST_SPAN_US = 10 * 60_000_000
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
        self.setAccessibleName("Trend of this session")
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
            text = "The trend begins with the first numbers of a session."
            brush.text(painter, area.left(), area.center().y(), text, cap, theme.text3)
            painter.end()
            return
        begin = min(point[0] for line in course.lines.values() for point in line)
        begin = min([begin, *(cuff[0] for cuff in course.cuffs)])
        span = max(LEAST_SPAN_US, self._now_us - begin)
        above, below = bands(area)
        for band in (above, below):
            self._paint_grid(painter, band, cap)
        self._paint_times(painter, area, cap, span)
        self._paint_phases(painter, area, cap, begin, span)
        self._paint_cuffs(painter, below, begin, span)
        rate = Parameter.HR if Parameter.HR in course.lines else Parameter.PULSE_RATE
        self._paint_line(painter, below, course.lines.get(rate, ()), theme.ecg, begin, span)
        self._paint_line(painter, above, course.lines.get(Parameter.SPO2, ()), theme.spo2, begin, span)
        painter.end()

    def _paint_legend(self, painter: QPainter, area: QRectF, cap: float) -> None:
        theme = self._theme
        base = area.top() - cap * 0.8
        x = area.left()
        for words_of, colour in (("HR", theme.ecg), ("SpO2", theme.spo2), ("BP", theme.nibp)):
            x += brush.text(painter, x, base, words_of, cap, colour, BOLD) + cap * 1.2
        brush.text(painter, x, base, "trend since this window opened", cap, theme.text3)
        brush.text(painter, area.right(), base, self._mark, cap, theme.simulated, BOLD, right=True)

    def _paint_grid(self, painter: QPainter, band: Band, cap: float) -> None:
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for value in band.grid:
            y = band.y(value)
            painter.drawLine(QLineF(band.rect.left(), y, band.rect.right(), y))
        for value in band.grid:
            brush.text(painter, band.rect.left() - cap * 0.7, band.y(value) + cap / 2, str(value), cap, self._theme.text3,
                       right=True)  # fmt: skip

    def _paint_times(self, painter: QPainter, area: QRectF, cap: float, span: int) -> None:
        base = area.bottom() + cap * 1.9
        brush.text(painter, area.left(), base, f"−{words.duration(span / 1e6)}", cap, self._theme.text3)
        brush.text(painter, area.right(), base, "now", cap, self._theme.text3, right=True)

    def _paint_phases(self, painter: QPainter, area: QRectF, cap: float, begin: int, span: int) -> None:
        if self._course is None:
            return
        taken = area.left() + cap * 8
        for t_us, word in self._course.phases:
            x = max(area.left(), area.left() + area.width() * (t_us - begin) / span)
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            wide = text_width(word, cap, MEDIUM)
            if x > taken and x + wide < area.right() - cap * 4:
                brush.text(painter, x + 3, area.bottom() + cap * 1.9, word, cap, self._theme.text2, MEDIUM)
                taken = x + wide + cap

    def _paint_cuffs(self, painter: QPainter, band: Band, begin: int, span: int) -> None:
        if self._course is None:
            return
        painter.setPen(QPen(QColor(self._theme.nibp), 1.5))
        for t_us, systolic, diastolic in self._course.cuffs:
            x = band.rect.left() + band.rect.width() * (t_us - begin) / span
            top, bottom = band.y(systolic), band.y(diastolic)
            painter.drawLine(QLineF(x, top, x, bottom))
            painter.drawLine(QLineF(x - 4, top, x + 4, top))
            painter.drawLine(QLineF(x - 4, bottom, x + 4, bottom))

    def _paint_line(
        self,
        painter: QPainter,
        band: Band,
        line: Iterable[tuple[int, float | None]],
        colour: str,
        begin: int,
        span: int,
    ) -> None:
        """Joined where it was measured, open where it was not."""
        painter.setPen(QPen(QColor(colour), 1.5))
        run: list[QPointF] = []
        for t_us, value in line:
            if value is None:
                painter.drawPolyline(run)
                run = []
            else:
                run.append(QPointF(band.rect.left() + band.rect.width() * (t_us - begin) / span, band.y(value)))
        if len(run) == 1:
            painter.drawPoint(run[0])
        painter.drawPolyline(run)
