"""PulseSensor boards with the PulseSensor Playground library: a pulse wave and a rate in lines of text, for demonstration.

Facts: the maker's published source. docs/protocols/pulsesensor-playground.md names what is read and what is our choice.
Lines: S sample, every 20 ms; at a beat B rate, and right behind it Q time since the beat before. Nothing is checked: a rate
counts when its two lines stand together and it does not jump, because an average of ten beats cannot.
"""

from __future__ import annotations

import re
import struct

from drivers.driver import DeviceCommand, DriverSpec, LineSettings, Refused
from drivers.framing import LineBuffer
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
SAMPLE_US = 20_000
RATE_HZ = SECOND_US / SAMPLE_US
LINE_BYTES_MAX = 8
BASELINE, HIGH, HIGHEST = 512, 1023, 4095
BLOCK = 5
"""Samples of a wave block: 0.1 s."""
HELD_US = 200_000
"""Samples that wait for the rest of their block wait no longer than this."""
NO_BEAT_US = 3 * SECOND_US
QUALITY_US, QUALITY_IDLE_US = SECOND_US, 1_500_000

GAP_MS = (250, 2500)
RATE = (24, 240)
JUMP = 8
"""A rate may differ from the one before by an eighth of it."""
LINE = re.compile(rb"([SBQ])(0|[1-9][0-9]{0,3})")


