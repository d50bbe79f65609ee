"""Which samples does the audio thread go round and round? One burst with the pause after it, or the pilot alone.

Rendered before they are needed, so that the audio thread only copies slices.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_app.alarms import tones
from monitor_app.core.priority import Priority

Samples = NDArray[np.int16]
PILOT_LEVEL = 10 ** (tones.PILOT_DB / 20)


@dataclass(frozen=True, slots=True)
class LoopKey:
    """What makes one loop another. priority: None for the pilot. category: of the melody, "" for none. volume: 0.4 to 1."""

    priority: Priority | None
    boost_db: float = 0.0
    category: str = ""
    volume: float = 1.0
    pilot: bool = False


@dataclass(frozen=True, slots=True)
class SoundLoop:
    """data: int16 frames of one whole round. burst_frames: how many of them are the burst. ends: frame after each pulse.

    onsets, levels: where a pulse or a pilot begins, and its peak, 1.0 is full scale.
    """

    key: LoopKey
    data: bytes
    burst_frames: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    onsets: tuple[int, ...]
    levels: tuple[float, ...]

    @property
    def frames(self) -> int:
        """Of one round."""
        return len(self.data) // 2

    def slice(self, start: int, wanted: int) -> bytes:
        """Up to `wanted` frames from `start`, within one round."""
        return self.data[2 * start : 2 * min(self.frames, start + wanted)]

    def begun(self, start: int, end: int) -> list[tuple[int, float]]:
        """Pulses and pilots that begin in start <= frame < end, with their peaks."""
        first, last = bisect_left(self.onsets, start), bisect_left(self.onsets, end)
        return list(zip(self.onsets[first:last], self.levels[first:last], strict=True))

    def pulse_left(self, at: int) -> int:
        """Frames until the pulse that sounds at `at` is over; 0 between pulses."""
        place = bisect_right(self.starts, at) - 1
        return max(0, self.ends[place] - at) if place >= 0 else 0


def made(key: LoopKey, rate_hz: int) -> SoundLoop:
    """The loop of this key."""
    if key.priority is None:
        return _pilot(key, rate_hz)
    burst = tones.BURSTS[key.priority]
    sound = _louder(tones.render(key.priority, rate_hz, key.category), key)
    whole = np.zeros(tones.period_us(key.priority) * rate_hz // 1_000_000, dtype=np.int16)
    whole[: len(sound)] = sound
    starts = tuple(round(ms * rate_hz / 1000) for ms in burst.onsets_ms)
    length = round(burst.pulse_ms * rate_hz / 1000)
    level = min(1.0, 10 ** ((burst.level_db + key.boost_db) / 20) * key.volume)
    onsets, levels = list(starts), [level] * len(starts)
    pilot = tones.render_pilot(rate_hz)
    for at in _pilots(len(sound), len(whole), rate_hz) if key.pilot else ():
        whole[at : at + len(pilot)] = pilot
        onsets.append(at)
        levels.append(PILOT_LEVEL)
    ends = tuple(start + length for start in starts)
    return SoundLoop(key, _bytes(whole), len(sound), starts, ends, tuple(onsets), tuple(levels))


def _pilot(key: LoopKey, rate_hz: int) -> SoundLoop:
    whole = np.zeros(round(tones.PILOT_EVERY_MS * rate_hz / 1000), dtype=np.int16)
    if not key.pilot:
        return SoundLoop(key, _bytes(whole), 0, (), (), (), ())
    pilot = tones.render_pilot(rate_hz)
    whole[: len(pilot)] = pilot
    return SoundLoop(key, _bytes(whole), 0, (), (), (0,), (PILOT_LEVEL,))


def _pilots(burst: int, whole: int, rate_hz: int) -> range:
    """Where pilots begin in the pause after a burst: the first a while after it, the last well before the next."""
    every, length = round(tones.PILOT_EVERY_MS * rate_hz / 1000), round(tones.PILOT_MS * rate_hz / 1000)
    return range(burst + every, whole - 2 * length, every)


def _louder(sound: Samples, key: LoopKey) -> Samples:
    scaled = sound.astype(np.float64) * (10 ** (key.boost_db / 20) * key.volume)
    louder: Samples = np.rint(np.clip(scaled, -tones.FULL_SCALE, tones.FULL_SCALE)).astype(np.int16)
    return louder


def _bytes(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()
