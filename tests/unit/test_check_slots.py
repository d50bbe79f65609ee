"""What came of every due time of a check, live and in the report (CLINICAL 2.5, 2.6 and 7.13)."""

from __future__ import annotations

from typing import Any

import pytest

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.check_slots import SlotState, slots
from monitor_app.core.commands import LogObservation
from monitor_app.core.phases import Step
from monitor_app.core.profile import CheckPlan, Discharge, ListItem, Profile
from monitor_app.core.session import Session
from monitor_app.record.report.adherence import DEFERRED, LATE, MISSED, ON_TIME, OVERRIDDEN, adherence
from tests.station_example import MIN, NURSE, Room
from tests.unit.test_station_resume import restarted

pytestmark = pytest.mark.thorough

ROUND = CheckPlan("round", "round", ("rounds_done",), at_min=(2, 4), every_min=3, grace_min=1)
AFTER = CheckPlan("after", "sedation", ("calm",), phase="recovery", every_min=5, grace_min=2)
ITEMS = (ListItem("iv", "IV removed"), ListItem("bag", "belongings", required=False))
PROFILE = Profile("iv_40", "IV", recovery_min=0, checks=(ROUND, AFTER), discharge=Discharge(score="none", items=ITEMS))


def infusing() -> Room:
    room = Room(profile=PROFILE, analyse_waves=False)
    room.to_infusion()
    return room


def session_of(room: Room) -> Session:
    found = room.station._chairs[1].session
    assert found is not None
    return found


def note(room: Room, code: str = "rounds_done") -> None:
    assert room.ask(LogObservation(room.id, 1, "s1", code, actor=NURSE)).done


def missed(room: Room) -> list[tuple[str, int, float]]:
    start = session_of(room).infusion_start_us or 0
    told = [e for e in room.events if isinstance(e.payload, care.CheckMissed)]
    return [(e.payload.check, e.payload.number, round((e.t_us - start) / MIN, 1)) for e in told]


def states(room: Room, plan: CheckPlan = ROUND) -> list[str]:
    return [str(slot.state) for slot in slots(session_of(room), plan, room.now)]


def checks_of(room: Room) -> list[Any]:
    found = adherence(session_of(room), room.events, (), room.now)
    return [item for item in found.items if item.what in ("Round", "Sedation", "IV removed")]


def test_a_look_is_missed_for_good_when_the_next_one_falls_due_and_told_once() -> None:
    room = infusing()
    room.run(3 * 60 + 50)
    assert missed(room) == []
    room.run(30)
    assert missed(room) == [("round", 1, 4.0)]
    note(room)
    room.run(3 * 60)
    assert missed(room) == [("round", 1, 4.0)]


def test_a_look_shortly_before_its_time_and_one_within_its_grace_are_on_time_a_later_one_is_late() -> None:
    room = infusing()
    room.run(30)
    note(room)
    room.run(5 * 60)  # 5:30, the slot of minute 4 is overdue since minute 5
    note(room)
    room.run(2 * 60)  # 7:30, and minute 7 was seen to in advance
    assert states(room) == [SlotState.ON_TIME, SlotState.LATE, SlotState.ON_TIME]
    assert [(i.state, i.late_us) for i in checks_of(room)] == [(ON_TIME, 0), (LATE, 90 * MIN // 60), (ON_TIME, 0)]


def test_the_last_look_of_a_phase_may_come_after_its_end_until_its_grace_is_over() -> None:
    room = infusing()
    room.run(2 * 60)
    room.step(Step.END_INFUSION)
    room.run(50)
    assert states(room) == [SlotState.OPEN] and missed(room) == []
    room.run(15)
    assert states(room) == [SlotState.MISSED] and missed(room) == [("round", 1, 3.0)]


def test_who_discharges_in_spite_of_open_items_and_overdue_looks_sets_them_aside_by_name_and_reason() -> None:
    room = infusing()
    room.step(Step.END_INFUSION)
    room.run(7 * 60 + 30)
    assert room.step(Step.DISCHARGE, override=True, reason="taxi waits").done
    aside = room.payloads(care.CheckOverridden)
    assert [(p.check, p.number, p.reason) for p in aside] == [("iv", 0, "taxi waits"), ("after", 1, "taxi waits")]
    assert [(i.what, i.state, i.note) for i in checks_of(room)] == [
        ("Sedation", OVERRIDDEN, "taxi waits"), ("IV removed", OVERRIDDEN, "taxi waits"),
    ]  # fmt: skip


def test_a_look_that_nobody_had_to_take_any_more_when_the_patient_left_is_no_miss() -> None:
    room = infusing()
    room.step(Step.END_INFUSION)
    room.run(5 * 60 + 30)
    assert room.step(Step.DISCHARGE, override=True).done
    assert checks_of(room)[0].what == "IV removed" and len(checks_of(room)) == 1


def test_after_a_restart_nothing_is_missed_twice_and_what_fell_into_the_gap_is_told() -> None:
    room = infusing()
    room.run(4 * 60 + 10)
    again = restarted(room, 3 * 60)
    again.run(2)
    told = [p.number for p in again.payloads(care.CheckMissed)]
    assert told == [2]


def test_a_reading_that_the_quiet_cuff_let_wait_is_deferred_by_rule() -> None:
    room = infusing()
    due_us = room.now + 60 * MIN
    waited = ev.Event(room.now, care.NibpDeferred(due_us), 1, "s1")
    found = adherence(session_of(room), [*room.events, waited], (), room.now)
    assert [i.state for i in found.items if i.what == "Blood pressure" and i.due_us == due_us] == [DEFERRED]


def test_the_share_counts_looks_as_it_counts_readings() -> None:
    room = infusing()
    room.run(4 * 60 + 30)
    note(room)
    found = adherence(session_of(room), [], (), room.now)
    assert found.count(MISSED) == 2  # the baseline of one reading, and the first round
    assert found.share == 1 / 3
