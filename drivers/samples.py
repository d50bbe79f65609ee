"""The vocabulary of the bedside: everything a driver may say, as frozen values that are valid from birth.

Answers: what is a numeric, a wave, a beat, a cuff reading, and how is "no number" said? Knows no protocol, no chair,
no clock. `t_us` of every sample is the device's own time where its protocol carries one, else the nominal time of its
frame, in microseconds from 0 at the start of the stream. When a value *arrived* is the station's business. The numbers
of `Validity` and `Origin` are stored for years and are never changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt


class Parameter(StrEnum):
    """A vital sign or a wave, by the name that files, screens and the command line use."""

    HR = "hr"  # from ECG only
    PULSE_RATE = "pulse_rate"  # from pleth or cuff
    SPO2 = "spo2"
    PERFUSION_INDEX = "perfusion_index"
    RESP_RATE = "resp_rate"
    TEMPERATURE = "temperature"
    ECG_I = "ecg_i"
    ECG_II = "ecg_ii"
    ECG_III = "ecg_iii"
    ECG_AVR = "ecg_avr"
    ECG_AVL = "ecg_avl"
    ECG_AVF = "ecg_avf"
    ECG_V = "ecg_v"
    PLETH = "pleth"
    RESP = "resp"

    @property
    def is_ecg(self) -> bool:
        """True for every ECG lead."""
        return self.value.startswith("ecg_")


class Source(StrEnum):
    """Where a number was measured. `analysis` is the station's own reading of an ECG wave."""

    ECG = "ecg"
    PLETH = "pleth"
    NIBP = "nibp"
    PRESSURE = "pressure"
    IMPEDANCE = "impedance"
    ANALYSIS = "analysis"


class Validity(IntEnum):
    """Why a number may be believed, or why there is none. The codes are stored: fixed for ever."""

    VALID = 0  # the device vouches for it
    QUESTIONABLE = 1  # a number the device itself doubts
    NOT_MEASURED = 2  # "no value", no reason given
    SEARCHING = 3  # looking for a signal, learning
    SENSOR_OFF = 4  # sensor connected, not on the patient
    SENSOR_UNPLUGGED = 5  # sensor not connected
    SENSOR_FAULT = 6
    DISTURBED = 7  # motion, light, interference: no number
    OUT_OF_RANGE = 8  # under or over range, or impossible in this protocol
    NOT_CALIBRATED = 9
    OTHER_SOURCE = 10  # a number exists, but not from the source this parameter means
    FAILED = 11  # a cuff determination ended without a reading
    ABORTED = 12  # a cuff determination was stopped

    @property
    def has_value(self) -> bool:
        """True when a number goes with this word."""
        return self <= Validity.QUESTIONABLE


class Origin(IntEnum):
    """Whose body the bytes speak of. Stated by the binding of a port to a chair, never read off the wire."""

    REAL = 0
    SIMULATED = 1
    TEST = 2  # a pty or TCP port that no technician has declared
    RECORDED = 3  # a recording played back through a simulated device


class Flag(StrEnum):
    """A state of a device or its sensors, as it lasts."""

    SENSOR_UNPLUGGED = "sensor_unplugged"
    PROBE_OFF = "probe_off"  # connected, but no patient on it
    SEARCHING = "searching"
    LOW_PERFUSION = "low_perfusion"
    WEAK_SIGNAL = "weak_signal"
    ARTEFACT = "artefact"
    OUT_OF_TRACK = "out_of_track"
    LEAD_OFF = "lead_off"
    MAINS_NOISE = "mains_noise"
    SATURATED = "saturated"
    PACER = "pacer"
    SENSOR_FAULT = "sensor_fault"
    BATTERY_LOW = "battery_low"
    DEMO_MODE = "demo_mode"


class Handshake(StrEnum):
    """How far the conversation with a device has come. Silence and staleness are the station's words."""

    OPENING = "opening"
    NEGOTIATING = "negotiating"
    STREAMING = "streaming"
    FAULTED = "faulted"


class CuffPhase(StrEnum):
    """What the cuff is doing now."""

    IDLE = "idle"
    INITIALISING = "initialising"
    INFLATING = "inflating"
    MEASURING = "measuring"
    ENDED = "ended"


def _refuse_impossible(value: float | None, validity: Validity) -> None:
    if (value is not None) != validity.has_value:
        raise ValueError(f"a value of {value!r} cannot be {validity.name.lower()}")
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{value!r} is not a measurement")


