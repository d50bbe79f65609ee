"""What do the station's processes tell their supervisor, four times a second? Work done, never just "I am here".

An exception in a callback leaves a loop alive and a station blind: so the record holds counters of turns finished, alarms
judged, pictures given and commits made, and for every chair what came and what of it was judged. It goes over an inherited
pipe (never over the feed), has one fixed size below what a pipe takes in one piece, and is written without waiting.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

BEAT_US = 250_000
SILENT_BEATS = 5
"""Beats without an answer after which the supervisor is said to be lost: found within two seconds. Counted in beats and not
in time, so that a computer that slept blames nobody."""
ANSWER = b"."
STANDS_IN = b"s"
"""An answer too: the supervisor sounds in the engine's place, on a device that plays."""
ANSWERS_MAX = 256
CHAIRS = 16
MAGIC = b"CHB3"
_RECORD = struct.Struct(f"<4s9Q{CHAIRS}I{CHAIRS}I")
SIZE = _RECORD.size
_MASK = 0xFFFF_FFFF


@dataclass(slots=True)
class Work:
    """Counters of work done since the start of this process, all cumulative but `active`.

    turns: turns of the loop that ended. judged: of these, in which every alarm was judged. pictures: of the room given to
    displays, or painted. frames: of sound. active: chairs in our care now. came, done: by place of the chair in the room,
    bytes that came and those whose samples were judged. unheard: priority of the alarm that must sound now and cannot,
    because only the sound has failed; 0 for none.
    """

    turns: int = 0
    judged: int = 0
    pictures: int = 0
    commits: int = 0
    frames: int = 0
    faults: int = 0
    active: int = 0
    now_us: int = 0
    came: list[int] = field(default_factory=lambda: [0] * CHAIRS)
    done: list[int] = field(default_factory=lambda: [0] * CHAIRS)
    unheard: int = 0


def packed(work: Work) -> bytes:
    """One record of `SIZE` bytes."""
    chairs = [count & _MASK for count in (*work.came, *work.done)]
    return _RECORD.pack(
        MAGIC, work.now_us, work.turns, work.judged, work.pictures, work.commits, work.frames, work.faults,
        work.active, work.unheard, *chairs,
    )  # fmt: skip


def unpacked(record: bytes) -> Work | None:
    """The work of one record; None for anything else, because a reader must survive garbage on its pipe."""
    if len(record) != SIZE:
        return None
    magic, now_us, turns, judged, pictures, commits, frames, faults, active, unheard, *chairs = _RECORD.unpack(record)
    if magic != MAGIC:
        return None
    return Work(
        turns, judged, pictures, commits, frames, faults, active, now_us, chairs[:CHAIRS], chairs[CHAIRS:], unheard
    )  # fmt: skip


class Beats:
    """A process's end of the talk with its supervisor. descriptors: of the pipe to write beats into, and of the one on
    which the supervisor answers; empty without a supervisor.

    heard: False while the supervisor does not answer (stopped) and for ever once it is gone (dead). stands_in: it sounds in
    our place, as its newest answer says.
    """

    def __init__(self, descriptors: Sequence[int] = ()) -> None:
        self._out = descriptors[0] if len(descriptors) == 2 else None
        self._in = descriptors[1] if len(descriptors) == 2 else None
        self._silent_beats = 0
        self._gone = False
        self._stands_in = False
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)

    @property
    def heard(self) -> bool:
        """See the class."""
        return not self._gone and self._silent_beats <= SILENT_BEATS

    @property
    def stands_in(self) -> bool:
        """See the class."""
        return self._stands_in and self.heard

    def beat(self, work: Work) -> None:
        """One record, to be called every `BEAT_US`. Never waits: a full pipe loses this beat."""
        if self._out is None or self._in is None or self._gone:
            return
        self._silent_beats = 0 if self._answered(self._in) else self._silent_beats + 1
        with suppress(BlockingIOError):
            try:
                os.write(self._out, packed(work))
            except BrokenPipeError:
                self._gone = True

    def _answered(self, descriptor: int) -> bool:
        try:
            answer = os.read(descriptor, ANSWERS_MAX)
        except BlockingIOError:
            return False
        self._gone |= not answer  # the other end was closed
        self._stands_in = answer.endswith(STANDS_IN)
        return True
