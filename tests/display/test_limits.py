"""The limits page: the present value beside the limit, nothing before Save, nothing to the wrong patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import EditLimit
from monitor_app.core.snapshot import LimitView
from monitor_app.display.limits_page import FITTED, PROPOSED
from tests.display.snapshots import Desk, rooms

MakeDesk = Callable[..., Desk]
Key = Qt.Key
LIMITS = (
    LimitView("SPO2_LOW", "SpO2 below", "spo2", "below", "90", "90", "%", "profile", 88, 95, 88),
    LimitView("HR_HIGH", "HR above", "hr", "above", "120", "130", "bpm", "edited", 100, 140, 140),
)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    room = Desk(qtbot, rooms()["busy-6"])
    show(room)
    room.press(Key.Key_2, "2")
    room.press(Key.Key_Escape)
    room.press(Key.Key_L, "l")
    assert room.window.limits_page.isVisible()
    return room


def show(room: Desk, session: str | None = "session-2", limits: tuple[LimitView, ...] = LIMITS) -> None:
    chairs = tuple(replace(c, limits=limits, session=session) if c.number == 2 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs))


def asked(room: Desk) -> list[EditLimit]:
    return [one for one in room.sent() if isinstance(one, EditLimit)]


def test_value_limit_origin_and_band_stand_side_by_side(desk: Desk) -> None:
    page = desk.window.limits_page
    chair = next(c for c in desk.room.chairs if c.number == 2)
    spo2 = next(n for n in chair.numbers if n.parameter.value == "spo2")
    texts = [page.table.item(0, n).text() for n in range(page.table.columnCount())]
    assert texts == ["SpO2 below", spo2.text, "90 %", "", "profile", "90", "88 to 95; by nobody beyond 88"]
    assert "edited" in page.table.item(1, 4).text()
    assert page.table.item(1, 0).font().bold()
    assert page.who.text() == f"CHAIR 2   {chair.title}"
    assert chair.title in page.save.text()


def test_a_change_is_asked_for_once_saved_and_names_the_session(desk: Desk) -> None:
    page = desk.window.limits_page
    page.value.setValue(92)
    assert asked(desk) == []
    page.save.click()
    chair = next(c for c in desk.room.chairs if c.number == 2)
    [one] = asked(desk)
    assert (one.chair, one.session, one.row, one.value) == (2, chair.session, "SPO2_LOW", 92)


def test_an_unchanged_value_cannot_be_saved_and_an_edited_one_can_go_back(desk: Desk) -> None:
    page = desk.window.limits_page
    assert not page.save.isEnabled()
    assert not page.restore.isEnabled()
    page.table.selectRow(1)
    assert page.restore.isEnabled()
    page.restore.click()
    assert [(one.row, one.value) for one in asked(desk)] == [("HR_HIGH", None)]


def test_outside_the_band_save_waits_for_a_clinician_and_a_reason(desk: Desk) -> None:
    page = desk.window.limits_page
    page.table.selectRow(1)
    page.value.setValue(95)
    assert not page.save.isEnabled()
    assert "clinician" in page.needs.text()
    page.reason.setText("known tachycardia")
    page.clinician.setText("Dr. L")
    assert page.save.isEnabled()
    page.save.click()
    [one] = asked(desk)
    assert (one.actor, one.reason) == ("clinician:Dr. L", "known tachycardia")


def test_a_guard_cannot_even_be_typed(desk: Desk) -> None:
    page = desk.window.limits_page
    page.value.setValue(50)
    assert page.value.value() == 88
    page.table.selectRow(1)
    page.value.setValue(200)
    assert page.value.value() == 140


def test_what_fits_is_proposed_beside_what_is_in_force_and_nothing_is_applied_silently(desk: Desk) -> None:
    page = desk.window.limits_page
    fitting = (replace(LIMITS[0], proposed=92.0), replace(LIMITS[1], proposed=110.0))
    show(desk, limits=fitting)
    assert page.table.item(0, PROPOSED).text() == ""
    assert not page.apply.isVisible()
    page.propose.click()
    assert [page.table.item(n, PROPOSED).text() for n in range(2)] == ["92", "110"]
    assert [page.table.item(n, 2).text() for n in range(2)] == ["90 %", "120 bpm"]
    assert (page.value.value(), page.apply.text()) == (92, "Apply 2 proposed for CHAIR 2")
    assert asked(desk) == []
    show(desk, limits=(replace(fitting[0], proposed=93.0), fitting[1]))  # the readings go on, what is read stays
    assert page.table.item(0, PROPOSED).text() == "92"
    page.apply.click()
    assert [(one.session, one.row, one.value, one.actor, one.reason) for one in asked(desk)] == [
        ("session-2", "SPO2_LOW", 92, "nurse:desk", FITTED),
        ("session-2", "HR_HIGH", 110, "nurse:desk", FITTED),
    ]
    done = (replace(fitting[0], value="92", origin="edited", proposed=None), fitting[1])
    show(desk, limits=done)
    assert (page.table.item(0, PROPOSED).text(), page.apply.text()) == ("", "Apply 1 proposed for CHAIR 2")


def test_one_of_the_proposed_can_be_saved_alone_and_leaving_forgets_them(desk: Desk) -> None:
    page = desk.window.limits_page
    fitting = (replace(LIMITS[0], proposed=92.0), replace(LIMITS[1], proposed=110.0))
    show(desk, limits=fitting)
    page.propose.click()
    page.table.selectRow(1)
    page.save.click()
    assert [(one.row, one.value) for one in asked(desk)] == [("HR_HIGH", 110)]
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_L, "l")
    assert page.table.item(0, PROPOSED).text() == ""
    assert not page.apply.isVisible()


def test_without_anything_to_propose_it_says_why(desk: Desk) -> None:
    page = desk.window.limits_page
    page.propose.click()
    assert "Nothing to propose" in page.needs.text()
    assert not page.apply.isVisible()


@pytest.mark.parametrize("session", ["another", None])
def test_the_page_leaves_when_the_patient_has_changed(desk: Desk, session: str | None) -> None:
    desk.window.limits_page.value.setValue(92)
    show(desk, session, LIMITS if session else ())
    assert not desk.window.limits_page.isVisible()
    assert asked(desk) == []


def test_a_chair_without_limits_says_so(qtbot: QtBot) -> None:
    room = Desk(qtbot, rooms()["busy-6"])
    show(room, limits=())
    room.press(Key.Key_2, "2")
    room.press(Key.Key_L, "l")
    assert "no limits" in room.window.banner.text.second
