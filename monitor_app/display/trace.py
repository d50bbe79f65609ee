"""Which points has a sweep strip? Samples become two ready points per pixel column when they arrive (PERFORMANCE 1.2).

Columns are counted absolutely: column = time × speed; its place on the screen is the column modulo the strip's width. A
ring holds one strip's width and what has come but is not drawn yet, so the old trace stays whole until the head is there.
Every column knows the unbroken run it belongs to: two columns of one run have nothing missing between them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from PySide6.QtCore import QPointF

from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.gain import AutoGain, Gain
from monitor_app.display.layout import Rect
from monitor_app.display.millimetre import NOMINAL_PX
from monitor_app.display.playout import DELAY_MOST_US

AHEAD_US = DELAY_MOST_US + 1_000_000
"""How much may have come before it is drawn: the longest play-out delay and a second to spare."""
NEVER = -1
PERIODS_MISSING = 3
"""Samples further apart than this many periods are not joined, even when the device says nothing of a gap."""
MARKS_MAX = 400
RAIL_HIGH, RAIL_LOW = "^", "_"
"""Marks of a trace that is cut off: it would go on upwards, downwards."""
RAIL_EVERY = 9
"""Columns between two arrows of one cut-off stretch."""
FOOT_PX = 3
"""Below it there is room for an arrow. A gain leaves as much above: in a low strip it is a tenth of the height."""
SECOND_US = 1_000_000
WAY = 1_000_000_000
"""Parts of a pixel in which the way of a sample is counted."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A time axis: speed in thousandths of a pixel a second, width of its strips in pixels."""

    milli_px_per_s: int
    width: int

    def column(self, t_us: int) -> int:
        """The absolute column of a station time."""
        return t_us * self.milli_px_per_s // WAY

    def columns(self, seconds: float) -> int:
        """How many whole columns that long is."""
        return int(seconds * self.milli_px_per_s / 1000)


