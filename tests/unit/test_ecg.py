"""The drawn ECG: leads that belong together, beats where the truth says, rhythms that look like themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from drivers.samples import Parameter
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep
from simulators.ecg import LEADS, RAIL_MV, open_input

RATE = 250
Wave = npt.NDArray[np.float64]


def body(*steps: tuple[float, str, dict[str, float]]) -> VirtualBody:
    script = [BodyStep(round(at_s * 1e6), do, params) for at_s, do, params in steps]
    return VirtualBody(5, 1, steps=script, person={"size": 1.0, "hr": 70, "resp_rate": 14})


def drawn(b: VirtualBody, lead: Parameter, from_s: int, until_s: int, rate: float = RATE) -> Wave:
    b.advance(until_s * 1_000_000)
    wave = b.wave(lead, rate, round(from_s * rate), round((until_s - from_s) * rate))
    assert wave is not None
    return wave


def test_limb_leads_follow_from_one_another_as_in_every_monitor() -> None:
    b = body((2, "motion", {"for_s": 3}))
    lead = {p: drawn(b, p, 0, 8) for p in LEADS}
    assert lead[Parameter.ECG_III] == pytest.approx(lead[Parameter.ECG_II] - lead[Parameter.ECG_I])
    assert lead[Parameter.ECG_AVR] == pytest.approx(-(lead[Parameter.ECG_I] + lead[Parameter.ECG_II]) / 2)
    assert lead[Parameter.ECG_AVL] == pytest.approx(lead[Parameter.ECG_I] - lead[Parameter.ECG_II] / 2)
    assert lead[Parameter.ECG_AVF] == pytest.approx(lead[Parameter.ECG_II] - lead[Parameter.ECG_I] / 2)


@pytest.mark.parametrize("rate", [125.0, 250.0, 300.0, 360.0, 500.0])
def test_r_peaks_stand_where_the_true_beats_are_at_any_rate(rate: float) -> None:
    b = body()
    wave = drawn(b, Parameter.ECG_II, 0, 12, rate)
    beats = [beat for beat in b.beats(1_000_000, 11_000_000)]
    assert len(beats) >= 9
    for beat in beats:
        centre = round(beat.t_us / 1e6 * rate)
        around = wave[centre - round(0.1 * rate) : centre + round(0.1 * rate)]
        peak = centre - round(0.1 * rate) + int(around.argmax())
        assert abs(peak - beat.t_us / 1e6 * rate) <= max(1.5, 0.004 * rate)


def test_lead_ii_has_the_textbook_heights() -> None:
    b = body()
    wave = drawn(b, Parameter.ECG_II, 0, 12)
    beat = b.beats(5_000_000, 7_000_000)[0]
    r = round(beat.t_us / 1e6 * RATE)
    level = np.median(wave)
    assert wave[r - 5 : r + 6].max() - level == pytest.approx(1.0, abs=0.2)
    assert wave[r + 3 : r + 20].min() - level == pytest.approx(-0.20, abs=0.15)
    assert wave[r + 40 : r + 100].max() - level == pytest.approx(0.30, abs=0.15)
    assert wave[r - 60 : r - 25].max() - level == pytest.approx(0.15, abs=0.12)


def test_ventricular_beats_are_wide_tall_and_turn_the_t_wave() -> None:
    b = body((2, "bigeminy", {}))
    wave = drawn(b, Parameter.ECG_II, 0, 14)
    level = np.median(wave)
    for beat in b.beats(5_000_000, 12_000_000):
        r = round(beat.t_us / 1e6 * RATE)
        half = (wave[r - 40 : r + 40] - level > 0.5 * (wave[r - 3 : r + 4].max() - level)).sum() / RATE
        assert (half > 0.06) == (beat.cls == "V")
        after = wave[r + 55 : r + 90].mean() - level
        assert (after < -0.1) == (beat.cls == "V")


def test_atrial_fibrillation_has_no_p_wave_and_trembles() -> None:
    def before_r(b: VirtualBody) -> float:
        wave = drawn(b, Parameter.ECG_II, 5, 19)
        parts = [
            wave[r - 70 : r - 15]
            for beat in b.beats(7_000_000, 18_000_000)
            if (r := round((beat.t_us / 1e6 - 5) * RATE)) > 100
        ]
        average = np.mean(parts, axis=0)
        return float(average.max() - average.min())

    assert before_r(body()) > 0.12
    assert before_r(body((1, "af", {"rate": 70}))) < 0.08


def test_fibrillation_has_its_power_between_2_and_9_hz() -> None:
    wave = drawn(body((1, "vf", {})), Parameter.ECG_II, 4, 14)
    spectrum = np.abs(np.fft.rfft(wave - wave.mean())) ** 2
    f = np.fft.rfftfreq(len(wave), 1 / RATE)
    band = (f >= 2) & (f <= 9)
    assert spectrum[band].sum() / spectrum[f > 1].sum() > 0.9
    assert 3 < f[spectrum.argmax()] < 7
    assert 0.15 < np.abs(wave).max() < 2


def test_fibrillation_becomes_finer_and_never_ends_by_itself() -> None:
    b = body((1, "vf", {}))
    coarse = drawn(b, Parameter.ECG_II, 5, 15).std()
    for second in range(16, 240, 5):
        b.advance(second * 1_000_000)
    fine = drawn(b, Parameter.ECG_II, 230, 240).std()
    assert 0.03 < fine < 0.7 * coarse


def test_asystole_is_nearly_flat_and_never_exactly_zero() -> None:
    wave = drawn(body((1, "asystole", {})), Parameter.ECG_II, 5, 14)
    assert np.abs(wave - wave.mean()).max() < 0.25
    assert (wave != 0).all() and wave.std() > 0.004


def test_lead_off_shows_the_open_input_and_the_heart_again_afterwards() -> None:
    b = body((4, "lead_off", {"for_s": 3}))
    wave = drawn(b, Parameter.ECG_II, 0, 10)
    assert (wave[4 * RATE : 7 * RATE] == RAIL_MV).all()
    assert np.abs(wave[: 4 * RATE]).max() < 2
    assert np.abs(wave[7 * RATE :]).max() < 2
    hum = open_input(np.arange(10, 20, 1 / 500))
    assert hum.max() > 0.9 and hum.min() < -0.9


def test_size_of_a_request_changes_no_sample() -> None:
    whole, bits = body((2, "pvc", {"per_min": 30})), body((2, "pvc", {"per_min": 30}))
    expected = drawn(whole, Parameter.ECG_V, 0, 8)
    got, at = [], 0
    for n in (1, 7, 50, 333, 12, 599, 998):
        bits.advance(round((at + n) / RATE * 1e6))
        part = bits.wave(Parameter.ECG_V, RATE, at, n)
        assert part is not None
        got.append(part)
        at += n
    assert at == 8 * RATE
    assert np.array_equal(np.concatenate(got), expected)


def test_two_chairs_have_different_noise_and_one_seed_the_same() -> None:
    backs = VirtualBody(1, 1), VirtualBody(1, 1), VirtualBody(1, 2)
    first, again, other = (drawn(b, Parameter.ECG_I, 0, 2) for b in backs)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
