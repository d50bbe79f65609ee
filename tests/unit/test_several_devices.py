"""A chair of several devices: one number at a time, from a stated source, and the word DEMONSTRATION."""

from __future__ import annotations

import pytest

from drivers.driver import DriverSpec
from drivers.samples import NibpReading, Numeric, Origin, Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.display.presenter import marks_of, number_text
from monitor_app.station import Station
from tests.station_example import Room, S, block, monitor, numeric, pressure

NO_CUFF = {"nibp": False, "commands": ()}
OXIMETER = {"numerics": {Parameter.SPO2: S, Parameter.PULSE_RATE: S}, "waves": {Parameter.PLETH: 75.0}, **NO_CUFF}
CUFF: dict[str, object] = {"numerics": {}, "waves": {}}
ECG = {"numerics": {Parameter.HR: S}, "waves": {Parameter.ECG_II: 250.0}, **NO_CUFF}


class Mixed(Room):
    """One chair with these devices, in the order of the room's file."""

    def __init__(self, *specs: DriverSpec) -> None:
        super().__init__()
        links = tuple(LinkSpec(spec.id, f"/dev/{spec.id}", Origin.TEST) for spec in specs)
        profile = Profile("iv_40", "IV 40 min")
        devices = {spec.id: spec for spec in specs}
        self.station = Station([ChairSpec(1, "Chair 1", links)], {"iv_40": profile}, devices, run="r", version="0")

    def says(self, link: int, *samples: object) -> None:
        self._keep(self.station.receive(1, link, list(samples), self.now))  # type: ignore[arg-type]

    def shown(self, parameter: Parameter) -> tuple[str, str]:
        view = next(view for view in self.view().numbers if view.parameter is parameter)
        return view.text, view.device


def device(id: str, use: str = "alarms", **fields: object) -> DriverSpec:
    return monitor(**{"id": id, "model": id.title(), "use": use, **fields})


def test_three_devices_give_a_whole_chair() -> None:
    room = Mixed(device("cuff", **CUFF), device("oximeter", **OXIMETER), device("ecg", **ECG))
    room.admit()
    room.step(Step.START_BASELINE)
    room.says(0, pressure(1))
    room.says(1, numeric(Parameter.SPO2, 96), block(0, parameter=Parameter.PLETH, rate_hz=75))
    room.says(2, numeric(Parameter.HR, 71), block(0))
    assert room.view().cuff.sys == "118"
    assert (room.shown(Parameter.SPO2), room.shown(Parameter.HR)) == (("96", ""), ("71", ""))
    assert {chunk.parameter for chunk in room.station.take_waves()} == {Parameter.PLETH, Parameter.ECG_II}
    assert room.payloads(ev.SourceChosen)[:1] == [ev.SourceChosen("spo2", "pleth", "oximeter", 1)]


def test_of_two_devices_the_one_the_room_file_names_first_speaks_and_the_other_stands_in() -> None:
    room = Mixed(device("one", **OXIMETER), device("two", **OXIMETER))
    room.admit()
    room.says(1, numeric(Parameter.SPO2, 91))
    assert room.shown(Parameter.SPO2) == ("91", "Two")
    room.says(0, numeric(Parameter.SPO2, 96))
    room.says(1, numeric(Parameter.SPO2, 92))
    assert room.shown(Parameter.SPO2) == ("96", "One")
    room.says(0, numeric(Parameter.SPO2, None, Validity.SENSOR_OFF))
    assert room.shown(Parameter.SPO2) == ("92", "Two")
    chosen = [(p.device, p.link) for p in room.payloads(ev.SourceChosen)]
    assert chosen == [("two", 1), ("one", 0), ("two", 1)]
    view = next(view for view in room.view().numbers if view.parameter is Parameter.SPO2)
    room.run(0)
    assert "Two" in number_text(view, (), room.now).note or not view.armed


def test_a_device_fit_for_alarms_comes_before_one_for_demonstration_whatever_the_order() -> None:
    room = Mixed(device("toy", "demonstration"), device("real"))
    room.admit()
    room.step(Step.START_BASELINE)
    room.says(0, numeric(Parameter.SPO2, 80), pressure(1, 90), block(0, 11))
    room.says(1, numeric(Parameter.SPO2, 96), pressure(1, 120), block(0, 22))
    assert room.shown(Parameter.SPO2) == ("96", "Real")
    assert [p.systolic for p in room.payloads(ev.NibpMeasured)] == [120]
    assert {len(chunk.data) // 2 for chunk in room.station.take_waves()} == {22}


def test_our_own_analysis_of_the_ecg_comes_first() -> None:
    room = Mixed(device("one"), device("two"))
    values = room.station._chairs[1].values
    values.take(Parameter.HR, Source.ECG, 0, 70, Validity.VALID, 0)
    values.take(Parameter.HR, Source.ANALYSIS, None, 72, Validity.VALID, 0)
    assert values.current[Parameter.HR].value == 72


def test_a_cuff_at_work_is_not_disturbed_by_another_device_that_leaves() -> None:
    room = Mixed(device("cuff", **{**CUFF, "numerics": {Parameter.TEMPERATURE: S}}), device("oximeter", **OXIMETER))
    room.admit()
    room.says(0, numeric(Parameter.TEMPERATURE, 36))
    room.step(Step.START_BASELINE)
    assert room.view().cuff.measuring
    room._keep(room.station.link_lost(1, 1, "pulled", True, room.now))
    assert room.view().cuff.measuring
    room.says(0, NibpReading(0, 1, 118, 74, 89, 70, Validity.VALID))
    assert room.view().cuff.sys == "118"


def test_the_word_demonstration_stays_for_as_long_as_such_a_device_is_bound() -> None:
    assert marks_of(Mixed(device("real"), device("toy", "demonstration")).view()) == ("TEST", "DEMONSTRATION")
    assert marks_of(Mixed(device("real")).view()) == ("TEST",)


def test_a_chair_with_nothing_better_than_a_demonstration_does_not_count_as_monitored() -> None:
    room = Mixed(device("toy", "demonstration"))
    room.to_infusion()
    room.run(120)
    assert {p.message for p in room.payloads(ev.AlarmRaised) if p.row == "MONITORING_INCOMPLETE"} == {
        "!! HR NOT MONITORED",
        "!! SpO2 NOT MONITORED",
    }
    banner = Mixed(device("toy", "demonstration"))
    banner.admit()
    assert banner.picture().banner == "0 of 1 chairs watched; the others have devices for demonstration only"


@pytest.mark.parametrize("use", ["alarms"])
def test_a_fit_device_counts_as_monitored(use: str) -> None:
    room = Mixed(device("real", use))
    room.to_infusion()
    room.run(120)
    assert not [p for p in room.payloads(ev.AlarmRaised) if p.row == "MONITORING_INCOMPLETE"]


def test_one_number_is_never_the_mean_of_two() -> None:
    room = Mixed(device("one", **OXIMETER), device("two", **OXIMETER))
    room.admit()
    room.says(0, Numeric(0, Parameter.SPO2, 96, "%", Validity.VALID, Source.PLETH))
    room.says(1, Numeric(0, Parameter.SPO2, 90, "%", Validity.VALID, Source.PLETH))
    assert room.shown(Parameter.SPO2)[0] == "96"
