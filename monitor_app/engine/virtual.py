"""A room whose devices live inside the engine and speak without bytes: for simulated time at more than real speed.

Decision 0009. The composition root fills this in, because only it may know simulated bodies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.driver import DriverSpec
from monitor_app.core.chair import ChairSpec
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.runner import StationClock
from monitor_app.rhythm import RhythmAnalyzer

MARKS = ("SIMULATED TIME", "BEATS FROM THE TRUTH", "WAVES THINNED")
"""What the screen says of such a run, beside its speed and that the sound is off."""
WAVE_WORD = "WAVES THINNED"


@dataclass(frozen=True, slots=True)
class VirtualRoom:
    """spec: the row of its only kind of device. side_of: the device of a chair. analysis: for each chair, in their order."""

    spec: DriverSpec
    side_of: Callable[[ChairSpec, StationClock], Bedside]
    analysis: Callable[[], RhythmAnalyzer]
