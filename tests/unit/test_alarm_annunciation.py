"""What people hear and see, row by row of the table of transitions (ALARMS 5.1, 5.2, 5.3, 5.4) and latching (4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter, Validity
from monitor_app.alarms import AlarmSystem, tones
from monitor_app.core.chair import LinkState
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAnnunciated,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    SoundPaused,
    SoundResumed,
)
from monitor_app.core.facts import StationFacts
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState
from tests.unit.alarm_room import Chair, of_type, us

HR, SPO2, PR = Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE


def fast(chair: Chair | None = None, rate: float = 134) -> Chair:
    """A chair with a MEDIUM: HR 134 > 130."""
    chair = chair or Chair().armed()
    if PR in chair.facts.values:
        chair.says(PR, rate)
    chair.hr(rate)
    chair.wait(4)
    return chair


def blue(chair: Chair | None = None, value: float = 83) -> Chair:
    """A chair with a HIGH: DESAT 83 < 85."""
    chair = chair or Chair(values={SPO2: 90.0, HR: 72.0, PR: 72.0}).armed()
    chair.spo2(value)
    chair.wait(4)
    return chair


def states(chair: Chair, row: str) -> list[str]:
    return [p.state for _, p in chair.log if isinstance(p, AlarmAnnunciated) and p.row == row]


def causes(chair: Chair, row: str) -> list[str]:
    return [p.cause for _, p in chair.log if isinstance(p, AlarmAnnunciated) and p.row == row]


# ---------------------------------------------------------------- audio pause


def test_a_pause_rests_the_tone_and_nothing_else_for_120_s() -> None:
    chair = blue()
    acted = chair.system.pause_sound(chair.now_us)
    [paused] = of_type(acted.payloads, SoundPaused)
    assert paused.occurrences == (chair.view("SPO2_DESAT").occurrence,)
    assert chair.view("SPO2_DESAT").state is AlarmState.AUDIO_PAUSED
    assert chair.view("SPO2_DESAT").until_us == chair.now_us + us(120)
    assert chair.system.voice(chair.now_us) is None
    assert chair.ended("SPO2_DESAT") == [], "pausing sound does not end the condition"


def test_a_pause_ends_by_itself_and_the_next_burst_comes_at_once() -> None:
    chair = blue()
    chair.system.pause_sound(chair.now_us)
    chair.wait(119.999)
    assert chair.system.voice(chair.now_us) is None
    [resumed] = of_type(chair.wait(0.001), SoundResumed)
    assert resumed.cause == "expired"
    assert chair.view("SPO2_DESAT").state is AlarmState.SIGNALLING
    assert chair.system.voice(chair.now_us) is not None
    assert chair.system.paused_until_us() is None


def test_a_new_occurrence_sounds_in_spite_of_a_pause() -> None:
    chair = blue()
    chair.system.pause_sound(chair.now_us)
    fast(chair)
    assert chair.view("HR_HIGH").state is AlarmState.SIGNALLING
    voice = chair.system.voice(chair.now_us)
    assert voice is not None
    assert (voice.priority, voice.occurrence) == (Priority.MEDIUM, chair.view("HR_HIGH").occurrence)


def test_a_pause_at_one_chair_does_not_hide_a_later_alarm_of_another() -> None:
    system = AlarmSystem()
    one, two = Chair(system, 1).armed(), Chair(system, 2).armed()
    fast(one)
    system.pause_sound(one.now_us)
    fast(two)
    assert {v.chair: v.state for v in two.views()} == {1: AlarmState.AUDIO_PAUSED, 2: AlarmState.SIGNALLING}


def test_with_nothing_sounding_a_pause_does_nothing_and_says_so() -> None:
    chair = Chair().armed()
    acted = chair.system.pause_sound(chair.now_us)
    assert acted.payloads == []
    assert acted.refusal == "Nothing sounds now: there is no sound to pause."
    fast(chair)
    assert chair.system.voice(chair.now_us) is not None, "a pause cannot be prepared in advance"


def test_at_most_one_press_in_two_seconds() -> None:
    chair = fast()
    assert chair.system.pause_sound(chair.now_us).refusal is None
    refused = chair.system.pause_sound(chair.now_us + us(1.999))
    assert refused.refusal is not None
    assert "2 s" in refused.refusal


def test_a_second_press_covers_what_has_come_since() -> None:
    chair = fast()
    chair.system.pause_sound(chair.now_us)
    chair.spo2(84)
    chair.wait(4)
    acted = chair.system.pause_sound(chair.now_us)
    [paused] = of_type(acted.payloads, SoundPaused)
    assert set(paused.occurrences) == {view.occurrence for view in chair.system.views(chair.now_us)}
    assert len(paused.occurrences) > 1
    assert chair.system.voice(chair.now_us) is None


def test_cancelling_a_pause_sounds_at_once() -> None:
    chair = fast()
    chair.system.pause_sound(chair.now_us)
    acted = chair.system.resume_sound(chair.now_us + us(5))
    assert [p.cause for p in of_type(acted.payloads, SoundResumed)] == ["cancelled"]
    assert chair.view("HR_HIGH").state is AlarmState.SIGNALLING
    assert chair.system.resume_sound(chair.now_us + us(6)).refusal == "The sound is not paused."


def test_a_pause_with_nothing_left_ends() -> None:
    chair = fast()
    chair.system.pause_sound(chair.now_us)
    chair.hr(80)
    payloads = chair.wait(6)
    assert [p.cause for p in of_type(payloads, SoundResumed)] == ["nothing_left"]
    assert chair.system.paused_until_us() is None


def test_an_escalation_breaks_through_a_pause() -> None:
    chair = Chair().armed()
    chair.link(LinkState.LOST)
    chair.wait(5)
    chair.system.pause_sound(chair.now_us)
    chair.wait(25)
    view = chair.view("LINK_LOST")
    assert (view.priority, view.state) == (Priority.HIGH, AlarmState.SIGNALLING)


# ---------------------------------------------------------------- acknowledge


@pytest.mark.parametrize("pause_first", [False, True])
def test_acknowledging_stops_tone_and_flash_and_ends_no_condition(pause_first: bool) -> None:
    chair = blue()
    if pause_first:
        chair.system.pause_sound(chair.now_us)
    acted = chair.acknowledge(why="true")
    [acked] = of_type(acted.payloads, AlarmAcknowledged)
    view = chair.view("SPO2_DESAT")
    assert (acked.occurrences, acked.why, acked.closed) == ((view.occurrence,), "true", ())
    assert acked.after_us == (us(1),)
    assert (view.state, view.ack_by, view.ack_us) == (AlarmState.ACKNOWLEDGED, "nurse:K", chair.now_us)
    assert chair.system.voice(chair.now_us) is None
    assert chair.ended("SPO2_DESAT") == []


def test_an_acknowledged_high_calls_again_after_120_s_and_needs_a_new_acknowledgement() -> None:
    chair = blue()
    chair.acknowledge()
    chair.wait(119.999)
    assert chair.view("SPO2_DESAT").state is AlarmState.ACKNOWLEDGED
    [told] = of_type(chair.wait(0.001), AlarmAnnunciated)
    assert (told.state, told.cause) == ("signalling", "reminder")
    assert chair.view("SPO2_DESAT").ack_by == ""


def test_an_acknowledged_medium_gives_one_burst_every_180_s_and_stays_acknowledged() -> None:
    chair = fast()
    chair.acknowledge()
    for _ in range(2):
        chair.wait(179.999)
        assert chair.system.voice(chair.now_us) is None
        [told] = of_type(chair.wait(0.001), AlarmAnnunciated)
        assert (told.state, told.cause) == ("acknowledged", "reminder")
        voice = chair.system.voice(chair.now_us)
        assert voice is not None
        assert voice.priority is Priority.MEDIUM
        assert chair.system.voice(chair.now_us + tones.burst_us(Priority.MEDIUM)) is not None
        assert chair.system.voice(chair.now_us + tones.burst_us(Priority.MEDIUM) + us(0.3)) is None


def test_an_acknowledged_low_never_calls_again() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.flag("ecg_lead_off")
    chair.wait(4)
    chair.acknowledge()
    assert of_type(chair.wait(1200), AlarmAnnunciated) == []


def test_a_pressure_alarm_reminds_every_15_minutes_with_one_burst() -> None:
    chair = Chair().armed()
    chair.reads(205)
    chair.wait(1)
    chair.acknowledge("NIBP_S_XHIGH")
    chair.wait(899.999)
    [told] = [p for p in of_type(chair.wait(0.001), AlarmAnnunciated) if p.row == "NIBP_S_XHIGH"]
    assert (told.state, told.cause) == ("acknowledged", "reminder")


@pytest.mark.parametrize(("rate", "state"), [(148, AlarmState.ACKNOWLEDGED), (149, AlarmState.SIGNALLING)])
def test_worse_by_the_measure_of_the_row_signals_again(rate: float, state: AlarmState) -> None:
    chair = Chair(profile=None).armed()
    high = replace(chair.facts.limits["EXTREME_TACHY"], value=200.0)
    chair.change(limits={**chair.facts.limits, "EXTREME_TACHY": high})
    fast(chair, 134)
    chair.acknowledge()
    chair.hr(rate)
    assert chair.view("HR_HIGH").state is state
    assert ("worsened" in causes(chair, "HR_HIGH")) is (state is AlarmState.SIGNALLING)


def test_an_escalation_ends_an_acknowledgement() -> None:
    chair = Chair().armed()
    chair.link(LinkState.LOST)
    chair.wait(5)
    chair.acknowledge()
    payloads = chair.wait(25)
    assert [(p.source, p.target) for p in of_type(payloads, AlarmEscalated)] == [(2, 3)]
    assert chair.view("LINK_LOST").state is AlarmState.SIGNALLING


def test_an_acknowledgement_never_reaches_another_chair() -> None:
    system = AlarmSystem()
    one, two = Chair(system, 1).armed(), Chair(system, 2).armed()
    fast(one)
    two.now_us = one.now_us
    fast(two)
    ids = tuple(v.occurrence for v in two.views())
    acted = system.acknowledge(1, ids, "nurse:K", "", two.now_us)
    assert acted.payloads == []
    assert acted.refusal is not None
    assert "belongs to chair 2, not to chair 1" in acted.refusal
    assert {v.state for v in two.views()} == {AlarmState.SIGNALLING}


@pytest.mark.parametrize(("age_us", "refused"), [(299_999, True), (300_000, False)])
def test_nobody_acknowledges_what_could_not_have_been_read(age_us: int, refused: bool) -> None:
    chair = Chair().armed()
    chair.hr(134)
    chair.wait(3)
    view = chair.view("HR_HIGH")
    acted = chair.system.acknowledge(3, (view.occurrence,), "nurse:K", "", chair.now_us + age_us)
    assert (acted.refusal is not None) is refused


def test_a_young_occurrence_is_left_out_and_the_older_one_is_taken() -> None:
    chair = fast()
    chair.spo2(80)
    chair.wait(3)
    acted = chair.acknowledge()
    [acked] = of_type(acted.payloads, AlarmAcknowledged)
    assert acked.occurrences == (chair.view("HR_HIGH").occurrence, chair.view("SPO2_FALL").occurrence)
    assert chair.view("SPO2_DESAT").state is AlarmState.SIGNALLING


@pytest.mark.parametrize("ids", [(), (999,), (0,)])
def test_an_unknown_occurrence_is_refused_with_a_sentence(ids: tuple[int, ...]) -> None:
    chair = fast()
    acted = chair.system.acknowledge(3, ids, "nurse:K", "", chair.now_us)
    assert acted.refusal is not None
    assert acted.refusal.endswith("nothing is acknowledged.")


def test_an_occurrence_that_has_closed_meanwhile_is_refused_with_a_sentence() -> None:
    chair = Chair().armed()
    chair.flag("ecg_lead_off")
    chair.wait(4)
    number = chair.view("ECG_LEADS_OFF").occurrence
    chair.flag("ecg_lead_off", on=False)
    chair.wait(6)
    acted = chair.system.acknowledge(3, (number,), "nurse:K", "", chair.now_us)
    assert acted.refusal == "These alarms have ended meanwhile: nothing is left to acknowledge."


def test_more_than_five_acknowledgements_in_ten_seconds_are_refused_for_ten_seconds() -> None:
    chair = fast()
    number = chair.view("HR_HIGH").occurrence

    def press(after_s: float) -> str | None:
        return chair.system.acknowledge(3, (number,), "nurse:K", "", chair.now_us + us(after_s)).refusal

    assert press(0) is None
    assert [press(i) for i in (1, 2, 3, 4)] == ["These alarms are acknowledged already."] * 4
    refused = press(5)
    assert refused is not None
    assert "check keyboard and touch screen" in refused
    assert press(14.9) == refused
    assert press(15.1) != refused


# ---------------------------------------------------------------- the end of a condition


def test_a_high_latches_with_words_and_extremum_until_a_person_acknowledges() -> None:
    chair = blue(value=83)
    chair.spo2(79)
    chair.wait(10)
    chair.spo2(97)
    chair.wait(20)
    view = chair.view("SPO2_DESAT")
    assert (view.state, view.message, view.ended_us is not None) == (AlarmState.LATCHED, "*** DESAT 79 < 85", True)
    chair.wait(7200)
    assert chair.view("SPO2_DESAT").state is AlarmState.LATCHED
    acted = chair.acknowledge("SPO2_DESAT")
    [acked] = of_type(acted.payloads, AlarmAcknowledged)
    assert acked.closed == (view.occurrence,)
    assert "SPO2_DESAT" not in chair.rows()


@pytest.mark.parametrize("how", ["cleared", "no_data", "phase_changed"])
def test_a_high_latches_whatever_ended_it(how: str) -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.hr(135)
    chair.wait(4)
    if how == "cleared":
        chair.hr(72)
    elif how == "no_data":
        chair.hr(None, Validity.DISTURBED)
    else:
        chair.enters(Phase.INFUSION)
    chair.wait(6)
    assert chair.ended("EXTREME_TACHY")[0][1].reason == how
    assert chair.view("EXTREME_TACHY").state is AlarmState.LATCHED


def test_a_latched_one_reminds_with_a_low_burst_every_120_s() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    chair.wait(1)
    chair.asystole(None)
    ended = chair.now_us
    chair.until_us(ended + us(119.9))
    assert chair.system.voice(chair.now_us) is None
    [told] = of_type(chair.until_us(ended + us(120)), AlarmAnnunciated)
    assert (told.state, told.cause) == ("latched", "reminder")
    voice = chair.system.voice(chair.now_us)
    assert voice is not None
    assert voice.priority is Priority.LOW
    assert chair.system.voice(chair.now_us + us(1)) is None


def test_an_acknowledged_high_closes_with_its_condition() -> None:
    chair = blue()
    chair.acknowledge("SPO2_DESAT")
    chair.spo2(97)
    chair.wait(10)
    assert "SPO2_DESAT" not in chair.rows()
    assert states(chair, "SPO2_DESAT")[-1] == "closed"


def test_a_medium_stays_as_a_neutral_chip_for_120_s() -> None:
    chair = fast()
    chair.hr(80)
    chair.wait(5)
    assert chair.view("HR_HIGH").state is AlarmState.RECENT
    chair.wait(119.999)
    assert "HR_HIGH" in chair.rows()
    chair.wait(0.001)
    assert "HR_HIGH" not in chair.rows()


def test_a_recent_one_goes_with_an_acknowledgement() -> None:
    chair = fast()
    chair.hr(80)
    chair.wait(6)
    chair.acknowledge("HR_HIGH")
    assert chair.views() == ()


def test_a_technical_one_is_gone_with_its_condition() -> None:
    chair = Chair().armed()
    chair.flag("ecg_lead_off")
    chair.wait(4)
    chair.flag("ecg_lead_off", on=False)
    chair.wait(6)
    assert "ECG_LEADS_OFF" not in chair.rows()


def test_technical_rows_marked_latching_latch() -> None:
    system = AlarmSystem()
    system.evaluate_station(StationFacts(suspended_since_us=0, suspended_s=60, active=True), 0)
    system.evaluate_station(StationFacts(active=True), us(60))
    [view] = system.views(us(60))
    assert view.state is AlarmState.LATCHED
    assert system.acknowledge(None, (view.occurrence,), "nurse:K", "", us(61)).refusal is None
    assert system.views(us(61)) == ()


def test_spo2_low_latches_only_if_it_became_high() -> None:
    chair = Chair().armed()
    chair.spo2(88)
    chair.wait(100)
    chair.spo2(97)
    chair.wait(6)
    assert chair.view("SPO2_LOW").state is AlarmState.RECENT
    chair = Chair().armed()
    chair.spo2(88)
    chair.wait(151)
    chair.spo2(97)
    chair.wait(6)
    assert chair.view("SPO2_LOW").state is AlarmState.LATCHED


def test_several_latched_ones_of_a_row_are_one_line_that_says_how_often_and_how_bad() -> None:
    chair = Chair(values={SPO2: 97.0}).armed()
    for lowest in (82, 79, 84):
        chair.spo2(lowest)
        chair.wait(4)
        chair.spo2(97)
        chair.wait(20)
    view = chair.view("SPO2_DESAT")
    assert (view.state, view.extremum, view.message) == (AlarmState.LATCHED, "3 times, worst 79", "*** DESAT 79 < 85")
    assert len(chair.ended("SPO2_DESAT")) == 3


# ---------------------------------------------------------------- voice


def test_the_voice_is_the_highest_priority_and_its_newest_occurrence() -> None:
    chair = fast()
    voice = chair.system.voice(chair.now_us)
    assert voice is not None
    assert (voice.priority, voice.chair) == (Priority.MEDIUM, 3)
    blue(chair, 84)
    chair.hr(150)
    chair.wait(4)
    voice = chair.system.voice(chair.now_us)
    assert voice is not None
    assert (voice.priority, voice.occurrence) == (Priority.HIGH, chair.view("EXTREME_TACHY").occurrence)


def test_an_unanswered_high_becomes_louder_after_15_and_30_s() -> None:
    chair = blue()
    start = chair.view("SPO2_DESAT").since_us
    for after_s, boost in ((14.9, 0), (15, 3), (29.9, 3), (30, 6), (300, 6)):
        chair.until_us(max(chair.now_us, start + us(after_s)))
        voice = chair.system.voice(chair.now_us)
        assert voice is not None
        assert voice.boost_db == boost


def test_an_unanswered_medium_becomes_louder_after_120_s() -> None:
    chair = fast()
    start = chair.view("HR_HIGH").since_us
    chair.until_us(start + us(119.9))
    assert chair.system.voice(chair.now_us).boost_db == 0  # type: ignore[union-attr]
    chair.until_us(start + us(120))
    assert chair.system.voice(chair.now_us).boost_db == 3  # type: ignore[union-attr]


def test_the_end_of_a_high_lets_its_burst_finish() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    assert chair.system.voice(chair.now_us) is not None
    chair.wait(1)
    chair.asystole(None)
    chair.system.voice(chair.now_us)
    burst = us(120) + tones.burst_us(Priority.HIGH)
    assert chair.system.voice(burst) is not None
    assert chair.system.voice(burst + us(0.3)) is None


def test_in_the_pause_between_bursts_the_end_is_silent_at_once() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    chair.wait(5)
    chair.asystole(None)
    assert chair.system.voice(chair.now_us) is None


def test_a_technical_low_sounds_twice_and_is_then_visual_only() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.flag("ecg_lead_off")
    chair.wait(3)
    start = chair.now_us
    second_end = start + tones.period_us(Priority.LOW) + tones.burst_us(Priority.LOW)
    chair.until_us(second_end)
    assert chair.system.voice(chair.now_us) is not None
    chair.wait(1)
    assert chair.system.voice(chair.now_us) is None
    assert chair.view("ECG_LEADS_OFF").state is AlarmState.SIGNALLING


# ---------------------------------------------------------------- chains


def test_a_higher_member_suppresses_the_lower_ones_and_they_speak_again_when_it_ends() -> None:
    chair = fast()
    chair.hr(150)
    chair.wait(3)
    assert chair.view("HR_HIGH").state is AlarmState.SUPPRESSED
    chair.hr(133)
    chair.wait(5)
    assert chair.view("EXTREME_TACHY").state is AlarmState.LATCHED
    assert chair.view("HR_HIGH").state is AlarmState.SIGNALLING


def test_a_lower_member_raised_under_a_higher_one_is_journalled_with_its_suppressor() -> None:
    chair = Chair().armed()
    chair.reads(205)
    [(_, upper)], [(_, lower)] = chair.raised("NIBP_S_XHIGH"), chair.raised("NIBP_S_HIGH")
    assert lower.suppressed_by == upper.occurrence
    assert chair.view("NIBP_S_HIGH").state is AlarmState.SUPPRESSED


@pytest.mark.parametrize(("now", "state"), [(145, AlarmState.ACKNOWLEDGED), (146, AlarmState.SIGNALLING)])
def test_a_suppressed_one_that_was_acknowledged_stays_so_unless_it_is_worse(now: float, state: AlarmState) -> None:
    chair = fast(rate=131)
    chair.acknowledge("HR_HIGH")
    chair.hr(145)
    chair.wait(3)
    assert chair.view("HR_HIGH").state is AlarmState.SUPPRESSED
    chair.hr(now)
    wide = replace(chair.facts.limits["EXTREME_TACHY"], value=150.0)
    chair.change(limits={**chair.facts.limits, "EXTREME_TACHY": wide})
    assert chair.view("HR_HIGH").state is state


def test_a_suppressed_one_whose_condition_ends_is_closed() -> None:
    chair = fast()
    chair.hr(150)
    chair.wait(3)
    chair.hr(72)
    chair.wait(6)
    assert "HR_HIGH" not in chair.rows()
    assert chair.ended("HR_HIGH")[0][1].reason == "cleared"


def test_a_lower_priority_never_suppresses_a_higher_one() -> None:
    chair = Chair(values={SPO2: 97}).armed()
    chair.spo2(83)
    chair.wait(3)
    chair.flag("spo2_probe_off")
    chair.says(SPO2, None, Validity.SENSOR_OFF)
    chair.wait(1)
    chair.link(LinkState.LOST)
    assert chair.view("LINK_LOST").priority is Priority.MEDIUM
    assert chair.view("SPO2_SENSOR_OFF").priority is Priority.HIGH
    assert chair.view("SPO2_SENSOR_OFF").state is AlarmState.SIGNALLING


def test_a_lost_link_suppresses_the_sensor_alarms_of_its_device() -> None:
    chair = Chair().armed()
    chair.flag("ecg_lead_off")
    chair.wait(4)
    chair.link(LinkState.LOST)
    assert chair.view("ECG_LEADS_OFF").state is AlarmState.SUPPRESSED


def test_chains_never_cross_chairs() -> None:
    system = AlarmSystem()
    one, two = Chair(system, 1).armed(), Chair(system, 2).armed()
    one.asystole(116)
    two.hr(45)
    two.wait(4)
    assert {(v.chair, v.row): v.state for v in two.views()}[(2, "HR_LOW")] is AlarmState.SIGNALLING


# ---------------------------------------------------------------- order, first-out, sessions


def test_banner_order_is_priority_unanswered_patient_first_out_oldest() -> None:
    chair = Chair().armed()
    chair.flag("ecg_lead_off")
    chair.wait(5)
    chair.spo2(89)
    chair.wait(61)
    chair.spo2(84)
    chair.wait(4)
    chair.reads(150, 105)
    chair.wait(1)
    assert [v.row for v in chair.views()] == ["SPO2_DESAT", "NIBP_D_HIGH", "ECG_LEADS_OFF", "SPO2_LOW"]
    chair.acknowledge("NIBP_D_HIGH")
    assert [v.row for v in chair.views()] == ["SPO2_DESAT", "ECG_LEADS_OFF", "NIBP_D_HIGH", "SPO2_LOW"]


def test_the_first_of_several_within_30_s_carries_the_mark() -> None:
    chair = fast()
    assert not chair.view("HR_HIGH").first_out
    chair.wait(20)
    chair.reads(165)
    assert chair.view("HR_HIGH").first_out
    assert not chair.view("NIBP_S_HIGH").first_out
    chair.wait(20)
    chair.flag("ecg_noisy")
    chair.wait(11)
    assert not chair.view("NIBP_S_HIGH").first_out


def test_the_end_of_a_session_ends_and_closes_everything_by_name() -> None:
    chair = fast(blue())
    chair.spo2(97)
    chair.wait(20)
    assert chair.view("SPO2_DESAT").state is AlarmState.LATCHED
    payloads = chair.system.end_session(3, chair.now_us)
    assert [p.reason for p in of_type(payloads, AlarmEnded)] == ["session_end"]
    closed = {p.occurrence for p in of_type(payloads, AlarmAnnunciated) if p.state == "closed"}
    assert len(closed) == 2
    assert chair.views() == ()
    assert not chair.system.armed(3, HR)


def test_another_session_at_the_chair_begins_with_nothing_of_the_last() -> None:
    chair = fast()
    chair.change(session="s2", admitted_us=chair.now_us)
    assert chair.ended("HR_HIGH")[0][1].reason == "session_end"
    assert chair.views() == ()
    chair.wait(9.9)
    assert not chair.system.armed(3, HR)


def test_every_occurrence_id_is_used_once() -> None:
    chair = Chair(AlarmSystem(next_occurrence=41)).armed()
    for _ in range(3):
        chair.hr(134)
        chair.wait(4)
        chair.hr(80)
        chair.wait(6)
    assert [p.occurrence for _, p in chair.log if isinstance(p, AlarmRaised)] == [41, 42, 43]
