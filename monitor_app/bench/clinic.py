"""One ordinary treatment, lived by the real station on simulated time: who sits there, what happens, what was said.

Whoever sits there, the small troubles of a working day (a hand that moves, a probe that slips, an extra beat) and, where one
is planted, the one true event are drawn from a seed. `numbers` hands the station what an honest device would show, once a
second, and the beats of the truth; `waves` sends the bytes of simulated devices through their drivers and our own analysis.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from drivers import catalog
from drivers.driver import Driver, DriverSpec, LineSettings, StartNibp, StopNibp
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
from monitor_app.alarms import CATALOGUE
from monitor_app.app.nurse import round_at
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Acknowledge, Admit, TakeStep
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import AlarmState
from monitor_app.station import Station, Wall
from monitor_app.station.chair_state import DeviceRequest
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep
from simulators.devices import Twin, twins
from simulators.vitals import CuffResult, Sensors, Vitals

S = 1_000_000
MIN = 60 * S
TICK_US = 200_000
CHAIR, SESSION, NURSE = 1, "bench", "nurse:bench"
PRESETS = ("pooled", "pooled", "surge", "moderate", "mild")
ADMITTED_US, BASELINE_US, CUFF_AGAIN_US, CONFIRMED_US = 5 * S, 20 * S, 6 * MIN, 8 * MIN
INFUSION_US, RECOVERY_US, DISCHARGE_US = 9 * MIN, 49 * MIN, 79 * MIN
"""A treatment of iv_40: minutes from its begin."""

ROUND_US = 60 * S
"""So often she looks at the chair for what is due there."""

ANSWERED_US = 20 * S
"""So long after an alarm the nurse of these sessions acknowledges it."""

OXIMETER_HZ = 75.0
"""Beats of a pulse are marked on the samples of the oximeter."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something grave that must be alarmed. rows: any of them will do; within_us: of its begin."""

    name: str
    do: str
    params: Mapping[str, float]
    rows: frozenset[str]
    within_us: int
    at_us: int = 0


_FAST, _SLOW = frozenset({"EXTREME_TACHY", "HR_HIGH"}), frozenset({"EXTREME_BRADY", "HR_LOW"})
_OXYGEN = frozenset({"SPO2_DESAT", "SPO2_LOW", "SPO2_FALL"})
_SOON = {"over_s": 20.0, "hold_s": 60.0, "recover_s": 20.0}
_LONG = {"over_s": 60.0, "hold_s": 900.0, "recover_s": 60.0}
EVENTS = (
    Event("desaturation to 82 %", "spo2_to", {"value": 82, **_SOON}, _OXYGEN, 60 * S),
    Event("slow desaturation to 87 %", "spo2_to", {"value": 87, "over_s": 60, "hold_s": 90}, _OXYGEN, 120 * S),
    Event("heart rate 150", "hr_to", {"value": 150, **_SOON}, _FAST, 60 * S),
    Event("heart rate 34", "hr_to", {"value": 34, **_SOON}, _SLOW, 60 * S),
    Event("standstill of 12 s", "asystole", {"for_s": 12}, frozenset({"ASYSTOLE", "SPO2_NO_PULSE"}), 20 * S),
    Event("ventricular tachycardia 180", "vt", {"rate": 180, "for_s": 30}, _FAST | {"VTACH", "VFIB"}, 40 * S),
    Event(
        "pressure 208/124",
        "surge",
        {"systolic": 208, "diastolic": 124, **_LONG},
        frozenset({"NIBP_S_XHIGH", "NIBP_D_XHIGH"}),
        16 * MIN,
    ),
    Event(
        "pressure 72/42",
        "surge",
        {"systolic": 72, "diastolic": 42, **_LONG},
        frozenset({"NIBP_S_XLOW", "NIBP_S_LOW", "NIBP_M_LOW"}),
        16 * MIN,
    ),
)
PULSE_ONLY_EVENTS = tuple(event for event in EVENTS if event.do in ("spo2_to", "hr_to", "surge"))


@dataclass(frozen=True, slots=True)
class Plan:
    """One session. kind: `monitor` with an ECG, or `pulse` without. steps: what happens to the body, in order of time."""

    seed: int
    kind: str
    preset: str
    steps: tuple[BodyStep, ...]
    planted: Event | None = None


@dataclass(slots=True)
class Lived:
    """What came of a session. heard: occurrences that signalled with a tone. seconds: its numbers as the station took
    them, once a second. watched_us: of care."""

    plan: Plan
    events: list[ev.Event] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)
    seconds: list[ChairSecond] = field(default_factory=list)
    watched_us: int = DISCHARGE_US - ADMITTED_US


