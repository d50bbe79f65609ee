"""A mistake is put right by a new entry and never erased: steps, starts, notes and patients (CLINICAL 2.2 rules 5 and 6)."""

from __future__ import annotations

from typing import Any

import pytest

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.commands import Admit, LogObservation, TakeStep
from monitor_app.core.phases import Phase, Step
from monitor_app.rerun import differences, relived
from tests.rerun_example import remembered
from tests.station_example import MIN, NURSE, Room, S, vitals
from tests.unit.test_station_resume import restarted

pytestmark = pytest.mark.thorough


def session_of(room: Room, chair: int = 1) -> Any:
    found = room.station._chairs[chair].session
    assert found is not None
    return found


def undo(room: Room, chair: int = 1) -> Any:
    return room.ask(cmds.UndoStep(room.id, chair, f"s{chair}", actor=NURSE))


def log(room: Room, code: str, text: str = "") -> str:
    id = room.id
    assert room.ask(LogObservation(id, 1, "s1", code, text, actor=NURSE)).done
    return id


@pytest.fixture
def infusing() -> Room:
    room = Room(chairs=2)
    room.to_infusion()
    return room


# ---------------------------------------------------------------- the last step


@pytest.mark.parametrize(
    ("step", "word"),
    [(Step.PAUSE_INFUSION, "INFUSION"), (Step.END_INFUSION, "INFUSION"), (Step.ABORT, "INFUSION")],
)
def test_a_step_taken_by_mistake_is_undone_within_a_minute(infusing: Room, step: Step, word: str) -> None:
    infusing.run(120)
    before = session_of(infusing)
    infusing.step(step)
    infusing.run(30)
    assert undo(infusing).done
    after = session_of(infusing)
    assert infusing.view().phase.word == word
    for name in (
        "phase",
        "phase_at_us",
        "planned_end_us",
        "paused_us",
        "infusion_start_us",
        "infusion_end_us",
        "aborted",
    ):
        assert getattr(after, name) == getattr(before, name), name


def test_an_undone_step_stays_in_the_journal_beside_its_undoing(infusing: Room) -> None:
    infusing.step(Step.END_INFUSION)
    undo(infusing)
    assert [p.target for p in infusing.payloads(ev.PhaseEntered)][-1] == "recovery"
    assert infusing.payloads(care.StepUndone) == [
        care.StepUndone("end_infusion", "recovery", "infusion", infusing.now, "")
    ]


def test_an_undone_pause_never_moved_the_planned_end(infusing: Room) -> None:
    end = session_of(infusing).planned_end_us
    infusing.step(Step.PAUSE_INFUSION)
    infusing.run(20)
    undo(infusing)
    infusing.run(60)
    assert session_of(infusing).planned_end_us == end
    assert infusing.view().phase.paused_s == 0


def test_an_undone_resume_goes_on_with_the_same_pause(infusing: Room) -> None:
    infusing.step(Step.PAUSE_INFUSION)
    infusing.run(60)
    infusing.step(Step.RESUME_INFUSION)
    infusing.run(10)
    undo(infusing)
    assert infusing.view().phase.paused_s == 70


def test_after_a_minute_a_step_is_not_undone_but_corrected(infusing: Room) -> None:
    infusing.step(Step.END_INFUSION)
    infusing.run(61)
    reply = undo(infusing)
    assert not reply.done
    assert "more than 60 s ago" in reply.sentence
    assert infusing.view().phase.phase is Phase.RECOVERY


def test_only_the_last_step_is_undone_and_only_once(infusing: Room) -> None:
    infusing.step(Step.PAUSE_INFUSION)
    infusing.step(Step.END_INFUSION)
    assert undo(infusing).done
    assert session_of(infusing).paused
    assert undo(infusing).sentence == "There is no step to undo"


def discharged(room: Room) -> None:
    room.step(Step.ABORT)
    assert room.step(Step.DISCHARGE, override=True).done


def test_a_discharge_is_undone_within_a_minute_and_the_patient_is_watched_again(infusing: Room) -> None:
    discharged(infusing)
    infusing.run(20)
    view = infusing.view()
    assert (view.phase.phase, view.care.undo) == (Phase.DISCHARGED, "Discharge")
    kept = len(infusing.station.take_seconds(infusing.now))
    assert undo(infusing).done
    session = session_of(infusing)
    assert (session.phase, session.ended_us, session.aborted) == (Phase.ABORTED, None, True)
    assert infusing.payloads(care.StepUndone)[-1].target == "aborted"
    infusing.run(10)
    seconds = infusing.station.take_seconds(infusing.now)
    assert kept > 0 and len(seconds) == 10, "nothing is pretended of the time in between"
    infusing.run(200, hr=180)
    assert any(p.row == "EXTREME_TACHY" for p in infusing.payloads(ev.AlarmRaised))
    assert infusing.step(Step.DISCHARGE, override=True).done


