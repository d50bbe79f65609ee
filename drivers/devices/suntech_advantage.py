"""SunTech Advantage-family blood pressure modules (Advantage A+/OEM, Mini, 2.0): a cuff that is commanded and polled.

Facts: PROTOCOLS section 5.3, from four public implementations that agree on the framing (ak-git/DesktopFX, which
quotes the vendor's text; hwy0606/STM32F103; a bedside monitor's and a kiosk's firmware, which quotes the vendor's Operations
Manual). docs/protocols/suntech-advantage.md names what is read, what is measured and what is our choice. Pneumatics,
calibration and venous stasis are not in this file at all, so that they cannot be sent.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from dataclasses import dataclass, field

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
    StartNibp,
    StopNibp,
)
from drivers.framing import BAD, MORE, FrameBuffer, negated_sum8
from drivers.samples import (
    CuffPhase,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Sample,
    Validity,
)

SECOND_US = 1_000_000
SYNC = b"\x3e"
REPLY, PRESSURE, CODE, STREAMED, DATA, REPORT, STRINGS = 0x04, 0x05, 0x06, 0x07, 0x18, 0x19, 0x43
LENGTHS = frozenset((REPLY, PRESSURE, CODE, STREAMED, DATA, REPORT, STRINGS))
FRAME_BYTES_MAX = STRINGS
THIRD_BYTES = {REPLY: b"OKBAES", STREAMED: b"\x01", REPORT: b"\x03"}
PRESSURES = re.compile(rb"(?:\x3e\x05[\x00-\xff]{3})+")
PRESSURE_ROW = np.dtype([("header", "<u2"), ("mmhg", "<i2"), ("sum", "u1")])
RUN = 8
"""From so many pressure frames in a row on their sums are checked all at once."""
RESULT = struct.Struct("<HHBB8xBxHB2x")  # systolic, diastolic, beats, status, pulse, mean, error
FIRMWARE, SAFETY, SERIAL = slice(2, 10), slice(10, 18), slice(34, 50)

POLL_US = SECOND_US // 2
REPLY_US = SECOND_US
BUSY_US = SECOND_US
QUALITY_US = SECOND_US
QUALITY_IDLE_US = 1_500_000
QUEUE_MAX = 8
"""Orders that may wait for the line: stop, result, inflation and start are four."""

REST_US = 30 * SECOND_US
LIMIT_US = {"adult": 140 * SECOND_US, "child": 140 * SECOND_US, "neonate": 75 * SECOND_US}
"""Ten seconds beyond the module's own limits of 130 and 65 s: whoever is still at it then is stopped."""
UNSURE_US = 10 * SECOND_US
"""A start that nobody answered, and no pressure for so long: it never happened."""
UNDER_PRESSURE = 15
"""mmHg above which a cuff counts as inflated: drift and a resting hand stay below."""
PRESSURE_MAX = 350
LOW_POLLS = 10
"""A cuff empty for so many polls (5 s) is no longer measuring, whether or not its K was heard."""
SETTLING_POLLS = 10
"""So many polls after its end a cuff may still be emptying; pressure beyond that is a new measurement."""

STARTS = {"adult": 0x20, "child": 0x87, "neonate": 0x28}
INFLATION = {"adult": (60, 300), "child": (60, 210), "neonate": (40, 140)}  # mmHg
ABORTED_BY_USER = 86
ERRORS = {
    1: "weak_pulse",
    2: "motion",
    3: "out_of_range",
    4: "timeout",
    85: "blocked",
    ABORTED_BY_USER: "stopped",
    87: "cuff_loose",
    88: "safety_timeout",
    89: "overpressure",
    90: "hardware",
    91: "not_permitted",
    97: "transducer",
    99: "not_calibrated",
}
BROKEN = frozenset((90, 97, 99))
"""Errors that the next measurement will not mend."""


def packet(*body: int) -> bytes:
    """One order of the host: header, body, and what makes the sum 0."""
    data = bytes((0x3A, *body))
    return data + bytes((negated_sum8(data),))


