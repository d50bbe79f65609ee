"""What does one chair's place in the overview look like? Everything of it but the waves, painted when it changes.

The tile covers its whole place with a hole where the canvas of the sweeps is seen. A tile repaints when its words differ
from the last ones, never because a sweep moved.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import Look
from monitor_app.display import brush
from monitor_app.display.icons import paint_icon, paint_shape
from monitor_app.display.language import heard, phrase
from monitor_app.display.layout import INSET, LEFT_GAP_PX, Rect, TileLayout, tile_layout
from monitor_app.display.presenter import CuffText, Fill, NumberText, Shape, StripText, TileState, TileText, spoken_tile
from monitor_app.display.theme import (
    ALARM,
    BOLD,
    CONTRAST,
    MEDIUM,
    WHITE,
    Theme,
    fitting_cap,
    numeral_font,
    text_width,
)
from monitor_app.display.tile_trend import paint_trend
from monitor_app.display.vital_signs import paint_cuff, paint_number
from monitor_app.feed.history import Course

LOW_CAP_LEAST = 6.0
SHAPE_GAP_PX, SHAPE_LEAST_PX = 4, 20
BELL_CLOCK_SHARES = (1.0, 0.9, 0.8, 0.7)
"""Of its usual size: the first that fits beside a shape, in a narrow column the last."""
ECG_ROLE = "ecg"
"""The rhythm's word stands beside the number that comes from the ECG."""
HOLE_PX = 3
"""The canvas is open this much beyond its strips, so that no antialiased pixel is cut."""


