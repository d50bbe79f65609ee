"""`import`: what we exported comes back equal to its session; a stranger's recording is kept beside the record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.cli import main
from monitor_app.record.exporters import Options, export
from monitor_app.record.importers import open_recording
from monitor_app.record.likeness import differences
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("import") / "data")


def _exported(record: Path, out: Path, *formats: str) -> list[Path]:
    out.mkdir(exist_ok=True)
    with Reader(record) as reader:
        return [export(f, reader, SESSION, out, Options(waves=True, version="0.1")).path for f in formats]


def test_every_export_that_reads_back_is_equal_to_its_session(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = _exported(record, tmp_path / "out", "csv", "edf", "wfdb", "vital")
    assert main(["import", str(tmp_path / "out"), "--data", str(record)]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(one["format"], one["equal"], one["session"]) for one in said} == {
        (format, True, SESSION) for format in ("CSV archive", "EDF+", "WFDB", "vital")
    }
    for one in said:
        assert Path(one["kept"]).read_bytes() == Path(one["path"]).read_bytes()
        assert Path(one["kept"]).stat().st_mode & 0o777 == 0o600
    assert {Path(one["path"]) for one in said} == set(paths)


@pytest.mark.parametrize("format", ["edf", "vital"])
def test_a_file_that_was_changed_is_not_equal_and_the_difference_is_named(
    record: Path, tmp_path: Path, format: str
) -> None:
    (path,) = _exported(record, tmp_path / "out", format)
    opened = open_recording(path)
    wave = opened.waves[0]
    changed = wave.runs[1].samples.copy()
    changed[17] += 3
    runs = (wave.runs[0], replace(wave.runs[1], samples=changed), *wave.runs[2:])
    other = replace(opened, waves=(replace(wave, runs=runs),))
    fewer = replace(opened, waves=(replace(wave, runs=wave.runs[:2]),))
    more = replace(opened, waves=(replace(wave, runs=(*wave.runs, replace(wave.runs[2], first_index=9000))),))
    shifted = replace(opened, numbers=tuple(replace(one, t_us=one.t_us + 1_000_000) for one in opened.numbers))
    with Reader(record) as reader:
        assert differences(opened, reader) == []
        assert "are others than in the record" in (differences(other, reader) or [""])[0]
        assert "is not in the file at its place" in (differences(fewer, reader) or [""])[0]
        assert "samples that the record does not have" in (differences(more, reader) or [""])[0]
        assert len(differences(shifted, reader) or []) == 2
        assert differences(replace(opened, session="elsewhere"), reader) is None


def test_a_record_of_several_files_is_kept_as_one(
    record: Path, tmp_path: Path, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(recordings / "cudb" / "cu01.hea"), "--data", str(tmp_path / "none")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["equal"], said["session"], said["waves"]) == (None, None, ["ECG"])
    first, again = open_recording(recordings / "cudb" / "cu01.hea"), open_recording(Path(said["kept"]))
    assert (again.waves[0].runs[0].samples == first.waves[0].runs[0].samples).all()
    assert again.notes == first.notes


def test_what_cannot_be_opened_is_said_and_the_rest_goes_on(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    _exported(record, out, "edf")
    (out / "bad.edf").write_bytes(b"GIF89a")
    assert main(["import", str(out), "--data", str(record)]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["equal"] is True
    assert "bad.edf is not opened as an EDF recording" in said.err
    assert "1 of 2 files" in said.err


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(tmp_path), "--data", str(tmp_path)]) == 1
    assert "nothing to open" in capsys.readouterr().err
