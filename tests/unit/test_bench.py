"""`chairside bench` finds its benchmarks, says what is missing, and shows what was measured."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from monitor_app import bench
from monitor_app.bench import meter, rhythm
from monitor_app.bench.peers import NotInstalled, pan_tompkins
from monitor_app.cli import main
from tests.unit.rhythm_signals import ecg, every

pytestmark = pytest.mark.thorough


def made(seconds=400, rate_hz=250.0):
    peaks = every(75, seconds - 2)
    raw = np.round(ecg(peaks, seconds, rate_hz) / 0.005).astype(np.int16)
    reference = np.array([round(at * rate_hz) for at in peaks], dtype=np.int64)
    return rhythm.Record("made", rate_hz, 0.005, raw, reference, ())


def test_every_benchmark_is_found_by_its_run():
    assert {"arrhythmia", "display", "meter", "rhythm"} <= set(bench.benchmarks())
    assert "peers" not in bench.benchmarks()


def test_an_unknown_benchmark_is_said_with_those_there_are(capsys):
    assert main(["bench", "nonsense"]) == 1
    assert "there is no benchmark 'nonsense'; there are:" in capsys.readouterr().err


def test_a_missed_goal_is_exit_code_one_and_every_row_is_in_the_json(monkeypatch, capsys):
    rows = [{"name": "a", "goal": 2.0, "passed": True}, {"name": "b", "goal": 3.0, "passed": False, "raw": [1, 2]}]
    monkeypatch.setattr(bench, "benchmarks", lambda: {"made": lambda quick: rows})
    assert main(["bench", "made", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"made": rows}
    assert main(["bench"]) == 1
    assert capsys.readouterr().out.splitlines()[1].split() == ["name", "goal", "passed"]


def test_recordings_that_are_absent_are_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CHAIRSIDE_DATA", str(tmp_path))
    assert main(["bench", "rhythm", "--quick"]) == 1
    assert "set CHAIRSIDE_DATA" in capsys.readouterr().err


def test_ours_and_the_textbook_are_scored_on_the_same_record_and_an_absent_peer_is_named():
    def absent(wave, rate_hz):
        raise NotInstalled("otherkit")

    ours, textbook, missing = rhythm.compare([made()], {"pan_tompkins": pan_tompkins, "other": absent})
    assert (ours["se"], ours["ppv"]) == (100.0, 100.0)
    assert ours["latency_p99_s"] <= 0.8
    assert textbook["se"] >= 99
    assert textbook["ppv"] >= 99
    assert missing == {"name": "other", "note": "otherkit is not installed"}


def test_fusion_paced_and_unknown_beats_count_neither_way_as_ventricular():
    beats = np.arange(10, dtype=np.int64) * 250 + 250 * 301
    record = replace(made(), reference=beats, symbols="NVEFQ/NVNV")
    marks = np.concatenate((beats[:8], beats[8:9] + 100, beats[9:]))
    assert rhythm.ventricular(record, marks, "VVNVVVNNVV") == (2, 2, 2)
    assert rhythm.ventricular(replace(record, symbols=""), marks, "V" * 10) == (0, 0, 0)


def test_the_textbook_says_when_it_knew_each_beat():
    record = made()
    marks, decided = pan_tompkins(record.raw * record.scale_mv, record.rate_hz)
    assert decided is not None
    assert np.all((decided - marks) / record.rate_hz >= 0.2)


def test_a_delay_beyond_its_goal_at_any_phase_is_a_missed_goal():
    assert meter.delays("made", [4.1, 4.4], 4.5, least=4.0)["passed"]
    assert not meter.delays("made", [4.1, 4.6], 4.5, least=4.0)["passed"]
    assert not meter.delays("made", [3.9, 4.4], 4.5, least=4.0)["passed"]
    assert not meter.delays("made", [5.6, 5.7, 5.8], 6.0, median=5.5)["passed"]


def test_a_heart_that_stands_still_is_measured_from_its_last_beat():
    assert 4.0 <= meter.standstill(0.37) <= 4.5
