"""A pacemaker's spike is never a beat: alone it is a standstill, before a beat it hides nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.rhythm_signals import Qrs, chunks, ecg, every, listen

pytestmark = pytest.mark.thorough

FINE = 20
PACED = Qrs(height=-1.2, base=0.16, t_height=0.4, t_after=0.3)


def spikes(
    at: list[float], seconds: float, rate_hz: float, height: float, width_s: float, tail_s: float = 0.0
) -> np.ndarray:
    """What a device's low-pass at 45 % of its rate leaves of pulses at the electrode; its input takes 40 mV."""
    fine = rate_hz * FINE
    time = np.arange(round(seconds * fine)) / fine
    wave = np.zeros(len(time))
    for one in at:
        wave[round(one * fine) : round((one + width_s) * fine)] += height
        if tail_s:
            after = slice(round((one + width_s) * fine), round((one + width_s + 5 * tail_s) * fine))
            wave[after] -= 0.05 * height * np.exp(-(time[after] - one - width_s) / tail_s)
    places = np.arange(-4 * FINE, 4 * FINE + 1)
    kernel = np.sinc(0.9 * places / FINE) * np.hanning(len(places))
    return np.convolve(np.clip(wave, -40, 40), kernel / kernel.sum(), "same")[::FINE][: round(seconds * rate_hz)]


@pytest.mark.parametrize("rate_hz", [250.0, 360.0, 500.0])
@pytest.mark.parametrize(("height", "width_s"), [(10.0, 0.0005), (40.0, 0.0005), (-20.0, 0.001), (20.0, 0.002)])
def test_spikes_without_a_beat_are_a_standstill_and_never_a_rate(rate_hz: float, height: float, width_s: float) -> None:
    seconds, stop = 30.0, 15.0
    at = every(60, seconds)
    wave = ecg([one + 0.04 for one in at if one < stop], seconds, rate_hz) + spikes(
        at, seconds, rate_hz, height, width_s
    )
    found = listen(chunks(wave, rate_hz))
    assert [beat.t_us / 1e6 for beat in found.beats if beat.t_us > (stop + 0.2) * 1e6] == []
    assert len(found.standstills) == 1
    assert 4.0 <= found.standstills[0].t_us / 1e6 - 14.54 <= 4.6


@pytest.mark.parametrize("height", [10.0, -40.0])
def test_a_paced_beat_is_counted_once_and_on_its_own_wave(height: float) -> None:
    at = every(70, 30)
    wave = ecg([one + 0.11 for one in at], 30, 250, PACED) + spikes(at, 30, 250, height, 0.001)
    found = listen(chunks(wave, 250))
    late = [beat.t_us / 1e6 for beat in found.beats if beat.t_us > 5e6]
    assert len(late) == len([one for one in at if 4.9 < one < 29.2])
    assert max(min(abs(mark - one - 0.11) for one in at) for mark in late) < 0.03
    assert abs(found.rate_at(29).value - 70) < 1


def test_the_overshoot_of_a_spike_is_no_beat() -> None:
    at = every(60, 30)
    wave = ecg([one + 0.04 for one in at if one < 15], 30, 250) + spikes(at, 30, 250, 20.0, 0.001, tail_s=0.01)
    found = listen(chunks(wave, 250))
    assert len(found.standstills) == 1


def test_however_the_samples_are_cut_the_same_is_found() -> None:
    at = every(70, 12)
    wave = ecg([one + 0.11 for one in at if one < 7], 12, 250, PACED) + spikes(at, 12, 250, 10.0, 0.001)
    whole = listen(chunks(wave, 250, splits=())).all
    assert listen(chunks(wave, 250, splits=range(0, 3000, 7))).all == whole
    assert listen(chunks(wave, 250)).all == whole
