"""A second copy of the record, made while the station writes, and the way back from it (STORAGE section 3).

A backup folder holds `current` and, once there were two, `previous`. A new copy grows beside them as `next`, is verified,
and only then takes the place of `current`: what was not verified is never called a backup. Wave files that have not changed
since the last copy are linked, not copied again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from monitor_app.record import schema
from monitor_app.record.faults import StoreError, Trouble, store_error
from monitor_app.record.heads import ANCHORS_FILE
from monitor_app.record.verify import Report, verify

CURRENT, PREVIOUS, NEXT = "current", "previous", "next"
MANIFEST_FILE = "manifest.json"
FORMAT = 1
PAGES, PAUSE_S = 200, 0.005
"""Steps of the copy: the disk is given back to the writer in between."""
_READ_BYTES = 1 << 20

Progress = Callable[[str], None]
Share = Callable[[int, int], None]
"""Told how much is done, and of how much: copying is taken for one half of the work, verifying for the other."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of a backup. source_*: size and time of the file it was copied from, by which it is known again."""

    name: str
    size: int
    sha256: str
    source_size: int
    source_mtime_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: its files, and the journal's head in it. made_utc: ISO 8601."""

    chairside_backup: int
    made_utc: str
    version: str
    files: tuple[Copied, ...]
    first_seq: int
    last_seq: int
    head: str
    sessions: int


def backup(
    folder: Path,
    target: Path,
    made_utc: str,
    version: str,
    progress: Progress = lambda words: None,
    share: Share = lambda done, of: None,
) -> Manifest:
    """Copy the record in `folder` into the backup folder `target`, verify the copy, then put it in force.

    Raises StoreError in one sentence: no record, a disk that refuses, a copy that is not whole. The old backup stays then.
    """
    _refuse_nested(folder, target)
    fresh = target / NEXT
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / schema.WAVES_FOLDER).mkdir(mode=0o700, parents=True)
        copied = _Counted(sum(path.stat().st_size for path in _databases(folder)), share)
        files = _copy_all(folder, fresh, _known(target / CURRENT), progress, copied)
        progress("verifying the copy")
        report = verify(fresh, progress=copied.second_half)
        if not report.ok:
            raise StoreError(Trouble.DAMAGED, f"{target}: the copy is not whole and no backup ({_first_fault(report)})")
        manifest = Manifest(
            FORMAT,
            made_utc,
            version,
            tuple(files),
            report.first_seq,
            report.last_seq,
            report.head,
            len(report.sessions),
        )
        _write_manifest(fresh, manifest)
        _put_in_force(target)
    except OSError as error:
        raise store_error(error, target) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


