"""Contec CMS50D+, E and F finger oximeters, two generations of the wire: SpO2, pulse rate, pleth. Demonstration grade.

Facts: PROTOCOLS section 5.9, from the public programs atbrask/CMS50Dplus, Yujia-Yan/CMS50SerialProtocolKit and
MarkMLl/Contec_cms50dplus and the wiki of apneuvereniging: three implementations that differ, and no maker's document.
docs/protocols/contec-cms50.md names what is read and what is our choice.

Generation 1 streams five-byte frames; generation 2 sends nine-byte packets for about 30 s after each start command. Neither
has a check, only bits that say where a frame begins: so a stream counts only while frames repeat themselves, and a number is
told only when several frames in a row agree on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from drivers.driver import (
    HALF_FRAME_US,
    AskIdentity,
    DeviceCommand,
    DriverSpec,
    LineSettings,
    Refused,
    SetStream,
)
from drivers.framing import BAD, MORE, FrameBuffer
from drivers.samples import (
    Beat,
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
    WaveBlock,
)

SECOND_US = 1_000_000
FIRST, SECOND = 1, 2  # the generations
SIZES = {FIRST: 5, SECOND: 9}
FRAME_BYTES_MAX = 9
PROOF_FRAMES = {FIRST: 3, SECOND: 2}
PROOF_BYTES = 18
RUN_FRAMES = 4096
"""Frames looked at once: a broken one in a long chunk costs one more look at so many, not at all the rest."""
RATE_HZ = 60
STEADY_FRAMES = 3
"""So many frames in a row must agree before anything is told: there is no other check of a number."""

LIVE, MODEL, VENDOR = 0x01, 0x02, 0x03
TEXT_REPLIES = (MODEL, VENDOR, 0x04)
REPLY_BYTES = 9

NO_SPO2, NO_PULSE, NO_PULSE_2 = 0x7F, 0xFF, 0x7F
PULSE_LOW, PULSE_HIGH, SPO2_HIGH = 25, 250, 100
WRAP_STEP = 64
"""A fall or rise of seven bits of pulse by more than this is no heart, but the eighth bit that is not sent."""

BLOCK_FRAMES = 3
"""Waves leave in blocks that begin at whole multiples of this: 50 ms, too soon for an eye to notice."""
HELD_US = 100_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
QUALITY_IDLE_US = 1_500_000

RETRY_US, RETRIES, RETRY_SLOW_US = 2 * SECOND_US, 5, 10 * SECOND_US
SILENT_US = 1_500_000
"""A stream of generation 2 that pauses for so long has stopped: it is started again."""
RESTART_US = 20 * SECOND_US
"""The stream stops about 30 s after its start: it is started again in time."""
ALIVE_US = 5 * SECOND_US


def command_frame(operation: int) -> bytes:
    """A command of generation 2: nine bytes, of which only the third differs."""
    return bytes((0x7D, 0x81, operation)) + b"\x80" * 6


START_LIVE, KEEP_ALIVE = command_frame(0xA1), command_frame(0xAF)
ASK_MODEL, ASK_VENDOR = command_frame(0xA8), command_frame(0xA9)

BIT_6 = bytes(bool(byte & 0x40) for byte in range(256))
SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
KEY_MASKS = {
    FIRST: np.array((0x90, 0x00, 0x70, 0x7F, 0x7F), np.uint8),
    SECOND: np.array((0xFF, 0xFF, 0x00, 0x00, 0x00, 0x7F, 0x7F, 0x00, 0x00), np.uint8),
}
"""What of a frame decides its numbers and flags."""
KEY_PLACES = {generation: np.flatnonzero(mask).tolist() for generation, mask in KEY_MASKS.items()}
SIGNS = {
    FIRST: np.tile(np.array((0x80, 0, 0, 0, 0), np.uint8), RUN_FRAMES),
    SECOND: np.tile(np.array((0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80), np.uint8), RUN_FRAMES),
}
"""Bit 7 of each byte of a run: the only sign of where a frame begins."""

_TIME = attrgetter("t_us")
_SPO2, _PULSE_RATE, _PLETH = Parameter.SPO2, Parameter.PULSE_RATE, Source.PLETH

_NOTHING = (None, Validity.NOT_MEASURED, None, Validity.NOT_MEASURED)

Rows = npt.NDArray[np.uint8]


def _rows(buffer: bytes, start: int, frames: int, generation: int) -> Rows:
    size = SIZES[generation]
    return np.frombuffer(buffer, np.uint8, frames * size, start).reshape(frames, size)


def good_run(buffer: bytes, start: int, frames: int, generation: int) -> int:
    """How many of `frames` frames from `start` on have their signs right without a break."""
    size = SIZES[generation]
    data = np.frombuffer(buffer, np.uint8, frames * size, start)
    wrong = data & 0x80 != SIGNS[generation][: frames * size]
    good = int(wrong.argmax()) // size if wrong.any() else frames
    if generation == SECOND:
        other = data[: good * size : size] != LIVE
        good = int(other.argmax()) if other.any() else good
    return good


def _reply_length(buffer: bytes, start: int) -> int:
    """A model, vendor or device name between live packets: eight bytes with bit 7 behind its type."""
    rest = buffer[start + 1 : start + REPLY_BYTES]
    if rest and min(rest) < 0x80:
        return BAD
    return REPLY_BYTES if len(rest) == REPLY_BYTES - 1 else MORE


class _Recogniser:
    """Which generation is this? FrameBuffer's judge; a run of frames counts as one of its frames.

    generation: the proved one, None while there is none; one bad frame takes the proof away.
    """

    def __init__(self) -> None:
        self.generation: int | None = None
        self.frames_bad = 0

    def judge(self, buffer: bytes, start: int) -> int:
        """See drivers.framing."""
        if self.generation is not None:
            length = self._goes_on(buffer, start, self.generation)
            if length != BAD:
                return length
            self.give_up()
        return self._begins(buffer, start)

    def give_up(self) -> None:
        """A frame was bad, or its rest never came."""
        self.generation = None
        self.frames_bad += 1

    @staticmethod
    def _goes_on(buffer: bytes, start: int, generation: int) -> int:
        size, first = SIZES[generation], buffer[start]
        if generation == SECOND and first in TEXT_REPLIES:
            return _reply_length(buffer, start)
        frames = min((len(buffer) - start) // size, RUN_FRAMES)
        if frames == 0:
            begins = first >= 0x80 if generation == FIRST else first == LIVE
            return MORE if begins else BAD
        return good_run(buffer, start, frames, generation) * size or BAD

    def _begins(self, buffer: bytes, start: int) -> int:
        """Frames in a row with their signs right that agree in everything but the wave."""
        first = buffer[start]
        if first < 0x80 and first != LIVE:
            return BAD
        generation = FIRST if first >= 0x80 else SECOND
        size, wanted = SIZES[generation], PROOF_FRAMES[generation]
        have = min(wanted, (len(buffer) - start) // size)
        if have == 0:
            return MORE
        if good_run(buffer, start, have, generation) < have:
            return BAD
        keys = _rows(buffer, start, have, generation) & KEY_MASKS[generation]
        if (keys != keys[0]).any():
            return BAD
        if have < wanted:
            return MORE
        self.generation = generation
        return wanted * size


class _Pleth:
    """The wave on its way into blocks, and the time of every frame. index: frames since the start, known losses included."""

    def __init__(self) -> None:
        self.index = 0
        self._gap = False
        self._held = b""

    @property
    def holds(self) -> bool:
        """True while samples wait for their block."""
        return bool(self._held)

    @property
    def t_us(self) -> int:
        """Nominal time of the next frame."""
        return time_of(self.index)

    def put(self, data: bytes) -> list[WaveBlock]:
        """Take samples (int16); the block that they complete, if any."""
        held = self._held + data
        self.index += len(data) // 2
        ready = len(held) - 2 * (self.index % BLOCK_FRAMES)
        if ready <= 0:
            self._held = held
            return []
        self._held = held[ready:]
        return [self._block(held[:ready], self.index - len(held) // 2)]

    def flush(self) -> list[WaveBlock]:
        """What is held, as it is."""
        if not self._held:
            return []
        held, self._held = self._held, b""
        return [self._block(held, self.index - len(held) // 2)]

    def interrupt(self, lost: int = 0) -> list[WaveBlock]:
        """What follows is not continuous. lost: frames known to be lost."""
        blocks = self.flush()
        self._gap = self.index > 0
        self.index += lost
        return blocks

    def _block(self, data: bytes, first: int) -> WaveBlock:
        gap, self._gap = self._gap, False
        return WaveBlock(time_of(first), Parameter.PLETH, float(RATE_HZ), "relative", 1.0, first, data, gap)


def time_of(index: int) -> int:
    """Nominal time of frame `index`."""
    return index * SECOND_US // RATE_HZ


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a frame says beside its wave. why_none: of both numbers. doubt: bits that nobody explains are set beside it."""

    spo2: int
    pulse: int
    flags: frozenset[Flag] = frozenset()
    why_none: Validity | None = None
    doubt: bool = False


