"""What would an honest device say of this body? Samples straight from the truth, without bytes: for simulated time only.

At sixty times the speed no ECG can be sent, drawn and searched for beats. So the beats come from the truth, with their own
times; numbers come once a second; of the waves a few seconds a minute are given, for the record. See decision 0009.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from drivers.driver import DeviceCommand, Driver, DriverSpec, LineSettings, Refused, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    CuffPhase,
    DeviceStatus,
    Flag,
    Handshake,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from monitor_app.core.parameters import SECOND_US
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.links import Arrived, Lost, Notice, Opened
from simulators.body import VirtualBody
from simulators.vitals import CuffResult, Sensors

WAVES_EVERY_S, WAVES_FOR_S = 60, 5
"""Of each minute so many seconds of the waves are given: enough to look at in review, a twelfth of the work."""
WAVE_RATES = {Parameter.ECG_II: 125.0, Parameter.PLETH: 50.0}
WAVE_STEPS = {Parameter.ECG_II: ("mV", 0.005), Parameter.PLETH: ("%", 0.05)}
STOP_US = SECOND_US
BEATS_KEPT = 64
DISTURBED_FROM = 0.5
"""Motion or noise of the electrodes at which no ECG can be read."""


def _no_driver() -> Driver:
    raise RuntimeError("a virtual patient speaks without bytes: it has no driver")


TRUTH = DriverSpec(
    id="virtual_patient",
    maker="Chairside",
    model="virtual patient",
    make=_no_driver,
    numerics=dict.fromkeys(
        (
            Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2, Parameter.RESP_RATE, Parameter.TEMPERATURE,
            Parameter.PERFUSION_INDEX,
        ),
        SECOND_US,
    ),
    waves=WAVE_RATES,
    mode="streams",
    lines=(LineSettings(9600),),
    frame_bytes_max=1,
    first_value_us=SECOND_US,
    evidence="no device: the truth of the model",
    tests="the scenarios",
    use="alarms",
    nibp=True,
    commands=(StartNibp, StopNibp),
    notes=("In simulated time only; never on a port.",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said(Arrived):
    """What the body's device says at `at_us`; it has no bytes."""

    samples: tuple[Sample, ...] = ()


