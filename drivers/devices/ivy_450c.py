"""Ivy 450C monitor on its "ANSAR-B" output: five waves and a page of text once a second. For demonstration only.

A message is FF, "ANSAR-B ", 400 wave bytes, lines of text that end with CR, and FE; it carries no check, so it is accepted
only as a whole and by its grammar. The cuff's last reading stands in every message: it is told once, when it changes.

Facts: PROTOCOLS section 5.7, from mdpnp/mdpnp (AnsarB.java, DemoIvy450C.java), one implementation, and from one capture of
27 messages. The meaning of the digit behind each name, the gain of every wave and the age of the cuff's reading are unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

import numpy as np

from drivers.driver import DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.framing import BAD, MORE, FrameBuffer
from drivers.samples import (
    DeviceAlarm,
    DeviceStatus,
    Handshake,
    LinkQuality,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

SECOND_US = 1_000_000

MAGIC = b"\xffANSAR-B "
END = 0xFE
WAVE_BYTES = 400
TEXT_AT = len(MAGIC) + WAVE_BYTES
FRAME_BYTES_MAX = 1_024
"""The capture's messages have 562 bytes; the text may be three times as long before it is called no message."""
NO_SIGNAL = 0xFB
"""A wave that lies on its highest value for the whole second: seen where no transducer was connected."""

FIELDS = {"HR": 3, "RR": 3, "ETCO2": 3, "SPO2": 3, "NIBP": 6, "P1": 5, "P2": 5, "T1": 3, "T2": 3}
"""How many fields stand behind the digit, the label and the alarm's text included, by name."""
UNDERSTOOD = "1"
"""The only digit that was seen beside a rate or a saturation; a number beside any other is doubted."""
RATE_MIN, RATE_MAX, BREATHS_MAX, PRESSURE_MAX = 15, 350, 200, 300

QUALITY_IDLE_US = 1_500_000

_NOT_WAVE = re.compile(rb"[\xfe\xff]")
_LINE = re.compile(r"([A-Z][A-Z0-9]{1,7})=([0-9]);([ -~]*)")
_LEAD = re.compile(r"ECG-(I|II|III|AVR|AVL|AVF|V)(?:-|$)")
_PULSE = re.compile(r"PR=(\d{1,3}) *")
LEADS = {
    "I": Parameter.ECG_I,
    "II": Parameter.ECG_II,
    "III": Parameter.ECG_III,
    "AVR": Parameter.ECG_AVR,
    "AVL": Parameter.ECG_AVL,
    "AVF": Parameter.ECG_AVF,
    "V": Parameter.ECG_V,
}

Pressures = tuple[int, int, int | None, int | None]
"""Systolic, diastolic and mean in mmHg, pulse in bpm."""


_at = attrgetter("t_us")


@dataclass(frozen=True, slots=True)
class Text:
    """What a page of text says. Rates are None where their field is empty or no number; doubted: beside an unknown digit."""

    lead: Parameter | None
    hr: int | None
    resp_rate: int | None
    spo2: int | None
    pulse_rate: int | None
    doubted: frozenset[Parameter]
    has_co2: bool
    nibp: Pressures | None
    nibp_empty: bool
    alarms: tuple[tuple[str, str], ...]


@lru_cache(maxsize=8)
def text_of(raw: bytes) -> Text | None:
    """The page, or None when it is not of the grammar: lines that end with CR, the first is HR, known names in full."""
    lines: dict[str, tuple[str, list[str]]] = {}
    pages = raw.decode("latin-1").split("\r")
    if pages.pop() or not pages:
        return None
    for page in pages:
        line = _LINE.fullmatch(page)
        if line is None or line[1] in lines:
            return None
        lines[line[1]] = (line[2], line[3].split(";"))
        if len(lines[line[1]][1]) != FIELDS.get(line[1], len(lines[line[1]][1])):
            return None
    return _read(lines) if next(iter(lines)) == "HR" else None


def _read(lines: dict[str, tuple[str, list[str]]]) -> Text:
    empty = ("", [""] * 6)
    rate, breaths, oxygen, co2, cuff = (lines.get(name, empty) for name in ("HR", "RR", "SPO2", "ETCO2", "NIBP"))
    lead, pulse = _LEAD.match(rate[1][1]), _PULSE.fullmatch(oxygen[1][1])
    digits = {Parameter.HR: rate, Parameter.RESP_RATE: breaths, Parameter.SPO2: oxygen, Parameter.PULSE_RATE: oxygen}
    return Text(
        lead=None if lead is None else LEADS[lead[1]],
        hr=_whole(rate[1][0]),
        resp_rate=_whole(breaths[1][0]),
        spo2=_whole(oxygen[1][0]),
        pulse_rate=None if pulse is None else int(pulse[1]),
        doubted=frozenset(parameter for parameter, line in digits.items() if line[0] != UNDERSTOOD),
        has_co2=bool(co2[1][0].strip()),
        nibp=_pressures(cuff[1]),
        nibp_empty="NIBP" in lines and not any(field.strip() for field in cuff[1][:4]),
        alarms=tuple((name, fields[-1].strip()) for name, (_, fields) in lines.items() if fields[-1].strip()),
    )


