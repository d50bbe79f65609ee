"""Desaturation dose: exact crossing times, dips, escalation (ALARMS 8.1)."""

from __future__ import annotations

import pytest

from drivers.samples import Parameter
from monitor_app.alarms.dose import DOSE_HIGH, Dose
from monitor_app.core.priority import Priority
from monitor_app.core.profile import AlarmPlan
from tests.unit.alarm_room import Chair, us

SPO2 = Parameter.SPO2
DOSE_ALARM = AlarmPlan().spo2_dose


def test_the_vector_of_the_law_crosses_50_at_10_667_s() -> None:
    dose = Dose()
    dose.take(88, 90, us(0))
    assert dose.at(us(2)) == pytest.approx(4)
    dose.take(86, 90, us(2))
    assert dose.at(us(5)) == pytest.approx(16)
    dose.take(84, 90, us(5))
    assert dose.at(us(11)) == pytest.approx(52)
    crossing = dose.reaches_us(DOSE_ALARM)
    assert crossing is not None
    assert abs(crossing - 10_666_667) <= 1


def test_the_vector_raises_spo2_low_at_10_667_s_through_the_whole_alarm_system() -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.spo2(88)
    chair.wait(2)
    chair.spo2(86)
    chair.wait(3)
    chair.spo2(84)  # DESAT would be first at 85; its delay of 3 s makes it HIGH at 8 s and suppresses the sound only
    chair.wait(6)
    [(at_us, raised)] = chair.raised("SPO2_LOW")
    assert abs(at_us - start - 10_666_667) <= 1_000
    assert raised.bypass == "dose"
    assert raised.delay_us == at_us - start


def test_a_sum_once_a_second_would_be_wrong() -> None:
    """The broken version: vendors print 10.9 s, a once-a-second sum says 11 s. Ours lies between samples."""
    dose = Dose()
    for at_s, value in ((0, 88), (2, 86), (5, 84)):
        dose.take(value, 90, us(at_s))
    crossing = dose.reaches_us(DOSE_ALARM)
    assert crossing is not None
    assert crossing % 1_000_000 != 0


def test_a_value_on_the_limit_pays_back_one_point_a_second() -> None:
    dose = Dose()
    dose.take(80, 90, 0)
    dose.take(90, 90, us(2))
    assert dose.at(us(7)) == pytest.approx(15)
    dose.take(95, 90, us(7))
    assert dose.at(us(9)) == pytest.approx(5)
    assert dose.at(us(60)) == 0


def test_without_a_number_the_dose_holds_for_the_age_limit_and_is_then_gone() -> None:
    dose = Dose()
    dose.take(85, 90, 0)
    dose.take(None, 90, us(4))
    assert dose.at(us(8.999)) == pytest.approx(20)
    assert dose.at(us(9)) == 0
    dose.take(85, 90, us(9))
    assert dose.at(us(10)) == pytest.approx(5)


def test_asking_often_gives_what_asking_once_gives() -> None:
    often, once = Dose(), Dose()
    for at_s, value in ((0, 88.5), (1.3, 87.2), (4.1, 91.7), (6.9, 83.3)):
        often.take(value, 90, us(at_s))
        once.take(value, 90, us(at_s))
        for step in range(100):
            often.at(us(at_s) + step * 7_919)
            often.take(value, 90, us(at_s) + step * 7_919)
    assert often.at(us(9)) == once.at(us(9))
    assert often.reaches_us(DOSE_ALARM) == once.reaches_us(DOSE_ALARM)


def test_the_third_dip_within_a_minute_raises_at_once() -> None:
    chair = Chair().armed()
    for _ in range(2):
        chair.spo2(89)
        chair.wait(2)
        chair.spo2(93)
        chair.wait(18)
    third = chair.now_us
    chair.spo2(89)
    [(at_us, raised)] = chair.raised("SPO2_LOW")
    assert (at_us, raised.bypass) == (third, "third dip")


def test_three_dips_over_more_than_a_minute_raise_nothing() -> None:
    chair = Chair().armed()
    for _ in range(3):
        chair.spo2(89)
        chair.wait(2)
        chair.spo2(93)
        chair.wait(28.1)
    assert chair.raised("SPO2_LOW") == []


def test_flicker_between_89_and_90_is_one_dip() -> None:
    chair = Chair().armed()
    for _ in range(25):
        chair.spo2(89)
        chair.wait(1)
        chair.spo2(90)
        chair.wait(1)
    assert chair.raised("SPO2_LOW") == []


@pytest.mark.parametrize(("value", "seconds"), [(88, 150), (86, 75)])
def test_a_dose_of_300_makes_it_high(value: float, seconds: float) -> None:
    chair = Chair().armed()
    chair.spo2(value)
    chair.wait(seconds - 0.001)
    assert chair.view("SPO2_LOW").priority is Priority.MEDIUM
    chair.wait(0.001)
    assert chair.view("SPO2_LOW").priority is Priority.HIGH


def oracle_us(depth: int, duration_s: int) -> int | None:
    """Brute force: when a single dip of this depth is an alarm, by the millisecond. A deadline comes before a sample."""
    for ms in range(duration_s * 1000 + 1):
        if ms >= 15_000 or depth * ms / 1000 >= DOSE_ALARM:
            return ms * 1000
    return None


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 7, 10, 15, 20])
def test_a_single_dip_is_raised_when_a_brute_force_oracle_says_so(depth: int) -> None:
    for duration_s in (1, 2, 3, 4, 6, 10, 11, 14, 15, 16, 30, 120):
        chair = Chair(values={SPO2: 97}).armed()
        start = chair.now_us
        chair.spo2(90 - depth)
        chair.wait(duration_s)
        chair.spo2(97)
        expected = oracle_us(depth, duration_s)
        found = [t - start for t, _ in chair.raised("SPO2_LOW")]
        if expected is None:
            assert found == [], (depth, duration_s)
        else:
            assert len(found) == 1, (depth, duration_s)
            assert abs(found[0] - expected) <= 1_000


def test_the_dose_never_delays_desat() -> None:
    chair = Chair().armed()
    start = chair.now_us
    chair.spo2(84)
    chair.wait(3)
    assert [t for t, _ in chair.raised("SPO2_DESAT")] == [start + us(3)]


def test_reaching_a_dose_that_is_already_there_is_at_once() -> None:
    dose = Dose()
    dose.take(60, 90, 0)
    dose.take(85, 90, us(10))
    assert dose.reaches_us(DOSE_HIGH) == us(10)
