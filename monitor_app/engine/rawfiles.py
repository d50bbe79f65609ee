"""When do the bytes of a line become a file? After a fault of ours, after a loss of the line, and when somebody asks.

The files are captures (JSON Lines): `chairside decode` and `replay` read them. A row of the device's bytes is
`{"t_us": ..., "hex": ...}`; everything else has an empty "hex", so that a reader that knows only those rows survives:
`"out"` holds bytes for the device, `"mark"` says `opened` (from here on a new driver listens) or `lost`.

They are bounded in number and size, and a device that sends names may have put one among its bytes: the files lie in the
record's folder, for its owner only, and leave it in no bundle unless they are asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor_app.engine.links import LinkEnd, Lost, Notice
from monitor_app.engine.rawring import Entry, OverheardEnd, Way, entries

FORMAT = 1
KEY = "chairside_capture"
FOLDER = "raw"
WANTED = "wanted"
"""A file of this name in the folder asks for the counters of every line, and for its bytes too if it holds the word
`bytes`; it goes when they are there."""
BYTES = "bytes"
COUNTERS = "counters.json"
FAULT, LINE, ASKED = "fault", "line", "asked"
FILES_MAX = 16
"""Of each kind, so that a torn cable never pushes out a fault of ours; one of a full ring has 1.5 MB."""
EVERY_US = 600_000_000
"""One file per port and kind in this time: a fault that repeats says nothing new."""
FREE_MIN = 500_000_000
"""Bytes: what is left below this belongs to the record."""
LOOK_S = 1.0
WAITING_MAX = 64
CLOSE_S = 3.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Which line: chair's number, index of the device there, its id, and its address."""

    chair: int
    link: int
    device: str
    port: str

    @property
    def key(self) -> tuple[int, int]:
        """Chair and index."""
        return self.chair, self.link


@dataclass(frozen=True, slots=True)
class _Job:
    place: Place
    why: str
    block: bytes


class RawFiles:
    """folder: of the record. now: station time; utc: wall time in us. version: of the program, for the header."""

    def __init__(self, folder: Path, now: Callable[[], int], utc: Callable[[], int], version: str) -> None:
        self._folder = folder / FOLDER
        self._now = now
        self._utc = utc
        self._version = version
        self._ends: dict[tuple[int, int], tuple[Place, OverheardEnd]] = {}
        self._kept_us: dict[tuple[tuple[int, int], str], int] = {}
        self._jobs: deque[_Job] = deque(maxlen=WAITING_MAX)
        self._wanted = 0
        self._asking = False
        self._given: dict[tuple[int, int], int] = {}
        self._stop = threading.Event()
        self._work = threading.Event()
        self._thread = threading.Thread(target=self._live, name="raw-files", daemon=True)
        self._thread.start()

    def overhear(self, place: Place, end: LinkEnd) -> LinkEnd:
        """The end to use instead of `end`: what goes through it is kept from now on."""
        heard = OverheardEnd(end, lambda found: self._look(place, found))
        self._ends[place.key] = (place, heard)
        return heard

    def fault(self, chair: int, link: int) -> None:
        """A driver, or what judges its samples, failed: keep what it was fed. Never waits."""
        if (chair, link) in self._ends:
            self._keep(self._ends[(chair, link)][0], FAULT)

    def newest(self, chair: int, link: int) -> list[Entry]:
        """What went over this line just now, oldest first; for people who look at it."""
        known = self._ends.get((chair, link))
        return known[1].ring.newest() if known is not None else []

    def close(self) -> None:
        """Write what waits, at most some seconds."""
        self._stop.set()
        self._work.set()
        self._thread.join(CLOSE_S)

    def _look(self, place: Place, found: Sequence[Notice]) -> None:
        if any(isinstance(notice, Lost) for notice in found):
            self._keep(place, LINE)
        if self._given.get(place.key, 0) != self._wanted:
            self._keep(place, ASKED)
            self._given[place.key] = self._wanted

    def _keep(self, place: Place, why: str) -> None:
        end, now_us = self._ends[place.key][1], self._now()
        last_us = self._kept_us.get((place.key, why))
        if why != ASKED and last_us is not None and now_us - last_us < EVERY_US:
            return
        if end.counts.bytes_in + end.counts.bytes_out == 0:
            return  # nothing was ever said here
        self._kept_us[(place.key, why)] = now_us
        self._jobs.append(_Job(place, why, end.ring.copy()))
        self._work.set()

    # ------------------------------------------------------------------ on a thread of its own

    def _live(self) -> None:
        while True:
            self._work.wait(LOOK_S)
            self._work.clear()
            stopped = self._stop.is_set()
            while self._jobs:
                job = self._jobs.popleft()
                with suppress(OSError):  # a full disk: the record says so, and bytes are no record
                    self._write(job)
            with suppress(OSError):
                self._answer()
            if stopped:
                return

    def _answer(self) -> None:
        """Somebody has asked: the ends give their bytes at their next poll, and the asking file goes after that."""
        wanted = self._folder / WANTED
        if not wanted.exists():
            return
        if not self._asking and BYTES in wanted.read_text("utf-8"):
            self._asking = True
            self._wanted += 1
            return
        if self._asking and (self._jobs or any(self._given.get(key) != self._wanted for key in self._ends)):
            return
        self._asking = False
        self._write_counters()
        wanted.unlink(missing_ok=True)

    def _write(self, job: _Job) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < FREE_MIN:
            return
        utc, place = datetime.fromtimestamp(self._utc() / 1e6, UTC), job.place
        when = f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03}Z"
        name = f"{when}-chair{place.chair}-{place.link}-{place.device}-{job.why}.jsonl"
        header: Row = {KEY: FORMAT, "device": place.device, "port": place.port}
        header |= {"chair": place.chair, "link": place.link, "why": job.why}
        header |= {"utc": utc.isoformat(), "version": self._version}
        self._put(name, lines(header, entries(job.block)))
        for old in sorted(self._folder.glob(f"*-{job.why}.jsonl"))[:-FILES_MAX]:
            old.unlink(missing_ok=True)

    def _put(self, name: str, text: Iterator[str]) -> None:
        path = self._folder / name
        fresh = path.with_name(name + ".new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.writelines(text)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _write_counters(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = [asdict(place) | asdict(end.counts) for place, end in self._ends.values()]
        for row in rows:
            row.pop("port")
        self._put(COUNTERS, iter([json.dumps({"station_us": self._now(), "lines": rows})]))


def lines(header: Mapping[str, Any], found: Iterator[Entry]) -> Iterator[str]:
    """The file, line by line; its times begin with 0 at the first entry, whose station time the header says."""
    first = next(found, None)
    began_us = first[0] if first is not None else 0
    yield json.dumps({**header, "station_us": began_us}) + "\n"
    if first is not None:
        yield json.dumps(row(0, *first[1:])) + "\n"
    for at_us, way, data in found:
        yield json.dumps(row(at_us - began_us, way, data)) + "\n"


def row(t_us: int, way: Way, data: bytes) -> Row:
    """One entry in the form of the file."""
    if way is Way.IN:
        return {"t_us": t_us, "hex": data.hex()}
    if way is Way.OUT:
        return {"t_us": t_us, "hex": "", "out": data.hex()}
    if way is Way.OPENED:
        return {"t_us": t_us, "hex": "", "mark": "opened"}
    return {"t_us": t_us, "hex": "", "mark": "lost", "sentence": data.decode(errors="replace")}
