"""Which of two leads is counted: one that misses every small beat looks good, and must not be believed for that."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.findings import RhythmWord
from tests.unit.rhythm_signals import Qrs, chunks, ecg, every, listen
from tests.unit.test_rhythm_findings import of, together

pytestmark = pytest.mark.thorough

SECONDS = 60
THIRDS = every(96, SECONDS)
SMALL, TALL = Qrs(height=0.12), Qrs(height=2.4, base=0.14)


def both(first: np.ndarray, second: np.ndarray) -> list:
    return list(together(chunks(first, 250), chunks(second, 250, lead=Parameter.ECG_V)))


def test_a_lead_that_misses_every_small_beat_is_left_and_cries_no_slow_heart() -> None:
    every_third = ecg(THIRDS[::3], SECONDS, 250, TALL)
    found = listen(both(every_third, ecg(THIRDS, SECONDS, 250)))
    assert not of(found, RhythmWord.EXTREME_BRADY)
    assert found.beats[-1].lead is Parameter.ECG_V
    assert abs(found.rate_at(SECONDS - 1).value - 96) < 2


def test_a_lead_that_counts_more_of_another_shape_is_not_taken_for_it() -> None:
    beats = every(60, SECONDS)
    between = [at + 0.5 for at in beats[:-1]]
    doubled = ecg(beats, SECONDS, 250) + ecg(between, SECONDS, 250, Qrs(height=-0.7, base=0.16))
    found = listen(both(ecg(beats, SECONDS, 250), doubled))
    assert {beat.lead for beat in found.beats} == {Parameter.ECG_II}


def test_a_heart_that_is_slow_in_both_leads_is_slow() -> None:
    wave = ecg(every(35, SECONDS), SECONDS, 250)
    assert of(listen(both(wave, wave)), RhythmWord.EXTREME_BRADY)
