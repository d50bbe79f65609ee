"""The heart-rate meter on generated waves: RHYTHM section 5, at four sample rates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from drivers.samples import Validity
from monitor_app.core.findings import Quality
from tests.unit.rhythm_signals import PLAIN, Qrs, chunks, ecg, every, listen

pytestmark = pytest.mark.thorough

RATES_HZ = (125, 250, 360, 500)
SETTLED_S = 5


def heard(peaks, seconds, rate_hz, qrs=PLAIN, noise=0.004, unit="mV"):
    return listen(chunks(ecg(peaks, seconds, rate_hz, qrs, noise), rate_hz, unit=unit))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("height", "base"), [(0.5, 0.12), (0.5, 0.07), (2.0, 0.1), (5.0, 0.07)])
@pytest.mark.parametrize("bpm", [30, 80, 200])
def test_every_beat_after_five_seconds_is_found_on_its_r_peak(rate_hz, height, base, bpm):
    peaks = every(bpm, 18, start=0.57)
    found = heard(peaks, 18, rate_hz, Qrs(height, base, t_height=0.3 if bpm < 150 else 0.0))
    marks = [beat.t_us / 1e6 for beat in found.beats if beat.t_us > SETTLED_S * 1e6]
    truth = [at for at in peaks if SETTLED_S < at < 17.3]
    assert len(marks) >= len(truth)
    np.testing.assert_allclose(marks[: len(truth)], truth, atol=0.012)
    last = found.rates[-1]
    assert last.validity is Validity.VALID
    assert last.value == pytest.approx(bpm, abs=1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_three_hundred_a_minute_is_never_shown_as_a_fraction(rate_hz):
    found = heard(every(300, 12), 12, rate_hz, Qrs(5.0, 0.07))
    assert [f.value for f in found.rates[5:]] == [pytest.approx(300, abs=3)] * len(found.rates[5:])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("bpm", [30, 80, 200])
@pytest.mark.parametrize("base", [0.07, 0.12])
def test_a_wave_of_0_15_mv_is_never_counted(rate_hz, bpm, base):
    found = heard(every(bpm, 12), 12, rate_hz, Qrs(0.15, base))
    assert not found.beats
    assert all(f.value is None for f in found.rates)


def test_the_millivolt_floor_does_not_hold_for_relative_units():
    found = heard(every(80, 15), 15, 250, Qrs(0.15, 0.08), noise=0.0, unit="relative")
    assert found.rates[-1].value == pytest.approx(80, abs=1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("bpm", [30, 200])
def test_a_pulse_of_ten_milliseconds_is_no_beat(rate_hz, bpm):
    found = heard(every(bpm, 12), 12, rate_hz, Qrs(1.0, 0.01))
    assert not found.beats


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("t_height", [0.2, 0.6, 0.8, 1.0, 1.2])
def test_a_tall_t_wave_is_not_counted(rate_hz, t_height):
    found = heard(every(80, 15), 15, rate_hz, Qrs(1.0, 0.1, t_height=t_height, t_after=0.21))
    assert {round(f.value) for f in found.rates[SETTLED_S:]} == {80}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_does_not_disturb_the_rate_and_is_named(rate_hz, mains_hz):
    peaks = every(80, 15)
    wave = ecg(peaks, 15, rate_hz, Qrs(0.5))
    wave += 0.2 * np.sin(2 * np.pi * mains_hz * np.arange(len(wave)) / rate_hz)
    found = listen(chunks(wave, rate_hz))
    assert found.rates[-1].value == pytest.approx(80, abs=1)
    assert (found.quality[-1].quality, found.quality[-1].reason) == (Quality.USABLE, "mains")


def test_slow_drift_of_four_millivolts_is_neither_noise_nor_beat():
    wave = ecg(every(80, 30), 30, 250, Qrs(0.5))
    time = np.arange(len(wave)) / 250
    wave += 4 * (2 * np.abs((time / 10) % 2 - 1) - 1)
    found = listen(chunks(wave, 250))
    assert found.rates[-1].value == pytest.approx(80, abs=2)
    assert {f.quality for f in found.quality} == {Quality.GOOD}


def reaches(found, bpm, step_s):
    """Seconds after the step at which the number has come to within 2 bpm and stays there."""
    off = [f.t_us for f in found.rates if f.t_us > step_s * 1e6 and (f.value is None or abs(f.value - bpm) > 2)]
    return (off[-1] / 1e6 + 1 - step_s) if off else 0.0


@pytest.mark.parametrize("bpm", [120, 40])
@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75])
def test_a_step_of_rate_is_shown_within_six_seconds(bpm, phase):
    before = [at + phase for at in every(80, 20)]
    after = every(bpm, 44.5, before[-1] + 60 / bpm)
    found = heard(before + after, 45, 250)
    assert reaches(found, bpm, before[-1]) <= 6.0


@pytest.mark.parametrize(
    ("intervals", "expected"), [((0.55, 0.95), 80), ((0.8, 1.2), 60), ((0.4, 0.6), 120), ((0.6, 0.733), 90)]
)
def test_an_alternating_rhythm_shows_its_mean(intervals, expected):
    peaks = list(itertools.accumulate(intervals * 30, initial=0.5))
    found = heard([at for at in peaks if at < 29], 30, 250)
    assert [f.value for f in found.rates if f.t_us >= 20e6] == [pytest.approx(expected, abs=2)] * 10


def test_the_number_turns_to_dashes_when_no_beat_comes():
    found = heard(every(80, 15), 22, 250)
    blank = [f.t_us / 1e6 for f in found.rates if f.t_us > 15e6 and f.value is None]
    assert 17 <= blank[0] <= 19
    assert all(f.value is None for f in found.rates if f.t_us >= blank[0] * 1e6)


def test_the_rate_is_said_once_on_every_whole_second():
    found = heard(every(80, 20), 20, 360)
    assert [f.t_us for f in found.rates] == [n * 1_000_000 for n in range(1, 20)]
    assert found.rates[0].validity is Validity.SEARCHING


def test_a_beat_is_decided_within_0_8_seconds():
    found = heard(every(70, 30), 30, 250)
    assert max(b.decided_us - b.t_us for b in found.beats if b.t_us > SETTLED_S * 1e6) < 800_000


def test_a_start_on_a_large_offset_is_not_a_beat():
    wave = ecg([], 6, 250) - 118.0
    assert not listen(chunks(wave, 250)).beats
