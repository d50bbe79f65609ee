"""Is our sound muted or turned down in this computer, and does it come out of the mixer? Watched from a thread of its own.

Consumed frames do not prove loudness: a muted device takes them at full rate (ALARMS sections 12.3 and 12.4). Where a sound
server tells, its mixer is asked twice a second and its monitor is listened to; where none does, we say that mute cannot be
checked. Nobody waits for any of it.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from monitor_app.pulse import Answer, Device, Session, Stream, Unreachable, ask_once

ASK_US = 500_000
TURN_US = 100_000
RETRY_S = 1.0
HEARD_MAX = 512
LEAST_VOLUME = 0.60
"""Of the mixer: below it the alarms are too quiet. At 60 % they have lost 13 dB already."""
MUTED = "The computer's sound is muted: unmute it."
HUSHED = "Chairside is muted in the computer's mixer: unmute it there."
QUIET = "The computer's sound is set to {now:.0%}, too quiet for alarms: turn it up to {least:.0%} or more."
UNCHECKED = "mute cannot be checked here"
SESSION_NAME = "Chairside mixer"


@dataclass(frozen=True, slots=True)
class Mix:
    """What the mixer says of our own sound. at_us: when it said so. default: the output that new sounds get.

    device: the output we play into, empty while the server does not list us; words: its name for people. hushed: our own
    stream is muted. volume: device and stream together, 1.0 is 100 %. hears: the device's monitor is being listened to.
    """

    at_us: int
    default: str
    device: str = ""
    words: str = ""
    muted: bool = False
    hushed: bool = False
    volume: float = 1.0
    hears: bool = False

    @property
    def amplitude(self) -> float:
        """What is left of a full-scale signal: 1.0 at 100 %, 0.216 at 60 %."""
        return self.volume**3

    @property
    def trouble(self) -> str:
        """Why nobody would hear an alarm, in one sentence; empty when the mixer lets it through."""
        if not self.device:
            return ""
        if self.muted:
            return MUTED
        if self.hushed:
            return HUSHED
        if round(self.volume, 3) < LEAST_VOLUME:
            return QUIET.format(now=self.volume, least=LEAST_VOLUME)
        return ""


def mix_of(answer: Answer, pid: int, at_us: int) -> Mix:
    """What an answer of the server means for the sound of process `pid`."""
    devices = {device.index: device for device in answer.devices}
    stream = next((s for s in answer.streams if s.pid == pid and s.device in devices), None)
    if stream is None:
        return Mix(at_us, answer.default)
    device = devices[stream.device]
    volume = volume_of(device, stream)
    return Mix(
        at_us, answer.default, device.name, device.words, device.muted, stream.muted, volume, bool(device.monitor)
    )


def volume_of(device: Device, stream: Stream) -> float:
    """Both volumes together, as the mixer would show one."""
    return stream.volume if device.flat else device.volume * stream.volume


class MixerWatch:
    """now: station time in us, read by the thread. session: opens a connection. latest: None while nobody answers."""

    def __init__(
        self, now: Callable[[], int], session: Callable[[str], Session] = Session, pid: int | None = None
    ) -> None:
        self._now = now
        self._session = session
        self._pid = pid if pid is not None else os.getpid()
        self._heard: deque[tuple[int, float]] = deque(maxlen=HEARD_MAX)
        self._stop = threading.Event()
        self.latest: Mix | None = None

    def start(self) -> None:
        """Begin to watch; a server that comes later is found."""
        threading.Thread(target=self._run, name="sound-mixer", daemon=True).start()

    def close(self) -> None:
        """Watch no longer; the thread ends by itself."""
        self._stop.set()

    def take_heard(self) -> list[tuple[int, float]]:
        """When the monitor told which greatest level, 1.0 is full scale, since the last call."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(Unreachable):
                self._talk()
            self.latest = None
            self._stop.wait(RETRY_S)

    def _talk(self) -> None:
        session = self._session(SESSION_NAME)
        try:
            asked_us: int | None = None
            while not self._stop.is_set():
                session.turn(TURN_US)
                now_us = self._now()
                self._heard.extend((now_us, abs(peak)) for peak in session.take_peaks())
                answer = session.take_answer()
                if answer is not None:
                    self._take(session, answer, now_us)
                if session.ready and not session.waiting and (asked_us is None or now_us - asked_us >= ASK_US):
                    asked_us = now_us
                    session.ask()
        finally:
            session.close()

    def _take(self, session: Session, answer: Answer, now_us: int) -> None:
        mix = mix_of(answer, self._pid, now_us)
        session.listen(next((d.monitor for d in answer.devices if d.name == mix.device), ""))
        self.latest = mix


def words_now() -> tuple[bool, str]:
    """For the doctor: whether the mixer lets sound through, and what it says; it can be asked only where a server tells."""
    answer = ask_once(SESSION_NAME)
    device = next((d for d in answer.devices if d.name == answer.default), None) if answer is not None else None
    if device is None:
        return True, UNCHECKED
    trouble = Mix(0, device.name, device.name, device.words, device.muted, volume=device.volume).trouble
    return not trouble, trouble or f"{device.words} at {device.volume:.0%}, not muted"
