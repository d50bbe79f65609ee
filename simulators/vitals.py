"""What does a body say to the devices on it? Beats, numbers, wiring and cuff results."""

from __future__ import annotations

from dataclasses import dataclass


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
