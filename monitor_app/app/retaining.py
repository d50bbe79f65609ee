"""`retention`: how long waves are kept, which days may go and which are held back; and removing them where no station runs.

Without a setting everything is kept. A running station removes by itself what is due, one day of waves a minute.
"""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from monitor_app import clock
from monitor_app.app.faults import Problem
from monitor_app.app.places import keys_folder, known_data_folder
from monitor_app.app.showing import put, tell
from monitor_app.core.events import Event
from monitor_app.core.retention_events import WavesExpired
from monitor_app.engine.lock import FolderLock
from monitor_app.record.anchors import iso_utc
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.retention import Retention, due, expired, read_retention, write_retention
from monitor_app.record.writer import Batch, Writer


def retain(arguments: Namespace) -> int:
    """The command `retention`."""
    folder = known_data_folder(arguments.data)
    utc_us = clock.utc_us()
    with Reader(folder) as reader:
        if arguments.waves_days is not None:
            _set(folder, Retention(arguments.waves_days))
        retention = read_retention(folder)
        wanted = due(reader, retention, utc_us)
        gone = [
            {"file": one.payload.file, "utc": iso_utc(one.entry.utc_us)}
            for one in reader.events_of_kind(WavesExpired.KIND)
            if isinstance(one.payload, WavesExpired)
        ]
    removed = _remove(folder, retention, wanted.files, utc_us) if arguments.apply else []
    left = [name for name in wanted.files if name not in removed]
    if arguments.json:
        said = {"waves_days": retention.waves_days, "due": left, "held_back": [asdict(one) for one in wanted.held_back],
                "removed": removed, "expired_before": gone}  # fmt: skip
        put(json.dumps(said))
        return 0
    kept = f"for {retention.waves_days} days" if retention.waves_days else "for ever"
    put(f"waves are kept {kept}; {len(gone) + len(removed)} days of waves have expired")
    for name in removed:
        put(f"{name}: removed; what it was stands in the journal")
    for name in left:
        put(f"{name}: due; a running station removes it, or --apply")
    for one in wanted.held_back:
        put(f"{one.file}: kept, because {one.why}")
    return 0


def _set(folder: Path, retention: Retention) -> None:
    try:
        write_retention(folder, retention)
    except OSError as error:
        raise Problem(f"{folder} cannot be written: {error.strerror}") from error


def _remove(folder: Path, retention: Retention, names: tuple[str, ...], utc_us: int) -> list[str]:
    """No station may run here: its lock is held meanwhile. Raises FolderTaken with the sentence who does."""
    if not names:
        return []
    try:
        lock = FolderLock(folder, utc_us)
    except OSError as error:
        raise Problem(f"{folder} cannot be written: {error.strerror}") from error
    try:
        writer = Writer(folder, identity_keys=keys_folder())
        try:
            with Reader(folder) as reader:
                payloads = [expired(reader, retention, name) for name in names]
            journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
            for payload in payloads:
                writer.commit(Batch([journal.append(Event(writer.last_t_us, payload), utc_us)]))
                tell(f"{payload.file} ({payload.size / 1e6:.1f} MB) is kept no longer")
        finally:
            writer.close()
    finally:
        lock.release()
    return [name for name in names if not (folder / "waves" / name).exists()]