def _whole(field: str) -> int | None:
    """A whole number of at most three digits, or None for anything else; 0 is none."""
    field = field.strip()
    return int(field) or None if field.isascii() and field.isdigit() and len(field) <= 3 else None


def _pressures(fields: list[str]) -> Pressures | None:
    """What is shown of the cuff, or None when nothing is, or no blood pressure."""
    systolic, diastolic, mean, pulse = (_whole(field) for field in fields[:4])
    if systolic is None or diastolic is None or not diastolic < systolic <= PRESSURE_MAX:
        return None
    if mean is not None and not diastolic <= mean <= systolic:
        return None
    return systolic, diastolic, mean, pulse if pulse is not None and pulse <= RATE_MAX else None


def judge(buffer: bytes, start: int) -> int:
    """FrameBuffer's question for this protocol: 400 wave bytes, a page of the grammar, the end?"""
    stop = _NOT_WAVE.search(buffer, start + len(MAGIC), start + FRAME_BYTES_MAX)
    if stop is None:
        return MORE if len(buffer) - start < FRAME_BYTES_MAX else BAD
    end = stop.start()
    if end < start + TEXT_AT or buffer[end] != END or text_of(buffer[start + TEXT_AT : end]) is None:
        return BAD
    return end + 1 - start


class _Track:
    """One wave on its way into blocks: whole seconds, held until the end of the bytes that brought them."""

    def __init__(self, place: slice, rate_hz: int, baseline: int) -> None:
        self.parameter: Parameter | None = None
        self.place = place
        self.index = 0
        self._rate_hz = rate_hz
        self._baseline = baseline
        self._held = bytearray()
        self._held_t_us = 0
        self._gap = False
        self._silence = bytes((NO_SIGNAL,)) * rate_hz

    def put(self, second: bytes, parameter: Parameter | None, t_us: int) -> list[WaveBlock]:
        """Take a second of raw bytes; no parameter, or no signal, is a second that is not there."""
        blocks = [] if parameter is self.parameter else self.interrupt()
        self.parameter = parameter
        if parameter is None or second == self._silence:
            blocks += self.interrupt()
        else:
            self._held_t_us = self._held_t_us if self._held else t_us
            self._held += second
        self.index += len(second)
        return blocks

    def interrupt(self) -> list[WaveBlock]:
        """What follows is not continuous."""
        blocks = self.flush()
        self._gap = True
        return blocks

    def flush(self) -> list[WaveBlock]:
        """What is held."""
        if not self._held or self.parameter is None:
            return []
        raw, gap = bytes(self._held), self._gap
        first = self.index - len(raw)
        self._held.clear()
        self._gap = False
        data = (np.frombuffer(raw, np.uint8).astype("<i2") - np.int16(self._baseline)).tobytes()
        clipped = 0 in raw or NO_SIGNAL in raw
        hz = float(self._rate_hz)
        return [
            WaveBlock(self._held_t_us, self.parameter, hz, "relative", 1.0, first, data, gap and first > 0, clipped)
        ]


