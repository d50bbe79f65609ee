"""Alarms that are over are told by the station: exactly, to whoever attaches later, and after a restart too."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from monitor_app import clock
from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, AlarmView
from monitor_app.display import examples
from monitor_app.feed.client import FeedClient
from monitor_app.feed.ended import KEPT_MAX, Ended, EndedAlarms
from monitor_app.feed.messages import DOWN_MAX, Welcome, decode, encode
from monitor_app.feed.server import FeedServer
from tests.station_example import NURSE, Room, S
from tests.unit.test_feed_history import new_folder, until
from tests.unit.test_station_resume import restarted

NOW_US = examples.NOW_US


def closed(occurrence: int, chair: int = 3, ended_us: int = NOW_US) -> AlarmView:
    made = examples.alarm(occurrence, chair, Priority.HIGH, "DESAT 83 < 85", parameter="spo2", onset="84", worst="79")
    return replace(made, ended_us=ended_us, state=AlarmState.LATCHED)


@pytest.fixture
def room() -> Room:
    """A low saturation that came and went, and is latched."""
    made = Room(chairs=2)
    made.to_infusion()
    made.run(20)
    made.run(40, spo2=80)
    made.run(40)
    return made


def take(room: Room) -> dict[str, AlarmView]:
    return {view.row: view for view in room.station.take_closed(room.now)}


def acknowledge(room: Room) -> None:
    open_ones = tuple(view.occurrence for view in room.view().alarms)
    assert room.ask(Acknowledge(room.id, 1, open_ones, actor=NURSE)).done


def test_an_alarm_is_told_as_it_closes_with_onset_worst_end_and_who_took_it(room: Room) -> None:
    before = take(room)
    latched = {view.row: view for view in room.view().alarms if view.state is AlarmState.LATCHED}
    assert latched and not set(before) & set(latched)
    acknowledge(room)
    told = take(room)
    ended = {e.payload.row: e.t_us for e in room.events if isinstance(e.payload, ev.AlarmEnded)}
    for row, view in latched.items():
        assert (told[row].onset, told[row].worst, told[row].ended_us) == (view.onset, view.worst, ended[row])
        assert (told[row].ack_by, told[row].ack_us) == (NURSE, room.now)
        assert view.worst == "80"
    assert take(room) == {}


def test_a_restart_tells_what_closed_in_the_sessions_that_go_on(room: Room) -> None:
    acknowledge(room)
    first = take(room)
    again = take(restarted(room))
    assert first
    for row, view in first.items():
        then = again[row]
        assert (then.occurrence, then.since_us, then.ended_us) == (view.occurrence, view.since_us, view.ended_us)
        assert (then.worst, then.ack_by, then.ack_us) == (view.worst, view.ack_by, view.ack_us)


def test_nothing_is_told_of_an_alarm_that_stands(room: Room) -> None:
    take(room)
    room.run(30, hr=150)
    assert room.view().alarms
    assert "HR_HIGH" not in take(room)


def test_a_full_memory_of_a_chair_is_a_small_frame() -> None:
    memory = EndedAlarms()
    for n in range(KEPT_MAX + 10):
        memory.take(Ended(0, (closed(n), closed(1000 + n, chair=4))))
    told = memory.told()
    assert {len(one.alarms) for one in told} == {KEPT_MAX} and len(told) == 2
    assert all(len(encode(one)) < DOWN_MAX / 100 for one in told)
    assert decode(encode(told[0])) == told[0]


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
def test_a_window_that_is_opened_later_hears_what_ended_before_and_what_ends_afterwards() -> None:
    folder = new_folder()
    server = FeedServer(folder, clock.monotonic_us, Welcome("run", "1", None))
    client = FeedClient.at(folder, clock.monotonic_us)
    found: list[Ended] = []
    try:
        server.offer_snapshot(replace(examples.calm(4), station_us=NOW_US - 9 * S))
        server.offer_ended((closed(1),))
        client.start()
        until(lambda: found.extend(client.take_ended()) or found)
        server.offer_ended((closed(2, chair=4),))
        until(lambda: found.extend(client.take_ended()) or len(found) == 2)
    finally:
        client.close()
        server.close()
    assert [(one.since_us, [a.occurrence for a in one.alarms]) for one in found] == [
        (NOW_US - 9 * S, [1]), (NOW_US - 9 * S, [2]),
    ]  # fmt: skip


def test_a_window_that_attaches_before_anything_ended_knows_since_when_it_would_know() -> None:
    memory = EndedAlarms()
    assert memory.told() == []
    memory.begin(NOW_US)
    assert memory.told() == [Ended(NOW_US, ())]
