"""`export`: a session, or all of a day or of a patient, as files; pseudonymous, or identified with a name and a reason.

An identified export is journalled before its file gets its name: no such file leaves a record that does not say so. A
station that runs is asked to journal it, by the door of the review; else the journal is written with its lock taken.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from monitor_app import __version__
from monitor_app.app.annotating import add
from monitor_app.app.faults import Problem
from monitor_app.app.places import keys_folder, known_data_folder
from monitor_app.app.showing import progress_of, put, stoppable, tell
from monitor_app.core.events import EngineStarted, EngineStopped
from monitor_app.core.signing import EXPORTING_ROLE, REASON_MAX, HandOut
from monitor_app.engine.lock import is_taken
from monitor_app.record.exporters import ExportCancelled, Exported, Options, export
from monitor_app.record.faults import StoreError
from monitor_app.record.identities import identity_of
from monitor_app.record.readers import Reader
from monitor_app.record.session_file import pack
from monitor_app.record.sessions import SessionRow

ROLE = EXPORTING_ROLE
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
        with stoppable(), Reader(folder) as reader:
            if arguments.session is not None:
                row = reader.session(arguments.session)
                put(json.dumps(_said(_exported(reader, row, out, arguments))))
                return 0
            return _of_many(reader, out, arguments)
    except (KeyboardInterrupt, ExportCancelled):
        tell("The export was cancelled; nothing of it was left behind.")
        return 130


def _wanted(reader: Reader, arguments: Namespace) -> tuple[list[SessionRow], str]:
    """The sessions of a UTC day or of a patient, and what they are called."""
    if arguments.patient is not None:
        rows = [row for row in reader.sessions() if row.patient_ref == arguments.patient]
        return rows, f"of patient {arguments.patient}"
    anchors = reader.anchors()
    return [r for r in reader.sessions() if anchors.iso(r.admitted_t_us)[:10] == arguments.day], f"of {arguments.day}"


def _of_many(reader: Reader, out: Path, arguments: Namespace) -> int:
    """One line of JSON for each session. One that fails does not keep the others back."""
    rows, called = _wanted(reader, arguments)
    if not rows:
        raise Problem(f"there is no session {called}; `chairside sessions` lists them (days are those of UTC)")
    if not out.is_dir():
        raise Problem(f"{out} is no folder; several sessions are exported into one")
    failed = 0
    for row in rows:
        try:
            put(json.dumps({"session": row.uuid, **_said(_exported(reader, row, out, arguments))}))
        except (StoreError, Problem) as error:
            failed += 1
            tell(f"{row.uuid}: {error}")
    tell(f"{len(rows) - failed} of {len(rows)} sessions {called} were written")
    return 1 if failed else 0


def _said(written: Exported) -> dict[str, str]:
    return {"path": str(written.path), "sha256": written.sha256}


def _exported(reader: Reader, row: SessionRow, out: Path, arguments: Namespace) -> Exported:
    options = Options(arguments.waves, arguments.identified, __version__, progress_of(arguments), arguments.paper)
    journal = _journalling(reader, row, arguments) if arguments.identified else None
    if arguments.identified:
        _look_for_person(reader, row)
    if arguments.format == WHOLE:
        if journal is None:
            raise Problem(WHOLE_IS_IDENTIFIED)
        return pack(reader, row.uuid, out, journal)
    return export(arguments.format, reader, row.uuid, out, options, journal)


# ---------------------------------------------------------------- identified


def _look_for_person(reader: Reader, row: SessionRow) -> None:
    """Names stand in the file where they can be told; where they cannot, it is said and the pseudonym stands alone."""
    reader.identity_keys = keys_folder()
    try:
        identity_of(reader, reader.identity_keys, row.patient_ref)
    except StoreError as trouble:
        tell(str(trouble))


def responsible(name: str | None, reason: str | None) -> tuple[str, str]:
    """Actor and reason of an identified export. Raises Problem with what is missing or not allowed."""
    name, reason = (" ".join((text or "").split()) for text in (name, reason))
    if not name or not reason:
        raise Problem("an identified export needs who wants it and why: --actor NAME --reason TEXT")
    if max(len(name), len(reason)) > REASON_MAX:
        raise Problem(f"name and reason have at most {REASON_MAX} characters each")
    role, _, person = name.rpartition(":")
    if role not in ("", ROLE) or not person:
        raise Problem(f"an identified export is for a {ROLE} to make, not for {name!r}: --actor {ROLE}:NAME")
    return f"{ROLE}:{person}", reason


def _journalling(reader: Reader, row: SessionRow, arguments: Namespace) -> Callable[[str], None]:
    """Has the export journalled, given the file's digest. It raises Problem when it is not on the disk."""
    actor, reason = responsible(arguments.actor, arguments.reason)
    if is_taken(reader.folder) is None:
        _require_rest(reader)

    def journal(sha256: str) -> None:
        reply = add(reader.folder, HandOut(str(uuid4()), row.uuid, arguments.format, sha256, reason, actor))
        if not reply.done or reply.sentence:
            raise Problem(f"the export was not journalled, so that its file is not kept: {reply.sentence}")

    return journal


def _require_rest(reader: Reader) -> None:
    """After a crash the next start must find the end of the record where the crash left it, to tell the gap."""
    runs = reader.events_of_kind(EngineStarted.KIND, EngineStopped.KIND)
    if runs and not isinstance(runs[-1].payload, EngineStopped):
        raise Problem(
            f"the station in {reader.folder} did not stop in order: an identified export is journalled, which needs it "
            "to start once more, or to run"
        )
