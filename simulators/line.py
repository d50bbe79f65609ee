"""What can go wrong on the line between a device and the station? Pure, seeded faults that can be put one behind the other.

A fault takes pieces of bytes as they were sent and gives pieces as they arrive, with time as an argument. Faults of the
device itself (sensors, cuff) belong to its twin. The catalogue gives each fault a name for `--fault`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

SECOND_US = 1_000_000
HELD_BYTES_MAX = 1 << 20
"""A stalled line holds this much (90 s at 115,200 baud); beyond it bytes are lost, as in a real buffer."""

Pieces = list[bytes]


class Fault(Protocol):
    """One thing that is wrong with a line."""

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        """What arrives now of what was sent now, and of what was held before. Call it with nothing to let time pass."""

    def is_up(self, now_us: int) -> bool:
        """False while the port at the host's end is gone."""


class _AlwaysUp:
    """Most faults leave the port where it is."""

    def is_up(self, now_us: int) -> bool:
        return True


class _Bytewise(_AlwaysUp):
    """A fault that meets single bytes by chance. rate: 0 to 1, the share of bytes it meets."""

    def __init__(self, rng: np.random.Generator, rate: float) -> None:
        self._rng = rng
        self._rate = rate

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        return [changed for piece in pieces if (changed := self._change(piece))]

    def _change(self, piece: bytes) -> bytes:
        met = self._rng.random(len(piece)) < self._rate
        if not met.any():
            return piece
        return b"".join(self._meet(piece[i : i + 1]) if met[i] else piece[i : i + 1] for i in range(len(piece)))

    def _meet(self, byte: bytes) -> bytes:
        raise NotImplementedError


class Drop(_Bytewise):
    """Bytes get lost."""

    def _meet(self, byte: bytes) -> bytes:
        return b""


class Flip(_Bytewise):
    """Single bits turn over."""

    def _meet(self, byte: bytes) -> bytes:
        return bytes((byte[0] ^ 1 << int(self._rng.integers(8)),))


class Duplicate(_Bytewise):
    """Bytes come twice."""

    def _meet(self, byte: bytes) -> bytes:
        return byte * 2


class Insert(_Bytewise):
    """Bursts of up to eight bytes that nobody sent."""

    def _meet(self, byte: bytes) -> bytes:
        return self._rng.bytes(int(self._rng.integers(1, 9))) + byte


class Split(_AlwaysUp):
    """Whatever is sent arrives in pieces of 1 to `longest` bytes."""

    def __init__(self, rng: np.random.Generator, longest: int = 16) -> None:
        self._rng = rng
        self._longest = longest

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        return [part for piece in pieces for part in self._parts(piece)]

    def _parts(self, piece: bytes) -> Pieces:
        parts = []
        while piece:
            length = int(self._rng.integers(1, self._longest + 1))
            parts.append(piece[:length])
            piece = piece[length:]
        return parts


class Delay(_AlwaysUp):
    """Every piece is late by up to `longest_us`; none overtakes another."""

    def __init__(self, rng: np.random.Generator, longest_us: int) -> None:
        self._rng = rng
        self._longest_us = longest_us
        self._held: deque[tuple[int, bytes]] = deque()
        self._last_us = 0

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        for piece in pieces:
            self._last_us = max(self._last_us, now_us + int(self._rng.integers(self._longest_us + 1)))
            self._held.append((self._last_us, piece))
        arrived = []
        while self._held and self._held[0][0] <= now_us:
            arrived.append(self._held.popleft()[1])
        return arrived


class _Spells:
    """Times of trouble: `length_us` long, once in every `period_us`, at a place of that period left to chance."""

    def __init__(self, rng: np.random.Generator, period_us: int, length_us: int) -> None:
        self._rng = rng
        self._period_us = period_us
        self._length_us = length_us
        self._period = -1
        self._begin_us = 0

    def now(self, now_us: int) -> bool:
        """True inside a spell. Time goes forward."""
        while self._period < now_us // self._period_us:
            self._period += 1
            room = self._period_us - self._length_us
            self._begin_us = self._period * self._period_us + int(self._rng.integers(room + 1))
        return self._begin_us <= now_us < self._begin_us + self._length_us


