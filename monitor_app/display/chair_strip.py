"""What went on around this moment? A strip of all waves of a chair, ten seconds before a key press to fourteen after it.

It shows what this window has; the event that was kept with it stands in the record, and review prints the same seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import ChairView, WaveChunk, WaveView
from monitor_app.display import brush
from monitor_app.display.gain import PAPER_MM_PER_MV
from monitor_app.display.language import phrase
from monitor_app.display.layout import Rect
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.presenter import marks_of
from monitor_app.display.strip import paint_grid
from monitor_app.display.theme import BOLD, MEDIUM, Theme
from monitor_app.display.waves import WaveStore

BEFORE_US, AFTER_US = 10_000_000, 14_000_000
SPEEDS_MM_S = (25.0, 12.5, 6.25)
REFRESH_US = 1_000_000
FILL = 0.9
PERIODS_MISSING = 3

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kept:
    """A strip that was asked for. at_us: station time of the press. values: the numbers of that moment, in words."""

    chair: int
    session: str | None
    at_us: int
    title: str
    values: str
    mark: str
    waves: tuple[WaveView, ...]


def values_of(chair: ChairView) -> str:
    """The numbers as they stood, for the strip's head."""
    said = [f"{number.label} {number.text}" for number in chair.numbers]
    cuff = f"BP {chair.cuff.sys}/{chair.cuff.dia} ({chair.cuff.mean})" if chair.cuff.fitted else ""
    return "   ".join(part for part in (*said, cuff) if part)


