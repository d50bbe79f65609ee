"""A simulated Berry oximeter that speaks BCI: a hundred frames of five bytes a second, with or without a finger.

Written from PROTOCOLS section 5.10, sharing none of the driver's code. Not in the sheet, and our choice: the pulse mark
lasts 80 ms; the signal's strength is twice the perfusion index; the bar follows the pleth; a search of 10 s becomes
"no signal". All is made on a fixed grid of 40 ms, so that the bytes do not depend on how often it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
RATE_HZ = 100
FRAME_US = SECOND_US // RATE_HZ
CELL_US = 40_000
FRAMES_PER_CELL = CELL_US // FRAME_US
CATCH_UP_US = 30 * SECOND_US
"""A device does not store: what nobody fetched for longer than this is gone."""
BEEP_US = 80_000
SEARCH_LONG_US = 10 * SECOND_US
STRONGEST, BAR_HIGH, PLETH_HIGH = 8, 15, 100
NO_SPO2, NO_PULSE = 0x7F, 0xFF
PULSE_HIGH = 250
SYNC, NO_SIGNAL, UNPLUGGED, BEEP = 0x80, 0x10, 0x20, 0x40
NO_FINGER, SEARCHING, RATE_B7 = 0x10, 0x20, 0x40


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the device says beside the pleth. first, third: flags of bytes 1 and 3. pleth: False without a signal."""

    first: int
    third: int
    pulse: int = NO_PULSE
    spo2: int = NO_SPO2
    pleth: bool = False


class BciOximeter:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._cell: int | None = None
        self._searching_us: int | None = None

    def receive(self, data: bytes, now_us: int) -> None:
        """The device listens to nobody."""

    def advance(self, now_us: int) -> bytes:
        """The frames of every grid cell that has ended."""
        last = now_us // CELL_US
        cell = last if self._cell is None else max(self._cell, last - CATCH_UP_US // CELL_US)
        out = b"".join(self._one_cell(n) for n in range(cell, last))
        self._cell = last
        return out

    def next_deadline_us(self) -> int:
        """The end of the present grid cell."""
        return ((self._cell or 0) + 1) * CELL_US

    def _one_cell(self, cell: int) -> bytes:
        start_us, end_us = cell * CELL_US, (cell + 1) * CELL_US
        self._body.advance(end_us)
        shown = self._shown(end_us)
        pleth = self._pleth(cell * FRAMES_PER_CELL) if shown.pleth else [0] * FRAMES_PER_CELL
        marks = [b.t_us for b in self._body.beats(start_us - BEEP_US, end_us)] if shown.pleth else []
        frames = bytearray()
        for n, height in enumerate(pleth):
            t_us = start_us + n * FRAME_US
            beep = BEEP if any(t_us - BEEP_US < mark <= t_us for mark in marks) else 0
            bar = height * BAR_HIGH // PLETH_HIGH
            third = shown.third | bar | (RATE_B7 if shown.pulse & 0x80 else 0)
            frames += bytes((SYNC | shown.first | beep, height, third, shown.pulse & 0x7F, shown.spo2))
        return bytes(frames)

    def _shown(self, now_us: int) -> _Shown:
        probe, vitals = self._body.sensors().probe, self._body.vitals()
        if probe == "unplugged":
            return _Shown(UNPLUGGED, 0)
        if probe == "off":
            return _Shown(0, NO_FINGER)
        if vitals.spo2 is None:
            self._searching_us = now_us if self._searching_us is None else self._searching_us
            lost = now_us - self._searching_us > SEARCH_LONG_US
            return _Shown(NO_SIGNAL if lost else 0, 0 if lost else SEARCHING)
        self._searching_us = None
        strength = STRONGEST // 2 if vitals.perfusion_index is None else round(vitals.perfusion_index * 2)
        pulse = NO_PULSE if vitals.pulse_rate is None else min(PULSE_HIGH, round(vitals.pulse_rate))
        return _Shown(min(STRONGEST, strength), 0, pulse, min(100, round(vitals.spo2)), pleth=True)

    def _pleth(self, first: int) -> list[int]:
        """1 to 100; a missing stretch is 0, the device's word for none."""
        wave = self._body.wave(Parameter.PLETH, RATE_HZ, first, FRAMES_PER_CELL)
        if wave is None:
            return [0] * FRAMES_PER_CELL
        heights = np.clip(np.rint(wave * PLETH_HIGH), 1, PLETH_HIGH)
        return [int(height) for height in np.where(np.isnan(wave), 0, heights)]


TWIN = TwinSpec(device="berry-bci", make=BciOximeter)
