"""Which virtual devices stand at which chair, and who plays their patients? Simulators on ports, or inside the engine.

At speed 1 a process of its own serves every device on a real port; the binding says that it is simulated, because the
wire cannot. At a little more speed the same devices run inside the engine on its virtual clock; at much more the patients
themselves do, without bytes (decision 0009).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from drivers import catalog
from drivers.driver import DriverSpec, StartNibp
from drivers.samples import Origin, Parameter
from monitor_app import clock
from monitor_app.app.faults import Problem
from monitor_app.app.nurse import ScriptedNurse
from monitor_app.app.true_rhythm import TrueRhythm
from monitor_app.app.truth import TRUTH, TruthDevice, TruthSide
from monitor_app.assets import resources
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.profile import Profile
from monitor_app.engine.links import DirectLink, LinkEnd
from monitor_app.engine.runner import StationClock
from monitor_app.engine.virtual import VirtualRoom
from monitor_app.supervisor import own_path, python
from simulators import ports
from simulators import scenario as scenarios
from simulators.body import Body, VirtualBody
from simulators.devices import twins
from simulators.recording import Recording, RecordingError
from simulators.scenario import Scenario, ScenarioError

DEFAULT_SCENARIO = "calm"
PACE_US = 10_000
TRUTH_ABOVE_SPEED = 4.0
"""Bytes, waves and the search for beats in them can be had up to so many times real time."""
LINGER_US = 500_000
"""After the last byte, so that a reader gets it before the line hangs up."""


@dataclass(frozen=True, slots=True)
class Play:
    """What was asked for. scripted: a nurse leads the chairs."""

    scenario: str | None
    record: str | None
    seed: int | None
    chairs: int
    headless: bool
    speed: float = 1.0
    drill: bool = False

    @property
    def inside(self) -> bool:
        """The patients live in the engine: on its virtual clock, or because what a trainee does must reach them."""
        return self.speed > 1 or self.drill

    @property
    def by_truth(self) -> bool:
        """The patients speak without bytes. A recording has no truth to speak of: it stays on the wire."""
        return self.speed > TRUTH_ABOVE_SPEED and self.record is None

    @property
    def scripted(self) -> bool:
        """A nurse is needed where nobody sits, and comes with every scenario that was named."""
        return self.headless or self.scenario is not None


@dataclass(frozen=True, slots=True)
class SimulatedRoom:
    """The chairs, and the scenario their patients live by. folder: where the ports get their lasting names."""

    play: Play
    scenario: Scenario
    chairs: tuple[ChairSpec, ...]
    seed: int

    @classmethod
    def of(
        cls, play: Play, profiles: Mapping[str, Profile], folder: Path, scenario: Scenario | None = None
    ) -> SimulatedRoom:
        """Choose the devices. scenario: in place of the one that `play` names. Raises Problem for an unknown one, for an
        unknown profile and for a record that cannot be played."""
        scenario = scenario if scenario is not None else _scenario(play.scenario or DEFAULT_SCENARIO)
        scenario = scenario.for_drill() if play.drill else scenario
        if scenario.profile not in profiles:
            raise Problem(f"scenario '{scenario.name}' wants profile '{scenario.profile}', which does not exist")
        if play.record is not None:
            _check_record(play.record)
        origin = Origin.RECORDED if play.record is not None else Origin.SIMULATED
        chairs = tuple(
            ChairSpec(number, f"Chair {number}", _links(number, folder, origin, play.by_truth), scenario.profile)
            for number in range(1, play.chairs + 1)
        )
        return cls(play, scenario, chairs, scenario.seed if play.seed is None else play.seed)

    def script(self) -> ScriptedNurse | None:
        """The scenario's nurse, or None where a person leads."""
        if not self.play.scripted:
            return None
        steps_of = {chair.number: self.scenario.nurse_steps([chair.number]) for chair in self.chairs}
        return ScriptedNurse(self.scenario.name, self.scenario.profile, steps_of)

    def body(self, chair: int) -> Body:
        """Who sits in this chair."""
        if self.play.record is not None:
            return Recording(Path(self.play.record))
        return self.scenario.body(self.seed, chair, led=self.play.scripted)


