"""A run in simulated time, and a drill, say what they are on every view."""

from __future__ import annotations

from dataclasses import replace

from monitor_app.display import examples
from monitor_app.display.banner import banner_text
from monitor_app.display.footer import footer_text
from monitor_app.display.presenter import marks_of

MARKS = ("SIMULATED", "SIMULATED TIME", "BEATS FROM THE TRUTH", "WAVES THINNED")


def test_the_footer_says_the_speed_that_was_asked_for_and_the_one_reached() -> None:
    room = replace(examples.calm(6), speed=60.0, attained=42.6, marks=MARKS)
    assert footer_text(room, room.station_us, "", False).marks == (*MARKS, "SPEED ×60, REACHED ×43")
    early = replace(room, attained=None)
    assert footer_text(early, room.station_us, "", False).marks[-1] == "SPEED ×60"
    assert footer_text(replace(room, speed=1.0, attained=None), room.station_us, "", False).marks == MARKS


def test_the_banner_keeps_to_the_two_marks_it_has_room_for() -> None:
    room = replace(examples.calm(6), marks=MARKS)
    assert banner_text(room, room.station_us).marks == MARKS[:2]


def test_every_chair_of_a_drill_carries_its_mark_first() -> None:
    chair = replace(examples.calm(1).chairs[0], drill=True)
    assert marks_of(chair)[0] == "DRILL"
    assert "DRILL" not in marks_of(replace(chair, drill=False))
