"""Pending, confirmed, refuted, unconfirmed: each is told with its readings, and a refuted one for 120 s (ALARMS 8.3, 14)."""

from __future__ import annotations

import pytest

from monitor_app.core.commands import Acknowledge
from monitor_app.core.confirm_events import NibpConfirmed, NibpPending, NibpRefuted, NibpUnconfirmed
from monitor_app.core.snapshot import AlarmState, AlarmView
from monitor_app.rerun import differences, relived
from monitor_app.station import picture
from monitor_app.station.care_view import care_view
from tests.rerun_example import remembered
from tests.station_example import Room, failure

TOLD = (NibpPending, NibpConfirmed, NibpRefuted, NibpUnconfirmed)


@pytest.fixture
def room() -> Room:
    made = Room()
    made.to_infusion()
    made.run(5)
    made.events.clear()
    return made


def told(room: Room) -> list[object]:
    return [e.payload for e in room.events if isinstance(e.payload, TOLD)]


def info_line(room: Room) -> str:
    """The neutral line of the tile, whatever else stands at the chair."""
    chair = room.station._chairs[1]
    return picture.info_line(chair, care_view(chair, (), room.now), room.now)


def statuses(room: Room) -> list[str]:
    """Of the readings, oldest first."""
    return [reading.status for reading in reversed(room.view().readings)]


def pressures(room: Room) -> list[AlarmView]:
    return [alarm for alarm in room.view().alarms if alarm.row.startswith("NIBP")]


def newest(room: Room) -> int:
    return room.view().readings[0].id


def test_a_first_reading_beyond_is_pending_and_its_repeat_inside_refutes_it(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    first = newest(room)
    assert told(room) == [NibpPending("high", first, "nibp_systolic", 186, 180)]
    assert (statuses(room)[-1], room.view().cuff.status) == ("pending", "pending")
    room.run(60)
    room.cuff_reads(systolic=158, diastolic=88)
    assert told(room)[1:] == [NibpRefuted("high", first, newest(room), "nibp_systolic", 186, 158)]
    assert statuses(room)[-2:] == ["refuted", "plain"]
    lines = [line.text for line in room.view().log]
    assert "BP 186 beyond 180: a repeat must confirm it" in lines
    assert "BP first reading 186 not confirmed (158)" in lines


def test_the_chip_says_so_for_120_s_without_the_signs_of_an_alarm(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    room.run(60)
    room.cuff_reads(systolic=150, diastolic=88)
    [chip] = pressures(room)
    assert (chip.state, chip.message) == (AlarmState.RECENT, "SYS first reading 186 not confirmed (150)")
    room.run(119)
    assert [a.message for a in pressures(room)] == ["SYS first reading 186 not confirmed (150)"]
    room.run(2)
    assert pressures(room) == []


def test_who_had_acknowledged_the_first_reading_is_told_as_well(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    room.run(1)
    ids = tuple(a.occurrence for a in room.view().alarms)
    assert room.ask(Acknowledge(room.id, 1, ids)).done
    room.run(59)
    room.cuff_reads(systolic=150, diastolic=88)
    assert pressures(room) == []  # seen is seen
    assert room.view().cuff.status == "186 refuted"
    assert info_line(room).startswith("BP first reading 186 not confirmed (150)")
    room.run(121)
    assert room.view().cuff.status == "plain"
    assert "not confirmed" not in info_line(room)


def test_a_repeat_beyond_confirms_also_in_the_other_component(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    first = newest(room)
    room.run(60)
    room.cuff_reads(systolic=170, diastolic=112)
    assert told(room)[1:] == [NibpConfirmed("high", first, newest(room), "nibp_diastolic", 112)]
    assert statuses(room)[-2:] == ["confirmed", "confirmed"]


def test_one_reading_beyond_the_outer_limit_is_confirmed_by_itself(room: Room) -> None:
    room.cuff_reads(systolic=74, diastolic=40)
    assert told(room) == [NibpConfirmed("low", newest(room), newest(room), "nibp_systolic", 74)]
    room.run(60)
    room.cuff_reads(systolic=72, diastolic=40)
    assert len(told(room)) == 1


def test_without_a_repeat_for_180_s_it_is_unconfirmed_and_a_later_one_may_confirm(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    first = newest(room)
    room.run(181)
    assert told(room)[1:] == [NibpUnconfirmed("high", first, "nibp_systolic", 186, "late")]
    assert statuses(room)[-1] == "unconfirmed"
    room.cuff_reads(systolic=188, diastolic=90)
    assert told(room)[2:] == [NibpConfirmed("high", first, newest(room), "nibp_systolic", 188)]


def test_two_failed_repeats_leave_it_unconfirmed(room: Room) -> None:
    room.cuff_reads(systolic=186, diastolic=90)
    room.run(60)
    for number in (71, 72):
        room.hear([failure(number)])
        room.run(1)
    assert [p.cause for p in told(room) if isinstance(p, NibpUnconfirmed)] == ["failed"]


def test_a_calm_reading_tells_nothing(room: Room) -> None:
    room.cuff_reads()
    assert told(room) == []
    assert statuses(room)[-1] == "plain"


def test_a_restart_knows_what_was_refuted() -> None:
    room = Room()
    room.to_infusion()
    room.cuff_reads(systolic=186, diastolic=90)
    room.run(60)
    room.cuff_reads(systolic=158, diastolic=88)
    again = Room()
    again.now, again.ids = room.now + 2_000_000, room.ids
    again._keep(again.station.resume(room.events, again.now))
    assert statuses(again) == statuses(room)
    assert "refuted" in statuses(again)
    of = remembered(room)
    assert differences(of, relived(of)) == []