class BodiesInEngine:
    """Simulated devices on the engine's own clock; the devices of one chair share one body."""

    def __init__(self, room: SimulatedRoom) -> None:
        self._room = room
        self._bodies: dict[int, Body] = {}
        self._began_us: int | None = None

    def intervene(self, chair: int, do: str, numbers: Mapping[str, float]) -> None:
        """What somebody did to the patient in `chair`."""
        body = self._bodies.get(chair)
        if isinstance(body, VirtualBody):
            body.intervene(do, **numbers)

    def end_of(self, chair: ChairSpec, index: int, station_clock: StationClock) -> LinkEnd:
        """The link of one device."""
        if self._began_us is None:
            self._began_us = station_clock.now_us()
        began_us = self._began_us
        body = self._bodies.setdefault(chair.number, self._room.body(chair.number))
        twin = twins()[chair.links[index].device].make(body)

        def advance(now_us: int) -> bytes:
            body.advance(now_us - began_us)
            sent = twin.advance(now_us - began_us)
            return sent if body.sensors().plugged else b""

        return DirectLink(advance, lambda data, now_us: twin.receive(data, now_us - began_us))


class TruePatients:
    """Virtual patients inside the engine, each with its device and, in its place of the order, its rhythm."""

    def __init__(self, room: SimulatedRoom) -> None:
        self._room = room
        self._devices: dict[int, TruthDevice] = {}
        self._order = cycle(sorted(chair.number for chair in room.chairs))

    def side_of(self, chair: ChairSpec, station_clock: StationClock) -> TruthSide:
        """The bedside of one patient, whose life begins now."""
        body = self._room.scenario.body(self._room.seed, chair.number, led=self._room.play.scripted)
        device = TruthDevice(body, station_clock.now_us())
        self._devices[chair.number] = device
        return TruthSide(chair.number, 0, device)

    def intervene(self, chair: int, do: str, numbers: Mapping[str, float]) -> None:
        """What somebody did to the patient in `chair`."""
        if chair in self._devices:
            self._devices[chair].body.intervene(do, **numbers)

    def analysis(self) -> TrueRhythm:
        """The rhythm of the next chair."""
        return TrueRhythm(_Later(self._devices, next(self._order)))


@dataclass(frozen=True, slots=True)
class _Later:
    """The truth of a chair whose patient comes only when the station stands."""

    devices: Mapping[int, TruthDevice]
    chair: int

    def beat_class(self, at_us: int) -> str:
        return self.devices[self.chair].beat_class(at_us)

    def fibrillating_us(self) -> int | None:
        return self.devices[self.chair].fibrillating_us()

    @property
    def disturbed(self) -> bool:
        return self.devices[self.chair].disturbed


def virtual_room(patients: TruePatients) -> VirtualRoom:
    """Patients without a wire, for the engine."""
    return VirtualRoom(TRUTH, patients.side_of, patients.analysis)


def in_engine(room: SimulatedRoom) -> BodiesInEngine:
    """The room's devices, for a run at more than real speed."""
    return BodiesInEngine(room)


def ports_of(room: SimulatedRoom) -> list[Path]:
    """The lasting name of every simulated port, in the order in which the simulators announce them."""
    return [Path(link.url) for chair in room.chairs for link in chair.links]


def drawn_drill(seed: int) -> str:
    """One of the scenarios that expect something of a person."""
    folder = resources() / "scenarios"
    found = [name for name in scenarios.names(folder) if any(e.action for e in scenarios.find(folder, name).expects)]
    return found[seed % len(found)]


def scenario_called(name: str) -> Scenario:
    """The scenario of this name. Raises Problem."""
    return _scenario(name)


def _scenario(name: str) -> Scenario:
    try:
        return scenarios.find(resources() / "scenarios", name)
    except ScenarioError as error:
        raise Problem(str(error)) from None


