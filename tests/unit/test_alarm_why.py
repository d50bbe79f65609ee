"""Of every alarm, and of every moment without one: value, limit, delay, phase and rule, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers.samples import Flag, Parameter, Validity
from monitor_app.alarms import CATALOGUE
from monitor_app.cli import main
from monitor_app.core.commands import Acknowledge, EditLimit, ExplainAlarms, PauseAlarms, SwitchAlarmOff
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import WhyView
from monitor_app.rerun import NotRepeatable, explained
from tests.rerun_example import remembered, stored
from tests.station_example import NURSE, Room, S, numeric, status

pytestmark = pytest.mark.thorough


@pytest.fixture
def room() -> Room:
    made = Room(chairs=2)
    made.to_infusion()
    made.run(30)
    return made


def why(room: Room, row: str, chair: int = 1) -> WhyView:
    view = room.station.explained(chair, room.now)
    assert view is not None
    return next(one for one in view.rows if one.row == row)


def test_without_an_alarm_it_says_value_limit_delay_origin_and_phase(room: Room) -> None:
    calm = why(room, "HR_HIGH")
    assert (calm.standing, calm.now, calm.limit, calm.delay) == ("watching", "72 bpm", "> 130", "3 s")
    assert calm.sentence == (
        "No alarm: Heart rate 72 bpm is not above 130. Equal is inside. "
        "Limit 130: limit of the profile, infusion. It waits 3 s."
    )
    room.run(5, hr=130)
    assert why(room, "HR_HIGH").standing == "watching"  # equal is inside


def test_while_it_waits_it_says_how_long_and_the_dose_that_ends_the_wait(room: Room) -> None:
    room.run(5, spo2=88)
    waiting = why(room, "SPO2_LOW")
    assert waiting.standing == "waiting"
    assert "SpO2 88 % is below 90, for 0:04 of 0:15; it alarms in 0:11 unless that ends" in waiting.sentence
    assert "50 points x s (now 8)" in waiting.sentence


def test_of_an_alarm_it_says_since_when_by_which_rule_who_took_it_and_how_it_will_end(room: Room) -> None:
    room.run(10, hr=134)
    alarm = why(room, "HR_HIGH")
    assert alarm.standing == "alarm"
    assert alarm.sentence.startswith("Alarm for 0:06, crossed 0:03 before that; Heart rate 134 bpm is above 130.")
    room.ask(Acknowledge(room.id, 1, tuple(a.occurrence for a in room.view().alarms), actor=NURSE))
    assert why(room, "HR_HIGH").sentence.endswith("Acknowledged by K.")
    room.run(3, hr=120)
    back = why(room, "HR_HIGH")
    assert back.standing == "clearing"
    assert "back for 0:02 of the 0:05 that its end takes" in back.sentence


def test_limits_of_a_person_and_of_another_phase_are_named_as_such(room: Room) -> None:
    room.ask(EditLimit(room.id, 1, "s1", "HR_HIGH", 125, actor=NURSE))
    assert "Limit 125: limit set by a person, infusion." in why(room, "HR_HIGH").sentence
    assert "belongs to another part of the treatment" in why(room, "NO_BASELINE").sentence
    room.step(Step.END_INFUSION)
    assert why(room, "HR_SUSTAINED").priority is None
    assert "Not watched now (recovery)" in why(room, "HR_SUSTAINED").sentence


def test_without_a_number_it_says_that_and_why(room: Room) -> None:
    for _ in range(3):
        room.now += S
        off = numeric(Parameter.SPO2, None, Validity.SENSOR_OFF)
        room.hear([numeric(Parameter.HR, 72), off, status("spo2", Flag.PROBE_OFF)])
    gone = why(room, "SPO2_DESAT")
    assert gone.standing == "no number"
    assert gone.sentence.startswith("No alarm: there is no number to judge, the sensor is off.")


def test_before_the_sensor_has_settled_it_says_so() -> None:
    room = Room()
    room.admit()
    room.run(4)
    young = why(room, "SPO2_LOW")
    assert young.standing == "not armed"
    assert "it takes 10 s of numbers without a break, so far 0:03" in young.sentence


def test_a_rhythm_that_nobody_looks_at_is_never_called_calm(room: Room) -> None:
    """The room's device sends no wave: no finding means nothing."""
    assert why(room, "ASYSTOLE").standing == "not armed"
    assert "the rhythm cannot be judged, see NO ECG WAVE" in why(room, "ASYSTOLE").sentence


