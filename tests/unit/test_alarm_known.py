"""What is known of a patient at admission is no news to the alarms (ALARMS 9.2, row AFIB)."""

from __future__ import annotations

from monitor_app.core.commands import Admit
from monitor_app.core.findings import RhythmWord
from monitor_app.core.known import AF
from monitor_app.core.priority import Priority
from tests.station_example import NURSE, Room, vitals
from tests.unit.alarm_room import Chair
from tests.unit.test_alarm_rows_bodily import found
from tests.unit.test_station_resume import restarted


def test_atrial_fibrillation_that_is_known_at_admission_is_low_from_the_first_time_on() -> None:
    chair = Chair().armed()
    chair.change(known=(AF,))
    found(chair, RhythmWord.AFIB)
    assert chair.raised("AFIB")[-1][1].priority == Priority.LOW
    assert chair.view("AFIB").priority is Priority.LOW


def test_what_was_said_at_admission_is_in_the_session_and_outlives_a_restart() -> None:
    room = Room(chairs=2, analyse_waves=False)
    room.hear(vitals())
    assert room.ask(Admit(room.id, 1, "s1", "K.M.", actor=NURSE, known=(AF,))).done
    session = restarted(room).station._chairs[1].session
    assert session is not None and session.known == (AF,)
