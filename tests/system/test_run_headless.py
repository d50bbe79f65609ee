"""The whole station, real processes and ports, without a window: it starts, leads its chairs, records, and stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def chairside(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "monitor_app", *arguments]


def told(*arguments: str) -> Any:
    done = subprocess.run(chairside(*arguments), capture_output=True, text=True, env=ENV, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    data = tmp_path_factory.mktemp("data")
    command = chairside(
        "run", "--simulate", "4", "--headless", "--scenario", "demo", "--for", "12", "--data", str(data)
    )
    done = subprocess.run(
        [*command, "--mute-for-tests"], capture_output=True, text=True, env=ENV, timeout=90, check=False
    )
    return data, done


def test_a_headless_run_ends_cleanly_after_its_time(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = run
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "not a certified medical device" in done.stderr


def test_it_leaves_its_sessions_in_the_record(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    data, _ = run
    sessions = told("sessions", "--data", str(data), "--json")["sessions"]
    assert sorted(session["chair"] for session in sessions) == [1, 2, 3, 4]
    assert {session["origin"] for session in sessions} == {"simulated"}
    assert all(session["duration_s"] > 3 for session in sessions)


def test_the_record_verifies_and_holds_numbers_waves_and_the_whole_story(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    from drivers.samples import Parameter
    from monitor_app.record.readers import Reader

    data, _ = run
    assert told("verify", "--data", str(data), "--json")["ok"]
    with Reader(data) as reader:
        kinds = [stored.entry.kind for stored in reader.events()]
        row = next(row for row in reader.sessions() if row.chair == 1)
        numbers = [n for n in reader.numerics(row.uuid, Parameter.HR) if n.value is not None]
        channels = {channel.parameter for channel in reader.channels(row.uuid)}
    assert kinds[0] == "engine.started"
    assert kinds[-1] == "engine.stopped"
    assert kinds.count("link.found") >= 4
    assert "phase.entered" in kinds
    assert "station.fault_found" not in kinds
    assert len(numbers) > 3
    assert channels


def test_simulated_and_real_chairs_never_share_a_folder(
    run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    data, _ = run
    room = tmp_path / "room.toml"
    room.write_text("[[chair]]\nnumber = 1\n", "utf-8")
    command = chairside("run", "--config", str(room), "--headless", "--for", "2", "--data", str(data))
    done = subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=60, check=False)
    assert done.returncode == 1
    assert "simulated and real chairs never share a data folder" in done.stderr


def test_a_second_start_on_the_folder_is_told_who_holds_it_and_a_signal_ends_the_first(tmp_path: Path) -> None:
    command = chairside("run", "--simulate", "1", "--headless", "--data", str(tmp_path), "--mute-for-tests")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENV) as first:
        try:
            end = time.monotonic() + 30
            while not (tmp_path / "station.db").exists():
                assert time.monotonic() < end
                time.sleep(0.1)
            time.sleep(1)
            second = subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=60, check=False)
            assert second.returncode == 1
            assert f"the data folder {tmp_path} is in use by process" in second.stderr
        finally:
            first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=30) == 0


def test_a_killed_engine_is_restarted_and_resumes_its_sessions(tmp_path: Path) -> None:
    from monitor_app.record.readers import Reader

    options = ("--simulate", "1", "--headless", "--scenario", "demo", "--data", str(tmp_path), "--mute-for-tests")
    with subprocess.Popen(chairside("run", *options), stderr=subprocess.PIPE, text=True, env=ENV) as station:
        try:
            until_event(tmp_path, "phase.entered")
            holder = json.loads((tmp_path / "station.lock").read_text("utf-8"))
            os.kill(holder["pid"], signal.SIGKILL)
            until_event(tmp_path, "record.gap")
            time.sleep(2)
        finally:
            station.send_signal(signal.SIGTERM)
        _, said = station.communicate(timeout=30)
    assert "MONITORING STOPPED" in said
    with Reader(tmp_path) as reader:
        rows = reader.sessions()
        kinds = [stored.entry.kind for stored in reader.events()]
        numbers = list(reader.events_of_kind("record.gap"))
    assert len(rows) == 1
    assert kinds.count("engine.started") == 2
    assert kinds.count("session.admitted") == 1
    assert len(numbers) == 1


def until_event(data: Path, kind: str, seconds: float = 40) -> None:
    from monitor_app.record.faults import StoreError
    from monitor_app.record.readers import Reader

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with Reader(data) as reader:
                if reader.events_of_kind(kind):
                    return
        except StoreError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"no {kind} in {seconds} s")
