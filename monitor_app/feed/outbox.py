"""What waits to be sent to one display? A slot for the snapshot (newest wins), a ring for waves, a queue for replies.

Pure: frames in, frames out, time as an argument; the server wraps a lock around it. Nothing here grows: a display that
does not read loses old pictures and old waves, counted, and never costs the engine more than a lock.
"""

from __future__ import annotations

from collections import deque

RING_US = 2_000_000
"""Waves wait this long; what is older is of no use to a live sweep, and the display is dropped by then anyhow."""
REPLIES_MAX = 64
"""A person presses a few keys a second: more unread answers than this mean that nobody reads."""


class Outbox:
    """Frames for one display, in the order in which they matter: replies, snapshot, backfill, waves."""

    def __init__(self) -> None:
        self._replies: deque[bytes] = deque()
        self._snapshot: bytes | None = None
        self._backfill: deque[bytes] = deque()
        self._waves: deque[tuple[int, bytes]] = deque()
        self.snapshots_overwritten = 0
        self.waves_lost = 0

    def offer_snapshot(self, frame: bytes) -> None:
        """The newest picture; an unsent older one is forgotten."""
        self.snapshots_overwritten += self._snapshot is not None
        self._snapshot = frame

    def offer_backfill(self, frame: bytes) -> None:
        """The last seconds of every wave, or the course of a chair, to go out before the live waves; once on attaching."""
        self._backfill.append(frame)

    def offer_waves(self, frame: bytes, now_us: int) -> None:
        """One bundle of waves; those that have waited for over 2 s go, and are counted."""
        self._waves.append((now_us, frame))
        while now_us - self._waves[0][0] > RING_US:
            self._waves.popleft()
            self.waves_lost += 1

    def offer_reply(self, frame: bytes) -> bool:
        """The answer to a command: never dropped. False when too many wait; the display must then be dropped."""
        if len(self._replies) >= REPLIES_MAX:
            return False
        self._replies.append(frame)
        return True

    def take(self) -> bytes | None:
        """The next frame to send, or None."""
        if self._replies:
            return self._replies.popleft()
        if self._snapshot is not None:
            frame, self._snapshot = self._snapshot, None
            return frame
        if self._backfill:
            return self._backfill.popleft()
        return self._waves.popleft()[1] if self._waves else None

    def __len__(self) -> int:
        waiting = (self._snapshot is not None) + len(self._backfill)
        return len(self._replies) + waiting + len(self._waves)
