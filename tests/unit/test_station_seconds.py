"""What the record gets of each second: every vital sign, also when there was nothing, and every input (STORAGE 2)."""

from __future__ import annotations

import pytest

from drivers.samples import Numeric, Origin, Parameter, Source, Validity
from monitor_app.core.commands import StartCuff
from monitor_app.core.phases import Step
from monitor_app.core.second import ChairSecond, LinkChanged
from tests.station_example import Room, S, numeric, vitals


@pytest.fixture
def room() -> Room:
    made = Room(chairs=2)
    made.hear(vitals())
    made.admit()
    return made


def taken(room: Room) -> list[ChairSecond]:
    return room.station.take_seconds(room.now)


def test_every_second_of_a_session_has_one_entry(room: Room) -> None:
    room.run(30)
    assert [row.second for row in taken(room)] == list(range(30))
    assert taken(room) == []


def test_a_chair_without_a_session_leaves_no_seconds(room: Room) -> None:
    room.run(10, chair=2)
    assert {row.chair for row in taken(room)} == {1}


def test_a_second_without_a_number_has_a_row_with_the_reason(room: Room) -> None:
    room.run(1)
    rows = {row.parameter: row for row in taken(room)[0].numerics}
    assert (rows[Parameter.SPO2].value, rows[Parameter.SPO2].validity) == (97, Validity.VALID)
    assert (rows[Parameter.SPO2].source, rows[Parameter.SPO2].origin) == (Source.PLETH, Origin.SIMULATED)
    assert (rows[Parameter.TEMPERATURE].value, rows[Parameter.TEMPERATURE].validity) == (None, Validity.NOT_MEASURED)


def test_the_reason_of_an_absent_number_is_kept(room: Room) -> None:
    room.hear([numeric(Parameter.SPO2, None, Validity.SENSOR_OFF)])
    room.wait(1)
    rows = {row.parameter: row for row in taken(room)[0].numerics}
    assert rows[Parameter.SPO2].validity is Validity.SENSOR_OFF


def test_a_number_is_not_recorded_as_measured_once_it_is_grey(room: Room) -> None:
    room.wait(4.5)
    values = [next(r.value for r in row.numerics if r.parameter is Parameter.SPO2) for row in taken(room)]
    assert values == [97, 97, None, None]


def test_inputs_are_kept_in_their_order_with_their_time(room: Room) -> None:
    room.now = 500_000
    room.hear([numeric(Parameter.SPO2, 96)])
    room.start_cuff()
    room.station.link_lost(1, 0, "gone", True, 700_000)
    room.now = 700_000
    room.wait(1)
    kept = taken(room)[0].observations
    assert [type(o.what) for o in kept][-3:] == [Numeric, StartCuff, LinkChanged]
    assert [o.now_us for o in kept][-3:] == [500_000, 500_000, 700_000]
    assert [o.link for o in kept][-3:] == [0, None, 0]


def test_the_last_second_of_a_session_is_kept_as_far_as_it_came(room: Room) -> None:
    room.run(3)
    room.step(Step.ABORT)
    room.now += 400_000
    room.step(Step.DISCHARGE, override=True)
    rows = taken(room)
    assert rows[-1].second == 3
    assert rows[-1].session == "s1"
    room.wait(5)
    assert taken(room) == []


def test_a_time_step_that_had_an_effect_is_kept(room: Room) -> None:
    room.wait(7)
    effects = [(o.now_us // S) for row in taken(room) for o in row.observations if o.what is None]
    assert 5 in effects
