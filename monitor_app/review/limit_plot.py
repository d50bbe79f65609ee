"""One vital sign, the limit that was in force and one that can be dragged; below, what alarmed and what would have.

Where the number lies beyond the dragged line is marked at once; whether it would have alarmed only a run can tell, and
its answer stands in the two ribbons. Up and Down move the line by one, the page keys by five, Enter runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor_app.core.limits import Side
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.words import PHASE_WORDS
from monitor_app.display import theme as look
from monitor_app.record.report.rounding import lasted
from monitor_app.review.axis import Axis
from monitor_app.review.limit_course import InForce, beyond
from monitor_app.review.polygon import polygon
from monitor_app.review.story import Cuff, Story, Trend
from monitor_app.review.strip import pieces, thinned
from monitor_app.review.trying import CUFFS, DIASTOLIC, LIMITS, MEAN, SYSTOLIC, looks_at, parameter_of

LEFT_PX, RIGHT_PX, HEAD_PX, FOOT_PX, RIBBON_PX = 84, 16, 22, 22, 20
MARGIN = 0.15
"""Share of the range that stays free above and below."""
GRAB_PX = 12
STEP, LEAP = 1.0, 5.0
LETTERS = {"same": "=", "earlier": "<", "later": ">", "spared": "−", "added": "+"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One alarm of an answer. from_us, to_us: where it stood; replayed: whether it is of the tried limits."""

    from_us: int
    to_us: int
    verdict: str
    missed: bool
    replayed: bool


