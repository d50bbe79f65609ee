"""What another lead, or the pulse, has to say about a run of beats, a slow rate and a T wave."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.findings import RhythmWord
from monitor_app.rhythm.pulses import PulseEar, PulseLook
from monitor_app.rhythm.shape_run import ShapeRun
from monitor_app.rhythm.witness import pulse_denies, pulse_denies_run, share_seen
from tests.unit.rhythm_signals import Qrs, chunks, ecg, every, listen
from tests.unit.test_rhythm_findings import of, pleth, pulse_wave, together

pytestmark = pytest.mark.thorough

S = 1_000_000
WIDE = Qrs(height=-1.2, base=0.2, t_height=0.5, t_after=0.17, t_base=0.15)


def look(intervals_s: list[float], end_s: float, bpm: float = 75.0) -> PulseLook:
    """A regular look whose last pulse was 0.2 s before its end."""
    peaks = end_s - 0.2 - np.cumsum([0.0, *reversed(intervals_s)])
    return PulseLook(round(end_s * S), bpm, True, tuple(round(at * S) for at in sorted(peaks)))


# ---------------------------------------------------------------- tachycardia


def test_a_pulse_that_goes_on_beat_for_beat_denies_a_faster_run() -> None:
    assert pulse_denies_run(look([0.8] * 7, 30.0), 28 * S, 160.0)


def test_a_pulse_that_changes_with_the_run_denies_nothing() -> None:
    assert not pulse_denies_run(look([0.8, 0.8, 0.8, 0.8, 0.6, 0.5, 0.5], 30.0), 28 * S, 160.0)


def test_a_pulse_as_fast_as_the_run_is_its_own() -> None:
    assert not pulse_denies_run(look([0.5] * 8, 30.0), 27 * S, 120.0)


def test_a_pulse_from_before_the_run_says_nothing_of_it() -> None:
    assert not pulse_denies_run(look([0.8] * 7, 30.0), 29 * S, 160.0)


@pytest.mark.parametrize("word", [RhythmWord.ASYSTOLE, RhythmWord.VFIB, RhythmWord.EXTREME_BRADY])
def test_no_evidence_denies_nothing(word: RhythmWord) -> None:
    assert not pulse_denies(word, None)
    assert not pulse_denies(word, PulseLook(0, None))


def test_a_run_that_looks_usual_in_another_lead_but_comes_at_its_moments_is_a_tachycardia() -> None:
    onset = 30.2
    beats = [*every(80, 30), *every(160, 40, start=onset)]
    first = ecg(every(80, 30), 40, 250) + ecg(every(160, 40, start=onset), 40, 250, WIDE)
    second = ecg(beats, 40, 250)
    found = of(listen(together(chunks(second, 250), chunks(first, 250, lead=Parameter.ECG_V))), RhythmWord.VTACH)
    assert found
    assert found[0].t_us <= (onset + 6) * S


def test_a_run_in_one_lead_at_moments_without_beats_in_the_other_is_none() -> None:
    calm = ecg(every(80, 40), 40, 250)
    odd = ecg(every(80, 30), 40, 250) + ecg(every(170, 40, start=30.2), 40, 250, WIDE)
    found = listen(together(chunks(calm, 250), chunks(odd, 250, lead=Parameter.ECG_V)))
    assert not of(found, RhythmWord.VTACH)


def test_ventricular_by_class_but_each_of_another_shape_is_no_tachycardia() -> None:
    rng, run = np.random.default_rng(4), ShapeRun()
    for place in range(8):
        run.hear(round(place * 0.35 * S), rng.normal(0, 1, 53), ventricular=True)
    assert not run.run_us
    same = np.hanning(53)
    for place in range(6):
        run.hear(round((10 + place * 0.35) * S), same, ventricular=True)
    assert len(run.run_us) >= 5


def test_beats_of_a_run_are_seen_by_marks_nearby() -> None:
    assert share_seen([1 * S, 2 * S, 3 * S, 4 * S], [1_050_000, 1_990_000, 3_300_000]) == 0.5
    assert share_seen([], [S]) == 0


# ---------------------------------------------------------------- pulses


def test_one_touch_of_the_finger_does_not_hide_the_pulses_beside_it() -> None:
    wave = pulse_wave(every(75, 20), 20, 125)
    time = np.arange(len(wave)) / 125
    wave += 2.5 * np.exp(-0.5 * ((time - 12.0) / 0.12) ** 2)
    ear = PulseEar()
    looks = [one for chunk in pleth(wave, 125) for one in ear.push(chunk)]
    assert looks
    assert all(one.bpm is not None and abs(one.bpm - 75) < 5 for one in looks)


# ---------------------------------------------------------------- slow hearts


def test_noise_of_one_lead_does_not_hide_a_slow_heart_from_the_other() -> None:
    beats = [*every(75, 20), *every(36, 45, start=21.5)]
    noisy = ecg(beats, 45, 250) + ecg([at + 0.9 for at in beats if at > 21], 45, 250, WIDE)
    found = listen(together(chunks(ecg(beats, 45, 250), 250), chunks(noisy, 250, lead=Parameter.ECG_V)))
    assert [one.present for one in of(found, RhythmWord.EXTREME_BRADY)][:1] == [True]


def test_a_late_t_wave_of_a_slow_heart_is_no_beat() -> None:
    slow = Qrs(height=1.0, base=0.08, t_height=0.35, t_after=0.48, t_base=0.24)
    beats = every(40, 60)
    found = listen(chunks(ecg(beats, 60, 250, slow), 250)).beats
    assert len(found) == pytest.approx(len(beats), abs=2)


def test_what_held_is_over_when_no_lead_goes_on_but_the_pulse_does() -> None:
    beats = every(36, 40)
    wave, pulse = ecg(beats, 40, 250), pulse_wave(every(36, 60), 60, 125)
    said = of(listen(together(chunks(wave, 250), pleth(pulse, 125))), RhythmWord.EXTREME_BRADY)
    assert [one.present for one in said] == [True, False]
    assert 42 * S < said[-1].t_us < 45 * S
