"""GE Datex-Ohmeda S/5, CARESCAPE and B monitors over the Digital Record Interface (DRI): a whole monitor on one line.

Request, then stream: the host asks once, the monitor sends numerics and waves in records between flags (7E), with byte
stuffing (7D) and a byte sum. The sum alone cannot see an inserted or lost 00, so a record counts only when its own length
field agrees. Every flag ends one record and may begin the next; they are never paired, or one lost flag would turn the
stream inside out.

Facts: "S/5 Computer Interface Specification" M1017617 and "Datex-Ohmeda Record Specification" 8005313 (12th editions);
what the captures showed beyond them is said where it matters. The ECG wave and alarm records rest on the documents alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from drivers.driver import AskIdentity, DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.samples import (
    CuffPhase,
    DeviceAlarm,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    RhythmCode,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

RATE_MIN, RATE_MAX = 15, 350
"""Rates outside are no number: a record whose sum is right by chance says anything."""
FLAG, ESCAPE, RESTORE = 0x7E, 0x7D, 0x20
HEADER_BYTES = 40
RECORD_BYTES_MAX = HEADER_BYTES + 1450  # the largest record of the document
FRAME_BYTES_MAX = RECORD_BYTES_MAX + 1  # and its check byte
ESCAPED_BYTES_MAX = 2 * FRAME_BYTES_MAX  # every byte stuffed: no longer frame can be good

RETRY_US = 2_000_000
SLOW_RETRY_US = 10_000_000
QUICK_RETRIES = 5
WAVE_SILENT_US = 3_000_000  # a blocked CTS line stops the waves until they are asked for again
SECOND_US = 1_000_000
NUMERICS_INTERVAL_S = 5  # the least the document allows

PHYSIOLOGICAL, WAVES, ALARMS = 0, 1, 4
DISPLAYED, AUXILIARY = 1, 4
BASIC, EXT1 = 0, 1
SUBRECORD_BYTES = 278
AUX_BYTES = 114
LARGEST_NO_NUMBER = -32001
LARGEST_NO_SAMPLE = -32000
NO_NUMBER = {
    -32764: Validity.OUT_OF_RANGE,
    -32763: Validity.OUT_OF_RANGE,
    -32762: Validity.NOT_CALIBRATED,
}

ECG_SOURCES = frozenset({1, 9})  # ECG1 and ECG by Mortara: a rate from pleth or pressure is no heart rate
LEADS = {
    1: Parameter.ECG_I,
    2: Parameter.ECG_II,
    3: Parameter.ECG_III,
    4: Parameter.ECG_AVR,
    5: Parameter.ECG_AVL,
    6: Parameter.ECG_AVF,
    7: Parameter.ECG_V,
}
CHANNEL_SHIFTS = (8, 4, 0)  # where the lead of channels 1, 2 and 3 stands in the ECG label

PLETH_WAVE, RESP_WAVE = 8, 15
ECG_WAVES = (1, 2, 3)
ECG_HZ, PLETH_HZ, RESP_HZ = 300.0, 100.0, 25.0

RHYTHMS = (
    "asystole", "vfib", "rapid_vtach", "vtach", "extreme_brady", "extreme_tachy", "run", "long_rr", "triplet", "couplet",
    "r_on_t", "idioventricular", "bigeminy", "trigeminy", "frequent_pvc", "multifocal", "svt", "frequent_svc",
    "missed_beat", "unclassified", "noisy_ecg", "problem_qrs", "low_amplitude", "salvo", "pacer_non_function",
    "non_capture", "new_qrs", "brady", "tachy", "ventricular_brady",
)  # fmt: skip
NOT_ANALYSED_BITS = 1 << 30 | 1 << 31
ANALYSIS_OFF = 4
COLOURS = {1: "low", 2: "medium", 3: "high"}


def numerics_request(interval_s: int = NUMERICS_INTERVAL_S, classes: int = 1 << EXT1) -> bytes:
    """A request for displayed values: Basic, and the extra classes whose bits are set. interval_s 0 cancels."""
    return _request(PHYSIOLOGICAL, struct.pack("<bhIh", DISPLAYED, interval_s, classes, 0))


def waves_request(types: tuple[int, ...] = (ECG_WAVES[0], PLETH_WAVE, RESP_WAVE)) -> bytes:
    """A request for waves by their type numbers, at most eight."""
    listed = bytes((*types, 0xFF)).ljust(8, b"\0")
    return _request(WAVES, struct.pack("<hh8s16s2h", 0, 0, listed, b"", 0, 0))


def _request(main_type: int, body: bytes) -> bytes:
    descriptors = struct.pack("<hB", 0, 0) + b"\0\0\xff" + bytes(18)
    header = struct.pack("<hBBHIBBHh", HEADER_BYTES + len(body), 0, 0, 0, 0, 0, 0, 0, main_type) + descriptors
    return stuffed(header + body)


def stuffed(record: bytes) -> bytes:
    """The record with its check byte, stuffed, between flags."""
    checked = record + bytes((sum(record) & 0xFF,))
    return b"\x7e" + checked.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def unstuffed(frame: bytes) -> bytes:
    """Undo the stuffing: the byte after an escape gets its bit back."""
    if ESCAPE not in frame:
        return frame
    head, *rest = frame.split(bytes((ESCAPE,)))
    return head + b"".join(bytes((part[0] | RESTORE,)) + part[1:] for part in rest if part)


@dataclass(slots=True)
class _CuffWatch:
    """What was on show when the measurement was first seen, to tell new values from old ones at its end."""

    shown: tuple[int, ...]
    older: bool
    aux_time: int


@dataclass(slots=True)
class _Ask:
    """One stream that must be asked for until it flows."""

    request: bytes
    at_us: int
    tries: int = 0
    flowing_us: int | None = None


class GeDri:
    """The driver: see the module's opening. No half-frame timeout, because hardware handshake may pause inside a record."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._pending = bytearray()
        self._in_frame = False
        self._overlong = False
        self._good = self._bad = self._skipped = self._gaps = self._discontinuities = 0
        self._told = self._counters()
        self._told_us = 0
        self._first_time: int | None = None
        self._last_time = 0
        self._numbers: dict[int, int] = {}
        self._broken_wave = False
        self._next_index: dict[Parameter, int] = {}
        self._lead: Parameter | None = None
        self._flags: frozenset[Flag] | None = None
        self._rhythm: int | None = None
        self._plug: tuple[int, int] | None = None
        self._alarm_texts: tuple[tuple[str, int], ...] = ()
        self._cuff: _CuffWatch | None = None
        self._aux_time = 0
        self._readings = 0
        self._asks: dict[int, _Ask] = {}

    def start(self, now_us: int) -> None:
        """Ask for numerics and waves. The cuff is the monitor's own business."""
        self._asks = {
            PHYSIOLOGICAL: _Ask(numerics_request(), now_us),
            WAVES: _Ask(waves_request(), now_us),
        }
        self._ask_again(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes to samples; each good record speaks at its end flag."""
        samples: list[Sample] = []
        first, *rest = data.split(b"\x7e")
        self._take(first)
        for part in rest:
            samples += self._frame_ended(now_us)
            self._in_frame = True
            self._take(part)
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Ask again for what does not flow, and tell the counters of a line whose numerics have stopped."""
        self._ask_again(now_us)
        if now_us - self._told_us < SECOND_US or self._counters() == self._told:
            return []
        return [self._quality(self._time_us(), now_us)]

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """The monitor takes no orders over this line; its identity stands in every record."""
        if isinstance(cmd, AskIdentity):
            return None
        return Refused("this monitor runs its cuff and its waves itself; use its own keys")

    def outgoing(self) -> bytes:
        """What must be written now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def next_deadline_us(self) -> int | None:
        """When a request is due again."""
        return min((ask.at_us for ask in self._asks.values()), default=None)

    # ------------------------------------------------------------------ asking

    def _ask_again(self, now_us: int) -> None:
        for ask in self._asks.values():
            if now_us < ask.at_us:
                continue
            self._out += ask.request
            ask.tries += 1
            ask.at_us = now_us + (RETRY_US if ask.tries <= QUICK_RETRIES else SLOW_RETRY_US)

    def _flows(self, main_type: int, now_us: int) -> None:
        ask = self._asks.get(main_type)
        if ask is None:
            return
        ask.tries = 0
        ask.flowing_us = now_us
        patience = WAVE_SILENT_US if main_type == WAVES else NUMERICS_INTERVAL_S * SECOND_US + RETRY_US
        ask.at_us = now_us + patience

    # ----------------------------------------------------------------- framing

    def _take(self, part: bytes) -> None:
        if not self._in_frame or self._overlong:
            self._skipped += len(part)
            return
        room = ESCAPED_BYTES_MAX - len(self._pending)
        if len(part) > room:
            self._overlong = True
            self._skipped += len(self._pending) + len(part)
            self._pending.clear()
            return
        self._pending += part

    def _frame_ended(self, now_us: int) -> list[Sample]:
        frame = bytes(self._pending)
        self._pending.clear()
        if self._overlong:
            self._overlong = False
            self._bad += 1
            return []
        if not frame:
            return []
        record = unstuffed(frame)
        if not _is_good(record):
            self._bad += 1
            self._skipped += len(frame)
            return []
        self._good += 1
        return self._record(record[:-1], now_us)

    # ----------------------------------------------------------------- records

    def _record(self, record: bytes, now_us: int) -> list[Sample]:
        number, level = record[2], record[3]
        plug, time_s = struct.unpack_from("<HI", record, 4)
        (main_type,) = struct.unpack_from("<h", record, 14)
        t_us = self._placed(main_type, number, time_s)
        samples = self._identity(plug, level, t_us)
        self._flows(main_type, now_us)
        for offset, kind in _descriptors(record):
            body = record[HEADER_BYTES + offset :]
            if main_type == PHYSIOLOGICAL:
                samples += self._numerics(kind, body, t_us)
            elif main_type == WAVES:
                samples += self._wave(kind, body, t_us)
            elif main_type == ALARMS:
                samples += self._alarms(kind, body, t_us)
        if main_type == WAVES:
            self._broken_wave = False
        if main_type == PHYSIOLOGICAL:
            samples.append(self._quality(t_us, now_us))
        return samples

    def _placed(self, main_type: int, number: int, time_s: int) -> int:
        """Nominal time of the record in us. Numbers count per main type: they tell losses, and reject nothing."""
        if self._first_time is None:
            self._first_time = self._last_time = time_s
        last = self._numbers.get(main_type)
        lost = 0 if last is None else (number - last - 1) % 256
        if lost or time_s < self._last_time:
            self._broken_wave = True
        if time_s < self._last_time or lost > 127:
            self._discontinuities += 1
        else:
            self._gaps += lost
        self._numbers[main_type] = number
        self._last_time = time_s
        return self._time_us()

    def _time_us(self) -> int:
        return (self._last_time - self._first_time) * SECOND_US if self._first_time is not None else 0

    def _identity(self, plug: int, level: int, t_us: int) -> list[Sample]:
        if self._plug == (plug, level):
            return []
        self._plug = (plug, level)
        serial = str(plug) if plug else None  # 0: the monitor was never given an identifier
        return [Identity(t_us, "GE Datex-Ohmeda", f"DRI level {level}", serial, None)]

    def _quality(self, t_us: int, now_us: int) -> LinkQuality:
        self._told, self._told_us = self._counters(), now_us
        return LinkQuality(t_us, *self._told)

    def _counters(self) -> tuple[int, int, int, int, int]:
        return self._good, self._bad, self._skipped, self._gaps, self._discontinuities

    # ---------------------------------------------------------------- numerics

    def _numerics(self, kind: int, body: bytes, t_us: int) -> list[Sample]:
        if kind == AUXILIARY and len(body) >= AUX_BYTES:
            (self._aux_time,) = struct.unpack_from("<I", body, 0)
        if kind != DISPLAYED or len(body) < SUBRECORD_BYTES:
            return []
        (word,) = struct.unpack_from("<H", body, 276)
        record_class = word >> 8 & 0xF
        if record_class == BASIC:
            return self._basic(body, t_us)
        if record_class == EXT1:
            return self._ext1(body, t_us)
        return []

    def _basic(self, body: bytes, t_us: int) -> list[Sample]:
        samples: list[Sample] = []
        status, label = struct.unpack_from("<IH", body, 4)
        if status & 1:
            samples += self._ecg(body, status, label, t_us)
        if _exists(body, 122):
            spo2, pulse = struct.unpack_from("<2h", body, 128)
            samples.append(_number(t_us, Parameter.SPO2, spo2, 100, "%", Source.PLETH, 100))
            samples.append(_number(t_us, Parameter.PULSE_RATE, pulse, 1, "bpm", Source.PLETH, RATE_MAX, RATE_MIN))
        samples += _temperature(body, t_us)
        if _exists(body, 76):
            samples += self._nibp(body, t_us)
        return samples

    def _ecg(self, body: bytes, status: int, label: int, t_us: int) -> list[Sample]:
        used = [LEADS.get(label >> shift & 0xF) for shift in CHANNEL_SHIFTS]
        self._lead = used[0] or self._lead
        off = [bool(status >> (11 + n) & 1) for n in range(3)]
        all_off = any(used) and all(o for o, lead in zip(off, used, strict=True) if lead)
        flags = _ecg_flags(status, all_off)
        samples: list[Sample] = []
        if flags != self._flags:
            self._flags = flags
            leads = tuple(lead.value for o, lead in zip(off, used, strict=True) if o and lead)
            samples.append(DeviceStatus(t_us, "ecg", flags, Handshake.STREAMING, leads))
        samples.append(_heart_rate(body, status, all_off, t_us))
        (resp,) = struct.unpack_from("<h", body, 18)
        samples.append(_number(t_us, Parameter.RESP_RATE, resp, 1, "breaths/min", Source.IMPEDANCE, 200))
        return samples

    def _ext1(self, body: bytes, t_us: int) -> list[Sample]:
        (status,) = struct.unpack_from("<I", body, 4)
        (bits,) = struct.unpack_from("<I", body, 16)
        level = status >> 15 & 0x1F
        if level == ANALYSIS_OFF:
            bits |= 1 << 30
        if not status & 1 or bits == self._rhythm:
            return []
        self._rhythm = bits
        return [RhythmCode(t_us, _rhythm_word(bits), f"0x{bits:08x}")]

    # -------------------------------------------------------------------- cuff

    def _nibp(self, body: bytes, t_us: int) -> list[Sample]:
        """One reading at the falling edge of "measuring", and only with evidence that the values on show are new.

        The group shows its last reading for ever, so a change of values alone decides nothing, and equal values in
        successive measurements must be expected.
        """
        (label,) = struct.unpack_from("<H", body, 80)
        shown = struct.unpack_from("<4h", body, 82)
        measuring, older = bool(label >> 5 & 1), bool(label >> 8 & 1)
        if measuring:
            return self._cuff_at_work(shown, older, t_us)
        watch, self._cuff = self._cuff, None
        if watch is None:
            return []
        ended: list[Sample] = [NibpProgress(t_us, CuffPhase.ENDED)]
        is_new = (
            shown[:3] != watch.shown[:3]
            or (watch.older and not older)
            or (self._aux_time != watch.aux_time and self._aux_time != 0)
        )
        return [*ended, self._reading(shown, t_us)] if is_new else ended

    def _cuff_at_work(self, shown: tuple[int, ...], older: bool, t_us: int) -> list[Sample]:
        if self._cuff is not None:
            self._cuff.older |= older
            return []
        self._cuff = _CuffWatch(shown, older, self._aux_time)
        return [NibpProgress(t_us, CuffPhase.MEASURING)]

    def _reading(self, shown: tuple[int, ...], t_us: int) -> NibpReading:
        self._readings += 1
        systolic, diastolic, mean = (_pressure(raw) for raw in shown[:3])
        pulse = float(shown[3]) if RATE_MIN <= shown[3] <= RATE_MAX else None
        if systolic is None or (diastolic is not None and not 0 < diastolic < systolic):
            return NibpReading(t_us, self._readings, None, None, None, None, Validity.FAILED, "no_result")
        return NibpReading(t_us, self._readings, systolic, diastolic, mean, pulse, Validity.VALID)

    # ------------------------------------------------------------------- waves

    def _wave(self, kind: int, body: bytes, t_us: int) -> list[Sample]:
        named = self._wave_named(kind)
        if named is None or len(body) < 6:
            return []
        parameter, rate_hz, unit, scale = named
        count, status = struct.unpack_from("<hH", body, 0)
        if not 0 < count <= (len(body) - 6) // 2:
            return []
        gap = bool(status & 1) or self._broken_wave
        return list(self._blocks(parameter, rate_hz, unit, scale, body[6 : 6 + 2 * count], gap, t_us))

    def _wave_named(self, kind: int) -> tuple[Parameter, float, str, float] | None:
        if kind == PLETH_WAVE:
            return Parameter.PLETH, PLETH_HZ, "%", 0.01
        if kind == RESP_WAVE:
            return Parameter.RESP, RESP_HZ, "ohm", 0.01
        if kind == ECG_WAVES[0] and self._lead is not None:  # a wave whose lead is not yet known is nobody's
            return self._lead, ECG_HZ, "mV", 0.001
        return None

    def _blocks(
        self, parameter: Parameter, rate_hz: float, unit: str, scale: float, raw: bytes, gap: bool, t_us: int
    ) -> list[WaveBlock]:
        """The block, cut where samples are control codes: they are missing, and nothing is put in their place."""
        values = struct.unpack(f"<{len(raw) // 2}h", raw)
        start_index = self._next_index.get(parameter, 0)
        self._next_index[parameter] = start_index + len(values)
        blocks = []
        for first, last in _measured_runs(values):
            at_us = t_us + round(first * SECOND_US / rate_hz)
            data = raw[2 * first : 2 * last]
            missing_before = gap or first > 0
            blocks.append(WaveBlock(at_us, parameter, rate_hz, unit, scale, start_index + first, data, missing_before))
            gap = False
        return blocks

    # ------------------------------------------------------------------ alarms

    def _alarms(self, kind: int, body: bytes, t_us: int) -> list[Sample]:
        if kind != 1 or len(body) < 10 + 5 * 98:
            return []
        entries = []
        for start in range(10, 10 + 5 * 98, 98):
            text = body[start : start + 80].split(b"\0")[0].decode("latin-1").strip()
            (colour,) = struct.unpack_from("<h", body, start + 82)
            if text and colour in COLOURS:
                entries.append((text, colour))
        new = [entry for entry in entries if entry not in self._alarm_texts]
        self._alarm_texts = tuple(entries)
        return [DeviceAlarm(t_us, text, COLOURS[colour], f"colour {colour}") for text, colour in new]


def _is_good(record: bytes) -> bool:
    """At least a header and its check byte, the right sum, and the length the record itself states."""
    if not HEADER_BYTES < len(record) <= FRAME_BYTES_MAX:
        return False
    return int.from_bytes(record[:2], "little") == len(record) - 1 and sum(record[:-1]) & 0xFF == record[-1]


def _descriptors(record: bytes) -> list[tuple[int, int]]:
    found = []
    for start in range(16, HEADER_BYTES, 3):
        offset, kind = struct.unpack_from("<hB", record, start)
        if kind == 0xFF:
            break
        if 0 <= offset <= len(record) - HEADER_BYTES:
            found.append((offset, kind))
    return found


def _exists(body: bytes, group: int) -> bool:
    return bool(body[group] & 1)


def _validity(raw: int) -> Validity:
    return Validity.VALID if raw > LARGEST_NO_NUMBER else NO_NUMBER.get(raw, Validity.NOT_MEASURED)


def _number(
    t_us: int, parameter: Parameter, raw: int, divisor: int, unit: str, source: Source, largest: float, least: float = 0
) -> Numeric:
    validity = _validity(raw)
    value = raw / divisor
    if validity is Validity.VALID and not least <= value <= largest:
        validity = Validity.OUT_OF_RANGE
    return Numeric(t_us, parameter, value if validity is Validity.VALID else None, unit, validity, source)


def _pressure(raw: int) -> float | None:
    value = raw / 100
    return value if raw > LARGEST_NO_NUMBER and 0 < value <= 320 else None


def _temperature(body: bytes, t_us: int) -> list[Sample]:
    """The first temperature group that has a module."""
    for group in (90, 98, 106, 114):
        if _exists(body, group):
            (raw,) = struct.unpack_from("<h", body, group + 6)
            return [_warmth(t_us, raw)]
    return []


def _warmth(t_us: int, raw: int) -> Numeric:
    validity = _validity(raw)
    value = raw / 100
    if validity is Validity.VALID and not 10 <= value <= 50:
        validity = Validity.OUT_OF_RANGE
    return Numeric(t_us, Parameter.TEMPERATURE, value if validity is Validity.VALID else None, "degC", validity)


def _ecg_flags(status: int, all_off: bool) -> frozenset[Flag]:
    flags = set()
    if all_off:
        flags.add(Flag.LEAD_OFF)
    if status >> 7 & 0b11:  # noise, artefact
        flags.add(Flag.ARTEFACT)
    if status >> 9 & 1:
        flags.add(Flag.SEARCHING)
    if status >> 10 & 1:
        flags.add(Flag.PACER)
    return frozenset(flags)


def _heart_rate(body: bytes, status: int, all_off: bool, t_us: int) -> Numeric:
    (shown,) = struct.unpack_from("<h", body, 10)
    (from_ecg,) = struct.unpack_from("<h", body, 230)
    if all_off:
        return Numeric(t_us, Parameter.HR, None, "bpm", Validity.SENSOR_OFF, Source.ECG)
    if status >> 9 & 1:
        return Numeric(t_us, Parameter.HR, None, "bpm", Validity.SEARCHING, Source.ECG)
    raw = shown if status >> 3 & 0xF in ECG_SOURCES else from_ecg
    hr = _number(t_us, Parameter.HR, raw, 1, "bpm", Source.ECG, RATE_MAX, RATE_MIN)
    if raw is not shown and hr.value is None and _validity(shown) is Validity.VALID:
        return Numeric(t_us, Parameter.HR, None, "bpm", Validity.OTHER_SOURCE, Source.ECG)
    if hr.value is not None and status >> 7 & 0b11:
        return Numeric(t_us, Parameter.HR, hr.value, "bpm", Validity.QUESTIONABLE, Source.ECG)
    return hr


def _rhythm_word(bits: int) -> str:
    if bits & NOT_ANALYSED_BITS:
        return "not_analysed"
    return next((word for n, word in enumerate(RHYTHMS) if bits >> n & 1), "normal")


def _measured_runs(values: tuple[int, ...]) -> list[tuple[int, int]]:
    """Stretches [first, last) of real samples."""
    if min(values) > LARGEST_NO_SAMPLE:
        return [(0, len(values))]
    runs = []
    first = None
    for index, value in enumerate((*values, LARGEST_NO_SAMPLE)):
        if value > LARGEST_NO_SAMPLE:
            first = index if first is None else first
        elif first is not None:
            runs.append((first, index))
            first = None
    return runs


SPEC = DriverSpec(
    id="ge-dri",
    maker="GE Datex-Ohmeda",
    model="S/5, CARESCAPE B450-B850, B20-B125, Cardiocap 5 (DRI)",
    make=GeDri,
    numerics={
        Parameter.HR: NUMERICS_INTERVAL_S * SECOND_US,
        Parameter.SPO2: NUMERICS_INTERVAL_S * SECOND_US,
        Parameter.PULSE_RATE: NUMERICS_INTERVAL_S * SECOND_US,
        Parameter.RESP_RATE: NUMERICS_INTERVAL_S * SECOND_US,
        Parameter.TEMPERATURE: NUMERICS_INTERVAL_S * SECOND_US,
    },
    waves={Parameter.ECG_II: ECG_HZ, Parameter.PLETH: PLETH_HZ, Parameter.RESP: RESP_HZ},
    mode="enable",
    lines=(LineSettings(19200, parity="E", rtscts=True), LineSettings(115200, parity="E", rtscts=True)),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=12_000_000,
    evidence="two maker's documents",
    tests="six maker's frames, two real captures",
    use="alarms",
    identity="serial",
    nibp=True,
    commands=(AskIdentity,),
    notes=("no ECG wave and no alarm record was in the captures: those parts rest on the maker's text",),
)
