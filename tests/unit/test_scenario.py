"""Scripts: who does what and when, what is refused, and that the shipped ones do what their titles say."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest

from simulators.body import VirtualBody
from simulators.body_steps import STEPS, BodyStep
from simulators.scenario import NURSE_STEPS, Scenario, ScenarioError, find, load, names, parse

FOLDER = Path(__file__).parents[2] / "resources" / "scenarios"
S = 1_000_000

BASE: dict[str, Any] = {
    "chairs": 2,
    "step": [
        {"at": "0:10", "from": "run", "chair": "all", "do": "admit"},
        {"at": "1:00", "from": "run", "chair": 1, "do": "start_infusion", "minutes": 10},
        {"at": "2:00", "chair": 1, "do": "vagal", "level": 0.5},
        {"at": "-0:20", "chair": 1, "do": "confirm_baseline"},
        {"at": "0:30.5", "from": "admit", "chair": [1, 2], "do": "probe_off", "for_s": 5},
    ],
}


def changed(**root: Any) -> dict[str, Any]:
    return BASE | root


def with_step(**step: Any) -> dict[str, Any]:
    return BASE | {"step": [*BASE["step"], step]}


def script(name: str) -> Scenario:
    return find(FOLDER, name)


# -------------------------------------------------------------------------------------------------------- times


def test_times_count_from_infusion_admission_or_run() -> None:
    steps = [(s.at_us / S, s.do) for s in parse(BASE, "t.toml").body_steps(1)]
    assert steps == [(10, "admit"), (40.5, "probe_off"), (60, "start_infusion"), (180, "vagal")]


def test_nurse_steps_are_her_own_and_in_order_of_time() -> None:
    steps = [(s.at_us / S, s.chair, s.do) for s in parse(BASE, "t.toml").nurse_steps([1, 2])]
    assert steps == [(10, 1, "admit"), (10, 2, "admit"), (40, 1, "confirm_baseline"), (60, 1, "start_infusion")]


def test_infusion_of_the_nurse_also_starts_the_drug() -> None:
    body = parse(BASE, "t.toml").body(seed=1, chair=1)
    body.advance(59 * S)
    assert body.truth.effect == 0
    for second in range(60, 180):
        body.advance(second * S)
    assert body.truth.effect > 0.05


def test_chair_beyond_the_script_plays_a_part_later() -> None:
    scenario = parse(changed(stagger_s=7), "t.toml")
    assert [s.at_us / S for s in scenario.body_steps(3)] == [17, 47.5, 67, 187]
    assert [s.do for s in scenario.body_steps(4)] == ["admit", "probe_off"]


def test_repeating_script_goes_on_for_ever_with_new_patients() -> None:
    scenario = parse(changed(repeat_s=300), "t.toml")
    steps = [s for s in itertools.islice(scenario.nurse_steps([1]), 30) if s.do == "admit"]
    assert [s.at_us / S for s in steps[:3]] == [10, 310, 610]
    assert len({s.params["pseudonym"] for s in steps}) == 10
    assert all(s.at_us <= 400 * S for s in scenario.nurse_steps([1, 2], until_us=400 * S))


def test_pseudonym_may_name_chair_and_round() -> None:
    steps = [{"at": "0:01", "from": "run", "do": "admit", "pseudonym": "P{chair}/{round}"}]
    scenario = parse({"step": steps, "repeat_s": 60}, "t.toml")
    assert [s.params["pseudonym"] for s in itertools.islice(scenario.nurse_steps([1]), 2)] == ["P1/1", "P1/2"]


def test_where_a_person_leads_nobody_comes_or_goes_by_script() -> None:
    left_out = {"admit", "clear_chair"}
    for name in names(FOLDER):
        scenario = script(name)
        led, free = ({s.do for s in itertools.islice(scenario.body_steps(1, led=led), 20)} for led in (True, False))
        assert "admit" in led and not left_out & free and "start_infusion" in free


# ------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (changed(preset="huge"), r"t.toml: preset 'huge' is unknown; choose one of pooled, surge"),
        (changed(chairs=0), r"t.toml: chairs = 0 is not a number from 1 to 32"),
        (changed(speed=2), r"t.toml: 'speed' is unknown here; allowed are name, title"),
        (changed(repeat_s=60), r"t.toml: repeat_s = 60 is not after the last step at 180 s"),
        (changed(times_from="noon"), r"times cannot count from 'noon'; choose one of start_infusion, admit, run"),
        (changed(step={"at": "0:01"}), r"'step' must be written as \[\[step\]\] tables"),
        (
            changed(person=[{"chair": 1, "shoes": 4}]),
            r"t.toml, person 1: 'shoes' is unknown here; allowed are chair, age",
        ),
        (
            with_step(at="0:01", chair=1, do="levitate"),
            r"t.toml, step 6: 'levitate' is nothing that can happen; choose one",
        ),
        (
            with_step(at="0:01", chair=3, do="vt"),
            r"step 6: chair 3 is not in the script; say 1 to 2, a list, or \"all\"",
        ),
        (with_step(at="0:01", do="vt"), r"step 6: chair None is not in the script"),
        (with_step(at="0:61", chair=1, do="vt"), r"step 6 \(vt\): '0:61' is not a time; write minutes and seconds"),
        (with_step(at=12, chair=1, do="vt"), r"step 6 \(vt\): 12 is not a time"),
        (with_step(at="0:01", chair=2, do="vt"), r"step 6 \(vt\) counts from start_infusion, but chair 2 has no"),
        (with_step(at="-1:30", chair=1, do="vt"), r"step 6 \(vt\): '-1:30' lies before the run begins"),
        (
            with_step(at="0:01", chair=1, do="vt", rate=900),
            r"step 6 \(vt\): rate = 900 is not a number from 100 to 250",
        ),
        (
            with_step(at="0:01", chair=1, do="vt", speed=1),
            r"\(vt\): 'speed' is unknown here; allowed are at, from, chair, do",
        ),
        (with_step(at="0:01", chair=1, do="log", code=7), r"step 6 \(log\): code = 7 should be text"),
        (
            changed(expect=[{"chair": 1, "from": "0:01", "until": "0:02"}]),
            r"expect 1 needs exactly one of alarm, state",
        ),
        (
            changed(expect=[{"chair": 1, "alarm": "X", "from": "0:03", "until": "0:02"}]),
            r"expect 1 ends at '0:02' before it begins at '0:03'",
        ),
    ],
)
def test_wrong_script_is_refused_in_one_sentence(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence) as caught:
        parse(table, "t.toml")
    assert "\n" not in str(caught.value)


def test_broken_file_and_unknown_name_are_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("chairs = = 1")
    with pytest.raises(ScenarioError, match=r"bad\.toml is not valid TOML"):
        load(tmp_path / "bad.toml")
    with pytest.raises(ScenarioError, match="there is no scenario 'quiet': choose one of af_onset, anxious"):
        find(FOLDER, "quiet")


# --------------------------------------------------------------------------------------------- the shipped scripts


def test_all_shipped_scripts_are_valid_and_named_after_their_file() -> None:
    assert {"calm", "demo", "desaturation", "hypertensive_surge", "unplugged_cable"} <= set(names(FOLDER))
    for name in names(FOLDER):
        scenario = load(FOLDER / f"{name}.toml")
        assert scenario.name == name and scenario.title and scenario.steps


def test_profiles_of_the_scripts_exist() -> None:
    profiles = {path.stem for path in (FOLDER.parent / "profiles").glob("*.toml")}
    assert {script(name).profile for name in names(FOLDER)} <= profiles


def test_unplugged_is_an_alias() -> None:
    assert script("unplugged").name == "unplugged_cable"


def test_every_session_is_led_in_the_order_of_the_treatment() -> None:
    order = [
        "admit",
        "start_baseline",
        "confirm_baseline",
        "start_infusion",
        "end_infusion",
        "discharge",
        "clear_chair",
    ]
    for name in names(FOLDER):
        scenario = script(name)
        for chair in range(1, scenario.chairs + 1):
            steps = scenario.nurse_steps([chair], until_us=scenario.length_us)
            phases = [s.do for s in steps if s.do in order]
            sessions = "".join("|" + step if step == "admit" else "," + step for step in phases).split("|")[1:]
            for session in sessions:
                places = [order.index(step) for step in session.split(",")]
                assert places[:4] == [0, 1, 2, 3] and places == sorted(set(places)), f"{name}, chair {chair}"


def played(
    name: str, until_s: int, chair: int = 1, seed: int | None = None
) -> tuple[VirtualBody, list[tuple[int, Any]]]:
    scenario = script(name)
    body = scenario.body(scenario.seed if seed is None else seed, chair)
    seen = []
    for second in range(until_s + 1):
        body.advance(second * S)
        seen.append((second, (body.vitals(), body.sensors(), body.truth)))
    return body, seen


def test_calm_patient_gives_no_reason_to_alarm() -> None:
    _, seen = played("calm", 900)
    assert all(v.spo2 >= 95 for _, (v, _, _) in seen)
    assert all(t.systolic < 150 and 50 < t.hr < 100 for _, (_, _, t) in seen)


@pytest.mark.slow
def test_calm_patient_stays_calm_for_the_whole_session() -> None:
    for seed in range(3):
        _, seen = played("calm", 4980, seed=seed)
        assert all(v.spo2 is None or v.spo2 >= 93 for _, (v, _, _) in seen)
        assert all(t.systolic < 155 and 45 < t.hr < 105 for _, (_, _, t) in seen)


@pytest.mark.slow
def test_surge_reaches_175_at_20_min_and_182_at_30() -> None:
    _, seen = played("hypertensive_surge", 3300)
    at = {minute: seen[540 + 60 * minute][1][2].systolic for minute in (0, 20, 30, 44)}
    assert at[20] == pytest.approx(175, abs=10) and at[30] == pytest.approx(182, abs=10)
    assert at[44] < at[30] - 20


def test_desaturation_falls_below_85_and_comes_back() -> None:
    _, seen = played("desaturation", 620)
    spo2 = {second: v.spo2 for second, (v, _, _) in seen}
    assert min(spo2[s] for s in range(400, 520)) < 85
    assert spo2[390] >= 95 and spo2[600] >= 94


def test_cable_is_out_and_back() -> None:
    _, seen = played("unplugged_cable", 60)
    out = [second for second, (_, sensors, _) in seen if not sensors.plugged]
    assert out == list(range(30, 45))


# --------------------------------------------------------------------------------------------------- the demo


def phases_at(scenario: Scenario, second: float) -> set[str]:
    found: dict[int, str] = {}
    into = {"admit": "admitted", "start_baseline": "baseline", "start_infusion": "infusion", "end_infusion": "recovery",
            "discharge": "discharged", "clear_chair": "empty"}  # fmt: skip
    for step in scenario.nurse_steps(range(1, scenario.chairs + 1), until_us=round(second * S)):
        found[step.chair] = into.get(step.do, found.get(step.chair, "empty"))
    return set(found.values())


def test_demo_shows_baseline_infusion_and_recovery_within_a_minute() -> None:
    assert {"baseline", "infusion", "recovery"} <= phases_at(script("demo"), 55)


def test_demo_has_someone_in_treatment_all_the_time() -> None:
    scenario = script("demo")
    for second in range(20, 1800, 10):
        busy = phases_at(scenario, second) & {"baseline", "infusion", "recovery"}
        assert busy or second % 840 > 822 or second % 840 < 10, f"at {second} s: {phases_at(scenario, second)}"


def test_demo_desaturates_before_40_s_and_recovers() -> None:
    _, seen = played("demo", 110, chair=3)
    spo2 = {second: v.spo2 for second, (v, _, _) in seen}
    assert spo2[24] >= 95
    assert all(spo2[s] <= 84 for s in range(40, 70))
    assert spo2[105] >= 95


def test_demo_cuffs_are_short_never_fail_and_one_reads_high() -> None:
    scenario = script("demo")
    body = scenario.body(3, 2)
    body.advance(3 * S)
    first = body.start_cuff(3 * S)
    body.advance(28 * S)
    high = body.start_cuff(28 * S)
    assert first.duration_us == high.duration_us == 8 * S
    assert first.systolic is not None and first.systolic < 160
    assert high.systolic == 176
    for second in range(60, 260, 10):
        body.advance(second * S)
        assert body.start_cuff(second * S).systolic is not None


def test_demo_has_a_technical_event_soon_after() -> None:
    _, seen = played("demo", 130, chair=4)
    assert [s for s, (_, sensors, _) in seen if sensors.probe == "off"] == list(range(95, 115))


def test_demo_profile_is_short_enough_for_its_script() -> None:
    profile = tomllib.loads((FOLDER.parent / "profiles" / "demo.toml").read_text(encoding="utf-8"))
    scenario = script("demo")
    ended: dict[int, int] = {}
    for step in scenario.nurse_steps(range(1, 5), until_us=scenario.length_us):
        if step.do == "end_infusion":
            ended[step.chair] = step.at_us
        if step.do == "discharge":
            assert step.at_us - ended[step.chair] >= profile["recovery_min"] * 60 * S


def test_steps_of_nurse_and_body_share_the_treatment_only() -> None:
    shared = set(NURSE_STEPS) & set(STEPS)
    assert shared == {
        "admit", "start_infusion", "pause_infusion", "resume_infusion", "end_infusion", "abort", "clear_chair",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ the station's room


def test_what_happens_to_the_computer_is_nobodys_body_and_no_nurse() -> None:
    scenario = parse(with_step(at="1:30", do="clock_step", by_s=-3600), "t.toml")
    (step,) = scenario.room_steps()
    assert (step.at_us, step.do, step.params) == (150 * S, "clock_step", {"by_s": -3600})
    assert all(s.do != "clock_step" for s in itertools.chain(scenario.body_steps(1), scenario.nurse_steps([1, 2])))


def test_a_person_may_be_drawn_from_another_group_than_the_room() -> None:
    people = [{"chair": 2, "preset": "mild", "hr": 60}]
    scenario = parse(changed(preset="surge", person=people), "t.toml")
    assert scenario.presets == {2: "mild"}
    with pytest.raises(ScenarioError, match="person 1: preset 'wild' is unknown"):
        parse(changed(person=[{"chair": 2, "preset": "wild"}]), "t.toml")


def test_chair_0_of_an_expectation_is_the_station_itself() -> None:
    expect = [{"alarm": "STN_CLOCK", "chair": 0, "from": "1:00", "until": "2:00"}]
    (one,) = parse(changed(expect=expect), "t.toml").expects
    assert (one.chair, one.from_us) == (0, 120 * S)


def test_a_device_clock_that_is_set_moves_no_beat() -> None:
    body = VirtualBody(3, 1, steps=[BodyStep(5 * S, "device_clock", {"at_s": 65_530})])
    body.advance(4 * S)
    assert body.device_us(4 * S) == 4 * S
    body.advance(6 * S)
    assert body.device_us(6 * S) == pytest.approx(65_531 * S, abs=S // 5)


@pytest.mark.parametrize("name", ["wrong_chair_swap", "full_room", "long_session", "disk_full"])
def test_rooms_and_long_days_say_what_must_happen(name: str) -> None:
    scenario = script(name)
    assert scenario.expects and scenario.length_us > 10 * 60 * S
