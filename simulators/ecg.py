"""What does the heart look like from the skin? Beats in, ECG leads out: sums of Gaussians around known R peaks.

Shapes: CLINICAL section 6.5 (ECGSYN angles and widths). Leads I, II and V are drawn; III, aVR, aVL and aVF follow from
them as in every monitor. A sample depends on its own time only, never on how many were asked for: backgrounds are closed
functions of time or tables read by absolute index.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators.heart import HeartBeat

Wave = npt.NDArray[np.float64]

LEADS: tuple[Parameter, ...] = (
    Parameter.ECG_I,
    Parameter.ECG_II,
    Parameter.ECG_III,
    Parameter.ECG_AVR,
    Parameter.ECG_AVL,
    Parameter.ECG_AVF,
    Parameter.ECG_V,
)
# rows as in LEADS, columns the drawn leads I, II, V
_FROM_DRAWN = np.array(
    [[1, 0, 0], [0, 1, 0], [-1, 1, 0], [-0.5, -0.5, 0], [1, -0.5, 0], [-0.5, 1, 0], [0, 0, 1]], dtype=np.float64
)
REACH_SIGMAS = 5.0
"""A Gaussian is drawn so far to each side: beyond it is less than a ten-thousandth of a microvolt per millivolt."""
BEAT_REACH_US = 1_500_000
"""No part of a beat lies further than this from its R peak."""
RAIL_MV = 5.0
"""Where an amplifier's output stands with an open input."""
_NOISE_N = 1 << 16
"""Length of the noise table: at 250 Hz it comes round after four minutes, which nobody sees."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One Gaussian of a beat. at_s: from the R peak. height: mV in leads I, II, V."""

    at_s: float
    sigma_s: float
    height: tuple[float, float, float]


def _parts(beat: HeartBeat) -> list[_Part]:
    return _wide(beat) if beat.cls == "V" else _narrow(beat)


def _narrow(beat: HeartBeat) -> list[_Part]:
    rr_s = min(2.0, max(0.33, beat.rr_s))
    fast = 1 / rr_s  # heart rate over 60
    outer, inner = fast**0.25, fast**0.5
    turn = rr_s / (2 * math.pi)
    size = beat.size

    def part(degrees: float, width: float, height: tuple[float, float, float]) -> _Part:
        i, ii, v = height
        return _Part(rr_s * degrees / 360, width * turn, (i * size, ii * size, v * size))

    parts = [
        part(-15 * inner, 0.1 * inner, (-0.06, -0.10, -0.12)),
        part(0, 0.1 * inner, (0.60, 1.00, 1.15)),
        part(15 * inner, 0.1 * inner, (-0.10, -0.20, -0.28)),
        part(100 * outer, 0.4 * inner, (0.22, 0.30, 0.34)),
    ]
    return [part(-70 * outer, 0.25 * inner, (0.10, 0.15, 0.08)), *parts] if beat.p_wave else parts


def _wide(beat: HeartBeat) -> list[_Part]:
    size = beat.size
    squeeze = min(1.0, beat.rr_s / 0.45)
    return [
        _Part(0.0, 0.036, (0.8 * size, 1.6 * size, -1.3 * size)),
        _Part(0.075, 0.030, (-0.15 * size, -0.35 * size, 0.25 * size)),
        _Part(0.28 * squeeze, 0.060 * squeeze, (-0.25 * size, -0.50 * size, 0.40 * size)),
    ]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies behind the beats at each sample, shape (n,): mV of VF and of f waves, motion 0 to 1, a breath's swing."""

    fibrillation: Wave
    flutter: Wave
    motion: Wave
    breathing: Wave


