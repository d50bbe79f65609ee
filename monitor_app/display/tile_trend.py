"""Where has this chair come from? Oxygen above, heart rate and pressures below, the ribbon of phases between: a strip.

It shows at most the last hour. Where nothing was measured the line is open; words at the left say
what is what and how far back it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from drivers.samples import Parameter
from monitor_app.display import brush
from monitor_app.display.language import phrase
from monitor_app.display.theme import MEDIUM, Theme
from monitor_app.feed.history import Course

MINUTE_US = 60_000_000
SPANS_MIN = (15, 30, 60)
PARTS = 3
OXYGEN_SHARE = 0.36
LABELS_PX = 60
FILLED_PHASE = "INFUSION"


@dataclass(frozen=True, slots=True)
class Lane:
    """A band of the strip. low, high: the values at its edges; what lies beyond is drawn at the edge. span_us: its width."""

    rect: QRectF
    low: float
    high: float
    span_us: int

    def point(self, t_us: int, value: float, now_us: int) -> QPointF:
        """Where a value of that time stands."""
        across = 1 - (now_us - t_us) / self.span_us
        up = (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)
        return QPointF(self.rect.left() + self.rect.width() * across, self.rect.bottom() - self.rect.height() * up)


def span_of(course: Course, now_us: int) -> int:
    """The shortest span that holds the whole course, at most an hour."""
    begins = [line[0][0] for line in course.lines.values() if line]
    past_us = now_us - min(begins, default=now_us)
    return next((m for m in SPANS_MIN if m * MINUTE_US >= past_us), SPANS_MIN[-1]) * MINUTE_US


def lanes(rect: QRectF, span_us: int) -> tuple[Lane, Lane]:
    """Oxygen 80 to 100 above; rate and pressures 40 to 180 below; between them the ribbon of phases."""
    area = rect.adjusted(LABELS_PX, 3, -2, -3)
    upper = QRectF(area.left(), area.top(), area.width(), area.height() * OXYGEN_SHARE)
    lower = QRectF(area.left(), upper.bottom() + 8, area.width(), area.bottom() - upper.bottom() - 8)
    return Lane(upper, 80, 100, span_us), Lane(lower, 40, 180, span_us)


def paint_trend(painter: QPainter, rect: QRectF, course: Course, now_us: int, theme: Theme, cap: float) -> None:
    """The whole strip. cap: height of the words at its edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    upper, lower = lanes(rect, span_of(course, now_us))
    _paint_scale(painter, upper, lower, theme, cap)
    _paint_phases(painter, upper, course, now_us, theme)
    for t_us, systolic, diastolic in course.cuffs:
        if now_us - t_us <= lower.span_us:
            _paint_cuff(painter, lower, t_us, systolic, diastolic, now_us, theme)
    rate = course.lines.get(Parameter.HR) or course.lines.get(Parameter.PULSE_RATE) or ()
    _paint_line(painter, lower, rate, now_us, theme.ecg)
    _paint_line(painter, upper, course.lines.get(Parameter.SPO2, ()), now_us, theme.spo2)


def _paint_scale(painter: QPainter, upper: Lane, lower: Lane, theme: Theme, cap: float) -> None:
    painter.setPen(QPen(QColor(theme.grid), 1))
    for part in range(PARTS + 1):
        x = round(upper.rect.left() + upper.rect.width() * part / PARTS) + 0.5
        painter.drawLine(QLineF(x, upper.rect.top(), x, lower.rect.bottom()))
    left = upper.rect.left() - LABELS_PX
    brush.text(
        painter, left + 2, brush.middle(upper.rect.top(), upper.rect.height(), cap), "SpO2", cap, theme.spo2, MEDIUM
    )
    base = brush.middle(lower.rect.top(), lower.rect.height(), cap)
    wide = brush.text(painter, left + 2, base, "HR", cap, theme.ecg, MEDIUM)
    brush.text(painter, left + 2 + wide + cap * 0.6, base, "BP", cap, theme.nibp, MEDIUM)
    if lower.rect.height() > cap * 5:
        brush.text(painter, left + 2, lower.rect.bottom(), phrase("{} min").format(lower.span_us // MINUTE_US), cap,
                   theme.text3)  # fmt: skip


def _paint_phases(painter: QPainter, upper: Lane, course: Course, now_us: int, theme: Theme) -> None:
    """A thin ribbon: full while the drug runs, faint otherwise, a gap where a phase changes."""
    ends = [*(t_us for t_us, _ in list(course.phases)[1:]), now_us]
    for (t_us, word), end_us in zip(course.phases, ends, strict=True):
        left = max(upper.rect.left(), upper.point(t_us, 0, now_us).x())
        right = upper.point(end_us, 0, now_us).x()
        if right - left >= 1:
            colour = theme.text2 if word == FILLED_PHASE else theme.line
            painter.fillRect(QRectF(left, upper.rect.bottom() + 3, max(1.0, right - left - 2), 3), QColor(colour))


def _paint_cuff(
    painter: QPainter, lane: Lane, t_us: int, systolic: float, diastolic: float, now_us: int, theme: Theme
) -> None:
    top, bottom = lane.point(t_us, systolic, now_us), lane.point(t_us, diastolic, now_us)
    painter.setPen(QPen(QColor(theme.nibp), 1.5))
    painter.drawLine(QLineF(top, bottom))
    for end in (top, bottom):
        painter.drawLine(QLineF(end.x() - 3, end.y(), end.x() + 3, end.y()))


def _paint_line(
    painter: QPainter, lane: Lane, line: Iterable[tuple[int, float | None]], now_us: int, colour: str
) -> None:
    """Joined where it was measured, open where it was not."""
    painter.setPen(QPen(QColor(colour), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    run: list[QPointF] = []
    for t_us, value in line:
        if value is None or now_us - t_us > lane.span_us:
            _join(painter, run)
            run = []
        else:
            run.append(lane.point(t_us, value, now_us))
    _join(painter, run)


def _join(painter: QPainter, run: list[QPointF]) -> None:
    if len(run) == 1:
        painter.drawPoint(run[0])
    elif run:
        painter.drawPolyline(run)
