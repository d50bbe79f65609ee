"""What a glance must give beside the numbers: perfusion, change from the baseline, pauses, free disk, newest notes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from drivers.samples import NibpReading, Parameter, Sample, Validity
from monitor_app.core import care_commands as cmds
from monitor_app.core.commands import EditLimit, LogObservation
from monitor_app.core.facts import StationFacts
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import PERFUSION_STEPS, Look
from monitor_app.core.words import change_text
from monitor_app.station.perfusion import STEPS_FROM_PERCENT
from tests.station_example import NURSE, Room, S, monitor, numeric, vitals

PI = Parameter.PERFUSION_INDEX
MEASURED = monitor(numerics={p: S for p in (Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2, PI)})


def with_index(value: float | None, validity: Validity = Validity.VALID) -> list[Sample]:
    """A second of a calm patient with this perfusion index, in %."""
    return [*vitals(), numeric(PI, value, validity)]


def bar(room: Room) -> int | None:
    return next(n.perfusion for n in room.view().numbers if n.parameter is Parameter.SPO2)


@pytest.fixture
def room() -> Room:
    made = Room(spec=MEASURED)
    made.admit()
    return made


# ---------------------------------------------------------------- perfusion


@pytest.mark.parametrize(
    ("percent", "steps"), [(0.02, 1), (0.29, 1), (0.3, 2), (1.1, 3), (2.1, 4), (5, 6), (19.9, 7), (20, 8), (40, 8)]
)
def test_every_step_of_the_bar_is_about_twice_the_index_of_the_one_before(
    room: Room, percent: float, steps: int
) -> None:
    room.hear(with_index(percent))
    assert bar(room) == steps


def test_the_bar_has_a_beginning_for_every_step() -> None:
    assert len(STEPS_FROM_PERCENT) + 1 == PERFUSION_STEPS
    assert all(1.9 <= b / a <= 2.1 for a, b in pairwise(STEPS_FROM_PERCENT))


def test_a_device_that_gives_no_index_has_no_bar(room: Room) -> None:
    room.hear(vitals())
    assert bar(room) is None


@pytest.mark.parametrize("validity", [Validity.NOT_MEASURED, Validity.SENSOR_OFF, Validity.SEARCHING])
def test_an_index_that_was_not_measured_is_no_bar_at_all(room: Room, validity: Validity) -> None:
    room.hear(with_index(None, validity))
    assert bar(room) is None


def test_a_measured_nothing_is_no_bar_either(room: Room) -> None:
    room.hear(with_index(0.0))
    assert bar(room) is None


def test_an_index_that_the_device_doubts_keeps_its_bar(room: Room) -> None:
    room.hear(with_index(0.2, Validity.QUESTIONABLE))
    assert bar(room) == 1


def test_the_bar_is_gone_as_soon_as_its_number_is_grey(room: Room) -> None:
    room.hear(with_index(2.1))
    room.now += 2 * S
    room.hear(vitals())
    assert bar(room) == 4
    room.now += S
    room.hear(vitals())
    number = next(n for n in room.view().numbers if n.parameter is PI)
    assert (number.look, number.text, bar(room)) == (Look.STALE, "2.1", None)


def test_only_spo2_has_the_bar(room: Room) -> None:
    room.hear(with_index(2.1))
    assert [n.parameter for n in room.view().numbers if n.perfusion is not None] == [Parameter.SPO2]


# ---------------------------------------------------------------- against the baseline


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [(132, 118, "+12 %"), (100, 118, "−15 %"), (118.4, 118, "±0 %"), (117.6, 118, "±0 %"), (236, 118, "+100 %")],
)
def test_a_change_is_said_in_whole_per_cent(value: float, base: float, text: str) -> None:
    assert change_text(value, base) == text


def test_the_newest_pressure_stands_against_the_confirmed_baseline() -> None:
    room = Room()
    room.to_infusion()
    room.cuff_reads(systolic=132)
    assert room.view().cuff.change == "+12 %"


def test_without_a_baseline_there_is_nothing_to_compare_with() -> None:
    room = Room()
    room.admit()
    room.step(Step.START_BASELINE)
    room.cuff_reads(systolic=132)
    assert (room.view().cuff.sys, room.view().cuff.change) == ("132", "")


def test_a_pressure_that_waits_for_its_repeat_is_not_compared_and_the_repeat_is() -> None:
    room = Room()
    room.to_infusion()
    room.cuff_reads(systolic=195, diastolic=100)
    assert (room.view().cuff.status, room.view().cuff.sys, room.view().cuff.change) == ("pending", "195", "")
    room.run(62)
    room.cuff_reads(systolic=130)
    assert (room.view().cuff.sys, room.view().cuff.change) == ("130", "+10 %")


def test_a_pressure_that_its_repeat_confirmed_is_compared() -> None:
    room = Room()
    room.to_infusion()
    for _ in range(2):
        room.cuff_reads(systolic=195, diastolic=100)
        room.run(62)
    assert (room.view().cuff.status, room.view().cuff.change) == ("confirmed", "+65 %")


def test_a_pressure_that_its_device_doubts_is_not_compared() -> None:
    room = Room()
    room.to_infusion()
    room.hear([NibpReading(0, next(room.device_ids), 132, 80, 95, 70, Validity.QUESTIONABLE)])
    assert (room.view().cuff.sys, room.view().cuff.change) == ("132", "")


def test_the_comparison_goes_when_the_pressure_turns_grey() -> None:
    room = Room()
    room.to_infusion()
    room.cuff_reads(systolic=132)
    while room.view().cuff.look is Look.NORMAL:
        assert room.view().cuff.change == "+12 %"
        room.now += MINUTE_US
    assert (room.view().cuff.sys, room.view().cuff.change) == ("132", "")


def test_edited_limits_of_the_pressure_are_marked_like_those_of_a_number() -> None:
    room = Room()
    room.to_infusion()
    assert not room.view().cuff.edited
    limit = next(one for one in room.view().limits if one.row == "NIBP_S_HIGH")
    reply = room.ask(EditLimit(room.id, 1, "s1", limit.row, float(limit.value) - 5, actor=NURSE))
    assert reply.done, reply.sentence
    assert room.view().cuff.edited


# ---------------------------------------------------------------- the head of the chair


def test_the_planned_length_is_told_from_the_admission_on() -> None:
    room = Room()
    assert room.view().planned_min is None
    room.admit()
    assert room.view().planned_min == 40


def test_the_pause_that_lasts_is_told_beside_the_sum_of_all() -> None:
    room = Room()
    room.to_infusion()
    for seconds in (90, 30):
        assert room.view().phase.pause_s is None
        room.step(Step.PAUSE_INFUSION)
        room.run(seconds)
        assert room.view().phase.pause_s == seconds
        room.step(Step.RESUME_INFUSION)
    assert (room.view().phase.paused_s, room.view().phase.pause_s) == (120, None)


# ---------------------------------------------------------------- the disk


def test_the_disk_is_spoken_of_only_while_it_is_low() -> None:
    room = Room()
    assert room.picture().record.disk == ""
    room.station.report(StationFacts(disk_low_since_us=0, disk_hours="9 h"), room.now)
    assert room.picture().record.disk == "disk room for 9 h"
    room.station.report(StationFacts(), room.now)
    assert room.picture().record.disk == ""


# ---------------------------------------------------------------- the newest notes


def log(room: Room, code: str) -> None:
    assert room.ask(LogObservation(room.id, 1, "s1", code, at_us=room.now, actor=NURSE)).done


def test_the_five_newest_notes_are_kept_newest_first_and_scores_are_none_of_them() -> None:
    room = Room()
    room.admit()
    for code in ("nausea", "vomiting", "dizziness", "headache", "pain", "calm"):
        log(room, code)
        room.now += S
    room.ask(cmds.RecordScore(room.id, 1, "s1", "moaas", {"moaas": 5}, actor=NURSE))
    logged = room.view().care.logged
    assert [(e.code, e.who) for e in logged] == [
        (code, "K") for code in ("calm", "pain", "headache", "dizziness", "vomiting")
    ]


def test_a_note_can_be_taken_back_for_sixty_seconds() -> None:
    room = Room()
    room.admit()
    log(room, "nausea")
    room.now += 60 * S
    assert [e.undo for e in room.view().care.logged] == [True]
    room.now += 1
    assert [e.undo for e in room.view().care.logged] == [False]


def test_a_note_that_was_taken_back_is_shown_so_and_not_offered_again() -> None:
    room = Room()
    room.admit()
    log(room, "nausea")
    entry = room.view().care.logged[0].id
    assert room.ask(cmds.CorrectEntry(room.id, 1, "s1", entry, withdrawn=True, actor=NURSE)).done
    assert [(e.corrected, e.undo) for e in room.view().care.logged] == [(True, False)]


# ---------------------------------------------------------------- the series


@pytest.mark.parametrize(("planned", "words"), [(6, "session 4 of 6"), (0, "session 4"), (3, "session 4")])
def test_a_head_says_which_session_of_how_many_it_is_as_far_as_the_profile_plans_them(planned: int, words: str) -> None:
    room = Room(profile=Profile("iv_40", "IV 40 min", series=planned))
    room.admit()
    assert room.view().care.series == ""
    assert room.ask(cmds.CorrectPatient(room.id, 1, "s1", "P7", "typed wrong", None, 4, NURSE)).done
    assert room.view().care.series == words
