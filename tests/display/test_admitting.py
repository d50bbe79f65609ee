"""Admission with next to no typing: earlier patients are offered, what is taken over is taken by a press (CLINICAL 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import Admit, LookUpPatients
from monitor_app.core.known import AF, KnownName, KnownPatient, KnownView
from monitor_app.display.known_panel import KnownPanel
from monitor_app.display.panels import AdmitPage
from tests.display.snapshots import Desk

NAMES = (KnownName("KM-1042", 3, 7), KnownName("KX-18", 1, 0, in_care=True))
BRIEF = ("Session 4; the last one 7 days ago. Not signed: session 3.", "Last time: baseline 128/78.")
PATIENT = KnownPatient("KM-1042", 4, 7, 72.5, "iv_60", (AF,), BRIEF, ("a", "b", "c"))


@pytest.fixture
def room(desk: Callable[[str], Desk]) -> Desk:
    made = desk("empty-4")
    made.press(Qt.Key.Key_2, "2")
    made.press(Qt.Key.Key_Return)
    assert made.window.pages.currentWidget() is made.window.admit_page
    return made


def page_of(room: Desk) -> tuple[AdmitPage, KnownPanel]:
    return room.window.admit_page, room.window.admit_page.known


def answered(room: Desk, view: KnownView, adoptable_s: int = 0) -> None:
    chairs = tuple(replace(c, adoptable_s=adoptable_s) if c.number == 2 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs, known=view))


def admitted(room: Desk) -> Admit:
    page, _ = page_of(room)
    page.submit.click()
    (asked,) = room.sent()
    assert isinstance(asked, Admit)
    return asked


def test_earlier_patients_are_offered_at_once_and_asked_for_with_every_letter(room: Desk) -> None:
    page, known = page_of(room)
    answered(room, KnownView("", NAMES))
    shown = [made.text() for made in known.names if made.isVisible()]
    assert shown == ["KM-1042   3 sessions, 7 days ago", "KX-18   1 session, in care now"]
    page.pseudonym.setText("KM")
    asked = [one.text for one in room.feed.sent if isinstance(one, LookUpPatients)]
    assert asked == ["", "KM"]
    answered(room, KnownView("K", NAMES))
    assert page.number.text() == "", "an answer to another question changes nothing"


def test_one_press_brings_number_profile_and_pre_brief_and_leaves_the_weight_to_a_press(room: Desk) -> None:
    page, known = page_of(room)
    answered(room, KnownView("", NAMES))
    known.names[0].click()
    assert page.pseudonym.text() == "KM-1042"
    answered(room, KnownView("KM-1042", NAMES[:1], PATIENT))
    assert (page.number.text(), page.profile.currentText()) == ("4", "iv_60")
    assert known.brief.isVisible() and known.brief.text().splitlines() == list(BRIEF)
    assert page.weight.text() == "" and known.weight.text() == "Weight as 7 days ago: 72.5 kg"
    assert known.af.isChecked() and "as said last time" in known.af.text()
    known.weight.click()
    asked = admitted(room)
    assert (asked.pseudonym, asked.profile, asked.weight_kg, asked.session_number) == ("KM-1042", "iv_60", 72.5, 4)
    assert (asked.known, asked.briefed, asked.adopt) == ((AF,), ("a", "b", "c"), False)


def test_what_was_filled_for_one_patient_does_not_stay_for_another(room: Desk) -> None:
    page, known = page_of(room)
    page.pseudonym.setText("KM-1042")
    answered(room, KnownView("KM-1042", NAMES[:1], PATIENT))
    page.pseudonym.setText("KM-1043")
    assert page.number.text() == "" and not known.brief.isVisible() and not known.af.isChecked()
    asked = admitted(room)
    assert (asked.session_number, asked.known, asked.briefed) == (None, (), ())


def test_a_number_that_was_typed_is_not_overwritten(room: Desk) -> None:
    page, _ = page_of(room)
    page.number.setText("9")
    page.pseudonym.setText("KM-1042")
    answered(room, KnownView("KM-1042", NAMES[:1], PATIENT))
    assert page.number.text() == "9"


def test_data_of_before_are_adopted_only_by_a_press_and_only_where_there_are_any(room: Desk) -> None:
    page, known = page_of(room)
    assert not known.adopt.isVisible()
    answered(room, KnownView(""), adoptable_s=500)
    assert known.adopt.isVisible() and "8:20" in known.adopt.text() and not known.adopt.isChecked()
    page.pseudonym.setText("N.N.")
    known.adopt.click()
    assert admitted(room).adopt


def test_a_free_chair_proposes_the_profile_of_its_room_and_any_other_may_be_chosen(
    desk: Callable[[str], Desk], qtbot: QtBot
) -> None:
    made = desk("empty-4")
    chairs = tuple(replace(c, offers="iv_60") for c in made.room.chairs)
    made.show(replace(made.room, chairs=chairs))
    made.press(Qt.Key.Key_2, "2")
    made.press(Qt.Key.Key_Return)
    page = made.window.admit_page
    assert page.profile.currentText() == "iv_60"
    assert [page.profile.itemText(n) for n in range(page.profile.count())] == list(made.room.profiles)
