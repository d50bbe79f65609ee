"""The Station is the same at every pace: what it says depends on inputs and their times, never on how often it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.samples import Beat, Flag, Parameter, Source, Validity
from monitor_app.core import care_commands as care
from monitor_app.core.phases import Phase, Step
from monitor_app.core.second import ChairSecond
from tests.station_example import Room, S, failure, numeric, pressure, status, vitals

GRID_US = 10_000
LENGTH_US = 40 * S

Act = Callable[[Room], Any]


def _reads(room: Room) -> None:
    room.hear([pressure(next(room.device_ids), 165, 95)])


ACTS: dict[str, Act] = {
    "calm": lambda room: room.hear(vitals()),
    "fast": lambda room: room.hear(vitals(hr=150)),
    "low": lambda room: room.hear(vitals(spo2=82)),
    "none": lambda room: room.hear(vitals(hr=None, spo2=None)),
    "beat": lambda room: room.hear([Beat(room.now, Source.ECG)]),
    "probe off": lambda room: room.hear(
        [status("spo2", Flag.PROBE_OFF), numeric(Parameter.SPO2, None, Validity.SENSOR_OFF)]
    ),
    "lead off": lambda room: room.hear([status("ecg", Flag.LEAD_OFF)]),
    "all on": lambda room: room.hear([status("ecg"), status("spo2")]),
    "hang-up": lambda room: room._keep(room.station.link_lost(1, 0, "gone", True, room.now)),
    "cuff now": lambda room: room.start_cuff(),
    "cuff reads": _reads,
    "cuff fails": lambda room: room.hear([failure(next(room.device_ids))]),
    "admit": lambda room: room.admit(),
    "baseline": lambda room: room.step(Step.START_BASELINE, override=True),
    "confirm": lambda room: room.step(Step.CONFIRM_BASELINE, override=True),
    "infuse": lambda room: room.step(Step.START_INFUSION, override=True),
    "pause": lambda room: room.step(Step.PAUSE_INFUSION),
    "resume": lambda room: room.step(Step.RESUME_INFUSION, override=True),
    "abort": lambda room: room.step(Step.ABORT),
    "discharge": lambda room: room.step(Step.DISCHARGE, override=True),
    "clear": lambda room: room.step(Step.CLEAR_CHAIR),
    "hold": lambda room: room.step(Step.HOLD),
    "release": lambda room: room.step(Step.RELEASE_HOLD, override=True),
    "undo": lambda room: room.ask(care.UndoStep(room.id, 1, "s1")),
    "away": lambda room: room.ask(care.BeginAbsence(room.id, 1, "s1", 0.15)),
    "back": lambda room: room.ask(care.EndAbsence(room.id, 1, "s1")),
    "awake": lambda room: room.ask(care.RecordScore(room.id, 1, "s1", "moaas", {"moaas": 5})),
}

scripts = st.lists(
    st.tuples(st.integers(0, LENGTH_US // GRID_US), st.sampled_from(sorted(ACTS))), min_size=5, max_size=60
).map(sorted)


def by_deadlines(room: Room, until_us: int) -> None:
    room.wait((until_us - room.now) / S)


def by_small_steps(room: Room, until_us: int) -> None:
    while room.now < until_us:
        room.now += GRID_US
        room._keep(room.station.advance(room.now))


def in_one_go(room: Room, until_us: int) -> None:
    room.now = until_us


def played(script: list[tuple[int, str]], pace: Callable[[Room, int], None]) -> tuple[list[Any], list[ChairSecond]]:
    room = Room(analyse_waves=False)
    ACTS["calm"](room)
    room.admit()
    room.step(Step.START_BASELINE)
    for step, act in script:
        pace(room, step * GRID_US)
        ACTS[act](room)
    pace(room, LENGTH_US + 20 * S)
    room._keep(room.station.advance(room.now))
    return room.events, room.station.take_seconds(room.now)


@settings(max_examples=25, deadline=None)
@given(scripts)
def test_jumping_from_deadline_to_deadline_gives_the_events_of_small_steps(script: list[tuple[int, str]]) -> None:
    assert played(script, by_deadlines) == played(script, by_small_steps)


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_a_late_call_does_what_fell_due_at_its_own_time(script: list[tuple[int, str]]) -> None:
    assert played(script, by_deadlines) == played(script, in_one_go)


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_asking_twice_gives_the_same_room(script: list[tuple[int, str]]) -> None:
    assert played(script, in_one_go) == played(script, in_one_go)


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_no_number_is_shown_without_a_session_and_none_without_its_age(script: list[tuple[int, str]]) -> None:
    room = Room(analyse_waves=False)
    for step, act in script:
        in_one_go(room, step * GRID_US)
        ACTS[act](room)
        view = room.view()
        if view.phase.phase in (Phase.EMPTY, Phase.DISCHARGED):
            assert view.numbers == ()
            assert view.cuff.sys == "---"
        assert all(
            n.age_s is not None and n.age_s < 5
            for n in view.numbers
            if n.text != "---" and n.parameter != "temperature"
        )


@settings(max_examples=40, deadline=None)
@given(scripts)
def test_events_come_in_order_of_time_and_every_refusal_has_a_sentence(script: list[tuple[int, str]]) -> None:
    events, _ = played(script, in_one_go)
    assert [e.t_us for e in events] == sorted(e.t_us for e in events)
    assert all(e.payload.sentence for e in events if e.kind == "command.refused")