class StripPanel(QWidget):
    """Painted whole, once a second until its last second has come, and then no more."""

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme, self._store = theme, store
        self._scale = 1.0
        self._millimetre = NOMINAL
        self._kept: Kept | None = None
        self._until_us = 0
        self._pieces: dict[int, list[tuple[Wave, Wave]]] = {}
        self.hide()

    @property
    def kept(self) -> Kept | None:
        """What is shown."""
        return self._kept

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.update()

    def set_millimetre(self, millimetre: Millimetre) -> None:
        """The screen's calibration."""
        self._millimetre = millimetre
        self.update()

    def open(self, chair: ChairView, at_us: int, clock: str) -> None:
        """The waves around station time `at_us`. clock: the time of day then."""
        title = f"{phrase('CHAIR {}').format(chair.number)}   {chair.title}   {clock}"
        mark = " ".join(marks_of(chair))
        waves = tuple(wave for wave in chair.waves if wave.state not in ("off", "absent"))
        self._kept = Kept(chair.number, chair.session, at_us, title, values_of(chair), mark, waves)
        self._until_us = 0
        self.setAccessibleName(phrase("Strip, {}, {}").format(title, self._kept.values))
        self.follow(chair, at_us)

    def follow(self, chair: ChairView, now_us: int) -> bool:
        """More of it has come. False when it is of another chair or patient."""
        kept = self._kept
        if kept is None or (kept.chair, kept.session) != (chair.number, chair.session):
            return False
        due = min(now_us, kept.at_us + AFTER_US + REFRESH_US)
        if due - self._until_us >= REFRESH_US:
            self._until_us = due
            self._pieces = {wave.channel: self._gather(kept, wave.channel) for wave in kept.waves}
            self.update()
        return True

    def _gather(self, kept: Kept, channel: int) -> list[tuple[Wave, Wave]]:
        begin, end = kept.at_us - BEFORE_US, kept.at_us + AFTER_US
        chunks = [c for c in self._store.recent([(kept.chair, channel)]) if begin <= c.t_us < end]
        return joined(chunks, begin)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Head, paper, waves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, cap = self._theme, max(9.0, 10 * self._scale)
        painter.fillRect(self.rect(), QColor(theme.tile))
        kept = self._kept
        if kept is None or not kept.waves:
            brush.text(painter, cap, self.height() / 2, self.tr("This chair has no wave."), cap, theme.text3)
            painter.end()
            return
        left, head = cap * 7, cap * 4.6
        speed = self._speed(self.width() - left - cap)
        paper = QRectF(left, head, speed * self._millimetre.px * (BEFORE_US + AFTER_US) / 1e6, self.height() - head - 4)
        self._paint_head(painter, kept, cap, speed)
        paint_grid(painter, paper, theme, self._millimetre.px)
        x = paper.left() + paper.width() * BEFORE_US / (BEFORE_US + AFTER_US)
        painter.setPen(QPen(QColor(theme.text3), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, paper.top(), x, paper.bottom()))
        rows = len(kept.waves)
        for row, wave in enumerate(kept.waves):
            high = paper.height() / rows
            place = Rect(round(paper.x()), round(paper.y() + row * high), round(paper.width()), round(high))
            self._paint_wave(painter, wave, place, cap)
        painter.end()

    def _speed(self, room: float) -> float:
        seconds = (BEFORE_US + AFTER_US) / 1e6
        fits = (speed for speed in SPEEDS_MM_S if speed * self._millimetre.px * seconds <= room)
        return next(fits, room / self._millimetre.px / seconds)

    def _paint_head(self, painter: QPainter, kept: Kept, cap: float, speed: float) -> None:
        theme = self._theme
        x = cap + brush.text(painter, cap, cap * 1.9, self.tr("STRIP"), cap, theme.text1, BOLD) + cap
        x += brush.text(painter, x, cap * 1.9, kept.title, cap, theme.text1) + 2 * cap
        side = self.tr("{} mm/s").format(f"{speed:.3g}")
        side = side if self._millimetre.calibrated else f"{side}, {self.tr('scale not calibrated')}"
        brush.text(painter, x, cap * 1.9, f"{side}   {self.tr('Esc closes')}", cap, theme.text3)
        brush.text(painter, self.width() - cap, cap * 1.9, kept.mark, cap, theme.simulated, BOLD, right=True)
        brush.text(painter, cap, cap * 3.7, kept.values, cap, theme.text2, width=self.width() - 2 * cap)

    def _paint_wave(self, painter: QPainter, wave: WaveView, place: Rect, cap: float) -> None:
        theme = self._theme
        pieces = self._pieces.get(wave.channel, [])
        gain, centre, word = gain_of(pieces, wave.unit, place.h, self._millimetre.px)
        base = place.y + place.h / 2 + cap / 2
        brush.text(painter, cap, base, wave.label, cap, theme.role(wave.role), MEDIUM)
        brush.text(painter, cap, base + cap * 1.5, word, cap * 0.75, theme.text3)
        painter.setPen(QPen(QColor(theme.role(wave.role)), 1))
        px_per_s = place.w * 1e6 / (BEFORE_US + AFTER_US)
        for times, values in pieces:
            xs = place.x + times * px_per_s
            ys = np.clip(place.y + place.h / 2 - (values - centre) * gain, place.y, place.bottom - 1)
            painter.drawPolyline([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


def joined(chunks: list[WaveChunk], from_us: int) -> list[tuple[Wave, Wave]]:
    """Unbroken stretches as seconds since `from_us` and values; nothing is joined over a gap."""
    stretches: list[tuple[list[Wave], list[Wave]]] = []
    end_us = -1.0
    for chunk in chunks:
        values = np.frombuffer(chunk.data, "<i2").astype(np.float64) * chunk.scale
        period_us = 1e6 / chunk.rate_hz
        times = (chunk.t_us - from_us + np.arange(len(values), dtype=np.float64) * period_us) / 1e6
        if not stretches or chunk.gap or abs(chunk.t_us - end_us) > PERIODS_MISSING * period_us:
            stretches.append(([], []))
        stretches[-1][0].append(times)
        stretches[-1][1].append(values)
        end_us = chunk.t_us + len(values) * period_us
    return [(np.concatenate(times), np.concatenate(values)) for times, values in stretches]


def gain_of(pieces: list[tuple[Wave, Wave]], unit: str, height_px: int, px_per_mm: float) -> tuple[float, float, str]:
    """Pixels a unit, the value at half height, and the gain in words where the wave has a scale."""
    if not pieces:
        return 1.0, 0.0, ""
    low = min(float(values.min()) for _, values in pieces)
    high = max(float(values.max()) for _, values in pieces)
    most = FILL * height_px / max(high - low, 1e-6)
    centre = (low + high) / 2
    if unit == "mV":
        mm = max((mm for mm in PAPER_MM_PER_MV if mm * px_per_mm <= most), default=None)
        return (most, centre, "") if mm is None else (mm * px_per_mm, centre, f"{mm:g} mm/mV")
    return most, centre, ""
