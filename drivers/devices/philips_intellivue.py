"""Philips IntelliVue X2, MP and MX monitors, Data Export over MIB/RS232: a whole monitor that is spoken to in a session.

The host asks for an association, the monitor accepts and reports who it is (MDS Create), the host confirms and polls.
Extended polls let numerics come each second and waves in blocks of 256 ms; where the monitor does not offer them, numerics
are polled one by one. Silence ends an association on both sides, so something is said well before the monitor's timeout.

Facts: PROTOCOLS section 5.13, from the public projects brarm/intellivue, xeonfusion/VSCaptureMP, part-cw/LNhealth and
mdpnp/mdpnp; they follow Philips' "Data Export Interface Programming Guide" 4535 642 59271, which was not at hand itself.
docs/protocols/philips-intellivue.md says what no vector and no capture confirms.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from drivers.driver import AskIdentity, DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.samples import (
    CuffPhase,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

SECOND_US = 1_000_000
TICK_US = 125  # the monitor counts in eighths of a millisecond
TICKS = 1 << 32

BEGIN, END, ESCAPE = b"\xc0", b"\xc1", b"\x7d"
HEADER = b"\x11\x01"
USER_BYTES_MAX = 1456  # what the request announces as the longest message
FRAME_BYTES_MAX = 4 + USER_BYTES_MAX + 2
ESCAPED_BYTES_MAX = 2 * FRAME_BYTES_MAX

REQUEST, ACCEPT, REFUSE, RELEASE, RELEASED, ABORT, DATA = 0x0D, 0x0E, 0x0C, 0x09, 0x0A, 0x19, 0xE1
INVOKE, RESULT, ERROR, LINKED_RESULT = 1, 2, 3, 5
EVENT, CONFIRMED_EVENT, CONFIRMED_SET, CONFIRMED_ACTION = 0, 1, 5, 7
MDS_CREATE, POLL, POLL_EXT = 0x0D06, 0x0C16, 0xF13B
NUMERICS, WAVES, ALARM_MONITOR = 0x0006, 0x0009, 0x0036
ALARM_MONITOR_STATIC = 0x0811
POLL_PROFILE, POLL_PROFILE_EXT = 0x0001, 0xF001
EXT_NUMERICS_1S, EXT_WAVES = 0x80000000, 0x08000000
POLL_FOR, PRIORITY_LIST = 0xF13E, 0xF23A

MODEL, SYSTEM_ID = 0x0928, 0x0984
NUMERIC_VALUE, NUMERIC_COMPOUND = 0x0950, 0x094B
WAVE_VALUE, WAVE_COMPOUND = 0x096E, 0x0967
WAVE_SPEC, WAVE_SCALE, WAVE_CALIBRATION, WAVE_FIXED = 0x096D, 0x096F, 0x0964, 0x0A16
WAVE_PERIOD, UNIT = 0x098D, 0x0996
MEASURED_AT, MEASURED_AT_TICKS = 0x0990, 0x0991
INVALID_MASK, SATURATION_MASK = 1, 4

INVALID, QUESTIONABLE, UNAVAILABLE, CALIBRATING, TEST, DEMO = 0x8000, 0x4000, 0x2000, 0x1000, 0x0800, 0x0400
DOUBTS = 0xFF00
"""The first octet of the measurement state: a measurement is valid when it is 0."""
MEASURING = 0x0020
NO_NUMBER = {0x7FFFFF: Validity.NOT_MEASURED, 0x800000: Validity.NOT_MEASURED, 0x800001: Validity.NOT_MEASURED}
ENDLESS = (0x7FFFFE, 0x800002)

BPM, PERCENT, PER_MINUTE, CELSIUS, MMHG, MILLIVOLT = 0x0AA0, 0x0220, 0x0AE0, 0x17A0, 0x0F20, 0x10B2
CUFF_SYSTOLIC, CUFF_DIASTOLIC, CUFF_MEAN, CUFF_PULSE = 0x4A05, 0x4A06, 0x4A07, 0xF0E5
CUFF_MMHG_MAX = 300

PERIOD_US = SECOND_US
RETRY_US, QUICK_RETRIES, SLOW_RETRY_US = 2 * SECOND_US, 5, 10 * SECOND_US
CREATE_WITHIN_US = 3 * SECOND_US
SILENT_US = 5 * SECOND_US
"""No good frame for so long: the association is given up and asked for anew."""
ASK_AGAIN_US = 3 * SECOND_US
POLL_FOR_US, RENEW_US = 600 * SECOND_US, 540 * SECOND_US
FRUITLESS_ASKS = 3
OUT_BYTES_MAX = 4096
WAVES_MAX = 32
HELD_BLOCKS = 16
"""In a long chunk so many blocks of 256 ms are made one; at its end every wave says what it holds."""
OLD_TICKS, KNOWN_LOSS_TICKS = 2 * SECOND_US // TICK_US, 60 * SECOND_US // TICK_US
"""A block so much before the last is one that came already; up to so much after it the loss is known."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one physiological identifier of a numeric is in our words. Limits are those of a possible number."""

    parameter: Parameter
    unit_code: int
    unit: str
    source: Source | None
    low: float
    high: float


MEANINGS = {
    0x4182: _Meaning(Parameter.HR, BPM, "bpm", Source.ECG, 0, 350),
    0x4822: _Meaning(Parameter.PULSE_RATE, BPM, "bpm", Source.PLETH, 1, 350),
    0x4BB8: _Meaning(Parameter.SPO2, PERCENT, "%", Source.PLETH, 1, 100),
    0x500A: _Meaning(Parameter.RESP_RATE, PER_MINUTE, "breaths/min", Source.IMPEDANCE, 0, 200),
    0x4B48: _Meaning(Parameter.TEMPERATURE, CELSIUS, "degC", None, 10, 50),
}
"""A pulse from pressure (480A) or cuff (F0E5) and a respiration from CO2 (5012) are other things and left out."""

