"""How wide is a second and how high is a millivolt? Sweep speeds, gains and the millimetres of this screen.

An uncalibrated screen has the millimetres that its own makers claim: a ruler may disagree. A wave without a known
calibration has no millivolts, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import ChannelRow

SPEEDS_MM_S = (6.25, 12.5, 25.0, 50.0)
GAINS_MM_MV = (2.5, 5.0, 10.0, 20.0, 40.0)
AUTO = 0.0
"""No fixed gain: each strip is filled."""
MM_AN_INCH = 25.4
MV = "mV"
RELATIVE = "relative: no calibration known"


@dataclass(frozen=True, slots=True)
class Scale:
    """px_mm: pixels of a millimetre on this screen. gain_mm_mv: AUTO, or what a millivolt takes."""

    px_mm: float = 96 / MM_AN_INCH
    gain_mm_mv: float = AUTO

    def span_us(self, speed_mm_s: float, width_px: float) -> int:
        """How much time a pane of that width shows at that speed."""
        return round(width_px / self.px_mm / speed_mm_s * SECOND_US)

    def speed_mm_s(self, span_us: int, width_px: float) -> float:
        """The speed at which a pane of that width shows that much time."""
        return width_px / self.px_mm / (span_us / SECOND_US)

    def px_a_step(self, channel: ChannelRow) -> float | None:
        """Pixels of one raw step at the fixed gain; None when the strip is to be filled or has no millivolts."""
        if self.gain_mm_mv == AUTO or channel.unit != MV:
            return None
        return channel.scale * self.gain_mm_mv * self.px_mm


def speed_words(speed_mm_s: float) -> str:
    """`25 mm/s`, `3.1 mm/s`."""
    nearest = min(SPEEDS_MM_S, key=lambda s: abs(s - speed_mm_s))
    return f"{nearest:g} mm/s" if abs(nearest - speed_mm_s) < 0.02 * nearest else f"{speed_mm_s:.2g} mm/s"


def gain_words(scale: Scale, channel: ChannelRow) -> str:
    """`10 mm/mV`, or that nobody knows what a step is worth."""
    if channel.unit != MV:
        return RELATIVE if channel.parameter.startswith("ecg") else ""
    return "filled" if scale.gain_mm_mv == AUTO else f"{scale.gain_mm_mv:g} mm/mV"


def next_gain(gain: float, step: int) -> float:
    """One gain more or less, from `filled` over the fixed ones."""
    order = (AUTO, *GAINS_MM_MV)
    return order[min(max(order.index(gain) + step, 0), len(order) - 1)]
