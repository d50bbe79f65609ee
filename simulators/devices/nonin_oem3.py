"""A simulated Nonin oximeter: 75 summed frames a second with pleth and pulse marks, numbers spread over packets of 25.

Written from PROTOCOLS section 5.2, sharing none of the driver's code. `oem3` streams from power-up and hears nothing; `9560`
and `3150` begin with spot checks (format 13), answer questions, and change their format in the first five seconds after
power-up. Everything is made on a fixed grid of 40 ms, so that the bytes do not depend on how often it is asked.

Our choices, where the sheet is silent: a pulse comes 0.2 s after its R peak; perfusion below 0.6 is yellow, below 0.3 red; a
beat with less than half a pulse is an artefact; the spot check is repeated every 2 s until it is answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
CELL_US = 40_000
CELL_FRAMES = 3
FRAME_HZ = 75
PACKET_FRAMES = 25
CATCH_UP_US = 30 * SECOND_US
"""A module does not store: what nobody fetched for longer than this is gone."""

SYNC, GREEN, RED, ALARM, TRACK, ARTEFACT, UNPLUGGED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40
YELLOW = GREEN | RED
PULSE_FRAMES = 12
PULSE_DELAY_US = 200_000
WEAKEST_PULSE, ARTEFACT_PULSE = 0.1, 0.5
YELLOW_BELOW, RED_BELOW = 0.6, 0.3
NO_RATE, NO_SPO2 = 511, 127
REVISION = 0x30
DISPLAY_US, HOLD_US = 1_500_000, 10 * SECOND_US

SPOT_EVERY_US = 2 * SECOND_US
SELECT_WINDOW_US = 5 * SECOND_US
HOST_BYTES_MAX = 64
SERIAL = b"501234567"
TYPES = {"9560": b"\x9e\x09", "3150": b"\x18\x05\x09"}
FORMATS = (2, 7, 8, 13)


@dataclass(slots=True)
class _Shown:
    """One number as the module shows it: at once, and for the display, which holds it."""

    missing: int
    now: int
    display: int
    display_us: int | None = None
    heard_us: int | None = None

    def show(self, value: float | None, now_us: int) -> None:
        """Plain values go missing at once; display values follow every 1.5 s and hold for 10 s."""
        if value is not None:
            self.now, self.heard_us = round(value), now_us
            if self.display_us is None or now_us - self.display_us >= DISPLAY_US:
                self.display, self.display_us = self.now, now_us
            return
        self.now = self.missing
        if self.heard_us is None or now_us - self.heard_us >= HOLD_US:
            self.display, self.display_us = self.missing, None

    @property
    def held(self) -> bool:
        """True while the display shows what is no longer measured."""
        return self.now == self.missing != self.display


class NoninTwin:
    """The twin: see the module's opening. form: 1, 2, 7, 8 or 13. model: oem3, 9560 or 3150. serial: nine characters."""

    def __init__(self, body: Body, form: int = 2, model: str = "oem3", serial: bytes = SERIAL) -> None:
        self._serial = serial
        self._body = body
        self._model = model
        self._form = form
        self._cell: int | None = None
        self._powered_us = 0
        self._place = 0
        self._timer = 0
        self._floats = bytes(PACKET_FRAMES)
        self._rate = _Shown(NO_RATE, NO_RATE, NO_RATE)
        self._spo2 = _Shown(NO_SPO2, NO_SPO2, NO_SPO2)
        self._pulse_left = 0
        self._pulse_bits = 0
        self._line = b""
        self._answers = bytearray()
        self._spot_answered = False

    def receive(self, data: bytes, now_us: int) -> None:
        """Commands of the host; an OEM III has no ear for them."""
        self._power_up(now_us)
        if self._model not in TYPES:
            return
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while self._line:
            used = self._one_command(now_us)
            if used == 0:
                return
            self._line = self._line[used:]

    def advance(self, now_us: int) -> bytes:
        """The frames of every grid cell that has ended; answers come between frames."""
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
            self._powered_us = now_us
        return self._cell

    # ------------------------------------------------------------------------------------------------------ the host says

    def _one_command(self, now_us: int) -> int:
        """Bytes used of the line: one command, or one byte of nonsense; 0 while it is not whole."""
        line = self._line
        if line[0] == 0x06:
            self._spot_answered = True
            return 1
        if line[0] != 0x02:
            return 1
        if len(line) < 3 or len(line) < line[2] + 4:
            return 0
        length = line[2] + 4
        if line[length - 1] != 0x03:
            return 1
        self._obey(line[1], line[3 : length - 1], now_us)
        return length

    def _obey(self, operation: int, data: bytes, now_us: int) -> None:
        if operation == 0x70:
            self._select(data, now_us)
        elif operation == 0x72 and not data:
            self._answers += b"\x02\xf2\x06" + bytes((26, 1, 2, 3, 4, 5)) + b"\x03"
        elif operation == 0x73:
            sign = TYPES[self._model]
            self._answers += bytes((0x02, 0xF3, len(sign))) + sign + b"\x03"
        elif operation == 0x74:
            self._answers += bytes((0x02, 0xF4, 1 + len(self._serial), 2)) + self._serial + b"\x03"

    def _select(self, data: bytes, now_us: int) -> None:
        """In the first five seconds only; a form that is not this model's, or an unknown format, is refused."""
        if now_us - self._powered_us > SELECT_WINDOW_US:
            return
        long = self._model == "3150"
        fits = len(data) == (4 if long else 2) and data[0] == 0x02 and data[1] in FORMATS
        if fits and long:
            fits = (0x70 + 4 + sum(data[:3])) & 0xFF == data[3]
        self._answers.append(0x06 if fits else 0x15)
        if fits:
            self._form, self._place = data[1], 0

    # ---------------------------------------------------------------------------------------------------- the module says

    def _one_cell(self, cell: int) -> bytes:
        end_us = (cell + 1) * CELL_US
        self._body.advance(end_us)
        self._see_beats(cell * CELL_US, end_us)
        if self._form in (2, 7):
            wave = self._wave(cell * CELL_FRAMES)
            return b"".join(self._frame(level, end_us) for level in wave.tolist())
        self._pulse_left = 0
        if self._form == 13:
            return self._spot(end_us)
        if (end_us - self._powered_us) // SECOND_US == (end_us - CELL_US - self._powered_us) // SECOND_US:
            return b""
        self._take_numbers(end_us)
        return self._slow()

    def _see_beats(self, start_us: int, end_us: int) -> None:
        """Never from a recording: its reference is the truth of tests, no module ever saw it."""
        if self._body.recorded or self._body.sensors().probe != "on":
            return
        for beat in self._body.beats(start_us - PULSE_DELAY_US, end_us - PULSE_DELAY_US):
            if beat.strength >= WEAKEST_PULSE:
                self._pulse_left = PULSE_FRAMES
                self._pulse_bits = self._quality() | (ARTEFACT if beat.strength < ARTEFACT_PULSE else 0)

    def _quality(self) -> int:
        perfusion = self._body.vitals().perfusion_index
        if perfusion is None or perfusion >= YELLOW_BELOW:
            return GREEN
        return RED if perfusion < RED_BELOW else YELLOW

    def _wave(self, first: int) -> npt.NDArray[np.int64]:
        top = 255 if self._form == 2 else 65_535
        wave = self._body.wave(Parameter.PLETH, float(FRAME_HZ), first, CELL_FRAMES)
        if wave is None or self._body.sensors().probe != "on":
            return np.zeros(CELL_FRAMES, np.int64)
        return np.clip(np.rint(np.nan_to_num(wave) * top), 0, top).astype(np.int64)

    def _frame(self, level: int, now_us: int) -> bytes:
        if self._place == 0:
            self._take_numbers(now_us)
            self._floats = self._packet()
        status = 0x80 | self._status() | (SYNC if self._place == 0 else 0)
        value = self._floats[self._place]
        self._place = (self._place + 1) % PACKET_FRAMES
        head = bytes((0x01, status, level)) if self._form == 2 else bytes((status, level >> 8, level & 0xFF))
        summed = bytes((*head, value))
        return summed + bytes((sum(summed) & 0xFF,))

    def _status(self) -> int:
        """The bits of this moment but SYNC."""
        probe = self._body.sensors().probe
        if probe == "unplugged":
            return UNPLUGGED | ALARM
        if probe == "off":
            return ALARM
        status = TRACK if self._rate.held else 0
        if self._pulse_left:
            self._pulse_left -= 1
            status |= self._pulse_bits
        return status

    def _take_numbers(self, now_us: int) -> None:
        """One look at the patient for a whole packet."""
        vitals, on = self._body.vitals(), self._body.sensors().probe == "on"
        self._rate.show(vitals.pulse_rate if on else None, now_us)
        self._spo2.show(vitals.spo2 if on else None, now_us)

    def _packet(self) -> bytes:
        """The 25 values beside the pleth."""
        self._timer = (self._timer + 1) % (1 << 14)
        rate, rate_d = _two(self._rate.now), _two(self._rate.display)
        spo2, spo2_d = self._spo2.now, self._spo2.display
        timer = (self._timer >> 7, self._timer & 0x7F)
        first = (*rate, spo2, REVISION, 0, *timer, 0, spo2_d, spo2, spo2, 0, 0)
        return bytes((*first, *rate, spo2, spo2_d, 0, 0, *rate_d, *rate_d, 0, 0))

    def _slow(self) -> bytes:
        """Format 8, or 1 which is its first three bytes."""
        probe = self._body.sensors().probe
        rate = _two(self._rate.now)
        weak = {RED: 0x10, YELLOW: 0x08}.get(self._quality(), 0) if probe == "on" else 0
        first = 0x80 | (0x40 if probe == "unplugged" else 0) | weak | rate[0]
        frame = bytes((first, rate[1], self._spo2.now, 0x08 if probe != "on" else 0))
        return frame if self._form == 8 else frame[:3]

    def _spot(self, now_us: int) -> bytes:
        """Format 13: one measurement, said again until the host has answered."""
        since = now_us - self._powered_us
        if self._spot_answered or since // SPOT_EVERY_US == (since - CELL_US) // SPOT_EVERY_US:
            return b""
        self._take_numbers(now_us)
        none = self._rate.now == NO_RATE
        stamp = bytes.fromhex("2026010203040500")
        data = stamp + bytes((0x01 if none else 0, 0, *divmod(self._rate.now, 256), 0, self._spo2.now))
        return b"\x00\x02\x00\x0d\x00\x0e" + data + bytes((sum(data) & 0xFF, 0x03))


def _two(rate: int) -> tuple[int, int]:
    """Nine bits: two, then seven."""
    return rate >> 7 & 3, rate & 0x7F


TWIN = TwinSpec(device="nonin-oem3", make=NoninTwin)