_VISUAL = frozenset(row.id for row in CATALOGUE if row.visual_only)


def audible(station: Station, now_us: int) -> set[int]:
    """Occurrences that sound now, or would if they were the worst; behind a shield, where nothing sounds, none do."""
    if station.voice(now_us) is None:
        return set()
    views = station.alarms.views(now_us)
    return {v.occurrence for v in views if v.state is AlarmState.SIGNALLING and v.row not in _VISUAL}


def plan(seed: int, planted: bool = False, pulse_only: bool = True) -> Plan:
    """The session of this seed. planted: with one grave event. pulse_only: some have an oximeter and a cuff only."""
    chance = random.Random(seed)
    kind = "pulse" if pulse_only and chance.random() < 0.25 else "monitor"
    preset = chance.choice(PRESETS)
    steps = [
        BodyStep(ADMITTED_US, "admit"),
        BodyStep(INFUSION_US, "start_infusion"),
        BodyStep(RECOVERY_US, "end_infusion"),
        *_troubles(chance),
    ]
    event = None
    if planted:
        row = chance.choice(EVENTS if kind == "monitor" else PULSE_ONLY_EVENTS)
        at_us = round(chance.uniform(12, 45) * MIN)
        event = Event(row.name, row.do, row.params, row.rows, row.within_us, at_us)
        steps = [s for s in steps if s.do != "probe_off" and s.do != "lead_off"]
        steps.append(BodyStep(at_us, event.do, event.params))
    return Plan(seed, kind, preset, tuple(sorted(steps, key=lambda step: step.at_us)), event)


def _troubles(chance: random.Random) -> Iterator[BodyStep]:
    """Movement about every ten minutes; now and then a slipped probe, a loose electrode, extra beats, some anxiety."""
    at_us = round(chance.expovariate(1 / (10 * MIN)))
    while at_us < DISCHARGE_US:
        yield BodyStep(at_us, "motion", {"level": chance.uniform(0.3, 1), "for_s": chance.uniform(3, 20)})
        at_us += round(chance.expovariate(1 / (10 * MIN))) + 20 * S
    for do, share, shortest_s, longest_s in (("probe_off", 0.25, 8, 40), ("lead_off", 0.15, 8, 40)):
        if chance.random() < share:
            yield BodyStep(_some_time(chance), do, {"for_s": chance.uniform(shortest_s, longest_s)})
    if chance.random() < 0.2:
        yield BodyStep(ADMITTED_US + S, "pvc", {"per_min": min(8.0, chance.expovariate(1 / 2))})
    if chance.random() < 0.15:
        yield BodyStep(_some_time(chance), "anxiety", {"level": chance.uniform(0.3, 0.8), "for_s": 240})


def _some_time(chance: random.Random) -> int:
    return round(chance.uniform(12, 70) * MIN)


# ---------------------------------------------------------------- devices


class Device:
    """What stands at the chair: its drivers' rows, and what they say up to a moment."""

    specs: tuple[DriverSpec, ...]
    step_us: int

    def say(self, now_us: int) -> list[tuple[int, list[Sample]]]:
        """Link and samples since the last call."""
        raise NotImplementedError

    def obey(self, request: DeviceRequest, now_us: int) -> bool:
        """Do what the station asks; False when the driver refuses."""
        raise NotImplementedError


def _no_driver() -> Driver:
    raise NotImplementedError("numbers of the truth need no driver")


