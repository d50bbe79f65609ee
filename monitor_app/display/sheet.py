"""Which columns of the strips of one speed are stale? One sweep head, one erase bar, one set of traces.

A window has one sheet for each speed in it: strips of one sheet are stale in the same columns, and those under each other
share one dirty rectangle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPen

from monitor_app.display.bands import Stretch
from monitor_app.display.millimetre import Millimetre
from monitor_app.display.strip import Strip
from monitor_app.display.trace import WAY, Paper, Trace

ERASE_S = 0.25
JOINED_PX = 12
"""New and erased columns that lie closer together are painted as one: an area costs more than its pixels."""
Key = tuple[int, int]


@dataclass(slots=True)
class Area:
    """Strips under each other with none of another speed between. x: their first column; the rest: whole pixels, inclusive.

    inks: what painting needs of each strip; strips of one colour follow each other.
    """

    x: int
    left: int
    top: int
    right: int
    bottom: int
    keys: list[Key]
    inks: list[tuple[Strip, Trace, QPen]] = field(default_factory=list)


class Sheet:
    """speed_mm_s: of all its strips, which have one width. areas: the parts of the canvas that are stale together."""

    def __init__(self, strips: Sequence[Strip], speed_mm_s: float, millimetre: Millimetre, areas: list[Area]) -> None:
        self.speed_mm_s = speed_mm_s
        self.strips = {strip.key: strip for strip in strips}
        width = max((strip.rect.w for strip in strips), default=1)
        self.paper = Paper(round(speed_mm_s * millimetre.px * 1000), width)
        self.gap = max(2, self.paper.columns(ERASE_S))
        self.areas = areas
        self.head: int | None = None
        self.traces: dict[Key, Trace] = {}
        self.clear(millimetre)

    def clear(self, millimetre: Millimetre) -> None:
        """Forget every sample."""
        self.traces = {
            key: Trace(self.paper, strip.rect, strip.unit, millimetre.px, strip.fixed_mm_per_mv)
            for key, strip in self.strips.items()
        }
        self.head = None
        self.ink(self.strips.values())

    def ink(self, strips: Iterable[Strip]) -> None:
        """The same strips with other words or colours."""
        self.strips = {strip.key: strip for strip in strips}
        pens: dict[str, QPen] = {}
        for area in self.areas:
            own = sorted((self.strips[key] for key in area.keys), key=lambda one: one.colour)
            area.inks = [(strip, self.traces[strip.key], _pen(pens, strip.colour)) for strip in own]

    @property
    def seen(self) -> Stretch:
        """First and last column on the screen; empty (last before first) without a head."""
        if self.head is None:
            return (0, -1)
        return (self.head - self.paper.width + self.gap + 1, self.head)

    def move(self, t_us: int, reach: int) -> list[Stretch] | None:
        """Go on to this station time. The stale columns, none when the head stands; None when everything is stale.

        reach: by how much each stretch will be widened.
        """
        head, old = self.paper.column(t_us), self.head
        if head == old:
            return []
        self.head = head
        if old is None or not 0 < head - old < self.paper.width - self.gap - 4 * max(reach, 1):
            return None
        if self.gap <= 2 * reach + JOINED_PX:
            return [(old + 1, head + self.gap)]
        return [(old + 1, head), (old + self.gap + 1, head + self.gap)]

    def next_us(self, t_us: int) -> int:
        """How long after this station time the head moves by a pixel."""
        return -(-(self.paper.column(t_us) + 1) * WAY // self.paper.milli_px_per_s) - t_us

    def columns_at(self, first: int, last: int) -> list[Stretch]:
        """The visible columns that stand at these places of a strip: of this turn of the head and of the one before."""
        head = self.head
        if head is None:
            return []
        width = self.paper.width
        oldest = head - width + self.gap + 1
        first, last = max(first, 0), min(last, width - 1)
        turn = head - head % width
        found = []
        for at in (turn - width, turn):
            begin, end = max(oldest, at + first), min(head, at + last)
            if begin <= end:
                found.append((begin, end))
        return found


def _pen(made: dict[str, QPen], colour: str) -> QPen:
    if colour not in made:
        pen = made[colour] = QPen(QColor(colour), 1)
        pen.setCosmetic(True)
    return made[colour]


def sheets_of(
    strips: Sequence[Strip], usual_mm_s: float, millimetre: Millimetre, parts: Sequence[QRect]
) -> list[Sheet]:
    """One sheet for each speed. parts: what other widgets leave open; strips of two of them are never one area."""
    speeds = {strip.key: strip.speed_mm_s or usual_mm_s for strip in strips}
    return [
        Sheet([strip for strip in strips if speeds[strip.key] == speed], speed, millimetre,
              _areas(strips, speeds, speed, parts))
        for speed in sorted(set(speeds.values()), reverse=True)
    ]  # fmt: skip


def _areas(strips: Sequence[Strip], speeds: dict[Key, float], speed: float, parts: Sequence[QRect]) -> list[Area]:
    found: list[Area] = []
    joins: tuple[int, int] | None = None
    for strip in sorted(strips, key=lambda one: (_part(one, parts), one.rect.x, one.rect.y)):
        place = (_part(strip, parts), strip.rect.x)
        rect = strip.rect
        if speeds[strip.key] != speed:
            joins = None
            continue
        if joins == place:
            found[-1].bottom = max(found[-1].bottom, rect.bottom - 1)
            found[-1].keys.append(strip.key)
        else:
            found.append(Area(rect.x, rect.x, rect.y, rect.right - 1, rect.bottom - 1, [strip.key]))
        joins = place
    return found


def _part(strip: Strip, open_parts: Sequence[QRect]) -> int:
    return next((n for n, part in enumerate(open_parts) if part.contains(strip.rect.x, strip.rect.y)), -1)
