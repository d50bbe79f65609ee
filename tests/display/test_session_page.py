"""The session's page and the room's hour: every press asks for one thing, of the patient who stands on top."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core import care_commands as care
from monitor_app.core.commands import Admit, TakeStep
from monitor_app.core.phases import Phase, Step
from monitor_app.display.care_examples import LEAVING, MINUTE_US, NOW_US, care_of, care_room, plan
from monitor_app.display.examples import snapshot
from monitor_app.display.timeline_page import overlaps, timeline_text
from tests.display.snapshots import Desk

Key = Qt.Key


@pytest.fixture
def room(qtbot: QtBot) -> Desk:
    return Desk(qtbot, care_room())


def opened(room: Desk, chair: int, tab: str = "course") -> Any:
    """The session's page of this chair, at one of its parts."""
    room.press(getattr(Key, f"Key_{chair}"), str(chair))
    room.press(Key.Key_C, "c")
    page = room.window.session_page
    assert page.isVisible()
    page.show_tab(tab)
    room.settle()
    return page


def asked(room: Desk, kind: type) -> Any:
    (command,) = room.sent()
    assert isinstance(command, kind)
    return command


def test_c_opens_the_session_and_names_chair_patient_and_state(room: Desk) -> None:
    page = opened(room, 3)
    assert page.who.text() == "CHAIR 3   R.S.   RECOVERY"
    assert "4 of 7" in page.stands.text()
    room.press(Key.Key_C, "c")
    assert room.window.chair_page.isVisible()


def test_the_banner_stays_above_the_session_page(room: Desk) -> None:
    opened(room, 3)
    assert room.window.banner.isVisible()
    assert (
        room.window.banner.geometry().bottom()
        < room.window.session_page.mapTo(room.window, room.window.session_page.rect().topLeft()).y() + 1
    )


def test_a_free_chair_has_no_session_to_lead(room: Desk) -> None:
    room.press(Key.Key_2, "2")
    room.press(Key.Key_C, "c")
    assert not room.window.session_page.isVisible()
    assert "admit somebody first" in room.window.banner.text.second


def test_the_page_closes_itself_when_another_patient_sits_there(room: Desk) -> None:
    opened(room, 3)
    chairs = tuple(replace(c, session="other") if c.number == 3 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs))
    assert not room.window.session_page.isVisible()


# ---------------------------------------------------------------- course


def test_the_next_step_may_have_happened_three_minutes_ago(room: Desk) -> None:
    page = opened(room, 1)
    page.course.ago_buttons[3].click()
    step = asked(room, TakeStep)
    assert (step.step, step.chair, step.session) == (Step.END_INFUSION, 1, "session-1")
    assert step.at_us == room.room.station_us - 3 * MINUTE_US


def test_a_step_of_now_carries_no_time(room: Desk) -> None:
    opened(room, 1).course.ago_buttons[0].click()
    assert asked(room, TakeStep).at_us is None


def test_another_start_needs_a_reason_before_it_is_asked_for(room: Desk) -> None:
    page = opened(room, 1)
    page.course.amend_buttons[2].click()
    assert room.sent() == []
    assert "reason" in page.course.sentence.text()
    page.course.reason.setText("pump started earlier")
    page.course.amend_buttons[2].click()
    command = asked(room, care.AmendStart)
    assert command.at_us == NOW_US - 22 * MINUTE_US
    assert command.reason == "pump started earlier"


def test_a_start_before_the_part_before_cannot_be_pressed(room: Desk) -> None:
    page = opened(room, 1)
    assert page.course.amend_buttons[10].isEnabled()
    assert not page.course.amend_buttons[15].isEnabled()


def test_u_undoes_the_step_that_the_station_offers_and_nothing_else(room: Desk) -> None:
    room.press(Key.Key_4, "4")
    assert "U: undo Pause infusion" in room.window.chair_page._sentence.text()
    room.press(Key.Key_U, "u")
    assert asked(room, care.UndoStep).chair == 4
    room.press(Key.Key_1, "1")
    room.press(Key.Key_U, "u")
    assert room.sent() == []
    assert "nothing to undo" in room.window.banner.text.second


def test_an_absence_is_one_press_and_so_is_its_end(room: Desk) -> None:
    page = opened(room, 1)
    assert not page.course.back.isEnabled()
    page.course.away_buttons[5].click()
    command = asked(room, care.BeginAbsence)
    assert (command.minutes, command.reason) == (5.0, "bathroom")
    away = tuple(
        replace(c, care=replace(c.care, away_until_us=NOW_US + 5 * MINUTE_US)) if c.number == 1 else c
        for c in room.room.chairs
    )
    room.show(replace(room.room, chairs=away))
    assert not page.course.away_buttons[5].isEnabled()
    page.course.back.click()
    assert isinstance(room.sent()[0], care.EndAbsence)