def test_a_discharge_undone_in_its_own_second_keeps_no_second_twice(infusing: Room) -> None:
    discharged(infusing)
    undo(infusing)
    infusing.run(3)
    kept = [second.second for second in infusing.station.take_seconds(infusing.now)]
    assert len(kept) == len(set(kept)) and kept == sorted(kept)


def test_a_discharge_undone_and_done_again_in_one_second_after_a_move_keeps_no_second_twice(infusing: Room) -> None:
    infusing.step(Step.ABORT)
    assert infusing.ask(cmds.MoveChair(infusing.id, 1, "s1", 2, "better light", NURSE)).done
    for _ in range(3):
        leave = TakeStep(infusing.id, 2, "s1", Step.DISCHARGE, "better", override=True, actor=NURSE)
        assert infusing.ask(leave).done
        assert infusing.ask(cmds.UndoStep(infusing.id, 2, "s1", actor=NURSE)).done
    infusing.run(3)
    kept = [second.second for second in infusing.station.take_seconds(infusing.now)]
    assert len(kept) == len(set(kept)) and kept == sorted(kept)


def test_a_discharge_is_not_undone_later_nor_from_a_cleared_chair(infusing: Room) -> None:
    discharged(infusing)
    infusing.run(61)
    assert "admit the patient again" in undo(infusing).sentence
    assert infusing.view().care.undo == ""
    infusing.step(Step.CLEAR_CHAIR)
    assert "is free" in undo(infusing).sentence


def test_an_undone_discharge_outlives_a_restart(infusing: Room) -> None:
    discharged(infusing)
    infusing.run(5)
    undo(infusing)
    again = restarted(infusing)
    assert again.view().phase.phase is Phase.ABORTED


def test_the_cuff_follows_the_plan_of_the_phase_that_goes_on(infusing: Room) -> None:
    due = infusing.view().cuff.next_us
    infusing.step(Step.ABORT)
    infusing.requests()
    undo(infusing)
    infusing.cuff_reads()
    assert infusing.view().cuff.next_us == due


def test_limits_of_the_phase_that_goes_on_hold_again(infusing: Room) -> None:
    before = infusing.view().numbers[0].high
    infusing.step(Step.END_INFUSION)
    undo(infusing)
    assert infusing.view().numbers[0].high == before


# ---------------------------------------------------------------- another start


def amend(room: Room, at_us: int, reason: str = "pump started earlier") -> Any:
    return room.ask(cmds.AmendStart(room.id, 1, "s1", at_us, reason, actor=NURSE))


def test_the_infusion_began_three_minutes_earlier_than_was_said() -> None:
    room = Room()
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(300)
    room.step(Step.CONFIRM_BASELINE, override=True)
    assert room.step(Step.START_INFUSION, at_us=room.now - 3 * MIN).done
    assert room.view().phase.elapsed_s == 180
    assert room.view().phase.planned_end_us == room.now + 37 * MIN


def test_a_recorded_start_is_corrected_with_a_reason_and_both_stay(infusing: Room) -> None:
    said = session_of(infusing).phase_at_us
    infusing.run(120)
    assert amend(infusing, said - 20 * S).done
    view = infusing.view().phase
    assert view.elapsed_s == 140
    assert view.planned_end_us == said - 20 * S + 40 * MIN
    amended = infusing.payloads(care.PhaseAmended)[0]
    assert (amended.phase, amended.old_us, amended.new_us) == ("infusion", said, said - 20 * S)
    assert amended.reason == "pump started earlier"


@pytest.mark.parametrize(
    ("shift_s", "reason", "word"),
    [
        (-20, " ", "reason"),
        (500, "late", "future"),
        (-16 * 60, "early", "at most 15 min"),
        (-14 * 60, "early", "before it began"),
    ],
)
def test_a_start_that_cannot_be_is_refused_with_its_reason(
    infusing: Room, shift_s: int, reason: str, word: str
) -> None:
    infusing.run(120)
    reply = amend(infusing, session_of(infusing).phase_at_us + shift_s * S, reason)
    assert not reply.done
    assert word in reply.sentence


def test_a_start_is_not_set_later_once_the_drug_was_paused(infusing: Room) -> None:
    infusing.run(60)
    infusing.step(Step.PAUSE_INFUSION)
    assert "only be set earlier" in amend(infusing, session_of(infusing).phase_at_us + 10 * S).sentence


# ---------------------------------------------------------------- notes


def test_a_wrong_note_is_replaced_by_a_linked_one(infusing: Room) -> None:
    wrong = log(infusing, "vomiting")
    infusing.run(20)
    assert infusing.ask(cmds.CorrectEntry(infusing.id, 1, "s1", wrong, "nausea", "mild", actor=NURSE)).done
    entries = session_of(infusing).care.entries
    assert [(e.code, e.corrected) for e in entries] == [("vomiting", True), ("nausea", False)]
    assert entries[0].at_us == entries[1].at_us
    logged = infusing.payloads(ev.ObservationLogged)
    assert [(p.code, p.corrects) for p in logged] == [("vomiting", ""), ("nausea", wrong)]
    assert [e.code for e in session_of(infusing).care.noted()] == ["nausea"]


