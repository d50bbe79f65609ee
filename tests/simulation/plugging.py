"""A clinic's cupboard of devices and a computer's sockets, plugged at random; the oracle knows who was put where.

Every device carries a marker that it puts into all its samples, so that what stands under a chair names its origin. The
oracle knows nothing of how the station compares. A person (the wiring of the first day, a confirmation) says which device
belongs to which chair; after that a sample under a chair is wrong unless its device is that one. Two devices that look alike
in everything (no serial number anywhere, or the same one) are told apart by nobody but by their sockets: there, the device
in the socket that the person saw counts as the one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, count

from drivers.driver import DriverSpec
from drivers.samples import (
    Beat,
    Identity,
    LinkQuality,
    NibpReading,
    Numeric,
    Origin,
    Parameter,
    Sample,
    Source,
    Validity,
)
from drivers.transport import FoundPort, PortLost
from monitor_app.core import events as ev
from monitor_app.core.binding import Place
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, ConfirmDevice, TakeStep
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.engine.whereabouts import Whereabouts
from monitor_app.station import Reopen, Station
from monitor_app.station.bindings import IDENTITY_US
from tests.station_example import WALL, block, monitor

MARK = 40
"""Marker of the first device as a heart rate; the next one is one more. All lie where no limit and no range is broken."""


SEEN_TOGETHER = 10
"""Seconds within which a station must have understood that two devices say one number."""

PLAIN = "1a86:7523:"
"""An adapter without a serial number."""


@dataclass(slots=True)
class Unit:
    """A device with its cable. usb, serial: numbers it carries, empty for none. strength: what its kind says of itself."""

    mark: int
    usb: str
    serial: str
    model: str
    slow: int = 0  # seconds from its first data to its name; beyond three it comes too late
    readings: int = 0
    read_as: tuple[str, str, str] = ("", "", "")  # how it looked when it gave its last reading

    @property
    def looks(self) -> tuple[str, str, str]:
        return self.usb, self.serial, self.model


@dataclass(slots=True)
class Chair:
    number: int
    spec: LinkSpec
    stated: Unit | None = None  # what a person last said; how it looked then, and in which socket it was
    stated_looks: tuple[str, str, str] = ("", "", "")
    stated_at: str = ""
    opened: Place | None = None
    unit: Unit | None = None  # who speaks on the port that is open for it
    began_us: int = 0
    named: bool = False
    lost_since: int = 0


@dataclass
class Clinic:
    """One random life. attributed: samples under chairs; wrong: those of another device; log: for a failing seed."""

    seed: int
    chairs_n: int = 3
    attributed: int = 0
    withheld: int = 0
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.now = SECOND_US
        self.ids = count(1)
        self.tty = count(0)
        self.sockets: dict[str, Unit | None] = {f"1-{n}:1.0": None for n in range(1, 6)}
        self.names: dict[str, str] = {}
        self.spec: DriverSpec = monitor(identity=self.dice.choice(["none", "model", "serial"]))
        self.units = self._cupboard()
        self.alarmed = self.dice.random() < 0.5
        wired = list(zip(range(1, self.chairs_n + 1), self.units, self.sockets, strict=False))
        for _, unit, socket in wired:
            self._put(unit, socket)
        self.seats = [Chair(n, LinkSpec("bedside", self._port(unit, s), Origin.TEST)) for n, unit, s in wired]
        self.station = self._station()
        self.journal: list[ev.Event] = []
        self.together: Counter[frozenset[int]] = Counter()
        self.where = self._whereabouts()

    # ------------------------------------------------------------------ the things

    def _cupboard(self) -> list[Unit]:
        dice, units = self.dice, []
        clone = dice.random() < 0.4
        for n in range(dice.randint(self.chairs_n, self.chairs_n + 2)):
            usb = dice.choice([PLAIN, f"0403:6001:U{n}", f"0403:6001:U{n}", "0403:6001:CLONE" if clone else PLAIN])
            serial = dice.choice(["", f"S{n}", f"S{n}", "S-TWICE" if clone else ""])
            model = dice.choice(["", "M1", "M1", "M2"]) if serial or dice.random() < 0.5 else ""
            slow = 0 if self.spec.identity == "none" else dice.choice([0, 0, 1, 2, 4])
            units.append(Unit(MARK + n, usb, serial, model, slow))
        return units

    def _port(self, unit: Unit, socket: str) -> str:
        unique = sum(other.usb == unit.usb for other in self.units) == 1 and not unit.usb.endswith(":")
        kinds = [f"usb-location:{socket}", f"/dev/{self.names[socket]}"] + ([f"usb:{unit.usb}"] if unique else [])
        return self.dice.choice(kinds)

    def _put(self, unit: Unit, socket: str) -> None:
        self.sockets[socket] = unit
        self.names[socket] = f"ttyUSB{next(self.tty)}"

    def ports(self) -> list[FoundPort]:
        return [
            FoundPort(f"/dev/{self.names[s]}", "", unit.usb[:9], unit.usb[10:], s)
            for s, unit in self.sockets.items()
            if unit is not None
        ]

    # ------------------------------------------------------------------ the station

    def _station(self) -> Station:
        rows = [ChairSpec(seat.number, f"Chair {seat.number}", (seat.spec,)) for seat in self.seats]
        return Station(
            rows, {"iv_40": Profile("iv_40", "T")}, {"bedside": self.spec}, run="r", version="0", analyse_waves=False
        )

    def _whereabouts(self) -> Whereabouts:
        return Whereabouts({(seat.number, 0): seat.spec for seat in self.seats}, real=lambda path: path)

    def tell(self, events: Sequence[ev.Event]) -> None:
        self.journal += events
        for event in events:
            self.where.remember(event)
            if isinstance(event.payload, ev.DeviceBound):
                self.counts[f"bound {event.payload.cause}"] += 1
                if event.payload.cause == "first":
                    self._state(self.seats[(event.chair or 0) - 1])
            elif isinstance(event.payload, (ev.DeviceRefused, ev.DeviceUnbound)):
                self.counts[type(event.payload).__name__] += 1
            elif isinstance(event.payload, ev.NibpMeasured) and event.chair is not None:
                self._judge(self.seats[event.chair - 1], int(event.payload.systolic or 0) - 60, "reading")
            elif isinstance(event.payload, ev.AlarmRaised) and event.payload.row == "DEVICE_MISMATCH":
                self.counts["alarm"] += 1

    def _state(self, seat: Chair) -> None:
        seat.stated, seat.stated_at = seat.unit, seat.opened.location if seat.opened is not None else ""
        seat.stated_looks = seat.unit.looks if seat.unit is not None else ("", "", "")

    def restart(self) -> None:
        """The engine ends and comes back with its journal."""
        self.station, self.where = self._station(), self._whereabouts()
        for event in self.journal:
            self.where.remember(event)
        self.tell(self.station.restore_bindings(self.journal, self.now))
        for seat in self.seats:
            seat.opened = seat.unit = None
        self.counts["restart"] += 1

    # ------------------------------------------------------------------ what people do

    def act(self) -> None:
        """One thing at random."""
        kind = self.dice.choice(
            [
                "pull",
                "plug",
                "plug",
                "swap",
                "swap",
                "renumber",
                "steal",
                "confirm",
                "confirm",
                "restart",
                "wait",
                "glitch",
            ]
        )
        self.log.append(kind)
        getattr(self, f"_{kind}")()

    def _pull(self) -> None:
        full = [s for s, unit in self.sockets.items() if unit is not None]
        if full:
            self._hang_up(self.dice.choice(full))

    def _plug(self) -> None:
        empty = [s for s, unit in self.sockets.items() if unit is None]
        loose = [unit for unit in self.units if unit not in self.sockets.values()]
        if empty and loose:
            self._put(self.dice.choice(loose), self.dice.choice(empty))
            self.counts["plug"] += 1

    def _swap(self) -> None:
        one, two = self.dice.sample(list(self.sockets), 2)
        first, second = self.sockets[one], self.sockets[two]
        self._hang_up(one)
        self._hang_up(two)
        if self.dice.random() < 0.3:
            self.run(1)
        for socket, unit in ((one, second), (two, first)):
            if unit is not None:
                self._put(unit, socket)
        self.counts["swap"] += 1

    def _renumber(self) -> None:
        """The host wakes up: everything is plugged anew, in another order of names."""
        held = dict(self.sockets)
        for socket in held:
            self._hang_up(socket)
        numbers = self.dice.sample(range(6), len(held))
        for (socket, unit), number in zip(held.items(), numbers, strict=True):
            if unit is not None:
                self._put(unit, socket)
                self.names[socket] = f"ttyUSB{number}"
        self.tty = count(6)
        self.counts["renumber"] += 1

    def _steal(self) -> None:
        """The device behind an adapter is exchanged: the port lives on, and falls silent for a while."""
        one, two = self.dice.sample(self.units, 2)
        silent = [seat for seat in self.seats if seat.unit in (one, two)]
        if one.usb.endswith(":") and two.usb.endswith(":"):
            return
        one.usb, two.usb = two.usb, one.usb
        for socket, unit in self.sockets.items():
            if unit in (one, two):
                self.sockets[socket] = two if unit is one else one
        held = [(seat, seat.unit) for seat in silent]
        for seat in silent:
            seat.unit = None
        self.run(6)
        for seat, unit in held:
            if seat.opened is not None and seat.unit is None:
                seat.unit = next(
                    (u for s, u in self.sockets.items() if f"usb-location:{s}" == seat.opened.location), None
                )
                seat.named, seat.began_us = seat.unit is unit, self.now
        self.counts["steal"] += 1

    def _glitch(self) -> None:
        seat = self.dice.choice(self.seats)
        self._lose(seat)

    def _restart(self) -> None:
        if self.dice.random() < 0.3:
            self.restart()

    def _wait(self) -> None:
        self.run(self.dice.choice([1, 4, 7]))

    def _confirm(self) -> None:
        """A person looks at the chair and confirms what the screen says is there; now and then too late."""
        asking = [seat for seat in self.seats if self.station._chairs[seat.number].links[0].door.asks]
        if not asking:
            return
        seat = self.dice.choice(asking)
        shown = self._link_view(seat).seen
        late = self.dice.random() < 0.3
        unit, place = seat.unit, seat.opened
        if late:
            self._swap()
            self.run(1)
        holds = self.station.command(ConfirmDevice(f"c{next(self.ids)}", seat.number, 0, shown), self.now)
        if holds.reply.done:
            self._state(seat)
            for other in self.seats:  # a person said where it is: nowhere else
                if other is not seat and other.stated is seat.stated:
                    other.stated = None
            self.counts["confirm"] += 1
            assert not late or place is None or seat.opened is None or (unit or seat.unit) is not None
        else:
            self.counts["confirm refused"] += 1
        self.tell(holds.events)

    # ------------------------------------------------------------------ the lines

    def _hang_up(self, socket: str) -> None:
        self.sockets[socket] = None
        for seat in self.seats:
            if seat.opened is not None and seat.opened.location == f"usb-location:{socket}":
                self._lose(seat)

    def _lose(self, seat: Chair) -> None:
        seat.opened = seat.unit = None
        self.tell(self.station.link_lost(seat.number, 0, "pulled", True, self.now))

    def _open(self, seat: Chair) -> None:
        try:
            place = self.where.find((seat.number, 0), self.ports())
        except PortLost:
            return
        taken = any(other.opened is not None and other.opened.url == place.url for other in self.seats)
        socket = place.location.removeprefix("usb-location:")
        unit = self.sockets.get(socket)
        if taken or unit is None:
            return
        seat.opened, seat.unit, seat.began_us, seat.named = place, unit, self.now, False
        self.tell(self.station.link_opened(seat.number, 0, self.now, place))

    def run(self, seconds: int) -> None:
        """Let devices speak, once a second."""
        for _ in range(seconds):
            self.now += SECOND_US
            self.tell(self.station.advance(self.now))
            for request in self.station.take_requests():
                seat = self.seats[request.chair - 1]
                if isinstance(request.command, Reopen) and seat.opened is not None:
                    self._lose(seat)
            for seat in self.dice.sample(self.seats, len(self.seats)):
                if seat.opened is None:
                    self._open(seat)
                elif seat.unit is not None:
                    self.tell(self.station.receive(seat.number, 0, self._says(seat, seat.unit), self.now))
                self._look(seat)
            speaking = [seat.unit.mark for seat in self.seats if seat.unit is not None]
            self.together.update(frozenset(pair) for pair in combinations(speaking, 2))

    def _says(self, seat: Chair, unit: Unit) -> list[Sample]:
        samples: list[Sample] = [
            Numeric(0, Parameter.HR, float(unit.mark), "", Validity.VALID, Source.ECG),
            Numeric(0, Parameter.SPO2, float(unit.mark + 40), "", Validity.VALID, Source.PLETH),
            Beat(self.now, Source.PLETH),
            block(0, 1 + unit.mark),
            LinkQuality(0, 1, 0, 0),
        ]
        if self.dice.random() < 0.1:
            unit.readings += 1
            unit.read_as = unit.looks
            mark = unit.mark + 60
            samples.append(
                NibpReading(0, unit.mark * 1000 + unit.readings, mark, mark - 30, mark - 20, 60, Validity.VALID)
            )
        if not seat.named and self.now - seat.began_us >= unit.slow * SECOND_US and (unit.model or unit.serial):
            seat.named = True
            samples.insert(
                self.dice.randint(0, len(samples)), Identity(0, "T", unit.model or None, unit.serial or None)
            )
        return samples

    # ------------------------------------------------------------------ the oracle

    def _link_view(self, seat: Chair):  # type: ignore[no-untyped-def]
        chairs = self.station.snapshot(self.now, WALL).chairs
        return next(view for view in chairs if view.number == seat.number).links[0]

    def _look(self, seat: Chair) -> None:
        """Numbers and waves that came under this chair in this very moment: whose are they?"""
        state = self.station._chairs[seat.number]
        for parameter, offset in ((Parameter.HR, 0), (Parameter.SPO2, 40)):
            for held in state.values.of(parameter):
                if held.number is not None and held.number_us == self.now:
                    self._judge(seat, round(held.number) - offset, parameter.value)
        for chunk in self.station.take_waves():
            self._judge(self.seats[chunk.chair - 1], len(chunk.data) // 2 - 1, "wave")
        if seat.unit is not None and not state.links[0].door.is_open:
            self.withheld += 1

    def _judge(self, seat: Chair, mark: int, what: str) -> None:
        self.attributed += 1
        unit, stated = self.units[mark - MARK], seat.stated
        if unit is stated:
            return
        here = seat.opened.location if seat.opened is not None else ""
        alone = sum(other.usb == unit.usb for other in self.units) == 1 and not unit.usb.endswith(":")
        looks = unit.read_as if what == "reading" else unit.looks
        if looks == seat.stated_looks and (here == seat.stated_at or alone):
            self.counts["told apart by nothing but the socket or the adapter"] += 1
            return
        if (
            stated is not None
            and unit.serial
            and (unit.serial, unit.model) == seat.stated_looks[1:]
            and self.together[frozenset((unit.mark, stated.mark))] <= SEEN_TOGETHER
        ):
            self.counts["said the serial number of another that was not yet there at the same time"] += 1
            return
        if (
            unit.slow * SECOND_US > IDENTITY_US
            and not any(seat.stated_looks[1:])
            and (seat.unit is None or unit.usb == seat.stated_looks[0])
        ):
            self.counts["said who it is only after its time was over"] += 1
            return
        self.wrong.append(
            f"seed {self.seed}: {what} of {unit} under chair {seat.number}, where {stated} belongs; {self.log}"
        )


def lived(seed: int, acts: int = 12) -> Clinic:
    """The first day's wiring, then so many acts; half of the lives with patients and their alarms."""
    clinic = Clinic(seed)
    clinic.run(5)
    if clinic.alarmed:
        for seat in clinic.seats:
            session = f"s{seat.number}"
            outcome = clinic.station.command(Admit(f"a{seat.number}", seat.number, session, "P"), clinic.now)
            clinic.tell(outcome.events)
            step = TakeStep(f"b{seat.number}", seat.number, session, Step.START_BASELINE)
            clinic.tell(clinic.station.command(step, clinic.now).events)
    for _ in range(acts):
        clinic.act()
        clinic.run(clinic.dice.choice([0, 1, 1, 2]))
    return clinic
