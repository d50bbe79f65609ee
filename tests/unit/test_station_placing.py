"""Waves lie where their sample counter puts them (DESIGN 4): arrival only steers, slowly and within bounds."""

from __future__ import annotations

import itertools
import random

from monitor_app.station.placing import GAIN, SLEW_MAX, SampleClock, StreamClock
from tests.station_example import S, block

RATE = 250.0
BLOCK_US = 200_000


def test_first_sample_lies_its_block_before_its_arrival() -> None:
    placed = SampleClock().place(block(0), 5 * S)
    assert placed.t_us == 5 * S - BLOCK_US
    assert placed.gap


def test_jitter_of_arrival_moves_the_trace_by_less_than_a_sample() -> None:
    clock, chance = SampleClock(), random.Random(7)
    arrivals = [(k + 1) * BLOCK_US + chance.randrange(0, 30_000) for k in range(300)]
    starts = [clock.place(block(k * 50), arrivals[k]).t_us for k in range(300)]
    steps = [b - a for a, b in itertools.pairwise(starts)]
    assert max(abs(step - BLOCK_US) for step in steps) <= GAIN * 60_000
    assert max(abs(step - BLOCK_US) for step in steps) < 1e6 / RATE


def test_a_crystal_that_is_off_by_three_per_mille_is_followed() -> None:
    clock = SampleClock()
    true_block_us = BLOCK_US * 1.003
    for k in range(3_000):
        arrival = round((k + 1) * true_block_us)
        placed = clock.place(block(k * 50), arrival)
    assert abs(arrival - (placed.t_us + BLOCK_US)) < 60_000


def test_correction_is_bounded_whatever_arrival_says() -> None:
    clock = SampleClock()
    clock.place(block(0), BLOCK_US)
    late = clock.place(block(50), 2 * BLOCK_US + 900_000)
    after = clock.place(block(100), 3 * BLOCK_US + 900_000)
    assert late.t_us == BLOCK_US
    assert after.t_us - late.t_us <= BLOCK_US * (1 + SLEW_MAX) + 1  # rounding


def test_a_stall_that_catches_up_is_no_gap() -> None:
    clock = SampleClock()
    clock.place(block(0), BLOCK_US)
    burst = [clock.place(block(50 * k), 2 * S + 400_000) for k in range(1, 12)]
    assert not any(placed.gap for placed in burst)
    assert all(b.t_us > a.t_us for a, b in itertools.pairwise(burst))


def test_known_lost_samples_leave_their_room_and_a_gap() -> None:
    clock = SampleClock()
    clock.place(block(0), BLOCK_US)
    placed = clock.place(block(300, gap=True), 1_400_000)
    assert placed.gap
    assert abs(placed.t_us - 1_200_000) < 10_000


def test_samples_lost_without_a_word_become_a_gap_once_arrival_stays_late() -> None:
    clock = SampleClock()
    clock.place(block(0), BLOCK_US)
    placed = [clock.place(block(50 * k), 2 * S + (k + 1) * BLOCK_US) for k in range(1, 30)]
    assert any(p.gap for p in placed)
    assert abs(placed[-1].t_us + BLOCK_US - (2 * S + 30 * BLOCK_US)) < 20_000


def test_after_a_lost_link_the_next_block_is_anchored_anew() -> None:
    clock = SampleClock()
    clock.place(block(0), BLOCK_US)
    clock.reset()
    assert clock.place(block(0), 60 * S) == type(clock.place(block(0), 60 * S))(60 * S - BLOCK_US, True)


def test_a_counter_that_restarts_is_a_gap_not_a_jump_into_the_past() -> None:
    clock = SampleClock()
    for k in range(10):
        clock.place(block(50 * k), (k + 1) * BLOCK_US)
    placed = clock.place(block(0), 5 * S)
    assert placed.gap
    assert placed.t_us == 5 * S - BLOCK_US


def test_device_time_maps_to_the_least_delay_and_never_to_the_future() -> None:
    clock = StreamClock()
    assert clock.place(1 * S, 10 * S + 40_000) == 10 * S + 40_000
    assert clock.place(2 * S, 11 * S + 5_000) == 11 * S + 5_000
    assert abs(clock.place(3 * S, 12 * S + 300_000) - (12 * S + 5_000)) <= 2_000
