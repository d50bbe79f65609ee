"""The room's alarms, chosen among: no choice puts a HIGH alarm that nobody has taken out of sight, and none lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, AlarmView, Look, Snapshot
from monitor_app.display import examples
from monitor_app.display.alarm_filter import CHIPS, STATION, Chip, counts, in_order, keep
from monitor_app.display.alarm_list import listed_row, value_now
from monitor_app.display.theme import DARK, TOUCH_PX
from monitor_app.feed.ended import KEPT_MAX, Ended, EndedAlarms
from tests.display.snapshots import Desk

Key = Qt.Key
MakeDesk = Callable[..., Desk]
NOW_US = examples.NOW_US
HIGH = examples.alarm(1, 3, Priority.HIGH, "DESAT 83 < 85", parameter="spo2", onset="84", worst="79", since_s=42)
TAKEN = examples.alarm(
    2, 5, Priority.MEDIUM, "SYS 168 > 160", parameter="nibp_systolic", onset="164", worst="171", since_s=130,
    state=AlarmState.ACKNOWLEDGED, ack_by="nurse:K.", ack_us=NOW_US - 62_000_000,
)  # fmt: skip
EQUIPMENT = examples.alarm(3, 6, Priority.MEDIUM, "ECG LEADS OFF", kind=Kind.TECHNICAL, since_s=12)
ENDED = examples.alarm(
    4, 8, Priority.LOW, "HR ELEVATED 104", state=AlarmState.RECENT, ended_us=NOW_US - 5_000_000, since_s=60
)
OF_THE_STATION = examples.alarm(5, None, Priority.LOW, "DISK 90 % FULL", kind=Kind.TECHNICAL, since_s=600)
EVERY = (HIGH, TAKEN, EQUIPMENT, ENDED, OF_THE_STATION)
NUMBER_OF = {"high": 1, "taken": 2, "equipment": 3, "ended": 4, "station": 5}


def listed(*chips: Chip) -> set[int]:
    return {one.occurrence for one in keep(EVERY, frozenset(chips)).alarms}


def test_without_a_choice_everything_is_listed() -> None:
    assert keep(EVERY, frozenset()).hidden == 0
    assert listed() == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("chips", "others"),
    [
        ((("priority", 2),), {2, 3}),
        ((("priority", 2), ("kind", "technical")), {3}),
        ((("priority", 1), ("priority", 2)), {2, 3, 4, 5}),
        ((("state", "ended"),), {4}),
        ((("state", "active"), ("priority", 1)), {5}),
        ((("taken", "no"), ("priority", 2)), {3}),
        ((("chair", 5),), {2}),
        ((("chair", 5), ("chair", STATION)), {2, 5}),
        ((("chair", 5), ("kind", "technical")), set()),
    ],
)
def test_chips_of_one_group_widen_and_of_two_groups_narrow(chips: tuple[Chip, ...], others: set[int]) -> None:
    assert listed(*chips) == {HIGH.occurrence, *others}


def test_no_choice_of_chips_hides_a_high_alarm_that_nobody_has_taken() -> None:
    for chip in (*CHIPS, ("chair", 8)):
        kept = keep(EVERY, frozenset({chip}))
        assert HIGH in kept.alarms
        assert kept.hidden == len(EVERY) - len(kept.alarms), "what is left out is counted"
    seen = replace(HIGH, state=AlarmState.ACKNOWLEDGED, ack_by="nurse:K.", ack_us=NOW_US)
    assert seen not in keep((seen, ENDED), frozenset({("priority", 1)})).alarms, "somebody is on it"


def test_the_list_is_by_priority_then_what_nobody_took_then_the_newest() -> None:
    assert [one.occurrence for one in in_order(EVERY)] == [1, 3, 2, 4, 5]


def test_every_alarm_is_counted_once_in_every_group() -> None:
    found = counts(EVERY)
    assert sum(found[chip] for chip in (("priority", 3), ("priority", 2), ("priority", 1))) == len(EVERY)
    assert found[("kind", "physiological")] + found[("kind", "technical")] == len(EVERY)
    assert (found[("taken", "no")], found[("chair", STATION)], found[("state", "ended")]) == (4, 1, 1)


# ---------------------------------------------------------------- a line


def room_of(*alarms: AlarmView) -> Snapshot:
    room = examples.rooms()["busy-6"]
    return replace(room, alarms=alarms)


def test_a_line_says_the_value_at_onset_the_worst_and_that_of_now_and_how_long_it_lasts() -> None:
    room = room_of(HIGH, TAKEN)
    row = listed_row(HIGH, room, NOW_US)
    assert (row.lead, row.cells, row.side) == ("CHAIR 3", ("84", "79", "83", "0:42"), "nobody yet")
    later = listed_row(HIGH, room, NOW_US + 5_000_000)
    assert later.cells[-1] == "0:47"
    pressure = listed_row(TAKEN, room, NOW_US)
    assert pressure.cells == ("164", "171", "168 (just now)", "2:10")
    assert pressure.side.startswith("✓ K. 1:02")


def test_what_is_not_measured_now_is_no_number_and_what_is_old_says_how_old() -> None:
    room = room_of(HIGH)
    spo2 = room.chairs[2].numbers[1]

    def now(**changes: object) -> str:
        shown = tuple(replace(one, **changes) if one is spo2 else one for one in room.chairs[2].numbers)
        chairs = tuple(replace(one, numbers=shown) if one.number == 3 else one for one in room.chairs)
        return value_now(HIGH, replace(room, chairs=chairs))

    assert now(text="---", look=Look.BLANK) == "---"
    assert now(look=Look.STALE, age_s=4.2) == "83 (4 s)"
    assert value_now(EQUIPMENT, room) == "", "an alarm about a lead has no value"
    assert value_now(OF_THE_STATION, room) == ""


# ---------------------------------------------------------------- what is over


def gone(occurrence: int, chair: int | None, ended_us: int) -> AlarmView:
    return replace(HIGH, occurrence=occurrence, chair=chair, ended_us=ended_us)


def test_what_the_station_closed_is_listed_the_newest_first_and_what_is_open_again_is_not() -> None:
    memory = EndedAlarms()
    memory.take(Ended(NOW_US - 60_000_000, (gone(1, 3, NOW_US - 9_000_000), gone(7, None, NOW_US - 2_000_000))))
    assert [one.occurrence for one in memory.over(NOW_US)] == [7, 1]
    assert [one.occurrence for one in memory.over(NOW_US, still=(7,))] == [1]
    memory.take(Ended(NOW_US, (replace(gone(1, 3, NOW_US - 9_000_000), worst="71"),)))
    assert [one.worst for one in memory.over(NOW_US)] == ["79", "71"]
    assert memory.since_us == NOW_US - 60_000_000


def test_the_memory_keeps_a_day_and_no_more_of_a_chair_than_its_bound() -> None:
    memory = EndedAlarms()
    for n in range(KEPT_MAX + 50):
        memory.take(Ended(0, (gone(n, 3, NOW_US + n * 1_000_000),)))
    memory.take(Ended(0, (gone(1000, 4, NOW_US),)))
    now_us = NOW_US + 1_000_000_000
    assert [one.occurrence for one in memory.over(now_us)] == [*range(KEPT_MAX + 49, 49, -1), 1000]
    assert memory.over(NOW_US + 26 * 3_600_000_000) == ()


# ---------------------------------------------------------------- on the screen


@pytest.fixture
def opened(desk: MakeDesk) -> Desk:
    room = desk("states-16")
    room.press(Key.Key_B, "b")
    return room


def chip(room: Desk, *name: int | str) -> QPushButton:
    return room.window.alarm_list.chips.chips[name]  # type: ignore[index]


def test_a_chip_is_reached_by_tab_and_arrows_and_pressed_by_enter(opened: Desk) -> None:
    window = opened.window
    wanted = {one for one in window.alarm_list.chips.chips.values() if one.isVisible() and one.isEnabled()}
    assert len(wanted) > 12
    first = chip(opened, "priority", int(Priority.HIGH))
    while QApplication.focusWidget() is not first:
        window.focusNextChild()
    seen = {first}
    for _ in range(len(wanted)):
        opened.press(Key.Key_Right)
        seen.add(QApplication.focusWidget())  # type: ignore[arg-type]
    assert wanted <= seen
    assert window.selected is None, "the arrows of a chip move no selection"
    low = chip(opened, "priority", int(Priority.LOW))
    low.setFocus()
    opened.press(Key.Key_Return)
    assert low.isChecked()
    rows = window.alarm_list.list.rows
    assert {row.priority for row in rows} == {Priority.LOW, Priority.HIGH}
    assert "hidden by your choice" in window.alarm_list.note.text()


def test_every_chip_is_large_enough_for_a_finger_and_none_lies_over_another(opened: Desk) -> None:
    shown = [one for one in opened.window.alarm_list.chips.chips.values() if one.isVisible()]
    assert all(min(one.width(), one.height()) >= TOUCH_PX for one in shown)
    assert not any(a.geometry().adjusted(0, 0, 7, 7).intersects(b.geometry()) for a in shown for b in shown if a is not b
                   and (a.x(), a.y()) < (b.x(), b.y()))  # fmt: skip
    assert all(one.parentWidget().rect().contains(one.geometry()) for one in shown)


def test_a_choice_that_leaves_nothing_says_how_many_it_hides(desk: MakeDesk) -> None:
    room = desk("busy-6")
    taken = tuple(replace(one, ack_us=NOW_US, ack_by="nurse:K.") for one in room.room.alarms)
    room.show(replace(room.room, alarms=taken))
    room.press(Key.Key_B, "b")
    chip(room, "chair", 5).click()
    chip(room, "kind", "technical").click()
    room.settle()
    assert room.window.alarm_list.list.rows == ()
    assert f"it hides {len(taken)}" in room.window.alarm_list.list._empty


def test_closing_the_list_forgets_the_choice(opened: Desk) -> None:
    chip(opened, "priority", int(Priority.LOW)).click()
    opened.press(Key.Key_Escape)
    opened.press(Key.Key_B, "b")
    assert opened.window.alarm_list.chips.chosen == frozenset()
    assert len(opened.window.alarm_list.list.rows) == len(opened.room.alarms)


def test_what_has_ended_is_listed_when_it_is_asked_for(opened: Desk) -> None:
    gone = next(one for one in opened.room.alarms if one.chair == 9)
    opened.feed.ended = [
        Ended(NOW_US - 3_600_000_000, (replace(gone, ended_us=NOW_US, ack_by="nurse:K.", ack_us=NOW_US),))
    ]
    opened.show(replace(opened.room, alarms=tuple(one for one in opened.room.alarms if one is not gone)))
    opened.wait(1)
    assert all(row.chair != 9 for row in opened.window.alarm_list.list.rows)
    chip(opened, "state", "ended").click()
    opened.settle()
    row = next(row for row in opened.window.alarm_list.list.rows if row.chair == 9)
    assert row.side.startswith("ended ") and row.side.endswith("✓ K.")
    assert "Ended ones since" in opened.window.alarm_list.note.text()


def test_the_list_leaves_the_chairs_in_sight(opened: Desk) -> None:
    assert opened.window.pages.height() > opened.window.height() * 0.2
    assert opened.window.alarm_list.list.row_px >= TOUCH_PX


def test_a_simulated_chair_says_so_while_the_list_takes_its_height(opened: Desk) -> None:
    tile = opened.window.overview.tiles[10]
    assert tile.hole() is None, "no room for waves"
    picture = tile.grab().toImage()
    colours = {picture.pixelColor(x, y).name().upper() for x in range(picture.width()) for y in range(picture.height())}
    assert DARK.simulated in colours
