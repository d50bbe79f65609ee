"""A lead that sinks for some beats: does the other one vouch for them, and for nothing else?"""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, RhythmWord
from monitor_app.rhythm import RhythmAnalyzer
from tests.unit.rhythm_signals import Qrs, chunks, ecg, every, listen
from tests.unit.test_rhythm_together import two_leads

RATE = 250
SECONDS = 40.0
SINKS, RISES = 20.2, 25.2
PEAKS = every(75, SECONDS)
OTHER = Qrs(height=-0.8, base=0.09)


def sunken(rate_hz=RATE):
    """Lead II whose beats have no height for five seconds."""
    wave = ecg(PEAKS, SECONDS, rate_hz)
    flat = ecg([], SECONDS, rate_hz)
    low = slice(round(SINKS * rate_hz), round(RISES * rate_hz))
    wave[low] = flat[low]
    return wave


def counted(pieces):
    """Findings while lead II is the one whose beats are told."""
    return listen(pieces, RhythmAnalyzer(only=Parameter.ECG_II))


def missing(beats):
    return [at for at in PEAKS[2:-2] if all(abs(beat.t_us / 1e6 - at) > 0.06 for beat in beats)]


@pytest.mark.parametrize("rate_hz", [125, 250, 360])
def test_beats_of_a_lead_that_sinks_are_told_by_the_word_of_the_other(rate_hz):
    wave = sunken(rate_hz)
    alone = counted(chunks(wave, rate_hz)).beats
    assert len(missing(alone)) == 6
    found = counted(two_leads(wave, ecg(PEAKS, SECONDS, rate_hz, OTHER), rate_hz))
    assert missing(found.beats) == []
    times = [beat.t_us for beat in found.beats]
    assert times == sorted(times)
    assert len(times) == len({round(t_us / 200_000) for t_us in times})
    vouched = [beat for beat in found.beats if SINKS < beat.t_us / 1e6 < RISES]
    assert {beat.lead for beat in vouched} == {Parameter.ECG_II}
    assert {beat.cls for beat in vouched} == {BeatClass.N}
    assert all(abs(beat.sample_index - beat.t_us * rate_hz / 1e6) <= 1 for beat in vouched)
    assert all(beat.t_us < beat.decided_us <= beat.t_us + 1_500_000 for beat in vouched)
    assert RhythmWord.PAUSE not in {one.word for one in found.rhythm}


def test_a_heart_that_pauses_is_given_no_beats():
    paused = [at for at in PEAKS if not SINKS < at < SINKS + 2.6]
    both = two_leads(ecg(paused, SECONDS, RATE), ecg(paused, SECONDS, RATE, OTHER))
    found = counted(both).beats
    assert [beat for beat in found if SINKS < beat.t_us / 1e6 < SINKS + 2.4] == []


def test_noise_of_the_other_lead_vouches_for_nothing():
    noise = np.random.default_rng(5).normal(0, 0.25, round(SECONDS * RATE))
    found = counted(two_leads(sunken(), noise)).beats
    assert len(missing(found)) >= 6


def test_a_lead_that_saw_others_than_these_beats_vouches_for_nothing():
    doubled = sorted([*PEAKS, *(at + 0.4 for at in PEAKS)])  # it counts T waves, or another heart
    found = counted(two_leads(sunken(), ecg(doubled, SECONDS, RATE, OTHER))).beats
    assert [beat for beat in found if SINKS + 0.2 < beat.t_us / 1e6 < RISES] == []


def test_a_beat_of_another_shape_is_not_vouched_for():
    second = ecg(PEAKS, SECONDS, RATE, OTHER)
    odd = [at for at in PEAKS if SINKS < at < RISES]
    second[round(SINKS * RATE) : round(RISES * RATE)] = 0.0
    second += ecg(odd, SECONDS, RATE, Qrs(height=1.2, base=0.2), noise=0.0)
    found = counted(two_leads(sunken(), second)).beats
    assert [beat for beat in found if SINKS + 0.2 < beat.t_us / 1e6 < RISES] == []


def test_how_the_samples_were_cut_changes_no_vouched_beat():
    wave, other = sunken(), ecg(PEAKS, SECONDS, RATE, OTHER)
    whole = counted(two_leads(wave, other)).all
    for step in (3, 31, 200):
        assert counted(two_leads(wave, other, splits=range(0, len(wave), step))).all == whole


def test_the_last_beat_of_a_recording_is_told_at_its_end():
    analyzer = RhythmAnalyzer(only=Parameter.ECG_II)
    seconds = PEAKS[30] + 0.15
    wave = ecg(PEAKS[:31], seconds, RATE)
    before = listen(chunks(wave, RATE), analyzer).beats
    assert abs(before[-1].t_us / 1e6 - PEAKS[29]) < 0.02
    [last] = analyzer.finish()
    assert abs(last.t_us / 1e6 - PEAKS[30]) < 0.02
    assert last.decided_us <= seconds * 1e6


def test_a_recording_that_ends_between_two_beats_has_no_beat_more():
    analyzer = RhythmAnalyzer()
    before = listen(chunks(ecg(PEAKS[:31], PEAKS[30] + 0.75, RATE), RATE), analyzer).beats
    assert len(before) >= 29
    assert analyzer.finish() == []
    assert RhythmAnalyzer().finish() == []
