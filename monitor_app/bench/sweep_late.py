"""How late is each step of the sweep head in the running window? Measured where the nurses' window paints.

A whole window of so many chairs runs on its own timer and clock, fed every 50 ms as a station does. A step is due when the
moment to be drawn reaches the next column; it is done when the paint that draws it has ended.
`python -m monitor_app.bench.sweep_late CHAIRS SECONDS [calm | flashing]` prints one JSON line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from statistics import quantiles
from typing import Any

from monitor_app import clock
from monitor_app.core.snapshot import Snapshot, WaveChunk
from monitor_app.feed.ended import Ended
from monitor_app.feed.history import Past

FEED_MS = 50
SNAPSHOT_EVERY = 4
SETTLE_US = 3_000_000


class LiveFeed:
    """What a station would send: waves every 50 ms, a snapshot every 200, from hand-made ones."""

    def __init__(self, room: Snapshot, seconds: float) -> None:
        from monitor_app.display.examples import wave_chunks

        self._room = room
        chunks = wave_chunks(room, seconds)
        self._offset_us = clock.monotonic_us() - min(chunk.t_us for chunk in chunks)
        self._waiting = sorted(chunks, key=lambda chunk: chunk.t_us, reverse=True)
        self._snapshot: Snapshot | None = room
        self._taken_us = clock.monotonic_us()
        self._count = 0

    def beat(self) -> None:
        """50 ms have passed."""
        self._count += 1
        if self._count % SNAPSHOT_EVERY == 0:
            self._taken_us = clock.monotonic_us()
            self._snapshot = replace(
                self._room, sequence=self._room.sequence + self._count, station_us=self._taken_us - self._offset_us
            )

    def take_snapshot(self) -> Snapshot | None:
        """The newest, once."""
        taken, self._snapshot = self._snapshot, None
        return taken

    def take_waves(self) -> list[WaveChunk]:
        """What is due by now."""
        station_us = clock.monotonic_us() - self._offset_us
        found = []
        while self._waiting and self._waiting[-1].t_us + FEED_MS * 1000 <= station_us:
            found.append(self._waiting.pop())
        return found

    def take_pasts(self) -> list[Past]:
        """None."""
        return []

    def take_ended(self) -> list[Ended]:
        """None."""
        return []

    def take_replies(self) -> list[Any]:
        """None."""
        return []

    def age_us(self, now_us: int | None = None) -> int | None:
        """Age of the newest snapshot."""
        return (clock.monotonic_us() if now_us is None else now_us) - self._taken_us

    def send(self, message: object) -> bool:
        """Nobody hears it."""
        return True


class Lateness:
    """Watches a window's canvas: when was each column due, and when was it on the screen?"""

    def __init__(self, canvas: Any, playout: Any) -> None:
        self._canvas, self._playout = canvas, playout
        self.late_us: list[float] = []
        self.paint_us: list[int] = []
        self._head: int | None = None
        paint = canvas.paintEvent
        canvas.paintEvent = lambda event: self._painted(paint, event)

    def _painted(self, paint: Any, event: Any) -> None:
        began_us = clock.monotonic_us()
        paint(event)
        now_us = clock.monotonic_us()
        self.paint_us.append(now_us - began_us)
        sheet = self._canvas.sheets[0]
        if sheet.head is None:
            return
        before, self._head = self._head, sheet.head
        if before is None or not 0 < sheet.head - before < sheet.gap:
            return
        clock_us, shown_us = self._playout.moment
        px_per_us = sheet.paper.milli_px_per_s / 1e9
        for column in range(before + 1, sheet.head + 1):
            due_us = clock_us - (shown_us - column / px_per_us)
            self.late_us.append(now_us - due_us)


def measure(chairs: int, seconds: int, kind: str = "calm") -> dict[str, Any]:
    """Run the window for so long; the first seconds do not count. kind: a calm room, or one where half the tiles flash."""
    from PySide6.QtCore import QTimer

    from monitor_app.display import examples
    from monitor_app.display.main import application
    from monitor_app.display.window import Window

    app = application()
    room = examples.flashing(chairs) if kind == "flashing" else examples.calm(chairs)
    feed = LiveFeed(room, seconds + 10.0)
    window = Window(feed, clock.monotonic_us)
    window.resize(1920, 1080)
    window.show()
    beats = QTimer()
    beats.timeout.connect(feed.beat)
    beats.start(FEED_MS)
    window.start()
    found: list[Lateness] = []
    QTimer.singleShot(SETTLE_US // 1000, lambda: found.append(Lateness(window.overview.canvas, window.playout)))
    QTimer.singleShot(SETTLE_US // 1000 + seconds * 1000, app.quit)
    app.exec()
    late = sorted(found[0].late_us)
    window.close()
    cuts = quantiles(late, n=100)
    return {
        "p50_ms": cuts[49] / 1000,
        "p99_ms": cuts[98] / 1000,
        "worst_ms": late[-1] / 1000,
        "steps": len(late),
        "paint_p99_ms": quantiles(found[0].paint_us, n=100)[98] / 1000,
        "chairs": chairs,
        "room": kind,
    }


def main(arguments: Sequence[str]) -> int:
    """CHAIRS SECONDS, and which room."""
    print(json.dumps(measure(int(arguments[0]), int(arguments[1]), *arguments[2:3])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
