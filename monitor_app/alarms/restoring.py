"""Which occurrences were open when the station stopped? A fold of recorded events; it decides nothing again."""

from __future__ import annotations

from collections.abc import Iterable

from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.rows import AlarmRow
from monitor_app.alarms.transitions import (
    CLOSED,
    RECENT_US,
    REMINDER_LATCHED_US,
    forget_ack,
    mark_acknowledged,
    mark_taken_over,
    state_after_end,
    undo_acknowledged,
)
from monitor_app.alarms.watching import subject_of
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAcknowledgeUndone,
    AlarmAnnunciated,
    AlarmAnswered,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    Event,
)
from monitor_app.core.limits import Limit, LimitOrigin, Side
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState


def restored_occurrences(
    chair: int | None, events: Iterable[Event], rows: Iterable[AlarmRow], now_us: int
) -> tuple[list[Occurrence], int]:
    """Occurrences that were not closed, by id, and the highest id ever used. Rows of a newer release are left alone."""
    found, _, highest = _folded(chair, events, rows, now_us)
    return [_awake(o, now_us) for o in found.values()], highest


def closed_occurrences(
    chair: int | None, events: Iterable[Event], rows: Iterable[AlarmRow], now_us: int
) -> list[Occurrence]:
    """Those that were closed before the station stopped, by age, as they were when they closed."""
    found, every, _ = _folded(chair, events, rows, now_us)
    return [o for o in every.values() if o.id not in found]


def _folded(
    chair: int | None, events: Iterable[Event], rows: Iterable[AlarmRow], now_us: int
) -> tuple[dict[int, Occurrence], dict[int, Occurrence], int]:
    """What is open after these events, everything they speak of, and the highest id."""
    by_id = {row.id: row for row in rows}
    found: dict[int, Occurrence] = {}
    every: dict[int, Occurrence] = {}
    highest = 0
    for event in events:
        payload = event.payload
        if isinstance(payload, AlarmRaised):
            highest = max(highest, payload.occurrence)
            if payload.row in by_id:
                o = found[payload.occurrence] = _raised(chair, payload, by_id[payload.row], event.t_us, now_us)
                every[o.id] = o
        elif isinstance(payload, AlarmAcknowledged):
            _acknowledged(found, payload, event)
        elif isinstance(payload, AlarmAcknowledgeUndone):
            for o in (found[number] for number in payload.occurrences if number in found):
                undo_acknowledged(o, now_us)
        elif isinstance(payload, AlarmAnswered):
            _answered(found, payload)
        elif isinstance(payload, AlarmEscalated | AlarmEnded | AlarmAnnunciated) and payload.occurrence in found:
            _changed(found, payload, event.t_us)
    return found, every, highest


def _raised(chair: int | None, p: AlarmRaised, row: AlarmRow, t_us: int, now_us: int) -> Occurrence:
    side = row.side if row.side is not None else Side.UPPER
    limit = Limit(p.limit, LimitOrigin(p.limit_origin), side) if p.limit is not None else None
    o = Occurrence(
        id=p.occurrence,
        row=row,
        subject=subject_of(row, p.parameter),
        chair=chair,
        priority=Priority(p.priority),
        cross_us=p.cross_us,
        raised_us=t_us,
        said_us=t_us,
        limit=limit,
        parameter=row.parameter if row.per_link else p.parameter or "",
        delay_us=p.delay_us,
        bypass=p.bypass,
        signal_us=now_us,
        suppressed_by=p.suppressed_by,
        restored_us=now_us,
    )
    o.take(p.value, t_us)
    o.onset = p.value
    if p.suppressed_by is not None:
        o.state = AlarmState.SUPPRESSED
    return o


def _acknowledged(found: dict[int, Occurrence], p: AlarmAcknowledged, event: Event) -> None:
    for o in (found.pop(number) for number in p.closed if number in found):
        mark_taken_over(o, event.actor, event.t_us, p.why, p.attending)
    for number in p.occurrences:
        if number in found:
            mark_acknowledged(found[number], event.actor, event.t_us)
            found[number].why, found[number].attending = p.why, p.attending


def _answered(found: dict[int, Occurrence], p: AlarmAnswered) -> None:
    for o in (found[number] for number in p.occurrences if number in found):
        o.why, o.attending = p.why or o.why, p.attending or o.attending


def _changed(found: dict[int, Occurrence], p: AlarmEscalated | AlarmEnded | AlarmAnnunciated, t_us: int) -> None:
    o = found[p.occurrence]
    if isinstance(p, AlarmEscalated):
        o.priority = Priority(p.target)
    elif isinstance(p, AlarmEnded):
        _ended(found, o, p, t_us)
    elif p.state == CLOSED:
        found.pop(o.id)
    else:
        _annunciated(o, AlarmState(p.state), p.cause, t_us)


def _ended(found: dict[int, Occurrence], o: Occurrence, p: AlarmEnded, t_us: int) -> None:
    o.extremum, o.extremum_us = p.extremum, p.extremum_us
    state = state_after_end(o, p.reason)
    o.ended_us, o.end_reason, o.restored_us = t_us, p.reason, None
    if state is None:
        found.pop(o.id)
    else:
        _annunciated(o, state, p.reason, t_us)


def _annunciated(o: Occurrence, state: AlarmState, cause: str, t_us: int) -> None:
    o.state = state
    if state is AlarmState.LATCHED:
        o.reminder_us = t_us + REMINDER_LATCHED_US
    elif state is AlarmState.RECENT:
        o.recent_until_us = (o.ended_us if o.ended_us is not None else t_us) + RECENT_US
    elif state is AlarmState.SIGNALLING:
        forget_ack(o)
    if state is not AlarmState.SUPPRESSED:
        o.suppressed_by = None


def _awake(o: Occurrence, now_us: int) -> Occurrence:
    """Pauses are dropped; what fell due meanwhile is due now."""
    if o.state is AlarmState.AUDIO_PAUSED:
        o.state = AlarmState.SIGNALLING
    elif o.state is AlarmState.ALARM_PAUSED:
        o.state = AlarmState.ACKNOWLEDGED if o.acked else AlarmState.SIGNALLING
    if o.reminder_us is not None:
        o.reminder_us = max(o.reminder_us, now_us)
    return o
