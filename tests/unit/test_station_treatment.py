"""Steps of the treatment and their guards (CLINICAL 2.2), and how commands are answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Origin
from monitor_app.core import events as ev
from monitor_app.core.commands import AcknowledgeNotice, Admit, LogObservation, StartCuff, StopCuff, TakeStep
from monitor_app.core.phases import Phase, Step
from monitor_app.core.profile import Profile
from tests.station_example import MIN, NURSE, Room, S, vitals


@pytest.fixture
def room() -> Room:
    made = Room(chairs=2)
    made.hear(vitals())
    return made


@pytest.fixture
def infusing() -> Room:
    made = Room(chairs=2)
    made.to_infusion()
    return made


def phase(room: Room, chair: int = 1) -> Phase:
    return room.view(chair).phase.phase


def test_a_whole_treatment_walks_through_its_phases(room: Room) -> None:
    room.to_infusion()
    assert phase(room) is Phase.INFUSION
    assert room.step(Step.END_INFUSION).done
    room.now += 30 * MIN
    assert room.step(Step.DISCHARGE).done
    assert phase(room) is Phase.DISCHARGED
    assert room.step(Step.CLEAR_CHAIR).done
    assert phase(room) is Phase.EMPTY
    walked = [p.target for p in room.payloads(ev.PhaseEntered)]
    assert walked == ["baseline", "infusion", "recovery", "discharged"]


def test_every_event_of_a_chair_carries_session_actor_and_origin(infusing: Room) -> None:
    of_chair = [
        e for e in infusing.events if e.chair == 1 and not isinstance(e.payload, (ev.DeviceBound, ev.LinkFound))
    ]
    assert {e.session for e in of_chair} == {"s1"}
    assert {e.origin for e in of_chair} == {Origin.SIMULATED}
    assert {e.actor for e in of_chair if isinstance(e.payload, ev.PhaseEntered)} == {NURSE}


def test_the_session_embeds_its_whole_profile(room: Room) -> None:
    room.admit()
    admitted = room.payloads(ev.SessionAdmitted)[0]
    assert admitted.profile["nibp"]["infusion_s"] == 600
    assert admitted.profile["recovery_min"] == 30


def test_an_occupied_chair_admits_nobody(room: Room) -> None:
    assert room.admit().done
    again = room.admit(session="other")
    assert not again.done
    assert "occupied" in again.sentence
    assert room.payloads(ev.CommandRefused)[-1].sentence == again.sentence


@pytest.mark.parametrize("pseudonym", ["", "   ", "x" * 65])
def test_a_pseudonym_has_one_to_sixty_four_characters(room: Room, pseudonym: str) -> None:
    assert not room.admit(pseudonym=pseudonym).done


def test_an_unknown_profile_is_refused_by_name(room: Room) -> None:
    reply = room.ask(Admit("a", 1, "s1", "K.M.", profile="nasal"))
    assert "nasal" in reply.sentence
    assert "iv_40" in reply.sentence


def test_two_chairs_never_share_a_session(room: Room) -> None:
    room.admit(1, "same")
    assert not room.admit(2, "same").done


def test_confirming_needs_a_reading_since_the_baseline_began(room: Room) -> None:
    room.admit()
    room.run(20)
    room.cuff_reads()
    room.run(1)
    room.step(Step.START_BASELINE)
    refused = room.step(Step.CONFIRM_BASELINE, override=True)
    assert not refused.done
    assert "No valid blood pressure" in refused.sentence


def test_one_reading_is_a_soft_guard_that_a_reason_overrides(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(60)
    assert "1 of 2" in room.step(Step.CONFIRM_BASELINE).sentence
    assert not room.step(Step.CONFIRM_BASELINE, override=True, reason=" ").done
    assert room.step(Step.CONFIRM_BASELINE, override=True).done
    assert room.payloads(ev.BaselineConfirmed)[-1].overridden == ("readings",)


def test_two_readings_far_enough_apart_need_no_override(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads(systolic=118)
    room.run(120)
    room.cuff_reads(systolic=122)
    assert room.step(Step.CONFIRM_BASELINE).done
    confirmed = room.payloads(ev.BaselineConfirmed)[-1]
    assert (confirmed.systolic, confirmed.diastolic, confirmed.hr, confirmed.spo2) == (120, 74, 72, 97)
    assert len(confirmed.readings) == 2


def test_readings_less_than_the_gap_apart_count_as_one(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(60)
    room.cuff_reads()
    assert "1 of 2" in room.step(Step.CONFIRM_BASELINE).sentence


def test_readings_that_differ_by_more_than_ten_ask_for_a_reason(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads(systolic=110)
    room.run(120)
    room.cuff_reads(systolic=121)
    assert "differ by 11" in room.step(Step.CONFIRM_BASELINE).sentence


def test_no_infusion_without_a_confirmed_baseline(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    refused = room.step(Step.START_INFUSION, override=True)
    assert not refused.done
    assert "confirm" in refused.sentence


def test_a_high_baseline_asks_for_a_reason_before_the_infusion(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads(systolic=165, diastolic=90)
    room.run(60)
    room.step(Step.CONFIRM_BASELINE, override=True)
    assert "165" in room.step(Step.START_INFUSION).sentence
    assert "who decides" in room.step(Step.START_INFUSION, override=True).sentence
    assert room.step(Step.START_INFUSION, override=True, by="Dr. N.").done
    assert room.payloads(ev.PhaseEntered)[-1].by == "Dr. N."
    assert room.payloads(ev.PhaseEntered)[-1].overridden == ("gate_systolic",)


def test_the_planned_end_moves_by_the_pause(infusing: Room) -> None:
    first = infusing.view().phase.planned_end_us
    assert first is not None
    infusing.run(60)
    infusing.step(Step.PAUSE_INFUSION)
    assert infusing.view().phase.word == "INFUSION PAUSED"
    infusing.run(150)
    assert infusing.view().phase.planned_end_us == first + 150 * S
    infusing.step(Step.RESUME_INFUSION)
    view = infusing.view().phase
    assert (view.planned_end_us, view.paused_s) == (first + 150 * S, 150)
    assert view.elapsed_s == 60


def test_pausing_twice_and_resuming_what_runs_are_refused(infusing: Room) -> None:
    assert not infusing.step(Step.RESUME_INFUSION).done
    assert infusing.step(Step.PAUSE_INFUSION).done
    assert not infusing.step(Step.PAUSE_INFUSION).done


def test_recovery_requires_30_minutes_before_discharge(infusing: Room) -> None:
    infusing.step(Step.END_INFUSION)
    infusing.now += 30 * MIN - 1
    early = infusing.step(Step.DISCHARGE)
    assert not early.done
    assert "1 min" in early.sentence
    infusing.now += 1
    assert infusing.step(Step.DISCHARGE).done


def test_an_early_discharge_with_a_reason_says_what_was_open(infusing: Room) -> None:
    infusing.step(Step.END_INFUSION)
    assert infusing.step(Step.DISCHARGE, override=True).done
    assert infusing.payloads(ev.SessionDischarged)[-1].open_items == ("recovery_minimum",)


def test_an_abort_ends_the_drug_and_not_the_monitoring(infusing: Room) -> None:
    assert infusing.step(Step.ABORT).done
    view = infusing.view()
    assert view.phase.word == "STOPPED"
    assert view.numbers
    assert infusing.payloads(ev.SessionAborted)[-1].last_phase == "infusion"


@pytest.mark.parametrize("step", [Step.ABORT, Step.PAUSE_INFUSION, Step.END_INFUSION])
def test_stopping_pausing_and_ending_need_no_reason_and_bring_odd_times_into_range(infusing: Room, step: Step) -> None:
    infusing.run(60)
    assert infusing.step(step, at_us=infusing.now + 60 * MIN).done
    happened = [p.at_us for p in infusing.payloads(ev.PhaseEntered) + infusing.payloads(ev.InfusionPaused)]
    assert max(happened) == infusing.now


def test_a_step_may_be_set_back_fifteen_minutes_and_no_more(room: Room) -> None:
    room.admit()
    room.run(20 * 60)
    assert "15 min" in room.step(Step.START_BASELINE, at_us=room.now - 15 * MIN - 1).sentence
    assert "future" in room.step(Step.START_BASELINE, at_us=room.now + 2 * S).sentence
    assert room.step(Step.START_BASELINE, at_us=room.now - 15 * MIN).done


def test_a_step_is_never_set_back_before_the_phase_it_left(room: Room) -> None:
    room.now += 60 * S
    room.admit()
    room.run(60)
    assert "before" in room.step(Step.START_BASELINE, at_us=room.now - 61 * S).sentence


def test_clocks_follow_what_happened_and_limits_what_was_said(infusing: Room) -> None:
    infusing.run(120)
    infusing.step(Step.END_INFUSION, at_us=infusing.now - 60 * S)
    session = infusing.station._chairs[1].session
    assert session is not None
    assert (session.phase_at_us, session.phase_since_us) == (infusing.now - 60 * S, infusing.now)
    assert infusing.view().phase.elapsed_s == 60


def test_the_same_command_twice_acts_once(room: Room) -> None:
    cmd = Admit("once", 1, "s1", "K.M.")
    first = room.ask(cmd)
    told = len(room.events)
    assert room.ask(cmd) == first
    assert len(room.events) == told


def test_a_refusal_is_repeated_too_and_not_tried_again(room: Room) -> None:
    cmd = TakeStep("early", 1, "s1", Step.START_BASELINE)
    assert not room.ask(cmd).done
    room.admit()
    assert not room.ask(cmd).done


def test_the_memory_of_commands_is_bounded(room: Room) -> None:
    for _ in range(300):
        room.ask(LogObservation(room.id, 1, "s1", "note"))
    assert len(room.station._desk._replies) == 256


def test_a_late_press_cannot_hit_the_next_patient(infusing: Room) -> None:
    infusing.step(Step.ABORT)
    infusing.step(Step.DISCHARGE, override=True)
    infusing.step(Step.CLEAR_CHAIR)
    infusing.admit(session="new")
    refused = infusing.ask(TakeStep("late", 1, "s1", Step.ABORT))
    assert not refused.done
    assert "another session" in refused.sentence
    assert phase(infusing) is Phase.ADMITTED


@pytest.mark.parametrize("step", [s for s in Step if s is not Step.ADMIT])
def test_a_free_chair_takes_no_step(room: Room, step: Step) -> None:
    reply = room.step(step, chair=2)
    assert not reply.done
    assert room.events[-1].chair == 2


def test_a_step_at_the_wrong_time_names_the_phase(room: Room) -> None:
    room.admit()
    assert "admitted" in room.step(Step.END_INFUSION).sentence


def test_a_discharged_chair_must_be_cleared_before_the_next_patient(infusing: Room) -> None:
    infusing.step(Step.ABORT)
    infusing.step(Step.DISCHARGE, override=True)
    assert "clear" in infusing.admit(session="next").sentence


def test_starting_and_stopping_the_cuff_names_what_is_in_the_way() -> None:
    room = Room()
    room.admit()
    assert "not connected" in room.start_cuff().sentence
    assert room.ask(StopCuff("stop", 1, "s1")).sentence == "No reading was being taken"
    assert "another session" in room.ask(StartCuff("x", 1, "gone")).sentence


def test_an_observation_is_kept_with_its_time_and_its_length_has_a_limit(infusing: Room) -> None:
    assert infusing.ask(LogObservation("n", 1, "s1", "nausea", "mild", infusing.now - S, NURSE)).done
    logged = infusing.payloads(ev.ObservationLogged)[-1]
    assert (logged.code, logged.text, logged.at_us) == ("nausea", "mild", infusing.now - S)
    assert infusing.view().log[0].text == "nausea: mild (K)"
    assert not infusing.ask(LogObservation("long", 1, "s1", "note", "x" * 501)).done


def test_the_notice_is_needed_until_somebody_has_read_it(room: Room) -> None:
    assert room.picture().notice_needed
    room.ask(AcknowledgeNotice("n", 1, "K."))
    assert not room.picture().notice_needed
    assert room.events[-1].payload == ev.NoticeAcknowledged(1, "K.")


def test_the_buttons_say_which_guard_stands_in_the_way(room: Room) -> None:
    room.admit()
    room.step(Step.START_BASELINE)
    steps = {view.step: view for view in room.view().phase.steps}
    assert set(steps) == {Step.CONFIRM_BASELINE, Step.HOLD, Step.START_INFUSION, Step.ABORT}
    assert not steps[Step.CONFIRM_BASELINE].enabled
    assert "blood pressure" in steps[Step.CONFIRM_BASELINE].sentence
    assert steps[Step.CONFIRM_BASELINE].primary
    assert not steps[Step.START_INFUSION].enabled
    assert steps[Step.ABORT].enabled


def test_a_soft_guard_leaves_the_button_enabled_and_says_so(infusing: Room) -> None:
    infusing.step(Step.END_INFUSION)
    discharge = next(view for view in infusing.view().phase.steps if view.step is Step.DISCHARGE)
    assert (discharge.enabled, discharge.soft, discharge.primary) == (True, True, True)
    assert "30 min" in discharge.sentence


def test_the_profile_decides_how_long_recovery_lasts() -> None:
    room = Room(profile=replace(Profile("iv_40", "short"), recovery_min=5, planned_min=10))
    room.to_infusion()
    room.step(Step.END_INFUSION)
    room.now += 5 * MIN
    assert room.step(Step.DISCHARGE).done
