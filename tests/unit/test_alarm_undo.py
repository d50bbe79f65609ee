"""ACKNOWLEDGED, undo within 5 s: SIGNALLING again, and as if it had never been acknowledged (ALARMS 5.2)."""

from __future__ import annotations

import pytest

from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, AnswerAlarm, Reply, UndoAcknowledge
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, AlarmView
from monitor_app.record.alarm_log import alarm_lines
from monitor_app.record.alarm_statistics import Care, statistics
from monitor_app.rerun import differences, relived
from monitor_app.rerun.comparing import alarm_events
from monitor_app.rerun.whatif import seen
from tests.rerun_example import remembered
from tests.station_example import NURSE, Room, S


@pytest.fixture
def room() -> Room:
    return Room(chairs=2).desaturated()


def desat(room: Room) -> AlarmView:
    return next(a for a in room.view().alarms if a.row == "SPO2_DESAT")


def everything(room: Room) -> tuple[int, ...]:
    return tuple(sorted(a.occurrence for a in room.view().alarms))


def acknowledged(room: Room, why: str = "") -> tuple[int, ...]:
    ids = everything(room)
    assert room.ask(Acknowledge(room.id, 1, ids, why, actor=NURSE)).done
    return ids


def undo(room: Room, ids: tuple[int, ...], chair: int = 1) -> Reply:
    return room.ask(UndoAcknowledge(room.id, chair, ids, actor=NURSE))


def test_it_signals_again_at_once_unseen_and_the_journal_says_who_undid_what_and_when(room: Room) -> None:
    ids = acknowledged(room)
    assert room.station.voice(room.now) is None
    room.run(5, spo2=82)
    assert undo(room, ids).done
    again = desat(room)
    assert (again.state, again.ack_by, again.ack_us, again.ended_us) == (AlarmState.SIGNALLING, "", None, None)
    voice = room.station.voice(room.now)
    assert voice is not None
    assert voice.priority is Priority.HIGH
    told = next(e for e in reversed(room.events) if isinstance(e.payload, ev.AlarmAcknowledgeUndone))
    assert (told.kind, told.chair, told.actor) == ("alarm.acknowledge_undone", 1, NURSE)
    assert (told.payload, told.session) == (ev.AlarmAcknowledgeUndone(ids, (5 * S,) * len(ids)), "s1")
    assert "Acknowledgement undone (K)" in [line.text for line in room.view().log]


def test_after_5_s_it_is_refused_with_a_sentence_and_nothing_changes(room: Room) -> None:
    ids = acknowledged(room)
    room.run(6, spo2=82)
    refused = undo(room, ids)
    assert not refused.done
    assert "more than 5 s ago" in refused.sentence
    assert desat(room).state is AlarmState.ACKNOWLEDGED
    assert room.payloads(ev.AlarmAcknowledgeUndone) == []
    assert room.payloads(ev.CommandRefused)[-1].action == "UndoAcknowledge"


def test_only_what_is_acknowledged_at_this_chair_can_be_undone(room: Room) -> None:
    ids = everything(room)
    assert "nothing to undo" in undo(room, ids).sentence
    acknowledged(room)
    assert "belongs to chair 1, not to chair 2: nothing is undone" in undo(room, ids, chair=2).sentence
    assert "does not exist: nothing is undone" in undo(room, (*ids, 99)).sentence
    assert "nothing is undone" in undo(room, ()).sentence
    assert "no chair 9" in undo(room, ids, chair=9).sentence
    assert desat(room).state is AlarmState.ACKNOWLEDGED
    assert undo(room, ids).done
    assert "nothing to undo" in undo(room, ids).sentence  # once


def test_what_was_suppressed_stays_suppressed_and_surfaces_unseen() -> None:
    room = Room()
    room.to_infusion()
    room.run(30)
    room.run(30, spo2=82)
    below = next(a for a in room.view().alarms if a.row == "SPO2_LOW")
    assert below.state is AlarmState.SUPPRESSED
    assert undo(room, acknowledged(room)).done
    room.run(1, spo2=82)
    states = {a.row: a.state for a in room.view().alarms}
    assert (states["SPO2_DESAT"], states["SPO2_LOW"]) == (AlarmState.SIGNALLING, AlarmState.SUPPRESSED)
    room.run(20, spo2=89)  # no longer falling nor a desaturation, still low
    assert {a.row: a.state for a in room.view().alarms}["SPO2_LOW"] is AlarmState.SIGNALLING


def test_what_has_ended_meanwhile_is_closed_and_stays_so(room: Room) -> None:
    room.run(1, spo2=88)
    room.run(4, spo2=97)
    ids = acknowledged(room)
    one = desat(room).occurrence
    room.run(3, spo2=97)
    assert one in ids
    assert one not in everything(room)
    assert "nothing to undo" in undo(room, (one,)).sentence
    assert one not in everything(room)


def test_an_undone_one_latches_like_any_that_nobody_has_seen(room: Room) -> None:
    undo(room, acknowledged(room))
    room.run(8, spo2=97)
    assert desat(room).state is AlarmState.LATCHED


def test_an_undone_acknowledgement_counts_as_none_in_log_statistics_and_answers(room: Room) -> None:
    ids = acknowledged(room, "motion")
    room.ask(AnswerAlarm(room.id, 1, ids, attending="L.", actor=NURSE))
    undo(room, ids)
    assert not room.ask(AnswerAlarm(room.id, 1, ids, "true", actor=NURSE)).done
    line = next(one for one in alarm_lines(room.events) if one.raised.row == "SPO2_DESAT")
    assert (line.acknowledged_us, line.acknowledged_by, line.why, line.attending) == (None, "", "", "")
    found = statistics([Care("s1", 1, "2026-11-26", 60 * S, [e for e in room.events if e.session == "s1"])])
    assert (found.acknowledged, found.judged, found.answered_median_us) == (0, 0, None)
    assert {one.why for one in seen(room.events)} == {""}
    acknowledged(room, "true")
    line = next(one for one in alarm_lines(room.events) if one.raised.row == "SPO2_DESAT")
    assert (line.acknowledged_us, line.acknowledged_by, line.why) == (room.now, NURSE, "true")


def test_the_undo_of_a_second_acknowledgement_leaves_the_first_in_the_log(room: Room) -> None:
    acknowledged(room, "motion")
    first_us = room.now
    room.run(121, spo2=82)  # the reminder of a HIGH
    undo(room, acknowledged(room, "true"))
    line = next(one for one in alarm_lines(room.events) if one.raised.row == "SPO2_DESAT")
    assert (line.acknowledged_us, line.why) == (first_us, "motion")


def test_a_restart_knows_an_undone_acknowledgement_and_still_takes_one_back(room: Room) -> None:
    ids = acknowledged(room)
    again = Room(chairs=2)
    again.now, again.ids = room.now + 2 * S, room.ids
    again._keep(again.station.resume(room.events, again.now))
    assert desat(again).state is AlarmState.ACKNOWLEDGED
    assert undo(again, ids).done
    third = Room(chairs=2)
    third.now, third.ids = again.now + 2 * S, again.ids
    third._keep(third.station.resume([*room.events, *again.events], third.now))
    assert (desat(third).state, desat(third).ack_by) == (AlarmState.SIGNALLING, "")


def test_a_session_with_an_undone_acknowledgement_comes_out_again(room: Room) -> None:
    undo(room, acknowledged(room))
    room.run(4, spo2=82)
    acknowledged(room)
    room.run(10)
    of = remembered(room)
    assert "alarm.acknowledge_undone" in {e.kind for e in alarm_events(of.events)}
    assert differences(of, relived(of)) == []
