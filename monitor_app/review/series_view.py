"""One patient's sessions overlaid by minute since the start of the infusion, and their figures below; Enter opens one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.parameters import MINUTE_US
from monitor_app.display import theme as look
from monitor_app.display.tables import make_rows_pressable
from monitor_app.record.readers import Reader
from monitor_app.review.browser import origin_word
from monitor_app.review.polygon import polygon
from monitor_app.review.series import HEAD, SBP, SHOWN, Curve, Member, cells, facts, pauses, series

LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 64, 130, 16, 30
RANGES = {SBP: (80.0, 200.0), "DBP": (40.0, 120.0), "HR": (40.0, 140.0), "SpO2": (80.0, 100.0)}
STEPS = {SBP: 20, "DBP": 20, "HR": 20, "SpO2": 5}
NAME = Qt.ItemDataRole.UserRole
Numbers = npt.NDArray[np.float64]


class SeriesPlot(QWidget):
    """The lines; the newest session bold, those of another profile or device dotted."""

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._members: list[Member] = []
        self._quantity = SBP
        self._infusing = False
        self.setMinimumHeight(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Sessions overlaid")

    def show_members(self, members: list[Member], quantity: str, infusing: bool = False) -> None:
        """Draw this quantity of these sessions. infusing: by the minutes in which the drug ran."""
        self._members, self._quantity, self._infusing = members, quantity, infusing
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Scale, phases of the newest session, lines, numbers at their ends."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tile))
        shown = [(m, c) for m in self._members if (c := self._curve(m)) is not None]
        if not shown:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(LEFT_PX, TOP_PX, self.width() - LEFT_PX - RIGHT_PX, self.height() - TOP_PX - FOOT_PX)
        low, high = self._span([curve for _, curve in shown])
        first = min(float(c.minutes.min()) for _, c in shown if len(c.minutes))
        last = max(float(c.minutes.max()) for _, c in shown if len(c.minutes))
        place = _Place(plot, first, max(last, first + 1), low, high)
        self._infusion(painter, place)
        self._scale(painter, place)
        for member, curve in shown:
            self._line(painter, place, member, curve, member is self._members[-1])

    def _curve(self, member: Member) -> Curve | None:
        return (member.infusing if self._infusing else member.curves).get(self._quantity)

    def _infusion(self, painter: QPainter, place: _Place) -> None:
        """When the drug of the newest session ran; its pauses stay plain, and are not there where they are taken out."""
        report = self._members[-1].report
        s = report.material.session
        end_us = s.infusion_end_us if s.infusion_end_us is not None else report.material.to_us
        end = (end_us - (s.infusion_start_us or 0)) / MINUTE_US
        held = pauses(report)
        if self._infusing:
            end, held = end - sum(until - since for since, until in held), []
        edges = [0.0, *(edge for pause in held for edge in pause), end]
        for since, until in zip(edges[::2], edges[1::2], strict=True):
            left, right = max(place.plot.left(), place.x(since)), min(place.plot.right(), place.x(until))
            if right > left:
                band = QRectF(left, place.plot.top(), right - left, place.plot.height())
                painter.fillRect(band, QColor(look.mixed(self._theme.line, self._theme.tile, 0.45)))

    def _span(self, curves: list[Curve]) -> tuple[float, float]:
        low, high = RANGES[self._quantity]
        values = np.concatenate([c.values for c in curves])
        values = values[np.isfinite(values)]
        step = STEPS[self._quantity]
        if len(values):
            low = min(low, math.floor(values.min() / step) * step)
            high = max(high, math.ceil(values.max() / step) * step)
        return low, high

    def _scale(self, painter: QPainter, place: _Place) -> None:
        painter.setFont(look.font(9))
        step = STEPS[self._quantity]
        for value in range(int(place.low), int(place.high) + 1, step):
            y = place.y(value)
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QPointF(place.plot.left(), y), QPointF(place.plot.right(), y))
            painter.setPen(QColor(self._theme.text2))
            box = QRectF(0, y - 8, LEFT_PX - 8, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(value))
        every = 10 if place.last - place.first > 30 else 1
        for minute in range(math.ceil(place.first / every) * every, int(place.last) + 1, every):
            x = place.x(minute)
            painter.setPen(
                QPen(QColor(self._theme.text3 if minute == 0 else self._theme.grid), 2 if minute == 0 else 1)
            )
            painter.drawLine(QPointF(x, place.plot.top()), QPointF(x, place.plot.bottom()))
            painter.setPen(QColor(self._theme.text2))
            painter.drawText(QRectF(x - 30, place.plot.bottom() + 6, 60, 16), Qt.AlignmentFlag.AlignCenter, str(minute))
        painter.drawText(
            QPointF(place.plot.right() + 12, place.plot.bottom() + 18),
            "min infusing" if self._infusing else "min since start",
        )

    def _line(self, painter: QPainter, place: _Place, member: Member, curve: Curve, newest: bool) -> None:
        if not len(curve.minutes):
            return
        colour = QColor(self._theme.text1 if newest else self._theme.focus)
        if not newest:
            colour.setAlphaF(0.35 + 0.5 * member.number / max(1, len(self._members)))
        pen = QPen(colour, 3 if newest else 1.5)
        if not member.like_last:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        x, y = place.points(curve)
        good = np.isfinite(curve.values)
        for part in np.split(np.arange(len(good)), np.flatnonzero(~good)):
            inside = part[good[part]]
            painter.drawPolyline(polygon(x[inside], y[inside]))
            for n in inside if curve.dots else ():
                painter.drawEllipse(QPointF(x[n], y[n]), 3, 3)
        end = int(np.flatnonzero(good)[-1])
        painter.setFont(look.font(9.5, look.BOLD if newest else look.REGULAR))
        painter.drawText(QPointF(x[end] + 8, y[end] + 4), str(member.number))


class _Place:
    """Where a minute and a value stand."""

    def __init__(self, plot: QRectF, first: float, last: float, low: float, high: float) -> None:
        self.plot, self.first, self.last, self.low, self.high = plot, first, last, low, high

    def x(self, minute: float) -> float:
        """Pixel of a minute."""
        return self.plot.left() + (minute - self.first) / (self.last - self.first) * self.plot.width()

    def y(self, value: float) -> float:
        """Pixel of a value."""
        return self.plot.bottom() - (value - self.low) / (self.high - self.low) * self.plot.height()

    def points(self, curve: Curve) -> tuple[Numbers, Numbers]:
        """Pixels of a whole curve, NaN where it is broken."""
        x = self.plot.left() + (curve.minutes - self.first) / (self.last - self.first) * self.plot.width()
        y = self.plot.bottom() - (curve.values - self.low) / (self.high - self.low) * self.plot.height()
        return x, y


class SeriesView(QWidget):
    """`opened` carries the uuid of a session, `closed`: back to the list."""

    opened = Signal(str)
    closed = Signal()

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._members: list[Member] = []
        self._quantity = SBP
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._mark = QLabel()
        self._mark.setStyleSheet(f"color: {theme.simulated}; font-size: 20px; font-weight: 700;")
        self.plot = SeriesPlot(theme)
        self.facts = QLabel()
        self.facts.setProperty("role", "hint")
        self.facts.setWordWrap(True)
        self.table = QTableWidget(0, len(HEAD))
        self.table.setHorizontalHeaderLabels(list(HEAD))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        make_rows_pressable(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setAccessibleName("Figures of the sessions")
        self.table.activated.connect(self._picked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.addLayout(self._head())
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.facts)
        layout.addWidget(self.table, 2)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        back = QPushButton("Esc  All sessions")
        back.clicked.connect(self.closed.emit)
        row.addWidget(back)
        row.addWidget(self._title)
        row.addWidget(self._mark)
        row.addStretch(1)
        self.clock = QPushButton("Pauses out")
        self.clock.setProperty("role", "tab")
        self.clock.setCheckable(True)
        self.clock.setToolTip("Count the minutes in which the drug ran, instead of minutes since it began")
        self.clock.clicked.connect(lambda _=False: self.set_quantity(self._quantity))
        row.addWidget(self.clock)
        self._buttons = QButtonGroup(self)
        for name in SHOWN:
            button = QPushButton(name)
            button.setProperty("role", "tab")
            button.setCheckable(True)
            button.setChecked(name == self._quantity)
            button.clicked.connect(lambda _=False, wanted=name: self.set_quantity(wanted))
            self._buttons.addButton(button)
            row.addWidget(button)
        return row

    def show_series(self, reader: Reader, uuid: str) -> bool:
        """The sessions of this one's patient. False when it has no pseudonym, or none with an infusion."""
        self._members = series(reader, uuid)
        if not self._members:
            return False
        row = self._members[-1].row
        count = len(self._members)
        self._title.setText(f"{row.patient_ref}   {count} {'session' if count == 1 else 'sessions'}")
        self._mark.setText(origin_word(row))
        self.facts.setText("   ".join(facts(self._members)))
        self.table.setRowCount(count)
        for place, member in enumerate(self._members):
            for column, text in enumerate(cells(member)):
                item = QTableWidgetItem(text)
                item.setData(NAME, member.row.uuid)
                self.table.setItem(place, column, item)
        self.set_quantity(self._quantity)
        self.table.selectRow(count - 1)
        self.table.setFocus()
        return True

    def set_quantity(self, name: str) -> None:
        """Overlay this one."""
        self._quantity = name
        self.plot.show_members(self._members, name, self.clock.isChecked())

    def _picked(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(NAME))
