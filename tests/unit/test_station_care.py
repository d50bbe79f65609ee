"""Scores, checks, readiness, the words of a handover and the room's plan (CLINICAL 3 and 2.5, ALARMS 8.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as care
from monitor_app.core.commands import LogObservation
from monitor_app.core.phases import Step
from monitor_app.core.profile import CheckPlan, Discharge, ListItem, NibpPlan, Profile
from monitor_app.core.scores import SCALES
from monitor_app.feed.messages import decode, encode
from monitor_app.station.facts import chair_facts
from monitor_app.station.picture import info_line
from tests.station_example import MIN, NURSE, Room, S, vitals
from tests.unit.test_station_resume import restarted

pytestmark = pytest.mark.thorough

LEAVING = Discharge(
    score="padss",
    items=(ListItem("iv_removed", "IV removed"), ListItem("escort", "escort, by name", named=True)),
)
ROUNDS = CheckPlan("round", "round", ("rounds_done", "moaas"), at_min=(10, 20, 40), every_min=15)
AFTER = CheckPlan("after", "sedation", ("rounds_done", "moaas"), phase="recovery", every_min=15, grace_min=2)
PROFILE = Profile("iv_40", "IV 40 min", discharge=LEAVING, checks=(ROUNDS, AFTER))
PADSS = {"walking": 2, "nausea": 2, "pain": 2, "bleeding": 2}


def infusing(profile: Profile = PROFILE) -> Room:
    room = Room(profile=profile)
    room.to_infusion()
    return room


def session_of(room: Room) -> Any:
    found = room.station._chairs[1].session
    assert found is not None
    return found


def score(room: Room, scale: str, corrects: str = "", **items: int) -> Any:
    return room.ask(cmds.RecordScore(room.id, 1, "s1", scale, items, corrects, actor=NURSE))


def tick(room: Room, item: str, text: str = "", done: bool = True) -> Any:
    return room.ask(cmds.TickItem(room.id, 1, "s1", item, done, text, actor=NURSE))


def log(room: Room, code: str, **more: Any) -> Any:
    return room.ask(LogObservation(room.id, 1, "s1", code, actor=NURSE, **more))


# ---------------------------------------------------------------- scales


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda scale: scale.id)
def test_the_extremes_of_a_scale_are_its_published_ones(scale: Any) -> None:
    lowest = scale.total({item.id: item.low for item in scale.items})
    highest = scale.total({item.id: item.high for item in scale.items})
    published = {"moaas": (0, 5), "rass": (-5, 4), "cadss6": (0, 24), "aldrete": (0, 10), "padss": (0, 10)}
    assert (lowest, highest) == published[scale.id]


def test_cadss_6_knows_its_items_by_their_numbers_in_the_full_scale() -> None:
    assert SCALES["cadss6"].item_ids == ("i1", "i2", "i6", "i7", "i15", "i22")


def test_points_beyond_a_scale_and_missing_items_are_refused_in_words() -> None:
    room = infusing()
    assert "0 to 5" in score(room, "moaas", moaas=6).sentence
    assert "not complete" in score(room, "padss", walking=2).sentence
    assert "no item" in score(room, "moaas", moaas=5, mood=1).sentence
    assert "not 'apgar'" in score(room, "apgar", x=1).sentence


def test_a_profile_offers_its_own_scales() -> None:
    room = infusing(replace(PROFILE, scores=("moaas",)))
    assert "offers moaas" in score(room, "rass", rass=0).sentence
    assert room.view().care.scores == ("moaas",)


def test_what_was_measured_is_worked_out_and_marked() -> None:
    room = infusing()
    assert score(room, "padss", **PADSS).done
    recorded = room.payloads(care.ScoreRecorded)[0]
    assert (recorded.total, recorded.computed) == (10, ("vital_signs",))


@pytest.mark.parametrize(("systolic", "points"), [(118, 2), (141, 2), (142, 1), (165, 1), (166, 0)])
def test_exactly_a_fifth_from_the_baseline_still_scores_two_and_two_fifths_one(systolic: int, points: int) -> None:
    room = infusing()  # baseline 118: a fifth is 141.6, two fifths 165.2
    room.run(31)
    room.cuff_reads(systolic=systolic)
    score(room, "padss", **PADSS)
    assert room.payloads(care.ScoreRecorded)[0].items["vital_signs"] == points


def test_what_is_not_known_leaves_the_total_open() -> None:
    room = infusing()
    for _ in range(8):
        room.now += S
        room.hear(vitals(hr=None, spo2=None))
    score(room, "padss", **PADSS)
    assert room.payloads(care.ScoreRecorded)[0].total is None


def test_a_wrong_score_is_corrected_by_another_that_names_it() -> None:
    room = infusing()
    score(room, "moaas", moaas=2)
    wrong = session_of(room).care.newest("moaas").id
    assert score(room, "moaas", wrong, moaas=4).done
    assert session_of(room).care.newest("moaas").total == 4
    assert [s.corrected for s in session_of(room).care.scores] == [True, False]
    assert "already" in score(room, "moaas", wrong, moaas=5).sentence


# ---------------------------------------------------------------- checks


def due(room: Room) -> list[tuple[str, float]]:
    start = session_of(room).infusion_start_us
    return [(c.id, (c.due_us - start) / MIN) for c in chair_facts(room.station._chairs[1], room.now).checks_due]


def test_a_check_is_due_at_the_profiles_minutes_until_it_is_done() -> None:
    room = infusing()
    assert due(room) == [("round", 10)]
    room.now += 12 * MIN
    log(room, "rounds_done")
    assert due(room) == [("round", 20)]
    room.now += 30 * MIN
    assert due(room) == [("round", 20)]
    log(room, "rounds_done")
    assert due(room) == [("round", 55)]


def test_a_nurse_who_comes_a_little_early_has_come() -> None:
    room = infusing()
    room.now += 8 * MIN
    score(room, "moaas", moaas=5)
    assert due(room) == [("round", 20)]


def test_a_check_that_was_taken_back_is_due_again() -> None:
    room = infusing()
    room.now += 11 * MIN
    log(room, "rounds_done")
    entry = session_of(room).care.entries[-1].id
    room.ask(cmds.CorrectEntry(room.id, 1, "s1", entry, withdrawn=True, actor=NURSE))
    assert due(room) == [("round", 10)]


def test_overdue_is_a_fact_with_its_time_and_a_word_on_the_screen() -> None:
    room = infusing()
    fact = chair_facts(room.station._chairs[1], room.now).checks_due[0]
    assert fact.overdue_us - fact.due_us == 5 * MIN
    room.now += 10 * MIN
    assert [(c.due, c.overdue) for c in room.view().care.checks] == [(True, False)]
    room.now += 5 * MIN
    assert [(c.due, c.overdue) for c in room.view().care.checks] == [(True, True)]


def test_checks_of_another_part_of_the_treatment_are_not_asked() -> None:
    room = infusing()
    room.now += 41 * MIN
    room.step(Step.END_INFUSION)
    assert [c.id for c in room.view().care.checks] == ["after"]


def test_deep_sedation_asks_for_another_look_in_five_minutes() -> None:
    room = infusing()
    room.now += 2 * MIN
    score(room, "moaas", moaas=3)
    assert ("follow_up", 7.0) in due(room)
    room.now += 5 * MIN
    score(room, "moaas", moaas=5)
    assert all(name != "follow_up" for name, _ in due(room))


def test_a_hold_asks_for_its_recheck() -> None:
    room = Room(profile=PROFILE)
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    room.step(Step.HOLD)
    assert [c.id for c in room.view().care.checks] == ["recheck"]
    assert room.view().phase.word == "HOLD"
    assert room.view().phase.prompt == "Recheck in 10:00"


# ---------------------------------------------------------------- readiness


def recovering(profile: Profile = PROFILE) -> Room:
    """Thirty minutes of recovery with everything measured, noted and ticked."""
    room = infusing(profile)
    room.run(60)
    room.step(Step.END_INFUSION)
    room.now += 29 * MIN
    room.run(70)
    room.cuff_reads()
    score(room, "moaas", moaas=5)
    score(room, "padss", **PADSS)
    tick(room, "oriented")
    tick(room, "iv_removed")
    tick(room, "escort", "Anna")
    room.run(1)
    return room


def states(room: Room) -> dict[str, str]:
    return {row.id: row.state for row in room.view().care.readiness}


def open_rows(room: Room) -> list[str]:
    return [name for name, state in states(room).items() if state != "met"]


def test_a_patient_is_ready_when_all_rows_have_been_met_for_five_minutes() -> None:
    room = recovering()
    assert open_rows(room) == []
    assert room.view().care.ready_us is None
    room.run(299)
    assert room.view().care.ready_us is None
    room.run(2)
    ready = room.payloads(care.DischargeReady)
    assert len(ready) == 1
    assert room.view().care.ready_us == ready[0].at_us
    assert "Ready for discharge" in room.view().phase.prompt
    assert room.step(Step.DISCHARGE).done


def test_a_row_that_was_open_in_between_begins_the_five_minutes_anew() -> None:
    room = recovering()
    room.run(200)
    log(room, "vomiting")
    room.run(2)
    assert open_rows(room) == ["calm"]
    room.run(200)
    assert room.payloads(care.DischargeReady) == []


def test_who_was_ready_and_is_so_no_more_is_told_with_the_reason() -> None:
    room = recovering()
    room.run(302)
    log(room, "oxygen_on")
    room.run(1)
    assert room.payloads(care.DischargeReady)[-1] == care.DischargeReady(room.now, False, ("spo2",))
    assert room.view().care.ready_us is None
    assert "criteria" in room.step(Step.DISCHARGE).sentence


@pytest.mark.parametrize(
    ("act", "row", "state"),
    [
        (lambda room: score(room, "moaas", moaas=4), "awake", "not met"),
        (lambda room: log(room, "oxygen_on"), "spo2", "not met"),
        (lambda room: room.cuff_reads(systolic=150), "nibp", "not met"),
        (lambda room: score(room, "padss", walking=0, nausea=2, pain=2, bleeding=2), "score", "not met"),
        (lambda room: tick(room, "escort", done=False), "escort", "not met"),
        (lambda room: tick(room, "oriented", done=False), "awake", "not known"),
        (lambda room: room.run(10, spo2=None), "spo2", "not known"),
    ],
)
def test_each_row_says_not_met_or_not_known_and_never_met_without_knowing(act: Any, row: str, state: str) -> None:
    room = recovering()
    act(room)
    room.run(1) if states(room)["spo2"] == "met" else None
    assert states(room)[row] == state
    because = next(view.because for view in room.view().care.readiness if view.id == row)
    assert because or row == "escort"


def test_old_values_are_not_known_and_never_met() -> None:
    room = recovering()
    room.run(16 * 60)
    assert states(room)["awake"] == "not known"
    room.run(5 * 60)
    assert states(room)["nibp"] == "not known"
    assert states(room)["score"] == "not known"


def test_a_discharge_before_readiness_needs_a_reason_and_names_what_is_open() -> None:
    room = infusing()
    room.step(Step.END_INFUSION)
    sentence = room.step(Step.DISCHARGE).sentence
    assert "30 min" in sentence
    assert "IV removed, escort, by name" in sentence
    assert room.step(Step.DISCHARGE, override=True).done


def test_the_escort_is_named_in_the_discharge() -> None:
    room = recovering()
    assert "needs a name" in tick(room, "escort").sentence
    room.run(302)
    room.step(Step.DISCHARGE)
    from monitor_app.core.events import SessionDischarged

    assert room.payloads(SessionDischarged)[-1].escort == "Anna"


def test_readiness_outlives_a_restart() -> None:
    room = recovering()
    room.run(302)
    assert restarted(room).view().care.ready_us == room.view().care.ready_us


# ---------------------------------------------------------------- handover


def lines(room: Room) -> dict[str, str]:
    return {line.label: line.text for line in room.view().care.handover}


def test_the_next_nurse_reads_where_the_patient_stands() -> None:
    room = infusing()
    room.run(31)
    room.cuff_reads(systolic=142, diastolic=88)
    room.run(10 * 60)
    log(room, "nausea", text="mild")
    log(room, "antiemetic_given", text="ondansetron 4 mg IV")
    score(room, "moaas", moaas=4)
    said = lines(room)
    assert said["patient"] == "K.M."
    assert said["stands at"] == "Infusion, 10 min in, 29 min left"
    assert said["baseline"].startswith("118/74 (89)")
    assert "highest 142/88 in minute 0" in said["pressure"]
    assert said["noted"] == "nausea mild 0 min ago"
    assert "ondansetron" in said["given"]
    assert said["scores"] == "MOAA/S 4 0 min ago"
    assert "Infusion end in 29 min" in said["next"]


def test_a_handover_says_that_nothing_is_measured_and_never_an_old_number() -> None:
    room = infusing()
    room.wait(60)
    assert lines(room)["now"] == "nothing is measured now"


def test_who_takes_over_is_recorded_and_shown() -> None:
    room = infusing()
    assert "who" in room.ask(cmds.HandOver("h", 1, "s1", " ")).sentence
    assert room.ask(cmds.HandOver("h2", 1, "s1", "Mara", NURSE)).done
    assert room.view().care.nurse == "Mara"


# ---------------------------------------------------------------- the room's plan


def plan(room: Room, kind: str) -> list[tuple[str, float]]:
    start = session_of(room).infusion_start_us
    return [(i.text, (i.at_us - start) / MIN) for i in room.picture().plan if i.kind == kind]


def test_the_plan_of_the_next_hour_names_minutes_cuffs_checks_and_ends() -> None:
    room = infusing()
    assert plan(room, "cuff") == [("BP", 10), ("BP", 20), ("BP", 30), ("BP", 40)]
    assert plan(room, "check") == [("round", 10), ("round", 20), ("round", 40), ("round", 55)]
    assert plan(room, "end") == [("Infusion end", 40)]
    assert plan(room, "minute") == [("minute 10", 10), ("minute 20", 20), ("minute 30", 30)]


def test_minutes_and_end_move_with_a_pause_and_nobody_knows_them_while_it_lasts() -> None:
    room = infusing()
    room.run(60)
    room.step(Step.PAUSE_INFUSION)
    assert plan(room, "end") == plan(room, "minute") == []
    room.run(120)
    room.step(Step.RESUME_INFUSION)
    assert plan(room, "end") == [("Infusion end", 42)]
    assert plan(room, "minute")[0] == ("minute 10", 12)


def test_what_is_overdue_stays_in_the_plan_and_says_so() -> None:
    room = infusing()
    room.now += 16 * MIN
    late = {i.text for i in room.picture().plan if i.overdue}
    assert late == {"BP", "round"}


def test_a_free_chair_has_no_plan() -> None:
    assert Room().picture().plan == ()


def test_the_picture_of_a_session_goes_over_the_feed_as_it_is() -> None:
    room = recovering(replace(PROFILE, nibp=NibpPlan(fixed_min=(40,))))
    picture = room.picture()
    assert decode(encode(picture)) == picture


def test_a_calm_tile_says_what_comes_next_and_how_far_the_patient_is() -> None:
    def line(room: Room) -> str:
        return info_line(room.station._chairs[1], room.view().care, room.now)

    room = infusing()
    room.run(5 * 60)
    assert line(room) == "next BP 5:00   round in 5:00"
    assert line(recovering()).startswith("ready 8 of 8   next BP")


def test_an_absence_and_a_question_stand_on_the_screen_until_somebody_answers() -> None:
    room = infusing()
    room.ask(cmds.BeginAbsence("a", 1, "s1", 5, "bathroom", NURSE))
    assert room.view().phase.word == "AWAY"
    assert room.view().phase.prompt == "Away from the chair, 5:00 left"
    assert [i.text for i in room.picture().plan if i.kind == "back"] == ["back from absence"]
    room.wait(301)
    assert room.view().care.asks == "Patient back?"
    assert room.view().phase.word == "INFUSION"
