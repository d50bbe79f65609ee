"""What devices and lines say of themselves, and what is overdue: raises at its time, just misses, clears (ALARMS 10.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter, Validity
from monitor_app.core.chair import LinkState
from monitor_app.core.facts import Baseline, DeviceWord, Link
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from tests.unit.alarm_room import Chair, us

HR, SPO2, PR, PI = Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE, Parameter.PERFUSION_INDEX
MIN = 60.0


# ---------------------------------------------------------------- faults and batteries


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("nibp_sensor_fault", "!! MODULE FAULT: CUFF"),
        ("ecg_sensor_fault", "!! MODULE FAULT: ECG"),
        ("device_faulted", "!! MODULE FAULT: DEVICE"),
    ],
)
def test_a_fault_that_a_device_reports_is_said_at_once_and_ends_with_it(flag: str, message: str) -> None:
    chair = Chair().armed()
    chair.flag(flag)
    [(at_us, raised)] = chair.raised("DEVICE_FAULT")
    assert (at_us, raised.priority, raised.message) == (chair.now_us, Priority.MEDIUM, message)
    chair.flag(flag, on=False)
    assert chair.ended("DEVICE_FAULT")[0][1].reason == "cleared"


def test_a_broken_probe_has_its_own_words_and_row() -> None:
    chair = Chair().armed()
    chair.flag("spo2_sensor_fault")
    chair.wait(3)
    assert chair.view("SPO2_UNPLUGGED").message == "!! SpO2 PROBE FAULTY"
    assert chair.raised("DEVICE_FAULT") == []


def test_a_low_battery_is_low_and_ends_with_the_devices_word() -> None:
    chair = Chair().armed()
    chair.flag("device_low_perfusion")
    assert chair.raised("DEVICE_BATTERY") == []
    chair.flag("device_battery_low")
    assert chair.view("DEVICE_BATTERY").message == "! DEVICE BATTERY LOW"
    chair.flag("device_battery_low", on=False)
    assert chair.ended("DEVICE_BATTERY")[0][1].reason == "cleared"


def test_a_device_that_is_gone_has_not_recovered() -> None:
    chair = Chair().armed()
    chair.flag("nibp_sensor_fault")
    chair.facts = replace(chair.facts, flags_since={})
    chair.link(LinkState.LOST)
    assert chair.ended("DEVICE_FAULT")[0][1].reason == "no_data"


# ---------------------------------------------------------------- a device's own alarm


def says(chair: Chair, text: str = "APNEA") -> int:
    chair.change(device_word=DeviceWord(text, chair.now_us))
    return chair.now_us


def test_a_devices_own_alarm_is_shown_as_the_devices_after_ten_seconds() -> None:
    chair = Chair().armed()
    said_us = says(chair)
    chair.until_us(said_us + us(10) - 1)
    assert chair.raised("DEVICE_SAYS") == []
    chair.wait(0.000001)
    view = chair.view("DEVICE_SAYS")
    assert (view.priority, view.message) == (Priority.LOW, "! DEVICE ALARM: APNEA, CHECK")


def test_an_alarm_of_ours_within_ten_seconds_says_it_better() -> None:
    chair = Chair().armed()
    says(chair, "SPO2 LOW")
    chair.wait(5)
    chair.spo2(82)
    chair.wait(60)
    assert chair.raised("SPO2_DESAT") != []
    assert chair.raised("DEVICE_SAYS") == []


def test_a_devices_alarm_gives_way_to_ours_when_it_comes_later() -> None:
    chair = Chair().armed()
    says(chair)
    chair.wait(20)
    chair.spo2(82)
    chair.wait(3)
    assert chair.ended("DEVICE_SAYS")[0][1].reason == "cleared"


def test_a_devices_alarm_is_taken_to_last_a_minute() -> None:
    chair = Chair().armed()
    said_us = says(chair)
    chair.wait(59.999)
    assert chair.ended("DEVICE_SAYS") == []
    chair.wait(0.001)
    [(at_us, ended)] = chair.ended("DEVICE_SAYS")
    assert (at_us, ended.reason) == (said_us + us(60), "cleared")


def test_a_devices_alarm_of_before_the_admission_is_not_this_patients() -> None:
    chair = Chair(session=None, phase=Phase.EMPTY).armed()
    said_us = says(chair)
    chair.change(session="s1", phase=Phase.ADMITTED, admitted_us=said_us)
    chair.wait(60)
    assert chair.raised("DEVICE_SAYS") == []


def test_long_words_of_a_device_are_cut_to_the_tile() -> None:
    chair = Chair().armed()
    says(chair, "Check ECG electrode contact")
    chair.wait(10)
    assert chair.view("DEVICE_SAYS").message == "! DEVICE ALARM: Check ECG e…, CHECK"


# ---------------------------------------------------------------- the line


def counts(chair: Chair, seconds: int, bad: int, of: int = 100) -> None:
    """Second by second the device's counters go on, `bad` of `of` frames being bad."""
    for _ in range(seconds):
        chair.wait(1)
        good_before, bad_before = chair.facts.links[0].frames or (0, 0)
        chair.change(links=(Link("monitor", LinkState.LIVE, 0, frames=(good_before + of - bad, bad_before + bad)),))


