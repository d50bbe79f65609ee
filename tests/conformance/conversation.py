"""What the driver suite shares: a body that stands still, a twin and a driver that talk, and how decodings compare."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from drivers.catalog import specs
from drivers.driver import Driver, DriverSpec
from drivers.samples import DeviceStatus, Identity, LinkQuality, Numeric, Parameter, Sample, WaveBlock
from simulators.blocks import Wave
from simulators.devices import twins
from simulators.line import Line
from simulators.vitals import CuffResult, Sensors, TrueBeat, Vitals

SECOND_US = 1_000_000
STEP_US = 20_000
DEVICES = [device for device in specs() if device in twins()]
ON_PORTS = [device for device in DEVICES if not specs()[device].decode_only]
"""Those that are ever on a port; the others are read from files, which their twins write."""


@dataclass
class StillBody:
    """Somebody whose every number is known and stays, unless the test changes it."""

    vitals_now: Vitals = field(default_factory=lambda: Vitals(72.0, 71.0, 97.0, 16.0, 36.6, 2.5))
    sensors_now: Sensors = field(default_factory=Sensors)
    cuff: CuffResult = field(default_factory=lambda: CuffResult(20 * SECOND_US, 118, 76, 90, 72))
    recorded: bool = False
    waves: frozenset[Parameter] = frozenset(p for p in Parameter if p.is_ecg or p in (Parameter.PLETH, Parameter.RESP))
    cuffs_started: list[int] = field(default_factory=list)
    now_us: int = 0

    def advance(self, now_us: int) -> None:
        assert now_us >= 0
        self.now_us = max(self.now_us, now_us)

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        if parameter not in self.waves or (parameter is Parameter.PLETH and self.sensors_now.probe == "unplugged"):
            return None
        t = np.arange(first, first + n) / rate_hz
        swing = np.sin(2 * np.pi * 1.2 * t)
        return 0.5 + 0.4 * swing if parameter is Parameter.PLETH else 0.8 * swing

    def beats(self, after_us: int, until_us: int) -> list[TrueBeat]:
        period = 60 * SECOND_US // 72
        return [
            TrueBeat(k * period, "N", 1.0)
            for k in range(after_us // period, until_us // period + 1)
            if after_us < k * period <= until_us
        ]

    def vitals(self) -> Vitals:
        seen = self.vitals_now
        if not self.sensors_now.ecg_on:
            seen = replace(seen, hr=None, resp_rate=None)
        if self.sensors_now.probe != "on":
            seen = replace(seen, spo2=None, pulse_rate=None, perfusion_index=None)
        return seen

    def sensors(self) -> Sensors:
        return self.sensors_now

    def start_cuff(self, now_us: int) -> CuffResult:
        self.cuffs_started.append(now_us)
        return self.cuff


@dataclass
class Talk:
    """A conversation: what arrived at the host and when, what the driver made of it, and at which time."""

    spec: DriverSpec
    driver: Driver
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    heard: list[tuple[int, Sample]] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray)

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.pieces)

    @property
    def samples(self) -> list[Sample]:
        return [sample for _, sample in self.heard]

    def numbers(self, parameter: Parameter, after_us: int = 0) -> list[tuple[int, Numeric]]:
        return [(t, s) for t, s in self.heard if isinstance(s, Numeric) and s.parameter is parameter and t >= after_us]

    def life(self, after_us: int = 0) -> list[int]:
        """When something came that says that the device is there: not who it is, nor how well the bytes arrive."""
        return [t for t, s in self.heard if t >= after_us and not isinstance(s, Identity | LinkQuality)]


def talk(
    device: str,
    body: StillBody,
    seconds: float,
    line: Line | None = None,
    at: dict[float, Callable[[Driver, int], object]] | None = None,
) -> Talk:
    """Twin and driver over a line (clean unless given), both in steps of 20 ms. at: what is done at which second.

    A line that hangs up gives the host a new driver and the body a new device when it comes back.
    """
    spec, line = specs()[device], line or Line()
    twin, driver = twins()[device].make(body), spec.make()
    driver.start(0)
    said, up = Talk(spec, driver), True
    due = sorted((at or {}).items())
    for now in range(0, round(seconds * SECOND_US), STEP_US):
        while due and due[0][0] * SECOND_US <= now:
            due.pop(0)[1](driver, now)
        if line.is_up(now) and not up:
            twin, driver = twins()[device].make(body), spec.make()
            driver.start(now)
            said.driver = driver
        up = line.is_up(now)
        if not up:
            body.advance(now)
            continue
        for data in line.carry(twin.advance(now), now):
            said.pieces.append((now, data))
            said.heard += [(now, s) for s in driver.feed(data, now)]
        deadline = driver.next_deadline_us()
        if deadline is not None and deadline <= now:
            said.heard += [(now, s) for s in driver.advance(now)]
        answer = driver.outgoing()
        said.sent += answer
        if answer:
            twin.receive(answer, now)
    return said


def decode(device: str, pieces: Iterable[bytes]) -> tuple[list[Sample], Driver]:
    """A file: everything at one moment, then time enough for what is held."""
    driver = specs()[device].make()
    driver.start(0)
    samples = [s for piece in pieces for s in driver.feed(piece, 0)]
    return samples + driver.advance(3 * SECOND_US), driver


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The same bytes in pieces."""
    edges = [0, *sorted({p for p in places if 0 < p < len(data)}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def facts(samples: Iterable[Sample]) -> tuple[dict[Parameter, bytes], list[Sample]]:
    """What may not depend on how the bytes came: every wave in one piece, all else as it is, counters aside."""
    waves: dict[Parameter, bytes] = {}
    others: list[Sample] = []
    for sample in samples:
        if isinstance(sample, WaveBlock):
            waves[sample.parameter] = waves.get(sample.parameter, b"") + sample.data
        elif not isinstance(sample, LinkQuality):
            others.append(sample)
    return waves, others


def counters(samples: Iterable[Sample]) -> LinkQuality:
    """The last counters."""
    return [s for s in samples if isinstance(s, LinkQuality)][-1]


def flags_of(samples: Iterable[Sample]) -> set[str]:
    """The flags that hold in the end, of all parts."""
    last = {s.of: s.flags for s in samples if isinstance(s, DeviceStatus)}
    return {flag.value for part in last.values() for flag in part}


def held_bytes(thing: object, seen: set[int] | None = None) -> int:
    """The bytes in all byte buffers that an object reaches: what waits for its rest."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    if isinstance(thing, bytes | bytearray):
        return len(thing)
    if isinstance(thing, dict):
        return sum(held_bytes(value, seen) for value in thing.values())
    if isinstance(thing, list | tuple | set | frozenset) or type(thing).__name__ == "deque":
        return sum(held_bytes(value, seen) for value in thing)  # type: ignore[attr-defined]
    slots = [getattr(thing, name, None) for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())]
    own = vars(thing) if hasattr(thing, "__dict__") else {}
    return sum(held_bytes(value, seen) for value in [*slots, *own.values()] if not callable(value))
