"""Whose heart is heard beating? One chair's, when a person asked for it: each new beat of it is one beep."""

from __future__ import annotations

from typing import Protocol


class Heart(Protocol):
    """What the room says of a chair's heart."""

    def heart(self, chair: int, now_us: int) -> tuple[int | None, float | None]:
        """(station time of its newest beat, its saturation in percent); None for what is not known."""


class Voiced(Protocol):
    """What makes the sound."""

    def beep(self, spo2: float | None) -> None:
        """One beep now, unless an alarm sounds."""


OLD_US = 2_000_000
"""A beat that came to light later than this is no news to an ear."""


class Beeper:
    """chair: whose beats are heard, 0 for nobody's."""

    def __init__(self, chair: int = 0) -> None:
        self._chair = chair
        self._newest_us: int | None = None

    @property
    def chair(self) -> int:
        """Whose beats are heard, 0 for nobody's."""
        return self._chair

    def listen(self, chair: int) -> None:
        """Hear this chair's heart from its next beat on, or nobody's (0)."""
        self._chair, self._newest_us = chair, None

    def look(self, heart: Heart, voice: Voiced, now_us: int) -> None:
        """Beep once where a beat is newer than the last; several at once are one."""
        if not self._chair:
            return
        beat_us, spo2 = heart.heart(self._chair, now_us)
        if beat_us is None or (self._newest_us is not None and beat_us <= self._newest_us):
            return
        self._newest_us = beat_us
        if now_us - beat_us <= OLD_US:
            voice.beep(spo2)