class Stall(_AlwaysUp):
    """Now and then nothing arrives for a while, and then everything at once."""

    def __init__(self, rng: np.random.Generator, period_us: int, length_us: int) -> None:
        self._spells = _Spells(rng, period_us, length_us)
        self._held = bytearray()

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        if self._spells.now(now_us):
            for piece in pieces:
                self._held += piece
            del self._held[:-HELD_BYTES_MAX]
            return []
        held, self._held = bytes(self._held), bytearray()
        return [held, *pieces] if held else pieces


class HangUp:
    """Now and then the port is gone for a while; what was sent then is lost."""

    def __init__(self, rng: np.random.Generator, period_us: int, length_us: int) -> None:
        self._spells = _Spells(rng, period_us, length_us)

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        return [] if self._spells.now(now_us) else pieces

    def is_up(self, now_us: int) -> bool:
        return not self._spells.now(now_us)


class WrongBaud(_AlwaysUp):
    """The host listens at another speed: what a UART makes of 8N1 bytes sent `ratio` times as fast as it listens."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def carry(self, pieces: Pieces, now_us: int) -> Pieces:
        return [heard for piece in pieces if (heard := self._heard(piece))]

    def _heard(self, piece: bytes) -> bytes:
        data = np.frombuffer(piece, np.uint8)
        bits = np.ones((len(data), 10), np.uint8)
        bits[:, 0] = 0
        bits[:, 1:9] = data[:, None] >> np.arange(8) & 1
        return _listen(bits.ravel().tolist(), self._ratio)


def _listen(bits: Sequence[int], ratio: float) -> bytes:
    """A receiver whose bit lasts `ratio` bits of the sender: wait for a start bit, then look at the middle of eight."""
    heard = bytearray()
    at = 0
    while at < len(bits):
        if bits[at]:
            at += 1
            continue
        middles = (int(at + ratio * (k + 1.5)) for k in range(8))
        heard.append(sum((bits[m] if m < len(bits) else 1) << k for k, m in enumerate(middles)))
        at = int(at + ratio * 9.5) + 1
    return bytes(heard)


class Line:
    """Faults one behind the other, and what they did. Without any it is a clean line."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self.bytes_sent = 0
        self.bytes_arrived = 0

    def carry(self, data: bytes, now_us: int) -> Pieces:
        """The pieces that arrive at `now_us`, when `data` (perhaps nothing) is sent now."""
        self.bytes_sent += len(data)
        pieces = [data] if data else []
        for fault in self._faults:
            pieces = fault.carry(pieces, now_us)
        self.bytes_arrived += sum(map(len, pieces))
        return pieces

    def is_up(self, now_us: int) -> bool:
        """False while any fault has taken the port away."""
        return all([fault.is_up(now_us) for fault in self._faults])


FAULTS: dict[str, Callable[[np.random.Generator], tuple[Fault, ...]]] = {
    "split": lambda rng: (Split(rng),),
    "delay": lambda rng: (Delay(rng, 300_000),),
    "drop": lambda rng: (Drop(rng, 0.002),),
    "flip": lambda rng: (Flip(rng, 0.002),),
    "duplicate": lambda rng: (Duplicate(rng, 0.002),),
    "insert": lambda rng: (Insert(rng, 0.002),),
    "stall": lambda rng: (Stall(rng, 20 * SECOND_US, 3 * SECOND_US),),
    "hang-up": lambda rng: (HangUp(rng, 30 * SECOND_US, 4 * SECOND_US),),
    "wrong-baud": lambda rng: (WrongBaud(3.0),),
    "noisy": lambda rng: (Drop(rng, 0.0005), Flip(rng, 0.0005), Insert(rng, 0.0002), Split(rng), Delay(rng, 100_000)),
}
"""By the names of `--fault`. Rates are a hundred times those of a bad cable, so that minutes show what takes weeks."""


class UnknownFault(ValueError):
    """No fault of this name; the message names the known ones."""


def line(names: Sequence[str], seed: int) -> Line:
    """A line with the named faults, in this order. Raises UnknownFault."""
    for name in names:
        if name not in FAULTS:
            raise UnknownFault(f"'{name}' is no line fault; there are {', '.join(FAULTS)}")
    streams = np.random.SeedSequence(seed).spawn(len(names))
    built = [FAULTS[name](np.random.default_rng(stream)) for name, stream in zip(names, streams, strict=True)]
    return Line([fault for faults in built for fault in faults])
