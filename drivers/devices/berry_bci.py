"""Berry oximeters that speak "BCI" (BM1000 and others): SpO2, pulse rate and pleth, a hundred small frames a second.

Facts: PROTOCOLS section 5.10, from the maker's "BCI Protocol v1.2" (repository zh2x/BCI_Protocol). Line settings are
general knowledge. A frame is one byte with its high bit set and four without; nothing else guards it. What follows from
that is our choice: a frame counts only when the next one begins right behind it, and a state or a number counts only when
three frames in a row agree on it, so that no single broken byte is ever read as a patient.

Runs of frames are judged and taken apart as columns, by slices and `bytes` methods: the same for one frame as for a
thousand. docs/protocols/berry-bci.md names what is read and what is chosen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from drivers.driver import HALF_FRAME_US, DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    Handshake,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

SECOND_US = 1_000_000
FRAME_BYTES = 5
FRAMES_PER_SECOND = 100
FRAME_US = SECOND_US // FRAMES_PER_SECOND

SPO2_NO_VALUE, PULSE_NO_VALUE = 0x7F, 0xFF
PLETH_THERE = re.compile(rb"[\x01-\x64]+")
"""1 to 100; 0 is the device's word for "no pleth", and more than 100 there is not."""
BEEP, NO_BEEP = b"\x40", b"\0"
BEEP_APART = 20
"""Frames between two pulse marks: 300 a minute is the most a heart gives."""

UNPLUGGED, NO_FINGER, SEARCHING, NO_SIGNAL = 0x20, 0x1000, 0x2000, 0x10
RATE_B7 = 0x4000
STATES = (  # the strongest first: who has no sensor has no finger either
    (UNPLUGGED, Validity.SENSOR_UNPLUGGED, Flag.SENSOR_UNPLUGGED),
    (NO_FINGER, Validity.SENSOR_OFF, Flag.PROBE_OFF),
    (SEARCHING, Validity.SEARCHING, Flag.SEARCHING),
    (NO_SIGNAL, Validity.NOT_MEASURED, Flag.WEAK_SIGNAL),
)

SECOND, TURN, PULSE = 0, 1, 2
"""What may happen at a frame, in the order in which it is said."""
AGREE = 3
"""Frames in a row that must say the same before it is believed: 30 ms."""
BLOCK = 4
"""Pleth leaves in blocks that end at multiples of this: 40 ms."""
ONE_FRAME_LOST = range(4, 7)
"""So many bytes between two good frames are one frame that lost, changed or gained a byte; of more nothing is known."""
HELD_US = 100_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
QUALITY_IDLE_US = 1_500_000
RUN_MAX = 512
"""Frames looked at in one go, so that a long and broken buffer is not copied again for every break."""

HIGH_BITS = bytes(byte >> 7 for byte in range(256))
SHAPE = b"\x01\0\0\0\0"
SHAPES = SHAPE * RUN_MAX


def kept(mask: int) -> bytes:
    """A table for bytes.translate that keeps the bits of `mask`."""
    return bytes(byte & mask for byte in range(256))


BEEP_BIT, FLAGS_1, FLAGS_3 = kept(0x40), kept(0x30), kept(0x70)