def test_a_patient_moves_to_a_free_chair_and_to_no_other(room: Desk) -> None:
    page = opened(room, 1)
    assert [page.course.chair_box.itemText(n) for n in range(page.course.chair_box.count())] == ["CHAIR 2"]
    page.course.move_button.click()
    assert asked(room, care.MoveChair).target == 2


def test_a_wrong_patient_is_corrected_with_name_and_reason(room: Desk) -> None:
    page = opened(room, 3)
    page.course.pseudonym.setText("T.L.")
    page.course.weight.setText("seventy")
    page.course.reason.setText("wrong list")
    page.course.correct.click()
    assert room.sent() == []
    page.course.weight.setText("71,5")
    page.course.correct.click()
    command = asked(room, care.CorrectPatient)
    assert (command.pseudonym, command.weight_kg, command.session_number) == ("T.L.", 71.5, None)


def test_two_mixed_up_patients_are_swapped_with_the_session_that_was_seen(room: Desk) -> None:
    page = opened(room, 3)
    page.course.swap_box.setCurrentIndex(1)
    page.course.reason.setText("sat down in the wrong chair")
    page.course.swap_button.click()
    command = asked(room, care.SwapPatients)
    assert (command.chair, command.other_chair, command.other_session) == (3, 4, "session-4")


# ---------------------------------------------------------------- check-in and dose


def test_an_open_item_is_ticked_and_a_ticked_one_opened_again(room: Desk) -> None:
    page = opened(room, 1, "checkin")
    assert page.checkin.ticks.buttons["consent"].text().startswith("✓")
    page.checkin.ticks.buttons["fasting"].click()
    assert asked(room, care.TickItem).done
    page.checkin.ticks.buttons["consent"].click()
    assert not asked(room, care.TickItem).done


def test_no_number_of_a_dose_is_filled_in_and_none_is_missing_when_it_is_asked_for(room: Desk) -> None:
    page = opened(room, 1, "checkin")
    assert [line.text() for line in page.checkin.typed.values()] == ["", "", "", ""]
    page.checkin.record.click()
    assert room.sent() == []
    assert "mg/kg" in page.checkin.sentence.text()
    for name, value in (("weight_kg", "82"), ("mg_per_kg", "0,5"), ("minutes", "40"), ("mg_per_ml", "1")):
        page.checkin.typed[name].setText(value)
    page.checkin.second.setText("R.")
    page.checkin.record.click()
    command = asked(room, care.RecordDose)
    assert (command.weight_kg, command.mg_per_kg, command.minutes, command.second_check) == (82, 0.5, 40, "R.")
    assert not command.confirmed


def test_a_rate_is_changed_with_its_reason(room: Desk) -> None:
    page = opened(room, 1, "checkin")
    page.checkin.rate.setText("30")
    page.checkin.why.setText("dizzy")
    page.checkin.change.click()
    command = asked(room, care.ChangeRate)
    assert (command.ml_per_h, command.was_ml_per_h, command.reason) == (30, None, "dizzy")


# ---------------------------------------------------------------- scores and notes


def test_a_score_of_one_item_takes_two_presses(room: Desk) -> None:
    page = opened(room, 1, "scores")
    assert not page.scores.record.isEnabled()
    page.scores.point_buttons["moaas", 4].click()
    assert page.scores.sentence.text() == "lethargic answer"
    page.scores.record.click()
    command = asked(room, care.RecordScore)
    assert (command.scale, command.items) == ("moaas", {"moaas": 4})


def test_what_the_station_works_out_is_not_asked(room: Desk) -> None:
    page = opened(room, 1, "scores")
    page.scores.scale_buttons["padss"].click()
    for item in ("walking", "nausea", "pain", "bleeding"):
        page.scores.point_buttons[item, 2].click()
    page.scores.record.click()
    assert asked(room, care.RecordScore).items == {"walking": 2, "nausea": 2, "pain": 2, "bleeding": 2}


def test_a_note_is_taken_back_by_a_press_and_corrected_by_words(room: Desk) -> None:
    page = opened(room, 1, "scores")
    first, score, corrected = page.scores.entry_buttons
    assert not corrected.isEnabled()
    assert not score.isEnabled()
    first.click()
    command = asked(room, care.CorrectEntry)
    assert (command.entry, command.withdrawn) == ("e2", True)
    page.scores.text.setText("vomiting")
    first.click()
    command = asked(room, care.CorrectEntry)
    assert (command.code, command.text, command.withdrawn) == ("vomiting", "", False)


def test_backspace_takes_back_the_newest_note_of_the_last_minute(room: Desk) -> None:
    room.press(Key.Key_1, "1")
    room.press(Key.Key_Backspace)
    assert asked(room, care.CorrectEntry).entry == "e2"
    chair = room.room.chairs[0]
    old = tuple(replace(entry, undo=False) for entry in chair.care.logged)
    chairs = (replace(chair, care=replace(chair.care, logged=old)), *room.room.chairs[1:])
    room.show(replace(room.room, chairs=chairs))
    room.press(Key.Key_Backspace)
    assert room.sent() == []


