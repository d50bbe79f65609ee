"""However the samples are cut, and wherever the stream stops, the findings are the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.samples import Parameter
from monitor_app.core.findings import RhythmFound
from tests.unit.rhythm_signals import Qrs, chunks, ecg, every, listen

SECONDS = 16


def patient(rate_hz: int) -> np.ndarray:
    """Beats, a standstill, beats again, on some noise and drift."""
    peaks = [*every(95, 8), *(np.array(every(70, 4)) + 12.6)]
    wave = ecg(peaks, SECONDS, rate_hz, Qrs(1.2, 0.09, t_height=0.3), noise=0.02)
    return wave + 0.4 * np.sin(np.arange(len(wave)) / rate_hz)


WAVES = {rate_hz: patient(rate_hz) for rate_hz in (125, 128, 250, 360, 500)}
WHOLE = {rate_hz: listen(chunks(wave, rate_hz, splits=())).all for rate_hz, wave in WAVES.items()}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(WAVES)), st.lists(st.integers(1, SECONDS * 125 - 1), max_size=60))
def test_any_split_of_the_samples_gives_the_same_findings(rate_hz, cuts):
    assert listen(chunks(WAVES[rate_hz], rate_hz, splits=cuts)).all == WHOLE[rate_hz]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(WAVES)), st.integers(1, SECONDS * 125))
def test_a_record_cut_short_gives_the_same_findings_until_then(rate_hz, end):
    found = listen(chunks(WAVES[rate_hz][:end], rate_hz, splits=())).all
    assert found == WHOLE[rate_hz][: len(found)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=40, max_size=120))
def test_two_leads_give_the_same_findings_in_any_interleaving_within_a_second(order):
    wave = WAVES[250]
    steps = range(0, len(wave), 50)
    two = list(chunks(wave, 250, splits=steps))
    one = list(chunks(0.6 * wave, 250, splits=steps, lead=Parameter.ECG_I))
    straight = [piece for pair in zip(two, one, strict=True) for piece in pair]
    shuffled = straight[:2] + _shuffle(two[1:], one[1:], order)
    assert listen(shuffled).all == listen(straight).all


def _shuffle(two, one, order):
    """The two streams, one ahead of the other by at most four pieces (0.8 s)."""
    mixed, a, b = [], 0, 0
    for draw in (order * 10)[: 10 * len(order)]:
        if a < len(two) and (draw % 2 or b == len(one)) and a - b < 4:
            mixed.append(two[a])
            a += 1
        elif b < len(one) and b - a < 4:
            mixed.append(one[b])
            b += 1
    while a < len(two) or b < len(one):
        if a <= b and a < len(two):
            mixed.append(two[a])
            a += 1
        elif b < len(one):
            mixed.append(one[b])
            b += 1
        else:
            mixed.append(two[a])
            a += 1
    return mixed


def arrhythmia(rate_hz: int) -> np.ndarray:
    """Beats, a run of another shape, beats, fibrillation."""
    wave = ecg([*every(90, 14), *every(70, 26, start=17.2)], 44, rate_hz, Qrs(1.2, 0.09, t_height=0.3), noise=0.02)
    wave += ecg(every(170, 17, start=14.2), 44, rate_hz, Qrs(-1.3, 0.2), noise=0.0)
    time = np.arange(len(wave)) / rate_hz
    return wave + np.where(time > 28, 0.6 * np.sin(2 * np.pi * 5 * time + np.sin(2 * time)), 0.0)


EPISODES = {rate_hz: arrhythmia(rate_hz) for rate_hz in (125, 360)}
EPISODES_WHOLE = {rate_hz: listen(chunks(wave, rate_hz, splits=())).all for rate_hz, wave in EPISODES.items()}


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(EPISODES)), st.lists(st.integers(1, 44 * 125 - 1), max_size=60))
def test_any_split_of_an_arrhythmia_gives_the_same_findings(rate_hz, cuts):
    assert {"VTACH", "VFIB"} <= {f.word.value for f in EPISODES_WHOLE[rate_hz] if isinstance(f, RhythmFound)}
    assert listen(chunks(EPISODES[rate_hz], rate_hz, splits=cuts)).all == EPISODES_WHOLE[rate_hz]


@settings(max_examples=3, deadline=None)
@given(st.lists(st.sampled_from((1, 2, 3)), min_size=8, max_size=30))
def test_a_pulse_channel_in_other_pieces_gives_the_same_findings(lengths):
    """The pleth stands for a pulse until 20 s; how its bytes were cut and that they came a little late changes nothing."""
    ecg_wave = ecg(every(80, 14), 26, 250)
    time = np.arange(26 * 100) / 100
    pulse = np.where(time < 20, np.maximum(0, np.sin(2 * np.pi * time / 0.75)) ** 3, 0) + 0.01 * np.sin(9 * time)
    steady = [*chunks(pulse, 100, lead=Parameter.PLETH, unit="%", splits=range(0, 2600, 10))]
    cuts = np.cumsum(np.resize(lengths, 260)) * 10
    other = [*chunks(pulse, 100, lead=Parameter.PLETH, unit="%", splits=[int(cut) for cut in cuts if cut < 2600])]
    lead = list(chunks(ecg_wave, 250))
    assert _merged(lead, other) == _merged(lead, steady)


def _merged(lead, pulse):
    """A chunk is delivered when its last sample has been taken."""
    due = [
        (c.t_us + len(c.data) // 2 * 1e6 / c.rate_hz, c.parameter is not Parameter.ECG_II, c) for c in [*lead, *pulse]
    ]
    found = listen([chunk for _, _, chunk in sorted(due, key=lambda one: one[:2])]).all
    return sorted(
        found, key=lambda one: (one.t_us, repr(one))
    )  # a pulse rate is told when its piece comes, of its own time
