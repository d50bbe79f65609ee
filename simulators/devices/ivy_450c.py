"""A simulated Ivy 450C monitor on its "ANSAR-B" output: one message a second, from the first whole second on.

Written from PROTOCOLS section 5.7, sharing none of the driver's code. Real habits kept: empty fields and a flat highest
value for what is not connected, the cuff's last reading in every message for ever. The cuff runs by the monitor's own
clock, because no order reaches it. Our choices where the sheet is silent: 50 counts a millivolt about 100 (the one
implementation's mapping), a cuff determination after 20 s and then every 5 minutes, values that stand through it.
"""

from __future__ import annotations

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec
from simulators.vitals import CuffResult

SECOND_US = 1_000_000
ECG_HZ, SLOW_HZ = 200, 50
TOP = 0xFB
FLAT = bytes((TOP,)) * SLOW_HZ
CUFF_FIRST_US, CUFF_CYCLE_US = 20 * SECOND_US, 300 * SECOND_US
CATCH_UP_S = 30


class Ivy450cTwin:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._second: int | None = None
        self._cuff: CuffResult | None = None
        self._cuff_ends_us = 0
        self._cuff_next_us = CUFF_FIRST_US
        self._shown = ";;;"

    def receive(self, data: bytes, now_us: int) -> None:
        """The monitor does not listen."""

    def advance(self, now_us: int) -> bytes:
        """The message of every second that has ended."""
        last = now_us // SECOND_US
        first = -(-now_us // SECOND_US) if self._second is None else self._second
        out = b"".join(self._message(second) for second in range(max(first, last - CATCH_UP_S), last))
        self._second = max(first, last)
        return out

    def next_deadline_us(self) -> int:
        """The end of the present second."""
        return ((self._second or 0) + 1) * SECOND_US

    def _message(self, second: int) -> bytes:
        now_us = (second + 1) * SECOND_US
        self._body.advance(now_us)
        self._run_cuff(now_us)
        return b"\xffANSAR-B " + self._waves(second) + self._text().encode("ascii") + b"\xfe"

    def _waves(self, second: int) -> bytes:
        sensors = self._body.sensors()
        ecg = self._wave(Parameter.ECG_II, ECG_HZ, second, 100, 50, sensors.ecg_on)
        resp = self._wave(Parameter.RESP, SLOW_HZ, second, 125, 100, sensors.ecg_on)
        pleth = self._wave(Parameter.PLETH, SLOW_HZ, second, 86, 100, sensors.probe == "on")
        return ecg + resp + pleth + FLAT + FLAT

    def _wave(self, parameter: Parameter, hz: int, second: int, zero: int, counts: int, on: bool) -> bytes:
        wave = self._body.wave(parameter, float(hz), second * hz, hz) if on else None
        if wave is None:
            return bytes((TOP,)) * hz
        steps = [0.0 if step != step else step * counts for step in wave.tolist()]
        return bytes(min(TOP, max(0, zero + round(step))) for step in steps)

    def _text(self) -> str:
        vitals = self._body.vitals()
        pulse = _field(vitals.pulse_rate)
        lines = (
            f"HR=1;{_field(vitals.hr)};ECG-II-DIAG;",
            f"RR=1;{_field(vitals.resp_rate)};APNEA: 20 SEC;",
            "ETCO2=1;;;",
            f"SPO2=1;{_field(vitals.spo2)};{f'PR={pulse} ' if pulse else ''};",
            f"NIBP=4;{self._shown};;",
            "P1=3;;;;NO TRANSDUCER;",
            "P2=3;;;;NO TRANSDUCER;",
            "T1=1;;;",
            "T2=1;;;",
        )
        return "".join(line + "\r" for line in lines)

    def _run_cuff(self, now_us: int) -> None:
        if self._cuff is None and now_us >= self._cuff_next_us and self._body.sensors().cuff_connected:
            self._cuff = self._body.start_cuff(now_us)
            self._cuff_ends_us = now_us + self._cuff.duration_us
            self._cuff_next_us = now_us + CUFF_CYCLE_US
        elif self._cuff is not None and now_us >= self._cuff_ends_us:
            result, self._cuff = self._cuff, None
            if result.systolic is not None:  # a failed one leaves the old numbers on show, without a word
                values = (result.systolic, result.diastolic, result.mean, result.pulse)
                self._shown = ";".join(_field(value) for value in values)


def _field(value: float | None) -> str:
    """A whole number, or nothing."""
    return "" if value is None else str(round(value))


TWIN = TwinSpec(device="ivy-450c", make=Ivy450cTwin)
