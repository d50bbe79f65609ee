"""PROTOCOLS 2.5: what holds for every driver there is. Nobody adds a device here: drivers and twins are found."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from drivers.catalog import specs
from drivers.driver import DriverSpec, LineSettings, StartNibp
from drivers.samples import NibpReading, Numeric, Parameter, Sample, Validity, WaveBlock
from simulators.devices import twins
from simulators.line import FAULTS, line
from simulators.vitals import CuffResult, Sensors
from tests.conformance.conversation import (
    DEVICES,
    SECOND_US,
    StillBody,
    Talk,
    counters,
    cut,
    decode,
    facts,
    flags_of,
    held_bytes,
    talk,
)

SETTLED_US = 10 * SECOND_US
RANGES = {
    Parameter.HR: (0, 400),
    Parameter.PULSE_RATE: (0, 400),
    Parameter.SPO2: (0, 100),
    Parameter.PERFUSION_INDEX: (0, 40),
    Parameter.RESP_RATE: (0, 300),
    Parameter.TEMPERATURE: (0, 60),
}
DISTURBED_S = 40
CUFFED = [device for device in DEVICES if StartNibp in specs()[device].commands]
TRUTH = {
    Parameter.HR: 72,
    Parameter.PULSE_RATE: 71,
    Parameter.SPO2: 97,
    Parameter.RESP_RATE: 16,
    Parameter.TEMPERATURE: 36.6,
}


@cache
def clean(device: str) -> Talk:
    """Half a minute of a still body over a clean line, with a cuff where it can be started."""
    start = {8.0: lambda driver, now: driver.command(StartNibp(), now)} if device in CUFFED else {}
    return talk(device, StillBody(cuff=CuffResult(12 * SECOND_US, 118, 76, 90, 72)), 30, at=start)


@cache
def disturbed(device: str, fault: str) -> Talk:
    """Two thirds of a minute of a still body over a line with this fault."""
    return talk(device, StillBody(), DISTURBED_S, line([fault], seed=3))


@cache
def measured(device: str) -> tuple[Parameter, ...]:
    """The numbers of the row that its twin sends; a twin may stand for a monitor without one of the modules."""
    heard = {s.parameter for s in clean(device).samples if isinstance(s, Numeric)}
    return tuple(p for p in specs()[device].numerics if p in heard and p in TRUTH)


def check_believable(samples: list[Sample]) -> None:
    for sample in samples:
        if isinstance(sample, Numeric) and sample.value is not None:
            low, high = RANGES[sample.parameter]
            assert low <= sample.value <= high, sample
        elif isinstance(sample, NibpReading) and sample.systolic is not None:
            assert 0 < sample.systolic <= 300, sample
        elif isinstance(sample, WaveBlock):
            assert math.isfinite(sample.scale)
            assert sample.first_index >= 0


# ------------------------------------------------------------------------------------------------------------- the row


@pytest.mark.parametrize("device", sorted(specs()))
def test_row_is_complete_and_id_file_and_twin_agree(device: str) -> None:
    spec: DriverSpec = specs()[device]
    module = importlib.import_module(f"drivers.devices.{device.replace('-', '_')}")
    assert module.SPEC is spec
    assert (twins()[device].device, twins()[device].files_only) == (device, spec.decode_only)
    assert spec.maker and spec.model and spec.evidence and spec.tests
    assert spec.mode in {"streams", "enable", "polled", "associated"}
    assert spec.use in {"alarms", "demonstration"}
    assert spec.identity in {"none", "rarely", "model", "serial"}
    assert spec.numerics or spec.waves or spec.nibp
    assert all(period > 0 for period in spec.numerics.values())
    assert all(rate > 0 for rate in spec.waves.values())
    assert spec.lines or spec.decode_only
    assert all(isinstance(settings, LineSettings) for settings in spec.lines)
    assert 0 < spec.first_value_us <= 30 * SECOND_US
    assert spec.frame_bytes_max > 0 and spec.half_frame_us >= 0
    assert not (StartNibp in spec.commands and not spec.nibp)


def test_every_driver_has_a_twin_and_every_twin_a_driver() -> None:
    assert set(specs()) == set(twins())


@pytest.mark.parametrize("device", DEVICES)
def test_instances_share_nothing(device: str) -> None:
    first, second = specs()[device].make(), specs()[device].make()
    first.start(0)
    first.feed(clean(device).data, 0)
    assert second.outgoing() == b""
    assert second.next_deadline_us() is None or second.next_deadline_us() != first.next_deadline_us()


# --------------------------------------------------------------------------------------------------- the split of bytes


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", range(5))
def test_any_split_of_the_bytes_gives_the_same_samples(device: str, seed: int) -> None:
    data = clean(device).data[:60_000]
    rng = np.random.default_rng(seed)
    places = rng.integers(1, len(data), int(rng.choice([3, 50, 2000]))).tolist()
    whole, _ = decode(device, [data])
    pieces, _ = decode(device, cut(data, places))
    assert facts(pieces) == facts(whole)
    assert counters(pieces).frames_good == counters(whole).frames_good


@pytest.mark.parametrize("device", DEVICES)
def test_one_byte_at_a_time_gives_the_same_samples_and_counters(device: str) -> None:
    data = clean(device).data[:20_000]
    whole, _ = decode(device, [data])
    pieces, _ = decode(device, cut(data, range(len(data))))
    assert facts(pieces) == facts(whole)
    assert replace(counters(pieces), t_us=0) == replace(counters(whole), t_us=0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("fault", ["drop", "flip", "insert"])
def test_split_of_broken_bytes_changes_nothing_either(device: str, fault: str) -> None:
    data = b"".join(line([fault], 7).carry(clean(device).data[:60_000], 0))
    whole, _ = decode(device, [data])
    pieces, _ = decode(device, cut(data, np.random.default_rng(1).integers(1, len(data), 3000).tolist()))
    assert facts(pieces) == facts(whole)


@pytest.mark.parametrize("device", DEVICES)
def test_bytes_that_come_late_change_no_value(device: str) -> None:
    data = clean(device).data[:20_000]
    whole, _ = decode(device, [data])
    driver = specs()[device].make()
    driver.start(0)
    middle = len(data) // 2 + 1
    late = driver.feed(data[:middle], 0) + driver.feed(data[middle:], 900_000) + driver.advance(4 * SECOND_US)
    assert facts(late) == facts(whole)


# ----------------------------------------------------------------------------------------------------------- bad lines


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_bad_line_never_raises_and_never_invents_a_number(device: str, fault: str) -> None:
    said = disturbed(device, fault)
    check_believable(said.samples)
    for parameter, truth in TRUTH.items():
        values = [s.value for _, s in said.numbers(parameter) if s.value is not None]
        wrong = [v for v in values if abs(v - truth) > 1]
        assert len(wrong) <= 0.02 * len(values) + 1, (parameter, wrong)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"wrong-baud"}))
def test_numbers_go_on_over_a_bad_line(device: str, fault: str) -> None:
    said = disturbed(device, fault)
    for parameter in measured(device):
        wanted = 0.3 * DISTURBED_S * SECOND_US / specs()[device].numerics[parameter]
        assert len(said.numbers(parameter)) >= wanted, parameter


@pytest.mark.parametrize("device", DEVICES)
def test_wrong_baud_gives_no_vital_sign(device: str) -> None:
    said = talk(device, StillBody(), 30, line(["wrong-baud"], seed=5))
    assert not [s for s in said.samples if isinstance(s, Numeric | NibpReading) and s.validity.has_value]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", range(3))
def test_noise_never_raises_and_the_buffer_stays_bounded(device: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    driver = specs()[device].make()
    driver.start(0)
    driver.outgoing()
    frame_max = specs()[device].frame_bytes_max
    before = held_bytes(driver)
    for now in range(0, 40 * SECOND_US, SECOND_US // 10):
        check_believable(driver.feed(rng.bytes(250), now) + driver.advance(now))
        driver.outgoing()
        assert held_bytes(driver) <= before + 2 * frame_max + 4096


@pytest.mark.parametrize("device", DEVICES)
def test_after_garbage_one_longest_frame_of_good_bytes_is_enough(device: str) -> None:
    good = clean(device).data[:60_000]
    undisturbed, _ = decode(device, [good])
    for seed in range(5):
        garbage = np.random.default_rng(seed).bytes(5000)
        samples, _ = decode(device, [garbage + good])
        lost = counters(undisturbed).frames_good - counters(samples).frames_good
        skipped = counters(samples).bytes_skipped - counters(undisturbed).bytes_skipped
        assert skipped <= len(garbage) + specs()[device].frame_bytes_max
        assert lost <= specs()[device].frame_bytes_max // 4


@pytest.mark.parametrize("device", DEVICES)
def test_cut_bytes_cost_their_own_frame_only(device: str) -> None:
    data = clean(device).data[:60_000]
    whole, _ = decode(device, [data])
    middle = len(data) // 2
    broken, _ = decode(device, [data[:middle] + data[middle + 3 :]])
    assert counters(whole).frames_good - counters(broken).frames_good <= 2


@pytest.mark.parametrize("device", DEVICES)
def test_hung_up_line_comes_back_with_a_new_driver(device: str) -> None:
    noise = line(["hang-up"], seed=6)
    said = talk(device, StillBody(), 60, noise)
    down = [t for t in range(0, 60 * SECOND_US, 20_000) if not line(["hang-up"], seed=6).is_up(t)]
    assert down
    back_us = max(down)
    first = next(iter(specs()[device].numerics), None)
    after = [t for t, _ in said.numbers(first, back_us)] if first is not None else said.life(back_us)
    assert after and after[0] - back_us <= SETTLED_US


# ------------------------------------------------------------------------------------------------------------ the truth


@pytest.mark.parametrize("device", DEVICES)
def test_numbers_of_a_clean_line_are_the_truth(device: str) -> None:
    said = clean(device)
    for parameter in measured(device):
        values = [s for _, s in said.numbers(parameter, SETTLED_US)]
        assert values, parameter
        assert all(s.validity is Validity.VALID for s in values), parameter
        assert all(abs(s.value - TRUTH[parameter]) <= 0.5 for s in values if s.value is not None), parameter


@pytest.mark.parametrize("device", DEVICES)
def test_numbers_come_as_often_as_the_row_says(device: str) -> None:
    for parameter in measured(device):
        times = [t for t, _ in clean(device).numbers(parameter, SETTLED_US)]
        pauses = [b - a for a, b in pairwise(times)]
        assert max(pauses) <= 1.5 * specs()[device].numerics[parameter], parameter


@pytest.mark.parametrize("device", DEVICES)
def test_twin_sends_nearly_every_number_of_the_row(device: str) -> None:
    assert len(measured(device)) >= len([p for p in specs()[device].numerics if p in TRUTH]) - 1


@pytest.mark.parametrize("device", DEVICES)
def test_first_frame_comes_in_time(device: str) -> None:
    assert clean(device).life()[0] <= specs()[device].first_value_us


@pytest.mark.parametrize("device", DEVICES)
def test_waves_have_the_rate_of_the_row_and_no_gap_on_a_clean_line(device: str) -> None:
    blocks = [s for s in clean(device).samples if isinstance(s, WaveBlock)]
    for parameter, rate in specs()[device].waves.items():
        mine = [b for b in blocks if b.parameter is parameter]
        assert mine or not clean(device).data, parameter
        assert {b.rate_hz for b in mine} == {rate}
        assert not any(b.gap for b in mine[1:])
        index = [b.first_index for b in mine]
        assert index == [mine[0].first_index + sum(map(len, mine[:i])) for i in range(len(mine))]
        assert sum(map(len, mine)) >= 25 * rate


@pytest.mark.parametrize("device", DEVICES)
def test_clean_line_has_no_bad_frame(device: str) -> None:
    quality = counters(clean(device).samples)
    assert quality.frames_good > 0
    assert (quality.frames_bad, quality.gaps) == (0, 0)


@pytest.mark.parametrize("device", CUFFED)
def test_cuff_reading_is_the_truth_and_is_told_once(device: str) -> None:
    (reading,) = [s for s in clean(device).samples if isinstance(s, NibpReading)]
    assert (reading.systolic, reading.diastolic, reading.mean) == (118, 76, 90)
    assert reading.pulse in (None, 72)
    assert reading.validity is Validity.VALID


@pytest.mark.parametrize("device", CUFFED)
@pytest.mark.parametrize("reason", ["motion", "cuff_loose", "timeout", "weak_pulse"])
def test_cuff_that_fails_has_no_pressures_and_a_reason(device: str, reason: str) -> None:
    body = StillBody(cuff=CuffResult(10 * SECOND_US, None, None, None, None, reason))
    said = talk(device, body, 40, at={8.0: lambda driver, now: driver.command(StartNibp(), now)})
    (reading,) = [s for s in said.samples if isinstance(s, NibpReading)]
    assert reading.validity is Validity.FAILED
    assert reading.reason
    assert reading.systolic is None


@pytest.mark.parametrize("device", CUFFED)
def test_at_connect_no_driver_starts_a_cuff(device: str) -> None:
    body = StillBody()
    talk(device, body, 30)
    assert body.cuffs_started == []


# --------------------------------------------------------------------------------------------------------- the sentinels


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("sensors", "silent", "flag"),
    [
        (Sensors(ecg_on=False), (Parameter.HR,), {"lead_off"}),
        (Sensors(probe="off"), (Parameter.SPO2, Parameter.PULSE_RATE), {"probe_off"}),
        (Sensors(probe="unplugged"), (Parameter.SPO2, Parameter.PULSE_RATE), {"sensor_unplugged"}),
    ],
)
def test_sensor_that_is_off_gives_no_number_and_what_is_known_is_flagged(
    device: str, sensors: Sensors, silent: tuple[Parameter, ...], flag: set[str]
) -> None:
    if not set(silent) & set(measured(device)):
        pytest.skip("this device does not measure it")
    said = talk(device, StillBody(sensors_now=sensors), 15)
    numbers = [s for p in silent for _, s in said.numbers(p, SETTLED_US)]
    assert numbers
    assert all(s.value is None for s in numbers)
    knows_why = any(s.validity in (Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED) for s in numbers)
    assert not knows_why or flags_of(said.samples) == flag  # some devices have one word for both


@pytest.mark.parametrize("device", DEVICES)
def test_absent_numbers_are_never_zero(device: str) -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, hr=None, pulse_rate=None, spo2=None, resp_rate=None, temperature=None)
    said = talk(device, body, 15)
    assert [s for s in said.samples if isinstance(s, Numeric) and s.validity.has_value] == []
