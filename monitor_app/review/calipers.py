"""Two marks on the waves: how long, how fast, how high? And the same interval marched to both sides.

Pure. A mark stands on a sample of the channel it was set on, so that what is read off is a measurement, not a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.readers import ChannelRow
from monitor_app.review.scale import MV
from monitor_app.review.traces import Run

MARCH_MAX = 200
"""Marks of a march on one side: more would be a grey surface."""


@dataclass(frozen=True, slots=True)
class Calipers:
    """Marks A and B in station time; None while not set. marching: the interval is repeated to both sides."""

    a_us: int | None = None
    b_us: int | None = None
    marching: bool = False

    def set(self, t_us: int) -> Calipers:
        """A first, then B; a third press begins anew."""
        if self.a_us is None or self.b_us is not None:
            return Calipers(t_us, None, False)
        return replace(self, b_us=t_us)

    def moved(self, by_us: int) -> Calipers:
        """The mark that was set last, shifted."""
        if self.b_us is not None:
            return replace(self, b_us=self.b_us + by_us)
        return replace(self, a_us=self.a_us + by_us) if self.a_us is not None else self

    @property
    def apart_us(self) -> int | None:
        """From A to B, never negative."""
        return abs(self.b_us - self.a_us) if self.a_us is not None and self.b_us is not None else None

    @property
    def rate(self) -> float | None:
        """Of what happens once in the interval, a minute."""
        return MINUTE_US / self.apart_us if self.apart_us else None

    def march(self, from_us: int, to_us: int) -> list[int]:
        """The marks of the repeated interval inside a window, A and B left out."""
        if not self.marching or not self.apart_us or self.a_us is None or self.b_us is None:
            return []
        first = -(-(from_us - self.a_us) // self.apart_us)
        steps = range(first, min(first + 2 * MARCH_MAX, (to_us - self.a_us) // self.apart_us + 1))
        marks = [self.a_us + step * self.apart_us for step in steps]
        return [mark for mark in marks if mark not in (self.a_us, self.b_us)]


def nearest_sample(runs: Sequence[Run], rate_hz: float, t_us: int) -> tuple[int, int] | None:
    """Time and raw value of the sample nearest to a moment; None where there is none within one period."""
    period_us = SECOND_US / rate_hz
    best: tuple[int, int] | None = None
    for run in runs:
        place = min(max(round((t_us - run.t_us) / period_us), 0), len(run.samples) - 1)
        at_us = run.t_us + round(place * period_us)
        if abs(at_us - t_us) <= period_us and (best is None or abs(at_us - t_us) < abs(best[0] - t_us)):
            best = at_us, int(run.samples[place])
    return best


def amplitude(channel: ChannelRow, a: int, b: int) -> str:
    """`0.94 mV`; in steps where nobody knows what a step is worth."""
    if channel.unit == MV:
        return f"{(b - a) * channel.scale:+.2f} mV".replace("-", "−")
    return f"{b - a:+d} steps".replace("-", "−")
