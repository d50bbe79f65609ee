"""How does a list look? Time, words and a state on each line; an empty list says what would fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from monitor_app.core.priority import Priority
from monitor_app.display import brush
from monitor_app.display.icons import paint_shape
from monitor_app.display.presenter import SHAPES, Fill
from monitor_app.display.theme import ALARM, BOLD, MEDIUM, REGULAR, Theme, text_width

ROLE = int(Qt.ItemDataRole.UserRole)
COLUMN_GAP = 1.6
"""Between two columns of values, in cap heights."""
SIDE_SHARE = 0.3
"""The state at the right takes at most so much of a line that has values; the rest of it is left out."""
HEAD_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """One line. lead: time or place at the left; side: state at the right; chair: where Enter leads.

    cells: short values in columns before the side, each under its head.
    """

    lead: str
    text: str
    side: str = ""
    priority: Priority | None = None
    fill: Fill = Fill.NONE
    chair: int | None = None
    strong: bool = False
    cells: tuple[str, ...] = ()


class _Painter(QStyledItemDelegate):
    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(60, self._rows.row_px)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(ROLE)
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._rows.paint_row(painter, rect, row, selected)
        painter.restore()


class Rows(QListWidget):
    """A list of `Row`. empty: the sentence shown while there is none."""

    def __init__(self, theme: Theme, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._empty = empty
        self._shown: tuple[Row, ...] = ()
        self.cap = 12.0
        self.least_px = 0
        self.heads: tuple[str, ...] = ()
        self._widths: tuple[float, ...] = ()
        self._side = 0.0
        self._lead = 0.0
        self.setItemDelegate(_Painter(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.set_theme(theme)

    @property
    def row_px(self) -> int:
        """Height of a line: by its words, and where a finger is meant to hit it at least `least_px`."""
        return max(self.least_px, round(self.cap * 2.6))

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed now."""
        return self._shown

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.setStyleSheet(f"QListWidget {{ background: {theme.tile}; border: 0; outline: 0; }}")
        self.viewport().update()

    def set_cap(self, cap: float) -> None:
        """Cap height of the words; the rows' height follows."""
        self.cap = cap
        self.scheduleDelayedItemsLayout()

    def say_empty(self, sentence: str) -> None:
        """What stands there while there is no line."""
        if sentence != self._empty:
            self._empty = sentence
            self.viewport().update()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace the lines; selection and scroll position stay where they were."""
        now = tuple(rows)
        if now == self._shown:
            return
        self._shown = now
        while self.count() > len(now):
            self.takeItem(self.count() - 1)
        while self.count() < len(now):
            self.addItem(QListWidgetItem())
        for place, row in enumerate(now):
            item = self.item(place)
            item.setData(ROLE, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(row))
        self._measure()
        self.viewport().update()

    def _spoken(self, row: Row) -> str:
        """What a screen reader says of a line: values with the names of their columns."""
        named = [f"{head} {words}" for head, words in zip(self.heads, row.cells, strict=False) if words]
        return " ".join((row.lead, row.text, *named, row.side))

    def _measure(self) -> None:
        """One width for every column, so that values of all lines stand under each other."""
        cells = [row.cells for row in self._shown if row.cells]
        self._widths = tuple(
            max(text_width(words, self.cap, MEDIUM) for words in (head, *(row[at] for row in cells)))
            for at, head in enumerate(self.heads)
        ) if cells else ()  # fmt: skip
        self._lead = max(
            text_width(words, self.cap, MEDIUM) for words in ("00:00:00", *(row.lead for row in self._shown))
        )
        self._side = max((text_width(row.side, self.cap, MEDIUM) for row in self._shown), default=0.0)

    def columns(self, right: float) -> tuple[float, ...]:
        """The right ends of the columns of values in a line that ends at `right`; none without values."""
        if not self._widths:
            return ()
        gap = self.cap * COLUMN_GAP
        ends = [right - self.cap - min(self._side, SIDE_SHARE * right) - gap]
        for wide in reversed(self._widths[1:]):
            ends.append(ends[-1] - wide - gap)
        return tuple(reversed(ends))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines, or the sentence of an empty list."""
        super().paintEvent(event)
        if not self._shown:
            painter = QPainter(self.viewport())
            brush.text(
                painter, 10, 10 + self.cap * 1.5, self._empty, self.cap, self._theme.text3, width=self.width() - 20
            )
            painter.end()

    def paint_row(self, painter: QPainter, rect: QRectF, row: Row, selected: bool) -> None:
        """One line: lead, shape, words, side; a filled box when it is an alarm that stands."""
        theme, cap = self._theme, self.cap
        ink, soft = theme.text1, theme.text2
        boxed = row.priority is not None and row.fill in (Fill.FULL, Fill.DIM, Fill.OUTLINED)
        box = rect.adjusted(4, 2, -4, -2)
        if boxed and row.priority is not None:
            ink = soft = brush.alarm_box(painter, box, row.priority, row.fill, theme)
        if selected:
            painter.setPen(QColor(theme.focus))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1.5, 0.5, -1.5, -0.5), 4, 4)
        base = brush.middle(rect.top(), rect.height(), cap)
        x = rect.left() + cap
        brush.text(painter, x, base, row.lead, cap, soft, MEDIUM)
        x += self._lead + cap
        if row.priority is not None:
            colour = ink if boxed else ALARM[row.priority].fill
            side = cap * 1.2
            outlined = row.fill in (Fill.OUTLINED, Fill.NEUTRAL)
            paint_shape(
                painter, SHAPES[row.priority], QRectF(x, base - cap * 1.1, side, side), colour, outlined=outlined
            )
            x += side + cap * 0.7
        right = rect.right() - cap
        ends = self.columns(rect.right()) if row.cells else ()
        most = SIDE_SHARE * rect.right() if ends else None
        end = right - brush.text(painter, right, base, row.side, cap, soft, width=most, right=True)
        for at, words in zip(ends, row.cells, strict=False):
            brush.text(painter, at, base, words, cap, ink, MEDIUM, right=True)
        end = ends[0] - self._widths[0] if ends else end
        weight = BOLD if row.strong or boxed else REGULAR
        brush.text(painter, x, base, row.text, cap, ink, weight, width=end - cap - x)


class Heads(QWidget):
    """What the columns of a list of values are called; it stands over the list."""

    def __init__(self, rows: Rows, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._side = side
        self._colour = ""

    def set_theme(self, theme: Theme, cap: float) -> None:
        """Other colours or size."""
        self._colour = theme.text2
        self.setFixedHeight(round(cap * 2))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Each word ends where its column ends."""
        rows = self._rows
        width = float(rows.viewport().width())
        painter = QPainter(self)
        base, cap = self.height() - rows.cap * 0.4, rows.cap * HEAD_SHARE
        for at, words in zip(rows.columns(width), rows.heads, strict=False):
            brush.text(painter, at, base, words, cap, self._colour, right=True)
        if rows.columns(width):
            brush.text(painter, width - rows.cap, base, self._side, cap, self._colour, right=True)
        painter.end()
