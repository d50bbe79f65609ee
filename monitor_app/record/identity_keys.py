"""With which key is a person's identity sealed, and how is that key destroyed for good?

Each identity has a key of its own, a file beside the station's key, outside the record and outside of its backups: when it
is destroyed, no copy of the sealed bytes tells anything any more, wherever it lies. An emptied file stays in its place, so
that an older copy of the record is told from one whose key is merely elsewhere. docs/decisions/0014 says why keys are files.

A key seals one text only: key stream HMAC-SHA256(key, counter), then HMAC-SHA256 over all that is meant by it, as in
encrypt-then-MAC. Lengths are padded, so that a sealed name does not tell how long it is.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import asdict
from pathlib import Path

import msgspec

from monitor_app.core.identity import Identity
from monitor_app.record.faults import StoreError, Trouble

FOLDER = "identities"
KEY_BYTES, TAG_BYTES, PAD_BYTES = 32, 32, 256
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_VERSION = b"\x01"


def new_key(place: Path, station_uuid: str, identity: str) -> bytes:
    """Make the key of a new identity. Raises OSError, ValueError."""
    path = _path(place, station_uuid, identity)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def key_of(place: Path, station_uuid: str, identity: str) -> bytes:
    """The key. Raises StoreError, in one sentence, when it was destroyed, is not on this computer, or cannot be read."""
    path = _path(place, station_uuid, identity)
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise StoreError(Trouble.MISSING, "its key is not on this computer") from None
    except OSError as error:
        raise StoreError(Trouble.IO, f"its key cannot be read: {error.strerror}") from error
    if not key:
        raise StoreError(Trouble.MISSING, "it was erased, and its key is destroyed")
    return key


def destroy_key(place: Path, station_uuid: str, identity: str) -> None:
    """Overwrite the key and leave an empty file. Again and again without harm. Raises OSError, ValueError."""
    path = _path(place, station_uuid, identity)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600), "r+b") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
        file.truncate(0)
        os.fsync(file.fileno())


def _path(place: Path, station_uuid: str, identity: str) -> Path:
    if not _NAME.fullmatch(station_uuid) or not _NAME.fullmatch(identity):
        raise ValueError("the record names its station or an identity by what is no uuid")
    return place / station_uuid / FOLDER / identity


# ---------------------------------------------------------------- sealing


def seal(key: bytes, whose: str, identity: Identity) -> bytes:
    """What is stored: version, sealed text, tag. whose: what the bytes belong to, so that rows cannot be swapped."""
    plain = msgspec.json.encode(asdict(identity))
    plain += b" " * (-len(plain) % PAD_BYTES)
    body = _VERSION + _with_stream(key, plain)
    return body + _tag(key, whose, body)


def unseal(key: bytes, whose: str, sealed: bytes) -> Identity:
    """The identity. Raises StoreError when the bytes are not what was sealed with this key for `whose`."""
    body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    if body[:1] != _VERSION or not hmac.compare_digest(_tag(key, whose, body), tag):
        raise StoreError(Trouble.DAMAGED, "it is not what was stored")
    return msgspec.json.decode(_with_stream(key, body[1:]), type=Identity)


def _with_stream(key: bytes, data: bytes) -> bytes:
    blocks = -(-len(data) // hashlib.sha256().digest_size)
    stream = b"".join(hmac.digest(key, b"stream" + n.to_bytes(8, "big"), "sha256") for n in range(blocks))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _tag(key: bytes, whose: str, body: bytes) -> bytes:
    data = whose.encode("utf-8", "surrogatepass")
    return hmac.digest(key, b"tag" + len(data).to_bytes(4, "big") + data + body, "sha256")
