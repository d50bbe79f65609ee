"""The CSV archive: what comes out equals the store, and says what it is."""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from drivers.samples import Origin, Parameter, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import exporters
from monitor_app.record.exporters import NOTICE, ExportCancelled, Options, export, origin_mark
from monitor_app.record.exporters import csv as csv_archive
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, Script, example, samples_of, wave_chunk

Table = list[dict[str, str]]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(example(tmp_path / "data"))


@pytest.fixture(autouse=True)
def closed(reader: Reader) -> object:
    yield
    reader.close()


def _archive(reader: Reader, out: Path, **options: object) -> zipfile.ZipFile:
    return zipfile.ZipFile(export("csv", reader, SESSION, out, Options(**options)).path)  # type: ignore[arg-type]


def _table(archive: zipfile.ZipFile, name: str) -> Table:
    text = archive.read(name).decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n") + text.replace("\r\n", "").count("\n")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_numerics_read_back_equal_the_store(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = _table(archive, "numerics.csv")
    anchors = reader.anchors()
    stored = list(reader.numerics(SESSION))
    assert len(table) == len(stored)
    for row, number in zip(table, stored, strict=True):
        assert row["utc"] == anchors.iso(number.t_us)
        assert float(row["elapsed_s"]) == (number.t_us - 10 * SECOND_US) / 1e6
        assert (row["parameter"], row["validity"]) == (number.parameter, number.validity.name.lower())
        assert (float(row["value"]) if row["value"] else None) == number.value
        assert row["origin"] == "simulated"


