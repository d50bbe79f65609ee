"""Does the window grow, slow down or lose handles in a working day? A campaign by hand: eight hours at speed.

The whole nurses' window lives on a virtual clock as fast as the machine allows: waves every 50 ms, a snapshot every 200 ms,
alarms that come and go, and a person who opens chairs, freezes, keeps strips, reads lists and changes the theme. Every few
virtual minutes the process itself is measured: resident memory, Python objects, open files, threads, widgets, CPU per tick
and per paint. A line is written for every measurement, so a run that is broken off has still said what it saw.

`python -m monitor_app.bench.endurance --hours 8 --chairs 6 --out FILE` (no screen needed; exit 1 when a goal is missed).
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, median
from typing import Any

from monitor_app import clock
from monitor_app.core.snapshot import ChairView, Snapshot, WaveChunk
from monitor_app.feed.ended import Ended
from monitor_app.feed.history import Past

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
FEED_US = 50_000
SNAPSHOT_US = 200_000
TICK_US = 20_000
MEASURE_US = 300 * SECOND_US
PERSON_US = 7 * SECOND_US
WARM_UP_US = HOUR_US // 2
"""Caches of fonts, pictures and texts fill in the first half hour; the course of a session goes on filling for three."""
MEMORY_MOST_KB_H, OBJECTS_MOST_H, DRIFT_MOST = 300.0, 50.0, 1.2
"""The goals of RELIABILITY section 1 for a soak; here in virtual hours."""
LOOP_S = 20
STATES = ("calm", "alarm", "stale", "lead_off", "measuring")
KEYS = "1234567890bcdefhjklmnopstwy"
SPECIAL = (
    "Key_Escape",
    "Key_Escape",
    "Key_F5",
    "Key_F6",
    "Key_F7",
    "Key_F9",
    "Key_F1",
    "Key_Right",
    "Key_A",
    "Key_Tab",
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One look at the process. hours: virtual. tick_ms, paint_ms: CPU since the last look, mean. widgets: alive."""

    hours: float
    rss_kb: int
    objects: int
    files: int
    threads: int
    widgets: int
    tick_ms: float
    tick_worst_ms: float
    paint_ms: float
    paints: int
    wall_s: float