class EcgWave:
    """Draws one chair's ECG. The generator fixes noise, wander and the irregular waves once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._noise = rng.standard_normal((3, _NOISE_N)) * 0.008
        self._wander = _Sines(rng, (0.05, 0.5), 5, power=-0.5)
        self._wander_mix = rng.uniform(0.02, 0.06, (3, 5))
        self._vf = _Sines(rng, (2.0, 9.0), 14, peak_hz=5.0)
        self._vf_mix = _mix(rng, self._vf.weights)
        self._f = _Sines(rng, (5.0, 7.5), 4, peak_hz=6.0)
        self._f_mix = _mix(rng, self._f.weights)
        self._motion = _Sines(rng, (0.7, 11.0), 12, power=-0.5)
        self._motion_mix = _mix(rng, self._motion.weights)

    def draw(self, t_s: Wave, first: int, rate_hz: float, beats: Iterable[HeartBeat], behind: Backdrop) -> Wave:
        """All seven leads, rows as in LEADS, shape (7, n), mV. t_s: times of samples first, first+1, ..."""
        n = len(t_s)
        drawn = self._wander_mix @ self._wander.at(t_s)
        drawn += self._noise.take(np.arange(first, first + n) % _NOISE_N, axis=1)
        drawn += 0.04 * behind.breathing
        for beat in beats:
            for part in _parts(beat):
                _add(drawn, part, beat.t_us, first, rate_hz, t_s)
        self._add_background(drawn, t_s, behind)
        return np.asarray(_FROM_DRAWN @ drawn)

    def _add_background(self, drawn: Wave, t_s: Wave, behind: Backdrop) -> None:
        if behind.fibrillation.any():
            swell = 1 + 0.35 * np.sin(2 * math.pi * 0.31 * t_s)
            drawn += behind.fibrillation * swell * (self._vf_mix @ self._vf.at(t_s))
        if behind.flutter.any():
            drawn += behind.flutter * (self._f_mix @ self._f.at(t_s))
        if behind.motion.any():
            drawn += 0.5 * behind.motion * (self._motion_mix @ self._motion.at(t_s))


def open_input(t_s: Wave) -> Wave:
    """What a lead shows with its electrode off: the rail, or hum when the mains reach it; one after the other. mV."""
    hum = 1.2 * np.sin(2 * math.pi * 50 * t_s) + 0.3 * np.sin(2 * math.pi * 150 * t_s)
    return np.where(np.mod(t_s, 20) < 10, RAIL_MV, hum)


def _add(drawn: Wave, part: _Part, beat_us: int, first: int, rate_hz: float, t_s: Wave) -> None:
    # the range belongs to the part, not to the request: that keeps a sample's sum the same however it is asked for
    centre_s, reach_s = beat_us / 1e6 + part.at_s, REACH_SIGMAS * part.sigma_s
    low = max(0, math.ceil((centre_s - reach_s) * rate_hz) - first)
    high = min(len(t_s), math.floor((centre_s + reach_s) * rate_hz) + 1 - first)
    if low >= high:
        return
    bell = np.exp(-0.5 * np.square((t_s[low:high] - centre_s) / part.sigma_s))
    drawn[:, low:high] += np.outer(part.height, bell)


def _mix(rng: np.random.Generator, weights: Wave) -> Wave:
    """How three leads see the same sources: alike, not equal; each of about unit amplitude."""
    mix = weights * rng.uniform(0.4, 1.0, (3, len(weights)))
    return np.asarray(mix / np.sqrt(0.5 * np.square(mix).sum(axis=1, keepdims=True)) * 0.7)


class _Sines:
    """Band noise as a closed function of time: sines whose frequencies wander a little."""

    def __init__(
        self,
        rng: np.random.Generator,
        band_hz: tuple[float, float],
        n: int,
        *,
        peak_hz: float | None = None,
        power: float = 0.0,
    ) -> None:
        low, high = band_hz
        self._f = np.exp(rng.uniform(math.log(low), math.log(high), (n, 1)))
        self._phase = rng.uniform(0, 2 * math.pi, (n, 1))
        self._sway_f = rng.uniform(0.05, 0.3, (n, 1))
        self._sway = rng.uniform(0.3, 1.2, (n, 1))
        flat = self._f[:, 0] ** power
        self.weights: Wave = flat if peak_hz is None else np.exp(-np.square((self._f[:, 0] - peak_hz) / 1.5)) + 0.08

    def at(self, t_s: Wave) -> Wave:
        """One row per sine, shape (n, len(t_s))."""
        sway = self._sway * np.sin(2 * math.pi * self._sway_f * t_s)
        return np.asarray(np.sin(2 * math.pi * self._f * t_s + self._phase + sway))
