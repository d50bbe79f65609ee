"""Nonin OEM III, Xpod 3011 and 3012LP, WristOx2 3150, Onyx II 9560: SpO2, pulse rate and pleth in five-byte frames.

Facts: PROTOCOLS section 5.2, from Nonin's 9560 OEM specification 6470-000-01, and from the public drivers of
pez-globo/pufferfish-software, mdpnp/mdpnp, mattjlewis/NoninPulseOx and the Python package nonin 0.2.4.
docs/protocols/nonin-oem3.md names what is read, what is measured and what is our choice.

The device chooses one of five formats. 2 and 7 send 75 summed frames a second and are what a chair is watched with. 8 and 1
send a few unchecked bytes a second: they are recognised only after a long row of faultless frames, and their numbers are
never better than questionable. 13 is a spot check, perhaps from memory: answered, counted, and no number of it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

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

DF1, DF2, DF7, DF8 = 1, 2, 7, 8
FRAME_BYTES = 5
FRAME_HZ = 75
PACKET_FRAMES = 25
START, STX, ETX, ACK, NAK = 0x01, 0x02, 0x03, 0x06, 0x15

SPOT_HEAD = b"\x00\x02\x00\x0d\x00\x0e"
SPOT_BYTES = 22
REPLIES = (0xF2, 0xF3, 0xF4, 0xF5)
REPLY_DATA_MAX = 18
FRAME_BYTES_MAX = 22

CONFIRM = {DF2: 2, DF7: 3, DF8: 4, DF1: 8}
"""Faultless frames in a row that prove a format: the less a frame can be checked, the more of them."""
CONFIRM_BYTES = 24
"""The longest proof: eight frames of format 1."""
SLOW_BYTES = {DF8: 4, DF1: 3}
SLOW_STEP_BPM, SLOW_STEP_PERCENT = 30, 4
"""Neighbours a second apart differ by no more than this while a format without any check is being proved."""
RUN_FRAMES = 4000
"""Frames checked at once, whole packets: a broken frame in a long chunk costs one more look at so many, not at the rest."""

SYNC_BIT, ALARM_BIT, TRACK_BIT, ARTEFACT_BIT, UNPLUGGED_BIT = 0x01, 0x08, 0x10, 0x20, 0x40
GREEN_BIT, RED_BIT = 0x02, 0x04
QUALITY_BITS = GREEN_BIT | RED_BIT
LASTING_BITS = QUALITY_BITS | ARTEFACT_BIT
MOOD_BITS = LASTING_BITS | TRACK_BIT
OFF_BITS = ALARM_BIT | UNPLUGGED_BIT
BATTERY_BIT = 0x01


def _flags(mood: int) -> frozenset[Flag]:
    """Status bits in our words; red alone is low perfusion, red and green (yellow) a weak signal."""
    wanted = {
        Flag.OUT_OF_TRACK: mood & TRACK_BIT,
        Flag.ARTEFACT: mood & ARTEFACT_BIT,
        Flag.LOW_PERFUSION: mood & QUALITY_BITS == RED_BIT,
        Flag.WEAK_SIGNAL: mood & QUALITY_BITS == QUALITY_BITS,
    }
    return frozenset(flag for flag, holds in wanted.items() if holds)


MOODS = tuple(_flags(status) for status in range(256))


def _table(holds: Callable[[int], bool]) -> bytes:
    return bytes(holds(status) for status in range(256))


IS_SYNC = _table(lambda s: bool(s & SYNC_BIT))
IS_OFF = _table(lambda s: bool(s & OFF_BITS))
IS_UNPLUGGED = _table(lambda s: bool(s & UNPLUGGED_BIT))
IS_ONLY_OFF = _table(lambda s: s & OFF_BITS == ALARM_BIT)
IS_PULSE = _table(lambda s: bool(s & QUALITY_BITS) and not s & OFF_BITS)

SYNCS = b"\1" + bytes(PACKET_FRAMES - 1)
"""What the SYNC bits of a whole packet look like."""
SPO2, SPO2_D = 2, 8  # places of a packet, counted from 0
HR, HR_D, REVISION, TIMER, STAT2 = 0, 19, 3, 5, 7
TOLD_PLACES = (HR, HR + 1, SPO2, REVISION, STAT2, SPO2_D, HR_D, HR_D + 1)
NO_SPO2, NO_RATE = 127, 511
RATE_LOW, RATE_HIGH = 18, 321  # the module's own range; anything else is no rate it can measure
TIMER_STEPS = 1 << 14
TIMER_JUMP = 225
"""Packets, 75 s: a greater step of the packet counter is a device that began anew, not a loss."""

NUMBERS_US, NUMBERS_FRAMES = SECOND_US, FRAME_HZ
"""Numbers are told when they change and at least so often; the packets themselves come three times a second."""
BLOCK_FRAMES = 3
"""Waves leave in blocks that begin at whole multiples of this: 40 ms, too soon for an eye to notice."""
HELD_US = 100_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
QUALITY_US = SECOND_US
QUALITY_IDLE_US = 1_500_000

LISTEN_US = 500_000
"""A module that streams by itself is heard by then; a 9560 or 3150 must be asked within its first five seconds."""
RETRY_US, RETRIES, RETRY_SLOW_US = 2 * SECOND_US, 5, 10 * SECOND_US

ASK_TYPE = bytes((STX, 0x73, 0x00, ETX))
ASK_SERIAL = bytes((STX, 0x74, 0x02, 0x02, 0x02, ETX))
ONYX, WRISTOX = "Onyx II 9560", "WristOx2 3150"
MODELS = {b"\x18\x05\x09": WRISTOX, b"\x9e\x09": ONYX, b"\x93\x06": ONYX}
AT_POWER_UP = 0x21  # options of the 3150: radio on at power-up


def select_format(number: int) -> bytes:
    """The 9560's command for a data format."""
    return bytes((STX, 0x70, 0x02, 0x02, number, ETX))


