"""The expected corridor of a chair: own earlier sessions, else what is published, on the baseline and as the pump ran."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.config.profiles import read_profile
from monitor_app.core.care_commands import CorrectPatient
from monitor_app.core.commands import Admit
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from tests.station_example import MIN, NURSE, Room, vitals

pytestmark = pytest.mark.thorough

DEFAULTS = Path(__file__).parents[2] / "resources" / "profiles"
EXPECTED = read_profile(DEFAULTS / "iv_40.toml").expected


def room_of(**changes: object) -> Room:
    return Room(profile=replace(Profile("iv_40", "IV 40 min", expected=EXPECTED), **changes))  # type: ignore[arg-type]


def high_at(room: Room, t_us: int) -> int:
    return next(high for at_us, _, high in room.view().expected if at_us == t_us)


def test_nothing_is_expected_before_the_drug_and_all_of_it_from_its_start_on() -> None:
    room = room_of()
    room.to_infusion()
    start_us, found = room.now, room.view().expected
    assert (found[0][0], found[-1][0]) == (start_us, start_us + (40 + 30) * MIN)
    assert high_at(room, start_us + 40 * MIN) == round(118 + 16 + 1.645 * 11.2)
    assert not any(chair.expected for chair in room_of().picture().chairs)


def test_no_corridor_without_a_confirmed_baseline_and_none_where_nothing_is_published() -> None:
    room = room_of()
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(60)
    assert room.view().expected == ()
    other = room_of(expected=None)
    other.to_infusion()
    assert other.view().expected == ()


def test_a_pause_moves_what_lies_ahead_and_an_early_end_lets_it_fall() -> None:
    room = room_of()
    room.to_infusion()
    start_us = room.now
    planned = high_at(room, start_us + 40 * MIN)
    room.wait(20 * 60)
    room.step(Step.PAUSE_INFUSION)
    room.wait(10 * 60)
    assert room.view().expected[-1][0] == start_us + (50 + 30) * MIN, "the end moves while nobody resumes"
    assert room.step(Step.RESUME_INFUSION, override=True).done
    assert high_at(room, start_us + 40 * MIN) < planned - 5
    room.wait(5 * 60)
    room.step(Step.END_INFUSION)
    ended_us, ended = room.now, room.view().expected
    assert ended[-1][0] == ended_us + 30 * MIN
    assert ended[-1][2] < high_at(room, ended_us)


def test_undoing_the_start_takes_the_corridor_away_and_no_alarm_ever_knows_of_it() -> None:
    room = room_of()
    room.to_infusion()
    assert room.view().expected
    from monitor_app.core.care_commands import UndoStep

    assert room.ask(UndoStep(room.id, 1, "s1", "start_infusion", actor="nurse:K")).done
    assert room.view().expected == ()


OWN = ((0, 110, 130), (10, 120, 150), (40, 118, 160), (60, 112, 140))


def briefed(room: Room) -> None:
    room.hear(vitals())
    room.ask(Admit(room.id, 1, "s1", "K.M.", actor=NURSE, briefed=("a", "b", "c"), course=OWN, courses=3))


def test_earlier_sessions_come_before_what_is_published_and_lie_at_the_same_infusing_minute() -> None:
    room = room_of()
    briefed(room)
    assert (room.view().expected, room.view().courses) == ((), 3)
    room.step(Step.START_BASELINE)
    room.requests()
    room.run(30)
    room.cuff_reads()
    room.run(60)
    assert room.step(Step.CONFIRM_BASELINE, override=True).done and room.step(Step.START_INFUSION).done
    start_us = room.now
    assert room.view().expected == tuple((start_us + minute * MIN, low, high) for minute, low, high in OWN)
    room.wait(5 * 60)
    room.step(Step.PAUSE_INFUSION)
    room.wait(3 * 60)
    assert room.step(Step.RESUME_INFUSION, override=True).done
    assert [t_us - start_us for t_us, _, _ in room.view().expected] == [0, 13 * MIN, 43 * MIN, 63 * MIN]


def test_another_name_means_another_person_whose_course_is_not_known() -> None:
    room = room_of()
    briefed(room)
    assert room.ask(CorrectPatient(room.id, 1, "s1", "X.Y.", "mistyped", actor=NURSE)).done
    assert room.view().courses == 0
