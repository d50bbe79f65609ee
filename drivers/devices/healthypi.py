"""ProtoCentral HealthyPi v4 and v5, research boards: one ECG lead, respiration, pleth, SpO2, rates and temperature.

Facts: PROTOCOLS section 5.12, from the maker's firmware (Protocentral/protocentral_healthypi_v4 and
Protocentral/protocentral_healthypi_5_firmware). There is no checksum, and the frame's marks occur in its data: a frame
counts only when its length and both stop bytes fit and the next header (or the answer to a ping) follows. The blood
pressures that v4 sends are constants of its firmware: nothing here reads them. v5 knows when electrodes are off and does
not say so, and its heart rate then stands still: what it takes from the electrodes is never `valid`.

Which board speaks is seen from the length of its frames. docs/protocols/healthypi.md names what is read and what is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.driver import (
    HALF_FRAME_US,
    AskIdentity,
    DeviceCommand,
    DriverSpec,
    LineSettings,
    Refused,
    StartNibp,
    StopNibp,
)
from drivers.samples import (
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
HEAD_BYTES, STOP = 5, b"\x00\x0b"
PING, START = b"\xaa\x55\x01\x00\x00", b"\xaa\x55\x10\x00\x00"
PONG = b"\xaa\x55\x81\x00\x00"

RETRY_US, RETRIES, RETRY_SLOW_US = 2 * SECOND_US, 5, 10 * SECOND_US
STREAM_SILENT_US = 5 * SECOND_US
"""A stream silent for so long has been switched off: it is asked for again."""
QUALITY_IDLE_US = 1_500_000
HELD_US = 150_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
AGREE = 3
"""Frames in a row that must say the same before it is believed: 24 ms."""
BLOCK = 8
"""Waves leave in blocks that end at multiples of this: 64 ms."""
RUN_MAX = 256
"""Frames looked at in one go, so that a long and broken buffer is not copied again for every break."""

ELECTRODES_OFF, PROBE_DOUBT = 0x1F, 0x02
WARM_LOW, WARM_HIGH = 10, 50
BREATHS_HIGH = 60
RAIL = 32_767


@dataclass(frozen=True, slots=True)
class _Wave:
    """One wave in the frames of a board. at, width: where its number stands in the payload. shift: bits that int16 lacks.

    Where the byte at `absent_at` has a bit of `absent` set, this frame measured nothing.
    """

    parameter: Parameter
    at: int
    width: int
    shift: int = 0
    absent_at: int = 0
    absent: int = 0


@dataclass(frozen=True, slots=True)
class _Board:
    """How one generation frames its data. slow: places of temperature (two bytes), SpO2, heart rate, breaths, status."""

    head: bytes
    size: int
    rate_hz: int
    waves: tuple[_Wave, ...]
    slow: tuple[int, ...]

    @property
    def says_electrodes(self) -> bool:
        """True when it tells that electrodes are off."""
        return len(self.slow) > 5


V4 = _Board(
    head=b"\x0a\xfa\x14\x00\x02",
    size=27,
    rate_hz=125,
    waves=(
        _Wave(Parameter.ECG_I, 0, 2, absent_at=19, absent=ELECTRODES_OFF),
        _Wave(Parameter.RESP, 2, 2, absent_at=19, absent=ELECTRODES_OFF),
        _Wave(Parameter.PLETH, 4, 4, shift=6),
    ),
    slow=(12, 13, 15, 16, 14, 19),
)
V5 = _Board(
    head=b"\x0a\xfa\x16\x00\x02",
    size=29,
    rate_hz=128,
    waves=(
        _Wave(Parameter.ECG_I, 0, 4, shift=2),
        _Wave(Parameter.RESP, 4, 4, shift=4, absent_at=8, absent=0xFF),
        _Wave(Parameter.PLETH, 13, 4, shift=6),
    ),
    slow=(17, 18, 19, 20, 21),
)
BOARDS = {board.head: board for board in (V4, V5)}
FRAME_BYTES_MAX = V5.size


class _Runs:
    """Where frames are in the stream. Counters are cumulative since birth."""

    def __init__(self) -> None:
        self._rest = b""
        self._since_good = 0
        self.good = self.bad = self.skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that wait for what follows them: fewer than the longest frame and one more header."""
        return len(self._rest)

    @property
    def half(self) -> bool:
        """True when a frame stopped half-way; a whole one that waits for its successor has not."""
        board = BOARDS.get(self._rest[:HEAD_BYTES])
        return bool(self._rest) and not (board is not None and len(self._rest) == board.size)

    def feed(self, data: bytes, final: bool = False) -> Iterator[tuple[_Board | None, bytes, int]]:
        """Runs of frames, each with the bytes skipped before it; None for the answer to a ping. To be run to its end.

        final: nothing follows what has come.
        """
        buffer, position = self._rest + data, 0
        self._rest = b""
        while (start := buffer.find(V4.head[:2], position)) >= 0:
            for answer in self._skip(buffer[position:start]):
                yield None, answer, 0
            head = buffer[start : start + HEAD_BYTES]
            board = BOARDS.get(head)
            n, undecided = (0, _may_become(head)) if board is None else _run(buffer, start, board)
            if undecided and not final:
                self._rest = buffer[start:]
                return
            if board is None or not n:
                self.bad += board is not None
                self._skip(head[:1])
                position = start + 1
                continue
            position = start + n * board.size
            skipped, self._since_good = self._since_good, 0
            self.good += n
            yield board, buffer[start:position], skipped
        end = len(buffer) - (0 if final else _begun(buffer[position:]))
        for answer in self._skip(buffer[position:end]):
            yield None, answer, 0
        self._rest = buffer[end:]

    def _skip(self, data: bytes) -> list[bytes]:
        """Bytes outside frames: the answers among them are no loss."""
        answers = data.count(PONG)
        n = len(data) - answers * len(PONG)
        self.skipped += n
        self._since_good += n
        return [PONG] * answers


