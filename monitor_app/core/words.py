"""How does an event read in the chair's log? One line in plain words, or none for what nobody needs to read there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor_app.core import events as ev
from monitor_app.core.binding import marks_words
from monitor_app.core.care_words import CARE_LINES
from monitor_app.core.confirm_events import CONFIRM_LINES
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.reasons import REASONS
from monitor_app.core.review_events import AmendmentSigned, ReviewNoted, ReviewWithdrawn, SessionSigned
from monitor_app.core.snapshot import LogLine

PHASE_WORDS = {
    Phase.EMPTY: "FREE",
    Phase.ADMITTED: "ADMITTED",
    Phase.BASELINE: "BASELINE",
    Phase.INFUSION: "INFUSION",
    Phase.RECOVERY: "RECOVERY",
    Phase.DISCHARGED: "DISCHARGED",
    Phase.ABORTED: "STOPPED",
}

_REASONS = {
    "motion": "motion",
    "cuff_loose": "cuff loose",
    "timeout": "took too long",
    "overpressure": "too much pressure",
    "weak_pulse": "pulse too weak",
    "no_reading": "no reading",
}


def reason_word(reason: str) -> str:
    """A cuff's reason key in words."""
    return _REASONS.get(reason, reason.replace("_", " "))


def pressure_text(systolic: float | None, diastolic: float | None, mean: float | None) -> str:
    """`128/82 (97)`, with dashes for what the device did not give."""
    text = f"{number(systolic)}/{number(diastolic)}"
    return f"{text} ({mean:.0f})" if mean is not None else text


def number(value: float | None) -> str:
    """A pressure without decimals, or `---`."""
    return "---" if value is None else f"{value:.0f}"


def change_text(value: float, base: float) -> str:
    """`+12 %`: by how much a value differs from what it is compared with, rounded to whole per cent. base: above 0."""
    percent = round((value / base - 1) * 100)
    return f"{percent:+d} %".replace("-", "−") if percent else "±0 %"


def log_line(event: ev.Event) -> LogLine | None:
    """The line of this event in the chair's log, or None."""
    say = _LINES.get(type(event.payload))
    if say is None:
        return None
    text, priority = say(event.payload), None
    if isinstance(event.payload, ev.AlarmRaised):
        priority = Priority(event.payload.priority)
    by = event.actor.partition(":")[2]
    return LogLine(event.t_us, f"{text} ({by})" if by else text, priority)


def _phase(p: ev.PhaseEntered) -> str:
    return f"{PHASE_WORDS[Phase(p.target)].capitalize()}" + _why(p.reason)


def _baseline(p: ev.BaselineConfirmed) -> str:
    return f"Baseline {pressure_text(p.systolic, p.diastolic, p.mean)} confirmed"


def _observed(p: ev.ObservationLogged) -> str:
    said = p.code.replace("_", " ")
    if p.withdrawn:
        return f"{said} taken back"
    return (f"{said} (corrected)" if p.corrects else said) + _why(p.text)


def _measured(p: ev.NibpMeasured) -> str:
    return f"BP {pressure_text(p.systolic, p.diastolic, p.mean)}"


def _limit(p: ev.LimitEdited) -> str:
    old = f"{p.old:g}" if p.old is not None else "none"
    new = f"{p.value:g}" if p.value is not None else "as the profile says"
    return f"Limit {p.row} {old} -> {new}" + _why(p.reason)


def _failed(p: ev.NibpFailed) -> str:
    return f"BP failed: {reason_word(p.reason)}"


def _lost(p: ev.LinkLost) -> str:
    return f"{p.device} lost: {p.sentence}" if p.sentence else f"{p.device} lost"


_BOUND_WORDS = {
    "first": "bound to this chair",
    "learnt": "has said more of who it is",
    "moved": "found in another socket, and followed",
    "renumbered": "found under another port name, and followed",
    "shared": "shares its serial number: bound by its socket",
    "confirmed": "confirmed by a person",
}
_UNBOUND_WORDS = {
    "followed": "was followed by a serial number that another device has too",
    "taken": "was confirmed at another chair",
    "port": "has another port in the room's file",
}


def _bound(p: ev.DeviceBound) -> str:
    return f"{p.device} {_BOUND_WORDS.get(p.cause, p.cause)}: {marks_words(p.marks, p.device)}"


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""


def _answer(why: str, attending: str) -> str:
    said = [REASONS.get(why, why), f"{attending} attends" if attending else ""]
    return _why(", ".join(word for word in said if word))


_RESUMED = {
    "expired": "time over",
    "cancelled": "by hand",
    "session_end": "end of the session",
    "restart": "restart of the station",
}
_ON_AGAIN = {"person": "by hand", "phase": "next phase", "session_end": "end of the session"}


_LINES: dict[type[Any], Callable[[Any], str]] = {
    ev.SessionAdmitted: lambda p: f"Admitted, profile {p.profile_id}",
    ev.PhaseEntered: _phase,
    ev.BaselineConfirmed: _baseline,
    ev.InfusionPaused: lambda p: "Infusion paused" + _why(p.reason),
    ev.InfusionResumed: lambda p: (
        f"Infusion resumed after {p.paused_us // 60_000_000} min {p.paused_us // 1_000_000 % 60} s"
    ),
    ev.SessionAborted: lambda p: "Treatment stopped" + _why(p.reason),
    ev.ObservationLogged: _observed,
    ev.LimitEdited: _limit,
    ev.NibpMeasured: _measured,
    ev.NibpFailed: _failed,
    ev.NibpStopped: lambda p: "BP stopped",
    ev.LinkFound: lambda p: f"{p.device} connected",
    ev.LinkLost: _lost,
    ev.DeviceBound: _bound,
    ev.DeviceUnbound: lambda p: f"{p.device} {_UNBOUND_WORDS.get(p.reason, p.reason)}",
    ev.DeviceRefused: lambda p: f"Not attributed: {p.seen}; expected {p.expected or 'none yet'}",
    ev.AlarmRaised: lambda p: p.message,
    ev.AlarmAcknowledged: lambda p: "Alarm acknowledged" + _answer(p.why, p.attending),
    ev.AlarmAcknowledgeUndone: lambda p: "Acknowledgement undone",
    ev.AlarmAnswered: lambda p: "Alarm answered" + _answer(p.why, p.attending),
    ev.AlarmsPaused: lambda p: "Alarms paused, HIGH ones come through",
    ev.AlarmsResumed: lambda p: f"Alarms no longer paused ({_RESUMED.get(p.cause, p.cause)})",
    ev.AlarmSwitchedOff: lambda p: f"Alarm {p.row.replace('_', ' ')} switched off" + _why(p.reason),
    ev.AlarmSwitchedOn: lambda p: f"Alarm {p.row.replace('_', ' ')} on again ({_ON_AGAIN.get(p.cause, p.cause)})",
    ev.CommandRefused: lambda p: f"Refused: {p.sentence}",
    ev.DeviceSaid: lambda p: f"Device says: {p.text}",
    ReviewNoted: lambda p: f"{p.code.replace('_', ' ').capitalize()}" + _why(p.text),
    ReviewWithdrawn: lambda p: f"Note {p.seq} withdrawn" + _why(p.reason),
    SessionSigned: lambda p: f"Signed by {p.name}, {p.role}",
    AmendmentSigned: lambda p: f"Amended by {p.name}, {p.role}: {p.text}",
    ev.RecordGap: lambda p: "Nothing was recorded here" + _why(p.reason),
    **CARE_LINES,
    **CONFIRM_LINES,
}
