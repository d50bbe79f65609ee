"""What the device at the chosen line sends: its waves of the last seconds, so that a finger or an electrode can be tried.

A look before a run, not a monitor: every wave fills its strip, whatever its size; what is missing is left open.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from drivers.samples import Parameter, WaveBlock
from monitor_app.core.parameters import WAVES
from monitor_app.display.theme import Theme, font

WINDOW_S = 6.0
STRIPS_MAX = 3
BLOCKS_MAX = 4_000
LABEL_PX = 12


class WavePane(QWidget):
    """Up to three strips, the first leads and the pleth. Painted when something came."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._blocks: dict[Parameter, deque[WaveBlock]] = {}
        self.setMinimumHeight(120)
        self.setAccessibleName(self.tr("Live waves of this device"))

    @property
    def waves(self) -> tuple[Parameter, ...]:
        """What is drawn, from top to bottom."""
        order = list(WAVES)
        found = sorted(self._blocks, key=order.index)
        room = STRIPS_MAX - (Parameter.PLETH in found)
        others = [parameter for parameter in found if parameter is not Parameter.PLETH][:room]
        return (*others, Parameter.PLETH) if Parameter.PLETH in found else tuple(others)

    def clear(self) -> None:
        """Another device is looked at."""
        self._blocks.clear()
        self.update()

    def take(self, blocks: list[WaveBlock]) -> None:
        """Newest samples."""
        for block in blocks:
            kept = self._blocks.setdefault(block.parameter, deque(maxlen=BLOCKS_MAX))
            if block.gap and kept and block.first_index < kept[-1].first_index:
                kept.clear()  # the stream began anew
            kept.append(block)
            end = block.first_index + len(block.samples)
            while kept and end - kept[0].first_index > WINDOW_S * block.rate_hz:
                kept.popleft()
        if blocks:
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Strips one below the other."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.app))
        waves = self.waves
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.height() / max(1, len(waves))
        for place, parameter in enumerate(waves):
            self._strip(painter, parameter, QRectF(0, place * height, self.width(), height))
        painter.end()

    def _strip(self, painter: QPainter, parameter: Parameter, box: QRectF) -> None:
        row, blocks = WAVES[parameter], self._blocks[parameter]
        painter.setPen(QColor(self._theme.role(row.role)))
        painter.setFont(font(LABEL_PX))
        painter.drawText(box.adjusted(8, 4, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, row.label)
        painter.setPen(QPen(QColor(self._theme.role(row.role)), 1.5))
        every = np.concatenate([block.samples for block in blocks])
        low, high = float(every.min()), float(every.max())
        span = max(1.0, high - low)
        end = blocks[-1].first_index + len(blocks[-1].samples)
        per_sample = box.width() / (WINDOW_S * blocks[-1].rate_hz)
        line, after = QPolygonF(), None
        for block in blocks:
            if after is not None and (block.gap or block.first_index != after):
                painter.drawPolyline(line)
                line = QPolygonF()
            xs = box.right() - (end - block.first_index - np.arange(len(block.samples))) * per_sample
            ys = box.bottom() - 8 - (block.samples - low) / span * (box.height() - 28)
            line.append([QPointF(x, y) for x, y in zip(xs, ys, strict=True)])
            after = block.first_index + len(block.samples)
        painter.drawPolyline(line)
