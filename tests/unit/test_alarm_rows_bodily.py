"""Rows about the patient beside the plain limits: each raises at its time, just misses, and clears (ALARMS section 10.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.events import AlarmRaised
from monitor_app.core.facts import Baseline, Value
from monitor_app.core.findings import RhythmWord
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.priority import Priority
from monitor_app.core.profile import Profile
from tests.unit.alarm_room import Chair, limits, us

HR, SPO2, PR, RR = Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE, Parameter.RESP_RATE
USUAL = Baseline(120, 75, 90, 72, 97)


# ---------------------------------------------------------------- rate


def test_sustained_tachycardia_is_a_matter_of_the_infusion_alone() -> None:
    assert "HR_SUSTAINED" not in limits(LimitPhase.BASE)
    assert limits(LimitPhase.INF)["HR_SUSTAINED"] == 120
    assert "HR_SUSTAINED" not in limits(LimitPhase.REC)


def test_sustained_tachycardia_stands_behind_a_plain_high_rate() -> None:
    chair = Chair().armed()
    chair.hr(134)
    chair.wait(300)
    assert chair.view("HR_SUSTAINED").message == "** HR 134 > 120 for 5 min"
    assert chair.view("HR_SUSTAINED").state == "suppressed"


def test_in_recovery_sustained_tachycardia_ends_with_the_phase() -> None:
    chair = Chair().armed()
    chair.hr(125)
    chair.wait(300)
    chair.enters(Phase.RECOVERY)
    assert chair.ended("HR_SUSTAINED")[0][1].reason == "phase_changed"


def differing(hr: float, pulse: float) -> Chair:
    chair = Chair().armed()
    chair.facts = replace(chair.facts, values={**chair.facts.values, PR: replace(chair.facts.values[PR], value=pulse)})
    chair.hr(hr)
    return chair


@pytest.mark.parametrize(
    ("hr", "pulse", "differ"), [(92, 71, True), (92, 72, False), (160, 137, False), (160, 135, True)]
)
def test_heart_and_pulse_differ_by_more_than_20_or_15_per_cent_for_15_s(hr: float, pulse: float, differ: bool) -> None:
    chair = differing(hr, pulse)
    start = chair.now_us
    chair.until_us(start + us(15) - 1)
    assert chair.raised("HR_PR_DIFFER") == []
    chair.wait(0.000001)
    assert [at_us for at_us, _ in chair.raised("HR_PR_DIFFER")] == ([start + us(15)] if differ else [])


def test_the_words_of_a_difference_are_both_numbers() -> None:
    chair = differing(92, 61)
    chair.wait(15)
    assert chair.view("HR_PR_DIFFER").message == "* HR 92 / PULSE 61 DIFFER"


def test_a_difference_that_passes_in_14_s_is_none() -> None:
    chair = differing(92, 61)
    chair.wait(14.999)
    chair.says(PR, 90)
    chair.wait(60)
    assert chair.raised("HR_PR_DIFFER") == []


def test_a_difference_ends_ten_beats_inside_for_ten_seconds() -> None:
    chair = differing(92, 61)
    chair.wait(15)
    chair.says(PR, 81)
    chair.wait(60)
    assert chair.ended("HR_PR_DIFFER") == [], "eleven apart is not back"
    chair.says(PR, 82)
    chair.wait(9.999)
    assert chair.ended("HR_PR_DIFFER") == []
    chair.wait(0.001)
    assert chair.ended("HR_PR_DIFFER")[0][1].reason == "cleared"


def test_a_difference_ends_with_no_data_when_one_number_is_gone() -> None:
    chair = differing(92, 61)
    chair.wait(15)
    chair.says(PR, None, Validity.SENSOR_OFF)
    assert chair.ended("HR_PR_DIFFER")[0][1].reason == "no_data"


def test_a_pulse_of_the_cuff_is_not_compared_with_the_heart() -> None:
    chair = Chair().armed()
    cuff = Value(120, Validity.VALID, chair.now_us, Source.NIBP, chair.now_us)
    chair.change(values={**chair.facts.values, PR: cuff})
    chair.wait(60)
    assert chair.raised("HR_PR_DIFFER") == []


# ---------------------------------------------------------------- rhythm


def found(chair: Chair, word: RhythmWord, value: float | None = None, on: bool = True) -> None:
    rhythm = {w: t for w, t in chair.facts.rhythm.items() if w is not word}
    values = {w: v for w, v in chair.facts.rhythm_values.items() if w is not word}
    if on:
        rhythm[word] = chair.now_us
        values |= {} if value is None else {word: value}
    chair.change(rhythm=rhythm, rhythm_values=values)


@pytest.mark.parametrize(
    ("word", "value", "message"),
    [
        (RhythmWord.VTACH, 142.4, "*** V-TACH 142"),
        (RhythmWord.VBRADY, 34.0, "*** V-BRADY 34"),
        (RhythmWord.PAUSE, 3.24, "** PAUSE 3.2 s"),
        (RhythmWord.VRUN, 132.0, "** V-RUN 132"),
        (RhythmWord.VRUN_SLOW, 84.0, "** V-RUN SLOW 84"),
        (RhythmWord.VRHYTHM, 62.0, "** VENTRICULAR RHYTHM 62"),
        (RhythmWord.PVC_RATE, 14.0, "* PVC 14/min"),
        (RhythmWord.CHECK_ECG, 76.0, "! CHECK ECG, PULSE PRESENT 76"),
        (RhythmWord.VTACH, None, "*** V-TACH"),
        (RhythmWord.BIGEMINY, None, "* BIGEMINY"),
        (RhythmWord.R_ON_T, None, "* R-ON-T PVC"),
        (RhythmWord.VFIB, None, "*** V-FIB"),
        (RhythmWord.IRREGULAR, None, "* IRREGULAR RHYTHM"),
    ],
)
def test_a_finding_is_raised_at_once_with_its_number_and_ends_with_it(
    word: RhythmWord, value: float | None, message: str
) -> None:
    chair = Chair().armed()
    assert chair.raised(word.value) == []
    found(chair, word, value)
    assert chair.raised(word.value)[0][1].message == message
    found(chair, word, on=False)
    chair.wait(30)
    assert chair.ended(word.value)[0][1].reason == "cleared"


def test_atrial_fibrillation_is_medium_the_first_time_in_a_session_and_low_afterwards() -> None:
    chair = Chair().armed()
    for priority in (Priority.MEDIUM, Priority.LOW, Priority.LOW):
        found(chair, RhythmWord.AFIB)
        assert chair.raised("AFIB")[-1][1].priority == priority
        chair.wait(60)
        assert chair.view("AFIB").priority is priority
        found(chair, RhythmWord.AFIB, on=False)
        assert chair.ended("AFIB")[-1][1].reason == "cleared"
        chair.wait(1000)
    chair.change(session="s2", admitted_us=chair.now_us)
    found(chair, RhythmWord.AFIB)
    assert chair.raised("AFIB")[-1][1].priority == Priority.MEDIUM, "another patient"


def test_an_irregular_pulse_is_said_after_a_minute_and_ends_a_minute_later() -> None:
    chair = Chair(values={SPO2: 97, PR: 72}).armed()
    start = chair.now_us
    chair.change(irregular_since_us=start)
    chair.until_us(start + us(60) - 1)
    assert chair.raised("IRREGULAR_PULSE") == []
    chair.wait(0.000001)
    assert chair.view("IRREGULAR_PULSE").message == "* IRREGULAR PULSE"
    chair.change(irregular_since_us=None)
    chair.wait(59.999)
    assert chair.ended("IRREGULAR_PULSE") == []
    chair.wait(0.001)
    assert chair.ended("IRREGULAR_PULSE")[0][1].reason == "cleared"


def test_a_pulse_that_is_irregular_for_less_than_a_minute_is_none() -> None:
    chair = Chair(values={SPO2: 97, PR: 72}).armed()
    chair.change(irregular_since_us=chair.now_us)
    chair.wait(59.999)
    chair.change(irregular_since_us=None)
    chair.wait(120)
    assert chair.raised("IRREGULAR_PULSE") == []


# ---------------------------------------------------------------- the shield


def heard(chair: Chair) -> Priority | None:
    voice = chair.system.voice(chair.now_us)
    return voice.priority if voice is not None else None


def run_of_beats(chair: Chair, word: RhythmWord = RhythmWord.VRUN, seconds: float = 3.0) -> None:
    """A run, heard, and over with its clear time."""
    found(chair, word)
    chair.wait(seconds)
    found(chair, word, on=False)
    chair.wait(12)


def test_an_extreme_rate_found_by_the_beats_names_their_rate_and_never_a_number_inside_the_limit() -> None:
    chair = Chair().armed()
    found(chair, RhythmWord.EXTREME_BRADY, 37.6)
    [(_, raised)] = chair.raised("EXTREME_BRADY")
    assert (raised.value, raised.message) == (37, "*** EXTREME BRADY 37 < 40")


def test_a_second_run_within_two_minutes_is_shown_and_journalled_and_silent() -> None:
    chair = Chair().armed()
    run_of_beats(chair)
    found(chair, RhythmWord.VRUN)
    assert len(chair.raised("VRUN")) == 2
    assert [v.state for v in chair.views() if v.row == "VRUN" and v.ended_us is None] == ["signalling"]
    assert heard(chair) is None


def test_a_run_that_outlasts_the_shield_sounds_at_its_end() -> None:
    chair = Chair().armed()
    run_of_beats(chair)
    [(ended_us, _)] = chair.ended("VRUN")
    found(chair, RhythmWord.VRUN)
    chair.until_us(ended_us + us(120) - 1)
    assert heard(chair) is None
    chair.wait(0.000001)
    assert heard(chair) is Priority.MEDIUM


def test_rows_of_a_lower_rank_are_silent_for_five_minutes_when_low() -> None:
    chair = Chair().armed()
    run_of_beats(chair)
    [(ended_us, _)] = chair.ended("VRUN")
    chair.until_us(ended_us + us(299))
    found(chair, RhythmWord.BIGEMINY)
    assert heard(chair) is None
    chair.until_us(ended_us + us(300))
    assert heard(chair) is Priority.LOW


def test_a_low_rhythm_shields_no_medium_one_above_it() -> None:
    chair = Chair().armed()
    run_of_beats(chair, RhythmWord.BIGEMINY, 40)
    chair.wait(30)
    assert chair.ended("BIGEMINY") != []
    found(chair, RhythmWord.VRUN)
    assert heard(chair) is Priority.MEDIUM


def test_anything_higher_breaks_the_shield() -> None:
    chair = Chair().armed()
    run_of_beats(chair)
    found(chair, RhythmWord.VTACH)
    assert heard(chair) is Priority.HIGH
    found(chair, RhythmWord.VTACH, on=False)
    chair.wait(5)
    chair.acknowledge()
    found(chair, RhythmWord.VRUN)
    assert heard(chair) is Priority.MEDIUM


def test_fibrillation_of_the_atria_shields_for_a_quarter_of_an_hour() -> None:
    chair = Chair().armed()
    run_of_beats(chair, RhythmWord.AFIB)
    [(ended_us, _)] = chair.ended("AFIB")
    chair.until_us(ended_us + us(899))
    found(chair, RhythmWord.AFIB)
    assert heard(chair) is None
    chair.until_us(ended_us + us(900))
    assert heard(chair) is Priority.LOW


def test_what_nobody_has_heard_shields_nothing() -> None:
    """Its burst was another's: the first sound of this rhythm must still come."""
    chair = Chair().armed()
    chair.spo2(80)
    chair.wait(4)
    assert heard(chair) is Priority.HIGH
    run_of_beats(chair)
    chair.spo2(97)
    chair.wait(30)
    chair.acknowledge()
    found(chair, RhythmWord.VRUN)
    assert heard(chair) is Priority.MEDIUM


