"""A simulated Medlab EG01010 ECG board in either of its two firmware variants.

Written from PROTOCOLS section 5.6, sharing none of the driver's code. Real habits kept: the rate is said after each R peak,
never in between; the respiration rate at each breath (the optional board is fitted); lead-off is FB 11 in protocol 1 and a
missing electrode bit in protocol 2; protocol 2 says its status first of all and then once a second. Our choices where the
sheet is silent: 64 counts a millivolt, protocol 1 at 100 samples a second until told otherwise, FB 11 repeated once a
second, a rate of 0 once a second when no R peak has come for 4 s. Everything is made on a fixed grid of 20 ms.
"""

from __future__ import annotations

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
CELL_US = 20_000
CELLS_PER_SECOND = 50
CATCH_UP_US = 30 * SECOND_US
"""A board does not store: what nobody fetched for longer than this is gone."""
HOST_BYTES_MAX = 64

COUNTS_PER_MV = 64
RESP_SWING = 100
BASELINE = 128
TRIGGER_US = 15_000  # after the R peak, as T0
SILENT_US = 4 * SECOND_US
VALUE_MAX = 0xF6

LEAD_BITS = {1: Parameter.ECG_I, 2: Parameter.ECG_II, 4: Parameter.ECG_III}
LEAD_LETTERS = {"0": Parameter.ECG_III, "1": Parameter.ECG_II, "2": Parameter.ECG_I}
SPEEDS_1 = {"0": 300, "1": 100, "2": 50}
SPEED_CODES_2 = {50: 0, 100: 1, 150: 2, 300: 3}
NAME = b"EG01010H0S61"
ALL_ELECTRODES, ONE_MISSING = 0x07, 0x05


