"""What does the live code say when a recorded session comes once more? One chair, run by run, under these or other limits.

The waves are not decided on again: what was found in them is recorded. What happened to the room's sound, which devices
refused and when the computer slept are inputs as well. Occurrences get their recorded numbers when row, subject and time
agree, so that an unchanged session comes out equal, byte for byte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from drivers.samples import Source
from monitor_app import __version__
from monitor_app.alarms import CATALOGUE, AlarmRow, AlarmSystem
from monitor_app.alarms.watching import subject_of
from monitor_app.core import events as ev
from monitor_app.core.care_commands import MoveChair
from monitor_app.core.commands import Acknowledge, Command, PauseSound, TakeStep, UndoAcknowledge
from monitor_app.core.findings import BeatFound, Finding, QualityFound, RateFound, RhythmFound
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.profile import Profile, profile_of
from monitor_app.core.second import Observation, Slept
from monitor_app.core.snapshot import WaveChunk
from monitor_app.core.standing import ChairFitted, ChairStanding, SessionResumed
from monitor_app.rerun.recorded import Part, Recorded, undoes_discharge
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.station import Station
from monitor_app.station.standing import chair_spec, device_specs

TICK_US = 30 * SECOND_US
"""Where nothing came for long, time passes in steps shorter than what the station takes for sleep."""

TURNS_BETWEEN_NEWS = 256
"""Turns lived between two calls of `progress`: some hundredths of a second."""

CLOSED = "closed"
_ROWS = {row.id: row for row in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be different. limits: by row and column (base, inf, rec); delays_s: onset delay by row.

    Guards hold, unless it is research.
    """

    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    delays_s: dict[str, float] = field(default_factory=dict)
    research: bool = False


@dataclass(frozen=True, slots=True)
class Relived:
    """What the code of `version` said. events: of the session, in order, as far as its inputs are stored."""

    version: str
    events: tuple[ev.Event, ...]


Progress = Callable[[int], None]
"""Is told the station time that has been reached, now and then; what it raises ends the work."""


def relived(of: Recorded, change: Change | None = None, progress: Progress | None = None) -> Relived:
    """Live a recorded session again. Raises NotRepeatable, when a run does not begin as it must."""
    lived, _ = _lived(of, change, progress, None)
    return Relived(__version__, tuple(lived))


def lived_until(
    of: Recorded, at_us: int, change: Change | None = None, progress: Progress | None = None
) -> tuple[str, Station]:
    """Live it up to a moment whose inputs are stored: the version that ran, and the station as it stands then."""
    _, station = _lived(of, change, progress, at_us)
    return __version__, station


def _lived(
    of: Recorded, change: Change | None, progress: Progress | None, at_us: int | None
) -> tuple[list[ev.Event], Station]:
    """What was said, and the station that said the last of it. at_us: no further than this."""
    names = _Names(of.events)
    lived: list[ev.Event] = []
    story: list[ev.Event] = []  # what a resuming run reads: lived where inputs are stored, recorded where they are not
    broken_off_us = of.parts[0].until_us
    for part in of.parts:
        for event in _unproven(of, broken_off_us, part.from_us, change):
            names.told(event)
            story.append(event)
        life = _Life(of, part, names, change, progress)
        told = life.lived(story, at_us)
        lived += told
        story += told
        broken_off_us = part.until_us
        if at_us is not None and at_us < part.until_us:
            break
    return lived, life.station


def _unproven(of: Recorded, from_us: int, to_us: int, change: Change | None) -> list[ev.Event]:
    """What the record says between the last stored second of one run and the next run: nobody can tell why.

    Alarms of the recorded limits are nothing for other limits; what still holds is raised anew after the restart.
    """
    between = [event for event in of.events if from_us <= event.t_us < to_us]
    return [event for event in between if change is None or not event.kind.startswith("alarm.")]


