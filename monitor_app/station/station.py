"""The pure heart: samples, commands and time go in; events, waves, device requests and pictures come out.

The Station owns all mutable state of the room. It knows no clock: every call says what time it is, and what fell due in
between is done first, at its own time. Calls may come at any pace; the events are the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from drivers.driver import DriverSpec, StartNibp
from drivers.samples import Parameter, Sample
from monitor_app.alarms import AlarmSystem, Voice
from monitor_app.core import events as ev
from monitor_app.core.binding import Place
from monitor_app.core.care_commands import MoveChair, SwapPatients, UndoStep
from monitor_app.core.chair import ChairSpec
from monitor_app.core.commands import Admit, Command, ExplainAlarms, PauseSound, Reply, ResumeSound
from monitor_app.core.facts import StationFacts
from monitor_app.core.invariant import invariant
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond, LinkChanged, Observation, RequestRefused, Slept
from monitor_app.core.session import Session
from monitor_app.core.snapshot import AlarmView, ExplainedView, Snapshot, WaveChunk
from monitor_app.core.standing import ChairStanding, SessionResumed
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.station import absence
from monitor_app.station.bindings import Bindings
from monitor_app.station.care_view import checkins
from monitor_app.station.chair_state import ChairState, DeviceRequest, Reopen
from monitor_app.station.cuff_schedule import plan_for
from monitor_app.station.desk import Desk
from monitor_app.station.facts import CONFIRM_ROWS, READING_BLANK_US, chair_facts, wants_repeat
from monitor_app.station.intake import Intake
from monitor_app.station.lapsing import look_at_checks
from monitor_app.station.links import silence_us
from monitor_app.station.quiet_cuff import deferred
from monitor_app.station.readiness import look_at_readiness
from monitor_app.station.resume import resumed
from monitor_app.station.room import RoomWords, Wall, room_view
from monitor_app.station.seconds import finished_second, remember_runs
from monitor_app.station.standing import fitted_of, stand, standing_of

CATCH_UP_US_MAX = 60 * SECOND_US
"""After a longer sleep nothing that fell due in it is pretended to have been watched: time jumps."""

ROUNDS_MAX = 4
"""What settles at one moment settles in two rounds. So many at once, and it is the same whenever somebody asks."""

UNSETTLED_US = 10_000
"""The pace at which a deadline that never moves, which is a bug of ours, is tried again: others keep their time."""

WAVES_MAX = 20_000
"""Chunks that nobody took: some seconds of a full room. The oldest go."""

EXPLAINED_US = 3 * SECOND_US
"""So long a chair's alarms are explained after somebody has asked: the display asks again every second."""

SECONDS_MAX = 4_096
"""Finished seconds that nobody took: four minutes of a full room."""

