"""How is a symbol drawn? Our own SVG files on a 24-unit grid, tinted; and the three filled shapes of the priorities."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtSvg import QSvgRenderer

from monitor_app.assets import resources
from monitor_app.display.presenter import Shape


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer | None:
    file = resources() / "icons" / f"{name}.svg"
    if not file.is_file():
        return None
    return QSvgRenderer(QByteArray(file.read_text("utf-8").replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: str) -> None:
    """The symbol of that name in `rect`. A missing file leaves the place empty: words say the same beside it."""
    renderer = _renderer(name, colour)
    if renderer is not None:
        renderer.render(painter, rect)


def paint_shape(
    painter: QPainter, shape: Shape, rect: QRectF, colour: str, *, outlined: bool = False, edge: str = ""
) -> None:
    """A priority's shape, as large as `rect`; outlined for one that has ended. edge: a dark border on light surfaces."""
    if shape is Shape.WRENCH:
        paint_icon(painter, "wrench", rect, edge or colour)
        return
    side = rect.width()
    pen = QPen(QColor(colour), max(1.5, side * 0.09))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    half = pen.widthF() / 2
    inner = rect.adjusted(half, half, -half, -half)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush if outlined else QColor(colour))
    painter.drawPolygon(_polygon(shape, inner))
    if edge:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(edge), 2))
        painter.drawPolygon(_polygon(shape, rect.adjusted(1, 1, -1, -1)))
    painter.restore()


def _polygon(shape: Shape, r: QRectF) -> QPolygonF:
    centre = r.center()
    if shape is Shape.TRIANGLE:
        drop = r.height() * 0.06
        corners = [(centre.x(), r.top() + drop), (r.right(), r.bottom() - drop), (r.left(), r.bottom() - drop)]
    elif shape is Shape.DIAMOND:
        corners = [(centre.x(), r.top()), (r.right(), centre.y()), (centre.x(), r.bottom()), (r.left(), centre.y())]
    else:
        trim = r.width() * 0.08
        r = r.adjusted(trim, trim, -trim, -trim)
        corners = [(r.left(), r.top()), (r.right(), r.top()), (r.right(), r.bottom()), (r.left(), r.bottom())]
    return QPolygonF([QPointF(x, y) for x, y in corners])
