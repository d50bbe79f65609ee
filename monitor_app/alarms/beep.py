"""How does a heart beat sound? A short soft beep whose pitch falls with the saturation. No alarm, and never in one's way.

Off unless a person asks for it, and then of one chair: the beats of two patients at once tell nobody anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor_app.alarms.tones import FULL_SCALE

TOP_HZ = 784.0
"""G5, at 100 %. The alarm tones begin at C5; a beep is shorter and softer than any of their pulses."""

SEMITONES_A_PERCENT = 0.5
LOWEST_SPO2 = 70.0
UNKNOWN_HZ = 262.0
"""C4: the saturation is not known. No saturation sounds so: 70 % is a third higher."""

LENGTH_MS, RAMP_MS, LEVEL_DB = 60.0, 12.0, -20.0


def pitch_hz(spo2: float | None) -> float:
    """Half a semitone lower for each percent below 100, down to 70; a pitch of its own where it is not known."""
    if spo2 is None:
        return UNKNOWN_HZ
    percent = min(100.0, max(LOWEST_SPO2, spo2))
    return float(TOP_HZ * 2 ** (-SEMITONES_A_PERCENT * (100.0 - percent) / 12))


def render(spo2: float | None, rate_hz: int) -> NDArray[np.int16]:
    """One beep, mono, shape (n,). spo2: percent, None where it is not known."""
    t_ms = np.arange(round(LENGTH_MS * rate_hz / 1000)) * 1000 / rate_hz
    envelope = np.clip(np.minimum(t_ms, LENGTH_MS - t_ms) / RAMP_MS, 0, 1)
    wave = np.sin(2 * np.pi * pitch_hz(spo2) * t_ms / 1000) * envelope
    return np.rint(wave * 10 ** (LEVEL_DB / 20) * FULL_SCALE).astype(np.int16)
