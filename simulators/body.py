"""What a simulated device can ask of whoever sits in the chair, be it a virtual patient or a recording.

Time is the body's own: integer microseconds from 0 when it began. Samples are asked for by absolute index (sample n of a
wave at r Hz lies at n/r seconds), so that the size of a request never changes the answer. None means "there is no such
signal": a twin then sends what its device sends without a sensor, never an invention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrueBeat:
    """A heart beat of the truth. t_us: its R peak. cls: N, V or S. strength: 0 to 1, how much of a pulse it makes."""

    t_us: int
    cls: str
    strength: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """What an honest device would show now; None where it has no number. bpm, %, breaths/min, degC."""

    hr: float | None
    pulse_rate: float | None
    spo2: float | None
    resp_rate: float | None
    temperature: float | None
    perfusion_index: float | None


@dataclass(frozen=True, slots=True)
class Sensors:
    """How the patient is wired. probe: on, off (no finger) or unplugged. plugged: False while the cable is out."""

    ecg_on: bool = True
    probe: str = "on"
    cuff_connected: bool = True
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class CuffResult:
    """How one determination will end. duration_us from start to end. systolic None: it fails, for `reason`.

    reason: motion, cuff_loose, timeout or weak_pulse. Pressures in mmHg, pulse in bpm.
    """

    duration_us: int
    systolic: int | None
    diastolic: int | None
    mean: int | None
    pulse: int | None
    reason: str = ""


class Body(Protocol):
    """Somebody (or some record) in the chair."""

    @property
    def recorded(self) -> bool:
        """True when real recorded signals are played back."""

    def advance(self, now_us: int) -> None:
        """Let the body live until `now_us`. Never backwards."""

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        """Samples first..first+n-1: ECG leads in mV, pleth 0 to 1 (pulse height by perfusion), resp -1 to 1."""

    def beats(self, after_us: int, until_us: int) -> list[TrueBeat]:
        """Beats with after_us < t_us <= until_us. Empty for a recording without a reference."""

    def vitals(self) -> Vitals:
        """The numbers as of the last `advance`."""

    def sensors(self) -> Sensors:
        """The wiring as of the last `advance`."""

    def start_cuff(self, now_us: int) -> CuffResult:
        """Inflate now; the outcome is decided at once and shown when its duration has passed."""
