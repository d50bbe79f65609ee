"""A simulated Philips IntelliVue monitor on its MIB/RS232 port: says nothing to anybody who has no association with it.

Written from the sheet and the sources it names, sharing none of the driver's code. Habits kept: no data before its MDS
Create was confirmed; a second association request while one lasts ends in an abort; ten seconds without a word from the
host end the association; what describes an object (label, scale, period) comes in the first answer to an extended poll
only; marks of beats stand in the bits above an ECG sample; an old cuff reading stays on show with its time of measurement.
The cuff runs by the monitor's own program, because no order reaches it over this line.
"""

from __future__ import annotations

import struct

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec
from simulators.vitals import CuffResult

SECOND_US = 1_000_000
TICK_US = 125
BOOT_TICKS = 1_000_000  # the monitor was switched on two minutes before the body's time began
TIMEOUT_US = 10 * SECOND_US
BLOCK_US = 256_000
POLL_US = SECOND_US
CUFF_FIRST_US, CUFF_CYCLE_US = 20 * SECOND_US, 300 * SECOND_US

NUMERICS, WAVES = 6, 9
GOOD, IN_DOUBT, OFF, UNPLUGGED, AT_WORK = 0, 0x4000, 0x2000, 0x8000, 0x0020
NO_NUMBER = 0x007FFFFF
INVALID_BIT, BEAT_BIT = 0x8000, 0x4000
BEAT_MARK_US = 20_000

ECG_II, PLETH, RESP = 0x00020102, 0x00024BB4, 0x00025000
# label: parameter, rate, sample's significant bits, (value, step) twice for the scale, unit
SHAPES = {
    ECG_II: (Parameter.ECG_II, 500.0, 14, (-40, 192), (40, 16192), 0x10B2),
    PLETH: (Parameter.PLETH, 125.0, 12, (0, 0), (1, 4000), 0x0200),
    RESP: (Parameter.RESP, 62.5, 12, (-2, 48), (2, 4048), 0x10C0),
}
HANDLES = {ECG_II: 0x0101, PLETH: 0x0102, RESP: 0x0103}


