"""PulseSensor Playground: computed lines, and every trap of its page."""

from __future__ import annotations

import pytest

from drivers.devices.pulsesensor_playground import SPEC, PulsesensorPlayground
from drivers.driver import AskIdentity, Refused, StartNibp
from drivers.samples import Beat, DeviceStatus, Flag, LinkQuality, Numeric, Sample, Validity, WaveBlock


def heard(text: str, driver: PulsesensorPlayground | None = None) -> list[Sample]:
    driver = driver or PulsesensorPlayground()
    return driver.feed(text.replace("\n", "\r\n").encode("ascii"), 0)


def rates(samples: list[Sample]) -> list[float | None]:
    return [sample.value for sample in samples if isinstance(sample, Numeric)]


def beat(rate: int, gap_ms: int = 800) -> str:
    return "S512\n" * 40 + f"B{rate}\nQ{gap_ms}\n"


def test_a_wave_is_the_samples_less_half_of_their_range_in_blocks_of_a_tenth_of_a_second() -> None:
    blocks = [s for s in heard("S512\nS600\nS0\nS513\nS511\n" + "S700\n" * 5) if isinstance(s, WaveBlock)]
    assert blocks[0].samples.tolist() == [0, 88, -512, 1, -1]
    assert [(b.t_us, b.first_index, b.rate_hz, b.gap, b.clipped) for b in blocks] == [
        (0, 0, 50.0, False, True), (100_000, 5, 50.0, False, False),
    ]  # fmt: skip


def test_a_rate_is_told_at_its_beat_from_the_second_that_agrees() -> None:
    samples = heard(beat(75) + beat(75) + beat(76))
    assert rates(samples) == [75, 76]
    assert [s.t_us for s in samples if isinstance(s, Beat)] == [800_000, 1_600_000, 2_400_000]
    assert [s.sample_index for s in samples if isinstance(s, Beat)] == [39, 79, 119]


@pytest.mark.parametrize("lines", ["B71\nS512\nQ800\n", "Q800\n", "B71\nB71\n", "B71\nX\nQ800\n"])
def test_a_rate_without_its_time_right_behind_it_is_none(lines: str) -> None:
    driver = PulsesensorPlayground()
    heard(beat(71) + beat(71), driver)
    assert rates(heard(lines, driver)) == []


def test_a_lost_digit_makes_no_rate_and_a_true_jump_is_believed_when_it_is_said_twice() -> None:
    samples = heard(beat(71) + beat(71) + beat(7) + beat(71) + beat(120, 500) + beat(121, 500))
    assert rates(samples) == [71, 71, 121]


@pytest.mark.parametrize("gap_ms", [0, 249, 2501, 9999])
def test_a_time_that_the_board_cannot_mean_is_no_beat(gap_ms: int) -> None:
    assert not [s for s in heard(beat(75, gap_ms)) if isinstance(s, Beat)]


@pytest.mark.parametrize("rate", [0, 23, 241, 999])
def test_a_rate_that_the_board_cannot_mean_has_no_value(rate: int) -> None:
    found = [s for s in heard(beat(rate) + beat(rate)) if isinstance(s, Numeric)]
    assert [(s.value, s.validity) for s in found] == [(None, Validity.OUT_OF_RANGE)]


def test_held_values_do_not_exist_three_seconds_without_a_beat_are_a_search() -> None:
    driver = PulsesensorPlayground()
    heard(beat(75) + beat(75), driver)
    samples = heard("S512\n" * 310, driver)
    assert [(s.t_us, s.validity) for s in samples if isinstance(s, Numeric)] == [
        (4_600_000, Validity.SEARCHING), (7_600_000, Validity.SEARCHING),
    ]  # fmt: skip
    assert [s.flags for s in samples if isinstance(s, DeviceStatus)] == [frozenset({Flag.SEARCHING})]
    back = heard(beat(90) + beat(90), driver)
    assert rates(back) == [90]
    assert [s.flags for s in back if isinstance(s, DeviceStatus)] == [frozenset()]


def test_a_refused_line_breaks_the_wave_and_counts_and_the_first_fragment_does_not() -> None:
    driver = PulsesensorPlayground()
    samples = heard("12\n" + "S600\n" * 7 + "S6x0\n" + "S601\n" * 8, driver)
    blocks = [s for s in samples if isinstance(s, WaveBlock)]
    assert [(b.first_index, len(b), b.gap) for b in blocks] == [
        (0, 5, False), (5, 2, False), (7, 3, True), (10, 5, False),
    ]  # fmt: skip
    (quality,) = [s for s in driver.advance(3_000_000) if isinstance(s, LinkQuality)]
    assert (quality.frames_good, quality.frames_bad, quality.bytes_skipped) == (15, 1, 4 + 6)


@pytest.mark.parametrize("line", ["S4096", "S-1", "S", "S01", "s12", "S12345", "S1 ", "A75", "M800"])
def test_what_is_no_line_of_one_sensor_is_refused(line: str) -> None:
    driver = PulsesensorPlayground()
    heard(f"S1\n{line}\nS2\n", driver)
    (quality,) = [s for s in driver.advance(3_000_000) if isinstance(s, LinkQuality)]
    assert (quality.frames_good, quality.frames_bad) == (2, 1)


def test_it_takes_no_orders() -> None:
    driver = PulsesensorPlayground()
    driver.start(0)
    for order in (StartNibp(), AskIdentity()):
        assert isinstance(driver.command(order, 0), Refused)
    assert driver.outgoing() == b""
    assert SPEC.use == "demonstration"
