"""What can happen to a virtual body, by name: each a row of STEPS with its numbers, their bounds and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from simulators.courses import Course
from simulators.cuff import Cuff
from simulators.heart import Rhythm
from simulators.oximeter import Oximeter
from simulators.patient import Patient
from simulators.person import PRESETS
from simulators.truth import SECOND_US
from simulators.vitals import Sensors

NOBODY = Sensors(ecg_on=False, probe="off", cuff_connected=False)


@dataclass(frozen=True, slots=True)
class BodyStep:
    """Something happens to this body at `at_us`. do: a row of STEPS. params: its numbers; those left out have defaults."""

    at_us: int
    do: str
    params: Mapping[str, float] = field(default_factory=dict)


class Steered(Protocol):
    """What a step may change of a body. wired: its sensors; motion, noise: 0 to 1; clock_us: how far its clock is ahead."""

    preset: str
    patient: Patient
    oximeter: Oximeter
    cuff: Cuff
    wired: Sensors
    motion: float
    noise: float
    clock_us: int

    def admit(self) -> None:
        """Somebody sits down."""

    def schedule(self, at_us: int, do: str, params: Mapping[str, float] | None = None) -> None:
        """A further step, later."""


@dataclass(frozen=True, slots=True)
class Param:
    """A number of a step: what is allowed, and what holds when it is left out."""

    low: float
    high: float
    default: float


@dataclass(frozen=True, slots=True)
class StepRule:
    """One thing that can happen. undo: the step that ends it when `for_s` is given."""

    act: Callable[[Steered, dict[str, float]], None]
    params: Mapping[str, Param] = field(default_factory=dict)
    undo: str = ""


_FOR_S = Param(0, 36_000, 0)  # 0: until told otherwise


def _course(given: Mapping[str, float], value: float, start_us: int) -> Course:
    over, hold, recover = (round(given[k] * SECOND_US) for k in ("over_s", "hold_s", "recover_s"))
    return Course(value, start_us, max(1, over), hold, recover)


def _course_params(over: float, hold: float, recover: float) -> dict[str, Param]:
    most = 36_000
    return {"over_s": Param(0, most, over), "hold_s": Param(0, most, hold), "recover_s": Param(0, most, recover)}


def _admit(body: Steered, given: dict[str, float]) -> None:
    body.admit()


def _leave(body: Steered, given: dict[str, float]) -> None:
    body.wired = NOBODY


def _wire(**change: bool | str) -> Callable[[Steered, dict[str, float]], None]:
    def act(body: Steered, given: dict[str, float]) -> None:
        body.wired = replace(body.wired, **change)  # type: ignore[arg-type]

    return act


def _beat_as(name: str) -> Callable[[Steered, dict[str, float]], None]:
    def act(body: Steered, given: dict[str, float]) -> None:
        rate = given.get("rate") or None
        body.patient.heart.rhythm = Rhythm(name, rate, given.get("strength", 0.3))
        body.patient.heart.pvc_per_min = 0.0

    return act


def _pvc(body: Steered, given: dict[str, float]) -> None:
    body.patient.heart.pvc_per_min = given.get("per_min", 0.0)


def _move(body: Steered, given: dict[str, float]) -> None:
    body.motion = given.get("level", 0.0)


def _disturb(body: Steered, given: dict[str, float]) -> None:
    body.noise = given.get("level", 0.0)


def _blind(blind: bool) -> Callable[[Steered, dict[str, float]], None]:
    def act(body: Steered, given: dict[str, float]) -> None:
        body.oximeter.blind = blind

    return act


def _run(body: Steered, given: dict[str, float]) -> None:
    """Once, or again every `every_s` until `times` are done."""
    body.patient.heart.run(int(given["beats"]), given["rate"])
    if given["times"] > 1:
        again = body.patient.t_us + round(given["every_s"] * SECOND_US)
        body.schedule(again, "run", {**given, "times": given["times"] - 1})


def _start_drug(body: Steered, given: dict[str, float]) -> None:
    """A pump. Where the group takes sprays, each device is a step of its own."""
    if not PRESETS[body.preset].spray:
        body.patient.drug.start(given["mg_kg"], given["minutes"])


def _surge(body: Steered, given: dict[str, float]) -> None:
    patient = body.patient
    patient.drive("systolic", _course(given, given["systolic"], patient.t_us))
    patient.drive("diastolic", _course(given, given["diastolic"], patient.t_us))


def _drive(what: str) -> Callable[[Steered, dict[str, float]], None]:
    def act(body: Steered, given: dict[str, float]) -> None:
        body.patient.drive(what, _course(given, given["value"], body.patient.t_us))

    return act


def _spo2_to(body: Steered, given: dict[str, float]) -> None:
    body.oximeter.course = _course(given, given["value"], body.patient.t_us)


def _hold_breath(body: Steered, given: dict[str, float]) -> None:
    """Once, or again every `every_s` until `times` are done."""
    body.patient.hold_breath(given["for_s"])
    if given["times"] > 1:
        again = body.patient.t_us + round(max(given["every_s"], given["for_s"] + 1) * SECOND_US)
        body.schedule(again, "apnoea", {**given, "times": given["times"] - 1})


def _feel(what: str) -> Callable[[Steered, dict[str, float]], None]:
    def act(body: Steered, given: dict[str, float]) -> None:
        getattr(body.patient, what).target = given.get("level", 0.0)

    return act


def _set_clock(body: Steered, given: dict[str, float]) -> None:
    body.clock_us = round(given["at_s"] * SECOND_US) - body.patient.t_us


def _cuff_reads(body: Steered, given: dict[str, float]) -> None:
    body.cuff.scripted += [(given["systolic"], given["diastolic"])] * int(given["times"])


def _cuff_fails(body: Steered, given: dict[str, float]) -> None:
    body.cuff.failures = int(given["times"])


_ONE = Param(0, 1, 1)
_COURSE = _course_params(20, 40, 20)
STEPS: dict[str, StepRule] = {
    # who sits there
    "admit": StepRule(_admit),
    "clear_chair": StepRule(_leave),
    "sensors_off": StepRule(_leave),
    # the infusion
    "start_infusion": StepRule(
        _start_drug,
        {"mg_kg": Param(0.01, 2, 0.5), "minutes": Param(0.5, 600, 40)},
    ),
    "pause_infusion": StepRule(lambda body, given: body.patient.drug.pause()),
    "resume_infusion": StepRule(lambda body, given: body.patient.drug.resume()),
    "end_infusion": StepRule(lambda body, given: body.patient.drug.end()),
    "abort": StepRule(lambda body, given: body.patient.drug.end()),
    "infusion_rate": StepRule(
        lambda body, given: body.patient.drug.set_rate(given["mg_kg_min"]), {"mg_kg_min": Param(0, 0.1, 0.0125)}
    ),
    "spray": StepRule(lambda body, given: body.patient.drug.spray(given["share"]), {"share": Param(0, 2, 1 / 3)}),
    # what people do
    "oxygen": StepRule(lambda body, given: body.patient.give_oxygen(given["l_min"]), {"l_min": Param(0, 6, 2)}),
    "labetalol": StepRule(
        lambda body, given: body.patient.give_labetalol(given["mg_kg"]), {"mg_kg": Param(0, 1, 0.25)}
    ),
    "hydralazine": StepRule(lambda body, given: body.patient.give_tablet("hydralazine")),
    "clonidine": StepRule(lambda body, given: body.patient.give_tablet("clonidine")),
    "metoprolol": StepRule(lambda body, given: body.patient.give_tablet("metoprolol")),
    "ondansetron": StepRule(lambda body, given: body.patient.give_antiemetic()),
    "promethazine": StepRule(lambda body, given: body.patient.give_antiemetic(sedating=True)),
    "midazolam": StepRule(lambda body, given: body.patient.give_midazolam()),
    "reassurance": StepRule(lambda body, given: body.patient.reassure()),
    "legs_raised": StepRule(lambda body, given: body.patient.raise_legs()),
    "fluids": StepRule(lambda body, given: body.patient.raise_legs()),
    "shock": StepRule(_beat_as("sinus"), {"rate": Param(0, 220, 60)}),
    # what the body does
    "anxiety": StepRule(_feel("anxiety"), {"level": _ONE, "for_s": Param(0, 36_000, 300)}, "calm_down"),
    "calm_down": StepRule(_feel("anxiety")),
    "vagal": StepRule(_feel("vagal"), {"level": _ONE, "for_s": Param(0, 36_000, 120)}, "vagal_over"),
    "vagal_over": StepRule(_feel("vagal")),
    "nausea": StepRule(_feel("nausea"), {"level": _ONE, "for_s": Param(0, 36_000, 0)}, "nausea_over"),
    "nausea_over": StepRule(_feel("nausea")),
    "surge": StepRule(
        _surge,
        {"systolic": Param(60, 250, 175), "diastolic": Param(40, 150, 100), **_course_params(300, 300, 600)},
    ),
    "hr_to": StepRule(_drive("hr"), {"value": Param(20, 220, 120), **_COURSE}),
    "breathing_to": StepRule(_drive("resp_rate"), {"value": Param(4, 45, 8), **_COURSE}),
    "spo2_to": StepRule(_spo2_to, {"value": Param(40, 100, 84), **_COURSE}),
    "apnoea": StepRule(
        _hold_breath, {"for_s": Param(1, 300, 45), "every_s": Param(0, 600, 65), "times": Param(1, 100, 1)}
    ),
    "desaturation": StepRule(
        _hold_breath, {"for_s": Param(1, 300, 55), "every_s": Param(0, 600, 120), "times": Param(1, 100, 1)}
    ),
    "motion": StepRule(_move, {"level": _ONE, "for_s": Param(0, 600, 20)}, "motion_over"),
    "motion_over": StepRule(_move),
    # the heart
    "sinus": StepRule(_beat_as("sinus"), {"rate": Param(0, 220, 0), "for_s": _FOR_S}, "sinus"),
    "af": StepRule(_beat_as("af"), {"rate": Param(30, 200, 110), "for_s": _FOR_S}, "sinus"),
    "bigeminy": StepRule(_beat_as("bigeminy"), {"for_s": _FOR_S}, "sinus"),
    "vt": StepRule(
        _beat_as("vt"), {"rate": Param(100, 250, 170), "strength": Param(0, 0.6, 0.3), "for_s": _FOR_S}, "sinus"
    ),
    "vf": StepRule(_beat_as("vf"), {"for_s": _FOR_S}, "sinus"),
    "asystole": StepRule(_beat_as("asystole"), {"for_s": _FOR_S}, "sinus"),
    "pause": StepRule(_beat_as("asystole"), {"for_s": Param(0.5, 30, 3)}, "sinus"),
    "pvc": StepRule(_pvc, {"per_min": Param(0, 30, 6), "for_s": _FOR_S}, "no_pvc"),
    "no_pvc": StepRule(_pvc),
    "run": StepRule(
        _run,
        {
            "beats": Param(2, 60, 4),
            "rate": Param(40, 220, 150),
            "every_s": Param(1, 600, 20),
            "times": Param(1, 50, 1),
        },
    ),
    # the wiring
    "lead_off": StepRule(_wire(ecg_on=False), {"for_s": _FOR_S}, "lead_on"),
    "lead_on": StepRule(_wire(ecg_on=True)),
    "probe_off": StepRule(_wire(probe="off"), {"for_s": _FOR_S}, "probe_on"),
    "probe_unplugged": StepRule(_wire(probe="unplugged"), {"for_s": _FOR_S}, "probe_on"),
    "probe_on": StepRule(_wire(probe="on")),
    "noise": StepRule(_disturb, {"level": _ONE, "for_s": _FOR_S}, "no_noise"),
    "no_noise": StepRule(_disturb),
    "light_leak": StepRule(_blind(True), {"for_s": _FOR_S}, "light_shut"),
    "light_shut": StepRule(_blind(False)),
    "unplug": StepRule(_wire(plugged=False), {"for_s": _FOR_S}, "replug"),
    "replug": StepRule(_wire(plugged=True)),
    "cuff_off": StepRule(_wire(cuff_connected=False), {"for_s": _FOR_S}, "cuff_on"),
    "cuff_on": StepRule(_wire(cuff_connected=True)),
    # the device's own clock, where it is a virtual one: it is set, or has counted to its end
    "device_clock": StepRule(_set_clock, {"at_s": Param(0, 200_000, 0)}),
    # the cuff's own fate
    "cuff_reads": StepRule(
        _cuff_reads, {"systolic": Param(60, 260, 170), "diastolic": Param(30, 160, 100), "times": Param(1, 20, 1)}
    ),
    "cuff_fails": StepRule(_cuff_fails, {"times": Param(1, 20, 1)}),
}
