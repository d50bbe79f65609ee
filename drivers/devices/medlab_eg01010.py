"""Medlab EG01010 ECG board: one lead, the board's own averaged rate, and a tick at every R wave. Two firmware variants.

Protocol 1 (9600 8N1) streams samples after the marker F8 and single values after F9, FA, FB; it has no check of any kind.
Protocol 2 (115200 8E1) sends short blocks, each with check bits, and once a second a status block. In both only markers are
F8 and above, so a lost byte costs one block. Which one a board speaks is told by its bytes, never by the port's settings.

Facts: PROTOCOLS section 5.6, from the maker's "EG01010 User Manual" version 1.06, pages 11, 12 and 16 to 19. Its pages 20 to
22 (commands of protocol 2) are unread: this driver sends protocol 2 only the two commands that were read. The manual
contradicts itself on which of F9 and FA is the heart's: page 17 says FA, page 19 says F9. FA is taken for the heart's, and
doubted until it has agreed with the R peaks that this driver sees in the wave itself.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from drivers.driver import HALF_FRAME_US, AskIdentity, DeviceCommand, DriverSpec, LineSettings, Refused, SetStream
from drivers.framing import BAD, MORE
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

WAVE, LOWER, UPPER, INFO, STATUS, NAME = 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD
LEAD_OFF = 0x11
BASELINE = 128
PULSE, RESPIRATION = UPPER, LOWER  # by page 17 and by protocol 1; page 19 has them the other way round
SAMPLE_MAX = 0xF6  # protocol 1; protocol 2 goes one higher
ELECTRODES, MAINS = 0x1F, 0x20
ELECTRODES_OF_CABLE = 3
CHANNELS = 0x07
LEADS = {1: Parameter.ECG_I, 2: Parameter.ECG_II, 4: Parameter.ECG_III}

FRAME_BYTES_MAX = 64
"""Longer than any block (the longest is the name, 14 bytes); twice this is looked at before the protocol is known."""
WINDOW = 2 * FRAME_BYTES_MAX
NAME_BYTES_MAX = 32
PROOF_BLOCKS = 3
"""So many checked blocks one behind the other are protocol 2: in protocol 1 a marker is rare, and never two bytes on."""
PROOF_SAMPLES = 17
"""A block of protocol 2 holds at most 15 samples, so a longer run is protocol 1."""
CHANGED_BLOCKS, CHANGED_BAD = 8, 16
"""So many whole blocks of the other protocol, or so many bad ones of its own, and a driver has to ask itself anew."""

POWER_UP_HZ, DEMANDED_HZ = 100, 300
RATES_1, RATES_2 = (50, 100, 300), (50, 100, 150, 300)
RATE_AGREES = 0.25
TICKS = 5
BLOCK_US = 40_000
"""Waves leave at whole multiples of this, a longer stretch in one piece: too soon for an eye to notice."""
HELD_US = 100_000
QUALITY_US, QUALITY_IDLE_US = SECOND_US, 1_500_000
RETRY_US, RETRIES, RETRY_SLOW_US = 2 * SECOND_US, 5, 10 * SECOND_US
INFO_GONE_US = 5 * SECOND_US
"""Lead-off of protocol 1 that had been repeated and is not any more has ended."""

OWN_WINDOW_S, OWN_LEAST_S = 6, 3
SETTLED = 3
"""So many values that agree with our own count of R peaks in a row, and FA is the heart's for the life of this link."""
OUR_TOLERANCE_BPM, OUR_TOLERANCE = 5.0, 0.1
LEAP = 0.3
"""An averaged rate does not change by this share from one beat to the next."""
NOT_THE_HEARTS = 0.67
"""A value below this share of our own rate is the breathing's: nobody breathes as often as the heart beats."""

ASK_NAME = b"I"
LEAD_II_2 = b"\x43\x02"
CONFIGURE_1 = b"ND0G1S0"  # no simulation, show the ECG, lead II, 300 samples a second
DEMAND_1 = b"S0"

