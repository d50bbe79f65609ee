"""Beats on records of the MIT-BIH Arrhythmia Database, scored as RHYTHM section 8 says, and on EC13's waveforms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor_app.bench import rhythm as bench
from tests.unit.rhythm_signals import chunks, listen

# wfdb reads annotations through a pandas call that pandas is about to drop
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.set_index:DeprecationWarning"),
    pytest.mark.thorough,
]

SHORT_S = 600  # ten minutes fed, five scored
ALL = (101, 102, 104, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124)
ALL += (201, 203, 205, 207, 208, 209, 215, 220, 223, 230)


def scored(record):
    found = bench.find_beats(record)
    marks = np.array([beat.sample_index for beat in found])
    decided = np.array([round(beat.decided_us * record.rate_hz / 1e6) for beat in found])
    return bench.score(record.reference, marks, decided, record.rate_hz, record.flutter)


def cut(record, seconds):
    end = round(seconds * record.rate_hz)
    return replace(
        record, raw=record.raw[:end], reference=record.reference[record.reference < end - 0.5 * record.rate_hz]
    )


@pytest.mark.parametrize("name", ["101", "115", "220"])
def test_five_scored_minutes_of_a_record_are_found_within_the_goal(recordings, name):
    result = scored(cut(bench.read(recordings, name), SHORT_S))
    assert result.hits > 100
    assert result.sensitivity >= 99
    assert result.predictivity >= 99
    assert np.percentile(result.latency_s, 99) <= 0.8
    assert abs(np.mean(result.offset_s)) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("name", ["101", "115", "220"])
def test_a_whole_record_is_found_within_the_goal(recordings, name):
    result = scored(bench.read(recordings, name))
    assert result.hits > 1500
    assert result.sensitivity >= 99.9
    assert result.predictivity >= 99.8
    assert np.percentile(result.latency_s, 99) <= 0.8


@pytest.mark.slow
def test_the_whole_table_stays_where_it_was(recordings):
    results = [scored(bench.read_both(recordings, str(name))) for name in ALL]
    hits, missed, false = (sum(getattr(r, key) for r in results) for key in ("hits", "missed", "false"))
    whole = bench.Score(hits, missed, false)
    assert whole.sensitivity >= 99.85
    assert whole.predictivity >= 99.85


@pytest.mark.slow
@pytest.mark.parametrize("change", [lambda raw: raw // 2, lambda raw: raw * 2, lambda raw: -raw])
def test_half_double_and_inverted_records_move_the_figures_little(recordings, change):
    record = bench.read(recordings, "220")
    result = scored(replace(record, raw=change(record.raw)))
    assert min(result.sensitivity, result.predictivity) >= 99.8


COUNTED = [(number, (30, 80, 200)[(number - 1) % 3]) for number in range(1, 28)]


@pytest.mark.parametrize(("number", "bpm"), COUNTED)
def test_ec13_rate_and_size_every_beat_after_five_seconds_and_the_rate_within_one(recordings, number, bpm):
    found = listen(chunks(ec13(recordings, number), 1000))
    assert shown(found, 10) <= {bpm - 1, bpm, bpm + 1}
    spaces = np.diff([beat.t_us / 1e6 for beat in found.beats if beat.t_us > 5e6])
    np.testing.assert_allclose(spaces, 60 / bpm, atol=0.02)


@pytest.mark.parametrize(("number", "bpm", "within"), [(28, 300, 3), (29, 80, 1), (30, 80, 2)])
def test_ec13_top_of_range_mains_and_drift_show_their_rate(recordings, number, bpm, within):
    found = listen(chunks(ec13(recordings, number), 1000))
    assert all(abs(value - bpm) <= within for value in shown(found, 10))
    if number == 29:
        assert found.quality[-1].reason == "mains"
    if number == 30:
        assert "noise" not in {one.reason for one in found.quality}


@pytest.mark.parametrize("number", range(31, 42))
def test_ec13_too_small_or_too_narrow_is_never_counted(recordings, number):
    found = listen(chunks(ec13(recordings, number), 1000))
    assert not found.beats
    assert [one.present for one in found.rhythm if one.word == "ASYSTOLE"] == [True]
    assert all(one.value is None for one in found.rates)


def test_ec13_a_tall_t_wave_is_counted_once_a_beat(recordings):
    found = listen(chunks(ec13(recordings, 42), 1000))
    assert all(abs(value - 80) <= 1 for value in shown(found, 10))


def shown(found, after_s):
    """The numbers shown from then on; a second without one fails."""
    values = [one.value for one in found.rates if one.t_us >= after_s * 1e6]
    assert values
    assert None not in values
    return {round(value) for value in values}


def ec13(recordings, number):
    wfdb = pytest.importorskip("wfdb")
    end = 120_000 if number == 42 else 16_000
    wave = wfdb.rdrecord(str(recordings / "ec13_synthetic" / f"ec13_{number}"), sampto=end).p_signal[:, 0]
    return wave - wave[0]


def test_a_mark_nearer_to_the_next_beat_is_left_to_it():
    pairs = bench.match(np.array([100, 150]), np.array([140]), window=54)
    assert pairs == [(1, 0)]


def test_every_reference_beat_takes_at_most_one_mark():
    result = bench.score(np.array([110_000]), np.array([109_990, 110_010]), np.array([110_100, 110_100]), 360.0)
    assert (result.hits, result.missed, result.false) == (1, 0, 1)


def test_the_first_five_minutes_and_flutter_are_not_scored():
    beats = np.array([1_000, 120_000, 130_000])
    result = bench.score(beats, np.array([2_000, 121_000]), np.array([2_100, 121_100]), 360.0, [(119_000, 122_000)])
    assert (result.hits, result.missed, result.false) == (0, 1, 0)
