"""What does the station sound, and does it really? The voice that the alarms ask for, on one playback device.

The audio thread only copies slices of pre-rendered bytes that are chosen by an atomically swapped plan. Whether they are
consumed is the playback's proof.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from monitor_app.alarms import Voice, tones
from monitor_app.core.priority import Priority
from monitor_app.playback import RATE_HZ, Playback, SoundHealth, slice_of

SOUNDED_MAX = 64


class SoundMode(StrEnum):
    """audible: real devices only. null: the silent backend will do. off: no sound on purpose (tests, speed above 1)."""

    AUDIBLE = "audible"
    NULL = "null"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class _Plan:
    occurrence: int
    burst: bytes
    period_frames: int


class Sounder:
    """now: station time in us, read by the opening threads. Call `plan` each step and `look` each 100 ms or so."""

    def __init__(self, mode: SoundMode, now: Callable[[], int], rate_hz: int = RATE_HZ) -> None:
        self._rate_hz = rate_hz
        self._bursts: dict[tuple[Priority, float], bytes] = {}
        self._key: tuple[int, Priority, float] | None = None
        self._plan: _Plan | None = None
        self._playing: _Plan | None = None
        self._cursor = 0
        self._begun: deque[int] = deque(maxlen=SOUNDED_MAX)
        self._playback: Playback | None = None
        if mode is not SoundMode.OFF:
            self._playback = Playback(self.frames_of, now, null=mode is SoundMode.NULL, rate_hz=rate_hz)

    def plan(self, voice: Voice | None) -> None:
        """What must sound from now on; None for silence. The same voice goes on undisturbed."""
        key = (voice.occurrence, voice.priority, float(voice.boost_db)) if voice is not None else None
        if key == self._key:
            return
        self._key = key
        if voice is None:
            self._plan = None
            return
        period = tones.period_us(voice.priority) * self._rate_hz // 1_000_000
        self._plan = _Plan(voice.occurrence, self._burst(voice), period)

    def take_begun(self) -> list[int]:
        """Occurrences whose burst the sound device has begun to consume since the last call."""
        return [self._begun.popleft() for _ in range(len(self._begun))]

    def look(self, now_us: int) -> SoundHealth:
        """Judge by frames consumed, re-open what has stopped. Never waits."""
        if self._playback is None:
            return SoundHealth("off", "Sound is switched off for this run.")
        return self._playback.look(now_us)

    def close(self) -> None:
        """Silence, at once."""
        self._plan = None
        if self._playback is not None:
            self._playback.close()

    def frames_of(self, wanted: int) -> bytes:
        """The next int16 frames of what is planned. Runs in the audio thread."""
        plan = self._plan
        if plan is not self._playing:
            self._playing, self._cursor = plan, 0
        if plan is None:
            return bytes(2 * wanted)
        if self._cursor == 0:
            self._begun.append(plan.occurrence)
        start = self._cursor
        self._cursor = (start + wanted) % max(plan.period_frames, 1)
        return slice_of(plan.burst, plan.period_frames, start, wanted)

    def _burst(self, voice: Voice) -> bytes:
        key = (voice.priority, float(voice.boost_db))
        if key not in self._bursts:
            samples = tones.render(voice.priority, self._rate_hz).astype("int32")
            louder = (samples * 10 ** (voice.boost_db / 20)).clip(-32767, 32767)
            self._bursts[key] = louder.astype("<i2").tobytes()
        return self._bursts[key]
