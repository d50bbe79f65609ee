"""How high is a trace drawn? A gain that a person chose, or one that fits the last ten seconds and stays still. Pure.

Calibrated ECG (mV) takes the largest gain of paper up to 20 mm/mV that fits, and says which; a relative unit takes any
power of the square root of two. A gain that changes repaints its strip once, so it changes seldom: at once when the
trace does not fit, upwards only when the next larger one would leave room to spare.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

SPAN_S = 10
"""The gain fits what was seen in this time (DISPLAY section 11)."""
PAPER_MM_PER_MV = (2.5, 5.0, 10.0, 20.0)
"""What is chosen by itself; 40 mm/mV is for a person to choose."""
FIT, SPARE = 0.92, 0.62
"""A trace may use this share of its strip; a larger gain is taken when it would use no more than the second one."""


@dataclass(frozen=True, slots=True)
class Gain:
    """px_per_unit: upwards is positive. centre: the value at half height. word: what to write beside the trace."""

    px_per_unit: float
    centre: float
    word: str = ""


class AutoGain:
    """The gain of one strip. height_px: of the strip. unit: `mV`, or anything else for a relative one.

    fixed_mm_per_mv: what a person chose, which stays whether the trace fits or not; 0: automatic.
    """

    def __init__(self, unit: str, height_px: int, px_per_mm: float, fixed_mm_per_mv: float = 0) -> None:
        self._height = max(1, height_px)
        self._unit = unit
        self._px_per_mm = px_per_mm
        self._second: int | None = None
        self._now: tuple[float, float] | None = None
        self._moved = True
        self._past: deque[tuple[float, float]] = deque(maxlen=SPAN_S)
        self._fixed = unit == "mV" and fixed_mm_per_mv > 0
        self.gain: Gain | None = None
        if self._fixed:
            self.gain = Gain(fixed_mm_per_mv * px_per_mm, 0.0, f"{fixed_mm_per_mv:g} mm/mV")

    def see(self, low: float, high: float, t_us: int) -> None:
        """The least and greatest value of a stretch within one second, in order of time."""
        second = t_us // 1_000_000
        if second != self._second and self._now is not None:
            self._past.append(self._now)
            self._now = None
            self._moved = True
        self._second = second
        least, most = self._now if self._now is not None else (low, high)
        self._now = (min(low, least), max(high, most))
        self._moved = self._moved or self._now != (least, most) or not self._past

    def settle(self) -> bool:
        """Choose again. True when the gain has changed and the strip must be drawn anew.

        The first choice waits until a second has been seen: a flat tenth of a second says nothing about a heart.
        """
        if not self._moved or self._fixed:
            return False
        self._moved = False
        spans = [*self._past, self._now] if self._now is not None else list(self._past)
        if not self._past and self.gain is None:
            return False
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        if self.gain is not None and self._holds(self.gain, low, high):
            return False
        chosen = self._choose(low, high)
        changed = chosen != self.gain
        self.gain = chosen
        return changed

    def _holds(self, gain: Gain, low: float, high: float) -> bool:
        half = self._height / 2 / gain.px_per_unit
        fits = low >= gain.centre - half and high <= gain.centre + half
        larger = self._larger(gain.px_per_unit)
        too_small = larger is not None and (high - low) * larger < SPARE * self._height and len(self._past) == SPAN_S
        return fits and not too_small

    def _larger(self, px_per_unit: float) -> float | None:
        if self._unit != "mV":
            return px_per_unit * math.sqrt(2)
        steps = [mm * self._px_per_mm for mm in PAPER_MM_PER_MV]
        return next((step for step in steps if step > px_per_unit * 1.01), None)

    def _choose(self, low: float, high: float) -> Gain:
        span = max(high - low, 1e-6)
        most = FIT * self._height / span
        centre = self._centre(low, high)
        if self._unit == "mV":
            mm = max((mm for mm in PAPER_MM_PER_MV if mm * self._px_per_mm <= most), default=None)
            if mm is not None:
                return Gain(mm * self._px_per_mm, centre, f"{mm:g} mm/mV")
        return Gain(2 ** (math.floor(math.log2(most) * 2) / 2), centre, "" if self._unit != "mV" else "auto")

    def _centre(self, low: float, high: float) -> float:
        step = max(high - low, 1e-6) / 16
        return round((low + high) / 2 / step) * step
