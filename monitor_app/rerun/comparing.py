"""Did the same become true? Recorded alarm events beside those of the session lived again, all and only those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from monitor_app.core import events as ev
from monitor_app.rerun.recorded import Recorded
from monitor_app.rerun.reliving import Relived

ALARMS = frozenset(
    payload.KIND
    for payload in (
        ev.AlarmRaised, ev.AlarmEscalated, ev.AlarmAnnunciated, ev.AlarmEnded, ev.AlarmAcknowledged, ev.AlarmNearMissed,
        ev.AlarmAcknowledgeUndone, ev.AlarmAnswered, ev.AlarmsPaused, ev.AlarmsResumed,
        ev.AlarmSwitchedOff, ev.AlarmSwitchedOn,
    )
)  # fmt: skip
"""What the alarm system decided. When it was heard and seen (`alarm.sounded`, `alarm.shown`) was measured elsewhere."""

_OF_THE_CHAIR = (ev.AlarmNearMissed, ev.AlarmsResumed, ev.AlarmSwitchedOn)
"""What speaks of no occurrence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An event that only one side has: `recorded`, or not recorded and said now."""

    event: ev.Event
    recorded: bool

    @property
    def sentence(self) -> str:
        """For people who look for a fault."""
        side = "recorded only" if self.recorded else "said now only"
        return f"{side}: {self.event.kind} at {self.event.t_us} us: {self.event.payload}"


def raised_in(events: Iterable[ev.Event]) -> set[int]:
    """Ids of the occurrences that these events raise."""
    return {event.payload.occurrence for event in events if isinstance(event.payload, ev.AlarmRaised)}


def alarm_events(events: Iterable[ev.Event], known: Iterable[int] = ()) -> list[ev.Event]:
    """The session's own alarm events. What was raised before it (data without a session) ends with the admission.

    known: occurrences of the session that were raised where these events do not reach.
    """
    mine = set(known)
    kept: list[ev.Event] = []
    for event in events:
        if event.kind not in ALARMS:
            continue
        payload: Any = event.payload
        if isinstance(payload, ev.AlarmRaised):
            mine.add(payload.occurrence)
        elif isinstance(payload, (ev.AlarmAcknowledged, ev.AlarmAcknowledgeUndone)):
            taken = _of(payload, mine)
            if not taken.occurrences:
                continue
            event = replace(event, payload=taken)
        elif isinstance(payload, (ev.AlarmAnswered, ev.AlarmsPaused, ev.AlarmSwitchedOff)):
            covered = tuple(o for o in payload.occurrences if o in mine)
            if not covered and isinstance(payload, ev.AlarmAnswered):
                continue
            event = replace(event, payload=replace(payload, occurrences=covered))
        elif not isinstance(payload, _OF_THE_CHAIR) and payload.occurrence not in mine:
            continue
        kept.append(event)
    return kept


def _of(
    payload: ev.AlarmAcknowledged | ev.AlarmAcknowledgeUndone, mine: set[int]
) -> ev.AlarmAcknowledged | ev.AlarmAcknowledgeUndone:
    both = [(o, after) for o, after in zip(payload.occurrences, payload.after_us, strict=True) if o in mine]
    kept = replace(payload, occurrences=tuple(o for o, _ in both), after_us=tuple(after for _, after in both))
    if isinstance(kept, ev.AlarmAcknowledged):
        return replace(kept, closed=tuple(o for o in kept.closed if o in mine))
    return kept


def differences(recorded: Recorded, relived: Relived) -> list[Difference]:
    """Alarm events that one side has and the other has not, recorded ones first; empty when both tell the same."""
    known = [e for e in alarm_events(recorded.events) if recorded.is_proven(e)]
    said = alarm_events(relived.events, raised_in(recorded.events))
    if known == said:
        return []
    only_known, only_said = Counter(known) - Counter(said), Counter(said) - Counter(known)
    found = [Difference(e, True) for e in only_known.elements()] + [Difference(e, False) for e in only_said.elements()]
    return found or [Difference(e, True) for e, s in zip(known, said, strict=True) if e != s]
