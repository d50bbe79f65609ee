"""What does the room look like? A fixed grid of tiles over one canvas of sweeps; chairs never move."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from drivers.samples import Parameter
from monitor_app.core.snapshot import ChairView, Snapshot, WaveChunk, WaveView
from monitor_app.display.language import heard
from monitor_app.display.layout import SPEED_MM_S, Rect, grid, places, sweep_speed
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.presenter import TileText, marks_of, tile_text
from monitor_app.display.spread import Spread
from monitor_app.display.strip import Strip, seated
from monitor_app.display.sweep import SweepCanvas
from monitor_app.display.theme import Theme
from monitor_app.display.tile import Tile
from monitor_app.display.waves import WaveStore
from monitor_app.feed.history import Course, History

CUFF_AT_WORK = "NIBP"
"""In the pleth while the cuff is at work, which may take the pulse away below it."""


class Overview(QWidget):
    """All chairs. `opened`: a chair to look at; `acknowledged`: a chair whose alarm line was pressed."""

    opened = Signal(int)
    acknowledged = Signal(int)
    selected_changed = Signal(int)

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._store = store
        self._snapshot: Snapshot | None = None
        self._history: History | None = None
        self._now_us = 0
        self._tiles: dict[int, Tile] = {}
        self._spread = Spread()
        self._at_once = True
        self._selected: int | None = None
        self._shape = (1920, 920)
        self._words = 1.0
        self._millimetre = NOMINAL
        self.canvas = SweepCanvas(theme, self)

    @property
    def tiles(self) -> dict[int, Tile]:
        """The tiles by chair number."""
        return self._tiles

    @property
    def selected(self) -> int | None:
        """The chair that letters and function keys act on."""
        return self._selected

    def set_room(self, width: int, height: int) -> None:
        """The size that decides the grid: the window's usual content, so that a grown banner moves no chair."""
        if (width, height) != self._shape:
            self._shape = (width, height)
            self._place()

    def set_text(self, share: float) -> None:
        """Share of the usual size of words."""
        if share != self._words:
            self._words = share
            self._place()

    def set_millimetre(self, millimetre: Millimetre) -> None:
        """The screen's calibration: paper speeds are true on it."""
        if millimetre != self._millimetre:
            self._millimetre = millimetre
            self.canvas.set_millimetre(millimetre)
            self._lay_strips()

    def set_theme(self, theme: Theme) -> None:
        """Other colours everywhere."""
        self._theme = theme
        self.canvas.set_theme(theme)
        for tile in self._tiles.values():
            tile.set_theme(theme)
        self._lay_strips()
        self.update()

    def show_snapshot(self, snapshot: Snapshot, now_us: int, history: History | None = None) -> None:
        """The newest picture of the room at station time `now_us`. history: for the trends of the tiles.

        What is pressing is on the tiles now, all of it after the next turns of `settle`.
        """
        numbers = tuple(chair.number for chair in snapshot.chairs)
        if numbers != tuple(self._tiles):
            self._build(snapshot.chairs)
        self._snapshot, self._history, self._now_us = snapshot, history, now_us
        for chair in snapshot.chairs:
            tile = self._tiles[chair.number]
            text = tile_text(chair, snapshot, now_us)
            shown = None if self._at_once else tile.text
            if self._spread.offer(shown, text, tile.has_grown(self._course(chair.number))):
                self._dress(tile, text)
        self._at_once = False
        self._lay_strips()

    def settle(self) -> None:
        """One turn of the timer has come: the tiles whose turn it is show what they were told."""
        for text in self._spread.turn(len(self._tiles)):
            self._dress(self._tiles[text.number], text)

    def _dress(self, tile: Tile, text: TileText) -> None:
        tile.show_text(text)
        tile.show_course(self._course(text.number), self._now_us)

    def _course(self, chair: int) -> Course | None:
        return self._history.of(chair) if self._history is not None else None

    def showEvent(self, event: QShowEvent) -> None:
        """What is seen again must not begin with what was seen last."""
        super().showEvent(event)
        self._at_once = True

    @property
    def unsaid_speed(self) -> str:
        """The paper speed of strips that are too low to say it themselves; empty when all of them say theirs."""
        speeds = {strip.speed_mm_s for strip in self.canvas.strips if not strip.caption}
        return " / ".join(f"{speed:g} mm/s" for speed in sorted(speeds))

    def describe(self) -> None:
        """Refresh what a screen reader can ask of each tile."""
        for tile in self._tiles.values():
            tile.describe()

    def take(self, chunks: Iterable[WaveChunk]) -> None:
        """Samples for the sweeps."""
        self.canvas.take(chunks)

    def select(self, chair: int | None) -> None:
        """Put the ring around this chair; None takes it away."""
        self._selected = chair if chair in self._tiles else None
        for number, tile in self._tiles.items():
            tile.select(number == self._selected)
        if self._selected is not None:
            self.selected_changed.emit(self._selected)

    def light_ring(self, lit: bool) -> None:
        """Show or hide the ring of the selected chair; the selection stays."""
        tile = self._tiles.get(self._selected) if self._selected is not None else None
        if tile is not None:
            tile.select(lit)

    def move_selection(self, columns: int, rows: int) -> None:
        """One place left, right, up or down; the edge holds."""
        numbers = list(self._tiles)
        if not numbers:
            return
        if self._selected is None:
            self.select(numbers[0])
            return
        wide, _ = grid(len(numbers), *self._shape)
        place = numbers.index(self._selected)
        column, row = place % wide + columns, place // wide + rows
        target = row * wide + column
        if 0 <= column < wide and 0 <= target < len(numbers):
            self.select(numbers[target])

    def _build(self, chairs: tuple[ChairView, ...]) -> None:
        for tile in self._tiles.values():
            tile.deleteLater()
        self._tiles = {}
        self._spread.clear()
        for chair in chairs:
            tile = Tile(self._theme, self)
            tile.opened.connect(self.opened)
            tile.acknowledged.connect(self.acknowledged)
            tile.show()
            self._tiles[chair.number] = tile
        self.select(self._selected)
        self._place()

    def _place(self) -> None:
        self.canvas.setGeometry(self.rect())
        for tile, place in zip(
            self._tiles.values(),
            places(max(1, len(self._tiles)), self.width(), self.height(), self._shape),
            strict=False,
        ):
            tile.setGeometry(*place)
            tile.arrange(len(self._tiles), self._words)
        self._lay_strips()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The grid fills the window."""
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """What no tile covers is plain background."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.app))
        painter.end()

    def _lay_strips(self) -> None:
        if self._snapshot is None:
            return
        strips: list[Strip] = []
        areas: list[Rect] = []
        for chair in self._snapshot.chairs:
            tile = self._tiles.get(chair.number)
            hole = tile.hole() if tile is not None else None
            if tile is None or hole is None:
                continue
            areas.append(Rect(tile.x() + hole.x, tile.y() + hole.y, hole.w, hole.h))
            strips.extend(self._strips_of(chair, tile))
        if self.canvas.lay_out(strips, SPEED_MM_S, areas):
            self.canvas.take(self._store.recent(strip.key for strip in strips))

    def _strips_of(self, chair: ChairView, tile: Tile) -> list[Strip]:
        rects = tile.parts.waves
        mark = " ".join(marks_of(chair))
        chosen = chosen_waves(chair.waves, len(rects))
        return [
            strip_of(
                chair, wave, Rect(tile.x() + rect.x, tile.y() + rect.y, rect.w, rect.h), self._theme, mark,
                speed_mm_s=sweep_speed(rect.w, wave.speed_mm_s, self._millimetre.px),
                gutter=tile.parts.gutter, size=tile.parts.size,
            )
            for wave, rect in zip(chosen, rects, strict=False)
        ]  # fmt: skip


