"""Nellcor N-595 and NPB-595 oximeters: a table of text, a line every one or two seconds, with a heading now and then.

Facts: PROTOCOLS section 5.8, from one program (mdpnp/mdpnp, nellcor-n595.spec and DemoN595). docs/protocols/nellcor-n595.md
names what is read and what is our choice. Nothing on this line is checked, no capture of this model exists: demonstration.

A line counts as a whole or not at all, and its values must end in the columns of the line before: a lost byte would make 9
out of 97 otherwise. What letters and columns say is judged once for each *form* (the line with every digit written as 0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from drivers.driver import DeviceCommand, DriverSpec, LineSettings, Refused
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
LINE_BYTES_MAX = 128
"""The longest known line, the first of a heading, has about 85."""
FORMS_MAX = 256
"""Forms remembered: widths of three values times the codes that stand together."""
QUALITY_US, QUALITY_IDLE_US = 10 * SECOND_US, 1_500_000
"""Counters are told so often by the stream's time, and so long after they have changed by the host's."""

GAP_S = 3
"""A jump of the device's time by more than this between two lines means that one is lost."""
CLOCK_SET_S = 3600
"""A jump of at least this, or backwards, is no gap: somebody has set the device's clock."""

SPO2, PULSE_RATE, PLETH = Parameter.SPO2, Parameter.PULSE_RATE, Source.PLETH
SPO2_HIGH, PULSE_LOW, PULSE_HIGH = 100, 20, 250
"""The ends of what the device measures; those of the pulse are general knowledge."""

WITHHELD = {
    b"SD": Validity.SENSOR_UNPLUGGED,
    b"SO": Validity.SENSOR_OFF,
    b"PS": Validity.SEARCHING,
    b"LP": Validity.NOT_MEASURED,
    b"LM": Validity.NOT_MEASURED,
}
"""Codes that leave no number, the most telling first. While it searches, the device goes on showing its last one."""
MOTION = b"MO"
BATTERY_LOW = b"LB"
FLAGS: dict[bytes, tuple[Flag, ...]] = {
    b"SD": (Flag.SENSOR_UNPLUGGED,),
    b"SO": (Flag.PROBE_OFF,),
    b"PS": (Flag.SEARCHING,),
    b"LP": (Flag.WEAK_SIGNAL,),
    b"LM": (Flag.WEAK_SIGNAL, Flag.ARTEFACT),
    MOTION: (Flag.ARTEFACT,),
}
ALARMS = (b"LP", b"LM", b"PH", b"PL", b"SH", b"SL")
CODES = frozenset((*FLAGS, *ALARMS, BATTERY_LOW, b"AO", b"AS"))

