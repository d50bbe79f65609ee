"""What every export format must do, whatever it is: found by looking, run over one eventful session."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from monitor_app.record import exporters as package
from monitor_app.record.exporters import Options, export, exporters, file_name
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example

FORMATS = [
    pytest.param(
        row.format, marks=[] if row.is_here else pytest.mark.skip(f"{row.needs} is an extra, not installed here")
    )
    for row in sorted(exporters().values(), key=lambda row: row.format)
]


def test_the_csv_archive_is_among_them() -> None:
    assert "csv" in exporters()


@pytest.fixture
def eventful(tmp_path: Path) -> Path:
    return example(tmp_path / "data", "Mary Miller")


@pytest.mark.parametrize("format", FORMATS)
def test_the_name_is_made_of_uuid_day_and_origin_alone(eventful: Path, format: str) -> None:
    with Reader(eventful) as reader:
        name = file_name(reader, reader.session(SESSION), exporters()[format].extension)
    assert re.fullmatch(r"chairside-SIMULATED-[0-9a-f]{8}-[0-9]{8}(\.[a-z0-9]+)+", name)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("waves", [False, True])
@pytest.mark.parametrize("identified", [False, True])
def test_an_eventful_session_is_written_whole(
    eventful: Path, tmp_path: Path, format: str, waves: bool, identified: bool
) -> None:
    with Reader(eventful) as reader:
        done = export(format, reader, SESSION, tmp_path, Options(waves, identified, "0.1"))
    assert done.path.stat().st_size > 500
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [done.path]


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_session_gives_the_same_bytes(eventful: Path, tmp_path: Path, format: str) -> None:
    (tmp_path / "again").mkdir()
    with Reader(eventful) as reader:
        assert (
            export(format, reader, SESSION, tmp_path).sha256
            == export(format, reader, SESSION, tmp_path / "again").sha256
        )


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_overwritten(eventful: Path, tmp_path: Path, format: str) -> None:
    with Reader(eventful) as reader:
        export(format, reader, SESSION, tmp_path)
        with pytest.raises(StoreError, match="already exists"):
            export(format, reader, SESSION, tmp_path)


@pytest.mark.parametrize("format", FORMATS)
def test_a_pseudonymous_file_does_not_hold_the_name(eventful: Path, tmp_path: Path, format: str) -> None:
    with Reader(eventful) as reader:
        done = export(format, reader, SESSION, tmp_path)
    assert b"Miller" not in done.path.read_bytes()


class _SmallDisk:
    """A file on a disk with room for so many bytes, which writes what still fits first, as systems do. What is written
    over counts again (a zip writes some of its heads twice)."""

    def __init__(self, file: BinaryIO, room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: bytes) -> int:
        size = len(memoryview(data).cast("B"))
        if size > self._room:
            self._file.write(bytes(memoryview(data).cast("B")[: self._room]))
            self._room = 0
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= size
        return self._file.write(data)

    def __enter__(self) -> _SmallDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_fills_up_gives_one_sentence_and_leaves_nothing(
    eventful: Path, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_whole = package._private
    with Reader(eventful) as reader:
        whole = export(format, reader, SESSION, tmp_path, Options(waves=True)).path
        size = whole.stat().st_size
        whole.unlink()
        before = set(tmp_path.iterdir())
        for room in (0, 1, size // 4, size // 2, size * 3 // 4, size - 1):
            monkeypatch.setattr(package, "_private", lambda path, room=room: _SmallDisk(open_whole(path), room))
            with pytest.raises(StoreError, match="the disk is full"):
                export(format, reader, SESSION, tmp_path, Options(waves=True))
            assert set(tmp_path.iterdir()) == before
        monkeypatch.setattr(package, "_private", lambda path: _SmallDisk(open_whole(path), 2 * size))
        assert export(format, reader, SESSION, tmp_path, Options(waves=True)).path.stat().st_size == size


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_can_be_cancelled_at_its_first_news(
    eventful: Path, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package.csv, "ROWS_BETWEEN_NEWS", 10)
    out = tmp_path / "out"
    out.mkdir()
    with Reader(eventful) as reader, pytest.raises(package.ExportCancelled):
        export(format, reader, SESSION, out, Options(waves=True, progress=lambda done, of: False))
    assert list(out.iterdir()) == []