@dataclass(frozen=True, slots=True)
class _Request:
    """Something to ask or order. answers: lengths of frames, or letters, that settle it. repeats: after silence, B or E.

    once: after silence it is not repeated, because it may have been obeyed.
    """

    frame: bytes
    answers: frozenset[int]
    repeats: int = 2
    once: bool = False


ASK_PRESSURE = _Request(packet(0x79, 0x05, 0x00), frozenset((PRESSURE, *b"BE")), repeats=0)
ASK_DATA = _Request(packet(0x79, 0x03, 0x00), frozenset((DATA, REPORT)))
ASK_MODULE = _Request(packet(0x00), frozenset((STRINGS, *b"OKE")), repeats=0)
ASK_STRINGS = _Request(packet(0x79, 0x02, 0x40), frozenset((STRINGS, *b"E")), repeats=1)
ABORT = _Request(packet(0x79, 0x01, 0x00), frozenset(b"AOK"))
OBEYED = frozenset(b"O")
SET_INFLATION = 0x17
BUSY = ord("B")
REFUSALS = {BUSY: "busy", ord("E"): "refused"}


def judge(buffer: bytes, start: int) -> int:
    """FrameBuffer's question for this protocol. Pressure frames that follow each other are taken as one piece."""
    have = len(buffer) - start
    if have < 2:
        return MORE
    length = buffer[start + 1]
    if length not in LENGTHS:
        return BAD
    if have > 2 and length in THIRD_BYTES and buffer[start + 2] not in THIRD_BYTES[length]:
        return BAD
    if have < length:
        return MORE
    if length == PRESSURE and have >= RUN * PRESSURE:
        return _pressure_run(buffer, start)
    return BAD if sum(buffer[start : start + length]) & 0xFF else length


def _pressure_run(buffer: bytes, start: int) -> int:
    """Bytes of the good pressure frames that follow each other here, or BAD when the first is none."""
    run = PRESSURES.match(buffer, start)
    count = (run.end() - start) // PRESSURE if run is not None else 0
    rows = np.frombuffer(buffer, np.uint8, count * PRESSURE, start).reshape(-1, PRESSURE)
    wrong = np.flatnonzero(rows.sum(axis=1, dtype=np.uint8))
    good = int(wrong[0]) if len(wrong) else count
    return good * PRESSURE or BAD


class _Exchange:
    """One request outstanding, its repeats, and the orders that wait. Times are arrival times.

    A request counts as sent only when it was handed over: bytes of a recorded stream are no answers to us.
    """

    def __init__(self) -> None:
        self.waiting: deque[_Request] = deque(maxlen=QUEUE_MAX)
        self.sent: _Request | None = None
        self._out = b""
        self._tries = 0
        self._due_us = 0
        self._refusal = 0
        self.handed_over = False

    @property
    def due_us(self) -> int | None:
        """When the outstanding request is repeated or given up."""
        return self._due_us if self.sent is not None else None

    def take_out(self) -> bytes:
        """What must be written; forgotten with this call."""
        data, self._out = self._out, b""
        self.handed_over = self.handed_over or bool(data)
        return data

    def send(self, request: _Request, now_us: int) -> None:
        """Put it on the line. Nothing may be outstanding."""
        self.sent, self._tries = request, 1
        self._out, self._due_us, self._refusal = request.frame, now_us + REPLY_US, 0

    def hears(self, answer: int, now_us: int) -> _Request | None:
        """The request that this answer settles, if it does. Busy and "bad packet" ask for the same again."""
        sent = self.sent
        if sent is None or self._out:
            return None
        if answer in sent.answers:
            self.sent = None
            return sent
        if answer in REFUSALS:
            self._refusal = answer
            self._due_us = now_us + (BUSY_US if answer == BUSY else 0)
        return None

    def expired(self, now_us: int) -> tuple[_Request, str] | None:
        """Repeat what is due; or the request that is given up, and why."""
        sent, refusal = self.sent, self._refusal
        if sent is None or self._due_us > now_us:
            return None
        if self._tries > sent.repeats or (sent.once and not refusal) or ABORT in self.waiting:
            self.sent, self._out = None, b""
            return sent, REFUSALS.get(refusal, "no_answer")
        self._tries += 1
        self._out, self._due_us, self._refusal = sent.frame, now_us + REPLY_US, 0
        return None

    def abort(self) -> list[_Request]:
        """The stop overtakes all that waits, and takes back the orders that have not left; those are returned."""
        taken_back = [request for request in self.waiting if request.answers == OBEYED]
        self.waiting = deque((r for r in self.waiting if r not in (*taken_back, ABORT)), QUEUE_MAX)
        self.waiting.appendleft(ABORT)
        if self._refusal:
            self._due_us = 0
        return taken_back

    def forget(self, request: _Request) -> None:
        """Nobody needs its answer any more."""
        if request in self.waiting:
            self.waiting.remove(request)
        if self.sent is request:
            self.sent, self._out = None, b""


