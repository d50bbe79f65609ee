"""`identify` and `erase-identity`: who a pseudonym is, kept beside the journal, and taken out of the record for good.

A name is read from standard input, never from the command line, where other users of the computer could read it. A station
that runs is asked by the door of the review; else the record is written with its lock taken.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any
from uuid import uuid4

from monitor_app.app.annotating import add
from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put, tell
from monitor_app.core.events import ExportWritten
from monitor_app.core.identity import ROLES, EraseIdentity, GiveIdentity
from monitor_app.record.backup import kept_backups
from monitor_app.record.backup_plan import read_plan
from monitor_app.record.readers import Reader

LINE_MAX = 1000
ERASED = (
    "the identity of {patient} is erased: its key is destroyed, and nothing of it is left in {folder}. The pseudonym, and "
    "what was typed into notes, stay in the journal."
)
SEALED_IN = (
    "Backups made before still hold it, sealed with the key that is destroyed: {places}. A copy of the keys' folder made "
    "elsewhere would open them."
)
NO_PLACE_KNOWN = "No backup folder is known to this record; one made elsewhere still holds it, sealed with that key."
HANDED_OUT = "Files with names that were written before are not the record's to erase: {files}."


def identify(arguments: Namespace) -> int:
    """The command `identify`: the name on the first line of standard input, the birth date on the second, or empty."""
    folder = known_data_folder(arguments.data)
    name, born = _asked("Name"), _asked("Birth date (1980-12-31, or empty)")
    _require(add(folder, GiveIdentity(str(uuid4()), arguments.patient, name, born, by(arguments.by))))
    tell(f"the identity of {arguments.patient} is kept, sealed; `chairside erase-identity` takes it away again")
    return 0


def erase(arguments: Namespace) -> int:
    """The command `erase-identity`: exit 1 where there is none, or a session of the patient still runs."""
    folder = known_data_folder(arguments.data)
    _require(add(folder, EraseIdentity(str(uuid4()), arguments.patient, arguments.reason, by(arguments.by))))
    backups, files = _backups(folder), _handed_out(folder, arguments.patient)
    tell(ERASED.format(patient=arguments.patient, folder=folder))
    places = ", ".join(f"{one['folder']} (made {one['made_utc']})" for one in backups)
    tell(SEALED_IN.format(places=places) if backups else NO_PLACE_KNOWN)
    if files:
        tell(HANDED_OUT.format(files=", ".join(f"{one['format']} on {one['utc'][:10]}" for one in files)))
    put(json.dumps({"patient": arguments.patient, "erased": True, "backups": backups, "handed_out": files}))
    return 0


def by(name: str) -> str:
    """`nurse:Kim` as it is, `Kim` as a clinician."""
    role, _, person = " ".join(name.split()).rpartition(":")
    if role not in ("", *ROLES) or not person:
        raise Problem(
            f"{name!r} is nobody who may do this: --by NAME, or one of {', '.join(sorted(ROLES))}, as nurse:NAME"
        )
    return f"{role or 'clinician'}:{person}"


def _require(reply: Any) -> None:
    if not reply.done:
        raise Problem(reply.sentence)


def _asked(words: str) -> str:
    if sys.stdin.isatty():
        sys.stderr.write(f"{words}: ")
        sys.stderr.flush()
    return sys.stdin.readline(LINE_MAX).strip()


def _backups(folder: Path) -> list[dict[str, str]]:
    plan = read_plan(folder)
    return kept_backups(Path(plan.folder)) if plan is not None else []


def _handed_out(folder: Path, patient: str) -> list[dict[str, str]]:
    """Identified files of this patient that the journal knows of."""
    with Reader(folder) as reader:
        anchors = reader.anchors()
        sessions = {row.uuid for row in reader.sessions() if row.patient_ref == patient}
        return [
            {"format": one.payload.format, "utc": anchors.iso(one.t_us), "sha256": one.payload.sha256}
            for one in reader.events_of_kind(ExportWritten.KIND)
            if isinstance(one.payload, ExportWritten) and one.payload.identified and one.payload.sha256
            and one.entry.session in sessions
        ]  # fmt: skip