def reading_1(frame: bytes) -> _Reading:
    """Generation 1. The rate's eighth bit stands in the third byte: (b3 & 40) << 1, then b4.

    "Finger out" is "searching too long" in one of the sources: the stronger word is taken, it blanks the numbers.
    """
    b1, _, b3, b4, b5 = frame
    pulse = (b3 & 0x40) << 1 | b4
    if b3 & 0x10:
        return _Reading(b5, pulse, frozenset({Flag.SENSOR_FAULT}), Validity.SENSOR_FAULT)
    if b1 & 0x10:
        return _Reading(b5, pulse, frozenset({Flag.PROBE_OFF}), Validity.SENSOR_OFF)
    if b3 & 0x20:
        return _Reading(b5, pulse, frozenset({Flag.SEARCHING}), Validity.SEARCHING)
    return _Reading(b5, NO_PULSE if pulse == 0 else pulse)


def reading_2(frame: bytes) -> _Reading:
    """Generation 2. Bits 1 to 4 of the second byte are not explained: one of them must be the rate's eighth bit."""
    high, pulse, spo2 = frame[1], frame[5] & 0x7F, frame[6] & 0x7F
    if high & 0x01:
        return _Reading(spo2, pulse, frozenset({Flag.PROBE_OFF}), Validity.SENSOR_OFF)
    if pulse in (0, NO_PULSE_2):
        pulse = NO_PULSE
    return _Reading(spo2, pulse, doubt=bool(high & 0x1E))


