"""A real file system of a few megabytes, and how it becomes full to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MB = 1 << 20


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A tmpfs of `size` (as mount says it: 24m) below `folder`; the test is skipped, saying so, where none can be had."""
    place = folder / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "chairside-test", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command here")
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(file: Path) -> None:
    """Until nothing more fits."""
    handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for size in (MB, 4096, 1):
        try:
            while os.write(handle, bytes(size)):
                pass
        except OSError:
            continue
    os.close(handle)
