"""Berry PM6750 multi-parameter module: ECG, SpO2, cuff, temperature and breathing on one line, silent until enabled.

Facts: PROTOCOLS section 5.1, from Abrunacci/berry_med and elmerrocha/telsy-cab, two independent implementations that agree.
docs/protocols/berry-pm6750.md names what is read, what is measured and what is our choice. Factory commands (static
pressure, calibrations, leak test) are not in this file at all, so that they cannot be sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
"""Waves leave in blocks that begin at whole multiples of this: a tenth of the objects, too soon for an eye to notice."""
HELD_US = 100_000
"""An unfinished block waits this long for its rest, then it leaves as it is: the stream has stopped."""
PAUSE_US = SECOND_US
"""A wave not heard for so long while others were had stopped: what follows is not continuous."""
RATE_WINDOW = 4 * ECG_HZ
"""ECG samples against which the pleth is counted: 40 (manual) and 50 Hz (measured) then differ by 40 samples of 200."""
PLETH_40_BELOW, PLETH_RUNNING = 180, 120
SATURATED_SHARE = 0.1
"""Share of instants at the converter's rail from which the ECG counts as saturated: a few tall R peaks do not."""
SATURATED_INSTANTS = ECG_HZ // 10
"""Fewer instants at the rail than this between two parameter packets prove nothing."""

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
    return n + 2 if ~sum(buffer[start + 2 : start + n + 1]) & 0xFF == buffer[start + n + 1] else BAD


