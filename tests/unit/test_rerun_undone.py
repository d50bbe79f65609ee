"""A session whose discharge was undone is lived again through the undoing, and nothing is pretended of the time between."""

from __future__ import annotations

import pytest

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.phases import Phase, Step
from monitor_app.rerun import Change, NotRepeatable, differences, relived
from monitor_app.rerun.recorded import Recorded, assembled
from monitor_app.rerun.whatif import Verdict, what_if
from tests.rerun_example import observed, remembered
from tests.station_example import NURSE, Room, S
from tests.unit.test_station_resume import restarted


def undone(room: Room, after_s: float = 3, **meanwhile: float) -> None:
    """Discharged by mistake, and taken back."""
    assert room.step(Step.DISCHARGE, override=True).done
    room.run(after_s, **meanwhile)
    assert room.ask(cmds.UndoStep(room.id, 1, "s1", actor=NURSE)).done


@pytest.fixture
def room() -> Room:
    """Aborted, so that a discharge is allowed."""
    made = Room()
    made.to_infusion()
    made.run(20)
    made.step(Step.ABORT)
    made.run(5)
    return made


def raised(events: tuple[ev.Event, ...], row: str) -> list[int]:
    return [e.t_us for e in events if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == row]


def agrees(room: Room) -> Recorded:
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    return of


def test_what_alarms_after_the_undoing_comes_out_again_at_its_time(room: Room) -> None:
    undone(room, 20)
    back_us = room.now
    room.run(10, spo2=82)
    room.run(30)
    of = agrees(room)
    assert [t_us - back_us for t_us in raised(relived(of).events, "SPO2_DESAT")] == [
        4 * S
    ]  # armed: it went on unbroken
    assert [e.payload.target for e in of.events if isinstance(e.payload, ev.PhaseEntered)][-1] == "discharged"
    assert room.view().phase.phase is Phase.ABORTED


def test_an_alarm_that_stood_at_the_discharge_ends_with_it_and_is_raised_anew(room: Room) -> None:
    room.run(20, spo2=82)
    undone(room, 5, spo2=82)
    room.run(20, spo2=82)
    of = agrees(room)
    assert len(raised(of.events, "SPO2_DESAT")) == 2


def test_nothing_of_the_time_in_between_is_said_by_either_side(room: Room) -> None:
    undone(room, 30)
    room.run(5)
    of = agrees(room)
    gone = next(
        e.t_us for e in of.events if isinstance(e.payload, ev.PhaseEntered) and e.payload.target == "discharged"
    )
    back = next(e.t_us for e in of.events if isinstance(e.payload, care.StepUndone))
    assert back - gone == 30 * S
    assert raised(tuple(room.events), "NOT_MONITORED")  # the chair said it, and the session does not
    for events in (of.events, relived(of).events):
        assert not [e for e in events if gone < e.t_us < back]


@pytest.mark.parametrize("after_s", [0, 1, 59])
def test_it_may_be_undone_in_its_own_second_or_at_the_last_moment(room: Room, after_s: int) -> None:
    undone(room, after_s)
    room.run(10, hr=150)
    room.run(10)
    assert raised(agrees(room).events, "EXTREME_TACHY")


def test_a_discharge_may_be_undone_twice_and_the_last_one_ends_the_session(room: Room) -> None:
    undone(room)
    room.run(10, spo2=82)
    undone(room, 7)
    room.run(10)
    assert room.step(Step.DISCHARGE, override=True).done
    room.run(10)
    of = agrees(room)
    assert of.parts[-1].until_us == of.events[-1].t_us + 1
    assert sum(isinstance(e.payload, care.StepUndone) for e in of.events) == 2


def test_other_limits_hold_after_the_undoing_too(room: Room) -> None:
    undone(room)
    room.run(40, hr=118)
    room.run(20)
    of = agrees(room)
    assert raised(of.events, "HR_HIGH") == []
    found = what_if(of, Change({"HR_HIGH": {"rec": 110}}))
    assert [o.either.row for o in found.outcomes if o.verdict is Verdict.ADDED] == ["HR_HIGH"]


def test_the_station_may_have_been_started_anew_in_between(room: Room) -> None:
    assert room.step(Step.DISCHARGE, override=True).done
    before = [observed(s, "r") for s in room.station.take_seconds(room.now)]
    again = restarted(room)
    again.run(10)
    assert again.ask(cmds.UndoStep("undo", 1, "s1", actor=NURSE)).done
    again.run(15, spo2=82)
    again.run(10)
    after = [observed(s, "r2") for s in again.station.take_seconds(again.now) if s.session == "s1"]
    events = [e for e in (*room.events, *again.events) if e.session == "s1"]
    of = assembled("s1", 1, events, [*before, *after], {"r": "0", "r2": "0"})
    assert [d.sentence for d in differences(of, relived(of))] == []
    assert raised(relived(of).events, "SPO2_DESAT")


def test_a_second_that_is_missing_elsewhere_is_still_refused(room: Room) -> None:
    undone(room)
    room.run(10)
    seconds = room.station.take_seconds(room.now)
    with pytest.raises(NotRepeatable, match="were not stored"):
        remembered(room, seconds=[*seconds[:-4], *seconds[-3:]])
