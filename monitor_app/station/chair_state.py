"""Everything that may change about one chair, and the one way in which it tells what became true.

A chair's session changes only by folding an event (`core.session.applied`); the event is told in the same breath.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.driver import DeviceCommand, DriverSpec, StartNibp
from drivers.samples import NibpReading, Parameter, Source
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec
from monitor_app.core.facts import Baseline, CheckDue, DeviceWord, Link
from monitor_app.core.findings import Quality, RhythmWord
from monitor_app.core.limits import Limit
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES
from monitor_app.core.phases import LimitPhase, Phase, limit_phase
from monitor_app.core.profile import Profile
from monitor_app.core.second import Heard, InputsDropped, Observation
from monitor_app.core.session import Session, applied
from monitor_app.core.snapshot import LimitView, LogLine
from monitor_app.core.words import log_line
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.station.confirming import Confirming
from monitor_app.station.cuff_schedule import CuffSchedule
from monitor_app.station.idle import IdleData
from monitor_app.station.links import LinkStatus
from monitor_app.station.placing import SampleClock
from monitor_app.station.pulse import PulseWatch
from monitor_app.station.sameness import Sameness
from monitor_app.station.values import Values
from monitor_app.station.ventricular import VentricularBeats

LOG_LINES_MAX = 40
"""What fits beside a chair; the whole story is in the record."""

READINGS_MAX = 20
"""Cuff readings in the list of the chair view: three hours at ten minutes."""

OBSERVATIONS_MAX = 4_000
"""Inputs of one chair in one second: a device at its line's limit sends some hundreds."""

RUN_S = 60
"""Baseline heart rate and SpO2 are the median of the last sixty valid seconds (CLINICAL 2.2, row 3)."""

STEADY_S = 300
"""Five minutes of valid seconds, by which a quiet cuff knows a calm patient (N20)."""

DEMONSTRATION = "demonstration"
"""`DriverSpec.use` of a device that no alarm may rely on (PROTOCOLS section 1)."""

_PARAMETERS = {parameter.value: parameter for parameter in Parameter}


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open the port anew, so that whoever is there says again who it is."""


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a device of a chair shall do, or its port. link: index into the chair's links."""

    chair: int
    link: int
    command: DeviceCommand | Reopen


@dataclass(frozen=True, slots=True)
class CuffRecord:
    """One determination of this session as the list shows it. reading: None when it failed."""

    id: int
    measured_us: int
    reading: NibpReading | None
    trigger: str
    reason: str = ""


@dataclass(slots=True)
class WaveState:
    """One wave of a chair, from the one link that owns it. arrived_us: its newest block. moved_us: when it last changed."""

    parameter: Parameter
    link: int
    rate_hz: float
    unit: str = ""
    scale: float = 1.0
    arrived_us: int | None = None
    moved_us: int | None = None
    clock: SampleClock = field(default_factory=SampleClock)
    quality: Quality | None = None
    sameness: Sameness = field(init=False)

    def __post_init__(self) -> None:
        self.sameness = Sameness(flat_counts=self.parameter is Parameter.PLETH)


