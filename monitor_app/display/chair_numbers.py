"""What do the devices of one chair measure? Its numbers at the size that is read from two metres."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import Look
from monitor_app.display import brush
from monitor_app.display.language import phrase
from monitor_app.display.presenter import CuffText, NumberText
from monitor_app.display.theme import BOLD, Theme, text_width
from monitor_app.display.vital_signs import paint_cuff, paint_number, paint_off

PRESSURE, PRESSURE_UNIT = "nibp_systolic", "mmHg"
TOUCH_PX = 44


class NumberPanel(QWidget):
    """The numbers of the chair at the size that is read from two metres. `pressed` with the name of the vital sign."""

    pressed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._scale = 1.0
        self._large: tuple[NumberText, ...] = ()
        self._small: tuple[NumberText, ...] = ()
        self._cuff: CuffText | None = None
        self._rhythm = ""
        self._places: list[tuple[QRectF, str]] = []

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.setFixedHeight(round(330 * scale))
        self.update()

    def show_numbers(
        self, large: tuple[NumberText, ...], small: tuple[NumberText, ...], cuff: CuffText | None, rhythm: str
    ) -> None:
        """Paint again if anything differs."""
        now = (large, small, cuff, rhythm)
        if now != (self._large, self._small, self._cuff, self._rhythm):
            self._large, self._small, self._cuff, self._rhythm = now
            spoken = [f"{n.label} {n.text} {n.unit}" for n in (*large, *small)]
            self.setAccessibleName(phrase("Numbers: {}").format(", ".join(part for part in (*spoken, rhythm) if part)))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A number opens its limits."""
        at = event.position()
        found = next((parameter for place, parameter in self._places if place.contains(at)), "")
        if found and event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit(found)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Two large cells, the pressure below, the rest in one line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, s = self._theme, self._scale
        painter.fillRect(self.rect(), QColor(theme.tile))
        pad, small = 14 * s, max(10.0, 15 * s)
        wide = (self.width() - 3 * pad) / 2
        top = 122 * s
        self._places = []
        for place, number in enumerate(self._large):
            cell = QRectF(pad + place * (wide + pad), 8 * s, wide, top)
            self._places.append((cell, number.parameter))
            paint_number(painter, cell, number, theme, 66 * s, small, unit=True)
        if self._cuff is not None:
            cell = QRectF(pad, 8 * s + top + 6 * s, self.width() - 2 * pad, 108 * s)
            self._places.append((cell, PRESSURE))
            paint_cuff(painter, cell, self._cuff, theme, 50 * s, small, 66 * s, PRESSURE_UNIT)
        x = pad + 8 * s
        base = self.height() - 44 * s
        for number in self._small:
            wide = self._paint_small(painter, x, base, number)
            self._places.append((QRectF(x, 8 * s + top + 114 * s, max(TOUCH_PX, wide), TOUCH_PX), number.parameter))
            x += wide + 26 * s
        base = self.height() - 14 * s
        brush.text(painter, pad + 8 * s, base, self._rhythm, small * 0.9, theme.text2, width=self.width() - 2 * pad)
        painter.end()

    def _paint_small(self, painter: QPainter, x: float, base: float, number: NumberText) -> float:
        s, theme = self._scale, self._theme
        cap, label = 22 * s, max(10.0, 13 * s)
        colour = theme.role(number.role) if number.look is Look.NORMAL else theme.stale
        wide = brush.text(painter, x, base, number.label, label, theme.role(number.role), BOLD) + label * 0.6
        if number.alarm is not None:
            box = QRectF(x + wide - 4, base - cap - 5, text_width(number.text, cap, BOLD) + 8, cap + 10)
            colour = brush.alarm_box(painter, box, number.alarm, number.fill, theme)
        wide += brush.text(painter, x + wide, base, number.text, cap, colour, BOLD) + label * 0.5
        wide += paint_off(painter, x + wide, base, number.off, label * 0.85, theme, self.width() - x - wide)
        said = ", ".join(part for part in (number.far, number.note) if part) or number.unit
        return wide + brush.text(painter, x + wide, base, said, label * 0.85, theme.text2)
