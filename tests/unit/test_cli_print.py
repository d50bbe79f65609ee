"""Papers to be signed: the alarm catalogue as the station runs it, and the proof of a day's sound check."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from monitor_app import cli
from monitor_app.alarms import CATALOGUE, RULES
from monitor_app.core.events import Event, SoundConfirmed
from monitor_app.engine import exporting
from monitor_app.engine.exporting import FOLDER, ExportDesk
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer

pytestmark = pytest.mark.thorough

DAY_US = 86_400 * 1_000_000
NOON_US = 1_795_000_000 * 1_000_000 // DAY_US * DAY_US + DAY_US // 2


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record with a check that passed, and one that did not, a day later."""
    monkeypatch.setattr("monitor_app.clock.utc_offset_s", lambda: 0)
    journal = Journal("station")
    told = (SoundConfirmed(True, True, "Kim", 1), SoundConfirmed(True, False, "Lee", 2))
    entries = [
        journal.append(Event(n, payload, actor="nurse:K"), NOON_US + n * DAY_US) for n, payload in enumerate(told)
    ]
    writer = Writer(tmp_path, "station")
    try:
        writer.commit(Batch(entries, []))
    finally:
        writer.close()
    return tmp_path


def words(path: Path) -> str:
    """The text of a PDF, with single spaces."""
    assert path.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        pytest.skip("not installed: pdftotext")
    said = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split())


def test_the_newest_check_is_printed_beside_the_exports_with_its_entry_of_the_journal(checked: Path) -> None:
    assert cli.main(["print", "sound-check", "--data", str(checked)]) == 0
    [file] = (checked / FOLDER).glob("sound-check-*-120000.pdf")
    said = words(file)
    for one in (
        "sound check of the day",
        "NOT PASSED",
        "Lee",
        "entry 2,",
        "Signature",
        "1 of 1",
        "not a certified medical",
    ):
        assert one in said


def test_the_check_of_another_day_can_be_printed_and_a_day_without_one_says_so(
    checked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "paper.pdf"
    [day] = {f"{2026:04d}-{month:02d}-{day:02d}" for month, day in ((11, 18),)}
    assert cli.main(["print", "sound-check", "--data", str(checked), "--day", day, "--out", str(file)]) == 0
    said = words(file)
    assert "Result passed" in said and "Kim" in said
    assert cli.main(["print", "sound-check", "--data", str(checked), "--day", "2001-01-01"]) == 1
    assert "nobody has answered a sound check on 2001-01-01" in capsys.readouterr().err


def test_the_catalogue_on_paper_names_every_alarm_and_has_a_place_to_sign(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.pdf"
    assert cli.main(["print", "catalogue", "--out", str(file)]) == 0
    said = words(file)
    assert [row.id for row in CATALOGUE if row.id not in said] == []
    for one in (f"edition {RULES} of the rules", "Approved by", "Signature", "1 of "):
        assert one in said


def test_the_engine_has_the_proof_painted_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    done = threading.Event()

    def run(argv: list[str], **options: object) -> None:
        ran.append(argv)
        done.set()

    monkeypatch.setattr(exporting.subprocess, "run", run)
    ExportDesk(tmp_path, lambda: 0).paint("sound-check")
    assert done.wait(5)
    assert ran[0][1:] == ["-m", "monitor_app", "print", "sound-check", "--data", str(tmp_path)]
