"""What every driver promises, and the row that describes a device.

A driver turns bytes into samples. It never sees a port, a clock, a thread or chance: time comes in as `now_us` (integer
microseconds of the station's monotonic clock). Any split of the same bytes gives the same samples; nothing on the wire
makes it raise; its buffer holds at most two of its longest frames. One instance lives as long as one link: after a lost
port a new one is made, so that nothing stale survives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from drivers.samples import Parameter, Sample

HALF_FRAME_US = 200_000
"""A frame that stops half-way is dropped after this long: one bad length bit then costs one frame, not seconds."""


@dataclass(frozen=True, slots=True)
class StartNibp:
    """Inflate the cuff now. patient_class: adult, child or neonate. inflate_to_mmhg: None leaves it to the device."""

    patient_class: str = "adult"
    inflate_to_mmhg: int | None = None


@dataclass(frozen=True, slots=True)
class StopNibp:
    """Deflate the cuff and give no reading."""


@dataclass(frozen=True, slots=True)
class AskIdentity:
    """Ask the device who it is; the answer comes as an Identity."""


@dataclass(frozen=True, slots=True)
class SetStream:
    """Switch one wave on or off."""

    wave: Parameter
    on: bool


DeviceCommand = StartNibp | StopNibp | AskIdentity | SetStream


@dataclass(frozen=True, slots=True)
class Refused:
    """The device cannot do what was asked; the reason is a sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How a serial line must be set. parity: N, E or O."""

    baud: int
    data_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1
    rtscts: bool = False

    @property
    def words(self) -> str:
        """As a technician writes it: 9600 8N1."""
        return f"{self.baud} {self.data_bits}{self.parity}{self.stop_bits:g}"


class Driver(Protocol):
    """Bytes in, facts out. See the module's opening for what holds for all of them."""

    def start(self, now_us: int) -> None:
        """The line is open: prepare what must be said first. Starts no cuff."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Take bytes as they came and return what they said, in order. Never raises on bytes."""

    def advance(self, now_us: int) -> list[Sample]:
        """Let time pass: retries, keep-alives, half-frame timeouts. Invents no value and repeats none."""

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Do what a person or the schedule wants, or say in a sentence why not."""

    def outgoing(self) -> bytes:
        """Hand over what must be written now, and forget it."""

    def next_deadline_us(self) -> int | None:
        """When `advance` must be called at the latest, or None."""


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """The row that describes one device, for the station, the screens and the documents.

    numerics: nominal period in us of every vital sign it can give. waves: nominal rate in Hz of every wave.
    mode: `streams`, `enable`, `polled` or `associated`. lines: alternatives, the default first.
    identity: `none`, `rarely` (its model now and then, unasked), `model` or `serial`: how surely it says who it is.
    use: `alarms` or `demonstration`.
    first_value_us: from start to the first valid frame at the latest. frame_bytes_max: longest legal frame.
    decode_only: reads captures, never a port.
    """

    id: str
    maker: str
    model: str
    make: Callable[[], Driver]
    numerics: dict[Parameter, int]
    waves: dict[Parameter, float]
    mode: str
    lines: tuple[LineSettings, ...]
    frame_bytes_max: int
    first_value_us: int
    evidence: str
    tests: str
    use: str
    identity: str = "none"
    nibp: bool = False
    commands: tuple[type, ...] = ()
    half_frame_us: int = HALF_FRAME_US
    dtr: bool | None = None
    rts: bool | None = None
    usb_hints: tuple[str, ...] = ()
    decode_only: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def measures(self) -> tuple[str, ...]:
        """Words for what it measures, for tables."""
        names = [p.value for p in self.numerics] + [p.value for p in self.waves]
        return tuple(names + (["nibp"] if self.nibp else []))
