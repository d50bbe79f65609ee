"""Masimo Rad-8, Radical-7 and Rad-87 oximeters, serial output "ASCII 1": one line of KEY=VALUE a second, no wave.

Facts: PROTOCOLS section 5.5, from the Rad-8 operator's manual (pp. 4-24, 7-3) and five independent programs
(remkolems and nmenon masimo-capture.py, mdpnp masimo-radical-7, samdware/openice-lite-iomt-masimo-rad8,
Iukekini/Baby-Monitor). docs/protocols/masimo-rad.md names what is read and what is our choice.

The line carries no checksum. In its place stands a strict grammar: a line counts as a whole or not at all. Its *form* (the
line with every digit written as 0) decides that, and a form is judged once: the same few forms come for hours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from drivers.driver import AskIdentity, DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.framing import LineBuffer
from drivers.samples import (
    DeviceAlarm,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
)

SECOND_US = 1_000_000
LINE_BYTES_MAX = 256
"""The longest known line has 177; other models may have a few keys more."""
FORMS_MAX = 64
"""Forms remembered: a device has a handful."""
QUALITY_US, QUALITY_IDLE_US = 10 * SECOND_US, 1_500_000
"""Counters are told so often by the stream's time, and so long after they have changed by the host's."""

GAP_S = 2
"""A jump of the device's time by more than this between two lines is a gap."""
CLOCK_SET_S = 3600
"""A jump of at least this, or backwards, is no gap: somebody has set the device's clock."""

NO_SENSOR, DEFECTIVE, LOW_PERFUSION, SEARCH = 0x001, 0x002, 0x004, 0x008
INTERFERENCE, SENSOR_OFF, AMBIENT_LIGHT, UNRECOGNISED = 0x010, 0x020, 0x040, 0x080
LOW_SIGNAL_IQ = 0x400  # and 0x800: the algorithm runs, which is how it should be
DISTURBANCE = INTERFERENCE | AMBIENT_LIGHT
WITHHELD = (
    (NO_SENSOR, Validity.SENSOR_UNPLUGGED),
    (DEFECTIVE | UNRECOGNISED, Validity.SENSOR_FAULT),
    (SENSOR_OFF, Validity.SENSOR_OFF),
    (SEARCH, Validity.SEARCHING),
)
"""Bits that leave no number, the most telling first. The device may go on showing its last one: a held value."""
FLAGS = {
    NO_SENSOR: Flag.SENSOR_UNPLUGGED,
    DEFECTIVE: Flag.SENSOR_FAULT,
    LOW_PERFUSION: Flag.LOW_PERFUSION,
    SEARCH: Flag.SEARCHING,
    INTERFERENCE: Flag.ARTEFACT,
    SENSOR_OFF: Flag.PROBE_OFF,
    AMBIENT_LIGHT: Flag.ARTEFACT,
    UNRECOGNISED: Flag.SENSOR_FAULT,
    LOW_SIGNAL_IQ: Flag.WEAK_SIGNAL,
}

SPO2_HIGH, PULSE_HIGH, PERFUSION_HIGH = 100, 240, 20.0
"""The ends of what the device measures: a number beyond them is none. Pulse and perfusion are general knowledge."""

SPO2, PULSE_RATE, PERFUSION_INDEX = Parameter.SPO2, Parameter.PULSE_RATE, Parameter.PERFUSION_INDEX
PLETH = Source.PLETH  # names of their own, because an enum takes a while to find a member