def select_format_long(number: int, options: int = AT_POWER_UP) -> bytes:
    """The 3150's command for a data format, with its options and their sum."""
    body = bytes((0x70, 0x04, 0x02, number, options))
    return bytes((STX, *body, sum(body) & 0xFF, ETX))


FORMS = {ONYX: (select_format(DF7),), WRISTOX: (select_format_long(DF7),)}
BOTH_FORMS = (select_format(DF7), select_format_long(DF7))


def good_df2(buffer: bytes, at: int) -> bool:
    """Five bytes of format 2: the start byte, a status, the sum."""
    return buffer[at] == START and buffer[at + 1] >= 0x80 and (sum(buffer[at : at + 4]) - buffer[at + 4]) & 0xFF == 0


def good_df7(buffer: bytes, at: int) -> bool:
    """Five bytes of format 7: a status and the sum."""
    return buffer[at] >= 0x80 and (sum(buffer[at : at + 4]) - buffer[at + 4]) & 0xFF == 0


def good_run(buffer: bytes, start: int, frames: int, form: int) -> int:
    """How many of `frames` frames of format 2 or 7 from `start` on are good without a break."""
    if frames <= 3:
        good = good_df2 if form == DF2 else good_df7
        return next((n for n in range(frames) if not good(buffer, start + n * FRAME_BYTES)), frames)
    end = start + frames * FRAME_BYTES
    # bytes of equal place side by side: several times faster than walking over the rows
    one, two, three, four, check = (np.frombuffer(buffer[start + n : end : FRAME_BYTES], np.uint8) for n in range(5))
    fine = one + two + three + four == check
    fine &= (one == START) & (two >= 0x80) if form == DF2 else one >= 0x80
    return frames if fine.all() else int(fine.argmin())


def _slow_values(buffer: bytes, at: int) -> tuple[int, int]:
    """Pulse rate and SpO2 of a frame of format 8 or 1."""
    return (buffer[at] & 3) << 7 | buffer[at + 1], buffer[at + 2]


def good_slow(buffer: bytes, at: int, form: int) -> bool:
    """A frame of format 8 or 1 by the only grammar there is: bit 7, reserved bits and possible values."""
    rest = buffer[at + 1 : at + SLOW_BYTES[form]]
    if buffer[at] < 0x80 or max(rest) >= 0x80 or (form == DF8 and rest[2] & ~0x29):
        return False
    rate, spo2 = _slow_values(buffer, at)
    return (RATE_LOW <= rate <= RATE_HIGH or rate == NO_RATE) and (0 < spo2 <= 100 or spo2 == NO_SPO2)


def _neighbours(before: tuple[int, int], after: tuple[int, int]) -> bool:
    if (before[0] == NO_RATE) != (after[0] == NO_RATE) or (before[1] == NO_SPO2) != (after[1] == NO_SPO2):
        return False
    return abs(before[0] - after[0]) <= SLOW_STEP_BPM and abs(before[1] - after[1]) <= SLOW_STEP_PERCENT


def reply_length(buffer: bytes, start: int) -> int:
    """STX, operation, length, data, ETX: FrameBuffer's question for the answers of a 9560 or 3150."""
    have = len(buffer) - start
    if have > 1 and buffer[start + 1] not in REPLIES:
        return BAD
    if have < 3:
        return MORE
    length = buffer[start + 2] + 4
    if length > REPLY_DATA_MAX + 4:
        return BAD
    if have < length:
        return MORE
    return length if buffer[start + length - 1] == ETX else BAD