class TruthDevice:
    """One virtual patient with everything attached. began_us: station time of the body's zero."""

    def __init__(self, body: VirtualBody, began_us: int) -> None:
        self.body = body
        self._began_us = began_us
        self._second = 0
        self._reached_us = 0
        self._beat_classes: dict[int, str] = {}
        self._fibrillating_since_us: int | None = None
        self._told: dict[str, frozenset[Flag]] = {}
        self._cuff: tuple[int, CuffResult | None] | None = None
        self._readings = count(1)
        self._first = True

    # ------------------------------------------------------------------ for the rhythm

    def beat_class(self, at_us: int) -> str:
        """Class of the beat at that station time: N, V or S; Q for one that is not known."""
        return self._beat_classes.get(at_us, "Q")

    def fibrillating_us(self) -> int | None:
        """Since when the ventricles fibrillate, station time."""
        return self._fibrillating_since_us

    @property
    def disturbed(self) -> bool:
        """No ECG can be read for motion or noise."""
        return self.body.disturbance >= DISTURBED_FROM

    # ------------------------------------------------------------------ what it says

    @property
    def plugged(self) -> bool:
        """False while the cable is out."""
        return self.body.sensors().plugged

    def until(self, now_us: int) -> list[Said]:
        """Everything said after the last call up to station time `now_us`, in order, each at its own time."""
        target = now_us - self._began_us
        said: list[Said] = []
        while (self._second + 1) * SECOND_US <= target:
            at = (self._second + 1) * SECOND_US
            said += self._moments(self._reached_us, at)
            self.body.advance(at)
            numbers = self._say(at, self._second_of_numbers(at))
            said += [numbers] if self.plugged else []
            self._second += 1
            self._reached_us = at
        said += self._moments(self._reached_us, target)
        self.body.advance(target)
        self._reached_us = max(self._reached_us, target)
        said.sort(key=lambda one: one.at_us)
        return said

    def begin(self) -> None:
        """The line was opened: everything is told once more, and that no cuff works."""
        self._told.clear()

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Start or stop the cuff."""
        at = now_us - self._began_us
        if isinstance(cmd, StartNibp):
            result = self.body.start_cuff(at)
            self._cuff = (at + result.duration_us, result)
            self._first = True
            return None
        if isinstance(cmd, StopNibp):
            if self._cuff is not None:
                self._cuff = (at + STOP_US, None)
            return None
        return Refused("A virtual patient knows nothing of that.")

    def _stamp(self, at: int) -> int:
        """By the device's own clock."""
        return self.body.device_us(at)

    def _say(self, at: int, samples: Sequence[Sample]) -> Said:
        return Said(self._began_us + at, b"", tuple(samples))

    def _moments(self, after: int, until: int) -> list[Said]:
        """Beats and the cuff, at their own times; the wiring is that of the beginning."""
        if until <= after:
            return []
        sensors = self.body.sensors()
        plugged, readable = sensors.plugged, sensors.ecg_on and not self.disturbed
        said = self._beats(after, until) if readable else []
        if self._cuff is not None:
            if self._first:
                self._first = False
                said.append(self._say(after, [NibpProgress(after, CuffPhase.INFLATING, 100)]))
            if self._cuff[0] <= until:
                at, result = self._cuff
                self._cuff = None
                said.append(self._say(max(at, after), [_reading(next(self._readings), self._stamp(at), result)]))
        return said if plugged else []

    def _beats(self, after: int, until: int) -> list[Said]:
        self.body.advance(until)
        said = []
        for beat in self.body.beats(after, until):
            self._beat_classes[self._began_us + beat.t_us] = beat.cls
            said.append(self._say(beat.t_us, [Beat(self._stamp(beat.t_us), Source.ECG)]))
        while len(self._beat_classes) > BEATS_KEPT:
            del self._beat_classes[next(iter(self._beat_classes))]
        return said

    def _second_of_numbers(self, at: int) -> list[Sample]:
        vitals, sensors = self.body.vitals(), self.body.sensors()
        self._watch_fibrillation(at)
        off = Validity.DISTURBED if self.body.dazzled and sensors.probe == "on" else _PROBE_WORD[sensors.probe]
        no_ecg = Validity.NOT_MEASURED if sensors.ecg_on else Validity.SENSOR_OFF
        hr, resp = (None, None) if self.disturbed else (vitals.hr, vitals.resp_rate)
        if self.disturbed and sensors.ecg_on:
            no_ecg = Validity.DISTURBED
        samples: list[Sample] = [] if self._told or self._cuff is not None else [NibpProgress(at, CuffPhase.IDLE)]
        samples += self._changes(at, sensors, vitals.spo2 is None)
        samples += [
            _number(at, Parameter.HR, _whole(hr), "bpm", Source.ECG, no_ecg),
            _number(at, Parameter.PULSE_RATE, _whole(vitals.pulse_rate), "bpm", Source.PLETH, off),
            _number(at, Parameter.SPO2, vitals.spo2, "%", Source.PLETH, off),
            _number(at, Parameter.RESP_RATE, _whole(resp), "/min", Source.IMPEDANCE, no_ecg),
            _number(at, Parameter.PERFUSION_INDEX, vitals.perfusion_index, "%", Source.PLETH, off),
            _number(at, Parameter.TEMPERATURE, vitals.temperature, "degC", None, Validity.NOT_MEASURED),
        ]
        if at // SECOND_US % WAVES_EVERY_S == WAVES_FOR_S:
            samples += self._waves(at)
        return samples

    def _watch_fibrillation(self, at: int) -> None:
        if self.body.rhythm != "vf" or not self.body.sensors().ecg_on:
            self._fibrillating_since_us = None
        elif self._fibrillating_since_us is None:
            self._fibrillating_since_us = self._began_us + at - SECOND_US

    def _changes(self, at: int, sensors: Sensors, searching: bool) -> list[DeviceStatus]:
        probe = _PROBE[sensors.probe]
        if sensors.probe == "on" and searching:
            probe = frozenset({Flag.ARTEFACT if self.body.dazzled else Flag.SEARCHING})
        now = {"ecg": frozenset[Flag]() if sensors.ecg_on else frozenset({Flag.LEAD_OFF}), "spo2": probe}
        changed = [
            DeviceStatus(at, of, flags, Handshake.STREAMING) for of, flags in now.items() if self._told.get(of) != flags
        ]
        self._told = now
        return changed

    def _waves(self, at: int) -> list[WaveBlock]:
        found = []
        for parameter, rate_hz in WAVE_RATES.items():
            n = round(WAVES_FOR_S * rate_hz)
            first = math.floor(at / SECOND_US * rate_hz) - n
            wave = self.body.wave(parameter, rate_hz, first, n)
            if wave is None:
                continue
            unit, scale = WAVE_STEPS[parameter]
            steps = np.clip(np.round(wave / scale * (100 if unit == "%" else 1)), -32000, 32000).astype("<i2")
            start = at - round(n / rate_hz * SECOND_US)
            found.append(
                WaveBlock(self._stamp(start), parameter, rate_hz, unit, scale, first, steps.tobytes(), gap=True)
            )
        return found


