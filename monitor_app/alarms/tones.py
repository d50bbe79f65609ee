"""How does an alarm sound? Bursts of the three priorities, synthesised once (ALARMS sections 12.1 and 12.2).

Designed with reference to the published ranges of IEC 60601-1-8. Pulses carry six harmonics of C5, which small loudspeakers
can play; priorities differ in number and rhythm of the pulses and in level, so that an ear tells them without a melody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_app.core.priority import Priority

PITCH_HZ = 523.25
"""C5, equal temperament, A4 = 440 Hz."""

HARMONICS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18)
"""0, -3, -6, -9, -12 and -15 dB."""

RISE_SHARE = 0.15
"""Rise from 10 to 90 % as a share of the effective pulse duration; the full linear ramp is 1/0.8 of it."""

FULL_SCALE = 32_767
RATE_HZ_MIN = 8_000
"""Below it the highest harmonic (3.1 kHz) would not fit."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst. onsets_ms: start of each pulse. duration_ms: effective (90 % of the rise to 90 % of the fall)."""

    onsets_ms: tuple[float, ...]
    duration_ms: float
    pause_ms: float
    level_db: float

    @property
    def ramp_ms(self) -> float:
        """Length of the full linear ramp at either end of a pulse."""
        return RISE_SHARE * self.duration_ms / 0.8

    @property
    def pulse_ms(self) -> float:
        """From the first to the last sample of a pulse."""
        return self.duration_ms + 1.8 * self.ramp_ms

    @property
    def length_ms(self) -> float:
        """From the first sample of the burst to its last."""
        return self.onsets_ms[-1] + self.pulse_ms


BURSTS: dict[Priority, Burst] = {
    Priority.HIGH: Burst((0, 250, 500, 1000, 1250, 2000, 2250, 2500, 3000, 3250), 150, 4_000, -6),
    Priority.MEDIUM: Burst((0, 400, 800), 200, 10_000, -10),
    Priority.LOW: Burst((0, 400), 200, 30_000, -14),
}


def burst_us(priority: Priority) -> int:
    """How long one burst lasts."""
    return round(BURSTS[priority].length_ms * 1000)


def period_us(priority: Priority) -> int:
    """From the start of one burst to the start of the next, in us."""
    return burst_us(priority) + round(BURSTS[priority].pause_ms * 1000)


def render(priority: Priority, rate_hz: int) -> NDArray[np.int16]:
    """One burst without the pause after it, mono, shape (n,), at its own level. Raises ValueError below 8,000 Hz."""
    if rate_hz < RATE_HZ_MIN:
        raise ValueError(f"{rate_hz} Hz cannot carry the alarm tones: at least {RATE_HZ_MIN} Hz are needed")
    burst = BURSTS[priority]
    pulse = _pulse(burst, rate_hz)
    sound = np.zeros(round(burst.onsets_ms[-1] * rate_hz / 1000) + len(pulse))
    for onset_ms in burst.onsets_ms:
        start = round(onset_ms * rate_hz / 1000)
        sound[start : start + len(pulse)] = pulse
    sound *= 10 ** (burst.level_db / 20) * FULL_SCALE
    return np.rint(sound).astype(np.int16)


def _pulse(burst: Burst, rate_hz: int) -> NDArray[np.float64]:
    """One pulse with its ramps, peak 1."""
    t_ms = np.arange(round(burst.pulse_ms * rate_hz / 1000)) * 1000 / rate_hz
    phase = 2 * np.pi * PITCH_HZ * t_ms / 1000
    wave = sum(
        (level * np.sin((i + 1) * phase) for i, level in enumerate(HARMONICS)),
        start=np.zeros_like(phase),
    )
    envelope = np.clip(np.minimum(t_ms, burst.pulse_ms - t_ms) / burst.ramp_ms, 0, 1)
    shaped: NDArray[np.float64] = wave * envelope
    peak = float(np.max(np.abs(shaped)))
    return shaped / peak