@dataclass(frozen=True, slots=True)
class Numeric:
    """One number of one moment, or the reason why there is none.

    value: in `unit` (bpm, %, breaths/min, degC), never rounded by the driver; None exactly when `validity` is neither
    valid nor questionable. Raises ValueError for any other pairing and for values that are not finite.
    """

    t_us: int
    parameter: Parameter
    value: float | None
    unit: str
    validity: Validity
    source: Source | None = None

    def __post_init__(self) -> None:
        _refuse_impossible(self.value, self.validity)


@dataclass(frozen=True, slots=True)
class WaveBlock:
    """A stretch of consecutive samples of one wave.

    t_us: time of the first sample. first_index: its number, counted from 0 at the start of the stream; it goes on over a
    gap only by what is known to be lost. data: little-endian int16, `scale` units of `unit` a step, zero at 0 (a driver
    removes its protocol's baseline). gap: not continuous with the block before. clipped: at least one sample stands at
    the converter's rail.
    """

    t_us: int
    parameter: Parameter
    rate_hz: float
    unit: str
    scale: float
    first_index: int
    data: bytes
    gap: bool = False
    clipped: bool = False

    def __post_init__(self) -> None:
        if self.rate_hz <= 0 or len(self.data) % 2 or not self.data:
            raise ValueError(f"{self.parameter}: {len(self.data)} bytes at {self.rate_hz} Hz are no wave")

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """The raw steps, shape (n,), read-only."""
        return np.frombuffer(self.data, dtype="<i2")

    def __len__(self) -> int:
        return len(self.data) // 2


@dataclass(frozen=True, slots=True)
class Beat:
    """A heart beat that the device marked. `sample_index` counts samples of the wave it was seen in, where known."""

    t_us: int
    source: Source
    sample_index: int | None = None


@dataclass(frozen=True, slots=True)
class NibpProgress:
    """The cuff at work. A live number, never stored as a reading. cuff_mmhg: pressure now, or None."""

    t_us: int
    phase: CuffPhase
    cuff_mmhg: int | None = None


@dataclass(frozen=True, slots=True)
class NibpReading:
    """The end of one cuff determination: an event, said once.

    id: unique within the stream. t_us: when it was measured. Pressures in mmHg and pulse in bpm; a failed or aborted
    determination has none and says why in `reason` (a key such as `cuff_loose`, `motion`, `timeout`, `overpressure`).
    A pulse or mean the device did not give is None. Raises ValueError when systolic is not above diastolic.
    """

    t_us: int
    id: int
    systolic: float | None
    diastolic: float | None
    mean: float | None
    pulse: float | None
    validity: Validity
    reason: str | None = None
    unit: str = "mmHg"

    def __post_init__(self) -> None:
        if self.validity.has_value:
            if self.systolic is None:
                raise ValueError("a valid cuff reading has a systolic pressure")
            if self.diastolic is not None and not 0 < self.diastolic < self.systolic:
                raise ValueError(f"{self.systolic}/{self.diastolic} mmHg is not a blood pressure")
        elif self.systolic is not None or self.diastolic is not None or self.mean is not None:
            raise ValueError(f"a {self.validity.name.lower()} cuff reading has no pressures")


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """The flags that hold now, sent when they change and once after the first valid frame.

    of: which part they speak of (`ecg`, `spo2`, `nibp`, `temperature`, `device`). Each part's flags replace its own.
    leads: the leads that are off, where the device tells.
    """

    t_us: int
    of: str
    flags: frozenset[Flag]
    handshake: Handshake
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RhythmCode:
    """The device's own finding, when it changes. `code` is our word, `raw` the device's."""

    t_us: int
    code: str
    raw: str


@dataclass(frozen=True, slots=True)
class DeviceAlarm:
    """The device's own alarm, as it worded it. Text is never parsed for meaning."""

    t_us: int
    text: str
    priority: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers at the other end, as far as it says."""

    t_us: int
    maker: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """How well the bytes arrive: counters since the start of the stream, at most once a second."""

    t_us: int
    frames_good: int
    frames_bad: int
    bytes_skipped: int
    gaps: int = 0
    discontinuities: int = 0


Sample = (
    Numeric
    | WaveBlock
    | Beat
    | NibpProgress
    | NibpReading
    | DeviceStatus
    | RhythmCode
    | DeviceAlarm
    | Identity
    | LinkQuality
)