def _run(buffer: bytes, start: int, board: _Board) -> tuple[int, bool]:
    """How many frames stand one behind the other from `start` on, and whether only more bytes can tell of the first."""
    size = board.size
    most = min(RUN_MAX, (len(buffer) - start) // size)
    if not most:
        return 0, True
    if not buffer.startswith(STOP, start + size - len(STOP)):
        return 0, False
    run = buffer[start : start + most * size]
    places = (*range(HEAD_BYTES), size - 2, size - 1)
    marks = board.head + STOP
    n = most - max(len(run[place::size].lstrip(marks[i : i + 1])) for i, place in enumerate(places))
    follows = buffer[start + n * size : start + n * size + HEAD_BYTES]
    if follows in (board.head, PONG):
        return n, False
    if n > 1:
        return n - 1, False  # the last one is looked at again, alone
    return 0, len(follows) < HEAD_BYTES and (board.head.startswith(follows) or PONG.startswith(follows))


def _may_become(head: bytes) -> bool:
    return len(head) < HEAD_BYTES and any(whole.startswith(head) for whole in BOARDS)


def _begun(tail: bytes) -> int:
    """How many bytes at the end may begin a header or an answer."""
    begun = next((n for n in range(len(PONG) - 1, 0, -1) if tail.endswith(PONG[:n])), 0)
    return begun or int(tail.endswith(V4.head[:1]))


class _Waves:
    """Frames on their way into blocks: every wave of a board, one sample a frame. Times are those of the stream."""

    def __init__(self, board: _Board, index: int, t_us: int) -> None:
        self._board = board
        self._origin = (index, t_us)
        self._held = b""
        self._first = index
        self._next = {wave.parameter: -1 for wave in board.waves} if index else {}

    @property
    def holds(self) -> bool:
        """True while frames wait for their block."""
        return bool(self._held)

    @property
    def _end(self) -> int:
        return self._first + len(self._held) // self._board.size

    def t_us(self, index: int) -> int:
        """Nominal time of a frame."""
        first, t_us = self._origin
        return t_us + (index - first) * SECOND_US // self._board.rate_hz

    def put(self, first: int, frames: bytes, gap: bool) -> list[Sample]:
        """Consecutive frames from index `first` on; the blocks that they complete."""
        blocks: list[Sample] = []
        if gap or first != self._end:
            blocks = self.flush()
            self._first = first
            self._next = dict.fromkeys(self._next, -1)
        self._held += frames
        return blocks + self._leave(self._end // BLOCK * BLOCK - self._first)

    def flush(self) -> list[Sample]:
        """What is held, as it is."""
        return self._leave(self._end - self._first)

    def _leave(self, n: int) -> list[Sample]:
        if n <= 0:
            return []
        cut, first = n * self._board.size, self._first
        frames, self._held, self._first = self._held[:cut], self._held[cut:], first + n
        return [block for wave in self._board.waves for block in self._blocks(wave, frames, first, n)]

    def _blocks(self, wave: _Wave, frames: bytes, first: int, n: int) -> list[Sample]:
        """The stretches that were measured; what is missing is not filled."""
        size = self._board.size
        raw = np.ndarray((n,), f"<i{wave.width}", frames, HEAD_BYTES + wave.at, (size,))
        states = frames[HEAD_BYTES + wave.absent_at :: size] if wave.absent else b""
        if not any(states):
            return [self._block(wave, first, raw)]
        there = [not state & wave.absent for state in states]
        edges = [i for i in range(n + 1) if (i < n and there[i]) != (i > 0 and there[i - 1])]
        return [self._block(wave, first + a, raw[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    def _block(self, wave: _Wave, first: int, raw: npt.NDArray[np.signedinteger[Any]]) -> WaveBlock:
        gap = self._next.get(wave.parameter, first) != first
        self._next[wave.parameter] = first + len(raw)
        steps = raw >> wave.shift if wave.shift else raw
        clipped = bool(steps.max() >= RAIL or steps.min() < -RAIL)
        if clipped:
            steps = np.clip(steps, -RAIL - 1, RAIL)
        rate, scale, data = float(self._board.rate_hz), float(1 << wave.shift), steps.astype("<i2").tobytes()
        return WaveBlock(self.t_us(first), wave.parameter, rate, "relative", scale, first, data, gap, clipped)


class HealthyPi:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._runs = _Runs()
        self._out = bytearray()
        self._handshake = Handshake.OPENING
        self._tries = 0
        self._ask_at_us: int | None = None
        self._pinged = False
        self._board: _Board | None = None
        self._waves = _Waves(V4, 0, 0)
        self._index = 0  # of the next frame
        self._begins = self._second = 0  # index at which the present board began, and its full seconds
        self._gaps = 0
        self._word, self._same = b"", 0  # slow word of the newest frame, and how many in a row have said it
        self._believed: bytes | None = None
        self._agreed_at = 0
        self._flags: frozenset[Flag] | None = None
        self._quality = (0, 0, 0)
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Ask for the stream: v5 may have been told to be silent, v4 does not listen."""
        self._handshake = Handshake.NEGOTIATING
        self._ask(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. Waves leave in blocks of 64 ms or more, numbers once a second or with a new state."""
        samples, said, good = list[Sample](), self._quality, self._runs.good
        for board, frames, skipped in self._runs.feed(data):
            samples += self._answered() if board is None else self._take(board, frames, skipped)
        if self._runs.good > good:
            self._tries, self._ask_at_us = 0, now_us + STREAM_SILENT_US
        self._half_frame_us = now_us + HALF_FRAME_US if self._runs.half else None
        self._flush_at_us = now_us + HELD_US if self._waves.holds else None
        if self._quality_due_us is None or self._quality != said:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop a half frame, let held waves go, ask again for a stream that is not there, count a line without one."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            for board, frames, skipped in self._runs.feed(b"", final=True):
                samples += self._answered() if board is None else self._take(board, frames, skipped)
        if _due(self._flush_at_us, now_us):
            self._flush_at_us = None
            samples += self._waves.flush()
        if _due(self._quality_due_us, now_us):
            self._quality_due_us = now_us + QUALITY_IDLE_US
            samples += self._link_quality(self._waves.t_us(self._index))
        if _due(self._ask_at_us, now_us):
            self._ask(now_us)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """A ping is all that it can be asked."""
        if isinstance(cmd, AskIdentity):
            self._pinged = True
            self._out += PING
            return None
        if isinstance(cmd, StartNibp | StopNibp):
            return Refused("This board has no cuff: the blood pressures that it sends are constants of its firmware.")
        return Refused("This board sends all its waves in one stream; none of them can be switched alone.")

    def outgoing(self) -> bytes:
        """What must be written now; forgotten with this call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline_us(self) -> int | None:
        """The earliest of: half frame, held waves, asking again, counters."""
        candidates = [self._half_frame_us, self._flush_at_us, self._ask_at_us]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ----------------------------------------------------------------------------------------------------------- frames out

    def _ask(self, now_us: int) -> None:
        self._out += START
        self._tries += 1
        self._ask_at_us = now_us + (RETRY_US if self._tries <= RETRIES else RETRY_SLOW_US)

    def _answered(self) -> list[Sample]:
        """Only v5 knows the ping. Unasked, the same bytes are noise."""
        if not self._pinged:
            return []
        self._pinged = False
        return [Identity(self._waves.t_us(self._index), maker="ProtoCentral", model="HealthyPi 5")]

    # ------------------------------------------------------------------------------------------------------------ frames in

    def _take(self, board: _Board, frames: bytes, skipped: int) -> list[Sample]:
        """A run of frames. Nothing is said of a stream before its first agreement, so that is looked for frame by frame."""
        samples: list[Sample] = []
        if board is not self._board:
            samples += self._changes_to(board)
        gap = skipped > 0 and self._index > self._begins
        if gap:
            self._gaps += 1
            self._index += _frames_lost(skipped, board.size)
        while frames and self._believed is None:
            samples += self._part(board, frames[: board.size])
            frames = frames[board.size :]
        if not frames:
            return samples
        return samples + self._waves.put(self._index, frames, gap) + self._part(board, frames)

    def _changes_to(self, board: _Board) -> list[Sample]:
        """Another generation on the same line: another rate, so everything is timed anew."""
        samples, t_us = self._waves.flush(), self._waves.t_us(self._index)
        self._board, self._waves = board, _Waves(board, self._index, t_us)
        self._begins, self._second = self._index, 0
        self._believed, self._word, self._same = None, b"", 0
        return samples

    def _part(self, board: _Board, frames: bytes) -> list[Sample]:
        """All that frames say beside the waves, in order."""
        first, samples = self._index, list[Sample]()
        for at, word, agreed in self._events(board, frames):
            t_us = self._waves.t_us(first + at)
            samples += self._turn(board, word, t_us) if word else self._second_full(board, t_us, agreed)
        self._index += len(frames) // board.size
        return samples

    def _events(self, board: _Board, frames: bytes) -> list[tuple[int, bytes, bool]]:
        """(position, slow word, True) wherever three frames in a row agree on another word than before, and (position,
        nothing, agreed) wherever a second is over: agreed when three frames did so in it."""
        columns = [frames[HEAD_BYTES + place :: board.size] for place in board.slow]
        events: list[tuple[int, bytes, bool]] = []
        believed, at, n, rate = self._believed, 0, len(columns[0]), board.rate_hz
        second = max(0, self._begins + (self._second + 1) * rate - self._index)
        while at < n:
            heads = [column[:1] for column in columns]
            rests = [column.lstrip(head) for column, head in zip(columns, heads, strict=True)]
            end = n - len(max(rests, key=len))
            word = b"".join(heads)
            before = self._same if word == self._word else 0
            agreed = at + max(0, AGREE - before - 1)  # the first position of this stretch at which three agree
            self._word, self._same = word, before + end - at
            while second < end and second <= agreed:
                events.append((second, b"", self._index + second - self._agreed_at <= rate))
                second = self._next_second(second, rate)
            if agreed < end and word != believed:
                believed = word
                events.append((agreed, word, True))
            while second < end:
                events.append((second, b"", True))
                second = self._next_second(second, rate)
            if agreed < end:
                self._agreed_at = self._index + end - 1
            columns = [column[end - at :] for column in columns] if end < n else []
            at = end
        return events

    def _next_second(self, at: int, rate: int) -> int:
        self._second = (self._index + at - self._begins) // rate
        return self._begins + (self._second + 1) * rate - self._index

    def _turn(self, board: _Board, word: bytes, t_us: int) -> list[Sample]:
        """Another slow word. A new state is said at once, a new number with the next second."""
        samples: list[Sample] = []
        if self._handshake is not Handshake.STREAMING:
            self._handshake = Handshake.STREAMING
            samples.append(DeviceStatus(t_us, "device", frozenset(), self._handshake))
        was_known, self._believed = self._believed is not None, word
        flags = frozenset({Flag.LEAD_OFF} if _electrodes_off(word) else ())
        if was_known and flags == self._flags:
            return samples
        if flags != self._flags:
            self._flags = flags
            samples.append(DeviceStatus(t_us, "ecg", flags, self._handshake))
        return samples + _numbers(board, word, t_us)

    def _second_full(self, board: _Board, t_us: int, agreed: bool) -> list[Sample]:
        """Where no three frames agreed in the second that is over, the line has said nothing, and neither do we."""
        samples = list[Sample](self._link_quality(t_us))
        return samples + _numbers(board, self._believed, t_us) if agreed and self._believed else samples

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


def _frames_lost(skipped: int, size: int) -> int:
    """One frame, or two (a broken header costs the frame before it, too), that lost, changed or gained a byte."""
    frames = (skipped + 1) // size
    return frames if frames <= 2 and abs(skipped - frames * size) <= 1 else 0


def _electrodes_off(word: bytes) -> bool:
    """v4 only; the word of v5 ends before its status, because there is none."""
    return len(word) > 5 and bool(word[5] & ELECTRODES_OFF)


def _numbers(board: _Board, word: bytes, t_us: int) -> list[Sample]:
    warmth, spo2, hr, breaths = int.from_bytes(word[:2], "little", signed=True), word[2], word[3], word[4]
    status = word[5] if board.says_electrodes else 0
    off = Validity.SENSOR_OFF if status & ELECTRODES_OFF else None
    vouched = Validity.VALID if board.says_electrodes else Validity.QUESTIONABLE
    probe = Validity.QUESTIONABLE if status & PROBE_DOUBT else Validity.VALID
    return [
        _number(t_us, Parameter.HR, "bpm", hr, 255, off or vouched, Source.ECG),
        _number(t_us, Parameter.RESP_RATE, "breaths/min", breaths, BREATHS_HIGH, off or vouched, Source.IMPEDANCE),
        _number(t_us, Parameter.SPO2, "%", spo2, 100, probe, Source.PLETH),
        _temperature(t_us, warmth),
    ]


def _number(
    t_us: int, parameter: Parameter, unit: str, value: int, high: int, validity: Validity, source: Source
) -> Numeric:
    if validity.has_value and value == 0:
        validity = Validity.NOT_MEASURED
    if validity.has_value and value > high:
        validity = Validity.OUT_OF_RANGE
    return Numeric(t_us, parameter, float(value) if validity.has_value else None, unit, validity, source)


def _temperature(t_us: int, hundredths: int) -> Numeric:
    value = hundredths / 100
    validity = Validity.VALID if WARM_LOW <= value <= WARM_HIGH else Validity.OUT_OF_RANGE
    if hundredths == 0:
        validity = Validity.NOT_MEASURED
    return Numeric(t_us, Parameter.TEMPERATURE, value if validity.has_value else None, "degC", validity)


SPEC = DriverSpec(
    id="healthypi",
    maker="ProtoCentral",
    model="HealthyPi v4 and v5",
    make=HealthyPi,
    numerics={
        Parameter.HR: SECOND_US,
        Parameter.RESP_RATE: SECOND_US,
        Parameter.SPO2: SECOND_US,
        Parameter.TEMPERATURE: SECOND_US,
    },
    waves={wave.parameter: float(V4.rate_hz) for wave in V4.waves},
    mode="enable",
    lines=(LineSettings(baud=115_200),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="vendor's firmware",
    tests="computed frames, twin",
    use="demonstration",
    commands=(AskIdentity,),
    dtr=True,
    notes=(
        "The wire has no checksum.",
        "v5 is silent without DTR and never says that electrodes are off: its rates from them are always questionable.",
        "v5 sends its waves at 128 Hz, v4 at 125 Hz.",
        "The blood pressures that v4 sends are constants of its firmware and are not read.",
    ),
)