class ChairState:
    """One chair of the room. `out` and `requests` are the station's own lists, so that order is kept across chairs."""

    def __init__(
        self,
        spec: ChairSpec,
        devices: Mapping[str, DriverSpec],
        profile: Profile,
        out: list[ev.Event],
        requests: list[DeviceRequest],
        analysis: Callable[[], RhythmAnalyzer] = RhythmAnalyzer,
    ) -> None:
        self.spec = spec
        self.number = spec.number
        self.offers = spec.profile if spec.profile == profile.id else ""
        self.origin = spec.origin
        self._out = out
        self._requests = requests
        drivers = [devices[link.device] for link in spec.links]
        self.links = [
            LinkStatus(i, link, driver) for i, (link, driver) in enumerate(zip(spec.links, drivers, strict=True))
        ]
        best_first = sorted(range(len(drivers)), key=lambda i: (drivers[i].use == DEMONSTRATION, i))
        for_show = [i for i, driver in enumerate(drivers) if driver.use == DEMONSTRATION]
        self.has_demonstration, self.only_demonstration = (
            bool(for_show),
            bool(drivers) and len(for_show) == len(drivers),
        )
        self.values = Values(tuple(driver.numerics for driver in drivers), for_show)
        self.sources: dict[Parameter, tuple[Source | None, int | None]] = {}
        self.waves = _waves(drivers, best_first)
        self.fitted = _fitted(drivers)
        self.pulse_by_wave = not any(Parameter.PULSE_RATE in driver.numerics for driver in drivers)
        self.numerics = tuple(p for p in NUMERICS if p in self.fitted)
        self.cuff_link = next((i for i in best_first if drivers[i].nibp), None)
        commandable = self.cuff_link is not None and StartNibp in drivers[self.cuff_link].commands
        self.cuff = CuffSchedule(self.cuff_link is not None, commandable)
        self.rhythm = analysis()
        self.session: Session | None = None
        self.use_profile(profile)
        self.flags: dict[tuple[str, int | None], frozenset[str]] = {}
        self.flags_since: dict[str, int] = {}
        self.rhythm_since: dict[RhythmWord, int] = {}
        self.rhythm_values: dict[RhythmWord, float] = {}
        self.ventricular = VentricularBeats()
        self.device_word: DeviceWord | None = None
        self.pulse = PulseWatch()
        self.beat_us: int | None = None
        self.beats: dict[Parameter, list[tuple[int, str]]] = {}
        self.reading: CuffRecord | None = None
        self.cuff_text = ""
        self.readings: deque[CuffRecord] = deque(maxlen=READINGS_MAX)
        self.log: deque[LogLine] = deque(maxlen=LOG_LINES_MAX)
        self.log_view: tuple[LogLine, ...] | None = None
        self.runs: dict[Parameter, deque[float]] = {p: deque(maxlen=RUN_S) for p in (Parameter.HR, Parameter.SPO2)}
        self.steady: dict[Parameter, deque[float]] = {p: deque(maxlen=STEADY_S) for p in self.runs}
        self.guarded = True
        self.limits: dict[str, Limit] = {}
        self.limits_key: tuple[Profile, LimitPhase | None, Baseline | None, tuple[tuple[str, float], ...]] | None = None
        self.limit_views: tuple[LimitView, ...] | None = None
        self.hurried = False
        self.vagal = False
        self.pending = False
        self.confirming = Confirming()
        self.extreme = False
        self.ready_since_us: int | None = None
        self.checks: tuple[Session | None, tuple[CheckDue, ...]] | None = None
        self.idle = IdleData()
        self.lapses: tuple[Session | None, int | None] = (None, None)
        self.planned_for: tuple[Session | None, bool] = (None, False)
        self.observations: list[Observation] = []
        self.dropped = 0
        self.second: int | None = None
        self.last_second: tuple[str, int] = ("", 0)
        self.dirty = True
        self.link_facts: tuple[Link, ...] | None = None

    # ------------------------------------------------------------------ what it is

    @property
    def phase(self) -> Phase:
        """Empty without a session."""
        return self.session.phase if self.session is not None else Phase.EMPTY

    @property
    def treated(self) -> Session | None:
        """The session while a patient is in our care, after an abort too; None when nobody is watched."""
        return self.session if self.session is not None and self.session.phase.is_monitored else None

    @property
    def limit_phase(self) -> LimitPhase | None:
        """Which column of limits holds."""
        return limit_phase(self.phase)

    def use_profile(self, profile: Profile) -> None:
        """The plan of this treatment. required: its vital signs; other words (`nibp`) are the cuff schedule's."""
        self.profile = profile
        self.required = frozenset(_PARAMETERS[word] for word in profile.required if word in _PARAMETERS)

    # ------------------------------------------------------------------ what it tells

    def tell(self, payload: ev.Payload, now_us: int, actor: str = ev.ENGINE, session: str | None = None) -> ev.Event:
        """Something became true at this chair: fold it, log it, hand it out. session: empty for nobody's."""
        if session is None and self.session is not None:
            session = self.session.id
        event = ev.Event(now_us, payload, self.number, session or None, actor, self.origin)
        self.session = applied(self.session, event)
        if self.session is not None and self.session.chair != self.number:
            self.session = None  # it goes on at another chair
        self.confirming.told(payload, now_us)
        line = log_line(event)
        if line is not None:
            self.log.append(line)
            self.log_view = None
        self._out.append(event)
        return event

    def request(self, link: int, command: DeviceCommand | Reopen) -> None:
        """Ask a device for something."""
        self._requests.append(DeviceRequest(self.number, link, command))

    def observe(self, observation: Observation) -> bool:
        """Keep an input for the record, while a patient is in our care; True when it was kept."""
        if self.treated is None:
            return False
        keeps = len(self.observations) < OBSERVATIONS_MAX
        if keeps:
            self.observations.append(observation)
        else:
            self.dropped += 1
        return keeps

    def remember_idle(self, now_us: int) -> None:
        """Numbers of a chair without a patient in care may belong to whoever is admitted next."""
        if self.treated is not None:
            self.idle.treated()
            return
        held = {p: h for p in self.numerics if (h := self.values.chosen(p)) is not None}
        numbers = {p: h.number for p, h in held.items() if h.number is not None and not h.is_grey(now_us)}
        self.idle.take(numbers, now_us)

    def begin_turn(self, link: int, now_us: int) -> None:
        """One link speaks twice at one time: what it says now is no part of what it said just before."""
        last = self.observations[-1] if self.observations else None
        if last is not None and (last.now_us, last.link) == (now_us, link):
            self.observe(Observation(now_us, None, None))

    def note_heard(self) -> None:
        """Keep for the record when each device was heard last: at the end of a second, and before the patient moves."""
        for link in self.links:
            if link.live and link.heard_us is not None and link.heard_us != link.kept_us:
                link.kept_us = link.heard_us
                self.observations.append(Observation(link.heard_us, link.index, Heard()))

    def take_observations(self, now_us: int) -> tuple[Observation, ...]:
        """The inputs of a finished second; the next begins with none."""
        self.note_heard()
        if self.dropped:
            self.observations.append(Observation(now_us, None, InputsDropped(self.dropped)))
        taken, self.dropped = tuple(self.observations), 0
        self.observations.clear()
        return taken

    def tell_sources(self, now_us: int) -> None:
        """Where several devices may give one number, tell whose it is from now on (docs/decisions/0005)."""
        if len(self.links) < 2:
            return
        for parameter in self.numerics:
            held = self.values.chosen(parameter)
            if held is None or held.number is None or self.sources.get(parameter) == (held.source, held.link):
                continue
            self.sources[parameter] = (held.source, held.link)
            device = self.links[held.link].spec.device if held.link is not None else ""
            source = held.source.value if held.source is not None else ""
            self.tell(ev.SourceChosen(parameter.value, source, device, held.link), now_us)

    # ------------------------------------------------------------------ flags

    def set_flags(self, of: str, link: int | None, flags: frozenset[str], now_us: int) -> bool:
        """These words hold now for part `of` by this source; True when that is news. A word keeps its first time."""
        key = (of, link)
        if self.flags.get(key, frozenset()) == flags:
            return False
        self.flags[key] = flags
        words = {f"{part}_{flag}" for (part, _), held in self.flags.items() for flag in held}
        self.flags_since = {word: self.flags_since.get(word, now_us) for word in sorted(words)}
        self.dirty = True
        return True

    def drop_flags(self, link: int) -> None:
        """A lost device says nothing any more."""
        for of, source in [key for key in self.flags if key[1] == link]:
            self.set_flags(of, source, frozenset(), 0)

    # ------------------------------------------------------------------ a new patient

    def forget_patient(self, now_us: int) -> None:
        """Readings, runs and plan of one patient never reach the next (ALARMS 9.1, RELIABILITY H25)."""
        self.cuff.new_patient()
        self.reading = None
        self.readings.clear()
        self.values.new_patient(now_us)
        self.ventricular = VentricularBeats()
        for run in (*self.runs.values(), *self.steady.values()):
            run.clear()
        self.hurried = self.vagal = self.pending = self.extreme = False
        self.confirming = Confirming()
        self.ready_since_us = None
        self.dirty = True

    def seat(self, source: ChairState, session: Session, now_us: int) -> None:
        """The session of another chair goes on here: its plan, readings and log; nothing that was measured here before."""
        self.session = session
        self.use_profile(source.profile)
        self.cuff.take_over(source.cuff)
        self.reading = source.reading
        self.readings.extend(source.readings)
        self.confirming = source.confirming
        self.log.clear()
        self.log.extend(source.log)
        self.log_view = None
        self.ready_since_us = source.ready_since_us
        for wave in self.waves.values():
            wave.clock.reset()
        self.second = now_us // SECOND_US + 1  # the running second is the old chair's
        if source.second == self.second:  # which took it from a chair before: its inputs wait for the same one
            self.observations = source.observations
            source.observations, source.second = [], None
        self.limits_key, self.dirty = None, True


def _waves(drivers: list[DriverSpec], best_first: list[int]) -> dict[Parameter, WaveState]:
    """Each wave belongs to the best link that can give it, so that two devices never share a channel."""
    found: dict[Parameter, WaveState] = {}
    for index in best_first:
        for parameter, rate_hz in drivers[index].waves.items():
            if parameter in WAVES:
                found.setdefault(parameter, WaveState(parameter, index, rate_hz))
    return found


def _fitted(drivers: list[DriverSpec]) -> frozenset[Parameter]:
    found = {parameter for driver in drivers for parameter in (*driver.numerics, *driver.waves)}
    if any(parameter.is_ecg for parameter in found):
        found.add(Parameter.HR)
    if Parameter.PLETH in found:
        found.add(Parameter.PULSE_RATE)
    return frozenset(found)
