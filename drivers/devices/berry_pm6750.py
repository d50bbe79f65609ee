"""Berry PM6750 multi-parameter module: ECG, SpO2, cuff, temperature and breathing on one line, silent until enabled.

Facts: PROTOCOLS section 5.1, from Abrunacci/berry_med and elmerrocha/telsy-cab, two independent implementations that agree.
docs/protocols/berry-pm6750.md names what is read, what is measured and what is our choice. Factory commands (static
pressure, calibrations, leak test) are not in this file at all, so that they cannot be sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from drivers.driver import (
    HALF_FRAME_US,
    AskIdentity,
    DeviceCommand,
    DriverSpec,
    LineSettings,
    Refused,
    SetStream,
    StartNibp,
    StopNibp,
)
from drivers.framing import BAD, MORE, FrameBuffer, inverted_sum8
from drivers.samples import (
    Beat,
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
    RhythmCode,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

SECOND_US = 1_000_000

SYNC = b"\x55\xaa"
N_LOW, N_HIGH = 3, 10
FRAME_BYTES_MAX = N_HIGH + 2

ECG_WAVE, ECG_PARAMETERS, NIBP, SPO2, TEMPERATURE = 0x01, 0x02, 0x03, 0x04, 0x05
QRS, SOFTWARE, HARDWARE, PLETH, RESP = 0x30, 0xFC, 0xFD, 0xFE, 0xFF
N_LEGAL = {
    ECG_WAVE: (10,),
    ECG_PARAMETERS: (6, 7, 8),  # older firmware omits the last one or two fields
    NIBP: (8,),
    SPO2: (6,),
    TEMPERATURE: (6, 8),
    QRS: (3, 4),
    PLETH: (4,),
    RESP: (4,),
}

LEADS = (
    Parameter.ECG_I,
    Parameter.ECG_II,
    Parameter.ECG_III,
    Parameter.ECG_AVR,
    Parameter.ECG_AVL,
    Parameter.ECG_AVF,
    Parameter.ECG_V,
)
LEAD_II = 1
BASELINE = 128
RAIL_LOW, RAIL_HIGH = 2, 248
ECG_HZ, PLETH_HZ, PLETH_MANUAL_HZ, RESP_HZ = 250, 50, 40, 50

BLOCK_US = 40_000
"""Waves leave in blocks that begin at whole multiples of this: a tenth of the objects, and never later than an eye can see."""
HELD_US = 100_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
PAUSE_US = SECOND_US
"""A wave not heard for so long while others were had stopped: what follows is not continuous."""
RATE_WINDOW = 4 * ECG_HZ
"""ECG samples against which the pleth is counted: 40 (manual) and 50 Hz (measured) then differ by 40 samples of 200."""
PLETH_40_BELOW, PLETH_RUNNING = 180, 120
SATURATED_SHARE = 0.1
"""Share of instants at the converter's rail from which the ECG counts as saturated: a few tall R peaks do not."""

SPACING_US = 50_000
RETRY_US, RETRIES, RETRY_SLOW_US = 2 * SECOND_US, 5, 10 * SECOND_US
STREAM_SILENT_US = 5 * SECOND_US
"""An enabled stream silent for so long has been switched off (the module restarted): it is enabled again."""
QUALITY_US = SECOND_US
QUALITY_IDLE_US = 1_500_000
QUEUE_MAX = 32
"""Commands that may wait for the line: more than start, retries and one cuff command together."""

CUFF_WATCHDOG_US = 90 * SECOND_US
CUFF_ANSWER_US = 5 * SECOND_US
"""Between our start and the first "measuring", which is said twice a second."""
CUFF_OK, CUFF_MEASURING, CUFF_STOPPED, CUFF_INITIALISING, CUFF_INITIALISED = 0, 1, 2, 9, 10
CUFF_REASONS = {
    CUFF_STOPPED: "stopped",
    3: "overpressure",
    4: "cuff_loose",
    5: "timeout",
    6: "error",
    7: "motion",
    8: "out_of_range",
    CUFF_INITIALISING: "restarted",
    CUFF_INITIALISED: "restarted",
}
PATIENTS = {"adult": (1, 40, 300), "child": (2, 40, 210), "neonate": (3, 40, 140)}  # code, inflate from, to mmHg