def test_what_was_lost_for_want_of_data_shields_nothing() -> None:
    chair = Chair().armed()
    found(chair, RhythmWord.VRUN)
    chair.wait(3)
    values = {**chair.facts.values, HR: replace(chair.facts.values[HR], value=None, validity=Validity.SENSOR_OFF)}
    chair.change(rhythm={}, values=values, flags_since={"ecg_lead_off": chair.now_us})
    assert chair.ended("VRUN")[0][1].reason == "no_data"
    chair.change(flags_since={})
    chair.hr(72)
    chair.wait(10)
    found(chair, RhythmWord.VRUN)
    assert heard(chair) is Priority.MEDIUM


def test_a_shield_leaves_with_its_patient() -> None:
    chair = Chair().armed()
    run_of_beats(chair)
    chair.change(session="s2", admitted_us=chair.now_us)
    found(chair, RhythmWord.VRUN)
    assert heard(chair) is Priority.MEDIUM


# ---------------------------------------------------------------- pressure


def test_the_mean_pressure_has_an_upper_limit_only_where_a_profile_names_one() -> None:
    chair = Chair().armed()
    chair.reads(150, 95, 119)
    assert chair.raised("NIBP_M_HIGH") == []
    chair = Chair(profile=Profile("p", "P", limits={"NIBP_M_HIGH": {"inf": 115}})).armed()
    chair.reads(150, 95, 115)
    assert chair.raised("NIBP_M_HIGH") == []
    chair.reads(150, 95, 118)
    assert chair.view("NIBP_M_HIGH").message == "** MAP 118 > 115"
    chair.reads(150, 95, 113)
    assert chair.ended("NIBP_M_HIGH") == []
    chair.reads(150, 95, 112)
    assert chair.ended("NIBP_M_HIGH")[0][1].reason == "cleared"


