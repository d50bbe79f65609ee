"""A simulated SunTech Advantage module: silent until spoken to, one cuff, no cycle of its own.

Written from PROTOCOLS section 5.3, sharing none of the driver's code. Real habits kept: the K of a finished determination
comes between a poll and its answer; busy (B) while the cuff is at work and for 30 s after it; the last result stays readable
for ever; at rest the zero drifts below nothing now and then; "module data" is answered K, and the strings are then to be
fetched (so one firmware that reads it). The sheet does not say how a refusal within the 30 s looks, what "module status"
answers, nor how long an answer takes: B, no answer at all, and 20 ms are our choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulators.body import Body
from simulators.devices import TwinSpec
from simulators.vitals import CuffResult

SECOND_US = 1_000_000
ANSWER_US = 20_000
REST_US = 30 * SECOND_US
K_LATEST_US = SECOND_US
"""So long a finished module waits for a poll, so that its K overtakes the answer; then it says K by itself."""
HOST_BYTES_MAX = 64
LENGTHS = {0x00: 3, 0x17: 5, 0x20: 3, 0x28: 3, 0x56: 3, 0x79: 5, 0x81: 7, 0x87: 3, 0x8A: 3}
STARTS = (0x20, 0x28, 0x56, 0x87)
LIMIT_US = {0x20: 130 * SECOND_US, 0x87: 130 * SECOND_US, 0x56: 130 * SECOND_US, 0x28: 65 * SECOND_US}
DEFAULTS = {0x20: 160, 0x87: 140, 0x56: 160, 0x28: 90}
RISE_MMHG_S = 40
ABOVE_SYSTOLIC = 30
TOP_MMHG = 300
LOOSE_MMHG = 8
DRIFT_EVERY = 7
STREAM_US = 250_000
ERRORS = {
    "weak_pulse": 1,
    "motion": 2,
    "out_of_range": 3,
    "timeout": 4,
    "blocked": 85,
    "stopped": 86,
    "cuff_loose": 87,
    "safety_timeout": 88,
    "overpressure": 89,
    "hardware": 90,
    "not_permitted": 91,
    "transducer": 97,
    "not_calibrated": 99,
}
STRINGS = b"SB2.11\0\0SS1.04\0\0" + b"LOT 20260114".ljust(16) + b"ADV0004711".ljust(16) + b"00000000001523"


def frame(*body: int) -> bytes:
    """One packet of the module: 3E, its length, the body, and what makes the sum 0."""
    data = bytes((0x3E, len(body) + 3, *body))
    return data + bytes((-sum(data) & 0xFF,))


def letter(word: str) -> bytes:
    """A reply of one letter."""
    return frame(ord(word))


@dataclass(slots=True)
class _Determination:
    """A cuff at work. began_us: body time. top: mmHg to inflate to. streams: it was asked to tell its pressure by itself."""

    began_us: int
    ends_us: int
    result: CuffResult
    top: int
    streams: bool
    told_us: int

    def pressure(self, now_us: int) -> int:
        """Up at a pump's pace, then down in a straight line."""
        elapsed, length = max(0, now_us - self.began_us), self.ends_us - self.began_us
        rise_us = min(length // 2, self.top * SECOND_US // RISE_MMHG_S)
        if elapsed < rise_us:
            return self.top * elapsed // rise_us
        return max(0, self.top * (length - elapsed) // max(1, length - rise_us))


class AdvantageTwin:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._line = b""
        self._answers: list[tuple[int, bytes]] = []
        self._cuff: _Determination | None = None
        self._ended_us: int | None = None
        self._inflate_to: int | None = None
        self._data = bytes(21)
        self._polls = 0
        self._now_us = 0

    def receive(self, data: bytes, now_us: int) -> None:
        """Orders of the host. A whole packet whose sum is wrong gets E, as does one that is not known."""
        self._live_to(now_us)
        self._line = (self._line + data)[-HOST_BYTES_MAX:]
        while (start := self._line.find(b"\x3a")) >= 0 and len(self._line) > start + 1:
            length = LENGTHS.get(self._line[start + 1], 3)
            order = self._line[start : start + length]
            if len(order) < length:
                break
            good = sum(order) & 0xFF == 0
            self._line = self._line[start + (length if good else 1) :]
            self._say(self._obey(order[1:-1], now_us) if good else letter("E"), now_us)

    def advance(self, now_us: int) -> bytes:
        """What has been answered or said unasked by now."""
        self._live_to(now_us)
        due = [data for at_us, data in self._answers if at_us <= now_us]
        self._answers = [(at_us, data) for at_us, data in self._answers if at_us > now_us]
        return b"".join(due)

    def next_deadline_us(self) -> int:
        """The next answer, or the end of a determination; else a second from now."""
        times = [at_us for at_us, _ in self._answers]
        if self._cuff is not None:
            times.append(self._cuff.told_us + STREAM_US if self._cuff.streams else self._cuff.ends_us + K_LATEST_US)
        return max(self._now_us + 1, min(times, default=self._now_us + SECOND_US))

    # ------------------------------------------------------------------------------------------------------- the host says

    def _obey(self, order: bytes, now_us: int) -> bytes:
        kind, rest = order[0], order[1:]
        if kind in STARTS:
            return self._start(kind, now_us)
        if kind == 0x79:
            return self._ask(rest, now_us)
        if kind == 0x17:
            return letter("B") if self._cuff is not None else self._set_inflation(rest)
        if kind == 0x00:
            return letter("B" if self._cuff is not None else "K")
        if kind == 0x81:
            return letter("S" if rest == b"STOP" else "O")
        if kind == 0x8A:
            self._cuff, self._ended_us, self._inflate_to = None, None, None
            return letter("O")
        return letter("E")

    def _ask(self, what: bytes, now_us: int) -> bytes:
        if what == b"\x05\x00":
            return self._end_between() + self._pressure(now_us)
        if what == b"\x01\x00":
            return self._abort(now_us)
        if what == b"\x03\x00":
            return letter("B") if self._cuff is not None else frame(*self._data)
        if what == b"\x02\x03":
            return frame(0, 0, 0)
        if what == b"\x02\x40":
            return letter("B") if self._cuff is not None else frame(*STRINGS, 0, 0)
        return b"" if what == b"\x11\x00" else letter("E")

    def _set_inflation(self, mmhg: bytes) -> bytes:
        self._inflate_to = int.from_bytes(mmhg, "little")
        return letter("O")

    def _start(self, kind: int, now_us: int) -> bytes:
        resting = self._ended_us is not None and now_us - self._ended_us < REST_US
        if self._cuff is not None or resting:
            return letter("B")
        self._body.advance(now_us)
        result = self._body.start_cuff(now_us)
        top = max(self._inflate_to or DEFAULTS[kind], (result.systolic or 0) + ABOVE_SYSTOLIC)
        top = LOOSE_MMHG if result.reason == "cuff_loose" else min(top, TOP_MMHG)
        ends_us = now_us + min(result.duration_us, LIMIT_US[kind])
        self._cuff = _Determination(now_us, ends_us, result, top, kind == 0x56, now_us)
        return letter("O")

    def _abort(self, now_us: int) -> bytes:
        """A; with a cuff at work the result that can be read then says "stopped"."""
        if self._cuff is not None:
            self._data = _failed(ERRORS["stopped"])
            self._cuff, self._ended_us = None, now_us
        return letter("A")

    # ----------------------------------------------------------------------------------------------------- the module says

    def _live_to(self, now_us: int) -> None:
        self._now_us = max(self._now_us, now_us)
        cuff = self._cuff
        if cuff is None:
            return
        while cuff.streams and cuff.told_us + STREAM_US <= min(now_us, cuff.ends_us):
            cuff.told_us += STREAM_US
            mmhg = cuff.pressure(cuff.told_us)
            self._answers.append((cuff.told_us, frame(0x01, mmhg & 0xFF, mmhg >> 8, 0)))
        by_itself_us = cuff.ends_us + (0 if cuff.streams else K_LATEST_US)
        if now_us >= by_itself_us:
            self._answers.append((by_itself_us, self._end()))

    def _end_between(self) -> bytes:
        """The poll that finds it finished is answered after the K."""
        return self._end() if self._cuff is not None and self._now_us >= self._cuff.ends_us else b""

    def _end(self) -> bytes:
        cuff = self._cuff
        if cuff is None:
            return b""
        self._data = _outcome(cuff.result)
        self._cuff, self._ended_us = None, cuff.ends_us
        if cuff.streams:
            return frame(0x03, *self._data)
        return letter("A" if cuff.result.reason == "stopped" else "K")

    def _pressure(self, now_us: int) -> bytes:
        self._polls += 1
        mmhg = self._cuff.pressure(now_us) if self._cuff is not None else -(self._polls % DRIFT_EVERY == 0)
        return frame(mmhg & 0xFF, mmhg >> 8 & 0xFF)

    def _say(self, data: bytes, now_us: int) -> None:
        if data:
            self._answers.append((now_us + ANSWER_US, data))


def _outcome(result: CuffResult) -> bytes:
    """The 21 bytes of BP data."""
    if result.systolic is None:
        return _failed(ERRORS.get(result.reason, ERRORS["hardware"]))
    data = bytearray(21)
    data[0:2] = result.systolic.to_bytes(2, "little")
    data[2:4] = (result.diastolic or 0).to_bytes(2, "little")
    data[4], data[5] = 24, 1
    data[14] = min(255, result.pulse or 0)
    data[16:18] = (result.mean or 0).to_bytes(2, "little")
    return bytes(data)


def _failed(error: int) -> bytes:
    data = bytearray(21)
    data[18] = error
    return bytes(data)


TWIN = TwinSpec(device="suntech-advantage", make=AdvantageTwin)
