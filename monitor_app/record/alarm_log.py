"""What became of each alarm? One line per occurrence, folded from the recorded events, for exports and reports.

Nothing is judged again: an occurrence was raised, taken, silenced, escalated and ended when its events say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAcknowledgeUndone,
    AlarmAnswered,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    Event,
    SoundPaused,
)

STATION_KINDS = (AlarmAcknowledged.KIND, AlarmAcknowledgeUndone.KIND, SoundPaused.KIND)
"""What the station as a whole does about a session's alarms: these events name occurrences and need not be the session's."""


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One occurrence. Times are station time, None when it never happened. raised: its first event, as recorded.

    acknowledged_by: actor. escalated: priorities it rose to, in order. why: the reason tapped for it; attending: who went to
    the chair, where that was said. An acknowledgement that was undone leaves nothing of all this.
    """

    raised: AlarmRaised
    raised_us: int
    acknowledged_us: int | None = None
    acknowledged_by: str = ""
    sound_paused_us: int | None = None
    ended_us: int | None = None
    extremum: float | None = None
    extremum_us: int | None = None
    end_reason: str = ""
    escalated: tuple[int, ...] = ()
    why: str = ""
    attending: str = ""


def alarm_lines(events: Iterable[Event]) -> list[AlarmLine]:
    """One line per occurrence that was raised in `events`, in the order of raising."""
    lines: dict[int, AlarmLine] = {}
    before: dict[int, AlarmLine] = {}
    for event in events:
        payload = event.payload
        if isinstance(payload, AlarmAcknowledged):
            before.update((number, lines[number]) for number in payload.occurrences if number in lines)
        if isinstance(payload, AlarmRaised):
            lines[payload.occurrence] = AlarmLine(payload, event.t_us)
        elif isinstance(payload, AlarmAcknowledgeUndone):
            lines |= {
                number: _undone(lines[number], before[number]) for number in payload.occurrences if number in before
            }
        elif isinstance(payload, (AlarmAcknowledged, AlarmAnswered, SoundPaused)):
            for occurrence in payload.occurrences:
                _update(lines, occurrence, event)
        elif isinstance(payload, (AlarmEnded, AlarmEscalated)):
            _update(lines, payload.occurrence, event)
    return list(lines.values())


def _update(lines: dict[int, AlarmLine], occurrence: int, event: Event) -> None:
    if occurrence in lines:
        lines[occurrence] = _after(lines[occurrence], event)


def _undone(line: AlarmLine, before: AlarmLine) -> AlarmLine:
    """As if the newest acknowledgement had not been given."""
    return replace(
        line, acknowledged_us=before.acknowledged_us, acknowledged_by=before.acknowledged_by, why=before.why,
        attending=before.attending,
    )  # fmt: skip


def _after(line: AlarmLine, event: Event) -> AlarmLine:
    payload = event.payload
    if isinstance(payload, AlarmEscalated):
        return replace(line, escalated=(*line.escalated, payload.target))
    if isinstance(payload, (AlarmAcknowledged, AlarmAnswered)):
        line = replace(line, why=payload.why or line.why, attending=payload.attending or line.attending)
    if isinstance(payload, AlarmAcknowledged) and line.acknowledged_us is None:
        return replace(line, acknowledged_us=event.t_us, acknowledged_by=event.actor)
    if isinstance(payload, SoundPaused) and line.sound_paused_us is None:
        return replace(line, sound_paused_us=event.t_us)
    if isinstance(payload, AlarmEnded):
        return replace(
            line, ended_us=event.t_us, extremum=payload.extremum, extremum_us=payload.extremum_us,
            end_reason=payload.reason,
        )  # fmt: skip
    return line