def test_a_value_that_was_not_measured_is_empty_with_its_reason(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = [row for row in _table(archive, "numerics.csv") if row["parameter"] == "spo2"]
    assert {row["value"] for row in table} == {""}
    assert {row["validity"] for row in table} == {v.name.lower() for v in Validity if not v.has_value}


def test_every_number_carries_the_phase_of_its_moment(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = [row for row in _table(archive, "numerics.csv") if row["parameter"] == "hr"]
    phases = [row["phase"] for row in table]
    assert phases == ["admitted"] + ["baseline"] * 8 + ["infusion"] * 16 + ["recovery"]


def test_waves_read_back_bit_exact_with_an_empty_cell_at_each_gap(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path, waves=True) as archive:
        table = _table(archive, "waves/ecg_ii.csv")
        dictionary = _table(archive, csv_archive.DICTIONARY)
    steps = [round(float(row["value"]) / 0.005) for row in table if row["value"]]
    stored = [wave_chunk(s, 50 * (s - 1)) for s in range(1, 20) if s != 7]
    stored += [wave_chunk(s, 50 * (s - 24)) for s in range(24, 31)]
    assert steps == [step for chunk in stored for step in samples_of(chunk)]
    assert [int(row["sample_index"]) for row in table if not row["value"]] == [300, 950]
    assert [r["unit"] for r in dictionary if (r["file"], r["column"]) == ("waves/ecg_ii.csv", "value")] == ["mV"]
    assert table[1]["utc"] == "2026-11-21T22:26:41.020000+00:00"


def test_waves_come_only_when_asked_for(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        assert not [name for name in archive.namelist() if name.startswith("waves/")]


def test_the_data_dictionary_names_exactly_what_was_written(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path, waves=True) as archive:
        named = {(row["file"], row["column"]) for row in _table(archive, csv_archive.DICTIONARY)}
        written = set()
        for name in archive.namelist():
            if name not in ("README.txt", csv_archive.DICTIONARY):
                head = next(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
                written |= {(name, column) for column in head}
    assert named == written


def test_the_alarm_line_tells_its_whole_story(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        (row,) = _table(archive, "alarms.csv")
    at = {second: f"2026-11-21T22:26:{40 + second:02d}.000000+00:00" for second in range(20)}
    assert row == {
        "condition": "HR_HIGH", "kind": "physiological", "priority": "medium", "parameter": "hr", "limit": "120.0",
        "value": "131.0", "onset_utc": at[11], "raised_utc": at[12], "acknowledged_utc": at[15],
        "acknowledged_by": "nurse", "sound_paused_utc": at[14], "ended_utc": at[18], "extremum": "141.0",
        "escalated": "high",
    }  # fmt: skip


def test_cuff_readings_failures_and_repeats(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = _table(archive, "nibp.csv")
    assert [row["systolic_mmHg"] for row in table] == ["118.0", "158.0", ""]
    assert [row["status"] for row in table] == ["measured", "measured", "failed: motion"]
    assert table[0]["utc_start"] == "2026-11-21T22:26:43.000000+00:00"
    first = next(entry.seq for entry, reading in reader.nibp(SESSION) if reading.id == 1)
    assert [row["confirms_seq"] for row in table] == ["", str(first), ""]
    assert (table[1]["mean_mmHg"], table[1]["pulse_bpm"]) == ("", "")


def test_phases_with_the_pause_and_the_moved_end(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = _table(archive, "phases.csv")
    assert [(row["from"], row["to"]) for row in table] == [
        ("empty", "admitted"), ("admitted", "baseline"), ("baseline", "infusion"), ("infusion", "infusion_paused"),
        ("infusion_paused", "infusion"), ("infusion", "recovery"), ("recovery", "discharged"),
    ]  # fmt: skip
    assert table[2]["planned_end_utc"] < table[4]["planned_end_utc"]
    assert [row["elapsed_s"] for row in table[2:4]] == ["0.0", "10.0"]


def test_gaps_are_gaps(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        table = _table(archive, "gaps.csv")
    assert ("record", "engine restart") in {(row["what"], row["reason"]) for row in table}
    assert len(table) == len(reader.gaps(SESSION))


def test_the_session_line_carries_the_chain(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path) as archive:
        (row,) = _table(archive, "session.csv")
        events = _table(archive, "events.csv")
    entries = list(reader.entries(SESSION))
    assert row["chain_head"] == entries[-1].hash.hex() == events[-1]["hash"]
    assert (row["chain_first_seq"], row["chain_last_seq"]) == (str(entries[0].seq), str(entries[-1].seq))
    assert (row["outcome"], row["origin"], row["chair"]) == ("completed", "simulated", "3")
    assert [int(event["seq"]) for event in events] == [entry.seq for entry in entries]


def test_pseudonymous_holds_no_typed_text_no_names_no_serial_numbers_and_no_ports(
    reader: Reader, tmp_path: Path
) -> None:
    with _archive(reader, tmp_path) as archive:
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
    for private in ("Kim", "Mrs Escort", "HYPERLINK", "SUM(A1)", "/dev/ttyUSB0", "nausea", "Dr Who", "well"):
        assert private not in everything, private
    assert "KX-17" in everything


def test_identified_holds_what_was_typed_and_no_formula(reader: Reader, tmp_path: Path) -> None:
    with _archive(reader, tmp_path, identified=True) as archive:
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
        tables = [_table(archive, name) for name in archive.namelist() if name.endswith(".csv")]
    for typed in ("nurse:Kim", "Mrs Escort", "SUM(A1)", "nausea", "Dr Who"):
        assert typed in everything, typed
    cells = [cell for table in tables for row in table for cell in row.values()]
    for cell in cells:
        if cell[:1] in "=+-@\t\r" and cell:
            float(cell)  # only numbers may begin so


@pytest.mark.parametrize("pseudonym", ["Mary Miller", "Mary", "=1+1", "a/../b1", "x" * 65 + "1", "KX17\u202e"])
def test_a_pseudonym_that_looks_like_a_name_stays_here(tmp_path: Path, pseudonym: str) -> None:
    with Reader(example(tmp_path / "named", pseudonym)) as named, _archive(named, tmp_path) as archive:
        (row,) = _table(archive, "session.csv")
        events = archive.read("events.csv").decode()
    assert row["pseudonym"] == ""
    assert pseudonym not in events


def test_a_simulated_session_says_so_in_name_header_and_body(reader: Reader, tmp_path: Path) -> None:
    done = export("csv", reader, SESSION, tmp_path)
    assert done.path.name == "chairside-SIMULATED-0192f0aa-20261121.zip"
    with zipfile.ZipFile(done.path) as archive:
        readme = archive.read("README.txt").decode("utf-8-sig")
    assert readme.splitlines()[1] == "SIMULATED - not a patient"
    assert NOTICE in readme


def test_every_origin_but_a_patients_has_its_mark() -> None:
    assert [origin_mark(origin) for origin in (*Origin, 99)] == ["", "SIMULATED", "TEST", "RECORDED", "TEST"]


def test_the_same_session_gives_the_same_file(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = export("csv", reader, SESSION, tmp_path, Options(waves=True))
    again = export("csv", reader, SESSION, tmp_path / "again", Options(waves=True))
    assert first.sha256 == again.sha256


def test_an_existing_file_is_never_overwritten(reader: Reader, tmp_path: Path) -> None:
    path = export("csv", reader, SESSION, tmp_path).path
    path.write_bytes(b"mine")
    with pytest.raises(StoreError, match="already exists and is not overwritten"):
        export("csv", reader, SESSION, tmp_path)
    assert path.read_bytes() == b"mine"


def test_the_file_is_for_its_owner_alone(reader: Reader, tmp_path: Path) -> None:
    path = export("csv", reader, SESSION, tmp_path).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_cancelled_export_leaves_nothing_behind(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_archive, "ROWS_BETWEEN_NEWS", 10)
    news: list[tuple[int, int]] = []

    def cancel_at_30(done: int, of: int) -> bool:
        news.append((done, of))
        return done < 30

    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ExportCancelled):
        export("csv", reader, SESSION, out, Options(progress=cancel_at_30))
    assert news == [(10, 78), (20, 78), (30, 78)]
    assert os.listdir(out) == []  # noqa: PTH208


def test_an_export_that_fails_leaves_nothing_behind(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporters.os, "fsync", full)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(StoreError, match="the disk is full"):
        export("csv", reader, SESSION, out)
    assert list(out.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_by_name(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        export("csv", reader, SESSION, tmp_path / "nowhere" / "x.zip")


def test_an_unknown_format_is_answered_with_those_there_are(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="docx: no such export format; there are csv"):
        export("docx", reader, SESSION, tmp_path)


def test_a_session_that_still_runs_can_be_exported(tmp_path: Path) -> None:
    folder = tmp_path / "running"
    writer = Writer(folder, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries))
    with Reader(folder) as running, _archive(running, tmp_path) as archive:
        (row,) = _table(archive, "session.csv")
    writer.close()
    assert (row["outcome"], row["ended_utc"], row["infusion_start_utc"]) == ("running", "", "")


def test_parameters_of_the_dictionary_are_those_of_the_room() -> None:
    (column,) = [c for c in csv_archive.COLUMNS if (c.file, c.name) == ("numerics.csv", "parameter")]
    assert Parameter.HR in column.values.split()