_PROBE: dict[str, frozenset[Flag]] = {
    "on": frozenset(),
    "off": frozenset({Flag.PROBE_OFF}),
    "unplugged": frozenset({Flag.SENSOR_UNPLUGGED}),
}
_PROBE_WORD = {"on": Validity.SEARCHING, "off": Validity.SENSOR_OFF, "unplugged": Validity.SENSOR_UNPLUGGED}


def _whole(value: float | None) -> float | None:
    return None if value is None else float(round(value))


def _number(
    t_us: int, parameter: Parameter, value: float | None, unit: str, source: Source | None, reason: Validity
) -> Numeric:
    return Numeric(t_us, parameter, value, unit, Validity.VALID if value is not None else reason, source)


def _reading(number: int, t_us: int, result: CuffResult | None) -> NibpReading:
    if result is None:
        return NibpReading(t_us, number, None, None, None, None, Validity.ABORTED, "stopped")
    if result.systolic is None:
        return NibpReading(t_us, number, None, None, None, None, Validity.FAILED, result.reason)
    return NibpReading(t_us, number, result.systolic, result.diastolic, result.mean, result.pulse, Validity.VALID)


class _NoEnd:
    """The link of a device that has none."""

    def poll(self, now_us: int) -> list[Notice]:
        """Nothing comes."""
        return []

    def write(self, data: bytes) -> None:
        """Nothing goes."""

    def reopen(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """There is nothing to close."""


class TruthSide(Bedside):
    """What the loop sees of one virtual patient: a bedside whose notices carry samples instead of bytes."""

    def __init__(self, chair: int, link: int, device: TruthDevice) -> None:
        super().__init__(chair, link, TRUTH, _NoEnd())
        self.device = device
        self._open = False

    def notices(self, now_us: int) -> list[Notice]:
        """See Bedside."""
        said = self.device.until(now_us)
        if not self.device.plugged:
            gone, self._open = self._open, False
            return [Lost(now_us, "the port is gone", hard=True)] if gone else []
        if not self._open:
            self._open = True
            self.device.begin()
            return [Opened(now_us)]
        return list(said)

    def take(self, notice: Notice, at_us: int) -> list[Sample]:
        """See Bedside."""
        return list(notice.samples) if isinstance(notice, Said) else []

    def advance(self, now_us: int) -> list[Sample]:
        """See Bedside."""
        return []

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """See Bedside."""
        if not self._open:
            return Refused("The virtual patient is not connected: its cable is out.")
        return self.device.command(cmd, now_us)

    def start_over(self) -> None:
        """After a fault of ours: say once more that the line is open."""
        self._open = False
