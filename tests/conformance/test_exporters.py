"""What every export format must do, whatever it is: found by looking, run over one eventful session."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor_app.record.exporters import Options, export, exporters, file_name
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example

FORMATS = sorted(exporters())


def test_the_csv_archive_is_among_them() -> None:
    assert "csv" in FORMATS


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