class _Board:
    """What both variants share: the grid, the lead, the moments of R peaks and breaths."""

    rate_hz = 100
    top = 0xF7

    def __init__(self, body: Body) -> None:
        self._body = body
        self._cell: int | None = None
        self._powered_us = 0
        self._line = b""
        self._answers = bytearray()
        self._lead = Parameter.ECG_II
        self._with_resp = False
        self._breath_us: int | None = None
        self._beat_us: int | None = None

    def advance(self, now_us: int) -> bytes:
        """What every grid cell that has ended would have sent."""
        first = self._power_up(now_us)
        last = now_us // CELL_US
        out, self._answers = bytearray(self._answers), bytearray()
        for cell in range(max(first, last - CATCH_UP_US // CELL_US), last):
            self._body.advance((cell + 1) * CELL_US)
            out += self._one_cell(cell)
        self._cell = max(first, last)
        return bytes(out)

    def next_deadline_us(self) -> int:
        """The end of the present grid cell."""
        return ((self._cell or 0) + 1) * CELL_US

    def _power_up(self, now_us: int) -> int:
        if self._cell is None:
            self._cell = -(-now_us // CELL_US)
            self._powered_us = self._cell * CELL_US
            self._answers += self._first_words()
        return self._cell

    def _first_words(self) -> bytes:
        return b""

    def _one_cell(self, cell: int) -> bytes:
        raise NotImplementedError

    def _values(self, cell: int) -> list[tuple[int, int]]:
        """(marker, value) of this cell. Beats never from a recording: its reference is the truth of tests."""
        if not self._body.sensors().ecg_on:
            return []
        end_us = (cell + 1) * CELL_US
        found = [(0xFA, self._rate()) for _ in self._beats(end_us)]
        if self._silent(end_us) and cell % CELLS_PER_SECOND == 0:
            found.append((0xFA, 0))
        return found + [(0xF9, value) for value in self._breaths(end_us)]

    def _beats(self, end_us: int) -> list[int]:
        if self._body.recorded:
            return []
        beats = [b.t_us for b in self._body.beats(end_us - CELL_US - TRIGGER_US, end_us - TRIGGER_US)]
        self._beat_us = beats[-1] if beats else self._beat_us
        return beats

    def _silent(self, now_us: int) -> bool:
        since = self._powered_us if self._beat_us is None else self._beat_us
        return not self._body.recorded and now_us - since > SILENT_US

    def _rate(self) -> int:
        """0 stands for none."""
        hr = self._body.vitals().hr
        return 0 if hr is None else min(VALUE_MAX, max(0, round(hr)))

    def _breaths(self, end_us: int) -> list[int]:
        rate = self._body.vitals().resp_rate
        if rate is None or rate <= 0:
            self._breath_us = None
            return []
        if self._breath_us is None:
            self._breath_us = end_us
        if end_us < self._breath_us:
            return []
        self._breath_us += round(60 * SECOND_US / rate)
        return [min(VALUE_MAX, round(rate))]

    def _wave(self, parameter: Parameter, cell: int, counts: int) -> list[int]:
        """The samples that fall into this cell, each one byte; a missing signal lies on the neutral line."""
        first, last = (-(-c * self.rate_hz // CELLS_PER_SECOND) for c in (cell, cell + 1))
        wave = self._body.wave(parameter, float(self.rate_hz), first, last - first)
        if wave is None:
            return [BASELINE] * (last - first)
        steps = [0.0 if mv != mv else mv * counts for mv in wave.tolist()]
        return [min(self.top, max(0, BASELINE + round(step))) for step in steps]


class Eg01010Protocol2(_Board):
    """115200 8E1: checked blocks; status first and once a second. Its speed command is in no document that was read."""

    def receive(self, data: bytes, now_us: int) -> None:
        """Commands: 43 and a mask of channels, or I."""
        self._power_up(now_us)
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while self._line:
            if self._line[:1] == b"I":
                self._answers += b"\xfd" + NAME + b"\0"
                self._line = self._line[1:]
            elif self._line[:1] == b"\x43":
                if len(self._line) < 2:
                    return
                self._set_channels(self._line[1])
                self._line = self._line[2:]
            else:
                self._line = self._line[1:]

    def _set_channels(self, mask: int) -> None:
        self._lead = LEAD_BITS.get(mask & 7, self._lead)
        self._with_resp = bool(mask & 0x80)

    def _first_words(self) -> bytes:
        return self._status()

    def _status(self) -> bytes:
        electrodes = ALL_ELECTRODES if self._body.sensors().ecg_on else ONE_MISSING
        channels = next(bit for bit, lead in LEAD_BITS.items() if lead is self._lead)
        said = (electrodes | self._with_resp << 6, channels, SPEED_CODES_2[self.rate_hz] | 1 << 2 | 1 << 5, 0x40)
        return bytes((0xFC, (0xFC + sum(said)) & 0x7F, *said))

    def _one_cell(self, cell: int) -> bytes:
        parts = [self._wave(self._lead, cell, COUNTS_PER_MV)]
        if self._with_resp:
            parts.append(self._wave(Parameter.RESP, cell, RESP_SWING))
        out = b"".join(_wave_block(instant) for instant in zip(*parts, strict=True))
        out += b"".join(bytes((m, m + v & 0x7F, v)) for m, v in self._values(cell))
        return out + (self._status() if (cell + 1) % CELLS_PER_SECOND == 0 else b"")


class Eg01010Protocol1(_Board):
    """9600 8N1: samples behind F8 until the next marker; single values behind F9, FA, FB."""

    top = 0xF6

    def __init__(self, body: Body) -> None:
        super().__init__(body)
        self._on_respiration = False

    def receive(self, data: bytes, now_us: int) -> None:
        """Commands of one or two letters. Those that change nothing on this wire are taken and forgotten."""
        self._power_up(now_us)
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while self._line:
            letter = self._line[:1].decode("latin-1")
            if letter not in "SAGDTP":
                self._line = self._line[1:]
            elif len(self._line) < 2:
                return
            else:
                self._obey(letter, self._line[1:2].decode("latin-1"))
                self._line = self._line[2:]

    def _obey(self, letter: str, digit: str) -> None:
        if letter == "S":
            self.rate_hz = SPEEDS_1.get(digit, self.rate_hz)
        elif letter == "G":
            self._lead = LEAD_LETTERS.get(digit, self._lead)
        elif letter == "D":
            self._on_respiration = digit == "1"

    def _first_words(self) -> bytes:
        return b"\xf8"

    def _one_cell(self, cell: int) -> bytes:
        parameter, counts = (Parameter.RESP, RESP_SWING) if self._on_respiration else (self._lead, COUNTS_PER_MV)
        values = b"".join(bytes(pair) for pair in self._values(cell))
        if not self._body.sensors().ecg_on and cell % CELLS_PER_SECOND == 0:
            values += b"\xfb\x11"
        return bytes(self._wave(parameter, cell, counts)) + values + (b"\xf8" if values else b"")


def _wave_block(instant: tuple[int, ...]) -> bytes:
    return bytes((0xF8, len(instant) << 4 | (0xF8 + sum(instant)) & 0x0F, *instant))


TWIN = TwinSpec(device="medlab-eg01010", make=Eg01010Protocol2)
