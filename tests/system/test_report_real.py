"""A real recording played live through a device, its driver and the station: its report equals the archive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_app.record.exporters import export
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from tests.conftest import data_folder
from tests.report_checks import compare
from tests.report_recomputed import Archive
from tests.system.screen import until
from tests.system.test_window_day import ENV

RECORD = "bidmc/bidmc01"
DEMO_S = 170
"""The demonstration leads its first chair to the discharge in so many seconds, after a short infusion."""


@pytest.fixture
def played(tmp_path: Path) -> Path:
    recording = data_folder() / RECORD
    if not recording.with_suffix(".dat").is_file():
        pytest.skip("no recordings: set CHAIRSIDE_DATA to the folder that holds them")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "monitor_app", "run", "--simulate", "1", "--scenario", "demo", "--headless"]
    command += ["--record", str(recording), "--data", str(data), "--mute-for-tests"]
    station = subprocess.Popen(command, env=ENV, stderr=subprocess.PIPE)
    try:
        until(lambda: _ended(data), 2 * DEMO_S, "the treatment ends")
    finally:
        station.terminate()
        _, said = station.communicate(timeout=30)
    assert b"Traceback" not in said, said.decode()
    return data


def _ended(data: Path) -> bool:
    if not (data / "station.db").exists():
        return False
    with Reader(data) as reader:
        return any(row.ended_t_us is not None for row in reader.sessions())


def test_report_of_a_real_recording_equals_its_archive_and_is_painted(played: Path, tmp_path: Path) -> None:
    with Reader(played) as reader:
        row = next(row for row in reader.sessions() if row.ended_t_us is not None)
        archive = Archive(export("csv", reader, row.uuid, tmp_path).path)
        compare(report_of(reader, row.uuid), archive)
    assert archive.session["origin"] == "recorded"
    pictures = Path(os.environ.get("CHAIRSIDE_PICTURES", tmp_path))
    done = _chairside(played, "export", row.uuid, "--format", "pdf", "--out", str(pictures / "report-recorded.pdf"))
    path = Path(json.loads(done)["path"])
    assert path.read_bytes().startswith(b"%PDF")


def _chairside(data: Path, *words: str) -> str:
    command = [sys.executable, "-m", "monitor_app", *words, "--data", str(data)]
    environment = {key: value for key, value in ENV.items() if key != "DISPLAY"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120).stdout
