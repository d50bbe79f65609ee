"""A whole room on a simulated day: six bodies, their devices, faults and a nurse around one Station, from one seed.

Discrete events, one thread, no clock: the world jumps from what a device says next to what falls due in the Station. `fast`
hands over numbers and beats of the truth; `full` sends the bytes of simulated devices through their drivers and our own
detection. Checkers (checkers.py) stand outside the code under test and look after every step.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from drivers.driver import StartNibp, StopNibp
from drivers.samples import (
    Beat,
    CuffPhase,
    DeviceStatus,
    Flag,
    Handshake,
    NibpProgress,
    NibpReading,
    Numeric,
    Origin,
    Parameter,
    Sample,
    Source,
    Validity,
)
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Acknowledge, Admit, LogObservation, PauseSound, StartCuff, TakeStep
from monitor_app.core.events import Event
from monitor_app.core.phases import Phase, Step
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.record.journal import Entry, Journal
from monitor_app.station import Reopen, Station, Wall
from simulators.body import VirtualBody
from simulators.vitals import CuffResult, Sensors, Vitals
from tests.simulation.checkers import Checkers
from tests.simulation.room_faults import RoomFaults
from tests.simulation.store import Disk
from tests.simulation.wire import Wire, wired_spec
from tests.station_example import monitor

S = 1_000_000
MIN = 60 * S
PROFILE = replace(Profile("iv_40", "IV, short for tests"), planned_min=20, recovery_min=10)
"""Shorter than a real treatment, so that an hour holds a whole one and the beginning of the next."""

VISIT_US = 10 * S
LOOK_US = 2 * S
TICK_US = 200_000
BACK_OFF_US = 500_000
EPOCH_US = 1_760_000_000 * S

STANDS_STILL = 50
"""Times that a deadline may be served at one moment; one that does not move then never will."""

FAULT_EVERY_US = 150 * S
"""Mean time between two faults of one chair."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What can go wrong at a chair, and how long it lasts."""

    name: str
    do: Callable[[Seat, World], None]
    lasts_s: tuple[int, int]


class Seat:
    """One chair of the world: a body, its device, and what of it has truly been delivered."""

    def __init__(self, number: int, seed: int) -> None:
        self.number = number
        # the pressure of these patients stays far from every limit unless a fault moves it
        person = {"systolic": 120.0, "diastolic": 75.0, "hr": 72.0, "rise_systolic": 12.0, "rise_diastolic": 8.0}
        self.body = VirtualBody(
            seed, number, person={**person, "gradient": 6.0, "rise_hr": 4.0}, cuff_failure_share=0.0
        )
        self.plugged = True
        self.silent_until_us = 0
        self.garbage_until_us = 0
        self.session: str | None = None
        self.sessions = count(1)
        self.fault_us = 0
        self.readings = count(1)
        self.cuff: tuple[int, CuffResult] | None = None
        self.status: dict[str, frozenset[Flag]] = {}

    def speaks(self, now_us: int) -> bool:
        """True while bytes reach the station."""
        return self.plugged and now_us >= self.silent_until_us

    @property
    def temperature(self) -> float:
        """A signature that no other chair has: a sample under the wrong chair shows."""
        return 36.0 + self.number / 10