class Ivy450c:
    """The driver: see the module's opening. No half-frame timeout: FF, which is nowhere else, begins the next message."""

    def __init__(self) -> None:
        self._frames = FrameBuffer(MAGIC, FRAME_BYTES_MAX, judge)
        at = len(MAGIC)
        self._ecg = _Track(slice(at, at + 200), 200, 100)  # zero lines: those of the one implementation
        self._resp = _Track(slice(at + 200, at + 250), 50, 128)
        self._pleth = _Track(slice(at + 250, at + 300), 50, 86)
        self._tracks = (self._ecg, self._resp, self._pleth)
        self._t_us = 0
        self._skipped = 0
        self._said_device = False
        self._shown: Pressures | None = None
        self._before: Pressures | None = None
        self._shown_s = 0
        self._cuff_seen = False
        self._readings = 0
        self._alarms: tuple[tuple[str, str], ...] = ()
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None

    def start(self, now_us: int) -> None:
        """The monitor streams by itself and takes no orders."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Every whole message speaks; waves of messages that follow each other leave in one piece, in the order of time."""
        samples: list[Sample] = []
        for frame in self._frames.feed(data):
            self._message(frame, samples)
        for track in self._tracks:
            samples += track.flush()
        samples.sort(key=_at)
        if self._t_us - self._quality_t_us >= SECOND_US:
            self._quality_t_us = self._t_us
            samples.append(self._link_quality(now_us))
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Counters of a line that brings no message."""
        if self._quality_due_us is None or now_us < self._quality_due_us or self._counters() == self._quality:
            return []
        return [self._link_quality(now_us)]

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Nothing can be asked over this output."""
        return Refused("This monitor takes no orders over its ANSAR-B output; use its own keys.")

    def outgoing(self) -> bytes:
        """Never anything."""
        return b""

    def next_deadline_us(self) -> int | None:
        """When counters that have changed are told."""
        return None if self._counters() == self._quality else self._quality_due_us

    # -------------------------------------------------------------------------------------------------------- a message

    def _message(self, frame: bytes, samples: list[Sample]) -> None:
        text = text_of(frame[TEXT_AT:-1])
        if text is None:  # the judge has read the same bytes
            return
        t_us = self._t_us
        if self._frames.bytes_skipped != self._skipped:
            self._skipped = self._frames.bytes_skipped
            samples += [block for track in self._tracks for block in track.interrupt()]
        if not self._said_device:
            self._said_device = True
            samples.append(DeviceStatus(t_us, "device", frozenset(), Handshake.STREAMING))
        samples += self._ecg.put(frame[self._ecg.place], text.lead or self._ecg.parameter, t_us)
        samples += self._resp.put(frame[self._resp.place], None if text.has_co2 else Parameter.RESP, t_us)
        samples += self._pleth.put(frame[self._pleth.place], Parameter.PLETH, t_us)
        samples += (
            _number(t_us, Parameter.HR, text.hr, RATE_MAX, "bpm", Source.ECG, text),
            _number(t_us, Parameter.RESP_RATE, text.resp_rate, BREATHS_MAX, "breaths/min", _breath_source(text), text),
            _number(t_us, Parameter.SPO2, text.spo2, 100, "%", Source.PLETH, text),
            _number(t_us, Parameter.PULSE_RATE, text.pulse_rate, RATE_MAX, "bpm", Source.PLETH, text),
        )
        samples += self._cuff(text, t_us)
        if text.alarms != self._alarms:
            new = [alarm for alarm in text.alarms if alarm not in self._alarms]
            samples += [DeviceAlarm(t_us, words, "unknown", name) for name, words in new]
            self._alarms = text.alarms
        self._t_us = t_us + SECOND_US

    def _cuff(self, text: Text, t_us: int) -> list[Sample]:
        """A reading when the numbers on show change; those that stood there from the beginning are nobody's.

        Numbers that give way after one message to those from before were a damaged message, not a determination.
        """
        if text.nibp is None:
            self._cuff_seen = self._cuff_seen or text.nibp_empty
            return []
        if text.nibp == self._shown:
            self._shown_s += 1
            return []
        returned = self._shown_s == 1 and text.nibp == self._before
        self._before, self._shown, self._shown_s = self._shown, text.nibp, 1
        was_seen, self._cuff_seen = self._cuff_seen, True
        return [] if returned or not was_seen else [self._reading(text.nibp, t_us)]

    def _reading(self, shown: Pressures, t_us: int) -> NibpReading:
        """Doubted: the monitor does not say when it was measured, nor whether it succeeded."""
        self._readings += 1
        systolic, diastolic, mean, pulse = (None if value is None else float(value) for value in shown)
        doubted = Validity.QUESTIONABLE
        return NibpReading(t_us, self._readings, systolic, diastolic, mean, pulse, doubted, "age_unknown")

    # ------------------------------------------------------------------------------------------------------ the counters

    def _counters(self) -> tuple[int, int, int]:
        return self._frames.frames_good, self._frames.frames_bad, self._frames.bytes_skipped

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality = self._counters()
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._t_us, *self._quality)


def _breath_source(text: Text) -> Source | None:
    """Where breaths are counted is not said; with a CO2 line filled it is hardly the impedance."""
    return None if text.has_co2 else Source.IMPEDANCE


def _number(
    t_us: int, parameter: Parameter, value: int | None, high: int, unit: str, source: Source | None, text: Text
) -> Numeric:
    if value is None:
        return Numeric(t_us, parameter, None, unit, Validity.NOT_MEASURED, source)
    low = RATE_MIN if unit == "bpm" else 0
    if not low <= value <= high:
        return Numeric(t_us, parameter, None, unit, Validity.OUT_OF_RANGE, source)
    validity = Validity.QUESTIONABLE if parameter in text.doubted else Validity.VALID
    return Numeric(t_us, parameter, float(value), unit, validity, source)


SPEC = DriverSpec(
    id="ivy-450c",
    maker="Ivy",
    model="450C",
    make=Ivy450c,
    numerics={
        Parameter.HR: SECOND_US,
        Parameter.RESP_RATE: SECOND_US,
        Parameter.SPO2: SECOND_US,
        Parameter.PULSE_RATE: SECOND_US,
    },
    waves={Parameter.ECG_II: 200.0, Parameter.RESP: 50.0, Parameter.PLETH: 50.0},
    mode="streams",
    lines=(LineSettings(baud=9_600),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="one public implementation",
    tests="one real capture, 27 messages",
    use="demonstration",
    nibp=True,
    half_frame_us=0,
    notes=(
        "No check on the wire: a flipped bit in a digit is not seen.",
        "The cuff's reading has no time: it is told when it changes, and doubted.",
        "No sensor state is sent: an empty field may be a sensor that is off, unplugged, or still searching.",
    ),
)
