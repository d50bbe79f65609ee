"""How does an alarm sound? Bursts of the three priorities, synthesised once (ALARMS sections 12.1 and 12.2).

Designed with reference to the published ranges of IEC 60601-1-8. Pulses carry six harmonics of C5, which small loudspeakers
can play; priorities differ in number and rhythm of the pulses and in level, so that an ear tells them without a melody. A
site may choose melodies by category instead; rhythm and level stay the same.
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

VOLUME_MIN, VOLUME_MAX, VOLUME_STEP = 0.40, 1.0, 0.05
"""What a person may choose for the station, of amplitude: -8 to 0 dB, never silence."""

FLOOR = 0.6**3
"""Least product of the station's volume and the mixer's amplitude: the full signal through a mixer at 60 %, -13 dB."""

PILOT_HZ, PILOT_MS, PILOT_EVERY_MS, PILOT_DB = 40.0, 100.0, 1_000.0, -60.0
"""While nothing sounds this keeps the proof of sound alive: too low and too faint for a loudspeaker on a desk.

Every second and not every two: two of them must be missed before we say so, and that within three seconds.
"""


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


@dataclass(frozen=True, slots=True)
class Melody:
    """Notes of one category, by name. high: five, played twice."""

    medium: tuple[str, str, str]
    high: tuple[str, str, str, str, str]


GENERAL = "general"
MELODIES: dict[str, Melody] = {
    GENERAL: Melody(("C4", "C4", "C4"), ("C4", "C4", "C4", "C4", "C4")),
    "cardiovascular": Melody(("C4", "E4", "G4"), ("C4", "E4", "G4", "G4", "C5")),
    "oxygenation": Melody(("C5", "B4", "A4"), ("C5", "B4", "A4", "G4", "F4")),
    "ventilation": Melody(("C4", "A4", "F4"), ("C4", "A4", "F4", "A4", "F4")),
    "temperature": Melody(("C4", "D4", "E4"), ("C4", "D4", "E4", "F4", "G4")),
    "drug delivery": Melody(("C5", "D4", "G4"), ("C5", "D4", "G4", "C5", "D4")),
    "equipment": Melody(("C5", "C4", "C4"), ("C5", "C4", "C4", "C5", "C4")),
}
LOW_NOTES = ("E4", "C4")
"""Of every category."""

_SEMITONES = {"C4": -9, "D4": -7, "E4": -5, "F4": -4, "G4": -2, "A4": 0, "B4": 2, "C5": 3}


def note_hz(name: str) -> float:
    """Frequency of a note; A4 is 440 Hz. Raises KeyError for a note that no melody has."""
    return float(440.0 * 2 ** (_SEMITONES[name] / 12))


def pitches_hz(priority: Priority, category: str = "") -> tuple[float, ...]:
    """One pitch for each pulse. category: of the alarm, "" for the set "by priority"; an unknown one is the general."""
    count = len(BURSTS[priority].onsets_ms)
    if not category:
        return (PITCH_HZ,) * count
    melody = MELODIES.get(category, MELODIES[GENERAL])
    if priority is Priority.LOW:
        return tuple(note_hz(name) for name in LOW_NOTES)
    notes = melody.medium if priority is Priority.MEDIUM else melody.high * 2
    return tuple(note_hz(name) for name in notes)


def burst_us(priority: Priority) -> int:
    """How long one burst lasts."""
    return round(BURSTS[priority].length_ms * 1000)


def period_us(priority: Priority) -> int:
    """From the start of one burst to the start of the next, in us."""
    return burst_us(priority) + round(BURSTS[priority].pause_ms * 1000)


def render(priority: Priority, rate_hz: int, category: str = "") -> NDArray[np.int16]:
    """One burst without the pause after it, mono, shape (n,), at its own level. Raises ValueError below 8,000 Hz.

    category: of the alarm, where the site has chosen melodies; "" for the one pitch of all priorities.
    """
    if rate_hz < RATE_HZ_MIN:
        raise ValueError(f"{rate_hz} Hz cannot carry the alarm tones: at least {RATE_HZ_MIN} Hz are needed")
    burst = BURSTS[priority]
    length = round(burst.pulse_ms * rate_hz / 1000)
    sound = np.zeros(round(burst.onsets_ms[-1] * rate_hz / 1000) + length)
    for onset_ms, pitch_hz in zip(burst.onsets_ms, pitches_hz(priority, category), strict=True):
        start = round(onset_ms * rate_hz / 1000)
        sound[start : start + length] = _pulse(burst, rate_hz, pitch_hz)
    sound *= 10 ** (burst.level_db / 20) * FULL_SCALE
    return np.rint(sound).astype(np.int16)


def render_pilot(rate_hz: int) -> NDArray[np.int16]:
    """The pilot alone, mono, without the silence after it; it rises and falls so slowly that nothing clicks."""
    count = round(PILOT_MS * rate_hz / 1000)
    wave = np.sin(2 * np.pi * PILOT_HZ * np.arange(count) / rate_hz) * np.hanning(count)
    scaled = wave / float(np.max(np.abs(wave))) * 10 ** (PILOT_DB / 20) * FULL_SCALE
    return np.rint(scaled).astype(np.int16)


def allowed_volume(wanted: float, mixer: float = 1.0) -> float:
    """The station's volume when a person wants this: in steps, never below the floor. mixer: amplitude that it leaves.

    The floor is what comes out, so the station plays louder where the computer's mixer has been turned down.
    """
    least = max(VOLUME_MIN, FLOOR / max(mixer, FLOOR))
    steps = round(min(max(wanted, VOLUME_MIN), VOLUME_MAX) / VOLUME_STEP)
    volume = steps * VOLUME_STEP
    while volume < least - 1e-9:
        volume += VOLUME_STEP
    return round(min(volume, VOLUME_MAX), 2)


def _pulse(burst: Burst, rate_hz: int, pitch_hz: float) -> NDArray[np.float64]:
    """One pulse with its ramps, peak 1."""
    t_ms = np.arange(round(burst.pulse_ms * rate_hz / 1000)) * 1000 / rate_hz
    phase = 2 * np.pi * pitch_hz * t_ms / 1000
    wave = sum(
        (level * np.sin((i + 1) * phase) for i, level in enumerate(HARMONICS)),
        start=np.zeros_like(phase),
    )
    envelope = np.clip(np.minimum(t_ms, burst.pulse_ms - t_ms) / burst.ramp_ms, 0, 1)
    shaped: NDArray[np.float64] = wave * envelope
    peak = float(np.max(np.abs(shaped)))
    return shaped / peak
