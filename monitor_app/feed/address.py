"""Where do engine and display meet? A socket and a key in one folder that only this user may enter.

UNIX sockets are created with the mode of the umask, so the folder is 0700 before the socket exists and the socket is made
0600 at once. The path of a UNIX socket may have about 100 characters: folders live under the system's temporary folder,
not under the data folder. On Windows the pipe's name comes from the folder's.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

KEY_BYTES = 32
SOCKET_PATH_MAX = 100


def new_folder() -> Path:
    """A fresh folder for one station, mode 0700."""
    return Path(tempfile.mkdtemp(prefix="chairside-"))


def address_of(folder: Path) -> str:
    """The address of the feed in `folder`. Raises ValueError when its path is too long for a socket."""
    if sys.platform == "win32":
        return rf"\\.\pipe\chairside-{folder.name}"
    path = str(folder / "feed")
    if len(path) > SOCKET_PATH_MAX:
        raise ValueError(f"the feed's folder {folder} is too long a path for a socket: choose a shorter one")
    return path


def key_file_of(folder: Path) -> Path:
    """Where the key of the feed lies."""
    return folder / "key"


def make_key(folder: Path) -> bytes:
    """A random key for this station, written for its displays; an existing one is kept, so that they may come back."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = key_file_of(folder)
    if path.exists():
        return read_key(path)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    return key


def read_key(path: Path) -> bytes:
    """The key. Raises OSError when it is not there (yet), ValueError when it is no key."""
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds {len(key)} bytes and is no key of the feed")
    return key
