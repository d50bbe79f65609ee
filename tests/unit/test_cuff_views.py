"""What the page of the cuff says: it is the schedule's own plan, with what is missed, repeated or in the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.driver import StartNibp
from monitor_app.core import events as ev
from monitor_app.core.commands import SwitchAlarmOff
from monitor_app.core.cuff_views import CuffPlanView
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.profile import NibpPlan, Profile
from tests.station_example import MIN, NURSE, Room, S, failure, monitor, vitals

INTERVALS = {"baseline": "5 min", "infusion": "10 min", "resting": "5 min", "recovery": "15 min"}


def in_infusion(profile: Profile | None = None) -> Room:
    made = Room(profile=profile)
    made.to_infusion()
    made.requests()
    return made


@pytest.fixture
def room() -> Room:
    return in_infusion()


def plan(room: Room) -> CuffPlanView:
    return room.view().cuff_plan


def minutes(room: Room) -> list[tuple[float, str]]:
    """What is due: minutes of the infusion, and why."""
    begun = next(p.at_us for p in room.payloads(ev.PhaseEntered) if p.target == "infusion")
    return [((one.at_us - begun) / MIN, one.kind) for one in plan(room).due]


def current(room: Room) -> list[str]:
    return [one.part for one in plan(room).parts if one.current]


def test_each_part_has_the_profiles_interval_and_the_present_one_is_marked(room: Room) -> None:
    assert {one.part: one.every for one in plan(room).parts} == INTERVALS
    assert (current(room), [one.now for one in plan(room).parts]) == (["infusion"], ["", "", "", ""])
    room.step(Step.PAUSE_INFUSION)
    assert current(room) == ["resting"]
    room.step(Step.RESUME_INFUSION)
    room.step(Step.END_INFUSION)
    assert current(room) == ["recovery"]
    room.step(Step.ABORT)
    assert current(room) == ["resting"]


def test_nothing_is_planned_between_the_baseline_and_the_drug() -> None:
    room = Room()
    room.hear(vitals())
    room.admit()
    assert (current(room), plan(room).due) == ([], ())
    room.step(Step.START_BASELINE)
    assert current(room) == ["baseline"]
    room.run(30)
    room.cuff_reads()
    assert room.step(Step.CONFIRM_BASELINE, override=True).done
    assert (current(room), plan(room).due) == ([], ())


def test_what_is_due_is_what_the_schedule_then_does(room: Room) -> None:
    told = minutes(room)
    assert told == [(10, "planned"), (20, "planned"), (30, "planned"), (40, "fixed")], "the end is a fixed point"
    assert plan(room).startable
    started = []
    for _ in range(41 * 60):
        room.run(1)
        if StartNibp in room.requests():
            started.append(room.now)
            room.run(30)
            room.cuff_reads()
    begun = next(p.at_us for p in room.payloads(ev.PhaseEntered) if p.target == "infusion")
    assert [(at - begun) / MIN for at in started] == [at for at, _ in told]


def test_six_are_named_at_most_and_in_order() -> None:
    room = in_infusion(Profile("iv_40", "IV 40 min", nibp=NibpPlan(infusion_s=300, fixed_min=(7,))))
    told = minutes(room)
    assert told == [(7, "fixed"), (10, "planned"), (15, "planned"), (20, "planned"), (25, "planned"), (30, "planned")]
    assert all(a < b for (a, _), (b, _) in pairwise(told))
    infusion = next(one for one in plan(room).parts if one.part == "infusion")
    assert infusion.at == ("7",)


def test_an_infusion_that_nobody_ended_goes_on_being_measured(room: Room) -> None:
    room.run(40 * 60 + 5)
    assert [at for at, _ in minutes(room) if at > 41][:2] == [50, 60]


def test_the_determination_in_progress_says_its_reason_and_its_begin(room: Room) -> None:
    room.run(10 * 60)
    assert (plan(room).running, plan(room).since_us, plan(room).startable) == ("planned", room.now, False)
    room.run(20)
    assert plan(room).since_us == room.now - 20 * S
    room.cuff_reads()
    assert (plan(room).running, plan(room).since_us, plan(room).startable) == ("", None, True)
    room.run(10)
    room.start_cuff()
    assert plan(room).running == "manual"


def test_a_request_that_waits_for_the_arm_is_due_when_it_starts(room: Room) -> None:
    room.run(10 * 60 + 30)
    room.cuff_reads()
    room.run(2)
    room.start_cuff()
    assert (plan(room).due[0].kind, plan(room).due[0].at_us) == ("manual", room.now + 3 * S)


def test_an_extreme_reading_brings_its_repeat_and_a_failure_its_retry(room: Room) -> None:
    room.run(10 * 60 + 30)
    room.cuff_reads(systolic=186)
    [repeat] = [one for one in plan(room).due if one.kind == "repeat"]
    assert repeat.at_us == room.now + 60 * S
    assert plan(room).hurried, "a standing pressure alarm shortens the interval"
    assert [(one.every, one.now) for one in plan(room).parts if one.current] == [("10 min", "5 min")]
    calm = in_infusion()
    calm.run(10 * 60 + 30)
    calm.hear([failure(77)])
    [retry] = [one for one in plan(calm).due if one.kind == "retry"]
    assert retry.at_us == calm.now + 30 * S


def test_a_missed_slot_is_overdue_after_the_grace_as_its_alarm_says_and_more_gravely_later(room: Room) -> None:
    room.run(10 * 60 + 30)
    for number in (71, 72, 73):
        room.hear([failure(number)])
        room.run(121)
    due = plan(room).due[0]
    begun = next(p.at_us for p in room.payloads(ev.PhaseEntered) if p.target == "infusion")
    assert due.at_us == begun + 10 * MIN
    assert due.overdue is Priority.LOW
    assert all(one.overdue is None for one in plan(room).due[1:])
    room.wait(15 * 60)
    assert plan(room).due[0].overdue is Priority.MEDIUM
    room.run(1)
    room.cuff_reads()
    assert all(one.overdue is None for one in plan(room).due)


def test_within_the_grace_nothing_is_overdue(room: Room) -> None:
    room.run(10 * 60 + 30)
    room.hear([failure(71)])
    room.run(60)
    assert plan(room).due[0].overdue is None


def test_an_overdue_alarm_that_is_off_hides_nothing_from_the_page(room: Room) -> None:
    assert room.ask(SwitchAlarmOff(room.id, 1, "s1", "NIBP_OVERDUE", "cuff on the leg", NURSE)).done
    room.run(10 * 60 + 30)
    for number in (71, 72, 73):
        room.hear([failure(number)])
        room.run(121)
    assert plan(room).due[0].overdue is not None


def test_what_stands_in_the_way_is_one_sentence() -> None:
    free = Room()
    assert free.view().cuff_plan == CuffPlanView()
    bare = Room(spec=replace(monitor(), nibp=False, commands=()))
    bare.hear([])
    bare.admit()
    assert plan(bare).trouble == "No device of chair 1 measures blood pressure"
    by_hand = Room(spec=replace(monitor(), commands=()))
    by_hand.hear([])
    by_hand.admit()
    assert plan(by_hand).trouble == "The device of chair 1 can only be started by hand"
    assert not plan(bare).startable and not plan(by_hand).startable


def test_a_lost_link_is_said_and_the_plan_stays(room: Room) -> None:
    told = minutes(room)
    room.station.link_lost(1, 0, "unplugged", True, room.now)
    assert plan(room).trouble == "The device of chair 1 is not connected"
    assert minutes(room) == told


def test_the_quiet_cuff_is_the_profiles_word() -> None:
    assert not plan(in_infusion()).quiet
    room = in_infusion(Profile("iv_40", "IV 40 min", revision=3, nibp=NibpPlan(quiet_cuff=True, calm_pct=12.5)))
    view = plan(room)
    assert (view.quiet, view.calm_pct, view.calm_min, view.revision) == (True, "12.5", "20", 3)
