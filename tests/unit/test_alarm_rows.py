"""Each row of the catalogue, three traces: raises exactly at cross + delay, just misses, clears (ALARMS section 10.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.alarms import CATALOGUE, AlarmSystem
from monitor_app.alarms.rows import Group
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmEnded, AlarmRaised
from monitor_app.core.facts import StationFacts, Value
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from tests.unit.alarm_room import Chair, of_type, row, us

HR, SPO2, PR, RR, TEMP = (
    Parameter.HR,
    Parameter.SPO2,
    Parameter.PULSE_RATE,
    Parameter.RESP_RATE,
    Parameter.TEMPERATURE,
)
ALL = {HR: 72.0, SPO2: 97.0, PR: 72.0, RR: 14.0, TEMP: 36.8}


@dataclass(frozen=True)
class Trace:
    """A streamed limit: beyond raises after delay_s, edge is still inside, back counts as back for clear_s."""

    row: str
    parameter: Parameter
    beyond: float
    edge: float
    band: float
    back: float
    delay_s: float
    clear_s: float
    priority: Priority


TRACES = [
    Trace("EXTREME_TACHY", HR, 141, 140, 136, 135, 3, 5, Priority.HIGH),
    Trace("EXTREME_BRADY", HR, 39, 40, 42, 43, 3, 5, Priority.HIGH),
    Trace("HR_HIGH", HR, 131, 130, 128, 127, 3, 5, Priority.MEDIUM),
    Trace("HR_LOW", HR, 49, 50, 51, 52, 3, 5, Priority.MEDIUM),
    Trace("SPO2_DESAT", SPO2, 84, 85, 86, 87, 3, 5, Priority.HIGH),
    Trace("SPO2_LOW", SPO2, 89, 90, 90.5, 91, 15, 5, Priority.MEDIUM),
    Trace("RR_LOW", RR, 7, 8, 8.5, 9, 15, 10, Priority.MEDIUM),
    Trace("RR_HIGH", RR, 31, 30, 29.5, 29, 15, 10, Priority.MEDIUM),
    Trace("HR_SUSTAINED", HR, 121, 120, 116, 115, 300, 30, Priority.MEDIUM),
    Trace("TEMP_HIGH", TEMP, 39.5, 38.5, 38.4, 38.3, 60, 60, Priority.LOW),
    Trace("TEMP_LOW", TEMP, 34.5, 35.5, 35.6, 35.7, 60, 60, Priority.LOW),
]
STREAMED = pytest.mark.parametrize("trace", TRACES, ids=lambda t: t.row)


@STREAMED
def test_a_number_beyond_its_limit_raises_exactly_after_the_delay(trace: Trace) -> None:
    chair = Chair(values=ALL).armed()
    start = chair.now_us
    chair.says(trace.parameter, trace.beyond)
    chair.until_us(start + us(trace.delay_s) - 1)
    assert chair.raised(trace.row) == []
    chair.until_us(start + us(trace.delay_s))
    [(at_us, raised)] = chair.raised(trace.row)
    assert at_us == start + us(trace.delay_s)
    assert (raised.cross_us, raised.delay_us, raised.value) == (start, us(trace.delay_s), trace.beyond)
    assert raised.priority == trace.priority


@STREAMED
def test_equal_to_the_limit_is_inside(trace: Trace) -> None:
    chair = Chair(values=ALL).armed()
    chair.says(trace.parameter, trace.edge)
    chair.wait(120)
    assert chair.raised(trace.row) == []


@STREAMED
def test_a_breach_shorter_than_the_delay_is_a_near_miss(trace: Trace) -> None:
    chair = Chair(values=ALL).armed()
    start = chair.now_us
    chair.says(trace.parameter, trace.beyond)
    chair.until_us(start + us(trace.delay_s) - 1)
    chair.says(trace.parameter, trace.edge)
    chair.wait(60)
    assert chair.raised(trace.row) == []
    [missed] = chair.near_missed(trace.row)
    assert (missed.depth, missed.duration_us) == (1, us(trace.delay_s) - 1)


@STREAMED
def test_it_ends_when_the_number_is_back_by_the_hysteresis_for_the_clear_time(trace: Trace) -> None:
    chair = Chair(values=ALL).armed()
    chair.says(trace.parameter, trace.beyond)
    chair.wait(trace.delay_s + 1)
    chair.says(trace.parameter, trace.band)
    chair.wait(60)
    assert chair.ended(trace.row) == [], "inside the hysteresis band is not back"
    back = chair.now_us
    chair.says(trace.parameter, trace.back)
    chair.until_us(back + us(trace.clear_s) - 1)
    assert chair.ended(trace.row) == []
    chair.wait(1)
    [(at_us, ended)] = chair.ended(trace.row)
    assert (at_us, ended.reason, ended.back_us) == (back + us(trace.clear_s), "cleared", back)
    assert ended.extremum == trace.beyond


@STREAMED
def test_a_relapse_while_clearing_goes_on_as_the_same_occurrence(trace: Trace) -> None:
    chair = Chair(values=ALL).armed()
    chair.says(trace.parameter, trace.beyond)
    chair.wait(trace.delay_s)
    chair.says(trace.parameter, trace.back)
    chair.wait(trace.clear_s - 1)
    chair.says(trace.parameter, trace.beyond)
    chair.wait(60)
    assert len(chair.raised(trace.row)) == 1
    assert chair.ended(trace.row) == []


@STREAMED
def test_nothing_is_compared_before_ten_seconds_of_numbers(trace: Trace) -> None:
    chair = Chair(values={**ALL, trace.parameter: trace.beyond})
    assert not chair.system.armed(3, trace.parameter)
    chair.until(110)
    assert chair.system.armed(3, trace.parameter)
    chair.wait(trace.delay_s)
    [(at_us, _)] = chair.raised(trace.row)
    assert at_us == us(110 + trace.delay_s)


@STREAMED
def test_loss_of_the_number_ends_it_with_no_data(trace: Trace) -> None:
    chair = Chair(values={k: v for k, v in ALL.items() if k is not PR}).armed()
    chair.says(trace.parameter, trace.beyond)
    chair.wait(trace.delay_s + 1)
    chair.says(trace.parameter, None, Validity.DISTURBED)
    [(_, ended)] = chair.ended(trace.row)
    assert ended.reason == "no_data"


def test_without_a_session_no_limit_is_compared() -> None:
    chair = Chair(values=ALL, session=None, phase=Phase.EMPTY).armed()
    chair.spo2(70)
    chair.wait(60)
    assert {p.row for _, p in chair.log if isinstance(p, AlarmRaised)} == {"NOT_MONITORED"}


# ---------------------------------------------------------------- rate source


def test_without_an_ecg_the_pulse_rate_takes_its_place_and_says_pr() -> None:
    chair = Chair(values={SPO2: 97, PR: 72}).armed()
    chair.says(PR, 134)
    chair.wait(3)
    assert chair.view("HR_HIGH").message == "** PR 134 > 130"
    assert chair.view("HR_HIGH").parameter == "pulse_rate"


def test_a_noisy_ecg_does_not_hand_over_to_the_pulse() -> None:
    chair = Chair().armed()
    chair.says(PR, 134)
    chair.hr(None, Validity.DISTURBED)
    chair.wait(30)
    assert chair.raised("HR_HIGH") == []


def test_an_alarm_goes_on_when_the_leads_fall_off_and_the_pulse_is_as_fast() -> None:
    chair = Chair().armed()
    chair.says(PR, 150)
    chair.hr(150)
    chair.wait(3)
    chair.hr(None, Validity.SENSOR_OFF)
    assert chair.ended("EXTREME_TACHY") == []
    assert chair.view("EXTREME_TACHY").parameter == "pulse_rate"


def test_a_calm_pulse_says_nothing_about_a_fast_ecg_that_was_lost() -> None:
    chair = Chair().armed()
    chair.hr(150)
    chair.wait(3)
    chair.hr(None, Validity.SENSOR_OFF)
    [(_, ended)] = chair.ended("EXTREME_TACHY")
    assert ended.reason == "no_data"


# ---------------------------------------------------------------- rhythm


def test_asystole_is_raised_at_once_with_its_seconds() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    [(at_us, raised)] = chair.raised("ASYSTOLE")
    assert (at_us, raised.cross_us, raised.priority) == (us(120), us(116), Priority.HIGH)
    assert raised.message == "*** ASYSTOLE 4 s"
    chair.wait(1)
    assert chair.view("ASYSTOLE").message == "*** ASYSTOLE 5 s"


def test_asystole_ends_with_the_finding() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    chair.wait(3)
    chair.asystole(None)
    [(_, ended)] = chair.ended("ASYSTOLE")
    assert ended.reason == "cleared"


def test_asystole_whose_leads_come_off_ends_with_no_data_and_the_leads_speak_high() -> None:
    chair = Chair().armed()
    chair.asystole(116)
    values = {**chair.facts.values, HR: replace(chair.facts.values[HR], value=None, validity=Validity.SENSOR_OFF)}
    chair.change(rhythm={}, values=values, flags_since={"ecg_lead_off": chair.now_us})
    [(_, ended)] = chair.ended("ASYSTOLE")
    assert ended.reason == "no_data"
    [(_, leads)] = chair.raised("ECG_LEADS_OFF")
    assert leads.priority == Priority.HIGH


# ---------------------------------------------------------------- oxygen by fall


def test_a_fall_of_ten_points_below_the_limit_raises_at_once() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(88)
    [(at_us, raised)] = chair.raised("SPO2_FALL")
    assert at_us == us(120)
    assert raised.message == "*** SpO2 FALLING 98 to 88"


def test_a_fall_of_nine_points_or_one_that_stays_above_the_limit_is_none() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(89)
    assert chair.raised("SPO2_FALL") == []
    chair = Chair(values={**ALL, SPO2: 100}).armed()
    chair.spo2(90)
    assert chair.raised("SPO2_FALL") == []


def test_a_fall_over_more_than_a_minute_is_no_rapid_fall() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(93)
    chair.wait(60.5)
    chair.spo2(88)
    assert chair.raised("SPO2_FALL") == []


@pytest.mark.parametrize(("gap_s", "count"), [(10, 1), (10.5, 0)])
def test_numbers_of_before_a_long_gap_do_not_count(gap_s: float, count: int) -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(None)
    chair.wait(gap_s)
    chair.spo2(87)
    assert len(chair.raised("SPO2_FALL")) == count


def test_numbers_of_before_a_probe_off_do_not_count() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.says(SPO2, None, Validity.SENSOR_OFF)
    chair.wait(2)
    chair.spo2(87)
    assert chair.raised("SPO2_FALL") == []


def test_a_fall_ends_four_points_above_its_minimum_for_ten_seconds() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(86)
    chair.wait(5)
    chair.spo2(85)
    chair.wait(5)
    chair.spo2(88)
    chair.wait(30)
    assert chair.ended("SPO2_FALL") == []
    chair.spo2(89)
    chair.wait(9.9)
    assert chair.ended("SPO2_FALL") == []
    chair.wait(0.1)
    [(_, ended)] = chair.ended("SPO2_FALL")
    assert (ended.reason, ended.extremum) == ("cleared", 85)


def test_no_pulse_at_the_probe_is_medium_and_high_after_30_s_without_an_ecg() -> None:
    chair = Chair(values={SPO2: 97, PR: 72}).armed()
    chair.says(SPO2, None, Validity.SEARCHING)
    chair.flag("spo2_searching")
    chair.wait(10)
    assert chair.view("SPO2_NO_PULSE").message == "** NO PULSE AT PROBE 0:10"
    chair.wait(30)
    assert chair.view("SPO2_NO_PULSE").priority is Priority.HIGH


def test_no_pulse_stays_medium_while_the_ecg_shows_beats() -> None:
    chair = Chair().armed()
    chair.says(SPO2, None, Validity.SEARCHING)
    chair.flag("spo2_searching")
    chair.wait(60)
    assert chair.view("SPO2_NO_PULSE").priority is Priority.MEDIUM


# ---------------------------------------------------------------- blood pressure


@pytest.mark.parametrize(
    ("row_id", "beyond", "edge", "band", "back", "priority"),
    [
        ("NIBP_S_HIGH", (161, 80, 90), (160, 80, 90), (156, 80, 90), (155, 80, 90), Priority.MEDIUM),
        ("NIBP_D_HIGH", (150, 101, 110), (150, 100, 110), (150, 96, 110), (150, 95, 110), Priority.MEDIUM),
        ("NIBP_M_LOW", (100, 52, 59), (100, 52, 60), (100, 52, 62), (100, 52, 63), Priority.MEDIUM),
        ("NIBP_D_LOW", (110, 49, 70), (110, 50, 70), (110, 54, 70), (110, 55, 70), Priority.LOW),
    ],
)
def test_a_pressure_is_judged_once_per_reading(
    row_id: str,
    beyond: tuple[float, float, float],
    edge: tuple[float, float, float],
    band: tuple[float, float, float],
    back: tuple[float, float, float],
    priority: Priority,
) -> None:
    chair = Chair().armed()
    chair.reads(*edge)
    assert chair.raised(row_id) == []
    chair.reads(*beyond)
    [(_, raised)] = chair.raised(row_id)
    assert (raised.priority, raised.delay_us) == (priority, 0)
    chair.reads(*band)
    assert chair.ended(row_id) == []
    chair.wait(600)
    chair.reads(*back)
    [(_, ended)] = chair.ended(row_id)
    assert ended.reason == "cleared"


def test_an_old_reading_never_raises_an_alarm_when_the_limits_move() -> None:
    chair = Chair(phase=Phase.INFUSION).armed()
    chair.reads(158)
    tight = replace(chair.facts.limits["NIBP_S_HIGH"], value=150.0)
    chair.change(limits={**chair.facts.limits, "NIBP_S_HIGH": tight})
    chair.wait(60)
    assert chair.raised("NIBP_S_HIGH") == []
    chair.reads(158)
    assert len(chair.raised("NIBP_S_HIGH")) == 1


def test_a_pressure_alarm_ends_with_no_data_when_the_reading_expires() -> None:
    chair = Chair().armed()
    chair.reads(165)
    chair.wait(3600)
    chair.cuff(reading=None, id=0, measured_us=None)
    [(_, ended)] = chair.ended("NIBP_S_HIGH")
    assert ended.reason == "no_data"


def test_a_failed_determination_leaves_the_pressure_alarm_standing() -> None:
    chair = Chair().armed()
    chair.reads(165)
    chair.cuff(reading=None, failures=1)
    assert chair.ended("NIBP_S_HIGH") == []


def test_a_first_extreme_pressure_is_medium_and_names_its_repeat() -> None:
    chair = Chair().armed()
    chair.cuff(due_us=chair.now_us + us(45))
    chair.reads(186)
    view = chair.view("NIBP_S_XHIGH")
    assert (view.priority, view.message) == (Priority.MEDIUM, "** SYS 186 > 180, repeat in 0:45")


def test_a_repeat_beyond_the_same_limit_confirms_and_is_high() -> None:
    chair = Chair().armed()
    chair.reads(186)
    chair.wait(60)
    chair.reads(188)
    view = chair.view("NIBP_S_XHIGH")
    assert (view.priority, view.message) == (Priority.HIGH, "*** SYS 188 > 180 confirmed")
    assert len(chair.raised("NIBP_S_XHIGH")) == 1


def test_a_repeat_beyond_in_the_other_component_confirms_too() -> None:
    chair = Chair().armed()
    chair.reads(186, 90)
    chair.wait(60)
    chair.reads(170, 112)
    assert chair.view("NIBP_D_XHIGH").priority is Priority.HIGH
    assert chair.ended("NIBP_S_XHIGH")[0][1].reason == "refuted"


def test_a_repeat_inside_refutes_and_the_plain_limit_speaks_for_itself() -> None:
    chair = Chair().armed()
    chair.reads(186)
    chair.wait(60)
    chair.reads(168)
    [(_, ended)] = chair.ended("NIBP_S_XHIGH")
    assert ended.reason == "refuted"
    assert chair.view("NIBP_S_HIGH").message == "** SYS 168 > 160"
    assert chair.view("NIBP_S_HIGH").state == "signalling"


def test_without_a_repeat_in_180_s_it_is_high_not_confirmed() -> None:
    chair = Chair().armed()
    chair.reads(186)
    chair.wait(179.999)
    assert chair.view("NIBP_S_XHIGH").priority is Priority.MEDIUM
    chair.wait(0.001)
    view = chair.view("NIBP_S_XHIGH")
    assert (view.priority, view.message) == (Priority.HIGH, "*** SYS 186 > 180 NOT CONFIRMED")


def test_two_failed_repeats_leave_it_high_not_confirmed() -> None:
    chair = Chair().armed()
    chair.reads(186)
    chair.wait(60)
    chair.cuff(failures=1)
    assert chair.view("NIBP_S_XHIGH").priority is Priority.MEDIUM
    chair.cuff(failures=2)
    assert chair.view("NIBP_S_XHIGH").priority is Priority.HIGH


@pytest.mark.parametrize(
    ("reading", "row_id", "text"),
    [
        ((201, 90, 120), "NIBP_S_XHIGH", "*** SYS 201 > 200"),
        ((170, 121, 130), "NIBP_D_XHIGH", "*** DIA 121 > 120"),
        ((79, 40, 62), "NIBP_S_XLOW", "*** SYS 79 < 80"),
    ],
)
def test_far_beyond_once_is_high_at_once(reading: tuple[float, float, float], row_id: str, text: str) -> None:
    chair = Chair().armed()
    chair.reads(*reading)
    assert chair.view(row_id).message == text


def test_a_confirmed_extreme_ends_five_inside() -> None:
    chair = Chair().armed()
    chair.reads(205)
    chair.reads(176)
    assert chair.ended("NIBP_S_XHIGH") == []
    chair.reads(175)
    assert chair.ended("NIBP_S_XHIGH")[0][1].reason == "cleared"


def test_a_first_low_pressure_is_medium_until_confirmed() -> None:
    chair = Chair().armed()
    chair.reads(86, 60, 68)
    assert chair.view("NIBP_S_XLOW").priority is Priority.MEDIUM
    assert chair.view("NIBP_S_LOW").state == "suppressed"
    chair.reads(85, 60, 68)
    assert chair.view("NIBP_S_XLOW").message == "*** SYS 85 < 90 confirmed"


# ---------------------------------------------------------------- chair, technical


@dataclass(frozen=True)
class FlagTrace:
    row: str
    flag: str
    delay_s: float
    clear_s: float
    parameter: Parameter
    base: Priority
    infusion: Priority
    message: str


FLAGS = [
    FlagTrace("ECG_LEADS_OFF", "ecg_lead_off", 3, 5, HR, Priority.LOW, Priority.MEDIUM, "!! ECG LEADS OFF"),
    FlagTrace("ECG_NOISY", "ecg_noisy", 10, 10, HR, Priority.LOW, Priority.LOW, "! ECG NOISY, NO HEART RATE"),
    FlagTrace(
        "SPO2_SENSOR_OFF", "spo2_probe_off", 10, 5, SPO2, Priority.LOW, Priority.MEDIUM, "!! SpO2 PROBE OFF 0:10"
    ),
    FlagTrace(
        "SPO2_UNPLUGGED", "spo2_sensor_unplugged", 3, 5, SPO2, Priority.LOW, Priority.MEDIUM, "!! SpO2 PROBE UNPLUGGED"
    ),
]
FLAGGED = pytest.mark.parametrize("trace", FLAGS, ids=lambda t: t.row)


@FLAGGED
def test_a_sensor_state_raises_exactly_after_its_delay(trace: FlagTrace) -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.flag(trace.flag)
    chair.until_us(start + us(trace.delay_s) - 1)
    assert chair.raised(trace.row) == []
    chair.wait(0.000001)
    [(at_us, raised)] = chair.raised(trace.row)
    assert (at_us, raised.priority, raised.message) == (start + us(trace.delay_s), trace.infusion, trace.message)


@FLAGGED
def test_a_sensor_state_shorter_than_its_delay_is_none(trace: FlagTrace) -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.flag(trace.flag)
    chair.until_us(start + us(trace.delay_s) - 1)
    chair.flag(trace.flag, on=False)
    chair.wait(60)
    assert chair.raised(trace.row) == []


@FLAGGED
def test_a_sensor_alarm_ends_when_numbers_are_back_for_its_clear_time(trace: FlagTrace) -> None:
    chair = Chair().armed()
    chair.flag(trace.flag)
    chair.says(trace.parameter, None, Validity.SENSOR_OFF)
    chair.wait(20)
    chair.flag(trace.flag, on=False)
    chair.wait(20)
    assert chair.ended(trace.row) == [], "no flag is no health while there is no number"
    chair.says(trace.parameter, 72 if trace.parameter is HR else 97)
    chair.wait(trace.clear_s - 0.001)
    assert chair.ended(trace.row) == []
    chair.wait(0.001)
    assert chair.ended(trace.row)[0][1].reason == "cleared"


@FLAGGED
def test_before_the_infusion_a_sensor_alarm_is_low(trace: FlagTrace) -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.flag(trace.flag)
    chair.wait(20)
    assert chair.view(trace.row).priority is trace.base


@pytest.mark.parametrize(("row_id", "flag"), [("SPO2_SENSOR_OFF", "spo2_probe_off"), ("ECG_NOISY", "ecg_noisy")])
def test_a_lasting_sensor_alarm_escalates_after_60_s(row_id: str, flag: str) -> None:
    chair = Chair().armed()
    chair.flag(flag)
    chair.wait(10 + 59.999)
    before = chair.view(row_id).priority
    chair.wait(0.001)
    assert chair.view(row_id).priority == before + 1


def test_in_recovery_a_probe_off_stays_medium() -> None:
    chair = Chair(phase=Phase.RECOVERY).armed()
    chair.flag("spo2_probe_off")
    chair.wait(300)
    assert chair.view("SPO2_SENSOR_OFF").priority is Priority.MEDIUM


def test_a_lost_link_is_medium_at_once_and_high_after_30_s_in_infusion() -> None:
    chair = Chair().armed()
    chair.link(LinkState.LOST)
    assert chair.view("LINK_LOST").message == "!! LINK LOST 0:00"
    chair.wait(29.999)
    assert chair.view("LINK_LOST").priority is Priority.MEDIUM
    chair.wait(0.001)
    assert chair.view("LINK_LOST").message == "!!! LINK LOST 0:30"


def test_a_lost_link_before_the_infusion_stays_low() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.link(LinkState.LOST)
    chair.wait(300)
    assert chair.view("LINK_LOST").priority is Priority.LOW


def test_a_port_being_opened_is_no_device_yet_and_a_live_link_ends_it() -> None:
    chair = Chair().armed()
    chair.link(LinkState.LOST)
    chair.wait(5)
    chair.link(LinkState.CONNECTING)
    chair.wait(30)
    assert chair.ended("LINK_LOST") == []
    chair.link(LinkState.LIVE)
    chair.wait(2)
    assert chair.ended("LINK_LOST")[0][1].reason == "cleared"


def test_a_number_that_is_not_renewed_has_its_own_alarm_until_its_second_update() -> None:
    chair = Chair().armed()
    chair.expires(SPO2)
    assert chair.view("VALUE_EXPIRED").message == "!! SpO2 NO DATA"
    chair.wait(3)
    chair.spo2(97)
    assert chair.ended("VALUE_EXPIRED") == []
    chair.wait(1)
    chair.spo2(97)
    assert chair.ended("VALUE_EXPIRED")[0][1].reason == "cleared"


def test_two_expired_numbers_have_an_alarm_each() -> None:
    chair = Chair().armed()
    chair.expires(SPO2)
    chair.expires(HR)
    assert {p.message for _, p in chair.raised("VALUE_EXPIRED")} == {"!! SpO2 NO DATA", "!! HR NO DATA"}


def test_no_ecg_is_shown_and_never_heard() -> None:
    chair = Chair(values={SPO2: 97, PR: 72})
    chair.until(109.999)
    assert chair.raised("NO_ECG") == []
    chair.until(110)
    assert chair.view("NO_ECG").message == "! NO ECG, RHYTHM NOT MONITORED"
    assert chair.system.voice(chair.now_us) is None
    chair.hr(72)
    assert chair.ended("NO_ECG")[0][1].reason == "cleared"


def test_a_heart_rate_of_the_device_without_an_ecg_wave_says_that_rhythm_is_not_monitored() -> None:
    chair = Chair()

    def rate(source: Source) -> None:
        value = Value(72, Validity.VALID, chair.now_us, source=source, valid_since_us=chair.now_us)
        chair.change(values={**chair.facts.values, HR: value})

    rate(Source.ECG)
    chair.wait(9.999)
    assert chair.raised("NO_ECG_WAVE") == []
    chair.wait(0.001)
    assert chair.view("NO_ECG_WAVE").message == "! NO ECG WAVE, RHYTHM NOT MONITORED"
    assert chair.system.voice(chair.now_us) is None
    rate(Source.ANALYSIS)
    assert chair.ended("NO_ECG_WAVE")[0][1].reason == "cleared"


def test_a_required_number_that_was_never_watched_is_said_after_60_s() -> None:
    chair = Chair(values={HR: 72})
    chair.change(required_since_us=us(100))
    chair.until(159.999)
    assert chair.raised("MONITORING_INCOMPLETE") == []
    chair.until(160)
    assert chair.view("MONITORING_INCOMPLETE").message == "!! SpO2 NOT MONITORED"
    chair.spo2(97)
    chair.wait(10)
    assert chair.ended("MONITORING_INCOMPLETE")[0][1].reason == "cleared"


def test_before_the_infusion_nothing_is_required() -> None:
    chair = Chair(values={HR: 72}, phase=Phase.ADMITTED)
    chair.wait(600)
    assert chair.raised("MONITORING_INCOMPLETE") == []


def test_three_failures_in_a_row_are_an_alarm_and_a_valid_reading_ends_it() -> None:
    chair = Chair().armed()
    chair.cuff(failures=2, failure_reason="cuff_loose")
    assert chair.raised("NIBP_FAIL") == []
    chair.cuff(failures=3)
    assert chair.view("NIBP_FAIL").message == "!! BP FAILED 3 TIMES (cuff loose)"
    chair.reads(120)
    assert chair.ended("NIBP_FAIL")[0][1].reason == "cleared"


def test_an_overdue_cuff_is_low_at_its_time_and_medium_beyond_two_intervals() -> None:
    chair = Chair().armed()
    chair.reads(120)
    at = chair.now_us
    chair.cuff(interval_us=us(600), overdue_us=at + us(780))
    chair.until_us(at + us(780) - 1)
    assert chair.raised("NIBP_OVERDUE") == []
    chair.wait(0.000001)
    assert chair.view("NIBP_OVERDUE").message == "! BP OVERDUE, last 13 min ago"
    chair.until_us(at + us(1200))
    assert chair.view("NIBP_OVERDUE").priority is Priority.LOW
    chair.wait(0.001)
    assert chair.view("NIBP_OVERDUE").priority is Priority.MEDIUM
    chair.cuff(overdue_us=chair.now_us + us(780))
    assert chair.ended("NIBP_OVERDUE")[0][1].reason == "cleared"


def test_a_cuff_at_work_for_three_minutes_is_high() -> None:
    chair = Chair().armed()
    chair.cuff(measuring_since_us=chair.now_us)
    chair.wait(179.999)
    assert chair.raised("CUFF_NOT_DEFLATED") == []
    chair.wait(0.001)
    assert chair.view("CUFF_NOT_DEFLATED").message == "!!! CUFF NOT DEFLATED"
    chair.cuff(measuring_since_us=None)
    chair.wait(5)
    assert chair.view("CUFF_NOT_DEFLATED").state == "latched"


def test_data_without_a_session_is_said_after_ten_seconds_and_ends_with_a_session() -> None:
    chair = Chair(session=None, phase=Phase.EMPTY)
    chair.until(109.999)
    assert chair.raised("NOT_MONITORED") == []
    chair.until(110)
    assert chair.view("NOT_MONITORED").message == "! CHAIR 3: DATA BUT NO SESSION"
    chair.change(session="s1", phase=Phase.ADMITTED, admitted_us=chair.now_us)
    assert chair.ended("NOT_MONITORED")[0][1].reason == "cleared"


# ---------------------------------------------------------------- station


@pytest.mark.parametrize(
    ("row_id", "facts", "priority", "message", "delay_s"),
    [
        ("STN_SOUND", StationFacts(sound_failed_since_us=0), 2, "!! STATION HAS NO SOUND", 0),
        ("STN_SOUND", StationFacts(sound_failed_since_us=0, treating=True), 3, "!!! STATION HAS NO SOUND", 0),
        ("STN_RECORDING", StationFacts(record_held_since_us=0), 2, "!! RECORDING HELD IN MEMORY 0:00", 0),
        (
            "STN_RECORDING",
            StationFacts(record_held_since_us=0, memory_left_s=1799),
            3,
            "!!! RECORDING HELD IN MEMORY 0:00",
            0,
        ),
        ("STN_NO_DISPLAY", StationFacts(display_missing_since_us=0, active=True), 2, "!! NO WINDOW SHOWS THE ROOM", 5),
        ("STN_SUPERVISOR", StationFacts(supervisor_lost_since_us=0), 2, "!! SUPERVISOR LOST", 0),
        ("STN_CLOCK", StationFacts(clock_stepped_since_us=0, clock_stepped_s=3600), 1, "! CLOCK CHANGED BY +3600 s", 0),
        ("STN_SUSPENDED", StationFacts(suspended_since_us=0, suspended_s=240), 1, "! COMPUTER WAS ASLEEP 4 min", 0),
        (
            "STN_SUSPENDED",
            StationFacts(suspended_since_us=0, suspended_s=240, active=True),
            3,
            "!!! COMPUTER WAS ASLEEP 4 min",
            0,
        ),
        ("STN_CONFIG", StationFacts(config_since_us=0), 2, "!! PROFILE NOT LOADED, LAST ONE IN USE", 0),
        (
            "STN_CONFIG",
            StationFacts(config_since_us=0, config_defaults=True),
            2,
            "!! PROFILE NOT LOADED, DEFAULTS IN USE",
            0,
        ),
        ("STN_OVERLOAD", StationFacts(late_since_us=0), 2, "!! STATION OVERLOADED", 0),
        ("STN_INTERNAL", StationFacts(fault_since_us=0), 2, "!! INTERNAL FAULT: station", 0),
        ("STN_DISK", StationFacts(disk_low_since_us=0, disk_hours="9 h"), 1, "! DISK SPACE FOR 9 h", 0),
        ("STN_SOUND_UNTESTED", StationFacts(sound_untested_since_us=0), 1, "! SOUND NOT TESTED TODAY", 0),
    ],
)
def test_a_fault_of_the_station_is_raised_and_ends(
    row_id: str, facts: StationFacts, priority: int, message: str, delay_s: float
) -> None:
    system = AlarmSystem()
    assert system.evaluate_station(StationFacts(), 0) == []
    out = system.evaluate_station(facts, 0)
    if delay_s:
        assert out == []
        assert system.evaluate_station(facts, us(delay_s) - 1) == []
        out = system.evaluate_station(facts, us(delay_s))
    [raised] = of_type(out, AlarmRaised)
    assert (raised.row, raised.priority, raised.message) == (row_id, priority, message)
    late = us(delay_s + 1)
    ended = of_type(system.evaluate_station(StationFacts(), late), AlarmEnded)
    ended += of_type(system.evaluate_station(StationFacts(), late + us(10)), AlarmEnded)
    assert [(e.row, e.reason) for e in ended] == [(row_id, "cleared")]


def test_a_missing_window_matters_only_while_somebody_is_in_our_care() -> None:
    system = AlarmSystem()
    system.evaluate_station(StationFacts(display_missing_since_us=0, active=False), 0)
    assert system.evaluate_station(StationFacts(display_missing_since_us=0, active=False), us(60)) == []


# ---------------------------------------------------------------- phases and limits


def test_a_new_phase_inside_its_limit_ends_it_with_phase_changed() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.hr(115)
    chair.wait(3)
    chair.enters(Phase.INFUSION)
    assert chair.ended("HR_HIGH")[0][1].reason == "phase_changed"


def test_a_new_phase_still_breached_goes_on_with_the_new_limit() -> None:
    chair = Chair(phase=Phase.INFUSION).armed()
    chair.hr(135)
    chair.wait(3)
    chair.enters(Phase.RECOVERY)
    assert chair.ended("HR_HIGH") == []
    assert chair.view("HR_HIGH").message == "** HR 135 > 120"


def test_a_pending_breach_keeps_its_crossing_over_a_change_of_phase() -> None:
    chair = Chair(phase=Phase.INFUSION).armed()
    start = chair.now_us
    chair.hr(135)
    chair.wait(2)
    chair.enters(Phase.RECOVERY)
    chair.wait(1)
    [(at_us, raised)] = chair.raised("HR_HIGH")
    assert (at_us, raised.cross_us) == (start + us(3), start)


def test_the_past_is_not_alarmed_again_when_limits_tighten() -> None:
    chair = Chair(phase=Phase.INFUSION).armed()
    chair.hr(125)
    chair.wait(60)
    moved = chair.now_us
    chair.enters(Phase.RECOVERY)
    chair.wait(3)
    [(at_us, raised)] = chair.raised("HR_HIGH")
    assert (at_us, raised.cross_us) == (moved + us(3), moved)


def test_an_edited_limit_ends_it_with_limit_changed_and_a_high_does_not_latch() -> None:
    chair = Chair().armed()
    chair.hr(145)
    chair.wait(3)
    wide = replace(chair.facts.limits["EXTREME_TACHY"], value=150.0)
    chair.change(limits={**chair.facts.limits, "EXTREME_TACHY": wide})
    assert chair.ended("EXTREME_TACHY")[0][1].reason == "limit_changed"
    assert chair.view("EXTREME_TACHY").state == "recent"


def test_a_low_technical_alarm_becomes_medium_with_the_infusion() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    chair.flag("ecg_lead_off")
    chair.wait(3)
    chair.enters(Phase.INFUSION)
    assert chair.view("ECG_LEADS_OFF").priority is Priority.MEDIUM


# ---------------------------------------------------------------- inheritance


def test_a_lost_high_hands_its_voice_to_what_explains_the_loss() -> None:
    chair = Chair().armed()
    chair.spo2(83)
    chair.wait(3)
    chair.flag("spo2_probe_off")
    assert chair.raised("SPO2_SENSOR_OFF") == []
    chair.says(SPO2, None, Validity.SENSOR_OFF)
    [(at_us, raised)] = chair.raised("SPO2_SENSOR_OFF")
    assert (at_us, raised.priority, raised.delay_us) == (chair.now_us, Priority.HIGH, 0)
    assert raised.message == "!!! SpO2 PROBE OFF 0:00 (was: SpO2 83)"


def test_a_lost_high_without_any_explanation_is_no_data_at_high_until_numbers_are_back() -> None:
    chair = Chair(values={SPO2: 97}).armed()
    chair.spo2(83)
    chair.wait(3)
    chair.says(SPO2, None, Validity.DISTURBED)
    assert chair.view("VALUE_EXPIRED").message == "!!! SpO2 NO DATA (was: SpO2 83)"
    chair.wait(60)
    assert chair.ended("VALUE_EXPIRED") == []
    chair.spo2(95)
    chair.wait(1)
    chair.spo2(95)
    assert chair.ended("VALUE_EXPIRED")[0][1].reason == "cleared"


def test_an_acknowledged_high_hands_nothing_on() -> None:
    chair = Chair().armed()
    chair.spo2(83)
    chair.wait(5)
    assert chair.acknowledge().refusal is None
    chair.says(SPO2, None, Validity.DISTURBED)
    assert chair.raised("VALUE_EXPIRED") == []


def test_an_inherited_high_hands_its_voice_on_when_the_cable_is_pulled_too() -> None:
    chair = Chair().armed()
    chair.spo2(83)
    chair.wait(3)
    chair.flag("spo2_probe_off")
    chair.says(SPO2, None, Validity.SENSOR_OFF)
    chair.wait(5)
    lost = {p: replace(v, value=None, validity=Validity.NOT_MEASURED) for p, v in chair.facts.values.items()}
    chair.facts = replace(chair.facts, flags_since={}, values=lost)
    chair.link(LinkState.LOST)
    assert chair.view("LINK_LOST").message == "!!! LINK LOST 0:00 (was: SpO2 83)"


def test_a_lost_medium_hands_nothing_on() -> None:
    chair = Chair().armed()
    chair.hr(135)
    chair.wait(3)
    chair.flag("ecg_lead_off")
    chair.hr(None, Validity.SENSOR_OFF)
    assert chair.raised("ECG_LEADS_OFF") == []


# ---------------------------------------------------------------- our own faults


def test_a_row_that_raises_is_announced_by_name_and_the_others_go_on() -> None:
    def broken(_row: object, _watch: object) -> object:
        raise KeyError("spo2")

    rows = tuple(replace(r, test=broken) if r.id == "SPO2_LOW" else r for r in CATALOGUE)  # type: ignore[arg-type]
    chair = Chair(AlarmSystem(rows)).armed()
    [(_, raised)] = chair.raised("STN_INTERNAL")
    assert (raised.message, raised.priority) == ("!! INTERNAL FAULT: SpO2 alarms chair 3", Priority.MEDIUM)
    chair.hr(140)
    chair.wait(3)
    assert len(chair.raised("HR_HIGH")) == 1
    assert len(chair.raised("STN_INTERNAL")) == 1


def test_a_broken_high_row_makes_the_internal_fault_high() -> None:
    def broken(_row: object, _watch: object) -> object:
        raise ZeroDivisionError

    rows = tuple(replace(r, test=broken) if r.id == "ASYSTOLE" else r for r in CATALOGUE)  # type: ignore[arg-type]
    chair = Chair(AlarmSystem(rows)).armed()
    assert chair.raised("STN_INTERNAL")[0][1].priority == Priority.HIGH


# ---------------------------------------------------------------- the catalogue as a whole


def test_ids_are_unique_and_every_row_says_what_it_means_and_what_to_check() -> None:
    assert len({r.id for r in CATALOGUE}) == len(CATALOGUE)
    assert [r.id for r in CATALOGUE if not r.means or not r.check] == []


def test_higher_members_of_a_chain_are_judged_before_the_lower_ones() -> None:
    place = {r.id: i for i, r in enumerate(CATALOGUE)}
    for lower in CATALOGUE:
        for upper in CATALOGUE:
            for chain, rank in lower.chains.items():
                if upper.chains.get(chain, rank) < rank:
                    assert place[upper.id] < place[lower.id], (upper.id, lower.id)


def test_technical_low_rows_sound_twice_and_latching_highs_are_never_switched_off() -> None:
    for r in CATALOGUE:
        if r.kind == "technical" and r.priority[0] is Priority.LOW and not r.visual_only and r.id != "STN_SUSPENDED":
            assert r.bursts == (1 if r.id == "STN_REMINDER" else 2), r.id  # the reminder comes again by itself
    assert row("ASYSTOLE").may_be_off is False
    assert row("STN_SOUND").group is Group.STATION
