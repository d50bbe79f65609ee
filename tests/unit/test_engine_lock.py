"""One station a data folder: the lock ends with its process, and the second start is told who holds it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_app.engine.lock import FolderLock, FolderTaken, is_taken

HOLD = (
    "import sys; from pathlib import Path; from monitor_app.engine.lock import FolderLock;"
    "lock = FolderLock(Path(sys.argv[1]), 1_700_000_000_000_000); print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_station_is_told_in_one_sentence_who_holds_the_folder(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(FolderTaken) as taken:
        FolderLock(tmp_path, 0)
    sentence = str(taken.value)
    assert str(tmp_path) in sentence
    assert f"process {holder.pid} on {platform.node()} since 2023-11-14 22:13 UTC" in sentence
    assert "\n" not in sentence
    assert is_taken(tmp_path) == sentence


def test_the_lock_ends_with_a_killed_process(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    FolderLock(tmp_path, 0).release()


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    assert is_taken(tmp_path) is None
    FolderLock(tmp_path, 0).release()
    assert is_taken(tmp_path) is None
    lock = FolderLock(tmp_path, 0)
    assert is_taken(tmp_path) is not None
    lock.release()


def test_a_leftover_file_of_nonsense_does_not_hold_a_folder(tmp_path: Path) -> None:
    (tmp_path / "station.lock").write_bytes(b"\xff nonsense")
    FolderLock(tmp_path, 0).release()
