"""A simulated Masimo Radical-7 (blue) set to ASCII 1: a line of KEY=VALUE every second, and nothing else.

Written from PROTOCOLS section 5.5, sharing none of the driver's code. Habits kept: a host that opens the port hears the end
of a line that began before; NULs stand before some lines; what is not measured is dashes. The alarm limits are our choice,
and so is that the weak perfusion bit and the low signal IQ bit come below 0.3 %.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
CATCH_UP_S = 30
"""The oximeter does not store lines: what nobody fetched for longer than this is gone."""
POWER_UP = datetime(2016, 3, 19, 13, 37, 12)
SERIAL = "0000070986"
NULS, NULS_EVERY = b"\0\0", 10

NO_SENSOR, LOW_PERFUSION, SEARCH, SENSOR_OFF, LOW_SIGNAL_IQ, SET_RUNS = 0x001, 0x004, 0x008, 0x020, 0x400, 0x800
WEAK_PERFUSION = 0.3
SPO2_LOW, PULSE_HIGH, PULSE_LOW = 90, 140, 50
ALARM_SPO2_LOW, ALARM_PULSE_HIGH, ALARM_PULSE_LOW, ALARM_ACTIVE = 0x02, 0x04, 0x08, 0x10


class Radical7:
    """The twin: see the module's opening.

    exceptions: bits that hold whatever the body says, for what no body can be made to do (a defective or unknown sensor,
    interference, ambient light). serial: ten digits, or dashes for a device that does not say.
    """

    def __init__(self, body: Body, *, exceptions: int = 0, serial: str = SERIAL) -> None:
        self._body = body
        self._serial = serial
        self._second: int | None = None
        self.exceptions = exceptions

    def receive(self, data: bytes, now_us: int) -> None:
        """It takes no commands in this mode."""

    def advance(self, now_us: int) -> bytes:
        """The lines of every second that has ended; the first time also the end of the line before."""
        out = b""
        if self._second is None:
            self._second = now_us // SECOND_US
            self._body.advance(now_us)
            fragment = self._line(self._second)
            out = fragment[len(fragment) // 3 :]
        last = now_us // SECOND_US
        self._second = max(self._second, last - CATCH_UP_S)
        while self._second < last:
            self._second += 1
            self._body.advance(self._second * SECOND_US)
            out += self._line(self._second)
        return out

    def next_deadline_us(self) -> int:
        """The end of the present second."""
        return ((self._second or 0) + 1) * SECOND_US

    def _line(self, second: int) -> bytes:
        vitals, bits = self._body.vitals(), self._bits()
        spo2 = "---" if vitals.spo2 is None else f"{_within(vitals.spo2, 1, 100):03d}"
        pulse = "---" if vitals.pulse_rate is None else f"{_within(vitals.pulse_rate, 25, 240):03d}"
        index = vitals.perfusion_index
        perfusion = "--.--" if index is None else f"{min(20.0, max(0.02, index)):05.2f}"
        line = (
            f"{POWER_UP + timedelta(seconds=second):%m/%d/%y %H:%M:%S} SN={self._serial} SPO2={spo2}% BPM={pulse}"
            f" PI={perfusion}% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- PVI=--- ALARM={self._alarm():04X} EXC={bits:06X}"
        )
        return (NULS if second % NULS_EVERY == 0 else b"") + line.encode("ascii") + b"\r\n"

    def _bits(self) -> int:
        probe, vitals = self._body.sensors().probe, self._body.vitals()
        bits = self.exceptions
        if probe == "unplugged":
            return bits | NO_SENSOR
        if probe == "off":
            return bits | SENSOR_OFF | SET_RUNS
        if vitals.spo2 is None or vitals.pulse_rate is None:
            return bits | SEARCH
        if vitals.perfusion_index is not None and vitals.perfusion_index < WEAK_PERFUSION:
            bits |= LOW_PERFUSION | LOW_SIGNAL_IQ
        return bits | SET_RUNS

    def _alarm(self) -> int:
        vitals, bits = self._body.vitals(), 0
        if vitals.spo2 is not None and vitals.spo2 < SPO2_LOW:
            bits |= ALARM_SPO2_LOW
        if vitals.pulse_rate is not None and vitals.pulse_rate > PULSE_HIGH:
            bits |= ALARM_PULSE_HIGH
        if vitals.pulse_rate is not None and vitals.pulse_rate < PULSE_LOW:
            bits |= ALARM_PULSE_LOW
        return bits | ALARM_ACTIVE if bits else 0


def _within(value: float, low: int, high: int) -> int:
    return min(high, max(low, round(value)))


TWIN = TwinSpec(device="masimo-rad", make=Radical7)
