"""`export`: a session, or all of a day, as files; pseudonymous, or identified with a name and a reason.

An identified export is journalled before its file gets its name: no such file leaves a record that does not say so. The
journal has one writer, so that the station must stand still for it; a pseudonymous export only reads.
"""

from __future__ import annotations

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.samples import Origin
from monitor_app import __version__, clock
from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put, tell
from monitor_app.core.events import EngineStarted, EngineStopped, Event, ExportWritten
from monitor_app.engine.lock import FolderLock
from monitor_app.engine.stationtime import offset_us
from monitor_app.record.exporters import ExportCancelled, Exported, Options, export
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.session_file import pack
from monitor_app.record.sessions import SessionRow
from monitor_app.record.writer import Batch, Writer

ROLE = "clinician"
"""Who may let identities out (RELIABILITY section 7.2)."""
_TYPED_MAX = 200
WHOLE = "session"
"""No format of others: our own record of one session, for the review of another computer."""
WHOLE_IS_IDENTIFIED = (
    "a session file holds every word of its journal, or its hashes would prove nothing: "
    "write it with --identified --actor NAME --reason TEXT, or export csv or edf without names"
)


def export_session(arguments: Namespace) -> int:
    """The command `export`."""
    folder = known_data_folder(arguments.data)
    out: Path = arguments.out if arguments.out is not None else Path.cwd()
    try:
        with _stoppable(), Reader(folder) as reader:
            if arguments.day is None:
                row = reader.session(arguments.session)
                put(json.dumps(_said(_exported(reader, row, out, arguments))))
                return 0
            return _of_day(reader, out, arguments)
    except (KeyboardInterrupt, ExportCancelled):
        tell("The export was cancelled; nothing of it was left behind.")
        return 130


def _of_day(reader: Reader, out: Path, arguments: Namespace) -> int:
    """All sessions admitted on that UTC day: one line of JSON each. One that fails does not keep the others back."""
    anchors = reader.anchors()
    rows = [row for row in reader.sessions() if anchors.iso(row.admitted_t_us)[:10] == arguments.day]
    if not rows:
        raise Problem(f"no session was admitted on {arguments.day} (UTC); `chairside sessions` lists them")
    if not out.is_dir():
        raise Problem(f"{out} is no folder; a day is exported into one")
    failed = 0
    for row in rows:
        try:
            put(json.dumps({"session": row.uuid, **_said(_exported(reader, row, out, arguments))}))
        except StoreError as error:
            failed += 1
            tell(f"{row.uuid}: {error}")
    tell(f"{len(rows) - failed} of {len(rows)} sessions of {arguments.day} were written")
    return 1 if failed else 0


def _said(written: Exported) -> dict[str, str]:
    return {"path": str(written.path), "sha256": written.sha256}


def _exported(reader: Reader, row: SessionRow, out: Path, arguments: Namespace) -> Exported:
    options = Options(arguments.waves, arguments.identified, __version__, _progress(), arguments.paper)
    journal = _journalling(reader, row, arguments) if arguments.identified else None
    if arguments.format == WHOLE:
        if journal is None:
            raise Problem(WHOLE_IS_IDENTIFIED)
        return pack(reader, row.uuid, out, journal)
    return export(arguments.format, reader, row.uuid, out, options, journal)


# ---------------------------------------------------------------- identified


def responsible(name: str | None, reason: str | None) -> tuple[str, str]:
    """Actor and reason of an identified export. Raises Problem with what is missing or not allowed."""
    name, reason = (" ".join((text or "").split()) for text in (name, reason))
    if not name or not reason:
        raise Problem("an identified export needs who wants it and why: --actor NAME --reason TEXT")
    if max(len(name), len(reason)) > _TYPED_MAX:
        raise Problem(f"name and reason have at most {_TYPED_MAX} characters each")
    role, _, person = name.rpartition(":")
    if role not in ("", ROLE) or not person:
        raise Problem(f"an identified export is for a {ROLE} to make, not for {name!r}: --actor {ROLE}:NAME")
    return f"{ROLE}:{person}", reason


def _journalling(reader: Reader, row: SessionRow, arguments: Namespace) -> Callable[[str], None]:
    """Writes the export into the journal, given the file's digest."""
    actor, reason = responsible(arguments.actor, arguments.reason)
    _require_rest(reader)

    def journal(sha256: str) -> None:
        payload = ExportWritten(arguments.format, identified=True, sha256=sha256, reason=reason)
        _append(reader.folder, payload, row, actor)

    return journal


def _require_rest(reader: Reader) -> None:
    """After a crash the next start must find the end of the record where the crash left it, to tell the gap."""
    runs = reader.events_of_kind(EngineStarted.KIND, EngineStopped.KIND)
    if runs and not isinstance(runs[-1].payload, EngineStopped):
        raise Problem(
            f"the station in {reader.folder} runs, or did not stop in order: an identified export is journalled, "
            "which needs it to stop (or to start once more and stop) first"
        )


def _append(folder: Path, payload: ExportWritten, row: SessionRow, actor: str) -> None:
    utc_us = clock.utc_us()
    lock = FolderLock(folder, utc_us)
    try:
        writer = Writer(folder)
        try:
            with Reader(folder) as reader:
                last = next(iter(reader.entries(after_seq=writer.last_seq - 1)))
            behind_us = max(0, writer.last_t_us - last.t_us)
            now_us = offset_us(0, utc_us, writer.last_t_us, last.utc_us + behind_us)
            event = Event(now_us, payload, row.chair, row.uuid, actor, Origin(row.origin))
            journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
            writer.commit(Batch([journal.append(event, utc_us)]))
        finally:
            writer.close()
    finally:
        lock.release()


# ---------------------------------------------------------------- progress and cancelling


def _progress() -> Callable[[int, int], bool]:
    """Per cent on a terminal, nothing into a file or a pipe."""
    if not sys.stderr.isatty():
        return lambda done, of: True
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
def _stoppable() -> Iterator[None]:
    """A polite request to end (SIGTERM) cancels like Ctrl-C, so that nothing half-written stays."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