def test_no_profile_loosens_the_upper_limit_of_the_mean_pressure_beyond_its_guard() -> None:
    profile = Profile("p", "P", limits={"NIBP_M_HIGH": {"inf": 200}})
    assert Chair(profile=profile).facts.limits["NIBP_M_HIGH"].value == 125


def test_two_readings_far_above_the_baseline_are_said_for_awareness() -> None:
    chair = Chair(baseline=USUAL).armed()
    chair.reads(160)
    assert chair.raised("NIBP_RISE") == [], "one reading"
    chair.reads(159)
    chair.reads(160)
    assert chair.raised("NIBP_RISE") == [], "39 above lies between"
    chair.reads(164)
    view = chair.view("NIBP_RISE")
    assert (view.priority, view.message) == (Priority.LOW, "* SYS +44 ABOVE BASELINE")


def test_the_diastolic_rise_is_named_as_such() -> None:
    chair = Chair(baseline=USUAL).armed()
    chair.reads(140, 100)
    chair.reads(140, 100)
    assert chair.view("NIBP_RISE").message == "* DIA +25 ABOVE BASELINE"


def test_a_rise_ends_with_two_readings_below_it() -> None:
    chair = Chair(baseline=USUAL).armed()
    chair.reads(164)
    chair.reads(164)
    chair.reads(150)
    chair.wait(600)
    assert chair.ended("NIBP_RISE") == []
    assert chair.view("NIBP_RISE").message == "* SYS +44 ABOVE BASELINE"
    chair.reads(150)
    assert chair.ended("NIBP_RISE")[0][1].reason == "cleared"


