"""Which class has a beat by two leads at once? RHYTHM sections 1 and 3, on generated waves with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.rhythm import RhythmAnalyzer
from tests.unit.rhythm_signals import chunks, listen
from tests.unit.test_rhythm_classes import NARROW, rhythm, wave

RATE = 250
WARM_S, SECONDS = 12, 29
USUAL_TOO = ((0.0, 0.09, 0.5), (0.25, 0.2, 0.1))
OTHER = ((0.0, 0.17, -1.1), (0.28, 0.24, 0.5))
ALMOST_USUAL = ((0.0, 0.085, 0.95),)


def two_leads(first, second, rate_hz=RATE, splits=None):
    """Chunks of both leads side by side."""
    pairs = zip(
        chunks(first, rate_hz, splits=splits),
        chunks(second, rate_hz, splits=splits, lead=Parameter.ECG_V),
        strict=True,
    )
    return [piece for pair in pairs for piece in pair]


def early_beats(own, other, rate_hz=RATE, noise=0.01):
    """A lead that draws sinus beats as `own` and every sixth beat, an early one, as `other`; the moments of these."""
    beats, truth = rhythm(0.6, own, other)
    return wave(beats, rate_hz, noise)[: SECONDS * rate_hz], [
        at for at, word in truth if word == "X" and WARM_S < at < SECONDS - 3
    ]


def classes_at(found, times):
    return [beat.cls for at in times for beat in found if abs(beat.t_us / 1e6 - at) < 0.1]


@pytest.mark.parametrize("rate_hz", [125, 360])
def test_an_early_beat_of_usual_shape_here_and_another_there_is_ventricular(rate_hz):
    first, times = early_beats(NARROW, ALMOST_USUAL, rate_hz)
    second, _ = early_beats(USUAL_TOO, OTHER, rate_hz)
    alone = listen(chunks(first, rate_hz)).beats
    both = listen(two_leads(first, second, rate_hz)).beats
    assert BeatClass.V not in classes_at(alone, times)
    assert set(classes_at(both, times)) == {BeatClass.V}
    assert [beat.t_us for beat in both] == [beat.t_us for beat in alone]
    assert [beat.decided_us for beat in both] == [beat.decided_us for beat in alone]


def test_a_lead_that_draws_nothing_changes_no_class():
    first, times = early_beats(NARROW, OTHER)
    second = np.random.default_rng(4).normal(0, 0.02, len(first))
    both = listen(two_leads(first, second)).beats
    assert set(classes_at(both, times)) == {BeatClass.V}
    assert {beat.cls for beat in both if beat.t_us > WARM_S * 1e6} == {BeatClass.V, BeatClass.N}
    assert sum(beat.cls is BeatClass.V for beat in both if WARM_S < beat.t_us / 1e6 < SECONDS - 3) == len(times)


def test_a_lead_that_is_not_to_be_trusted_is_not_asked():
    first, times = early_beats(NARROW, NARROW)
    second = np.random.default_rng(4).normal(0, 0.6, len(first))
    both = listen(two_leads(first, second)).beats
    assert BeatClass.V not in {beat.cls for beat in both if beat.t_us > WARM_S * 1e6}
    assert len(classes_at(both, times)) == len(times)


def test_a_lead_of_another_rate_is_not_asked():
    first, times = early_beats(NARROW, OTHER)
    second, _ = early_beats(USUAL_TOO, USUAL_TOO, 500)
    mixed = sorted([*chunks(first, RATE), *chunks(second, 500, lead=Parameter.ECG_V)], key=lambda piece: piece.t_us)
    assert set(classes_at(listen(mixed).beats, times)) == {BeatClass.V}


@pytest.mark.parametrize("splits", [range(0, 7250, 31), [200 * n + n * n % 41 for n in range(36)]])
def test_however_the_samples_are_cut_the_classes_are_the_same(splits):
    first, _ = early_beats(NARROW, ALMOST_USUAL)
    second, _ = early_beats(USUAL_TOO, OTHER)
    assert listen(two_leads(first, second, splits=splits)).beats == listen(two_leads(first, second)).beats


def test_beats_of_one_lead_only_are_told_when_only_that_is_asked():
    first, _ = early_beats(NARROW, OTHER)
    first[15 * RATE : 24 * RATE] = 0.0
    second, _ = early_beats(USUAL_TOO, OTHER)
    analyzer = RhythmAnalyzer(only=Parameter.ECG_II)
    found = [f for piece in two_leads(first, second) for f in analyzer.push(piece, piece.t_us)]
    beats = [f for f in found if isinstance(f, BeatFound)]
    assert {beat.lead for beat in beats} == {Parameter.ECG_II}
    assert not [beat for beat in beats if 17.5e6 < beat.t_us < 23.5e6]  # as soon as the lead is known to be off


@pytest.mark.parametrize(("height", "t_wave", "ventricular"), [(0.7, 0.3, False), (0.7, -0.3, True), (2, 0.9, True)])
def test_a_wide_early_beat_needs_another_t_wave_or_size_to_be_ventricular(height, t_wave, ventricular):
    """By two leads: aberrant conduction makes it wide, but neither larger nor otherwise repolarised."""
    first, times = early_beats((*NARROW, (0.22, 0.16, 0.4)), ((0.0, 0.13, height), (0.22, 0.16, t_wave)))
    second, _ = early_beats(USUAL_TOO, ((0.0, 0.13, 0.5 * height),))
    called = classes_at(listen(two_leads(first, second)).beats, times)
    assert called
    assert {cls is BeatClass.V for cls in called} == {ventricular}


@pytest.mark.parametrize(("leads", "expected"), [(1, BeatClass.N), (2, BeatClass.V)])
def test_a_beat_in_time_of_quite_another_shape_and_t_wave_is_ventricular_by_two_leads(leads, expected):
    own, other = ((0.0, 0.08, 1.0), (0.22, 0.16, 0.3)), ((0.0, 0.09, -1.0), (0.2, 0.16, 0.9))
    beats, truth = rhythm(0.97, own, other, pause=1.0)
    times = [at for at, word in truth if word == "X" and WARM_S < at < SECONDS - 3]
    one = wave(beats)[: SECONDS * RATE]
    found = listen(two_leads(one, 0.6 * one) if leads == 2 else chunks(one, RATE)).beats
    assert set(classes_at(found, times)) == {expected}
