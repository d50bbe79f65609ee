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


@dataclass(frozen=True, slots=True)
class Row:
    """One line. lead: time or place at the left; side: state at the right; chair: where Enter leads."""

    lead: str
    text: str
    side: str = ""
    priority: Priority | None = None
    fill: Fill = Fill.NONE
    chair: int | None = None
    strong: bool = False


class _Painter(QStyledItemDelegate):
    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(60, round(self._rows.cap * 2.6))

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
        self.setItemDelegate(_Painter(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.set_theme(theme)

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
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.lead} {row.text} {row.side}")
        self.viewport().update()

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
        x += max(brush.text(painter, x, base, row.lead, cap, soft, MEDIUM), text_width("00:00:00", cap, MEDIUM)) + cap
        if row.priority is not None:
            colour = ink if boxed else ALARM[row.priority].fill
            side = cap * 1.2
            outlined = row.fill in (Fill.OUTLINED, Fill.NEUTRAL)
            paint_shape(
                painter, SHAPES[row.priority], QRectF(x, base - cap * 1.1, side, side), colour, outlined=outlined
            )
            x += side + cap * 0.7
        right = rect.right() - cap
        wide = brush.text(painter, right, base, row.side, cap, soft, right=True)
        weight = BOLD if row.strong or boxed else REGULAR
        brush.text(painter, x, base, row.text, cap, ink, weight, width=right - wide - cap - x)
