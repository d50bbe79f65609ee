"""Every act sends exactly the right command, once, with the chair and session that were seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import (
    Acknowledge,
    AcknowledgeNotice,
    Admit,
    ConfirmDevice,
    ExportSession,
    LogObservation,
    PauseSound,
    Reply,
    ReportShown,
    ResumeSound,
    StartCuff,
    StopCuff,
    TakeStep,
)
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import SoundView
from monitor_app.display import examples
from tests.display.snapshots import Desk

Key = Qt.Key
MakeDesk = Callable[..., Desk]


def test_acknowledge_names_the_chair_of_the_banner_and_its_occurrences(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(1)
    room.press(Key.Key_A, "a")
    (asked,) = room.sent()
    assert isinstance(asked, Acknowledge)
    assert (asked.chair, asked.occurrences) == (3, (7, 8))
    assert asked.actor == "nurse:desk"


def test_acknowledge_is_dead_for_700_ms_after_its_target_changed(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_A, "a")
    assert room.sent() == []
    room.wait(0.69)
    room.press(Key.Key_A, "a")
    assert room.sent() == []
    room.wait(0.02)
    room.press(Key.Key_A, "a")
    assert len(room.sent()) == 1


def test_a_selected_chair_with_unseen_alarms_is_the_target(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_6, "6")
    assert room.window.target.label == "CHAIR 6"
    room.wait(1)
    room.press(Key.Key_A, "a")
    (asked,) = room.sent()
    assert isinstance(asked, Acknowledge)
    assert (asked.chair, asked.occurrences) == (6, (10,))


def test_a_selected_chair_without_unseen_alarms_leaves_the_banner_as_target(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_5, "5")
    assert room.window.target.label == "CHAIR 3"


def test_auto_repeat_and_a_second_press_within_700_ms_send_nothing(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(1)
    room.press(Key.Key_A, "a", repeat=True)
    assert room.sent() == []
    room.press(Key.Key_A, "a")
    room.press(Key.Key_A, "a")
    assert len(room.sent()) == 1


def test_a_latched_alarm_takes_two_presses(desk: MakeDesk, qtbot: QtBot) -> None:
    room = Desk(qtbot, examples.snapshot(examples.latched_chair(1)))
    room.wait(1)
    room.press(Key.Key_A, "a")
    assert room.sent() == []
    assert "Press again" in room.window.banner.text.second
    room.wait(1)
    room.press(Key.Key_A, "a")
    (asked,) = room.sent()
    assert isinstance(asked, Acknowledge)
    assert asked.occurrences == (12,)


def test_the_alarm_line_of_a_tile_acknowledges_that_chair(desk: MakeDesk, qtbot: QtBot) -> None:
    room = desk("busy-6")
    tile = room.window.overview.tiles[6]
    strip = tile.parts.strip
    qtbot.mouseClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(strip.x + strip.w // 2, strip.y + strip.h // 2))
    (asked,) = room.sent()
    assert isinstance(asked, Acknowledge)
    assert asked.chair == 6


def test_an_answer_is_said_and_a_refusal_shows_its_sentence(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(1)
    room.press(Key.Key_A, "a")
    (asked,) = room.sent()
    room.feed.replies.append(Reply(asked.id, False, "Too young to have been read."))
    room.settle()
    assert room.window.banner.text.second == "Too young to have been read."
    assert room.window.banner.text.refused
    room.wait(5.1)
    assert not room.window.banner.text.refused


def test_pausing_sound_needs_something_that_sounds(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.press(Key.Key_Space, " ")
    assert room.sent() == []
    assert "Nothing is sounding" in room.window.banner.text.second
    room.show(replace(room.room, sound=SoundView(voice=Priority.HIGH)))
    room.press(Key.Key_Space, " ", repeat=True)
    assert room.sent() == []
    room.press(Key.Key_Space, " ")
    assert [type(one) for one in room.sent()] == [PauseSound]


def test_shift_space_ends_a_pause(desk: MakeDesk) -> None:
    room = desk("alarm-4")
    room.press(Key.Key_Space, " ", shift=True)
    assert room.sent() == []
    until = room.feed.now_us + 60_000_000
    room.show(replace(room.room, sound=SoundView("paused", until, Priority.HIGH)))
    assert not room.window.edge.isHidden()
    room.press(Key.Key_Space, " ", shift=True)
    assert [type(one) for one in room.sent()] == [ResumeSound]


def test_space_on_a_focused_button_still_pauses_the_sound(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.show(replace(room.room, sound=SoundView(voice=Priority.HIGH)))
    room.press(Key.Key_5, "5")
    room.window.chair_page.cuff_button.setFocus()
    room.press(Key.Key_Space, " ")
    assert [type(one) for one in room.sent()] == [PauseSound]


def test_f2_starts_the_cuff_of_the_selected_chair_and_stops_a_running_one(qtbot: QtBot) -> None:
    room = Desk(qtbot, examples.snapshot(examples.chair(1), examples.measuring_chair(2)))
    room.press(Key.Key_F2)
    assert room.sent() == []
    assert "Select a chair" in room.window.banner.text.second
    room.press(Key.Key_1, "1")
    room.press(Key.Key_F2)
    room.press(Key.Key_2, "2")
    room.press(Key.Key_F2)
    start, stop = room.sent()
    assert isinstance(start, StartCuff)
    assert (start.chair, start.session) == (1, "session-1")
    assert isinstance(stop, StopCuff)
    assert (stop.chair, stop.session) == (2, "session-2")


def test_f3_and_f4_are_one_act_without_a_question(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_3, "3")
    room.press(Key.Key_F3)
    room.press(Key.Key_5, "5")
    room.press(Key.Key_F3)
    room.press(Key.Key_F4)
    asked = room.sent()
    assert all(isinstance(one, TakeStep) for one in asked)
    assert [(one.chair, one.step) for one in asked] == [  # type: ignore[union-attr]
        (3, Step.PAUSE_INFUSION), (5, Step.RESUME_INFUSION), (5, Step.ABORT),
    ]  # fmt: skip


def test_a_soft_guard_asks_for_its_reason_before_it_is_overridden(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_6, "6")
    page = room.window.chair_page
    page.step_buttons[Step.CONFIRM_BASELINE].click()
    assert room.sent() == []
    assert "second baseline reading" in page.override.sentence.text()
    page.override.go.click()
    assert room.sent() == []
    page.override.reason.setText("patient is calm, reading follows")
    page.override.go.click()
    (asked,) = room.sent()
    assert isinstance(asked, TakeStep)
    assert (asked.step, asked.override, asked.reason) == (
        Step.CONFIRM_BASELINE,
        True,
        "patient is calm, reading follows",
    )


def test_a_refused_step_stays_visible_with_its_sentence(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_6, "6")
    refused = room.window.chair_page.step_buttons[Step.START_INFUSION]
    assert refused.isVisible()
    assert not refused.isEnabled()
    assert refused.accessibleDescription() == "Confirm the baseline first."


def test_admitting_needs_an_identifier_and_sends_what_was_typed(desk: MakeDesk) -> None:
    room = desk("empty-4")
    room.press(Key.Key_Right)
    room.press(Key.Key_Right)
    room.press(Key.Key_Return)
    page = room.window.admit_page
    assert room.window.pages.currentWidget() is page
    page.send()
    assert room.sent() == []
    assert page.refusal.text()
    page.pseudonym.setText("KM-1042")
    page.weight.setText("heavy")
    page.send()
    assert "not a number" in page.refusal.text()
    page.weight.setText("82,5")
    page.number.setText("4")
    page.profile.setCurrentText("iv_60")
    page.send()
    (asked,) = room.sent()
    assert isinstance(asked, Admit)
    assert (asked.chair, asked.pseudonym, asked.profile, asked.weight_kg, asked.session_number) == (
        2, "KM-1042", "iv_60", 82.5, 4,
    )  # fmt: skip
    assert asked.session != asked.id
    room.feed.replies.append(Reply(asked.id, False, "Chair 2 is occupied."))
    room.settle()
    assert page.refusal.text() == "Chair 2 is occupied."


def test_letters_typed_into_a_field_are_text_and_no_commands(desk: MakeDesk) -> None:
    room = desk("alarm-4")
    room.wait(1)
    room.press(Key.Key_4, "4")
    room.window.enter()
    room.window.admit_page.pseudonym.setFocus()
    for key, text in ((Key.Key_A, "a"), (Key.Key_B, "b"), (Key.Key_Space, " "), (Key.Key_1, "1")):
        room.press(key, text)
    assert room.window.admit_page.pseudonym.text() == "ab 1"
    assert room.sent() == []


def test_a_log_entry_is_stamped_with_the_moment_of_e(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_3, "3")
    at_us = room.feed.now_us
    room.press(Key.Key_E, "e")
    room.wait(4)
    room.press(Key.Key_N, "n")
    (asked,) = room.sent()
    assert isinstance(asked, LogObservation)
    assert (asked.chair, asked.session, asked.code, asked.at_us) == (3, "session-3", "nausea", at_us)
    room.press(Key.Key_V, "v")
    assert room.sent() == []


def test_a_note_takes_free_text(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_3, "3")
    room.press(Key.Key_E, "e")
    room.press(Key.Key_Period, ".")
    field = room.window.chair_page.log_panel.text
    assert field.isVisible()
    field.setText("wants the window open")
    room.press(Key.Key_Return)
    (asked,) = room.sent()
    assert isinstance(asked, LogObservation)
    assert (asked.code, asked.text) == ("note", "wants the window open")


def test_a_marker_is_one_key(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_3, "3")
    room.press(Key.Key_M, "m")
    (asked,) = room.sent()
    assert isinstance(asked, LogObservation)
    assert (asked.code, asked.at_us) == ("marker", room.feed.now_us)


def test_export_says_where_the_file_is(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.press(Key.Key_3, "3")
    room.press(Key.Key_X, "x")
    (asked,) = room.sent()
    assert isinstance(asked, ExportSession)
    assert (asked.session, asked.format) == ("session-3", "csv")
    assert "Exporting" in room.window.banner.text.second
    room.feed.replies.append(Reply(asked.id, True, "/data/exports/session-3.csv"))
    room.settle()
    assert "/data/exports/session-3.csv" in room.window.banner.text.second


def test_the_notice_comes_first_and_carries_the_name(desk: MakeDesk) -> None:
    room = desk("calm-4")
    room.show(replace(room.room, notice_needed=True))
    page = room.window.notice_bar
    assert page.isVisible()
    assert room.window.overview.isVisible()  # the room stays in sight
    room.press(Key.Key_Escape)
    assert page.isVisible()
    assert not page.agree.isEnabled()
    room.window.setFocus()
    for letter in "a1":
        room.press(Qt.Key(ord(letter.upper())), letter)
    assert page.name.text() == "a1"
    assert room.sent() == []
    page.name.setText("K. Nurse")
    page.agree.click()
    (asked,) = room.sent()
    assert isinstance(asked, AcknowledgeNotice)
    assert (asked.name, asked.version) == ("K. Nurse", 1)
    room.show(replace(room.room, notice_needed=False))
    assert not page.isVisible()
    assert room.window.pages.currentWidget() is room.window.overview
    room.press(Key.Key_1, "1")
    room.press(Key.Key_F2)
    (cuff,) = room.sent()
    assert cuff.actor == "nurse:K. Nurse"


def test_painted_alarms_are_reported_once_each(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(0.3)
    room.wait(0.3)
    shown = [one for one in room.feed.sent if isinstance(one, ReportShown)]
    assert len(shown) == 1
    assert set(shown[0].occurrences) == {7, 8, 9, 10}


def test_no_command_is_lost_without_a_word_when_nobody_is_there(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.feed.listens = False
    room.press(Key.Key_3, "3")
    room.press(Key.Key_F2)
    assert "Not sent" in room.window.banner.text.second


def test_a_wrong_device_is_confirmed_by_key_with_the_words_that_stood_there(desk: MakeDesk) -> None:
    room = desk("busy-6")
    seen = "Oximeter, serial B2"
    chairs = tuple(
        replace(c, links=(replace(c.links[0], seen=seen, expected="Oximeter, serial A1", state="WRONG DEVICE"),))
        if c.number == 2
        else c
        for c in room.room.chairs
    )
    room.show(replace(room.room, chairs=chairs))
    room.press(Key.Key_2, "2")
    room.press(Key.Key_K, "k")
    panel = room.window.chair_page.device_panel
    assert panel.isVisible()
    assert "serial B2" in panel.seen.text() and "serial A1" in panel.expected.text()
    panel.confirm.click()
    asked = [one for one in room.sent() if isinstance(one, ConfirmDevice)]
    assert [(one.chair, one.link, one.seen) for one in asked] == [(2, 0, seen)]
