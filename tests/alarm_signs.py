"""What must be seen and heard wherever a walk through the alarm system leads: by its books, beside the picture.

Whatever is present has a visible sign; what is paused, away, acknowledged or suppressed says so, and by what it ends; the
worst that signals is what sounds; a new alarm is never born silent; what was HIGH stays in sight until somebody has seen
it; numbers and pressures that no limit lets pass, a rhythm that kills and a device that is gone are alarmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, AlarmView, ChairView, Snapshot
from tests.station_example import MIN, S

if TYPE_CHECKING:
    from tests.alarm_walk import Walk

PAUSE_US = 120 * S
GATED = (AlarmState.ALARM_PAUSED, AlarmState.OFF)
REMINDER_US = 120 * S
AWAY_US = 10 * MIN
READING_US = 60 * MIN
MUST_ALARM = ((Parameter.SPO2, 82.0, "SPO2"), (Parameter.HR, 150.0, "HR"), (Parameter.HR, 30.0, "HR"))
"""Numbers that no limit, phase, baseline or guard lets pass, with the row names that may say so."""
MUST_ALARM_AFTER_S = 40
PRESSURES = {205.0: Priority.HIGH, 185.0: Priority.MEDIUM, 70.0: Priority.HIGH}
"""Systolic pressures that no limit lets pass, with the least priority at which one of their rows stands."""
GONE_AFTER_US = 8 * S
AWAITED_US = 75 * S
GONE = ("LINK_LOST", "DEVICE_MISMATCH", "VALUE_EXPIRED", "MONITORING_INCOMPLETE")


def unlike(walk: Walk, picture: Snapshot, events: list[ev.Event]) -> list[str]:
    """Everything in which the picture is not what the books ask for."""
    shown = {alarm.occurrence: alarm for alarm in picture.alarms}
    found = [*_present(walk, shown), *_gates(walk, picture), *_pauses(walk, picture), *_voice(picture)]
    found += [*_latched(walk, shown), *_reminders(walk, shown), *_born(events, shown)]
    return [*found, *_must_alarm(walk, picture), *_pressures(walk, picture), *_chairs(walk, picture)]


# ---------------------------------------------------------------- what is shown


def _present(walk: Walk, shown: dict[int, AlarmView]) -> list[str]:
    found = []
    for number, book in walk.books.items():
        if book.ended_us is not None:
            continue
        view = shown.get(number)
        if view is None:
            found.append(f"{book.row} {number} is present and has no sign")
        elif view.state is AlarmState.SUPPRESSED:
            quiet = (AlarmState.SUPPRESSED, *GATED)
            above = [v for v in shown.values() if v.chair == view.chair and v.state not in quiet]
            if not any(v.ended_us is None and v.priority >= view.priority for v in above):
                found.append(f"{book.row} {number} is suppressed by nothing that stands")
        elif not view.message or view.ended_us is not None or view.state in (AlarmState.LATCHED, AlarmState.RECENT):
            found.append(f"{book.row} {number} is present and shown as {view.state}")
    return found


def _gates(walk: Walk, picture: Snapshot) -> list[str]:
    """Who is kept quiet by a pause or by being off has its sign at the chair, and HIGH is never kept quiet."""
    found = []
    chairs = {view.number: view for view in picture.chairs}
    for view in chairs.values():
        until = view.resting.until_us if view.resting is not None else None
        if until is not None and not walk.room.now < until <= walk.room.now + PAUSE_US:
            found.append(f"the alarms of chair {view.number} rest until {until / S:.1f} s")
    for alarm in picture.alarms:
        if alarm.state not in GATED:
            continue
        at = chairs[alarm.chair] if alarm.chair is not None else None
        if at is None or alarm.priority is Priority.HIGH:
            found.append(
                f"{alarm.row} {alarm.occurrence} of chair {alarm.chair} is kept quiet and HIGH or the station's"
            )
        elif alarm.state is AlarmState.OFF and alarm.row not in {off.row for off in at.off}:
            found.append(f"{alarm.row} {alarm.occurrence} is off and its chair does not say so")
        elif alarm.state is AlarmState.ALARM_PAUSED and (at.resting is None or at.resting.until_us != alarm.until_us):
            found.append(f"{alarm.row} {alarm.occurrence} rests and its chair does not say until when")
        elif alarm.row in ("LINK_LOST", "DEVICE_MISMATCH"):
            found.append(f"{alarm.row} of chair {alarm.chair} is kept quiet")
    return found


def _pauses(walk: Walk, picture: Snapshot) -> list[str]:
    found = []
    now, until = walk.room.now, picture.sound.paused_until_us
    paused = [alarm for alarm in picture.alarms if alarm.state is AlarmState.AUDIO_PAUSED]
    if until is not None and not now <= until <= now + PAUSE_US:
        found.append(f"the pause runs until {until / S:.1f} s")
    if paused and until is None:
        found.append("alarms are paused and no pause is shown")
    if any(alarm.until_us != until for alarm in paused):
        found.append("a paused alarm does not say until when")
    if walk.paused_until is not None and walk.paused_until < now:
        found.append("the pause has no end in the journal")
    return found


def _voice(picture: Snapshot) -> list[str]:
    loud = [a.priority for a in picture.alarms if a.state is AlarmState.SIGNALLING and a.priority > Priority.LOW]
    voice = picture.sound.voice
    if loud and (voice is None or voice < max(loud)):
        return [f"{max(loud).name} signals and the voice is {voice.name if voice is not None else 'silent'}"]
    return []


def _latched(walk: Walk, shown: dict[int, AlarmView]) -> list[str]:
    found = []
    for number, book in walk.books.items():
        if book.ended_us is None or book.kind != Kind.PHYSIOLOGICAL.value or book.priority < Priority.HIGH:
            continue
        if book.acked_us is not None or book.hidden or book.merged:
            continue
        if book.end_reason in ("session_end", "limit_changed"):
            continue
        if not any(v.chair == book.chair and v.row == book.row for v in shown.values()):
            found.append(f"HIGH {book.row} {number} ended unseen and left no sign")
    return found


def _reminders(walk: Walk, shown: dict[int, AlarmView]) -> list[str]:
    found = []
    for number, view in shown.items():
        acked = view.ack_us
        quiet = view.state is AlarmState.ACKNOWLEDGED and view.priority is Priority.HIGH and "NIBP" not in view.row
        if quiet and (acked is None or walk.room.now - acked > REMINDER_US):
            found.append(f"HIGH {view.row} {number} rests longer than its reminder")
        if view.state is AlarmState.ACKNOWLEDGED and walk.books[number].acked_us is None:
            found.append(f"{view.row} {number} rests and nobody has acknowledged it")
    return found


def _born(events: list[ev.Event], shown: dict[int, AlarmView]) -> list[str]:
    """What has just been raised signals, whatever was paused: only a pause that came later may cover it."""
    later = {id(e): any(isinstance(x.payload, (ev.SoundPaused, ev.AlarmAcknowledged)) for x in events[i:])
             for i, e in enumerate(events)}  # fmt: skip
    found = []
    for event in events:
        p = event.payload
        if isinstance(p, ev.AlarmRaised) and p.suppressed_by is None and not later[id(event)]:
            view = shown.get(p.occurrence)
            if view is not None and view.state is AlarmState.AUDIO_PAUSED:
                found.append(f"{p.row} was born into a pause")
    return found


# ---------------------------------------------------------------- what must be alarmed


def _standing(picture: Snapshot, chair: int) -> list[AlarmView]:
    return [a for a in picture.alarms if a.chair == chair and a.ended_us is None]


def _must_alarm(walk: Walk, picture: Snapshot) -> list[str]:
    found = []
    for (chair, i), since_us in walk.beyond_since.items():
        parameter, number, word = MUST_ALARM[i]
        rows = [a.row for a in _standing(picture, chair)]
        said = any(word in row or row.startswith("EXTREME") for row in rows)
        if walk.room.now - since_us > MUST_ALARM_AFTER_S * S and not said:
            found.append(f"chair {chair} says {parameter} {number:g} and nothing alarms, only {rows}")
    return found


def _pressures(walk: Walk, picture: Snapshot) -> list[str]:
    """The newest pressure of who is in care, at whatever chair and after whatever restart."""
    found = []
    for chair, session in walk.session.items():
        systolic, at_us = walk.pressures.get(session, (0.0, 0))
        least = PRESSURES.get(systolic)
        if least is None or session in walk.away or walk.room.now - at_us >= READING_US:
            continue
        rows = [a for a in _standing(picture, chair) if a.row.startswith("NIBP_")]
        if not any(a.priority >= least for a in rows):
            found.append(f"chair {chair} has {systolic:g} mmHg and no {least.name} of it stands, only {_names(rows)}")
    return found


def _chairs(walk: Walk, picture: Snapshot) -> list[str]:
    found: list[str] = []
    for view in picture.chairs:
        session = walk.session.get(view.number)
        rows = _names(_standing(picture, view.number))
        if session is not None:
            found += _away(walk, view, session, rows)
            found += _devices(walk, view, rows)
    return found


def _away(walk: Walk, view: ChairView, session: str, rows: list[str]) -> list[str]:
    """An absence says until when; when it has ended by itself it is asked for whether the patient is back."""
    until_us, ended_by = view.care.away_until_us, walk.not_back.get(session)
    if (until_us is not None) != (session in walk.away):
        return [f"chair {view.number} says away until {until_us}, and by the journal it is {session in walk.away}"]
    if until_us is not None and not walk.room.now <= until_us <= walk.room.now + AWAY_US:
        return [f"the absence at chair {view.number} lasts until {until_us / S:.1f} s"]
    if ended_by is not None and "STANDBY_ENDED" not in rows:
        return [f"the absence at chair {view.number} ended by {ended_by} and nobody is asked, only {rows}"]
    return []


def _devices(walk: Walk, view: ChairView, rows: list[str]) -> list[str]:
    chair = view.number
    if view.links[0].seen and "DEVICE_MISMATCH" not in rows:
        return [f"a strange device stands at chair {chair}, only {rows}"]
    silent_us, state = walk.silent_since.get(chair), view.links[0].state
    awaited = state == "connecting" and view.phase.phase in (Phase.ADMITTED, Phase.BASELINE)  # it says so itself
    grace_us = AWAITED_US if state == "connecting" else GONE_AFTER_US
    gone = silent_us is not None and walk.room.now - silent_us > grace_us and not awaited
    if gone and not set(GONE) & set(rows):
        return [f"the device of chair {chair} is gone and nothing says so, only {rows}"]
    fibrillates_us = walk.fibrillates.get(chair)
    away = walk.session.get(chair) in walk.away
    if fibrillates_us is not None and not away and "VFIB" not in rows:
        return [f"chair {chair} fibrillates and nothing says so, only {rows}"]
    return []


def _names(views: list[AlarmView]) -> list[str]:
    return [view.row for view in views]
