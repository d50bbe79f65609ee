"""What becomes of one occurrence when its condition ends, when it is seen, and when that no longer holds? (ALARMS section 4)

Steps of a single occurrence: they know neither the others nor the sound.
"""

from __future__ import annotations

from monitor_app.alarms.gates import GATED
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.rows import Latching
from monitor_app.core.events import AlarmAnnunciated
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState

REMINDER_HIGH_US = 120 * SECOND_US
REMINDER_MEDIUM_US = 180 * SECOND_US
REMINDER_LATCHED_US = 120 * SECOND_US
RECENT_US = 120 * SECOND_US
CLOSED = "closed"

SOUNDING = (AlarmState.SIGNALLING, AlarmState.AUDIO_PAUSED)


def state_after_end(o: Occurrence, reason: str) -> AlarmState | None:
    """LATCHED, RECENT, or None for closed (the table of ALARMS section 4)."""
    if reason == "session_end" or o.state not in SOUNDING:
        return None
    high = o.priority is Priority.HIGH
    if o.is_physiological:
        if high and reason != "limit_changed":
            return AlarmState.LATCHED
        return AlarmState.RECENT if o.priority >= Priority.MEDIUM else None
    latches = o.row.latching is Latching.YES or (o.row.latching is Latching.IF_HIGH and high)
    return AlarmState.LATCHED if latches else None


def mark_acknowledged(o: Occurrence, actor: str, now_us: int) -> None:
    """Somebody has seen it."""
    o.acked, o.ack_by, o.ack_us, o.ack_value = True, actor, now_us, o.value
    o.paused, o.burst_until_us = False, None
    after_us = reminder_after_us(o)
    o.reminder_us = now_us + after_us if after_us is not None else None
    if o.state is not AlarmState.SUPPRESSED and o.state not in GATED:
        o.state = AlarmState.ACKNOWLEDGED


def undo_acknowledged(o: Occurrence, now_us: int) -> None:
    """Nobody has seen it after all. What is suppressed or behind a gate stays there, unseen."""
    forget_ack(o)
    if o.state is AlarmState.ACKNOWLEDGED:
        o.state, o.signal_us, o.burst_until_us = AlarmState.SIGNALLING, now_us, None


def mark_taken_over(o: Occurrence, actor: str, now_us: int, why: str, attending: str) -> None:
    """Somebody has seen it after it had ended; it closes by that."""
    o.acked, o.ack_by, o.ack_us = True, actor, now_us
    o.why, o.attending = why, attending


def forget_ack(o: Occurrence) -> None:
    """It was acknowledged, and that no longer holds."""
    o.acked, o.ack_by, o.ack_us, o.ack_value, o.reminder_us = False, "", None, None, None
    o.attending, o.why = "", ""


def reminder_after_us(o: Occurrence) -> int | None:
    """How long after an acknowledgement it calls again; None: never."""
    if o.priority is Priority.LOW or o.row.visual_only:
        return None
    if o.row.reminder_us:
        return o.row.reminder_us
    return REMINDER_HIGH_US if o.priority is Priority.HIGH else REMINDER_MEDIUM_US


def next_reminder_us(o: Occurrence) -> int | None:
    """When it calls again; what is suppressed or behind a gate waits until it is seen again."""
    return None if o.state is AlarmState.SUPPRESSED or o.state in GATED else o.reminder_us


def is_worse_than_seen(o: Occurrence) -> bool:
    """Whether an acknowledged value has become worse by the row's measure."""
    if o.row.worsens_by is None or o.value is None or o.ack_value is None:
        return False
    return o.is_worse(o.value, o.ack_value, o.row.worsens_by)


def same_row(a: Occurrence, b: Occurrence) -> bool:
    """Whether both are of one row, one subject and one chair."""
    return a.row.id == b.row.id and a.subject == b.subject and a.chair == b.chair


def enter(o: Occurrence, state: AlarmState, cause: str) -> AlarmAnnunciated:
    """It is in this state from now on; the payload that tells it."""
    o.state = state
    return told(o, state.value, cause)


def told(o: Occurrence, state: str, cause: str) -> AlarmAnnunciated:
    """The payload that tells its state."""
    return AlarmAnnunciated(o.id, o.row.id, state, cause)