@dataclass(slots=True)
class _Cuff:
    """The cuff as far as it is known. Times named _us are arrival times, those named t_us the stream's own.

    running: a determination, ours or one that was found at work. ends: K or A was heard, the result is awaited.
    """

    known: bool = False
    asked: bool = False
    running: bool = False
    deadline_us: int | None = None
    limit_us: int = 0
    unsure: bool = False
    high: bool = False
    falling: bool = False
    low_polls: int = 0
    pressure: int = 0
    settling: int = 0
    ends: int | None = None
    ended_t_us: int = 0
    rest_until_us: int | None = None
    rest_until_t_us: int | None = None
    readings: int = 0
    said: tuple[CuffPhase, int | None] | None = field(default=None)

    @property
    def busy(self) -> bool:
        """True from an accepted order to the result."""
        return self.asked or self.running or self.ends is not None

    @property
    def is_at_work(self) -> bool:
        """A determination whose pressure has been seen, so that only its course is news."""
        return self.running and self.high and self.ends is None

    def begins(self, deadline_us: int | None, unsure: bool = False) -> None:
        """A determination is at work. unsure: our start had no answer, only pressure will tell."""
        self.asked, self.running, self.deadline_us, self.unsure = False, True, deadline_us, unsure
        self.high = self.falling = False
        self.low_polls = 0

    def rests(self, t_us: int, now_us: int) -> None:
        """It is over, and the arm needs its time without pressure."""
        self.asked = self.running = False
        self.deadline_us = None
        self.ended_t_us, self.settling = t_us, SETTLING_POLLS
        self.rest_until_us = now_us + REST_US
        self.rest_until_t_us = t_us + REST_US + POLL_US  # the answer to a poll from before the end is still on its way


