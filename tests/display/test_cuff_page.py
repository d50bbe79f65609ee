"""The schedule of a cuff: every word from the snapshot, both acts at the chair that is shown, and no plan of the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import StartCuff, StopCuff
from monitor_app.core.cuff_views import CuffPlanView
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display.cuff_text import READINGS_SHOWN, CuffPageText, cuff_page_text
from monitor_app.display.language import speak
from monitor_app.display.page_examples import cuff_plan, page_room
from monitor_app.display.theme import ALARM, DARK
from tests.display.snapshots import Desk

Key = Qt.Key
CALM, LATE, BUSY = 1, 3, 4


@pytest.fixture
def desk(qtbot: QtBot) -> Callable[[int], Desk]:
    """The page of one chair, opened by its key."""

    def made(chair: int) -> Desk:
        room = Desk(qtbot, page_room())
        room.window._select(chair)
        room.press(Key.Key_F2, shift=True)
        assert room.window.pages.currentWidget() is room.window.cuff_page
        return room

    return made


def said(room: Snapshot, chair: int) -> CuffPageText:
    view = next(one for one in room.chairs if one.number == chair)
    return cuff_page_text(view, room, room.station_us)


def with_plan(room: Snapshot, chair: int, **changes: object) -> Snapshot:
    def changed(one: ChairView) -> ChairView:
        return replace(one, cuff_plan=replace(one.cuff_plan, **changes)) if one.number == chair else one  # type: ignore[arg-type]

    return replace(room, chairs=tuple(changed(one) for one in room.chairs))


def acts(room: Desk) -> list[tuple[type, int, str]]:
    return [(type(one), one.chair, one.session) for one in room.sent() if isinstance(one, StartCuff | StopCuff)]


# ---------------------------------------------------------------- what it says


def test_a_line_for_each_part_with_its_interval_and_where_the_patient_is() -> None:
    rows = said(page_room(), CALM).parts
    assert [row.lead for row in rows] == ["Baseline", "Infusion", "Paused, on hold, stopped", "Recovery"]
    assert rows[0].text == "every 5 min"
    assert rows[1].text == "every 10 min   now 5 min: an alarm stands   also at minute 5"
    assert [(row.side, row.strong) for row in rows] == [("", False), ("now", True), ("", False), ("", False)]


def test_the_source_of_the_intervals_and_the_quiet_cuff_are_named() -> None:
    text = said(page_room(), CALM)
    assert "IV ketamine 40 min, revision 2" in text.source
    assert text.quiet.startswith("Quiet cuff: off")
    assert "within 15 % of the baseline" in said(page_room(), BUSY).quiet
    assert "older than 20 min" in said(page_room(), BUSY).quiet


def test_what_is_due_has_its_clock_its_cause_and_its_place_on_the_axis() -> None:
    due = said(page_room(), CALM).due
    assert [one.kind for one in due] == ["automatic repeat", "scheduled", "scheduled", "scheduled", "fixed point"]
    assert [one.repeats for one in due] == [True, False, False, False, False]
    assert [one.share for one in due] == sorted(one.share for one in due)
    assert due[0].left == "in 0:24"
    far = said(with_plan(page_room(), CALM, due=cuff_plan("infusion", (15, "planned")).due), CALM)
    assert far.due[0].share == pytest.approx(0.5), "an axis of half an hour at least"
    assert len(far.clocks) == 5


def test_overdue_is_what_the_snapshot_calls_so_and_never_the_views_own_finding() -> None:
    room = page_room()
    late = said(room, LATE).due
    assert [one.overdue for one in late] == [Priority.LOW, None, None, None]
    assert late[0].left == "overdue 5:12"
    assert late[0].share == 0
    plan = next(one for one in room.chairs if one.number == LATE).cuff_plan
    unsaid = with_plan(room, LATE, due=tuple(replace(one, overdue=None) for one in plan.due))
    assert (said(unsaid, LATE).due[0].overdue, said(unsaid, LATE).due[0].left) == (None, "due now")


def test_a_running_cuff_says_why_how_full_and_how_long() -> None:
    assert said(page_room(), BUSY).now == "Measuring, scheduled: cuff at 142 mmHg, 0:23 so far"
    assert said(page_room(), CALM).now.endswith("automatic repeat in 0:24")


def test_what_a_lost_cuff_does_is_not_said() -> None:
    text = said(page_room(), LATE)
    assert (text.now, text.trouble, text.startable) == ("", "The device of chair 3 is not connected", False)


def test_the_last_ten_readings_have_their_cause_and_what_became_of_them() -> None:
    room = page_room()
    cells = [row.cells for row in said(room, CALM).readings]
    assert cells == [
        ("scheduled", "pending"), ("automatic repeat", "plain"), ("scheduled", "refuted"), ("by hand", "plain"),
        ("scheduled", "failed"), ("by the device", "plain"),
    ]  # fmt: skip
    many = tuple(replace(one, readings=one.readings * 4) if one.number == CALM else one for one in room.chairs)
    assert len(said(replace(room, chairs=many), CALM).readings) == READINGS_SHOWN


def test_in_german_nothing_of_it_stays_english() -> None:
    try:
        speak("de")
        room = page_room()
        text = said(room, LATE)
        assert text.trouble == "Das Gerät von Platz 3 ist nicht verbunden"
        assert text.due[0].left == "überfällig 5:12"
        assert said(room, CALM).readings[4].text == "misslungen: Bewegung"
        assert said(room, CALM).readings[1].cells == ("automatische Wiederholung", "einfach")
    finally:
        speak("en")


# ---------------------------------------------------------------- the page


def test_the_key_leads_to_the_page_of_the_selected_chair_and_back(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    assert room.window.cuff_page.who.text() == "CHAIR 1   K.M.   INFUSION"
    assert room.window.banner.isVisible()
    room.press(Key.Key_F2, shift=True)
    assert room.window.pages.currentWidget() is room.window.overview
    assert acts(room) == [], "looking at the plan starts nothing"


def test_the_list_of_readings_beside_a_chair_leads_there(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    room.press(Key.Key_1, "1")
    page = room.window.chair_page
    page.show_list("readings")
    room.settle()
    assert page.cuff_plan_button.text().endswith("Shift+F2")
    page.cuff_plan_button.click()
    assert room.window.pages.currentWidget() is room.window.cuff_page


def test_a_free_chair_has_no_schedule_and_says_so(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    room.press(Key.Key_Escape)
    room.window._select(2)
    room.press(Key.Key_F2, shift=True)
    assert room.window.pages.currentWidget() is room.window.overview
    assert "no cuff schedule" in room.window._said[0]


def test_start_and_stop_are_asked_of_the_chair_that_is_shown_whatever_is_selected(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    page = room.window.cuff_page
    room.window._select(BUSY)  # N and P select the chairs of alarms
    assert (page.start.isEnabled(), page.stop.isEnabled()) == (True, False)
    page.start.click()
    assert acts(room) == [(StartCuff, CALM, "session-1")]
    room.wait(1)
    room.press(Key.Key_F2)
    assert acts(room) == [(StartCuff, CALM, "session-1")]


def test_a_late_press_of_stop_starts_nothing(desk: Callable[[int], Desk]) -> None:
    room = desk(BUSY)
    page = room.window.cuff_page
    assert (page.start.isEnabled(), page.stop.isEnabled()) == (False, True)
    chairs = tuple(replace(one, cuff=replace(one.cuff, measuring=False)) for one in room.room.chairs)
    room.window._raw = room.window._snapshot = replace(room.room, chairs=chairs)  # it ended just before the press
    page.stop.click()
    assert acts(room) == [(StopCuff, BUSY, "session-4")]


def test_when_another_patient_sits_there_the_page_is_left(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    chairs = tuple(replace(one, session="other") if one.number == CALM else one for one in room.room.chairs)
    room.show(replace(room.room, chairs=chairs))
    assert room.window.pages.currentWidget() is room.window.overview
    room.window._cuff_looked_at(False)
    assert acts(room) == []


def test_when_monitoring_stops_nothing_of_the_plan_stands_and_nothing_can_be_asked(desk: Callable[[int], Desk]) -> None:
    room = desk(BUSY)
    room.silence(3)
    page = room.window.cuff_page
    assert (page.axis.text.due, page.parts.rows, page.readings.rows) == ((), (), ())
    assert page.trouble.text() == "Monitoring has stopped."
    assert not page.start.isEnabled() and not page.stop.isEnabled()
    room.press(Key.Key_F2)
    assert acts(room) == []


def test_names_are_hidden_on_the_page_too(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    room.press(Key.Key_F8)
    page = room.window.cuff_page
    shown = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert page.who.text().startswith("CHAIR 1   Chair 1")
    assert not any("K.M." in text for text in shown)


def test_an_empty_plan_and_no_readings_are_said_in_their_places(desk: Callable[[int], Desk]) -> None:
    room = desk(CALM)
    bare = tuple(
        replace(one, cuff_plan=CuffPlanView(startable=True), readings=()) if one.number == CALM else one
        for one in room.room.chairs
    )
    room.show(replace(room.room, chairs=bare))
    page = room.window.cuff_page
    assert picture_of(page.axis).count(DARK.text3.lower()) > 20, "the sentence of an empty plan is painted"
    assert page.now.text() == "The cuff rests."
    assert not page.heads.isVisible()


@pytest.fixture
def late(desk: Callable[[int], Desk]) -> Iterator[Desk]:
    yield desk(LATE)


def picture_of(axis: object) -> list[str]:
    picture = axis.grab().toImage()  # type: ignore[attr-defined]
    return [
        QColor(picture.pixelColor(x, y)).name()
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
    ]


def test_overdue_is_drawn_as_a_low_alarm_and_nothing_else_is(late: Desk) -> None:
    axis, fill = late.window.cuff_page.axis, ALARM[Priority.LOW].fill.lower()
    assert picture_of(axis).count(fill) > 300
    plan = next(one for one in late.room.chairs if one.number == LATE).cuff_plan
    late.show(with_plan(late.room, LATE, due=tuple(replace(one, overdue=None) for one in plan.due)))
    assert picture_of(axis).count(fill) == 0


def test_a_screen_reader_hears_what_is_due(late: Desk) -> None:
    spoken = late.window.cuff_page.axis.accessibleDescription()
    assert "scheduled overdue 5:12" in spoken
    assert spoken.count("scheduled") == 4


@pytest.mark.parametrize("opener", [Key.Key_L, Key.Key_W, Key.Key_C])
def test_acts_on_a_page_of_one_chair_are_of_that_chair_whichever_is_selected(qtbot: QtBot, opener: Qt.Key) -> None:
    room = Desk(qtbot, page_room())
    room.window._select(CALM)
    room.press(opener)
    assert room.window.pages.currentWidget().number == CALM
    room.press(Key.Key_N, "n")
    assert room.window._selected != CALM
    room.press(Key.Key_F2)
    assert [(one.chair, type(one)) for one in room.sent() if isinstance(one, StartCuff | StopCuff)] == [
        (CALM, StartCuff)
    ]