WAVE_MEANINGS = {
    0x0101: Parameter.ECG_I,
    0x0102: Parameter.ECG_II,
    0x013D: Parameter.ECG_III,
    0x013E: Parameter.ECG_AVR,
    0x013F: Parameter.ECG_AVL,
    0x0140: Parameter.ECG_AVF,
    0x0143: Parameter.ECG_V,
    0x4BB4: Parameter.PLETH,
    0x5000: Parameter.RESP,
}
WANTED_WAVES = (0x00020102, 0x00024BB4, 0x00025000)
"""Labels for the priority list: ECG II, pleth, respiration."""


# ------------------------------------------------------------------------------------------------------------ frames

_TURNED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def frame_check(data: bytes) -> bytes:
    """CRC-16/X-25, low byte first. The standard library has its mirror image: bits are turned before and after."""
    crc = crc_hqx(data.translate(_TURNED), 0xFFFF)
    return bytes((_TURNED[crc >> 8] ^ 0xFF, _TURNED[crc & 0xFF] ^ 0xFF))


def framed(user: bytes) -> bytes:
    """User data as it goes on the wire: header, check, stuffing of everything between the flags."""
    body = HEADER + len(user).to_bytes(2, "big") + user
    body += frame_check(body)
    return BEGIN + stuffed(body) + END


def stuffed(body: bytes) -> bytes:
    """What may stand between two flags: C0, C1 and 7D are 7D and the byte with bit 5 turned."""
    return body.replace(b"\x7d", b"\x7d\x5d").replace(b"\xc0", b"\x7d\xe0").replace(b"\xc1", b"\x7d\xe1")


def unframed(content: bytes) -> bytes | None:
    """User data from what stood between two flags, or None when header, length or check is wrong."""
    if ESCAPE in content:
        content = content.replace(b"\x7d\xe0", b"\xc0").replace(b"\x7d\xe1", b"\xc1").replace(b"\x7d\x5d", b"\x7d")
    if not 6 < len(content) <= FRAME_BYTES_MAX or not content.startswith(HEADER):
        return None
    if int.from_bytes(content[2:4], "big") != len(content) - 6 or frame_check(content[:-2]) != content[-2:]:
        return None
    return content[4:-2]


class _Frames:
    """Finds frames. C0 and C1 never occur inside one, so every C0 begins anew: what had no end before it was none."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._open = False
        self.good = 0
        self.bad = 0
        self.skipped = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The user data of every good frame that `data` completes; counters are right at each one."""
        first, *rest = data.split(BEGIN)
        user = self._take(first)
        if user is not None:
            yield user
        for part in rest:
            if self._open:
                self._drop()
            self._open = True
            user = self._take(part)
            if user is not None:
                yield user

    def _take(self, part: bytes) -> bytes | None:
        """The bytes behind a beginning; the user data when they end a good frame."""
        if not self._open:
            self.skipped += len(part)
            return None
        content, end, after = part.partition(END)
        if len(self._pending) + len(content) > ESCAPED_BYTES_MAX:
            self._drop(len(part))
            return None
        if not end:
            self._pending += content
            return None
        whole = bytes(self._pending) + content if self._pending else content
        user = None if whole.endswith(ESCAPE) else unframed(whole)  # 7D C1: the monitor took its frame back
        self.skipped += len(after)
        if user is None:
            self._drop(len(content) + 1)
        else:
            self._pending.clear()
            self._open = False
            self.good += 1
        return user

    def _drop(self, more: int = 0) -> None:
        self.bad += 1
        self.skipped += 1 + len(self._pending) + more
        self._pending.clear()
        self._open = False


# ---------------------------------------------------------------------------------------------------- what the host says

_SESSION = bytes.fromhex("05081301001601028000140200 02")
_PRESENTATION = bytes.fromhex(
    "3180a080800101 0000a280a0030000 01a480308002 0101060452010001 3080060251010000 00003080020102 060c2a8648ce1402"
    "01000000 0101 3080060c2a8648ce1402 01000000 0201 000000000000 618030800201 01a0806080a18006 0c2a8648ce1402 01000000"
    "0301 0000 be802880 060c2a8648ce1402 01000000 0101 02010281"
)
RELEASE_REQUEST = bytes.fromhex("0918c11661803080020101a08062808001000000000000000000")
RELEASE_RESPONSE = bytes.fromhex("0a18c11661803080020101a08063808001000000000000000000")
_MDS = struct.pack(">3H", 0x0021, 0, 0)


