"""A simulated Contec CMS50 finger oximeter of either generation.

Written from PROTOCOLS section 5.9, sharing none of the driver's code. Generation 1 streams five-byte frames, 60 a second,
from the moment it is switched on. Generation 2 sends nine-byte packets for 30 s after each start command, then it falls
silent; it does not let itself be kept alive by anything else, since no source is sure of that. Everything is made on a fixed
grid of 50 ms, so that the bytes do not depend on how often it is asked.

Our choices, where the sheet is silent: 60 packets a second of generation 2 too; a beep of six frames, 0.2 s after the R
peak; signal strength from perfusion; an unplugged probe is a probe error (generation 1) or no finger (generation 2), which
has no other word; the eighth bit of the rate is not sent by generation 2.
"""

from __future__ import annotations

import numpy as np

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
CELL_US = 50_000
CELL_FRAMES = 3
RATE_HZ = 60
CATCH_UP_US = 30 * SECOND_US
"""It does not store: what nobody fetched for longer than this is gone."""
LIVE_US = 30 * SECOND_US
BEEP_FRAMES = 6
PULSE_DELAY_US = 200_000
WEAKEST_PULSE = 0.25
NUMBERS_US = SECOND_US
COMMAND_BYTES = 9
HOST_BYTES_MAX = 64
NO_SPO2, NO_PULSE = 0x7F, 0xFF
NAMES = {0xA8: (0x02, b"CMS50D"), 0xA9: (0x03, b"CONTEC"), 0xAA: (0x04, b"user")}


class Cms50Twin:
    """The twin: see the module's opening. generation: 1 or 2."""

    def __init__(self, body: Body, generation: int = 1) -> None:
        self._body = body
        self._generation = generation
        self._cell: int | None = None
        self._live_until_us = 0
        self._numbers = (NO_SPO2, NO_PULSE)
        self._numbers_us: int | None = None
        self._beep_left = 0
        self._line = b""
        self._answers = bytearray()

    def receive(self, data: bytes, now_us: int) -> None:
        """Commands of the host; generation 1 has no ear for them."""
        self._power_up(now_us)
        if self._generation == 1:
            return
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while (start := self._line.find(b"\x7d\x81")) >= 0 and len(self._line) >= start + COMMAND_BYTES:
            self._obey(self._line[start + 2], now_us)
            self._line = self._line[start + COMMAND_BYTES :]

    def advance(self, now_us: int) -> bytes:
        """The frames of every grid cell that has ended; answers come before them."""
        first = self._power_up(now_us)
        last = now_us // CELL_US
        cell = max(first, last - CATCH_UP_US // CELL_US)
        out, self._answers = bytearray(self._answers), bytearray()
        while cell < last:
            out += self._one_cell(cell)
            cell += 1
        self._cell = cell
        return bytes(out)

    def next_deadline_us(self) -> int:
        """The end of the present grid cell."""
        return ((self._cell or 0) + 1) * CELL_US

    def _power_up(self, now_us: int) -> int:
        if self._cell is None:
            self._cell = -(-now_us // CELL_US)
        return self._cell

    def _obey(self, operation: int, now_us: int) -> None:
        if operation == 0xA1:
            self._live_until_us = now_us + LIVE_US
        elif operation in NAMES:
            kind, name = NAMES[operation]
            self._answers += bytes((kind, 0x80, 0x80)) + bytes(0x80 | byte for byte in name.ljust(6))

    # ---------------------------------------------------------------------------------------------------- the device says

    def _one_cell(self, cell: int) -> bytes:
        end_us = (cell + 1) * CELL_US
        self._body.advance(end_us)
        self._see_beats(cell * CELL_US, end_us)
        self._look(end_us)
        if self._generation == 2 and end_us > self._live_until_us:
            return b""
        make = self._frame_1 if self._generation == 1 else self._frame_2
        return b"".join(make(level) for level in self._wave(cell * CELL_FRAMES))

    def _see_beats(self, start_us: int, end_us: int) -> None:
        """Never from a recording: its reference is the truth of tests, no device ever saw it."""
        if self._body.recorded or self._body.sensors().probe != "on":
            return
        for beat in self._body.beats(start_us - PULSE_DELAY_US, end_us - PULSE_DELAY_US):
            if beat.strength >= WEAKEST_PULSE:
                self._beep_left = BEEP_FRAMES

    def _look(self, now_us: int) -> None:
        """New numbers once a second, none at once when the finger goes."""
        vitals, on = self._body.vitals(), self._body.sensors().probe == "on"
        if not on or vitals.spo2 is None:
            self._numbers, self._numbers_us = (NO_SPO2, NO_PULSE), None
        elif self._numbers_us is None or now_us - self._numbers_us >= NUMBERS_US:
            pulse = NO_PULSE if vitals.pulse_rate is None else min(250, round(vitals.pulse_rate))
            self._numbers, self._numbers_us = (min(100, round(vitals.spo2)), pulse), now_us

    def _wave(self, first: int) -> list[int]:
        wave = self._body.wave(Parameter.PLETH, float(RATE_HZ), first, CELL_FRAMES)
        if wave is None or self._body.sensors().probe != "on":
            return [0] * CELL_FRAMES
        levels: list[int] = np.clip(np.rint(np.nan_to_num(wave) * 100), 0, 127).astype(int).tolist()
        return levels

    def _beep(self) -> int:
        if self._beep_left == 0:
            return 0
        self._beep_left -= 1
        return 0x40

    def _strength(self) -> int:
        perfusion = self._body.vitals().perfusion_index
        return 0 if perfusion is None else min(8, 1 + round(2 * perfusion))

    def _frame_1(self, level: int) -> bytes:
        probe, (spo2, pulse) = self._body.sensors().probe, self._numbers
        b1 = 0x80 | self._beep() | self._strength() | (0x10 if probe == "off" else 0)
        b3 = level // 8 | (0x40 if pulse & 0x80 else 0) | (0x10 if probe == "unplugged" else 0)
        b3 |= 0x20 if probe == "on" and spo2 == NO_SPO2 else 0
        return bytes((b1, level, b3, pulse & 0x7F, spo2))

    def _frame_2(self, level: int) -> bytes:
        (spo2, pulse), off = self._numbers, self._body.sensors().probe != "on"
        seven = (self._beep() | self._strength(), level, level // 4, pulse & 0x7F, spo2)
        return bytes((0x01, 0xE0 | off, *(0x80 | byte for byte in seven), 0xFF, 0xFF))


TWIN = TwinSpec(device="contec-cms50", make=Cms50Twin)