class Trace:
    """One strip's points. Cost of a chunk is paid here, once; painting only hands the points to Qt.

    fixed_mm_per_mv: the gain a person chose, 0 for automatic.
    """

    def __init__(
        self, paper: Paper, rect: Rect, unit: str, px_per_mm: float = NOMINAL_PX, fixed_mm_per_mv: float = 0
    ) -> None:
        self._paper = paper
        self._rect = rect
        self._auto = AutoGain(unit, rect.h - 2 * FOOT_PX, px_per_mm, fixed_mm_per_mv)
        self._ring = paper.width + paper.columns(AHEAD_US / 1e6)
        self._owner = [NEVER] * self._ring
        self._run_of = [0] * self._ring
        self._values = [(0.0, 0.0)] * self._ring
        self._points = [QPointF()] * (2 * self._ring)
        self._zero = self._slope = 0.0
        self._top, self._bottom = rect.y + 1.0, rect.bottom - float(FOOT_PX)
        self._run = 1
        self._column = NEVER  # the one that is being filled
        self._last = 0.0
        self._next_index: int | None = None
        self._end_us = 0
        self._newest = self._tangled = NEVER
        self._railed = dict.fromkeys((RAIL_HIGH, RAIL_LOW), NEVER)
        self._low = self._high = 0.0  # of the second that ends then, as the gain knows it
        self._second_ends_us = 0
        self._floor, self._ceiling = 0.0, 0.0  # what the gain can show
        self.ticks: deque[tuple[int, str]] = deque(maxlen=MARKS_MAX)
        self.rails: deque[tuple[int, str]] = deque(maxlen=self._ring)
        if self._auto.gain is not None:
            self._apply_gain()

    @property
    def gain(self) -> Gain | None:
        """The gain in force; None before the first second."""
        return self._auto.gain

    @property
    def end_us(self) -> int:
        """End of what has arrived, in station time; 0 before the first sample."""
        return self._end_us

    def take(self, chunk: WaveChunk, drawn: int | None) -> bool:
        """Add a chunk. drawn: the last column on the screen; what comes for it or before is too late and left out.

        True when the gain changed and the whole strip must be painted anew.
        """
        count = len(chunk.data) // 2
        period_us = 1e6 / chunk.rate_hz
        first_us = chunk.t_us
        steps = _unpacker(count).unpack(chunk.data)
        if chunk.first_index != self._next_index or chunk.gap:
            skip = self._overlap(chunk, count)
            if skip >= count:
                return False
            steps = steps[skip:]
            first_us += int(skip * period_us)
            if self._next_index is None or (chunk.gap and chunk.first_index >= self._next_index):
                self._break()
        if abs(first_us - self._end_us) > PERIODS_MISSING * period_us and self._column != NEVER:
            self._break()
        speed = self._paper.milli_px_per_s
        scale = chunk.scale
        ways = _ways(chunk.rate_hz, speed, len(steps))
        self._add(first_us * speed, ways, steps, scale, NEVER if drawn is None else drawn)
        self._next_index = chunk.first_index + count
        self._end_us = first_us + int((len(steps) - 1) * period_us)
        if self.rails:
            self._forget_rails()
        if chunk.beats:
            self._mark(chunk)
        if chunk.clipped:
            self._mark_clipped(chunk, steps, first_us, NEVER if drawn is None else drawn)
        low, high = min(steps) * scale, max(steps) * scale
        if first_us < self._second_ends_us and self._floor <= low and high <= self._ceiling:
            if low < self._low:
                self._low = low
            if high > self._high:
                self._high = high
            return False
        return self._regain(steps, scale, first_us, chunk.rate_hz)

    def _overlap(self, chunk: WaveChunk, count: int) -> int:
        known = self._next_index
        if known is None or chunk.first_index >= known or chunk.t_us > self._end_us:
            return 0
        return min(known - chunk.first_index, count)

    def _break(self) -> None:
        """What comes now is not joined to what came before, and may lie anywhere."""
        self._run += 1
        self._column = NEVER
        self._railed = dict.fromkeys((RAIL_HIGH, RAIL_LOW), NEVER)

    def _add(self, base: int, ways: list[int], steps: tuple[int, ...], scale: float, drawn: int) -> None:
        """Fill the columns. base: of the first sample, ways: from it to each sample, in 1e-9 pixels."""
        at, last = self._column, self._last
        first, second = self._values[at % self._ring] if at != NEVER else (0.0, 0.0)
        low, high = (first, second) if first <= second else (second, first)
        changed = False
        for way, step in zip(ways, steps, strict=True):
            value = step * scale
            column = (base + way) // WAY
            if column <= at:
                if value > high:
                    first, second, high, changed = low, value, value, True
                elif value < low:
                    first, second, low, changed = high, value, value, True
            else:
                if changed:
                    self._put(at, first, second, drawn)
                if at != NEVER and column > at + 1:
                    self._bridge(at, last, column, value, drawn)
                elif at == NEVER and column <= self._newest:
                    self._tangled = self._newest
                at, first, second, low, high, changed = column, value, value, value, value, True
            last = value
        if changed:
            self._put(at, first, second, drawn)
        self._column, self._last = at, last
        if at > self._newest:
            self._newest = at

    def _put(self, column: int, first: float, second: float, drawn: int) -> None:
        slot = column % self._ring
        if column <= drawn:
            if self._owner[slot] != column:
                self._run += 1  # too late to be drawn: a hole, and nothing is joined over it
            return
        if self._owner[slot] != column:
            self._owner[slot] = column
            if column % self._paper.width == 0:
                self._run += 1
        self._run_of[slot] = self._run
        self._values[slot] = (first, second)
        if self._slope:
            self._place(column, slot)

    def _bridge(self, at: int, last: float, to: int, value: float, drawn: int) -> None:
        """Columns between two samples of a slow wave, on the straight line that joins them."""
        slope = (value - last) / (to - at)
        begin_at = at + 1
        if drawn >= begin_at:
            self._run += 1  # too late for some of them: a hole, and nothing is joined over it
            begin_at = drawn + 1
        for column in range(begin_at, to):
            begin = last + slope * (column - at)
            self._put(column, begin, begin + slope / 2, drawn)

    def _place(self, column: int, slot: int) -> None:
        """Turn the values of a column into points; upwards is less, and nothing leaves the strip."""
        first, second = self._values[slot]
        top, bottom = self._top, self._bottom
        y1 = self._zero - first * self._slope
        y2 = self._zero - second * self._slope
        if y1 < top or y2 < top:
            y1, y2 = max(y1, top), max(y2, top)
            self._note_rail(column, RAIL_HIGH)
        if y1 > bottom or y2 > bottom:
            y1, y2 = min(y1, bottom), min(y2, bottom)
            self._note_rail(column, RAIL_LOW)
        x = self._rect.x + column % self._paper.width
        self._points[2 * slot] = QPointF(x, y1)
        self._points[2 * slot + 1] = QPointF(x + 0.5, y2)

    def _note_rail(self, column: int, kind: str) -> None:
        """An arrow where a cut-off stretch begins and every few columns of it."""
        at = self._railed[kind]
        if at == NEVER or not 0 <= column - at < RAIL_EVERY:
            self._railed[kind] = column
            self.rails.append((column, kind))

    def _forget_rails(self) -> None:
        """Those that have left the ring."""
        while self.rails and self.rails[0][0] <= self._newest - self._ring:
            self.rails.popleft()

    def _mark_clipped(self, chunk: WaveChunk, steps: tuple[int, ...], first_us: int, drawn: int) -> None:
        """The device's converter was at its rail: the repeated extreme of the chunk. The display does not guess which."""
        for extreme, kind in ((max(steps), RAIL_HIGH), (min(steps), RAIL_LOW)):
            if steps.count(extreme) < 2:
                continue
            for place, step in enumerate(steps):
                column = self._paper.column(first_us + int(place * 1e6 / chunk.rate_hz))
                if step == extreme and column > drawn:
                    self._note_rail(column, kind)

    def _regain(self, steps: tuple[int, ...], scale: float, first_us: int, rate_hz: float) -> bool:
        """Let the gain see what it has to judge: another second, or a value beyond what it can show."""
        per_piece = max(1, int(rate_hz))
        auto = self._auto
        if self._second_ends_us:
            auto.see(self._low, self._high, self._second_ends_us - 1)
        for start in range(0, len(steps), per_piece):
            piece = steps[start : start + per_piece]
            self._low, self._high = min(piece) * scale, max(piece) * scale
            at_us = first_us + int(start * 1e6 / rate_hz)
            auto.see(self._low, self._high, at_us)
            self._second_ends_us = (at_us // SECOND_US + 1) * SECOND_US
        return auto.settle() and self._apply_gain()

    def _apply_gain(self) -> bool:
        gain = self._auto.gain
        if gain is None:
            return False
        self._slope = gain.px_per_unit
        self._zero = self._rect.y + self._rect.h / 2 + gain.centre * gain.px_per_unit
        half = self._rect.h / 2 / gain.px_per_unit
        self._floor, self._ceiling = gain.centre - half, gain.centre + half
        self.rails.clear()
        self._railed = dict.fromkeys((RAIL_HIGH, RAIL_LOW), NEVER)
        for column in sorted(column for column in self._owner if column != NEVER):
            self._place(column, column % self._ring)
        return True

    def _mark(self, chunk: WaveChunk) -> None:
        for index, kind in chunk.beats:
            at_us = chunk.t_us + int((index - chunk.first_index) * 1e6 / chunk.rate_hz)
            self.ticks.append((self._paper.column(at_us), kind))

    def whole(self, first: int, last: int) -> list[QPointF] | None:
        """The points between two absolute columns, both included, when nothing is missing there; else None."""
        ring, run_of = self._ring, self._run_of
        a, b = first % ring, last % ring
        if self._owner[a] != first or self._owner[b] != last or run_of[a] != run_of[b] or first <= self._tangled:
            return None
        if a <= b:
            return self._points[2 * a : 2 * b + 2]
        return self._points[2 * a :] + self._points[: 2 * b + 2]

    def runs(self, first: int, last: int) -> Iterator[list[QPointF]]:
        """The joined stretches of points between two absolute columns, both included; they end where the strip does."""
        points = self.whole(first, last)
        if points is not None:
            yield points
            return
        run: list[QPointF] = []
        ring, owner, run_of = self._ring, self._owner, self._run_of
        of = 0
        for column in range(first, last + 1):
            slot = column % ring
            held = owner[slot] == column
            if run and (not held or run_of[slot] != of):
                yield run
                run = []
            if held:
                of = run_of[slot]
                run += self._points[2 * slot : 2 * slot + 2]
        if run:
            yield run

    def has(self, column: int) -> bool:
        """Whether anything was measured in this column."""
        return self._owner[column % self._ring] == column


@lru_cache(maxsize=256)
def _unpacker(count: int) -> Struct:
    return Struct(f"<{count}h")


@lru_cache(maxsize=512)
def _ways(rate_hz: float, milli_px_per_s: int, count: int) -> list[int]:
    """How far each of so many samples lies from the first, in 1e-9 pixels."""
    return [int(n * 1e6 / rate_hz) * milli_px_per_s for n in range(count)]
