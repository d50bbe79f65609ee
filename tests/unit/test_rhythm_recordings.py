"""Rhythm findings on short cuts of real recordings, and the scoring rules of the benchmark on made answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monitor_app.bench import arrhythmia
from monitor_app.bench.arrhythmia import Case, Span, interval, score_challenge, score_seconds
from monitor_app.core.findings import RhythmWord


def cut(recordings: Path, folder: str, name: str, first_s: float, seconds: float) -> list[Span]:
    wfdb = pytest.importorskip("wfdb")
    if not (recordings / folder / f"{name}.hea").is_file():
        pytest.skip(f"the {folder} set is not there: CHAIRSIDE_DATA names the folder that holds it")
    path = str(recordings / folder / name)
    rate_hz = wfdb.rdheader(path).fs
    first = round(first_s * rate_hz)
    record = wfdb.rdrecord(path, sampfrom=first, sampto=first + round(seconds * rate_hz))
    return arrhythmia.spans(arrhythmia.findings(record), seconds)


@pytest.mark.slow
def test_fibrillation_of_a_patient_is_alarmed_within_eight_seconds(recordings: Path) -> None:
    found = cut(recordings, "cudb", "cu01", 190, 60)
    onset = 53541 / 250 - 190
    alarms = [one.raised for one in found if one.word in arrhythmia.LETHAL and one.cleared > onset]
    assert min(alarms) <= onset + 8
    assert any(one.word is RhythmWord.VFIB and one.raised <= onset + 12 for one in found)


@pytest.mark.slow
def test_a_patient_in_sinus_rhythm_has_no_finding(recordings: Path) -> None:
    assert cut(recordings, "mitdb", "101", 0, 120) == []


@pytest.mark.slow
def test_persistent_atrial_fibrillation_is_found_in_the_first_minute(recordings: Path) -> None:
    found = cut(recordings, "cpsc2021", "data_8_3", 0, 120)
    assert any(one.word is RhythmWord.AFIB and one.raised < 60 for one in found)


@pytest.mark.slow
def test_a_run_of_ventricular_tachycardia_is_raised_within_six_seconds(recordings: Path) -> None:
    found = cut(recordings, "mitdb", "205", 880, 60)
    assert all(one.raised - one.onset <= 6 for one in found if one.word is RhythmWord.VTACH)


def test_seconds_are_scored_by_their_middle_and_unscored_ones_left_out() -> None:
    truth = np.array([0.0, 0.0, np.nan, 1.0, 1.0, 1.0])
    case = Case("made", "made", truth, ((2.0, 12.0),))
    tally = score_seconds(case, [Span(RhythmWord.VFIB, 1.4, 5.0, 5.0, 5.0)], (RhythmWord.VFIB,), 8.0)
    assert (tally.hits, tally.missed, tally.false, tally.right) == (2, 1, 1, 1)
    assert tally.delays == [3.0]


def test_tachycardia_said_in_fibrillation_is_missed_by_the_second_but_alarmed() -> None:
    case = Case("made", "made", np.ones(10), ((0.0, 10.0),))
    tally = score_seconds(case, [Span(RhythmWord.VTACH, 0.0, 4.0, 10.0, 10.0)], (RhythmWord.VFIB,), 8.0)
    assert (tally.hits, tally.missed, tally.delays) == (0, 10, [4.0])


def test_an_interval_is_wider_when_patients_differ() -> None:
    alike = {str(n): arrhythmia.Tally(90, 10, 1, 99) for n in range(10)}
    apart = {str(n): arrhythmia.Tally(100 if n % 2 else 80, 0 if n % 2 else 20, 1, 99) for n in range(10)}
    assert interval(alike)["se"] == (90.0, 90.0)
    low, high = interval(apart)["se"]
    assert low < 88 < 92 < high


def test_a_missed_alarm_weighs_five_times_in_the_challenge_score() -> None:
    kinds = tuple(arrhythmia.FULL_SET)
    perfect = [(f"{kind}{label}", kind, label, label) for kind in kinds for label in (True, False)]
    assert score_challenge(perfect)["score"] == 100.0
    all_said = [(name, kind, label, True) for name, kind, label, _ in perfect]
    assert score_challenge(all_said)["score"] == pytest.approx(100 * 294 / 750, abs=0.1)
    silent = score_challenge([(name, kind, label, False) for name, kind, label, _ in perfect])
    assert silent["score"] == pytest.approx(100 * 456 / (456 + 5 * 294), abs=0.1)
    assert len(silent["missed"]) == 5