class SunTechAdvantage:
    """The driver: see the Driver protocol and this module's opening.

    The line carries no time and is never busy by itself: the stream's time counts the answers to our polls, half a second
    apart.
    """

    def __init__(self) -> None:
        self._frames = FrameBuffer(SYNC, FRAME_BYTES_MAX, judge)
        self._exchange = _Exchange()
        self._cuff = _Cuff()
        self._t_us = 0
        self._handshake = Handshake.OPENING
        self._said_handshake: Handshake | None = None
        self._faulty = False
        self._record_k = False
        self._ask_next: _Request | None = None
        self._said_identity: Identity | None = None
        self._poll_at_us = 0
        self._half_frame_us: int | None = None
        self._quality = (0, 0, 0)
        self._quality_t_us = 0
        self._quality_due_us: int | None = None

    # ------------------------------------------------------------------------------------------------------- the contract

    def start(self, now_us: int) -> None:
        """Ask for the cuff's pressure, then who is there. A cuff that is at work is let alone."""
        self._handshake = Handshake.NEGOTIATING
        self._poll_at_us = now_us
        self._ask_next = ASK_MODULE
        self._pump(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Decode what came."""
        samples: list[Sample] = []
        for frame in self._frames.feed(data):
            self._take(frame, now_us, samples)
        self._half_frame_us = now_us + HALF_FRAME_US if self._frames.pending else None
        if self._quality_due_us is None:
            self._quality_due_us = now_us + QUALITY_IDLE_US
        if self._t_us - self._quality_t_us >= QUALITY_US:
            samples.append(self._link_quality(now_us))
        self._pump(now_us)
        return samples

    def advance(self, now_us: int) -> list[Sample]:
        """Drop half frames, repeat what was not answered, poll, guard the cuff."""
        samples: list[Sample] = []
        if _due(self._half_frame_us, now_us):
            self._half_frame_us = None
            for frame in self._frames.expire():
                self._take(frame, now_us, samples)
        given_up = self._exchange.expired(now_us)
        if given_up is not None:
            samples += self._gave_up(*given_up, now_us)
        if _due(self._cuff.deadline_us, now_us):
            samples += self._guard(now_us)
        if _due(self._quality_due_us, now_us) and self._counters() != self._quality:
            samples.append(self._link_quality(now_us))
        self._pump(now_us)
        return samples

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Cuff and identity; there is no wave."""
        refused: Refused | None = None
        if isinstance(cmd, StartNibp):
            refused = self._start_cuff(cmd, now_us)
        elif isinstance(cmd, StopNibp):
            self._stop_cuff()
        elif isinstance(cmd, SetStream):
            refused = Refused("This module measures blood pressure only: it has no waves.")
        else:
            self._ask_next, self._said_identity = ASK_MODULE, None
        self._pump(now_us)
        return refused

    def outgoing(self) -> bytes:
        """What must be written now; forgotten with this call."""
        return self._exchange.take_out()

    def next_deadline_us(self) -> int | None:
        """The earliest of: answer overdue, next poll, half frame, watchdog, counters."""
        waits = self._exchange.due_us
        candidates = [self._half_frame_us, self._cuff.deadline_us, waits if waits is not None else self._poll_at_us]
        if self._counters() != self._quality:
            candidates.append(self._quality_due_us)
        return min((due for due in candidates if due is not None), default=None)

    # ---------------------------------------------------------------------------------------------------------- frames in

    def _take(self, frame: bytes, now_us: int, samples: list[Sample]) -> None:
        kind = frame[1]
        if self._said_handshake is not Handshake.STREAMING:
            samples += self._introduce(kind)
        if kind == PRESSURE:
            self._frames.frames_good += len(frame) // PRESSURE - 1
            self._exchange.hears(PRESSURE, now_us)
            self._pressures(np.frombuffer(frame, PRESSURE_ROW)["mmhg"], now_us, samples)
        elif kind == STREAMED:
            self._t_us += POLL_US
            samples += self._pressure(int.from_bytes(frame[3:5], "little", signed=True), now_us)
        elif kind == REPLY:
            samples += self._reply(frame[2], now_us)
        elif kind in (DATA, REPORT):
            self._exchange.hears(kind, now_us)
            samples += self._result(frame[2:23], now_us) if kind == DATA else self._report(frame[3:24], now_us)
        elif kind == STRINGS:
            samples += self._strings(frame, now_us)

    def _introduce(self, kind: int) -> list[Sample]:
        """The first good frame says that a module is there; only a pressure says whether its cuff is at work."""
        said = [] if kind in (PRESSURE, STREAMED) or self._said_handshake is not None else [CuffPhase.INITIALISING]
        self._handshake = Handshake.NEGOTIATING if kind not in (PRESSURE, STREAMED) else Handshake.STREAMING
        if self._handshake is self._said_handshake:
            return []
        self._said_handshake = self._handshake
        status = DeviceStatus(self._t_us, "device", frozenset(), self._handshake)
        return [status, *(NibpProgress(self._t_us, phase) for phase in said)]

    def _reply(self, letter: int, now_us: int) -> list[Sample]:
        """O, K, B, A, E or S. K and A also come unasked, between a poll and its answer: they end a determination."""
        cuff, settled = self._cuff, self._exchange.hears(letter, now_us)
        if settled is ASK_MODULE:  # one firmware answers K and shows its strings only when asked for them
            self._ask_next = ASK_STRINGS
            return []
        if settled is not None and settled.once:
            cuff.begins(now_us + cuff.limit_us)
            return self._say(CuffPhase.INFLATING, None)
        if letter in b"KA" and cuff.running:
            return self._ended(letter, now_us)
        self._record_k = letter == ord("K") and cuff.ends is None and not self._exchange.handed_over
        return []

    # ------------------------------------------------------------------------------------------------------------ the cuff

    def _pressures(self, values: npt.NDArray[np.int16], now_us: int, samples: list[Sample]) -> None:
        """Answers to polls that follow each other. Those of a cuff at rest, and of one at work, are long runs alike."""
        done = 0
        while done < len(values):
            ahead = len(values) - done
            quiet = self._at_rest_for(values[done:]) if ahead >= RUN else 0
            if quiet:
                self._t_us += quiet * POLL_US
                self._cuff.pressure = int(values[done + quiet - 1])
            elif ahead >= RUN and self._cuff.is_at_work:
                quiet = self._all_at_work(values[done:].tolist(), samples)
            if not quiet:
                self._t_us += POLL_US
                samples += self._pressure(int(values[done]), now_us)
            done += quiet or 1

    def _at_rest_for(self, values: npt.NDArray[np.int16]) -> int:
        """How many of these say nothing new of a cuff at rest."""
        cuff = self._cuff
        if cuff.running or cuff.ends is not None or cuff.said is None or cuff.settling:
            return 0
        limit = len(values)
        if cuff.said[0] is CuffPhase.INITIALISING and cuff.rest_until_t_us is not None:
            limit = min(limit, (cuff.rest_until_t_us - self._t_us - 1) // POLL_US)
        elif cuff.said[0] is not CuffPhase.IDLE:
            return 0
        inflated = np.flatnonzero(values[:limit] > UNDER_PRESSURE)
        return int(inflated[0]) if len(inflated) else max(0, limit)

    def _all_at_work(self, values: list[int], samples: list[Sample]) -> int:
        """As `_at_work`, for as many of these as an inflated cuff can have; how many those were."""
        cuff, t_us, shown, done = self._cuff, self._t_us, self._cuff.pressure, 0
        phase = CuffPhase.MEASURING if cuff.falling else CuffPhase.INFLATING
        if cuff.said != (phase, shown):
            return 0
        for mmhg in values:
            if not UNDER_PRESSURE < mmhg <= PRESSURE_MAX:
                break
            t_us += POLL_US
            done += 1
            if mmhg != shown:
                if mmhg < shown:
                    phase = CuffPhase.MEASURING
                shown = mmhg
                samples.append(NibpProgress(t_us, phase, mmhg))
        if done:
            self._t_us, cuff.pressure, cuff.said = t_us, shown, (phase, shown)
            cuff.falling, cuff.low_polls = phase is CuffPhase.MEASURING, 0
        return done

    def _pressure(self, mmhg: int, now_us: int) -> list[Sample]:
        """One answer to a poll. Negative is zero drift: there is a cuff, but no number."""
        cuff = self._cuff
        first, cuff.known = not cuff.known, True
        before, cuff.pressure = cuff.pressure, mmhg
        shown = mmhg if 0 <= mmhg <= PRESSURE_MAX else None
        inflated = mmhg > UNDER_PRESSURE
        if cuff.ends is not None:
            cuff.low_polls += 1
            return self._without_result("no_answer", now_us) if cuff.low_polls >= LOW_POLLS else []
        cuff.settling = cuff.settling - 1 if cuff.settling and inflated else 0
        if inflated and not cuff.running and not cuff.settling:
            cuff.begins(None)
            cuff.falling = first  # found at work: nobody saw it being inflated
            before = mmhg
        if cuff.running:
            return self._at_work(mmhg, before, shown, now_us)
        if inflated:
            return self._say(CuffPhase.ENDED, shown)
        if cuff.rest_until_t_us is not None and self._t_us < cuff.rest_until_t_us:
            return self._rest_says(CuffPhase.INITIALISING, shown)
        return self._rest_says(CuffPhase.IDLE, shown)

    def _at_work(self, mmhg: int, before: int, shown: int | None, now_us: int) -> list[Sample]:
        cuff = self._cuff
        if mmhg > UNDER_PRESSURE:
            cuff.low_polls = 0
            cuff.high = True
            if cuff.unsure:
                cuff.unsure, cuff.deadline_us = False, now_us + cuff.limit_us
        elif cuff.unsure:
            return []
        elif cuff.high:
            cuff.low_polls += 1
            if cuff.low_polls >= LOW_POLLS:
                return self._fails(Validity.FAILED, "no_answer", now_us)
        cuff.falling = cuff.falling or mmhg < before
        return self._say(CuffPhase.MEASURING if cuff.falling else CuffPhase.INFLATING, shown)

    def _say(self, phase: CuffPhase, mmhg: int | None) -> list[Sample]:
        """A repeated number is no news."""
        if self._cuff.said == (phase, mmhg):
            return []
        self._cuff.said = (phase, mmhg)
        return [NibpProgress(self._t_us, phase, mmhg)]

    def _rest_says(self, phase: CuffPhase, mmhg: int | None) -> list[Sample]:
        """At rest the pressure only drifts: it is said with the phase and not again."""
        return [] if self._cuff.said is not None and self._cuff.said[0] is phase else self._say(phase, mmhg)

    def _ended(self, letter: int, now_us: int) -> list[Sample]:
        """The module says so itself: its result is fetched, and only the one that follows counts."""
        self._cuff.rests(self._t_us, now_us)
        self._cuff.ends, self._cuff.low_polls = letter, 0
        self._exchange.waiting.append(ASK_DATA)
        return self._say(CuffPhase.ENDED, None)

    def _report(self, data: bytes, now_us: int) -> list[Sample]:
        """The automatic report of a determination that streamed its pressure: an end and a result in one."""
        ended: list[Sample] = []
        if self._cuff.ends is None:
            if not self._cuff.running and self._exchange.handed_over:
                return []
            ended = self._ended(ord("K"), now_us)
        return ended + self._result(data, now_us)

    def _result(self, data: bytes, now_us: int) -> list[Sample]:
        """BP data stay readable for ever: only those that follow a K or A are of this determination.

        In a recorded stream the orders were another host's, so that any K will do.
        """
        cuff, ended_by = self._cuff, self._cuff.ends
        if ended_by is None and self._record_k:
            ended_by, cuff.ended_t_us = ord("K"), self._t_us
        cuff.ends, self._record_k = None, False
        if ended_by is None:
            return []
        self._exchange.forget(ASK_DATA)
        systolic, diastolic, _, status, pulse, mean, error = RESULT.unpack(data)
        samples = self._fault(error in BROKEN)
        cuff.readings += 1
        if error or not status or ended_by == ord("A"):
            validity, reason = _why_none(error, ended_by)
        elif not 0 < diastolic < systolic <= PRESSURE_MAX or (mean and not diastolic <= mean <= systolic):
            validity, reason = Validity.FAILED, "out_of_range"
        else:
            pressures = (float(systolic), float(diastolic), float(mean) if mean else None)
            beat = float(pulse) if pulse else None
            return [*samples, NibpReading(cuff.ended_t_us, cuff.readings, *pressures, beat, Validity.VALID)]
        return [*samples, NibpReading(cuff.ended_t_us, cuff.readings, None, None, None, None, validity, reason)]

    def _fails(self, validity: Validity, reason: str, now_us: int | None) -> list[Sample]:
        """An end without a result. now_us: None when no cuff was inflated, so that no arm must rest."""
        cuff = self._cuff
        said: list[Sample] = []
        if now_us is not None:
            if cuff.ends is None:
                cuff.rests(self._t_us, now_us)
            said = self._say(CuffPhase.ENDED, None)
        cuff.asked = cuff.running = False
        cuff.deadline_us = cuff.ends = None
        cuff.readings += 1
        return [*said, NibpReading(self._t_us, cuff.readings, None, None, None, None, validity, reason)]

    def _without_result(self, why: str, now_us: int) -> list[Sample]:
        """K or A was heard, its result never came."""
        self._exchange.forget(ASK_DATA)
        stopped = self._cuff.ends == ord("A")
        return self._fails(*((Validity.ABORTED, "stopped") if stopped else (Validity.FAILED, why)), now_us)

    def _fault(self, is_faulty: bool) -> list[Sample]:
        if is_faulty == self._faulty:
            return []
        self._faulty = is_faulty
        flags = frozenset({Flag.SENSOR_FAULT} if is_faulty else ())
        return [DeviceStatus(self._t_us, "nibp", flags, self._handshake)]

    def _guard(self, now_us: int) -> list[Sample]:
        """Our own determination has no end: the cuff is let down. One that was found at work is the station's to stop."""
        unsure = self._cuff.unsure
        self._exchange.abort()
        return self._fails(Validity.FAILED, "no_answer" if unsure else "timeout", None if unsure else now_us)

    def _gave_up(self, request: _Request, why: str, now_us: int) -> list[Sample]:
        """What it means that a request had no answer, or was refused to the end."""
        if request.once and why == "no_answer" and ABORT not in self._exchange.waiting:
            self._cuff.begins(now_us + UNSURE_US, unsure=True)
        elif request.answers == OBEYED and self._cuff.asked:
            start = next((r for r in self._exchange.waiting if r.once), request)
            self._exchange.forget(start)
            stopped = ABORT in self._exchange.waiting
            validity = Validity.ABORTED if stopped else Validity.FAILED
            return self._fails(validity, "stopped" if stopped else why, None)
        elif request is ASK_DATA and self._cuff.ends is not None:
            return self._without_result(why, now_us)
        elif request is ASK_MODULE:
            self._ask_next = ASK_STRINGS
        return []

    def _start_cuff(self, cmd: StartNibp, now_us: int) -> Refused | None:
        refused = _refuse_patient(cmd) or self._cuff_unready(now_us)
        if refused is not None:
            return refused
        if cmd.inflate_to_mmhg is not None:
            low, high = cmd.inflate_to_mmhg & 0xFF, cmd.inflate_to_mmhg >> 8
            self._exchange.waiting.append(_Request(packet(SET_INFLATION, low, high), OBEYED))
        self._exchange.waiting.append(_Request(packet(STARTS[cmd.patient_class]), OBEYED, once=True))
        self._cuff.asked, self._cuff.limit_us = True, LIMIT_US[cmd.patient_class]
        return None

    def _cuff_unready(self, now_us: int) -> Refused | None:
        cuff = self._cuff
        if not cuff.known:
            return Refused("The module has not yet said whether its cuff is at work: check its cable and its power.")
        if cuff.busy:
            return Refused("The cuff is already at work: wait for its reading, or stop it first.")
        if cuff.pressure > UNDER_PRESSURE:
            return Refused(f"The cuff still holds {cuff.pressure} mmHg: wait until it is empty.")
        if cuff.rest_until_us is not None and now_us < cuff.rest_until_us:
            seconds = -(-(cuff.rest_until_us - now_us) // SECOND_US)
            return Refused(f"The arm must rest 30 s between two readings: try again in {seconds} s.")
        return None

    def _stop_cuff(self) -> None:
        """Overtakes everything that waits; a start that has not left yet never leaves."""
        if any(request.once for request in self._exchange.abort()):
            self._cuff.asked = False

    # ----------------------------------------------------------------------------------------------------------- identity

    def _strings(self, frame: bytes, now_us: int) -> list[Sample]:
        self._exchange.hears(STRINGS, now_us)
        self._ask_next, self._record_k = None, False
        firmware, safety, serial = (_text(frame[part]) for part in (FIRMWARE, SAFETY, SERIAL))
        if firmware and safety:
            firmware += f" (safety {safety})"
        identity = Identity(0, "SunTech", "Advantage", serial, firmware)
        if identity == self._said_identity:
            return []
        self._said_identity = identity
        return [Identity(self._t_us, identity.maker, identity.model, serial, firmware)]

    # ---------------------------------------------------------------------------------------------------------- frames out

    def _pump(self, now_us: int) -> None:
        """One request at a time: orders, then who is there while the cuff is at rest, then the poll when it is due."""
        exchange = self._exchange
        if exchange.sent is not None:
            return
        if exchange.waiting:
            exchange.send(exchange.waiting.popleft(), now_us)
        elif self._ask_next is not None and self._cuff.known and not self._cuff.busy:
            request, self._ask_next = self._ask_next, None
            exchange.send(request, now_us)
        elif self._poll_at_us <= now_us:
            self._poll_at_us = now_us + POLL_US
            exchange.send(ASK_PRESSURE, now_us)

    # ---------------------------------------------------------------------------------------------------------- the counters

    def _counters(self) -> tuple[int, int, int]:
        return self._frames.frames_good, self._frames.frames_bad, self._frames.bytes_skipped

    def _link_quality(self, now_us: int) -> LinkQuality:
        self._quality, self._quality_t_us = self._counters(), self._t_us
        self._quality_due_us = now_us + QUALITY_IDLE_US
        return LinkQuality(self._t_us, *self._quality)


def _due(deadline_us: int | None, now_us: int) -> bool:
    return deadline_us is not None and deadline_us <= now_us


def _why_none(error: int, ended_by: int) -> tuple[Validity, str]:
    """Why a determination has no reading. An A without an error of its own means that somebody stopped it."""
    if error == ABORTED_BY_USER or (not error and ended_by == ord("A")):
        return Validity.ABORTED, "stopped"
    return Validity.FAILED, ERRORS.get(error, "error") if error else "no_reading"


def _text(field_bytes: bytes) -> str | None:
    """A string of the module, without what is not printable; None when nothing is left."""
    return "".join(chr(byte) for byte in field_bytes if 0x20 <= byte < 0x7F).strip() or None


def _refuse_patient(cmd: StartNibp) -> Refused | None:
    if cmd.patient_class not in STARTS:
        return Refused(f"'{cmd.patient_class}' is no patient class of this cuff: choose {', '.join(STARTS)}.")
    low, high = INFLATION[cmd.patient_class]
    if cmd.inflate_to_mmhg is not None and not low <= cmd.inflate_to_mmhg <= high:
        return Refused(
            f"{cmd.inflate_to_mmhg} mmHg is outside {low} to {high} mmHg, which this cuff allows for {cmd.patient_class}."
        )
    return None


SPEC = DriverSpec(
    id="suntech-advantage",
    maker="SunTech",
    model="Advantage A+/OEM, Mini, 2.0 (3A/3E protocol)",
    make=SunTechAdvantage,
    numerics={},
    waves={},
    mode="polled",
    lines=(LineSettings(baud=9_600),),
    frame_bytes_max=FRAME_BYTES_MAX,
    first_value_us=2 * SECOND_US,
    evidence="four public implementations that agree, the vendor's text quoted",
    tests="3 vendor vectors, computed frames, twin",
    use="alarms",
    identity="serial",
    nibp=True,
    commands=(StartNibp, StopNibp, AskIdentity),
    notes=(
        "The module has no cycle of its own: the station is its timer, and rests the arm 30 s between two readings.",
        "The pulse rate comes with the reading only.",
    ),
)