class Tile(QWidget):
    """One chair. `opened` when it is pressed, `acknowledged` when its alarm line is pressed."""

    opened = Signal(int)
    acknowledged = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._text: TileText | None = None
        self._chairs = 1
        self._layout: TileLayout = tile_layout(1, 960, 460)
        self._selected = False
        self._words = 1.0
        self._trend: QPixmap | None = None
        self._trended: tuple[str, int] = ("", 0)
        self.paints = 0

    @property
    def text(self) -> TileText | None:
        """What it says now."""
        return self._text

    @property
    def parts(self) -> TileLayout:
        """Where its parts are."""
        return self._layout

    @property
    def ringed(self) -> bool:
        """Whether it has the ring of the selected chair."""
        return self._selected

    def arrange(self, chairs: int, words: float = 1.0) -> None:
        """How many chairs share the room decides what fits into a tile. words: share of their usual size."""
        self._chairs, self._words = chairs, words
        self._relayout()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self._trended = ("", 0)
        self.update()

    def has_grown(self, course: Course | None) -> bool:
        """Whether the course has a point that is not painted yet."""
        return self._state_of(course) != self._trended

    def _state_of(self, course: Course | None) -> tuple[str, int]:
        if course is None or self._layout.trend is None:
            return ("", 0)
        return (course.session, course.last_us + len(course.cuffs))

    def show_course(self, course: Course | None, now_us: int) -> None:
        """The last hour of this chair, painted again only when the course has grown."""
        rect = self._layout.trend
        if not self.has_grown(course):
            return
        self._trended = self._state_of(course)
        self._trend = None
        if course is not None and rect is not None:
            ratio = self.devicePixelRatioF()
            self._trend = QPixmap(QSize(rect.w, rect.h) * ratio)
            self._trend.setDevicePixelRatio(ratio)
            self._trend.fill(QColor(self._theme.tile))
            painter = QPainter(self._trend)
            paint_trend(
                painter, QRectF(0, 0, rect.w, rect.h), course, now_us, self._theme, self._layout.small_cap * 0.8
            )
            painter.end()
        self.update()

    def select(self, selected: bool) -> None:
        """Draw or take away the ring of the selected chair."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    def show_text(self, text: TileText) -> None:
        """Paint again if anything differs."""
        if text == self._text:
            return
        old, self._text = self._text, text
        if old is None or old.state is not text.state:
            self._cut_hole()
        if old is None or old.state is not text.state or old.number != text.number:
            self.setAccessibleName(phrase("Chair {}").format(text.number))
        self.update()

    def describe(self) -> None:
        """Tell a screen reader what the tile says; called every few seconds, not at every change."""
        if self._text is not None:
            self.setAccessibleDescription(spoken_tile(self._text))

    def hole(self) -> Rect | None:
        """Where the canvas is seen, relative to the tile; None while nobody is watched here."""
        if self._text is None or self._text.state is not TileState.WATCHED or not self._layout.waves:
            return None
        area = self._layout.wave_area
        return Rect(area.x - HOLE_PX, area.y - HOLE_PX, area.w + 2 * HOLE_PX, area.h + 2 * HOLE_PX)

    def _relayout(self) -> None:
        self._layout = tile_layout(self._chairs, max(1, self.width()), max(1, self.height()), self._words)
        self._trend, self._trended = None, ("", 0)
        self._cut_hole()
        self.update()

    def _cut_hole(self) -> None:
        hole = self.hole()
        whole = QRegion(self.rect())
        self.setMask(whole if hole is None else whole.subtracted(QRegion(QRect(*hole))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The parts follow the size."""
        super().resizeEvent(event)
        self._relayout()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The alarm line acknowledges, everything else opens the chair."""
        if self._text is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._text.strip.priority is not None and self._strip_target().contains(event.position().toPoint()):
            self.acknowledged.emit(self._text.number)
        else:
            self.opened.emit(self._text.number)

    def _strip_target(self) -> QRect:
        """The alarm line, never lower than a thumb."""
        strip = QRect(*self._layout.strip)
        return strip.adjusted(0, min(0, strip.height() - 44), 0, self.height() - strip.bottom())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys belong to the window: a tile has no keys of its own."""
        event.ignore()

    def event(self, event: QEvent) -> bool:
        """A focus change shows the ring."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    # ------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The whole tile but its hole."""
        self.paints += 1
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.app))
        painter.fillRect(self.rect().adjusted(INSET, INSET, -INSET, -INSET), QColor(self._theme.tile))
        if self._theme is CONTRAST:
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(INSET + 0.5, INSET + 0.5, -INSET - 0.5, -INSET - 0.5))
        if self._text is not None:
            if self._text.away:
                brush.hatch(painter, QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET), self._theme.line)
            self._paint_frame(painter, self._text)
            if not self._layout.waves:
                self._paint_low(painter, self._text)
            elif self._text.state is TileState.WATCHED:
                self._paint_watched(painter, self._text)
            else:
                self._paint_unwatched(painter, self._text)
        if self._selected or self.hasFocus():
            self._paint_ring(painter)
        painter.end()

    def _paint_ring(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self._theme.focus), 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)

    def _paint_frame(self, painter: QPainter, text: TileText) -> None:
        bar = QRectF(*self._layout.bar)
        if text.worst is None:
            painter.fillRect(bar, QColor(self._theme.line))
            return
        colours = ALARM[text.worst]
        bright = text.fill is not Fill.DIM
        painter.fillRect(bar, QColor(colours.fill))
        if text.shape is Shape.WRENCH:
            brush.hatch(painter, bar, colours.text)
        if text.worst is Priority.HIGH and text.fill is not Fill.OUTLINED:
            outer = QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = QPen(QColor(colours.fill if bright else colours.dim), 4)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(outer.adjusted(2, 2, -2, -2))
            painter.setPen(QPen(QColor(WHITE if bright else colours.fill), 2))
            painter.drawRect(outer.adjusted(5, 5, -5, -5))

    def _paint_watched(self, painter: QPainter, text: TileText) -> None:
        self._paint_left(painter, text)
        self._paint_header(painter, text)
        for cell, number in zip(self._layout.cells, text.numbers, strict=False):
            self._paint_number(painter, cell, number)
        if text.cuff is not None:
            self._paint_cuff(painter, text.cuff)
        if self._trend is not None and self._layout.trend is not None:
            painter.drawPixmap(QPointF(self._layout.trend.x, self._layout.trend.y), self._trend)
        self._paint_strip(painter, text.strip)

    def _paint_low(self, painter: QPainter, text: TileText) -> None:
        """Number, shape, the values in one line and the alarm: what a tile says while the alarm list takes its height."""
        parts, theme, line = self._layout, self._theme, self._layout.header
        watched = text.state is TileState.WATCHED
        ink = theme.text1 if watched else theme.text3
        baseline = paint_chair_number(painter, parts.left, text.number, parts.number_cap, ink)
        if text.shape is not None and text.worst is not None:
            box = QRectF(parts.left.right + 4, baseline - parts.shape_px, parts.shape_px, parts.shape_px)
            edge = brush.edge_of(text.worst, theme)
            outlined = text.fill is Fill.OUTLINED
            paint_shape(painter, text.shape, box, ALARM[text.worst].fill, outlined=outlined, edge=edge)
        cap, x, right = parts.small_cap, float(line.x), float(line.right)
        base = brush.middle(line.y, line.h, cap)
        for mark in reversed(text.marks):
            right -= brush.text(painter, right, base, mark, cap * 0.8, theme.simulated, BOLD, right=True) + cap
        if not watched:
            words, _ = unwatched_words(text)
            cap = fitting_cap(words, cap, 8, right - x, MEDIUM)
            brush.text(painter, x, base, words, cap, theme.text2, MEDIUM, width=right - x)
        else:
            cap = self._low_cap(text, cap, right - x)
        for number in text.numbers if watched else ():
            colour = theme.role(number.role) if number.look is Look.NORMAL else theme.stale
            x += brush.text(painter, x, base, number.label, cap * 0.9, colour) + cap * 0.6
            x += brush.text(painter, x, base, number.text, cap, colour, BOLD) + cap * 1.2
        wide = text_width(text.cuff.reading, cap, BOLD) + cap * 3 if text.cuff is not None else 0.0
        if watched and text.cuff is not None and x + wide <= right:
            colour = theme.nibp if text.cuff.look is Look.NORMAL else theme.stale
            x += brush.text(painter, x, base, "BP", cap * 0.9, colour) + cap * 0.6
            brush.text(painter, x, base, text.cuff.reading, cap, colour, BOLD, width=right - x)
        if text.strip.priority is not None:
            paint_strip(painter, QRectF(*parts.strip), text.strip, theme, parts.strip_cap)

    def _low_cap(self, text: TileText, cap: float, room: float) -> float:
        """Words of a low tile shrink until its numbers stand there whole: half a number is a wrong one."""
        gaps = 0.6 * len(text.numbers) + 1.2 * (len(text.numbers) - 1)
        wide = sum(text_width(n.label, cap * 0.9) + text_width(n.text, cap, BOLD) for n in text.numbers) + gaps * cap
        return cap if wide <= room else max(LOW_CAP_LEAST, int(cap * room / wide * 2) / 2)

    def _paint_left(self, painter: QPainter, text: TileText) -> None:
        parts, left = self._layout, self._layout.left
        baseline = paint_chair_number(painter, left, text.number, parts.number_cap, self._theme.text1)
        if text.shape is None or text.worst is None:
            return
        side = parts.shape_px
        gap = (left.bottom - baseline - side) / 2 if left.bottom - baseline < side * 1.5 else 2 * LEFT_GAP_PX
        rect = QRectF(left.x + (left.w - side) / 2, baseline + gap, side, side)
        fill = ALARM[text.worst].fill
        edge = brush.edge_of(text.worst, self._theme)
        paint_shape(painter, text.shape, rect, fill, outlined=text.fill is Fill.OUTLINED, edge=edge)
        if text.bell:
            self._paint_bell(painter, text.bell, rect)

    def _paint_bell(self, painter: QPainter, clock: str, shape: QRectF) -> None:
        """The crossed bell at the foot of the shape, and over it how long the sound still rests."""
        cap, x = self._layout.small_cap, shape.right() + 2
        small = max(20.0, cap * 1.5)
        paint_icon(painter, "bell-pause", QRectF(x, shape.bottom() - small, small, small), self._theme.text2)
        room = self._layout.left.right + SHAPE_GAP_PX - x
        least = cap * BELL_CLOCK_SHARES[-1]
        fits = (cap * share for share in BELL_CLOCK_SHARES if text_width(clock, cap * share, MEDIUM) <= room)
        brush.text(
            painter, x, shape.bottom() - small - SHAPE_GAP_PX, clock, next(fits, least), self._theme.text2, MEDIUM
        )

    def _paint_header(self, painter: QPainter, text: TileText) -> None:
        parts, rect = self._layout, self._layout.header
        cap = parts.header_cap
        baseline = brush.middle(rect.y, rect.h, cap)
        gap = cap * 0.9
        right = float(rect.right)
        for mark in text.marks:
            right -= (
                brush.text(painter, right, baseline, mark, cap * 0.9, self._theme.simulated, BOLD, right=True) + gap
            )
        for icon, sign in text.quiet:
            right -= brush.text(painter, right, baseline, sign, cap * 0.9, self._theme.text1, BOLD, right=True)
            right -= cap * 1.9
            paint_icon(painter, icon, QRectF(right, baseline - cap * 1.25, cap * 1.6, cap * 1.6), self._theme.text1)
            right -= gap
        if text.notice:
            right -= brush.text(painter, right, baseline, text.notice, cap * 0.9, self._theme.text1, BOLD, right=True)
            right -= cap * 1.9
            paint_icon(
                painter, "link-broken", QRectF(right, baseline - cap * 1.25, cap * 1.6, cap * 1.6), self._theme.text1
            )
            right -= gap
        x = float(rect.x)
        title_room = max(0.0, (right - x) * 0.34)
        x += brush.text(painter, x, baseline, text.title, cap, self._theme.text1, BOLD, width=title_room) + gap
        x += self._paint_pill(painter, x, right, rect, text) + gap
        room = right - x
        choices = (text.phase.elapsed, text.phase.elapsed_short)
        elapsed = next((said for said in choices if text_width(said, cap) <= room), "")  # half a clock is a wrong one
        x += brush.text(painter, x, baseline, elapsed, cap, self._theme.text1, width=room) + gap
        self._paint_progress(painter, x, right, rect, baseline, text)

    def _paint_pill(self, painter: QPainter, x: float, right: float, rect: Rect, text: TileText) -> float:
        cap = self._layout.header_cap * 0.86
        choices = (text.away,) if text.away else text.phase.pills
        room = right - x - cap * 1.8
        word = next((said for said in choices if text_width(said, cap, BOLD) <= room), choices[-1])
        width = text_width(word, cap, BOLD) + cap * 1.8
        height = cap * 2.1
        box = QRectF(x, rect.y + (rect.h - height) / 2, width, height)
        colour = self._theme.text2 if text.phase.filled else self._theme.line
        brush.pill(painter, box, colour, text.phase.filled)
        ink = self._theme.tile if text.phase.filled else self._theme.text1
        brush.text(painter, x + cap * 0.9, brush.middle(box.y(), height, cap), word, cap, ink, BOLD)
        return width

    def _paint_progress(
        self, painter: QPainter, x: float, right: float, rect: Rect, baseline: float, text: TileText
    ) -> None:
        cap = self._layout.header_cap
        if text.phase.remaining:
            wide = text_width(text.phase.remaining, cap)
            if right - x < wide:
                return
            brush.text(painter, right, baseline, text.phase.remaining, cap, self._theme.text2, right=True)
            right -= wide + cap * 0.9
        if text.phase.progress is None or right - x < 40:
            return
        height = max(4.0, cap * 0.5)
        track = QRectF(x, rect.y + (rect.h - height) / 2, right - x, height)
        brush.pill(painter, track, self._theme.line, True)
        done = QRectF(track.x(), track.y(), max(height, track.width() * min(1.0, text.phase.progress)), height)
        brush.pill(painter, done, self._theme.text2, True)

    def _paint_number(self, painter: QPainter, cell: Rect, number: NumberText) -> None:
        if not number.note and self._text is not None and number.role == ECG_ROLE:
            number = replace(number, note=heard(self._text.rhythm))
        paint_number(
            painter, QRectF(*cell), number, self._theme, self._layout.digit_cap, self._layout.small_cap
        )  # fmt: skip

    def _paint_cuff(self, painter: QPainter, cuff: CuffText) -> None:
        parts = self._layout
        cuff = cuff if parts.compares else replace(cuff, change="")
        paint_cuff(painter, QRectF(*parts.cuff), cuff, self._theme, parts.cuff_cap, parts.small_cap, parts.digit_cap)

    def _paint_strip(self, painter: QPainter, strip: StripText) -> None:
        rect = QRectF(*self._layout.strip)
        if self._text is None or self._text.shape is None or self._text.state is not TileState.WATCHED:
            rect.setLeft(self._layout.left.x)  # no shape stands beside it
        paint_strip(painter, rect, strip, self._theme, self._layout.strip_cap)

    def _paint_unwatched(self, painter: QPainter, text: TileText) -> None:
        parts, theme = self._layout, self._theme
        left = parts.left
        baseline = paint_chair_number(painter, left, text.number, parts.number_cap, theme.text3)
        side = min(float(parts.shape_px), parts.strip.y - baseline - 2 * SHAPE_GAP_PX)
        if text.shape is not None and text.worst is not None and side >= SHAPE_LEAST_PX:
            box = QRectF(left.x + (left.w - side) / 2, baseline + SHAPE_GAP_PX, side, side)
            edge, outlined = brush.edge_of(text.worst, theme), text.fill is Fill.OUTLINED
            paint_shape(painter, text.shape, box, ALARM[text.worst].fill, outlined=outlined, edge=edge)
        words, hint = unwatched_words(text)
        room = parts.header.right - left.right
        centre = left.right + room / 2
        cap = fitting_cap(words, min(30.0, parts.strip_cap * 1.25), 10, room, MEDIUM)
        base = self.height() / 2 + cap / 2
        brush.text(painter, centre - text_width(words, cap, MEDIUM) / 2, base, words, cap, theme.text2, MEDIUM)
        if text.strip.priority is not None:
            self._paint_strip(painter, text.strip)
        else:
            small = fitting_cap(hint, parts.small_cap, 8, room)
            brush.text(painter, centre - text_width(hint, small) / 2, base + small * 2.6, hint, small, theme.text3)
        for mark in text.marks:
            brush.text(painter, parts.header.right, brush.middle(parts.header.y, parts.header.h, parts.header_cap),
                       mark, parts.header_cap * 0.9, theme.simulated, BOLD, right=True)  # fmt: skip


