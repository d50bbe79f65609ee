"""Where on the screen is a moment, and what o'clock was it? The time axis that all parts of the review share."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.anchors import Anchors

STEPS_S = (0.2, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
LABEL_PX = 96
"""Least distance of two time labels."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of station time over `width` pixels."""

    from_us: int
    to_us: int
    width: float

    def x(self, t_us: float) -> float:
        """Pixel of a moment."""
        return (t_us - self.from_us) * self.width / (self.to_us - self.from_us)

    def t_us(self, x: float) -> int:
        """Moment at a pixel."""
        return self.from_us + round(x * (self.to_us - self.from_us) / self.width)

    def ticks(self, anchors: Anchors) -> list[tuple[float, str]]:
        """Round clock times that fit, each with its pixel."""
        per_px = (self.to_us - self.from_us) / self.width / SECOND_US
        step_us = round(next((s for s in STEPS_S if s / per_px >= LABEL_PX), STEPS_S[-1]) * SECOND_US)
        shift_us = local_us(anchors, self.from_us) - self.from_us
        first = -(-(self.from_us + shift_us) // step_us) * step_us - shift_us
        last = self.t_us(self.width - LABEL_PX / 2)  # a label that would be cut off says nothing
        return [(self.x(t), clock(anchors, t, step_us < SECOND_US)) for t in range(first, last, step_us)]


def local_us(anchors: Anchors, t_us: int) -> int:
    """Local wall time in us since 1970 of a station time; station time itself in a record without an anchor."""
    anchor = anchors.at(t_us)
    return t_us if anchor is None else anchor.utc_us + t_us - anchor.t_us + anchor.utc_offset_s * SECOND_US


def clock(anchors: Anchors, t_us: int, tenths: bool = False) -> str:
    """`14:03:22`, with tenths where asked."""
    moment = datetime.datetime.fromtimestamp(local_us(anchors, t_us) / SECOND_US, datetime.UTC)
    return moment.strftime("%H:%M:%S.%f")[:-5] if tenths else moment.strftime("%H:%M:%S")


def date(anchors: Anchors, t_us: int) -> str:
    """`24 Nov 2026`."""
    moment = datetime.datetime.fromtimestamp(local_us(anchors, t_us) / SECOND_US, datetime.UTC)
    return moment.strftime("%d %b %Y")


def day(anchors: Anchors, t_us: int) -> str:
    """`2026-11-24`."""
    moment = datetime.datetime.fromtimestamp(local_us(anchors, t_us) / SECOND_US, datetime.UTC)
    return moment.strftime("%Y-%m-%d")
