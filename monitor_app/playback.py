"""Does sound really leave this process? One playback device, kept running, and frames consumed as the proof.

Used by the engine's sounder and by the supervisor's alarm of last resort, each with a device of its own, so that a broken
one does not take both. The audio thread only copies what `source` hands it and cannot raise (ALARMS section 12.3). Opening
and closing can block for ever on a stopped sound server, so both happen in throw-away threads and nobody waits. The silent
Null backend is refused unless a test asks for it.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

RATE_HZ = 48_000
BUFFER_MS = 40
"""From a change of what is played to the loudspeaker in about 60 ms."""
WINDOW_US = 1_000_000
LEAST_SHARE = 0.5
MOST_SHARE = 1.5
GRACE_US = 2_000_000
"""A fresh device may swallow its first two seconds before it counts."""
REOPEN_US = (1_000_000, 2_000_000, 5_000_000)
OPENING_MAX_US = 5_000_000
"""An opening that takes longer hangs in a stopped server: it is left to itself and another is tried."""

Source = Callable[[int], bytes]
"""Frames wanted -> that many int16 frames, mono, little-endian. Called in the audio thread: must not wait."""


@dataclass(frozen=True, slots=True)
class SoundHealth:
    """state: ok, opening, failed or off. failed_since_us: None unless failed. sentence: what is wrong and what to do.

    note: what cannot be known here, although nothing is wrong.
    """

    state: str
    sentence: str = ""
    failed_since_us: int | None = None
    frames: int = 0
    note: str = ""


class Playback:
    """source: what to play. now: a clock in us, read by the opening threads. null: the silent backend will do.

    Opens at the first `look`; call that each 100 ms or so. name: what the mixer of the computer shows.
    """

    def __init__(
        self,
        source: Source,
        now: Callable[[], int],
        *,
        null: bool = False,
        rate_hz: int = RATE_HZ,
        name: str = "Chairside",
    ) -> None:
        self._source = source
        self._now = now
        self._null = null
        self._rate_hz = rate_hz
        self._name = name
        self._device: Any = None
        self._generation = 0
        self._opening_since_us: int | None = None
        self._opened_us: int | None = None
        self._tries = 0
        self._retry_us = 0
        self._failed_since_us: int | None = None
        self._sentence = ""
        self._counted: deque[tuple[int, int]] = deque()
        self.frames = 0

    def look(self, now_us: int) -> SoundHealth:
        """Judge by frames consumed, re-open what has stopped. Never waits."""
        return self._without_device(now_us) if self._device is None else self._with_device(now_us)

    def reopen(self) -> None:
        """Leave the device and open the one that is the default now; the next look begins it."""
        self._generation += 1
        self._drop_device()
        self._retry_us = 0

    def close(self) -> None:
        """Silence, at once; the device is closed in a thread of its own."""
        self._generation += 1
        self._drop_device()

    def _with_device(self, now_us: int) -> SoundHealth:
        opened_us = self._opened_us if self._opened_us is not None else now_us
        self._counted.append((now_us, self.frames))
        while now_us - self._counted[0][0] > WINDOW_US and len(self._counted) > 2:
            self._counted.popleft()
        since_us, frames = self._counted[0]
        span_us = now_us - since_us
        if now_us - opened_us < GRACE_US or span_us < WINDOW_US // 2:
            return self._health("opening" if self._failed_since_us is None else "failed")
        share = (self.frames - frames) * 1e6 / (span_us * self._rate_hz)
        if LEAST_SHARE <= share <= MOST_SHARE:
            self._failed_since_us, self._sentence, self._tries = None, "", 0
            return self._health("ok")
        self._fail(now_us, f"The sound device took {share:.0%} of the sound it was given: check it and its connection.")
        self._generation += 1
        self._drop_device()
        return self._health("failed")

    def _without_device(self, now_us: int) -> SoundHealth:
        if self._opening_since_us is not None and now_us - self._opening_since_us > OPENING_MAX_US:
            self._fail(now_us, "The sound system of this computer does not answer: check it, or restart the computer.")
            self._generation += 1
            self._opening_since_us = None
        if self._opening_since_us is None and now_us >= self._retry_us:
            self._retry_us = now_us + REOPEN_US[min(self._tries, len(REOPEN_US) - 1)]
            self._tries += 1
            self._opening_since_us = now_us
            threading.Thread(target=self._open, args=(self._generation,), name="sound-open", daemon=True).start()
        return self._health("opening" if self._failed_since_us is None else "failed")

    def _open(self, generation: int) -> None:
        import miniaudio

        quieten_alsa()
        backends = [b for b in miniaudio.Backend if b not in (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)]
        try:
            device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=self._rate_hz,
                buffersize_msec=BUFFER_MS,
                backends=[miniaudio.Backend.NULL] if self._null else backends,
                app_name=self._name,
            )
            if device.backend == "Null" and not self._null:
                raise miniaudio.MiniaudioError("only the silent Null device was found")
            frames = self._frames()
            next(frames)
            device.start(frames)
        except miniaudio.MiniaudioError as error:
            self._opening_failed(generation, str(error.args[0]))
            return
        if generation != self._generation:
            device.close()
            return
        self._counted.clear()
        self._opened_us = self._now()
        self._device = device
        self._opening_since_us = None

    def _opening_failed(self, generation: int, why: str) -> None:
        if generation == self._generation:
            sentence = (
                f"This computer has no working sound device ({why}): connect loudspeakers and check the settings."
            )
            self._fail(self._now(), sentence)
            self._opening_since_us = None

    def _drop_device(self) -> None:
        device, self._device = self._device, None
        self._opening_since_us = None
        if device is not None:
            threading.Thread(target=_close, args=(device,), name="sound-close", daemon=True).start()

    def _fail(self, now_us: int, sentence: str) -> None:
        self._sentence = sentence
        if self._failed_since_us is None:
            self._failed_since_us = now_us

    def _health(self, state: str) -> SoundHealth:
        return SoundHealth(state, self._sentence, self._failed_since_us, self.frames)

    def _frames(self) -> Generator[bytes, int, None]:
        """Runs in the audio thread: an exception here would end all sound, so whatever happens silence is yielded."""
        data = b""
        while True:
            wanted = yield data
            try:
                data = self._source(wanted)
                self.frames += wanted
            except Exception:  # noqa: BLE001 - not counted as consumed, so the proof of sound fails within a second
                data = bytes(2 * wanted)


def slice_of(burst: bytes, period_frames: int, start: int, wanted: int) -> bytes:
    """`wanted` int16 frames of a burst that repeats every `period_frames`, silence between, from frame `start`."""
    found = bytearray()
    while len(found) < 2 * wanted:
        piece = burst[2 * start : 2 * min(period_frames, start + wanted - len(found) // 2)]
        rest = min(period_frames - start, wanted - len(found) // 2) - len(piece) // 2
        found += piece + bytes(2 * rest)
        start = 0
    return bytes(found)


@cache
def quieten_alsa() -> None:
    """Keep ALSA's library from writing pages to standard error on a computer without a sound card: we say it once."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_SILENT)


_SILENT = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
    lambda *_: None
)


def _close(device: Any) -> None:
    with suppress(Exception):  # the device is being thrown away because it no longer works
        device.close()
