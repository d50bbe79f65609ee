"""Has every alarm reached people? What was raised must be painted by a window and heard, or a second alarm says so.

The ledger of ALARMS section 9.3: it follows the events of the room, and finds what was raised and came out nowhere. What is
not on disk yet is RECORDING's business, a lost sound device SOUND's.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.alarms import Voice, tones
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAnnunciated,
    AlarmEnded,
    AlarmRaised,
    AlarmShown,
    AlarmSounded,
    Event,
)
from monitor_app.core.priority import Priority

SHOWN_US = 2_000_000
SOUNDED_US = 3_000_000
FIRST_PICTURE_US = 5_000_000
"""A window that has just attached is still being built."""
NEXT_BURST_US = 2_500_000
"""A new alarm of the priority that sounds already waits for the end of the running burst, and so long after it."""
OPEN_MAX = 1_000
CLOSED = "closed"
NOT_ANNOUNCED = "AN ALARM WAS NOT ANNOUNCED"


@dataclass(slots=True)
class _Raised:
    row: str
    chair: int | None
    at_us: int
    priority: int
    shown: bool = False
    sounded: bool = False


class AlarmLedger:
    """Call `heard` with every event of the room, and `look` a few times a second. Station time."""

    def __init__(self) -> None:
        self._open: dict[int, _Raised] = {}
        self._orphans: dict[int, int] = {}
        self._voice: Voice | None = None
        self._due_us = 0
        self._displays_us: int | None = None

    @property
    def since_us(self) -> int | None:
        """Since when an alarm is known that came out nowhere; None while there is none."""
        return min(self._orphans.values(), default=None)

    def heard(self, event: Event) -> None:
        """What has become true."""
        payload = event.payload
        if isinstance(payload, AlarmRaised):
            if payload.priority >= Priority.MEDIUM:
                self._open[payload.occurrence] = _Raised(payload.row, event.chair, event.t_us, payload.priority)
                while len(self._open) > OPEN_MAX:
                    self._open.pop(next(iter(self._open)))
        elif isinstance(payload, (AlarmShown, AlarmSounded)):
            self._came_out(payload)
        elif isinstance(payload, AlarmAcknowledged):
            for occurrence in payload.occurrences:
                self._open.pop(occurrence, None)
        elif isinstance(payload, AlarmEnded):
            known = self._open.get(payload.occurrence)
            if known is not None and known.priority < Priority.HIGH:
                self._open.pop(payload.occurrence)
        elif isinstance(payload, AlarmAnnunciated) and payload.state == CLOSED:
            self._open.pop(payload.occurrence, None)

    def _came_out(self, payload: AlarmShown | AlarmSounded) -> None:
        known = self._open.get(payload.occurrence)
        if known is not None:
            known.shown |= isinstance(payload, AlarmShown)
            known.sounded |= isinstance(payload, AlarmSounded)

    def look(self, now_us: int, voice: Voice | None, plays: bool, displays: int) -> list[str]:
        """What is found now, one sentence each. plays: sound is proved. displays: windows that are attached and paint."""
        self._displays_us = None if displays == 0 else now_us if self._displays_us is None else self._displays_us
        self._follow(voice, plays, now_us)
        lost = {number: why for number, raised in self._open.items() if (why := self._missing(number, raised, now_us))}
        fresh = [
            f"{self._open[number].row}{_at(self._open[number].chair)} was not {why}"
            for number, why in lost.items()
            if number not in self._orphans
        ]
        self._orphans = {number: self._orphans.get(number, now_us) for number in lost}
        return fresh

    def _follow(self, voice: Voice | None, plays: bool, now_us: int) -> None:
        before = self._voice
        if plays and voice is not None and before is not None and voice.occurrence == before.occurrence:
            return
        same = voice is not None and before is not None and voice.priority is before.priority
        wait_us = tones.burst_us(voice.priority) + NEXT_BURST_US if voice is not None and same else 0
        self._voice, self._due_us = voice, now_us + SOUNDED_US + wait_us

    def _missing(self, number: int, raised: _Raised, now_us: int) -> str:
        fresh_us = self._displays_us
        seen_us = max(raised.at_us, fresh_us + FIRST_PICTURE_US - SHOWN_US) if fresh_us is not None else None
        if not raised.shown and seen_us is not None and now_us - seen_us > SHOWN_US:
            return f"shown within {SHOWN_US // 1_000_000} s"
        is_voice = self._voice is not None and self._voice.occurrence == number
        if is_voice and not raised.sounded and now_us > self._due_us:
            return f"sounded within {SOUNDED_US // 1_000_000} s"
        return ""


def _at(chair: int | None) -> str:
    return f" of chair {chair}" if chair is not None else ""
