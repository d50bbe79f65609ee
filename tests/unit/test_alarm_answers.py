"""An acknowledgement may say who attends and, in one tap, what it was; said later it moves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, AnswerAlarm
from monitor_app.core.phases import Step
from monitor_app.core.reasons import REASONS
from monitor_app.core.snapshot import AlarmState
from monitor_app.record.alarm_log import alarm_lines
from monitor_app.record.alarm_statistics import Care, statistics
from monitor_app.rerun import differences, relived
from monitor_app.rerun.comparing import alarm_events
from monitor_app.rerun.whatif import seen
from tests.rerun_example import remembered
from tests.station_example import NURSE, Room, S

pytestmark = pytest.mark.thorough


@pytest.fixture
def room() -> Room:
    return Room(chairs=2).desaturated()


def taken(room: Room, **more: str) -> tuple[int, ...]:
    ids = tuple(a.occurrence for a in room.view().alarms)
    assert room.ask(Acknowledge(room.id, 1, ids, actor=NURSE, **more)).done
    return ids


def test_an_acknowledgement_says_who_attends_and_why_in_event_picture_and_log(room: Room) -> None:
    taken(room, why="true", attending=" L. ")
    [told] = room.payloads(ev.AlarmAcknowledged)
    assert (told.why, told.attending) == ("true", "L.")
    desat = next(a for a in room.view().alarms if a.row == "SPO2_DESAT")
    assert (desat.ack_by, desat.attending, desat.why) == (NURSE, "L.", "true")
    assert "Alarm acknowledged: was right, L. attends (K)" in [line.text for line in room.view().log]
    line = next(one for one in alarm_lines(room.events) if one.raised.row == "SPO2_DESAT")
    assert (line.acknowledged_by, line.attending, line.why) == (NURSE, "L.", "true")


def test_a_reason_is_one_of_a_closed_list_and_never_needed(room: Room) -> None:
    ids = tuple(a.occurrence for a in room.view().alarms)
    refused = room.ask(Acknowledge(room.id, 1, ids, "because I say so"))
    assert (refused.done, refused.sentence) == (
        False, "There is no reason 'because I say so'; known are true, expected, motion, cuff, other",
    )  # fmt: skip
    assert not room.ask(Acknowledge(room.id, 1, ids, attending="x" * 41)).done
    assert room.payloads(ev.AlarmAcknowledged) == []
    assert room.ask(Acknowledge(room.id, 1, ids)).done
    assert tuple(REASONS) == ("true", "expected", "motion", "cuff", "other")


def test_what_it_was_may_be_said_afterwards_and_moves_nothing(room: Room) -> None:
    ids = taken(room)
    before = {a.occurrence: a for a in room.view().alarms}
    assert room.ask(AnswerAlarm(room.id, 1, ids, "motion", actor=NURSE)).done
    assert room.ask(AnswerAlarm(room.id, 1, ids[:1], attending="L.", actor=NURSE)).done
    after = {a.occurrence: a for a in room.view().alarms}
    assert (after[ids[0]].why, after[ids[0]].attending) == ("motion", "L.")
    assert {n: replace(a, why="", attending="") for n, a in after.items()} == before
    [first, second] = room.payloads(ev.AlarmAnswered)
    assert (first.occurrences, first.why, first.attending) == (ids, "motion", "")
    assert (second.occurrences, second.why, second.attending) == (ids[:1], "", "L.")


def test_it_may_be_said_after_the_alarm_has_ended(room: Room) -> None:
    ids = taken(room)
    room.run(60)
    assert not {a.occurrence for a in room.view().alarms if a.parameter == "spo2"}
    assert room.ask(AnswerAlarm(room.id, 1, ids, "true")).done
    assert {line.why for line in alarm_lines(room.events) if line.raised.occurrence in ids} == {"true"}


def test_nobody_can_answer_what_is_not_acknowledged_or_of_another_chair_or_patient(room: Room) -> None:
    ids = tuple(a.occurrence for a in room.view().alarms)
    assert "acknowledge it first" in room.ask(AnswerAlarm(room.id, 1, ids, "true")).sentence
    taken(room)
    assert "belongs to chair 1" in room.ask(AnswerAlarm(room.id, 2, ids, "true")).sentence
    assert "nothing is recorded" in room.ask(AnswerAlarm(room.id, 1, ids)).sentence
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    room.step(Step.CLEAR_CHAIR)
    assert not room.ask(AnswerAlarm(room.id, 1, ids, "true")).done
    assert room.payloads(ev.AlarmAnswered) == []


def test_an_alarm_that_calls_again_must_be_taken_again_before_it_is_answered(room: Room) -> None:
    ids = taken(room, why="motion")
    room.run(125, spo2=82)  # the reminder of a HIGH
    desat = next(a for a in room.view().alarms if a.row == "SPO2_DESAT")
    assert (desat.state, desat.why, desat.attending) == (AlarmState.SIGNALLING, "", "")
    assert not room.ask(AnswerAlarm(room.id, 1, (desat.occurrence,), "true")).done
    assert desat.occurrence in ids


def test_answers_outlive_a_restart(room: Room) -> None:
    ids = taken(room, attending="L.")
    room.ask(AnswerAlarm(room.id, 1, ids, "expected"))
    again = Room(chairs=2)
    again.now = room.now + 5 * S
    again._keep(again.station.resume(room.events, again.now))
    desat = next(a for a in again.view().alarms if a.row == "SPO2_DESAT")
    assert (desat.why, desat.attending) == ("expected", "L.")
    assert again.ask(AnswerAlarm(again.id, 1, ids, "true")).done


def test_answers_come_out_again_when_the_session_is_lived_again(room: Room) -> None:
    ids = taken(room, why="motion")
    room.ask(AnswerAlarm(room.id, 1, ids, "true", "L."))
    room.run(30)
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    assert "alarm.answered" in {e.kind for e in alarm_events(of.events)}
    assert {one.why for one in seen(of.events) if one.occurrence in ids} == {"true"}


def test_the_share_acted_upon_counts_what_was_right_and_what_was_followed_by_an_act() -> None:
    room = Room()
    room.to_infusion()
    room.run(30)
    room.run(20, spo2=82)
    ids = taken(room)
    room.ask(AnswerAlarm(room.id, 1, ids, "true"))
    room.run(400)
    room.run(20, hr=135)
    taken(room, why="motion")
    room.run(400)
    events = [e for e in room.events if e.chair == 1]
    found = statistics([Care("s1", 1, "2026-11-25", 3_600 * S, events)])
    assert found.reasons == {"motion": 1, "true": len(ids)}
    audible = [r for r in room.payloads(ev.AlarmRaised) if r.suppressed_by is None]
    assert found.acted == sum(r.occurrence in ids for r in audible)
    assert found.acted_share == found.acted / len(audible)
    assert 0 < found.acted < len(audible)
