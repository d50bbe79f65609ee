"""A real recording played live through a device, its driver and the station: its report equals the archive.

The recording has no cuff, so no baseline can be confirmed and no infusion begun: the report must say so and invent nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app.record.exporters import export
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording
from tests.conftest import data_folder
from tests.report_checks import compare
from tests.report_recomputed import Archive
from tests.system.screen import until
from tests.system.test_window_day import ENV

RECORD = "bidmc/bidmc01"
PLAYED_S = 60


@pytest.fixture
def played(tmp_path: Path) -> Path:
    recording = data_folder() / RECORD
    if not recording.with_suffix(".dat").is_file():
        pytest.skip("no recordings: set CHAIRSIDE_DATA to the folder that holds them")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "monitor_app", "run", "--simulate", "1", "--scenario", "demo", "--headless"]
    command += ["--record", str(recording), "--data", str(data), "--mute-for-tests"]
    with subprocess.Popen(command, env=ENV, stderr=subprocess.PIPE) as station:
        try:
            until(lambda: _seconds(data) >= PLAYED_S, 5 * PLAYED_S, "a minute is recorded")
        finally:
            station.terminate()
            _, said = station.communicate(timeout=30)
    assert b"Traceback" not in said, said.decode()
    return data


def _seconds(data: Path) -> int:
    """Seconds of the first session in which the heart rate was measured."""
    with suppress(StoreError), Reader(data) as reader:  # the file is being made
        found = [c for row in reader.sessions()[:1] for c in reader.number_columns(row.uuid) if c.source is not None]
        return max((len(c.t_us) for c in found if c.parameter is Parameter.HR), default=0)
    return 0


def test_report_of_a_real_recording_equals_its_archive_and_is_painted(played: Path, tmp_path: Path) -> None:
    with Reader(played) as reader:
        row = reader.sessions()[0]
        archive = Archive(export("csv", reader, row.uuid, tmp_path).path)
        report = report_of(reader, row.uuid)
        compare(report, archive)
    assert archive.session["origin"] == "recorded"
    assert "No infusion was started: nothing is counted from its beginning." in Wording(report).open_items()
    done = _chairside(played, "export", row.uuid, "--format", "pdf", "--out", str(_pictures(tmp_path)))
    path = Path(json.loads(done)["path"])
    assert path.name.startswith("chairside-RECORDED-")
    assert path.read_bytes().startswith(b"%PDF")


def _pictures(otherwise: Path) -> Path:
    return Path(os.environ.get("CHAIRSIDE_PICTURES", otherwise))


def _chairside(data: Path, *words: str) -> str:
    """Without a screen: the report needs none."""
    command = [sys.executable, "-m", "monitor_app", *words, "--data", str(data)]
    environment = {key: value for key, value in ENV.items() if key != "DISPLAY"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120).stdout
