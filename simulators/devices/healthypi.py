"""Simulated ProtoCentral HealthyPi boards. TWIN is a v4, which streams by itself; a v5 is here beside it, for tests.

Written from PROTOCOLS section 5.12, sharing none of the driver's code. Real habits kept: v4 sends 80 and 120 as blood
pressures whoever sits there, and zeros for all that electrodes measure while one is off; v5 says nothing to a host without
DTR, holds its heart rate when electrodes are off and never says that they are, and measures BioZ only for every second
frame. Not in the sheet, and our choice: the counts of every signal (1 mV of ECG is 1,000 in v4 and 2,600 in v5), and that
light falls with each pulse. Frames are made on a fixed grid, so that they do not depend on how often one asks.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
CATCH_UP_US = 30 * SECOND_US
"""A board does not store: what nobody fetched for longer than this is gone."""
LIGHT, LIGHT_SWING, LIGHT_EMPTY = 200_000, 4_000, 5_000
RED_SHARE = 0.8
ALL_ELECTRODES_OFF = 0x1F
INVENTED_PRESSURES = (80, 120)
HOST_BYTES_MAX = 64
PING, STREAM_START, STREAM_STOP = 0x01, 0x10, 0x11
PONG = b"\xaa\x55\x81\x00\x00"

Ints = npt.NDArray[np.int64]


class _Board(ABC):
    """What both generations share: a grid of cells, and what the body's signals look like in counts."""

    rate_hz: int
    cell_us: int
    ecg_counts: int
    resp_counts: int

    def __init__(self, body: Body) -> None:
        self._body = body
        self._cell: int | None = None

    @abstractmethod
    def receive(self, data: bytes, now_us: int) -> None:
        """Bytes that the host wrote."""

    def advance(self, now_us: int) -> bytes:
        """The frames of every grid cell that has ended."""
        last = now_us // self.cell_us
        cell = last if self._cell is None else max(self._cell, last - CATCH_UP_US // self.cell_us)
        out = b"".join(self._one_cell(n) for n in range(cell, last))
        self._cell = last
        return out

    def next_deadline_us(self) -> int:
        """The end of the present grid cell."""
        return ((self._cell or 0) + 1) * self.cell_us

    @property
    def _frames(self) -> int:
        return self.cell_us * self.rate_hz // SECOND_US

    @abstractmethod
    def _one_cell(self, cell: int) -> bytes:
        """The frames of one cell."""

    def _wave(self, parameter: Parameter, counts: int, cell: int) -> Ints:
        wave = self._body.wave(parameter, self.rate_hz, cell * self._frames, self._frames)
        return _counts(wave, counts, self._frames)

    def _light(self, cell: int) -> tuple[list[int], list[int]]:
        """Infra-red and red: what a finger lets through."""
        if self._body.sensors().probe != "on":
            empty = [LIGHT_EMPTY] * self._frames
            return empty, empty
        infra = LIGHT - self._wave(Parameter.PLETH, LIGHT_SWING, cell)
        return infra.tolist(), np.rint(infra * RED_SHARE).astype(np.int64).tolist()

    def _spo2(self) -> int:
        return _byte(self._body.vitals().spo2 if self._body.sensors().probe == "on" else None)

    def _temperature(self) -> int:
        celsius = self._body.vitals().temperature
        return 0 if celsius is None else round(celsius * 100)


class HealthyPi4(_Board):
    """v4: 125 frames a second from power-up on; deaf."""

    rate_hz, cell_us = 125, 40_000
    ecg_counts, resp_counts = 1_000, 8_000

    def receive(self, data: bytes, now_us: int) -> None:
        """The firmware reads nothing."""

    def _one_cell(self, cell: int) -> bytes:
        self._body.advance((cell + 1) * self.cell_us)
        on, vitals = self._body.sensors().ecg_on, self._body.vitals()
        nothing = np.zeros(self._frames, np.int64)
        ecg = self._wave(Parameter.ECG_I, self.ecg_counts, cell) if on else nothing
        resp = self._wave(Parameter.RESP, self.resp_counts, cell) if on else nothing
        infra, red = self._light(cell)
        hr, breaths = (_byte(vitals.hr), _byte(vitals.resp_rate)) if on else (0, 0)
        slow = (self._temperature(), breaths, self._spo2(), hr, *INVENTED_PRESSURES, 0 if on else ALL_ELECTRODES_OFF)
        rows = zip(_within(ecg, 16).tolist(), _within(resp, 16).tolist(), infra, red, strict=True)
        return b"".join(b"\x0a\xfa\x14\0\x02" + struct.pack("<2h2ih6B", *row, *slow) + b"\0\x0b" for row in rows)


class HealthyPi5(_Board):
    """v5 (OpenView): 128 frames a second, while a host holds DTR and has not stopped the stream.

    dtr: what no simulated port carries. A test that takes it away hears nothing.
    """

    rate_hz, cell_us = 128, 62_500
    ecg_counts, resp_counts = 2_600, 10_000

    def __init__(self, body: Body, dtr: bool = True) -> None:
        super().__init__(body)
        self.dtr = dtr
        self.streaming = True
        self._hr = 0
        self._line = b""
        self._answers = b""

    def receive(self, data: bytes, now_us: int) -> None:
        """AA 55, type, length, payload, their exclusive or. What is not a whole, correct command is ignored."""
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while (start := self._line.find(b"\xaa\x55")) >= 0 and len(self._line) >= start + 5:
            kind, length = self._line[start + 2 : start + 4]
            end = start + 5 + length
            if len(self._line) < end and length <= HOST_BYTES_MAX - 5:
                return
            check = 0
            for byte in self._line[start + 4 : end - 1]:
                check ^= byte
            good = length <= HOST_BYTES_MAX - 5 and self._line[end - 1] == check
            self._line = self._line[end if good else start + 1 :]
            if good:
                self._obey(kind)

    def advance(self, now_us: int) -> bytes:
        """Answers, then the frames of every grid cell that has ended; nothing at all without DTR."""
        frames, answers = super().advance(now_us), self._answers
        self._answers = b""
        return answers + frames if self.dtr else b""

    def _obey(self, kind: int) -> None:
        if kind == PING:
            self._answers += PONG
        elif kind in (STREAM_START, STREAM_STOP):
            self.streaming = kind == STREAM_START

    def _one_cell(self, cell: int) -> bytes:
        self._body.advance((cell + 1) * self.cell_us)
        vitals = self._body.vitals()
        if self._body.sensors().ecg_on:
            self._hr = _byte(vitals.hr)
        if not self.streaming:
            return b""
        ecg = _within(self._wave(Parameter.ECG_I, self.ecg_counts, cell), 18)
        bioz = self._wave(Parameter.RESP, self.resp_counts, cell)
        bioz[1::2] = bioz[::2]
        infra, red = self._light(cell)
        slow = (self._temperature(), self._spo2(), self._hr, _byte(vitals.resp_rate))
        rows = zip(ecg.tolist(), bioz.tolist(), [0] * self._frames, red, infra, strict=True)
        return b"".join(b"\x0a\xfa\x16\0\x02" + struct.pack("<2iB2ih3B", *row, *slow) + b"\0\x0b" for row in rows)


def _counts(wave: npt.NDArray[np.float64] | None, counts: int, n: int) -> Ints:
    """A signal that is missing, or a stretch of it, lies on the baseline."""
    return np.zeros(n, np.int64) if wave is None else np.rint(np.nan_to_num(wave) * counts).astype(np.int64)


def _within(values: Ints, bits: int) -> Ints:
    """Cut at the converter's rails."""
    rail = 1 << (bits - 1)
    return np.clip(values, -rail, rail - 1)


def _byte(value: float | None) -> int:
    """A number as one byte; 0 stands for none."""
    return 0 if value is None else min(255, max(0, round(value)))


TWIN = TwinSpec(device="healthypi", make=HealthyPi4)