def spot_length(buffer: bytes, start: int) -> int:
    """Format 13, whole, summed and ended: FrameBuffer's question."""
    piece = buffer[start : start + SPOT_BYTES]
    if not SPOT_HEAD.startswith(piece[: len(SPOT_HEAD)]):
        return BAD
    if len(piece) < SPOT_BYTES:
        return MORE
    return SPOT_BYTES if sum(piece[6:20]) & 0xFF == piece[20] and piece[21] == ETX else BAD


_TIME = attrgetter("t_us")
_SPO2, _PULSE_RATE, _PLETH = Parameter.SPO2, Parameter.PULSE_RATE, Source.PLETH
"""A member of an enumeration costs as much as half a sample each time it is looked up."""
_NOTHING = (None, Validity.NOT_MEASURED, None, Validity.NOT_MEASURED)


class _Recogniser:
    """Which of the formats is this? FrameBuffer's judge; a whole run of equal frames counts as one of its frames.

    form: the proved format, None while there is none; one bad frame takes the proof away. awaits_answer: a lone 06 or 15
    outside a proved stream means something only then.
    """

    def __init__(self) -> None:
        self.form: int | None = None
        self.awaits_answer = False
        self.frames_bad = 0

    def judge(self, buffer: bytes, start: int) -> int:
        """See drivers.framing."""
        if self.form is not None:
            length = self._goes_on(buffer, start, self.form)
            if length != BAD:
                return length
            self.give_up()
        return self._begins(buffer, start)

    def give_up(self) -> None:
        """A frame was bad, or its rest never came."""
        self.form = None
        self.frames_bad += 1

    def _goes_on(self, buffer: bytes, start: int, form: int) -> int:
        first = buffer[start]
        if first in (ACK, NAK):
            return 1
        if first == STX:
            return reply_length(buffer, start)
        if (first != START) if form == DF2 else (first < 0x80):
            return BAD
        size = SLOW_BYTES.get(form, FRAME_BYTES)
        frames = min((len(buffer) - start) // size, RUN_FRAMES)
        if frames == 0:
            return MORE
        if form in SLOW_BYTES:
            return size if good_slow(buffer, start, form) else BAD
        return good_run(buffer, start, frames, form) * FRAME_BYTES or BAD

    def _begins(self, buffer: bytes, start: int) -> int:
        first = buffer[start]
        if first == START:
            return self._proves(buffer, start, DF2)
        if first >= 0x80:
            for form in (DF7, DF8, DF1):
                length = self._proves(buffer, start, form)
                if length != BAD:
                    return length
            return BAD
        if first == SPOT_HEAD[0]:
            return spot_length(buffer, start)
        if first == STX:
            return reply_length(buffer, start)
        return 1 if self.awaits_answer and first in (ACK, NAK) else BAD

    def _proves(self, buffer: bytes, start: int, form: int) -> int:
        length = _slow_proof(buffer, start, form) if form in SLOW_BYTES else _fast_proof(buffer, start, form)
        if length > 0:
            self.form = form
        return length


def _fast_proof(buffer: bytes, start: int, form: int) -> int:
    """Enough good frames in a row, and the other format does not fit across them.

    01 and bytes above 80 occur in data: a pleth at rest can look for a few frames like the other format one byte further.
    """
    wanted = CONFIRM[form]
    good, other = (good_df2, good_df7) if form == DF2 else (good_df7, good_df2)
    have = (len(buffer) - start) // FRAME_BYTES
    for n in range(min(wanted, have)):
        if not good(buffer, start + n * FRAME_BYTES):
            return BAD
    if have < wanted:
        return MORE
    return BAD if other(buffer, start + FRAME_BYTES - 1) else wanted * FRAME_BYTES


def _slow_proof(buffer: bytes, start: int, form: int) -> int:
    """A long row of possible frames whose values hang together."""
    size, wanted = SLOW_BYTES[form], CONFIRM[form]
    have = (len(buffer) - start) // size
    for n in range(min(wanted, have)):
        at = start + n * size
        if not good_slow(buffer, at, form):
            return BAD
        if n and not _neighbours(_slow_values(buffer, at - size), _slow_values(buffer, at)):
            return BAD
    return wanted * size if have >= wanted else MORE


class _Pleth:
    """The wave on its way into blocks, and the time of every frame. index: frames since the start, known losses included."""

    def __init__(self) -> None:
        self.index = 0
        self.scale = 1.0
        self.gap = False
        self._origin = (0, 0)  # (index, t_us) from which frames are timed
        self._held = b""

    @property
    def holds(self) -> bool:
        """True while samples wait for their block."""
        return bool(self._held)

    @property
    def t_us(self) -> int:
        """Nominal time of the next frame."""
        return self.time_of(self.index)

    def time_of(self, index: int) -> int:
        """Nominal time of frame `index`."""
        from_index, from_us = self._origin
        return from_us + (index - from_index) * SECOND_US // FRAME_HZ

    def pass_us(self, us: int) -> None:
        """Let time pass without frames of a wave."""
        self._origin = (self.index, self.t_us + us)

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
        self.gap = self.index > 0
        self.index += lost
        return blocks

    def _block(self, data: bytes, first: int) -> WaveBlock:
        gap, self.gap = self.gap, False
        return WaveBlock(
            self.time_of(first), Parameter.PLETH, float(FRAME_HZ), "relative", self.scale, first, data, gap
        )


@dataclass(slots=True)
class _Packet:
    """The packet under way. since_sync: frames since its first one, known losses included; None before any SYNC."""

    statuses: bytes = b""
    floats: bytes = b""
    whole: bool = False
    since_sync: int | None = None

    def begin(self) -> None:
        """A frame with SYNC has come."""
        self.statuses = self.floats = b""
        self.whole, self.since_sync = True, 0

    def lose(self, frames: int) -> None:
        """Something is missing: no number of this packet counts."""
        self.whole = False
        self.statuses = self.floats = b""
        if self.since_sync is not None:
            self.since_sync += frames

    def end(self) -> None:
        """It was whole and is told."""
        self.whole = False
        self.statuses = self.floats = b""

    @property
    def bits(self) -> int:
        """All bits that were set in its statuses."""
        bits = 0
        for status in set(self.statuses):
            bits |= status
        return bits

    def put(self, statuses: bytes, floats: bytes) -> None:
        """Frames of this packet."""
        if self.since_sync is not None:
            self.since_sync += len(statuses)
        if self.whole:
            self.statuses += statuses
            self.floats += floats

    @property
    def room(self) -> int:
        """Frames that still belong to it."""
        return PACKET_FRAMES - len(self.floats) if self.whole else PACKET_FRAMES

    @property
    def missing(self) -> int | None:
        """Frames lost beside the known ones, as the next SYNC tells: a packet has 25. None when nothing is torn.

        More than half a packet is rather one frame too many counted before, by bytes that nobody sent.
        """
        if self.since_sync is None or self.since_sync % PACKET_FRAMES == 0:
            return None
        missing = -self.since_sync % PACKET_FRAMES
        return missing if missing <= PACKET_FRAMES // 2 else 0


class NoninOem3:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._formats = _Recogniser()
        self._frames = FrameBuffer(b"", CONFIRM_BYTES, self._formats.judge)
        self._pleth = _Pleth()
        self._packet = _Packet()
        self._was_pulse = b"\1"  # a pulse already under way at the start is no beat that was seen to begin
        self._off: Validity | None = None
        self._mood = 0  # bits of the last pulse, and out of track as of the last packet
        self._told: object = None
        self._told_index = 0
        self._numbers_told: tuple[float | None, Validity, float | None, Validity] = _NOTHING
        self._timer: int | None = None
        self._handshake = Handshake.OPENING
        self._said: dict[str, tuple[frozenset[Flag], Handshake]] = {}
        self._said_format: int | None = None
        self._battery_low = False
        self._model: str | None = None
        self._serial: str | None = None
        self._revision: str | None = None
        self._said_identity: tuple[str | None, ...] | None = None
        self._good = self._skipped = self._gaps = self._discontinuities = 0
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None
        self._ask_at_us: int | None = None
        self._asks = 0
        self._form = 0
        self._out = bytearray()

    # ------------------------------------------------------------------------------------------------------ the contract

    def start(self, now_us: int) -> None:
        """Ask who is there, and listen before asking for another format."""
        self._handshake = Handshake.NEGOTIATING
        self._out += ASK_TYPE + ASK_SERIAL
        self._ask_at_us = now_us + LISTEN_US

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. The pleth leaves in whole blocks of 40 ms; the rest of a stopped stream with `advance`."""
        samples: list[Sample] = []
        for run in self._frames.feed(data):
            samples += self._take(run, now_us)
        half = self._frames.pending and self._formats.form is not None
        self._half_frame_us = now_us + HALF_FRAME_US if half else None
        self._flush_at_us = now_us + HELD_US if self._pleth.holds else None
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop half frames, let a held wave go, tell idle counters, ask for format 7 while neither 2 nor 7 comes."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            self._formats.give_up()
            for run in self._frames.expire():
                samples += self._take(run, now_us)
        if _due(self._flush_at_us, now_us):
            self._flush_at_us = None
            samples += self._pleth.flush()
        if _due(self._quality_due_us, now_us) and self._counters() != self._quality:
            samples.append(self._link_quality(now_us))
        if _due(self._ask_at_us, now_us):
            self._ask_format(now_us)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """It can be asked who it is. Its pleth is always on, and it has no cuff."""
        if isinstance(cmd, AskIdentity):
            self._said_identity = None
            self._out += ASK_TYPE + ASK_SERIAL
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
        """The earliest of: half frame, held wave, counters, the next request for a format."""
        candidates = [self._half_frame_us, self._flush_at_us, self._ask_at_us]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # --------------------------------------------------------------------------------------------------------- frames in

    def _take(self, run: bytes, now_us: int) -> list[Sample]:
        samples: list[Sample] = []
        if self._frames.bytes_skipped != self._skipped:
            samples += self._lost_bytes()
        first, form = run[0], self._formats.form
        if first in (ACK, NAK):
            self._good += 1
            self._answered(first == ACK, now_us)
        elif first == STX:
            self._good += 1
            samples += self._reply(run[1], run[3:-1])
        elif first == SPOT_HEAD[0]:
            self._good += 1
            samples += self._spot_check(run, now_us)
        elif form is not None:
            samples += self._streams(form)
            samples += self._slow(run, form) if form in SLOW_BYTES else self._fast(run, form)
            self._good += len(run) // SLOW_BYTES.get(form, FRAME_BYTES)
            self._wants_format(form in SLOW_BYTES, now_us)
        if self._pleth.t_us - self._quality_t_us >= QUALITY_US:
            self._quality_t_us = self._pleth.t_us
            samples.append(self._link_quality(now_us))
        return samples

    def _lost_bytes(self) -> list[WaveBlock]:
        """Bytes were skipped before this frame. A whole number of frames' worth is taken for so many lost frames."""
        skipped, self._skipped = self._frames.bytes_skipped - self._skipped, self._frames.bytes_skipped
        frames = 0 if skipped % FRAME_BYTES or not self._pleth.index else skipped // FRAME_BYTES
        self._packet.lose(frames)
        return self._pleth.interrupt(frames)

    def _streams(self, form: int) -> list[Sample]:
        """A format has been proved: it streams. Another one than before is another scale of the same wave."""
        if form == self._said_format:
            return []
        samples: list[Sample] = [*self._pleth.interrupt()]
        self._said_format = form
        self._handshake = Handshake.STREAMING
        self._pleth.scale = 2.0 if form == DF7 else 1.0
        self._packet = _Packet()
        return [*samples, *self._status("device", self._battery())]

    # ----------------------------------------------------------------------------------------------------- formats 2 and 7

    def _fast(self, run: bytes, form: int) -> list[Sample]:
        """Cut a run of good frames where packets begin and end; whole calm packets are taken together."""
        statuses, floats = run[form == DF2 :: FRAME_BYTES], run[3::FRAME_BYTES]
        waves, syncs = _steps(run, form), statuses.translate(IS_SYNC)
        samples: list[Sample] = []
        at, end, packet = 0, len(statuses), self._packet
        while at < end:
            if syncs[at]:
                samples += self._begin_packet()
            stop = at + PACKET_FRAMES * self._calm_packets(statuses, syncs, at)
            if stop > at:
                samples += self._whole(statuses[at:stop], floats[at:stop], waves[2 * at : 2 * stop])
            else:
                stop = min(end, at + packet.room)
                sync = syncs.find(1, at + 1, stop)
                stop = stop if sync < 0 else sync
                samples += self._stretch(statuses[at:stop], waves[2 * at : 2 * stop])
                packet.put(statuses[at:stop], floats[at:stop])
                if len(packet.floats) == PACKET_FRAMES:
                    samples += self._packet_ends(self._pleth.index, packet.bits, packet.floats)
                    packet.end()
            at = stop
        return samples

    def _begin_packet(self) -> list[WaveBlock]:
        """At SYNC it is known how many frames of the packet before were lost, if no whole packet was."""
        missing = self._packet.missing
        blocks = [] if missing is None else self._pleth.interrupt(missing)
        self._packet.begin()
        return blocks

    def _calm_packets(self, statuses: bytes, syncs: bytes, at: int) -> int:
        """Whole packets from `at` on during which the sensor stays on the patient."""
        packets = (len(syncs) - at) // PACKET_FRAMES
        if packets < 2 or self._off is not None or not syncs[at]:
            return 0
        off = statuses.translate(IS_OFF).find(1, at)
        if off >= 0:
            packets = min(packets, (off - at) // PACKET_FRAMES)
        while packets and syncs[at : at + packets * PACKET_FRAMES] != SYNCS * packets:
            packets -= 1
        return packets

    def _whole(self, statuses: bytes, floats: bytes, waves: bytes) -> list[Sample]:
        """Calm packets, in the order in which they would have been told one by one."""
        first = self._pleth.index
        seen = self._stretch(statuses, waves)
        bits = np.bitwise_or.reduce(np.frombuffer(statuses, np.uint8).reshape(-1, PACKET_FRAMES), axis=1).tolist()
        told: list[Sample] = []
        for k, steady in enumerate(self._steady(bits, floats)):
            end = first + (k + 1) * PACKET_FRAMES
            if not steady:
                told += self._packet_ends(end, bits[k], floats[k * PACKET_FRAMES : (k + 1) * PACKET_FRAMES])
            elif end - self._told_index >= NUMBERS_FRAMES:
                self._told_index = end
                told += self._again(self._pleth.time_of(end))
        self._timer = _timer(floats[-PACKET_FRAMES:])
        self._packet.since_sync = PACKET_FRAMES
        self._packet.end()
        return sorted(told + seen, key=_TIME)

    def _steady(self, bits: list[int], floats: bytes) -> list[bool]:
        """Which packets say nothing that the one before did not say. In doubt none: then each is looked at by itself."""
        moods = {mood & MOOD_BITS for mood in bits} - {0}
        if self._mood & ~QUALITY_BITS or moods - {self._mood}:
            return [False] * len(bits)
        rows = np.frombuffer(floats, np.uint8).reshape(-1, PACKET_FRAMES)
        timers = (rows[:, TIMER].astype(np.int32) & 0x7F) << 7 | rows[:, TIMER + 1] & 0x7F
        # a counter that goes on by one, or stands still, tells of no loss
        same = (rows[1:, TOLD_PLACES] == rows[:-1, TOLD_PLACES]).all(axis=1) & (np.diff(timers) >> 1 == 0)
        return [False, *same.tolist()]

    def _stretch(self, statuses: bytes, waves: bytes) -> list[Sample]:
        """Frames in a row: the sensor that has just gone, the beats, the pleth."""
        first, pleth = self._pleth.index, self._pleth
        samples: list[Sample] = []
        only_off = statuses.translate(IS_ONLY_OFF).find(1) if self._off is None else -1
        if only_off >= 0:
            samples += self._goes_off(Validity.SENSOR_OFF, first + only_off)
        unplugged = statuses.translate(IS_UNPLUGGED).find(1) if self._off is not Validity.SENSOR_UNPLUGGED else -1
        if unplugged >= 0:
            samples += self._goes_off(Validity.SENSOR_UNPLUGGED, first + unplugged)
        pulses = self._was_pulse + statuses.translate(IS_PULSE)
        self._was_pulse = pulses[-1:]
        rise = pulses.find(b"\0\1")
        while rise >= 0:
            samples.append(Beat(pleth.time_of(first + rise), _PLETH, first + rise))
            rise = pulses.find(b"\0\1", rise + 2)
        samples += pleth.put(waves)
        return samples

    def _goes_off(self, why: Validity, index: int) -> list[Sample]:
        """The moment the sensor is off there is no number, whatever the display values still hold."""
        self._off, self._mood = why, 0
        self._told, self._told_index = why, index
        return self._numbers(b"", self._pleth.time_of(index))

    def _packet_ends(self, index: int, bits: int, floats: bytes) -> list[Sample]:
        """What a whole packet says at frame `index`, told when it is new or due. bits: all that its statuses had set."""
        timer = _timer(floats)
        if self._timer is not None and timer != self._timer + 1:
            self._note_lost_packets((timer - self._timer) % TIMER_STEPS)
        self._timer = timer
        told: object
        if bits & OFF_BITS:
            told = self._off = Validity.SENSOR_UNPLUGGED if bits & UNPLUGGED_BIT else Validity.SENSOR_OFF
        else:
            self._off = None
            self._mood = (bits & MOOD_BITS) if bits & QUALITY_BITS else (self._mood & LASTING_BITS) | bits & MOOD_BITS
            told = (self._mood, *[floats[place] for place in TOLD_PLACES])
        if told == self._told and index - self._told_index < NUMBERS_FRAMES:
            return []
        t_us = self._pleth.time_of(index)
        facts = self._packet_facts(floats, t_us) if told != self._told else []
        self._told, self._told_index = told, index
        return [*facts, *self._numbers(floats, t_us)]

    def _numbers(self, floats: bytes, t_us: int) -> list[Sample]:
        """The two numbers of a packet, or why there are none."""
        if self._off is not None:
            return [*self._status("spo2", _off_flags(self._off), t_us), *_no_numbers(self._off, t_us)]
        flags = MOODS[self._mood]
        doubt = not flags <= {Flag.WEAK_SIGNAL}
        self._numbers_told = (
            *_spo2(floats[SPO2_D], doubt, floats[SPO2] == NO_SPO2),
            *_rate(_nine_bits(floats, HR_D), doubt, _nine_bits(floats, HR) == NO_RATE),
        )
        return [*self._status("spo2", flags, t_us), *self._again(t_us)]

    def _again(self, t_us: int) -> list[Sample]:
        """The two numbers of a packet, as of its end."""
        spo2, spo2_is, rate, rate_is = self._numbers_told
        return [
            Numeric(t_us, _SPO2, spo2, "%", spo2_is, _PLETH),
            Numeric(t_us, _PULSE_RATE, rate, "bpm", rate_is, _PLETH),
        ]

    def _packet_facts(self, floats: bytes, t_us: int) -> list[Sample]:
        """What a packet tells beside its numbers: battery, and the revision of the firmware."""
        self._battery_low = bool(floats[STAT2] & BATTERY_BIT)
        revision = floats[REVISION]
        self._revision = f"{revision:02X}" if revision else self._revision
        return [*self._status("device", self._battery(), t_us), *self._identity(t_us)]

    def _note_lost_packets(self, step: int) -> None:
        """The packet counter: a small step tells of lost packets, a great one of a device that began anew."""
        if step > TIMER_JUMP:
            self._discontinuities += 1
        elif step > 1:
            self._gaps += step - 1

    # ----------------------------------------------------------------------------------------------------- formats 8 and 1

    def _slow(self, run: bytes, form: int) -> list[Sample]:
        """One frame a second. Of the frames that proved the format only the last is news."""
        size = SLOW_BYTES[form]
        self._pleth.pass_us(len(run) // size * SECOND_US)
        t_us, last = self._pleth.t_us, run[-size:]
        status, stat2 = last[0], last[3] if form == DF8 else 0
        rate, spo2 = _slow_values(last, 0)
        self._battery_low = bool(stat2 & BATTERY_BIT)
        samples = self._status("device", self._battery())
        why = _slow_off(status, stat2)
        if why is not None:
            return [*samples, *self._status("spo2", _off_flags(why), t_us), *_no_numbers(why, t_us)]
        self._numbers_told = (*_spo2(spo2, doubt=True), *_rate(rate, doubt=True))
        mood = RED_BIT if status & 0x10 else QUALITY_BITS if status & 0x08 else 0
        mood |= (TRACK_BIT if status & 0x20 else 0) | (ARTEFACT_BIT if status & 0x04 else 0)
        return [
            *samples,
            *self._status("spo2", MOODS[mood], t_us),
            *self._again(t_us),
        ]

    # ------------------------------------------------------------------------------------------------- format 13, answers

    def _spot_check(self, run: bytes, now_us: int) -> list[Sample]:
        """Answered, so that the device goes on; its number is of some other time and never given."""
        self._out.append(ACK)
        self._battery_low = bool(run[15] & BATTERY_BIT)
        self._said_format = None
        self._handshake = Handshake.NEGOTIATING
        self._wants_format(True, now_us)
        return self._status("device", self._battery())

    def _reply(self, operation: int, data: bytes) -> list[Sample]:
        if operation == 0xF3:
            self._model = next((name for sign, name in MODELS.items() if sign in data), self._model)
        elif operation == 0xF4:
            serial = data[1:10]
            if serial and all(0x20 < byte < 0x7F for byte in serial):
                self._serial = serial.decode("ascii")
        return self._identity() if operation in (0xF3, 0xF4) else []

    def _identity(self, t_us: int | None = None) -> list[Sample]:
        known = (self._model, self._serial, self._revision)
        if known == self._said_identity or not any(known):
            return []
        self._said_identity = known
        at_us = self._pleth.t_us if t_us is None else t_us
        return [Identity(at_us, "Nonin", self._model, self._serial, self._revision)]

    def _answered(self, yes: bool, now_us: int) -> None:
        """A refused form is followed by the other one at once."""
        if self._formats.awaits_answer and not yes:
            self._ask_at_us = now_us if self._ask_at_us is not None and self._asks <= RETRIES else self._ask_at_us
        self._formats.awaits_answer = False

    def _wants_format(self, wanted: bool, now_us: int) -> None:
        """Only formats 2 and 7 are good for watching a patient: others are asked to change."""
        if not wanted:
            self._ask_at_us, self._asks = None, 0
        elif self._ask_at_us is None:
            self._ask_at_us = now_us

    def _ask_format(self, now_us: int) -> None:
        forms = FORMS.get(self._model or "", BOTH_FORMS)
        self._out += forms[self._form % len(forms)]
        self._formats.awaits_answer = True
        self._form += 1
        self._asks += 1
        self._ask_at_us = now_us + (RETRY_US if self._asks <= RETRIES else RETRY_SLOW_US)

    # ------------------------------------------------------------------------------------------------ status and counters

    def _battery(self) -> frozenset[Flag]:
        return frozenset({Flag.BATTERY_LOW} if self._battery_low else ())

    def _status(self, of: str, flags: frozenset[Flag], t_us: int | None = None) -> list[Sample]:
        if self._said.get(of) == (flags, self._handshake):
            return []
        self._said[of] = (flags, self._handshake)
        return [DeviceStatus(self._pleth.t_us if t_us is None else t_us, of, flags, self._handshake)]

    def _counters(self) -> tuple[int, int, int]:
        return self._good, self._formats.frames_bad, self._frames.bytes_skipped

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality = self._counters()
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._pleth.t_us, *self._quality, self._gaps, self._discontinuities)


def _steps(run: bytes, form: int) -> bytes:
    """The pleth of a run as int16: 0 to 255, or 0 to 65535 in steps of two, since int16 holds no more."""
    if form == DF2:
        return np.frombuffer(run[2::FRAME_BYTES], np.uint8).astype("<i2").tobytes()
    high, low = np.frombuffer(run[1::FRAME_BYTES], np.uint8), np.frombuffer(run[2::FRAME_BYTES], np.uint8)
    return ((high.astype("<u2") << 8 | low) >> 1).astype("<i2").tobytes()


def _nine_bits(floats: bytes, place: int) -> int:
    """Pulse rate: two bits of its first byte above seven of its second. (Shifted by eight, 130 would be 258.)"""
    return (floats[place] & 3) << 7 | floats[place + 1] & 0x7F


def _timer(floats: bytes) -> int:
    """The packet counter, seven bits each."""
    return (floats[TIMER] & 0x7F) << 7 | floats[TIMER + 1] & 0x7F


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


def _off_flags(why: Validity) -> frozenset[Flag]:
    return frozenset({Flag.SENSOR_UNPLUGGED if why is Validity.SENSOR_UNPLUGGED else Flag.PROBE_OFF})


def _slow_off(status: int, stat2: int) -> Validity | None:
    if status & UNPLUGGED_BIT:
        return Validity.SENSOR_UNPLUGGED
    return Validity.SENSOR_OFF if stat2 & ALARM_BIT else None


def _no_numbers(why: Validity, t_us: int) -> list[Sample]:
    return [
        Numeric(t_us, _SPO2, None, "%", why, _PLETH),
        Numeric(t_us, _PULSE_RATE, None, "bpm", why, _PLETH),
    ]


def _spo2(value: int, doubt: bool, held: bool = False) -> tuple[float | None, Validity]:
    validity = _validity(value, NO_SPO2, 1, 100, doubt, held)
    return float(value) if validity.has_value else None, validity


def _rate(value: int, doubt: bool, held: bool = False) -> tuple[float | None, Validity]:
    validity = _validity(value, NO_RATE, RATE_LOW, RATE_HIGH, doubt, held)
    return float(value) if validity.has_value else None, validity


def _validity(value: int, missing: int, low: int, high: int, doubt: bool, held: bool) -> Validity:
    """held: the plain value beside it has gone, so that this one is only the last of before."""
    if value == missing or held:
        return Validity.DISTURBED if doubt else Validity.NOT_MEASURED
    if not low <= value <= high:
        return Validity.OUT_OF_RANGE
    return Validity.QUESTIONABLE if doubt else Validity.VALID


SPEC = DriverSpec(
    id="nonin-oem3",
    maker="Nonin",
    model="OEM III, Xpod, WristOx2 3150, Onyx II 9560",
    make=NoninOem3,
    numerics={Parameter.SPO2: NUMBERS_US, Parameter.PULSE_RATE: NUMBERS_US},
    waves={Parameter.PLETH: float(FRAME_HZ)},
    mode="streams",
    lines=(LineSettings(9600),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=2 * SECOND_US,
    evidence="maker's document and four public implementations",
    tests="packet of another project's test, twin",
    use="alarms",
    identity="none",
    commands=(AskIdentity,),
    usb_hints=("0403:6001",),
    notes=(
        "alarms in data formats 2 and 7 only; formats 8 and 1 carry no check and give questionable numbers",
        "data format 13 (spot check) is refused: its numbers may be from memory",
        "3150 and 9560 say their serial number, OEM III and Xpod say none",
        "not on the arm with the cuff or the infusion line",
    ),
)