class _Names:
    """Ids of occurrences: the recorded one for the same row and subject at the same time, else one never used."""

    def __init__(self, events: Iterable[ev.Event]) -> None:
        self._recorded: dict[tuple[str, str, int], deque[int]] = {}
        self._subject: dict[int, tuple[str, str]] = {}
        self._open: dict[int, tuple[str, str]] = {}
        for event in events:
            if isinstance(event.payload, ev.AlarmRaised):
                row, subject = self._key(event.payload)
                self._recorded.setdefault((row, subject, event.t_us), deque()).append(event.payload.occurrence)
                self._subject[event.payload.occurrence] = (row, subject)
        self._fresh = max(self._subject, default=0)

    @staticmethod
    def _key(payload: ev.AlarmRaised) -> tuple[str, str]:
        row = _ROWS.get(payload.row)
        return payload.row, subject_of(row, payload.parameter) if row is not None else ""

    def number(self, row: str, subject: str, now_us: int) -> int:
        """The id of an occurrence that begins."""
        known = self._recorded.get((row, subject, now_us))
        if known:
            return known.popleft()
        self._fresh += 1
        return self._fresh

    def told(self, event: ev.Event) -> None:
        """Follow what is open."""
        payload = event.payload
        if isinstance(payload, ev.AlarmRaised):
            self._open[payload.occurrence] = self._key(payload)
        elif isinstance(payload, ev.AlarmAnnunciated) and payload.state == CLOSED:
            self._open.pop(payload.occurrence, None)
        elif isinstance(payload, ev.AlarmAcknowledged):
            for occurrence in payload.closed:
                self._open.pop(occurrence, None)

    def now(self, occurrence: int) -> int | None:
        """The open occurrence that stands for a recorded one: itself, else one of the same row and subject."""
        if occurrence in self._open:
            return occurrence
        wanted = self._subject.get(occurrence)
        return next((o for o, key in reversed(self._open.items()) if key == wanted), None)


class _Recalled(RhythmAnalyzer):
    """Finds nothing itself: it says again, at its time, what the clock made the analysis say."""

    def __init__(self, found: Iterable[tuple[int, Finding]]) -> None:
        super().__init__()
        self._found = deque(found)

    def push(self, chunk: WaveChunk, now_us: int) -> list[Finding]:
        """Waves are not lived again."""
        return []

    def device_beat(self, t_us: int, source: Source, now_us: int) -> list[Finding]:
        """What followed from a beat is recorded behind it."""
        return []

    def advance(self, now_us: int) -> list[Finding]:
        """What was said at this time."""
        said: list[Finding] = []
        while self._found and self._found[0][0] <= now_us:
            said.append(self._found.popleft()[1])
        return said

    def next_deadline_us(self) -> int | None:
        """When it was said."""
        return self._found[0][0] if self._found else None

    def leads_off(self, off: bool, now_us: int) -> list[Finding]:
        """What followed is recorded behind the status."""
        return []

    def link_lost(self, now_us: int) -> list[Finding]:
        """Nothing more is known."""
        return []


