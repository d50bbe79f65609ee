"""How are all live sweeps of a window drawn? One opaque canvas that paints only the columns that changed.

The recipe and its measures are PERFORMANCE section 1.2: one head for all strips, two narrow bands per step (drawn and
erased), ready points, an opaque widget whose backing store is the persistent picture. Everything that stands still
(background, label, SIMULATED word, dashed lead-off line) lies in a backdrop behind the trace. What is on the screen
equals a full repaint exactly; tests compare the pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.gain import Gain
from monitor_app.display.layout import PX_PER_MM, Rect
from monitor_app.display.theme import MEDIUM, Theme, fitting_cap, font, mixed, text_width
from monitor_app.display.trace import Paper, Trace

ERASE_S = 0.25
MARGIN, TICK_MARGIN = 2, 5
"""Columns by which a band is widened: pen and antialiasing; where beats are marked, half a mark and one to spare."""
SPILL = 2
"""Pen, cap and antialiasing of a steep trace reach so many pixels beyond the first and the last column."""
TICK_HALF = 3
DOT_EVERY = 7
"""Where nothing was measured a dot stands in every so many columns, at half height."""
SCALE_DENOMINATOR_MAX = 8
WORD_OPACITY = 0.14


@dataclass(frozen=True, slots=True)
class Strip:
    """One wave in its place. key: chair and channel. word: what stands there instead of a live trace. mark: SIMULATED.

    gutter: pixels left of the trace for its label; without them the label stands behind the trace.
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