def _check_record(record: str) -> None:
    try:
        Recording(Path(record))
    except (RecordingError, OSError) as error:
        raise Problem(str(error)) from None


def _links(number: int, folder: Path, origin: Origin, by_truth: bool) -> tuple[LinkSpec, ...]:
    if by_truth:
        return (LinkSpec(TRUTH.id, "", origin),)
    choice = _choices()[(number - 1) % len(_choices())]
    return tuple(
        LinkSpec(device, str(folder / "ports" / f"{number}-{index}"), origin) for index, device in enumerate(choice)
    )


def _choices() -> list[tuple[str, ...]]:
    """Sets of devices that together measure ECG, oxygen and blood pressure: one monitor where it does all of it."""
    specs = [catalog.spec(device) for device in twins()]
    usable = [spec for spec in specs if not spec.decode_only and spec.use == "alarms"]
    whole: list[tuple[str, ...]] = [
        (spec.id,) for spec in usable if _has_ecg(spec) and _has_cuff(spec) and Parameter.SPO2 in spec.numerics
    ]
    if whole:
        return whole
    parts = (_has_ecg, lambda spec: Parameter.SPO2 in spec.numerics, _has_cuff)
    found = [next((spec.id for spec in specs if has(spec)), None) for has in parts]
    chosen = tuple(dict.fromkeys(device for device in found if device is not None))
    if not chosen:
        raise Problem("no simulated device is installed: install Chairside again")
    return [chosen]


def _has_ecg(spec: DriverSpec) -> bool:
    return any(wave.is_ecg for wave in spec.waves)


def _has_cuff(spec: DriverSpec) -> bool:
    return spec.nibp and StartNibp in spec.commands


def simulator_arguments(room: SimulatedRoom) -> list[str]:
    """The command line of the simulators' process for this room."""
    found: list[str] = []
    for chair in room.chairs:
        for link in chair.links:
            found += ["--device", link.device, "--chair", str(chair.number)]
    found += [] if room.play.scripted else ["--person-leads"]
    return found + _common(room.scenario.name, room.play.record, room.seed, None)


def _common(scenario: str | None, record: str | None, seed: int | None, port: str | None) -> list[str]:
    found: list[str] = []
    for name, value in (("scenario", scenario), ("record", record), ("seed", seed), ("port", port)):
        if value is not None:
            found += [f"--{name}", str(value)]
    return found


def serve_bytes(
    pieces: Sequence[tuple[int, bytes]], kind: str, announce: Callable[[str], None], stop: threading.Event
) -> None:
    """Send `pieces` (time in us, bytes) onto a new port, at their own pace, then hang up. announce: gets its address."""
    folder = ports.new_folder()
    outlet = ports.outlet(kind, folder, "replay")
    try:
        announce(outlet.url)
        began_us = clock.monotonic_us()
        for at_us, data in pieces:
            while not stop.is_set() and clock.monotonic_us() - began_us < at_us:
                outlet.read()
                stop.wait(min(PACE_US, at_us - (clock.monotonic_us() - began_us)) / 1e6)
            outlet.read()
            outlet.write(data)
            if stop.is_set():
                return
        stop.wait(LINGER_US / 1e6)
    finally:
        outlet.pull()
        shutil.rmtree(folder, ignore_errors=True)


def simulate(arguments: Namespace) -> int:
    """The command `simulate`: becomes the simulators' own process."""
    known = [name for name, twin in twins().items() if not twin.files_only]
    for device in arguments.device:
        if device not in known:
            raise Problem(f"'{device}' cannot be simulated; these can: {', '.join(known)}")
    command = [*python("simulators")]
    for device in arguments.device:
        command += ["--device", device]
    for fault in arguments.fault or ():
        command += ["--fault", fault]
    command += _common(arguments.scenario, arguments.record, arguments.seed, arguments.port)
    os.environ.update(own_path())
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execv(command[0], command)  # so that signals reach the simulators themselves
    return subprocess.call(command)
