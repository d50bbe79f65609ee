"""The limits of a profile on screen: by keyboard, shipped beside changed, nothing without a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor_app.assets import resources
from monitor_app.config.profiles import load
from monitor_app.core.commands import Reply
from monitor_app.core.profile import Profile
from monitor_app.core.profile_editing import LookAtProfile, RestoreProfileLimits, SetProfileLimit
from monitor_app.display.language import heard, speak
from monitor_app.engine import profiles as engine_profiles
from monitor_app.station.profile_views import profile_view
from tests.display.snapshots import Desk, rooms

Key = Qt.Key
T = TypeVar("T")
SHIPPED = load(resources() / "profiles").by_id["iv_40"]
ROW_OF = {row.row: at for at, row in enumerate(profile_view(SHIPPED, SHIPPED, False).rows)}


def page_with(qtbot: QtBot, profile: Profile = SHIPPED) -> Desk:
    room = Desk(qtbot, replace(rooms()["busy-6"], profiles=("iv_40", "iv_60")))
    room.press(Key.Key_L, "L", shift=True)
    show(room, profile)
    return room


def show(room: Desk, profile: Profile) -> None:
    room.show(replace(room.room, profile=profile_view(profile, SHIPPED, profile is not SHIPPED)))


def texts(room: Desk, row: str) -> list[str]:
    table = room.window.profile_page.table
    return [table.item(ROW_OF[row], n).text() for n in range(table.columnCount())]  # type: ignore[union-attr]


def type_text(room: Desk, text: str) -> None:
    for letter in text:
        room.press(Key(ord(letter.upper())), letter)


def asked(room: Desk, of: type[T]) -> list[T]:
    return [one for one in room.sent() if isinstance(one, of)]


def test_shift_l_shows_every_limit_in_three_parts_with_the_shipped_one_beside_it(qtbot: QtBot) -> None:
    room = page_with(qtbot, replace(SHIPPED, limits={"HR_HIGH": {"inf": 125.0}}, revision=2, approved_by=""))
    page = room.window.profile_page
    assert page.isVisible()
    assert page.profile == "iv_40"
    assert page.table.rowCount() == len(ROW_OF)
    assert texts(room, "HR_HIGH") == [
        "HR above (bpm)", "110", "110", "● 125", "130", "120", "120", "15 to 140, never above", "100 to 140",
    ]  # fmt: skip
    bold = [page.table.item(ROW_OF["HR_HIGH"], n).font().bold() for n in range(9)]  # type: ignore[union-attr]
    assert bold.index(True) == 3
    assert sum(bold) == 1
    assert texts(room, "HR_SUSTAINED")[1] == "---"
    assert page.state.text() == "Infusion 40 min, revision 2, the site's own file, not approved"
    room.press(Key.Key_Escape)
    assert not page.isVisible()


def test_the_page_says_that_running_chairs_keep_theirs(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    said = room.window.profile_page.running.text()
    chairs = [str(chair.number) for chair in room.room.chairs if chair.session is not None]
    assert "admitted from then on" in said
    assert said.endswith(f"Running chairs keep their own limits: {', '.join(chairs)}.")


def test_a_change_is_made_with_the_keyboard_alone(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    page = room.window.profile_page
    assert QApplication.focusWidget() is page.table
    for _ in range(ROW_OF["NIBP_S_HIGH"]):
        QApplication.sendEvent(page.table, _key(Key.Key_Down))
    for widget in (page.columns["base"], page.value, page.reason, page.clinician):
        for _ in range(12):
            if QApplication.focusWidget() is widget:
                break
            room.window.focusNextChild()
        assert QApplication.focusWidget() is widget
        if widget is page.columns["base"]:
            room.press(Key.Key_Right)
            room.press(Key.Key_Right)
            assert page.columns["rec"].isChecked()
        elif widget is page.value:
            page.value.selectAll()
            type_text(room, "150")
        elif widget is page.reason:
            type_text(room, "older room")
        elif widget is page.clinician:
            type_text(room, "Dr A")
    assert room.window.profile_page.isVisible(), "no digit has opened a chair"
    page.save.setFocus()
    QApplication.sendEvent(page.save, _key(Key.Key_Return))
    [one] = asked(room, SetProfileLimit)
    assert (one.profile, one.revision, one.row, one.column, one.value) == ("iv_40", 1, "NIBP_S_HIGH", "rec", 150)
    assert (one.reason, one.actor) == ("older room", "clinician:Dr A")


def _key(key: Key) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)


def test_nothing_is_saved_without_a_name_and_a_reason(qtbot: QtBot) -> None:
    page = page_with(qtbot).window.profile_page
    page.table.selectRow(ROW_OF["HR_HIGH"])
    page.value.setValue(125)
    assert not page.save.isEnabled()
    assert "name and a reason" in page.needs.text()
    page.clinician.setText("Dr. A")
    assert not page.save.isEnabled()
    page.reason.setText("because")
    assert page.save.isEnabled()
    page.value.setValue(130)
    assert not page.save.isEnabled(), "it is so already"


def test_a_guard_cannot_even_be_typed_and_a_column_without_limit_cannot_be_given_one(qtbot: QtBot) -> None:
    page = page_with(qtbot).window.profile_page
    page.table.selectRow(ROW_OF["HR_HIGH"])
    page.value.setValue(200)
    assert page.value.value() == 140
    page.table.selectRow(ROW_OF["SPO2_LOW"])
    page.value.setValue(70)
    assert page.value.value() == 88
    page.clinician.setText("Dr. A")
    page.reason.setText("because")
    page.table.selectRow(ROW_OF["HR_SUSTAINED"])
    page.columns["base"].click()
    page.value.setValue(115)
    assert not page.save.isEnabled()
    assert page.needs.text() == "There is no such limit in this part of the treatment."


def test_back_to_shipped_is_one_press_and_asks_for_a_name_only(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    page = room.window.profile_page
    page.clinician.setText("Dr. A")
    assert not page.all_back.isEnabled(), "nothing differs"
    show(room, replace(SHIPPED, limits={"HR_HIGH": {"inf": 125.0}}, revision=4))
    assert page.all_back.isEnabled()
    page.all_back.click()
    [one] = asked(room, RestoreProfileLimits)
    assert (one.profile, one.revision, one.actor) == ("iv_40", 4, "clinician:Dr. A")


def test_the_station_is_asked_again_while_somebody_looks_and_only_then(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    first = [one.profile for one in room.feed.sent if isinstance(one, LookAtProfile)]
    assert first == ["iv_40"]
    room.feed.sent.clear()
    room.wait(1.1)
    assert [one.profile for one in room.feed.sent if isinstance(one, LookAtProfile)] == ["iv_40"]
    room.window.profile_page.names["iv_60"].click()
    room.settle()
    assert room.window.profile_page.table.rowCount() == 0, "never the limits of one under the name of another"
    room.feed.sent.clear()
    room.press(Key.Key_Escape)
    room.wait(5)
    assert [one for one in room.feed.sent if isinstance(one, LookAtProfile)] == []


def test_a_refusal_is_said_in_its_one_sentence(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    page = room.window.profile_page
    page.clinician.setText("Dr. A")
    page.reason.setText("because")
    page.value.setValue(page.value.value() - 1)
    page.save.click()
    [one] = asked(room, SetProfileLimit)
    room.feed.replies.append(Reply(one.id, False, engine_profiles.SEEN_BEFORE))
    room.settle()
    assert engine_profiles.SEEN_BEFORE in room.window.banner.text.second


def test_the_limits_page_and_the_admission_lead_to_it(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    room.window.limits_page.profile_wanted.emit()
    assert room.window.pages.currentWidget() is not room.window.profile_page, "the same way leads back"
    room.window.admit_page.limits.click()
    assert room.window.pages.currentWidget() is room.window.profile_page


@pytest.fixture
def german() -> Iterator[None]:
    speak("de")
    yield
    speak("en")


def test_every_label_and_every_refusal_is_said_in_german(german: None) -> None:
    rows = profile_view(SHIPPED, SHIPPED, False).rows
    assert [row.label for row in rows if heard(row.label) == row.label] == []
    constants = ("NO_SHELF", "NAMELESS", "NO_REASON", "SEEN_BEFORE", "SAME", "RUNNING")
    said = [getattr(engine_profiles, name) for name in constants]
    said += ["HR_HIGH (inf) = 200 cannot be set above 140, by nobody", "HR_LOW (85) must lie below HR_HIGH (80): "
             "change the other one first"]  # fmt: skip
    assert [sentence for sentence in said if heard(sentence) == sentence] == []


def test_digits_typed_into_a_number_field_open_no_chair(qtbot: QtBot) -> None:
    room = page_with(qtbot)
    page = room.window.profile_page
    page.value.setFocus()
    page.value.selectAll()
    type_text(room, "12")
    assert page.isVisible()
    assert page.value.text() == "12"


def test_tab_and_arrows_reach_every_control_of_the_page(qtbot: QtBot) -> None:
    room = page_with(qtbot, replace(SHIPPED, limits={"HR_HIGH": {"inf": 125.0}}, revision=2))
    page = room.window.profile_page
    page.clinician.setText("Dr. A")
    page.reason.setText("because")
    page.value.setValue(120)
    wanted = {page.value, page.reason, page.clinician, page.one_back, page.all_back, page.save}
    seen = set()
    for _ in range(40):
        seen.add(QApplication.focusWidget())
        room.window.focusNextChild()
    assert [type(one).__name__ for one in wanted - seen] == []
    assert all(one.accessibleName() or one.text() for one in wanted)  # type: ignore[attr-defined]