def association_request() -> bytes:
    """Asks for the polling profile with extended polls for numerics each second and for waves."""
    ext = struct.pack(">II", EXT_NUMERICS_1S | EXT_WAVES, 0)
    packages = _list([struct.pack(">HH", POLL_PROFILE_EXT, len(ext)) + ext])
    poll = struct.pack(">6I", 0x80000000, PERIOD_US // TICK_US, USER_BYTES_MAX, USER_BYTES_MAX, 0xFFFFFFFF, 0x60000000)
    profiles = _list([struct.pack(">HH", POLL_PROFILE, len(poll) + len(packages)) + poll + packages])
    user = struct.pack(">5I", 0x80000000, 0x40000000, 0, 0x80000000, 0x20000000) + _list([]) + profiles
    presented = _PRESENTATION + bytes((len(user),)) + user + bytes(16)
    inner = _SESSION + b"\xc1" + _session_length(len(presented)) + presented
    return bytes((REQUEST,)) + _session_length(len(inner)) + inner


def create_confirmed(invoke: int, ticks: int) -> bytes:
    """The answer to MDS Create: without it the monitor sends nothing."""
    return _operation(RESULT, invoke, CONFIRMED_EVENT, _MDS + struct.pack(">IHH", ticks, MDS_CREATE, 0))


def single_poll(invoke: int, number: int, kind: int, group: int = 0) -> bytes:
    """One answer about all objects of a class. group 0: all attributes."""
    return _action(invoke, POLL, struct.pack(">4H", number, 1, kind, group))


def extended_poll(invoke: int, number: int, kind: int) -> bytes:
    """Answers about all objects of a class for ten minutes to come."""
    wish = _list([struct.pack(">HHI", POLL_FOR, 4, POLL_FOR_US // TICK_US)])
    return _action(invoke, POLL_EXT, struct.pack(">4H", number, 1, kind, 0) + wish)


def wave_priorities(invoke: int, labels: tuple[int, ...] = WANTED_WAVES) -> bytes:
    """Which waves the extended poll shall bring."""
    ids = _list([struct.pack(">I", label) for label in labels])
    change = _list([struct.pack(">3H", 0, PRIORITY_LIST, len(ids)) + ids])
    return _operation(INVOKE, invoke, CONFIRMED_SET, _MDS + bytes(4) + change)


def _action(invoke: int, action: int, argument: bytes) -> bytes:
    return _operation(INVOKE, invoke, CONFIRMED_ACTION, _MDS + struct.pack(">IHH", 0, action, len(argument)) + argument)


def _operation(kind: int, invoke: int, command: int, body: bytes) -> bytes:
    return struct.pack(">HHHHHHH", 0xE100, 2, kind, 6 + len(body), invoke, command, len(body)) + body


def _list(entries: list[bytes]) -> bytes:
    body = b"".join(entries)
    return struct.pack(">HH", len(entries), len(body)) + body


def _session_length(n: int) -> bytes:
    return bytes((n,)) if n < 0xFF else b"\xff" + n.to_bytes(2, "big")


# ------------------------------------------------------------------------------------------------ what the monitor says


class _MalformedError(Exception):
    """A good frame whose inside does not hold together; never leaves this module, nor does a struct.error."""


_WORD, _TWO, _THREE, _FOUR, _SEVEN, _EIGHT = (struct.Struct(f">{n}H").unpack_from for n in (1, 2, 3, 4, 7, 8))


def _attributes(data: bytes, at: int) -> tuple[dict[int, bytes], int]:
    """An attribute list and where it ends. Of a repeated attribute the last counts."""
    count, length = _TWO(data, at)
    at += 4
    end = at + length
    if end > len(data):
        raise _MalformedError
    found = {}
    for _ in range(count):
        kind, size = _TWO(data, at)
        at += 4 + size
        if at > end:
            raise _MalformedError
        found[kind] = data[at - size : at]
    return found, end


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the monitor agreed to."""

    timeout_us: int = 10 * SECOND_US
    numerics_ext: bool = True
    waves_ext: bool = True


def agreed(user: bytes) -> _Terms:
    """The terms of an association response; what cannot be read is as the sources say it usually is."""
    try:
        return _agreed(user)
    except (_MalformedError, struct.error, IndexError):
        return _Terms()


def _agreed(user: bytes) -> _Terms:
    at = user.index(b"\x02\x01\x02\x81") + 4 if b"\x02\x01\x02\x81" in user else len(user)
    at += 1 + (user[at] & 0x7F if user[at] & 0x80 else 0)
    _, at = _attributes(user, at + 20)
    profiles, _ = _attributes(user, at)
    profile = profiles.get(POLL_PROFILE, b"")
    (least,) = struct.unpack_from(">I", profile, 4)
    packages, _ = _attributes(profile, 24)
    ext = packages.get(POLL_PROFILE_EXT, bytes(4))
    (options,) = struct.unpack_from(">I", ext, 0)
    return _Terms(timeout_of(least * TICK_US), bool(options & EXT_NUMERICS_1S), bool(options & EXT_WAVES))


def timeout_of(least_poll_us: int) -> int:
    """After so long without a word the monitor ends the association."""
    if least_poll_us <= 3_300_000:
        return 10 * SECOND_US
    return 3 * least_poll_us if least_poll_us <= 43 * SECOND_US else 130 * SECOND_US


class _Reply(NamedTuple):
    """The answer to a poll, one part of it where it is linked. sequence: None for a single poll."""

    kind: int
    number: int
    sequence: int | None
    ticks: int
    objects: list[tuple[tuple[int, int], dict[int, bytes]]]


_SINGLE_HEAD, _EXTENDED_HEAD = struct.Struct(">HI8xHHHHH"), struct.Struct(">HHI8xHHHHH")


def _reply(data: bytes, at: int, extended: bool) -> _Reply:
    sequence: int | None = None
    if extended:
        number, sequence, ticks, _, kind, _, contexts, length = _EXTENDED_HEAD.unpack_from(data, at)
        at += _EXTENDED_HEAD.size
    else:
        number, ticks, _, kind, _, contexts, length = _SINGLE_HEAD.unpack_from(data, at)
        at += _SINGLE_HEAD.size
    if at + length > len(data):
        raise _MalformedError
    objects = []
    for _ in range(contexts):
        context, count, _ = _THREE(data, at)
        at += 6
        for _ in range(count):
            (handle,) = _WORD(data, at)
            attributes, at = _attributes(data, at + 2)
            objects.append(((context, handle), attributes))
    return _Reply(kind, number, sequence, ticks, objects)


def decimal(raw: int) -> tuple[float | None, Validity]:
    """A FLOAT-Type: signed exponent of ten, signed 24-bit mantissa, special mantissas for what is no number."""
    mantissa, exponent = raw & 0xFFFFFF, (raw >> 24 ^ 0x80) - 0x80
    if mantissa in NO_NUMBER:
        return None, NO_NUMBER[mantissa]
    if mantissa in ENDLESS:
        return None, Validity.OUT_OF_RANGE
    signed = (mantissa ^ 0x800000) - 0x800000
    return (signed * 10.0**exponent if exponent >= 0 else signed / 10.0**-exponent), Validity.VALID


def doubt(state: int) -> Validity:
    """What the first octet of a measurement state leaves of a number. Test and demonstration data are no patient's."""
    if state & (INVALID | UNAVAILABLE | TEST | DEMO):
        return Validity.NOT_MEASURED
    if state & CALIBRATING:
        return Validity.NOT_CALIBRATED
    return (
        Validity.QUESTIONABLE
        if state & QUESTIONABLE
        else Validity.VALID
        if not state & DOUBTS
        else Validity.NOT_MEASURED
    )


@dataclass(frozen=True, slots=True)
class _Observed:
    """One observed value: the number, and how far it may be believed."""

    physio: int
    state: int
    unit: int
    value: float | None
    validity: Validity


@lru_cache(maxsize=1024)
def _value(data: bytes) -> _Observed:
    """The ten bytes of an observed value. Most come again and again."""
    physio, state, unit, raw = struct.unpack(">HHHI", data)
    validity = doubt(state)
    if not validity.has_value:
        return _Observed(physio, state, unit, None, validity)
    value, found = decimal(raw)
    return _Observed(physio, state, unit, value, validity if found is Validity.VALID else found)


def _observed(attributes: dict[int, bytes]) -> list[_Observed]:
    values = []
    if len(single := attributes.get(NUMERIC_VALUE, b"")) >= 10:
        values.append(_value(single[:10]))
    if len(compound := attributes.get(NUMERIC_COMPOUND, b"")) >= 4:
        count = int.from_bytes(compound[:2], "big")
        ends = min(4 + 10 * count, len(compound) - 9)
        values += [_value(compound[at : at + 10]) for at in range(4, ends, 10)]
    return values


def _label(data: bytes, at: int) -> tuple[str, int]:
    """A counted string of the monitor, and where the next begins."""
    (length,) = _WORD(data, at)
    text = data[at + 2 : at + 2 + length].split(b"\0")[0].decode("latin-1").strip()
    return text if text.isprintable() else "", at + 2 + length


# --------------------------------------------------------------------------------------------------------------- waves


@dataclass(slots=True)
class _Wave:
    """One wave object, as far as it has told about itself, and where its counting stands."""

    told: dict[int, bytes] = field(default_factory=dict)
    shape: _Shape | None = None
    next_index: int = 0
    gap: bool = False
    last_ticks: int | None = None
    last_place: tuple[int, int | None] = (0, None)
    parameter: Parameter | None = None
    held: list[bytes] = field(default_factory=list)
    held_us: int = 0
    held_index: int = 0

    def becomes(self, parameter: Parameter, before: _Wave | None) -> list[Sample]:
        """This object now brings this wave. before: the object of an earlier association that did; counting goes on."""
        samples = self.flush()
        if before is not None:
            self.next_index, self.last_ticks, self.last_place = before.next_index, before.last_ticks, before.last_place
        self.parameter, self.gap = parameter, self.next_index > 0
        return samples

    def hold(self, data: bytes, n: int, t_us: int) -> None:
        """Take a block that goes on where the last one ended."""
        if not self.held:
            self.held_us, self.held_index = t_us, self.next_index
        self.held.append(data)
        self.next_index += n

    def flush(self) -> list[Sample]:
        """What is held, as blocks; cut where samples are missing, and nothing is put in their place."""
        if not self.held or self.shape is None or self.parameter is None:
            return []
        data, self.held = b"".join(self.held), []
        shape, first, gap = self.shape, self.held_index, self.gap
        steps, clipped, good = shape.read(data)
        self.gap = good is not None and not good[-1]
        samples: list[Sample] = []
        for begin, end in [(0, len(steps))] if good is None else _runs(good):
            at_us = self.held_us + begin * shape.period_ticks * TICK_US
            broken = (gap or begin > 0) and first + begin > 0
            piece = steps[begin:end].tobytes()
            rate, index = 8000 / shape.period_ticks, first + begin
            samples.append(
                WaveBlock(at_us, self.parameter, rate, shape.unit, shape.scale, index, piece, broken, clipped)
            )
            gap = False
        return samples


@dataclass(frozen=True, slots=True)
class _Pattern:
    """An answer with nothing but samples in it: the next one is nearly always the same but for time and samples.

    bones: everything else, state words included. samples: (wave, where, how many, their ticks).
    """

    length: int
    bone_slices: tuple[slice, ...]
    bones: bytes
    number: int
    samples: tuple[tuple[_Wave, slice, int, int], ...]

    def fits(self, user: bytes) -> bool:
        """True when only time and samples differ."""
        return len(user) == self.length and b"".join([user[bone] for bone in self.bone_slices]) == self.bones


_PATTERN_PLACE = struct.Struct(">HI").unpack_from
"""Sequence and ticks, at 26 of an unlinked answer to an extended poll; eight bytes of date follow them."""
_PATTERN_HEAD = slice(0, 26)
_PATTERN_BODY, _PATTERN_LIST = 40, 46


@dataclass(frozen=True, slots=True)
class _Shape:
    """How to read the samples of a wave. invalid, saturated: marks in the bits above the sample, 0 for none."""

    period_ticks: int
    sample_bytes: int
    mask: int
    zero: int
    scale: float
    unit: str
    invalid: int
    saturated: int

    def read(self, data: bytes) -> tuple[npt.NDArray[np.int16], bool, npt.NDArray[np.bool_] | None]:
        """Steps from zero, whether one stands at the rail, and which are good (None: all)."""
        raw = np.frombuffer(data, ">u2" if self.sample_bytes == 2 else np.uint8)
        low, high = int(raw.min()), int(raw.max())
        clipped, good = False, None
        if high > self.mask:  # marks stand above the samples
            if self.invalid:
                good = (raw & self.invalid) != self.invalid
            if self.saturated:
                clipped = bool(((raw & self.saturated) == self.saturated).any())
            raw = raw & self.mask
            low, high = int(raw.min()), int(raw.max())
        clipped = clipped or low == 0 or high == self.mask
        if max(abs(self.zero), high, self.zero - low, high - self.zero) <= 0x7FFF:
            return raw.astype("<i2") - np.int16(self.zero), clipped, good
        steps = np.clip(raw.astype(np.int32) - self.zero, -0x8000, 0x7FFF).astype("<i2")
        return steps, clipped or max(self.zero - low, high - self.zero) > 0x7FFF, good


SHAPE_ATTRIBUTES = frozenset({WAVE_SPEC, WAVE_SCALE, WAVE_CALIBRATION, WAVE_FIXED, WAVE_PERIOD, UNIT})


def _shape(told: dict[int, bytes]) -> _Shape | None:
    """None as long as period, sample size or scale is unknown: such a wave is not shown."""
    spec, period = told.get(WAVE_SPEC, b""), told.get(WAVE_PERIOD, b"")
    scale = told.get(WAVE_SCALE) or told.get(WAVE_CALIBRATION) or b""
    if len(spec) < 6 or len(period) < 4 or len(scale) < 12:
        return None
    size, bits = spec[2], spec[3]
    ticks = int.from_bytes(period[:4], "big")
    low_raw, high_raw, low, high = struct.unpack_from(">IIHH", scale)
    (low_value, _), (high_value, _) = decimal(low_raw), decimal(high_raw)
    if size not in (8, 16) or not 0 < bits <= size or not 8 <= ticks <= 8000 or low == high:
        return None
    if low_value is None or high_value is None or low_value == high_value:
        low_value, high_value = 0.0, 1.0  # a wave without a physical scale
    step = (high_value - low_value) / (high - low)
    zero = low - low_value / step
    if not abs(zero) < 1 << 20 or not 1e-9 < abs(step) < 1e9:
        return None
    millivolt = told.get(UNIT, b"")[:2] == MILLIVOLT.to_bytes(2, "big")
    marks = _marks(told.get(WAVE_FIXED, b""), (1 << size) - (1 << bits))
    return _Shape(ticks, size // 8, (1 << bits) - 1, round(zero), step, "mV" if millivolt else "relative", *marks)


def _marks(fixed: bytes, room: int) -> tuple[int, int]:
    """room: the bits of a sample that marks may take."""
    found = {kind: bits & room for kind, bits in struct.iter_unpack(">HH", fixed[4 : len(fixed) - len(fixed) % 4])}
    return found.get(INVALID_MASK, 0), found.get(SATURATION_MASK, 0)


def _runs(good: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches [first, last) of good samples."""
    if good.all():
        return [(0, len(good))]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _observed_waves(attributes: dict[int, bytes]) -> Iterator[tuple[int, int, bytes]]:
    """(physiological identifier, state, samples) of a wave object; several where it is compound."""
    data, at = attributes.get(WAVE_VALUE, b""), 0
    if WAVE_COMPOUND in attributes:
        data, at = attributes[WAVE_COMPOUND], 4
    while at + 6 <= len(data):
        physio, state, length = struct.unpack_from(">3H", data, at)
        at += 6 + length
        if at <= len(data):
            yield physio, state, data[at - length : at]


# ------------------------------------------------------------------------------------------------------------ the driver


@dataclass(slots=True)
class _Ask:
    """A stream of answers that must be asked for until it flows, and again before it ends."""

    kind: int
    at_us: int
    renew_us: int = 0
    fruitless: int = 0
    single: bool = False
    untold: int = 0


class PhilipsIntelliVue:
    """The driver: see the module's opening. No half-frame timeout: frames are delimited by flags."""

    def __init__(self) -> None:
        self._frames = _Frames()
        self._malformed = 0
        self._out = bytearray()
        self._terms = _Terms()
        self._associated = self._created = False
        self._at_us = 0
        self._tries = 0
        self._heard_us = self._spoke_us = 0
        self._asks: dict[int, _Ask] = {}
        self._invoke = self._poll = 0
        self._ticks: int | None = None
        self._t_us = 0
        self._gaps = self._discontinuities = 0
        self._sequences: dict[int, tuple[int, int]] = {}
        self._status: tuple[frozenset[Flag], Handshake] | None = None
        self._identity: Identity | None = None
        self._told: dict[Parameter, int] = {}
        self._quality_us: int | None = None
        self._waves: dict[tuple[int, int], _Wave] = {}
        self._wave_of: dict[Parameter, tuple[int, int]] = {}
        self._waves_before: dict[Parameter, _Wave] = {}
        self._pattern: _Pattern | None = None
        self._cuff_stamp = b""
        self._cuff_busy = self._cuff_worked = False
        self._readings = 0

    def start(self, now_us: int) -> None:
        """Ask for an association. The cuff is the monitor's own business."""
        self._heard_us = now_us
        self._request_association(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes to samples; each good frame speaks at its end flag."""
        samples: list[Sample] = []
        for user in self._frames.feed(data):
            self._heard_us = now_us
            try:
                samples += self._message(user, now_us)
            except (_MalformedError, struct.error):
                self._malformed += 1
        return [*samples, *self._flush_waves()]

    def advance(self, now_us: int) -> list[Sample]:
        """Let time pass: ask again, keep the association alive, give it up when nothing comes."""
        if not self._created:
            if now_us >= self._at_us:
                self._give_up(now_us) if self._associated else self._request_association(now_us)
            return []
        if now_us - self._heard_us >= SILENT_US:
            self._give_up(now_us)
            return []
        for ask in self._asks.values():
            if now_us >= min(ask.at_us, ask.renew_us):
                self._ask(ask, now_us)
        if now_us - self._spoke_us >= self._keep_alive_us:
            self._say(single_poll(self._next_invoke(), self._next_poll(), ALARM_MONITOR, ALARM_MONITOR_STATIC), now_us)
        return []

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """The monitor takes no orders over this line; who it is it says by itself at the beginning."""
        if isinstance(cmd, AskIdentity):
            return None
        return Refused("this monitor runs its cuff and its waves itself; use its own keys")

    def outgoing(self) -> bytes:
        """What must be written now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def next_deadline_us(self) -> int | None:
        """When a request, a word or a giving up is due."""
        if not self._created:
            return self._at_us
        due = [min(ask.at_us, ask.renew_us) for ask in self._asks.values()]
        return min(self._heard_us + SILENT_US, self._spoke_us + self._keep_alive_us, *due)

    # ---------------------------------------------------------------------------------------------------- the session

    @property
    def _keep_alive_us(self) -> int:
        return self._terms.timeout_us * 2 // 5

    def _say(self, user: bytes, now_us: int) -> None:
        self._spoke_us = now_us
        if len(self._out) < OUT_BYTES_MAX:
            self._out += framed(user)

    def _next_invoke(self) -> int:
        self._invoke = self._invoke % 0xFFFF + 1
        return self._invoke

    def _next_poll(self) -> int:
        self._poll = self._poll % 0xFFFF + 1
        return self._poll

    def _request_association(self, now_us: int) -> None:
        self._say(association_request(), now_us)
        self._tries += 1
        self._at_us = now_us + (RETRY_US if self._tries <= QUICK_RETRIES else SLOW_RETRY_US)

    def _give_up(self, now_us: int) -> None:
        self._say(RELEASE_REQUEST, now_us)
        self._closed(now_us)

    def _closed(self, now_us: int) -> None:
        self._associated = self._created = False
        self._asks.clear()
        self._at_us = now_us + (RETRY_US // 2 if self._tries <= QUICK_RETRIES else SLOW_RETRY_US)

    def _ask(self, ask: _Ask, now_us: int) -> None:
        if now_us >= ask.at_us:
            ask.fruitless += 1
        if ask.kind == NUMERICS and ask.fruitless > FRUITLESS_ASKS:
            ask.single = True
        build = single_poll if ask.single else extended_poll
        self._say(build(self._next_invoke(), self._next_poll(), ask.kind), now_us)
        ask.at_us = now_us + (PERIOD_US if ask.single else ASK_AGAIN_US)
        ask.renew_us = now_us + RENEW_US

    def _flows(self, kind: int, now_us: int) -> None:
        ask = self._asks.get(kind)
        if ask is not None and not ask.single:
            ask.fruitless = 0
            ask.at_us = now_us + ASK_AGAIN_US

    def _message(self, user: bytes, now_us: int) -> list[Sample]:
        kind = user[0]
        if kind == DATA:
            return self._operation(user, now_us)
        if kind == ACCEPT:
            self._terms = agreed(user)
            self._associated, self._created, self._tries = True, False, 0
            self._at_us = now_us + CREATE_WITHIN_US
            return self._says_status(frozenset(), Handshake.NEGOTIATING)
        if kind == REFUSE:
            self._associated = self._created = False
            return self._says_status(frozenset(), Handshake.FAULTED)
        if kind in (RELEASE, RELEASED, ABORT):
            if kind == RELEASE:
                self._say(RELEASE_RESPONSE, now_us)
            self._closed(now_us)
            return self._says_status(frozenset(), Handshake.NEGOTIATING)
        return []

    def _operation(self, user: bytes, now_us: int) -> list[Sample]:
        if self._pattern is not None and self._pattern.fits(user):
            return self._more_of_the_same(self._pattern, user, now_us)
        _, _, kind, _ = _FOUR(user, 0)
        at = 10 if kind == LINKED_RESULT else 8
        invoke, command, _ = _THREE(user, at)
        at += 6
        if kind == INVOKE and command in (EVENT, CONFIRMED_EVENT):
            return self._created_mds(user, at, invoke, now_us)
        if kind in (RESULT, LINKED_RESULT) and command == CONFIRMED_ACTION:
            action, _ = _TWO(user, at + 6)
            if action in (POLL, POLL_EXT):
                reply = _reply(user, at + 10, action == POLL_EXT)
                samples = self._answered(reply, now_us)
                if reply.kind == WAVES:
                    whole = action == POLL_EXT and kind == RESULT
                    self._pattern = self._pattern_of(user, reply) if whole else None
                return samples
        return []

    def _created_mds(self, user: bytes, at: int, invoke: int, now_us: int) -> list[Sample]:
        *_, high, low, event, _ = _SEVEN(user, at)
        if event != MDS_CREATE:
            return []
        self._say(create_confirmed(invoke, high << 16 | low), now_us)
        samples: list[Sample] = []
        if not self._created:
            self._created = self._associated = True
            samples += self._forget_objects()
            self._begin_polls(now_us)
        try:
            samples += self._says_identity(_attributes(user, at + 20)[0])
        except (_MalformedError, struct.error):
            self._malformed += 1
        return samples

    def _forget_objects(self) -> list[Sample]:
        """A new association: handles and shapes may have changed, the counting of waves goes on."""
        samples = self._flush_waves()
        self._waves_before |= {parameter: self._waves[key] for parameter, key in self._wave_of.items()}
        self._waves, self._wave_of, self._pattern = {}, {}, None
        return samples

    def _begin_polls(self, now_us: int) -> None:
        single = not self._terms.numerics_ext
        self._asks = {NUMERICS: _Ask(NUMERICS, now_us, now_us, single=single)}
        if self._terms.waves_ext:
            self._say(wave_priorities(self._next_invoke()), now_us)
            self._asks[WAVES] = _Ask(WAVES, now_us, now_us)
        for ask in self._asks.values():
            self._ask(ask, now_us)
            ask.fruitless = 0

    # ------------------------------------------------------------------------------------------------------- the answers

    def _answered(self, reply: _Reply, now_us: int) -> list[Sample]:
        self._flows(reply.kind, now_us)
        if reply.kind not in (NUMERICS, WAVES):
            return []
        self._clock(reply.ticks)
        self._count(reply)
        if reply.kind == WAVES:
            return [block for key, attributes in reply.objects for block in self._wave(key, attributes, reply)]
        return [*self._flush_waves(HELD_BLOCKS), *self._numerics(reply), *self._quality()]

    def _clock(self, ticks: int) -> None:
        """Move `_t_us` to the reply's own time. It goes on from where it was when the monitor's clock begins anew."""
        step = 0 if self._ticks is None else (ticks - self._ticks) % TICKS
        if step > TICKS // 2:
            back = TICKS - step
            self._discontinuities += back * TICK_US > SECOND_US
            step = -back if back * TICK_US <= min(SECOND_US, self._t_us) else 0
        self._ticks = ticks
        self._t_us += step * TICK_US

    def _count(self, reply: _Reply) -> None:
        """Replies of an extended poll are numbered: what is missing was lost on the line."""
        if reply.sequence is None:
            return
        number, last = self._sequences.get(reply.kind, (reply.number, reply.sequence))
        lost = (reply.sequence - last - 1) % 0x10000
        if number == reply.number and 0 < lost < 0x8000:
            self._gaps += lost
        self._sequences[reply.kind] = (reply.number, reply.sequence)

    def _says_status(self, flags: frozenset[Flag], handshake: Handshake) -> list[Sample]:
        if self._status == (flags, handshake):
            return []
        self._status = (flags, handshake)
        return [DeviceStatus(self._t_us, "device", flags, handshake)]

    def _quality(self) -> list[Sample]:
        if self._quality_us is not None and 0 <= self._t_us - self._quality_us < SECOND_US * 9 // 10:
            return []
        self._quality_us = self._t_us
        bad = self._frames.bad + self._malformed
        return [
            LinkQuality(self._t_us, self._frames.good, bad, self._frames.skipped, self._gaps, self._discontinuities)
        ]

    def _says_identity(self, attributes: dict[int, bytes]) -> list[Sample]:
        maker: str | None = "Philips"
        model = None
        if MODEL in attributes:
            maker, at = _label(attributes[MODEL], 0)
            model, _ = _label(attributes[MODEL], at)
        system = attributes.get(SYSTEM_ID, b"")[2:]
        serial = system.hex() if any(system) else None
        identity = Identity(0, maker or "Philips", model or None, serial, None)
        if identity == self._identity:
            return []
        self._identity = identity
        return [Identity(self._t_us, identity.maker, identity.model, identity.serial, None)]

    # ---------------------------------------------------------------------------------------------------------- numerics

    def _numerics(self, reply: _Reply) -> list[Sample]:
        """Each parameter once per reply; of several objects with the same meaning the first counts."""
        samples: list[Sample] = []
        states = 0
        cuff: tuple[dict[int, bytes], list[_Observed]] | None = None
        pulse: float | None = None
        for _, attributes in reply.objects:
            values = _observed(attributes)
            for observed in values:
                states |= observed.state
                if observed.physio == CUFF_SYSTOLIC:
                    cuff = (attributes, values)
                elif observed.physio == CUFF_PULSE:
                    pulse = _between(observed, BPM, 350)
                meaning = MEANINGS.get(observed.physio)
                if meaning is not None and self._told.get(meaning.parameter) != reply.ticks:
                    self._told[meaning.parameter] = reply.ticks
                    samples.append(_numeric(self._t_us, meaning, observed))
        flags = frozenset({Flag.DEMO_MODE} if states & DEMO else ())
        cuff_says = self._cuff(*cuff, pulse) if cuff is not None else []
        return [*self._says_status(flags, Handshake.STREAMING), *samples, *cuff_says]

    def _cuff(self, attributes: dict[int, bytes], values: list[_Observed], pulse: float | None) -> list[Sample]:
        """A reading when the time of measurement moves on. What is on show when the stream begins is no reading.

        Where no time stood before, the cuff must have been seen at work: else the time told may be an old one.
        """
        stamp = attributes.get(MEASURED_AT) or attributes.get(MEASURED_AT_TICKS) or self._cuff_stamp
        if any(v.state & MEASURING for v in values):
            self._cuff_busy = self._cuff_worked = True
            self._cuff_stamp = self._cuff_stamp or stamp
            return [NibpProgress(self._t_us, CuffPhase.MEASURING)]
        samples: list[Sample] = [NibpProgress(self._t_us, CuffPhase.ENDED)] if self._cuff_busy else []
        self._cuff_busy = False
        before, self._cuff_stamp = self._cuff_stamp, stamp
        if stamp == before or not (before or self._cuff_worked) or not any(stamp) or min(stamp) == 0xFF:
            return samples
        self._cuff_worked = False
        self._readings += 1
        return [*samples, _reading(self._t_us, self._readings, values, pulse)]

    # ------------------------------------------------------------------------------------------------------------- waves

    def _wave(self, key: tuple[int, int], attributes: dict[int, bytes], reply: _Reply) -> list[Sample]:
        wave = self._waves.get(key)
        if wave is None:
            if len(self._waves) >= WAVES_MAX:
                return []
            wave = self._waves[key] = _Wave()
        samples: list[Sample] = []
        if not SHAPE_ATTRIBUTES.isdisjoint(attributes):
            samples += wave.flush()
            wave.told |= {kind: value for kind, value in attributes.items() if kind in SHAPE_ATTRIBUTES}
            wave.shape = _shape(wave.told)
        for physio, state, data in _observed_waves(attributes):
            parameter = WAVE_MEANINGS.get(physio)
            if parameter is None or self._wave_of.setdefault(parameter, key) != key:
                continue
            if wave.parameter is not parameter:
                if wave.parameter is not None:
                    self._wave_of.pop(wave.parameter, None)
                samples += wave.becomes(parameter, self._waves_before.pop(parameter, None))
            return samples + self._block(wave, state, data, reply)
        return samples

    def _block(self, wave: _Wave, state: int, data: bytes, reply: _Reply) -> list[Sample]:
        """Hold the block, so that a long chunk is worked on in long runs; what must go before it is handed out."""
        shape = wave.shape
        if shape is None:
            self._learn_waves()
            wave.gap = True
            return []
        n = len(data) // shape.sample_bytes
        ready: list[Sample] = []
        if n == 0 or not self._placed(wave, n * shape.period_ticks, n, reply, ready):
            return ready
        if state & DOUBTS & ~QUESTIONABLE:
            ready += wave.flush()
            wave.next_index += n
            wave.gap = True
            return ready
        wave.hold(data[: n * shape.sample_bytes], n, self._t_us)
        return ready

    def _pattern_of(self, user: bytes, reply: _Reply) -> _Pattern | None:
        """None unless every object of this answer is a known wave, in a good state, and tells its samples alone."""
        if not all(attributes.keys() == {WAVE_VALUE} for _, attributes in reply.objects):
            return None
        at, bones, samples = _PATTERN_BODY, [_PATTERN_HEAD], []
        contexts, _ = _TWO(user, _PATTERN_LIST)
        inside = _PATTERN_LIST + 4
        for _ in range(contexts):
            context, count, _ = _THREE(user, inside)
            inside += 6
            for _ in range(count):
                if inside + 16 > len(user):
                    return None
                handle, _, _, _, size, physio, state, room = _EIGHT(user, inside)
                begin, inside = inside + 16, inside + 10 + size
                wave, parameter = self._waves.get((context, handle)), WAVE_MEANINGS.get(physio)
                if state & DOUBTS or wave is None or parameter is None:
                    return None
                shape = wave.shape
                if shape is None or self._wave_of.get(parameter) != (context, handle) or size != 6 + room or room < 2:
                    return None
                n = (inside - begin) // shape.sample_bytes
                samples.append((wave, slice(begin, inside), n, n * shape.period_ticks))
                bones.append(slice(at, begin))
                at = inside
        bones.append(slice(at, len(user)))
        fixed = b"".join([user[bone] for bone in bones])
        return _Pattern(len(user), tuple(bones), fixed, reply.number, tuple(samples))

    def _more_of_the_same(self, pattern: _Pattern, user: bytes, now_us: int) -> list[Sample]:
        sequence, ticks = _PATTERN_PLACE(user, 26)
        reply = _Reply(WAVES, pattern.number, sequence, ticks, [])
        self._answered(reply, now_us)
        ready: list[Sample] = []
        for wave, where, n, block_ticks in pattern.samples:
            if self._placed(wave, block_ticks, n, reply, ready):
                wave.hold(user[where], n, self._t_us)
        return ready

    def _flush_waves(self, blocks: int = 1) -> list[Sample]:
        """What the waves hold that have at least so many blocks."""
        return [sample for wave in self._waves.values() if len(wave.held) >= blocks for sample in wave.flush()]

    def _placed(self, wave: _Wave, block_ticks: int, n: int, reply: _Reply, ready: list[Sample]) -> bool:
        """Whether this block is news; its index goes on over what is known to be lost, and `ready` takes what was held."""
        (number, sequence), last = wave.last_place, wave.last_ticks
        blocks, step = 1, 0
        in_order = number == reply.number and sequence is not None and reply.sequence == (sequence + 1) % 0x10000
        if last is not None and not in_order:
            step = (reply.ticks - last) % TICKS
            blocks = round(step / block_ticks)
            if blocks == 0 or TICKS - step <= OLD_TICKS:
                return False
        wave.last_place, wave.last_ticks = (reply.number, reply.sequence), reply.ticks
        if blocks > 1:
            ready += wave.flush()
            wave.gap = True
            wave.next_index += (blocks - 1) * n if step < KNOWN_LOSS_TICKS else 0
        return True

    def _learn_waves(self) -> None:
        """Samples came without what explains them. Poll anew, ever more rarely: a monitor may never tell it."""
        ask = self._asks.get(WAVES)
        if ask is not None:
            ask.untold += 1
            if ask.untold & (ask.untold - 1) == 0:
                ask.renew_us = 0


def _numeric(t_us: int, meaning: _Meaning, observed: _Observed) -> Numeric:
    value, validity = observed.value, observed.validity
    if value is not None and (observed.unit != meaning.unit_code or not meaning.low <= value <= meaning.high):
        value, validity = None, Validity.OUT_OF_RANGE
    return Numeric(t_us, meaning.parameter, value, meaning.unit, validity, meaning.source)


def _between(observed: _Observed, unit: int, high: float) -> float | None:
    value = observed.value
    return value if value is not None and observed.unit == unit and 0 < value <= high else None


def _reading(t_us: int, number: int, values: list[_Observed], pulse: float | None) -> NibpReading:
    by_kind = {v.physio: v for v in values}
    systolic, diastolic, mean = (
        _between(by_kind[kind], MMHG, CUFF_MMHG_MAX) if kind in by_kind else None
        for kind in (CUFF_SYSTOLIC, CUFF_DIASTOLIC, CUFF_MEAN)
    )
    if systolic is None or (diastolic is not None and diastolic >= systolic):
        return NibpReading(t_us, number, None, None, None, None, Validity.FAILED, "unknown")
    doubtful = any(v.state & QUESTIONABLE for v in values)
    validity = Validity.QUESTIONABLE if doubtful else Validity.VALID
    return NibpReading(t_us, number, systolic, diastolic, mean, pulse, validity)


SPEC = DriverSpec(
    id="philips-intellivue",
    maker="Philips",
    model="IntelliVue X2, MP, MX (Data Export over MIB/RS232)",
    make=PhilipsIntelliVue,
    numerics=dict.fromkeys((meaning.parameter for meaning in MEANINGS.values()), PERIOD_US),
    waves={Parameter.ECG_II: 500.0, Parameter.PLETH: 125.0, Parameter.RESP: 62.5},
    mode="associated",
    lines=(LineSettings(115200),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=10 * SECOND_US,
    evidence="four public implementations; the maker's guide was not at hand",
    tests="two checksum vectors, requests of public projects, twin; no capture",
    use="demonstration",
    identity="model",
    nibp=True,
    commands=(AskIdentity,),
    notes=(
        "no byte of a real monitor was ever decoded by this driver",
        "sensor off and no value cannot be told apart on this line",
        "the cuff runs by the monitor's own program; a reading counts when its time of measurement moves on",
        "the monitor's own alarms are not taken over",
    ),
)
