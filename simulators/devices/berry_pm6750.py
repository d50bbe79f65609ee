"""A simulated Berry PM6750 module: silent until enabled, then ECG, pleth and breathing waves, numbers, beats and a cuff.

Written from PROTOCOLS section 5.1, sharing none of the driver's code. The sheet does not say how many counts a millivolt
makes nor what a version answer looks like: 64 counts per mV at gain x1 (a rail at 1.9 mV) and short ASCII text are our
choice. Everything is made on a fixed grid of 40 ms, so that the bytes do not depend on how often it is asked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators.blocks import Wave
from simulators.body import Body
from simulators.devices import TwinSpec
from simulators.vitals import CuffResult, TrueBeat

SECOND_US = 1_000_000
CELL_US = 40_000
CELLS_PER_SECOND = 25
ECG_HZ, PLETH_HZ, RESP_HZ = 250, 50, 50
ECG_PER_CELL, PLETH_PER_CELL, RESP_PER_CELL = 10, 2, 2
COUNTS_PER_MV = 64
BASELINE, TOP = 128, 250
RESP_SWING = 100
GAINS = {1: 0.25, 2: 0.5, 3: 1.0, 4: 2.0}
LEADS = (
    Parameter.ECG_I,
    Parameter.ECG_II,
    Parameter.ECG_III,
    Parameter.ECG_AVR,
    Parameter.ECG_AVL,
    Parameter.ECG_AVF,
    Parameter.ECG_V,
)
THREE_LEADS = 1  # as the status byte says it
MEASURED = (Parameter.ECG_I, Parameter.ECG_II, Parameter.ECG_V)

CATCH_UP_US = 30 * SECOND_US
"""A module does not store: what nobody fetched for longer than this is gone."""
HOST_BYTES_MAX = 64
NIBP_INITIALISING_US = 3 * SECOND_US
SEARCH_LONG_US = 30 * SECOND_US
SILENT_HEART_US = 4 * SECOND_US
FIBRILLATION_MV = 0.25
TACHY, BRADY = 120, 50
CUFF_RISE_MMHG_S = 35
CUFF_ABOVE_SYSTOLIC = 30
CUFF_LOOSE_MMHG = 8
CUFF_GIVES_UP_US = 80 * SECOND_US
"""The module ends a hopeless determination before the 90 s after which a host should end it."""
CUFF_DEFAULTS = {1: 150, 2: 100, 3: 70}
CUFF_OK, CUFF_MEASURING, CUFF_STOPPED, CUFF_INITIALISING, CUFF_INITIALISED = 0, 1, 2, 9, 10
CUFF_CODES = {"cuff_loose": 4, "timeout": 5, "motion": 7, "weak_pulse": 8, "overpressure": 3}
CUFF_ERROR = 6
VERSIONS = {0xFC: b"V2.16", 0xFD: b"V1.03"}

Bytes = npt.NDArray[np.uint8]


def packet(kind: int, *data: int) -> bytes:
    """One frame of the module: type and data, counted and summed."""
    body = bytes((len(data) + 3, kind, *data))
    return b"\x55\xaa" + body + bytes((~sum(body) & 0xFF,))


@dataclass(slots=True)
class _Determination:
    """A cuff at work. began_us: body time. target: mmHg to inflate to."""

    began_us: int
    result: CuffResult
    target: int

    @property
    def ends_us(self) -> int:
        """When the outcome is shown."""
        longest = CUFF_GIVES_UP_US if self.result.systolic is None else self.result.duration_us
        return self.began_us + min(self.result.duration_us, longest)

    def pressure(self, now_us: int) -> int:
        """Up at a pump's pace, then down in a straight line."""
        top = CUFF_LOOSE_MMHG if self.result.reason == "cuff_loose" else self.target
        elapsed, length = max(0, now_us - self.began_us), self.ends_us - self.began_us
        rise_us = min(length // 2, top * SECOND_US // CUFF_RISE_MMHG_S)
        if elapsed < rise_us:
            return top * elapsed // rise_us
        return max(0, top * (length - elapsed) // (length - rise_us))


class Pm6750Twin:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._cell: int | None = None
        self._powered_us = 0
        self._line = b""
        self._on: set[int] = set()
        self._answers = bytearray()
        self._gain, self._filter, self._mode, self._patient = 3, 2, 3, 1
        self._three_leads = False
        self._inflate_to: int | None = None
        self._cuff: _Determination | None = None
        self._cuff_code = CUFF_INITIALISED
        self._pressures = (0, 0, 0)
        self._beats: deque[TrueBeat] = deque(maxlen=3)
        self._swings: deque[float] = deque(maxlen=CELLS_PER_SECOND)
        self._searching_us: int | None = None

    def receive(self, data: bytes, now_us: int) -> None:
        """Commands of the host. What is not a whole, correctly summed command is ignored."""
        self._power_up(now_us)
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while (start := self._line.find(b"\x55\xaa\x04")) >= 0 and len(self._line) >= start + 6:
            frame = self._line[start : start + 6]
            good = ~sum(frame[2:5]) & 0xFF == frame[5]
            self._line = self._line[start + (6 if good else 1) :]
            if good:
                self._obey(frame[3], frame[4], now_us)

    def advance(self, now_us: int) -> bytes:
        """The packets of every grid cell that has ended, in the order of their time."""
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

    # ------------------------------------------------------------------------------------------------------- the host says

    def _obey(self, kind: int, value: int, now_us: int) -> None:
        if kind in (0x01, 0x03, 0x04, 0xFE, 0xFF):
            (self._on.add if value == 1 else self._on.discard)(kind)
        elif kind == 0x02:
            if value == 1:
                self._start_cuff(now_us)
            else:
                self._stop_cuff()
        elif kind == 0x05 and value in (2, 3):
            self._mode = THREE_LEADS if value == 2 else 3
        elif kind == 0x07 and value in GAINS:
            self._gain = value
        elif kind == 0x08 and value in (1, 2, 3):
            self._filter = value
        elif kind == 0x09 and value in CUFF_DEFAULTS:
            self._patient = value
        elif kind == 0x0A:
            self._inflate_to = value * 2
        elif kind in VERSIONS:
            self._answers += packet(kind, *VERSIONS[kind])

    def _initialising(self, now_us: int) -> bool:
        return now_us - self._powered_us < NIBP_INITIALISING_US

    def _start_cuff(self, now_us: int) -> None:
        if self._cuff is not None or self._initialising(now_us):
            return
        self._body.advance(now_us)
        result = self._body.start_cuff(now_us)
        target = max(self._inflate_to or CUFF_DEFAULTS[self._patient], (result.systolic or 0) + CUFF_ABOVE_SYSTOLIC)
        self._inflate_to = None
        self._cuff, self._cuff_code = _Determination(now_us, result, min(target, 300)), CUFF_MEASURING

    def _stop_cuff(self) -> None:
        if self._cuff is not None:
            self._cuff, self._cuff_code = None, CUFF_STOPPED

    # ----------------------------------------------------------------------------------------------------- the module says

    def _one_cell(self, cell: int) -> bytes:
        start_us, end_us = cell * CELL_US, (cell + 1) * CELL_US
        self._body.advance(end_us)
        if not self._on:
            return b""
        packets: list[tuple[int, bytes]] = []
        if 0x01 in self._on:
            packets += self._ecg_waves(cell, start_us)
            packets += self._qrs(start_us, end_us)
        if 0xFE in self._on:
            packets += self._wave(0xFE, self._pleth(cell), start_us)
        if 0xFF in self._on:
            packets += self._wave(0xFF, self._resp(cell), start_us)
        packets += [(end_us, frame) for frame in self._numbers(cell % CELLS_PER_SECOND, end_us)]
        return b"".join(frame for _, frame in sorted(packets, key=lambda timed: timed[0]))

    def _numbers(self, slot: int, now_us: int) -> list[bytes]:
        """What is said once a second, each kind in a slot of its own; the cuff twice."""
        frames = []
        if slot == 0 and 0x01 in self._on:
            frames.append(self._ecg_parameters(now_us))
        if slot == 8 and 0x03 in self._on:
            frames.append(self._spo2(now_us))
        if slot == 16 and 0x04 in self._on:
            frames.append(self._temperature())
        if slot in (4, 17):
            frames.append(self._nibp(now_us))
        return frames

    def _ecg_waves(self, cell: int, start_us: int) -> list[tuple[int, bytes]]:
        raw = self._leads(cell * ECG_PER_CELL)
        step_us = SECOND_US // ECG_HZ
        return [(start_us + i * step_us, packet(0x01, *instant)) for i, instant in enumerate(raw.T.tolist())]

    def _leads(self, first: int) -> Bytes:
        """Shape (7, n). The limb leads follow from I and II, as the module computes them."""
        on = self._body.sensors().ecg_on
        waves = {lead: self._body.wave(lead, ECG_HZ, first, ECG_PER_CELL) if on else None for lead in MEASURED}
        one, two = waves[Parameter.ECG_I], waves[Parameter.ECG_II]
        if on:  # a record of lead II alone was made with a cable of three leads
            self._three_leads = two is not None and all(
                waves[lead] is None for lead in MEASURED if lead != Parameter.ECG_II
            )
        self._swings.append(0.0 if two is None else float(np.ptp(two)))
        if one is not None and two is not None:
            follow = (two - one, -(one + two) / 2, one - two / 2, two - one / 2)
            waves.update(zip(LEADS[2:6], follow, strict=True))
        elif on:
            waves.update((lead, self._body.wave(lead, ECG_HZ, first, ECG_PER_CELL)) for lead in LEADS[2:6])
        drawn = np.zeros((len(LEADS), ECG_PER_CELL))
        for row, lead in zip(drawn, LEADS, strict=True):
            wave = waves.get(lead)
            if wave is not None:
                row[:] = wave
        return _counts(drawn, COUNTS_PER_MV * GAINS[self._gain])

    def _qrs(self, start_us: int, end_us: int) -> list[tuple[int, bytes]]:
        """Never from a recording: its reference is the truth of tests, no module ever saw it."""
        if self._body.recorded or not self._body.sensors().ecg_on:
            return []
        beats = self._body.beats(start_us, end_us)
        self._beats.extend(beats)
        return [(beat.t_us, packet(0x30)) for beat in beats]

    def _pleth(self, cell: int) -> Bytes:
        wave = self._body.wave(Parameter.PLETH, PLETH_HZ, cell * PLETH_PER_CELL, PLETH_PER_CELL)
        if wave is None or self._body.sensors().probe != "on":
            return np.zeros(PLETH_PER_CELL, np.uint8)
        raw: Bytes = np.clip(np.rint(np.nan_to_num(wave) * 100), 0, 100).astype(np.uint8)
        return raw

    def _resp(self, cell: int) -> Bytes:
        on = self._body.sensors().ecg_on
        wave = self._body.wave(Parameter.RESP, RESP_HZ, cell * RESP_PER_CELL, RESP_PER_CELL) if on else None
        return _counts(np.zeros(RESP_PER_CELL) if wave is None else wave, RESP_SWING)

    @staticmethod
    def _wave(kind: int, raw: Bytes, start_us: int) -> list[tuple[int, bytes]]:
        step_us = CELL_US // len(raw)
        return [(start_us + i * step_us, packet(kind, value)) for i, value in enumerate(raw.tolist())]

    def _ecg_parameters(self, now_us: int) -> bytes:
        vitals = self._body.vitals()
        off = not self._body.sensors().ecg_on
        gain = {1: 0, 2: 1, 3: 2, 4: 3}[self._gain]
        status = (
            off << 1 | gain << 2 | (self._filter - 1) << 4 | (THREE_LEADS if self._three_leads else self._mode) << 6
        )
        hr = 0 if off else _byte(vitals.hr, TOP)
        rr = 0 if off else _byte(vitals.resp_rate, TOP)
        return packet(0x02, status, hr, rr, 0, 0 if off else self._rhythm(hr, now_us))

    def _rhythm(self, hr: int, now_us: int) -> int:
        """The module's own, simple arrhythmia code."""
        silent = not self._beats or now_us - self._beats[-1].t_us > SILENT_HEART_US
        if silent and (self._body.recorded or now_us - self._powered_us < SILENT_HEART_US):
            return 0 if hr == 0 else _rate_code(hr)
        if silent:
            return 3 if max(self._swings, default=0.0) >= FIBRILLATION_MV else 2
        ventricular = [beat.cls == "V" for beat in self._beats]
        if all(ventricular) and len(ventricular) == 3:
            return 3
        if ventricular[-2:] == [True, True]:
            return 6
        if ventricular[-1]:
            return 7
        return 0 if hr == 0 else _rate_code(hr)

    def _spo2(self, now_us: int) -> bytes:
        probe, vitals = self._body.sensors().probe, self._body.vitals()
        if probe == "unplugged":
            return packet(0x04, 1, 0x7F, 0xFF)
        if probe == "off":
            return packet(0x04, 2, 0x7F, 0xFF)
        if vitals.spo2 is None:
            self._searching_us = now_us if self._searching_us is None else self._searching_us
            return packet(0x04, 4 if now_us - self._searching_us > SEARCH_LONG_US else 3, 0x7F, 0xFF)
        self._searching_us = None
        pulse = 0xFF if vitals.pulse_rate is None else _byte(vitals.pulse_rate, TOP)
        return packet(0x04, 0, _byte(vitals.spo2, 100), pulse)

    def _temperature(self) -> bytes:
        celsius = self._body.vitals().temperature
        if celsius is None:
            return packet(0x05, 1, 0, 0)
        return packet(0x05, 0, *divmod(round(celsius * 10), 10))

    def _nibp(self, now_us: int) -> bytes:
        if self._initialising(now_us):
            return packet(0x03, CUFF_INITIALISING << 2 | self._patient - 1, 0, 0, 0, 0)
        if self._cuff is not None and now_us >= self._cuff.ends_us:
            self._end_cuff(self._cuff.result)
        cuff = 0 if self._cuff is None else self._cuff.pressure(now_us) // 2
        pressures = self._pressures if self._cuff_code == CUFF_OK else (0, 0, 0)
        return packet(0x03, self._cuff_code << 2 | self._patient - 1, cuff, *pressures)

    def _end_cuff(self, result: CuffResult) -> None:
        self._cuff = None
        if result.systolic is None or result.diastolic is None or result.mean is None:
            self._cuff_code = CUFF_CODES.get(result.reason, CUFF_ERROR)
            return
        self._cuff_code = CUFF_OK
        self._pressures = (_byte(result.systolic, TOP), _byte(result.mean, TOP), _byte(result.diastolic, TOP))


def _counts(waves: Wave, counts: float) -> Bytes:
    """About the baseline, cut at the rails; a missing stretch lies on the baseline, as a missing signal (zeros) does."""
    raw: Bytes = np.clip(np.rint(np.nan_to_num(waves) * counts) + BASELINE, 0, TOP).astype(np.uint8)
    return raw


def _byte(value: float | None, high: int) -> int:
    """A number as one byte; 0 stands for none."""
    return 0 if value is None else min(high, max(0, round(value)))


def _rate_code(hr: int) -> int:
    """Tachycardia, bradycardia or normal."""
    if hr > TACHY:
        return 0x0A
    return 0x0B if hr < BRADY else 1


TWIN = TwinSpec(device="berry-pm6750", make=Pm6750Twin)
