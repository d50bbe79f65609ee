"""Whole simulated hours with faults: the checkers find nothing, and the same seed gives the same journal."""

from __future__ import annotations

import pytest

from monitor_app import clock
from tests.simulation.world import World

FAST_SEEDS = (1, 2)
CORPUS: dict[int, str] = {}
"""Seeds that once failed, each with a sentence; they stay for ever."""


def lived(seed: int, seconds: float, mode: str = "fast", faults: bool = True) -> World:
    """Run a world, and print what it was."""
    begin = clock.monotonic_us()
    world = World(seed, mode=mode, faults=faults).run(seconds)
    speed = seconds * 1e6 / (clock.monotonic_us() - begin)
    print(
        f"seed {seed} {mode}: {seconds:.0f} s at {speed:.0f} simulated s per s, {len(world.entries)} events,"
        f" {sum(world.faults.values())} faults {dict(world.faults)}, {world.checkers.breaches} breach seconds,"
        f" {world.calm_shifts} calm seconds, {len(world.violations)} violations"
    )
    return world


@pytest.mark.parametrize("seed", [*FAST_SEEDS, *CORPUS])
def test_a_fast_hour_with_faults_breaks_no_rule(seed: int) -> None:
    world = lived(seed, 3600)
    assert world.violations == []
    assert sum(world.faults.values()) > 50
    assert world.checkers.breaches > 0


def test_a_quiet_room_stays_quiet() -> None:
    world = lived(5, 900, faults=False)
    assert world.violations == []
    assert world.calm_shifts > 1000


def test_the_same_seed_writes_the_same_journal() -> None:
    one, two, other = World(11).run(300), World(11).run(300), World(12).run(300)
    assert one.journal.head == two.journal.head
    assert one.journal.head != other.journal.head


def test_bytes_through_twin_driver_and_detector_break_no_rule() -> None:
    world = lived(3, 300, mode="full")
    assert world.violations == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_twenty_hours_with_faults_break_no_rule(seed: int) -> None:
    assert lived(seed, 3600).violations == []


@pytest.mark.slow
def test_an_hour_of_bytes_breaks_no_rule() -> None:
    assert lived(7, 3600, mode="full").violations == []