def chosen_waves(waves: tuple[WaveView, ...], room: int) -> tuple[WaveView, ...]:
    """One ECG first (lead II where it is there), then the pleth, then whatever else, as many as there is room for."""
    ecg = sorted(
        (wave for wave in waves if wave.parameter.is_ecg and wave.state != "absent"),
        key=lambda wave: wave.parameter is not Parameter.ECG_II,
    )
    others = [wave for wave in waves if not wave.parameter.is_ecg]
    return tuple([*ecg[:1], *others, *ecg[1:]][:room])


def strip_of(
    chair: ChairView,
    wave: WaveView,
    rect: Rect,
    theme: Theme,
    mark: str,
    *,
    speed_mm_s: float,
    ticks: bool = False,
    grid: bool = False,
    gain_mm_mv: float = 0,
    gutter: int,
    size: float = 1.0,
) -> Strip:
    """A wave of the snapshot in its place, with its words beside or over the trace. gain_mm_mv: 0 chooses it by itself."""
    cuff = wave.parameter is Parameter.PLETH and chair.cuff.measuring
    return seated(
        Strip(
            key=(chair.number, wave.channel),
            rect=rect,
            label=wave.label,
            colour=theme.role(wave.role),
            unit=wave.unit,
            state=wave.state,
            word=heard(wave.word),
            mark=mark,
            ticks=ticks,
            gutter=gutter,
            size=size,
            note=CUFF_AT_WORK if cuff else "",
            speed_mm_s=speed_mm_s,
            fixed_mm_per_mv=gain_mm_mv,
            grid=grid,
            caption=True,
        )
    )