def test_a_cuff_reading_is_named_with_its_limit(room: Room) -> None:
    high = why(room, "NIBP_S_HIGH")
    assert (high.now, high.limit, high.delay) == ("118 mmHg", "> 160", "with the reading")


def test_what_people_have_put_before_an_alarm_is_said(room: Room) -> None:
    room.ask(SwitchAlarmOff(room.id, 1, "s1", "HR_HIGH", "known", NURSE))
    room.run(65, hr=134)
    off = why(room, "HR_HIGH")
    assert (off.off, off.may_be_off) == (True, True)
    assert "Switched off by K for 1:05, until the next phase." in off.sentence
    assert not why(room, "SPO2_DESAT").may_be_off
    room.ask(PauseAlarms(room.id, 1, "s1", NURSE))
    room.run(20, hr=134)
    assert "paused by K for another 1:40; HIGH ones come through" in why(room, "HR_LOW").sentence


def test_every_row_of_the_catalogue_that_concerns_a_chair_has_its_sentence(room: Room) -> None:
    view = room.station.explained(1, room.now)
    assert view is not None
    fitted = {row.row for row in view.rows}
    every = {row.id for row in CATALOGUE if not row.for_station}
    assert every - fitted == {"APNEA", "RR_LOW", "RR_HIGH"}  # no device here measures breath
    assert all(len(row.sentence) > 20 for row in view.rows)
    assert room.station.explained(7, room.now) is None


def test_asking_moves_nothing_and_stands_in_the_picture_while_somebody_looks(room: Room) -> None:
    room.run(3, spo2=88)
    before = room.events.copy()
    assert room.picture().explained is None
    assert room.ask(ExplainAlarms(room.id, 1, NURSE)).done
    seen = room.picture().explained
    assert seen is not None
    assert (seen.chair, seen.session, len(seen.rows) > 40) == (1, "s1", True)
    assert room.events == before
    room.wait(3)
    assert room.picture().explained is None
    assert not any(
        isinstance(o.what, ExplainAlarms) for s in room.station.take_seconds(room.now) for o in s.observations
    )


# ---------------------------------------------------------------- at a moment of the record


def test_a_recorded_moment_is_explained_as_the_live_station_would_have_at_that_time(room: Room) -> None:
    room.run(5, spo2=88)
    moment, then = room.now, room.station.explained(1, room.now)
    room.run(30, spo2=88)
    room.run(30)
    of = remembered(room)
    answer = explained(of, moment)
    assert answer.view == then
    assert next(one for one in answer.view.rows if one.row == "SPO2_LOW").standing == "waiting"
    told: list[int] = []
    later = explained(of, moment + 20 * S, progress=told.append)
    assert next(one for one in later.view.rows if one.row == "SPO2_LOW").standing == "alarm"
    assert told and all(at_us <= moment + 20 * S for at_us in told)
    with pytest.raises(NotRepeatable):
        explained(of, room.now + 60 * S)


def test_why_on_the_command_line(room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room.run(20, spo2=88)
    admitted = next(e.t_us for e in room.events if e.kind == "session.admitted")
    seconds = (room.now - admitted) // S - 2
    room.run(5)
    stored(room, tmp_path)
    command = ["why", "s1", "--at", f"+{seconds // 60}:{seconds % 60:02}", "--about", "spo2", "--data", str(tmp_path)]
    assert main([*command, "--json", "--progress"]) == 0
    out, told = capsys.readouterr()
    said = json.loads(out)
    low = next(row for row in said["rows"] if row["row"] == "SPO2_LOW")
    assert (low["standing"], low["now"], low["priority"]) == ("alarm", "88 %", Priority.MEDIUM.word)
    assert {row["parameter"] for row in said["rows"]} == {"spo2"}
    assert told.startswith("progress 0.")
    assert main(["why", "s1", "--at", "yesterday", "--data", str(tmp_path)]) != 0
    assert "is no moment" in capsys.readouterr().err
    assert main(["why", "s1", "--at", "+600:00", "--data", str(tmp_path)]) == 1
    assert "nothing is stored of that moment" in capsys.readouterr().err
