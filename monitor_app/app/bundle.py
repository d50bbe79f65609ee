"""`chairside doctor --bundle FILE`: what a technician far away needs, in one zip, without a word about a patient.

Everything in it is chosen by what may go in, never by what must stay out: of the journal only kinds, times, chair numbers
and places of faults; of the logs only lines that say where something happened; bytes of the lines only when asked for.
"""

from __future__ import annotations

import json
import os
import platform
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drivers import catalog
from monitor_app import __version__, clock
from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder, logs_folder
from monitor_app.core.events import EngineStarted, EngineStopped, FaultFound, LinkFound, LinkLost, RecordGap
from monitor_app.engine import rawfiles
from monitor_app.engine.lock import is_taken
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader

Row = dict[str, Any]

NEWEST_MAX = 500
"""Events that are listed one by one; all are counted."""
LOG_MAX = 1_000_000
"""Bytes of the end of each log."""
RAW_MAX = 64
ANSWER_US = 5_000_000
LOOK_US = 100_000

PLACE = re.compile(r"\w+ in [\w.]+:\d+")
ADDRESS = re.compile(r"\S*[/\\@]\S*|\S+:\S+")
LOG_LINES = (
    re.compile(r"[\dT:.+-]{20,} \w+( in [\w.]+:\d+)?"),  # when, and the kind of an exception
    re.compile(r' *File "[^"]*", line \d+,? in \S+'),
    re.compile(r"(Current thread|Thread) 0x[0-9a-f]+.*\(most recent call first\):"),
    re.compile(r"Fatal Python error: [\w ]+"),
    re.compile(r"Extension modules: [\w., ()]+"),
)
README = """Chairside support bundle
bundle.json    versions, this computer, what `chairside doctor` found
journal.json   how often each kind of event happened; faults and links by place and time
counters.json  bytes and reads of every line since the station was started (only while it runs)
logs/          where something went wrong: places in the program, never values
raw/           bytes of the lines, only with --raw: a device that sends names may have put one among them
Nothing that anybody typed is in here: no pseudonym, no note, no reason, no name.
"""


def write_bundle(path: Path, named: Path | None, with_raw: bool, findings: Sequence[Row]) -> list[str]:
    """Write the zip, for its owner only, and return what is in it. Raises Problem when it cannot be written."""
    data = known_data_folder(named)
    asked = _ask(data, with_raw)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Problem(f"{path} already exists and is not overwritten; name another with --bundle") from None
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in _parts(data, named, with_raw, asked, findings):
            bundle.writestr(name, text)
        return bundle.namelist()


def _parts(
    data: Path, named: Path | None, with_raw: bool, asked: str, findings: Sequence[Row]
) -> Iterator[tuple[str, str]]:
    yield "README.txt", README
    yield "bundle.json", _json(_bundle(asked, findings))
    yield "journal.json", _json(_journal(data))
    counters = data / rawfiles.FOLDER / rawfiles.COUNTERS
    if asked == "answered" and counters.exists():
        yield "counters.json", counters.read_text("utf-8")
    folders = dict.fromkeys((data / "logs", logs_folder(named), logs_folder(None)))
    for number, folder in enumerate(folders):
        for log in sorted([*folder.glob("*.log"), *folder.glob("*.trace")]):
            yield f"logs/{f'{number}-' if number else ''}{log.name}", "".join(_log_lines(log))
    if with_raw:
        for raw in sorted((data / rawfiles.FOLDER).glob("*.jsonl"))[-RAW_MAX:]:
            yield f"raw/{raw.name}", raw.read_text("utf-8")


def _bundle(asked: str, findings: Sequence[Row]) -> Row:
    home = str(Path.home())
    found = [{**finding, "text": str(finding["text"]).replace(home, "~")} for finding in findings]
    return {
        "chairside": __version__,
        "utc": datetime.fromtimestamp(clock.utc_us() / 1e6, UTC).isoformat(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "station": asked,
        "devices": list(catalog.specs()),
        "findings": found,
    }


# ---------------------------------------------------------------------------------------------------------- the journal


def _journal(data: Path) -> Row:
    try:
        with Reader(data) as reader:
            return _told(reader)
    except StoreError as error:
        return {"unreadable": type(error).__name__}


def _told(reader: Reader) -> Row:
    kinds = Counter(entry.kind for entry in reader.entries())
    faults: Counter[str] = Counter()
    links: dict[tuple[int, int], Counter[str]] = {}
    newest: list[Row] = []
    wanted = (p.KIND for p in (EngineStarted, EngineStopped, FaultFound, LinkFound, LinkLost, RecordGap))
    for stored in reader.events_of_kind(*wanted):
        entry, payload = stored.entry, stored.payload
        row: Row = {"kind": entry.kind, "utc": _iso(entry.utc_us), "chair": entry.chair}
        if isinstance(payload, FaultFound):
            row["place"] = _place(payload)
            faults[row["place"]] += 1
        elif isinstance(payload, LinkFound | LinkLost) and entry.chair is not None:
            row |= {"device": payload.device, "link": payload.link}
            counts = links.setdefault((entry.chair, payload.link), Counter())
            counts[_link_word(payload)] += 1
            if isinstance(payload, LinkLost):
                row |= {"hard": payload.hard, "sentence": ADDRESS.sub("[port]", payload.sentence)}
        newest.append(row)
    return {
        "kinds": dict(sorted(kinds.items())),
        "faults": dict(faults.most_common()),
        "links": [{"chair": chair, "link": link, **counts} for (chair, link), counts in sorted(links.items())],
        "newest": newest[-NEWEST_MAX:],
    }


def _link_word(payload: LinkFound | LinkLost) -> str:
    if isinstance(payload, LinkFound):
        return "found"
    return "lost" if payload.hard else "silent"


def _place(fault: FaultFound) -> str:
    """Only what the engine itself composed: a kind of exception and a line of the program, else the place alone."""
    where = re.sub(r"[^\w ,.'-]", "", fault.where)
    return f"{where}: {fault.sentence}" if PLACE.fullmatch(fault.sentence) else where


# ------------------------------------------------------------------------------------------------------------- the logs


def _log_lines(path: Path) -> Iterator[str]:
    """The end of a log: lines in the form of a place, and how many others were left out."""
    left_out = 0
    home = str(Path.home())
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_MAX))
        for raw in file:
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            if any(form.fullmatch(line) for form in LOG_LINES):
                yield line.replace(home, "~") + "\n"
            elif line.strip():
                left_out += 1
    yield f"({left_out} other lines left out)\n"


# ---------------------------------------------------------------------------------------------------------- the station


def _ask(data: Path, with_raw: bool) -> str:
    """Let a running station write its counters, and the bytes of its lines; says what came of it."""
    if not (data / "station.db").exists():
        return "no record here"
    if is_taken(data) is None:
        return "not running"
    wanted = data / rawfiles.FOLDER / rawfiles.WANTED
    try:
        wanted.parent.mkdir(mode=0o700, exist_ok=True)
        wanted.write_text(rawfiles.BYTES if with_raw else "counters", "utf-8")
    except OSError:
        return "cannot be asked"
    end_us = clock.monotonic_us() + ANSWER_US
    while wanted.exists():
        if clock.monotonic_us() > end_us:
            return "does not answer"
        clock.sleep_us(LOOK_US)
    return "answered"


def _json(row: Row) -> str:
    return json.dumps(row, indent=1)


def _iso(utc_us: int) -> str:
    return datetime.fromtimestamp(utc_us / 1e6, UTC).isoformat()
