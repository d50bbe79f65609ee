"""A simulated Nellcor N-595: a table of text with a line every two seconds and a heading before every 25th.

Written from PROTOCOLS section 5.8, sharing none of the driver's code. The sheet does not give the columns, the width of the
pulse amplitude or what stands in a line while the device searches: right-justified columns, 0 to 254 and zeros beside dashes
(as printed by its sister N-560) are our choice, and so are the alarm limits.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.body import Body
from simulators.devices import TwinSpec

SECOND_US = 1_000_000
LINE_S = 2
LINE_US = LINE_S * SECOND_US
LINES_PER_HEADING = 25
CATCH_UP_LINES = 15
"""The oximeter does not store lines: what nobody fetched for longer than this is gone."""
POWER_UP = datetime(2017, 12, 29, 7, 18, 42)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPO2_LOW, PULSE_LOW, PULSE_HIGH = 85, 40, 170
HEADING = (
    f"N-595    VERSION 1.00.00    CRC:XXXX  SpO2 Limit: {SPO2_LOW}-100%    PR Limit: {PULSE_LOW}-{PULSE_HIGH}BPM",
    "                             ADULT            0SAT-S   SPO2 RESP MODE: NORMAL",
    "TIME                 %SPO2   BPM     PA     Status",
)
ENTER_MENU, LEAVE_MENU = b"\x03\x03", b"0\r\n"
MENU = ("N-595   Interactive Mode", "    1) Dump Instrument Info", "    0) Exit Interactive Mode", "    Command?")


class N595:
    """The twin: see the module's opening.

    codes: what stands in every line beside what the body makes, for what no body can be made to do (MO, LB, LM, AS ..).
    """

    def __init__(self, body: Body, *, codes: tuple[str, ...] = ()) -> None:
        self._body = body
        self._tick: int | None = None
        self._in_menu = False
        self._heard = b""
        self._answers = b""
        self.codes = codes

    def receive(self, data: bytes, now_us: int) -> None:
        """Two ETX open the menu, which stops the table; 0 and Enter leaves it."""
        self._heard = (self._heard + data)[-8:]
        if not self._in_menu and ENTER_MENU in self._heard:
            self._in_menu, self._heard = True, b""
            self._answers += _text(MENU)
        elif self._in_menu and LEAVE_MENU in self._heard:
            self._in_menu, self._heard = False, b""

    def advance(self, now_us: int) -> bytes:
        """The lines of every two seconds that have ended; the first time also the end of the line before."""
        out, self._answers = self._answers, b""
        last = now_us // LINE_US
        if self._tick is None:
            self._tick = last
            self._body.advance(now_us)
            fragment = self._line(last)
            out += fragment[len(fragment) // 3 :]
        self._tick = max(self._tick, last - CATCH_UP_LINES)
        while self._tick < last:
            self._tick += 1
            self._body.advance(self._tick * LINE_US)
            if not self._in_menu:
                out += _text(HEADING) if self._tick % LINES_PER_HEADING == 1 else b""
                out += self._line(self._tick)
        return out

    def next_deadline_us(self) -> int:
        """The end of the present two seconds."""
        return ((self._tick or 0) + 1) * LINE_US

    def _line(self, tick: int) -> bytes:
        when = POWER_UP + timedelta(seconds=tick * LINE_S)
        stamp = f"{when.day:02d}-{MONTHS[when.month - 1]}-{when:%y %H:%M:%S}"
        spo2, pulse, amplitude, codes = self._shown()
        star_spo2 = "*" if {"SH", "SL"} & set(codes) else " "
        star_pulse = "*" if {"PH", "PL"} & set(codes) else " "
        line = f"{stamp}{spo2:>6}{star_spo2}{pulse:>7}{star_pulse}{amplitude:>7}    {' '.join(codes):<17}"
        return line.encode("ascii") + b"\r\n"

    def _shown(self) -> tuple[str, str, str, tuple[str, ...]]:
        """SpO2, pulse rate, pulse amplitude and codes, as they are printed."""
        probe, vitals = self._body.sensors().probe, self._body.vitals()
        if probe == "unplugged":
            return "---", "---", "---", ("SD", *self.codes)
        if probe == "off":
            return "---", "---", "---", ("SO", *self.codes)
        if vitals.spo2 is None:
            return "0", "0", "---", ("PS", *self.codes)
        if vitals.pulse_rate is None:
            return "---", "---", "---", ("LP", *self.codes)
        spo2, pulse = round(vitals.spo2), min(250, max(20, round(vitals.pulse_rate)))
        amplitude = min(254, round(10 * (vitals.perfusion_index or 0)))
        limits: tuple[str, ...] = ("SL",) if spo2 < SPO2_LOW else ()
        limits += ("PL",) if pulse < PULSE_LOW else ("PH",) if pulse > PULSE_HIGH else ()
        return str(spo2), str(pulse), str(amplitude), (*self.codes, *limits)


def _text(lines: tuple[str, ...]) -> bytes:
    return b"".join(line.encode("ascii") + b"\r\n" for line in lines)


TWIN = TwinSpec(device="nellcor-n595", make=N595)