class HonestDevice(Device):
    """Shows the body's own numbers, marks its beats and starts its cuff when told."""

    step_us = S

    def __init__(self, body: VirtualBody, kind: str) -> None:
        self._body, self._pulse_only = body, kind == "pulse"
        heart = () if self._pulse_only else (Parameter.HR, Parameter.RESP_RATE)
        waves = {} if self._pulse_only else {Parameter.ECG_II: 250.0}  # whose beats are marked; no sample of it comes
        numerics = (*heart, Parameter.PULSE_RATE, Parameter.SPO2, Parameter.TEMPERATURE, Parameter.PERFUSION_INDEX)
        self.specs = (
            DriverSpec(
                id="truth", maker="", model="truth", make=_no_driver, numerics=dict.fromkeys(numerics, S), waves=waves,
                mode="streams", lines=(LineSettings(9600),), frame_bytes_max=1, first_value_us=S, evidence="", tests="",
                use="alarms", nibp=True, commands=(StartNibp, StopNibp),
            ),
        )  # fmt: skip
        self._status: dict[str, frozenset[Flag]] = {}
        self._cuff: tuple[int, CuffResult] | None = None
        self._told: list[Sample] = []
        self._readings = count(1)
        self._last_us = 0

    def say(self, now_us: int) -> list[tuple[int, list[Sample]]]:
        """One second."""
        self._body.advance(now_us)
        vitals, sensors = self._body.vitals(), self._body.sensors()
        said, self._told = self._told, []
        said += self._beats(now_us, sensors)
        if self._cuff is not None and now_us >= self._cuff[0] + self._cuff[1].duration_us:
            said.append(_reading(next(self._readings), now_us, self._cuff[1]))
            self._cuff = None
        return [(0, [*said, *self._changed(sensors), *self._numbers(vitals, sensors)])]

    def _beats(self, now_us: int, sensors: Sensors) -> list[Sample]:
        beats = self._body.beats(self._last_us, now_us)
        self._last_us = now_us
        if self._pulse_only:
            on = sensors.probe == "on"
            seen = [beat for beat in beats if on and beat.strength >= 0.25]
            return [Beat(round(round(b.t_us / 1e6 * OXIMETER_HZ) / OXIMETER_HZ * 1e6), Source.PLETH) for b in seen]
        return [Beat(beat.t_us, Source.ECG) for beat in beats if sensors.ecg_on]

    def _numbers(self, vitals: Vitals, sensors: Sensors) -> list[Sample]:
        off = {"on": Validity.SEARCHING, "off": Validity.SENSOR_OFF, "unplugged": Validity.SENSOR_UNPLUGGED}
        no_ecg = Validity.NOT_MEASURED if sensors.ecg_on else Validity.SENSOR_OFF
        rows: list[tuple[Parameter, float | None, Source | None, Validity]] = [
            (Parameter.HR, vitals.hr, Source.ECG, no_ecg),
            (Parameter.RESP_RATE, vitals.resp_rate, Source.IMPEDANCE, no_ecg),
            (Parameter.PULSE_RATE, vitals.pulse_rate, Source.PLETH, off[sensors.probe]),
            (Parameter.SPO2, vitals.spo2, Source.PLETH, off[sensors.probe]),
            (Parameter.PERFUSION_INDEX, vitals.perfusion_index, Source.PLETH, off[sensors.probe]),
            (Parameter.TEMPERATURE, vitals.temperature, None, Validity.NOT_MEASURED),
        ]
        return [
            Numeric(0, parameter, value, "", Validity.VALID if value is not None else why, source)
            for parameter, value, source, why in rows
            if parameter in self.specs[0].numerics
        ]

    def _changed(self, sensors: Sensors) -> list[Sample]:
        probe = {"on": (), "off": (Flag.PROBE_OFF,), "unplugged": (Flag.SENSOR_UNPLUGGED,)}[sensors.probe]
        now = {"spo2": frozenset(probe)}
        if not self._pulse_only:
            now["ecg"] = frozenset() if sensors.ecg_on else frozenset({Flag.LEAD_OFF})
        told = [
            DeviceStatus(0, of, flags, Handshake.STREAMING)
            for of, flags in now.items()
            if self._status.get(of) != flags
        ]
        self._status = now
        return list(told)

    def obey(self, request: DeviceRequest, now_us: int) -> bool:
        """The cuff, up or down."""
        if isinstance(request.command, StartNibp) and self._cuff is None:
            self._cuff = (now_us, self._body.start_cuff(now_us))
            self._told.append(NibpProgress(now_us, CuffPhase.INFLATING, 100))
        elif isinstance(request.command, StopNibp) and self._cuff is not None:
            self._cuff = None
            aborted = NibpReading(now_us, next(self._readings), None, None, None, None, Validity.ABORTED, "stopped")
            self._told.append(aborted)
        return True


def _reading(number: int, t_us: int, result: CuffResult) -> NibpReading:
    if result.systolic is None:
        return NibpReading(t_us, number, None, None, None, None, Validity.FAILED, result.reason)
    return NibpReading(t_us, number, result.systolic, result.diastolic, result.mean, result.pulse, Validity.VALID)


