"""How does the station cry out when its own engine is dead? A two-tone burst on a playback device of the supervisor's own.

The device is opened at the start and kept running with silence, so that nothing has to be found or opened in the moment of
need. Without any device the console's bell is left, which the supervisor rings with its words. No numpy, no alarm system:
this must play when everything else is broken.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable

from monitor_app.mixer import MixerWatch
from monitor_app.playback import RATE_HZ, Playback, SoundHealth, slice_of

TONES_HZ = (988.0, 740.0)
"""B5 and F#5 in turn: unlike every alarm of the engine, which all stand on C5."""
TONE_S = 0.25
PERIOD_S = 1.5
"""Two pairs of tones, then a pause in which a voice can be heard."""
HARMONICS = (1.0, 0.6, 0.4, 0.25)
RAMP_S = 0.02
LEVEL = 0.5
"""Of full scale: -6 dB, as a HIGH alarm."""


class LastResort:
    """now: a clock in us. muted: for tests and runs without sound. Call `look` about ten times a second.

    state: at the newest look (ok, opening, failed, off); a device that the mixer has muted or turned down has failed too.
    """

    def __init__(self, now: Callable[[], int], muted: bool = False, null: bool = False) -> None:
        self._burst = burst()
        self._crying = False
        self._cursor = 0
        self._period_s = PERIOD_S
        self.state = "off"
        self._playback = None if muted else Playback(self.frames_of, now, null=null, name="Chairside supervisor")
        self._mixer = None if muted or null else MixerWatch(now)
        if self._mixer is not None:
            self._mixer.start()

    @property
    def crying(self) -> bool:
        """True while the burst sounds."""
        return self._crying

    def cry(self, every_s: float = PERIOD_S) -> None:
        """Sound from now on, a burst every so often."""
        if not self._crying or every_s != self._period_s:
            self._cursor, self._period_s = 0, every_s
        self._crying = True

    def hush(self) -> None:
        """The engine judges alarms again."""
        self._crying = False

    def look(self, now_us: int) -> SoundHealth:
        """How the device stands; re-opens what has stopped."""
        if self._playback is None:
            return SoundHealth("off", "Sound is switched off for this run.")
        health = self._playback.look(now_us)
        mix = self._mixer.latest if self._mixer is not None else None
        self.state = "failed" if mix is not None and mix.trouble else health.state
        return health

    def close(self) -> None:
        """Silence for good."""
        self._crying = False
        if self._mixer is not None:
            self._mixer.close()
        if self._playback is not None:
            self._playback.close()

    def frames_of(self, wanted: int) -> bytes:
        """The next int16 frames. Runs in the audio thread."""
        if not self._crying:
            return bytes(2 * wanted)
        period = round(self._period_s * RATE_HZ)
        start = self._cursor % period
        self._cursor = (start + wanted) % period
        return slice_of(self._burst, period, start, wanted)


def burst() -> bytes:
    """Two pairs of tones as int16 frames, mono, at `RATE_HZ`."""
    frames = array("h")
    for tone_hz in TONES_HZ * 2:
        frames.extend(_tone(tone_hz))
    if sys.byteorder == "big":
        frames.byteswap()
    return frames.tobytes()


def _tone(tone_hz: float) -> list[int]:
    length, scale = round(TONE_S * RATE_HZ), LEVEL * 32_767 / sum(HARMONICS)
    ramp = RAMP_S * RATE_HZ
    found = []
    for frame in range(length):
        phase = 2 * math.pi * tone_hz * frame / RATE_HZ
        wave = sum(level * math.sin((n + 1) * phase) for n, level in enumerate(HARMONICS))
        found.append(round(scale * wave * min(1.0, frame / ramp, (length - frame) / ramp)))
    return found
