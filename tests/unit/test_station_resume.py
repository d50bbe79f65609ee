"""After a restart the room stands where its events left it (CLINICAL 2.2 rule 7, N22)."""

from __future__ import annotations

import pytest

from drivers.driver import StartNibp
from monitor_app.core import events as ev
from monitor_app.core.commands import AcknowledgeNotice
from monitor_app.core.phases import Phase, Step
from monitor_app.station.links import RESTARTED_US
from tests.station_example import MIN, Room, S, vitals

pytestmark = pytest.mark.thorough


def restarted(room: Room, after_s: float = 20) -> Room:
    """Another run of the engine that reads the events of the first."""
    again = Room(chairs=2)
    again.now = room.now + round(after_s * S)
    again._keep(again.station.resume(room.events, again.now))
    return again


def test_a_restart_in_minute_23_continues_in_minute_23() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    room.run(23 * 60)
    again = restarted(room, after_s=30)
    phase = again.view().phase
    assert (phase.phase, phase.elapsed_s) == (Phase.INFUSION, 23 * 60 + 30)
    assert phase.planned_end_us == room.view().phase.planned_end_us
    assert again.view().phase.baseline == room.view().phase.baseline


def test_a_pause_goes_on_over_a_restart() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    room.run(60)
    room.step(Step.PAUSE_INFUSION)
    again = restarted(room, after_s=60)
    assert again.view().phase.word == "INFUSION PAUSED"
    assert again.view().phase.paused_s == 60
    assert again.step(Step.RESUME_INFUSION).done


def test_readings_keep_their_time_and_ids_are_never_reused() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    again = restarted(room)
    assert again.view().cuff.sys == "118"
    assert again.view().cuff.age_s == 60 + 20
    again.hear(vitals())
    again.start_cuff()
    again.run(1)
    again.cuff_reads()
    assert again.payloads(ev.NibpMeasured)[-1].id == room.payloads(ev.NibpMeasured)[-1].id + 1


def test_a_cuff_in_progress_is_told_as_stopped_and_never_restarted_blindly() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    room.start_cuff()
    again = restarted(room)
    assert again.payloads(ev.NibpStopped) == [ev.NibpStopped("restart")]
    assert again.requests() == []


def test_a_slot_that_was_missed_is_read_once_the_device_is_back() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    again = restarted(room, after_s=11 * 60)
    assert again.requests() == []
    again.hear(vitals())
    assert again.requests() == [StartNibp]
    assert again.payloads(ev.NibpStarted)[-1].due_us == room.now + 10 * MIN


def test_slots_that_fell_into_the_gap_are_told_as_missed() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    begun = room.now
    again = restarted(room, after_s=25 * 60)
    assert again.payloads(ev.NibpSkipped) == [ev.NibpSkipped(begun + 10 * MIN, "missed")]
    again.hear(vitals())
    assert again.payloads(ev.NibpStarted)[-1].due_us == begun + 20 * MIN


def test_a_finished_treatment_stays_finished_and_a_free_chair_free() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    assert restarted(room).view().phase.phase is Phase.DISCHARGED
    room.step(Step.CLEAR_CHAIR)
    assert restarted(room).view().phase.phase is Phase.EMPTY
    assert restarted(room).view().cuff.sys == "---"


def test_the_notice_once_read_is_not_asked_for_again() -> None:
    room = Room(chairs=2)
    room.ask(AcknowledgeNotice("n", 1, "K."))
    assert not restarted(room).picture().notice_needed


def test_seconds_go_on_with_the_session() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    again = restarted(room)
    again.hear(vitals())
    again.run(3)
    assert {row.session for row in again.station.take_seconds(again.now)} == {"s1"}


def test_ids_of_sessions_that_have_ended_are_not_given_again() -> None:
    """The unfinished sessions do not know them; a record with two occurrences of one id can answer no question."""
    room = Room(chairs=2)
    room.station.number_after(41, 7)
    room.to_infusion()
    room.run(30, spo2=80)
    assert min(p.occurrence for p in room.payloads(ev.AlarmRaised)) == 42
    assert room.payloads(ev.NibpMeasured)[0].id == 8


def test_a_device_that_stays_silent_after_a_restart_is_lost() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    room.run(60)
    again = restarted(room)
    again._keep(again.station.link_opened(1, 0, again.now))
    again.wait(RESTARTED_US / S - 0.1)
    assert not again.payloads(ev.AlarmRaised)
    again.wait(0.2)
    assert [p.row for p in again.payloads(ev.AlarmRaised)] == ["LINK_LOST"]
    again.run(5)
    assert "LINK_LOST" in [p.row for p in again.payloads(ev.AlarmEnded)]


def test_a_free_chair_waits_for_nobody_after_a_restart() -> None:
    room = Room(chairs=2)
    room.to_infusion()
    again = restarted(room)
    again.wait(60)
    assert {e.chair for e in again.events if isinstance(e.payload, ev.AlarmRaised)} == {1}