def test_a_note_is_taken_back_by_an_entry_and_stays_in_the_journal(infusing: Room) -> None:
    wrong = log(infusing, "oxygen_on")
    infusing.ask(cmds.CorrectEntry(infusing.id, 1, "s1", wrong, withdrawn=True, actor=NURSE))
    assert session_of(infusing).care.noted() == ()
    assert len(infusing.payloads(ev.ObservationLogged)) == 2
    assert "taken back" in infusing.view().log[0].text


def test_what_is_not_in_the_log_or_was_corrected_before_is_refused(infusing: Room) -> None:
    wrong = log(infusing, "nausea")
    assert "not in the log" in infusing.ask(cmds.CorrectEntry("x", 1, "s1", "nothing")).sentence
    infusing.ask(cmds.CorrectEntry("y", 1, "s1", wrong, "calm"))
    assert "already" in infusing.ask(cmds.CorrectEntry("z", 1, "s1", wrong, "pain")).sentence


# ---------------------------------------------------------------- another patient


def correct(room: Room, pseudonym: str, **more: Any) -> Any:
    return room.ask(cmds.CorrectPatient(room.id, 1, "s1", pseudonym, "wrong list", actor=NURSE, **more))


def test_a_wrong_patient_is_corrected_and_everything_measured_stays(infusing: Room) -> None:
    readings = infusing.view().readings
    assert correct(infusing, "T.L.", weight_kg=71.5, session_number=4).done
    session = session_of(infusing)
    assert (session.pseudonym, session.weight_kg, session.session_number) == ("T.L.", 71.5, 4)
    assert infusing.view().title == "T.L."
    assert infusing.view().readings == readings
    assert infusing.payloads(ev.SessionAdmitted)[0].pseudonym == "K.M."
    first = infusing.payloads(care.SessionAmended)[0]
    assert (first.field, first.old, first.new) == ("pseudonym", "K.M.", "T.L.")


def test_a_correction_needs_a_reason_and_a_name(infusing: Room) -> None:
    assert "reason" in infusing.ask(cmds.CorrectPatient("a", 1, "s1", "T.L.", "")).sentence
    assert "characters" in infusing.ask(cmds.CorrectPatient("b", 1, "s1", " ", "typo")).sentence
    assert "kg" in infusing.ask(cmds.CorrectPatient("c", 1, "s1", "T.L.", "typo", weight_kg=7000)).sentence


def test_a_patient_who_sits_at_another_chair_is_swapped_and_not_doubled(infusing: Room) -> None:
    infusing.ask(Admit("a2", 2, "s2", "T.L.", weight_kg=90, actor=NURSE))
    assert "swap" in correct(infusing, "T.L.").sentence
    reply = infusing.ask(cmds.SwapPatients("sw", 1, "s1", 2, "s2", "sat down in the wrong chair", NURSE))
    assert reply.done
    assert [session_of(infusing, n).pseudonym for n in (1, 2)] == ["T.L.", "K.M."]
    assert session_of(infusing, 1).weight_kg == 90
    assert session_of(infusing, 2).weight_kg is None
    assert session_of(infusing, 1).phase is Phase.INFUSION


def test_what_was_ticked_of_the_wrong_patient_is_open_again(infusing: Room) -> None:
    infusing.ask(cmds.TickItem("t", 1, "s1", "oriented", actor=NURSE))
    assert session_of(infusing).care.tick("oriented") is not None
    correct(infusing, "T.L.")
    assert session_of(infusing).care.tick("oriented") is None


# ---------------------------------------------------------------- over a restart, and once more


def mistaken() -> Room:
    """A session with every kind of correction in it."""
    room = Room(chairs=2)
    room.to_infusion()
    room.run(60)
    room.step(Step.ABORT)
    room.run(5)
    undo(room)
    wrong = log(room, "vomiting")
    room.ask(cmds.CorrectEntry(room.id, 1, "s1", wrong, "nausea", actor=NURSE))
    amend(room, session_of(room).phase_at_us - 10 * S)
    correct(room, "T.L.")
    room.run(40, spo2=82)
    room.step(Step.PAUSE_INFUSION)
    room.run(20)
    return room


def test_corrections_are_as_they_were_after_a_restart() -> None:
    room = mistaken()
    again = restarted(room)
    assert session_of(again) == session_of(room)
    assert again.ask(cmds.UndoStep("late", 1, "s1")).done
    assert not session_of(again).paused


def test_a_corrected_session_is_lived_again_with_its_alarms() -> None:
    room = mistaken()
    of = remembered(room)
    again = relived(of)
    assert [d.sentence for d in differences(of, again)] == []
    assert [e.payload for e in again.events if isinstance(e.payload, care.StepUndone)] == room.payloads(care.StepUndone)
