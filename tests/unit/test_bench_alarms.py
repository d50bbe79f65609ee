"""The nuisance benchmark counts what is heard, and sees what is missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app import bench
from monitor_app.assets import resources
from monitor_app.bench import alarms, clinic, fixed_limits
from monitor_app.bench.clinic import MIN, BodyStep, S
from monitor_app.config.profiles import load
from monitor_app.core import events as ev
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond, NumericRow
from simulators.devices import twins

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load(resources() / "profiles").by_id["iv_40"]


def calm(*steps: BodyStep, planted: clinic.Event | None = None, kind: str = "monitor") -> clinic.Plan:
    """Two minutes of somebody healthy, and what a test lets happen."""
    admitted = BodyStep(clinic.ADMITTED_US, "admit")
    return clinic.Plan(3, kind, "mild", (admitted, *steps), planted)


def second(at: int, hr: float | None, spo2: float | None) -> ChairSecond:
    def row(parameter: Parameter, value: float | None) -> NumericRow:
        known = Validity.VALID if value is not None else Validity.NOT_MEASURED
        return NumericRow(at * S, parameter, Source.ECG, value, known, Origin.SIMULATED)

    return ChairSecond(1, "s", at, (row(Parameter.HR, hr), row(Parameter.SPO2, spo2)), ())


def reading(at_s: int, systolic: float, diastolic: float) -> ev.Event:
    return ev.Event(at_s * S, ev.NibpMeasured(1, at_s * S, systolic, diastolic, None, None, 0, "due"), 1, "s")


def test_the_benchmark_is_found_by_its_run() -> None:
    assert "alarms" in bench.benchmarks()
    assert "clinic" not in bench.benchmarks()


def test_fixed_limits_alarm_at_once_and_once_for_each_stay_beyond_and_an_equal_is_inside() -> None:
    seconds = [second(n, hr, 97) for n, hr in enumerate((70, 120, 121, 125, 120, 121, None, 121))]
    assert fixed_limits.alarms(seconds, []) == {"HR high": [2 * S, 5 * S, 7 * S]}


def test_fixed_limits_judge_every_reading() -> None:
    events = [reading(1, 165, 80), reading(2, 170, 95), reading(3, 120, 80), reading(4, 85, 45)]
    found = fixed_limits.alarms([], events)
    assert found == {"SYS high": [1 * S], "DIA high": [2 * S], "SYS low": [4 * S], "DIA low": [4 * S]}


def test_a_calm_patient_is_quiet_and_a_desaturation_is_heard(profile: Profile) -> None:
    quiet = clinic.live(calm(), profile, until_us=2 * MIN)
    assert quiet.heard == set()
    event = replace(clinic.EVENTS[0], at_us=40 * S)
    lived = clinic.live(calm(BodyStep(40 * S, event.do, event.params), planted=event), profile, until_us=2 * MIN)
    assert alarms.is_found(event, lived)
    assert not alarms.is_found(replace(event, rows=frozenset({"ASYSTOLE"})), lived)
    assert not alarms.is_found(replace(event, within_us=1 * S), lived)
    tally = alarms.Tally()
    tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
    assert tally.ours.total() == len(lived.heard) > 0
    assert tally.fixed["SpO2 low"] == 1


def test_what_only_a_screen_shows_is_no_audible_alarm(profile: Profile) -> None:
    lived = clinic.live(calm(kind="pulse"), profile, until_us=1 * MIN)
    raised = {e.payload.row for e in lived.events if isinstance(e.payload, ev.AlarmRaised)}
    assert "NO_ECG" in raised
    assert lived.heard == set()


def test_a_session_through_the_bytes_of_devices_is_lived_too(profile: Profile) -> None:
    device = next(name for name, twin in twins().items() if not twin.files_only)
    lived = clinic.live(calm(), profile, [device], until_us=20 * S)
    assert lived.seconds
    assert any(isinstance(e.payload, ev.LinkFound) for e in lived.events)


def test_every_grave_event_is_planted_somewhere_and_the_same_seed_plans_the_same() -> None:
    plans = [clinic.plan(seed, planted=True) for seed in range(200)]
    assert {plan.planted.name for plan in plans if plan.planted} == {event.name for event in clinic.EVENTS}
    assert clinic.plan(7) == clinic.plan(7)