class World:
    """Six chairs by default. Run it, then read `violations`, `faults` and `journal`."""

    def __init__(
        self, seed: int, chairs: int = 6, mode: str = "fast", faults: bool = True, room_faults: bool | None = None
    ) -> None:
        """faults: of the chairs; room_faults: of the station, as `faults` unless said."""
        self.seed, self.mode, self.with_faults = seed, mode, faults
        self.with_room_faults = faults if room_faults is None else room_faults
        self.chance = random.Random(seed)
        self.spec = monitor() if mode == "fast" else wired_spec()
        link = LinkSpec(self.spec.id, "", Origin.SIMULATED)
        rooms = [ChairSpec(n, f"Chair {n}", (link,)) for n in range(1, chairs + 1)]
        self._rooms = rooms
        self.station = self.new_station("run-1")
        self.seats = {n: Seat(n, seed) for n in range(1, chairs + 1)}
        self.wires = {n: Wire(self.spec, seat.body) for n, seat in self.seats.items()} if mode == "full" else {}
        self.now = 0
        self.uuid = f"world-{seed}"
        self.epoch_us = EPOCH_US
        self.journal = Journal(self.uuid)
        self.disk = Disk()
        self.faults: Counter[str] = Counter()
        self.checkers = Checkers(self)
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._ids = count(1)
        self._served = 0
        self.room = RoomFaults(self)
        self.room.begin()
        for n in self.seats:
            self._open(n)
        self.at(S + LOOK_US // 2, self._look)

    # ------------------------------------------------------------------ running

    def new_station(self, run: str) -> Station:
        """A station that knows nothing yet."""
        full = self.mode == "full"
        profiles, devices = {PROFILE.id: PROFILE}, {self.spec.id: self.spec}
        return Station(self._rooms, profiles, devices, run=run, version="0", analyse_waves=full)

    @property
    def entries(self) -> list[Entry]:
        """The journal, as far as the disk has it."""
        return self.disk.entries

    @property
    def violations(self) -> list[str]:
        """What the checkers found wrong."""
        return self.checkers.violations

    @property
    def calm_looks(self) -> int:
        """How often a chair was looked at that had to be quiet."""
        return self.checkers.calm_looks

    def run(self, seconds: float) -> World:
        """Live for so long, from deadline to deadline."""
        until = self.now + round(seconds * S)
        while (at := self._next()) <= until:
            self.now = max(self.now, at)
            due = self._due_us()
            self._served = self._served + 1 if due is not None and due <= self.now else 0
            if self._served > STANDS_STILL:
                self.checkers.wrong("a deadline of the station stands still")
                break
            if due is not None and due <= self.now:
                self.tell(self.station.advance(self.now))
                self.serve()
            while self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
        self.now = until
        if not self.room.down:
            self.tell(self.station.advance(until))
        self.disk.state = "ok"
        self.disk.turn(until)
        self.checkers.finish()
        return self

    def _due_us(self) -> int | None:
        return None if self.room.down else self.station.next_deadline_us()

    def _next(self) -> int:
        due = self._due_us()
        return min(self._queue[0][0], due if due is not None else self._queue[0][0])

    def at(self, at_us: int, do: Callable[[], None]) -> None:
        """Let this happen then; what was planned first happens first."""
        heapq.heappush(self._queue, (at_us, next(self._order), do))

    def tell(self, events: list[Event]) -> None:
        """Journal what became true, and show it to the checkers."""
        entries = [self.journal.append(event, self.room.utc_us) for event in events]
        seconds = self.station.take_seconds(self.now)
        for event in events:
            self.checkers.event(event)
        for second in seconds:
            self.checkers.second(second)
        self.disk.offer(entries, seconds, f"run-{self.room.runs}", self.now)
        self.room.after(events)

    def picture(self) -> Snapshot:
        """The room as people see it now."""
        return self.station.snapshot(self.now, Wall(self.room.utc_us, 0))

    # ------------------------------------------------------------------ devices

    def _open(self, n: int) -> None:
        self.tell(self.station.link_opened(n, 0, self.now))
        begin = self.now + n * 10_000
        beat = self._second if self.mode == "fast" else self._tick
        self.at(begin + S, lambda: beat(n))
        self.at(begin + n * 7 * S, lambda: self._visit(n))
        self.at(begin + 60 * S, lambda: self._break(n))

    def say(self, n: int, samples: list[Sample]) -> None:
        """The device of this chair delivers samples, if its line lets it."""
        seat = self.seats[n]
        if samples and seat.speaks(self.now) and not self.room.down:
            self.checkers.delivered(n, samples)
            self.tell(self.station.receive(n, 0, samples, self.now))
            self.serve()

    def serve(self) -> None:
        """Hand the station's requests to the devices."""
        for request in () if self.room.down else self.station.take_requests():
            if isinstance(request.command, Reopen):
                self.tell(self.station.link_lost(request.chair, 0, "opened anew", False, self.now))
                self.at(self.now + BACK_OFF_US, lambda n=request.chair: self._open_anew(n))  # type: ignore[misc]
            elif self.mode == "full":
                if self.wires[request.chair].ask(request.command, self.now) is not None:
                    self.tell(self.station.request_refused(request, self.now))
            elif isinstance(request.command, StartNibp):
                self._inflate(self.seats[request.chair])
            elif isinstance(request.command, StopNibp):
                self._deflate(self.seats[request.chair])

    def _open_anew(self, n: int) -> None:
        """The port of this chair opens again with a new driver, as the engine would have it; not while it is unplugged."""
        if self.room.down or not self.seats[n].plugged:
            return
        if self.mode == "full":
            self.wires[n].reopened(self.now)
        self.tell(self.station.link_opened(n, 0, self.now))
        self.serve()

    def _second(self, n: int) -> None:
        """One second of a device of the fast mode: numbers now, and the beats of the second to come at their times."""
        seat = self.seats[n]
        seat.body.advance(self.now)
        vitals, sensors = seat.body.vitals(), seat.body.sensors()
        self.checkers.truth(n, vitals)
        self.say(n, [*_changed(seat, sensors), *_numbers(seat, vitals, sensors)])
        for beat in seat.body.beats(self.now, self.now + S):
            if sensors.ecg_on:
                self.at(beat.t_us, lambda t=beat.t_us: self.say(n, [Beat(t, Source.ECG)]))  # type: ignore[misc]
        self.at(self.now + S, lambda: self._second(n))

    def _inflate(self, seat: Seat) -> None:
        result = seat.body.start_cuff(self.now)
        mine = (self.now, result)
        seat.cuff = mine
        self.say(seat.number, [NibpProgress(self.now, CuffPhase.INFLATING, 100)])
        self.at(self.now + result.duration_us, lambda: self._deflated(seat, mine))

    def _deflated(self, seat: Seat, mine: tuple[int, CuffResult]) -> None:
        if seat.cuff is mine:
            seat.cuff = None
            self.say(seat.number, [_reading(next(seat.readings), self.now, mine[1])])

    def _deflate(self, seat: Seat) -> None:
        if seat.cuff is not None:
            seat.cuff = None
            aborted = NibpReading(self.now, next(seat.readings), None, None, None, None, Validity.ABORTED, "stopped")
            self.at(self.now + S, lambda: self.say(seat.number, [aborted]))

    def _tick(self, n: int) -> None:
        """A fifth of a second of the full mode: bytes both ways."""
        seat, wire = self.seats[n], self.wires[n]
        seat.body.advance(self.now)
        data = wire.bytes(self.now)
        if seat.speaks(self.now):
            if self.now < seat.garbage_until_us:
                data = self.chance.randbytes(len(data))
            self.say(n, wire.heard(data, self.now))
        if self.now // S != (self.now - TICK_US) // S:
            self.checkers.truth(n, seat.body.vitals())
        self.at(self.now + TICK_US, lambda: self._tick(n))

    def _look(self) -> None:
        """The checkers look at the whole room."""
        if not self.room.down:
            self.checkers.room(self.picture())
        self.at(self.now + LOOK_US, self._look)

    # ------------------------------------------------------------------ faults

    def _break(self, n: int) -> None:
        """Let one thing go wrong at this chair, and plan the next."""
        if self.with_faults:
            fault = self.chance.choice(FAULTS)
            self.faults[fault.name] += 1
            seconds = self.chance.randint(*fault.lasts_s)
            self.seats[n].fault_us = self.now + seconds * S
            self.checkers.trouble(n, self.now + seconds * S)
            fault.do(self.seats[n], self)
        self.at(self.now + round(self.chance.expovariate(1 / FAULT_EVERY_US)) + 20 * S, lambda: self._break(n))

    def unplug(self, seat: Seat) -> None:
        """The port dies; it comes back when the fault is over."""
        if not seat.plugged:
            return
        seat.plugged = False
        self.checkers.lost(seat.number)
        if not self.room.down:
            self.tell(self.station.link_lost(seat.number, 0, "the port is gone", True, self.now))
            self.serve()
        self.at(seat.fault_us, lambda: self._replug(seat))

    def _replug(self, seat: Seat) -> None:
        seat.plugged = True
        seat.status.clear()
        if self.mode == "full":
            self.wires[seat.number].reopened(self.now)
        if not self.room.down:
            self.tell(self.station.link_opened(seat.number, 0, self.now))

    # ------------------------------------------------------------------ the nurse

    def _visit(self, n: int) -> None:
        """The nurse looks at this chair and does what its picture asks for."""
        if not (self.room.down or self.room.display_gone):
            view = next(view for view in self.picture().chairs if view.number == n)
            self._treat(n, view)
            self._mind(n, view)
        self.at(self.now + VISIT_US, lambda: self._visit(n))

    def _treat(self, n: int, view: ChairView) -> None:
        seat = self.seats[n]
        step = next((s for s in view.phase.steps if s.primary), None)
        if step is None or not step.enabled:
            return
        if step.step is Step.ADMIT:
            seat.session = f"chair-{n}-session-{next(seat.sessions)}"
            seat.body.intervene("admit")
            self.do(Admit(self.id, n, seat.session, f"P{n}", PROFILE.id, actor="nurse:A"))
        elif step.step is not Step.END_INFUSION or (view.phase.remaining_s or 1) <= 0:
            patient = not step.soft or (step.step is not Step.DISCHARGE and view.phase.elapsed_s > 400)
            if patient:
                self._step(n, step.step, override=step.soft)
        if view.phase.phase is Phase.INFUSION and not view.phase.paused and self.chance.random() < 0.004:
            self._step(n, Step.PAUSE_INFUSION)
        if view.phase.phase in (Phase.INFUSION, Phase.RECOVERY) and self.chance.random() < 0.001:
            self._step(n, Step.ABORT)

    def _step(self, n: int, step: Step, override: bool = False) -> None:
        session = self.seats[n].session or ""
        self.do(
            TakeStep(
                self.id, n, session, step, "as agreed" if override else "", override=override, actor="nurse:A", by="R."
            )
        )
        drug = {Step.START_INFUSION, Step.PAUSE_INFUSION, Step.RESUME_INFUSION, Step.END_INFUSION, Step.ABORT}
        if step in drug:
            self.seats[n].body.intervene(step.value)

    def _mind(self, n: int, view: ChairView) -> None:
        """Alarms taken, a note, a sound paused, a cuff wanted: each now and then."""
        chance, session = self.chance.random(), self.seats[n].session or ""
        if view.alarms and chance < 0.5:
            self.do(Acknowledge(self.id, n, tuple(alarm.occurrence for alarm in view.alarms), actor="nurse:A"))
        if view.alarms and 0.5 < chance < 0.55:
            self.do(PauseSound(self.id, actor="nurse:A"))
        if view.session and 0.6 < chance < 0.605:
            self.do(StartCuff(self.id, n, session, actor="nurse:A"))
        if view.session and 0.7 < chance < 0.71:
            self.do(LogObservation(self.id, n, session, "nausea", actor="nurse:A"))

    def do(self, cmd: Any) -> None:
        """A person asks for something."""
        if not self.room.down:
            self.tell(self.station.command(cmd, self.now).events)
            self.serve()

    @property
    def id(self) -> str:
        """A new command id."""
        return f"w{next(self._ids)}"


# ---------------------------------------------------------------------- what a device of the fast mode says


def _numbers(seat: Seat, vitals: Vitals, sensors: Sensors) -> list[Sample]:
    off = {"on": Validity.SEARCHING, "off": Validity.SENSOR_OFF, "unplugged": Validity.SENSOR_UNPLUGGED}[sensors.probe]
    no_ecg = Validity.NOT_MEASURED if sensors.ecg_on else Validity.SENSOR_OFF
    return [
        _number(Parameter.HR, vitals.hr, "bpm", Source.ECG, no_ecg),
        _number(Parameter.PULSE_RATE, vitals.pulse_rate, "bpm", Source.PLETH, off),
        _number(Parameter.SPO2, vitals.spo2, "%", Source.PLETH, off),
        _number(Parameter.TEMPERATURE, seat.temperature, "degC", None, off),
    ]


def _number(parameter: Parameter, value: float | None, unit: str, source: Source | None, reason: Validity) -> Numeric:
    return Numeric(0, parameter, value, unit, Validity.VALID if value is not None else reason, source)


def _changed(seat: Seat, sensors: Sensors) -> list[Sample]:
    """The flags of each part when they have changed, and once at the start."""
    probe = {
        "on": frozenset[Flag](),
        "off": frozenset({Flag.PROBE_OFF}),
        "unplugged": frozenset({Flag.SENSOR_UNPLUGGED}),
    }
    now = {"ecg": frozenset[Flag]() if sensors.ecg_on else frozenset({Flag.LEAD_OFF}), "spo2": probe[sensors.probe]}
    told = [
        DeviceStatus(0, of, flags, Handshake.STREAMING) for of, flags in now.items() if seat.status.get(of) != flags
    ]
    seat.status = now
    return list(told)


def _reading(number: int, t_us: int, result: CuffResult) -> NibpReading:
    if result.systolic is None:
        return NibpReading(t_us, number, None, None, None, None, Validity.FAILED, result.reason)
    return NibpReading(t_us, number, result.systolic, result.diastolic, result.mean, result.pulse, Validity.VALID)


# ---------------------------------------------------------------------- what can go wrong


def _body(do: str, **params: float) -> Callable[[Seat, World], None]:
    def act(seat: Seat, world: World) -> None:
        for_s = (seat.fault_us - world.now) / S
        seat.body.intervene(do, **params, **({"for_s": for_s} if do in _TIMED else {"hold_s": for_s, "over_s": 5}))

    return act


_TIMED = {"lead_off", "probe_off", "probe_unplugged", "asystole", "motion"}


def _unplug(seat: Seat, world: World) -> None:
    world.unplug(seat)


def _silence(seat: Seat, world: World) -> None:
    seat.silent_until_us = seat.fault_us


def _garbage(seat: Seat, world: World) -> None:
    seat.garbage_until_us = seat.fault_us
    if world.mode == "fast":
        seat.silent_until_us = seat.fault_us  # garbage makes no samples


FAULTS = (
    Fault("unplug", _unplug, (5, 60)),
    Fault("silence", _silence, (2, 40)),
    Fault("garbage", _garbage, (1, 15)),
    Fault("probe off", _body("probe_off"), (5, 90)),
    Fault("probe unplugged", _body("probe_unplugged"), (5, 60)),
    Fault("lead off", _body("lead_off"), (5, 60)),
    Fault("desaturation", _body("spo2_to", value=80.0), (40, 120)),
    Fault("fast heart", _body("hr_to", value=160.0), (60, 120)),
    Fault("slow heart", _body("hr_to", value=34.0), (60, 120)),
    Fault("surge", _body("surge", systolic=215.0, diastolic=125.0), (300, 600)),
    Fault("asystole", _body("asystole"), (8, 15)),
)