class LimitPlot(QWidget):
    """moved: the value under the hand. released: the value that was chosen. run: a run is wanted."""

    moved = Signal(float)
    released = Signal(float)
    run = Signal()

    def __init__(self, theme: look.Theme = look.DARK) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._row = ""
        self._force: Sequence[InForce] = ()
        self._answer: Sequence[Occurrence] = ()
        self._range = (0.0, 1.0)
        self._held = False
        self.value: float | None = None
        self.setMinimumHeight(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Limit on the course of the vital sign")

    # ------------------------------------------------------------------ what is shown

    def show_row(self, story: Story, row: str, force: Sequence[InForce], value: float | None) -> None:
        """This row of this session, its limit as it was, and the one that is tried; None where the row has none."""
        self._story, self._row, self._force, self.value = story, row, force, value
        self._answer = ()
        self._range = self._span()
        self._say()

    def set_value(self, value: float) -> None:
        """Move the line without a word to anybody."""
        if self.value is not None and value != self.value:
            self.value = value
            self._answer = ()
            self._say()

    def show_answer(self, answer: Sequence[Occurrence]) -> None:
        """What alarmed, and what would have."""
        self._answer = answer
        self.update()

    @property
    def _trend(self) -> Trend | None:
        parameter = parameter_of(self._row)
        return self._story.trend(parameter) if self._story is not None and parameter is not None else None

    def _cuffs(self) -> list[tuple[int, float]]:
        name = looks_at(self._row)
        if self._story is None or name not in CUFFS:
            return []
        found = [(cuff.t_us, _part(cuff, name)) for cuff in self._story.cuffs]
        return [(t_us, value) for t_us, value in found if value is not None]

    def sentence(self) -> str:
        """What lies beyond the tried limit, before any run."""
        if self.value is None or self._row not in LIMITS:
            return "This alarm has no limit: only its delay can be tried."
        side = LIMITS[self._row].side
        sign = ">" if side is Side.UPPER else "<"
        trend = self._trend
        if trend is not None:
            found = beyond(trend, side, self.value)
            spent = sum(part.to_us - part.from_us for part in found)
            noun = "stretch" if len(found) == 1 else "stretches"
            return f"Beyond {sign} {self.value:g}: {lasted(spent)} in {len(found)} {noun}. What alarms, a run tells."
        count = sum(v > self.value if side is Side.UPPER else v < self.value for _, v in self._cuffs())
        return f"Beyond {sign} {self.value:g}: {count} of {len(self._cuffs())} readings. What alarms, a run tells."

    def _say(self) -> None:
        self.setAccessibleDescription(self.sentence())
        self.update()

    def _span(self) -> tuple[float, float]:
        values = [force.value for force in self._force] + ([self.value] if self.value is not None else [])
        trend = self._trend
        if trend is not None and np.isfinite(trend.values).any():
            values += [float(np.nanmin(trend.values)), float(np.nanmax(trend.values))]
        values += [value for _, value in self._cuffs()]
        if not values:
            return 0.0, 1.0
        low, high = min(values), max(values)
        free = max(5.0, MARGIN * (high - low))
        return low - free, high + free

    # ------------------------------------------------------------------ acts

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the line."""
        if self.value is not None and abs(event.position().y() - self._y(self.value)) <= GRAB_PX:
            self._held = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The line follows the hand, in whole units."""
        if self._held:
            self._change(float(round(self._value_at(event.position().y()))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Where it is let go, it is tried."""
        if self._held and self.value is not None:
            self._held = False
            self.released.emit(self.value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down by one, page keys by five, Enter runs."""
        key = Qt.Key(event.key())
        step = {Qt.Key.Key_Up: STEP, Qt.Key.Key_Down: -STEP, Qt.Key.Key_PageUp: LEAP, Qt.Key.Key_PageDown: -LEAP}.get(
            key
        )
        if step is not None and self.value is not None:
            self._change(self.value + step)
            self.released.emit(self.value)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run.emit()
        else:
            super().keyPressEvent(event)

    def _change(self, value: float) -> None:
        low, high = self._range
        self.set_value(min(max(value, low), high))
        if self.value is not None:
            self.moved.emit(self.value)

    # ------------------------------------------------------------------ where

    def _plot(self) -> QRectF:
        return QRectF(0, HEAD_PX, max(1, self.width() - LEFT_PX - RIGHT_PX),
                      max(1, self.height() - HEAD_PX - 2 * RIBBON_PX - FOOT_PX - 8))  # fmt: skip

    def _y(self, value: float) -> float:
        low, high = self._range
        plot = self._plot()
        return plot.bottom() - (value - low) / (high - low) * plot.height()

    def _value_at(self, y: float) -> float:
        low, high = self._range
        plot = self._plot()
        return low + (plot.bottom() - y) / plot.height() * (high - low)

    # ------------------------------------------------------------------ paint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bottom to top: phases, scale, course, the limit in force, what is beyond, the line that is tried, ribbons."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tile))
        story = self._story
        if story is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(LEFT_PX, 0)
        plot = self._plot()
        axis = Axis(story.from_us, story.to_us, plot.width())
        self._ground(painter, story, axis, plot)
        if not looks_at(self._row):
            self._words(painter, plot, self.sentence())
            return
        self._course(painter, axis)
        self._in_force(painter, axis)
        self._beyond(painter, axis)
        self._line(painter, plot)
        for place, replayed in enumerate((False, True)):
            self._ribbon(painter, axis, plot.bottom() + 6 + place * RIBBON_PX, replayed)

    def _ground(self, painter: QPainter, story: Story, axis: Axis, plot: QRectF) -> None:
        painter.setFont(look.font(9))
        for span in story.phases:
            left, right = axis.x(span.from_us), axis.x(span.to_us)
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(left, 0), QPointF(left, plot.bottom()))
            word = PHASE_WORDS[span.phase]
            if look.text_width(word, 9) < right - left - 8:
                painter.setPen(QColor(self._theme.text2))
                painter.drawText(QPointF(left + 5, 15), word)
        low, high = self._range
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if (high - low) / s <= 8 or s == 100)
        for value in range(int(np.ceil(low / step)) * step, int(high) + 1, step):
            y = self._y(value)
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QPointF(0, y), QPointF(plot.width(), y))
            painter.setPen(QColor(self._theme.text3))
            painter.drawText(QRectF(-44, y - 8, 38, 16), Qt.AlignmentFlag.AlignRight, str(value))
        painter.setPen(QColor(self._theme.text2))
        for x, label in axis.ticks(story.anchors):
            painter.drawText(QPointF(x + 3, self.height() - 6), label)

    def _course(self, painter: QPainter, axis: Axis) -> None:
        trend = self._trend
        if trend is not None:
            painter.setPen(QPen(QColor(self._theme.role(NUMERICS[trend.parameter].role)), 1))
            for times, values in pieces(trend):
                x = (times - axis.from_us) * (axis.width / (axis.to_us - axis.from_us))
                y = np.array([self._y(0.0)]) + values * (self._y(1.0) - self._y(0.0))
                painter.drawPolyline(polygon(*thinned(x, y)))
        painter.setPen(QPen(QColor(self._theme.nibp), 2))
        for t_us, value in self._cuffs():
            painter.drawEllipse(QPointF(axis.x(t_us), self._y(value)), 4, 4)

    def _in_force(self, painter: QPainter, axis: Axis) -> None:
        painter.setPen(QPen(QColor(self._theme.text2), 1.5, Qt.PenStyle.DashLine))
        for force in self._force:
            y = self._y(force.value)
            painter.drawLine(QPointF(axis.x(force.from_us), y), QPointF(axis.x(force.to_us), y))
        if self._force:
            painter.setFont(look.font(8.5))
            painter.drawText(QPointF(4, self._y(self._force[0].value) - 4), "in force")

    def _beyond(self, painter: QPainter, axis: Axis) -> None:
        trend = self._trend
        if self.value is None or trend is None:
            return
        y, veil = self._y(self.value), QColor(self._theme.focus)
        veil.setAlphaF(0.28)
        upper = LIMITS[self._row].side is Side.UPPER
        plot = self._plot()
        for part in beyond(trend, LIMITS[self._row].side, self.value):
            left, right = axis.x(part.from_us), axis.x(part.to_us)
            top, bottom = (plot.top(), y) if upper else (y, plot.bottom())
            painter.fillRect(QRectF(left, top, max(1.0, right - left), max(0.0, bottom - top)), veil)

    def _line(self, painter: QPainter, plot: QRectF) -> None:
        if self.value is None:
            return
        y = self._y(self.value)
        painter.setPen(QPen(QColor(self._theme.focus), 3 if self.hasFocus() or self._held else 2))
        painter.drawLine(QPointF(0, y), QPointF(plot.width(), y))
        painter.setBrush(QBrush(QColor(self._theme.focus)))
        painter.drawEllipse(QPointF(plot.width() - 8, y), 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        sign = ">" if LIMITS[self._row].side is Side.UPPER else "<"
        painter.setFont(look.font(10, look.BOLD))
        painter.drawText(QRectF(-LEFT_PX + 4, y - 10, 40, 20), Qt.AlignmentFlag.AlignLeft, f"{sign} {self.value:g}")

    def _ribbon(self, painter: QPainter, axis: Axis, top: float, replayed: bool) -> None:
        painter.setFont(look.font(8.5))
        painter.setPen(QColor(self._theme.text2))
        label = QRectF(-LEFT_PX + 4, top, LEFT_PX - 10, RIBBON_PX)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, "would alarm" if replayed else "alarmed")
        for one in (o for o in self._answer if o.replayed is replayed):
            box = QRectF(
                axis.x(one.from_us), top + 3, max(10.0, axis.x(one.to_us) - axis.x(one.from_us)), RIBBON_PX - 6
            )
            colour = QColor(self._theme.high_text if one.missed else self._theme.focus)
            plain = one.verdict in ("same", "earlier", "later")
            painter.setPen(QPen(QColor(self._theme.text2) if plain else colour, 2))
            painter.setBrush(QBrush(QColor(self._theme.line) if plain else Qt.GlobalColor.transparent))
            painter.drawRect(box)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            word = "MISSED" if one.missed else LETTERS.get(one.verdict, "")
            painter.setPen(QColor(self._theme.text1))
            painter.drawText(QPointF(box.left() + 2, box.bottom() - 2), word)

    def _words(self, painter: QPainter, plot: QRectF, words: str) -> None:
        painter.setPen(QColor(self._theme.text2))
        painter.setFont(look.font(12))
        painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, words)


def _part(cuff: Cuff, name: str) -> float | None:
    return {SYSTOLIC: cuff.systolic, DIASTOLIC: cuff.diastolic, MEAN: cuff.mean}[name]


def occurrences(answer: dict[str, object], row: str) -> list[Occurrence]:
    """Of the JSON of `chairside what-if`, what one row did and would have done."""
    found = []
    every = answer["occurrences"]
    for one in every if isinstance(every, list) else ():
        if one["row"] != row:
            continue
        for side in ("recorded", "replayed"):
            if one[side] is not None:
                from_us = int(one[side]["t_us"])
                found.append(Occurrence(from_us, from_us + _length_us(one[side]), one["verdict"], one["missed"],
                                        side == "replayed"))  # fmt: skip
    return found


def _length_us(one: dict[str, str | None]) -> int:
    """How long it stood; a second where it had not ended."""
    from datetime import datetime

    raised, ended = one["raised_utc"], one["ended_utc"]
    if raised is None or ended is None:
        return SECOND_US
    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(raised)).total_seconds() * SECOND_US)
