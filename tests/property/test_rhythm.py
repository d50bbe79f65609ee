"""However the samples are cut, and wherever the stream stops, the findings are the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.samples import Parameter
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
