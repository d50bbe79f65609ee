"""Ages of values (ALARMS 9.1) and which source counts."""

from __future__ import annotations

import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.station.values import Values, ages_us
from tests.station_example import MIN, S

HR, SPO2 = Parameter.HR, Parameter.SPO2


def values(**periods: int) -> Values:
    made = Values(({Parameter(name): period for name, period in periods.items()},))
    made.set_live(0, True)
    made.set_live(None, True)
    return made


def test_streamed_numbers_are_grey_at_three_and_blank_at_five_seconds() -> None:
    made = values()
    made.take(SPO2, Source.PLETH, 0, 97.0, Validity.VALID, 0)
    held = made.chosen(SPO2)
    assert held is not None
    assert not held.is_grey(3 * S - 1)
    assert held.is_grey(3 * S)
    assert made.next_deadline_us() == 5 * S
    assert not made.advance(5 * S - 1)
    assert made.advance(5 * S)
    assert made.current[SPO2].value is None
    assert made.current[SPO2].expired


@pytest.mark.parametrize(
    ("parameter", "period_us", "stale_us", "blank_us"),
    [
        (SPO2, S, 3 * S, 5 * S),
        (SPO2, 2 * S, 6 * S, 10 * S),
        (SPO2, 10 * S, 30 * S, 30 * S),
        (Parameter.TEMPERATURE, S, 60 * S, 5 * MIN),
    ],
)
def test_a_slow_source_has_ages_of_its_own_period(
    parameter: Parameter, period_us: int, stale_us: int, blank_us: int
) -> None:
    assert ages_us(parameter, period_us) == (stale_us, blank_us)


@pytest.mark.parametrize("validity", [Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED, Validity.SENSOR_FAULT])
def test_a_sensor_that_is_off_blanks_at_once(validity: Validity) -> None:
    made = values()
    made.take(SPO2, Source.PLETH, 0, 97.0, Validity.VALID, 0)
    made.take(SPO2, Source.PLETH, 0, None, validity, S)
    now = made.current[SPO2]
    assert (now.value, now.validity, now.expired) == (None, validity, False)


def test_a_short_disturbance_lets_the_number_age_instead_of_erasing_it() -> None:
    made = values()
    made.take(SPO2, Source.PLETH, 0, 97.0, Validity.VALID, 0)
    made.take(SPO2, Source.PLETH, 0, None, Validity.DISTURBED, S)
    assert made.current[SPO2].value == 97
    assert made.current[SPO2].validity is Validity.QUESTIONABLE
    assert made.current[SPO2].at_us == 0
    made.advance(5 * S)
    assert (made.current[SPO2].value, made.current[SPO2].validity) == (None, Validity.DISTURBED)


def test_what_nobody_can_have_is_no_number() -> None:
    made = values()
    made.take(HR, Source.ECG, 0, 700.0, Validity.VALID, 0)
    assert (made.current[HR].value, made.current[HR].validity) == (None, Validity.OUT_OF_RANGE)


def test_our_own_analysis_counts_before_the_device() -> None:
    made = values()
    made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, 0)
    made.take(HR, Source.ANALYSIS, None, 72.0, Validity.VALID, 0)
    assert (made.current[HR].value, made.current[HR].source) == (72, Source.ANALYSIS)


def test_the_device_stands_in_while_the_analysis_is_still_learning() -> None:
    made = values()
    made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, 0)
    made.take(HR, Source.ANALYSIS, None, None, Validity.SEARCHING, 0)
    assert (made.current[HR].value, made.current[HR].source) == (70, Source.ECG)


@pytest.mark.parametrize("validity", [Validity.SENSOR_OFF, Validity.NOT_MEASURED])
def test_a_device_number_never_covers_our_finding_that_there_is_none(validity: Validity) -> None:
    made = values()
    made.take(HR, Source.ANALYSIS, None, 72.0, Validity.VALID, 0)
    made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, S)
    made.take(HR, Source.ANALYSIS, None, None, validity, S)
    assert made.current[HR].value is None


def test_a_run_of_numbers_begins_with_its_first_and_ends_with_the_blank() -> None:
    made = values()
    for second in (1, 2, 3):
        made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, second * S)
    assert made.current[HR].valid_since_us == S
    made.advance(8 * S)
    assert made.current[HR].valid_since_us is None
    made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, 9 * S)
    assert made.current[HR].valid_since_us == 9 * S


def test_a_run_of_the_patient_before_does_not_count_for_the_next() -> None:
    made = values()
    made.take(HR, Source.ECG, 0, 70.0, Validity.VALID, S)
    made.new_patient(30 * S)
    assert made.current[HR].valid_since_us == 30 * S
    made.take(HR, Source.ECG, 0, 71.0, Validity.VALID, 31 * S)
    assert made.current[HR].valid_since_us == 30 * S


def test_a_lost_link_explains_the_blank_and_nothing_is_called_expired() -> None:
    made = values()
    made.take(SPO2, Source.PLETH, 0, 97.0, Validity.VALID, 0)
    made.set_live(0, False)
    made.advance(5 * S)
    assert not made.current[SPO2].expired
