"""What of a sweep strip stands still? Ground, grid, SIMULATED behind the trace, label, speed and gain, lead off.

It is painted once into the canvas's backdrop; the trace is drawn over it. A grid is in millimetres of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from monitor_app.display.gain import Gain
from monitor_app.display.layout import Rect
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.theme import MEDIUM, Theme, fitting_cap, font, mixed, text_width

WORD_OPACITY = 0.14
NARROW_LINES_PX, WIDE_LINES_PX = 84, 46
"""A strip at least so high has room for gain and speed under its label in the gutter; else they stand behind the trace."""
CAPTION_CAP, NOTE_CAP = 8.5, 10.0
LINE_PX = 13
WIDE_GUTTER_PX = 80
"""A gutter at least so wide holds a number and its unit on one line, and what the calibration mark is worth."""
LABEL_PX = QSize(90, 24)
"""Room of a label that stands behind its trace."""
CALIBRATION_MV = (1.0, 0.5, 0.2, 0.1)
"""The mark is one millivolt, or as much of one as the strip holds."""
CALIBRATION_SHARE = 0.9
COARSE_MM, FINE_LEAST_PX = 5, 3.0
"""Every fifth line is strong; lines closer together than this would be a grey ground."""
FINE_GRID = 0.55


@dataclass(frozen=True, slots=True)
class Strip:
    """One wave in its place. key: chair and channel. word: what stands there instead of a live trace. mark: SIMULATED.

    gutter: pixels left of the trace for its label; without them the label stands behind the trace. note: a small word behind
    a live trace (the cuff is at work). speed_mm_s: 0 takes the window's. fixed_mm_per_mv: the gain a person chose, 0 for an
    automatic one. caption: speed and gain are written in the strip.
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

    @property
    def area(self) -> QRect:
        """The trace and its gutter."""
        return QRect(self.rect.x - self.gutter, self.rect.y, self.rect.w + self.gutter, self.rect.h)

    @property
    def in_gutter(self) -> bool:
        """Whether speed and gain are written beside the trace."""
        return bool(self.gutter) and self.rect.h >= (NARROW_LINES_PX if self.gutter < WIDE_GUTTER_PX else WIDE_LINES_PX)

    def ornate(self) -> list[QRect]:
        """Where there is more behind the trace than plain colour."""
        whole = QRect(*self.rect)
        if self.grid or self.mark or self.word or self.state != "live":
            return [self.area]
        found = [QRect(whole.x() - self.gutter, whole.y(), self.gutter, whole.height())] if self.gutter else []
        if self.label and not self.gutter:
            found.append(QRect(whole.topLeft(), LABEL_PX).intersected(whole))
        if self.note:
            found.append(QRect(whole.topLeft(), LABEL_PX).intersected(whole))
        if self.caption and not self.in_gutter:
            found.append(
                QRect(whole.right() - CAPTION_ROOM_PX, whole.bottom() - 15, CAPTION_ROOM_PX + 1, 16).intersected(whole)
            )
        return found


CAPTION_ROOM_PX = 190


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
        _paint_word(painter, rect, strip.word, theme)
    painter.setClipRect(QRectF(strip.area))
    _paint_label(painter, strip)
    if strip.note:
        painter.setFont(font(NOTE_CAP, MEDIUM))
        painter.setPen(QColor(theme.text2))
        painter.drawText(QPointF(rect.left() + 6, rect.top() + NOTE_CAP + 4), strip.note)
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
    return (12.0 if strip.gutter else 10.0) if strip.rect.h >= 44 else 9.0


def _paint_label(painter: QPainter, strip: Strip) -> None:
    """Beside the trace; behind it where there is no gutter."""
    cap = _label_cap(strip)
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(strip.colour))
    painter.drawText(QPointF(strip.rect.x + 2 - strip.gutter, _label_base(strip)), strip.label)


def _label_base(strip: Strip) -> float:
    cap, rect = _label_cap(strip), strip.rect
    if not strip.gutter:
        return rect.y + cap + 2
    return rect.y + rect.h / 2 + cap / 2 - (LINE_PX if strip.in_gutter and strip.caption else 0)


def _paint_caption(painter: QPainter, strip: Strip, theme: Theme, gain: Gain | None, speed_mm_s: float) -> None:
    """Under the label where there is room, else at the right end behind the trace."""
    lines = caption_lines(strip, gain, speed_mm_s)
    painter.setFont(font(CAPTION_CAP))
    painter.setPen(QColor(theme.text3))
    if strip.in_gutter:
        narrow = strip.gutter < WIDE_GUTTER_PX
        y = _label_base(strip)
        for line in (word for one in lines for word in (one.replace(" mm", "\nmm").split("\n") if narrow else (one,))):
            y += LINE_PX
            painter.drawText(QPointF(strip.rect.x + 2 - strip.gutter, y), line)
        lines = ()
    said = "   ".join(reversed(lines))
    if said:
        x = strip.rect.right - 4 - text_width(said, CAPTION_CAP)
        painter.drawText(QPointF(x, strip.rect.bottom - 4.0), said)


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
    if strip.gutter >= WIDE_GUTTER_PX or held[0] != CALIBRATION_MV[0]:
        said = f"{held[0]:g} mV"
        painter.setFont(font(7.5))
        base = max(rect.y + 9.0, middle - half - 4)
        painter.drawText(QPointF(at + 3 - text_width(said, 7.5), base), said)


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


def _paint_word(painter: QPainter, rect: QRectF, word: str, theme: Theme) -> None:
    cap = fitting_cap(word, min(16.0, rect.height() * 0.3), 9, rect.width() - 24, MEDIUM)
    width = text_width(word, cap, MEDIUM)
    box = QRectF(0, 0, width + 20, cap * 2)
    box.moveCenter(rect.center())
    painter.fillRect(box, QColor(theme.tile))
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(theme.text2))
    painter.drawText(QPointF(box.left() + 10, box.center().y() + cap / 2), word)