_CHECKED = bytes((0x10 | (WAVE + w) & 0x0F) if w < WAVE else 0 for w in range(256))
"""By the sample of a block with one sample: its right second byte."""
RUN_MAX = 128
"""Wave blocks looked at in one go: about a heart beat."""
_MARKER = re.compile(rb"[\xf8-\xff]")
_STEPS = (np.arange(256) - BASELINE).astype("<i2")
_BLOCK_2 = re.compile(rb"[\xf8-\xff][\x00-\xf7]*")
_PART_1 = re.compile(rb"[\xf8-\xff][\x00-\xf7]*|[\x00-\xf7]+")
_LONG_RUN_1 = re.compile(rb"\xf8[\x00-\xf6]{%d}" % PROOF_SAMPLES)
_VALUE_1 = re.compile(rb"[\xf9-\xfb][\x00-\xf6]\xf8")


def judge_2(block: bytes, ended: bool) -> int:
    """Length of the whole, checked block of protocol 2 at the beginning of `block`, or MORE, or BAD.

    block: a marker and the bytes below F8 behind it. ended: a marker, or silence, is known to follow.
    """
    marker = block[0]
    if marker > UPPER:
        if marker == STATUS:
            return _judge_status(block, ended)
        return _judge_name(block, ended) if marker == NAME else BAD
    if len(block) < 2:
        return BAD if ended else MORE
    length = 2 + (block[1] >> 4) if marker == WAVE else 3
    if length == 2 or (marker != WAVE and block[1] > 0x7F):
        return BAD
    if len(block) < length:
        return BAD if ended else MORE
    return length if _checks(block[:length], 0x0F if marker == WAVE else 0x7F) else BAD


def _judge_name(block: bytes, ended: bool) -> int:
    end = block.find(0, 0, NAME_BYTES_MAX)
    if end > 0:
        return end + 1
    return BAD if ended or len(block) >= NAME_BYTES_MAX else MORE


def _judge_status(block: bytes, ended: bool) -> int:
    """The table of the manual has six bytes, its text five: the next marker tells."""
    if len(block) >= 6 and _checks(block[:6], 0x7F):
        return 6
    if len(block) >= 5 and (ended or len(block) >= 6) and _checks(block[:5], 0x7F):
        return 5
    return BAD if ended or len(block) >= 6 else MORE


def _checks(block: bytes, mask: int) -> bool:
    return (block[0] + sum(block[2:]) ^ block[1]) & mask == 0


def protocol_of(window: bytes, ended: bool = False) -> int | None:
    """1 or 2, by what is seen first; None: not yet told.

    ended: nothing follows, so less is enough; a value of protocol 1 then outweighs a block of 2, whose check of four bits
    the manual's own example of protocol 1 fulfils by chance.
    """
    never = len(window) + 1
    blocks = _blocks_in_row(window, ended, needed=1 if ended else PROOF_BLOCKS)
    runs = [match.end() for match in _LONG_RUN_1.finditer(window)][:1]
    values = [match.end() for match in _VALUE_1.finditer(window)][0 if ended else 1 :][:1]
    second, first = never if blocks is None else blocks, min(runs + values, default=never)
    if min(first, second) == never:
        return None
    return 1 if first < second or (ended and first < never) else 2


def _blocks_in_row(window: bytes, ended: bool, needed: int) -> int | None:
    """Where the last of `needed` checked waves and values of protocol 2, one behind the other, ends."""
    found = 0
    for match in _BLOCK_2.finditer(window):
        block = match[0]
        is_last = match.end() == len(window)
        verdict = judge_2(block, ended or not is_last) if block[0] in (WAVE, LOWER, UPPER) else BAD
        found = found + 1 if verdict > 0 else 0
        if found == needed:
            return match.start() + verdict
        if verdict != len(block):
            found = 0
    return None


