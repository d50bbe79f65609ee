"""`chairside export`: files out of the station, and what must be told before a person's name leaves it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from monitor_app.app import exporting
from monitor_app.app.exporting import responsible
from monitor_app.app.faults import Problem
from monitor_app.cli import main
from monitor_app.core import events as ev
from monitor_app.core.commands import Reply
from monitor_app.engine.lock import FolderLock
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import OTHER_SESSION, SESSION, Script, example

pytestmark = pytest.mark.thorough

IDENTIFIED = ["--identified", "--actor", "Dr Ahmadi", "--reason", "referral to cardiology"]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record at rest, with a second session admitted on the same day."""
    folder = example(tmp_path / "data")
    writer = Writer(folder)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.say(50, ev.SessionAdmitted("KX-18", "iv_40", {}, software="0.1"), session=OTHER_SESSION)
    script.station(60, ev.EngineStopped("run-2"))
    writer.commit(Batch(script.entries))
    writer.close()
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def _export(record: Path, out: Path, *more: str) -> int:
    return main(["export", *more, "--data", str(record), "--out", str(out)])


def test_a_session_is_written_and_its_digest_said(record: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _export(record, out, SESSION[:8], "--format", "edf") == 0
    said = json.loads(capsys.readouterr().out)
    assert Path(said["path"]) == out / "chairside-SIMULATED-0192f0aa-20261121.edf"
    assert len(said["sha256"]) == 64


def test_an_identified_export_is_journalled_with_name_reason_and_digest(
    record: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(record, out, SESSION, "--format", "csv", *IDENTIFIED) == 0
    said = json.loads(capsys.readouterr().out)
    with Reader(record) as reader:
        (told,) = reader.events_of_kind(ev.ExportWritten.KIND)
    assert told.payload == ev.ExportWritten("csv", True, said["sha256"], "referral to cardiology")
    assert (told.entry.actor, told.entry.session, told.entry.chair) == ("clinician:Dr Ahmadi", SESSION, 3)
    assert verify(record).ok
    with zipfile.ZipFile(said["path"]) as archive:
        assert "nurse:Kim" in archive.read("events.csv").decode()


def test_station_time_never_goes_back_for_that_event(record: Path, out: Path) -> None:
    for _ in range(2):
        assert _export(record, out, SESSION, "--format", "csv", *IDENTIFIED) == 0
        next(out.iterdir()).unlink()
    with Reader(record) as reader:
        times = [entry.t_us for entry in reader.entries()]
    assert times[-1] > times[-2] > times[-3]


def test_a_pseudonymous_export_writes_nothing_into_the_record(record: Path, out: Path) -> None:
    with Reader(record) as reader:
        before = reader.head()
    assert _export(record, out, SESSION, "--format", "csv") == 0
    with Reader(record) as reader:
        assert reader.head() == before


@pytest.mark.parametrize("missing", [[], ["--actor", "Dr A"], ["--reason", "why"]])
def test_identified_without_a_name_or_a_reason_is_wrong_usage(record: Path, out: Path, missing: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _export(record, out, SESSION, "--format", "csv", "--identified", *missing)
    assert end.value.code == 2
    assert list(out.iterdir()) == []


def test_identified_is_a_clinicians_to_make() -> None:
    assert responsible(" Dr   Ahmadi ", "referral") == ("clinician:Dr Ahmadi", "referral")
    assert responsible("clinician:A", "x") == ("clinician:A", "x")
    for name, reason in (
        ("nurse:A", "x"),
        ("technician:A", "x"),
        ("clinician:", "x"),
        (" ", "x"),
        ("A", "\t"),
        ("A", "x" * 201),
    ):
        with pytest.raises(Problem):
            responsible(name, reason)


def test_identified_is_refused_where_another_program_holds_the_record(
    record: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FolderLock(record, 0)
    assert _export(record, out, SESSION, "--format", "csv", *IDENTIFIED) == 1
    lock.release()
    assert "in use by" in capsys.readouterr().err
    assert list(out.iterdir()) == []


def test_identified_waits_until_a_crash_has_been_told_as_a_gap(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the next start would take the export's moment for the last moment that was watched."""
    crashed = example(tmp_path / "crashed", sealed=False)
    assert _export(crashed, out, SESSION, "--format", "csv", *IDENTIFIED) == 1
    assert "did not stop in order" in capsys.readouterr().err
    assert list(out.iterdir()) == []


def test_an_export_that_cannot_be_journalled_leaves_no_file(
    record: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for reply in (Reply("1", False, "The disk is full."), Reply("1", True, "Held in memory, not yet on disk.")):
        monkeypatch.setattr(exporting, "add", lambda *_, reply=reply: reply)
        assert _export(record, out, SESSION, "--format", "edf", *IDENTIFIED) == 1
        assert list(out.iterdir()) == []
    assert "not journalled, so that its file is not kept: Held in memory" in capsys.readouterr().err


def test_all_sessions_of_a_day_are_written_one_line_each(
    record: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(record, out, "--day", "2026-11-21", "--format", "fhir") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["session"] for line in lines] == [SESSION, OTHER_SESSION]
    assert sorted(path.name for path in out.iterdir()) == sorted(Path(line["path"]).name for line in lines)


def test_one_session_that_fails_does_not_keep_the_others_of_the_day_back(
    record: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(record, out, SESSION, "--format", "hl7") == 0
    capsys.readouterr()
    assert _export(record, out, "--day", "2026-11-21", "--format", "hl7") == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["session"] == OTHER_SESSION
    assert "already exists" in said.err
    assert "1 of 2 sessions" in said.err


def test_all_sessions_of_a_patient_are_written(record: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _export(record, out, "--patient", "KX-17", "--format", "fhir") == 0
    said = capsys.readouterr()
    assert SESSION in [json.loads(line)["session"] for line in said.out.splitlines()]
    assert "of patient KX-17 were written" in said.err
    assert _export(record, out, "--patient", "nobody", "--format", "fhir") == 1
    assert "there is no session of patient nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    "which",
    [[], [SESSION, "--day", "2026-11-21"], ["--day", "21.11.2026"], ["--day", "2026-11-21", "--patient", "KX-17"]],
)
def test_a_session_or_a_day_and_nothing_else(record: Path, out: Path, which: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _export(record, out, *which, "--format", "csv")
    assert end.value.code == 2


def test_a_day_without_sessions_is_said(record: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _export(record, out, "--day", "2025-01-01", "--format", "csv") == 1
    assert "there is no session of 2025-01-01" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_export_leaves_nothing_behind(record: Path, out: Path, number: int) -> None:
    code = (
        "import os, signal, sys\nfrom monitor_app.record.exporters import edf\nfrom monitor_app.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it\n"
        f"edf._File._header = lambda self, n: os.kill(os.getpid(), {int(number)}) or b''\n"
        f"sys.exit(main(['export', '{SESSION}', '--format', 'edf', '--data', {str(record)!r}, '--out', {str(out)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    assert done.stderr.strip() == "The export was cancelled; nothing of it was left behind."
    assert list(out.iterdir()) == []
