"""A simulated GE Datex-Ohmeda monitor on a DRI line: silent until asked, then a numerics and a wave record every second.

Written from the documents named in the driver, sharing none of its code. Real habits kept: an old cuff reading stays on show
for ever, the new one appears a second before "measuring" clears; the wave status word has b1 set and a running counter; the
record numbers count per main type. The cuff runs by the monitor's own clock, because no order reaches it over this line.
"""

from __future__ import annotations

import struct

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec
from simulators.vitals import CuffResult

SECOND_US = 1_000_000
EPOCH_S = 1_600_000_000  # the monitor's own clock; any date will do
PLUG_ID = 4711
LEVEL = 10
NO_NUMBER = -32767
MODULE_THERE = 0b11
ECG_FROM_ECG1 = 1 << 3
CHANNEL_1_OFF = 1 << 11
LEAD_II = 2 << 8
CUFF_AUTO, CUFF_MEASURING, CUFF_OLDER = 1 << 3, 1 << 5, 1 << 8
CUFF_FIRST_US = 20 * SECOND_US
CUFF_CYCLE_US = 300 * SECOND_US
CUFF_OLDER_US = 60 * SECOND_US
BASIC, EXT1 = 0, 1

WAVES = {1: (Parameter.ECG_II, 300, 1000.0), 8: (Parameter.PLETH, 100, 1000.0), 15: (Parameter.RESP, 25, 3000.0)}