def _eight_shifts(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


SHIFTS = tuple(_eight_shifts(byte) for byte in range(256))


def crc(data: bytes) -> int:
    """CRC-16/X-25."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ SHIFTS[(value ^ byte) & 0xFF]
    return value ^ 0xFFFF


def wire(user: bytes) -> bytes:
    """A frame."""
    body = struct.pack(">BBH", 0x11, 1, len(user)) + user
    body += struct.pack("<H", crc(body))
    return b"\xc0" + b"".join(bytes((0x7D, b ^ 0x20)) if b in b"\xc0\xc1\x7d" else bytes((b,)) for b in body) + b"\xc1"


def listed(entries: list[bytes]) -> bytes:
    """A list with its count and its length."""
    body = b"".join(entries)
    return struct.pack(">HH", len(entries), len(body)) + body


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute with its length."""
    return struct.pack(">HH", kind, len(value)) + value


def decimal(value: float | None, digits: int = 0) -> int:
    """FLOAT-Type with `digits` places behind the point."""
    if value is None:
        return NO_NUMBER
    mantissa = round(value * pow(10.0, digits))
    return (-digits & 0xFF) << 24 | mantissa & 0xFFFFFF


class IntelliVueMonitor:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._line = bytearray()
        self._out = bytearray()
        self._now_us = 0
        self._associated = self._confirmed = False
        self._heard_us = 0
        self._numerics: tuple[int, int, int, int] | None = None  # invoke, poll number, sequence, when it is due
        self._waves: tuple[int, int, int, int] | None = None  # the same, but the number of the block that is due
        self._ends_us: dict[int, int] = {}
        self._labels: tuple[int, ...] = (ECG_II,)
        self._cuff: CuffResult | None = None
        self._cuff_next_us, self._cuff_ends_us = CUFF_FIRST_US, 0
        self._shown: CuffResult | None = None
        self._shown_at = bytes(8)

    def receive(self, data: bytes, now_us: int) -> None:
        """Frames of the host; a bad one is ignored."""
        self._now_us = max(self._now_us, now_us)
        self._line += data
        while (end := self._line.find(0xC1)) >= 0:
            frame = bytes(self._line[:end]).rpartition(b"\xc0")[2]
            del self._line[: end + 1]
            body, turned = bytearray(), False
            for byte in frame:
                if byte == 0x7D:
                    turned = True
                    continue
                body.append(byte ^ 0x20 if turned else byte)
                turned = False
            good = not turned and len(body) > 6 and crc(bytes(body[:-2])) == int.from_bytes(body[-2:], "little")
            if good and int.from_bytes(body[2:4], "big") == len(body) - 6:
                self._heard_us = self._now_us
                self._heard(bytes(body[4:-2]))
        del self._line[:-8192]

    def advance(self, now_us: int) -> bytes:
        """Answers, and what an extended poll brings until now."""
        self._now_us = max(self._now_us, now_us)
        if self._associated and self._now_us - self._heard_us > TIMEOUT_US:
            self._close(b"\x19\x05\x11\x01\x03\xc1\x00")
        while (due := self._due_us()) is not None and due <= self._now_us:
            self._body.advance(due)
            if self._numerics is not None and self._numerics[3] == due:
                self._send_numerics(self._numerics)
            elif self._waves is not None:
                self._send_waves(self._waves)
        self._body.advance(self._now_us)
        self._run_cuff(self._now_us)
        out = bytes(self._out)
        self._out.clear()
        return out

    def next_deadline_us(self) -> int:
        """The next answer of an extended poll, or the end of the present second."""
        due = self._due_us()
        return due if due is not None else (self._now_us // SECOND_US + 1) * SECOND_US

    def _due_us(self) -> int | None:
        times = []
        if self._numerics is not None:
            times.append(self._numerics[3])
        if self._waves is not None:
            times.append((self._waves[3] + 1) * BLOCK_US)
        return min(times, default=None)

    # ------------------------------------------------------------------------------------------------------ the session

    def _say(self, user: bytes) -> None:
        self._out += wire(user)

    def _close(self, last: bytes) -> None:
        self._associated = self._confirmed = False
        self._numerics = self._waves = None
        self._say(last)

    def _heard(self, user: bytes) -> None:
        kind = user[0]
        if kind == 0x0D:
            if self._associated:
                self._close(b"\x19\x05\x11\x01\x03\xc1\x00")
            else:
                self._associated = True
                self._say(self._acceptance())
                self._say(self._creation())
        elif kind == 0x09:
            self._close(bytes.fromhex("0a18c11661803080020101a08063808001000000000000000000"))
        elif kind == 0xE1 and self._associated:
            self._operation(user)

    def _acceptance(self) -> bytes:
        ext = attribute(0xF001, struct.pack(">II", 0x88000000, 0))
        poll = struct.pack(">6I", 0x80000000, POLL_US // TICK_US, 1000, 1000, 0xFFFFFFFF, 0x60000000) + listed([ext])
        user = struct.pack(">5I", 0x80000000, 0x40000000, 0, 0x00800000, 0x80000000) + listed([])
        user += listed([attribute(1, poll)])
        shown = bytes.fromhex(
            "3180a080800101 0000a280a0030000 01a5803080800100 8102510100003080 800100810c2a8648 ce14020100000002 0100000000"
            "6180308002 0101a0806180a180060c2a8648ce14 0201000000030100 00a203020100a305 a103020100be8028 8002010281"
        )
        shown += bytes((len(user),)) + user + bytes(16)
        inner = bytes.fromhex("0508130100160102800014020002") + bytes((0xC1, len(shown))) + shown
        return bytes((0x0E, len(inner))) + inner

    def _creation(self) -> bytes:
        model = b"".join(struct.pack(">H", len(text)) + text for text in (b"Philips\0", b"M8004A\0\0"))
        system = b"\x00\x06" + bytes.fromhex("0009fb012345")
        described = listed([attribute(0x0928, model), attribute(0x0984, system)])
        info = struct.pack(">3H", 0x21, 0, 0) + described
        event = struct.pack(">3HIHH", 0x21, 0, 0, self._ticks(self._now_us), 0x0D06, len(info)) + info
        return self._result(1, 1, 1, event)

    def _operation(self, user: bytes) -> None:
        kind, _, invoke, command = struct.unpack_from(">4H", user, 4)
        if kind == 2 and command == 1:
            self._confirmed = True
        if kind != 1 or not self._confirmed:
            return
        if command == 5:
            labels = [label for (label,) in struct.iter_unpack(">I", user[38 : len(user) - (len(user) - 38) % 4])]
            self._labels = tuple(label for label in labels if label in SHAPES)
            self._say(self._result(2, invoke, 5, struct.pack(">3H", 0x21, 0, 0) + listed([])))
        elif command == 7:
            action, _, number, _, code = struct.unpack_from(">5H", user, 24)
            self._polled(action, invoke, number, code, user)

    def _polled(self, action: int, invoke: int, number: int, code: int, user: bytes) -> None:
        if action == 0x0C16:
            objects = self._numeric_objects() if code == NUMERICS else []
            self._say(self._answer(invoke, number, None, code, objects, self._now_us))
        elif action == 0xF13B:
            (ticks,) = struct.unpack_from(">I", user, len(user) - 4)
            self._ends_us[code] = self._now_us + ticks * TICK_US
            if code == NUMERICS:
                self._numerics = (invoke, number, 0, self._now_us)
            elif code == WAVES:
                self._waves = (invoke, number, 0, self._now_us // BLOCK_US)

    def _result(self, kind: int, invoke: int, command: int, body: bytes) -> bytes:
        return struct.pack(">7H", 0xE100, 2, kind, len(body) + 6, invoke, command, len(body)) + body

    def _answer(
        self, invoke: int, number: int, sequence: int | None, code: int, objects: list[bytes], at_us: int
    ) -> bytes:
        head = struct.pack(">H", number) if sequence is None else struct.pack(">HH", number, sequence & 0xFFFF)
        head += struct.pack(">I8s3H", self._ticks(at_us), b"\xff" * 8, 1, code, 0)
        contexts = [struct.pack(">H", 0) + listed(objects)] if objects else []
        reply = head + listed(contexts)
        action = 0x0C16 if sequence is None else 0xF13B
        return self._result(2, invoke, 7, struct.pack(">5H", 0x21, 0, 0, action, len(reply)) + reply)

    def _ticks(self, at_us: int) -> int:
        return (BOOT_TICKS + at_us // TICK_US) & 0xFFFFFFFF

    # --------------------------------------------------------------------------------------------------------- numerics

    def _send_numerics(self, poll: tuple[int, int, int, int]) -> None:
        invoke, number, sequence, at_us = poll
        self._run_cuff(at_us)
        if at_us >= self._ends_us[NUMERICS]:
            self._numerics = None
            return
        self._say(self._answer(invoke, number, sequence, NUMERICS, self._numeric_objects(), at_us))
        self._numerics = (invoke, number, sequence + 1, at_us + POLL_US)

    def _numeric_objects(self) -> list[bytes]:
        vitals, sensors = self._body.vitals(), self._body.sensors()
        ecg = GOOD if sensors.ecg_on else OFF
        probe = {"on": GOOD, "off": OFF}.get(sensors.probe, UNPLUGGED)
        rows = [
            (1, 0x4182, ecg, 0x0AA0, vitals.hr, 0),
            (2, 0x4BB8, probe, 0x0220, vitals.spo2, 0),
            (3, 0x4822, probe, 0x0AA0, vitals.pulse_rate, 0),
            (4, 0x500A, ecg, 0x0AE0, vitals.resp_rate, 0),
            (5, 0x4B48, GOOD, 0x17A0, vitals.temperature, 1),
        ]
        objects = []
        for handle, physio, state, unit, value, digits in rows:
            seen = value if state == GOOD else None
            raw = struct.pack(">HHHI", physio, state if seen is not None else state or OFF, unit, decimal(seen, digits))
            objects.append(struct.pack(">H", handle) + listed([attribute(0x0950, raw)]))
        return [*objects, *self._cuff_objects()]

    # ------------------------------------------------------------------------------------------------------------- cuff

    def _run_cuff(self, now_us: int) -> None:
        if self._cuff is None:
            if now_us >= self._cuff_next_us and self._confirmed and self._body.sensors().cuff_connected:
                self._cuff = self._body.start_cuff(now_us)
                self._cuff_ends_us = now_us + self._cuff.duration_us
                self._cuff_next_us = now_us + CUFF_CYCLE_US
        elif now_us >= self._cuff_ends_us:
            self._shown, self._cuff = self._cuff, None
            minutes, seconds = divmod(self._cuff_ends_us // SECOND_US, 60)
            hours, minutes = divmod(minutes, 60)
            clock = f"20260101{hours % 24:02d}{minutes:02d}{seconds:02d}00"
            self._shown_at = bytes.fromhex(clock)

    def _cuff_objects(self) -> list[bytes]:
        shown = self._shown
        numbers = (None,) * 3 if shown is None else (shown.systolic, shown.diastolic, shown.mean)
        state = (UNPLUGGED if numbers[0] is None else GOOD) | (AT_WORK if self._cuff is not None else 0)
        values = [struct.pack(">HHHI", 0x4A05 + n, state, 0x0F20, decimal(value)) for n, value in enumerate(numbers)]
        told = [attribute(0x094B, listed(values))]
        if shown is not None:
            told.append(attribute(0x0990, self._shown_at))
        pulse = None if shown is None else shown.pulse
        rate = struct.pack(">HHHI", 0xF0E5, UNPLUGGED if pulse is None else GOOD, 0x0AA0, decimal(pulse))
        return [
            struct.pack(">H", 6) + listed(told),
            struct.pack(">H", 7) + listed([attribute(0x0950, rate)]),
        ]

    # ------------------------------------------------------------------------------------------------------------ waves

    def _send_waves(self, poll: tuple[int, int, int, int]) -> None:
        invoke, number, sequence, block = poll
        if (block + 1) * BLOCK_US >= self._ends_us[WAVES]:
            self._waves = None
            return
        objects = [self._wave_object(label, block, sequence == 0) for label in self._labels]
        self._say(self._answer(invoke, number, sequence, WAVES, objects, block * BLOCK_US))
        self._waves = (invoke, number, sequence + 1, block + 1)

    def _wave_object(self, label: int, block: int, described: bool) -> bytes:
        parameter, rate, bits, low, high, unit = SHAPES[label]
        n = round(rate * BLOCK_US / SECOND_US)
        wave = self._body.wave(parameter, rate, block * n, n)
        sensors = self._body.sensors()
        on = sensors.probe == "on" if parameter is Parameter.PLETH else sensors.ecg_on
        steps = (high[1] - low[1]) / (high[0] - low[0])
        if wave is None or not on:
            state, samples = UNPLUGGED, [0] * n
        else:
            state = GOOD
            samples = [min((1 << bits) - 1, max(0, round(low[1] + (float(v) - low[0]) * steps))) for v in wave]
        if parameter.is_ecg and state == GOOD:
            for beat in self._body.beats(block * BLOCK_US - 1, (block + 1) * BLOCK_US - 1):
                first = int((beat.t_us - block * BLOCK_US) * rate / SECOND_US)
                for place in range(first, min(n, first + round(BEAT_MARK_US * rate / SECOND_US))):
                    samples[place] |= BEAT_BIT
        observed = struct.pack(f">HHH{n}H", label & 0xFFFF, state, 2 * n, *samples)
        told = [attribute(0x096E, observed)]
        if described:
            fixed = listed([struct.pack(">HH", 1, INVALID_BIT), struct.pack(">HH", 5, BEAT_BIT)])
            scale = struct.pack(">IIHH", decimal(low[0]), decimal(high[0]), low[1], high[1])
            told = [
                attribute(0x0924, struct.pack(">I", label)),
                attribute(0x096D, struct.pack(">HBBH", n, 16, bits, 0x3000)),
                attribute(0x096F, scale),
                attribute(0x098D, struct.pack(">I", round(8000 / rate))),
                attribute(0x0996, struct.pack(">H", unit)),
                attribute(0x0A16, fixed),
                *told,
            ]
        return struct.pack(">H", HANDLES[label]) + listed(told)


TWIN = TwinSpec("philips-intellivue", IntelliVueMonitor)
