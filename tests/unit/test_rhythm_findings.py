"""Rhythm findings on made signals: fibrillation, runs, irregularity, pauses, extreme rates, and what a pulse may deny."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.ectopy import Ectopy
from monitor_app.rhythm.irregular import Irregularity, cosen
from monitor_app.rhythm.pulses import PulseEar
from monitor_app.rhythm.shape_run import ShapeRun
from tests.unit.rhythm_signals import Heard, Qrs, chunks, ecg, every, listen

pytestmark = pytest.mark.thorough

S = 1_000_000
RATES = (125.0, 250.0, 500.0)


def fibrillation(seconds: float, rate_hz: float, height: float = 0.5) -> np.ndarray:
    """A wave of 4 to 6 Hz whose frequency and height wander."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    turns = 5.0 * time + 0.35 * np.sin(2 * np.pi * 0.31 * time) + 0.2 * np.sin(2 * np.pi * 0.83 * time + 1)
    swell = 1 + 0.35 * np.sin(2 * np.pi * 0.23 * time)
    return height * swell * np.sin(2 * np.pi * turns)


def pulse_wave(beats: Sequence[float], seconds: float, rate_hz: float) -> np.ndarray:
    """A pleth: a quick rise 0.2 s after each beat, a slow fall, a notch."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = np.random.default_rng(3).normal(0, 0.01, len(time))
    for at in beats:
        away = time - at - 0.3
        wave += np.exp(-0.5 * (away / 0.09) ** 2) + 0.35 * np.exp(-0.5 * ((away - 0.25) / 0.1) ** 2)
    return wave


def together(*waves: Iterator[WaveChunk]) -> list[WaveChunk]:
    """Chunks of several waves in the order of time."""
    return sorted((chunk for wave in waves for chunk in wave), key=lambda chunk: chunk.t_us)


def pleth(wave: np.ndarray, rate_hz: float) -> Iterator[WaveChunk]:
    return (replace(chunk, unit="%") for chunk in chunks(wave, rate_hz, lead=Parameter.PLETH))


def of(found: Heard | Sequence[RhythmFound], word: RhythmWord) -> list[RhythmFound]:
    every_one = found.rhythm if isinstance(found, Heard) else found
    return [one for one in every_one if one.word is word]


# ---------------------------------------------------------------- fibrillation


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("gain", [0.5, 1.0, -2.0])
def test_fibrillation_is_raised_within_eight_seconds_at_any_rate_gain_and_polarity(rate_hz: float, gain: float) -> None:
    wave = ecg(every(75, 40), 60, rate_hz)
    start = round(40 * rate_hz)
    wave[start:] += fibrillation(20, rate_hz)
    [raised] = of(listen(chunks(gain * wave, rate_hz)), RhythmWord.VFIB)
    assert raised.present
    assert 40 * S <= raised.t_us <= 48 * S
    assert abs(raised.onset_us - 40 * S) <= 4 * S


def test_fibrillation_ends_when_beats_are_back() -> None:
    wave = ecg(every(75, 75), 75, 250)
    wave[30 * 250 : 50 * 250] = fibrillation(20, 250)
    raised, ended = of(listen(chunks(wave, 250)), RhythmWord.VFIB)
    assert (raised.present, ended.present) == (True, False)
    assert 50 * S < ended.t_us <= 60 * S


@pytest.mark.parametrize("bpm", [30, 75, 160, 220])
@pytest.mark.parametrize("base", [0.07, 0.12])
def test_regular_beats_are_never_fibrillation(bpm: float, base: float) -> None:
    qrs = Qrs(height=1.0, base=base, t_height=0.3 if bpm < 200 else 0.0)
    assert not of(listen(chunks(ecg(every(bpm, 40), 40, 250, qrs), 250)), RhythmWord.VFIB)


def test_loud_noise_is_never_fibrillation() -> None:
    noise = np.random.default_rng(5).normal(0, 0.5, 30 * 250)
    assert not of(listen(chunks(noise, 250)), RhythmWord.VFIB)


def test_a_regular_pulse_denies_fibrillation_and_asks_to_check_the_ecg() -> None:
    wave = ecg(every(75, 30), 60, 250)
    wave[30 * 250 :] += fibrillation(30, 250)
    pulse = pulse_wave(every(75, 60), 60, 125)
    found = listen(together(chunks(wave, 250), pleth(pulse, 125)))
    assert not of(found, RhythmWord.VFIB)
    assert of(found, RhythmWord.CHECK_ECG)[0].present


def test_fibrillation_that_was_denied_is_raised_when_the_pulse_ends() -> None:
    wave = ecg(every(75, 30), 70, 250)
    wave[30 * 250 :] += fibrillation(40, 250)
    pulse = pulse_wave(every(75, 50), 70, 125)
    [raised] = of(listen(together(chunks(wave, 250), pleth(pulse, 125))), RhythmWord.VFIB)
    assert 50 * S < raised.t_us <= 54 * S
    assert raised.onset_us < 34 * S


# ---------------------------------------------------------------- standstill and its witness


def test_standstill_with_a_pulse_is_a_matter_of_the_ecg() -> None:
    wave, pulse = ecg(every(75, 20), 40, 250), pulse_wave(every(75, 40), 40, 125)
    found = listen(together(chunks(wave, 250), pleth(pulse, 125)))
    assert not found.standstills
    assert [one.present for one in of(found, RhythmWord.CHECK_ECG)] == [True]


def test_standstill_that_pulses_denied_is_raised_four_seconds_after_the_last_pulse() -> None:
    wave, pulse = ecg(every(75, 20), 45, 250), pulse_wave(every(75, 30), 45, 125)
    found = listen(together(chunks(wave, 250), pleth(pulse, 125)))
    [raised] = found.standstills
    assert 33.5 * S < raised.t_us <= 35 * S
    assert abs(raised.onset_us - 19.7 * S) < S
    assert raised.value is not None
    assert raised.value > 10


def test_standstill_without_pulse_is_not_delayed_by_a_pleth() -> None:
    beats = every(75, 20)
    found = listen(together(chunks(ecg(beats, 30, 250), 250), pleth(pulse_wave(beats, 30, 125), 125)))
    assert abs(found.standstills[0].t_us / S - beats[-1] - 4.0) <= 0.5


@pytest.mark.parametrize("kind", ["noise", "flat", "hum"])
def test_a_pulse_channel_without_pulses_denies_nothing(kind: str) -> None:
    time = np.arange(40 * 125) / 125
    wave = {
        "noise": np.random.default_rng(2).normal(0, 1, len(time)),
        "flat": np.zeros(len(time)),
        "hum": np.where(np.arange(len(time)) % 2, 1.0, 0.0),
    }[kind]
    ear = PulseEar()
    looks = [look for chunk in pleth(wave, 125) for look in ear.push(chunk)]
    assert all(look.bpm is None for look in looks)
    found = listen(together(chunks(ecg(every(75, 20), 40, 250), 250), pleth(wave, 125)))
    assert len(found.standstills) == 1


@pytest.mark.parametrize("bpm", [45, 75, 140])
def test_the_pulse_rate_is_that_of_the_beats(bpm: float) -> None:
    ear = PulseEar()
    looks = [look for chunk in pleth(pulse_wave(every(bpm, 20), 20, 125), 125) for look in ear.push(chunk)]
    assert looks[-1].bpm == pytest.approx(bpm, rel=0.03)
    assert looks[-1].regular


# ---------------------------------------------------------------- beats with class


def beats_of(classes: str, bpm: float, start_s: float = 0.0) -> list[BeatFound]:
    step = 60.0 / bpm
    return [
        BeatFound(round((start_s + place * step) * S), Parameter.ECG_II, 0, 0, BeatClass(letter))
        for place, letter in enumerate(classes)
    ]


def ectopy(*parts: list[BeatFound], quiet_s: float = 0.0) -> list[RhythmFound]:
    finder, found, last_us = Ectopy(), [], 0
    for beat in (one for part in parts for one in part):
        found += finder.hear(beat, beat.t_us) + finder.advance(beat.t_us)
        last_us = beat.t_us
    return found + finder.advance(last_us + round(quiet_s * S)) if quiet_s else found


def test_five_fast_ventricular_beats_are_a_tachycardia_and_four_a_run() -> None:
    assert not of(ectopy(beats_of("NNNNNVVVVNNN", 120)), RhythmWord.VTACH)
    assert of(ectopy(beats_of("NNNNNVVVVNNN", 120)), RhythmWord.VRUN)
    [raised, ended] = of(ectopy(beats_of("NNNNNVVVVVNNN", 120)), RhythmWord.VTACH)
    assert (raised.onset_us, raised.t_us) == (round(2.5 * S), round(4.5 * S))
    assert ended.t_us == 6 * S  # with the third other beat


def test_a_beat_of_unknown_class_neither_makes_nor_breaks_a_run() -> None:
    assert not of(ectopy(beats_of("NNNNVVVVQQQQQQNN", 120)), RhythmWord.VTACH)
    assert of(ectopy(beats_of("NNNNVVVQVVNN", 140)), RhythmWord.VTACH)


@pytest.mark.parametrize(("bpm", "word"), [(110, RhythmWord.VTACH), (70, RhythmWord.VRHYTHM), (35, RhythmWord.VBRADY)])
def test_the_rate_of_a_ventricular_rhythm_names_it(bpm: float, word: RhythmWord) -> None:
    assert of(ectopy(beats_of("NNN" + "V" * 8, bpm)), word)


def test_a_tachycardia_ends_with_the_beats() -> None:
    found = of(ectopy(beats_of("NNNNVVVVVVV", 150), quiet_s=3.5), RhythmWord.VTACH)
    assert [one.present for one in found] == [True, False]


def test_couplet_bigeminy_and_trigeminy_are_told_by_name() -> None:
    assert of(ectopy(beats_of("NNNNVVNNN", 75)), RhythmWord.COUPLET)
    assert of(ectopy(beats_of("NNNNVNVNVNNNNNN", 75)), RhythmWord.BIGEMINY)
    assert not of(ectopy(beats_of("NNNNVNVNNNN", 75)), RhythmWord.BIGEMINY)
    assert of(ectopy(beats_of("NNVNNVNNVNN", 75)), RhythmWord.TRIGEMINY)


def test_bigeminy_ends_when_the_pattern_is_broken_for_five_beats() -> None:
    found = of(ectopy(beats_of("NVNVNVNNNNNNN", 75)), RhythmWord.BIGEMINY)
    assert [one.present for one in found] == [True, False]


def test_a_ventricular_beat_in_the_first_third_is_on_the_t_wave() -> None:
    early = beats_of("NNNNNNNN", 60)
    on_t = BeatFound(early[-1].t_us + round(0.3 * S), Parameter.ECG_II, 0, 0, BeatClass.V)
    late = BeatFound(early[-1].t_us + round(0.5 * S), Parameter.ECG_II, 0, 0, BeatClass.V)
    assert of(ectopy(early, [on_t]), RhythmWord.R_ON_T)
    assert not of(ectopy(early, [late]), RhythmWord.R_ON_T)


def test_more_than_ten_ventricular_beats_a_minute_are_many() -> None:
    assert not of(ectopy(beats_of("NNNNNNV" * 10, 75)), RhythmWord.PVC_RATE)
    assert of(ectopy(beats_of("NNNV" * 20, 75)), RhythmWord.PVC_RATE)


# ---------------------------------------------------------------- runs of another shape


def test_a_run_of_wide_beats_is_a_tachycardia_within_six_seconds() -> None:
    wave = ecg(every(80, 30), 45, 250)
    onset = 30.2
    wide = ecg(
        every(180, 45, start=onset), 45, 250, Qrs(height=-1.2, base=0.2, t_height=0.5, t_after=0.17, t_base=0.15)
    )
    found = of(listen(chunks(wave + wide, 250)), RhythmWord.VTACH)
    assert found
    assert found[0].present
    assert found[0].t_us <= (onset + 6) * S


def test_beats_that_resemble_nothing_are_no_run() -> None:
    rng, run = np.random.default_rng(1), ShapeRun()
    usual = np.hanning(53)
    for place in range(12):
        run.hear(place * S, usual, ventricular=False)
    for place in range(20):
        run.hear(12 * S + round(place * 0.4 * S), rng.normal(0, 1, 53), ventricular=True)
        assert not run.run_us


def test_a_fast_rhythm_of_the_usual_shape_is_no_run() -> None:
    wave = ecg([*every(80, 20), *every(170, 45, start=20.3)], 45, 250)
    assert not of(listen(chunks(wave, 250)), RhythmWord.VTACH)


# ---------------------------------------------------------------- irregularity


def irregularity(intervals_s: Sequence[float], classes: str = "") -> list[RhythmFound]:
    finder, at, found = Irregularity(), 0.0, []
    for place, seconds in enumerate(intervals_s):
        at += seconds
        cls = BeatClass(classes[place % len(classes)]) if classes else BeatClass.N
        found += finder.hear(BeatFound(round(at * S), Parameter.ECG_II, 0, 0, cls), round((at + 0.5) * S), trusted=True)
    return found


def test_intervals_without_any_pattern_are_possible_fibrillation_of_the_atria() -> None:
    chaos = np.random.default_rng(4).uniform(0.45, 1.1, 200)
    steady = [0.8 + 0.01 * np.sin(place) for place in range(120)]
    found = irregularity([*steady, *chaos, *steady, *steady])
    assert [(one.word, one.present) for one in found] == [(RhythmWord.AFIB, True), (RhythmWord.AFIB, False)]
    began_s = sum(steady)
    assert found[0].t_us / S - began_s < 60
    assert abs(found[0].onset_us / S - began_s) < 15


def test_breathing_moves_a_heart_without_making_it_irregular() -> None:
    assert not irregularity([0.9 + 0.12 * np.sin(2 * np.pi * place / 5) for place in range(300)])


def test_bigeminy_is_never_fibrillation_of_the_atria() -> None:
    rng = np.random.default_rng(6)
    pairs = [0.55 + rng.normal(0, 0.02) if place % 2 else 1.05 + rng.normal(0, 0.05) for place in range(300)]
    assert not [one for one in irregularity(pairs, "NV") if one.word is RhythmWord.AFIB]
    assert not [one for one in irregularity(pairs) if one.word is RhythmWord.AFIB]


def test_cosen_is_high_for_chaos_and_low_for_order() -> None:
    rng = np.random.default_rng(8)
    assert cosen(rng.uniform(0.4, 1.2, 48)) > -1.0
    assert cosen(0.8 + rng.normal(0, 0.01, 48)) < -2.0


# ---------------------------------------------------------------- pause and extreme rates


def test_a_pause_is_told_with_the_beat_that_closes_it() -> None:
    beats = [*every(75, 20), *every(75, 40, start=23.2)]
    raised, ended = of(listen(chunks(ecg(beats, 40, 250), 250)), RhythmWord.PAUSE)
    assert 23.2 * S < raised.t_us < 24.2 * S
    assert raised.value == pytest.approx(23.2 - every(75, 20)[-1], abs=0.05)
    assert not ended.present


def test_five_beats_below_forty_are_extreme() -> None:
    beats = [*every(75, 20), *every(36, 60, start=21.5)]
    raised = of(listen(chunks(ecg(beats, 60, 250), 250)), RhythmWord.EXTREME_BRADY)[0]
    assert raised.present
    assert raised.t_us < 29.5 * S


def test_seventeen_beats_above_one_hundred_and_forty_are_extreme() -> None:
    beats = [*every(75, 20), *every(160, 50, start=20.4)]
    raised = of(listen(chunks(ecg(beats, 50, 250), 250)), RhythmWord.EXTREME_TACHY)[0]
    assert raised.t_us < 28 * S


@pytest.mark.parametrize("bpm", [42, 60, 100, 138])
def test_a_rate_inside_the_limits_is_not_extreme(bpm: float) -> None:
    found = listen(chunks(ecg(every(bpm, 60), 60, 250), 250))
    assert not found.rhythm
