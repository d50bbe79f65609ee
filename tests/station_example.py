"""A small room for tests of the Station: one monitor a chair that says what a test wants, and words for what people do."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np

from drivers.driver import Driver, DriverSpec, LineSettings, StartNibp, StopNibp
from drivers.samples import (
    DeviceStatus,
    Flag,
    Handshake,
    NibpReading,
    Numeric,
    Origin,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, Reply, StartCuff, TakeStep
from monitor_app.core.events import Event
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.station import Station, Wall

S = 1_000_000
MIN = 60 * S
NURSE = "nurse:K"
WALL = Wall(utc_us=1_760_000_000 * S, utc_offset_s=7200)


def _no_driver() -> Driver:
    raise RuntimeError("the station never makes drivers")


def monitor(**changes: Any) -> DriverSpec:
    """The row of a device that measures everything and starts its cuff when told."""
    fields: dict[str, Any] = {
        "id": "bedside",
        "maker": "Test",
        "model": "Bedside",
        "make": _no_driver,
        "numerics": {p: S for p in (Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2, Parameter.TEMPERATURE)},
        "waves": {Parameter.ECG_II: 250.0, Parameter.PLETH: 50.0},
        "mode": "streams",
        "lines": (LineSettings(9600),),
        "frame_bytes_max": 64,
        "first_value_us": S,
        "evidence": "",
        "tests": "",
        "use": "alarms",
        "nibp": True,
        "commands": (StartNibp, StopNibp),
    }
    return DriverSpec(**{**fields, **changes})


def numeric(parameter: Parameter, value: float | None, validity: Validity = Validity.VALID, t_us: int = 0) -> Numeric:
    """One number from the source that usually gives it."""
    source = Source.ECG if parameter is Parameter.HR else Source.PLETH
    return Numeric(t_us, parameter, value, "", validity, source)


def vitals(hr: float | None = 72, spo2: float | None = 97) -> list[Sample]:
    """A second of a calm patient. None: the device has no number."""
    return [
        numeric(Parameter.HR, hr, Validity.VALID if hr is not None else Validity.NOT_MEASURED),
        numeric(Parameter.SPO2, spo2, Validity.VALID if spo2 is not None else Validity.NOT_MEASURED),
        numeric(Parameter.PULSE_RATE, hr, Validity.VALID if hr is not None else Validity.NOT_MEASURED),
    ]


def pressure(number: int, systolic: float = 118, diastolic: float = 74, mean: float = 89) -> NibpReading:
    """A valid cuff reading. number: the device's own id of it."""
    return NibpReading(0, number, systolic, diastolic, mean, 70, Validity.VALID)


def failure(number: int, reason: str = "motion", validity: Validity = Validity.FAILED) -> NibpReading:
    """A determination without a reading."""
    return NibpReading(0, number, None, None, None, None, validity, reason)


def status(of: str, *flags: Flag) -> DeviceStatus:
    """The flags that hold now for one part."""
    return DeviceStatus(0, of, frozenset(flags), Handshake.STREAMING)


def block(
    first: int, n: int = 50, parameter: Parameter = Parameter.ECG_II, rate_hz: float = 250.0, gap: bool = False
) -> WaveBlock:
    """A flat stretch of a wave."""
    return WaveBlock(0, parameter, rate_hz, "mV", 0.005, first, np.zeros(n, "<i2").tobytes(), gap)


