"""`import`: recordings made elsewhere, and what we exported, into a folder of their own beside the record, checked.

They never enter the journal or the store, which hold only what this station measured. A file is kept byte by byte under a
name made of its digest; one of a session of this record is compared with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from argparse import Namespace
from io import BytesIO
from pathlib import Path
from typing import Any

from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put, tell
from monitor_app.record.faults import StoreError, store_error
from monitor_app.record.importers import importer_of, importers, open_recording
from monitor_app.record.likeness import differences
from monitor_app.record.readers import Reader
from monitor_app.record.recording import Recording

FOLDER = "imported"
FILES_MAX = 1000
_RECORD_FILE_BYTES_MAX = 1 << 30


def import_files(arguments: Namespace) -> int:
    """The command: one line of JSON a file; 1 when one could not be opened or differs from the record."""
    folder = known_data_folder(arguments.data)
    paths = [found for path in arguments.path for found in _files(path)]
    if not paths:
        raise Problem(f"nothing to open in {', '.join(map(str, arguments.path))}; opened are {', '.join(_endings())}")
    failed = 0
    for path in paths[:FILES_MAX]:
        try:
            said = _imported(path, folder)
        except StoreError as error:
            failed += 1
            tell(str(error))
            continue
        failed += said["equal"] is False
        put(json.dumps(said))
    tell(f"{len(paths) - failed} of {len(paths)} files were imported into {folder / FOLDER}")
    return 1 if failed else 0


def _endings() -> list[str]:
    return sorted(ending for row in importers().values() for ending in row.endings)


def _files(path: Path) -> list[Path]:
    """The file, or what a folder holds; of a WFDB record its header stands for all its files."""
    if not path.is_dir():
        return [path]
    return [
        one for one in sorted(path.iterdir()) if one.is_file() and one.suffix != ".dat" and importer_of(one) is not None
    ]


def _imported(path: Path, data: Path) -> dict[str, Any]:
    opened = open_recording(path)
    kept, sha256 = _kept(path, data / FOLDER)
    unlike = _unlike(opened, data)
    for sentence in (*opened.left_out, *(unlike or ())):
        tell(f"{path}: {sentence}")
    return {
        "path": str(path), "kept": str(kept), "sha256": sha256, "format": opened.format,
        "start": opened.start.isoformat() if opened.start is not None else None, "seconds": opened.length_us / 1e6,
        "waves": [wave.name for wave in opened.waves], "numbers": [one.name for one in opened.numbers],
        "notes": len(opened.notes), "session": opened.session,
        "origin": opened.origin.name.lower() if opened.origin is not None else None,
        "equal": None if unlike is None else not unlike, "left_out": list(opened.left_out),
    }  # fmt: skip


def _unlike(opened: Recording, data: Path) -> list[str] | None:
    """None where there is no record, or not this session in it."""
    try:
        with Reader(data) as reader:
            return differences(opened, reader)
    except StoreError:
        return None


def _kept(path: Path, folder: Path) -> tuple[Path, str]:
    """A copy of its own, written once. A WFDB record becomes one zip."""
    row = importer_of(path)
    ending = next((e for e in sorted(row.endings, key=len)[::-1] if path.name.lower().endswith(e)), "") if row else ""
    try:
        data = path.read_bytes()
        if ending in (".hea", ".dat"):
            data, ending = _zipped(path), ".wfdb.zip"
        sha256 = hashlib.sha256(data).hexdigest()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / f"{sha256[:32]}{ending}"
        if not kept.exists():
            temporary = folder / f".{kept.name}.part"
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(kept)
    except OSError as error:
        raise store_error(error, folder) from error
    return kept, sha256


def _zipped(path: Path) -> bytes:
    """The files of a record that are read: header, signals, annotations."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for one in sorted(path.parent.glob(f"{path.stem}*")):
            ours = one.stem in (path.stem, f"{path.stem}n") and one.suffix in (".hea", ".dat", ".atr")
            if ours and one.stat().st_size <= _RECORD_FILE_BYTES_MAX:
                file.writestr(zipfile.ZipInfo(one.name), one.read_bytes(), zipfile.ZIP_DEFLATED)
    return held.getvalue()
