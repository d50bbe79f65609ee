"""Data at a chair where nobody is admitted: how far back they are adopted, and never another person's (CLINICAL 2.2)."""

from __future__ import annotations

from dataclasses import replace

from drivers.samples import Parameter
from monitor_app.core.care_events import DataAdopted, PrebriefShown
from monitor_app.core.commands import Admit
from monitor_app.core.phases import Step
from monitor_app.station.idle import ADOPTED_US, IdleData
from tests.station_example import NURSE, Room, S, vitals

WORN = {Parameter.HR: 72.0, Parameter.SPO2: 97.0}


def heard(idle: IdleData, seconds: range, numbers: dict[Parameter, float] = WORN) -> IdleData:
    for second in seconds:
        idle.take(numbers, second * S)
    return idle


def admitted(room: Room, **more: object) -> None:
    cmd = replace(Admit(room.id, 1, "s1", "K.M.", actor=NURSE), **more)  # type: ignore[arg-type]
    assert room.ask(cmd).done


def test_data_of_a_free_chair_are_adopted_only_when_a_person_says_so_with_their_own_times() -> None:
    room = Room(analyse_waves=False)
    room.now = 100 * S
    room.run(30)
    assert room.view().adoptable_s == 30
    admitted(room)
    assert room.payloads(DataAdopted) == []
    other = Room(analyse_waves=False)
    other.now = 100 * S
    other.run(30, hr=64)
    admitted(other, adopt=True)
    (said,) = other.payloads(DataAdopted)
    assert (said.from_us, said.to_us) == (101 * S, 131 * S)
    assert set(said.values) == {"hr", "spo2", "pulse_rate"} and said.values["hr"] == (64.0,) * 30
    assert other.view().adoptable_s == 0


def test_no_more_than_ten_minutes_are_adopted() -> None:
    idle = heard(IdleData(), range(1, 1500))
    assert idle.adoptable_s(1499 * S) == ADOPTED_US // S
    found = idle.adopted(1499 * S)
    assert found is not None and found.to_us - found.from_us == ADOPTED_US


def test_nothing_from_before_the_last_moment_at_which_the_sensors_were_on_nobody() -> None:
    idle = heard(IdleData(), range(1, 60))
    heard(idle, range(60, 80), {Parameter.TEMPERATURE: 36.6})
    assert idle.adoptable_s(79 * S) == 0
    heard(idle, range(80, 90))
    found = idle.adopted(90 * S)
    assert found is not None and found.from_us == 80 * S


def test_a_second_without_a_number_inside_is_none_and_never_zero() -> None:
    idle = heard(IdleData(), range(1, 4))
    idle.take({}, 4 * S)
    heard(idle, range(5, 7))
    found = idle.adopted(7 * S)
    assert found is not None and found.values["hr"] == (72, 72, 72, None, 72, 72)


def test_who_still_sits_there_after_a_treatment_is_not_the_next_patient() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    room.run(20)
    room.step(Step.CLEAR_CHAIR)
    room.run(20)
    assert room.view().adoptable_s == 0
    room.run(10, hr=None, spo2=None)
    room.run(15)
    assert room.view().adoptable_s == 15


def test_data_that_stopped_are_not_offered_any_more() -> None:
    idle = heard(IdleData(), range(1, 60))
    assert idle.adoptable_s(62 * S) > 0 and idle.adoptable_s(70 * S) == 0


def test_the_pre_brief_that_was_on_the_screen_is_in_the_record() -> None:
    room = Room(analyse_waves=False)
    room.hear(vitals())
    admitted(room, briefed=("a", "b"))
    assert room.payloads(PrebriefShown) == [PrebriefShown(("a", "b"))]