# ---------------------------------------------------------------- discharge and handover


def test_every_criterion_says_its_state_in_shape_and_words(room: Desk) -> None:
    page = opened(room, 3, "discharge")
    texts = [(mark.text(), because.text()) for mark, _, because in page.discharge.lines]
    assert texts[0] == ("✗  not met", "4 min left")
    assert texts[1] == ("✓  met", "10 of 10")
    assert texts[2] == ("?  not known", "no sedation score in the last 15 min")
    assert page.discharge.standing.text() == "4 of 7 criteria are met"


def test_the_time_at_which_the_patient_was_ready_is_shown(room: Desk) -> None:
    page = opened(room, 3, "discharge")
    chairs = tuple(replace(c, care=replace(c.care, ready_us=NOW_US)) if c.number == 3 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs))
    assert page.discharge.standing.text().startswith("Ready since ")


def test_an_escort_is_ticked_by_name_only(room: Desk) -> None:
    page = opened(room, 3, "discharge")
    page.discharge.ticks.buttons["escort"].click()
    assert room.sent() == []
    page.discharge.ticks.name.setText("Anna")
    page.discharge.ticks.buttons["escort"].click()
    command = asked(room, care.TickItem)
    assert (command.item, command.text) == ("escort", "Anna")


def test_h_shows_the_handover_and_a_name_hands_over(room: Desk) -> None:
    room.press(Key.Key_3, "3")
    room.press(Key.Key_H, "h")
    page = room.window.session_page
    assert page.handover.isVisible()
    assert page.handover.lines[3][1].text() == "last 128/82, 4 min ago; highest 168/96 in minute 35"
    assert "profile not approved" in page.handover.open_items.text()
    page.handover.to.setText("Mara")
    page.handover.hand.click()
    assert asked(room, care.HandOver).to == "Mara"


def test_in_privacy_no_typed_word_of_a_session_is_shown(room: Desk) -> None:
    named = tuple(replace(item, who="Anna", at_us=NOW_US) if item.named else item for item in LEAVING)
    chairs = tuple(
        replace(c, care=care_of(Phase.RECOVERY, discharge=named)) if c.number == 3 else c for c in room.room.chairs
    )
    room.show(replace(room.room, chairs=chairs))
    room.press(Key.Key_F8)
    page = opened(room, 3, "discharge")
    assert "R.S." not in page.who.text()
    assert "Anna" not in page.discharge.ticks.buttons["escort"].text()
    page.show_tab("handover")
    assert all(not text.text() for _, text in page.handover.lines)


def test_when_monitoring_has_stopped_nothing_of_the_care_is_shown_as_if_it_were_so(room: Desk) -> None:
    page = opened(room, 3, "discharge")
    room.silence(3)
    assert page.discharge.lines == []
    page.discharge.oriented.click()
    assert room.sent() == []


# ---------------------------------------------------------------- admission


def test_admission_ticks_what_the_profile_asks_and_carries_the_clock(room: Desk) -> None:
    room.press(Key.Key_2, "2")
    room.press(Key.Key_Return)
    page = room.window.admit_page
    assert set(page.items) == {"consent", "fasting", "medicines"}
    page.items["fasting"].click()
    page.pseudonym.setText("N.N.")
    page.submit.click()
    command = asked(room, Admit)
    assert command.ticked == ("fasting",)
    assert command.clock_us == room.room.utc_us + 3600 * 1_000_000 - room.room.station_us


# ---------------------------------------------------------------- the room's hour


def test_the_hour_has_a_row_for_every_chair_and_a_mark_for_every_item() -> None:
    text = timeline_text(care_room(), NOW_US)
    assert [line.chair for line in text.lines] == [1, 2, 3, 4]
    assert text.lines[1].marks == ()
    assert [(m.text, m.kind) for m in text.lines[0].marks] == [
        ("BP", "cuff"), ("minute 30", "minute"), ("Infusion end", "end"),
    ]  # fmt: skip
    assert text.lines[2].marks[0].overdue
    assert text.lines[2].marks[0].share < 0


def test_work_at_two_chairs_that_falls_together_is_said() -> None:
    (sentence,) = overlaps(care_room())
    assert "Infusion end at CHAIR 1, Recovery minimum at CHAIR 3" in sentence
    assert overlaps(snapshot(plan=plan()[:3])) == ()


def test_t_shows_the_hour_and_a_row_leads_to_its_chair(room: Desk, qtbot: QtBot) -> None:
    room.press(Key.Key_T, "t")
    page = room.window.timeline_page
    assert page.isVisible()
    assert len(page.text.lines) == 4
    top, high = page._rows()
    qtbot.mouseClick(page, Qt.MouseButton.LeftButton, pos=page.rect().topLeft() + _at(20, top + 2.5 * high))
    room.settle()
    assert room.window.chair_page.isVisible()
    assert room.window.selected == 3


def _at(x: float, y: float) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(round(x), round(y))