DIGITS_TO_0 = bytes.maketrans(b"123456789", b"000000000")
STAMP = b"00/00/00 00:00:00"
TOKEN = re.compile(rb" +([A-Z][A-Z0-9]*)=([^ ]+)")
FORM_OF = {
    b"SN": rb"[0A-Z]{10}|-{10}",
    b"SPO2": rb"(?:000|---)%",
    b"BPM": rb"(?:000|---)%?",
    b"PI": rb"(?:00\.00|--\.--)%?",
    b"SPCO": rb"(?:00(?:\.0)?|--(?:\.-)?)%?",
    b"SPMET": rb"(?:00(?:\.0)?|--(?:\.-)?)%?",
    b"SPHB": rb"00\.0|--\.-",
    b"SPOC": rb"00|--",
    b"RESVD": rb"000|---",
    b"DESAT": rb"00|--",
    b"PIDELTA": rb"[+-](?:00|--)",
    b"PVI": rb"000|---",
    b"ALARM": rb"[0A-Fa-f]{2,8}",
    b"EXC": rb"[0A-Fa-f]{3,8}",
    b"EXC1": rb"[0A-Fa-f]{3,8}",
}
"""What each known key may hold, digits written as 0. The widths are the guard against lost and doubled bytes."""
FORM_OF_OTHERS = rb"[-+0A-F.]+%?"
"""Another model's key: taken for what it is, as long as it holds a number, dashes or bits."""
VALUE_OF = {key.translate(DIGITS_TO_0): re.compile(pattern) for key, pattern in FORM_OF.items()}
OTHER_VALUE = re.compile(FORM_OF_OTHERS)
SATURATION = b"SPO2"
SATURATION_FORM = SATURATION.translate(DIGITS_TO_0)
NEEDED = (b"SN", SATURATION_FORM, b"BPM", b"EXC")


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the fields of a line of this form stand; None where it holds dashes, or no such key.

    saturation_key: must be read too, because a form hides the 2 in it.
    """

    serial: slice | None
    saturation_key: slice
    spo2: slice | None
    pulse: slice | None
    perfusion: slice | None
    has_perfusion: bool
    exceptions: slice
    alarm: slice | None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one set of exception bits makes of numbers. withheld: there is none, whatever is shown."""

    withheld: Validity | None
    missing: Validity
    present: Validity
    flags: frozenset[Flag]


def judged(form: bytes) -> _Form | None:
    """The places of the fields in a line of this form (every digit written as 0), or None: no such line is good."""
    if not form.startswith(STAMP):
        return None
    places: dict[bytes, slice] = {}
    at, end = len(STAMP), len(form.rstrip(b" "))
    while at < end:
        token = TOKEN.match(form, at, end)
        if token is None or token[1] in places:
            return None
        if not VALUE_OF.get(token[1], OTHER_VALUE).fullmatch(token[2]):
            return None
        places[token[1]] = slice(token.start(2), token.end(2))
        at = token.end()
    return _placed(form, places) if all(key in places for key in NEEDED) else None


def _placed(form: bytes, places: Mapping[bytes, slice]) -> _Form:
    def number(key: bytes, width: int) -> slice | None:
        place = places.get(key)
        if place is None or form[place].startswith(b"-"):
            return None
        return slice(place.start, place.start + width)

    serial, saturation = places[b"SN"], places[SATURATION_FORM]
    return _Form(
        serial=None if form[serial].startswith(b"-") else serial,
        saturation_key=slice(saturation.start - 1 - len(SATURATION), saturation.start - 1),
        spo2=number(SATURATION_FORM, 3),
        pulse=number(b"BPM", 3),
        perfusion=number(b"PI", 5),
        has_perfusion=b"PI" in places,
        exceptions=places[b"EXC"],
        alarm=places.get(b"ALARM"),
    )


def verdict(bits: int) -> _Verdict:
    """The meaning of the exception bits; those above the low twelve have none that the sheet knows."""
    withheld = next((validity for mask, validity in WITHHELD if bits & mask), None)
    doubtful = bits & (DISTURBANCE | LOW_PERFUSION | LOW_SIGNAL_IQ)
    return _Verdict(
        withheld,
        Validity.DISTURBED if bits & DISTURBANCE else Validity.NOT_MEASURED,
        Validity.QUESTIONABLE if doubtful else Validity.VALID,
        frozenset(flag for mask, flag in FLAGS.items() if bits & mask),
    )


