"""How well was a rehearsed emergency met? Scores a drill from its record, and lets what the trainee does reach the body.

The script seats the patient and starts the treatment; what a person should do is left to the person. Points: one for each
expected alarm that was acknowledged in time, one for its first right action in time, half of each when it came later.
A drill has a data folder of its own, says DRILL on every screen, and is in nobody's series.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from monitor_app.core import events as ev
from monitor_app.core.events import Event
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from simulators.scenario import Expect, Scenario

FOLDER = "drills"
MARK = "DRILL"
SCORES = "scores.jsonl"
ACKNOWLEDGE_S = 30.0
ACT_S = 120.0
"""In time, where the scenario says nothing else."""
SCRIPT = "script:"
MISSED, LATE, IN_TIME = 0.0, 0.5, 1.0
RANDOM = "drill_random"

REMEDIES: dict[str, tuple[str, Mapping[str, float]]] = {
    "oxygen_on": ("oxygen", {"l_min": 2}),
    "oxygen_off": ("oxygen", {"l_min": 0}),
    "bp_drug_given": ("labetalol", {}),
    "sedative_given": ("midazolam", {}),
    "antiemetic_given": ("ondansetron", {}),
    "talked_reassured": ("reassurance", {}),
    "legs_raised": ("legs_raised", {}),
    "fluids": ("fluids", {}),
    "sensor_repositioned": ("probe_on", {}),
}
"""What a noted intervention does to the simulated body. For rehearsal only: no dosing advice."""


def body_deed(event: Event) -> tuple[str, Mapping[str, float]] | None:
    """What an event of the journal means for the body of its chair; None for nothing, and for what a script did."""
    payload = event.payload
    if event.actor.startswith(SCRIPT):
        return None
    if isinstance(payload, ev.ObservationLogged):
        return REMEDIES.get(payload.code)
    if isinstance(payload, ev.InfusionPaused):
        return "pause_infusion", {}
    if isinstance(payload, ev.InfusionResumed):
        return "resume_infusion", {}
    if isinstance(payload, ev.SessionAborted):
        return "abort", {}
    if isinstance(payload, ev.PhaseEntered) and payload.target is Phase.RECOVERY:
        return "end_infusion", {}
    return None


def listener(intervene: Callable[[int, str, Mapping[str, float]], None]) -> Callable[[Event], None]:
    """Tells the bodies what people did. intervene: chair, step of the body, its numbers."""

    def hear(event: Event) -> None:
        deed = body_deed(event)
        if deed is not None and event.chair is not None:
            intervene(event.chair, *deed)

    return hear


# ---------------------------------------------------------------------------------------------------------- scoring


@dataclass(frozen=True, slots=True)
class Answer:
    """One expected alarm of a drill. Times in s after it was raised; None: never. points: of `most`."""

    alarm: str
    chair: int
    raised_s: float | None
    acknowledged_s: float | None
    action: str
    acted_s: float | None
    points: float
    most: float


@dataclass(frozen=True, slots=True)
class Score:
    """One drill. share: points of what was there to earn, 0 to 1; None when no alarm was raised before it ended."""

    scenario: str
    answers: tuple[Answer, ...]
    first_action_s: float | None

    @property
    def share(self) -> float | None:
        """0 to 1."""
        most = sum(one.most for one in self.answers)
        return sum(one.points for one in self.answers) / most if most else None

    @property
    def missed(self) -> int:
        """Alarms that nobody acknowledged."""
        return sum(one.acknowledged_s is None for one in self.answers)


def score(scenario: Scenario, events: Sequence[Event]) -> Score:
    """From the journal of the run: all that was raised and that the scenario wants answered. The rest is not scored."""
    wanted = {(one.name, one.chair): one for one in reversed(scenario.expects) if one.what == "alarm" and one.action}
    answers = []
    for event in events:
        payload = event.payload
        if isinstance(payload, ev.AlarmRaised) and payload.suppressed_by is None and event.chair is not None:
            expect = wanted.get((payload.row, event.chair))
            if expect is not None:
                answers.append(_answer(expect, event, payload.occurrence, events))
    acted = [one for one in answers if one.acted_s is not None]
    return Score(scenario.name, tuple(answers), min((one.acted_s or 0.0 for one in acted), default=None))


def _answer(expect: Expect, raised: Event, occurrence: int, events: Sequence[Event]) -> Answer:
    slips = _undone(events, occurrence)
    seen_s = _after(raised, (e for e in events if _acknowledges(e, occurrence) and e.t_us not in slips))
    acted_s = _after(raised, (e for e in events if e.chair == raised.chair and _is(e, expect.action)))
    points = _points(seen_s, ACKNOWLEDGE_S) + _points(acted_s, expect.within_s or ACT_S)
    return Answer(expect.name, expect.chair, raised.t_us / SECOND_US, seen_s, expect.action, acted_s, points, 2.0)


def _after(raised: Event, found: Iterable[Event]) -> float | None:
    times = [e.t_us for e in found if e.t_us >= raised.t_us and not e.actor.startswith(SCRIPT)]
    return (min(times) - raised.t_us) / SECOND_US if times else None


def _points(seconds: float | None, within_s: float) -> float:
    if seconds is None:
        return MISSED
    return IN_TIME if seconds <= within_s else LATE


def _acknowledges(event: Event, occurrence: int) -> bool:
    return isinstance(event.payload, ev.AlarmAcknowledged) and occurrence in event.payload.occurrences


def _undone(events: Sequence[Event], occurrence: int) -> set[int]:
    """When this one was acknowledged by a slip that was taken back."""
    undone = ((e.t_us, e.payload) for e in events if isinstance(e.payload, ev.AlarmAcknowledgeUndone))
    pairs = ((t_us, zip(p.occurrences, p.after_us, strict=True)) for t_us, p in undone)
    return {t_us - after_us for t_us, both in pairs for number, after_us in both if number == occurrence}


def _is(event: Event, action: str) -> bool:
    payload = event.payload
    if isinstance(payload, ev.ObservationLogged):
        return payload.code == action
    if isinstance(payload, ev.NibpStarted):
        return action == "start_nibp"
    deed = body_deed(event)
    return deed is not None and deed[0] == action


# ----------------------------------------------------------------------------------------------------- what it says


def sentences(of: Score) -> list[str]:
    """The score for people, a line an alarm."""
    if not of.answers:
        return [f"Drill '{of.scenario}': no alarm was raised before it ended; there is nothing to score."]
    share = of.share or 0.0
    lines = [f"Drill '{of.scenario}': {share:.0%}, {of.missed} of {len(of.answers)} alarms missed."]
    for one in of.answers:
        acknowledged = (
            "not acknowledged" if one.acknowledged_s is None else f"acknowledged after {one.acknowledged_s:.0f} s"
        )
        acted = "not done" if one.acted_s is None else f"after {one.acted_s:.0f} s"
        lines.append(
            f"  chair {one.chair} {one.alarm}: {acknowledged}; {one.action} {acted}: {one.points:g} of {one.most:g}"
        )
    return lines


def keep(of: Score, folder: Path, utc_us: int) -> None:
    """Append the score to the drills' own list, one JSON object a line."""
    row = {**asdict(of), "share": of.share, "missed": of.missed, "utc_us": utc_us}
    with (folder / SCORES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
