"""How does the room stand after a restart? Folds the recorded events of unfinished sessions; decides nothing again (N22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.samples import NibpReading, Validity
from monitor_app.alarms import AlarmSystem
from monitor_app.core import events as ev
from monitor_app.core.care_events import ChairMoved
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.profile import profile_of
from monitor_app.core.session import applied
from monitor_app.core.words import log_line
from monitor_app.station.chair_state import ChairState, CuffRecord
from monitor_app.station.cuff_schedule import plan_for
from monitor_app.station.desk import Desk


def resumed(
    events: Sequence[ev.Event], chairs: Mapping[int, ChairState], alarms: AlarmSystem, desk: Desk, now_us: int
) -> int:
    """Bring every chair to where its events left it. Returns the highest id of a cuff reading ever used.

    Events of chairs that this room no longer has are left alone. A determination that was running is told as stopped.
    """
    if any(isinstance(event.payload, ev.NoticeAcknowledged) for event in events):
        desk.notice_needed = False
    alarms.restore(None, [event for event in events if event.chair is None], now_us)
    seats, over = _seats(events), _over(events)
    for number, chair in chairs.items():
        mine = [event for event in events if seats.get(event.session or "", event.chair) == number]
        if mine:
            standing = [event for event in mine if event.session not in over]
            _fold(chair, standing)
            for payload in alarms.restore(number, mine, now_us):
                chair.tell(payload, now_us)
            _take_up(chair, standing, now_us)
    ids = [event.payload.id for event in events if isinstance(event.payload, (ev.NibpMeasured, ev.NibpFailed))]
    return max(ids, default=0)


def _seats(events: Sequence[ev.Event]) -> dict[str, int]:
    """At which chair each session that has moved is now: all its events are that chair's."""
    moves = [(event.session, event.payload) for event in events]
    return {session: moved.target for session, moved in moves if session and isinstance(moved, ChairMoved)}


def _over(events: Sequence[ev.Event]) -> set[str | None]:
    """Sessions whose patients have left their chairs: they may have sat where somebody else sits now."""
    return {event.session for event in events if isinstance(event.payload, ev.ChairCleared)}


def _fold(chair: ChairState, events: Sequence[ev.Event]) -> None:
    for event in events:
        if isinstance(event.payload, (ev.SessionAdmitted, ev.ChairCleared)):
            chair.forget_patient(event.t_us)
        chair.session = applied(chair.session, event)
        line = log_line(event)
        if line is not None:
            chair.log.append(line)
        chair.confirming.told(event.payload, event.t_us)
        _remember(chair, event.payload, event.t_us)
    chair.log_view = None


def _remember(chair: ChairState, payload: ev.Payload, t_us: int) -> None:
    if isinstance(payload, ev.NibpMeasured):
        chair.reading = CuffRecord(payload.id, payload.measured_us, _reading(payload), payload.trigger)
        chair.readings.append(chair.reading)
        chair.cuff.last_valid_us, chair.cuff.last_valid_id = payload.measured_us, payload.id
        chair.cuff.failures, chair.cuff.failure_reason = 0, ""
    elif isinstance(payload, ev.NibpFailed):
        chair.readings.append(CuffRecord(payload.id, t_us, None, payload.trigger, payload.reason))
        chair.cuff.failures, chair.cuff.failure_reason = payload.failures, payload.reason


def _reading(payload: ev.NibpMeasured) -> NibpReading:
    return NibpReading(
        payload.measured_us,
        payload.id,
        payload.systolic,
        payload.diastolic,
        payload.mean,
        payload.pulse,
        Validity(payload.validity),
    )


MISSED_MAX = 288
"""A day at five minutes: whoever resumes later than that has other questions."""


def _missed(chair: ChairState, after_us: int, now_us: int) -> list[ev.NibpSkipped]:
    """Slots that fell into the time without a station; the newest of them is still to be read."""
    plan = plan_for(chair.treated, chair.profile, hurried=False)
    missed: list[ev.NibpSkipped] = []
    if plan is None:
        return []
    slot = plan.next_after(after_us)
    while (following := plan.next_after(slot)) <= now_us and len(missed) < MISSED_MAX:
        missed.append(ev.NibpSkipped(slot, "missed"))
        slot = following
    return missed


def _take_up(chair: ChairState, events: Sequence[ev.Event], now_us: int) -> None:
    if chair.session is not None:
        chair.use_profile(profile_of(chair.session.profile))
    if chair.treated is not None:
        chair.second = now_us // SECOND_US
        for link in chair.links:
            link.expect(now_us)
    chair.dirty = True
    cuff = [e.payload for e in events if isinstance(e.payload, (ev.NibpStarted, *_ENDS))]
    if cuff and isinstance(cuff[-1], ev.NibpStarted):
        chair.tell(ev.NibpStopped("restart"), now_us)
    for skipped in _missed(chair, events[-1].t_us, now_us) if chair.cuff.fitted and events else []:
        chair.tell(skipped, now_us)


_ENDS = (ev.NibpStopped, ev.NibpMeasured, ev.NibpFailed)
