"""`sessions`, `verify`, `review`: what the record holds, for people and for scripts."""

from __future__ import annotations

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from drivers.samples import Origin
from monitor_app.app.places import keys_folder, known_data_folder
from monitor_app.app.screen import require_screen
from monitor_app.record.faults import StoreError
from monitor_app.record.importers import importer_of, open_recording
from monitor_app.record.opened import OpenedRecording
from monitor_app.record.readers import Reader
from monitor_app.record.session_file import is_session_file, laid_open
from monitor_app.record.sessions import SessionRow
from monitor_app.record.verify import verify


def sessions(arguments: Namespace) -> int:
    """The command `sessions`."""
    folder = known_data_folder(arguments.data)
    with Reader(folder) as reader:
        rows = [_session(reader, row) for row in reader.sessions()]
    if arguments.json:
        put(json.dumps({"data": str(folder), "sessions": rows}))
        return 0
    if not rows:
        tell(f"no sessions in {folder}")
    for row in rows:
        minutes = f"{row['duration_s'] / 60:.0f} min"
        put(f"{row['session']}  chair {row['chair']:>2}  {row['admitted_utc'] or '-':<24}  {minutes:>7}  "
            f"{row['phase']:<10} {row['outcome']:<9} {row['origin']}")  # fmt: skip
    return 0


def _session(reader: Reader, row: SessionRow) -> dict[str, Any]:
    from_us, to_us = reader.span_us(row)
    anchors = reader.anchors()
    return {
        "session": row.uuid,
        "chair": row.chair,
        "profile": row.profile_id,
        "phase": row.phase,
        "outcome": row.outcome,
        "origin": Origin(row.origin).name.lower(),
        "admitted_utc": anchors.iso(from_us),
        "ended_utc": anchors.iso(row.ended_t_us) if row.ended_t_us is not None else None,
        "duration_s": round((to_us - from_us) / 1e6, 1),
        "software": row.software,
    }


def verify_record(arguments: Namespace) -> int:
    """The command `verify`: exit 1 on any fault."""
    folder = known_data_folder(arguments.data)
    news = progress_of(arguments)

    def told(done: int, of: int) -> None:
        news(done, of)

    report = verify(folder, arguments.session, keys_folder(), told)
    if arguments.json:
        put(json.dumps(report.to_json()))
        return 0 if report.ok else 1
    for session in report.sessions:
        put(f"{session.session}  {session.events} events  {session.minutes} min  "
            f"{len(session.gaps)} gaps  {'ok' if session.ok else 'FAULTS'}")  # fmt: skip
        if session.waves:
            put(f"  {session.waves}")
        for fault in session.faults:
            put(f"  {fault}")
    for fault in report.faults:
        put(fault)
    tell(report.key)
    tell("the record is complete and unchanged" if report.ok else "the record has faults, named above")
    return 0 if report.ok else 1


def review(arguments: Namespace) -> int:
    """The command `review`."""
    require_screen("export the session: chairside export SESSION --format csv")
    from monitor_app.app.annotating import door
    from monitor_app.review.main import run, show

    named = Path(arguments.session) if arguments.session else None
    if named is not None and is_session_file(named):
        with laid_open(named) as carried:
            return run(carried.folder, carried.session, source=f"{named.name}: {carried.sentence}")
    if named is not None and named.suffix and importer_of(named) is not None and not _is_session(arguments):
        opened = OpenedRecording(named, open_recording(named))
        return show(opened, opened.sessions()[0].uuid, source=f"{named.name}: {opened.missing()}")
    folder = known_data_folder(arguments.data)
    return run(folder, arguments.session, door(folder), keys=keys_folder())


def _is_session(arguments: Namespace) -> bool:
    """True where the record knows a session of that name: a file beside it with the same name does not hide it."""
    with suppress(StoreError), Reader(known_data_folder(arguments.data)) as reader:
        reader.session(arguments.session)
        return True
    return False


def put(line: str) -> None:
    """A line of the answer."""
    sys.stdout.write(line + "\n")


def tell(line: str) -> None:
    """A message for people."""
    sys.stderr.write(line + "\n")


def progress_of(arguments: Namespace) -> Callable[[int, int], bool]:
    """How far long work is: lines `progress 0.420` for a window that asked for them, per cent on a terminal, else nothing.

    What it returns is True, always: go on. Ctrl-C and SIGTERM end what `stoppable` surrounds.
    """
    if getattr(arguments, "progress", False):
        return _progress_lines()
    if sys.stderr.isatty():
        return _per_cent()
    return lambda done, of: True


def _progress_lines() -> Callable[[int, int], bool]:
    said = [-1]

    def news(done: int, of: int) -> bool:
        thousandths = min(1000, 1000 * done // max(1, of))
        if thousandths != said[0]:
            said[0] = thousandths
            sys.stderr.write(f"progress {thousandths / 1000:.3f}\n")
            sys.stderr.flush()
        return True

    return news


def _per_cent() -> Callable[[int, int], bool]:
    shown = [-1]

    def news(done: int, of: int) -> bool:
        per_cent = min(100, 100 * done // max(1, of))
        if per_cent != shown[0]:
            shown[0] = per_cent
            sys.stderr.write(f"\r{per_cent:3d} %" + ("\r     \r" if per_cent == 100 else ""))
            sys.stderr.flush()
        return True

    return news


@contextmanager
def stoppable() -> Iterator[None]:
    """A polite request to end (SIGTERM) cancels like Ctrl-C, so that nothing half-written stays."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
