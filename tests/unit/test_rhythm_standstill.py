"""Standstill, gaps, electrodes and lead choice."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.findings import BeatClass, Quality, RateFound, RhythmFound, RhythmWord
from monitor_app.rhythm import RhythmAnalyzer
from tests.unit.rhythm_signals import Heard, Qrs, chunks, ecg, every, listen

pytestmark = pytest.mark.thorough

SECOND = 1_000_000


@pytest.mark.parametrize("rate_hz", [125, 250, 360, 500])
@pytest.mark.parametrize("bpm", [40, 80, 160])
@pytest.mark.parametrize("end", [12.0, 12.13])
def test_standstill_is_raised_four_seconds_after_the_last_beat(rate_hz, bpm, end):
    peaks = every(bpm, end)
    found = listen(chunks(ecg(peaks, 20, rate_hz), rate_hz))
    (raised,) = found.standstills
    assert raised.word is RhythmWord.ASYSTOLE
    assert raised.present
    assert raised.onset_us == pytest.approx(peaks[-1] * SECOND, abs=12_000)
    assert 4.0 <= raised.t_us / SECOND - peaks[-1] <= 4.5


def test_standstill_is_seen_on_a_wandering_baseline_with_p_waves():
    wave = ecg(every(80, 12), 22, 250)
    time = np.arange(len(wave)) / 250
    wave += 0.3 * np.sin(2 * np.pi * 0.25 * time) + ecg(every(70, 22), 22, 250, Qrs(0.12, 0.1), noise=0)
    raised = listen(chunks(wave, 250)).standstills
    assert [f.present for f in raised] == [True]
    assert raised[0].t_us <= 16.5 * SECOND


def test_standstill_ends_with_three_beats_within_six_seconds():
    back = [20.0, 21.0, 22.0, 23.0]
    found = listen(chunks(ecg(every(80, 12) + back, 26, 250), 250))
    assert [f.present for f in found.standstills] == [True, False]
    assert 22.0 <= found.standstills[1].t_us / SECOND <= 22.8


def test_two_beats_do_not_end_a_standstill():
    found = listen(chunks(ecg([*every(80, 12), 20.0, 21.0], 24, 250), 250))
    assert [f.present for f in found.standstills] == [True]


def test_standstill_from_the_very_start_is_raised_within_ten_seconds():
    found = listen(chunks(ecg([], 12, 250, noise=0.01), 250))
    assert [f.present for f in found.standstills] == [True]
    assert found.standstills[0].t_us <= 10 * SECOND


def test_a_pause_of_three_and_a_half_seconds_is_no_standstill():
    found = listen(chunks(ecg([*every(80, 12), *(np.array(every(80, 10)) + 14.9)], 24, 250), 250))
    assert not found.standstills


def test_a_slow_heart_of_twenty_is_no_standstill():
    found = listen(chunks(ecg(every(20, 60), 60, 250), 250))
    assert not found.standstills
    assert found.rates[-1].value == pytest.approx(20, abs=1)


def test_data_that_has_not_arrived_is_no_standstill():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    assert analyzer.next_deadline_us() is None
    assert analyzer.advance(30 * SECOND) == []


@pytest.mark.parametrize("flagged", [True, False])
def test_a_gap_is_never_a_standstill(flagged):
    analyzer = RhythmAnalyzer()
    before = listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    late = chunks(
        ecg(every(80, 12), 12, 250), 250, gap=flagged, start_us=17 * SECOND, first_index=3000 if flagged else 4250
    )
    after = listen(late, analyzer)
    assert not before.standstills + after.standstills
    assert all(b.t_us > 17.4 * SECOND for b in after.beats)
    assert after.rate_at(18).value is None


def test_a_gap_onto_another_baseline_makes_no_beat():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    after = listen(chunks(ecg([], 3, 250) + 20.0, 250, gap=True, start_us=13 * SECOND, first_index=3250), analyzer)
    assert not after.beats


def test_a_short_gap_keeps_what_beats_look_like():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    after = listen(chunks(ecg(every(80, 4), 4, 250), 250, gap=True, start_us=13 * SECOND, first_index=3250), analyzer)
    assert after.beats[0].t_us == pytest.approx(13.5 * SECOND, abs=12_000)
    assert after.beats[0].decided_us < 14.2 * SECOND


def test_leads_off_blanks_at_once_and_is_no_standstill():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    off = Heard(analyzer.leads_off(True, 12 * SECOND))
    assert off.rates == [RateFound(12 * SECOND, None, Validity.SENSOR_OFF)]
    assert [(f.quality, f.reason) for f in off.quality] == [(Quality.OFF, "lead_off")]
    quiet = listen(chunks(ecg([], 10, 250), 250, start_us=12 * SECOND, first_index=3000), analyzer)
    assert quiet.all == []
    assert analyzer.advance(analyzer.next_deadline_us()) == [RateFound(13 * SECOND, None, Validity.SENSOR_OFF)]


def test_the_number_comes_back_after_the_electrodes_are_on_again():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    analyzer.leads_off(True, 12 * SECOND)
    analyzer.leads_off(False, 20 * SECOND)
    assert analyzer.next_deadline_us() is None
    on = listen(chunks(ecg(every(80, 10), 10, 250), 250, start_us=20 * SECOND, first_index=5000), analyzer)
    assert on.rates[0].validity is Validity.SEARCHING
    assert on.rates[-1].value == pytest.approx(80, abs=1)


def test_leads_off_said_twice_is_said_once():
    analyzer = RhythmAnalyzer()
    assert analyzer.leads_off(False, 0) == []
    assert analyzer.leads_off(True, 0) != []
    assert analyzer.leads_off(True, SECOND) == []


def test_electrodes_that_come_off_end_the_claim_of_a_standstill():
    analyzer = RhythmAnalyzer()
    found = listen(chunks(ecg(every(80, 12), 20, 250), 250), analyzer)
    assert [f.present for f in found.standstills] == [True]
    assert [f.present for f in Heard(analyzer.leads_off(True, 20 * SECOND)).standstills] == [False]


def test_a_line_of_one_value_is_flat_and_no_standstill():
    wave = ecg(every(80, 12), 30, 250)
    wave[12 * 250 :] = 0.35
    found = listen(chunks(wave, 250))
    assert not found.standstills
    flat = next(f for f in found.quality if f.quality is Quality.OFF)
    assert flat.reason == "flat"
    assert flat.t_us <= 14.3 * SECOND
    assert found.rates[-1].validity is Validity.SENSOR_OFF


def test_a_line_at_the_rail_is_off_within_two_seconds_and_no_standstill():
    wave = ecg(every(80, 12), 24, 250)
    wave[12 * 250 :] = 1000.0
    found = listen(chunks(wave, 250))
    assert not found.standstills
    off = next(f for f in found.quality if f.quality is Quality.OFF)
    assert (off.reason, off.t_us <= 14 * SECOND) == ("saturated", True)


def test_the_hum_of_an_open_input_is_off_and_no_standstill():
    wave = ecg(every(80, 12), 24, 250)
    wave[12 * 250 :] += 2.0 * np.sin(2 * np.pi * 50 * np.arange(12 * 250) / 250)
    found = listen(chunks(wave, 250))
    assert not found.standstills
    off = next(f for f in found.quality if f.quality is Quality.OFF)
    assert (off.reason, off.t_us <= 14 * SECOND) == ("lead_off", True)


def test_loud_noise_gives_dashes_and_no_standstill():
    wave = ecg(every(80, 12), 30, 360)
    wave[12 * 360 :] += np.random.default_rng(3).normal(0, 0.6, 18 * 360)
    found = listen(chunks(wave, 360))
    assert not found.standstills
    assert (found.quality[-1].quality, found.quality[-1].reason) == (Quality.POOR, "noise")
    assert {f.validity for f in found.rates if f.t_us > 16 * SECOND} == {Validity.DISTURBED}
    assert {b.cls for b in found.beats if b.t_us > 15 * SECOND} <= {BeatClass.Q}


def test_a_single_step_of_the_baseline_does_not_make_a_lead_poor():
    wave = ecg(every(80, 20), 20, 250)
    wave[12 * 250 :] += 5.0
    found = listen(chunks(wave, 250))
    assert {f.quality for f in found.quality} == {Quality.GOOD}
    assert found.rates[-1].value == pytest.approx(80, abs=1)


def test_link_lost_ends_number_and_timers():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 12), 12, 250), 250), analyzer)
    assert analyzer.link_lost(15 * SECOND) == [RateFound(15 * SECOND, None, Validity.NOT_MEASURED)]
    assert analyzer.next_deadline_us() is None
    again = listen(chunks(ecg([], 3.5, 250), 250, start_us=16 * SECOND, first_index=0), analyzer)
    assert not again.standstills


# ---------------------------------------------------------------- beats without waves


def beat_along(analyzer, times_s):
    return Heard(
        [f for at in times_s for f in analyzer.device_beat(round(at * SECOND), Source.ECG, round(at * SECOND))]
    )


def run_clock(analyzer, until_s):
    found = []
    while (due := analyzer.next_deadline_us()) is not None and due <= until_s * SECOND:
        found += analyzer.advance(due)
    return Heard(found)


def test_marked_beats_give_rate_and_standstill_by_the_clock():
    analyzer = RhythmAnalyzer()
    found = []
    for at in every(75, 12):
        found += run_clock(analyzer, at).all
        found += beat_along(analyzer, [at]).all
    assert Heard(found).rates[-1].value == pytest.approx(75, abs=0.5)
    still = run_clock(analyzer, 20)
    last_us = round(every(75, 12)[-1] * SECOND)
    raised = RhythmFound(last_us + 4 * SECOND, RhythmWord.ASYSTOLE, present=True, onset_us=last_us, value=4.0)
    assert still.standstills == [raised]
    assert [f.present for f in beat_along(analyzer, [20.5, 21.5, 22.5]).standstills] == [False]


def test_four_marked_beats_do_not_arm_the_standstill():
    analyzer = RhythmAnalyzer()
    beat_along(analyzer, [1, 2, 3, 4])
    assert not run_clock(analyzer, 20).standstills


def test_pulses_of_the_pleth_are_no_beats():
    analyzer = RhythmAnalyzer()
    assert analyzer.device_beat(0, Source.PLETH, 0) == []
    assert analyzer.next_deadline_us() is None


def test_marked_beats_are_not_heard_while_waves_arrive():
    analyzer = RhythmAnalyzer()
    listen(chunks(ecg(every(80, 5), 5, 250), 250), analyzer)
    assert beat_along(analyzer, [5.1]).all == []
    assert analyzer.next_deadline_us() is None


# ---------------------------------------------------------------- several leads


def interleave(*streams):
    return sorted((piece for stream in streams for piece in stream), key=lambda piece: (piece.t_us, piece.parameter))


def test_lead_two_is_preferred_and_beats_are_said_once():
    peaks = every(80, 15)
    pieces = interleave(
        chunks(ecg(peaks, 15, 250), 250, lead=Parameter.ECG_I), chunks(ecg(peaks, 15, 250), 250, lead=Parameter.ECG_II)
    )
    found = listen(pieces)
    assert {b.lead for b in found.beats} == {Parameter.ECG_II}
    assert len(found.beats) == len([at for at in peaks if at < 14.4])


def test_another_lead_takes_over_when_the_first_is_off_for_three_seconds():
    peaks = every(80, 30)
    two = ecg(peaks, 30, 250)
    two[12 * 250 :] = 0.0
    found = listen(interleave(chunks(two, 250), chunks(ecg(peaks, 30, 250), 250, lead=Parameter.ECG_V)))
    assert not found.standstills
    assert {b.lead for b in found.beats if b.t_us > 19 * SECOND} == {Parameter.ECG_V}
    assert found.rate_at(20).value == pytest.approx(80, abs=1)
    times = [b.t_us for b in found.beats]
    assert min(np.diff(times)) > 600_000


def test_a_lead_without_qrs_is_no_standstill_while_another_beats():
    peaks = every(80, 20)
    found = listen(interleave(chunks(ecg([], 20, 250), 250), chunks(ecg(peaks, 20, 250), 250, lead=Parameter.ECG_I)))
    assert not found.standstills
    assert found.rates[-1].value == pytest.approx(80, abs=1)


def test_two_leads_in_standstill_raise_it_once():
    peaks = every(80, 12)
    wave = ecg(peaks, 20, 250)
    found = listen(interleave(chunks(wave, 250), chunks(wave, 250, lead=Parameter.ECG_I)))
    assert [f.present for f in found.standstills] == [True]
    assert found.standstills[0].t_us <= (peaks[-1] + 4.5) * SECOND


def test_a_third_lead_replaces_one_that_is_of_no_use():
    peaks = every(80, 30)
    dead = np.zeros(30 * 250)
    found = listen(
        interleave(
            chunks(dead, 250, lead=Parameter.ECG_I),
            chunks(dead, 250, lead=Parameter.ECG_II),
            chunks(ecg(peaks, 30, 250), 250, lead=Parameter.ECG_V),
        )
    )
    assert found.rates[-1].value == pytest.approx(80, abs=1)


def test_a_lead_that_stops_does_not_hold_up_the_other():
    peaks = every(80, 20)
    pieces = interleave(chunks(ecg(peaks, 20, 250), 250), chunks(ecg(peaks, 20, 250)[:2000], 250, lead=Parameter.ECG_I))
    found = listen(pieces)
    assert max(b.t_us for b in found.beats) > 18.5 * SECOND


def test_a_pleth_wave_says_nothing_of_the_heart():
    found = listen(chunks(ecg(every(80, 10), 10, 100), 100, lead=Parameter.PLETH, unit="relative"))
    assert found.all == found.pulse_rates
