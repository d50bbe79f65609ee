"""A pulse rate of our own, where a device gives a pleth wave and no number: only of pulses that are plainly there."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.samples import Parameter, Validity, WaveBlock
from monitor_app.rhythm import RhythmAnalyzer
from tests.station_example import Room, S, monitor, numeric
from tests.unit.rhythm_signals import every, listen
from tests.unit.test_rhythm_findings import pleth, pulse_wave

SECONDS, STOP = 40, 25


@pytest.mark.parametrize("bpm", [40.0, 72.0, 130.0])
def test_the_rate_is_that_of_the_pulses_and_ends_with_them(bpm: float) -> None:
    wave = pulse_wave(every(bpm, STOP), SECONDS, 100)
    rates = {rate.t_us // S: rate for rate in listen(pleth(wave, 100)).pulse_rates}
    assert max(abs((rates[second].value or 0) - bpm) for second in range(10, STOP - 1)) <= 1
    assert all(
        (rates[second].value, rates[second].validity) == (None, Validity.SEARCHING) for second in range(STOP + 4, 39)
    )


def test_noise_is_no_pulse_rate() -> None:
    wave = np.random.default_rng(5).normal(0, 0.3, SECONDS * 100).cumsum() * 0.2
    assert sum(rate.value is not None for rate in listen(pleth(wave, 100)).pulse_rates) <= 2


def test_the_pulse_rate_goes_on_while_the_electrodes_are_off() -> None:
    analyzer = RhythmAnalyzer()
    analyzer.leads_off(True, 0)
    assert listen(pleth(pulse_wave(every(72, 20), 20, 100), 100), analyzer).pulse_rates[-1].value is not None


def heard(device_says: float | None, **spec: object) -> str:
    room = Room(spec=monitor(waves={Parameter.PLETH: 100.0}, **spec))
    room.admit()
    raw = np.round(pulse_wave(every(72, 20), 20, 100) / 0.005).astype("<i2")
    for first in range(0, len(raw), 10):
        room.now = round((first + 10) * S / 100)
        samples = [WaveBlock(0, Parameter.PLETH, 100.0, "%", 0.005, first, raw[first : first + 10].tobytes(), False)]
        if device_says is not None and room.now % S == 0:
            samples.append(numeric(Parameter.PULSE_RATE, device_says))
        room.hear(samples)
    return next(n for n in room.view().numbers if n.parameter is Parameter.PULSE_RATE).text


def test_a_device_with_a_wave_and_no_number_is_given_ours() -> None:
    assert heard(None, numerics={Parameter.SPO2: S}) == "72"


def test_the_number_of_a_device_is_never_replaced_by_ours() -> None:
    assert heard(80.0) == "80"
    assert heard(None) in ("--", "---", "")
