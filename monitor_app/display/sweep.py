"""How are all live sweeps of a window drawn? One opaque canvas that paints only the columns that changed.

The recipe and its measures are PERFORMANCE section 1.2: one head for all strips of a speed, two narrow bands per step (drawn
and erased), ready points, an opaque widget whose backing store is the persistent picture. Everything that stands still lies
in a backdrop behind the trace. What is on the screen equals a full repaint exactly; tests compare the pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QPolygonF, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.bands import Stretch, pieces, snap_step
from monitor_app.display.layout import SPEED_MM_S, Rect
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.sheet import Area, Sheet, sheets_of
from monitor_app.display.strip import Strip, paint_backdrop, word_columns
from monitor_app.display.theme import Theme
from monitor_app.display.trace import RAIL_HIGH, RAIL_LOW, Paper, Trace

__all__ = ["Strip", "SweepCanvas"]

MARGIN, MARK_MARGIN = 3, 10
"""Columns by which a band is widened: pen and antialiasing; where beats or arrows are drawn, half of one and to spare."""
JOINT = 2
"""Columns beyond the repainted ones whose lines still reach into them."""
SPILL = 10
"""Nothing of a strip is painted farther beyond its ends."""
MARK_HALF = 4
"""Half a mark and its edge. At the ends of a strip a mark is moved inwards by as much."""
DOT_EVERY = 7
"""Where nothing was measured a dot stands in every so many columns, at half height."""
KEPT_REGIONS = 4000


class SweepCanvas(QWidget):
    """All strips of a window. Feed it with `take`, move it with `step`. Strips of one speed have one width.

    margin and passes are arguments for the tests and the benchmark: a margin of -1 must show in the exactness test.
    """

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, margin: int | None = None, passes: int = 2
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._theme = theme
        self._fixed_margin = margin
        self._passes = passes
        self._millimetre = NOMINAL
        self._laid: tuple[tuple[Strip, ...], float, tuple[Rect, ...], Millimetre] = ((), SPEED_MM_S, (), NOMINAL)
        self._ticked = self._held = False
        self._sheets: list[Sheet] = []
        self._sheet_of: dict[tuple[int, int], Sheet] = {}
        self._regions: dict[tuple[int, int, int], QRegion] = {}
        self._asked = QRegion()
        self._backdrop: QPixmap | None = None
        self._ornate = QRegion()
        self._ground, self._dots = QColor(theme.tile), QColor(theme.text3)
        self.paints = 0
        self.full_paints = 0

    @property
    def paper(self) -> Paper:
        """The time axis of the fastest strips."""
        return self._sheets[0].paper if self._sheets else Paper(round(SPEED_MM_S * self._millimetre.px * 1000), 1)

    @property
    def strips(self) -> tuple[Strip, ...]:
        """What is laid out now."""
        return self._laid[0]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The strips by speed, the fastest first."""
        return tuple(self._sheets)

    @property
    def theme(self) -> Theme:
        """The colours in force."""
        return self._theme

    def trace(self, key: tuple[int, int]) -> Trace | None:
        """The trace of this chair and channel."""
        sheet = self._sheet_of.get(key)
        return sheet.traces[key] if sheet is not None else None

    def clear(self) -> None:
        """Forget every sample: nothing is drawn until new ones come."""
        for sheet in self._sheets:
            sheet.clear(self._millimetre)
        self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Other colours: one full repaint."""
        self._theme = theme
        self._ground, self._dots = QColor(theme.tile), QColor(theme.text3)
        self._renew()

    @property
    def millimetre(self) -> Millimetre:
        """By which paper is laid out."""
        return self._millimetre

    def set_millimetre(self, millimetre: Millimetre) -> None:
        """Another calibration holds from the next `lay_out` on."""
        self._millimetre = millimetre

    def lay_out(self, strips: Sequence[Strip], speed_mm_s: float, areas: Iterable[Rect] = ()) -> bool:
        """Place the strips. True when points were lost by it and the recent chunks must be given again.

        Only words, marks or colours changed: the picture is refreshed and every trace stays. speed_mm_s: of strips that
        have none of their own. areas: the parts of the canvas that other widgets leave open.
        """
        wanted = (tuple(strips), speed_mm_s, tuple(areas), self._millimetre)
        if wanted == self._laid:
            return False
        same = wanted[1:] == self._laid[1:] and _places(wanted[0]) == _places(self._laid[0])
        before = {strip.key: strip for strip in self._laid[0]}
        self._laid = wanted
        self._ticked = any(strip.ticks for strip in strips)
        self._ornate = QRegion()
        for strip in strips:
            for rect in strip.ornate():
                self._ornate += rect
        if same and self._sheets:
            for sheet in self._sheets:
                sheet.ink(strip for strip in strips if strip.key in sheet.strips)
            self._repaint_strips([strip for strip in strips if before[strip.key] != strip])
            return False
        self._sheets = sheets_of(strips, speed_mm_s, self._millimetre, [QRect(*area) for area in wanted[2]])
        self._sheet_of = {key: sheet for sheet in self._sheets for key in sheet.strips}
        self._renew()
        return True

    def _renew(self) -> None:
        self._backdrop = None
        self._regions.clear()
        self._ask(QRegion(self.rect()))

    def _repaint_strips(self, strips: Iterable[Strip]) -> None:
        margin = self._margin
        if not self.devicePixelRatioF().is_integer():
            self._backdrop = None  # a strip's edge may lie within a pixel that its neighbour has, too
        for strip in strips:
            self._paint_backdrop_strip(strip)
            self._ask(self._snapped(strip.area.adjusted(-margin, -1, margin, 1)))

    @property
    def _margin(self) -> int:
        if self._fixed_margin is not None:
            return self._fixed_margin
        return MARK_MARGIN if self._ticked or self._has_rails() else MARGIN

    def _has_rails(self) -> bool:
        return any(trace.rails for sheet in self._sheets for trace in sheet.traces.values())

    def hold(self, still: bool) -> None:
        """Stand still: samples and steps are left out until it runs again."""
        self._held = still

    def take(self, chunks: Iterable[WaveChunk]) -> None:
        """Samples have come. Those of strips that are not shown are left out."""
        if self._held:
            return
        for chunk in chunks:
            key = (chunk.chair, chunk.channel)
            sheet = self._sheet_of.get(key)
            if sheet is None:
                continue
            trace = sheet.traces[key]
            if trace.take(chunk, sheet.head):
                self._repaint_strips([sheet.strips[key]])
            if chunk.beats and sheet.head is not None and sheet.strips[key].ticks:
                for column, _ in list(trace.ticks)[-len(chunk.beats) :]:
                    self._ask_columns(sheet, column - MARK_HALF, column + MARK_HALF, self._margin)

    def step(self, shown_us: int) -> bool:
        """Move the heads to this station time. False when none has moved by a whole pixel: nothing is painted."""
        if self._held:
            return False
        moved, margin = False, self._margin
        for sheet in self._sheets:
            stale = sheet.move(shown_us, margin)
            if stale is None:
                self._ask(QRegion(self.rect()))
                moved = True
                continue
            for first, last in stale:
                self._ask_columns(sheet, first, last, margin)
                moved = True
        return moved

    def next_us(self, shown_us: int) -> int | None:
        """How long until a head moves by a pixel, in station time; None while nothing is laid out."""
        return min((sheet.next_us(shown_us) for sheet in self._sheets), default=None)

    def _ask_columns(self, sheet: Sheet, first: int, last: int, margin: int) -> None:
        """Ask Qt for these columns in every area of the sheet, widened by the margin and cut where they wrap."""
        first, last = first - margin, last + margin
        key = (id(sheet), first % sheet.paper.width, last - first)
        region = self._regions.get(key)
        if region is None:
            if len(self._regions) > KEPT_REGIONS:
                self._regions.clear()
            region = self._regions[key] = self._region_of(sheet, first, last, max(margin, 0))
        self._ask(region)

    def _region_of(self, sheet: Sheet, first: int, last: int, spill: int) -> QRegion:
        """spill: what is drawn at the first and the last place of a strip reaches so far beyond it."""
        region, width = QRegion(), sheet.paper.width
        for begin, end in pieces(first, last, width):
            left = begin - (spill if begin == 0 else 0)
            right = end + (spill if end == width - 1 else 0)
            for area in sheet.areas:
                rect = QRect(area.x + left, area.top, right - left + 1, area.bottom - area.top + 1)
                region += self._snapped(rect)
        return region

    def _snapped(self, rect: QRect) -> QRect:
        """Grown to whole device pixels: at 125 % only every fourth edge falls on one."""
        q = snap_step(self.devicePixelRatioF())
        if q == 1:
            return rect
        origin = self.mapTo(self.window(), rect.topLeft()) - rect.topLeft()
        left, top = rect.left() + origin.x(), rect.top() + origin.y()
        right, bottom = left + rect.width(), top + rect.height()
        left, top = left // q * q, top // q * q
        right, bottom = -(-right // q) * q, -(-bottom // q) * q
        return QRect(left - origin.x(), top - origin.y(), right - left, bottom - top)

    def _ask(self, region: QRegion | QRect) -> None:
        self._asked += region
        self.update(region)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt paints everything after a resize; the backdrop has to be as large."""
        self._backdrop = None
        self._regions.clear()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rectangle by rectangle: the ground, then all lines that reach into it. So any part can be painted at any time."""
        region = event.region()
        self.full_paints += not region.subtracted(self._asked).isEmpty()
        self._asked = QRegion()
        self.paints += 1
        self._made_backdrop()
        ratio = self.devicePixelRatioF()
        reach = JOINT + snap_step(ratio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect in _rects(region):
            clip = self._snapped(rect)
            painter.setClipRect(clip)  # a clip of one rectangle is several times cheaper to paint in than one of many
            self._paint_ground(painter, clip, ratio)
            left, top, right, bottom = clip.left(), clip.top(), clip.right(), clip.bottom()
            for sheet in self._sheets:
                for area in sheet.areas:
                    if (
                        left - SPILL <= area.right
                        and right + SPILL >= area.left
                        and top <= area.bottom
                        and bottom >= area.top
                    ):
                        places = (left - reach - area.x, right + reach - area.x)
                        self._paint_area(painter, sheet, area, places, (top, bottom), ratio)
        painter.end()

    def _paint_ground(self, painter: QPainter, rect: QRect, ratio: float) -> None:
        """Plain colour, or the backdrop where something stands on it."""
        backdrop = self._made_backdrop()
        if not ratio.is_integer():
            painter.drawPixmap(0, 0, backdrop)
        elif self._ornate.intersects(rect):
            factor = int(ratio)
            painter.drawPixmap(rect.topLeft(), backdrop, QRect(rect.topLeft() * factor, rect.size() * factor))
        else:
            painter.fillRect(rect, self._ground)

    def _paint_area(
        self, painter: QPainter, sheet: Sheet, area: Area, places: Stretch, rows: tuple[int, int], ratio: float
    ) -> None:
        """The strips of an area that reach into these rows, at these places."""
        stretches = sheet.columns_at(*places)
        passes = max(1, round(self._passes * ratio))
        top, bottom = rows
        for strip, trace, pen in area.inks:
            if strip.rect.y > bottom or strip.rect.bottom <= top:
                continue
            painter.setPen(pen)
            if self._paint_traces(painter, trace, stretches, passes, 1 / ratio):
                self._paint_dots(painter, strip, trace, stretches)
            if trace.rails or strip.ticks:
                self._paint_marks(painter, strip, trace, sheet.seen, places)

    def _paint_traces(
        self, painter: QPainter, trace: Trace, stretches: list[Stretch], passes: int, lower: float
    ) -> bool:
        """The same one-pixel lines once per pass, each a device pixel lower: a wide pen costs many times as much.

        True when something is missing in them.
        """
        runs: list[list[QPointF]] = []
        broken = False
        for first, last in stretches:
            whole = trace.whole(first, last)
            if whole is not None:
                runs.append(whole)
            else:
                runs += trace.runs(first, last)
                broken = True
        for run in runs:
            painter.drawPolyline(run)
        for _ in range(1, passes):
            painter.translate(0, lower)
            for run in runs:
                painter.drawPolyline(run)
        if passes > 1:
            painter.translate(0, -(passes - 1) * lower)
        return broken

    def _paint_dots(self, painter: QPainter, strip: Strip, trace: Trace, stretches: Sequence[Stretch]) -> None:
        """A thin dotted line where nothing was measured."""
        y, word = strip.rect.y + strip.rect.h // 2, word_columns(strip)
        for first, last in stretches:
            for column in range(first + -first % DOT_EVERY, last + 1, DOT_EVERY):
                if not trace.has(column) and column % strip.rect.w not in word:
                    painter.fillRect(strip.rect.x + column % strip.rect.w, y, 1, 1, self._dots)

    def _paint_marks(
        self, painter: QPainter, strip: Strip, trace: Trace, seen: Stretch, places: tuple[int, int]
    ) -> None:
        """Beats, and arrows where the trace is cut off; a mark stands as long as its own column is on the screen."""
        oldest, newest = seen
        first, last = places
        width = strip.rect.w
        for column, kind in (*trace.rails, *(trace.ticks if strip.ticks else ())):
            if oldest <= column <= newest:
                place = min(max(column % width, MARK_HALF), width - 1 - MARK_HALF)
                if first - MARK_HALF <= place <= last + MARK_HALF:
                    self._paint_mark(painter, strip, strip.rect.x + place, kind)

    def _paint_mark(self, painter: QPainter, strip: Strip, x: int, kind: str) -> None:
        top, bottom = strip.rect.y + 1, strip.rect.bottom - 1
        if kind == "V":
            self._paint_triangle(painter, x, top, top + 6, self._theme.text1)
        elif kind == RAIL_HIGH:
            self._paint_triangle(painter, x, top + 5, top, self._theme.text1)
        elif kind == RAIL_LOW:
            self._paint_triangle(painter, x, bottom - 5, bottom, self._theme.text1)
        elif kind == "N":
            painter.fillRect(QRectF(x, top, 1, 4), QColor(self._theme.text3))
        else:
            painter.fillRect(QRectF(x - 1, top, 3, 5), QColor(self._theme.text2))

    def _paint_triangle(self, painter: QPainter, x: int, base: int, tip: int, colour: str) -> None:
        painter.setBrush(QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(x - 3, base), QPointF(x + 3, base), QPointF(x, tip)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _made_backdrop(self) -> QPixmap:
        if self._backdrop is None:
            ratio = self.devicePixelRatioF()
            self._backdrop = QPixmap(self.size() * ratio)
            self._backdrop.setDevicePixelRatio(ratio)
            self._backdrop.fill(self._ground)
            for strip in self._laid[0]:
                self._paint_backdrop_strip(strip)
        return self._backdrop

    def _paint_backdrop_strip(self, strip: Strip) -> None:
        if self._backdrop is None:
            return
        sheet = self._sheet_of[strip.key]
        painter = QPainter(self._backdrop)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_backdrop(painter, strip, self._theme, sheet.traces[strip.key].gain, sheet.speed_mm_s, self._millimetre)
        painter.end()


def _rects(region: QRegion) -> list[QRect]:
    rects: Iterable[QRect] = region  # type: ignore[assignment]  # iterable in fact; the stubs do not know it
    return list(rects)


def _places(strips: Sequence[Strip]) -> dict[tuple[int, int], tuple[Rect, str, float, float]]:
    return {strip.key: (strip.rect, strip.unit, strip.speed_mm_s, strip.fixed_mm_per_mv) for strip in strips}
