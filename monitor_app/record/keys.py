"""With which key does a station vouch for its journal, and where do its heads stand a second time? (STORAGE section 3)

Whoever can write the data folder can rewrite the whole chain and the heads beside it. So a secret of each station lies
outside that folder, readable by the station's user alone: seals and clean ends carry an HMAC of the journal's head, and the
heads stand there once more. It is no secret from that user, nor from an administrator; docs/decisions/0014 says why it is
a file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from monitor_app.record.heads import ANCHORS_FILE, Head, append_head, heads

KEY_FILE = "key.json"
SECRET_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PURPOSE = b"chairside journal head\0"


@dataclass(frozen=True, slots=True)
class StationKey:
    """A station's secret. from_seq: the newest entry when it was made; what came before is not keyed. folder: where."""

    secret: bytes = field(repr=False)
    from_seq: int
    folder: Path


class _Stored(msgspec.Struct):
    secret: str
    from_seq: int


def station_key(place: Path, station_uuid: str, last_seq: int) -> StationKey:
    """The station's key, made now if it has none. Raises OSError, and ValueError for a file that is no key."""
    known = known_key(place, station_uuid)
    if known is not None:
        return known
    folder = _folder(place, station_uuid)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = _Stored(os.urandom(SECRET_BYTES).hex(), last_seq)
    temporary = folder / f".{KEY_FILE}.part"
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(stored))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / KEY_FILE)
    return StationKey(bytes.fromhex(stored.secret), stored.from_seq, folder)


def known_key(place: Path, station_uuid: str) -> StationKey | None:
    """The station's key where there is one. Raises OSError, and ValueError for a file that is no key."""
    folder = _folder(place, station_uuid)
    try:
        data = (folder / KEY_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        stored = msgspec.json.decode(data, type=_Stored)
    except msgspec.DecodeError as error:
        raise ValueError(f"{folder / KEY_FILE} is no key of a station") from error
    secret = bytes.fromhex(stored.secret)
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"{folder / KEY_FILE} is no key of a station")
    return StationKey(secret, stored.from_seq, folder)


def _folder(place: Path, station_uuid: str) -> Path:
    if not _NAME.fullmatch(station_uuid):
        raise ValueError("the record names its station by what is no uuid")
    return place / station_uuid


def head_mac(secret: bytes, head: bytes) -> str:
    """HMAC-SHA256 (hex) by which the station vouches for everything up to `head`, the hash of the entry before."""
    return hmac.new(secret, _PURPOSE + head, hashlib.sha256).hexdigest()


def is_vouched(secret: bytes, head: bytes, mac: str) -> bool:
    """True when `mac` was made with this key for this head."""
    return hmac.compare_digest(head_mac(secret, head).encode(), mac.encode())


def restored(place: Path, station_uuid: str, last_seq: int) -> None:
    """A backup that ends with `last_seq` is the record from now on: later heads are set aside, never thrown away.

    Raises OSError, ValueError.
    """
    key = known_key(place, station_uuid)
    if key is None or not (key.folder / ANCHORS_FILE).exists():
        return
    kept = [head for head in heads(key.folder) if isinstance(head, Head) and head.seq <= last_seq]
    number = 1 + sum(1 for _ in key.folder.glob("before-restore-*.jsonl"))
    (key.folder / ANCHORS_FILE).rename(key.folder / f"before-restore-{number}.jsonl")
    for head in kept[-1:]:
        append_head(key.folder, head)