def counting() -> Chair:
    chair = Chair().armed()
    counts(chair, 20, 0)
    return chair


def test_more_than_a_fifth_of_bad_frames_over_ten_seconds_is_said() -> None:
    chair = counting()
    counts(chair, 9, 22)
    assert chair.raised("LINK_ERRORS") == [], "198 of 1000"
    counts(chair, 1, 22)
    [(at_us, raised)] = chair.raised("LINK_ERRORS")
    assert (at_us, raised.cross_us, raised.priority) == (chair.now_us, chair.now_us - us(10), Priority.LOW)
    assert chair.view("LINK_ERRORS").message == "! SIGNAL ERRORS"


def test_a_fifth_of_bad_frames_is_not_more_than_a_fifth() -> None:
    chair = counting()
    counts(chair, 60, 20)
    assert chair.raised("LINK_ERRORS") == []


def test_signal_errors_end_when_fewer_than_a_twentieth_were_bad_for_ten_seconds() -> None:
    chair = counting()
    counts(chair, 12, 30)
    counts(chair, 40, 5)
    assert chair.ended("LINK_ERRORS") == [], "a twentieth is not fewer"
    counts(chair, 9, 0)
    assert chair.ended("LINK_ERRORS") == []
    begin = chair.now_us
    counts(chair, 10, 0)
    [(at_us, ended)] = chair.ended("LINK_ERRORS")
    assert ended.reason == "cleared"
    assert at_us == begin + us(2)


def test_the_counters_of_a_new_stream_are_not_compared_with_the_old_ones() -> None:
    chair = counting()
    chair.change(links=(Link("monitor", LinkState.LIVE, 0, frames=(10, 400)),))
    counts(chair, 30, 0)
    assert chair.raised("LINK_ERRORS") == []


def test_signal_errors_end_with_no_data_when_the_device_is_gone() -> None:
    chair = counting()
    counts(chair, 12, 50)
    chair.link(LinkState.LOST)
    assert chair.ended("LINK_ERRORS")[0][1].reason == "no_data"


# ---------------------------------------------------------------- waves and perfusion


@pytest.mark.parametrize(("part", "message"), [("pleth", "!! PLETH FROZEN"), ("ecg", "!! ECG FROZEN")])
def test_a_wave_that_stands_still_is_said_after_30_s_and_ends_5_s_after_it_moves(part: str, message: str) -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.flag(f"{part}_frozen")
    chair.until_us(start + us(30) - 1)
    assert chair.raised("DATA_FROZEN") == []
    chair.wait(0.000001)
    assert chair.view("DATA_FROZEN").message == message
    chair.flag(f"{part}_frozen", on=False)
    chair.wait(4.999)
    assert chair.ended("DATA_FROZEN") == []
    chair.wait(0.001)
    assert chair.ended("DATA_FROZEN")[0][1].reason == "cleared"


def test_a_wave_that_stood_still_for_29_s_is_no_alarm() -> None:
    chair = Chair().armed()
    chair.flag("pleth_frozen")
    chair.wait(29.999)
    chair.flag("pleth_frozen", on=False)
    chair.wait(60)
    assert chair.raised("DATA_FROZEN") == []


def test_a_still_wave_without_a_number_deceives_nobody() -> None:
    chair = Chair().armed()
    chair.says(SPO2, None, Validity.SENSOR_OFF)
    chair.flag("pleth_frozen")
    chair.wait(60)
    assert chair.raised("DATA_FROZEN") == []


