"""What is paused or off is in sight all the time, an answer is one tap, and every act names chair, session and row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from monitor_app.core.commands import (
    Acknowledge,
    AnswerAlarm,
    ExplainAlarms,
    PauseAlarms,
    Reply,
    ResumeAlarms,
    SwitchAlarmOff,
    SwitchAlarmOn,
    UndoAcknowledge,
)
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.reasons import REASONS
from monitor_app.core.snapshot import (
    AlarmState,
    AlarmView,
    ChairView,
    ExplainedView,
    OffView,
    RestingView,
    Snapshot,
    WhyView,
)
from monitor_app.display import quiet, words
from monitor_app.display.examples import NOW_US
from monitor_app.display.presenter import Fill, blanked, fill_of, hidden_names, loudest, spoken_tile, tile_text
from tests.display.snapshots import Desk, rooms

MakeDesk = Callable[..., Desk]
Key = Qt.Key
S = 1_000_000
REST = RestingView("nurse:K", NOW_US - 17 * S, NOW_US + 103 * S)
OFF = OffView("HR_HIGH", "HR HIGH", "hr", "anxious, known", "nurse:L", NOW_US - 60 * S)
ROWS = (
    WhyView("HR_HIGH", "HR HIGH", "hr", Priority.MEDIUM, "watching", "72 bpm", "> 130", "3 s", "No alarm: calm.", True),
    WhyView("VTACH", "VTACH", "hr", Priority.HIGH, "watching", "", "", "at once", "No alarm: none.", False),
    WhyView("HR_LOW", "HR LOW", "hr", Priority.MEDIUM, "alarm", "46 bpm", "< 50", "3 s", "Alarm for 0:12.", True, True),
)


def quieted(room: Snapshot, number: int = 4) -> Snapshot:
    """A room in which the alarms of one chair are paused and one of them is off."""

    def changed(chair: ChairView) -> ChairView:
        numbers = tuple(replace(n, off="HR HIGH off") if n.parameter.value == "hr" else n for n in chair.numbers)
        return replace(
            chair, resting=REST, off=(OFF,), numbers=numbers, cuff=replace(chair.cuff, off="NIBP S HIGH off")
        )

    return replace(room, chairs=tuple(changed(c) if c.number == number else c for c in room.chairs))


def chair_of(room: Snapshot, number: int = 4) -> ChairView:
    return next(c for c in room.chairs if c.number == number)


def asked(room: Desk, *kinds: type) -> list[object]:
    return [one for one in room.sent() if isinstance(one, kinds)]


# ---------------------------------------------------------------- signs


def test_a_tile_says_what_is_paused_and_until_when_and_what_is_off() -> None:
    room = quieted(rooms()["busy-6"])
    tile = tile_text(chair_of(room), room, NOW_US)
    assert tile.quiet == (("triangle-pause", "ALARMS PAUSED 1:43"), ("triangle-off", "HR HIGH OFF"))
    assert next(n.off for n in tile.numbers) == "HR HIGH off"
    assert tile.cuff is not None and tile.cuff.off == "NIBP S HIGH off"
    assert "ALARMS PAUSED 1:43" in spoken_tile(tile)
    later = tile_text(chair_of(room), room, NOW_US + 60 * S)
    assert later.quiet[0] == ("triangle-pause", "ALARMS PAUSED 0:43")


def test_the_chair_view_and_the_footer_say_who_and_why(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.show(quieted(room.room))
    said = "Alarms paused by K, 1:43 left, HIGH come through     HR HIGH off by L: anxious, known"
    assert quiet.sentence(chair_of(room.room), room.room.station_us) == said
    assert room.window.footer.text.quiet == "CHAIR 4 alarms paused 1:43 K   CHAIR 4 HR HIGH off L"
    room.press(Key.Key_4, "4")
    assert room.window.chair_page.head._text is not None
    assert room.window.chair_page.head._text.quiet == said
    assert "CHAIR 4 HR HIGH off L" in room.window.footer.text.quiet


def test_reasons_hide_with_the_names_and_signs_go_with_the_values() -> None:
    room = quieted(rooms()["busy-6"])
    assert chair_of(hidden_names(room)).off[0].reason == ""
    assert chair_of(hidden_names(room)).resting == REST
    stopped = chair_of(blanked(room))
    assert (stopped.resting, stopped.off) == (None, ())


@pytest.mark.parametrize(
    ("state", "said"), [(AlarmState.ALARM_PAUSED, "alarms paused 1:43"), (AlarmState.OFF, "switched off")]
)
def test_what_is_kept_quiet_is_neutral_has_words_and_never_leads_the_banner(state: AlarmState, said: str) -> None:
    room = rooms()["busy-6"]
    until_us = REST.until_us if state is AlarmState.ALARM_PAUSED else None
    one = AlarmView(
        99, "HR_HIGH", 2, Priority.MEDIUM, Kind.PHYSIOLOGICAL, "** HR 134 > 130", state, NOW_US, until_us=until_us
    )
    assert fill_of(one, NOW_US) is Fill.NEUTRAL
    assert words.standing(one, room, NOW_US) == said
    loud = replace(one, occurrence=98, state=AlarmState.SIGNALLING, priority=Priority.LOW)
    assert loudest((one, loud)) is loud


def test_who_attends_and_what_it_was_stand_beside_the_tick() -> None:
    room = rooms()["busy-6"]
    one = AlarmView(
        99, "HR_HIGH", 2, Priority.MEDIUM, Kind.PHYSIOLOGICAL, "** HR 134 > 130", AlarmState.ACKNOWLEDGED, NOW_US,
        ack_by="nurse:K", ack_us=NOW_US - 5 * S, attending="L.", why="motion",
    )  # fmt: skip
    assert words.standing(one, room, NOW_US) == "✓ K 0:05  L. attends  motion"


# ---------------------------------------------------------------- answering


def acknowledged(desk: MakeDesk) -> tuple[Desk, Acknowledge]:
    room = desk("busy-6")
    room.wait(1)
    room.press(Key.Key_A, "a")
    (sent,) = asked(room, Acknowledge)
    assert isinstance(sent, Acknowledge)
    assert room.window.answer_bar.isHidden()  # nothing is offered before the station has said yes
    room.feed.replies.append(Reply(sent.id, True))
    room.settle()
    return room, sent


def test_after_an_acknowledgement_one_tap_says_what_it_was_and_covers_nothing(desk: MakeDesk) -> None:
    room, sent = acknowledged(desk)
    bar = room.window.answer_bar
    assert bar.isVisible()
    assert bar.geometry().top() >= room.window.banner.geometry().bottom()
    assert bar.geometry().top() >= room.window.pages.geometry().bottom()
    assert tuple(bar.reasons) == tuple(REASONS)
    bar.reasons["motion"].click()
    (answer,) = asked(room, AnswerAlarm)
    assert isinstance(answer, AnswerAlarm)
    assert (answer.chair, answer.occurrences, answer.why, answer.attending) == (
        sent.chair, sent.occurrences, "motion", "",
    )  # fmt: skip
    assert bar.isHidden()


def test_for_five_seconds_the_bar_offers_to_undo_and_counts_them(desk: MakeDesk) -> None:
    room, sent = acknowledged(desk)
    undo = room.window.answer_bar.undo
    assert (undo.isVisible(), undo.text()) == (True, "Undo 5 s   Z")
    room.wait(3)
    assert undo.text() == "Undo 2 s   Z"
    undo.click()
    (slip,) = asked(room, UndoAcknowledge)
    assert isinstance(slip, UndoAcknowledge)
    assert (slip.chair, slip.occurrences) == (sent.chair, sent.occurrences)
    assert room.window.answer_bar.isHidden()
    room.feed.replies.append(Reply(slip.id, True))
    room.settle()
    assert "acknowledgement undone, it calls again" in room.window.banner.text.second


def test_z_undoes_also_in_a_locked_window_and_after_five_seconds_nothing(desk: MakeDesk) -> None:
    room, sent = acknowledged(desk)
    room.window.toggle_lock()
    room.press(Key.Key_Z, "z")
    (slip,) = asked(room, UndoAcknowledge)
    assert isinstance(slip, UndoAcknowledge)
    assert slip.occurrences == sent.occurrences
    other, _ = acknowledged(desk)
    other.wait(5.1)
    assert not other.window.answer_bar.undo.isVisible()
    assert other.window.answer_bar.isVisible()  # what it was may still be tapped
    other.press(Key.Key_Z, "z")
    assert asked(other, UndoAcknowledge) == []
    assert "for 5 seconds" in other.window.banner.text.second


def test_the_keys_w_and_a_number_do_the_same_and_no_answer_is_no_fault(desk: MakeDesk) -> None:
    room, sent = acknowledged(desk)
    room.press(Key.Key_W, "w")
    assert not room.window.alarms_page.isVisible()
    room.press(Key.Key_1, "1")
    (answer,) = asked(room, AnswerAlarm)
    assert isinstance(answer, AnswerAlarm)
    assert (answer.occurrences, answer.why) == (sent.occurrences, "true")
    room.press(Key.Key_1, "1")  # a chair's number again
    assert room.window.selected == 1
    other, _ = acknowledged(desk)
    other.wait(20.1)
    assert other.window.answer_bar.isHidden()
    assert asked(other, AnswerAlarm) == []


def test_who_attends_is_typed_and_the_letters_act_on_nothing(desk: MakeDesk) -> None:
    room, sent = acknowledged(desk)
    bar = room.window.answer_bar
    bar.attending.setFocus()
    bar.attending.setText("L.")
    bar.attending.returnPressed.emit()
    (answer,) = asked(room, AnswerAlarm)
    assert isinstance(answer, AnswerAlarm)
    assert (answer.occurrences, answer.why, answer.attending) == (sent.occurrences, "", "L.")
    assert bar.isVisible()


def test_a_refused_acknowledgement_offers_nothing(desk: MakeDesk) -> None:
    room = desk("busy-6")
    room.wait(1)
    room.press(Key.Key_A, "a")
    (sent,) = asked(room, Acknowledge)
    assert isinstance(sent, Acknowledge)
    room.feed.replies.append(Reply(sent.id, False, "too young"))
    room.settle()
    assert room.window.answer_bar.isHidden()


# ---------------------------------------------------------------- the page of a chair's alarms


def opened(qtbot: QtBot, resting: bool = False) -> Desk:
    room = Desk(qtbot, rooms()["busy-6"])
    if resting:
        room.show(quieted(room.room))
    room.press(Key.Key_4, "4")
    room.press(Key.Key_Escape)
    room.press(Key.Key_W, "w")
    assert room.window.alarms_page.isVisible()
    explained = ExplainedView(4, chair_of(room.room).session, ROWS)
    room.show(replace(room.room, explained=explained))
    return room


def test_every_row_stands_with_state_value_limit_delay_and_its_why(qtbot: QtBot) -> None:
    room = opened(qtbot)
    page = room.window.alarms_page
    texts = [page.table.item(0, n).text() for n in range(page.table.columnCount())]
    assert texts == ["HR HIGH", "medium", "watching", "72 bpm", "> 130", "3 s"]
    assert page.table.item(2, 2).text() == "OFF, alarm"
    assert page.why.text() == "No alarm: calm."
    page.choose("VTACH")
    assert page.why.text() == "No alarm: none."
    assert page.who.text() == f"CHAIR 4   {chair_of(room.room).title}"


def test_the_page_asks_once_a_second_for_as_long_as_somebody_looks(qtbot: QtBot) -> None:
    room = opened(qtbot)
    first = [one.chair for one in asked(room, ExplainAlarms) if isinstance(one, ExplainAlarms)]
    assert set(first) == {4}
    room.wait(0.5)
    assert asked(room, ExplainAlarms) == []
    room.wait(0.6)
    assert len(asked(room, ExplainAlarms)) == 1
    room.press(Key.Key_Escape)
    room.wait(2)
    assert asked(room, ExplainAlarms) == []


def test_an_alarm_is_switched_off_with_a_reason_only_and_lethal_ones_never(qtbot: QtBot) -> None:
    room = opened(qtbot)
    page = room.window.alarms_page
    assert not page.switch.isEnabled()
    page.reason.setText("known")
    assert page.switch.isEnabled()
    page.switch.click()
    (off,) = asked(room, SwitchAlarmOff)
    assert isinstance(off, SwitchAlarmOff)
    assert (off.chair, off.session, off.row, off.reason, off.actor) == (
        4, chair_of(room.room).session, "HR_HIGH", "known", "nurse:desk",
    )  # fmt: skip
    page.choose("VTACH")
    page.reason.setText("known")
    assert not page.switch.isEnabled()
    assert "never" in page.switch.text()
    page.choose("HR_LOW")
    page.switch.click()
    (on,) = asked(room, SwitchAlarmOn)
    assert isinstance(on, SwitchAlarmOn)
    assert on.row == "HR_LOW"


def test_the_chairs_alarms_are_paused_and_resumed_by_button_and_key(qtbot: QtBot) -> None:
    room = opened(qtbot)
    room.window.alarms_page.pause.click()
    (pause,) = asked(room, PauseAlarms)
    assert isinstance(pause, PauseAlarms)
    assert (pause.chair, pause.session) == (4, chair_of(room.room).session)
    room.wait(1)
    room.window.setFocus()
    room.press(Key.Key_A, "A", shift=True)
    assert len(asked(room, PauseAlarms)) == 1
    resting = opened(qtbot, resting=True)
    assert "on again" in resting.window.alarms_page.pause.text()
    assert "paused by K" in resting.window.alarms_page.resting.text()
    resting.window.alarms_page.pause.click()
    assert len(asked(resting, ResumeAlarms)) == 1


def test_the_page_leaves_with_the_patient(qtbot: QtBot) -> None:
    room = opened(qtbot)
    chairs = tuple(replace(c, session="another") if c.number == 4 else c for c in room.room.chairs)
    room.show(replace(room.room, chairs=chairs))
    assert not room.window.alarms_page.isVisible()
