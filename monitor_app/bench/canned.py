"""A device whose bytes were rendered beforehand: many of them cost hardly anything while something else is measured.

A twin speaks to a listener in simulated time, once for all chairs. What it said is played to every port when somebody has
begun to talk there, with a note of the moment at which marked bytes are written. It hears no orders: cuffs do not start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from drivers import catalog
from drivers.driver import DriverSpec
from drivers.samples import Numeric, Parameter, Sample, WaveBlock
from monitor_app import clock
from monitor_app.bench.house import CommandedBody
from simulators import ports
from simulators.devices import twins

BEGIN_US = 8_000_000
LOOP_US = 16_000_000
"""After the beginning the same stretch is played again and again; whatever is marked in it has to fit into it evenly."""
STEP_US = 5_000
APART_US = 230_000
"""Chairs begin one after the other, so that their marks do not fall into one moment."""
JUMP = 0.6
"""A spike is a sample that stands above the rest of its block by this share of the largest seen."""

Mark = tuple[str, str]
"""What was marked (`value`, `spike`), and the value as it is shown."""


def has_spike(samples: npt.NDArray[np.int16], scale: float, most: float) -> tuple[bool, float]:
    """Whether the largest sample stands out, and the largest seen so far."""
    high = float(samples.max()) * scale
    most = max(most, high)
    return high >= JUMP * most and high - float(np.median(samples)) * scale >= JUMP * most, most


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that a device writes at once, t_us after it was spoken to. marks: what is complete with them."""

    t_us: int
    data: bytes
    marks: tuple[Mark, ...]


class _Marks:
    """What of the samples is a mark: a saturation that is another, a spike of the ECG."""

    def __init__(self) -> None:
        self._spo2: float | None = None
        self._most = 0.0

    def of(self, samples: Sequence[Sample]) -> tuple[Mark, ...]:
        found: list[Mark] = []
        for sample in samples:
            if isinstance(sample, Numeric) and sample.parameter is Parameter.SPO2 and sample.value is not None:
                if self._spo2 is not None and sample.value != self._spo2:
                    found.append(("value", f"{sample.value:.0f}"))
                self._spo2 = sample.value
            elif isinstance(sample, WaveBlock) and sample.parameter is Parameter.ECG_II:
                there, self._most = has_spike(sample.samples, sample.scale, self._most)
                found += [("spike", "")] if there else []
        return tuple(found)


def rendered(device: str, patient: Callable[[int], CommandedBody]) -> tuple[Piece, ...]:
    """The beginning and one loop of the device of this id with such a patient, in order."""
    twin, listener, marks = twins()[device].make(patient(1)), catalog.specs()[device].make(), _Marks()
    listener.start(0)
    pieces: list[Piece] = []
    for now_us in range(0, BEGIN_US + LOOP_US, STEP_US):
        data = twin.advance(now_us)
        if data:
            pieces.append(Piece(now_us, data, marks.of(listener.feed(data, now_us))))
        listener.advance(now_us)
        twin.receive(listener.outgoing(), now_us)
    return tuple(pieces)


class CannedBed:
    """One chair's device on a pty. marks: what was marked, when its bytes were about to be written, and its words."""

    patient: type[CommandedBody] = CommandedBody
    _known: ClassVar[dict[tuple[str, str], tuple[Piece, ...]]] = {}

    def __init__(self, spec: DriverSpec, chair: int, folder: Path) -> None:
        self.spec = spec
        self.port = ports.outlet(None, folder, f"chair{chair}")
        self.marks: list[tuple[str, int, str]] = []
        key = (spec.id, self.patient.__qualname__)
        self._pieces = self._known[key] = self._known.get(key) or rendered(spec.id, self.patient)
        self._loop_at = next(n for n, piece in enumerate(self._pieces) if piece.t_us >= BEGIN_US)
        self._wait_us = (chair - 1) * APART_US
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"canned-{chair}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch the device off."""
        self._stop.set()
        self._thread.join(2)
        self.port.pull()

    def _serve(self) -> None:
        while not self.port.read():
            if self._stop.wait(STEP_US / 1e6):
                return
        began_us, at, turns_us = clock.monotonic_us() + self._wait_us, 0, 0
        while not self._stop.is_set():
            piece = self._pieces[at]
            ahead_us = began_us + turns_us + piece.t_us - clock.monotonic_us()
            if ahead_us > 0 and self._stop.wait(ahead_us / 1e6):
                return
            self.port.read()
            self._write(piece)
            at += 1
            if at == len(self._pieces):
                at, turns_us = self._loop_at, turns_us + LOOP_US

    def _write(self, piece: Piece) -> None:
        now_us = clock.monotonic_us()
        self.marks += [(what, now_us, words) for what, words in piece.marks]
        self.port.write(piece.data)
