"""A drill: what the trainee does reaches the body, and what was done in time is scored, from the journal alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor_app.app import drill
from monitor_app.core import events as ev
from monitor_app.core.events import Event, Payload
from simulators.scenario import Scenario, parse
from tests.simulation.theatre import stage

S = 1_000_000
TABLE = {
    "name": "rehearsal",
    "step": [
        {"at": "0:01", "from": "run", "do": "admit"},
        {"at": "0:10", "from": "run", "do": "start_infusion"},
        {"at": "1:00", "do": "start_nibp"},
        {"at": "2:00", "do": "vt"},
        {"at": "2:30", "do": "acknowledge"},
        {"at": "2:40", "do": "oxygen"},
        {"at": "3:00", "do": "pause_infusion"},
        {"at": "4:00", "do": "shock"},
    ],
    "expect": [
        {"alarm": "VTACH", "from": "2:00", "until": "2:10", "action": "abort", "within_s": 60},
        {"alarm": "HR_HIGH", "from": "2:00", "until": "2:10"},
    ],
}


def rehearsal() -> Scenario:
    return parse(TABLE, "rehearsal.toml")


def event(at_s: float, payload: Payload, actor: str = "nurse:A") -> Event:
    return Event(round(at_s * S), payload, 1, "s1", actor)


def raised(at_s: float, row: str = "VTACH", occurrence: int = 7, covered_by: int | None = None) -> Event:
    payload = ev.AlarmRaised(
        occurrence, row, "physiological", 3, "", None, "", None, "", 0, 0, suppressed_by=covered_by
    )
    return event(at_s, payload, "engine")


def acknowledged(at_s: float, actor: str = "nurse:A") -> Event:
    return event(at_s, ev.AlarmAcknowledged((7,), (0,)), actor)


def aborted(at_s: float) -> Event:
    return event(at_s, ev.SessionAborted("infusion", "no pulse"))


def test_in_time_is_all_late_is_half_and_never_is_nothing() -> None:
    for seen_s, acted_s, share in ((10, 50, 1.0), (31, 50, 0.75), (31, 61, 0.5), (None, 50, 0.5), (None, None, 0.0)):
        events = [raised(100)]
        events += [acknowledged(100 + seen_s)] if seen_s is not None else []
        events += [aborted(100 + acted_s)] if acted_s is not None else []
        reached = drill.score(rehearsal(), events)
        assert reached.share == share and reached.missed == (seen_s is None)
        assert reached.first_action_s == acted_s


def test_only_what_the_scenario_wants_answered_and_what_was_seen_is_scored() -> None:
    assert drill.score(rehearsal(), [raised(100, "HR_HIGH")]).share is None
    assert drill.score(rehearsal(), [raised(100, covered_by=3)]).answers == ()
    assert "nothing to score" in drill.sentences(drill.score(rehearsal(), []))[0]


def test_what_the_script_does_earns_nothing() -> None:
    reached = drill.score(rehearsal(), [raised(100), acknowledged(101, "script:rehearsal")])
    assert reached.missed == 1 and reached.share == 0


def test_what_was_done_before_the_alarm_is_no_answer_to_it() -> None:
    assert drill.score(rehearsal(), [aborted(90), raised(100)]).first_action_s is None


def test_a_note_of_an_intervention_and_a_step_reach_the_body() -> None:
    assert drill.body_deed(event(1, ev.ObservationLogged("oxygen_on", S))) == ("oxygen", {"l_min": 2})
    assert drill.body_deed(event(1, ev.ObservationLogged("headache", S))) is None
    assert drill.body_deed(aborted(1)) == ("abort", {})
    assert drill.body_deed(Event(S, ev.ObservationLogged("oxygen_on", S), 1, "s1", "script:x")) is None
    done: list[tuple[int, str]] = []
    hear = drill.listener(lambda chair, do, numbers: done.append((chair, do)))
    hear(event(1, ev.ObservationLogged("legs_raised", S)))
    hear(raised(2))
    assert done == [(1, "legs_raised")]


def test_in_a_drill_the_script_seats_the_patient_and_leaves_the_rest_to_the_trainee() -> None:
    scenario = rehearsal().for_drill()
    assert [s.do for s in scenario.nurse_steps([1])] == ["admit", "start_infusion"]
    assert [s.do for s in scenario.body_steps(1)] == ["admit", "start_infusion", "vt", "shock"]


def test_scores_are_kept_a_line_each(tmp_path: Path) -> None:
    for seen_s in (10, 40):
        drill.keep(drill.score(rehearsal(), [raised(100), acknowledged(100 + seen_s)]), tmp_path, 5)
    rows = [json.loads(line) for line in (tmp_path / drill.SCORES).read_text("utf-8").splitlines()]
    assert [row["share"] for row in rows] == [0.5, 0.25]
    assert rows[0]["scenario"] == "rehearsal" and rows[0]["answers"][0]["acknowledged_s"] == 10


def test_every_action_that_a_shipped_scenario_wants_can_be_done() -> None:
    from simulators.scenario import load, names
    from tests.simulation.theatre import RESOURCES

    known = {
        *drill.REMEDIES,
        "clinician_called",
        "rounds_done",
        "pause_infusion",
        "resume_infusion",
        "abort",
        "start_nibp",
    }
    for name in names(RESOURCES / "scenarios"):
        for one in load(RESOURCES / "scenarios" / f"{name}.toml").expects:
            assert not one.action or one.action in known, f"{name}: {one.action}"


@pytest.mark.slow
def test_oxygen_given_by_the_trainee_keeps_the_saturation_up() -> None:
    from monitor_app.core.commands import LogObservation
    from simulators.scenario import find
    from tests.simulation.theatre import RESOURCES, Theatre

    scenario = find(RESOURCES / "scenarios", "sleep_apnoea_pauses").for_drill()
    lowest = {}
    for helped in (False, True):
        theatre = Theatre(scenario)
        theatre.listener = drill.listener(
            lambda chair, do, numbers, on=theatre: on.sides[chair].device.body.intervene(do, **numbers)  # type: ignore[misc]
        )
        theatre.play(270 + 19 * 60)
        session = theatre.picture().chairs[0].session or ""
        if helped:
            theatre.do(LogObservation("o", 1, session, "oxygen_on", actor="nurse:A"))
        theatre.play(270 + 21 * 60)
        seen = []
        for _ in range(3):
            theatre.play(theatre.now / S + 60)
            seen.append(theatre.sides[1].device.body.truth.sao2)
        lowest[helped] = min(seen)
    assert lowest[True] > 95 > lowest[False]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_random_drill_is_one_that_wants_something_of_a_person(seed: int) -> None:
    from monitor_app.app.simulating import drawn_drill, scenario_called

    name = drawn_drill(seed)
    assert name == drawn_drill(seed) and any(one.action for one in scenario_called(name).expects)
    assert stage(name).scenario.for_drill().steps