def test_without_a_confirmed_baseline_there_is_no_rise() -> None:
    chair = Chair().armed()
    chair.reads(174)
    chair.reads(174)
    assert chair.raised("NIBP_RISE") == []


# ---------------------------------------------------------------- breath


def breathes(chair: Chair, rate: float | None, source: Source | None = Source.IMPEDANCE) -> None:
    old = chair.facts.values.get(RR)
    since = old.valid_since_us if old is not None and old.valid_since_us is not None else chair.now_us
    word = Validity.VALID if rate is not None else Validity.NOT_MEASURED
    value = Value(rate, word, chair.now_us, source, since if rate is not None else None)
    chair.change(values={**chair.facts.values, RR: value})


def breathing() -> Chair:
    return Chair(values={HR: 72, SPO2: 97, PR: 72, RR: 14}).armed()


def test_no_breath_for_20_s_is_medium_from_the_impedance() -> None:
    chair = breathing()
    start = chair.now_us
    breathes(chair, 0)
    chair.until_us(start + us(20) - 1)
    assert chair.raised("APNEA") == []
    chair.wait(0.000001)
    assert chair.view("APNEA").message == "** APNEA 20 s"
    chair.wait(4)
    assert chair.view("APNEA").message == "** APNEA 24 s"


def test_no_breath_and_low_oxygen_is_high() -> None:
    chair = breathing()
    breathes(chair, 0)
    chair.wait(20)
    assert chair.view("APNEA").priority is Priority.MEDIUM
    chair.spo2(88)
    assert chair.view("APNEA").priority is Priority.HIGH


def test_no_breath_in_the_airflow_is_high() -> None:
    chair = breathing()
    breathes(chair, 0, None)
    chair.wait(20)
    assert chair.view("APNEA").message == "*** APNEA 20 s"


def test_a_breath_within_20_s_is_no_apnea() -> None:
    chair = breathing()
    breathes(chair, 0)
    chair.wait(19.999)
    breathes(chair, 4)
    chair.wait(60)
    assert chair.raised("APNEA") == []


def test_apnea_ends_when_breaths_are_counted_for_ten_seconds() -> None:
    chair = breathing()
    breathes(chair, 0)
    chair.wait(20)
    breathes(chair, 12)
    chair.wait(9.999)
    assert chair.ended("APNEA") == []
    chair.wait(0.001)
    assert chair.ended("APNEA")[0][1].reason == "cleared"


