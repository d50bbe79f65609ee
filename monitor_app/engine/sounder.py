"""What does the station sound, and does it really? The voice that the alarms ask for, on one playback device.

The audio thread only copies slices of pre-rendered loops that are chosen by an atomically swapped plan. It changes from one
to the next as ALARMS section 12.2 says: a burst is never begun anew in its middle, a higher priority cuts in between two
pulses. Whether what it copies is consumed is the playback's proof; whether it comes out, proof.py's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from monitor_app.alarms import Voice, beep, tones
from monitor_app.core.events import SoundDeviceChanged
from monitor_app.core.priority import Priority
from monitor_app.engine.loops import LoopKey, SoundLoop, made
from monitor_app.engine.proof import Proof
from monitor_app.mixer import UNCHECKED, Mix, MixerWatch
from monitor_app.playback import RATE_HZ, Playback, SoundHealth

SOUNDED_MAX = 64
LOOPS_MAX = 32
"""Rendered ones that are kept: up to three megabytes each."""
PULSES_MAX = 512
USES_PILOT = True
"""False: nothing is played while no alarm sounds, and between bursts only the mixer is asked."""

CUT_AT_ONCE_MS = 245
"""A pulse that has so much left has hardly begun: a higher priority does not wait for its end, to begin within 250 ms."""
EARLY_PAUSE_MS = 2_500
"""A new alarm of the same priority shortens the pause to this."""
FOLLOW_US = 1_000_000
"""The sound system itself may move us to a new default device; after this we re-open there."""


class SoundMode(StrEnum):
    """audible: real devices only. null: the silent backend will do. off: no sound on purpose (tests, speed above 1)."""

    AUDIBLE = "audible"
    NULL = "null"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class _Plan:
    """occurrence: None for the pilot alone."""

    occurrence: int | None
    loop: SoundLoop

    @property
    def priority(self) -> int:
        """0 without a burst."""
        return int(self.loop.key.priority or 0)


class Sounder:
    """now: station time in us, read by the opening threads. Call `plan` each step and `look` each 100 ms or so.

    volume: of the station, 0.4 to 1; what is asked for below its floor is raised to it. melodies: by category, the choice
    of a site. mixer: where mute is checked, None for nowhere.
    """

    def __init__(
        self,
        mode: SoundMode,
        now: Callable[[], int],
        rate_hz: int = RATE_HZ,
        *,
        volume: float = 1.0,
        melodies: bool = False,
        mixer: MixerWatch | None = None,
    ) -> None:
        self._rate_hz = rate_hz
        self._now = now
        self._volume = volume
        self._melodies = melodies
        self._loops: dict[LoopKey, SoundLoop] = {}
        self._asked: tuple[int | None, LoopKey] | None = None
        self._plan: _Plan | None = None
        self._playing: _Plan | None = None
        self._beep = b""
        self._cursor = 0
        self._early = False
        self._begun: deque[int] = deque(maxlen=SOUNDED_MAX)
        self._pulses: deque[tuple[int, float]] = deque(maxlen=PULSES_MAX)
        self._proof = Proof()
        self._silent_since_us: int | None = None
        self._heard_on: Mix | None = None
        self._default = ""
        self._strayed_us: int | None = None
        self._moves: list[SoundDeviceChanged] = []
        self._mix: Mix | None = None
        self._playback: Playback | None = None
        self._mixer: MixerWatch | None = None
        if mode is not SoundMode.OFF:
            self._playback = Playback(self.frames_of, now, null=mode is SoundMode.NULL, rate_hz=rate_hz)
        if mode is SoundMode.AUDIBLE:
            self._mixer = mixer or MixerWatch(now)
            self._mixer.start()
            self._prepare()

    def _prepare(self) -> None:
        """Render before the first alarm what it will need."""
        for priority in Priority:
            for pilot in (False, True):
                self._loop(LoopKey(priority, volume=tones.allowed_volume(self._volume), pilot=pilot))

    # ------------------------------------------------------------------ what people set

    @property
    def volume(self) -> float:
        """As a person set it, of amplitude."""
        return self._volume

    @property
    def in_force(self) -> float:
        """What is played with: never below the floor, which counts what the computer's mixer leaves."""
        return tones.allowed_volume(self._volume, self._mix.amplitude if self._mix is not None else 1.0)

    @property
    def melodies(self) -> bool:
        """Whether each category has its own."""
        return self._melodies

    def set(self, volume: float, melodies: bool) -> None:
        """From the next pulse or burst on."""
        self._volume, self._melodies = volume, melodies
        self._asked = None

    # ------------------------------------------------------------------ what is wanted

    def plan(self, voice: Voice | None) -> None:
        """What must sound from now on; None for silence. The same voice goes on undisturbed."""
        asked = (voice.occurrence, self._key(voice)) if voice is not None else (None, self._pilot_key())
        if asked == self._asked:
            return
        self._asked = asked
        occurrence, key = asked
        self._plan = _Plan(occurrence, self._loop(key)) if key.priority is not None or key.pilot else None

    def _key(self, voice: Voice) -> LoopKey:
        volume = self.in_force
        category = (voice.category or tones.GENERAL) if self._melodies else ""
        return LoopKey(voice.priority, float(voice.boost_db), category, volume, self._pilots)

    def _pilot_key(self) -> LoopKey:
        return LoopKey(None, pilot=self._pilots)

    @property
    def _pilots(self) -> bool:
        return USES_PILOT and self._mix is not None and self._mix.hears

    def _loop(self, key: LoopKey) -> SoundLoop:
        if key not in self._loops:
            self._loops[key] = made(key, self._rate_hz)
            if len(self._loops) > LOOPS_MAX:
                del self._loops[next(iter(self._loops))]
        return self._loops[key]

    def beep(self, spo2: float | None) -> None:
        """One beat of a heart, softly; nothing while an alarm sounds. spo2: percent, None where it is not known."""
        if self._plan is None or not self._plan.priority:
            self._beep = beep.render(spo2, self._rate_hz).tobytes()

    def take_begun(self) -> list[int]:
        """Occurrences whose burst the sound device has begun to consume since the last call."""
        return [self._begun.popleft() for _ in range(len(self._begun))]

    def take_moves(self) -> list[SoundDeviceChanged]:
        """Which device we have moved to since the last call."""
        taken, self._moves = self._moves, []
        return taken

    # ------------------------------------------------------------------ whether it is heard

    def look(self, now_us: int) -> SoundHealth:
        """Judge by frames consumed and by what comes out, re-open what has stopped. Never waits."""
        if self._playback is None:
            return SoundHealth("off", "Sound is switched off for this run.")
        health = self._playback.look(now_us)
        if self._mixer is None:
            return health
        self._mix = self._mixer.latest
        self._follow(self._playback, now_us)
        trouble = self._trouble(now_us)
        note = "" if self._mix is not None else UNCHECKED
        if health.state != "ok":
            self._proof.forget()
            return replace(health, note=note)
        if not trouble:
            self._silent_since_us = None
            return replace(health, note=note)
        self._silent_since_us = self._silent_since_us or now_us
        return replace(health, state="failed", sentence=trouble, failed_since_us=self._silent_since_us, note=note)

    def _trouble(self, now_us: int) -> str:
        for _ in range(len(self._pulses)):
            self._proof.played(*self._pulses.popleft())
        for at_us, level in self._mixer.take_heard() if self._mixer is not None else ():
            self._proof.heard(at_us, level)
        return self._proof.trouble(self._mix, now_us)

    def _follow(self, playback: Playback, now_us: int) -> None:
        """Note where we play; when the default has changed and nobody has moved us there, re-open.

        A person may have put us on another device than the default: then we stay there.
        """
        mix = self._mix
        if mix is None or not mix.device:
            self._strayed_us = None
            return
        if self._heard_on is not None and mix.device != self._heard_on.device:
            self._moves.append(SoundDeviceChanged(mix.words, self._heard_on.words))
            self._proof.forget()
        self._heard_on = mix
        if mix.default == mix.device or not self._default:
            self._default = mix.default
        if mix.default == self._default:
            self._strayed_us = None
            return
        self._strayed_us = self._strayed_us or now_us
        if now_us - self._strayed_us >= FOLLOW_US:
            self._default, self._strayed_us = mix.default, None
            playback.reopen()

    def close(self) -> None:
        """Silence, at once."""
        self._plan = None
        if self._mixer is not None:
            self._mixer.close()
        if self._playback is not None:
            self._playback.close()

    # ------------------------------------------------------------------ the audio thread

    def frames_of(self, wanted: int) -> bytes:
        """The next int16 frames of what is planned. Runs in the audio thread."""
        found = b""
        at_us = self._now()
        while (left := wanted - len(found) // 2) > 0:
            found += self._piece(left, at_us + (wanted - left) * 1_000_000 // self._rate_hz)
        return self._with_beep(found) if self._beep else found

    def _with_beep(self, found: bytes) -> bytes:
        """An alarm that begins takes the rest of a beep away."""
        if any(plan is not None and plan.priority for plan in (self._plan, self._playing)):
            self._beep = b""
            return found
        now, self._beep = self._beep[: len(found)], self._beep[len(found) :]
        mixed = np.frombuffer(found, np.int16).copy()
        mixed[: len(now) // 2] += np.frombuffer(now, np.int16)
        return mixed.tobytes()

    def _piece(self, wanted: int, at_us: int) -> bytes:
        plan = self._plan
        if plan is not self._playing:
            wait = self._until_change(plan)
            if wait:
                wanted = min(wanted, wait)
            else:
                self._change(plan)
        playing = self._playing
        if playing is None:
            return bytes(2 * wanted)
        return self._copied(playing, wanted, at_us)

    def _copied(self, playing: _Plan, wanted: int, at_us: int) -> bytes:
        loop, start = playing.loop, self._cursor
        early = loop.burst_frames + EARLY_PAUSE_MS * self._rate_hz // 1000
        if self._early and start >= early:
            start = 0
        elif self._early and start:
            wanted = min(wanted, early - start)
        if start == 0 and playing.occurrence is not None:
            self._early = False
            self._begun.append(playing.occurrence)
        piece = loop.slice(start, wanted)
        end = start + len(piece) // 2
        for onset, level in loop.begun(start, end):
            self._pulses.append((at_us + (onset - start) * 1_000_000 // self._rate_hz, level))
        self._cursor = end % loop.frames
        return piece

    def _until_change(self, plan: _Plan | None) -> int:
        """Frames that what plays now is still given: to the end of a burst of the same priority, or of a pulse."""
        playing = self._playing
        if playing is None or plan is None or not playing.priority or not plan.priority:
            return 0
        if plan.priority == playing.priority:
            return max(0, playing.loop.burst_frames - self._cursor) if self._cursor else 0
        left = playing.loop.pulse_left(self._cursor)
        return 0 if left * 1000 > CUT_AT_ONCE_MS * self._rate_hz else left

    def _change(self, plan: _Plan | None) -> None:
        """Now: in the pause between two bursts of one priority the pause goes on, else the new one begins."""
        before, self._playing = self._playing, plan
        if before is not None and plan is not None and before.priority == plan.priority and plan.priority:
            self._early = self._early or plan.occurrence != before.occurrence
            return
        self._cursor, self._early = 0, False
