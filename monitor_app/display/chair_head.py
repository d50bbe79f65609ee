"""Who sits there, and where does the treatment stand? The line under the banner of the chair view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display import brush, quiet, words
from monitor_app.display.icons import paint_icon, paint_shape
from monitor_app.display.language import heard, phrase
from monitor_app.display.presenter import Fill, TileText
from monitor_app.display.theme import ALARM, BOLD, Theme, text_width


@dataclass(frozen=True, slots=True)
class HeadText:
    """The line under the banner. who: weight, profile, planned length, number in the series, as far as they are known."""

    tile: TileText
    planned_end: str
    paused: str
    baseline: str
    script: str
    quiet: str = ""
    who: tuple[str, ...] = ()


class ChairHead(QWidget):
    """Number, who, phase, times; painted."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._scale = 1.0
        self._text: HeadText | None = None

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.setFixedHeight(max(80, round(92 * scale)))
        self.update()

    def show_text(self, text: HeadText) -> None:
        """Paint again if anything differs."""
        if text != self._text:
            self._text = text
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Number and shape at the size that is read from four metres, then two lines of words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, s = self._theme, self._scale
        painter.fillRect(self.rect(), QColor(theme.tile))
        if self._text is not None:
            x = self._paint_number(painter, self._text.tile)
            big, small = max(13.0, 18 * s), max(10.0, 13 * s)
            base = self.height() * 0.5 - 5 * s
            self._paint_first(painter, x, base, big, self._text)
            self._paint_second(painter, x, self.height() * 0.5 + small + 12 * s, small, self._text)
        painter.end()

    def _paint_number(self, painter: QPainter, tile: TileText) -> float:
        cap = 67.0
        base = brush.middle(0, self.height(), cap)
        x = 18.0
        x += brush.text(painter, x, base, str(tile.number), cap, self._theme.text1, BOLD) + 18
        if tile.shape is not None and tile.worst is not None:
            rect = QRectF(x, self.height() / 2 - 27, 54, 54)
            edge = brush.edge_of(tile.worst, self._theme)
            paint_shape(
                painter, tile.shape, rect, ALARM[tile.worst].fill, outlined=tile.fill is Fill.OUTLINED, edge=edge
            )
            x += 54 + 18
        return x + 6

    def _paint_first(self, painter: QPainter, x: float, base: float, cap: float, text: HeadText) -> None:
        theme, tile = self._theme, text.tile
        x += brush.text(painter, x, base, tile.title, cap, theme.text1, BOLD, width=self.width() * 0.3) + cap
        pill = cap * 0.82
        wide = text_width(tile.phase.pill, pill, BOLD) + pill * 1.8
        if tile.phase.word:
            box = QRectF(x, base - cap / 2 - pill * 1.05, wide, pill * 2.1)
            brush.pill(painter, box, theme.text2 if tile.phase.filled else theme.line, tile.phase.filled)
            ink = theme.tile if tile.phase.filled else theme.text1
            brush.text(
                painter, x + pill * 0.9, brush.middle(box.y(), box.height(), pill), tile.phase.pill, pill, ink, BOLD
            )
            x += wide + cap
        x += brush.text(painter, x, base, tile.phase.elapsed, cap, theme.text1) + cap
        x += brush.text(painter, x, base, tile.phase.remaining, cap, theme.text2) + cap
        right = self.width() - 20.0
        for mark in tile.marks:
            said = phrase("{} - not a patient").format(mark) if mark == "SIMULATED" else mark
            right -= brush.text(painter, right, base, said, cap, theme.simulated, BOLD, right=True) + cap
        if tile.notice:
            right -= brush.text(painter, right, base, tile.notice, cap, theme.text1, BOLD, right=True) + cap
        if tile.phase.progress is not None and right - x > 80:
            track = QRectF(x, base - cap / 2 - 4, min(right - x, 420 * self._scale), 8)
            brush.pill(painter, track, theme.line, True)
            share = min(1.0, tile.phase.progress)
            brush.pill(painter, QRectF(track.x(), track.y(), max(8.0, track.width() * share), 8), theme.text2, True)

    def _paint_second(self, painter: QPainter, x: float, base: float, cap: float, text: HeadText) -> None:
        if text.quiet:
            side = cap * 1.8
            paint_icon(painter, "triangle-pause", QRectF(x, base - cap / 2 - side / 2, side, side), self._theme.text1)
            x += side + cap * 0.4
            x += (
                brush.text(painter, x, base, text.quiet, cap, self._theme.text1, BOLD, width=self.width() - x - 20)
                + 2 * cap
            )
        parts = (
            "   ".join(text.who),
            phrase("planned end {}").format(text.planned_end) if text.planned_end else "",
            phrase("paused {}").format(text.paused) if text.paused else "",
            phrase("baseline {}").format(text.baseline) if text.baseline else "",
            phrase("script {}").format(text.script) if text.script else "",
        )
        line = "     ".join(part for part in parts if part)
        brush.text(painter, x, base, line, cap, self._theme.text2, width=self.width() - x - 20)


def head_text(chair: ChairView, tile: TileText, snapshot: Snapshot) -> HeadText:
    """The words of the head line."""
    phase = chair.phase
    end = words.clock(snapshot, phase.planned_end_us, seconds=False) if phase.planned_end_us is not None else ""
    profile = (
        chair.profile
        if chair.approved or not chair.profile
        else phrase("{} (profile not approved)").format(chair.profile)
    )
    planned = phrase("planned {} min").format(f"{chair.planned_min:g}") if chair.planned_min is not None else ""
    who = tuple(part for part in (chair.care.weight, profile, planned, heard(chair.care.series)) if part)
    running = phase.planned_end_us is not None
    paused = words.duration(phase.paused_s) if running or phase.paused_s else ""
    still = quiet.sentence(chair, snapshot.station_us)
    return HeadText(tile, end, paused, phase.baseline, chair.script, still, who)
