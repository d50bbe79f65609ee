"""The line under the banner of a chair and the foot of the window: what is known, in words, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from monitor_app.core.phases import Phase
from monitor_app.core.snapshot import ChairView, RecordView
from monitor_app.display import care_examples, examples
from monitor_app.display.chair_head import HeadText, head_text
from monitor_app.display.examples import NOW_US
from monitor_app.display.footer import FooterText, footer_text, without_values
from monitor_app.display.language import speak
from monitor_app.display.presenter import blanked, tile_text


def head(one: ChairView) -> HeadText:
    room = examples.snapshot(one)
    return head_text(one, tile_text(one, room, NOW_US), room)


@pytest.fixture
def german() -> Iterator[None]:
    speak("de")
    yield
    speak("en")


def test_the_head_says_weight_profile_planned_length_and_number_in_the_series() -> None:
    one = care_examples.cared(3, "R.S.", Phase.INFUSION, 31)
    assert head(one).who == ("82 kg", "IV ketamine 40 min", "planned 40 min", "session 4 of 6")


def test_what_is_not_known_of_a_patient_leaves_no_gap() -> None:
    one = care_examples.cared(3, "R.S.", Phase.INFUSION, 31, weight="", series="")
    assert head(one).who == ("IV ketamine 40 min", "planned 40 min")
    nobody = replace(examples.free(2), profile="", planned_min=None)
    assert head(nobody).who == ()


def test_the_head_is_said_in_german(german: None) -> None:
    one = care_examples.cared(3, "R.S.", Phase.INFUSION, 31)
    assert head(one).who[2:] == ("geplant 40 min", "Sitzung 4 von 6")


def test_while_the_drug_runs_its_end_and_the_sum_of_its_pauses_are_told() -> None:
    running = head(examples.chair(1))
    assert (running.planned_end, running.paused) == ("15:22", "0:00")
    assert head(examples.chair(1, at=examples.phase(Phase.INFUSION, 18.2, paused=True))).paused == "2:31"


@pytest.mark.parametrize("kind", [Phase.ADMITTED, Phase.BASELINE, Phase.RECOVERY])
def test_without_a_drug_there_is_no_end_and_no_pause(kind: Phase) -> None:
    text = head(examples.chair(1, at=examples.phase(kind, 6)))
    assert (text.planned_end, text.paused) == ("", "")


def test_pauses_of_a_drug_that_has_ended_stay_told() -> None:
    ended = replace(examples.phase(Phase.RECOVERY, 6), paused_s=151.0)
    assert head(examples.chair(1, at=ended)).paused == "2:31"


def test_when_monitoring_stops_the_head_keeps_no_time() -> None:
    room = blanked(examples.snapshot(care_examples.cared(1, "K.M.", Phase.INFUSION, 23.7)))
    text = head_text(room.chairs[0], tile_text(room.chairs[0], room, NOW_US), room)
    assert (text.planned_end, text.paused, text.who) == ("", "", ("IV ketamine 40 min",))


# ---------------------------------------------------------------- the foot


def foot(disk: str) -> FooterText:
    room = replace(examples.calm(2), record=RecordView(committed_us=NOW_US, disk=disk))
    return footer_text(room, NOW_US, "desk", private=False)


def test_the_foot_speaks_of_the_disk_only_while_it_is_low() -> None:
    assert foot("disk room for 9 h").disk == "disk room for 9 h"
    assert foot("").disk == ""


def test_the_disk_is_said_in_german_and_not_of_a_station_that_is_silent(german: None) -> None:
    low = foot("disk room for 9 h")
    assert low.disk == "Platz auf der Platte für 9 h"
    assert without_values(low).disk == ""
