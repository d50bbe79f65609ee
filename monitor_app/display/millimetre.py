"""How many pixels is a millimetre on this screen? What a person measured with a ruler, else what a usual panel has. Pure.

What an operating system says of a screen's size is too often wrong to be believed (DISPLAY section 10.2). A calibration
belongs to one screen: its name, its pixels and its scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOMINAL_PX = 3.61
"""A 24-inch panel of 1920 × 1080."""
LEAST_PX, MOST_PX = 1.0, 20.0
"""No screen is coarser or finer; what lies outside was a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Millimetre:
    """px: logical pixels in a millimetre. calibrated: a person measured it on this very screen."""

    px: float = NOMINAL_PX
    calibrated: bool = False


NOMINAL = Millimetre()


def screen_key(name: str, width: int, height: int, scale: float) -> str:
    """What a calibration is kept under. width, height: in device pixels."""
    return f"{name} {width}x{height} at {scale:g}"


def millimetre_px(measured: Mapping[str, float], screen: str) -> Millimetre:
    """The millimetre of this screen. measured: pixels in a millimetre by `screen_key`; nonsense counts as not measured."""
    px = measured.get(screen)
    if px is None or not LEAST_PX <= px <= MOST_PX:
        return NOMINAL
    return Millimetre(px, True)
