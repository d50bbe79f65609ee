"""A simulated Dinamap Pro 1000 that writes its binary blocks down as hex text, one a line, as the one recording has them.

Written from PROTOCOLS section 5.11 and from the recording's habits, sharing none of the driver's code: fifty blocks a second
numbered 0 to 199, the slow data empty for the first second, the heart rate in every fiftieth slot, channel 1 with three
constant samples and a slow wave in the fourth. What the sheet does not say is our choice: 60 counts a millivolt about 508;
without electrodes a flat ECG and an empty heart-rate slot; no alarm is ever set.
"""

from __future__ import annotations

import numpy as np

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
BLOCK_US = 20_000
SEQUENCE, SLOTS, HR_SLOT = 200, 50, 43
ECG_HZ, ECG_PER_BLOCK = 200, 4
RESP_HZ = 50
ECG_REST, COUNTS_PER_MV, TOP = 508, 60, 1022
IDLE = 0x180
"""Three samples of channel 1 stand here, or at 0."""
RESP_REST, RESP_SWING = 520, 175
CATCH_UP_US = 30 * SECOND_US


def crc8(data: bytes) -> int:
    """Shift right, exclusive or A1; from 0, nothing at the end."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA1 if crc & 1 else 0)
    return crc


def packed(samples: list[int]) -> bytes:
    """Four samples of ten bits in five bytes, the first one highest."""
    bits = 0
    for sample in samples:
        bits = bits << 10 | sample
    return bits.to_bytes(5, "big")


def block(number: int, status: int, one: list[int], two: list[int], slow: bytes) -> bytes:
    """One block of 18 bytes."""
    body = bytes((status,)) + packed(one) + packed(two) + slow
    crc = crc8(body)
    return bytes((number, *body, crc, crc ^ 0xFF, number ^ 0xFF))


class DinamapTwin:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._cell: int | None = None
        self._number = 0
        self._beats = 0
        self._breaths = 0
        self._breathing_in = False

    def receive(self, data: bytes, now_us: int) -> None:
        """Nobody speaks to a file."""

    def advance(self, now_us: int) -> bytes:
        """The lines of every 20 ms that have ended."""
        last = now_us // BLOCK_US
        cell = -(-now_us // BLOCK_US) if self._cell is None else self._cell
        cell = max(cell, last - CATCH_UP_US // BLOCK_US)
        lines = [self._line(at) for at in range(cell, last)]
        self._cell = max(cell, last)
        return b"".join(lines)

    def next_deadline_us(self) -> int:
        """The end of the present block."""
        return ((self._cell or 0) + 1) * BLOCK_US

    def _line(self, cell: int) -> bytes:
        self._body.advance((cell + 1) * BLOCK_US)
        number, self._number = self._number % SEQUENCE, self._number + 1
        one, two = self._channel_1(cell), self._ecg(cell)
        self._count_beats(cell)
        status = (1 + self._beats % 2) << 1 | self._breaths % 2 << 3
        slow = self._heart_rate() if number % SLOTS == HR_SLOT and self._number > SLOTS else bytes(3)
        return block(number, status, one, two, slow).hex().encode() + b"\n"

    def _count_beats(self, cell: int) -> None:
        """Never from a recording: its reference is the truth of tests, no monitor ever saw it."""
        if self._body.sensors().ecg_on and not self._body.recorded:
            self._beats += len(self._body.beats(cell * BLOCK_US, (cell + 1) * BLOCK_US))

    def _ecg(self, cell: int) -> list[int]:
        on = self._body.sensors().ecg_on
        wave = self._body.wave(Parameter.ECG_II, ECG_HZ, cell * ECG_PER_BLOCK, ECG_PER_BLOCK) if on else None
        if wave is None:
            return [ECG_REST] * ECG_PER_BLOCK
        counts = np.rint(np.nan_to_num(wave) * COUNTS_PER_MV) + ECG_REST
        return [int(count) for count in np.clip(counts, 0, TOP)]

    def _channel_1(self, cell: int) -> list[int]:
        wave = self._body.wave(Parameter.RESP, RESP_HZ, cell, 1) if self._body.sensors().ecg_on else None
        swing = 0.0 if wave is None else float(np.nan_to_num(wave)[0])
        if swing > 0 and not self._breathing_in:
            self._breaths += 1
        self._breathing_in = swing > 0
        return [IDLE, 0, IDLE, max(0, min(TOP, round(RESP_REST + RESP_SWING * swing)))]

    def _heart_rate(self) -> bytes:
        hr = self._body.vitals().hr
        return bytes(3) if hr is None else bytes((1, *round(hr).to_bytes(2, "big")))


TWIN = TwinSpec(device="dinamap-pro1000", make=DinamapTwin, files_only=True)
