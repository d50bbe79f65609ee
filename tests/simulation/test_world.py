"""Whole simulated hours with faults: the checkers find nothing, and the same seed gives the same journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from drivers.samples import Numeric, Parameter
from monitor_app import clock, station
from monitor_app.alarms import AlarmSystem, system
from monitor_app.core.events import Event
from monitor_app.core.facts import ChairFacts
from monitor_app.core.phases import Phase
from monitor_app.core.second import Observation
from monitor_app.core.session import Session
from monitor_app.core.snapshot import AlarmState
from monitor_app.station import Station, resume
from monitor_app.station.chair_state import ChairState
from monitor_app.station.cuff_schedule import CuffSchedule
from monitor_app.station.intake import Intake
from monitor_app.station.values import Held
from simulators.body import VirtualBody
from simulators.vitals import CuffResult
from tests.simulation.room_faults import KINDS
from tests.simulation.world import FAULTS, World

FAST_SEEDS = (6, 8)
CORPUS: dict[int, str] = {}
"""Seeds that once failed, each with a sentence; they stay for ever."""


@cache
def a_quarter(seed: int) -> World:
    """One quarter of an hour, looked at by several tests."""
    return lived(seed, 900)


def lived(seed: int, seconds: float, mode: str = "fast", faults: bool = True, chairs: int = 6) -> World:
    """Run a world, and print what it was."""
    begin = clock.monotonic_us()
    world = World(seed, chairs, mode, faults).run(seconds)
    speed = seconds * 1e6 / (clock.monotonic_us() - begin)
    print(
        f"seed {seed} {mode}: {seconds:.0f} s at {speed:.0f} simulated s per s, {len(world.entries)} events,"
        f" {sum(world.faults.values())} faults {dict(world.faults)}, {world.checkers.breaches} looks at a breach,"
        f" {world.calm_looks} calm looks, {world.room.runs} runs {dict(world.room.fired)},"
        f" {world.checkers.lived_again} sessions with {world.checkers.alarms_again} alarms lived again,"
        f" {len(world.violations)} violations"
    )
    return world


def test_five_minutes_with_faults_break_no_rule() -> None:
    assert lived(FAST_SEEDS[0], 300).violations == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*FAST_SEEDS, *CORPUS])
def test_a_quarter_of_an_hour_with_faults_breaks_no_rule(seed: int) -> None:
    world = a_quarter(seed)
    assert world.violations == []
    assert sum(world.faults.values()) > 20
    assert world.checkers.breaches > 0
    assert world.checkers.lived_again == len(world.seats)
    assert world.checkers.alarms_again > 20


@pytest.mark.slow
def test_every_kind_of_fault_struck_and_what_it_threatens_was_there_to_lose() -> None:
    """A fault that never fires proves nothing."""
    worlds = [a_quarter(seed) for seed in FAST_SEEDS]
    at_chairs = sum((world.faults for world in worlds), Counter())
    at_the_station = sum((world.room.fired for world in worlds), Counter())
    assert {fault.name for fault in FAULTS} - set(at_chairs) == set()
    assert set(KINDS) - set(at_the_station) == set()
    assert sum(world.checkers.resumes for world in worlds) >= 3
    assert sum(world.checkers.latches for world in worlds) > 0
    assert sum(world.disk.lost_entries for world in worlds) > 0


@pytest.mark.slow
def test_a_quiet_room_stays_quiet() -> None:
    world = lived(5, 600, faults=False)
    assert world.violations == []
    assert world.calm_looks > 1000


def test_the_same_seed_writes_the_same_journal() -> None:
    one, two, other = World(11).run(120), World(11).run(120), World(12).run(120)
    assert one.journal.head == two.journal.head
    assert one.journal.head != other.journal.head


@pytest.mark.slow
def test_bytes_through_twin_driver_and_detector_break_no_rule() -> None:
    world = lived(3, 200, mode="full", chairs=2)
    assert world.violations == []


def _never_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Held, "is_grey", lambda held, now_us: False)


def _deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AlarmSystem, "evaluate", lambda alarms, facts, now_us: [])


def _wrong_chair(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Station.receive
    swapped = {1: 2, 2: 1}
    monkeypatch.setattr(Station, "receive", lambda s, n, link, what, now: right(s, swapped.get(n, n), link, what, now))


def _carried_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChairState, "forget_patient", lambda chair, now_us: None)


def _never_deflates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CuffSchedule, "_inflation_max_us", 10**15)
    monkeypatch.setattr(VirtualBody, "start_cuff", lambda body, now_us: CuffResult(400_000_000, 120, 80, 93, 70))


def _nervous(monkeypatch: pytest.MonkeyPatch) -> None:
    right = station.station.chair_facts

    def doubled(chair: ChairState, now_us: int) -> ChairFacts:
        facts = right(chair, now_us)
        hr = facts.values.get(Parameter.HR)
        if hr is None or hr.value is None:
            return facts
        return replace(facts, values={**facts.values, Parameter.HR: replace(hr, value=hr.value * 2)})

    monkeypatch.setattr(station.station, "chair_facts", doubled)


@pytest.mark.parametrize(
    ("plant", "seconds", "faults", "words"),
    [
        pytest.param(_never_grey, 600, True, "as new", marks=pytest.mark.slow),
        (_deaf, 300, True, "without an alarm"),
        (_wrong_chair, 60, False, "of another chair"),
        pytest.param(_carried_over, 2400, False, "never had", marks=pytest.mark.slow),
        (_never_deflates, 400, False, "never ended"),
        (_nervous, 300, False, "is calm and says"),
    ],
)
def test_the_checkers_catch_a_planted_bug(
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    seconds: float,
    faults: bool,
    words: str,
) -> None:
    plant(monkeypatch)
    world = World(1, 1 if plant is _carried_over else 2, faults=faults, room_faults=False).run(seconds)
    assert any(words in sentence for sentence in world.violations), world.violations


def _standing_still(mode: str) -> World:
    world = World(9, 1, mode, faults=False).run(100)
    world.checkers.trouble(1, world.now + 20_000_000)
    world.seats[1].body.intervene("asystole", for_s=16)
    return world.run(20)


@pytest.mark.parametrize("mode", ["fast", "full"])
def test_a_heart_that_stands_still_is_alarmed(mode: str) -> None:
    world = _standing_still(mode)
    assert world.violations == []
    assert world.checkers.standstills > 0


def test_the_checkers_catch_a_standstill_that_is_never_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Intake, "_rhythm_found", lambda *told: None)
    assert any("stands still" in sentence for sentence in _standing_still("fast").violations)


def _crashed_on_a_latch(monkeypatch: pytest.MonkeyPatch) -> World:
    """A heart stood still and beats again, nobody has looked yet, and the engine dies."""
    monkeypatch.setattr(World, "_mind", lambda world, n, view: None)
    world = World(9, 1, faults=False).run(100)
    world.checkers.trouble(1, world.now + 20_000_000)
    world.seats[1].body.intervene("asystole", for_s=10)
    world.run(40)
    world.room.crash()
    return world.run(30)


def test_a_crash_loses_no_latched_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    world = _crashed_on_a_latch(monkeypatch)
    assert world.violations == []
    assert world.checkers.latches > 0


def test_the_checkers_catch_a_latch_that_is_lost_on_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    right = system.restored_occurrences

    def forgetful(*what: Any) -> Any:
        found, highest = right(*what)
        return [o for o in found if o.state is not AlarmState.LATCHED], highest

    monkeypatch.setattr(system, "restored_occurrences", forgetful)
    assert any("lost with the engine" in sentence for sentence in _crashed_on_a_latch(monkeypatch).violations)


def test_the_checkers_catch_a_restart_that_begins_the_phase_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    right = resume.applied

    def forgetful(session: Session | None, event: Event) -> Session | None:
        after = right(session, event)
        return replace(after, phase=Phase.ADMITTED) if after is not None else None

    monkeypatch.setattr(resume, "applied", forgetful)
    assert any("came back as admitted" in sentence for sentence in _crashed_on_a_latch(monkeypatch).violations)


def test_the_checkers_catch_a_station_that_says_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AlarmSystem, "evaluate_station", lambda alarms, facts, now_us: [])
    world = World(4, 1, faults=False).run(60)
    world.room._tell(sound_failed_since_us=world.now)
    world.disk.state = "failing"
    found = world.run(20).violations
    assert any("STN_SOUND has no sign" in sentence for sentence in found)
    assert any("STN_RECORDING has no sign" in sentence for sentence in found)


def test_living_again_catches_an_input_that_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ChairState.observe

    def forgetful(chair: ChairState, observation: Observation) -> bool:
        low = isinstance(observation.what, Numeric) and (observation.what.value or 100) < 85
        return right(chair, observation) if not low else True

    monkeypatch.setattr(ChairState, "observe", forgetful)
    world = World(1, 1, faults=False).run(80)
    world.checkers.trouble(1, world.now + 300_000_000)
    world.seats[1].body.intervene("spo2_to", value=80.0, hold_s=60, over_s=5)
    assert any("lived again differs" in sentence for sentence in world.run(80).violations)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [100, 101, 110, 114])
def test_an_hour_with_faults_breaks_no_rule(seed: int) -> None:
    assert lived(seed, 3600).violations == []


@pytest.mark.slow
def test_twenty_minutes_of_bytes_break_no_rule() -> None:
    assert lived(7, 1200, mode="full").violations == []
