"""How does a session leave the station as a file? The rules that every format obeys (STORAGE section 4).

A format is one file beside this one that ends in an `EXPORTER` row; it is found by looking, not by registering. The
file's name says uuid, day and origin alone. It is written under a temporary name, made durable, then given its name; an
existing file is never overwritten, and a cancelled or failed export leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from drivers.samples import Origin
from monitor_app.core.identity import Identity
from monitor_app.record.faults import StoreError, Trouble, store_error
from monitor_app.record.identities import shown_identity
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

NOTICE = "Not a certified medical device. For research, training and evaluation. Confirm with the bedside record."
SIMULATED_NOTICE = "SIMULATED - not a patient"
_READ_BYTES = 1 << 20

Progress = Callable[[int, int], bool]
"""Called with rows done and rows in all; False cancels the export."""


class ExportCancelled(Exception):
    """The person changed their mind; nothing was left behind."""


def _go_on(done: int, of: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Options:
    """How to export. identified: with what people typed and who they were. version: of the program that exports. paper: of
    what is painted, `a4` or `letter`. person: who the patient is; `export` looks it up for an identified file."""

    waves: bool = False
    identified: bool = False
    version: str = ""
    progress: Progress = _go_on
    paper: str = "a4"
    person: Identity | None = None


Write = Callable[[Reader, SessionRow, BinaryIO, Options], None]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format. extension: without a dot. write: puts the whole file into an open binary file, piece by piece.

    paints: it needs Qt, and is never written by the engine. needs: a package that is an extra of that format's name; empty
    for none.
    """

    format: str
    title: str
    extension: str
    write: Write
    paints: bool = False
    needs: str = ""

    @property
    def is_here(self) -> bool:
        """True when what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file. sha256: hex, of its bytes."""

    path: Path
    sha256: str


def exporters() -> dict[str, Exporter]:
    """All formats by name, found in this package."""
    found: dict[str, Exporter] = {}
    for module in pkgutil.iter_modules(__path__):
        row: Exporter = importlib.import_module(f"{__name__}.{module.name}").EXPORTER
        found[row.format] = row
    return found


def export(
    format: str,
    reader: Reader,
    session: str,
    out: Path,
    options: Options | None = None,
    journal: Callable[[str], None] | None = None,
) -> Exported:
    """Write `session` as `format` into the folder `out`, or to the file `out` when it is no folder.

    journal: told the SHA-256 once the file is whole and before it has its name; when that raises, nothing is left.
    Raises StoreError, in one sentence, for an unknown format or session, an existing file or a disk that refuses, and
    ExportCancelled.
    """
    known = exporters()
    if format not in known:
        raise StoreError(Trouble.MISSING, f"{format}: no such export format; there are {', '.join(sorted(known))}")
    if not known[format].is_here:
        sentence = f"{format} needs the package {known[format].needs}, which is not here: install chairside[{format}]"
        raise StoreError(Trouble.MISSING, sentence)
    row = reader.session(session)
    wanted = options or Options()
    if wanted.identified:
        wanted = replace(wanted, person=shown_identity(reader, row.patient_ref))
    path = out / file_name(reader, row, known[format].extension) if out.is_dir() else out
    return written(path, lambda file: known[format].write(reader, row, file, wanted), journal)


def file_name(reader: Reader, row: SessionRow, extension: str) -> str:
    """`chairside[-SIMULATED]-<uuid8>-<yyyymmdd>.<ext>`: the UTC day of admission, never a word of the patient's."""
    day = reader.anchors().iso(row.admitted_t_us)[:10].replace("-", "")
    parts = ["chairside", origin_mark(row.origin), re.sub(r"[^A-Za-z0-9]", "", row.uuid)[:8], day]
    return f"{'-'.join(part for part in parts if part)}.{extension}"


def origin_mark(origin: int) -> str:
    """`SIMULATED`, `TEST`, `RECORDED`; empty for a real patient. An origin of a newer release is no real patient."""
    if origin == Origin.REAL:
        return ""
    return Origin(origin).name if origin in Origin._value2member_map_ else Origin.TEST.name


def written(path: Path, write: Callable[[BinaryIO], None], journal: Callable[[str], None] | None = None) -> Exported:
    """Write a file whole or not at all, and never over another. journal: as for `export`."""
    if path.exists():
        raise StoreError(Trouble.READ_ONLY, f"{path} already exists and is not overwritten; move it, or name another")
    temporary = path.with_name(f".{path.name}.part")
    try:
        with _private(temporary) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        digest = _sha256(temporary)
        if journal is not None:
            journal(digest)
        _give_name(temporary, path)
    except OSError as error:
        raise store_error(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(path, digest)


def _private(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)  # left by an export that was killed
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600), "w+b")


def _give_name(temporary: Path, path: Path) -> None:
    """Rename without ever replacing: a link fails where a file stands; without links (FAT) look, then rename."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(f"{path} already exists") from None
        temporary.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
