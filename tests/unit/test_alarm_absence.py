"""What is overdue is said, and an absence rests what is about the patient, never without an end or a question after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter, Validity
from monitor_app.core import care_commands as cmds
from monitor_app.core import events as ev
from monitor_app.core.commands import LogObservation
from monitor_app.core.phases import Step
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.profile import CheckPlan, Profile
from monitor_app.core.snapshot import AlarmState, AlarmView
from monitor_app.rerun import differences, relived
from tests.rerun_example import remembered
from tests.station_example import MIN, NURSE, Room, S, numeric, vitals

pytestmark = pytest.mark.thorough

ROUND = CheckPlan("round", "round", ("rounds_done", "moaas"), at_min=(10, 20), every_min=15)
SCORE = CheckPlan("score", "MOAA/S", ("moaas",), at_min=(12,), grace_min=2)


def infusing(*checks: CheckPlan) -> Room:
    room = Room(profile=Profile("iv_40", "IV 40 min", checks=checks))
    room.to_infusion()
    return room


def alarm(room: Room, row: str) -> AlarmView | None:
    return next((a for a in room.view().alarms if a.row == row), None)


def calm(room: Room, minutes: float) -> None:
    """Nothing but time, with numbers now and then, so that the link stays."""
    room.run(round(minutes * 60))


# ---------------------------------------------------------------- missed observations


def test_a_check_is_overdue_after_its_own_grace_and_never_louder_than_low() -> None:
    room = infusing(replace(ROUND, grace_min=5))
    calm(room, 14.9)
    assert alarm(room, "CHECK_OVERDUE") is None
    calm(room, 0.2)
    late = alarm(room, "CHECK_OVERDUE")
    assert late is not None
    assert (late.message, late.priority) == ("! ROUND DUE since 5 min", Priority.LOW)
    assert late.since_us == room.station._chairs[1].session.infusion_start_us + 15 * MIN  # type: ignore[union-attr]
    calm(room, 3)
    late = alarm(room, "CHECK_OVERDUE")
    assert late is not None and late.message == "! ROUND DUE since 8 min"
    assert late.priority is Priority.LOW


def test_a_check_that_is_noted_late_ends_its_alarm_and_the_next_one_waits_its_turn() -> None:
    room = infusing(replace(ROUND, grace_min=2), SCORE)
    calm(room, 12.1)
    assert alarm(room, "CHECK_OVERDUE") is not None
    room.ask(LogObservation(room.id, 1, "s1", "rounds_done", actor=NURSE))
    assert alarm(room, "CHECK_OVERDUE") is None
    calm(room, 2)
    late = alarm(room, "CHECK_OVERDUE")
    assert late is not None and late.message.startswith("! MOAA/S DUE")
    ended = [p.reason for p in room.payloads(ev.AlarmEnded) if p.row == "CHECK_OVERDUE"]
    assert ended == ["cleared"]


# ---------------------------------------------------------------- away from the chair


def leave(room: Room, minutes: float = 5) -> None:
    assert room.ask(cmds.BeginAbsence(room.id, 1, "s1", minutes, "bathroom", NURSE)).done


def off_the_sensors(room: Room, seconds: int) -> None:
    for _ in range(seconds):
        room.now += S
        room.hear([
            numeric(Parameter.HR, None, Validity.SENSOR_OFF), numeric(Parameter.SPO2, None, Validity.SENSOR_OFF),
            numeric(Parameter.PULSE_RATE, None, Validity.SENSOR_OFF),
        ])  # fmt: skip


def test_while_away_nothing_about_the_patient_alarms_and_equipment_is_low() -> None:
    room = infusing()
    room.run(30)
    room.run(10, hr=134)
    assert alarm(room, "HR_HIGH") is not None
    leave(room)
    assert all(a.kind is Kind.TECHNICAL or a.state is AlarmState.RECENT for a in room.view().alarms)
    room.run(5, hr=150, spo2=80)
    assert all(a.kind is Kind.TECHNICAL or a.state is AlarmState.RECENT for a in room.view().alarms)
    room._keep(room.station.link_lost(1, 0, "pulled", True, room.now))
    lost = alarm(room, "LINK_LOST")
    assert lost is not None and lost.priority is Priority.LOW
    assert [p.reason for p in room.payloads(ev.AlarmEnded) if p.row == "HR_HIGH"] == ["disarmed"]
    row = next(r for r in room.station.explained(1, room.now).rows if r.row == "SPO2_LOW")  # type: ignore[union-attr]
    assert row.sentence.startswith("Not watched: the patient is away")
    assert row.standing == "not armed"


def test_an_absence_ends_by_itself_and_what_is_wrong_then_alarms_with_its_whole_priority() -> None:
    room = infusing()
    room.run(30)
    leave(room)
    off_the_sensors(room, 60)
    room._keep(room.station.link_lost(1, 0, "pulled", True, room.now))
    assert (alarm(room, "LINK_LOST") or 0) and alarm(room, "LINK_LOST").priority is Priority.LOW  # type: ignore[union-attr]
    room.wait(241)
    lost = alarm(room, "LINK_LOST")
    assert lost is not None and lost.priority >= Priority.MEDIUM
    over = alarm(room, "STANDBY_ENDED")
    assert over is not None
    assert (over.message, over.priority) == ("! STANDBY OVER, CHAIR 1", Priority.LOW)


def test_numbers_for_ten_seconds_end_an_absence_and_arm_the_alarms_again() -> None:
    room = infusing()
    room.run(30)
    leave(room, 10)
    off_the_sensors(room, 30)
    room.run(9, spo2=82)
    assert alarm(room, "SPO2_DESAT") is None
    room.run(6, spo2=82)
    assert room.view().phase.word != "AWAY"
    desat = alarm(room, "SPO2_DESAT")
    assert desat is not None and desat.priority is Priority.HIGH


def test_the_question_stands_until_a_person_says_that_the_patient_is_back() -> None:
    room = infusing()
    room.run(30)
    leave(room, 1)
    room.wait(61)
    room.run(600)
    assert alarm(room, "STANDBY_ENDED") is not None
    assert room.view().care.asks == "Patient back?"
    assert room.ask(cmds.EndAbsence(room.id, 1, "s1", NURSE)).done
    assert alarm(room, "STANDBY_ENDED") is None
    assert room.view().care.asks == ""
    assert not room.ask(cmds.EndAbsence(room.id, 1, "s1", NURSE)).done


def test_who_comes_back_before_the_time_is_not_asked_for() -> None:
    room = infusing()
    room.run(30)
    leave(room)
    off_the_sensors(room, 20)
    room.hear(vitals())
    assert room.ask(cmds.EndAbsence(room.id, 1, "s1", NURSE)).done
    room.run(30)
    assert alarm(room, "STANDBY_ENDED") is None


def test_absence_and_overdue_checks_come_out_again_when_the_session_is_lived_again() -> None:
    room = infusing(replace(ROUND, grace_min=2))
    room.run(30)
    room.run(10, hr=134)
    leave(room, 2)
    off_the_sensors(room, 100)
    room.run(900)
    room.ask(cmds.EndAbsence(room.id, 1, "s1", NURSE))
    room.ask(LogObservation(room.id, 1, "s1", "rounds_done", actor=NURSE))
    room.run(10)
    room.step(Step.END_INFUSION)
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    raised = {e.payload.row for e in of.events if isinstance(e.payload, ev.AlarmRaised)}
    assert {"CHECK_OVERDUE", "STANDBY_ENDED"} <= raised


def test_a_pressure_that_was_put_aside_stands_again_when_the_patient_is_back() -> None:
    room = infusing()
    room.cuff_reads(systolic=172)
    assert alarm(room, "NIBP_S_HIGH") is not None
    assert room.ask(cmds.BeginAbsence(room.id, 1, "s1", 5, actor=NURSE)).done
    room.run(30)
    aside = alarm(room, "NIBP_S_HIGH")
    assert aside is not None and aside.state is AlarmState.RECENT
    assert room.ask(cmds.EndAbsence(room.id, 1, "s1", actor=NURSE)).done
    back = alarm(room, "NIBP_S_HIGH")
    assert back is not None and back.state is AlarmState.SIGNALLING
    room.cuff_reads(systolic=120)
    assert len([p for p in room.payloads(ev.AlarmRaised) if p.row == "NIBP_S_HIGH"]) == 2


def test_a_pressure_that_was_inside_says_nothing_when_the_patient_is_back() -> None:
    room = infusing()
    room.cuff_reads(systolic=150)
    assert room.ask(cmds.BeginAbsence(room.id, 1, "s1", 5, actor=NURSE)).done
    room.run(30)
    assert room.ask(cmds.EndAbsence(room.id, 1, "s1", actor=NURSE)).done
    assert not [p for p in room.payloads(ev.AlarmRaised) if p.row.startswith("NIBP")]
