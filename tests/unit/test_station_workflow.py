"""The session between its steps: check-in, gate, hold, dose and rate, absence, another chair (CLINICAL 2.2 to 2.4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.driver import StartNibp, StopNibp
from drivers.samples import Parameter
from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, Admit
from monitor_app.core.phases import Phase, Step
from monitor_app.core.profile import Discharge, ListItem, Profile
from monitor_app.record.readers import Reader
from monitor_app.rerun import differences, relived
from monitor_app.rerun.comparing import alarm_events
from tests.rerun_example import remembered, stored
from tests.station_example import MIN, NURSE, Room, S, vitals
from tests.unit.test_station_resume import restarted

pytestmark = pytest.mark.thorough

ASKING = Profile(
    "iv_40",
    "IV 40 min",
    checkin=(ListItem("consent", "consent"), ListItem("fasting", "fasting"), ListItem("bag", "bag", required=False)),
    ask_dose=True,
)
SPRAY = Profile("iv_40", "spray", doses_min=(0, 5, 10), discharge=Discharge(score="", observation_min=120))


def session_of(room: Room, chair: int = 1) -> Any:
    found = room.station._chairs[chair].session
    assert found is not None
    return found


def infusing(profile: Profile | None = None) -> Room:
    room = Room(chairs=2, profile=profile)
    room.to_infusion()
    return room


def dose(room: Room, **more: Any) -> Any:
    typed = {"weight_kg": 80.0, "mg_per_kg": 0.5, "minutes": 40.0, "mg_per_ml": 1.0, "second_check": "R.", **more}
    return room.ask(cmds.RecordDose(room.id, 1, "s1", actor=NURSE, **typed))


# ---------------------------------------------------------------- check-in


def to_confirmed(room: Room) -> None:
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(130)
    room.cuff_reads()
    assert room.step(Step.CONFIRM_BASELINE).done


def test_a_start_asks_for_check_in_and_dose_and_goes_on_with_a_reason() -> None:
    room = Room(profile=ASKING)
    to_confirmed(room)
    reply = room.step(Step.START_INFUSION)
    assert not reply.done
    assert "consent, fasting" in reply.sentence
    assert "No dose" in reply.sentence
    assert room.step(Step.START_INFUSION, override=True).done
    assert room.payloads(ev.PhaseEntered)[-1].overridden == ("checkin_open", "no_dose_record")


def test_what_was_ticked_at_the_admission_is_asked_no_more() -> None:
    room = Room(profile=ASKING)
    room.hear(vitals())
    room.ask(Admit("a", 1, "s1", "K.M.", ticked=("consent", "fasting", "nonsense"), actor=NURSE))
    assert [tick.item for tick in session_of(room).care.ticks] == ["consent", "fasting"]
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(130)
    room.cuff_reads()
    room.step(Step.CONFIRM_BASELINE)
    assert dose(room).done
    assert room.step(Step.START_INFUSION).done


def test_an_item_that_was_ticked_by_mistake_is_open_again() -> None:
    room = Room(profile=ASKING)
    room.admit()
    room.ask(cmds.TickItem("a", 1, "s1", "consent", actor=NURSE))
    room.ask(cmds.TickItem("b", 1, "s1", "consent", done=False, actor=NURSE))
    assert session_of(room).care.tick("consent") is None
    assert "no item" in room.ask(cmds.TickItem("c", 1, "s1", "passport")).sentence


# ---------------------------------------------------------------- hold


def baseline() -> Room:
    room = Room()
    to_confirmed(room)
    room.run(31)
    room.requests()
    return room


def test_a_hold_stops_the_start_and_measures_at_once_and_every_five_minutes() -> None:
    room = baseline()
    assert room.step(Step.HOLD, reason="165 systolic").done
    assert "hold" in room.step(Step.START_INFUSION, override=True).sentence
    assert room.requests() == [StartNibp]
    room.run(20)
    room.cuff_reads()
    assert room.view().cuff.next_us == session_of(room).held_since_us + 5 * MIN
    assert session_of(room).recheck_us == session_of(room).held_since_us + 10 * MIN


def test_a_hold_is_released_with_a_new_reading_and_a_name() -> None:
    room = baseline()
    room.step(Step.HOLD)
    assert "No blood pressure" in room.step(Step.RELEASE_HOLD).sentence
    room.run(20)
    room.cuff_reads()
    assert room.step(Step.RELEASE_HOLD, reason="proceed", by="Dr. N.").done
    assert room.payloads(care.SessionReleased)[-1] == care.SessionReleased(room.now, "proceed", "Dr. N.")
    assert room.step(Step.START_INFUSION).done


def test_what_is_not_on_hold_cannot_be_released_and_buttons_say_the_next_step() -> None:
    room = baseline()
    assert "not on hold" in room.step(Step.RELEASE_HOLD).sentence
    room.step(Step.HOLD)
    steps = {view.step: view for view in room.view().phase.steps}
    assert Step.HOLD not in steps
    assert steps[Step.RELEASE_HOLD].primary


# ---------------------------------------------------------------- dose and rate


def test_the_dose_record_shows_its_working() -> None:
    room = baseline()
    assert dose(room).done
    made = session_of(room).care.dose
    assert (made.mg, made.ml, made.ml_per_h) == (40, 40, 60)


def test_unusual_numbers_are_asked_twice_and_impossible_ones_refused() -> None:
    room = baseline()
    assert "Unusual" in dose(room, mg_per_kg=5.0).sentence
    assert dose(room, mg_per_kg=5.0, confirmed=True).done
    assert "more than 0" in dose(room, mg_per_ml=0.0).sentence


def test_the_planned_end_follows_the_dose_record() -> None:
    room = baseline()
    dose(room, minutes=60.0)
    room.step(Step.START_INFUSION)
    assert session_of(room).planned_end_us == room.now + 60 * MIN


def change(room: Room, ml_per_h: float, **more: Any) -> Any:
    return room.ask(cmds.ChangeRate(room.id, 1, "s1", ml_per_h, more.pop("reason", "dizzy"), actor=NURSE, **more))


def test_half_the_rate_doubles_what_is_left_and_the_delivered_share_follows_the_marks() -> None:
    room = infusing()
    dose(room)
    start = session_of(room).infusion_start_us
    room.now += 20 * MIN
    assert change(room, 30).done
    assert session_of(room).planned_end_us == start + 60 * MIN
    room.now += 20 * MIN
    assert session_of(room).delivered(room.now) == pytest.approx(0.75)
    room.now += 20 * MIN
    assert session_of(room).delivered(room.now) == pytest.approx(1.0)


def test_a_pause_between_two_rates_counts_for_neither() -> None:
    room = infusing()
    dose(room)
    start = session_of(room).infusion_start_us
    room.now += 10 * MIN
    room.step(Step.PAUSE_INFUSION)
    room.now += 5 * MIN
    assert change(room, 30).done
    room.now += 5 * MIN
    room.step(Step.RESUME_INFUSION, override=True)
    assert session_of(room).planned_end_us == start + (10 + 10 + 60) * MIN
    assert session_of(room).delivered(room.now) == pytest.approx(0.25)
    assert session_of(room).delivered(room.now + 30 * MIN) == pytest.approx(0.625)


def test_a_rate_without_reason_or_number_or_infusion_is_refused() -> None:
    room = infusing()
    assert "at which rate" in change(room, 30).sentence
    assert "reason" in change(room, 30, reason=" ", was_ml_per_h=60).sentence
    assert "more than 0" in change(room, 0, was_ml_per_h=60).sentence
    assert change(room, 30, was_ml_per_h=60).done
    room.step(Step.END_INFUSION)
    assert "No infusion" in change(room, 20).sentence


def test_an_early_abort_records_the_share_that_was_given() -> None:
    room = infusing()
    room.now += 12 * MIN + 20 * S
    room.step(Step.ABORT)
    assert room.payloads(ev.PhaseEntered)[-1].delivered == pytest.approx(0.308, abs=0.0005)


def test_a_sprays_devices_are_counted_and_observation_runs_from_the_last() -> None:
    room = infusing(SPRAY)
    give = lambda n, **more: room.ask(cmds.GiveDose(room.id, 1, "s1", n, actor=NURSE, **more))  # noqa: E731
    assert give(1).done
    room.now += 2 * MIN
    assert "Less than 5 min" in give(2).sentence
    assert "already" in give(1).sentence
    assert "3 devices" in give(4).sentence
    assert give(2, override=True).done
    room.step(Step.END_INFUSION)
    assert "118 min" not in room.step(Step.DISCHARGE).sentence
    assert "120 min are left" in room.step(Step.DISCHARGE).sentence


# ---------------------------------------------------------------- a short absence


def away(room: Room, minutes: float = 5) -> Any:
    return room.ask(cmds.BeginAbsence(room.id, 1, "s1", minutes, "bathroom", NURSE))


def test_an_absence_ends_by_itself_at_its_time() -> None:
    room = infusing()
    assert away(room).done
    until = room.now + 5 * MIN
    room.wait(5 * 60 - 1)
    assert session_of(room).away
    room.wait(2)
    assert not session_of(room).away
    [ended] = [e for e in room.events if isinstance(e.payload, care.AbsenceEnded)]
    assert (ended.t_us, ended.payload.cause) == (until, "expired")


def test_an_absence_ends_when_the_sensors_have_shown_somebody_for_ten_seconds() -> None:
    room = infusing()
    away(room)
    room.run(10)  # still on the sensors when the nurse pressed
    assert session_of(room).away
    for _ in range(10):
        room.now += S
        room.hear(vitals(hr=None, spo2=None))
    room.run(9)
    assert session_of(room).away
    room.run(3)
    assert room.payloads(care.AbsenceEnded) == [care.AbsenceEnded("signals")]


def test_nothing_inflates_while_nobody_is_in_the_cuff_and_nothing_is_forgotten() -> None:
    room = infusing()
    room.run(9 * 60)
    room.requests()
    away(room, 5)
    for _ in range(150):
        room.now += S
        room.hear(vitals(hr=None, spo2=None))
    assert room.requests() == []
    room.ask(cmds.EndAbsence("back", 1, "s1", actor=NURSE))
    assert room.requests() == [StartNibp]
    assert room.payloads(ev.NibpStarted)[-1].due_us == session_of(room).infusion_start_us + 10 * MIN


def test_an_absence_is_short_and_never_begins_over_an_unseen_high_alarm() -> None:
    room = infusing()
    assert "at most 10 min" in away(room, 11).sentence
    room.run(20, spo2=70)
    assert "HIGH alarm" in away(room).sentence
    room.ask(Acknowledge("seen", 1, tuple(a.occurrence for a in room.view().alarms), actor=NURSE))
    assert away(room).done
    assert "away already" in away(room).sentence


def test_an_absence_goes_on_over_a_restart_and_still_ends() -> None:
    room = infusing()
    away(room, 2)
    again = restarted(room, after_s=60)
    assert session_of(again).away
    again.wait(61)
    assert not session_of(again).away


# ---------------------------------------------------------------- another chair


def moved(room: Room, target: int = 2) -> Any:
    return room.ask(cmds.MoveChair(room.id, 1, "s1", target, "better light", NURSE))


def test_a_session_goes_on_at_another_chair_with_its_clock_plan_and_readings() -> None:
    room = infusing()
    room.run(5 * 60)
    before = room.view(1)
    assert moved(room).done
    after = room.view(2)
    assert room.view(1).session is None
    assert after.session == "s1"
    assert after.title == before.title
    assert after.phase.planned_end_us == before.phase.planned_end_us
    assert after.readings == before.readings
    assert after.cuff.next_us == before.cuff.next_us
    assert after.phase.baseline == before.phase.baseline


def test_nothing_of_the_old_chairs_devices_reaches_the_moved_session() -> None:
    room = infusing()
    room.run(60)
    moved(room)
    mark = len(room.events)
    room.run(60, chair=1, spo2=70)
    room.cuff_reads(chair=1, systolic=240)
    assert [e for e in room.events[mark:] if e.session == "s1" and e.chair == 1] == []
    assert room.payloads(ev.NibpMeasured)[-1].systolic != 240 or room.events[-1].session is None
    assert [n.text for n in room.view(2).numbers if n.parameter is Parameter.SPO2] == ["---"]


def test_the_new_chairs_alarms_watch_the_moved_session() -> None:
    room = infusing()
    moved(room)
    room.run(30, chair=2)
    room.run(60, chair=2, spo2=80)
    raised = [e for e in room.events if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "SPO2_LOW"]
    assert [(e.chair, e.session) for e in raised] == [(2, "s1")]


def test_an_inflation_at_the_old_chair_ends_and_its_slot_is_owed_at_the_new_one() -> None:
    room = infusing()
    room.run(10 * 60)
    assert room.view(1).cuff.measuring
    room.requests()
    moved(room)
    assert room.requests() == [StopNibp]
    room.run(2, chair=2)
    assert room.requests() == [StartNibp]
    assert room.payloads(ev.NibpStarted)[-1].due_us == session_of(room, 2).infusion_start_us + 10 * MIN


def test_a_move_that_cannot_be_is_refused_with_its_reason() -> None:
    room = infusing()
    assert "no chair 9" in moved(room, 9).sentence
    assert "occupied" in moved(room, 1).sentence
    room.run(20, spo2=70)
    assert "HIGH alarm" in moved(room).sentence
    room.ask(Acknowledge("seen", 1, tuple(a.occurrence for a in room.view().alarms), actor=NURSE))
    room.ask(Admit("other", 2, "s2", "T.L."))
    assert "occupied" in moved(room).sentence


def test_the_free_chair_takes_the_next_patient_with_nothing_left_of_the_first() -> None:
    room = infusing()
    room.run(60)
    moved(room)
    assert room.admit(1, session="s9", pseudonym="T.L.").done
    view = room.view(1)
    assert (view.readings, view.cuff.sys, view.phase.baseline) == ((), "---", "")
    assert [line.text for line in view.log] == ["Admitted, profile iv_40 (K)"]


def walked() -> Room:
    room = infusing()
    room.hear(vitals(), 2)
    room.run(30)
    room.run(20, spo2=82)
    room.ask(Acknowledge("a", 1, tuple(a.occurrence for a in room.view().alarms), actor=NURSE))
    moved(room)
    room.run(30, chair=2)
    room.run(60, chair=2, spo2=80)
    room.run(30, chair=2)
    return room


def test_a_moved_session_is_lived_again_at_both_chairs() -> None:
    room = walked()
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    assert {e.chair for e in alarm_events(of.events)} == {1, 2}


def test_a_moved_session_is_resumed_where_it_is() -> None:
    room = walked()
    again = restarted(room)
    assert again.view(1).session is None
    assert again.view(2).session == "s1"
    assert session_of(again, 2).care == session_of(room, 2).care
    assert len(again.view(2).readings) == len(room.view(2).readings)


def test_the_record_knows_where_a_moved_session_is_and_whose_it_is(tmp_path: Path) -> None:
    room = walked()
    room.ask(cmds.CorrectPatient("fix", 2, "s1", "T.L.", "typing error", actor=NURSE))
    stored(room, tmp_path)
    with Reader(tmp_path) as reader:
        row = reader.session("s1")
    assert (row.chair, row.patient_ref, row.phase) == (2, "T.L.", "infusion")


def test_every_second_of_a_moved_session_is_kept_once() -> None:
    room = walked()
    seconds = [s.second for s in room.station.take_seconds(room.now) if s.session == "s1"]
    assert seconds == list(range(seconds[0], seconds[0] + len(seconds)))


def test_a_phase_that_is_over_is_not_moved() -> None:
    room = infusing()
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    assert "Nobody is in care" in moved(room).sentence
    assert session_of(room).phase is Phase.DISCHARGED


def test_the_profile_goes_along() -> None:
    profile = replace(ASKING, planned_min=25)
    room = Room(chairs=2, profile=profile)
    to_confirmed(room)
    room.step(Step.START_INFUSION, override=True)
    moved(room)
    assert room.station._chairs[2].profile == profile


def test_two_moves_in_one_second_keep_every_second_once_and_are_lived_again() -> None:
    room = Room(chairs=3)
    room.to_infusion()
    room.hear(vitals(), 2)
    room.hear(vitals(), 3)
    room.run(5)
    assert moved(room, 2).done
    room.hear(vitals(), 2)
    assert room.ask(cmds.MoveChair(room.id, 2, "s1", 3, "again", NURSE)).done
    room.run(30, chair=3)
    room.run(60, chair=3, spo2=80)
    seconds = room.station.take_seconds(room.now)
    mine = [s.second for s in seconds if s.session == "s1"]
    assert mine == list(range(mine[0], mine[0] + len(mine)))
    of = remembered(room, seconds=seconds)
    assert [d.sentence for d in differences(of, relived(of))] == []
    assert {e.chair for e in alarm_events(of.events)} >= {3}


def test_an_end_is_never_set_back_before_the_pause_that_it_ends() -> None:
    room = infusing()
    room.run(60)
    room.step(Step.PAUSE_INFUSION)
    paused_at = room.now
    room.run(60)
    room.step(Step.END_INFUSION, at_us=room.now - 100 * S)
    assert room.payloads(ev.PhaseEntered)[-1].at_us == paused_at
    assert session_of(room).paused_us == 0
    assert session_of(room).infused_us(room.now) == 60 * S


def test_a_pause_is_never_set_back_into_the_one_before() -> None:
    room = infusing()
    room.run(60)
    room.step(Step.PAUSE_INFUSION)
    room.run(60)
    room.step(Step.RESUME_INFUSION)
    resumed_at = room.now
    room.run(10)
    room.step(Step.PAUSE_INFUSION, at_us=room.now - 50 * S)
    assert room.payloads(ev.InfusionPaused)[-1].at_us == resumed_at


def test_a_patient_who_moved_to_where_another_sat_before_is_resumed_there() -> None:
    room = infusing()
    room.hear(vitals(), 2)
    room.ask(Admit("first", 2, "s0", "A.B.", actor=NURSE))
    for step in (Step.ABORT, Step.DISCHARGE, Step.CLEAR_CHAIR):
        assert room.step(step, chair=2, session="s0", override=True).done
    assert moved(room).done
    again = restarted(room)
    assert again.view(1).session is None
    assert again.view(2).session == "s1"