def test_a_low_perfusion_index_is_said_after_20_s() -> None:
    chair = Chair(values={SPO2: 97, PR: 72, PI: 2.0}).armed()
    chair.says(PI, 0.3)
    chair.wait(60)
    assert chair.raised("SPO2_LOW_PERFUSION") == [], "equal is inside"
    start = chair.now_us
    chair.says(PI, 0.2)
    chair.until_us(start + us(20) - 1)
    assert chair.raised("SPO2_LOW_PERFUSION") == []
    chair.wait(0.000001)
    assert chair.view("SPO2_LOW_PERFUSION").message == "! SpO2 LOW PERFUSION"
    chair.says(PI, 0.35)
    chair.wait(60)
    assert chair.ended("SPO2_LOW_PERFUSION") == []
    chair.says(PI, 0.4)
    chair.wait(9.999)
    assert chair.ended("SPO2_LOW_PERFUSION") == []
    chair.wait(0.001)
    assert chair.ended("SPO2_LOW_PERFUSION")[0][1].reason == "cleared"


def test_a_device_that_says_low_perfusion_is_believed_without_an_index() -> None:
    chair = Chair().armed()
    chair.flag("spo2_low_perfusion")
    chair.wait(19.999)
    assert chair.raised("SPO2_LOW_PERFUSION") == []
    chair.wait(0.001)
    assert chair.raised("SPO2_LOW_PERFUSION") != []
    chair.flag("spo2_low_perfusion", on=False)
    chair.wait(10)
    assert chair.ended("SPO2_LOW_PERFUSION")[0][1].reason == "cleared"


# ---------------------------------------------------------------- missed observations


def test_an_infusion_whose_time_has_passed_is_asked_about_ten_minutes_later() -> None:
    chair = Chair().armed()
    end = chair.now_us + us(5 * MIN)
    chair.change(planned_end_us=end)
    chair.until_us(end + us(10 * MIN) - 1)
    assert chair.raised("INFUSION_TIME_PASSED") == []
    chair.wait(0.000001)
    view = chair.view("INFUSION_TIME_PASSED")
    assert (view.priority, view.message) == (Priority.LOW, "! INFUSION TIME PASSED by 10 min, still running?")
    chair.wait(5 * MIN)
    assert chair.view("INFUSION_TIME_PASSED").message.startswith("! INFUSION TIME PASSED by 15 min")


def test_a_pause_or_the_end_of_the_infusion_answers_the_question() -> None:
    chair = Chair().armed()
    chair.change(planned_end_us=chair.now_us)
    chair.wait(10 * MIN)
    chair.change(planned_end_us=None, paused=True)
    assert chair.ended("INFUSION_TIME_PASSED")[0][1].reason == "cleared"
    chair.change(planned_end_us=chair.now_us - us(11 * MIN), paused=False)
    assert len(chair.raised("INFUSION_TIME_PASSED")) == 2
    chair.enters(Phase.RECOVERY)
    assert chair.ended("INFUSION_TIME_PASSED")[1][1].reason == "phase_changed"


def test_an_infusion_that_ends_in_time_is_not_asked_about() -> None:
    chair = Chair().armed()
    chair.change(planned_end_us=chair.now_us)
    chair.wait(9 * MIN)
    chair.enters(Phase.RECOVERY)
    chair.wait(30 * MIN)
    assert chair.raised("INFUSION_TIME_PASSED") == []


def test_a_baseline_that_nobody_confirms_is_said_after_ten_minutes() -> None:
    chair = Chair(phase=Phase.BASELINE).armed()
    begun = chair.facts.phase_since_us
    chair.until_us(begun + us(10 * MIN) - 1)
    assert chair.raised("NO_BASELINE") == []
    chair.wait(0.000001)
    assert chair.view("NO_BASELINE").message == "! NO CONFIRMED BASELINE, fixed limits in use"
    chair.change(baseline=Baseline(120, 75, 90, 72, 97))
    assert chair.ended("NO_BASELINE")[0][1].reason == "cleared"


def test_a_baseline_confirmed_in_time_is_no_alarm_and_before_it_nothing_is_due() -> None:
    chair = Chair(phase=Phase.ADMITTED).armed()
    chair.wait(30 * MIN)
    chair.enters(Phase.BASELINE)
    chair.wait(9 * MIN)
    chair.change(baseline=Baseline(120, 75, 90, 72, 97))
    chair.wait(30 * MIN)
    assert chair.raised("NO_BASELINE") == []
