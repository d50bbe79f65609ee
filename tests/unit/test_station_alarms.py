"""The Station and its alarm system together: facts in, events, colours and cuff out."""

from __future__ import annotations

import pytest

from drivers.samples import Flag, Parameter, Validity
from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, PauseSound, ReportShown
from monitor_app.core.facts import StationFacts
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from tests.station_example import NURSE, Room, S, numeric, status


@pytest.fixture
def room() -> Room:
    made = Room(chairs=2)
    made.to_infusion()
    made.run(20)
    return made


def open_rows(room: Room, chair: int = 1) -> set[str]:
    return {view.row for view in room.view(chair).alarms}


def test_a_rate_beyond_its_limit_alarms_and_colours_its_number(room: Room) -> None:
    room.run(30, hr=150)
    assert {"HR_HIGH", "EXTREME_TACHY"} <= open_rows(room)
    hr = next(n for n in room.view().numbers if n.parameter is Parameter.HR)
    assert (hr.alarm, hr.arrow, hr.low, hr.high) == (Priority.HIGH, 1, "50", "130")
    assert room.view().worst is Priority.HIGH
    assert room.picture().banner == ""


def test_alarm_events_carry_the_chair_and_its_session(room: Room) -> None:
    room.run(30, hr=150)
    raised = next(e for e in room.events if isinstance(e.payload, ev.AlarmRaised))
    assert (raised.chair, raised.session, raised.actor) == (1, "s1", "engine")


def test_the_limits_of_the_phase_are_in_force_with_the_step(room: Room) -> None:
    def high() -> str:
        return next(n.high for n in room.view().numbers if n.parameter is Parameter.HR)

    assert high() == "130"
    room.step(Step.END_INFUSION)
    assert high() == "120"


def test_a_parameter_is_not_yet_monitored_until_it_is_armed() -> None:
    room = Room()
    room.admit()
    room.run(9)
    assert not next(n for n in room.view().numbers if n.parameter is Parameter.SPO2).armed
    room.run(3)
    assert next(n for n in room.view().numbers if n.parameter is Parameter.SPO2).armed


def test_data_without_a_session_is_said_after_ten_seconds() -> None:
    room = Room()
    room.run(9)
    assert open_rows(room) == set()
    room.run(3)
    assert open_rows(room) == {"NOT_MONITORED"}
    room.admit()
    assert "NOT_MONITORED" not in {v.row for v in room.view().alarms if v.ended_us is None}


def test_silence_blanks_and_is_a_lost_link(room: Room) -> None:
    room.wait(6)
    assert "LINK_LOST" in open_rows(room)


def test_a_probe_off_is_said_and_never_called_expired(room: Room) -> None:
    for _ in range(15):
        room.run(1)
        room.hear([status("spo2", Flag.PROBE_OFF), numeric(Parameter.SPO2, None, Validity.SENSOR_OFF)])
    assert "SPO2_SENSOR_OFF" in open_rows(room)
    expired = {p.parameter for p in room.payloads(ev.AlarmRaised) if p.row == "VALUE_EXPIRED"}
    assert "spo2" not in expired


def test_an_acknowledgement_has_its_actor_and_makes_the_number_steady(room: Room) -> None:
    room.run(30, hr=150)
    taken = tuple(view.occurrence for view in room.view().alarms)
    assert room.ask(Acknowledge(room.id, 1, taken, actor=NURSE)).done
    told = next(e for e in reversed(room.events) if isinstance(e.payload, ev.AlarmAcknowledged))
    assert (told.actor, told.chair, told.session) == (NURSE, 1, "s1")
    assert next(n for n in room.view().numbers if n.parameter is Parameter.HR).acknowledged


def test_an_acknowledgement_of_another_chairs_alarm_is_refused(room: Room) -> None:
    room.run(30, hr=150)
    taken = tuple(view.occurrence for view in room.view().alarms)
    reply = room.ask(Acknowledge(room.id, 2, taken, actor=NURSE))
    assert not reply.done
    assert reply.sentence


def test_a_sound_pause_is_the_stations_and_ends_by_itself(room: Room) -> None:
    room.run(30, hr=150)
    assert room.station.voice(room.now) is not None
    assert room.ask(PauseSound(room.id, NURSE)).done
    assert room.picture().sound.state == "paused"
    room.run(125, hr=150)
    assert room.picture().sound.state == "ok"
    assert room.payloads(ev.SoundResumed)


def test_a_painted_alarm_is_reported_once_with_its_delay(room: Room) -> None:
    room.run(30, hr=150)
    first = room.payloads(ev.AlarmRaised)[0].occurrence
    room.ask(ReportShown(room.id, (first,)))
    room.ask(ReportShown(room.id, (first,)))
    shown = room.payloads(ev.AlarmShown)
    assert [p.occurrence for p in shown] == [first]
    assert shown[0].delay_us > 0


def test_resuming_under_a_high_alarm_needs_a_reason(room: Room) -> None:
    room.step(Step.PAUSE_INFUSION)
    room.run(30, hr=150)
    assert "HIGH" in room.step(Step.RESUME_INFUSION).sentence
    assert room.step(Step.RESUME_INFUSION, override=True).done


def test_a_discharge_ends_every_alarm_of_the_chair(room: Room) -> None:
    room.run(30, hr=150)
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    ended = {p.occurrence for p in room.payloads(ev.AlarmEnded)}
    assert {p.occurrence for p in room.payloads(ev.AlarmRaised)} == ended
    assert all(e.session == "s1" for e in room.events if isinstance(e.payload, ev.AlarmEnded))


def test_the_station_knows_itself_who_is_in_care(room: Room) -> None:
    told = room.station.report(StationFacts(sound_failed_since_us=room.now, sound_sentence="no device"), room.now)
    raised = [e for e in told if isinstance(e.payload, ev.AlarmRaised)]
    assert [e.payload.priority for e in raised] == [int(Priority.HIGH)]
    assert raised[0].chair is None
    assert room.picture().sound.state == "failed"


def test_open_alarms_and_acknowledgements_outlive_a_restart(room: Room) -> None:
    room.run(30, hr=150)
    again = Room(chairs=2)
    again.now = room.now + 5 * S
    again._keep(again.station.resume(room.events, again.now))
    again.run(3, hr=150)
    assert {"HR_HIGH", "EXTREME_TACHY"} & open_rows(again)
    new = {p.occurrence for p in again.payloads(ev.AlarmRaised)}
    assert not new & {p.occurrence for p in room.payloads(ev.AlarmRaised)}


def test_a_confirmed_pressure_is_no_less_urgent_after_a_restart(room: Room) -> None:
    room.cuff_reads(systolic=186)
    room.run(60)
    room.cuff_reads(systolic=188)
    [high] = [view for view in room.view().alarms if view.row == "NIBP_S_XHIGH"]
    assert high.priority is Priority.HIGH
    again = Room(chairs=2)
    again.now = room.now + 5 * S
    again._keep(again.station.resume(room.events, again.now))
    again.run(5)
    [still] = [view for view in again.view().alarms if view.row == "NIBP_S_XHIGH"]
    assert still.priority is Priority.HIGH, "its repeat was taken already"
    assert still.occurrence != high.occurrence
