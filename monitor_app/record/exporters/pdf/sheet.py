"""What can stand on a page of paper? Texts, lines, boxes, curves and symbols in hundredths of a millimetre.

A page is a list of marks, laid out before anything is painted: printer, file and preview paint the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QPainter,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QApplication

from monitor_app.assets import resources

UNITS_PER_INCH = 2540
"""A unit is 0.01 mm."""
POINT = UNITS_PER_INCH / 72
MM = 100.0
FAMILY = "Inter"
A4 = (21000.0, 29700.0)
LETTER = (21590.0, 27940.0)
PAPERS = {"a4": A4, "letter": LETTER}

INK, SOFT, FAINT, RULE, BAND, TINT = "#10161C", "#46525E", "#7C8896", "#C3CCD5", "#E6EAEE", "#F4F6F8"
"""Greys that stay apart on a black and white printer."""
ECG, SPO2, HIGH, MEDIUM, LOW, SIMULATED = "#00702C", "#00608C", "#B80022", "#FFD60A", "#32D3F0", "#A3007C"

LEFT, RIGHT, CENTRE = (
    Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignHCenter,
)
REGULAR, MEDIUM_WEIGHT, BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a box. size: in points. wrap: over several lines. turn: degrees around the middle of the box."""

    box: QRectF
    words: str
    size: float = 8
    colour: str = INK
    weight: QFont.Weight = REGULAR
    align: Qt.AlignmentFlag = LEFT
    wrap: bool = False
    turn: float = 0
    opacity: float = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke. dashed: of dashes."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: str = RULE
    width: float = 10
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. fill, edge: empty for none. hatched: its fill is of strokes. radius: of its corners."""

    box: QRectF
    fill: str = ""
    edge: str = ""
    hatched: bool = False
    radius: float = 0
    width: float = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points."""

    points: Sequence[tuple[float, float]]
    colour: str = INK
    width: float = 18


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled shape: the symbol of a priority."""

    points: Sequence[tuple[float, float]]
    fill: str = INK
    edge: str = INK


Mark = Text | Line | Box | Curve | Shape


@dataclass(slots=True)
class Page:
    """Marks in the order of painting."""

    marks: list[Mark] = field(default_factory=list)

    def add(self, *marks: Mark) -> None:
        """Put these on top."""
        self.marks.extend(marks)

    def words(self) -> list[str]:
        """Every text of the page."""
        return [mark.words for mark in self.marks if isinstance(mark, Text)]


@dataclass(frozen=True, slots=True)
class Paper:
    """A laid out document. size: width and height in units."""

    size: tuple[float, float]
    pages: tuple[Page, ...]


# ---------------------------------------------------------------- fonts


_kept: list[QApplication] = []


def require_application() -> None:
    """Fonts need an application; a command without a window gets one that opens no screen. There is one to a process, so
    that it is of the kind that windows need too."""
    if QApplication.instance() is None:
        _kept.append(QApplication(["chairside", "-platform", "offscreen"]))
    _bundled()


@lru_cache(maxsize=1)
def _bundled() -> bool:
    files = sorted((resources() / "fonts").glob("*.otf"))
    return all([QFontDatabase.addApplicationFont(str(file)) >= 0 for file in files])


@lru_cache(maxsize=128)
def font(size: float, weight: QFont.Weight = REGULAR) -> QFont:
    """The bundled family in points. No font feature: its glyphs would be no letters to whoever copies or searches."""
    made = QFont(FAMILY)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setPixelSize(max(1, round(size * POINT)))
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def text_width(words: str, size: float, weight: QFont.Weight = REGULAR) -> float:
    """How wide the words are in one line."""
    return QFontMetricsF(font(size, weight)).horizontalAdvance(words)


def text_height(words: str, size: float, width: float, weight: QFont.Weight = REGULAR) -> float:
    """How high the words are when they are broken into lines of `width`."""
    box = QFontMetricsF(font(size, weight)).boundingRect(
        QRectF(0, 0, width, 1e6), int(LEFT | Qt.TextFlag.TextWordWrap), words
    )
    return box.height()


def shortened(words: str, size: float, width: float, weight: QFont.Weight = REGULAR) -> str:
    """The words, cut with three dots where they do not fit."""
    return QFontMetricsF(font(size, weight)).elidedText(words, Qt.TextElideMode.ElideRight, width)


# ---------------------------------------------------------------- painting


def paint(painter: QPainter, page: Page) -> None:
    """Paint one page; the painter's unit must be 0.01 mm."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in page.marks:
        match mark:
            case Text():
                _text(painter, mark)
            case Line():
                painter.setPen(_pen(mark.colour, mark.width, mark.dashed))
                painter.drawLine(QPointF(mark.x0, mark.y0), QPointF(mark.x1, mark.y1))
            case Box():
                _box(painter, mark)
            case Curve():
                painter.setPen(_pen(mark.colour, mark.width))
                painter.drawPolyline(_polygon(mark.points))
            case Shape():
                painter.setPen(_pen(mark.edge, 8))
                painter.setBrush(QColor(mark.fill))
                painter.drawPolygon(_polygon(mark.points))
                painter.setBrush(Qt.BrushStyle.NoBrush)


def _text(painter: QPainter, mark: Text) -> None:
    colour = QColor(mark.colour)
    colour.setAlphaF(mark.opacity)
    painter.setPen(colour)
    painter.setFont(font(mark.size, mark.weight))
    flags = int(mark.align | (Qt.AlignmentFlag.AlignTop if mark.wrap else Qt.AlignmentFlag.AlignVCenter))
    if mark.wrap:
        flags |= int(Qt.TextFlag.TextWordWrap)
    if not mark.turn:
        painter.drawText(mark.box, flags, mark.words)
        return
    painter.save()
    painter.translate(mark.box.center())
    painter.rotate(mark.turn)
    painter.drawText(mark.box.translated(-mark.box.center()), flags, mark.words)
    painter.restore()


def _box(painter: QPainter, mark: Box) -> None:
    painter.setPen(_pen(mark.edge, mark.width) if mark.edge else Qt.PenStyle.NoPen)
    if mark.hatched:
        _hatch(painter, mark)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setBrush(QBrush(QColor(mark.fill)) if mark.fill else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(mark.box, mark.radius, mark.radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _hatch(painter: QPainter, mark: Box) -> None:
    """Strokes of our own: a brush pattern would be as fine as the printer."""
    painter.save()
    painter.setClipRect(mark.box)
    painter.setPen(_pen(mark.fill, 14))
    x = mark.box.left() - mark.box.height()
    while x < mark.box.right():
        painter.drawLine(QPointF(x, mark.box.bottom()), QPointF(x + mark.box.height(), mark.box.top()))
        x += 90
    painter.restore()


def _pen(colour: str, width: float, dashed: bool = False) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([5, 4])
    return pen


def _polygon(points: Sequence[tuple[float, float]]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])