def minute_of(text: bytes) -> int | None:
    """Seconds of the device's clock at `MM/DD/YY HH:MM`, or None for a time that no clock shows.

    `DD/MM/YY` is taken where only that is a date: the device can be set to either, and only differences count.
    """
    first, second, year = int(text[0:2]), int(text[3:5]), 2000 + int(text[6:8])
    hour, minute = int(text[9:11]), int(text[12:14])
    if hour > 23 or minute > 59:
        return None
    for month, day in ((first, second), (second, first)):
        try:
            return date(year, month, day).toordinal() * 86_400 + hour * 3600 + minute * 60
        except ValueError:
            continue
    return None


class MasimoRad:
    """The driver: see the Driver protocol and this module's opening. It only listens, and says nothing to the device."""

    def __init__(self) -> None:
        self._lines = LineBuffer(LINE_BYTES_MAX, b"\n")
        self._forms: dict[bytes, _Form] = {}
        self._good = self._bad = self._skipped = self._gaps = self._discontinuities = 0
        self._heard_any = False
        self._minute: tuple[bytes, int] = (b"", 0)
        self._clock_s: int | None = None
        self._t_us = 0
        self._serial: bytes | None = None
        self._stranger: bytes | None = None
        self._identified = False
        self._bits = b""
        self._verdict = verdict(0)
        self._flags: frozenset[Flag] | None = None
        self._alarm = b""
        self._told: tuple[int, ...] = ()
        self._told_us = -QUALITY_US
        self._quality_due_us: int | None = None

    def start(self, now_us: int) -> None:
        """Nothing to prepare: the device streams."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes to samples; each line speaks when its end has come."""
        samples: list[Sample] = []
        for line in self._lines.feed(data):
            text = line.strip(b"\r").lstrip(b"\0\r")
            if text:
                self._line(text, len(line) + 1, samples)
        if self._quality_due_us is None and self._counters() != self._told:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Only the counters, when no good line has come to tell them."""
        if self._quality_due_us is None or now_us < self._quality_due_us:
            return []
        self._quality_due_us = None
        return [self._link_quality()] if self._counters() != self._told else []

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """It takes no orders over this line; who it is stands in every line."""
        if isinstance(cmd, AskIdentity):
            self._identified = False
            return None
        return Refused("This oximeter takes no orders over its line, has no cuff and sends no wave.")

    def outgoing(self) -> bytes:
        """Never anything."""
        return b""

    def next_deadline_us(self) -> int | None:
        """When untold counters are due."""
        return self._quality_due_us

    # ------------------------------------------------------------------------------------------------------- one line

    def _line(self, text: bytes, length: int, samples: list[Sample]) -> None:
        first, self._heard_any = not self._heard_any, True
        form = self._form(text)
        moment = None if form is None else self._moment(text)
        serial = None if form is None or form.serial is None else text[form.serial]
        if form is None or moment is None or not self._is_known(serial):
            self._skipped += length
            self._bad += not first  # a port opens in the middle of a line: that fragment was never a line
            return
        self._good += 1
        self._pass(moment)
        if not self._identified:
            self._identified = True
            samples.append(Identity(self._t_us, "Masimo", None, serial.decode("ascii") if serial else None))
        self._bits_are(text[form.exceptions], samples)
        if form.alarm is not None:
            self._alarm_is(text[form.alarm], samples)
        self._numbers(text, form, samples)
        if self._t_us - self._told_us >= QUALITY_US:
            samples.append(self._link_quality())

    def _form(self, text: bytes) -> _Form | None:
        key = text.translate(DIGITS_TO_0)
        form = self._forms.get(key)
        if form is None and (form := judged(key)) is not None:
            if len(self._forms) >= FORMS_MAX:
                self._forms.clear()
            self._forms[key] = form
        return form if form is not None and text[form.saturation_key] == SATURATION else None

    def _moment(self, text: bytes) -> int | None:
        """The device's clock in seconds, or None for a time that no clock shows."""
        to_minute, second = text[:14], int(text[15:17])
        if to_minute != self._minute[0]:
            minute = minute_of(to_minute)
            if minute is None:
                return None
            self._minute = (to_minute, minute)
        return self._minute[1] + second if second < 60 else None

    def _is_known(self, serial: bytes | None) -> bool:
        """One line alone never makes a stranger: its number may be damaged, and then so may the rest of it."""
        if self._good == 0 or serial == self._serial:
            self._serial, self._stranger = serial, b""
            return True
        if serial != self._stranger:
            self._stranger = serial
            return False
        self._serial, self._stranger, self._identified = serial, b"", False
        return True

    def _pass(self, moment: int) -> None:
        """Let the stream's time go on to this moment of the device's clock."""
        step = 0 if self._clock_s is None else moment - self._clock_s
        self._clock_s = moment
        if not 0 <= step < CLOCK_SET_S:
            self._discontinuities += 1
            step = 1
        elif step > GAP_S:
            self._gaps += 1
        self._t_us += step * SECOND_US

    # ------------------------------------------------------------------------------------------------- what it says

    def _bits_are(self, bits: bytes, samples: list[Sample]) -> None:
        if bits == self._bits:
            return
        self._bits = bits
        self._verdict = verdict(int(bits, 16))
        if self._verdict.flags != self._flags:
            self._flags = self._verdict.flags
            samples.append(DeviceStatus(self._t_us, "spo2", self._flags, Handshake.STREAMING))

    def _alarm_is(self, alarm: bytes, samples: list[Sample]) -> None:
        """Its bits are known by experiment only: handed on as sent, when they change."""
        if alarm == self._alarm:
            return
        self._alarm = alarm
        if int(alarm, 16):
            raw = alarm.decode("ascii")
            samples.append(DeviceAlarm(self._t_us, f"ALARM={raw}", "unknown", raw))

    def _numbers(self, text: bytes, form: _Form, samples: list[Sample]) -> None:
        spo2 = float(text[form.spo2]) if form.spo2 else None
        pulse = float(text[form.pulse]) if form.pulse else None
        samples.append(self._number(SPO2, spo2, SPO2_HIGH, "%"))
        samples.append(self._number(PULSE_RATE, pulse, PULSE_HIGH, "bpm"))
        if form.has_perfusion:
            perfusion = float(text[form.perfusion]) if form.perfusion else None
            samples.append(self._number(PERFUSION_INDEX, perfusion, PERFUSION_HIGH, "%"))

    def _number(self, parameter: Parameter, value: float | None, high: float, unit: str) -> Numeric:
        found = self._verdict
        if found.withheld is not None:
            return Numeric(self._t_us, parameter, None, unit, found.withheld, PLETH)
        if not value:  # dashes, and 0 or 000 too
            return Numeric(self._t_us, parameter, None, unit, found.missing, PLETH)
        if value > high:
            return Numeric(self._t_us, parameter, None, unit, Validity.OUT_OF_RANGE, PLETH)
        return Numeric(self._t_us, parameter, value, unit, found.present, PLETH)

    def _counters(self) -> tuple[int, ...]:
        lines = self._lines
        bad, skipped = self._bad + lines.lines_cut, self._skipped + lines.bytes_skipped
        return self._good, bad, skipped, self._gaps, self._discontinuities

    def _link_quality(self) -> LinkQuality:
        self._told, self._told_us = self._counters(), self._t_us
        return LinkQuality(self._t_us, *self._told)


SPEC = DriverSpec(
    id="masimo-rad",
    maker="Masimo",
    model="Rad-8, Radical-7, Rad-87",
    make=MasimoRad,
    numerics={
        SPO2: SECOND_US,
        PULSE_RATE: SECOND_US,
        PERFUSION_INDEX: SECOND_US,
    },
    waves={},
    mode="streams",
    lines=(LineSettings(baud=9600),),
    frame_bytes_max=LINE_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="the maker's manual and five public implementations",
    tests="sample lines, twin",
    use="alarms",
    identity="serial",
    commands=(AskIdentity,),
    notes=(
        "A port that opens and stays silent: set the oximeter's serial output to ASCII 1 (a Rad-8 ships with ASCII 2).",
        "The line has no checksum and no wave; a strict grammar stands in for the checksum.",
        "A serial number of dashes is none: such an oximeter cannot be told from another.",
    ),
)
