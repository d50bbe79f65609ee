"""What of a sweep strip stands still? Ground, grid, SIMULATED behind the trace, label, speed and gain, lead off.

It is painted once into the canvas's backdrop; the trace is drawn over it. A grid is in millimetres of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from monitor_app.display.gain import Gain
from monitor_app.display.layout import HEAD_PX, TRACE_LEAST_PX, Rect
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.theme import MEDIUM, Theme, fitting_cap, font, mixed, text_width

WORD_OPACITY = 0.14
NARROW_LINES_PX, WIDE_LINES_PX = 84, 46
"""A strip at least so high has room for gain and speed under its label in the gutter; else they stand over the trace."""
CAPTION_CAP, NOTE_CAP = 8.5, 10.0
LINE_PX = 13
WIDE_GUTTER_PX = 80
"""A gutter at least so wide holds a number and its unit on one line, and what the calibration mark is worth."""
NOTE_PX = QSize(90, 24)
"""Room of a note that has no line of its own."""
CALIBRATION_MV = (1.0, 0.5, 0.2, 0.1)
"""The mark is one millivolt, or as much of one as the strip holds."""
CALIBRATION_SHARE = 0.9
COARSE_MM, FINE_LEAST_PX = 5, 3.0
"""Every fifth line is strong; lines closer together than this would be a grey ground."""
FINE_GRID = 0.55


@dataclass(frozen=True, slots=True)
class Strip:
    """One wave in its place.

    key: chair and channel. word: what stands there instead of a live trace. mark: SIMULATED. rect: of the
    trace. gutter, head: pixels left of it and over it for its label, speed and gain, which never stand behind a
    trace. size: of those words. note: a small word at a live trace (the cuff is at work). speed_mm_s: 0 takes
    the window's. fixed_mm_per_mv: the gain a person chose, 0 for an automatic one. caption: speed and gain are
    written in the strip.
    """

    key: tuple[int, int]
    rect: Rect
    label: str
    colour: str
    unit: str
    state: str = "live"
    word: str = ""
    mark: str = ""
    ticks: bool = False
    gutter: int = 0
    note: str = ""
    speed_mm_s: float = 0
    fixed_mm_per_mv: float = 0
    grid: bool = False
    caption: bool = False
    head: int = 0
    size: float = 1.0

    @property
    def area(self) -> QRect:
        """The trace, its gutter, and the line over it."""
        return QRect(
            self.rect.x - self.gutter, self.rect.y - self.head, self.rect.w + self.gutter, self.rect.h + self.head
        )

    @property
    def in_gutter(self) -> bool:
        """Whether speed and gain are written beside the trace."""
        least = NARROW_LINES_PX if self.is_narrow else WIDE_LINES_PX
        return bool(self.gutter) and not self.head and self.rect.h >= least * self.size

    @property
    def is_narrow(self) -> bool:
        """Whether a number and its unit need two lines beside the trace."""
        return self.gutter < WIDE_GUTTER_PX * self.size

    def ornate(self) -> list[QRect]:
        """Where there is more behind the trace than plain colour."""
        whole = QRect(*self.rect)
        if self.grid or self.mark or self.word or self.state != "live":
            return [self.area]
        found = [QRect(whole.x() - self.gutter, whole.y(), self.gutter, whole.height())] if self.gutter else []
        if self.head:
            found.append(QRect(self.area.topLeft(), QSize(self.area.width(), self.head)))
        if self.note and not self.head:
            found.append(QRect(whole.topLeft(), NOTE_PX).intersected(whole))
        return found


def seated(strip: Strip) -> Strip:
    """The same strip with a place for its words: the gutter, else a line over the trace, else none for speed and gain."""
    if strip.in_gutter:
        return strip
    rect, head = strip.rect, round(HEAD_PX * strip.size)
    if rect.h - head < TRACE_LEAST_PX * strip.size:
        return replace(strip, caption=False)
    return replace(strip, rect=Rect(rect.x, rect.y + head, rect.w, rect.h - head), head=head)


def paint_backdrop(
    painter: QPainter,
    strip: Strip,
    theme: Theme,
    gain: Gain | None,
    speed_mm_s: float,
    millimetre: Millimetre = NOMINAL,
) -> None:
    """Everything of a strip that stands still. speed_mm_s: the one in force."""
    rect = QRectF(*strip.rect)
    painter.fillRect(QRectF(strip.area), QColor(theme.tile))
    painter.setClipRect(rect)
    if strip.grid:
        paint_grid(painter, rect, theme, millimetre.px)
    if strip.mark:
        _paint_mark(painter, rect, strip.mark, theme)
    if strip.state == "lead_off":
        painter.setPen(QPen(QColor(theme.stale), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(rect.left(), rect.center().y(), rect.right(), rect.center().y()))
    if strip.word:
        _paint_word(painter, strip, theme)
    painter.setClipRect(QRectF(strip.area))
    _paint_label(painter, strip)
    if strip.note:
        cap = NOTE_CAP if not strip.head else CAPTION_CAP * strip.size
        x = rect.left() + 6 + (text_width(strip.label, cap, MEDIUM) + 2 * cap if strip.head and not strip.gutter else 0)
        painter.setFont(font(cap, MEDIUM))
        painter.setPen(QColor(theme.text2))
        painter.drawText(QPointF(x, _head_base(strip) if strip.head else rect.top() + NOTE_CAP + 4), strip.note)
    if strip.caption:
        _paint_caption(painter, strip, theme, gain, speed_mm_s)
    if strip.unit == "mV" and gain is not None and gain.word and strip.gutter:
        _paint_calibration(painter, strip, theme, gain)
    painter.setClipping(False)


def caption_lines(strip: Strip, gain: Gain | None, speed_mm_s: float) -> tuple[str, ...]:
    """Speed and, where the wave has a scale, gain: what the strip says of itself."""
    speed = f"{speed_mm_s:g} mm/s"
    return (gain.word, speed) if gain is not None and gain.word else (speed,)


def _label_cap(strip: Strip) -> float:
    return (12.0 if strip.in_gutter else 9.0) * strip.size


def _paint_label(painter: QPainter, strip: Strip) -> None:
    """Beside the trace, over it where there is no gutter, and never behind it."""
    if not strip.gutter and not strip.head:
        return
    cap = _label_cap(strip)
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(strip.colour))
    painter.drawText(QPointF(strip.rect.x + 2 - strip.gutter, _label_base(strip)), strip.label)


def _head_base(strip: Strip) -> float:
    return strip.rect.y - 3 * strip.size


def _label_base(strip: Strip) -> float:
    cap, rect = _label_cap(strip), strip.rect
    if strip.head and not strip.gutter:
        return _head_base(strip)
    lines = (2 if strip.unit == "mV" else 1) * (2 if strip.is_narrow else 1) if strip.in_gutter and strip.caption else 0
    return rect.y + rect.h / 2 + cap / 2 - LINE_PX * strip.size * lines / 2


def _paint_caption(painter: QPainter, strip: Strip, theme: Theme, gain: Gain | None, speed_mm_s: float) -> None:
    """Under the label where there is room, else at the right end over the trace."""
    lines = caption_lines(strip, gain, speed_mm_s)
    cap = CAPTION_CAP * strip.size
    painter.setFont(font(cap))
    painter.setPen(QColor(theme.text3))
    if strip.in_gutter:
        y = _label_base(strip)
        broken = ((one.replace(" mm", "\nmm") if strip.is_narrow else one).split("\n") for one in lines)
        for word in (word for one in broken for word in one):
            y += LINE_PX * strip.size
            painter.drawText(QPointF(strip.rect.x + 2 - strip.gutter, y), word)
    elif strip.head:
        said = "   ".join(reversed(lines))
        painter.drawText(QPointF(strip.rect.right - 4 - text_width(said, cap), _head_base(strip)), said)


def _paint_calibration(painter: QPainter, strip: Strip, theme: Theme, gain: Gain) -> None:
    """A bracket of one millivolt at the left edge of the trace."""
    rect = strip.rect
    held = [mv for mv in CALIBRATION_MV if mv * gain.px_per_unit <= CALIBRATION_SHARE * rect.h]
    if not held:
        return
    half, at, middle = held[0] * gain.px_per_unit / 2, rect.x - 6, rect.y + rect.h / 2
    painter.setPen(QPen(QColor(theme.text3), 1))
    painter.drawLine(QLineF(at, middle - half, at, middle + half))
    painter.drawLine(QLineF(at - 3, middle - half, at + 3, middle - half))
    painter.drawLine(QLineF(at - 3, middle + half, at + 3, middle + half))
    if not strip.is_narrow or held[0] != CALIBRATION_MV[0]:
        said = f"{held[0]:g} mV"
        cap = 7.5 * strip.size
        painter.setFont(font(cap))
        base = max(rect.y + 9.0, middle - half - 4)
        painter.drawText(QPointF(at + 3 - text_width(said, cap), base), said)


def paint_grid(painter: QPainter, rect: QRectF, theme: Theme, px_per_mm: float) -> None:
    """Lines of paper from the left edge and the middle: 1 mm faint, 5 mm strong."""
    strong, faint = QColor(theme.grid), QColor(mixed(theme.grid, theme.tile, FINE_GRID))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for colour, every in ((faint, 1), (strong, COARSE_MM)):
        if every * px_per_mm < FINE_LEAST_PX:
            continue
        painter.setPen(QPen(colour, 1))
        step = every * px_per_mm
        for n in range(int(rect.width() / step) + 1):
            x = round(rect.left() + n * step)
            painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))
        half = int(rect.height() / 2 / step)
        for n in range(-half, half + 1):
            y = round(rect.center().y() + n * step)
            painter.drawLine(QLineF(rect.left(), y, rect.right(), y))
    painter.restore()


def _paint_mark(painter: QPainter, rect: QRectF, mark: str, theme: Theme) -> None:
    """The word diagonally, again and again, faint enough that no trace is lost in it."""
    cap = min(30.0, max(11.0, rect.height() * 0.3))
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(mixed(theme.simulated, theme.tile, WORD_OPACITY)))
    width = text_width(mark, cap, MEDIUM)
    step = width * 2.2
    x = rect.left() + rect.width() / 2 - step * int(rect.width() / 2 / step)
    while x - width / 2 < rect.right():
        painter.save()
        painter.translate(x, rect.center().y())
        painter.rotate(-12)
        painter.drawText(QPointF(-width / 2, cap / 2), mark)
        painter.restore()
        x += step


def _word_box(strip: Strip) -> tuple[QRectF, float]:
    """Where the word stands that says why there is no trace, and its cap height."""
    rect = QRectF(*strip.rect)
    cap = fitting_cap(strip.word, min(16.0 * strip.size, rect.height() * 0.3), 9, rect.width() - 24, MEDIUM)
    box = QRectF(0, 0, text_width(strip.word, cap, MEDIUM) + 20, cap * 2)
    box.moveCenter(rect.center())
    return box, cap


def word_columns(strip: Strip) -> range:
    """The places of a strip that its word takes: no dotted line goes through it."""
    if not strip.word:
        return range(0)
    box, _ = _word_box(strip)
    return range(int(box.left()) - strip.rect.x, int(box.right()) + 1 - strip.rect.x)


def _paint_word(painter: QPainter, strip: Strip, theme: Theme) -> None:
    box, cap = _word_box(strip)
    painter.fillRect(box, QColor(theme.tile))
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(theme.text2))
    painter.drawText(QPointF(box.left() + 10, box.center().y() + cap / 2), strip.word)
