"""Which beats are ventricular, which supraventricular? RHYTHM section 3, on generated waves with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from monitor_app.core.findings import BeatClass
from tests.unit.rhythm_signals import chunks, listen, triangle

pytestmark = pytest.mark.thorough

RATE = 250
SECONDS = 60
WARM_S = 15
NARROW = ((0.0, 0.08, 1.0),)
ECTOPIC = ((0.0, 0.16, -1.3), (0.28, 0.24, 0.6))
BLOCK = ((-0.02, 0.14, 0.9), (0.05, 0.12, -0.5))


def wave(beats, rate_hz=RATE, noise=0.01):
    """beats: (time, parts); a part is (offset s, base s, height mV)."""
    time = np.arange(SECONDS * rate_hz) / rate_hz
    whole = np.random.default_rng(3).normal(0, noise, len(time))
    for at, parts in beats:
        for offset, base, height in parts:
            whole += triangle(time, at + offset, base, height)
    return whole


def rhythm(coupling, own, other, every_nth=6, pause=1.2, usual=0.8):
    """Sinus beats of shape `own`; every nth is followed by one of shape `other` after `coupling` of the interval."""
    at, beats, truth, n = 0.6, [], [], 0
    while at < SECONDS - 2:
        beats.append((at, own))
        truth.append((at, "N"))
        n += 1
        if n % every_nth == 0:
            beats.append((at + coupling * usual, other))
            truth.append((at + coupling * usual, "X"))
            at += (coupling + pause) * usual
        else:
            at += usual
    return beats, truth


def classes(beats, truth, sign=1.0, rate_hz=RATE):
    """(class of every sinus beat, class of every other beat) after the warm-up."""
    found = listen(chunks(sign * wave(beats, rate_hz), rate_hz)).beats
    by_truth = {"N": [], "X": []}
    for at, word in truth:
        near = [beat for beat in found if abs(beat.t_us / 1e6 - at) < 0.1]
        if WARM_S < at < SECONDS - 3:
            assert len(near) == 1, f"the beat at {at:.2f} s was found {len(near)} times"
            by_truth[word].append(near[0].cls)
    return set(by_truth["N"]), set(by_truth["X"])


@pytest.mark.parametrize("rate_hz", [125, 250, 360, 500])
def test_an_early_wide_beat_of_another_shape_is_ventricular(rate_hz):
    assert classes(*rhythm(0.6, NARROW, ECTOPIC), rate_hz=rate_hz) == ({BeatClass.N}, {BeatClass.V})


def test_an_inverted_lead_gives_the_same_classes():
    assert classes(*rhythm(0.6, NARROW, ECTOPIC), sign=-1.0) == ({BeatClass.N}, {BeatClass.V})


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_gain_changes_no_class(gain):
    assert classes(*rhythm(0.6, NARROW, ECTOPIC), sign=gain) == ({BeatClass.N}, {BeatClass.V})


def test_a_wide_dominant_shape_is_not_ventricular_for_being_wide():
    sinus, ectopic = classes(*rhythm(0.6, BLOCK, ECTOPIC))
    assert sinus == {BeatClass.N}
    assert ectopic == {BeatClass.V}


def test_an_early_beat_of_the_dominant_shape_is_supraventricular():
    assert classes(*rhythm(0.7, NARROW, NARROW, pause=1.0)) == ({BeatClass.N}, {BeatClass.S})


def test_bigeminy_from_the_start_is_told_by_width_and_sequence():
    sinus, ectopic = classes(*rhythm(0.6, NARROW, ECTOPIC, every_nth=1, pause=1.4))
    assert sinus == {BeatClass.N}
    assert ectopic == {BeatClass.V}


def test_nothing_is_early_where_the_rhythm_is_irregular():
    intervals = np.random.default_rng(5).uniform(0.5, 1.1, 70)
    beats = [(at, NARROW) for at in np.cumsum(intervals) if at < SECONDS - 2]
    found = listen(chunks(wave(beats), RATE)).beats
    late = [beat.cls for beat in found if beat.t_us > WARM_S * 1e6]
    assert late.count(BeatClass.N) >= 0.95 * len(late)


@pytest.mark.parametrize(("t_wave", "expected"), [(0.5, BeatClass.N), (-0.5, BeatClass.V)])
def test_where_the_rhythm_is_chaotic_the_t_wave_tells_aberration_from_ectopy(t_wave, expected):
    """A wide early beat of another shape, its T wave along with the QRS as in the usual beats, or away from it."""
    usual, other = ((0.0, 0.08, 1.0), (0.22, 0.16, 0.3)), ((0.0, 0.13, 1.2), (0.22, 0.16, t_wave))
    intervals = np.random.default_rng(5).uniform(0.55, 1.15, 70)
    at, beats, early = 0.6, [], []
    for place, interval in enumerate(intervals):
        beats.append((at, usual))
        if place % 8 == 7:
            early.append(at + 0.42)
            beats.append((at + 0.42, other))
            at += 0.42
        at += interval
    found = listen(chunks(wave(beats), RATE)).beats
    late = [at for at in early if WARM_S < at < SECONDS - 3]
    called = [beat.cls for at in late for beat in found if abs(beat.t_us / 1e6 - at) < 0.1]
    assert len(called) >= len(late) - 1
    assert called.count(expected) >= 0.8 * len(called)


def test_a_beat_in_poor_signal_is_of_unknown_class():
    beats, _ = rhythm(0.6, NARROW, ECTOPIC)
    noisy = wave(beats)
    noisy[30 * RATE : 40 * RATE] += np.random.default_rng(1).normal(0, 0.4, 10 * RATE)
    found = listen(chunks(noisy, RATE)).beats
    assert {beat.cls for beat in found if 33e6 < beat.t_us < 39e6} == {BeatClass.Q}


def test_a_small_wide_beat_among_tall_narrow_ones_is_found():
    beats, truth = rhythm(0.65, ((0.0, 0.06, 2.0),), ((0.0, 0.2, 0.9),))
    assert classes(beats, truth)[1] == {BeatClass.V}


def test_a_p_wave_before_a_low_wide_qrs_is_not_counted():
    shape = ((-0.16, 0.05, 0.22), (0.0, 0.14, -0.6))
    beats, truth = rhythm(1.0, shape, shape, pause=1.0)
    found = listen(chunks(wave(beats, noise=0.02), RATE)).beats
    late = [beat for beat in found if beat.t_us > WARM_S * 1e6]
    assert len(late) == pytest.approx(len([at for at, _ in truth if at > WARM_S]), abs=1)