class Room:
    """A station with its clock and everything it ever said."""

    def __init__(
        self,
        chairs: int = 1,
        profile: Profile | None = None,
        spec: DriverSpec | None = None,
        cuff_same_arm: bool = False,
        **station: Any,
    ) -> None:
        spec = spec if spec is not None else monitor()
        link = LinkSpec(spec.id, "", Origin.SIMULATED)
        rows = [ChairSpec(n, f"Chair {n}", (link,), cuff_same_arm=cuff_same_arm) for n in range(1, chairs + 1)]
        profile = profile if profile is not None else Profile("iv_40", "IV 40 min")
        self.station = Station(rows, {profile.id: profile}, {spec.id: spec}, run="r", version="0", **station)
        self.now = 0
        self.events: list[Event] = []
        self.ids = count(1)
        self.device_ids = count(1)

    # ------------------------------------------------------------------ devices

    def hear(self, samples: Iterable[Sample], chair: int = 1) -> list[Event]:
        """The chair's device says this now."""
        return self._keep(self.station.receive(chair, 0, list(samples), self.now))

    def run(self, seconds: float, chair: int = 1, **values: float | None) -> list[Event]:
        """Let time pass second by second, the device saying its vitals each second."""
        told: list[Event] = []
        for _ in range(round(seconds)):
            self.now += S
            told += self.hear(vitals(**values), chair)
        return told

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass in silence, from deadline to deadline."""
        until, told = self.now + round(seconds * S), []
        while (due := self.station.next_deadline_us()) is not None and due <= until:
            self.now = max(self.now, due)
            told += self._keep(self.station.advance(self.now))
        self.now = until
        return told + self._keep(self.station.advance(until))

    def cuff_reads(self, chair: int = 1, systolic: float = 118, diastolic: float = 74) -> list[Event]:
        """The cuff finishes a determination."""
        return self.hear([pressure(next(self.device_ids), systolic, diastolic)], chair)

    def requests(self) -> list[type]:
        """What the devices were asked since the last call, by type."""
        return [type(request.command) for request in self.station.take_requests()]

    # ------------------------------------------------------------------ people

    def ask(self, cmd: Any) -> Reply:
        """Give a command as it is."""
        outcome = self.station.command(cmd, self.now)
        self._keep(outcome.events)
        return outcome.reply

    def admit(self, chair: int = 1, session: str = "", pseudonym: str = "K.M.") -> Reply:
        """Seat a patient; the session is `s<chair>` unless named."""
        return self.ask(Admit(self.id, chair, session or f"s{chair}", pseudonym, actor=NURSE))

    def step(self, step: Step, chair: int = 1, override: bool = False, session: str = "", **more: Any) -> Reply:
        """Take a step; an override gives its reason."""
        reason = more.pop("reason", "as agreed" if override else "")
        cmd = TakeStep(self.id, chair, session or f"s{chair}", step, reason, override=override, actor=NURSE, **more)
        return self.ask(cmd)

    def start_cuff(self, chair: int = 1) -> Reply:
        """Blood pressure now."""
        return self.ask(StartCuff(self.id, chair, f"s{chair}", actor=NURSE))

    @property
    def id(self) -> str:
        """A new command id."""
        return f"c{next(self.ids)}"

    def to_infusion(self, chair: int = 1) -> None:
        """Admit, take one baseline reading, confirm it and start the drug; the reading is 60 s old by then."""
        self.hear(vitals(), chair)
        self.admit(chair)
        self.step(Step.START_BASELINE, chair)
        self.requests()
        self.run(30, chair)
        self.cuff_reads(chair)
        self.run(60, chair)
        assert self.step(Step.CONFIRM_BASELINE, chair, override=True).done
        assert self.step(Step.START_INFUSION, chair).done

    def desaturated(self) -> Room:
        """To the infusion, and then a desaturation that nobody has taken yet."""
        self.to_infusion()
        self.run(30)
        self.run(20, spo2=82)
        return self

    # ------------------------------------------------------------------ what was said

    def payloads(self, kind: type) -> list[Any]:
        """Every payload of this kind so far."""
        return [event.payload for event in self.events if isinstance(event.payload, kind)]

    def picture(self) -> Snapshot:
        """The room as people see it now."""
        return self.station.snapshot(self.now, WALL)

    def view(self, chair: int = 1) -> ChairView:
        """One chair of the picture."""
        return next(view for view in self.picture().chairs if view.number == chair)

    def _keep(self, events: list[Event]) -> list[Event]:
        self.events += events
        return events
