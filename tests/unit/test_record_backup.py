"""A backup is a verified second copy, made while the record is written; restoring gives the same record or nothing."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from monitor_app.record import backup as module
from monitor_app.record.backup import CURRENT, MANIFEST_FILE, PREVIOUS, backup, restore
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, chair_second, example, wave_chunk

AT = "2026-11-25T22:00:00+00:00"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return example(tmp_path / "data", "P-1")


def test_a_restored_record_is_the_record(data: Path, tmp_path: Path) -> None:
    made = backup(data, tmp_path / "disk", AT, "0.1")
    back = restore(tmp_path / "disk", tmp_path / "new")
    assert back == made
    before, after = verify(data), verify(tmp_path / "new")
    assert after.ok
    assert (after.head, after.last_seq) == (before.head, before.last_seq)
    with Reader(data) as old, Reader(tmp_path / "new") as new:
        assert list(old.numerics(SESSION)) == list(new.numerics(SESSION))
        for channel in old.channels(SESSION):
            mine = [s.samples.tobytes() for s in old.waves(SESSION, channel.parameter)]
            assert mine == [s.samples.tobytes() for s in new.waves(SESSION, channel.parameter)]


def test_the_second_backup_keeps_the_first_and_links_what_has_not_changed(data: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    first = backup(data, disk, AT, "0.1")
    second = backup(data, disk, "2026-11-25T23:00:00+00:00", "0.1")
    assert json.loads((disk / PREVIOUS / MANIFEST_FILE).read_text())["made_utc"] == first.made_utc
    assert json.loads((disk / CURRENT / MANIFEST_FILE).read_text())["made_utc"] == second.made_utc
    waves = [file.name for file in second.files if file.name.startswith("waves/")]
    assert waves
    for name in waves:
        assert (disk / CURRENT / name).stat().st_ino == (disk / PREVIOUS / name).stat().st_ino


def test_a_backup_of_a_record_that_is_being_written_is_whole(data: Path, tmp_path: Path) -> None:
    """A writer commits as fast as it can, far faster than a station, until the copy is done."""
    writer = Writer(data, STATION)
    done = threading.Event()
    written = [0]

    def write() -> None:
        while not done.is_set():
            second = 1000 + written[0]
            writer.commit(Batch([], [chair_second(second)], [wave_chunk(second, 50_000 + 50 * written[0])]))
            written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            backup(data, tmp_path / "disk", AT, "0.1")
    finally:
        done.set()
        thread.join()
        writer.close()
    assert written[0] > 3
    assert restore(tmp_path / "disk", tmp_path / "new").sessions >= 1


def test_a_copy_that_is_not_whole_is_no_backup_and_the_old_one_stays(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    backup(data, disk, AT, "0.1")
    right = module._copy_database

    def damaged(folder: Path, fresh: Path, name: str, counted: module._Counted) -> module.Copied:
        copied = right(folder, fresh, name, counted)
        path = fresh / name
        page = bytearray(path.read_bytes())
        page[len(page) // 2 : len(page) // 2 + 64] = bytes(64)
        path.write_bytes(page)
        return copied

    monkeypatch.setattr(module, "_copy_database", damaged)
    with pytest.raises(StoreError, match=r"no backup|damaged"):
        backup(data, disk, "2026-11-26T00:00:00+00:00", "0.1")
    assert json.loads((disk / CURRENT / MANIFEST_FILE).read_text())["made_utc"] == AT
    assert restore(disk, tmp_path / "new").made_utc == AT


def test_a_disk_that_fills_up_leaves_the_old_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    backup(data, disk, AT, "0.1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_sync", full)
    with pytest.raises(StoreError, match="disk is full"):
        backup(data, disk, AT, "0.1")
    assert sorted(path.name for path in disk.iterdir()) == [CURRENT]


@pytest.mark.parametrize("hurt", ["flip", "missing", "manifest"])
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(data: Path, tmp_path: Path, hurt: str) -> None:
    disk, new = tmp_path / "disk", tmp_path / "new"
    backup(data, disk, AT, "0.1")
    station = disk / CURRENT / "station.db"
    if hurt == "flip":
        bytes_ = bytearray(station.read_bytes())
        bytes_[-1] ^= 1
        station.write_bytes(bytes_)
    elif hurt == "missing":
        station.unlink()
    else:
        (disk / CURRENT / MANIFEST_FILE).write_text("{}")
    with pytest.raises(StoreError):
        restore(disk, new)
    assert not new.exists()


def test_a_manifest_cannot_write_outside_of_the_folder(data: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    backup(data, disk, AT, "0.1")
    manifest = json.loads((disk / CURRENT / MANIFEST_FILE).read_text())
    manifest["files"][0]["name"] = "../evil.db"
    (disk / CURRENT / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="no record has"):
        restore(disk, tmp_path / "new")
    assert not (tmp_path / "evil.db").exists()


def test_nothing_is_restored_over_a_record(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "disk", AT, "0.1")
    with pytest.raises(StoreError, match="is not empty"):
        restore(tmp_path / "disk", data)
    assert verify(data).ok


def test_a_backup_inside_the_record_is_refused(data: Path) -> None:
    with pytest.raises(StoreError, match="another disk"):
        backup(data, data / "backup", AT, "0.1")


@pytest.mark.parametrize("what", ["nothing", "empty"])
def test_a_folder_without_a_backup_is_said(tmp_path: Path, what: str) -> None:
    source = tmp_path / "disk"
    if what == "empty":
        source.mkdir()
    with pytest.raises(StoreError, match="holds no backup"):
        restore(source, tmp_path / "new")


def test_previous_serves_where_current_is_gone(data: Path, tmp_path: Path) -> None:
    """The station died between the two renames."""
    disk = tmp_path / "disk"
    backup(data, disk, AT, "0.1")
    backup(data, disk, AT, "0.2")
    shutil.rmtree(disk / CURRENT)
    assert restore(disk, tmp_path / "new").version == "0.1"


def test_backup_and_restore_say_how_far_they_are_and_never_go_back(data: Path, tmp_path: Path) -> None:
    for work in (
        lambda told: backup(data, tmp_path / "disk", AT, "0.1", share=told),
        lambda told: backup(data, tmp_path / "disk", AT, "0.1", share=told),  # most of it is linked
        lambda told: restore(tmp_path / "disk", tmp_path / "new", share=told),
    ):
        said: list[float] = []
        work(lambda done, of, said=said: said.append(done / of))
        assert said == sorted(said) and len(said) > 10
        assert said[-1] == 1 and 0.5 in said
