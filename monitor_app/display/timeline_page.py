"""The room's next hour: one row a chair, a mark for each cuff, check, minute and end, and where two fall together.

It paints what the station has planned; the mark's shape says what it is, its word says it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor_app.core.snapshot import DueItem, Snapshot
from monitor_app.display import brush, words
from monitor_app.display.language import heard, phrase
from monitor_app.display.theme import BOLD, MEDIUM, REGULAR, Theme, text_width

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
TOGETHER_US = 2 * MINUTE_US
"""Ends and checks of two chairs this near to each other are work for two nurses."""

WORK = frozenset({"end", "check", "recovery", "back"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: share of the hour (below 0: it should have been), its word, its kind, and whether it is overdue."""

    share: float
    text: str
    kind: str
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One chair: number, what stands there, its marks in order."""

    chair: int
    title: str
    word: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineText:
    """The whole page. clocks: words of every quarter of the hour. together: sentences about overlaps of work."""

    lines: tuple[Line, ...] = ()
    clocks: tuple[str, ...] = ()
    together: tuple[str, ...] = ()


def timeline_text(snapshot: Snapshot, now_us: int) -> TimelineText:
    """The plan of the snapshot as rows and marks."""
    lines = []
    for chair in snapshot.chairs:
        mine = [item for item in snapshot.plan if item.chair == chair.number]
        marks = tuple(Mark((i.at_us - now_us) / HOUR_US, heard(i.text), i.kind, i.overdue) for i in mine)
        lines.append(Line(chair.number, chair.title, heard(chair.phase.word), marks))
    clocks = tuple(words.clock(snapshot, now_us + quarter * HOUR_US // 4, seconds=False) for quarter in range(5))
    return TimelineText(tuple(lines), clocks, overlaps(snapshot))


def overlaps(snapshot: Snapshot) -> tuple[str, ...]:
    """`14:20: end at CHAIR 1, round at CHAIR 4`: work at several chairs that falls together, in order of time."""
    groups: list[list[DueItem]] = []
    for item in (one for one in snapshot.plan if one.kind in WORK):
        if groups and item.at_us - groups[-1][0].at_us <= TOGETHER_US:
            groups[-1].append(item)
        else:
            groups.append([item])
    return tuple(_sentence(group, snapshot) for group in groups if len({item.chair for item in group}) > 1)


def _sentence(group: Sequence[DueItem], snapshot: Snapshot) -> str:
    parts = ", ".join(phrase("{} at CHAIR {}").format(heard(item.text), item.chair) for item in group)
    return f"{words.clock(snapshot, group[0].at_us, seconds=False)}: {parts}"


class TimelinePage(QWidget):
    """One painted page; a click on a row opens its chair."""

    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The room's next hour"))
        self._theme = theme
        self._scale = 1.0
        self._text = TimelineText()

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.update()

    @property
    def text(self) -> TimelineText:
        """What it says now."""
        return self._text

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """Paint again if anything differs."""
        text = timeline_text(snapshot, now_us)
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(". ".join(text.together))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a row opens its chair."""
        top, high = self._rows()
        place = int((event.position().y() - top) // high) if high > 0 else -1
        if 0 <= place < len(self._text.lines):
            self.opened.emit(self._text.lines[place].chair)

    # ------------------------------------------------------------ painting

    @property
    def _cap(self) -> float:
        return max(10.0, 14 * self._scale)

    def _rows(self) -> tuple[float, float]:
        """Top of the first row, and the height of each."""
        top = self._cap * 5
        below = self._cap * (2.4 * min(3, len(self._text.together)) + 1)
        count = max(1, len(self._text.lines))
        return top, min(self._cap * 6, max(self._cap * 2.4, (self.height() - top - below) / count))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Clock on top, a row for each chair, overlaps below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, cap = self._theme, self._cap
        painter.fillRect(self.rect(), QColor(theme.app))
        left, right = self.width() * 0.22, self.width() - cap * 3
        top, high = self._rows()
        bottom = top + high * len(self._text.lines)
        brush.text(painter, cap, cap * 2.2, self.tr("The next hour"), cap * 1.2, theme.text1, BOLD)
        for quarter, clock in enumerate(self._text.clocks):
            x = left + (right - left) * quarter / 4
            painter.fillRect(QRectF(x, top - cap, 1, bottom - top + cap), QColor(theme.line))
            brush.text(painter, x - text_width(clock, cap) / 2, top - cap * 1.4, clock, cap, theme.text2)
        for place, line in enumerate(self._text.lines):
            self._paint_line(painter, line, QRectF(0, top + high * place, self.width(), high), left, right)
        base = bottom + cap * 2.4
        for sentence in self._text.together[:3]:
            brush.text(painter, cap, base, sentence, cap, theme.text2, MEDIUM, width=self.width() - 2 * cap)
            base += cap * 2.2
        painter.end()

    def _paint_line(self, painter: QPainter, line: Line, row: QRectF, left: float, right: float) -> None:
        theme, cap = self._theme, self._cap
        painter.fillRect(QRectF(row.left(), row.bottom() - 1, row.width(), 1), QColor(theme.line))
        base = row.center().y() + cap / 2
        number = brush.text(painter, cap, base, str(line.chair), cap * 1.4, theme.text1, BOLD)
        title = brush.text(painter, cap * 2.5 + number, base, line.title, cap, theme.text1, MEDIUM, width=left * 0.4)
        after = number + (title + cap * 4 if title else cap * 2.5)
        brush.text(painter, after, base, line.word, cap * 0.9, theme.text2, width=left - title - cap * 5)
        axis = row.center().y() + cap * 0.5
        painter.fillRect(QRectF(left, axis, right - left, 1), QColor(theme.line))
        taken = left
        for mark in line.marks:
            x = left + (right - left) * max(0.0, min(1.0, mark.share))
            self._paint_mark(painter, mark, x, axis)
            label = phrase("{} overdue").format(mark.text) if mark.overdue else mark.text
            wide = text_width(label, cap * 0.8)
            start = max(left, x - wide / 2)  # what is overdue stands at the left edge, and is said there
            if start >= taken and start + wide < self.width():
                ink, weight = (theme.text1, BOLD) if mark.overdue else (theme.text2, REGULAR)
                brush.text(painter, start, axis - cap * 0.8, label, cap * 0.8, ink, weight)
                taken = start + wide + cap * 0.6

    def _paint_mark(self, painter: QPainter, mark: Mark, x: float, axis: float) -> None:
        """Cuff a bar, check a ring, minute a thin line, end a filled square; overdue ones are drawn heavier."""
        side = self._cap * (0.55 if mark.overdue else 0.4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text1 if mark.overdue else self._theme.text2))
        if mark.kind == "cuff":
            painter.drawRect(QRectF(x - side * 0.35, axis - side, side * 0.7, 2 * side))
        elif mark.kind == "minute":
            painter.drawRect(QRectF(x - 0.75, axis - side * 0.7, 1.5, 1.4 * side))
        elif mark.kind in ("end", "recovery"):
            painter.drawRect(QRectF(x - side, axis - side, 2 * side, 2 * side))
        elif mark.kind == "back":
            points = (
                QPointF(x, axis - side),
                QPointF(x + side, axis),
                QPointF(x, axis + side),
                QPointF(x - side, axis),
            )
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.drawEllipse(QRectF(x - side, axis - side, 2 * side, 2 * side))
