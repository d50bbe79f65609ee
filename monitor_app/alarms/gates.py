"""What have people put in front of an alarm? The pause of a chair's alarms, and rows that are switched off (ALARMS 5.3).

A gate never ends a condition, is of one chair, ends by itself, and lets through whatever is HIGH: a pause keeps quiet what
is MEDIUM or LOW, a row that is off keeps quiet that row alone. Who stands behind a gate suppresses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.rows import AlarmRow
from monitor_app.core.events import AlarmsPaused, AlarmsResumed, AlarmSwitchedOff, AlarmSwitchedOn, Event, PhaseEntered
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, OffView, RestingView

GATED = (AlarmState.ALARM_PAUSED, AlarmState.OFF)
NEVER_PAUSED = frozenset({"LINK_LOST", "DEVICE_MISMATCH"})
"""Technical rows that say that monitoring has ended; a pause of the alarms is no reason not to hear of that."""

ALREADY_PAUSED = "The alarms of this chair are paused already; the pause ends by itself and cannot be made longer."
NOT_ALARM_PAUSED = "The alarms of this chair are not paused."


@dataclass(frozen=True, slots=True)
class Rest:
    """A running pause of one chair's alarms. by: actor."""

    by: str
    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Off:
    """A row that is off at one chair, for the part of the treatment in which that was decided. by: actor."""

    row: AlarmRow
    reason: str
    by: str
    since_us: int
    phase: Phase


class Gates:
    """Of all chairs. What concerns the station itself has none."""

    def __init__(self) -> None:
        self._rests: dict[int, Rest] = {}
        self._off: dict[tuple[int, str], Off] = {}

    # ------------------------------------------------------------------ what they do

    def over(self, o: Occurrence) -> AlarmState | None:
        """Behind which gate this occurrence stands now, None for none."""
        if o.chair is None or o.priority is Priority.HIGH:
            return None
        if (o.chair, o.row.id) in self._off:
            return AlarmState.OFF
        if o.chair in self._rests and o.row.id not in NEVER_PAUSED:
            return AlarmState.ALARM_PAUSED
        return None

    def until_us(self, chair: int | None) -> int | None:
        """When the pause of this chair's alarms ends; None when it is not paused."""
        rest = self._rests.get(chair) if chair is not None else None
        return rest.until_us if rest is not None else None

    def next_deadline_us(self) -> int | None:
        """The earliest end of a pause."""
        return min((rest.until_us for rest in self._rests.values()), default=None)

    def expired(self, now_us: int) -> list[int]:
        """Chairs whose pause is over; it is taken away."""
        over = sorted(chair for chair, rest in self._rests.items() if rest.until_us <= now_us)
        for chair in over:
            del self._rests[chair]
        return over

    # ------------------------------------------------------------------ what people do

    def pause_refusal(self, chair: int) -> str:
        """Why the alarms of this chair cannot be paused now, empty when they can."""
        return ALREADY_PAUSED if chair in self._rests else ""

    def pause(self, chair: int, by: str, now_us: int, seconds: int) -> Rest:
        """Begin a pause of so many seconds."""
        self._rests[chair] = Rest(by, now_us, now_us + seconds * SECOND_US)
        return self._rests[chair]

    def resume(self, chair: int) -> str:
        """End the pause; the sentence why not, when there is none."""
        return "" if self._rests.pop(chair, None) is not None else NOT_ALARM_PAUSED

    def is_off(self, chair: int, row: str) -> bool:
        """True while this row is off at this chair."""
        return (chair, row) in self._off

    def switch_off(self, chair: int, off: Off) -> None:
        """Keep one row quiet, for this phase."""
        self._off[(chair, off.row.id)] = off

    def switch_on(self, chair: int, row: str) -> bool:
        """The row watches aloud again; False when it was not off."""
        return self._off.pop((chair, row), None) is not None

    def of_another_phase(self, chair: int, phase: Phase) -> list[str]:
        """Rows whose reason was of a part of the treatment that is over."""
        return [row for (of, row), off in self._off.items() if of == chair and off.phase is not phase]

    def forget(self, chair: int) -> list[AlarmsResumed | AlarmSwitchedOn]:
        """The patient leaves: nothing of this stays for the next."""
        rests = [AlarmsResumed("session_end")] if self._rests.pop(chair, None) is not None else []
        rows = [row for of, row in self._off if of == chair]
        for row in rows:
            del self._off[(chair, row)]
        return [*rests, *(AlarmSwitchedOn(row, "session_end") for row in rows)]

    # ------------------------------------------------------------------ what people see

    def rest_view(self, chair: int) -> RestingView | None:
        """The running pause of this chair."""
        rest = self._rests.get(chair)
        return RestingView(rest.by, rest.since_us, rest.until_us) if rest is not None else None

    def off_views(self, chair: int) -> tuple[OffView, ...]:
        """The rows that are off at this chair, in the order in which they were switched off."""
        return tuple(
            OffView(row, row_label(row), off.row.parameter, off.reason, off.by, off.since_us)
            for (of, row), off in self._off.items()
            if of == chair
        )

    def reminder(self) -> tuple[int | None, str]:
        """Since when any row of the room is off, and which: `HR HIGH off, chair 4, by K`, and how many more."""
        if not self._off:
            return None, ""
        found = sorted((off.since_us, chair, row, off.by) for (chair, row), off in self._off.items())
        since_us, chair, row, by = found[0]
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return since_us, f"{row_label(row)} off, chair {chair}, by {by.rpartition(':')[2]}{more}"

    # ------------------------------------------------------------------ after a restart

    def restore(self, chair: int, events: tuple[Event, ...], rows: tuple[AlarmRow, ...]) -> list[AlarmsResumed]:
        """Rows stay off, with their reason; a pause is dropped, and its end is told."""
        by_id = {row.id: row for row in rows}
        phase, paused = Phase.ADMITTED, False
        for event in events:
            p = event.payload
            if isinstance(p, PhaseEntered):
                phase = Phase(p.target)
            elif isinstance(p, AlarmSwitchedOff) and p.row in by_id:
                self.switch_off(chair, Off(by_id[p.row], p.reason, event.actor, event.t_us, phase))
            elif isinstance(p, AlarmSwitchedOn):
                self.switch_on(chair, p.row)
            elif isinstance(p, AlarmsPaused):
                paused = True
            elif isinstance(p, AlarmsResumed):
                paused = False
        return [AlarmsResumed("restart")] if paused else []


def off_refusal(row_id: str, rows: tuple[AlarmRow, ...], reason: str, by: str) -> str:
    """Why this row cannot be switched off, in one sentence; empty when it can. by: actor, who must be somebody."""
    row = next((row for row in rows if row.id == row_id), None)
    if row is None:
        return f"There is no alarm called {row_id}"
    if row.for_station or not row.may_be_off:
        return f"{row_label(row_id)} can never be switched off"
    if not reason.strip():
        return "An alarm is switched off with a reason only"
    return "" if by.partition(":")[2] else "An alarm is switched off by somebody with a name only"


def row_label(row_id: str) -> str:
    """`HR HIGH`: a row as people call it."""
    return row_id.replace("_", " ")