_PRESSURE_ROWS = ("NIBP_S_", "NIBP_D_", "NIBP_M_")
_SLOW_ROWS = frozenset({"HR_LOW", "EXTREME_BRADY"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: the events, ready for the journal, and the answer for whoever asked."""

    events: list[ev.Event]
    reply: Reply


class Station:
    """The room. Raises ValueError when a chair names an unknown device or profile, or two chairs share a number."""

    def __init__(
        self,
        chairs: Sequence[ChairSpec],
        profiles: Mapping[str, Profile],
        devices: Mapping[str, DriverSpec],
        *,
        run: str,
        version: str,
        analyse_waves: bool = True,
        analysis: Callable[[], RhythmAnalyzer] = RhythmAnalyzer,
        alarms: AlarmSystem | None = None,
        guarded: bool = True,
    ) -> None:
        """analyse_waves: find beats ourselves. analysis, alarms, guarded: a re-execution hands in its own; without guards
        it is research."""
        _refuse_bad_room(chairs, profiles, devices)
        self._out: list[ev.Event] = []
        self._requests: list[DeviceRequest] = []
        self._waves: deque[WaveChunk] = deque(maxlen=WAVES_MAX)
        self._seconds: deque[ChairSecond] = deque(maxlen=SECONDS_MAX)
        self._profiles = dict(profiles)
        self._checkins = checkins(profiles)
        self._chairs = {
            spec.number: ChairState(spec, devices, _profile(profiles, spec), self._out, self._requests, analysis)
            for spec in sorted(chairs, key=lambda spec: spec.number)
        }
        for chair in self._chairs.values():
            chair.guarded = guarded
        self.alarms = alarms if alarms is not None else AlarmSystem()
        self._readings = 0
        self._bindings = Bindings(self._chairs)
        self._intake = Intake(self._waves, self._next_reading, analyse_waves, self._bindings)
        self._health = StationFacts()
        self._station_dirty = True
        self._run, self._version = run, version
        self._now_us = 0
        self._sequence = 0
        self._explaining = (0, -1)
        self._deadlines: dict[int, int | None] = {}
        self._views: tuple[AlarmView, ...] = ()
        self._desk = Desk(self._chairs, self._profiles, self._intake, self.alarms, self._out, version)

    # ------------------------------------------------------------------ what comes in

    def receive(self, chair: int, link: int, samples: Sequence[Sample], now_us: int) -> list[ev.Event]:
        """Samples of one device. link: index into the chair's links."""
        now_us = self._reach(now_us)
        state = self._chair(chair)
        self._intake.receive(state, link, samples, now_us)
        state.remember_idle(now_us)
        self._settle(state, now_us)
        return self._told()

    def link_opened(self, chair: int, link: int, now_us: int, place: Place | None = None) -> list[ev.Event]:
        """The port is open, at `place`; the link is live only with the first valid frame of the chair's device."""
        now_us = self._reach(now_us)
        return self._change(chair, LinkChanged(link, "opened", place=place), now_us)

    def link_spoke(self, chair: int, link: int, now_us: int) -> list[ev.Event]:
        """A device speaks that has not said who it is. `receive` finds this itself; here for inputs that are run again."""
        now_us = self._reach(now_us)
        state = self._chair(chair)
        self._intake.spoke(state, state.links[link], now_us)
        self._settle(state, now_us)
        return self._told()

    def link_lost(self, chair: int, link: int, sentence: str, hard: bool, now_us: int) -> list[ev.Event]:
        """The port failed (hard), or the engine knows that the device is silent."""
        now_us = self._reach(now_us)
        return self._change(chair, LinkChanged(link, "lost", hard, sentence), now_us)

    def _change(self, chair: int, change: LinkChanged, now_us: int) -> list[ev.Event]:
        state = self._chair(chair)
        state.begin_turn(change.link, now_us)
        state.observe(Observation(now_us, change.link, change))
        self._intake.link_changed(state, state.links[change.link], change, now_us)
        self._settle(state, now_us)
        return self._told()

    def request_refused(self, request: DeviceRequest, now_us: int) -> list[ev.Event]:
        """A driver refused what `take_requests` had asked for: an inflation that never began has failed."""
        now_us = self._reach(now_us)
        state = self._chair(request.chair)
        if isinstance(request.command, StartNibp):
            state.begin_turn(request.link, now_us)
            state.observe(Observation(now_us, request.link, RequestRefused()))
            self._intake.refused(state, request.link, now_us)
        self._settle(state, now_us)
        return self._told()

    def command(self, cmd: Command, now_us: int) -> Outcome:
        """Do what a person wants, or say why not. The same command id twice acts once."""
        now_us = self._reach(now_us)
        if isinstance(cmd, ExplainAlarms):
            self._explaining = (cmd.chair, now_us + EXPLAINED_US)
            return Outcome(self._told(), Reply(cmd.id, True))
        chair = self._chairs.get(getattr(cmd, "chair", 0))
        before = chair.treated if chair is not None else None
        begins = isinstance(cmd, (Admit, UndoStep))
        standing = self._standing(chair) if chair is not None and before is None and begins else None
        other = self._other(cmd)
        if isinstance(cmd, MoveChair) and chair is not None and other is not None and other.session is None:
            chair.note_heard()
            chair.observe(Observation(now_us, None, self._standing(other)))
        observed = chair is not None and chair.observe(Observation(now_us, None, cmd))
        others = other.treated if other is not None else None
        reply = self._desk.take(cmd, now_us)
        self._refresh_views(now_us)
        if other is not None and other is not chair:
            self._turn_page(other, others, now_us)
            self._settle(other, now_us)
        if chair is not None:
            self._turn_page(chair, before, now_us)
            if not observed and standing is not None:
                chair.observe(Observation(now_us, None, standing))
                chair.observe(Observation(now_us, None, cmd))
            self._settle(chair, now_us)
        elif reply.done:
            self._observe_everywhere(cmd, now_us)
        self._settle_station(now_us)
        return Outcome(self._told(), reply)

    def _other(self, cmd: Command) -> ChairState | None:
        """The second chair of what is done to two."""
        number = cmd.target if isinstance(cmd, MoveChair) else cmd.other_chair if isinstance(cmd, SwapPatients) else 0
        return self._chairs.get(number)

    def _standing(self, chair: ChairState) -> ChairStanding:
        return standing_of(chair, self.alarms.looked_us(chair.number))

    def _observe_everywhere(self, cmd: Command, now_us: int) -> None:
        """The sound is the whole room's: what was done to it happened at every chair."""
        if isinstance(cmd, (PauseSound, ResumeSound)):
            for chair in self._chairs.values():
                chair.observe(Observation(now_us, None, cmd))

    def report(self, health: StationFacts, now_us: int) -> list[ev.Event]:
        """The engine's word on the station's own health; who is in care the station knows itself."""
        now_us = self._reach(now_us)
        if health != self._health:
            self._health, self._station_dirty = health, True
        self._settle_station(now_us)
        return self._told()

    def advance(self, now_us: int) -> list[ev.Event]:
        """Let time pass. Everything that fell due is done at its own time."""
        self._reach(now_us)
        return self._told()

    # ------------------------------------------------------------------ what goes out

    def next_deadline_us(self) -> int | None:
        """When `advance` has something to do: values, silence, cuffs, alarms, rhythm, whole seconds of a session."""
        for number, chair in self._chairs.items():
            if number not in self._deadlines:
                self._deadlines[number] = _deadline_us(chair)
        times = [*self._deadlines.values(), self.alarms.next_deadline_us()]
        return min((t for t in times if t is not None), default=None)

    def snapshot(self, now_us: int, wall: Wall) -> Snapshot:
        """The whole room as people see it at `now_us`; changes nothing but its own number."""
        self._sequence += 1
        words = RoomWords(self._run, self._version, tuple(self._profiles), self._desk.notice_needed, self._checkins)
        chairs = tuple(self._chairs.values())
        now_us = max(now_us, self._now_us)
        room = room_view(chairs, self.alarms, self._health, words, self._sequence, now_us, wall)
        chair, until_us = self._explaining
        return replace(room, explained=self.explained(chair, now_us)) if now_us < until_us else room

    def explained(self, chair: int, now_us: int) -> ExplainedView | None:
        """Why this chair alarms and why not; None for a chair that this room does not have. Changes nothing."""
        state = self._chairs.get(chair)
        if state is None:
            return None
        session = state.treated.id if state.treated is not None else None
        return ExplainedView(chair, session, self.alarms.explained(chair, now_us))

    def take_waves(self) -> list[WaveChunk]:
        """Placed chunks since the last call, in order of arrival."""
        taken = list(self._waves)
        self._waves.clear()
        return taken

    def take_requests(self) -> list[DeviceRequest]:
        """What devices shall do, since the last call."""
        taken = self._requests.copy()
        self._requests.clear()
        return taken

    def take_closed(self, now_us: int) -> tuple[AlarmView, ...]:
        """Alarms that have closed since the last call, with their end."""
        return self.alarms.take_closed(now_us)

    def take_seconds(self, now_us: int) -> list[ChairSecond]:
        """Finished seconds of every chair with a session, since the last call."""
        taken = list(self._seconds)
        self._seconds.clear()
        return taken

    def voice(self, now_us: int) -> Voice | None:
        """What must sound now."""
        return self.alarms.voice(now_us)

    def heart(self, chair: int, now_us: int) -> tuple[int | None, float | None]:
        """(station time of the newest beat, SpO2 in percent) of a chair; None for what is not known."""
        one = self._chairs.get(chair)
        if one is None:
            return None, None
        held = one.values.chosen(Parameter.SPO2)
        return one.beat_us, held.number if held is not None and not held.is_grey(now_us) else None

    def number_after(self, occurrence: int, reading: int) -> None:
        """Ids that the record holds are never given again, whichever session or chair they belonged to."""
        self.alarms.number_after(occurrence)
        self._readings = max(self._readings, reading)

    def use_profile(self, profile: Profile) -> None:
        """Whoever is admitted from now on is treated by it; sessions keep the profile with which they began."""
        self._profiles[profile.id] = profile
        self._checkins = checkins(self._profiles)

    def stand(self, standing: ChairStanding) -> None:
        """Begin a re-execution: a chair as it stood when somebody was admitted to it."""
        stand(self._chair(standing.fitted.number), standing)
        self.alarms.stand(standing.fitted.number, standing.looked_us)

    def relive(self, chair: int, link: int, turn: Sequence[Observation], now_us: int) -> list[ev.Event]:
        """One recorded turn of a link once more, with what was found in its waves, which are not there any more."""
        now_us = self._reach(now_us)
        state = self._chair(chair)
        self._intake.relive(state, link, turn, now_us)
        self._settle(state, now_us)
        return self._told()

    def restore_bindings(self, events: Sequence[ev.Event], now_us: int) -> list[ev.Event]:
        """Take up which device belongs to which link, before anything else; events: device.bound and device.unbound."""
        now_us = self._reach(now_us)
        self._bindings.restore(events, now_us)
        return self._told()

    def resume(self, events: Sequence[ev.Event], now_us: int) -> list[ev.Event]:
        """Fold the events of unfinished sessions after a restart: phase clocks, plan, latches and acknowledgements."""
        now_us = self._reach(now_us)
        self._readings = max(self._readings, resumed(events, self._chairs, self.alarms, self._desk, now_us))
        self._refresh_views(now_us)
        for chair in self._chairs.values():
            chair.observe(Observation(now_us, None, SessionResumed(fitted_of(chair))))
            self._settle(chair, now_us)
        return self._told()

    # ------------------------------------------------------------------ time

    def _reach(self, now_us: int) -> int:
        """Do what fell due up to `now_us`, each at its own time; returns the time that it is, which never goes back."""
        now_us = max(now_us, self._now_us)
        if now_us - self._now_us > CATCH_UP_US_MAX:
            for chair in self._chairs.values():
                chair.observe(Observation(now_us, None, Slept(self._now_us)))
            self._now_us = now_us
        rounds = 0
        while (due := self.next_deadline_us()) is not None and due <= now_us:
            at_us = max(due, self._now_us)
            rounds = rounds + 1 if at_us == self._now_us else 0
            if rounds > ROUNDS_MAX:  # whatever will not settle must not stop the clock
                at_us, rounds = at_us + UNSETTLED_US, 0
            if at_us > now_us:
                break
            self._step(at_us)
        self._now_us = now_us
        return now_us

    def _step(self, at_us: int) -> None:
        self._now_us = at_us
        for number, chair in self._chairs.items():
            due = self._deadlines.get(number)
            if due is not None and due <= at_us:
                self._advance(chair, at_us)
        moved = self.alarms.advance(at_us)
        for of, payload in moved:
            self._tell(of, payload, at_us)
        if moved:
            self._refresh_views(at_us)
        due_now = self.alarms.due(at_us)
        for number, chair in self._chairs.items():
            if number in due_now:
                chair.dirty = True
            if chair.dirty:
                self._settle(chair, at_us)
        if None in due_now:
            self._station_dirty = True
        self._settle_station(at_us)

    def _advance(self, chair: ChairState, at_us: int) -> None:
        told = len(self._out)
        self._deadlines.pop(chair.number, None)
        for link in chair.links:
            if link.silent_at_us is not None and link.silent_at_us <= at_us:
                seconds = silence_us(link.driver) // SECOND_US
                self._intake.lost(chair, link, False, f"no valid frame for {seconds} s", at_us)
                if link.door.bound is not None and link.door.bound.marks.says_who:
                    chair.request(link.index, Reopen())
            if link.door.deadline_us is not None and link.door.deadline_us <= at_us:
                self._intake.judge(chair, link, at_us)
        rhythm_us = chair.rhythm.next_deadline_us()
        if rhythm_us is not None and rhythm_us <= at_us:
            self._intake.findings(chair, chair.rhythm.advance(at_us), at_us)
        if (blank_us := chair.values.next_deadline_us()) is not None and blank_us <= at_us:
            chair.dirty = chair.values.advance(at_us) or chair.dirty
        if (expiry_us := _reading_expiry_us(chair)) is not None and expiry_us <= at_us:
            chair.reading, chair.dirty = None, True
        absence.advance(chair, at_us)
        self._settle(chair, at_us)
        if len(self._out) > told:
            chair.observe(Observation(at_us, None, None))
        self._finish_second(chair, at_us)

    def _finish_second(self, chair: ChairState, at_us: int) -> None:
        second, session = at_us // SECOND_US, chair.treated
        if chair.second is None or second <= chair.second or session is None:
            return
        remember_runs(chair, at_us)
        look_at_readiness(chair, self._views, at_us)
        look_at_checks(chair, at_us)
        self._seconds.append(finished_second(chair, session.id, chair.second, at_us))
        chair.second = second

    def _turn_page(self, chair: ChairState, before: Session | None, now_us: int) -> None:
        """Seconds begin with a session and end with it: the last one is kept as far as it came."""
        if chair.treated is not None and before is None and chair.second is None:
            chair.second = now_us // SECOND_US
            session, last = chair.last_second
            if session == chair.treated.id:  # it may have left in this very second, and came back
                chair.second = max(chair.second, last + 1)
        elif chair.treated is None and before is not None and chair.second is not None:
            chair.last_second = (before.id, chair.second)
            self._seconds.append(finished_second(chair, before.id, chair.second, now_us))
            chair.second = None
        if chair.session is None:
            chair.forget_patient(now_us)

    # ------------------------------------------------------------------ consequences

    def _settle(self, chair: ChairState, now_us: int) -> None:
        """Draw every consequence of what has just changed at this chair: plan, cuff, alarms, and what they change."""
        self._deadlines.pop(chair.number, None)
        for _ in range(ROUNDS_MAX):  # the cuff may move in answer to an alarm, and an alarm in answer to the cuff
            self._follow_plan(chair, now_us)
            if not chair.dirty:
                break
            self._evaluate(chair, now_us)
        self._settle_station(now_us)

    def _follow_plan(self, chair: ChairState, now_us: int) -> None:
        if chair.planned_for != (chair.session, chair.hurried):  # sessions are folded, never changed: a new one is news
            chair.planned_for = (chair.session, chair.hurried)
            chair.cuff.away = chair.treated is not None and chair.treated.away
            chair.cuff.set_plan(plan_for(chair.treated, chair.profile, chair.hurried), chair.profile.nibp, now_us)
            chair.dirty = True
        waits = deferred(chair, now_us)
        if waits is not None:
            chair.cuff.defer()
            chair.tell(waits, now_us)
        self._intake.advance_cuff(chair, now_us)

    def _evaluate(self, chair: ChairState, now_us: int) -> None:
        chair.dirty = False
        chair.tell_sources(now_us)
        if not chair.extreme and wants_repeat(chair):  # known beforehand, so that the alarm can say when
            chair.cuff.confirm(chair.profile.nibp.confirm_after_s)
        payloads = self.alarms.evaluate(chair_facts(chair, now_us), now_us)
        for payload in payloads:
            self._tell(chair.number, payload, now_us)
        if payloads:
            self._refresh_views(now_us)
            self._answer_alarms(chair, now_us)

    def _answer_alarms(self, chair: ChairState, now_us: int) -> None:
        """What standing alarms ask of the cuff: a repeat of an extreme reading (N7), a shorter interval, one now (N21)."""
        rows = {v.row: v for v in self._views if v.chair == chair.number and v.ended_us is None}
        chair.hurried = any(
            row.startswith(_PRESSURE_ROWS) and v.priority >= Priority.MEDIUM and v.kind is Kind.PHYSIOLOGICAL
            for row, v in rows.items()
        )
        extreme = [v for row, v in rows.items() if row in CONFIRM_ROWS]
        chair.extreme, chair.pending = bool(extreme), any(v.priority < Priority.HIGH for v in extreme)
        if chair.pending:
            chair.cuff.confirm(chair.profile.nibp.confirm_after_s)
        else:
            chair.cuff.confirmed()
        vagal = not _SLOW_ROWS.isdisjoint(rows) and "NIBP_S_LOW" in rows
        if vagal and not chair.vagal:
            chair.cuff.hurry(now_us)
        chair.vagal = vagal

    def _settle_station(self, now_us: int) -> None:
        phases = [chair.phase for chair in self._chairs.values() if chair.treated is not None]
        treating = any(phase is not Phase.ADMITTED and phase is not Phase.BASELINE for phase in phases)
        known, health = (bool(phases), treating, *self.alarms.gates.reminder()), self._health
        if known != (health.active, health.treating, health.off_since_us, health.off_words):
            active, treating, since_us, words = known
            self._health = replace(health, active=active, treating=treating, off_since_us=since_us, off_words=words)
            self._station_dirty = True
        if self._station_dirty:
            self._station_dirty = False
            for payload in self.alarms.evaluate_station(self._health, now_us):
                self._tell(None, payload, now_us)

    def _tell(self, of: int | None, payload: ev.Payload, now_us: int) -> None:
        self._desk.remember(payload, of, now_us)
        if of in self._chairs:
            self._chairs[of].tell(payload, now_us)
        else:
            self._out.append(ev.Event(now_us, payload))

    def _refresh_views(self, now_us: int) -> None:
        self._views = self.alarms.views(now_us)
        self._desk.views = self._views

    # ------------------------------------------------------------------ small things

    def _chair(self, number: int) -> ChairState:
        invariant(number in self._chairs, f"samples for chair {number}, which this room does not have")
        return self._chairs[number]

    def _next_reading(self) -> int:
        self._readings += 1
        return self._readings

    def _told(self) -> list[ev.Event]:
        told = self._out.copy()
        self._out.clear()
        return told


def _deadline_us(chair: ChairState) -> int | None:
    times = [at_us for link in chair.links for at_us in (link.silent_at_us, link.door.deadline_us)]
    times += [chair.values.next_deadline_us(), chair.cuff.next_deadline_us(), chair.rhythm.next_deadline_us()]
    times += [_reading_expiry_us(chair), absence.next_us(chair)]
    if chair.second is not None:
        times.append((chair.second + 1) * SECOND_US)
    return min((t for t in times if t is not None), default=None)


def _reading_expiry_us(chair: ChairState) -> int | None:
    return chair.reading.measured_us + READING_BLANK_US if chair.reading is not None else None


def _profile(profiles: Mapping[str, Profile], spec: ChairSpec) -> Profile:
    return profiles[spec.profile] if spec.profile in profiles else next(iter(profiles.values()))


def _refuse_bad_room(
    chairs: Sequence[ChairSpec], profiles: Mapping[str, Profile], devices: Mapping[str, DriverSpec]
) -> None:
    if not profiles:
        raise ValueError("a station needs at least one profile")
    if len({chair.number for chair in chairs}) != len(chairs):
        raise ValueError("two chairs share one number")
    for chair in chairs:
        for link in chair.links:
            if link.device not in devices:
                raise ValueError(f"chair {chair.number} is bound to '{link.device}', which no driver knows")
