"""The picture: decided, in words, complete (DISPLAY 2 and 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Flag, Parameter
from monitor_app.core.phases import Phase, Step
from monitor_app.core.profile import Profile
from tests.station_example import WALL, Room, block, status, vitals


@pytest.fixture
def room() -> Room:
    return Room(chairs=4)


def test_a_free_chair_shows_no_number(room: Room) -> None:
    view = room.view()
    assert (view.phase.word, view.numbers, view.cuff.sys) == ("FREE", (), "---")


def test_signals_without_a_session_are_not_monitored_and_show_no_large_number(room: Room) -> None:
    room.hear(vitals())
    view = room.view()
    assert view.phase.word == "NOT MONITORED"
    assert view.numbers == ()


def test_numbers_come_rounded_with_label_unit_and_source(room: Room) -> None:
    room.admit()
    room.hear(vitals(hr=71.6, spo2=96.5))
    numbers = {n.parameter: n for n in room.view().numbers}
    assert (numbers[Parameter.HR].text, numbers[Parameter.HR].unit, numbers[Parameter.HR].source) == (
        "72",
        "bpm",
        "ecg",
    )
    assert numbers[Parameter.TEMPERATURE].text == "---"


def test_nothing_stale_looks_new(room: Room) -> None:
    room.admit()
    room.hear(vitals())
    looks = []
    for _ in range(6):
        room.wait(1)
        looks.append(next(n.look for n in room.view().numbers if n.parameter is Parameter.SPO2))
    assert looks == ["normal", "normal", "stale", "stale", "blank", "blank"]


def test_the_banner_counts_who_is_watched(room: Room) -> None:
    assert room.picture().banner == "Nobody is admitted"
    room.hear(vitals())
    room.admit()
    assert not room.picture().alarms
    assert room.picture().banner == "1 chair watched"


def test_the_room_is_marked_by_the_origin_of_its_chairs(room: Room) -> None:
    assert room.picture().marks == ("SIMULATED",)


def test_sequence_grows_by_one_and_wall_time_is_handed_through(room: Room) -> None:
    first, second = room.picture(), room.picture()
    assert second.sequence == first.sequence + 1
    assert (first.utc_us, first.utc_offset_s) == (WALL.utc_us, WALL.utc_offset_s)


def test_the_infusion_shows_its_clocks_in_the_profiles_words() -> None:
    room = Room(profile=replace(Profile("iv_40", "Spray"), infusion_label="Dosing"))
    room.to_infusion()
    room.run(600)
    phase = room.view().phase
    assert (phase.word, phase.elapsed_s, phase.remaining_s, phase.progress) == ("DOSING", 600, 1800, 0.25)


def test_past_the_plan_the_room_prompts_and_moves_nothing(room: Room) -> None:
    room.to_infusion()
    room.now += 42 * 60_000_000
    phase = room.view().phase
    assert phase.phase is Phase.INFUSION
    assert phase.prompt == "Infusion end due 2 min ago"
    assert phase.remaining_s == -120


def test_baseline_says_how_many_readings_are_there_and_then_what_it_is(room: Room) -> None:
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    assert room.view().phase.prompt == "Baseline: 0 of 2 readings"
    room.cuff_reads()
    room.run(60)
    assert room.view().phase.prompt == "Baseline: 1 of 2 readings"
    room.step(Step.CONFIRM_BASELINE, override=True)
    assert room.view().phase.baseline == "118/74 (89)  HR 72  SpO2 97"


def test_the_strip_of_the_next_hour_holds_readings_and_the_end(room: Room) -> None:
    room.to_infusion()
    begun = room.now
    minutes = [((item.at_us - begun) // 60_000_000, item.text) for item in room.picture().due]
    assert minutes == [(10, "BP"), (20, "BP"), (30, "BP"), (40, "BP"), (40, "Infusion end")]


def test_rhythm_words_say_who_is_not_watched(room: Room) -> None:
    room.admit()
    room.hear(vitals())
    assert room.view().rhythm == "RHYTHM NOT MONITORED"
    room.hear([block(0)])
    assert room.view().rhythm == ""
    room.hear([status("ecg", Flag.LEAD_OFF)])
    assert room.view().rhythm == "ECG LEADS OFF"


def test_the_log_reads_newest_first_and_is_bounded(room: Room) -> None:
    room.to_infusion()
    assert room.view().log[0].text == "Infusion (K)"
    for _ in range(60):
        room.step(Step.RESUME_INFUSION)
    assert len(room.view().log) == 40


def test_links_name_the_device_and_how_it_stands(room: Room) -> None:
    room.hear(vitals())
    link = room.view().links[0]
    assert (link.title, link.state, link.use) == ("Test Bedside", "live", "alarms")
    assert room.view(2).links[0].state == "connecting"
