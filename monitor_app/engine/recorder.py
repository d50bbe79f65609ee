"""How does what happened get onto the disk without anybody waiting? One thread around the record's only writer.

Every second one commit; what people rely on commits at once. What the disk does not take stays in memory, in order, and
is tried again for ever: events and numbers are never dropped, waves the oldest first, counted (STORAGE section 3). A full
disk has a reserve: events and numbers go into it, waves wait in memory until there is room.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor_app.core.events import Event
from monitor_app.core.invariant import InvariantBroken
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record.ballast import Ballast
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Entry
from monitor_app.record.writer import Batch

COMMIT_US = 1_000_000
CHECKPOINT_US = 60_000_000
MEMORY_MAX = 256_000_000
"""Bytes of waves kept while the disk takes nothing: over four hours of 16 chairs."""
BYTES_PER_CHAIR_S = 1_750
"""Raw need of three ECG leads of 250 Hz and a pleth of 125 Hz."""
CHUNKS_MAX_PER_COMMIT = 20_000
"""About 20 s of 16 chairs: a disk that has come back is not flooded."""
BEHIND_US = 2_000_000
ON_RESERVE = (
    "The disk is full: alarms, notes and numbers go into its reserve, waves are held in memory. Make room on it."
)
CHUNK_OVERHEAD = 400
"""Bytes of the objects around one chunk of samples."""


class Store(Protocol):
    """The writer, as the recorder needs it."""

    def commit(self, batch: Batch) -> None:
        """Write and make durable. Raises StoreError."""

    def take_sealed(self) -> list[Event]:
        """What was sealed since the last call, for the journal. From any thread."""

    def seal_rest(self) -> None:
        """Seal what is stored, complete or not."""

    def checkpoint(self) -> None:
        """Move the write-ahead log into the files."""

    def close(self) -> None:
        """Seal what can be sealed and let go."""


@dataclass(frozen=True, slots=True)
class RecordHealth:
    """committed_us: all before it is on disk. held_since_us: since when the disk takes nothing. lost: wave chunks."""

    committed_seq: int
    committed_us: int | None
    commits: int
    held_since_us: int | None = None
    sentence: str = ""
    memory_left_s: float | None = None
    lost: int = 0
    waiting: int = 0
    free_bytes: int | None = None


class Recorder:
    """writer: used by this thread alone, once `start` was called. now: station time. free: room left on the disk.

    pace: how much faster than real time station time goes; the disk does not. ballast: the reserve, None for none.
    """

    def __init__(
        self,
        writer: Store,
        now: Callable[[], int],
        chairs: int,
        committed_seq: int = 0,
        free: Callable[[], int | None] = lambda: None,
        pace: float = 1.0,
        ballast: Ballast | None = None,
    ) -> None:
        self._writer = writer
        self._now = now
        self._pace = pace
        self._chairs = max(1, chairs)
        self._ready = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._seconds: deque[ChairSecond] = deque()
        self._waves: deque[WaveChunk] = deque()
        self._wave_bytes = 0
        self._urgent = False
        self._closing = False
        self._sealing = False
        self._committed_seq = committed_seq
        self._committed_us: int | None = None
        self._commits = 0
        self._lost = 0
        self._held_since_us: int | None = None
        self._sentence = ""
        self._fault = ""
        self._since_us: int | None = None
        self._checkpoint_us = now()
        self._ballast = ballast
        self._on_reserve = False
        self._free = free
        self._free_bytes: int | None = None
        self._thread = threading.Thread(target=self._live, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def offer(
        self, entries: Sequence[Entry], seconds: Sequence[ChairSecond], waves: Sequence[WaveChunk], urgent: bool
    ) -> None:
        """Hand over what happened. Never waits. Waves without a session are nobody's record and are left out."""
        kept = [chunk for chunk in waves if chunk.session is not None]
        if not (entries or seconds or kept):
            return
        with self._ready:
            self._entries.extend(entries)
            self._seconds.extend(seconds)
            self._waves.extend(kept)
            self._wave_bytes += sum(len(chunk.data) + CHUNK_OVERHEAD for chunk in kept)
            self._bound_memory()
            if urgent:
                self._urgent = True
                self._ready.notify()

    def take_sealed(self) -> list[Event]:
        """What was sealed since the last call: the loop appends it to the journal, in this order, and offers it."""
        return self._writer.take_sealed()

    def seal_rest(self, seconds: float = 5) -> list[Event]:
        """Write what waits, seal it, and give what the journal must hold of it: before the last entries of a run.

        Waits for at most `seconds`; a record that is held is not waited for. What is not sealed now is by the next start.
        """
        with self._ready:
            self._sealing = self._thread.is_alive() and self._held_since_us is None
            self._ready.notify_all()
            self._ready.wait_for(lambda: not self._sealing or self._held_since_us is not None, seconds)
        return self._writer.take_sealed()

    def health(self, now_us: int) -> RecordHealth:
        """How the record stands; a commit that takes over 2 s counts as held, too."""
        since = self._since_us
        held, sentence = self._held_since_us, self._sentence
        if held is None and since is not None and now_us - since > BEHIND_US * self._pace:
            held, sentence = since, "The disk is slow: what happens is held in memory until it answers."
        left = (MEMORY_MAX - self._wave_bytes) / (BYTES_PER_CHAIR_S * self._chairs) if held is not None else None
        return RecordHealth(
            self._committed_seq,
            self._committed_us,
            self._commits,
            held,
            sentence,
            left,
            self._lost,
            len(self._entries),
            self._free_bytes,
        )

    def close(self, seconds: float = 5) -> bool:
        """Write what waits and stop. False when the disk did not take it in that time."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join(timeout=seconds)
        return not self._thread.is_alive() and self._held_since_us is None

    def _live(self) -> None:
        """Turn for turn until closed. A bug of ours is said and the next turn is tried: the record is all there is."""
        goes_on = True
        while goes_on:
            try:
                goes_on = self._turn()
            except Exception as error:  # noqa: BLE001 - see above
                self._fault = f"{type(error).__name__} in the recorder"
                with self._ready:
                    self._held_since_us = self._held_since_us or self._now()
                    self._sentence = f"The recorder fails ({type(error).__name__}): report this fault."
                    self._sealing = False
                    self._ready.notify_all()
                    self._ready.wait(COMMIT_US / 1e6)
        self._close_writer()

    def _turn(self) -> bool:
        """Wait for the second or for something urgent, write, seal. False when the last of a closing run is done."""
        with self._ready:
            if not (self._urgent or self._closing or self._sealing):
                self._ready.wait(COMMIT_US / 1e6)
            self._urgent = False
            closing, sealing = self._closing, self._sealing
        self._look_after_ballast()
        done = self._commit_once()
        if sealing and done and not self._waits():
            self._seal_rest()
        self._free_bytes = self._free()
        if closing and (not done or not self._waits()):
            return False
        if not done:
            with self._ready:
                self._ready.wait_for(lambda: self._closing, COMMIT_US / 1e6)
        return True

    def _seal_rest(self) -> None:
        self._writer.seal_rest()
        with self._ready:
            self._sealing = False
            self._ready.notify_all()

    def _waits(self) -> bool:
        return bool(self._entries or self._seconds or self._waves)

    def _commit_once(self) -> bool:
        batch, until_us = self._next_batch(), self._now()
        if batch is None:
            self._committed_us = until_us
            return True
        self._since_us = until_us
        try:
            if self._on_reserve:
                return self._write_facts(batch)
            self._write_or_release(batch)
            if self._on_reserve:
                return self._write_facts(batch)
        except StoreError as error:
            self._put_back(batch, str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a bug of ours: said as a held record, kept, tried again
            self._put_back(batch, f"The record refuses what happened ({type(error).__name__}): report this fault.")
            return False
        finally:
            self._since_us = None
        self._commits += 1
        self._held_since_us, self._sentence = None, ""
        self._committed_us = until_us
        if batch.entries:
            self._committed_seq = batch.entries[-1].seq
        return True

    def _write_or_release(self, batch: Batch) -> None:
        """All of it; where there is no room, give up the reserve instead of failing. Raises StoreError."""
        try:
            self._write(batch)
        except StoreError as error:
            if error.trouble is not Trouble.FULL or self._ballast is None or not self._ballast.release():
                raise
            self._on_reserve = True

    def _write_facts(self, batch: Batch) -> bool:
        """On the reserve: events and numbers are safe, waves wait. Never done, so that the record counts as held."""
        if batch.entries or batch.seconds:
            self._write(Batch(batch.entries, batch.seconds))
            self._commits += 1
        if batch.entries:
            self._committed_seq = batch.entries[-1].seq
        self._put_back(Batch(waves=batch.waves), ON_RESERVE)
        return False

    def _look_after_ballast(self) -> None:
        """Make the reserve at the start, and again when there is room; with it, everything is written again."""
        if self._ballast is not None and self._ballast.make():
            self._on_reserve = False

    def _write(self, batch: Batch) -> None:
        """All of it; when our own numbers or waves do not fit the record, the events alone: they are the truth."""
        try:
            self._writer.commit(batch)
            self._checkpoint()
        except InvariantBroken as broken:
            self._fault = str(broken)
            self._lost += len(batch.waves) + len(batch.seconds)
            self._writer.commit(Batch(batch.entries))

    def _checkpoint(self) -> None:
        if self._now() - self._checkpoint_us > CHECKPOINT_US * self._pace:
            self._checkpoint_us = self._now()
            self._writer.checkpoint()

    def take_fault(self) -> str:
        """The newest broken invariant of the record since the last call, or an empty string."""
        fault, self._fault = self._fault, ""
        return fault

    def _next_batch(self) -> Batch | None:
        with self._ready:
            if not self._waits():
                return None
            most = 0 if self._on_reserve else CHUNKS_MAX_PER_COMMIT
            waves = [self._waves.popleft() for _ in range(min(len(self._waves), most))]
            self._wave_bytes -= sum(len(chunk.data) + CHUNK_OVERHEAD for chunk in waves)
            batch = Batch(list(self._entries), list(self._seconds), waves)
            self._entries.clear()
            self._seconds.clear()
            return batch

    def _put_back(self, batch: Batch, sentence: str) -> None:
        with self._ready:
            self._entries.extendleft(reversed(batch.entries))
            self._seconds.extendleft(reversed(batch.seconds))
            self._waves.extendleft(reversed(batch.waves))
            self._wave_bytes += sum(len(chunk.data) + CHUNK_OVERHEAD for chunk in batch.waves)
            self._bound_memory()
            self._sentence = sentence
            if self._held_since_us is None:
                self._held_since_us = self._now()
            self._ready.notify_all()

    def _bound_memory(self) -> None:
        while self._wave_bytes > MEMORY_MAX and self._waves:
            self._wave_bytes -= len(self._waves.popleft().data) + CHUNK_OVERHEAD
            self._lost += 1

    def _close_writer(self) -> None:
        try:
            self._writer.close()
        except StoreError as error:
            self._held_since_us, self._sentence = self._now(), str(error)
