"""What does the record hold of a session for living it again? Its events, and its inputs run by run, whole or refused.

A session's inputs begin with how its chair stood and end with its last discharge, or with the last second that was stored.
Between a discharge and its undoing nobody watched: the inputs go on with how the chair stood when it was undone, and what
the journal holds of the time in between is nobody's. A run that broke off leaves less than two seconds of events whose
inputs are lost: they are taken as they are recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor_app.alarms import RULES
from monitor_app.core import events as ev
from monitor_app.core.care_commands import UndoStep
from monitor_app.core.care_events import StepUndone
from monitor_app.core.commands import TakeStep
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase, Step
from monitor_app.core.second import InputsDropped, Observation, Slept
from monitor_app.core.standing import ChairFitted, ChairStanding, SessionResumed
from monitor_app.record.journal import event_of
from monitor_app.record.readers import ObservedSecond, Reader


class NotRepeatable(Exception):
    """The record of a session does not hold what it takes to live it again; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Part:
    """The inputs of a session in one run of the engine. until_us: they are complete up to here, exclusive, but for the time
    between a discharge and its undoing.

    rules: edition of the alarm rules by which the run decided.
    """

    run: str
    version: str
    inputs: tuple[Observation, ...]
    until_us: int
    rules: int = RULES

    @property
    def from_us(self) -> int:
        """When they begin: the admission, the moment when the run took the session up, or when its discharge was undone."""
        return self.inputs[0].now_us

    @property
    def fitted(self) -> ChairFitted:
        """The chair and its devices in this run."""
        what = self.inputs[0].what
        if not isinstance(what, (ChairStanding, SessionResumed)):
            raise NotRepeatable(_NO_BEGINNING)
        return what.fitted


@dataclass(frozen=True, slots=True)
class Recorded:
    """One session. events: from its admission to its last discharge, in the order of the journal, those of the time
    between a discharge and its undoing left out."""

    session: str
    chair: int
    events: tuple[ev.Event, ...]
    parts: tuple[Part, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of Chairside that ran it, each once, in order."""
        return tuple(dict.fromkeys(part.version for part in self.parts))

    @property
    def older_rules(self) -> tuple[int, ...]:
        """Editions of the alarm rules that decided in it and are no longer in force; its alarms may not come out again."""
        return tuple(dict.fromkeys(part.rules for part in self.parts if part.rules != RULES))

    @property
    def admitted(self) -> ev.SessionAdmitted:
        """How it began, with its whole profile."""
        return next(e.payload for e in self.events if isinstance(e.payload, ev.SessionAdmitted))

    def is_proven(self, event: ev.Event) -> bool:
        """True when the inputs that led to this event are stored."""
        return any(part.from_us <= event.t_us < part.until_us for part in self.parts)


_NO_BEGINNING = (
    "the inputs do not begin with how the chair stood: the session was recorded by a release that did not keep it, or "
    "its first second was lost"
)


def recorded(reader: Reader, name: str) -> Recorded:
    """Read a session for living it again. Raises StoreError for an unknown one, NotRepeatable where inputs are missing."""
    row = reader.session(name)
    events = [event_of(stored.entry) for stored in reader.events(row.uuid)]
    started = [e.payload for e in reader.events_of_kind(ev.EngineStarted.KIND)]
    runs = {s.run: (s.version, s.rules) for s in started if isinstance(s, ev.EngineStarted)}
    versions = {run: version for run, (version, _) in runs.items()}
    of = assembled(row.uuid, row.chair, events, list(reader.observed_seconds(row.uuid)), versions)
    return replace(of, parts=tuple(replace(p, rules=runs[p.run][1]) if p.run in runs else p for p in of.parts))


def assembled(
    session: str, chair: int, events: Iterable[ev.Event], seconds: Sequence[ObservedSecond], versions: dict[str, str]
) -> Recorded:
    """Put a session together from its events and its stored seconds. versions: of the software, by run."""
    kept = _watched(events)
    if kept and _discharges(kept[-1]):
        seconds = [second for second in seconds if second.second * SECOND_US <= kept[-1].t_us]
    if not seconds:
        raise NotRepeatable("no second of it has been stored yet")
    runs = dict.fromkeys(second.run for second in seconds)
    parts = [_part(run, versions.get(run, ""), [s for s in seconds if s.run == run]) for run in runs]
    parts = [p for i, p in enumerate(parts) if i == 0 or p.inputs]
    if not isinstance(parts[0].inputs[0].what if parts[0].inputs else None, ChairStanding):
        raise NotRepeatable(_NO_BEGINNING)
    if _discharges(kept[-1]) and _leads_to_discharge(parts[-1]):
        parts[-1] = replace(parts[-1], until_us=kept[-1].t_us + 1)
    return Recorded(session, chair, tuple(kept), tuple(parts))


def _part(run: str, version: str, seconds: Sequence[ObservedSecond]) -> Part:
    inputs: list[Observation] = []
    expected: int | None = None
    for second in seconds:
        if second.observations is None:
            raise NotRepeatable(
                f"its inputs of second {second.second} are damaged: `chairside verify` says what is whole"
            )
        if expected is not None and second.second != expected and not _taken_back(second.observations):
            raise NotRepeatable(f"its inputs of second {expected} were not stored")
        inputs += second.observations
        expected = _following(second, second.observations)
    dropped = next((o.what.count for o in inputs if isinstance(o.what, InputsDropped)), 0)
    if dropped:
        raise NotRepeatable(f"{dropped} inputs of one second were more than is kept")
    return Part(run, version, tuple(inputs), seconds[-1].second * SECOND_US + SECOND_US)


def _following(second: ObservedSecond, observations: Sequence[Observation]) -> int:
    """The second that must come next: after a sleep it is the one of the awakening."""
    woke = [o.now_us for o in observations if isinstance(o.what, Slept)]
    return max(second.second + 1, woke[-1] // SECOND_US) if woke else second.second + 1


def _watched(events: Iterable[ev.Event]) -> list[ev.Event]:
    """After its discharge nobody is watched under a session's name, whatever the chair still says, until it is undone."""
    kept: list[ev.Event] = []
    over = False
    for event in events:
        over = over and not undoes_discharge(event)
        if not over:
            kept.append(event)
            over = _discharges(event)
    return kept


def undoes_discharge(event: ev.Event) -> bool:
    """The patient is watched again from here on."""
    return isinstance(event.payload, StepUndone) and event.payload.source == Phase.DISCHARGED.value


def _taken_back(observations: Sequence[Observation]) -> bool:
    """This second begins with the undoing of a discharge: nothing was kept of the seconds before it."""
    begins = [o.what for o in observations[:2]]
    return len(begins) == 2 and isinstance(begins[0], ChairStanding) and isinstance(begins[1], UndoStep)


def _leads_to_discharge(part: Part) -> bool:
    """The last second of a session is stored with its discharge, unless the run broke off in between."""
    steps = [o.what for o in part.inputs if isinstance(o.what, (TakeStep, UndoStep))]
    last = next((s for s in reversed(steps) if isinstance(s, UndoStep) or s.step is Step.DISCHARGE), None)
    return isinstance(last, TakeStep)


def _discharges(event: ev.Event) -> bool:
    return isinstance(event.payload, ev.PhaseEntered) and event.payload.target == Phase.DISCHARGED.value