def paint_chair_number(painter: QPainter, left: Rect, number: int, cap: float, colour: str) -> float:
    """The number of the chair in the middle of its column, as large as it was made for. Returns its baseline."""
    painter.setFont(numeral_font(cap))
    painter.setPen(QColor(colour))
    wide = painter.fontMetrics().horizontalAdvance(str(number))
    baseline = left.y + LEFT_GAP_PX + cap
    painter.drawText(QPointF(left.x + (left.w - wide) / 2, baseline), str(number))
    return baseline


def unwatched_words(text: TileText) -> tuple[str, str]:
    """What an unwatched place says, and which key helps."""
    if text.state is TileState.NOT_MONITORED:
        return phrase("CHAIR {}: NOT MONITORED").format(text.number), phrase(
            "Data arrive here, but nobody is admitted. Enter: admit"
        )
    if text.state is TileState.DISCHARGED:
        return phrase("CHAIR {}: DISCHARGED").format(text.number), phrase("Enter: open, then clear the chair")
    return phrase("CHAIR {} IS FREE").format(text.number), phrase("Enter: admit")


def paint_strip(painter: QPainter, rect: QRectF, strip: StripText, theme: Theme, cap: float) -> None:
    """The alarm line: what, since when, who took it, how many more; without an alarm the next due item."""
    if strip.priority is None:
        brush.text(painter, rect.left() + 6, brush.middle(rect.top(), rect.height(), cap * 0.86), strip.text, cap * 0.86,
                   theme.text2, width=rect.width() - 12)  # fmt: skip
        return
    ink = brush.alarm_box(painter, rect, strip.priority, strip.fill, theme)
    pad = cap * 0.7
    left = rect.left() + pad + (cap * 1.6 if strip.pin else 0)
    head, tail, cap = _strip_words(strip, cap, rect.right() - pad - left)
    baseline = brush.middle(rect.top(), rect.height(), cap)
    if strip.pin:
        paint_icon(painter, "pin", QRectF(rect.left() + pad - 2, baseline - cap * 1.2, cap * 1.4, cap * 1.4), ink)
    wide = brush.text(painter, rect.right() - pad, baseline, tail, cap, ink, MEDIUM, right=True)
    brush.text(painter, left, baseline, head, cap, ink, BOLD, width=rect.right() - pad - wide - left - cap * 0.5)


STRIP_SQUEEZE = 0.72
"""Words of an alarm line may shrink to this share of their size before any of them is left out."""


def _strip_words(strip: StripText, cap: float, room: float) -> tuple[str, str, float]:
    """What of the alarm line fits, and how large: the extremum goes first, then the time; the message never."""
    choices = (
        (strip.text + strip.extremum, (strip.since, strip.standing, strip.more)),
        (strip.text, (strip.since, strip.standing, strip.more)),
        (strip.text, (strip.standing, strip.more)),
        (strip.text, (strip.more,)),
    )
    for head, parts in choices:
        tail = "  ".join(part for part in parts if part)
        whole = text_width(head, cap, BOLD) + text_width(tail, cap, MEDIUM) + cap
        if whole * STRIP_SQUEEZE <= room:
            return head, tail, cap if whole <= room else int(cap * room / whole * 2) / 2
    return strip.text, strip.more, cap * STRIP_SQUEEZE