def test_a_device_that_does_not_count_breaths_says_nothing_of_apnea() -> None:
    chair = breathing()
    breathes(chair, None)
    chair.wait(120)
    assert chair.raised("APNEA") == []


# ---------------------------------------------------------------- temperature


def test_a_temperature_is_said_with_its_decimal() -> None:
    chair = Chair(values={Parameter.TEMPERATURE: 36.8}).armed()
    chair.says(Parameter.TEMPERATURE, 38.7)
    chair.wait(60)
    assert chair.view("TEMP_HIGH").message == "* TEMP 38.7 > 38.5"


# ---------------------------------------------------------------- a cuff on the arm of the probe


def squeezed(chair: Chair) -> None:
    """The cuff begins to work on the arm of the probe."""
    chair.facts = replace(chair.facts, cuff_same_arm=True)
    chair.cuff(measuring_since_us=chair.now_us)


def raised_us(chair: Chair, row: str) -> list[int]:
    return [at_us for at_us, p in chair.log if isinstance(p, AlarmRaised) and p.row == row]


@pytest.mark.parametrize(
    ("flag", "row", "delay_s"),
    [
        ("spo2_searching", "SPO2_NO_PULSE", 10),
        ("spo2_probe_off", "SPO2_SENSOR_OFF", 10),
        ("spo2_low_perfusion", "SPO2_LOW_PERFUSION", 20),
    ],
)
def test_a_lost_pulse_waits_up_to_60_s_from_the_inflation_and_is_never_dropped(
    flag: str, row: str, delay_s: float
) -> None:
    chair = Chair().armed()
    start = chair.now_us
    squeezed(chair)
    chair.wait(8)
    chair.flag(flag)
    chair.wait(300)
    assert raised_us(chair, row) == [start + us(60 + delay_s)]
    [(_, raised)] = chair.raised(row)
    assert raised.delay_us == us(60 - 8 + delay_s)


def test_a_pulse_that_stays_away_after_the_cuff_is_said_after_the_usual_delay() -> None:
    chair = Chair().armed()
    squeezed(chair)
    chair.wait(8)
    chair.flag("spo2_searching")
    chair.wait(27)
    end = chair.now_us
    chair.cuff(measuring_since_us=None)
    chair.wait(60)
    assert raised_us(chair, "SPO2_NO_PULSE") == [end + us(10)]


def test_a_pulse_that_returns_with_the_end_of_the_cuff_is_no_alarm() -> None:
    chair = Chair().armed()
    squeezed(chair)
    chair.wait(8)
    chair.flag("spo2_searching")
    chair.wait(27)
    chair.cuff(measuring_since_us=None)
    chair.wait(4)
    chair.flag("spo2_searching", on=False)
    chair.wait(60)
    assert raised_us(chair, "SPO2_NO_PULSE") == []


def test_what_began_before_the_inflation_is_not_explained_by_it() -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.flag("spo2_probe_off")
    chair.wait(1)
    squeezed(chair)
    chair.wait(60)
    assert raised_us(chair, "SPO2_SENSOR_OFF") == [start + us(10)]


def test_a_cuff_on_the_other_arm_delays_nothing() -> None:
    chair = Chair().armed()
    chair.cuff(measuring_since_us=chair.now_us)
    chair.flag("spo2_searching")
    start = chair.now_us
    chair.wait(60)
    assert raised_us(chair, "SPO2_NO_PULSE") == [start + us(10)]


def test_a_desaturation_waits_ten_seconds_more_and_not_one_longer() -> None:
    chair = Chair(values={SPO2: 90.0, HR: 72.0, PR: 72.0}).armed()
    squeezed(chair)
    chair.wait(20)
    start = chair.now_us
    chair.spo2(83)
    chair.wait(60)
    assert raised_us(chair, "SPO2_DESAT") == [start + us(13)]


def test_a_rapid_fall_waits_ten_seconds_under_the_cuff() -> None:
    chair = Chair(values={SPO2: 98.0, HR: 72.0, PR: 72.0}).armed()
    squeezed(chair)
    chair.wait(20)
    start = chair.now_us
    chair.spo2(87)
    chair.wait(60)
    assert raised_us(chair, "SPO2_FALL") == [start + us(10)]


def test_a_low_saturation_under_the_cuff_is_delayed_with_its_dose() -> None:
    chair = Chair().armed()
    start = chair.now_us
    squeezed(chair)
    chair.wait(10)
    chair.spo2(88)
    chair.wait(300)
    assert raised_us(chair, "SPO2_LOW") == [start + us(60 + 15)]