class _Track:
    """One kind of wave packet on its way into blocks: the bytes of every instant, one byte a lead."""

    def __init__(self, leads: tuple[Parameter, ...], rate_hz: int, baseline: int, rails: tuple[int, int]) -> None:
        self.leads = leads
        self.shown: tuple[int, ...] = tuple(range(len(leads)))
        self.rate_hz = rate_hz
        self.index = 0
        self.heard_us = 0
        self._steps = tuple((byte - baseline).to_bytes(2, "little", signed=True) for byte in range(256))
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
        end_us = self.end_us
        self.heard_us = end_us if end_us > t_us else t_us
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
        raw, leads = bytes(self._held), len(self.leads)
        first = self.index - len(raw) // leads
        index, origin_us = self._origin
        t_us = origin_us + (first - index) * SECOND_US // self.rate_hz
        gap, self._gap = self._gap, False
        self._held.clear()
        return [self._wave_block(t_us, lead, first, raw[lead::leads], gap) for lead in self.shown]

    def _wave_block(self, t_us: int, lead: int, first: int, column: bytes, gap: bool) -> WaveBlock:
        steps, (low, high) = self._steps, self._rails
        data = b"".join([steps[byte] for byte in column])
        clipped = min(column) <= low or max(column) >= high
        rate_hz = float(self.rate_hz)
        return WaveBlock(t_us, self.leads[lead], rate_hz, "relative", 1.0, first, data, gap, clipped)


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
        self._handlers: dict[int, Callable[[bytes, int], Sequence[Sample]]] = {
            ECG_WAVE: self._on_ecg_wave,
            ECG_PARAMETERS: self._on_ecg_parameters,
            NIBP: self._on_nibp,
            SPO2: self._on_spo2,
            TEMPERATURE: self._on_temperature,
            QRS: self._on_beat,
            PLETH: self._on_pleth,
            RESP: self._on_resp,
            SOFTWARE: self._on_software,
            HARDWARE: self._on_hardware,
        }
        self._t_us = 0
        self._ticks: dict[int, int] = {}
        self._handshake = Handshake.OPENING
        self._said_handshake: Handshake | None = None
        self._flags: dict[str, frozenset[Flag]] = {}
        self._rhythm: int | None = None
        self._rail_instants = self._ecg_instants = 0
        self._rate_window = (0, 0, 0)  # ECG index, pleth index and bytes skipped at its beginning
        self._cuff = _Cuff()
        self._versions: dict[str, str] = {}
        self._said_identity: str | None = None
        self._enables = _enables()
        self._proofs = {kind: enable for enable in self._enables for kind in enable.proof}
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
            refused = None
            self._ask_identity()
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
        samples: list[Sample] = []
        kind = frame[3]
        if self._frames.bytes_skipped != self._skipped:
            samples += self._lost_bytes()
        self._note_stream(kind, now_us)
        if self._handshake is not self._said_handshake:
            self._said_handshake = self._handshake
            samples.append(DeviceStatus(self._t_us, "device", frozenset(), self._handshake))
        handler = self._handlers.get(kind)
        if handler is not None:  # a type of newer firmware is a good frame that says nothing to us
            samples += handler(frame[4:-1], now_us)
        if self._t_us - self._quality_t_us >= QUALITY_US:
            self._quality_t_us = self._t_us
            samples.append(self._link_quality(now_us))
        return samples

    def _lost_bytes(self) -> list[WaveBlock]:
        """Bytes were skipped before this frame: the waves they may have carried are not continuous.

        Exactly one ECG frame's length is taken for one ECG instant: no other frame is as long, and a broken frame of this
        line is one of those in three cases of four. After any other loss nothing is known but that there was one.
        """
        skipped, self._skipped = self._frames.bytes_skipped - self._skipped, self._frames.bytes_skipped
        if skipped == FRAME_BYTES_MAX and self._ecg.index:
            return self._ecg.interrupt(lost=1)
        return [block for track in self._tracks for block in track.interrupt()]

    def _note_stream(self, kind: int, now_us: int) -> None:
        enable = self._proofs.get(kind)
        if enable is not None:
            enable.heard_us, enable.tries = now_us, 0
        if self._handshake is not Handshake.STREAMING:
            running = all(enable.heard_us is not None for enable in self._enables)
            self._handshake = Handshake.STREAMING if running else Handshake.NEGOTIATING

    def _on_ecg_wave(self, data: bytes, now_us: int) -> Sequence[Sample]:
        lows_and_highs = data if len(self._ecg.shown) > 1 else data[LEAD_II : LEAD_II + 1]
        self._ecg_instants += 1
        self._rail_instants += min(lows_and_highs) <= RAIL_LOW or max(lows_and_highs) >= RAIL_HIGH
        blocks = self._wave(self._ecg, data)
        if self._ecg.index - self._rate_window[0] >= RATE_WINDOW:
            blocks += self._judge_pleth_rate()
        return blocks

    def _on_pleth(self, data: bytes, now_us: int) -> Sequence[Sample]:
        return self._wave(self._pleth, data[:1])

    def _on_resp(self, data: bytes, now_us: int) -> Sequence[Sample]:
        return self._wave(self._resp, data[:1])

    def _wave(self, track: _Track, instant: bytes) -> list[WaveBlock]:
        blocks = track.put(instant, self._t_us)
        self._t_us = max(self._t_us, track.heard_us)
        return blocks

    def _judge_pleth_rate(self) -> list[WaveBlock]:
        """The manual says 40 Hz, a real unit sent 50: count the pleth against the ECG, over stretches without any loss."""
        _, pleth, skipped = self._rate_window
        self._rate_window = (self._ecg.index, self._pleth.index, self._frames.bytes_skipped)
        count = self._pleth.index - pleth
        if count < PLETH_RUNNING or skipped != self._frames.bytes_skipped:
            return []
        rate = PLETH_MANUAL_HZ if count < PLETH_40_BELOW else PLETH_HZ
        if rate == self._pleth.rate_hz:
            return []
        blocks = self._pleth.interrupt(self._t_us)
        self._pleth.rate_hz = rate
        return blocks

    def _on_ecg_parameters(self, data: bytes, now_us: int) -> list[Sample]:
        self._tick(ECG_PARAMETERS)
        status, hr, rr = data[:3]
        off, weak = bool(status & 2), bool(status & 1)
        code = data[4] if len(data) > 4 else None
        samples: list[Sample] = [*self._show_leads(status >> 6)]
        samples += self._status("ecg", self._ecg_flags(off, weak))
        samples.append(self._rate(Parameter.HR, "bpm", hr, _no_rate(off, code), weak))
        samples.append(self._rate(Parameter.RESP_RATE, "breaths/min", rr, _no_rate(off, None), weak=False))
        if code is not None and code != self._rhythm:
            self._rhythm = code
            word = RHYTHMS[code] if code < len(RHYTHMS) else "unknown"
            samples.append(RhythmCode(self._t_us, word, f"0x{code:02x}"))
        return samples

    def _show_leads(self, mode: int) -> list[WaveBlock]:
        """In 3-lead mode (1) only lead II is measured; the other bytes mean nothing."""
        shown = (LEAD_II,) if mode == 1 else tuple(range(len(LEADS)))
        if shown == self._ecg.shown:
            return []
        blocks = self._ecg.interrupt()
        self._ecg.shown = shown
        return blocks

    def _ecg_flags(self, off: bool, weak: bool) -> frozenset[Flag]:
        """With a lead off the rails are expected and not called saturation."""
        saturated = self._rail_instants >= max(SATURATED_INSTANTS, SATURATED_SHARE * self._ecg_instants)
        self._rail_instants = self._ecg_instants = 0
        wanted = {Flag.LEAD_OFF: off, Flag.WEAK_SIGNAL: weak, Flag.SATURATED: saturated and not off}
        return frozenset(flag for flag, holds in wanted.items() if holds)

    def _rate(self, parameter: Parameter, unit: str, value: int, why_none: Validity, weak: bool) -> Numeric:
        source = Source.ECG if parameter is Parameter.HR else Source.IMPEDANCE
        if value == 0 or why_none is Validity.SENSOR_OFF:
            return Numeric(self._t_us, parameter, None, unit, why_none, source)
        if value > 250:
            return Numeric(self._t_us, parameter, None, unit, Validity.OUT_OF_RANGE, source)
        validity = Validity.QUESTIONABLE if weak else Validity.VALID
        return Numeric(self._t_us, parameter, float(value), unit, validity, source)

    def _on_spo2(self, data: bytes, now_us: int) -> list[Sample]:
        self._tick(SPO2)
        state, spo2, pulse = data
        why_none, flags = SPO2_STATES.get(state, (Validity.NOT_MEASURED, frozenset()))
        ok = state == 0
        return [
            *self._status("spo2", flags),
            self._pleth_number(Parameter.SPO2, "%", spo2, 100, SPO2_NO_VALUE, None if ok else why_none),
            self._pleth_number(Parameter.PULSE_RATE, "bpm", pulse, 250, PULSE_NO_VALUE, None if ok else why_none),
        ]

    def _pleth_number(
        self, parameter: Parameter, unit: str, value: int, high: int, no_value: int, why_none: Validity | None
    ) -> Numeric:
        if why_none is None and value == no_value:
            why_none = Validity.NOT_MEASURED
        if why_none is None and not 0 < value <= high:
            why_none = Validity.OUT_OF_RANGE
        if why_none is not None:
            return Numeric(self._t_us, parameter, None, unit, why_none, Source.PLETH)
        return Numeric(self._t_us, parameter, float(value), unit, Validity.VALID, Source.PLETH)

    def _on_temperature(self, data: bytes, now_us: int) -> list[Sample]:
        """The first probe only: a chair has one. An empty value is 0, which is not 0.0 degC."""
        self._tick(TEMPERATURE)
        status, whole, tenths = data[:3]
        off = bool(status & 1)
        why_none = None
        if off:
            why_none = Validity.SENSOR_OFF
        elif status > 3 or (whole, tenths) == (0, 0):
            why_none = Validity.NOT_MEASURED
        elif whole > TEMPERATURE_HIGH or tenths > 9:
            why_none = Validity.OUT_OF_RANGE
        value, validity = ((whole * 10 + tenths) / 10, Validity.VALID) if why_none is None else (None, why_none)
        number = Numeric(self._t_us, Parameter.TEMPERATURE, value, "degC", validity)
        return [*self._status("temperature", frozenset({Flag.PROBE_OFF} if off else ())), number]

    def _on_beat(self, data: bytes, now_us: int) -> list[Sample]:
        return [Beat(self._t_us, Source.ECG, self._ecg.index if self._ecg.index else None)]

    def _on_software(self, data: bytes, now_us: int) -> list[Sample]:
        return self._identity("software", data)

    def _on_hardware(self, data: bytes, now_us: int) -> list[Sample]:
        return self._identity("hardware", data)

    def _identity(self, part: str, data: bytes) -> list[Sample]:
        """Said with the software's version; the hardware is asked first, so that one Identity holds both."""
        self._versions[part] = _version_text(data)
        if "software" not in self._versions:
            return []
        firmware = self._versions["software"]
        if "hardware" in self._versions:
            firmware += f" (hardware {self._versions['hardware']})"
        if firmware == self._said_identity:
            return []
        self._said_identity = firmware
        return [Identity(self._t_us, maker="Berry", model="PM6750", firmware=firmware)]

    def _status(self, of: str, flags: frozenset[Flag]) -> list[Sample]:
        if self._flags.get(of) == flags:
            return []
        self._flags[of] = flags
        return [DeviceStatus(self._t_us, of, flags, self._handshake)]

    def _tick(self, kind: int) -> None:
        """While no wave runs, packets that come once a second carry the stream's time on."""
        if self._ticks.get(kind) == self._t_us:
            self._t_us += SECOND_US
        self._ticks[kind] = self._t_us

    # ------------------------------------------------------------------------------------------------------------ the cuff

    def _on_nibp(self, data: bytes, now_us: int) -> list[Sample]:
        cuff = self._cuff
        code, before = data[0] >> 2 & 0xF, cuff.code
        cuff.code = code
        if code == CUFF_MEASURING:
            return [*self._status("nibp", frozenset()), *self._measuring(data[1] * 2, now_us)]
        ended: list[Sample] = []
        if cuff.since_us is not None or (cuff.asked_us is not None and self._failed_at_once(code, before)):
            ended = [self._reading(code, data)]
            self._urgent(NIBP_STOP)
        cuff.spent = cuff.falling = False
        phase = CuffPhase.ENDED if ended else CuffPhase.INITIALISING if code == CUFF_INITIALISING else CuffPhase.IDLE
        return [*self._status("nibp", frozenset()), *self._progress(phase, data[1] * 2), *ended]

    @staticmethod
    def _failed_at_once(code: int, before: int | None) -> bool:
        """A failure between two packets: "measuring" was never said. An old word that stands on is no answer to us."""
        return code != before and code in CUFF_REASONS

    def _measuring(self, pressure: int, now_us: int) -> list[Sample]:
        cuff = self._cuff
        if cuff.since_us is None and not cuff.spent:
            cuff.since_us, cuff.asked_us = now_us, None
            cuff.falling, cuff.pressure = False, 0
        cuff.falling = cuff.falling or pressure < cuff.pressure
        cuff.pressure = pressure
        cuff.said = (CuffPhase.MEASURING if cuff.falling else CuffPhase.INFLATING, pressure)
        return [NibpProgress(self._t_us, *cuff.said)]

    def _progress(self, phase: CuffPhase, pressure: int) -> list[Sample]:
        """A cuff at rest is said when it changes: a repeated number is no news."""
        if self._cuff.said == (phase, pressure):
            return []
        self._cuff.said = (phase, pressure)
        return [NibpProgress(self._t_us, phase, pressure)]

    def _reading(self, code: int, data: bytes) -> NibpReading:
        """Pressures mean something only with code 0."""
        if code != CUFF_OK:
            validity = Validity.ABORTED if code == CUFF_STOPPED else Validity.FAILED
            return self._cuff.ends(self._t_us, validity, CUFF_REASONS.get(code, "unknown"))
        systolic, mean, diastolic = data[2:5]
        if not 0 < diastolic <= mean <= systolic <= 250 or diastolic == systolic:
            return self._cuff.ends(self._t_us, Validity.FAILED, "out_of_range")
        cuff = self._cuff
        cuff.asked_us = cuff.since_us = None
        cuff.readings += 1
        pressures = (float(systolic), float(diastolic), float(mean))
        return NibpReading(self._t_us, cuff.readings, *pressures, None, Validity.VALID)

    def _guard_cuff(self, now_us: int) -> list[Sample]:
        """The watchdogs: no answer to our start, or no end after 90 s. The cuff is let down either way."""
        if not _due(self._cuff.deadline_us, now_us):
            return []
        reason = "timeout" if self._cuff.since_us is not None else "no_answer"
        self._cuff.spent = self._cuff.since_us is not None
        self._urgent(NIBP_STOP)
        return [self._cuff.ends(self._t_us, Validity.FAILED, reason)]

    def _start_cuff(self, cmd: StartNibp, now_us: int) -> Refused | None:
        refused = self._cuff_unready() or _refuse_patient(cmd)
        if refused is not None:
            return refused
        code, _, _ = PATIENTS[cmd.patient_class]
        self._queue.append(command_frame(0x09, code))
        if cmd.inflate_to_mmhg is not None:
            self._queue.append(command_frame(0x0A, cmd.inflate_to_mmhg // 2))
        self._queue.append(NIBP_START)
        self._cuff.asked_us = now_us
        return None

    def _cuff_unready(self) -> Refused | None:
        if self._cuff.busy or self._cuff.code == CUFF_MEASURING:
            return Refused("The cuff is already at work: wait for its reading, or stop it first.")
        if self._cuff.code == CUFF_INITIALISING:
            return Refused("The cuff is still starting up and would ignore the order: try again in a few seconds.")
        if self._frames.frames_good == 0:
            return Refused("The module has not answered yet: check its cable and its power.")
        return None

    def _stop_cuff(self) -> Refused | None:
        """Overtakes everything that waits, and takes back a start that has not left yet."""
        if NIBP_START in self._queue:
            self._queue.remove(NIBP_START)
        self._urgent(NIBP_STOP)
        return None

    # ---------------------------------------------------------------------------------------------------------- frames out

    def _ask_identity(self) -> None:
        """The answer is an Identity even when nothing has changed."""
        self._said_identity = None
        self._queue.extend(frame for frame in ASK_VERSIONS if frame not in self._queue)

    def _urgent(self, frame: bytes) -> None:
        if frame not in self._queue:
            self._queue.appendleft(frame)

    def _renew(self, now_us: int) -> None:
        """Repeat the enables whose stream did not start, or has stopped."""
        for enable in self._enables:
            if _due(enable.due_us, now_us) and enable.frame not in self._queue:
                enable.heard_us = enable.sent_us = None
                self._handshake = Handshake.NEGOTIATING
                self._queue.append(enable.frame)

    def _pump(self, now_us: int) -> None:
        """One command at a time, 50 ms apart: the radio variant drops what comes faster."""
        if not self._queue or now_us < self._send_at_us:
            return
        frame = self._queue.popleft()
        self._out += frame
        self._send_at_us = now_us + SPACING_US
        for enable in self._enables:
            if enable.frame == frame:
                enable.sent_us = now_us
                enable.tries += 1

    # ---------------------------------------------------------------------------------------------------------- the counters

    def _counters(self) -> tuple[int, int, int]:
        return self._frames.frames_good, self._frames.frames_bad, self._frames.bytes_skipped

    def _idle_quality(self, now_us: int) -> list[Sample]:
        """Counters of a line that carries no stream's time on: noise alone, or the end of a file."""
        if not _due(self._quality_due_us, now_us) or self._counters() == self._quality:
            return []
        return [self._link_quality(now_us)]

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality = self._counters()
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._t_us, *self._quality)


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


def _no_rate(lead_off: bool, rhythm: int | None) -> Validity:
    """Why there would be no rate."""
    if lead_off:
        return Validity.SENSOR_OFF
    return Validity.SEARCHING if rhythm == ANALYSING else Validity.NOT_MEASURED


def _version_text(data: bytes) -> str:
    """The sheet does not give the form of the answer: text where it is text, else numbers with points between them."""
    if data and all(0x20 <= byte < 0x7F for byte in data):
        return data.decode("ascii").strip()
    return ".".join(str(byte) for byte in data)


def _refuse_stream(cmd: SetStream) -> Refused | None:
    if cmd.wave not in SPEC.waves:
        return Refused(f"This module has no wave called {cmd.wave.value}.")
    return None if cmd.on else Refused("Every wave of this module is always on.")


def _refuse_patient(cmd: StartNibp) -> Refused | None:
    if cmd.patient_class not in PATIENTS:
        return Refused(f"'{cmd.patient_class}' is no patient class of this cuff: choose {', '.join(PATIENTS)}.")
    _, low, high = PATIENTS[cmd.patient_class]
    if cmd.inflate_to_mmhg is not None and not low <= cmd.inflate_to_mmhg <= high:
        return Refused(
            f"{cmd.inflate_to_mmhg} mmHg is outside {low} to {high} mmHg, which this cuff allows for {cmd.patient_class}."
        )
    return None


SPEC = DriverSpec(
    id="berry-pm6750",
    maker="Berry",
    model="PM6750",
    make=Pm6750,
    numerics={
        Parameter.HR: SECOND_US,
        Parameter.RESP_RATE: SECOND_US,
        Parameter.SPO2: SECOND_US,
        Parameter.PULSE_RATE: SECOND_US,
        Parameter.TEMPERATURE: SECOND_US,
    },
    waves={**dict.fromkeys(LEADS, float(ECG_HZ)), Parameter.PLETH: float(PLETH_HZ), Parameter.RESP: float(RESP_HZ)},
    mode="enable",
    lines=(LineSettings(baud=115_200),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=3 * SECOND_US,
    evidence="two independent public implementations that agree",
    tests="1 real frame, computed frames, twin",
    use="alarms",
    identity="model",
    nibp=True,
    commands=(StartNibp, StopNibp, AskIdentity),
    usb_hints=("0483:5740",),
    notes=(
        "ECG leads off cannot be told from an unplugged ECG cable.",
        "Waves have no stated scale; saturation at gain x1 is common and is reported.",
        "Pleth is sent at 50 Hz by the unit that was measured, at 40 Hz by the manual: the rate is counted.",
    ),
)