DIGITS_TO_0 = bytes.maketrans(b"123456789", b"000000000")
STAMP_BYTES = 18
DATA = re.compile(rb"00-[A-Za-z]{3}-00 00:00:00 +(0{1,3}|---)\*? +(0{1,3}|---)\*? +(?:0{1,3}|---)\*?((?: +[A-Z]{2})*)")
TITLE = re.compile(
    rb"([A-Z0-9-]{3,16}) +VERSION +([0-9.]+) +(CRC: ?\S+|TREND) +SpO2 Limit: *\d+- *\d+% +PR Limit: *\d+- *\d+BPM"
)
OTHER_HEADING = re.compile(rb"[A-Z]+ +\d+SAT-S(?: +SPO2 RESP MODE: [A-Z]+)?|TIME +%(?:SPO2|SpO2) +BPM +PA +Status")
MONTHS = {name: 1 + n for n, name in enumerate(b"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())}


@dataclass(frozen=True, slots=True)
class _Form:
    """All that a data line says but for its numbers. spo2, pulse: their places, None for dashes. ends: of their columns."""

    spo2: slice | None
    pulse: slice | None
    ends: tuple[int, int]
    withheld: Validity | None
    missing: Validity
    present: Validity
    flags: frozenset[Flag]
    battery_low: bool
    alarms: tuple[bytes, ...]


def judged(form: bytes) -> _Form | None:
    """What a data line of this form (every digit written as 0) says, or None when it is no such line."""
    found = DATA.fullmatch(form)
    if found is None:
        return None
    codes = found[3].split()
    if not CODES.issuperset(codes):
        return None
    in_motion = MOTION in codes
    return _Form(
        spo2=slice(*found.span(1)) if found[1] != b"---" else None,
        pulse=slice(*found.span(2)) if found[2] != b"---" else None,
        ends=(found.end(1), found.end(2)),
        withheld=next((validity for code, validity in WITHHELD.items() if code in codes), None),
        missing=Validity.DISTURBED if in_motion else Validity.NOT_MEASURED,
        present=Validity.QUESTIONABLE if in_motion else Validity.VALID,
        flags=frozenset(flag for code in codes for flag in FLAGS.get(code, ())),
        battery_low=BATTERY_LOW in codes,
        alarms=tuple(code for code in codes if code in ALARMS),
    )


def minute_of(text: bytes) -> int | None:
    """Seconds of the device's clock at `dd-MMM-yy HH:mm`, or None for a time that no clock shows."""
    month, hour, minute = MONTHS.get(text[3:6].upper()), int(text[10:12]), int(text[13:15])
    if month is None or hour > 23 or minute > 59:
        return None
    try:
        day = date(2000 + int(text[7:9]), month, int(text[0:2]))
    except ValueError:
        return None
    return day.toordinal() * 86_400 + hour * 3600 + minute * 60


def _number(t_us: int, parameter: Parameter, shown: bytes, high: int, unit: str, form: _Form) -> Numeric:
    """One value of a line. shown: its digits, 0 for dashes; 0 itself is no number either."""
    value = float(shown)
    low = PULSE_LOW if parameter is PULSE_RATE else 1
    if form.withheld is None and low <= value <= high:
        return Numeric(t_us, parameter, value, unit, form.present, PLETH)
    why = form.withheld or (Validity.OUT_OF_RANGE if value else form.missing)
    return Numeric(t_us, parameter, None, unit, why, PLETH)


class NellcorN595:
    """The driver: see the Driver protocol and this module's opening. It only listens, and says nothing to the device."""

    def __init__(self) -> None:
        self._lines = LineBuffer(LINE_BYTES_MAX, b"\n")
        self._forms: dict[bytes, _Form] = {}
        self._good = self._bad = self._skipped = self._gaps = self._discontinuities = 0
        self._heard_any = self._in_trend = False
        self._minute: tuple[bytes, int] = (b"", 0)
        self._clock_s: int | None = None
        self._t_us = 0
        self._ends: tuple[int, int] | None = None
        self._other_ends: tuple[int, int] | None = None
        self._title: tuple[bytes, bytes] | None = None
        self._other_title: tuple[bytes, bytes] | None = None
        self._form: _Form | None = None
        self._battery_low = False
        self._told: tuple[int, ...] = ()
        self._told_us = -QUALITY_US
        self._quality_due_us: int | None = None

    def start(self, now_us: int) -> None:
        """Nothing to prepare: the device streams."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes to samples; each line speaks when its end has come."""
        samples: list[Sample] = []
        for line in self._lines.feed(data):
            text = line.strip(b"\0\r ")
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
        """Nothing: its menu would have to be entered, and then it sends no numbers."""
        return Refused(
            "This oximeter is only listened to: its menu would stop its numbers. Its model comes with its next heading."
        )

    def outgoing(self) -> bytes:
        """Never anything."""
        return b""

    def next_deadline_us(self) -> int | None:
        """When untold counters are due."""
        return self._quality_due_us

    # ------------------------------------------------------------------------------------------------------- one line

    def _line(self, text: bytes, length: int, samples: list[Sample]) -> None:
        form = self._forms.get(text.translate(DIGITS_TO_0)) or self._learnt(text)
        if form is None and self._is_heading(text, samples):
            self._heard_any = True
            return
        moment = None if form is None or self._in_trend else self._moment(text)
        if form is None or moment is None or (form.ends != self._ends and not self._may_move(form.ends)):
            self._refuse(length)
            return
        self._other_ends = None
        self._good += 1
        self._pass(moment)
        if form is not self._form:
            self._state_is(form, samples)
        t_us, spo2, pulse = self._t_us, form.spo2, form.pulse
        samples += (
            _number(t_us, SPO2, text[spo2] if spo2 else b"0", SPO2_HIGH, "%", form),
            _number(t_us, PULSE_RATE, text[pulse] if pulse else b"0", PULSE_HIGH, "bpm", form),
        )
        if t_us - self._told_us >= QUALITY_US:
            samples.append(self._link_quality())

    def _refuse(self, length: int) -> None:
        """A port opens in the middle of a line: that fragment was never a line, and is skipped only."""
        self._skipped += length
        self._bad += (self._heard_any or self._good > 0) and not self._in_trend
        self._heard_any = True

    def _learnt(self, text: bytes) -> _Form | None:
        key = text.translate(DIGITS_TO_0)
        form = judged(key)
        if form is not None:
            if len(self._forms) >= FORMS_MAX:
                self._forms.clear()
            self._forms[key] = form
        return form

    def _is_heading(self, text: bytes, samples: list[Sample]) -> bool:
        """The heading names model and version. Below the title of a trend dump stand old values, which are none."""
        title = TITLE.fullmatch(text)
        if title is None:
            return OTHER_HEADING.fullmatch(text) is not None
        self._in_trend = title[3] == b"TREND"
        who = (title[1], title[2])
        if self._title is not None and who not in (self._title, self._other_title):
            self._other_title = who  # one heading alone never makes another device: it may be damaged
            return True
        if who != self._title:
            samples.append(Identity(self._t_us, "Nellcor", who[0].decode("ascii"), None, who[1].decode("ascii")))
        self._title, self._other_title = who, None
        return True

    def _moment(self, text: bytes) -> int | None:
        """The device's clock in seconds, or None for a time that no clock shows."""
        to_minute, second = text[:15], int(text[16:STAMP_BYTES])
        if to_minute != self._minute[0]:
            minute = minute_of(to_minute)
            if minute is None:
                return None
            self._minute = (to_minute, minute)
        return self._minute[1] + second if second < 60 else None

    def _may_move(self, ends: tuple[int, int]) -> bool:
        """The values end elsewhere than they did: true only if two lines in a row agree on it, or at the first line."""
        if self._ends is not None and ends != self._other_ends:
            self._other_ends = ends
            return False
        self._ends = ends
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

    def _state_is(self, form: _Form, samples: list[Sample]) -> None:
        before, self._form = self._form, form
        if before is None or form.flags != before.flags:
            samples.append(DeviceStatus(self._t_us, "spo2", form.flags, Handshake.STREAMING))
        if form.battery_low != self._battery_low:
            self._battery_low = form.battery_low
            flags = frozenset({Flag.BATTERY_LOW} if form.battery_low else ())
            samples.append(DeviceStatus(self._t_us, "device", flags, Handshake.STREAMING))
        for code in form.alarms:
            if before is None or code not in before.alarms:
                text = code.decode("ascii")
                samples.append(DeviceAlarm(self._t_us, text, "unknown", text))

    def _counters(self) -> tuple[int, ...]:
        lines = self._lines
        bad, skipped = self._bad + lines.lines_cut, self._skipped + lines.bytes_skipped
        return self._good, bad, skipped, self._gaps, self._discontinuities

    def _link_quality(self) -> LinkQuality:
        self._told, self._told_us = self._counters(), self._t_us
        return LinkQuality(self._t_us, *self._told)


SPEC = DriverSpec(
    id="nellcor-n595",
    maker="Nellcor",
    model="N-595, NPB-595",
    make=NellcorN595,
    numerics={SPO2: 2 * SECOND_US, PULSE_RATE: 2 * SECOND_US},
    waves={},
    mode="streams",
    lines=(LineSettings(baud=9600),),
    frame_bytes_max=LINE_BYTES_MAX,
    first_value_us=5 * SECOND_US,
    evidence="one public implementation",
    tests="computed lines, twin",
    use="demonstration",
    identity="rarely",
    notes=(
        "Nothing on this line is checked, and no capture of this model was ever read: for demonstration only.",
        "The model stands in a heading that comes every 25 lines; two of these oximeters cannot be told apart.",
        "An oximeter whose menu (interactive mode) was left open sends no numbers: leave it with 0 and Enter.",
    ),
)
