"""`backup` and `restore`: a verified second copy of the record, while the station runs, and the way back from it."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor_app import __version__, clock
from monitor_app.app.faults import Problem
from monitor_app.app.places import data_folder, keys_folder, known_data_folder
from monitor_app.app.showing import progress_of, put, stoppable, tell
from monitor_app.engine.lock import is_taken
from monitor_app.record.backup import Manifest, backup, restore
from monitor_app.record.backup_plan import BackupPlan, forget_plan, read_plan, write_plan
from monitor_app.record.faults import StoreError
from monitor_app.record.identities import identity_of
from monitor_app.record.keys import restored
from monitor_app.record.readers import Reader


def back_up(arguments: Namespace) -> int:
    """The command `backup`."""
    utc_us = clock.utc_us()
    made_utc = datetime.fromtimestamp(utc_us / 1e6, UTC).isoformat(timespec="seconds")
    folder, target = known_data_folder(arguments.data), arguments.folder.expanduser()
    with stoppable():
        manifest = backup(folder, target, made_utc, __version__, tell, _share(arguments))
    _plan(folder, str(target.resolve()), arguments.every, utc_us)
    _say(manifest, f"{folder} is backed up in {arguments.folder} and verified")
    return 0


def _plan(folder: Path, target: str, every_h: float | None, utc_us: int) -> None:
    """Note when it was made, where a period is wanted: the station says when the next one is overdue."""
    known = read_plan(folder)
    if every_h == 0:
        forget_plan(folder)
    elif every_h is not None:
        write_plan(folder, BackupPlan(target, every_h, utc_us))
    elif known is not None and known.folder == target:
        write_plan(folder, replace(known, made_utc_us=utc_us))


def bring_back(arguments: Namespace) -> int:
    """The command `restore`. Never into the folder of a running station, nor over a record that is there."""
    folder = data_folder(arguments.data)
    taken = is_taken(folder) if folder.exists() else None
    if taken is not None:
        raise Problem(taken)
    with stoppable():
        manifest = restore(arguments.folder.expanduser(), folder, tell, _share(arguments))
    with Reader(folder) as reader:
        station = reader.station_uuid
        _say_sealed(reader)
    try:
        restored(keys_folder(), station, manifest.last_seq)
    except (OSError, ValueError) as error:
        tell(f"the heads kept in {keys_folder()} could not be set back, so that `verify` will name them: {error}")
    _say(manifest, f"{arguments.folder} is restored in {folder} and verified")
    return 0


def _say_sealed(reader: Reader) -> None:
    """Names that this copy holds and nobody here can open: erased since, or sealed with keys that lie elsewhere."""
    for patient in reader.identified_patients():
        try:
            identity_of(reader, keys_folder(), patient)
        except StoreError as trouble:
            tell(str(trouble))


def _share(arguments: Namespace) -> Callable[[int, int], None]:
    news = progress_of(arguments)

    def told(done: int, of: int) -> None:
        news(done, of)

    return told


def _say(manifest: Manifest, sentence: str) -> None:
    tell(f"{sentence}: {manifest.sessions} sessions, {manifest.last_seq} journal entries, made {manifest.made_utc}")
    put(json.dumps({"made_utc": manifest.made_utc, "sessions": manifest.sessions, "files": len(manifest.files),
                    "bytes": sum(file.size for file in manifest.files), "head": manifest.head}))  # fmt: skip
