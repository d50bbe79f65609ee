"""The drawn pleth: one pulse behind each beat that makes one, as high as perfusion and strength allow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from drivers.samples import Parameter
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep
from simulators.pleth import FLOOR, draw, height_of

RATE = 100
Wave = npt.NDArray[np.float64]


def body(*steps: tuple[float, str, dict[str, float]], **person: float) -> VirtualBody:
    script = [BodyStep(round(at_s * 1e6), do, params) for at_s, do, params in steps]
    return VirtualBody(5, 1, steps=script, person={"systolic": 120, "hr": 70, "resp_rate": 14} | person)


def pleth(b: VirtualBody, from_s: int, until_s: int) -> Wave:
    b.advance(until_s * 1_000_000)
    wave = b.wave(Parameter.PLETH, RATE, from_s * RATE, (until_s - from_s) * RATE)
    assert wave is not None
    return wave


def test_every_beat_has_its_pulse_a_fifth_of_a_second_later() -> None:
    b = body()
    wave = pleth(b, 0, 14)
    for beat in b.beats(2_000_000, 12_000_000):
        r = round(beat.t_us / 1e6 * RATE)
        after = wave[r : r + 70]
        peak = int(after.argmax())
        assert 0.30 <= peak / RATE <= 0.60
        rise = np.flatnonzero(after[:peak] < FLOOR + 0.15 * (after[peak] - FLOOR))
        assert 0.15 <= rise[-1] / RATE <= 0.40


def test_height_follows_perfusion_and_stays_inside_the_scale() -> None:
    tall, low = pleth(body(perfusion_index=8), 2, 10), pleth(body(perfusion_index=0.5), 2, 10)
    assert np.ptp(tall) > 2.5 * np.ptp(low) > 0.1
    assert tall.max() <= 1 and tall.min() >= 0
    assert height_of(0) == 0 and height_of(0.3) < height_of(3) < 0.8


def test_weak_beats_make_hardly_any_pulse() -> None:
    b = body((2, "bigeminy", {}))
    wave = pleth(b, 0, 16)
    heights: dict[str, list[float]] = {"N": [], "V": []}
    for beat in b.beats(5_000_000, 14_000_000):
        r = round(beat.t_us / 1e6 * RATE)
        heights[beat.cls].append(float(wave[r + 42 : r + 50].max()))
    assert np.mean(heights["N"]) - FLOOR > 2.5 * (np.mean(heights["V"]) - FLOOR)


@pytest.mark.parametrize("rhythm", ["vf", "asystole"])
def test_no_heart_beat_no_pulse(rhythm: str) -> None:
    wave = pleth(body((3, rhythm, {})), 7, 15)
    assert np.ptp(wave) < 0.06


def test_probe_off_lies_flat_and_unplugged_is_no_signal_at_all() -> None:
    b = body((4, "probe_off", {"for_s": 4}), (12, "probe_unplugged", {}))
    wave = pleth(b, 0, 10)
    assert (wave[4 * RATE : 8 * RATE] == 0).all()
    assert np.ptp(wave[8 * RATE :]) > 0.2
    b.advance(13_000_000)
    assert b.wave(Parameter.PLETH, RATE, 1200, 50) is None


def test_motion_disturbs_without_leaving_the_scale() -> None:
    calm, shaken = pleth(body(), 5, 10), pleth(body((3, "motion", {"for_s": 20})), 5, 10)
    assert np.abs(shaken - calm).max() > 0.2
    assert shaken.min() >= 0 and shaken.max() <= 1


def test_without_beats_only_breathing_is_left() -> None:
    t = np.arange(200) / RATE
    breathing = np.sin(t)
    wave = draw(t, 0, RATE, [], np.full(200, 0.5), breathing, np.zeros(200))
    assert wave == pytest.approx(FLOOR + 0.02 * breathing)


def test_what_lies_more_than_a_minute_back_is_forgotten_and_never_invented() -> None:
    b = body()
    b.advance(90_000_000)
    assert b.wave(Parameter.PLETH, RATE, 10 * RATE, RATE) is None
    assert b.wave(Parameter.PLETH, RATE, 40 * RATE, RATE) is not None
