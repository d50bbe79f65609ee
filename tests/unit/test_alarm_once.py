"""One trouble is one alarm: a fall that recovers, a standstill without numbers, a pause of breath; limits as shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.alarms.limits import in_unit
from monitor_app.core.facts import Baseline, Value
from monitor_app.core.findings import RateFound, RhythmFound, RhythmWord
from monitor_app.core.limits import Side
from monitor_app.core.phases import LimitPhase
from monitor_app.core.second import Observation
from monitor_app.core.snapshot import AlarmState
from tests.station_example import Room
from tests.unit.alarm_room import Chair, limits, us

HR, SPO2, PR, RR = Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE, Parameter.RESP_RATE
ALL = {HR: 72.0, SPO2: 97.0, PR: 72.0}


# ---------------------------------------------------------------- one fall


def fallen() -> Chair:
    """From 98 to 82, and up again to 87, where the fall has ended and SPO2_LOW stands."""
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(82)
    chair.wait(5)
    chair.spo2(87)
    chair.wait(10)
    assert len(chair.ended("SPO2_FALL")) == 1
    return chair


def test_a_fall_is_not_raised_again_while_the_saturation_recovers() -> None:
    chair = fallen()
    for value in (87, 88, 87, 86, 88, 89, 90, 92):
        chair.spo2(value)
        chair.wait(3)
    assert len(chair.raised("SPO2_FALL")) == 1


def test_another_fall_of_ten_points_after_the_recovery_is_another_alarm() -> None:
    chair = fallen()
    chair.spo2(96)
    chair.wait(8)
    chair.spo2(86)
    assert [p.message for _, p in chair.raised("SPO2_FALL")][1:] == ["*** SpO2 FALLING 96 to 86"]


def test_what_rose_after_the_lowest_value_counts_as_before_for_the_next_fall() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(80)
    chair.wait(2)
    chair.spo2(96)
    chair.wait(4)
    chair.spo2(87)
    chair.wait(6)
    assert len(chair.ended("SPO2_FALL")) == 1
    chair.spo2(86)
    assert [p.message for _, p in chair.raised("SPO2_FALL")][1:] == ["*** SpO2 FALLING 96 to 86"]


def test_a_fall_whose_numbers_were_lost_is_raised_again_when_they_are_back_and_still_low() -> None:
    chair = Chair(values={**ALL, SPO2: 98}).armed()
    chair.spo2(84)
    chair.says(SPO2, None, Validity.DISTURBED)
    chair.wait(3)
    chair.spo2(84)
    assert len(chair.raised("SPO2_FALL")) == 2, "loss of data ends no fall"


# ---------------------------------------------------------------- a standstill explains numbers that do not come


@pytest.mark.parametrize("word", [RhythmWord.ASYSTOLE, RhythmWord.VFIB])
@pytest.mark.parametrize("parameter", [HR, SPO2, PR])
def test_no_data_does_not_stand_beside_a_standstill_nor_fibrillation(word: RhythmWord, parameter: Parameter) -> None:
    chair = Chair().armed()
    chair.change(rhythm={word: chair.now_us - us(4)})
    chair.wait(1)
    chair.expires(parameter)
    view = chair.view("VALUE_EXPIRED")
    assert (view.state, chair.view(word.value).state) == (AlarmState.SUPPRESSED, AlarmState.SIGNALLING)


def test_numbers_that_were_missing_before_the_standstill_step_behind_it_and_come_back_after_it() -> None:
    chair = Chair().armed()
    chair.expires(SPO2)
    assert chair.view("VALUE_EXPIRED").state is AlarmState.SIGNALLING
    chair.change(rhythm={RhythmWord.ASYSTOLE: chair.now_us - us(4)})
    assert chair.view("VALUE_EXPIRED").state is AlarmState.SUPPRESSED
    chair.change(rhythm={})
    assert chair.view("VALUE_EXPIRED").state is AlarmState.SIGNALLING


def test_no_data_of_another_chair_is_not_explained() -> None:
    chair = Chair().armed()
    other = Chair(chair.system, number=4, start_s=chair.now_us / 1e6)
    other.expires(SPO2)
    chair.change(rhythm={RhythmWord.ASYSTOLE: chair.now_us - us(4)})
    assert other.view("VALUE_EXPIRED").state is AlarmState.SIGNALLING


# ---------------------------------------------------------------- fibrillation has no beats

COUNTED = (RhythmWord.VTACH, RhythmWord.VRUN, RhythmWord.VRUN_SLOW, RhythmWord.PVC_RATE, RhythmWord.EXTREME_TACHY)


@pytest.mark.parametrize("word", COUNTED)
def test_while_fibrillation_stands_its_waves_are_not_counted_as_beats(word: RhythmWord) -> None:
    chair = Chair().armed()
    chair.change(rhythm={RhythmWord.VFIB: chair.now_us - us(4)})
    began_us = chair.now_us
    chair.change(rhythm={RhythmWord.VFIB: began_us - us(4), word: began_us})
    chair.wait(30)
    assert not chair.raised(word.value)
    chair.change(rhythm={word: began_us})
    assert [at for at, _ in chair.raised(word.value)] == [chair.now_us], (
        "what still holds is said when fibrillation ends"
    )
    assert chair.raised(word.value)[0][1].cross_us == began_us


def test_a_tachycardia_that_goes_over_into_fibrillation_stays_one_occurrence() -> None:
    chair = Chair().armed()
    chair.change(rhythm={RhythmWord.VTACH: chair.now_us})
    chair.wait(4)
    chair.change(rhythm={RhythmWord.VTACH: chair.now_us - us(4), RhythmWord.VFIB: chair.now_us - us(2)})
    assert chair.view("VTACH").state is AlarmState.SUPPRESSED
    assert not chair.ended("VTACH")


def test_a_rate_that_fibrillation_takes_away_needs_no_voice_of_its_own() -> None:
    chair = Chair().armed()
    chair.hr(160)
    chair.wait(5)
    assert chair.view("EXTREME_TACHY").state is AlarmState.SIGNALLING
    chair.change(rhythm={RhythmWord.VFIB: chair.now_us - us(4)})
    chair.hr(None, Validity.OUT_OF_RANGE)
    assert chair.rows() >= {"VFIB"}
    assert not chair.raised("VALUE_EXPIRED")


def test_fibrillation_shows_no_heart_rate_neither_ours_nor_a_devices() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()
    room.run(5)

    def finds(*what: RateFound | RhythmFound) -> float | None:
        room.now += us(0.2)
        room._keep(room.station.relive(1, 0, [Observation(room.now, 0, one) for one in what], room.now))
        value = room.station._chairs[1].values.current[HR]
        return value.value

    rate = RateFound(room.now, 260.0, Validity.VALID)
    assert finds(rate) == 260
    assert finds(RhythmFound(room.now, RhythmWord.VFIB, True, room.now)) is None
    room.run(3)
    assert finds(rate) is None
    assert next(n.why for n in room.view().numbers if n.parameter is HR) == "no rate"
    assert "VFIB" in {alarm.row for alarm in room.view().alarms}
    assert finds(RhythmFound(room.now, RhythmWord.VFIB, False, room.now)) == 72, "the device's, until ours comes"
    assert finds(replace(rate, value=64.0)) == 64


# ---------------------------------------------------------------- one pause of the breath


def breathing(rate: float, seconds: float, chair: Chair | None = None) -> Chair:
    chair = chair or Chair(values={**ALL, RR: 14}).armed()
    value = Value(rate, Validity.VALID, chair.now_us, Source.IMPEDANCE, us(100))
    chair.change(values={**chair.facts.values, RR: value})
    chair.wait(seconds)
    return chair


def test_a_pause_of_the_breath_is_one_alarm() -> None:
    chair = breathing(0, 60)
    assert (len(chair.raised("APNEA")), len(chair.raised("RR_LOW"))) == (1, 0)
    breathing(14, 60, chair)
    assert (len(chair.raised("APNEA")), len(chair.raised("RR_LOW"))) == (1, 0)


def test_slow_breath_that_stops_steps_behind_the_pause() -> None:
    chair = breathing(6, 20)
    assert chair.view("RR_LOW").state is AlarmState.SIGNALLING
    breathing(0, 20, chair)
    assert (chair.view("APNEA").state, chair.view("RR_LOW").state) == (AlarmState.SIGNALLING, AlarmState.SUPPRESSED)
    assert len(chair.raised("RR_LOW")) == 1


def test_slow_breath_with_pauses_shorter_than_apnoea_still_alarms() -> None:
    chair = breathing(6, 10)
    breathing(0, 12, chair)
    assert chair.raised("RR_LOW") == []
    assert chair.system.explained(3, chair.now_us)
    breathing(6, 0, chair)
    assert [p.message for _, p in chair.raised("RR_LOW")] == ["** RR 6 < 8"], "it has been slow for 22 s"


def test_a_waiting_breath_says_why_it_waits() -> None:
    chair = breathing(0, 16)
    [view] = [v for v in chair.system.explained(3, chair.now_us) if v.row == "RR_LOW"]
    assert "not said while another alarm says more" in view.sentence


# ---------------------------------------------------------------- what is compared is what is shown


@pytest.mark.parametrize(
    ("exact", "upper", "lower"), [(173.75, 174, 174), (173.8, 174, 174), (173.25, 173, 173), (172.5, 172, 173)]
)
def test_a_computed_limit_is_whole_and_a_half_goes_to_the_alarming_side(
    exact: float, upper: float, lower: float
) -> None:
    assert (in_unit(exact, Side.UPPER), in_unit(exact, Side.LOWER)) == (upper, lower)


def test_a_limit_from_the_baseline_is_compared_as_it_is_shown() -> None:
    base = Baseline(139, 78, 98, 70, 97)
    assert limits(LimitPhase.INF, base)["NIBP_S_HIGH"] == 174
    chair = Chair(baseline=base).armed()
    chair.reads(174)
    assert chair.raised("NIBP_S_HIGH") == []
    chair.reads(176)
    assert chair.view("NIBP_S_HIGH").message == "** SYS 176 > 174"


def test_every_limit_that_a_baseline_gives_is_a_whole_number() -> None:
    for systolic in range(80, 200):
        found = limits(LimitPhase.INF, Baseline(systolic, systolic * 0.61, None, systolic / 2 + 0.3, 91.4))
        assert all(value == round(value) for row, value in found.items() if not row.startswith("TEMP"))


def test_our_own_heart_rate_is_judged_as_it_is_shown() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()
    chair = room.station._chairs[1]
    room.station._intake.findings(chair, [RateFound(room.now, 130.4, Validity.VALID)], room.now)
    assert chair.values.current[HR].value == 130.0
