"""What does the pulse look like at the finger? Two Gaussians behind every beat that makes a pulse (CLINICAL section 6.5).

Phase-locked to the beats: the onset comes 0.15 to 0.25 s after the R peak. Height follows perfusion and pulse strength, so
that a weak beat is missed by an honest pulse counter, and nothing is left without a pulse.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from simulators.heart import HeartBeat

Wave = npt.NDArray[np.float64]

FLOOR = 0.12
"""Where the trace rests between pulses, of a full scale of 1."""
REACH_SIGMAS = 5.0
PULSE_REACH_US = 2_500_000
"""No part of a pulse lies further than this behind its R peak."""
_SHAPE = ((0.25, 0.085, 1.0), (0.60, 0.12, 0.45))  # place and width as shares of the beat, height


def height_of(perfusion_index: float) -> float:
    """Share of full scale that a full pulse reaches: a monitor's gain flattens great differences of perfusion."""
    return 0.8 * (1 - math.exp(-max(0.0, perfusion_index) / 2))


def draw(
    t_s: Wave, first: int, rate_hz: float, beats: Iterable[HeartBeat], perfusion: Wave, breathing: Wave, motion: Wave
) -> Wave:
    """Pleth, 0 to 1, shape (n,). perfusion: height of a full pulse at each sample. breathing: -1 to 1. motion: 0 to 1."""
    pulse = np.zeros(len(t_s))
    for beat in beats:
        if beat.strength > 0:
            _add(pulse, beat, first, rate_hz, t_s)
    wave = FLOOR + 0.02 * breathing + perfusion * (1 + 0.04 * breathing) * pulse
    if motion.any():
        wave += motion * (0.25 * np.sin(2 * math.pi * 1.7 * t_s) + 0.2 * np.sin(2 * math.pi * 2.9 * t_s + 1))
    return np.asarray(np.clip(wave, 0.0, 1.0))


def _add(pulse: Wave, beat: HeartBeat, first: int, rate_hz: float, t_s: Wave) -> None:
    # a long pause before a beat does not make its pulse any wider
    rr_s = min(1.0, max(0.35, beat.rr_s))
    for place, width, share in _SHAPE:
        sigma_s = width * rr_s
        centre_s = beat.t_us / 1e6 + beat.delay_s + place * rr_s
        low = max(0, math.ceil((centre_s - REACH_SIGMAS * sigma_s) * rate_hz) - first)
        high = min(len(t_s), math.floor((centre_s + REACH_SIGMAS * sigma_s) * rate_hz) + 1 - first)
        if low < high:
            bell = np.exp(-0.5 * np.square((t_s[low:high] - centre_s) / sigma_s))
            pulse[low:high] += share * beat.strength * bell