READ = {FIRST: reading_1, SECOND: reading_2}


class Cms50:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._recogniser = _Recogniser()
        self._frames = FrameBuffer(b"", PROOF_BYTES, self._recogniser.judge)
        self._pleth = _Pleth()
        self._was_beep = b"\1"  # a beep already under way at the start is no beat that was seen to begin
        self._key: bytes | None = None  # of the newest frame
        self._since = 0  # index of the first frame that had it
        self._told: bytes | None = None
        self._told_index = 0
        self._numbers_told: tuple[float | None, Validity, float | None, Validity] = _NOTHING
        self._pulse_before: int | None = None
        self._wrapped = False
        self._generation: int | None = None
        self._handshake = Handshake.OPENING
        self._said: dict[str, tuple[frozenset[Flag], Handshake]] = {}
        self._names: dict[int, str] = {}
        self._good = self._skipped = 0
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None
        self._start_at_us: int | None = None
        self._starts = 0
        self._alive_at_us: int | None = None
        self._silent_at_us: int | None = None
        self._out = bytearray()

    # ------------------------------------------------------------------------------------------------------ the contract

    def start(self, now_us: int) -> None:
        """Ask generation 2 for live data; generation 1 streams by itself and hears nothing."""
        self._handshake = Handshake.NEGOTIATING
        self._ask_live(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. The pleth leaves in whole blocks of 50 ms; the rest of a stopped stream with `advance`."""
        samples: list[Sample] = []
        good = self._good
        for run in self._frames.feed(data):
            samples += self._take(run, now_us)
        if self._good != good:
            self._keep_running(now_us)
        half = self._frames.pending and self._recogniser.generation is not None
        self._half_frame_us = now_us + HALF_FRAME_US if half else None
        self._flush_at_us = now_us + HELD_US if self._pleth.holds else None
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop half frames, let a held wave go, tell idle counters, start a stream again and keep it alive."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            self._recogniser.give_up()
            for run in self._frames.expire():
                samples += self._take(run, now_us)
        if _due(self._flush_at_us, now_us):
            self._flush_at_us = None
            samples += self._pleth.flush()
        if _due(self._quality_due_us, now_us) and self._counters() != self._quality:
            samples.append(self._link_quality(now_us))
        if _due(self._silent_at_us, now_us):
            samples += self._fell_silent(now_us)
        if _due(self._start_at_us, now_us):
            self._ask_live(now_us)
        if _due(self._alive_at_us, now_us):
            self._out += KEEP_ALIVE
            self._alive_at_us = now_us + ALIVE_US
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Generation 2 can be asked for its model and vendor. The pleth is always on, and there is no cuff."""
        if isinstance(cmd, AskIdentity):
            if self._generation == FIRST:
                return Refused("This oximeter is of the generation that does not say who it is.")
            self._names.clear()
            self._out += ASK_MODEL + ASK_VENDOR
            return None
        if isinstance(cmd, SetStream):
            if cmd.on and cmd.wave is Parameter.PLETH:
                return None
            return Refused("This oximeter sends its pleth always and has no other wave.")
        return Refused("This oximeter has no cuff.")

    def outgoing(self) -> bytes:
        """What must be written now; forgotten with this call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline_us(self) -> int | None:
        """The earliest of: half frame, held wave, counters, start, keep-alive, silence."""
        candidates = [self._half_frame_us, self._flush_at_us, self._start_at_us, self._alive_at_us, self._silent_at_us]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ------------------------------------------------------------------------------------------------- keeping it running

    def _ask_live(self, now_us: int) -> None:
        self._out += START_LIVE
        self._starts += 1
        if self._silent_at_us is None:
            self._start_at_us = now_us + (RETRY_US if self._starts <= RETRIES else RETRY_SLOW_US)
        else:
            self._start_at_us = now_us + RESTART_US

    def _keep_running(self, now_us: int) -> None:
        """Frames came: generation 1 needs nothing, generation 2 is started again before its 30 s are over."""
        if self._generation == FIRST:
            self._start_at_us = self._alive_at_us = self._silent_at_us = None
            return
        if self._silent_at_us is None:
            self._starts = 0
            self._start_at_us, self._alive_at_us = now_us + RESTART_US, now_us + ALIVE_US
        self._silent_at_us = now_us + SILENT_US

    def _fell_silent(self, now_us: int) -> list[WaveBlock]:
        """What comes after a new start is not continuous."""
        self._silent_at_us = self._alive_at_us = None
        self._start_at_us, self._starts = now_us, 0
        self._generation, self._handshake = None, Handshake.NEGOTIATING
        return self._pleth.interrupt()

    # --------------------------------------------------------------------------------------------------------- frames in

    def _take(self, run: bytes, now_us: int) -> list[Sample]:
        samples: list[Sample] = []
        if self._frames.bytes_skipped != self._skipped:
            samples += self._lost_bytes()
        generation = self._recogniser.generation
        if generation is None:
            return samples
        if run[0] in TEXT_REPLIES and generation == SECOND:
            self._good += 1
            return [*samples, *self._name(run)]
        samples += self._streams(generation)
        samples += self._live(run, generation)
        self._good += len(run) // SIZES[generation]
        if self._pleth.t_us - self._quality_t_us >= SECOND_US:
            self._quality_t_us = self._pleth.t_us
            samples.append(self._link_quality(now_us))
        return samples

    def _lost_bytes(self) -> list[WaveBlock]:
        """Bytes were skipped before this frame. A whole number of frames' worth is taken for so many lost frames."""
        skipped, self._skipped = self._frames.bytes_skipped - self._skipped, self._frames.bytes_skipped
        size = SIZES.get(self._generation or 0, FRAME_BYTES_MAX)
        lost = 0 if skipped % size or not self._pleth.index else skipped // size
        self._key = None
        return self._pleth.interrupt(lost)

    def _streams(self, generation: int) -> list[Sample]:
        if generation == self._generation:
            return []
        blocks = self._pleth.interrupt()
        self._generation = generation
        self._handshake = Handshake.STREAMING
        self._forget_number()
        return [*blocks, *self._status("device", frozenset(), self._pleth.t_us)]

    def _live(self, run: bytes, generation: int) -> list[Sample]:
        """Wave, beats and numbers of a run of good frames."""
        size = SIZES[generation]
        marks, wave = (run[0::size], run[1::size]) if generation == FIRST else (run[2::size], run[3::size])
        first = self._pleth.index
        steps = np.frombuffer(wave.translate(SEVEN_BITS), np.uint8).astype("<i2").tobytes()
        seen: list[Sample] = [*self._pleth.put(steps), *self._beats(marks, first)]
        seen += self._numbers(run, generation, first)
        return sorted(seen, key=_TIME)

    def _beats(self, marks: bytes, first: int) -> list[Beat]:
        """A beat is the rising edge of the beep."""
        beeps = self._was_beep + marks.translate(BIT_6)
        self._was_beep = beeps[-1:]
        beats = []
        rise = beeps.find(b"\0\1")
        while rise >= 0:
            beats.append(Beat(time_of(first + rise), _PLETH, first + rise))
            rise = beeps.find(b"\0\1", rise + 2)
        return beats

    def _numbers(self, run: bytes, generation: int, first: int) -> list[Sample]:
        """Tell what several frames in a row agree on: when it changes, and once a second."""
        size = SIZES[generation]
        frames, mask = len(run) // size, KEY_MASKS[generation]
        changed = np.zeros(frames - 1, np.bool_)
        for place in KEY_PLACES[generation]:
            column = np.frombuffer(run[place::size], np.uint8) & mask[place]
            changed |= column[1:] != column[:-1]
        samples: list[Sample] = []
        for begin, end in pairwise((0, *(np.flatnonzero(changed) + 1).tolist(), frames)):
            key = (_rows(run, begin * size, 1, generation)[0] & mask).tobytes()
            if key != self._key:
                self._key, self._since = key, first + begin
            at = self._since + STEADY_FRAMES - 1
            if key == self._told:
                at = max(at, self._told_index + RATE_HZ)
            while at < first + end:
                if key != self._told:
                    samples += self._understand(READ[generation](key), generation, time_of(at))
                samples += self._again(time_of(at))
                self._told, self._told_index = key, at
                at += RATE_HZ
        return samples

    def _understand(self, said: _Reading, generation: int, t_us: int) -> list[Sample]:
        """Something new: what its numbers are worth, and the flags if they changed."""
        if generation == SECOND:
            self._watch_for_wrap(said)
        spo2 = said.why_none or self._spo2_is(said)
        pulse = said.why_none or self._pulse_is(said)
        self._numbers_told = (
            float(said.spo2) if spo2.has_value else None,
            spo2,
            float(said.pulse) if pulse.has_value else None,
            pulse,
        )
        return self._status("spo2", said.flags, t_us)

    def _again(self, t_us: int) -> list[Sample]:
        """The two numbers, as of now."""
        spo2, spo2_is, pulse, pulse_is = self._numbers_told
        return [
            Numeric(t_us, _SPO2, spo2, "%", spo2_is, _PLETH),
            Numeric(t_us, _PULSE_RATE, pulse, "bpm", pulse_is, _PLETH),
        ]

    @staticmethod
    def _spo2_is(said: _Reading) -> Validity:
        if said.spo2 in (0, NO_SPO2):
            return Validity.NOT_MEASURED
        if said.spo2 > SPO2_HIGH:
            return Validity.OUT_OF_RANGE
        return Validity.QUESTIONABLE if said.doubt else Validity.VALID

    def _pulse_is(self, said: _Reading) -> Validity:
        if said.pulse == NO_PULSE:
            return Validity.NOT_MEASURED
        impossible = self._wrapped or said.doubt or not PULSE_LOW <= said.pulse <= PULSE_HIGH
        return Validity.OUT_OF_RANGE if impossible else Validity.VALID

    def _watch_for_wrap(self, said: _Reading) -> None:
        """Seven bits turn 130 into 2: after a fall no heart makes, the rate is unknown until it comes back the same way."""
        if said.why_none is not None:
            self._pulse_before, self._wrapped = None, False
            return
        if said.pulse == NO_PULSE or said.doubt:
            return
        before, self._pulse_before = self._pulse_before, said.pulse
        if said.pulse < PULSE_LOW or (before is not None and before - said.pulse > WRAP_STEP):
            self._wrapped = True
        elif before is not None and said.pulse - before > WRAP_STEP:
            self._wrapped = False

    def _forget_number(self) -> None:
        self._key = self._told = self._pulse_before = None
        self._wrapped = False

    def _name(self, reply: bytes) -> list[Sample]:
        """Model and vendor are seven-bit text behind two bytes; spaces where the device has nothing to say."""
        text = bytes(byte & 0x7F for byte in reply[3:])
        if reply[0] == 0x04 or not all(0x20 <= byte < 0x7F for byte in text) or not text.strip():
            return []
        self._names[reply[0]] = text.decode("ascii").strip()
        return [Identity(self._pleth.t_us, self._names.get(VENDOR, "Contec"), self._names.get(MODEL))]

    # ------------------------------------------------------------------------------------------------ status and counters

    def _status(self, of: str, flags: frozenset[Flag], t_us: int) -> list[Sample]:
        if self._said.get(of) == (flags, self._handshake):
            return []
        self._said[of] = (flags, self._handshake)
        return [DeviceStatus(t_us, of, flags, self._handshake)]

    def _counters(self) -> tuple[int, int, int]:
        return self._good, self._recogniser.frames_bad, self._frames.bytes_skipped

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality = self._counters()
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._pleth.t_us, *self._quality)


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


SPEC = DriverSpec(
    id="contec-cms50",
    maker="Contec",
    model="CMS50D+, CMS50E, CMS50F",
    make=Cms50,
    numerics={Parameter.SPO2: SECOND_US, Parameter.PULSE_RATE: SECOND_US},
    waves={Parameter.PLETH: float(RATE_HZ)},
    mode="enable",
    lines=(LineSettings(19_200, parity="O"), LineSettings(115_200)),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="three public implementations that differ",
    tests="unit vectors, twin",
    use="demonstration",
    identity="none",
    commands=(AskIdentity,),
    usb_hints=("10c4:ea60",),
    notes=(
        "no check on the wire, consumer grade, and sources that differ on its flags: demonstration only",
        "generation 2 (115200 8N1): a pulse rate above 127 is out of range, its eighth bit is not verified",
    ),
)
