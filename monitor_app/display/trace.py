"""Which points has a sweep strip? Samples become two ready points per pixel column when they arrive (PERFORMANCE 1.2).

Columns are counted absolutely: column = time × speed; its place on the screen is the column modulo the strip's width. A
ring holds one strip's width and what has come but is not drawn yet, so the old trace stays whole until the head is there.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF

from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.gain import AutoGain, Gain
from monitor_app.display.layout import PX_PER_MM, Rect
from monitor_app.display.playout import DELAY_MOST_US

AHEAD_US = DELAY_MOST_US + 1_000_000
"""How much may have come before it is drawn: the longest play-out delay and a second to spare."""
NEVER = -1
PERIODS_MISSING = 3
"""Samples further apart than this many periods are not joined, even when the device says nothing of a gap."""
TICKS_MAX = 200


@dataclass(frozen=True, slots=True)
class Paper:
    """The common time axis: speed in thousandths of a pixel a second, width of every strip in pixels."""

    milli_px_per_s: int
    width: int

    def column(self, t_us: int) -> int:
        """The absolute column of a station time."""
        return t_us * self.milli_px_per_s // 1_000_000_000

    def columns(self, seconds: float) -> int:
        """How many whole columns that long is."""
        return int(seconds * self.milli_px_per_s / 1000)


class Trace:
    """One strip's points. Cost of a chunk is paid here, once; painting only hands the points to Qt."""

    def __init__(self, paper: Paper, rect: Rect, unit: str) -> None:
        self._paper = paper
        self._rect = rect
        self._auto = AutoGain(unit, rect.h, PX_PER_MM)
        self._ring = paper.width + paper.columns(AHEAD_US / 1e6)
        self._owner = [NEVER] * self._ring
        self._joined = [False] * self._ring
        self._values = [(0.0, 0.0)] * self._ring
        self._points = [(QPointF(), QPointF())] * self._ring
        self._zero = self._slope = 0.0
        self._top, self._bottom = rect.y + 1.0, rect.bottom - 3.0
        self._last: tuple[int, float] | None = None
        self._next_index: int | None = None
        self._end_us = 0
        self._dirty: list[int] = []
        self.ticks: deque[tuple[int, str]] = deque(maxlen=TICKS_MAX)

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
        skip = self._overlap(chunk)
        steps = struct.unpack(f"<{len(chunk.data) // 2}h", chunk.data)[skip:]
        if not steps:
            return False
        period_us = 1e6 / chunk.rate_hz
        first_us = chunk.t_us + int(skip * period_us)
        if self._is_broken(chunk, first_us):
            self._last = None
        scale, speed = chunk.scale, self._paper.milli_px_per_s
        values = [step * scale for step in steps]
        columns = [(first_us + int(n * period_us)) * speed // 1_000_000_000 for n in range(len(values))]
        self._add(columns, values, NEVER if drawn is None else drawn)
        self._next_index = chunk.first_index + skip + len(values)
        self._end_us = first_us + int((len(values) - 1) * period_us)
        self._mark(chunk)
        return self._regain(values, first_us, chunk.rate_hz)

    def _overlap(self, chunk: WaveChunk) -> int:
        known = self._next_index
        if known is None or chunk.first_index >= known or chunk.t_us > self._end_us:
            return 0
        return min(known - chunk.first_index, len(chunk.data) // 2)

    def _is_broken(self, chunk: WaveChunk, first_us: int) -> bool:
        if self._next_index is None or (chunk.gap and chunk.first_index >= self._next_index):
            return True
        return abs(first_us - self._end_us) > PERIODS_MISSING * 1e6 / chunk.rate_hz

    def _add(self, columns: list[int], values: list[float], drawn: int) -> None:
        last = self._last
        touched = self._dirty
        for column, value in zip(columns, values, strict=True):
            if last is not None and column <= last[0]:
                self._widen(last[0], value, drawn)
                last = (last[0], value)
                continue
            if last is not None and column > last[0] + 1:
                self._bridge(last, (column, value), drawn)
            self._put(column, value, value, last is not None, drawn)
            last = (column, value)
            touched.append(column)
        self._last = last
        self._place_touched()

    def _put(self, column: int, first: float, second: float, joined: bool, drawn: int) -> None:
        if column <= drawn:
            return
        slot = column % self._ring
        self._owner[slot] = column
        self._joined[slot] = joined
        self._values[slot] = (first, second)

    def _widen(self, column: int, value: float, drawn: int) -> None:
        """Keep the extremes of a column in the order in which they came: a new extreme always comes last."""
        slot = column % self._ring
        if column <= drawn or self._owner[slot] != column:
            return
        first, second = self._values[slot]
        low, high = (first, second) if first <= second else (second, first)
        if value > high:
            self._values[slot] = (low, value)
        elif value < low:
            self._values[slot] = (high, value)
        self._dirty.append(column)

    def _bridge(self, last: tuple[int, float], now: tuple[int, float], drawn: int) -> None:
        """Columns between two samples of a slow wave, on the straight line that joins them."""
        span = now[0] - last[0]
        for column in range(max(last[0], drawn) + 1, now[0]):
            at = (column - last[0]) / span
            half = (column + 0.5 - last[0]) / span
            rise = now[1] - last[1]
            self._put(column, last[1] + rise * at, last[1] + rise * half, True, drawn)
            self._dirty.append(column)

    def _place_touched(self) -> None:
        if self._auto.gain is not None:
            for column in self._dirty:
                self._place(column)
        self._dirty.clear()

    def _place(self, column: int) -> None:
        """Turn the values of a column into points; upwards is less, and nothing leaves the strip."""
        slot = column % self._ring
        if self._owner[slot] != column:
            return
        x = self._rect.x + column % self._paper.width
        first, second = self._values[slot]
        zero, slope, top, bottom = self._zero, self._slope, self._top, self._bottom
        y = zero - first * slope
        first_y = top if y < top else bottom if y > bottom else y
        y = zero - second * slope
        second_y = top if y < top else bottom if y > bottom else y
        self._points[slot] = (QPointF(x, first_y), QPointF(x + 0.5, second_y))

    def _regain(self, values: list[float], first_us: int, rate_hz: float) -> bool:
        per_piece = max(1, int(rate_hz))
        if len(values) <= per_piece:
            self._auto.see(min(values), max(values), first_us)
            return self._apply_gain() if self._auto.settle() else False
        for start in range(0, len(values), per_piece):
            piece = values[start : start + per_piece]
            self._auto.see(min(piece), max(piece), first_us + int(start * 1e6 / rate_hz))
        return self._apply_gain() if self._auto.settle() else False

    def _apply_gain(self) -> bool:
        gain = self._auto.gain
        if gain is None:
            return False
        self._slope = gain.px_per_unit
        self._zero = self._rect.y + self._rect.h / 2 + gain.centre * gain.px_per_unit
        for column in self._owner:
            if column != NEVER:
                self._place(column)
        return True

    def _mark(self, chunk: WaveChunk) -> None:
        for index, kind in chunk.beats:
            at_us = chunk.t_us + int((index - chunk.first_index) * 1e6 / chunk.rate_hz)
            self.ticks.append((self._paper.column(at_us), kind))

    def runs(self, first: int, last: int) -> Iterator[list[QPointF]]:
        """The joined stretches of points between two absolute columns, both included; they end where the strip does."""
        run: list[QPointF] = []
        width, ring = self._paper.width, self._ring
        owner, joined, points = self._owner, self._joined, self._points
        for column in range(first, last + 1):
            slot = column % ring
            held = owner[slot] == column
            if run and (not held or not joined[slot] or column % width == 0):
                yield run
                run = []
            if held:
                run += points[slot]
        if run:
            yield run

    def has(self, column: int) -> bool:
        """Whether anything was measured in this column."""
        return self._owner[column % self._ring] == column
