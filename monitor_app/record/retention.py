"""How long are waves kept, which days are over, and what holds a day back? `retention.json` beside the record.

Without that file nothing is ever deleted. A day of waves is one file; it goes as a whole, once every session of that day
has ended, left its chair, been sealed and been signed. The journal tells it first (`record.waves_expired`, with the digests
of what goes), then the writer removes the file: whoever dies between leaves a file that the next opening removes (STORAGE
section 3).
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from monitor_app.core.retention_events import WavesExpired
from monitor_app.core.review_events import SessionSigned
from monitor_app.record import schema
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

PLAN_FILE = "retention.json"
DAYS_MAX = 36_500
DAY_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.db", re.ASCII)


@dataclass(frozen=True, slots=True)
class Retention:
    """waves_days: waves of a UTC day are kept for so many days after it; 0: for ever."""

    waves_days: int = 0


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A day whose time is over and whose waves stay, and why, in words."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """What may go now, and what may not."""

    files: tuple[str, ...] = ()
    held_back: tuple[HeldBack, ...] = ()


def read_retention(data: Path) -> Retention:
    """What the clinic has set; a file that is none of ours keeps everything. Raises OSError."""
    try:
        found = msgspec.json.decode((data / PLAN_FILE).read_bytes(), type=Retention)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Retention()
    return found if 0 <= found.waves_days <= DAYS_MAX else Retention()


def write_retention(data: Path, retention: Retention) -> None:
    """At every moment the file holds a whole setting. Raises OSError."""
    fresh = data / f"{PLAN_FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(retention)), indent=1))
    fresh.replace(data / PLAN_FILE)


def due(reader: Reader, retention: Retention, utc_us: int) -> Due:
    """The days that are over by this wall time. Raises StoreError."""
    if retention.waves_days <= 0:
        return Due()
    today = datetime.datetime.fromtimestamp(utc_us / 1e6, datetime.UTC).date()
    last = today - datetime.timedelta(days=retention.waves_days)
    names = sorted(path.name for path in (reader.folder / schema.WAVES_FOLDER).glob("*.db"))
    over = [name for name in names if DAY_FILE.fullmatch(name) and name[:10] < last.isoformat()]
    rows = reader.sessions() if over else []
    found = {name: _held(reader, name, [row for row in rows if row.waves_file == name]) for name in over}
    return Due(
        tuple(name for name, why in found.items() if not why),
        tuple(HeldBack(name, why) for name, why in found.items() if why),
    )


def _held(reader: Reader, name: str, rows: Iterable[SessionRow]) -> str:
    """Why a day stays; empty when nothing holds it."""
    for row in rows:
        if row.ended_t_us is None:
            return f"session {row.uuid[:8]} has not ended"
        if reader.seal_of(row.uuid) is None:
            return f"session {row.uuid[:8]} is not sealed whole yet"
        if not reader.has_kind(row.uuid, SessionSigned.KIND):
            return f"session {row.uuid[:8]} is not signed"
    if schema.wal_bytes(reader.folder / schema.WAVES_FOLDER / name):
        return "it is still being written"
    return ""


def expired(reader: Reader, retention: Retention, name: str) -> WavesExpired:
    """What the journal must say before the file of a day goes. Raises StoreError, OSError."""
    path = reader.folder / schema.WAVES_FOLDER / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rows = [row for row in reader.sessions() if row.waves_file == name]
    seals = tuple(reader.seal_of(row.uuid) or "" for row in rows)
    return WavesExpired(name, path.stat().st_size, digest, retention.waves_days, tuple(row.uuid for row in rows), seals)


def remove(folder: Path, name: str) -> None:
    """Take the file of a day away. Again and again without harm. Raises OSError."""
    if DAY_FILE.fullmatch(name):
        for end in ("", "-wal", "-shm"):
            (folder / schema.WAVES_FOLDER / f"{name}{end}").unlink(missing_ok=True)