class GeMonitor:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._line = bytearray()
        self._numerics_on = False
        self._classes = 0
        self._waves: tuple[int, ...] = ()
        self._gap = True
        self._second = 0
        self._numbers = {0: 0, 1: 0}
        self._blocks = 0
        self._cuff_next_us = CUFF_FIRST_US
        self._cuff: CuffResult | None = None
        self._cuff_ends_us = 0
        self._shown = (NO_NUMBER,) * 3
        self._shown_us: int | None = None

    def receive(self, data: bytes, now_us: int) -> None:
        """Requests: between flags, stuffed, summed. A bad one is ignored, as the monitor does."""
        self._line += data
        *frames, rest = bytes(self._line).split(b"\x7e")
        self._line[:] = rest[-4096:]
        for frame in frames:
            record = frame.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
            if len(record) > 41 and sum(record[:-1]) & 0xFF == record[-1]:
                self._asked(record[:-1])

    def advance(self, now_us: int) -> bytes:
        """The records of every second that has ended."""
        out = b""
        while (self._second + 1) * SECOND_US <= now_us:
            self._second += 1
            out += self._one_second(self._second * SECOND_US)
        return out

    def next_deadline_us(self) -> int:
        """The end of the present second."""
        return (self._second + 1) * SECOND_US

    def _asked(self, record: bytes) -> None:
        (main,) = struct.unpack_from("<h", record, 14)
        if main == 0 and len(record) >= 49:
            _, interval, classes = struct.unpack_from("<bhI", record, 40)
            self._numerics_on, self._classes = interval != 0, classes
        elif main == 1 and len(record) >= 72:
            stop, _ = struct.unpack_from("<hh", record, 40)
            listed = record[44:52].split(b"\xff")[0]
            self._waves = () if stop else tuple(kind for kind in listed if kind in WAVES)
            self._gap = True

    def _one_second(self, now_us: int) -> bytes:
        self._body.advance(now_us)
        self._run_cuff(now_us)
        out = b""
        if self._numerics_on:
            out += self._record(0, self._numerics(now_us), now_us)
        if self._waves:
            out += self._record(1, self._wave_parts(), now_us)
            self._gap = False
        return out

    def _record(self, main: int, parts: list[tuple[int, bytes]], now_us: int) -> bytes:
        self._numbers[main] = (self._numbers[main] + 1) & 0xFF
        body = b"".join(part for _, part in parts)
        descriptors, offset = b"", 0
        for kind, part in parts:
            descriptors += struct.pack("<hB", offset, kind)
            offset += len(part)
        descriptors = (descriptors + b"\0\0\xff").ljust(24, b"\0")[:24]
        time_s = EPOCH_S + now_us // SECOND_US
        head = struct.pack("<hBBHIBBHh", 40 + len(body), self._numbers[main], LEVEL, PLUG_ID, time_s, 0, 0, 0, main)
        record = head + descriptors + body
        summed = record + bytes((sum(record) & 0xFF,))
        return b"\x7e" + summed.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"

    # ---------------------------------------------------------------- numerics

    def _numerics(self, now_us: int) -> list[tuple[int, bytes]]:
        parts = [(1, self._basic(now_us))]
        if self._classes >> EXT1 & 1:
            parts.append((1, self._ext1(now_us)))
        return parts

    def _basic(self, now_us: int) -> bytes:
        vitals, sensors = self._body.vitals(), self._body.sensors()
        sub = _subrecord(now_us, BASIC)
        hr = _raw(vitals.hr) if sensors.ecg_on else NO_NUMBER
        struct.pack_into("<IHh", sub, 4, self._ecg_status(), LEAD_II, hr)
        struct.pack_into("<3h", sub, 12, NO_NUMBER, NO_NUMBER, NO_NUMBER)
        struct.pack_into("<h", sub, 18, _raw(vitals.resp_rate) if sensors.ecg_on else NO_NUMBER)
        struct.pack_into("<IH3hh", sub, 76, MODULE_THERE, self._cuff_label(now_us), *self._shown, NO_NUMBER)
        probe_on = sensors.probe == "on"
        spo2 = _raw(vitals.spo2, 100) if probe_on else NO_NUMBER
        pulse = _raw(vitals.pulse_rate) if probe_on else NO_NUMBER
        struct.pack_into("<IHhhhh", sub, 122, MODULE_THERE, 0, spo2, pulse, NO_NUMBER, NO_NUMBER)
        struct.pack_into("<hhh", sub, 230, hr, NO_NUMBER, NO_NUMBER)
        return bytes(sub)

    def _ext1(self, now_us: int) -> bytes:
        sub = _subrecord(now_us, EXT1)
        struct.pack_into("<IH", sub, 4, self._ecg_status() | 1 << 15, 0)
        struct.pack_into("<h", sub, 10, NO_NUMBER)
        return bytes(sub)

    def _ecg_status(self) -> int:
        return MODULE_THERE | (ECG_FROM_ECG1 if self._body.sensors().ecg_on else CHANNEL_1_OFF)

    # -------------------------------------------------------------------- cuff

    def _run_cuff(self, now_us: int) -> None:
        if self._cuff is None:
            if now_us >= self._cuff_next_us and self._body.sensors().cuff_connected:
                self._cuff = self._body.start_cuff(now_us)
                self._cuff_ends_us = now_us + self._cuff.duration_us
                self._cuff_next_us = now_us + CUFF_CYCLE_US
            return
        if now_us >= self._cuff_ends_us - SECOND_US and self._cuff.systolic is not None:
            self._shown = (_raw(self._cuff.systolic, 100), _raw(self._cuff.diastolic, 100), _raw(self._cuff.mean, 100))
            self._shown_us = now_us
        if now_us >= self._cuff_ends_us:
            self._cuff = None

    def _cuff_label(self, now_us: int) -> int:
        label = 3 | CUFF_AUTO  # b0-2 read 3 in real data
        if self._cuff is not None:
            label |= CUFF_MEASURING
        if self._shown_us is not None and now_us - self._shown_us > CUFF_OLDER_US:
            label |= CUFF_OLDER
        return label

    # ------------------------------------------------------------------- waves

    def _wave_parts(self) -> list[tuple[int, bytes]]:
        return [(kind, self._wave(kind)) for kind in self._waves]

    def _wave(self, kind: int) -> bytes:
        parameter, rate, gain = WAVES[kind]
        wave = self._body.wave(parameter, float(rate), (self._second - 1) * rate, rate)
        sensors = self._body.sensors()
        on = sensors.probe == "on" if parameter is Parameter.PLETH else sensors.ecg_on
        if wave is None or not on:
            values = [NO_NUMBER] * rate
        else:
            values = [max(-31999, min(32767, round(float(v) * gain))) for v in wave]
        self._blocks = (self._blocks + 1) % 60
        status = int(self._gap) | 2 | (0 if on else 8) | self._blocks << 4
        return struct.pack(f"<hHH{rate}h", rate, status & 0xFFFF, 0, *values)


def _subrecord(now_us: int, record_class: int) -> bytearray:
    sub = bytearray(278)
    struct.pack_into("<I", sub, 0, EPOCH_S + now_us // SECOND_US)
    struct.pack_into("<H", sub, 276, record_class << 8 | 0xA1)
    return sub


def _raw(value: float | None, steps: int = 1) -> int:
    return NO_NUMBER if value is None else round(value * steps)


TWIN = TwinSpec("ge-dri", GeMonitor)