RHYTHMS = (
    "analysing",
    "normal",
    "asystole",
    "vfib_vtach",
    "r_on_t",
    "multiple_pvcs",
    "couplet",
    "pvc",
    "bigeminy",
    "trigeminy",
    "tachycardia",
    "bradycardia",
    "missed_beat",
)
ANALYSING = 0

SPO2_NO_VALUE, PULSE_NO_VALUE = 0x7F, 0xFF
SPO2_STATES = {
    1: (Validity.SENSOR_UNPLUGGED, frozenset({Flag.SENSOR_UNPLUGGED})),
    2: (Validity.SENSOR_OFF, frozenset({Flag.PROBE_OFF})),
    3: (Validity.SEARCHING, frozenset({Flag.SEARCHING})),
    4: (Validity.SEARCHING, frozenset({Flag.SEARCHING, Flag.WEAK_SIGNAL})),
}
TEMPERATURE_HIGH = 50  # degC, the end of the module's scale: our choice


def command_frame(kind: int, value: int) -> bytes:
    """One host command of two bytes, framed and summed."""
    body = bytes((4, kind, value))
    return SYNC + body + bytes((inverted_sum8(body),))


CONFIGURE = (command_frame(0x07, 3), command_frame(0x08, 2), command_frame(0x0F, 3))  # gain x1, monitor filter, resp x1
ASK_VERSIONS = (command_frame(HARDWARE, 0), command_frame(SOFTWARE, 0))
NIBP_START, NIBP_STOP = command_frame(0x02, 1), command_frame(0x02, 0)


def judge(buffer: bytes, start: int) -> int:
    """FrameBuffer's question for this protocol: legal N, N legal for its type, sum right?"""
    have = len(buffer) - start
    if have < 3:
        return MORE
    n = buffer[start + 2]
    if not N_LOW <= n <= N_HIGH:
        return BAD
    if have > 3 and n not in N_LEGAL.get(buffer[start + 3], (n,)):
        return BAD
    if have < n + 2:
        return MORE
    return n + 2 if inverted_sum8(buffer[start + 2 : start + n + 1]) == buffer[start + n + 1] else BAD


