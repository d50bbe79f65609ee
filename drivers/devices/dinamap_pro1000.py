"""GE/Critikon Dinamap Pro 1000, native binary blocks written down as hex text: read from files, never from a port.

Facts: PROTOCOLS section 5.11, from Zeriam/dinamap-reader, one public implementation, and from its recording of 1,152 blocks.
docs/protocols/dinamap-pro1000.md names what is read, what is measured and what is our choice. Line settings and the order
that switches the monitor to this mode are not known, so that nothing is ever sent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.driver import HALF_FRAME_US, DeviceCommand, DriverSpec, Refused
from drivers.framing import LineBuffer, reflected_table
from drivers.samples import (
    Beat,
    DeviceAlarm,
    DeviceStatus,
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
BLOCK_BYTES = 18
LINE_BYTES = 2 * BLOCK_BYTES + 1
LINE_BYTES_MAX = 3 * BLOCK_BYTES + 2
"""Digits, a blank after each byte, and the end of the line."""
BLOCK_US = 20_000
BLOCK_SAMPLES = 4
ECG_HZ = 200
SEQUENCE = 200
LOST_MAX = SEQUENCE // 2
"""More blocks missing than this, and it is rather a step back: then nothing is known of the loss."""
BASELINE = 512
RAIL_LOW, RAIL_HIGH = 0, 1022
EVEN_LINES = 8
"""From so many lines of the usual form on they are taken all at once."""
CHUNK_SAMPLES = 40
"""Waves leave in blocks of 0.2 s that begin at whole multiples of it."""

CRC_TABLE = np.array(reflected_table(0xA1), np.uint8)
SUMMED, SUM, SUM_TURNED, SEQUENCE_TURNED = slice(1, 15), 15, 16, 17
ECG_CHANNEL, SLOW = slice(7, 12), slice(12, 15)
HR_SLOT, SLOTS = 43, 50
HR_THERE = 1
HR_MAX = 300
QRS, WARNING, CRISIS = 0x06, 0x20, 0x40
ALARMS = ((WARNING, "warning alarm", "medium"), (CRISIS, "crisis alarm", "high"))

QUALITY_US = SECOND_US
QUALITY_IDLE_US = 1_500_000

Bytes = npt.NDArray[np.uint8]


def even_lines(data: bytes, start: int) -> int:
    """How many lines of the usual form follow each other from here: 36 characters and an end."""
    ends = data[start + LINE_BYTES - 1 :: LINE_BYTES]
    return len(ends) - len(ends.lstrip(b"\n"))


def _block_of(text: bytes, count: int = 1) -> bytes:
    """The bytes of so many blocks in hex, blanks and line ends between them allowed; none when it is anything else."""
    try:
        raw = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return b""
    return raw if len(raw) == count * BLOCK_BYTES else b""


def _block_or_nothing(line: bytes) -> bytes:
    """A line that is no block becomes one that cannot be good."""
    return _block_of(line) or bytes(BLOCK_BYTES)


def are_good(blocks: Bytes) -> npt.NDArray[np.bool_]:
    """Sequence number and sum each beside their complement, the sum right (over bytes 1 to 14)."""
    crc = np.zeros(len(blocks), np.uint8)
    for column in np.ascontiguousarray(blocks[:, SUMMED].T):
        crc = CRC_TABLE[crc ^ column]
    numbered = (blocks[:, 0] < SEQUENCE) & (blocks[:, 0] ^ blocks[:, SEQUENCE_TURNED] == 0xFF)
    return np.asarray(numbered & (blocks[:, SUM] ^ blocks[:, SUM_TURNED] == 0xFF) & (blocks[:, SUM] == crc))


def unpacked(channel: Bytes) -> npt.NDArray[np.int16]:
    """Five bytes a row, big-endian, as four samples of ten bits: shape (4 n,)."""
    a, b, c, d, e = channel.T.astype(np.int16)
    four = (a << 2 | b >> 6, (b & 0x3F) << 4 | c >> 4, (c & 0x0F) << 6 | d >> 2, (d & 0x03) << 8 | e)
    return np.stack(four, axis=1).ravel()


class DinamapPro1000:
    """The driver: see the Driver protocol and this module's opening. The stream's time counts blocks of 20 ms."""

    def __init__(self) -> None:
        self._lines = LineBuffer(LINE_BYTES_MAX, b"\n")
        self._good = self._bad = self._skipped = self._gaps = self._discontinuities = 0
        self._at_line_start = True
        self._last: int | None = None
        self._block = 0
        self._state: int | None = None
        self._alarms = 0
        self._held = np.zeros(0, np.int16)
        self._held_from = 0
        self._gap = False
        self._said_status = False
        self._quality_us = 0
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Nothing is said to a file."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode the whole lines; a wave's rest leaves with `advance`."""
        samples = self._take(data) if data else []
        self._half_frame_us = now_us + HALF_FRAME_US if self._lines.pending or len(self._held) else None
        self._quality_due_us = now_us + QUALITY_IDLE_US
        if self._t_us - self._quality_us >= QUALITY_US:
            self._quality_us = self._t_us
            samples.append(self._link_quality())
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """The last line of a file may have no end: it counts when nothing follows. Then the held wave leaves."""
        samples: list[Sample] = []
        if self._half_frame_us is not None and self._half_frame_us <= now_us:
            self._half_frame_us = None
            samples += self._take(b"\n") if self._lines.pending else []
            samples += self._flush()
        if self._quality_due_us is not None and self._quality_due_us <= now_us:
            self._quality_due_us = None
            samples.append(self._link_quality())
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """A file obeys nobody."""
        return Refused("This monitor's recordings are read from files: nothing can be asked of it.")

    def outgoing(self) -> bytes:
        """Nothing, ever."""
        return b""

    def next_deadline_us(self) -> int | None:
        """The end of the file, or of half a line."""
        return min((due for due in (self._half_frame_us, self._quality_due_us) if due is not None), default=None)

    # ----------------------------------------------------------------------------------------------------------- lines in

    @property
    def _t_us(self) -> int:
        """Nominal time after the newest block."""
        return self._block * BLOCK_US

    def _take(self, data: bytes) -> list[Sample]:
        """Lines of the usual form in one go; the line before them, those behind them, and all others one by one."""
        start = 0 if self._at_line_start else data.find(b"\n") + 1
        count = even_lines(data, start) if start or self._at_line_start else 0
        even = _block_of(data[start : start + count * LINE_BYTES], count) if count >= EVEN_LINES else b""
        self._at_line_start = data.endswith(b"\n")
        if not even:
            return self._blocks(b"", [], 0, list(self._lines.feed(data)))
        before = list(self._lines.feed(data[:start]))
        return self._blocks(even, before, count, list(self._lines.feed(data[start + count * LINE_BYTES :])))

    def _blocks(self, even: bytes, before: list[bytes], count: int, after: list[bytes]) -> list[Sample]:
        """Blocks of `count` even lines, and the lines before and after them."""
        before, after = ([line for line in lines if line.strip()] for lines in (before, after))
        raw = b"".join((*map(_block_or_nothing, before), even, *map(_block_or_nothing, after)))
        if not raw:
            return []
        blocks = np.frombuffer(raw, np.uint8).reshape(-1, BLOCK_BYTES)
        good = are_good(blocks)
        self._good += int(good.sum())
        if not good.all():
            lengths = [*map(len, before), *[LINE_BYTES - 1] * count, *map(len, after)]
            lost = [lengths[place] + 1 for place in np.flatnonzero(~good)]
            self._bad += len(lost)
            self._skipped += sum(lost)
            blocks = blocks[good]
        return self._ordered(blocks)

    def _ordered(self, blocks: Bytes) -> list[Sample]:
        """Cut where the sequence numbers leap; a block that came twice counts once."""
        if not len(blocks):
            return []
        numbers = blocks[:, 0].astype(np.int16)
        before = np.roll(numbers, 1)
        before[0] = self._last if self._last is not None else numbers[0] - 1
        steps = (numbers - before) % SEQUENCE
        self._discontinuities += int((steps == 0).sum())
        blocks, steps = blocks[steps != 0], steps[steps != 0]
        self._last = int(numbers[-1])
        samples: list[Sample] = []
        starts = [*np.flatnonzero(steps[1:] != 1) + 1, len(blocks)]
        first = 0
        for end in starts if len(blocks) else []:
            samples += self._run(blocks[first:end], int(steps[first]) - 1)
            first = int(end)
        return samples

    def _run(self, blocks: Bytes, lost: int) -> list[Sample]:
        """Blocks without a gap between them. lost: blocks missing before the first."""
        samples: list[Sample] = []
        if lost:
            samples += self._flush()
            self._gap, self._state = True, None
            self._gaps += lost if lost <= LOST_MAX else 0
            self._discontinuities += lost > LOST_MAX
            self._block += lost if lost <= LOST_MAX else 0
        if not self._said_status:
            self._said_status = True
            samples.append(DeviceStatus(self._t_us, "device", frozenset(), Handshake.STREAMING))
        found = self._happenings(blocks)
        found += self._waves(unpacked(blocks[:, ECG_CHANNEL]) - BASELINE)
        found.sort(key=lambda sample: sample.t_us)
        self._block += len(blocks)
        return samples + found

    # ---------------------------------------------------------------------------------------------------------- what it says

    def _happenings(self, blocks: Bytes) -> list[Sample]:
        """Beats, alarms and the heart rate: only the blocks where something changes are looked at one by one."""
        states = blocks[:, 1] & (QRS | WARNING | CRISIS)
        before = np.roll(states, 1)
        before[0] = states[0] & QRS | self._alarms if self._state is None else self._state
        slots = blocks[:, 0] % SLOTS
        samples: list[Sample] = []
        for place in np.flatnonzero((states != before) | (slots == HR_SLOT)).tolist():
            t_us = self._t_us + place * BLOCK_US
            old, new = int(before[place]), int(states[place])
            if (old ^ new) & QRS:
                samples.append(Beat(t_us, Source.ECG, (self._block + place) * BLOCK_SAMPLES))
            samples += [DeviceAlarm(t_us, text, word, f"0x{bit:02x}") for bit, text, word in ALARMS if new & ~old & bit]
            if slots[place] == HR_SLOT:
                samples.append(_heart_rate(t_us, blocks[place, SLOW].tobytes()))
        self._state = int(states[-1])
        self._alarms = self._state & ~QRS
        return samples

    def _waves(self, new: npt.NDArray[np.int16]) -> list[Sample]:
        """Whole pieces of the grid; what is left waits for its rest."""
        if not len(self._held):
            self._held_from = self._block * BLOCK_SAMPLES
        self._held = np.concatenate((self._held, new))
        end = self._held_from + len(self._held)
        return self._leave(end - end % CHUNK_SAMPLES)

    def _flush(self) -> list[Sample]:
        """What is held, as it is."""
        return self._leave(self._held_from + len(self._held))

    def _leave(self, until: int) -> list[Sample]:
        """What is held before sample number `until`, in pieces of the grid."""
        first, steps = self._held_from, self._held[: max(0, until - self._held_from)]
        data = steps.astype("<i2").tobytes()
        at_rail = np.flatnonzero((steps <= RAIL_LOW - BASELINE) | (steps >= RAIL_HIGH - BASELINE))
        clipped = set(((first + at_rail) // CHUNK_SAMPLES).tolist())
        samples: list[Sample] = []
        for edge in range(first - first % CHUNK_SAMPLES + CHUNK_SAMPLES, until + CHUNK_SAMPLES, CHUNK_SAMPLES):
            low, high = max(first, edge - CHUNK_SAMPLES), min(edge, until)
            if low < high:
                piece = data[2 * (low - first) : 2 * (high - first)]
                is_clipped = low // CHUNK_SAMPLES in clipped
                t_us = low * SECOND_US // ECG_HZ
                wave, rate_hz = Parameter.ECG_II, float(ECG_HZ)
                samples.append(WaveBlock(t_us, wave, rate_hz, "relative", 1.0, low, piece, self._gap, is_clipped))
                self._gap = False
        self._held, self._held_from = self._held[len(steps) :], first + len(steps)
        return samples

    # ---------------------------------------------------------------------------------------------------------- the counters

    def _link_quality(self) -> LinkQuality:
        bad, skipped = self._bad + self._lines.lines_cut, self._skipped + self._lines.bytes_skipped
        return LinkQuality(self._t_us, self._good, bad, skipped, self._gaps, self._discontinuities)


def _heart_rate(t_us: int, slow: bytes) -> Numeric:
    """The slow bytes of slot 43: there or not, and a number; zeros stand there before the first one."""
    number = int.from_bytes(slow[1:], "big")
    if slow[0] != HR_THERE or number == 0:
        return Numeric(t_us, Parameter.HR, None, "bpm", Validity.NOT_MEASURED, Source.ECG)
    if number > HR_MAX:
        return Numeric(t_us, Parameter.HR, None, "bpm", Validity.OUT_OF_RANGE, Source.ECG)
    return Numeric(t_us, Parameter.HR, float(number), "bpm", Validity.VALID, Source.ECG)


SPEC = DriverSpec(
    id="dinamap-pro1000",
    maker="GE/Critikon",
    model="Dinamap Pro 1000 (native binary, as hex text)",
    make=DinamapPro1000,
    numerics={Parameter.HR: SECOND_US},
    waves={Parameter.ECG_II: float(ECG_HZ)},
    mode="streams",
    lines=(),
    frame_bytes_max=LINE_BYTES_MAX,
    first_value_us=2 * SECOND_US,
    evidence="one public implementation",
    tests="real capture, 1,152 blocks",
    use="demonstration",
    decode_only=True,
    notes=(
        "Read from files of hex text, one block a line; never on a port.",
        "The lead of its ECG is not told: it is shown as lead II. Waves have no stated scale.",
        "Channel 1 and most slow data are in no document: they are not shown.",
    ),
)