class SweepCanvas(QWidget):
    """All strips of a window. Feed it with `take`, move it with `step`. All strips have the same width.

    margin and look are arguments for the tests and the benchmark: a margin of -1 must show in the exactness test.
    """

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, margin: int | None = None, passes: int = 2
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._theme = theme
        self._fixed_margin = margin
        self._margin = MARGIN
        self._painted: list[tuple[Strip, Trace, QRect, QPen]] = []
        self._passes = passes
        self._strips: dict[tuple[int, int], Strip] = {}
        self._traces: dict[tuple[int, int], Trace] = {}
        self._areas: tuple[tuple[int, QRect], ...] = ()
        self._paper = Paper(round(25 * PX_PER_MM * 1000), 1)
        self._gap = 1
        self._head: int | None = None
        self._asked = QRegion()
        self._bands: list[tuple[int, int]] = []
        self._backdrop: QPixmap | None = None
        self._ornate = QRegion()
        self._dots = QColor(theme.text3)
        self.paints = 0
        self.full_paints = 0

    @property
    def paper(self) -> Paper:
        """The time axis in force."""
        return self._paper

    @property
    def strips(self) -> tuple[Strip, ...]:
        """What is laid out now."""
        return tuple(self._strips.values())

    @property
    def theme(self) -> Theme:
        """The colours in force."""
        return self._theme

    def clear(self) -> None:
        """Forget every sample: nothing is drawn until new ones come."""
        self._traces = {key: Trace(self._paper, strip.rect, strip.unit) for key, strip in self._strips.items()}
        self._prepare()
        self._head = None
        self._bands = []
        self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Other colours: one full repaint."""
        self._theme = theme
        self._prepare()
        self._renew()

    def lay_out(self, strips: Sequence[Strip], speed_mm_s: float, areas: Iterable[Rect] = ()) -> bool:
        """Place the strips. True when points were lost by it and the recent chunks must be given again.

        Only words, marks or colours changed: the picture is refreshed and every trace stays. areas: the parts of the
        canvas that other widgets leave open; by default the strips themselves.
        """
        wanted = {strip.key: strip for strip in strips}
        paper = Paper(round(speed_mm_s * PX_PER_MM * 1000), max((s.rect.w for s in strips), default=1))
        if wanted == self._strips and paper == self._paper:
            return False
        same = paper == self._paper and _places(wanted) == _places(self._strips)
        changed = [strip for key, strip in wanted.items() if self._strips.get(key) != strip]
        self._strips, self._paper = wanted, paper
        self._ornate = _ornate(wanted.values())
        usual = TICK_MARGIN if any(strip.ticks for strip in strips) else MARGIN
        self._margin = usual if self._fixed_margin is None else self._fixed_margin
        self._gap = max(2, paper.columns(ERASE_S))
        self._areas = _open_areas(strips, tuple(QRect(*rect) for rect in areas))
        if same and self._backdrop is not None:
            self._prepare()
            self._repaint_strips(changed)
            return False
        self._traces = {key: Trace(paper, strip.rect, strip.unit) for key, strip in wanted.items()}
        self._prepare()
        self._head = None
        self._renew()
        return True

    def _prepare(self) -> None:
        """What painting needs of every strip, made once."""
        self._painted = []
        self._dots = QColor(self._theme.text3)
        for key, strip in self._strips.items():
            pen = QPen(QColor(strip.colour), 1)
            pen.setCosmetic(True)
            self._painted.append((strip, self._traces[key], QRect(*strip.rect), pen))

    def _renew(self) -> None:
        self._backdrop = None
        self._ask(QRegion(self.rect()))

    def _repaint_strips(self, strips: Iterable[Strip]) -> None:
        for strip in strips:
            self._paint_backdrop_strip(strip)
            self._ask(QRegion(QRect(*strip.rect).adjusted(-SPILL - strip.gutter, 0, SPILL, 0)))
        self._bands.append(self._visible())

    def take(self, chunks: Iterable[WaveChunk]) -> None:
        """Samples have come. Those of strips that are not shown are left out."""
        for chunk in chunks:
            trace = self._traces.get((chunk.chair, chunk.channel))
            if trace is None:
                continue
            if trace.take(chunk, self._head):
                strip = self._strips[chunk.chair, chunk.channel]
                self._repaint_strips([strip])
            if chunk.beats and self._head is not None:
                self._ask_ticks(chunk, trace)

    def step(self, shown_us: int) -> bool:
        """Move the head to this station time. False when it has not moved by a whole pixel: nothing is painted."""
        head = self._paper.column(shown_us)
        old = self._head
        if head == old:
            return False
        self._head = head
        if old is None or not 0 < head - old < self._paper.width - self._gap - 4 * TICK_MARGIN:
            self._bands.append(self._visible())
            self._ask(QRegion(self.rect()))
            return True
        self._ask_columns(old + 1, head)
        self._ask_columns(old + self._gap + 1, head + self._gap)
        return True

    def _ask_columns(self, first: int, last: int) -> None:
        """Ask Qt for these columns in every area, widened by the margin and cut where they wrap."""
        first, last = first - self._margin, last + self._margin
        self._bands.append((first, last))
        width = self._paper.width
        region = QRegion()
        for piece_first, piece_last in _pieces(first, last, width):
            width_px = piece_last - piece_first + 1 + 2 * SPILL
            for x, area in self._areas:
                region += self._snapped(QRect(x + piece_first - SPILL, area.y(), width_px, area.height()))
        self._ask(region)

    def _ask_ticks(self, chunk: WaveChunk, trace: Trace) -> None:
        for column, _ in list(trace.ticks)[-len(chunk.beats) :]:
            self._ask_columns(column - TICK_HALF, column + TICK_HALF)

    def _snapped(self, rect: QRect) -> QRect:
        """Grown to whole device pixels: at 125 % only every fourth edge falls on one."""
        q = _snap_step(self.devicePixelRatioF())
        if q == 1:
            return rect
        origin = self.mapTo(self.window(), rect.topLeft()) - rect.topLeft()
        left, top = rect.left() + origin.x(), rect.top() + origin.y()
        right, bottom = left + rect.width(), top + rect.height()
        left, top = left // q * q, top // q * q
        right, bottom = -(-right // q) * q, -(-bottom // q) * q
        return QRect(left - origin.x(), top - origin.y(), right - left, bottom - top)

    def _ask(self, region: QRegion) -> None:
        self._asked += region
        self.update(region)

    def _visible(self) -> tuple[int, int]:
        """First and last column on the screen; empty (last before first) without a head."""
        if self._head is None:
            return (0, -1)
        return (self._head - self._paper.width + self._gap + 1, self._head)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt paints everything after a resize; the backdrop has to be as large."""
        self._backdrop = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Backdrop, then the trace: only the bands when the region is the one asked for, else everything."""
        region = event.region()
        ours = region.subtracted(self._asked).isEmpty()
        bands = self._bands if ours else [self._visible()]
        painter = QPainter(self)
        self._paint_ground(painter, region)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_traces(painter, self._stretches(bands), region.boundingRect())
        painter.end()
        self.paints += 1
        self.full_paints += not ours
        self._asked, self._bands = QRegion(), []

    def _paint_ground(self, painter: QPainter, region: QRegion) -> None:
        """Plain colour, and the backdrop only where something stands on it: copying costs four times as much as filling."""
        backdrop, ratio = self._made_backdrop(), self.devicePixelRatioF()
        if not ratio.is_integer():
            painter.drawPixmap(0, 0, backdrop)
            return
        factor = int(ratio)
        ground = QColor(self._theme.tile)
        for rect in _rects(region):
            painter.fillRect(rect, ground)
        for rect in _rects(region.intersected(self._ornate)):
            painter.drawPixmap(rect.topLeft(), backdrop, QRect(rect.topLeft() * factor, rect.size() * factor))

    def _stretches(self, bands: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Visible columns to draw for the bands, a little longer so that joints are as in a full repaint.

        A place on the screen belongs to a new column and to those one sweep older and younger.
        """
        first_seen, last_seen = self._visible()
        reach = 2 * SPILL + _snap_step(self.devicePixelRatioF())
        width = self._paper.width
        wanted = [
            (max(first_seen, first - reach + shift), min(last_seen, last + reach + shift))
            for first, last in bands
            for shift in (-width, 0, width)
        ]
        return _merged([stretch for stretch in wanted if stretch[0] <= stretch[1]])

    def _paint_traces(self, painter: QPainter, stretches: Sequence[tuple[int, int]], bounds: QRect) -> None:
        """The same one-pixel lines once per pass, each a device pixel lower: a wide pen costs many times as much."""
        ratio = self.devicePixelRatioF()
        passes = max(1, round(self._passes * ratio))
        for strip, trace, rect, pen in self._painted:
            if not bounds.intersects(rect):
                continue
            painter.setPen(pen)
            runs = [run for first, last in stretches for run in trace.runs(first, last)]
            for run in runs:
                painter.drawPolyline(run)
            for _ in range(1, passes):
                painter.translate(0, 1 / ratio)
                for run in runs:
                    painter.drawPolyline(run)
            if passes > 1:
                painter.translate(0, -(passes - 1) / ratio)
            self._paint_marks(painter, strip, trace, stretches)

    def _paint_marks(self, painter: QPainter, strip: Strip, trace: Trace, stretches: Sequence[tuple[int, int]]) -> None:
        width = self._paper.width
        dots = self._dots
        y = strip.rect.y + strip.rect.h // 2
        for first, last in stretches:
            for column in range(first + -first % DOT_EVERY, last + 1, DOT_EVERY):
                if not trace.has(column):
                    painter.fillRect(strip.rect.x + column % width, y, 1, 1, dots)
        if strip.ticks:
            for column, kind in trace.ticks:
                if any(first <= column <= last for first, last in stretches):
                    self._paint_tick(painter, strip, strip.rect.x + column % width, kind)

    def _paint_tick(self, painter: QPainter, strip: Strip, x: int, kind: str) -> None:
        y = strip.rect.y + 1
        if kind == "V":
            painter.setBrush(QColor(self._theme.text1))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(QPolygonF([QPointF(x - 2.5, y), QPointF(x + 2.5, y), QPointF(x, y + 5)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.fillRect(QRectF(x, y, 1, 4), QColor(self._theme.text3))

    def _made_backdrop(self) -> QPixmap:
        if self._backdrop is None:
            ratio = self.devicePixelRatioF()
            self._backdrop = QPixmap(self.size() * ratio)
            self._backdrop.setDevicePixelRatio(ratio)
            self._backdrop.fill(QColor(self._theme.tile))
            for strip in self._strips.values():
                self._paint_backdrop_strip(strip)
        return self._backdrop

    def _paint_backdrop_strip(self, strip: Strip) -> None:
        if self._backdrop is None:
            return
        painter = QPainter(self._backdrop)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        trace = self._traces.get(strip.key)
        paint_backdrop(painter, strip, self._theme, trace.gain if trace is not None else None)
        painter.end()


def paint_backdrop(painter: QPainter, strip: Strip, theme: Theme, gain: Gain | None) -> None:
    """Everything of a strip that stands still: background, SIMULATED behind the trace, label, lead off."""
    rect = QRectF(*strip.rect)
    painter.fillRect(rect.adjusted(-strip.gutter, 0, 0, 0), QColor(theme.tile))
    painter.setClipRect(rect)
    if strip.mark:
        _paint_mark(painter, rect, strip.mark, theme)
    if strip.state == "lead_off":
        pen = QPen(QColor(theme.stale), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QLineF(rect.left(), rect.center().y(), rect.right(), rect.center().y()))
    if strip.word:
        _paint_word(painter, rect, strip.word, theme)
    _paint_label(painter, strip, theme, gain)
    painter.setClipping(False)


def _paint_label(painter: QPainter, strip: Strip, theme: Theme, gain: Gain | None) -> None:
    """Beside the trace, with the gain and a bar of one millivolt; behind the trace where there is no gutter."""
    rect = strip.rect
    painter.setClipRect(QRectF(rect.x - strip.gutter, rect.y, rect.w + strip.gutter, rect.h))
    cap = (12.0 if strip.gutter else 10.0) if rect.h >= 44 else 9.0
    x = rect.x + 2 - strip.gutter
    middle = rect.y + (rect.h / 2 if strip.gutter else cap / 2 + 2)
    painter.setFont(font(cap, MEDIUM))
    painter.setPen(QColor(strip.colour))
    painter.drawText(QPointF(x, middle + cap / 2), strip.label)
    if gain is None or not gain.word or not strip.gutter or rect.h < LABEL_ROOM_PX:
        return
    number, _, unit = gain.word.partition(" ")
    painter.setFont(font(8.5))
    painter.setPen(QColor(theme.text3))
    painter.drawText(QPointF(x, middle + cap / 2 + 17), number)
    painter.drawText(QPointF(x, middle + cap / 2 + 30), unit)
    if strip.unit == "mV":
        half = gain.px_per_unit / 2
        at = rect.x - 6
        painter.setPen(QPen(QColor(theme.text3), 1))
        painter.drawLine(QLineF(at, middle - half, at, middle + half))
        painter.drawLine(QLineF(at - 3, middle - half, at + 3, middle - half))
        painter.drawLine(QLineF(at - 3, middle + half, at + 3, middle + half))


LABEL_ROOM_PX = 60
"""A strip at least so high has room for its gain under its label."""


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


def _rects(region: QRegion) -> list[QRect]:
    rects: Iterable[QRect] = region  # type: ignore[assignment]  # iterable in fact; the stubs do not know it
    return list(rects)


LABEL_PX = QSize(90, 24)
"""Room of a label that stands behind its trace."""


def _ornate(strips: Iterable[Strip]) -> QRegion:
    """Where the backdrop is more than plain colour."""
    region = QRegion()
    for strip in strips:
        whole = QRect(*strip.rect)
        if strip.mark or strip.word or strip.state != "live":
            region += whole
        elif strip.label and not strip.gutter:
            region += QRect(whole.topLeft(), LABEL_PX).intersected(whole)
        if strip.gutter:
            region += QRect(whole.x() - strip.gutter, whole.y(), strip.gutter, whole.height())
    return region


def _open_areas(strips: Sequence[Strip], areas: tuple[QRect, ...]) -> tuple[tuple[int, QRect], ...]:
    """Where columns are repainted: x of the strips and the area they lie in. Without areas, columns of chairs."""
    if not areas:
        columns: dict[int, QRect] = {}
        for strip in strips:
            columns[strip.rect.x] = columns.get(strip.rect.x, QRect()).united(QRect(*strip.rect))
        return tuple(columns.items())
    found = ((next((s.rect.x for s in strips if area.contains(s.rect.x, s.rect.y)), None), area) for area in areas)
    return tuple((x, area) for x, area in found if x is not None)


def _places(strips: dict[tuple[int, int], Strip]) -> dict[tuple[int, int], tuple[Rect, str]]:
    return {key: (strip.rect, strip.unit) for key, strip in strips.items()}


def _pieces(first: int, last: int, width: int) -> list[tuple[int, int]]:
    """Places on the screen of the columns from first to last, cut in two where they wrap."""
    if last - first + 1 >= width:
        return [(0, width - 1)]
    start, end = first % width, last % width
    return [(start, end)] if start <= end else [(start, width - 1), (0, end)]


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


@lru_cache(maxsize=16)
def _snap_step(ratio: float) -> int:
    """The smallest number of logical pixels that is a whole number of device pixels."""
    return Fraction(ratio).limit_denominator(SCALE_DENOMINATOR_MAX).denominator