class _Track:
    """One kind of wave packet on its way into blocks: the bytes of every instant, one byte a lead."""

    def __init__(self, leads: tuple[Parameter, ...], rate_hz: int, baseline: int, rails: tuple[int, int]) -> None:
        self.leads = leads
        self.shown: tuple[int, ...] = tuple(range(len(leads)))
        self.rate_hz = rate_hz
        self.index = 0
        self.heard_us = 0
        self._baseline = baseline
        self._rails = rails
        self._origin = (0, 0)  # (index, t_us) from which the samples are timed
        self._held = bytearray()
        self._gap = False

    @property
    def holds(self) -> bool:
        """True while samples wait for their block."""
        return bool(self._held)

    @property
    def end_us(self) -> int:
        """Nominal time after the last sample."""
        index, t_us = self._origin
        return t_us + (self.index - index) * SECOND_US // self.rate_hz

    def put(self, instant: bytes, t_us: int) -> list[WaveBlock]:
        """Take one instant of the stream's time `t_us`; the blocks it completes."""
        blocks: list[WaveBlock] = []
        if self.index == 0 or t_us - self.heard_us > PAUSE_US:
            blocks = self.interrupt(t_us)
        self._held += instant
        self.index += 1
        self.heard_us = max(t_us, self.end_us)
        if self.index % (self.rate_hz * BLOCK_US // SECOND_US) == 0:
            blocks += self.flush()
        return blocks

    def interrupt(self, t_us: int | None = None, lost: int = 0) -> list[WaveBlock]:
        """What follows is not continuous. t_us: time it anew. lost: instants known to be lost."""
        blocks = self.flush()
        self._gap = self.index > 0
        self.index += lost
        if t_us is not None:
            self._origin = (self.index, t_us)
        return blocks

    def flush(self) -> list[WaveBlock]:
        """What is held, as it is."""
        if not self._held:
            return []
        raw = np.frombuffer(bytes(self._held), np.uint8).reshape(-1, len(self.leads))
        first = self.index - len(raw)
        index, origin_us = self._origin
        t_us = origin_us + (first - index) * SECOND_US // self.rate_hz
        steps = raw.astype("<i2") - np.int16(self._baseline)
        clipped = (raw <= self._rails[0]).any(axis=0) | (raw >= self._rails[1]).any(axis=0)
        gap, self._gap = self._gap, False
        self._held.clear()
        return [
            WaveBlock(
                t_us,
                self.leads[lead],
                float(self.rate_hz),
                "relative",
                1.0,
                first,
                steps[:, lead].tobytes(),
                gap,
                bool(clipped[lead]),
            )
            for lead in self.shown
        ]


@dataclass(slots=True)
class _Enable:
    """One stream, the command that starts it and the packets that prove it. Times are arrival times."""

    frame: bytes
    proof: frozenset[int]
    tries: int = 0
    sent_us: int | None = None
    heard_us: int | None = None

    @property
    def due_us(self) -> int | None:
        """When it must be sent (again); None while it waits in the queue for its first time."""
        if self.heard_us is not None:
            return self.heard_us + STREAM_SILENT_US
        if self.sent_us is None:
            return None
        return self.sent_us + (RETRY_US if self.tries <= RETRIES else RETRY_SLOW_US)


def _enables() -> list[_Enable]:
    return [
        _Enable(command_frame(0x01, 1), frozenset({ECG_WAVE, ECG_PARAMETERS})),
        _Enable(command_frame(0x03, 1), frozenset({SPO2})),
        _Enable(command_frame(0x04, 1), frozenset({TEMPERATURE})),
        _Enable(command_frame(PLETH, 1), frozenset({PLETH})),
        _Enable(command_frame(RESP, 1), frozenset({RESP})),
    ]


@dataclass(slots=True)
class _Cuff:
    """One cuff and its present determination. asked_us, since_us: arrival times, None when there is none.

    spent: the determination is over for us (watchdog) although the module still says "measuring".
    """

    code: int | None = None
    asked_us: int | None = None
    since_us: int | None = None
    spent: bool = False
    falling: bool = False
    pressure: int = 0
    readings: int = 0
    said: tuple[CuffPhase, int] | None = field(default=None)

    @property
    def busy(self) -> bool:
        """True from our start, or the module's own, to the end."""
        return self.asked_us is not None or self.since_us is not None

    @property
    def deadline_us(self) -> int | None:
        """When the watchdog ends it."""
        if self.since_us is not None:
            return self.since_us + CUFF_WATCHDOG_US
        return None if self.asked_us is None else self.asked_us + CUFF_ANSWER_US

    def ends(self, t_us: int, validity: Validity, reason: str | None) -> NibpReading:
        """Close the determination without a reading."""
        self.asked_us = self.since_us = None
        self.readings += 1
        return NibpReading(t_us, self.readings, None, None, None, None, validity, reason)


class Pm6750:
    """The driver: see the Driver protocol and this module's opening."""

    def __init__(self) -> None:
        self._frames = FrameBuffer(SYNC, FRAME_BYTES_MAX, judge)
        self._ecg = _Track(LEADS, ECG_HZ, BASELINE, (RAIL_LOW, RAIL_HIGH))
        self._pleth = _Track((Parameter.PLETH,), PLETH_HZ, 0, (-1, 101))
        self._resp = _Track((Parameter.RESP,), RESP_HZ, BASELINE, (RAIL_LOW, RAIL_HIGH))
        self._tracks = (self._ecg, self._pleth, self._resp)
        self._handlers: dict[int, Callable[[bytes, int], list[Sample]]] = {
            ECG_WAVE: self._on_ecg_wave,
            ECG_PARAMETERS: self._on_ecg_parameters,
            NIBP: self._on_nibp,
            SPO2: self._on_spo2,
            TEMPERATURE: self._on_temperature,
            QRS: self._on_beat,
            PLETH: self._on_pleth,
            RESP: self._on_resp,
            SOFTWARE: self._on_version,
            HARDWARE: self._on_version,
        }
        self._t_us = 0
        self._ticks: dict[int, int] = {}
        self._handshake = Handshake.OPENING
        self._flags: dict[str, tuple[frozenset[Flag], Handshake | None]] = {}
        self._rhythm: int | None = None
        self._rail_instants = self._ecg_instants = 0
        self._rate_window = (0, 0, 0)  # ECG index, pleth index and bytes skipped at its beginning
        self._cuff = _Cuff()
        self._versions: dict[int, str] = {}
        self._said_identity: str | None = None
        self._enables = _enables()
        self._queue: deque[bytes] = deque(maxlen=QUEUE_MAX)
        self._out = bytearray()
        self._send_at_us = 0
        self._skipped = 0
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None
        self._half_frame_us: int | None = None
        self._flush_at_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Queue gain, filters, enables and the question who is there. Never a cuff command."""
        self._handshake = Handshake.NEGOTIATING
        self._send_at_us = now_us
        self._queue.extend((*CONFIGURE, *(enable.frame for enable in self._enables), *ASK_VERSIONS))
        self._pump(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came. Waves leave in blocks of 40 ms; the rest of a stopped stream leaves with `advance`."""
        samples: list[Sample] = []
        for frame in self._frames.feed(data):
            samples += self._take(frame, now_us)
        self._half_frame_us = now_us + HALF_FRAME_US if self._frames.pending else None
        self._flush_at_us = now_us + HELD_US if any(track.holds for track in self._tracks) else None
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        self._pump(now_us)
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop half frames, let held waves go, repeat enables, guard the cuff, send what waited its 50 ms."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            for frame in self._frames.expire():
                samples += self._take(frame, now_us)
        if _due(self._flush_at_us, now_us):
            self._flush_at_us = None
            samples += [block for track in self._tracks for block in track.flush()]
        samples += self._guard_cuff(now_us)
        samples += self._idle_quality(now_us)
        self._renew(now_us)
        self._pump(now_us)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Cuff and identity. Streams are always on; one of them alone cannot be switched off."""
        if isinstance(cmd, StartNibp):
            refused = self._start_cuff(cmd, now_us)
        elif isinstance(cmd, StopNibp):
            refused = self._stop_cuff()
        elif isinstance(cmd, SetStream):
            refused = _refuse_stream(cmd)
        else:
            refused = self._ask_identity()
        self._pump(now_us)
        return refused

    def outgoing(self) -> bytes:
        """What must be written now; forgotten with this call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline_us(self) -> int | None:
        """The earliest of: next command's turn, retries, half frame, held waves, cuff watchdog, counters."""
        candidates = [self._half_frame_us, self._flush_at_us, self._cuff.deadline_us]
        candidates += [enable.due_us for enable in self._enables if enable.frame not in self._queue]
        if self._queue:
            candidates.append(self._send_at_us)
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ---------------------------------------------------------------------------------------------------------- frames in

    def _take(self, frame: bytes, now_us: int) -> list[Sample]:
        samples: list[Sample] = [*self._lost_bytes()]
        kind = frame[3]
        self._note_stream(kind, now_us)
        samples += self._status("device", frozenset(), with_handshake=True)
        handler = self._handlers.get(kind)
        if handler is not None:  # a type of newer firmware is a good frame that says nothing to us
            samples += handler(frame[4:-1], now_us) if kind not in self._versions_asked() else handler(frame[3:-1], now_us)
        if self._t_us - self._quality_t_us >= QUALITY_US:
            self._quality_t_us = self._t_us
            samples.append(self._link_quality(now_us))
        return samples

    @staticmethod
    def _versions_asked() -> tuple[int, int]:
        return SOFTWARE, HARDWARE