class Day:
    """A room that lives on a virtual clock and says what a station would say."""

    def __init__(self, chairs: int, seed: int) -> None:
        from monitor_app.display import examples

        self._chance = random.Random(seed)
        self._room = examples.calm(chairs)
        self.now_us = self._room.station_us
        self._begun_us = self.now_us
        self._snapshot: Snapshot | None = self._room
        self._taken_us = self.now_us
        self._sequence = self._room.sequence
        self._states = {chair.number: "calm" for chair in self._room.chairs}
        self._waves: list[WaveChunk] = []
        self._fed = 0
        loops = examples.wave_chunks(self._room, LOOP_S)
        self._loops: dict[tuple[int, int], list[WaveChunk]] = {}
        for chunk in loops:
            self._loops.setdefault((chunk.chair, chunk.channel), []).append(chunk)
        self._lengths = {key: sum(len(one.data) // 2 for one in loop) for key, loop in self._loops.items()}

    def pass_to(self, now_us: int) -> None:
        """Time goes on; what was due has been said."""
        self.now_us = now_us
        while self._begun_us + (self._fed + 1) * FEED_US <= now_us:
            self._feed(self._fed)
            self._fed += 1
            if self._fed % (SNAPSHOT_US // FEED_US) == 0:
                self._say()

    def _feed(self, n: int) -> None:
        for key, loop in self._loops.items():
            if self._states[key[0]] == "stale":
                continue
            chunk = loop[n % len(loop)]
            first = n // len(loop) * self._lengths[key] + chunk.first_index
            self._waves.append(
                replace(
                    chunk,
                    t_us=self._begun_us + n * FEED_US,
                    first_index=first,
                    beats=((first, self._chance.choice("NNNV")),) if n % 17 == 0 else (),
                    clipped=n % 901 == 0,
                    gap=n % 4001 == 0,
                )
            )

    def _say(self) -> None:
        from monitor_app.display import examples

        if self._chance.random() < 0.02:
            self._states[self._chance.choice(list(self._states))] = self._chance.choice(STATES)
        self._sequence += 1
        moved = self.now_us - self._room.station_us
        chairs = tuple(self._chair(chair) for chair in self._room.chairs)
        made = examples.snapshot(*chairs)
        self._snapshot = replace(
            made, sequence=self._sequence, run=self._room.run, station_us=self.now_us, utc_us=self._room.utc_us + moved
        )
        self._taken_us = self.now_us

    def _chair(self, chair: ChairView) -> ChairView:
        from monitor_app.display import examples

        made = {
            "alarm": examples.high_chair, "stale": examples.lost_chair, "lead_off": examples.lead_off_chair,
            "measuring": examples.measuring_chair,
        }.get(self._states[chair.number], examples.chair)(chair.number)  # fmt: skip
        hours = (self.now_us - self._begun_us) / HOUR_US
        session = f"{chair.session}-{int(hours / 1.7)}" if chair.session is not None else None
        numbers = tuple(
            replace(one, text=str(int(float(one.text)) + round(4 * math.sin(hours * 9 + chair.number))))
            if one.text.isdigit() else one
            for one in made.numbers
        )  # fmt: skip
        return replace(made, session=session, numbers=numbers)

    def take_snapshot(self) -> Snapshot | None:
        """The newest, once."""
        taken, self._snapshot = self._snapshot, None
        return taken

    def take_waves(self) -> list[WaveChunk]:
        """What has come, once."""
        taken, self._waves = self._waves, []
        return taken

    def take_pasts(self) -> list[Past]:
        """None."""
        return []

    def take_ended(self) -> list[Ended]:
        """None."""
        return []

    def take_replies(self) -> list[Any]:
        """Nobody answers here."""
        return []

    def age_us(self, now_us: int | None = None) -> int | None:
        """Age of the newest snapshot."""
        return (self.now_us if now_us is None else now_us) - self._taken_us

    def send(self, message: object) -> bool:
        """Heard, and forgotten."""
        return True


class Run:
    """The window, its day, and what was measured. out: a line for every measurement."""

    def __init__(self, chairs: int, hours: float, seed: int, out: Path | None) -> None:
        from monitor_app.display.main import application
        from monitor_app.display.window import Window

        self._app = application()
        self._day = Day(chairs, seed)
        self._chance = random.Random(seed + 1)
        self._out = out
        self._until_us = self._day.now_us + round(hours * HOUR_US)
        self._began_us = self._day.now_us
        self._wall_us = clock.monotonic_us()
        self.window = Window(self._day, lambda: self._day.now_us)
        self.window.resize(1920, 1080)
        self.window.show()
        self.found: list[Measure] = []
        self._ticks: list[int] = []
        self._paint_us: list[int] = []
        for canvas in (self.window.overview.canvas, self.window.chair_page.waves.canvas):
            self._watch(canvas)

    def _watch(self, canvas: Any) -> None:
        paint = canvas.paintEvent

        def timed(event: Any) -> None:
            began_us = clock.cpu_us()
            paint(event)
            self._paint_us.append(clock.cpu_us() - began_us)

        canvas.paintEvent = timed

    def live(self) -> list[Measure]:
        """To the end, or until somebody interrupts; what was measured so far is kept in either case."""
        from PySide6.QtCore import QEvent

        next_look, next_act = self._began_us + MEASURE_US, self._began_us + PERSON_US
        now_us = self._began_us
        try:
            while now_us < self._until_us:
                now_us += TICK_US
                self._day.pass_to(now_us)
                began_us = clock.cpu_us()
                self.window.tick()
                self._app.processEvents()
                # what asked to be deleted later goes where an event loop turns; here none does
                self._app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
                self._ticks.append(clock.cpu_us() - began_us)
                if now_us >= next_act:
                    next_act += PERSON_US
                    self._act()
                if now_us >= next_look:
                    next_look += MEASURE_US
                    self._look(now_us)
        except KeyboardInterrupt:
            sys.stderr.write("broken off\n")
        return self.found

    def _act(self) -> None:
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent
        from PySide6.QtWidgets import QApplication

        if self._chance.random() < 0.6:
            text = self._chance.choice(KEYS)
            key = Qt.Key(ord(text.upper()))
        else:
            text, key = "", getattr(Qt.Key, self._chance.choice(SPECIAL))
        target = QApplication.focusWidget() or self.window
        QApplication.sendEvent(target, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text))

    def _look(self, now_us: int) -> None:
        from PySide6.QtWidgets import QApplication

        gc.collect()
        made = Measure(
            hours=round((now_us - self._began_us) / HOUR_US, 3),
            rss_kb=_rss_kb(),
            objects=len(gc.get_objects()),
            files=_count("fd"),
            threads=_count("task"),
            widgets=len(QApplication.allWidgets()),
            tick_ms=mean(self._ticks) / 1000,
            tick_worst_ms=max(self._ticks) / 1000,
            paint_ms=mean(self._paint_us or [0]) / 1000,
            paints=len(self._paint_us),
            wall_s=round((clock.monotonic_us() - self._wall_us) / 1e6, 1),
        )
        self._ticks, self._paint_us = [], []
        self.found.append(made)
        line = json.dumps(asdict(made))
        print(line, flush=True)
        if self._out is not None:
            with self._out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def _rss_kb() -> int:
    """Resident memory of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def _count(what: str) -> int:
    try:
        return sum(1 for _ in Path("/proc/self", what).iterdir())
    except OSError:
        return 0


def verdict(found: Sequence[Measure]) -> dict[str, Any]:
    """Slope of memory after the warm-up, drift of the tick from the first to the last quarter, growth of handles."""
    later = [one for one in found if one.hours * HOUR_US >= WARM_UP_US]
    if len(later) < 8:
        return {"hours": found[-1].hours if found else 0.0, "passed": None, "why": "too short to judge"}
    quarter = len(later) // 4
    first, last = later[:quarter], later[-quarter:]
    slope = _slope([one.hours for one in later], [float(one.rss_kb) for one in later])
    objects = _slope([one.hours for one in later], [float(one.objects) for one in later])
    drift = median(one.tick_ms for one in last) / median(one.tick_ms for one in first)
    paint = median(one.paint_ms for one in last) / median(one.paint_ms for one in first)
    files = max(one.files for one in last) - max(one.files for one in first)
    threads = max(one.threads for one in last) - max(one.threads for one in first)
    return {
        "hours": later[-1].hours,
        "memory_kb_per_hour": round(slope, 1),
        "rss_first_kb": later[0].rss_kb,
        "rss_last_kb": later[-1].rss_kb,
        "objects_per_hour": round(objects, 1),
        "tick_drift": round(drift, 3),
        "paint_drift": round(paint, 3),
        "files_growth": files,
        "threads_growth": threads,
        "widgets_growth": last[-1].widgets - first[0].widgets,
        "passed": slope <= MEMORY_MOST_KB_H
        and objects <= OBJECTS_MOST_H
        and drift <= DRIFT_MOST
        and files <= 0
        and threads <= 0,
    }


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    mx, my = mean(x), mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def main(arguments: Sequence[str]) -> int:
    """The campaign."""
    parser = argparse.ArgumentParser(prog="python -m monitor_app.bench.endurance", description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--chairs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    said = verdict(Run(options.chairs, options.hours, options.seed, options.out).live())
    print(json.dumps(said), flush=True)
    return int(said["passed"] is False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