class PulsesensorPlayground:
    """The driver: see the Driver protocol and this module's opening. It only listens."""

    def __init__(self) -> None:
        self._lines = LineBuffer(LINE_BYTES_MAX, b"\r\n")
        self._good = self._bad = self._skipped = self._gaps = 0
        self._index = 0
        self._held: list[int] = []
        self._gap = False
        self._flush_at_us: int | None = None
        self._rate_line: int | None = None
        self._rate: int | None = None
        self._other_rate: int | None = None
        self._beat_us = 0
        self._flags: frozenset[Flag] | None = None
        self._told: tuple[int, ...] = ()
        self._told_us = 0
        self._quality_due_us: int | None = None

    def start(self, now_us: int) -> None:
        """Nothing to prepare: the board streams."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes to samples; each line speaks when its end has come."""
        samples: list[Sample] = []
        cut = self._lines.lines_cut
        for line in self._lines.feed(data):
            if self._lines.lines_cut != cut:
                cut = self._lines.lines_cut
                self._refuse(0, samples)
            self._line(line, samples)
        self._flush_at_us = now_us + HELD_US if self._held else None
        if self._quality_due_us is None and self._counters() != self._told:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Let held samples go, and tell the counters of a stream that has stopped."""
        samples: list[Sample] = []
        if self._flush_at_us is not None and now_us >= self._flush_at_us:
            self._flush_at_us = None
            self._flush(samples)
        if self._quality_due_us is not None and now_us >= self._quality_due_us:
            self._quality_due_us = None
            if self._counters() != self._told:
                samples.append(self._link_quality())
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Nothing: the board listens to nobody."""
        return Refused("This sensor takes no orders: it sends its pulse wave, and nothing else can be asked of it.")

    def outgoing(self) -> bytes:
        """Never anything."""
        return b""

    def next_deadline_us(self) -> int | None:
        """When held samples or untold counters are due."""
        return min((due for due in (self._flush_at_us, self._quality_due_us) if due is not None), default=None)

    # ------------------------------------------------------------------------------------------------------- one line

    def _line(self, line: bytes, samples: list[Sample]) -> None:
        match = LINE.fullmatch(line)
        if match is None or (match[1] == b"S" and int(match[2]) > HIGHEST):
            self._refuse(len(line) + 2, samples)
            return
        self._good += 1
        kind, number = match[1], int(match[2])
        rate, self._rate_line = self._rate_line, None
        if kind == b"S":
            self._sample(number, samples)
        elif kind == b"B":
            self._rate_line = number
        elif rate is not None and GAP_MS[0] <= number <= GAP_MS[1]:
            self._beat(rate, samples)

    def _refuse(self, length: int, samples: list[Sample]) -> None:
        """A port opens in the middle of a line: that fragment was never a line, and is skipped only."""
        self._rate_line = None
        self._skipped += length
        if self._good:
            self._bad += 1
            self._flush(samples)
            self._gap = True

    def _sample(self, number: int, samples: list[Sample]) -> None:
        self._held.append(number)
        self._index += 1
        if self._flags is None:
            self._flags = frozenset()
            samples.append(DeviceStatus(self._t_us, "device", self._flags, Handshake.STREAMING))
        if self._index % BLOCK == 0:
            self._flush(samples)
        if self._t_us - self._beat_us >= NO_BEAT_US:
            self._no_beat(samples)
        if self._t_us - self._told_us >= QUALITY_US:
            samples.append(self._link_quality())

    @property
    def _t_us(self) -> int:
        return self._index * SAMPLE_US

    def _flush(self, samples: list[Sample]) -> None:
        """What is held, as it is."""
        if not self._held:
            return
        held, self._held = self._held, []
        first = self._index - len(held)
        data = struct.pack(f"<{len(held)}h", *(number - BASELINE for number in held))
        clipped = min(held) == 0 or max(held) >= HIGH
        gap, self._gap = self._gap, False
        samples.append(
            WaveBlock(first * SAMPLE_US, Parameter.PLETH, RATE_HZ, "relative", 1.0, first, data, gap, clipped)
        )

    # ------------------------------------------------------------------------------------------------------ the pulse

    def _beat(self, rate: int, samples: list[Sample]) -> None:
        self._beat_us = self._t_us
        samples.append(Beat(self._t_us, Source.PLETH, max(0, self._index - 1)))
        self._searching(False, samples)
        if not self._believed(rate):
            return
        inside = RATE[0] <= rate <= RATE[1]
        value, validity = (float(rate), Validity.VALID) if inside else (None, Validity.OUT_OF_RANGE)
        samples.append(Numeric(self._t_us, Parameter.PULSE_RATE, value, "bpm", validity, Source.PLETH))

    def _believed(self, rate: int) -> bool:
        """It goes on from the one before, or two in a row say the same new thing."""
        if _agree(rate, self._rate) or _agree(rate, self._other_rate):
            self._rate, self._other_rate = rate, None
            return True
        self._other_rate = rate
        return False

    def _no_beat(self, samples: list[Sample]) -> None:
        """The board has begun to look for beats anew: its next rate owes nothing to the last."""
        self._beat_us = self._t_us
        self._rate = self._other_rate = None
        self._searching(True, samples)
        samples.append(Numeric(self._t_us, Parameter.PULSE_RATE, None, "bpm", Validity.SEARCHING, Source.PLETH))

    def _searching(self, on: bool, samples: list[Sample]) -> None:
        flags = frozenset({Flag.SEARCHING} if on else ())
        if flags != self._flags:
            self._flags = flags
            samples.append(DeviceStatus(self._t_us, "device", flags, Handshake.STREAMING))

    def _counters(self) -> tuple[int, ...]:
        return self._good, self._bad, self._skipped + self._lines.bytes_skipped, self._gaps

    def _link_quality(self) -> LinkQuality:
        self._told, self._told_us = self._counters(), self._t_us
        return LinkQuality(self._t_us, *self._told)


def _agree(rate: int, before: int | None) -> bool:
    return before is not None and abs(rate - before) * JUMP <= before


SPEC = DriverSpec(
    id="pulsesensor-playground",
    maker="World Famous Electronics",
    model="PulseSensor (Playground library, one sensor)",
    make=PulsesensorPlayground,
    numerics={Parameter.PULSE_RATE: 1_500_000},
    waves={Parameter.PLETH: RATE_HZ},
    mode="streams",
    lines=(LineSettings(baud=115_200),),
    frame_bytes_max=LINE_BYTES_MAX,
    first_value_us=2 * SECOND_US,
    evidence="the maker's published source",
    tests="computed lines, twin",
    use="demonstration",
    notes=(
        "Nothing on this line is checked, and its maker says that it is not for medical use: for demonstration only.",
        "Without a finger it may count noise as beats: a number does not prove that somebody is there.",
    ),
)