class WiredDevices(Device):
    """Simulated devices and their drivers, joined by bytes; they share one body."""

    step_us = TICK_US

    def __init__(self, body: VirtualBody, devices: Sequence[str]) -> None:
        self._body = body
        known = catalog.specs()
        self.specs = tuple(known[device] for device in devices)
        self._twins: list[Twin] = [twins()[device].make(body) for device in devices]
        self._drivers = [spec.make() for spec in self.specs]
        for driver in self._drivers:
            driver.start(0)

    def say(self, now_us: int) -> list[tuple[int, list[Sample]]]:
        """A fifth of a second of bytes, both ways."""
        self._body.advance(now_us)
        said = []
        for link, (twin, driver) in enumerate(zip(self._twins, self._drivers, strict=True)):
            data = twin.advance(now_us)
            twin.receive(driver.outgoing(), now_us)
            said.append((link, [*driver.feed(data, now_us), *driver.advance(now_us)]))
        return said

    def obey(self, request: DeviceRequest, now_us: int) -> bool:
        """Hand it to the driver."""
        command: Any = request.command
        return self._drivers[request.link].command(command, now_us) is None


# ---------------------------------------------------------------- a session


def live(wanted: Plan, profile: Profile, devices: Sequence[str] = (), until_us: int = DISCHARGE_US) -> Lived:
    """The whole session. devices: ids of simulated devices whose bytes are sent; none for the honest one."""
    body = VirtualBody(wanted.seed, CHAIR, preset=wanted.preset, steps=wanted.steps)
    device = WiredDevices(body, devices) if devices else HonestDevice(body, wanted.kind)
    return _Session(wanted, profile, device).run(until_us)


class _Session:
    def __init__(self, wanted: Plan, profile: Profile, device: Device) -> None:
        self._device = device
        links = tuple(LinkSpec(spec.id, "", Origin.SIMULATED) for spec in device.specs)
        chair = ChairSpec(CHAIR, "Bench", links, profile.id)
        specs = {spec.id: spec for spec in device.specs}
        waves = isinstance(device, WiredDevices)
        self._station = Station([chair], {profile.id: profile}, specs, run="bench", version="", analyse_waves=waves)
        self._ids = (f"b{n}" for n in count())
        self._profile = profile
        self.lived = Lived(wanted)
        self._due: list[tuple[int, int, Any]] = []
        self._order = count()
        self._round_us = 0
        for at_us, step in (
            (BASELINE_US, Step.START_BASELINE),
            (CONFIRMED_US, Step.CONFIRM_BASELINE),
            (INFUSION_US, Step.START_INFUSION),
            (RECOVERY_US, Step.END_INFUSION),
            (DISCHARGE_US, Step.DISCHARGE),
        ):
            self._at(at_us, TakeStep(next(self._ids), CHAIR, SESSION, step, "bench", override=True, actor=NURSE))
        self._at(ADMITTED_US, Admit(next(self._ids), CHAIR, SESSION, "bench", profile.id, actor=NURSE))

    def run(self, until_us: int) -> Lived:
        for link in range(len(self._device.specs)):
            self._keep(self._station.link_opened(CHAIR, link, 0))
        now_us = 0
        while now_us < until_us:
            now_us += self._device.step_us
            for link, samples in self._device.say(now_us):
                told = self._station.receive(CHAIR, link, samples, now_us) if samples else self._station.advance(now_us)
                self._keep(told)
                if told:
                    self.lived.heard |= audible(self._station, now_us)
            self._station.take_waves()
            self._serve(now_us)
            if now_us - self._round_us >= ROUND_US:
                self._make_round(now_us)
            while self._due and self._due[0][0] <= now_us:
                command = heapq.heappop(self._due)[2]
                self._keep(self._station.command(command, now_us).events)
                self._serve(now_us)
            self.lived.seconds += self._station.take_seconds(now_us)
        self.lived.watched_us = min(until_us, DISCHARGE_US) - ADMITTED_US
        return self.lived

    def _make_round(self, now_us: int) -> None:
        """What the profile asks to be looked at is noted when it is due, as on a working day."""
        self._round_us = now_us
        view = self._station.snapshot(now_us, Wall(now_us, 0)).chairs[0]
        noted = round_at(view, lambda: next(self._ids), NURSE)
        if noted is not None:
            self._keep(self._station.command(noted, now_us).events)

    def _at(self, at_us: int, command: Any) -> None:
        heapq.heappush(self._due, (at_us, next(self._order), command))

    def _keep(self, events: list[ev.Event]) -> None:
        self.lived.events += events
        for event in events:
            if isinstance(event.payload, ev.AlarmRaised) and event.chair is not None:
                seen = Acknowledge(next(self._ids), CHAIR, (event.payload.occurrence,), actor=NURSE)
                self._at(event.t_us + ANSWERED_US, seen)

    def _serve(self, now_us: int) -> None:
        for request in self._station.take_requests():
            if isinstance(request.command, (StartNibp, StopNibp)) and not self._device.obey(request, now_us):
                self._keep(self._station.request_refused(request, now_us))