class _Runs:
    """Where frames are in the stream. Counters are cumulative since birth."""

    def __init__(self) -> None:
        self._rest = b""
        self._since_good = 0
        self.good = self.bad = self.skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that wait for what follows them: at most one frame."""
        return len(self._rest)

    def feed(self, data: bytes, final: bool = False) -> Iterator[tuple[bytes, int]]:
        """Runs of frames, each with the bytes skipped before it. To be run to its end.

        final: nothing follows: a whole frame at the end is one, a half is none.
        """
        buffer = self._rest + data
        shape = buffer.translate(HIGH_BITS)
        self._rest = b""
        position = 0
        while (start := shape.find(1, position)) >= 0:
            self._skip(start - position)
            n = self._run(shape, start, final)
            position = start + n * FRAME_BYTES
            if n:
                skipped, self._since_good = self._since_good, 0
                self.good += n
                yield buffer[start:position], skipped
            elif not final and len(buffer) - start <= FRAME_BYTES and shape.find(1, start + 1) < 0:
                self._rest = buffer[start:]
                return
            else:
                self.bad += 1
                self._skip(1)
                position = start + 1
        self._skip(len(buffer) - position)

    @staticmethod
    def _run(shape: bytes, start: int, final: bool) -> int:
        """How many frames stand one behind the other from `start` on, the last one followed by a beginning."""
        most = min(RUN_MAX, (len(shape) - start) // FRAME_BYTES)
        if not shape.startswith(SHAPE, start):
            return 0
        n = most
        if not shape.startswith(SHAPES[: most * FRAME_BYTES], start):
            n = bisect_left(range(most), True, key=lambda k: not _all_frames(shape, start, k + 1))
        end = start + n * FRAME_BYTES
        followed = shape[end] if end < len(shape) else final
        return n if followed or not n else n - 1

    def _skip(self, n: int) -> None:
        self.skipped += n
        self._since_good += n


def _all_frames(shape: bytes, start: int, n: int) -> bool:
    return shape.startswith(SHAPES[: n * FRAME_BYTES], start)


class _Pleth:
    """Samples on their way into blocks."""

    def __init__(self) -> None:
        self._held = b""
        self._first = 0
        self._gap = False
        self._any = False

    @property
    def holds(self) -> bool:
        """True while samples wait for their block."""
        return bool(self._held)

    def put(self, first: int, values: bytes, gap: bool) -> list[WaveBlock]:
        """Consecutive samples from index `first` on; the blocks that they complete."""
        blocks: list[WaveBlock] = []
        if gap or first != self._first + len(self._held):
            blocks = self.flush()
            self._first, self._gap = first, self._any
        self._any = True
        self._held += values
        return blocks + self._leave((first + len(values)) // BLOCK * BLOCK - self._first)

    def flush(self) -> list[WaveBlock]:
        """What is held, as it is."""
        return self._leave(len(self._held))

    def _leave(self, n: int) -> list[WaveBlock]:
        if n <= 0:
            return []
        data = bytearray(2 * n)
        data[::2] = self._held[:n]
        first, gap = self._first, self._gap
        self._held, self._first, self._gap = self._held[n:], first + n, False
        rate = float(FRAMES_PER_SECOND)
        return [WaveBlock(first * FRAME_US, Parameter.PLETH, rate, "relative", 1.0, first, bytes(data), gap)]


_Reading = tuple[float | None, str, Validity]
_NOTHING: _Reading = (None, "", Validity.NOT_MEASURED)


class BerryBci:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._runs = _Runs()
        self._pleth = _Pleth()
        self._handshake = Handshake.OPENING
        self._index = 0  # of the next frame; every frame carries one pleth sample
        self._second = 0
        self._gaps = 0
        self._word = self._same = 0  # slow word of the newest frame, and how many in a row have said it
        self._believed: int | None = None
        self._spo2 = self._pulse = _NOTHING
        self._agreed_at = 0
        self._flags: frozenset[Flag] | None = None
        self._beeping = False
        self._beat_at = -BEEP_APART
        self._quality = (0, 0, 0)
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Nothing is to be said: the device streams by itself."""
        self._handshake = Handshake.NEGOTIATING

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. Pleth leaves in blocks of 40 ms or more, numbers once a second or with a new state."""
        samples, said = list[Sample](), self._quality
        for frames, skipped in self._runs.feed(data):
            samples += self._take(frames, skipped)
        self._half_frame_us = now_us + HALF_FRAME_US if self._runs.pending else None
        self._flush_at_us = now_us + HELD_US if self._pleth.holds else None
        if self._quality_due_us is None or self._quality != said:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """End a frame that nothing follows, let held samples go, count a line that carries no stream."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            for frames, skipped in self._runs.feed(b"", final=True):
                samples += self._take(frames, skipped)
        if _due(self._flush_at_us, now_us):
            self._flush_at_us = None
            samples += self._pleth.flush()
        if _due(self._quality_due_us, now_us):
            self._quality_due_us = now_us + QUALITY_IDLE_US
            samples += self._link_quality(self._index * FRAME_US)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """The device takes no orders."""
        return Refused("This oximeter only sends: it takes no orders and does not say who it is.")

    def outgoing(self) -> bytes:
        """Nothing, ever."""
        return b""

    def next_deadline_us(self) -> int | None:
        """The earliest of: half frame, held samples, counters."""
        candidates = [self._half_frame_us, self._flush_at_us]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ---------------------------------------------------------------------------------------------------------- frames in

    def _take(self, frames: bytes, skipped: int) -> list[Sample]:
        """A run of frames. Nothing is said of a stream before its first agreement, so that is looked for frame by frame."""
        gap = skipped > 0 and self._index > 0
        if gap:
            self._gaps += 1
            self._index += skipped in ONE_FRAME_LOST
        samples: list[Sample] = []
        while frames and self._believed is None:
            samples += self._part(frames[:FRAME_BYTES])
            frames = frames[FRAME_BYTES:]
        return samples + self._waves(frames[1::FRAME_BYTES], gap) + self._part(frames)

    def _part(self, frames: bytes) -> list[Sample]:
        """All that frames say beside the pleth, in order."""
        first, samples = self._index, list[Sample]()
        for at, kind, detail in sorted(self._events(frames) + self._beeps(frames[::FRAME_BYTES])):
            if kind == TURN:
                samples += self._turn(detail, (first + at) * FRAME_US)
            elif kind == SECOND:
                samples += self._second_full((first + at) // FRAMES_PER_SECOND * SECOND_US, agreed=bool(detail))
            else:
                samples += self._beat(first + at)
        self._index += len(frames) // FRAME_BYTES
        return samples

    def _events(self, frames: bytes) -> list[tuple[int, int, int]]:
        """(position, TURN, slow word) wherever three frames in a row agree on another word than before, and (position,
        SECOND, 1 or 0) wherever a second is over: 1 when three frames agreed in it."""
        flags_1, flags_3 = frames[::FRAME_BYTES].translate(FLAGS_1), frames[2::FRAME_BYTES].translate(FLAGS_3)
        columns = [flags_1, flags_3, frames[3::FRAME_BYTES], frames[4::FRAME_BYTES]]
        events: list[tuple[int, int, int]] = []
        believed, at, n = self._believed, 0, len(flags_1)
        second = max(0, (self._second + 1) * FRAMES_PER_SECOND - self._index)
        while at < n:
            heads = [column[:1] for column in columns]
            rests = [column.lstrip(head) for column, head in zip(columns, heads, strict=True)]
            end = n - len(max(rests, key=len))
            word = int.from_bytes(b"".join(heads), "little")
            before = self._same if word == self._word else 0
            agreed = at + max(0, AGREE - before - 1)  # the first position of this stretch at which three agree
            self._word, self._same = word, before + end - at
            if agreed < end and word != believed:
                believed = word
                events.append((agreed, TURN, word))
            while second < end:
                last = self._index + second - 1 if second > agreed else self._agreed_at
                events.append((second, SECOND, self._index + second - last <= FRAMES_PER_SECOND))
                self._second = (self._index + second) // FRAMES_PER_SECOND
                second += FRAMES_PER_SECOND - (self._index + second) % FRAMES_PER_SECOND
            if agreed < end:
                self._agreed_at = self._index + end - 1
            columns = [column[end - at :] for column in columns] if end < n else []
            at = end
        return events

    def _beeps(self, firsts: bytes) -> list[tuple[int, int, int]]:
        """(position, PULSE, 0) wherever the pulse mark rises."""
        column, at = firsts.translate(BEEP_BIT), 0
        beeps: list[tuple[int, int, int]] = []
        while (at := column.find(NO_BEEP if self._beeping else BEEP, at)) >= 0:
            self._beeping = not self._beeping
            if self._beeping:
                beeps.append((at, PULSE, 0))
        return beeps

    def _turn(self, word: int, t_us: int) -> list[Sample]:
        """Another slow word. A new state is said at once, a new number with the next second."""
        samples: list[Sample] = []
        if self._believed is None:
            self._handshake = Handshake.STREAMING
            samples.append(DeviceStatus(t_us, "device", frozenset(), self._handshake))
        self._believed = word
        self._spo2, self._pulse = _read(word)
        flags = frozenset(flag for _, flag in _states(word))
        if flags == self._flags:
            return samples
        self._flags = flags
        return [*samples, DeviceStatus(t_us, "spo2", flags, self._handshake), *self._numbers(t_us)]

    def _second_full(self, t_us: int, agreed: bool) -> list[Sample]:
        """Where no three frames agreed in the second that is over, the line has said nothing, and neither do we."""
        samples = list[Sample](self._link_quality(t_us))
        return samples + self._numbers(t_us) if agreed and self._believed is not None else samples

    def _numbers(self, t_us: int) -> list[Sample]:
        return [
            Numeric(t_us, Parameter.SPO2, *self._spo2, Source.PLETH),
            Numeric(t_us, Parameter.PULSE_RATE, *self._pulse, Source.PLETH),
        ]

    def _beat(self, index: int) -> list[Sample]:
        if self._flags != frozenset() or index - self._beat_at < BEEP_APART:
            return []
        self._beat_at = index
        return [Beat(index * FRAME_US, Source.PLETH, index)]

    def _waves(self, values: bytes, gap: bool) -> list[Sample]:
        """The samples that are there, in consecutive stretches; what is missing is not filled."""
        blocks: list[Sample] = []
        for there in PLETH_THERE.finditer(values):
            blocks += self._pleth.put(self._index + there.start(), there[0], gap and there.start() == 0)
        return blocks

    # ---------------------------------------------------------------------------------------------------------- the counters

    def _counters(self) -> tuple[int, int, int]:
        return self._runs.good, self._runs.bad, self._runs.skipped

    def _link_quality(self, t_us: int) -> list[LinkQuality]:
        if self._counters() == self._quality:
            return []
        self._quality = self._counters()
        return [LinkQuality(t_us, *self._quality, gaps=self._gaps)]


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


def _states(word: int) -> list[tuple[Validity, Flag]]:
    """The strongest state of the sensor that this slow word knows of: none, or one."""
    return [(validity, flag) for mask, validity, flag in STATES if word & mask][:1]


def _read(word: int) -> tuple[_Reading, _Reading]:
    """SpO2 and pulse rate of a slow word."""
    why_none = next((validity for validity, _ in _states(word)), None)
    spo2, pulse = word >> 24, word >> 16 & 0x7F | (0x80 if word & RATE_B7 else 0)
    return _number("%", spo2, 100, SPO2_NO_VALUE, why_none), _number("bpm", pulse, 254, PULSE_NO_VALUE, why_none)


def _number(unit: str, value: int, high: int, no_value: int, why_none: Validity | None) -> _Reading:
    if why_none is None and value in (0, no_value):
        why_none = Validity.NOT_MEASURED
    if why_none is None and value > high:
        why_none = Validity.OUT_OF_RANGE
    return (float(value), unit, Validity.VALID) if why_none is None else (None, unit, why_none)


SPEC = DriverSpec(
    id="berry-bci",
    maker="Berry",
    model="BM1000 and other BCI oximeters",
    make=BerryBci,
    numerics={Parameter.SPO2: SECOND_US, Parameter.PULSE_RATE: SECOND_US},
    waves={Parameter.PLETH: float(FRAMES_PER_SECOND)},
    mode="streams",
    lines=(LineSettings(baud=115_200),),
    frame_bytes_max=FRAME_BYTES,
    first_value_us=2 * SECOND_US,
    evidence="maker's document",
    tests="computed frames, twin",
    use="demonstration",
    notes=(
        "Sync bits are the only check on the wire.",
        "The device does not say who it is.",
        "The line settings are general knowledge, not the maker's word.",
    ),
)
