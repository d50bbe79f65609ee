"""A pause of a chair's alarms and a row switched off: always seen, ended by themselves, and never in the way of HIGH."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.commands import (
    Acknowledge,
    PauseAlarms,
    PauseSound,
    Reply,
    ResumeAlarms,
    SwitchAlarmOff,
    SwitchAlarmOn,
)
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.profile import AlarmPlan, Profile
from monitor_app.core.snapshot import AlarmState, AlarmView, Snapshot
from monitor_app.record.alarm_statistics import Care, statistics
from monitor_app.rerun import differences, relived
from monitor_app.rerun.comparing import alarm_events
from tests.rerun_example import remembered
from tests.station_example import NURSE, Room, S

pytestmark = pytest.mark.thorough

IV_40 = Profile("iv_40", "IV 40 min")


@pytest.fixture
def room() -> Room:
    """Two chairs, the first in its infusion and calm."""
    made = Room(chairs=2)
    made.to_infusion()
    made.run(30)
    return made


def pause(room: Room, chair: int = 1) -> Reply:
    return room.ask(PauseAlarms(room.id, chair, f"s{chair}", NURSE))


def off(room: Room, row: str = "HR_HIGH", reason: str = "anxious, known", chair: int = 1) -> Reply:
    return room.ask(SwitchAlarmOff(room.id, chair, f"s{chair}", row, reason, NURSE))


def alarm(room: Room, row: str, chair: int = 1) -> AlarmView:
    return next(a for a in room.view(chair).alarms if a.row == row)


def state(room: Room, row: str) -> AlarmState:
    return alarm(room, row).state


def loud(room: Room) -> Priority | None:
    picture: Snapshot = room.picture()
    return picture.sound.voice


# ---------------------------------------------------------------- pause of a chair's alarms


def test_a_pause_rests_tone_flash_and_colour_of_medium_alarms_and_says_until_when(room: Room) -> None:
    room.run(10, hr=134)
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.SIGNALLING, Priority.MEDIUM)
    assert pause(room).done
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.ALARM_PAUSED, None)
    view = room.view()
    assert view.resting is not None
    assert (view.resting.by, view.resting.until_us) == (NURSE, room.now + 120 * S)
    assert alarm(room, "HR_HIGH").until_us == view.resting.until_us
    assert view.worst is None
    assert next(n for n in view.numbers if n.parameter is Parameter.HR).alarm is None
    [told] = room.payloads(ev.AlarmsPaused)
    assert set(told.occurrences) == {a.occurrence for a in view.alarms if a.state is AlarmState.ALARM_PAUSED}


def test_the_pause_ends_by_itself_after_120_s_and_what_it_covered_sounds_at_once(room: Room) -> None:
    room.run(10, hr=134)
    pause(room)
    room.run(119, hr=134)
    assert loud(room) is None
    room.run(1, hr=134)
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.SIGNALLING, Priority.MEDIUM)
    assert room.view().resting is None
    assert [p.cause for p in room.payloads(ev.AlarmsResumed)] == ["expired"]


def test_a_site_may_let_a_pause_of_a_chairs_alarms_last_five_minutes() -> None:
    room = Room(profile=replace(IV_40, alarms=AlarmPlan(pause_s=300)))
    room.to_infusion()
    room.run(10, hr=134)
    pause(room)
    room.run(299, hr=134)
    assert loud(room) is None
    room.run(1, hr=134)
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.SIGNALLING, Priority.MEDIUM)


def test_a_pause_can_be_ended_and_cannot_be_made_longer(room: Room) -> None:
    assert pause(room).done
    room.run(60)
    again = pause(room)
    assert (again.done, "cannot be made longer" in again.sentence) == (False, True)
    assert room.ask(ResumeAlarms(room.id, 1, "s1", NURSE)).done
    assert room.view().resting is None
    assert not room.ask(ResumeAlarms(room.id, 1, "s1", NURSE)).done


def test_a_pause_never_covers_high_and_never_what_becomes_high(room: Room) -> None:
    room.run(10, hr=134)
    pause(room)
    room.run(6, hr=134, spo2=80)
    assert (state(room, "SPO2_DESAT"), loud(room)) == (AlarmState.SIGNALLING, Priority.HIGH)
    room.run(6, hr=150)
    assert state(room, "EXTREME_TACHY") is AlarmState.SIGNALLING
    room.run(30)
    room.run(60, spo2=88)  # a dose of 50 after 25 s: MEDIUM, behind the pause
    assert state(room, "SPO2_LOW") is AlarmState.ALARM_PAUSED
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    pause(room)
    room.run(110, spo2=88)  # a dose of 300: HIGH
    low = alarm(room, "SPO2_LOW")
    assert (low.priority, low.state) == (Priority.HIGH, AlarmState.SIGNALLING)
    assert room.view().resting is not None


def test_what_is_born_into_a_pause_is_journalled_and_seen_with_its_countdown(room: Room) -> None:
    pause(room)
    room.run(10, hr=134)
    seen = alarm(room, "HR_HIGH")
    assert (seen.state, seen.until_us) == (AlarmState.ALARM_PAUSED, room.payloads(ev.AlarmsPaused)[0].until_us)
    told = [p for p in room.payloads(ev.AlarmAnnunciated) if p.occurrence == seen.occurrence]
    assert [(p.state, p.cause) for p in told] == [("alarm_paused", "alarms paused")]


def test_a_pause_is_of_one_chair_and_the_end_of_monitoring_comes_through(room: Room) -> None:
    room.hear([], 2)
    room.admit(2)
    for _ in range(20):
        room.now += S
        room.hear([], 1)
    pause(room)
    room._keep(room.station.link_lost(1, 0, "pulled", True, room.now))
    assert state(room, "LINK_LOST") is AlarmState.SIGNALLING
    room._keep(room.station.link_lost(2, 0, "pulled", True, room.now))
    assert alarm(room, "LINK_LOST", 2).state is AlarmState.SIGNALLING


def test_an_acknowledgement_is_remembered_through_a_pause_unless_it_became_worse(room: Room) -> None:
    room.run(10, hr=134)
    room.ask(Acknowledge(room.id, 1, (alarm(room, "HR_HIGH").occurrence,), actor=NURSE))
    pause(room)
    room.run(60, hr=134)
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    assert state(room, "HR_HIGH") is AlarmState.ACKNOWLEDGED
    pause(room)
    room.run(60, hr=139.5)
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    assert state(room, "HR_HIGH") is AlarmState.ACKNOWLEDGED  # not worse by 15
    room.run(10)


def test_a_sound_pause_does_not_reach_behind_the_pause_of_the_alarms(room: Room) -> None:
    room.run(10, hr=134)
    pause(room)
    room.run(10, hr=134, spo2=80)
    assert room.ask(PauseSound(room.id, NURSE)).done
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    assert state(room, "HR_HIGH") is AlarmState.SIGNALLING
    assert state(room, "SPO2_DESAT") is AlarmState.AUDIO_PAUSED


# ---------------------------------------------------------------- one row switched off


def test_a_row_that_is_off_is_quiet_and_is_seen_beside_its_number_all_the_time(room: Room) -> None:
    assert off(room).done
    room.run(10, hr=134)
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.OFF, None)
    view = room.view()
    [shown] = view.off
    assert (shown.row, shown.label, shown.reason, shown.by) == ("HR_HIGH", "HR HIGH", "anxious, known", NURSE)
    assert next(n for n in view.numbers if n.parameter is Parameter.HR).off == "HR HIGH off"
    assert next(n for n in view.numbers if n.parameter is Parameter.SPO2).off == ""
    room.run(60)
    assert room.view().off == (shown,)
    off(room, "HR_LOW")
    off(room, "NIBP_S_HIGH")
    assert next(n for n in room.view().numbers if n.parameter is Parameter.HR).off == "2 alarms off"
    assert room.view().cuff.off == "NIBP S HIGH off"


def test_no_other_row_hides_behind_one_that_is_off(room: Room) -> None:
    """HR_HIGH stands above HR_SUSTAINED in its chain: off, it suppresses nobody."""
    room.run(302, hr=132)
    assert state(room, "HR_SUSTAINED") is AlarmState.SUPPRESSED
    off(room)
    assert state(room, "HR_SUSTAINED") is AlarmState.SIGNALLING
    room.run(6, hr=150)
    assert state(room, "EXTREME_TACHY") is AlarmState.SIGNALLING


def test_a_row_that_is_off_comes_through_when_it_becomes_high(room: Room) -> None:
    off(room, "SPO2_LOW")
    room.run(60, spo2=88)
    assert state(room, "SPO2_LOW") is AlarmState.OFF
    room.run(110, spo2=88)
    low = alarm(room, "SPO2_LOW")
    assert (low.priority, low.state, loud(room)) == (Priority.HIGH, AlarmState.SIGNALLING, Priority.HIGH)


def test_lethal_rows_and_rows_of_the_station_are_never_off_and_nothing_is_off_without_reason_and_name(
    room: Room,
) -> None:
    for row in ("ASYSTOLE", "VTACH", "EXTREME_TACHY", "SPO2_DESAT", "NIBP_S_XHIGH", "LINK_LOST", "STN_SOUND"):
        assert "can never be switched off" in off(room, row).sentence
    assert "reason" in off(room, reason="  ").sentence
    assert "no alarm called" in off(room, "NONSENSE").sentence
    nameless = room.ask(SwitchAlarmOff(room.id, 1, "s1", "HR_HIGH", "why"))
    assert "name" in nameless.sentence
    assert "500" in off(room, reason="x" * 501).sentence
    assert "another session" in room.ask(SwitchAlarmOff(room.id, 1, "other", "HR_HIGH", "why", NURSE)).sentence
    assert room.view().off == ()
    assert room.payloads(ev.AlarmSwitchedOff) == []
    assert len(room.payloads(ev.CommandRefused)) == 12


def test_off_ends_with_the_phase_and_the_alarm_speaks_at_once(room: Room) -> None:
    off(room)
    room.run(10, hr=134)
    room.step(Step.END_INFUSION)
    assert room.view().off == ()
    assert (state(room, "HR_HIGH"), loud(room)) == (AlarmState.SIGNALLING, Priority.MEDIUM)
    assert [(p.row, p.cause) for p in room.payloads(ev.AlarmSwitchedOn)] == [("HR_HIGH", "phase")]


def test_holding_the_drug_is_no_new_phase_and_a_person_can_switch_on_again(room: Room) -> None:
    off(room)
    room.step(Step.PAUSE_INFUSION)
    assert [one.row for one in room.view().off] == ["HR_HIGH"]
    assert room.ask(SwitchAlarmOn(room.id, 1, "s1", "HR_HIGH", NURSE)).done
    assert room.view().off == ()
    assert not room.ask(SwitchAlarmOn(room.id, 1, "s1", "HR_HIGH", NURSE)).done
    told = [e for e in room.events if isinstance(e.payload, (ev.AlarmSwitchedOff, ev.AlarmSwitchedOn))]
    assert [(e.actor, e.chair, e.session) for e in told] == [(NURSE, 1, "s1")] * 2


def test_the_session_takes_pause_and_off_with_it(room: Room) -> None:
    off(room)
    room.step(Step.ABORT)
    off(room)
    pause(room)
    room.step(Step.DISCHARGE, override=True)
    assert (room.view().off, room.view().resting) == ((), None)
    assert [p.cause for p in room.payloads(ev.AlarmSwitchedOn)] == ["phase", "session_end"]
    assert [p.cause for p in room.payloads(ev.AlarmsResumed)] == ["session_end"]


def test_the_station_reminds_every_five_minutes_which_alarm_is_off_where_and_by_whom(room: Room) -> None:
    off(room)
    room.run(299)
    assert all(a.row != "STN_REMINDER" for a in room.picture().alarms)
    room.run(1)
    [line] = [a for a in room.picture().alarms if a.row == "STN_REMINDER"]
    assert line.message == "! REMINDER: HR HIGH off, chair 1, by K"
    assert loud(room) is Priority.LOW
    room.run(60)
    assert all(a.row != "STN_REMINDER" for a in room.picture().alarms)
    room.run(245)
    assert any(a.row == "STN_REMINDER" for a in room.picture().alarms)
    room.ask(SwitchAlarmOn(room.id, 1, "s1", "HR_HIGH", NURSE))
    assert all(a.row != "STN_REMINDER" for a in room.picture().alarms)


# ---------------------------------------------------------------- restart, and once more


def restarted(room: Room) -> Room:
    again = Room(chairs=2)
    again.now = room.now + 5 * S
    again._keep(again.station.resume(room.events, again.now))
    return again


def test_off_outlives_a_restart_with_its_reason_and_a_pause_is_dropped_and_told(room: Room) -> None:
    off(room)
    room.run(10, hr=134, spo2=97)
    room.run(20, hr=134, spo2=88)
    pause(room)
    again = restarted(room)
    [shown] = again.view().off
    assert (shown.row, shown.reason, shown.by) == ("HR_HIGH", "anxious, known", NURSE)
    assert again.view().resting is None
    assert [p.cause for p in again.payloads(ev.AlarmsResumed)] == ["restart"]
    again.run(15, hr=134, spo2=88)
    assert state(again, "HR_HIGH") is AlarmState.OFF
    assert state(again, "SPO2_LOW") is AlarmState.SIGNALLING
    again.step(Step.END_INFUSION)
    assert again.view().off == ()


def test_what_the_site_chose_of_the_rules_holds_when_the_session_is_lived_again() -> None:
    room = Room(profile=replace(IV_40, alarms=AlarmPlan(spo2_fall=8, spo2_dose=0, pause_s=300)))
    room.to_infusion()
    room.run(30)
    room.run(12, spo2=88)  # 24 points x s a dozen seconds: without a dose only the delay counts
    room.run(20, spo2=97)
    pause(room)
    room.run(5, spo2=89)
    room.run(20, spo2=86)  # 11 points below 97; 8 were enough at 89
    room.run(250)
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    raised = [p.row for p in room.payloads(ev.AlarmRaised)]
    assert raised.count("SPO2_FALL") == 2
    assert [p.cause for p in room.payloads(ev.AlarmsResumed)] == []


def test_pauses_and_rows_that_are_off_come_out_again_when_the_session_is_lived_again(room: Room) -> None:
    off(room)
    room.run(10, hr=134)
    room.run(20, hr=134, spo2=88)
    pause(room)
    room.run(130, hr=134, spo2=88)
    room.ask(SwitchAlarmOn(room.id, 1, "s1", "HR_HIGH", NURSE))
    pause(room)
    room.run(20, hr=134)
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    off(room, "HR_HIGH")
    room.step(Step.END_INFUSION)
    room.run(20, hr=134)
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    kinds = {e.kind for e in alarm_events(of.events)}
    assert kinds >= {"alarm.paused", "alarm.resumed", "alarm.switched_off", "alarm.switched_on"}


def test_statistics_say_how_long_alarms_were_paused_and_switched_off(room: Room) -> None:
    off(room)
    pause(room)
    room.run(130)
    pause(room)
    room.run(10)
    room.ask(ResumeAlarms(room.id, 1, "s1", NURSE))
    room.run(60)
    events = [e for e in room.events if e.chair == 1]
    found = statistics([Care("s1", 1, "2026-11-25", 3_600 * S, events)])
    assert (found.rests, found.rested_us) == (2, 130 * S)
    assert found.switched_off == 1
    assert found.off_us == events[-1].t_us - next(e.t_us for e in events if isinstance(e.payload, ev.AlarmSwitchedOff))