def restore(
    source: Path, folder: Path, progress: Progress = lambda words: None, share: Share = lambda done, of: None
) -> Manifest:
    """Make the record of a backup anew in `folder`, which must be empty or absent. Raises StoreError; nothing is left."""
    kept = next(
        (place for place in (source / CURRENT, source / PREVIOUS, source) if (place / MANIFEST_FILE).exists()), None
    )
    if kept is None:
        raise StoreError(Trouble.MISSING, f"{source} holds no backup; name the folder that `chairside backup` wrote to")
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(Trouble.READ_ONLY, f"{folder} is not empty: a backup is restored into an empty folder only")
    manifest = _read_manifest(kept)
    try:
        (folder / schema.WAVES_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = _Counted(sum(file.size for file in manifest.files), share)
        for file in manifest.files:
            progress(f"restoring {file.name}")
            _restore_one(kept, folder, file)
            copied.add(file.size)
        progress("verifying what was restored")
        report = verify(folder, progress=copied.second_half)
        if not report.ok or report.head != manifest.head:
            raise StoreError(Trouble.DAMAGED, f"{kept}: what was restored is not whole ({_first_fault(report)})")
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (OSError, StoreError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise (store_error(error, folder) if isinstance(error, OSError) else error) from error
    return manifest


class _Counted:
    """Bytes copied, of so many; then the checking of what was copied."""

    def __init__(self, of: int, share: Share) -> None:
        self._done, self._of, self._share = 0, max(1, of), share

    def add(self, size: int) -> None:
        """A file is copied whole."""
        self._done += size
        self.of_file(0)

    def of_file(self, size: int) -> None:
        """So much of the present file is copied."""
        self._share(min(self._of, self._done + size), 2 * self._of)

    def second_half(self, done: int, of: int) -> None:
        """So much is verified."""
        self._share(of + done, 2 * of)


def _databases(folder: Path) -> list[Path]:
    return [folder / schema.STATION_FILE, *sorted((folder / schema.WAVES_FOLDER).glob("*.db"))]


def kept_backups(target: Path) -> list[dict[str, str]]:
    """The backups in a backup folder, newest first: `folder` and `made_utc`. Nothing where none can be read."""
    found = []
    for place in (target / CURRENT, target / PREVIOUS):
        with suppress(StoreError):
            found.append({"folder": str(place), "made_utc": _read_manifest(place).made_utc})
    return found


def _refuse_nested(folder: Path, target: Path) -> None:
    inner, outer = target.resolve(), folder.resolve()
    if inner == outer or outer in inner.parents:
        raise StoreError(Trouble.READ_ONLY, f"{target} lies inside the record: a backup belongs on another disk")


def _copy_all(
    folder: Path, fresh: Path, known: dict[str, Copied], progress: Progress, copied: _Counted
) -> list[Copied]:
    """In this order: a head names an entry that must be there, and a seal a minute that must be."""
    files: list[Copied] = []
    if (folder / ANCHORS_FILE).exists():
        stamp = _stamp(folder / ANCHORS_FILE)
        shutil.copyfile(folder / ANCHORS_FILE, fresh / ANCHORS_FILE)
        files.append(_copied(fresh, ANCHORS_FILE, stamp))
    progress(f"copying {schema.STATION_FILE}")
    files.append(_copy_database(folder, fresh, schema.STATION_FILE, copied))
    waves = folder / schema.WAVES_FOLDER
    for path in sorted(waves.glob("*.db")) if waves.is_dir() else ():
        name = f"{schema.WAVES_FOLDER}/{path.name}"
        before = known.get(name)
        if (
            before is not None
            and (before.source_size, before.source_mtime_ns) == _stamp(path)
            and not schema.wal_bytes(path)
        ):
            _link(fresh.parent / CURRENT / name, fresh / name)
            files.append(before)
            copied.add(before.source_size)
            continue
        progress(f"copying {name}")
        files.append(_copy_database(folder, fresh, name, copied))
    return files


def _copy_database(folder: Path, fresh: Path, name: str, copied: _Counted) -> Copied:
    """One moment of the file, whoever writes to it meanwhile. Only afterwards is its log allowed to begin anew."""
    source, stamp = folder / name, _stamp(folder / name)
    kind = schema.STATION if name == schema.STATION_FILE else schema.WAVES

    def told(_: int, remaining: int, total: int) -> None:
        copied.of_file(stamp[0] * (total - remaining) // max(1, total))

    with schema.speaking_of(source), closing(schema.open_for_reading(source, kind)) as db:
        os.close(os.open(fresh / name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(fresh / name, isolation_level=None)) as copy:
            with schema.snapshot(db):
                db.execute(
                    "SELECT count(*) FROM schema"
                ).fetchone()  # a copy of a moving file would begin anew for ever
                db.backup(copy, pages=PAGES, sleep=PAUSE_S, progress=told)
            copy.execute("PRAGMA journal_mode=DELETE")  # readable from a medium that cannot be written
    _sync(fresh / name)
    copied.add(stamp[0])
    return _copied(fresh, name, stamp)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _copied(fresh: Path, name: str, stamp: tuple[int, int]) -> Copied:
    return Copied(name, (fresh / name).stat().st_size, _sha256(fresh / name), *stamp)


def _link(old: Path, new: Path) -> None:
    """The same bytes under a second name; a file system without links gets a copy."""
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copyfile(old, new)


def _restore_one(kept: Path, folder: Path, file: Copied) -> None:
    if file.name not in _names(file.name):
        raise StoreError(Trouble.NOT_OURS, f"{kept}: the manifest names a file that no record has")
    source, path = kept / file.name, folder / file.name
    try:
        with source.open("rb") as old, os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "wb") as new:
            shutil.copyfileobj(old, new, _READ_BYTES)
    except FileNotFoundError:
        raise StoreError(Trouble.DAMAGED, f"{kept}: {file.name} is missing from this backup") from None
    _sync(path)
    if _sha256(path) != file.sha256:
        raise StoreError(Trouble.DAMAGED, f"{kept}: {file.name} is not what was backed up; use an older backup")


def _names(name: str) -> tuple[str, ...]:
    """The name, if it is one that a record's file may have: a manifest comes from a disk that anybody may have had."""
    plain = Path(name).name
    return (ANCHORS_FILE, schema.STATION_FILE, f"{schema.WAVES_FOLDER}/{plain}" if plain.endswith(".db") else "")


def _known(current: Path) -> dict[str, Copied]:
    try:
        return {file.name: file for file in _read_manifest(current).files}
    except StoreError:
        return {}


def _read_manifest(place: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((place / MANIFEST_FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise StoreError(Trouble.DAMAGED, f"{place}: its manifest cannot be read; use another backup") from error
    if manifest.chairside_backup != FORMAT:
        raise StoreError(Trouble.NOT_OURS, f"{place}: made by a newer Chairside; restore it with that one")
    return manifest


def _write_manifest(fresh: Path, manifest: Manifest) -> None:
    path = fresh / MANIFEST_FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(manifest)), indent=1))
    _sync(path)


def _put_in_force(target: Path) -> None:
    """At every moment one whole backup has a name under which `restore` finds it."""
    current, previous = target / CURRENT, target / PREVIOUS
    if current.exists():
        shutil.rmtree(previous, ignore_errors=True)
        current.rename(previous)
    (target / NEXT).rename(current)
    _sync_folder(target)


def _first_fault(report: Report) -> str:
    faults = [*report.faults, *(fault for session in report.sessions for fault in session.faults)]
    return faults[0] if faults else "its journal is another one"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
