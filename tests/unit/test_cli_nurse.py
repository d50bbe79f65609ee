"""The scripted nurse presses only what the station allows, in order, and leaves when a person takes over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from drivers.samples import Origin
from monitor_app.app.nurse import CUFF_AGAIN_US, ScriptedNurse
from monitor_app.core.care_commands import RecordScore
from monitor_app.core.care_views import CareView, CheckView
from monitor_app.core.commands import Acknowledge, Admit, Command, LogObservation, PauseSound, StartCuff, TakeStep
from monitor_app.core.events import ScriptLeft
from monitor_app.core.phases import Phase, Step
from monitor_app.core.snapshot import ChairView, CuffView, PhaseView, RecordView, Snapshot, SoundView, StepView

SECOND = 1_000_000


@dataclass(frozen=True)
class Line:
    at_us: int
    do: str
    params: dict[str, str | float] = field(default_factory=dict)


def chair(phase: Phase, *steps: StepView, session: str | None = "s1", measuring: bool = False) -> ChairView:
    session = None if phase is Phase.EMPTY else session
    return ChairView(
        1, "Chair 1", Origin.SIMULATED, session, "", PhaseView(phase, phase.value, steps=steps), (),
        CuffView(measuring=measuring), (), (), (),
    )  # fmt: skip


def picture(seconds: float, view: ChairView) -> Snapshot:
    now_us = 1_000 * SECOND + round(seconds * SECOND)
    return Snapshot(1, "run", now_us, 0, 0, "1", (view,), (), (0, 0, 0), "", SoundView(), RecordView())


def nurse(*lines: Line) -> ScriptedNurse:
    ids = iter("abcdefghij")
    made = ScriptedNurse("demo", "iv_40", {1: iter(lines)}, lambda: next(ids))
    assert made.commands(picture(0, chair(Phase.EMPTY))) == []
    return made


def offer(step: Step, enabled: bool = True, soft: bool = False) -> StepView:
    return StepView(step, step.value, enabled, soft=soft)


def test_a_patient_is_admitted_at_the_time_of_the_script_by_the_script() -> None:
    led = nurse(Line(SECOND, "admit", {"pseudonym": "SIM 1-A", "weight_kg": 72.0}))
    assert led.commands(picture(0.9, chair(Phase.EMPTY))) == []
    (command,) = led.commands(picture(1.0, chair(Phase.EMPTY)))
    assert isinstance(command, Admit)
    assert (command.pseudonym, command.profile, command.weight_kg) == ("SIM 1-A", "iv_40", 72.0)
    assert command.actor == "script:demo"


def test_steps_follow_each_other_one_picture_apart() -> None:
    led = nurse(Line(1, "start_baseline"), Line(2, "start_nibp"))
    admitted = chair(Phase.ADMITTED, offer(Step.START_BASELINE))
    baseline = chair(Phase.BASELINE, offer(Step.CONFIRM_BASELINE, enabled=False))
    found: list[Command] = led.commands(picture(1, admitted))
    assert led.commands(picture(1.1, baseline)) == []
    found += led.commands(picture(1.4, baseline))
    assert found == [
        TakeStep("a", 1, "s1", Step.START_BASELINE, "as the scenario says", actor="script:demo"),
        StartCuff("b", 1, "s1", "script:demo"),
    ]


def test_what_is_forbidden_waits_and_a_soft_guard_is_overridden_with_a_reason() -> None:
    led = nurse(Line(1, "confirm_baseline"))
    assert led.commands(picture(1, chair(Phase.BASELINE, offer(Step.CONFIRM_BASELINE, enabled=False)))) == []
    (command,) = led.commands(picture(2, chair(Phase.BASELINE, offer(Step.CONFIRM_BASELINE, soft=True))))
    assert isinstance(command, TakeStep)
    assert command.override
    assert command.reason


def test_a_baseline_without_a_reading_gets_another_one() -> None:
    led = nurse(Line(1, "confirm_baseline"))
    waiting = chair(Phase.BASELINE, offer(Step.CONFIRM_BASELINE, enabled=False))
    assert led.commands(picture(1, waiting)) == []
    again_s = 1 + CUFF_AGAIN_US / SECOND
    assert led.commands(picture(again_s, replace(waiting, cuff=CuffView(measuring=True)))) == []
    (command,) = led.commands(picture(again_s + 1, waiting))
    assert isinstance(command, StartCuff)


def test_after_a_restart_what_has_passed_is_left_out() -> None:
    lines = [Line(1, "admit"), Line(2, "start_baseline"), Line(3, "start_infusion"), Line(4, "pause_infusion")]
    led = nurse(*lines, Line(5, "end_infusion"))
    running = chair(Phase.INFUSION, offer(Step.RESUME_INFUSION), offer(Step.END_INFUSION))
    (command,) = led.commands(picture(9, running))
    assert isinstance(command, TakeStep)
    assert command.step is Step.END_INFUSION


def test_the_next_patient_waits_until_the_chair_is_cleared() -> None:
    led = nurse(Line(1, "admit"))
    assert led.commands(picture(5, chair(Phase.DISCHARGED, offer(Step.CLEAR_CHAIR)))) == []
    (command,) = led.commands(picture(6, chair(Phase.EMPTY)))
    assert isinstance(command, Admit)


def test_an_acknowledgement_without_an_alarm_and_an_endless_script_are_no_trouble() -> None:
    def endless() -> Iterator[Line]:
        at_us = 0
        while True:
            yield Line(at_us := at_us + SECOND, "acknowledge")
            yield Line(at_us, "log", {"code": "nausea", "text": "a little"})

    led = ScriptedNurse("demo", "iv_40", {1: endless()}, lambda: "id")
    view = chair(Phase.INFUSION)
    led.commands(picture(0, view))
    (command,) = led.commands(picture(1, view))
    assert command == LogObservation("id", 1, "s1", "nausea", "a little", actor="script:demo")
    assert not isinstance(command, Acknowledge)


def test_the_script_leaves_a_chair_once_and_for_good() -> None:
    led = nurse(Line(1, "admit"))
    assert led.leads(1) == "demo"
    assert led.leave(1) == ScriptLeft("demo")
    assert led.leave(1) is None
    assert led.leads(1) == ""
    assert led.commands(picture(5, chair(Phase.EMPTY))) == []


def test_a_picture_is_worth_making_only_when_a_step_or_a_round_is_due() -> None:
    led = ScriptedNurse("demo", "iv_40", {1: iter([Line(5 * SECOND, "admit")])}, lambda: "id")
    assert led.is_due(1_000 * SECOND)  # the first picture is where her time begins
    assert led.commands(picture(0, chair(Phase.EMPTY))) == []
    assert not led.is_due(1_004 * SECOND) and led.is_due(1_005 * SECOND)
    assert len(led.commands(picture(5, chair(Phase.EMPTY)))) == 1
    assert not led.is_due(1_006 * SECOND)
    assert led.is_due(1_065 * SECOND)


def test_what_is_due_at_a_chair_is_looked_after_once_a_minute() -> None:
    led = nurse()
    asks = CareView(checks=(CheckView("round", "round", 0, True, by=("rounds_done",)),))
    scored = CareView(checks=(CheckView("cadss6", "CADSS-6", 0, True, by=("cadss6",)),))
    view = replace(chair(Phase.INFUSION), care=asks)
    assert led.commands(picture(1, view)) == [LogObservation("a", 1, "s1", "rounds_done", actor="script:demo")]
    assert led.commands(picture(30, view)) == []
    (score,) = led.commands(picture(62, replace(view, care=scored)))
    assert isinstance(score, RecordScore) and (score.scale, set(score.items.values())) == ("cadss6", {0})


def test_the_pause_of_the_sound_is_one_of_her_acts() -> None:
    led = nurse(Line(1, "pause_sound"))
    (command,) = led.commands(picture(1, chair(Phase.INFUSION)))
    assert command == PauseSound("a", actor="script:demo")