def _run_of_waves(buffer: bytes, at: int) -> bytes:
    """The samples of the whole, checked one-sample wave blocks that follow each other from `at` on, at most RUN_MAX."""
    markers = buffer[at : at + 3 * RUN_MAX : 3]
    end = at + 3 * min(len(markers) - len(markers.lstrip(b"\xf8")), (len(buffer) - at) // 3)
    values, checks = buffer[at + 2 : end : 3], buffer[at + 1 : end : 3]
    right = values.translate(_CHECKED)
    if right == checks:
        return values
    return values[: next(i for i, (a, b) in enumerate(zip(right, checks, strict=True)) if a != b)]


def _is_value(buffer: bytes, at: int) -> bool:
    """True for a whole, checked value of protocol 2: the short way to what `judge_2` says of it."""
    if buffer[at] not in (LOWER, UPPER) or at + 3 > len(buffer):
        return False
    check, value = buffer[at + 1], buffer[at + 2]
    return check <= 0x7F and value < WAVE and (buffer[at] + value ^ check) & 0x7F == 0


def own_rate(raw: bytes, rate_hz: int) -> float | None:
    """Beats per minute by our own count of steep rises, from raw samples; None when too few or too flat to tell."""
    if len(raw) < OWN_LEAST_S * rate_hz:
        return None
    steps = _STEPS[np.frombuffer(raw, np.uint8)]
    lag = max(1, rate_hz // 50)
    rise = steps[lag:] - steps[:-lag]
    steepest = int(rise.max())
    if steepest < 6:
        return None
    steep = np.flatnonzero(rise > steepest // 2)
    peaks = steep[np.concatenate(([True], np.diff(steep) > 0.24 * rate_hz))]
    if len(peaks) < 3:
        return None
    return 60.0 * rate_hz * (len(peaks) - 1) / float(peaks[-1] - peaks[0])


_at = attrgetter("t_us")


class _Track:
    """The samples of the one lead on their way into blocks. index: samples since the start, known losses included."""

    def __init__(self) -> None:
        self.lead: Parameter | None = Parameter.ECG_II
        self.rate_hz = POWER_UP_HZ
        self.index = 0
        self.rail_high = SAMPLE_MAX
        self._origin = (0, 0)  # (index, t_us) from which the samples are timed
        self._held = bytearray()
        self._recent = b""
        self._gap = False
        self._gap_index = 0

    @property
    def holds(self) -> bool:
        """True while samples wait for their block."""
        return bool(self._held)

    @property
    def end_us(self) -> int:
        """Nominal time after the last sample."""
        return self._at_us(self.index)

    @property
    def unbroken(self) -> bytes:
        """The last seconds of raw samples, back to the last gap at most."""
        return (self._recent + bytes(self._held))[-OWN_WINDOW_S * self.rate_hz :]

    @property
    def since_gap(self) -> float:
        """Samples since the last gap; infinite while there was none."""
        return self.index - self._gap_index if self._gap_index else math.inf

    def put(self, raw: bytes) -> None:
        """Take samples."""
        self._held += raw
        self.index += len(raw)

    def interrupt(self, lost: int = 0) -> list[WaveBlock]:
        """What follows is not continuous. lost: samples known to be lost."""
        blocks = self.flush(whole=False)
        self._gap = self.index > 0
        self._recent = b""
        self.index += lost
        self._gap_index = self.index
        return blocks

    def pass_time(self, t_us: int) -> list[WaveBlock]:
        """The stream has come to `t_us` without samples."""
        blocks = self.interrupt()
        self._origin = (self.index, t_us)
        return blocks

    def set_rate(self, rate_hz: int) -> list[WaveBlock]:
        """From here on so many samples a second."""
        if rate_hz == self.rate_hz:
            return []
        blocks = self.pass_time(self.end_us)
        self.rate_hz = rate_hz
        return blocks

    def set_lead(self, lead: Parameter | None) -> list[WaveBlock]:
        """From here on this lead; None: nobody knows which, and nothing is said."""
        if lead is self.lead:
            return []
        blocks = self.interrupt()
        self.lead = lead
        return blocks

    def flush(self, whole: bool = True) -> list[WaveBlock]:
        """What is held; whole: only up to a multiple of BLOCK_US."""
        per_block = self.rate_hz * BLOCK_US // SECOND_US
        n = len(self._held) - (self.index % per_block if whole else 0)
        if n <= 0:
            return []
        first, raw = self.index - len(self._held), bytes(self._held[:n])
        del self._held[:n]
        self._recent = (self._recent + raw)[-OWN_WINDOW_S * self.rate_hz :]
        gap, self._gap = self._gap, False
        if self.lead is None:
            self._gap = gap
            return []
        data = _STEPS[np.frombuffer(raw, np.uint8)].tobytes()
        clipped = 0 in raw or self.rail_high in raw
        hz = float(self.rate_hz)
        return [WaveBlock(self._at_us(first), self.lead, hz, "relative", 1.0, first, data, gap, clipped)]

    def _at_us(self, index: int) -> int:
        since, t_us = self._origin
        return t_us + (index - since) * SECOND_US // self.rate_hz


@dataclass(slots=True)
class _Ask:
    """Something the board must be told until it shows that it has heard."""

    data: bytes
    at_us: int
    tries: int = 0


class Eg01010:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._track = _Track()
        self._protocol: int | None = None
        self._rest = b""
        self._in_wave = self._sound = False
        self._head = b""  # the first bytes of the present run of protocol 1
        self._good = self._bad = self._skipped = 0
        self._bad_in_row = self._other_in_row = 0
        self._said_device = False
        self._said: tuple[bool, bool] | None = None
        self._off = False
        self._agreed = 0
        self._swapped = False
        self._last_value: int | None = None
        self._ticks: deque[int] = deque(maxlen=TICKS)  # sample indices of the last FA in an unbroken stretch
        self._votes = (0, 0)  # a rate, and how often in a row it was found
        self._info_us: int | None = None
        self._info_repeats = False
        self._status = b""
        self._status_at: tuple[int, int, int] | None = None  # index, bytes skipped and t_us at the last status
        self._asks: dict[str, _Ask] = {}
        self._out = bytearray()
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Nothing is said before the board's protocol is known: "C", harmless in one, is a calibration in the other."""

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. Waves leave in whole 40 ms; the rest of a stopped stream leaves with `advance`."""
        samples = self._decode(self._rest + data, now_us, ended=False)
        samples += self._track.flush()
        samples.sort(key=_at)
        samples += self._tell_quality(now_us)
        self._half_frame_us = now_us + HALF_FRAME_US if self._rest else None
        self._flush_at_us = now_us + HELD_US if self._track.holds else None
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop half blocks, let held samples go, repeat what the board has not heard."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            samples += self._decode(self._rest, now_us, ended=True)
        if _due(self._flush_at_us, now_us) or samples:
            self._flush_at_us = None
            samples += self._track.flush(whole=False)
        if _due(self._quality_due_us, now_us) and self._counters() != self._quality:
            samples.append(self._link_quality(now_us))
        for ask in self._asks.values():
            if ask.at_us <= now_us:
                self._say(ask, now_us)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Identity in protocol 2. The one wave is always on."""
        if isinstance(cmd, AskIdentity):
            if self._protocol == 1:
                return Refused("This board speaks protocol 1, which cannot say who it is.")
            if self._protocol == 2:  # before that nothing is sent; the question comes by itself with the first blocks
                self._ask("name", ASK_NAME, now_us)
            return None
        if isinstance(cmd, SetStream):
            return Refused("This board has one wave, which is always on.")
        return Refused("This ECG board has no cuff.")

    def outgoing(self) -> bytes:
        """What must be written now; forgotten with this call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline_us(self) -> int | None:
        """The earliest of: half block, held samples, repeated questions, counters."""
        candidates = [self._half_frame_us, self._flush_at_us, *(ask.at_us for ask in self._asks.values())]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ------------------------------------------------------------------------------------------------ which protocol it is

    def _decode(self, buffer: bytes, now_us: int, ended: bool) -> list[Sample]:
        """All that `buffer` says. What waits for more goes to `_rest`."""
        samples: list[Sample] = []
        at = 0
        while True:
            if self._protocol is None:
                at = self._find_out(buffer, at, now_us, ended)
            before = self._protocol
            if before == 1:
                at = self._read_1(buffer, at, now_us, ended, samples)
            elif before == 2:
                at = self._read_2(buffer, at, now_us, ended, samples)
            if self._protocol == before:
                self._rest = buffer[at:]
                return samples

    def _find_out(self, buffer: bytes, at: int, now_us: int, ended: bool) -> int:
        """Look at the next WINDOW bytes from a marker on. Returns where reading begins, or where the rest begins."""
        while True:
            marker = _BLOCK_2.search(buffer, at)
            start = len(buffer) if marker is None else marker.start()
            self._skip(start - at)
            at = start
            window = buffer[at : at + WINDOW]
            found = protocol_of(window) or (protocol_of(window, ended=True) if ended else None)
            if found is not None:
                self._begin(found, now_us)
                return at
            if len(window) < WINDOW and not ended:
                return at
            self._skip(len(window[:FRAME_BYTES_MAX]))
            at += len(window[:FRAME_BYTES_MAX])
            if at == len(buffer):
                return at

    def _begin(self, protocol: int, now_us: int) -> None:
        self._protocol = protocol
        self._bad_in_row = self._other_in_row = self._agreed = 0
        self._in_wave = self._sound = False
        self._head = b""
        self._last_value, self._swapped = None, False
        self._ticks.clear()
        self._asks.clear()
        self._status, self._status_at = b"", None
        if protocol == 1:
            self._track.set_rate(DEMANDED_HZ)
            self._track.rail_high = SAMPLE_MAX
            self._out += CONFIGURE_1
        else:
            self._track.set_rate(POWER_UP_HZ)
            self._track.rail_high = WAVE - 1
            self._ask("name", ASK_NAME, now_us)

    def _ask(self, what: str, data: bytes, now_us: int) -> None:
        self._asks[what] = _Ask(data, now_us)
        self._say(self._asks[what], now_us)

    def _say(self, ask: _Ask, now_us: int) -> None:
        self._out += ask.data
        ask.tries += 1
        ask.at_us = now_us + (RETRY_US if ask.tries <= RETRIES else RETRY_SLOW_US)

    # ---------------------------------------------------------------------------------------------------------- protocol 2

    def _read_2(self, buffer: bytes, at: int, now_us: int, ended: bool, samples: list[Sample]) -> int:
        """Blocks from `at` on: runs of whole wave blocks at once, all else one by one. Returns where the rest begins."""
        size = len(buffer)
        while at < size:
            values = _run_of_waves(buffer, at)
            if values:
                self._note_good(samples, len(values))
                self._track.put(values)
                at += 3 * len(values)
                if at == size or len(values) == RUN_MAX:
                    continue
            if _is_value(buffer, at):
                self._note_good(samples)
                self._value_2(buffer[at], buffer[at + 2], samples)
                at += 3
                continue
            following = _MARKER.search(buffer, at + 1)
            end = size if following is None else following.start()
            block, open_end = buffer[at:end], following is None and not ended
            if block[0] < WAVE:
                self._skip(len(block))
                samples += self._broken()
            else:
                verdict = judge_2(block, not open_end)
                if verdict == MORE or (verdict == BAD and open_end and len(block) < NAME_BYTES_MAX):
                    return at  # a bad block is counted once all of it is there, so that the split changes no count
                self._marked_2(block, verdict, now_us, samples)
            at = end
            if self._bad_in_row >= CHANGED_BAD:
                self._protocol = None
                return at
        return at

    def _marked_2(self, block: bytes, verdict: int, now_us: int, samples: list[Sample]) -> None:
        if verdict == BAD:
            samples += self._bad_block(block)
            return
        self._note_good(samples)
        self._block_2(block[:verdict], now_us, samples)
        if verdict < len(block):
            self._skip(len(block) - verdict)
            samples += self._broken()

    def _bad_block(self, block: bytes) -> list[WaveBlock]:
        """A wave block of the usual length is one lost sample; of anything else only the gap is known."""
        self._bad += 1
        self._bad_in_row += 1
        self._skip(len(block))
        return self._broken(lost=1 if block[0] == WAVE and len(block) == 3 else 0)

    def _block_2(self, block: bytes, now_us: int, samples: list[Sample]) -> None:
        marker = block[0]
        if marker == STATUS:
            self._status_2(block, now_us, samples)
        elif marker == WAVE:
            self._track.put(block[2:3])  # the second sample, if any, is the breathing's, which is not asked for
        elif marker == NAME:
            self._name(block[1:-1], samples)
        else:
            self._value_2(marker, block[2], samples)

    def _value_2(self, marker: int, value: int, samples: list[Sample]) -> None:
        if marker == PULSE:
            self._pulse(value, samples)
        else:
            samples.append(self._breathing(value))

    def _status_2(self, block: bytes, now_us: int, samples: list[Sample]) -> None:
        electrodes, channels, speed = block[2], block[3] & CHANNELS, block[4] & 3
        samples += self._pace_2(speed)
        if block == self._status and not self._off:
            return
        self._status = block
        if channels == 2:
            self._asks.pop("lead", None)
        elif "lead" not in self._asks:
            self._ask("lead", LEAD_II_2, now_us)
        samples += self._track.set_lead(LEADS.get(channels))
        self._off = (electrodes & ELECTRODES).bit_count() < ELECTRODES_OF_CABLE
        samples += self._say_flags(self._track.end_us, bool(electrodes & MAINS))
        if self._off:
            samples.append(self._no_rate(Validity.SENSOR_OFF))

    def _pace_2(self, speed: int) -> list[WaveBlock]:
        """Status comes once a second: the blocks between two of them are the rate, and without blocks time goes on."""
        track, before = self._track, self._status_at
        blocks: list[WaveBlock] = []
        if before is not None and before[1] == self._skipped:
            if before[0] == track.index:
                blocks += track.pass_time(max(track.end_us, before[2] + SECOND_US))
            else:
                blocks += self._vote(track.index - before[0], RATES_2, needed=2)
        if speed == 0:  # the only code that was read
            blocks += track.set_rate(min(RATES_2))
        self._status_at = (track.index, self._skipped, track.end_us)
        return blocks

    def _name(self, text: bytes, samples: list[Sample]) -> None:
        """For example EG01010H0S61: the board's name, its hardware and its software."""
        self._asks.pop("name", None)
        whole = text.decode("ascii", "replace")
        found = re.fullmatch(r"([ -~]+?)(H\w+?S\w+)", whole)
        model, firmware = found.groups() if found else (whole, None)
        samples.append(Identity(self._track.end_us, "Medlab", model, None, firmware))

    # ---------------------------------------------------------------------------------------------------------- protocol 1

    def _read_1(self, buffer: bytes, at: int, now_us: int, ended: bool, samples: list[Sample]) -> int:
        """Markers and what follows them; a single value counts only before a marker. Returns where the rest begins."""
        size = len(buffer)
        for part in _PART_1.finditer(buffer, at):
            at, end = part.span()
            marker = buffer[at]
            if marker < WAVE:
                self._samples_1(buffer[at:end], samples)
                continue
            if end == size and end - at < 3 and not ended and marker in (LOWER, UPPER, INFO):
                return at
            if self._was_block_of_2():
                self._protocol = None
                return at
            if marker == WAVE:
                self._in_wave = self._sound = True
                self._head = buffer[at : at + 1]
                self._note_good(samples)
                self._samples_1(buffer[at + 1 : end], samples)
            else:
                self._value_1(buffer[at:end], end == size, samples)
        return size

    def _was_block_of_2(self) -> bool:
        """True when whole blocks of protocol 2 came one behind the other: the first guess was wrong."""
        head, self._head = self._head, b""
        self._other_in_row = self._other_in_row + 1 if len(head) == 3 and judge_2(head, True) == 3 else 0
        return self._other_in_row >= CHANGED_BLOCKS

    def _samples_1(self, raw: bytes, samples: list[Sample]) -> None:
        if not self._in_wave:
            self._skip(len(raw))
            samples += self._broken()
            return
        if len(self._head) < 4:
            self._head += raw[: 4 - len(self._head)]
        good, *others = raw.split(b"\xf7")
        self._track.put(good)
        for good in others:
            self._bad += 1
            self._skip(1)
            samples += self._broken(lost=1)
            self._track.put(good)
        if self._info_repeats:
            samples += self._info_gone()

    def _value_1(self, part: bytes, last: bool, samples: list[Sample]) -> None:
        marker = part[0]
        whole = marker in (LOWER, UPPER, INFO) and len(part) == 2 and part[1] <= SAMPLE_MAX
        if whole and last and marker != INFO:  # silence follows: only the warning may be believed
            whole = False
        was_sound, self._sound, self._in_wave = self._sound, whole, False
        if not whole:
            self._bad += 1
            self._skip(len(part))
            samples += self._broken()
            return
        self._note_good(samples)
        if marker == INFO:
            self._info_1(part[1], samples)
        elif was_sound and marker == PULSE:
            samples += self._pace_1(part[1])
            self._pulse(part[1], samples)
        elif was_sound:
            samples.append(self._breathing(part[1]))

    def _info_1(self, info: int, samples: list[Sample]) -> None:
        if info != LEAD_OFF:
            return  # "others may be added in the future"
        now = self._track.end_us
        self._info_repeats = self._info_us is not None and now - self._info_us < INFO_GONE_US
        self._info_us, self._off = now, True
        samples += self._say_flags(now)
        samples.append(self._no_rate(Validity.SENSOR_OFF))

    def _info_gone(self) -> list[Sample]:
        """A warning that had been repeated is not repeated any more: the electrodes are back, though no beat is seen."""
        if self._info_us is None or self._track.end_us < self._info_us + INFO_GONE_US:
            return []
        t_us = self._info_us + INFO_GONE_US
        self._forget_info()
        return self._say_flags(t_us)

    def _forget_info(self) -> None:
        self._off, self._info_us, self._info_repeats = False, None, False

    def _pace_1(self, value: int) -> list[WaveBlock]:
        """Ticks with their own rate beside them tell the sampling rate, whichever of the two the tick may be."""
        self._ticks.append(self._track.index)
        if len(self._ticks) < TICKS or value == 0:
            return []
        between, before = (self._ticks[-1] - self._ticks[0]) / (TICKS - 1), self._track.rate_hz
        blocks = self._vote(value * between / 60, RATES_1, needed=4)
        if before != self._track.rate_hz != DEMANDED_HZ:
            self._out += DEMAND_1
        return blocks

    # ---------------------------------------------------------------------------------------------- what both have to say

    def _vote(self, found: float, rates: tuple[int, ...], needed: int) -> list[WaveBlock]:
        """The wave's rate is what was counted `needed` times in a row."""
        if abs(found - self._track.rate_hz) <= self._track.rate_hz / 10:
            self._votes = (0, 0)
            return []
        rate = min(rates, key=lambda r: abs(found / r - 1))
        if abs(found / rate - 1) > RATE_AGREES or rate == self._track.rate_hz:
            self._votes = (0, 0)
            return []
        self._votes = (rate, self._votes[1] + 1 if self._votes[0] == rate else 1)
        if self._votes[1] < needed:
            return []
        self._ticks.clear()
        return self._track.set_rate(rate)

    def _pulse(self, value: int, samples: list[Sample]) -> None:
        """FA: the averaged rate, said at an R wave. 0 is asystole: no rate and no beat."""
        track = self._track
        if value == 0:
            samples.append(self._no_rate(Validity.SENSOR_OFF if self._off else Validity.NOT_MEASURED))
            return
        if self._protocol == 1 and self._off:
            self._forget_info()  # an R wave was seen
            samples += self._say_flags(track.end_us)
        validity = self._trust(value)
        t_us = track.end_us
        if validity > Validity.QUESTIONABLE:
            samples.append(self._no_rate(validity))
            return
        samples.append(Numeric(t_us, Parameter.HR, float(value), "bpm", validity, Source.ECG))
        samples.append(Beat(t_us, Source.ECG, track.index))

    def _trust(self, value: int) -> Validity:
        """Is FA the heart's? Doubted until it has agreed with the R peaks of the wave, then settled for this link."""
        if self._off:
            return Validity.SENSOR_OFF
        validity = Validity.VALID if self._agreed >= SETTLED else self._compared(value)
        if self._protocol == 2 or validity > Validity.QUESTIONABLE:
            return validity
        return self._unchecked(value) or validity

    def _compared(self, value: int) -> Validity:
        own = own_rate(self._track.unbroken, self._track.rate_hz)
        if own is None:
            return Validity.QUESTIONABLE
        if abs(value - own) <= max(OUR_TOLERANCE_BPM, OUR_TOLERANCE * own):
            self._agreed, self._swapped = self._agreed + 1, False
            return Validity.VALID if self._agreed >= SETTLED else Validity.QUESTIONABLE
        self._agreed, self._swapped = 0, value < NOT_THE_HEARTS * own
        return Validity.OTHER_SOURCE if self._swapped else Validity.QUESTIONABLE

    def _unchecked(self, value: int) -> Validity | None:
        """Protocol 1 has no check: a value is held against what stands around it. None: nothing is wrong with it."""
        before, self._last_value = self._last_value, value
        if self._track.since_gap < self._track.rate_hz:
            return Validity.SEARCHING
        if before is not None and abs(value - before) > LEAP * before:
            return Validity.QUESTIONABLE
        return None

    def _breathing(self, value: int) -> Numeric:
        """F9: no number before FA is settled to be the heart's, because the two may have changed places."""
        if self._off:
            validity = Validity.SENSOR_OFF
        elif value == 0:
            validity = Validity.NOT_MEASURED
        elif self._agreed >= SETTLED:
            validity = Validity.VALID
        else:
            validity = Validity.OTHER_SOURCE if self._swapped else Validity.SEARCHING
        number = float(value) if validity.has_value else None
        parameter, unit = Parameter.RESP_RATE, "breaths/min"
        return Numeric(self._track.end_us, parameter, number, unit, validity, Source.IMPEDANCE)

    def _no_rate(self, why: Validity) -> Numeric:
        return Numeric(self._track.end_us, Parameter.HR, None, "bpm", why, Source.ECG)

    def _say_flags(self, t_us: int, mains: bool = False) -> list[Sample]:
        if self._said == (self._off, mains):
            return []
        self._said = (self._off, mains)
        flags = {Flag.LEAD_OFF: self._off, Flag.MAINS_NOISE: mains}
        held = frozenset(flag for flag, holds in flags.items() if holds)
        return [DeviceStatus(t_us, "ecg", held, Handshake.STREAMING)]

    def _broken(self, lost: int = 0) -> list[WaveBlock]:
        self._ticks.clear()
        return self._track.interrupt(lost)

    # ---------------------------------------------------------------------------------------------------------- the counters

    def _skip(self, n: int) -> None:
        self._skipped += n

    def _note_good(self, samples: list[Sample], n: int = 1) -> None:
        self._good += n
        self._bad_in_row = 0
        if not self._said_device:
            self._said_device = True
            samples.append(DeviceStatus(self._track.end_us, "device", frozenset(), Handshake.STREAMING))

    def _tell_quality(self, now_us: int) -> list[Sample]:
        """At most once a second of the stream's own time, with the bytes that brought it."""
        if self._track.end_us - self._quality_t_us < QUALITY_US:
            return []
        self._quality_t_us = self._track.end_us
        return [self._link_quality(now_us)]

    def _counters(self) -> tuple[int, int, int]:
        return self._good, self._bad, self._skipped

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality = self._counters()
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._track.end_us, *self._quality)


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


SPEC = DriverSpec(
    id="medlab-eg01010",
    maker="Medlab",
    model="EG01010",
    make=Eg01010,
    numerics={Parameter.HR: SECOND_US, Parameter.RESP_RATE: 6 * SECOND_US},
    waves={Parameter.ECG_II: float(POWER_UP_HZ)},
    mode="streams",
    lines=(LineSettings(baud=115_200, parity="E"), LineSettings(baud=9_600)),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="maker's manual, three pages unread",
    tests="the manual's examples, twin",
    use="alarms",
    identity="model",
    commands=(AskIdentity,),
    notes=(
        "Alarms of heart rate come from our own analysis of the wave; the board's number is shown as its own.",
        "Protocol 2 stays at its power-up 100 samples a second (its speed command is unread); protocol 1 is set to 300.",
        "Which of F9 and FA is the heart's the manual says both ways: the number is doubted until it agrees with the wave.",
    ),
)
