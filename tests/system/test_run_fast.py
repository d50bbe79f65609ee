"""The whole station in simulated time, real processes: a day goes by in seconds, is recorded, and says what it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_app.core import events as ev
from monitor_app.record.journal import event_of
from monitor_app.record.readers import Reader

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "monitor_app",
        "run",
        "--headless",
        "--mute-for-tests",
        "--data",
        str(data),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=120, check=False)


def test_a_fast_run_passes_far_more_time_than_it_takes_and_verifies(tmp_path: Path) -> None:
    done = run(tmp_path, "--simulate", "2", "--scenario", "demo", "--speed", "60", "--for", "15")
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    with Reader(tmp_path) as reader:
        events = list(reader.events())
        rows = reader.sessions()
        channels = {channel.parameter for row in rows for channel in reader.channels(row.uuid)}
    passed_s = (events[-1].entry.t_us - events[0].entry.t_us) / 1e6
    assert passed_s > 45
    kinds = [stored.entry.kind for stored in events]
    assert "station.fault_found" not in kinds and "phase.entered" in kinds
    told = [event_of(stored.entry) for stored in events]
    assert not [e.payload for e in told if isinstance(e.payload, ev.AlarmRaised) and e.chair is None]
    assert channels
    verified = subprocess.run(
        [sys.executable, "-m", "monitor_app", "verify", "--data", str(tmp_path), "--json"],
        capture_output=True, text=True, env=ENV, timeout=60, check=False,
    )  # fmt: skip
    assert json.loads(verified.stdout)["ok"]


def test_a_drill_is_stored_apart_and_scored(tmp_path: Path) -> None:
    done = run(tmp_path, "--simulate", "1", "--scenario", "vf", "--drill", "--speed", "100", "--for", "10")
    assert done.returncode == 0 and "Drill 'vf':" in done.stderr, done.stderr
    assert not (tmp_path / "station.db").exists()
    assert (tmp_path / "drills" / "station.db").exists()
    row = json.loads((tmp_path / "drills" / "scores.jsonl").read_text("utf-8").splitlines()[0])
    assert row["scenario"] == "vf"


@pytest.mark.parametrize("missing", [("--simulate", "1"), ("--scenario", "vf")])
def test_a_drill_without_chairs_or_scenario_is_refused_in_a_sentence(tmp_path: Path, missing: tuple[str, ...]) -> None:
    done = run(tmp_path, "--drill", "--for", "1", *missing)
    assert done.returncode == 1 and "--drill rehearses a scenario on simulated chairs" in done.stderr
    assert "Traceback" not in done.stderr