class _Life:
    """One run: a station with this one chair."""

    def __init__(
        self, of: Recorded, part: Part, names: _Names, change: Change | None, progress: Progress | None
    ) -> None:
        self._of, self._part, self._names, self._change, self._progress = of, part, names, change, progress
        profile = _changed_profile(profile_of(of.admitted.profile), change)
        self._chair = part.fitted.number
        fitted = _chairs(part)
        clocks = _clocks(part)
        order = iter(sorted(fitted))
        self._station = Station(
            [chair_spec(chair, profile.id) for chair in fitted.values()],
            {profile.id: profile},
            {id: spec for chair in fitted.values() for id, spec in device_specs(chair).items()},
            run=part.run,
            version=of.admitted.software,
            analyse_waves=False,
            analysis=lambda: _Recalled(clocks.get(next(order), ())),
            alarms=AlarmSystem(_changed_rows(change), number=names.number),
            guarded=change is None or not change.research,
        )
        self._refused = {e.payload.command for e in of.events if isinstance(e.payload, ev.CommandRefused)}
        self._asked: set[str] = set()
        self._events: list[ev.Event] = []
        self._now_us = part.from_us
        self._over = False

    @property
    def station(self) -> Station:
        """As it stands now."""
        return self._station

    def lived(self, before: Sequence[ev.Event], at_us: int | None = None) -> list[ev.Event]:
        """The session's events of this run. before: those of the runs before it. at_us: no further than this."""
        until_us = self._part.until_us - 1 if at_us is None else min(at_us, self._part.until_us - 1)
        if before and isinstance(self._part.inputs[0].what, ChairStanding):
            self._take_up_discharged(before)
        for turns, turn in enumerate(_turns(self._part.inputs)):
            if turn[0].now_us > until_us:
                break
            self._live(turn, before)
            if self._progress is not None and turns % TURNS_BETWEEN_NEWS == 0:
                self._progress(self._now_us)
        if not self._over:
            self._pass(until_us)
            self._keep(self._station.advance(until_us))
        return self._events

    def _take_up_discharged(self, before: Sequence[ev.Event]) -> None:
        """This run found the patient discharged, and somebody took that back."""
        self._over = True
        self._station.resume(before, self._part.from_us)

    def _live(self, turn: Sequence[Observation], before: Sequence[ev.Event]) -> None:
        first = turn[0]
        what, now_us = first.what, first.now_us
        station = self._station
        self._pass(what.from_us if isinstance(what, Slept) else now_us)
        if first.link is not None:
            self._keep(station.relive(self._chair, first.link, turn, now_us))
        elif isinstance(what, ChairStanding):
            if self._over:  # whatever fell due while nobody watched is over before the chair stands as it stood
                self._keep(station.advance(now_us))
            station.stand(what)
        elif isinstance(what, SessionResumed):
            self._keep(station.resume(before, now_us))
        elif what is None or isinstance(what, Slept):
            self._keep(station.advance(now_us))
        elif isinstance(what, Command):
            self._ask(what, now_us)

    def _pass(self, until_us: int) -> None:
        """Let time pass to shortly before `until_us`, so that silence is not taken for sleep."""
        while until_us - self._now_us > TICK_US:
            self._now_us += TICK_US
            self._keep(self._station.advance(self._now_us))
        self._now_us = max(self._now_us, until_us)

    def _ask(self, cmd: Command, now_us: int) -> None:
        if cmd.id in self._refused or cmd.id in self._asked:
            return
        self._asked.add(cmd.id)
        self._keep(self._station.advance(now_us))  # what fell due before a person acted has its number by then
        if isinstance(cmd, PauseSound):
            self._station.alarms.rest_sound(now_us)
            return
        if isinstance(cmd, (Acknowledge, UndoAcknowledge)):
            open_now = tuple(o for o in map(self._names.now, cmd.occurrences) if o is not None)
            if not open_now:
                return
            cmd = replace(cmd, occurrences=tuple(dict.fromkeys(open_now)))
        outcome = self._station.command(cmd, now_us)
        self._keep(outcome.events)
        if isinstance(cmd, MoveChair) and outcome.reply.done:
            self._chair = cmd.target
        if not outcome.reply.done and isinstance(cmd, TakeStep):  # it was done: other limits do not undo the treatment
            again = replace(cmd, id=f"{cmd.id} again", override=True, reason=cmd.reason or "as recorded")
            self._keep(self._station.command(again, now_us).events)

    def _keep(self, events: Sequence[ev.Event]) -> None:
        for event in events:
            if event.session != self._of.session or event.t_us >= self._part.until_us:
                continue
            self._over = self._over and not undoes_discharge(event)
            if self._over:
                continue
            self._names.told(event)
            self._events.append(event)
            payload = event.payload
            self._over = isinstance(payload, ev.PhaseEntered) and payload.target == "discharged"


def _chairs(part: Part) -> dict[int, ChairFitted]:
    """Every chair at which the patient sat in this run, by number."""
    stood = [o.what.fitted for o in part.inputs if isinstance(o.what, (ChairStanding, SessionResumed))]
    return {fitted.number: fitted for fitted in stood}


def _clocks(part: Part) -> dict[int, list[tuple[int, Finding]]]:
    """What the clock made the analysis say, by chair: the patient's own, wherever that was."""
    chair, asked = part.fitted.number, 0
    found: dict[int, list[tuple[int, Finding]]] = {}
    for o in part.inputs:
        if isinstance(o.what, ChairStanding):
            asked = o.what.fitted.number
        elif isinstance(o.what, MoveChair) and asked == o.what.target:
            chair = asked
        elif o.link is None and isinstance(o.what, (BeatFound, RateFound, QualityFound, RhythmFound)):
            found.setdefault(chair, []).append((o.now_us, o.what))
    return found


def _turns(inputs: Iterable[Observation]) -> Iterator[list[Observation]]:
    """What belongs together: everything that one link said at one time. All else is a turn of its own."""
    heard = (o for o in inputs if o.link is not None or not _is_clocks(o))
    for (_, link), turn in groupby(heard, key=lambda o: (o.now_us, o.link)):
        if link is None:
            yield from ([o] for o in turn)
        else:
            yield list(turn)


def _is_clocks(o: Observation) -> bool:
    return isinstance(o.what, (BeatFound, RateFound, QualityFound, RhythmFound))


def _changed_profile(profile: Profile, change: Change | None) -> Profile:
    if change is None or not change.limits:
        return profile
    limits = {row: dict(columns) for row, columns in profile.limits.items()}
    for row, columns in change.limits.items():
        limits[row] = {**limits.get(row, {}), **columns}
    return replace(profile, limits=limits)


def _changed_rows(change: Change | None) -> tuple[AlarmRow, ...]:
    if change is None:
        return CATALOGUE
    delays = change.delays_s
    return tuple(
        replace(row, delay_us=round(delays[row.id] * SECOND_US)) if row.id in delays else row for row in CATALOGUE
    )
