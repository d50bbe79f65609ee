"""What happens in the room, and when? Timed scripts from resources/scenarios/*.toml, checked before anything runs.

A step belongs to the body (the patient, the wiring, the drug), to the nurse, or to both: an infusion that the script's nurse
starts also starts the drug. Times are `m:ss` from the chair's `start_infusion`, `admit` or the run's begin (`from`). A chair
beyond those written down plays the part of one of them a little later. Format: CLINICAL section 6.8.
"""

from __future__ import annotations

import heapq
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulators.body import VirtualBody
from simulators.body_steps import STEPS, BodyStep
from simulators.cuff import FAILURE_SHARE
from simulators.person import PRESETS, Person
from simulators.truth import SECOND_US

FILE_BYTES_MAX = 256 * 1024
"""A script is written by hand; anything larger is not one."""
CHAIRS_MAX = 32
STEPS_MAX = 2000
ANCHORS = ("start_infusion", "admit", "run")
ROOT_KEYS = (
    "name", "title", "aliases", "seed", "profile", "preset", "chairs", "cuff_s", "cuff_failure_share", "repeat_s",
    "seated", "stagger_s", "times_from", "person", "step", "expect",
)  # fmt: skip


class ScenarioError(ValueError):
    """A script that cannot be played. The text is one sentence: file, step, what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class NurseStep:
    """Something the script's nurse does at `chair`. params: text and numbers as the row of NURSE_STEPS has them."""

    at_us: int
    chair: int
    do: str
    params: Mapping[str, str | float] = field(default_factory=dict)


NURSE_STEPS: dict[str, dict[str, type]] = {
    "admit": {"pseudonym": str, "weight_kg": float},
    "start_baseline": {},
    "start_nibp": {},
    "stop_nibp": {},
    "confirm_baseline": {},
    "start_infusion": {},
    "pause_infusion": {"reason": str},
    "resume_infusion": {},
    "end_infusion": {},
    "discharge": {"reason": str},
    "abort": {"reason": str},
    "clear_chair": {},
    "undo_step": {"reason": str},
    "swap_chairs": {"other": float, "reason": str},
    "record_dose": {"weight_kg": float, "mg_per_kg": float, "minutes": float, "mg_per_ml": float},
    "log": {"code": str, "text": str},
    "acknowledge": {},
    "pause_sound": {},
}
"""What a nurse can do in a script, with the parameters beside those of the body's step of the same name."""

ROOM_STEPS: dict[str, dict[str, type]] = {"disk_full": {"for_s": float}, "clock_step": {"by_s": float}}
"""What can happen to the station's own computer. Played where the host is made up too: no script fills a real disk."""

COMING_AND_GOING = ("admit", "clear_chair")
SEATING = ("admit", "start_baseline", "start_nibp", "confirm_baseline", "start_infusion")
LEFT_TO_PEOPLE = (
    "pause_infusion", "resume_infusion", "end_infusion", "abort", "infusion_rate", "oxygen", "labetalol", "hydralazine",
    "clonidine", "metoprolol", "ondansetron", "promethazine", "midazolam", "reassurance", "legs_raised", "fluids",
    "sensors_off", "clear_chair",
)  # fmt: skip
"""What a trainee does in a drill. A shock stays in the script: it is the resuscitation team's."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be seen. what: alarm, state or event. Times from the run's begin. times: so often at most; may: or not.
    chair 0: of the station itself.

    action: what a person should do about it in a drill, a step of NURSE_STEPS or a code of the log; within_s of its sight.
    """

    what: str
    name: str
    chair: int
    from_us: int
    until_us: int
    times: int = 1
    may: bool = False
    action: str = ""
    within_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RoomStep:
    """Something that happens to the station's computer. params: as the row of ROOM_STEPS has them."""

    at_us: int
    do: str
    params: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Planned:
    at_us: int
    chair: int
    do: str
    body: Mapping[str, float]
    nurse: Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One script. seed: default of the run. chairs: how many are written down. repeat_us: None plays it once.

    seated: False where chairs are empty until somebody is admitted.
    people: what is fixed about the person in a chair; presets: who was drawn from another group.
    cuff_s, cuff_failure_share: as VirtualBody takes them.
    """

    name: str
    title: str
    seed: int
    profile: str
    preset: str
    chairs: int
    steps: tuple[_Planned, ...]
    expects: tuple[Expect, ...] = ()
    people: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    presets: Mapping[int, str] = field(default_factory=dict)
    cuff_s: float | None = None
    cuff_failure_share: float = FAILURE_SHARE
    repeat_us: int | None = None
    stagger_us: int = 0
    seated: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def length_us(self) -> int:
        """When the last step of one round has been done."""
        return max((step.at_us for step in self.steps), default=0)

    def body_steps(self, chair: int, *, led: bool = True) -> Iterator[BodyStep]:
        """What happens to this chair's body, in order of time; endless for a script that repeats.

        led: the script's nurse leads the chair. Where a person does, nobody comes or goes by script.
        """
        for at_us, _, step in self._played(chair):
            if step.do in STEPS and (led or step.do not in COMING_AND_GOING):
                yield BodyStep(at_us, step.do, step.body)

    def room_steps(self) -> list[RoomStep]:
        """What happens to the station's own computer, in order of time."""
        return [RoomStep(step.at_us, step.do, step.nurse) for step in self.steps if step.do in ROOM_STEPS]

    def nurse_steps(self, chairs: Iterable[int], until_us: int | None = None) -> Iterator[NurseStep]:
        """What the nurse does at `chairs`, in order of time; endless for a script that repeats, unless `until_us` is given.

        A pseudonym may name `{chair}` and `{round}`; without one it is "SIM <chair>-<letter>", a new one for everybody.
        """
        for step in heapq.merge(*(self._nursed(chair) for chair in chairs), key=lambda s: (s.at_us, s.chair)):
            if until_us is not None and step.at_us > until_us:
                return
            yield step

    def body(self, seed: int, chair: int, *, led: bool = True) -> VirtualBody:
        """The virtual patient of this chair, living by this script; `led` as in body_steps."""
        return VirtualBody(
            seed,
            chair,
            preset=self.presets.get(self._part(chair), self.preset),
            person=self.people.get(self._part(chair)),
            steps=self.body_steps(chair, led=led),
            cuff_s=self.cuff_s,
            cuff_failure_share=self.cuff_failure_share,
            seated=self.seated or not led,
        )

    def for_drill(self) -> Scenario:
        """The same up to the start of the treatment, and then only what happens by itself: the rest is the trainee's."""
        started = {step.chair: step.at_us for step in reversed(self.steps) if step.do == "start_infusion"}
        kept = [step for step in self.steps if _in_drill(step, started.get(step.chair))]
        return replace(self, steps=tuple(kept), repeat_us=None)

    def _part(self, chair: int) -> int:
        return (chair - 1) % self.chairs + 1

    def _played(self, chair: int) -> Iterator[tuple[int, int, _Planned]]:
        mine = [step for step in self.steps if step.chair == self._part(chair)]
        late_us = (chair - 1) // self.chairs * self.stagger_us
        turn = 0
        while mine and (turn == 0 or self.repeat_us):
            start_us = late_us + turn * (self.repeat_us or 0)
            for step in mine:
                yield start_us + step.at_us, turn + 1, step
            turn += 1

    def _nursed(self, chair: int) -> Iterator[NurseStep]:
        admitted = 0
        for at_us, turn, step in self._played(chair):
            if step.do not in NURSE_STEPS:
                continue
            params = dict(step.nurse)
            if step.do == "admit":
                admitted += 1
                named = str(params.get("pseudonym", f"SIM {chair}-{_letters(admitted)}"))
                params["pseudonym"] = named.replace("{chair}", str(chair)).replace("{round}", str(turn))
            yield NurseStep(at_us, chair, step.do, params)


def _in_drill(step: _Planned, started_us: int | None) -> bool:
    if step.do in SEATING:
        return started_us is None or step.at_us <= started_us
    return step.do in STEPS and step.do not in LEFT_TO_PEOPLE


def _letters(n: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    text = ""
    while n > 0:
        n, rest = divmod(n - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


# ------------------------------------------------------------------------------------------------------- finding


def names(folder: Path) -> tuple[str, ...]:
    """The scripts in `folder`, by name."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def find(folder: Path, name: str) -> Scenario:
    """The script called `name`, by its file or one of its aliases. Raises ScenarioError."""
    if name in names(folder):
        return load(folder / f"{name}.toml")
    for other in names(folder):
        scenario = load(folder / f"{other}.toml")
        if name in scenario.aliases:
            return scenario
    raise ScenarioError(f"there is no scenario {name!r}: choose one of {', '.join(names(folder)) or 'none'}")


def load(path: Path) -> Scenario:
    """Read and check one script. Raises ScenarioError."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ScenarioError(f"{path.name} is larger than {FILE_BYTES_MAX // 1024} kB: that is no scenario")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise ScenarioError(f"{path} cannot be read: {err.strerror}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ScenarioError(f"{path.name} is not valid TOML: {err}") from err
    return parse(table, path.name)


# ------------------------------------------------------------------------------------------------------ checking


def parse(table: Mapping[str, Any], file: str) -> Scenario:
    """Check a script that has been read. file: its name, for error sentences. Raises ScenarioError."""
    _known(table, ROOT_KEYS, file)
    chairs = int(_number(table, "chairs", file, 1, CHAIRS_MAX, 1))
    preset = _preset(table, file)
    times_from = _anchor(table.get("times_from", "start_infusion"), file)
    steps, anchors = _steps(table, file, chairs, times_from)
    repeat_s = _number(table, "repeat_s", file, 1, 86_400, 0)
    scenario = Scenario(
        name=_text(table, "name", file, Path(file).stem),
        title=_text(table, "title", file, ""),
        seed=int(_number(table, "seed", file, 0, 2**31, 1)),
        profile=_text(table, "profile", file, "iv_40"),
        preset=preset,
        chairs=chairs,
        steps=steps,
        expects=tuple(_expects(table, file, chairs, times_from, anchors)),
        people=_people(table, file, chairs),
        presets=_presets(table, file, chairs),
        cuff_s=_number(table, "cuff_s", file, 3, 120, 0) or None,
        cuff_failure_share=_number(table, "cuff_failure_share", file, 0, 1, FAILURE_SHARE),
        repeat_us=round(repeat_s * SECOND_US) or None,
        stagger_us=round(_number(table, "stagger_s", file, 0, 3600, 10) * SECOND_US),
        seated=table.get("seated", True) is not False,
        aliases=tuple(str(alias) for alias in table.get("aliases", ())),
    )
    _refuse_overlap(scenario, file)
    return scenario


def _refuse_overlap(scenario: Scenario, file: str) -> None:
    """A chair's next round begins only when its own last step has been done; chairs may be far apart."""
    for chair in range(1, scenario.chairs + 1):
        times = [step.at_us for step in scenario.steps if step.chair == chair]
        if scenario.repeat_us is not None and times and scenario.repeat_us <= max(times) - min(times):
            repeat_s, last_s = scenario.repeat_us / SECOND_US, max(times) / SECOND_US
            raise ScenarioError(f"{file}: repeat_s = {repeat_s:g} is not after the last step at {last_s:g} s")


def _steps(
    table: Mapping[str, Any], file: str, chairs: int, times_from: str
) -> tuple[tuple[_Planned, ...], dict[tuple[int, str], int]]:
    rows = _tables(table, "step", file)
    if len(rows) > STEPS_MAX:
        raise ScenarioError(f"{file} has {len(rows)} steps: {STEPS_MAX} are allowed")
    anchors = _anchors(rows, file, chairs)
    planned = [
        _planned(row, chair, f"{file}, step {number}", times_from, anchors)
        for number, row in enumerate(rows, 1)
        for chair in ((1,) if row.get("do") in ROOM_STEPS else _chairs(row, chairs, f"{file}, step {number}"))
    ]
    return tuple(sorted(planned, key=lambda step: step.at_us)), anchors


def _anchors(rows: list[Mapping[str, Any]], file: str, chairs: int) -> dict[tuple[int, str], int]:
    """When each chair is first admitted and started, as far as that is told from the run's begin."""
    found: dict[tuple[int, str], int] = {}
    for number, row in enumerate(rows, 1):
        where = f"{file}, step {number}"
        if row.get("do") in ANCHORS and row.get("from") == "run":
            for chair in _chairs(row, chairs, where):
                found.setdefault((chair, str(row["do"])), _time_us(row.get("at"), where))
    return found


def _planned(
    row: Mapping[str, Any], chair: int, where: str, times_from: str, anchors: Mapping[tuple[int, str], int]
) -> _Planned:
    do = row.get("do")
    if not isinstance(do, str) or not (do in STEPS or do in NURSE_STEPS or do in ROOM_STEPS):
        allowed = ", ".join(sorted({*STEPS, *NURSE_STEPS, *ROOM_STEPS}))
        raise ScenarioError(f"{where}: {do!r} is nothing that can happen; choose one of {allowed}")
    where = f"{where} ({do})"
    at_us = _absolute(row, chair, where, times_from, anchors)
    body_rules = STEPS[do].params if do in STEPS else {}
    nurse_rules = NURSE_STEPS.get(do, {}) | ROOM_STEPS.get(do, {})
    _known(row, ("at", "from", "chair", "do", *body_rules, *nurse_rules), where)
    body = {n: _number(row, n, where, p.low, p.high, p.default) for n, p in body_rules.items() if n in row}
    nurse = {name: _typed(row[name], kind, f"{where}: {name}") for name, kind in nurse_rules.items() if name in row}
    return _Planned(at_us, chair, do, body, nurse)


def _absolute(
    row: Mapping[str, Any],
    chair: int,
    where: str,
    times_from: str,
    anchors: Mapping[tuple[int, str], int],
    key: str = "at",
) -> int:
    anchor = _anchor(row.get("from", times_from) if key == "at" else times_from, where)
    offset_us = _time_us(row.get(key), where)
    if anchor == "run":
        start_us = 0
    elif (chair, anchor) in anchors:
        start_us = anchors[chair, anchor]
    else:
        raise ScenarioError(
            f'{where} counts from {anchor}, but chair {chair} has no {anchor} step with from = "run" to count from'
        )
    if start_us + offset_us < 0:
        raise ScenarioError(f"{where}: {row.get(key)!r} lies before the run begins")
    return start_us + offset_us


def _expects(
    table: Mapping[str, Any], file: str, chairs: int, times_from: str, anchors: Mapping[tuple[int, str], int]
) -> Iterator[Expect]:
    for number, row in enumerate(_tables(table, "expect", file), 1):
        where = f"{file}, expect {number}"
        _known(row, ("alarm", "state", "event", "chair", "from", "until", "times", "may", "action", "within_s"), where)
        kinds = [kind for kind in ("alarm", "state", "event") if kind in row]
        if len(kinds) != 1:
            raise ScenarioError(f"{where} needs exactly one of alarm, state or event")
        for chair in (0,) if row.get("chair") == 0 else _chairs(row, chairs, where):
            bounds = [_absolute(row, chair or 1, where, times_from, anchors, key) for key in ("from", "until")]
            if bounds[0] > bounds[1]:
                raise ScenarioError(f"{where} ends at {row['until']!r} before it begins at {row['from']!r}")
            yield Expect(
                kinds[0],
                str(row[kinds[0]]),
                chair,
                bounds[0],
                bounds[1],
                times=int(_number(row, "times", where, 1, 1000, 1)),
                may=row.get("may", False) is True,
                action=_text(row, "action", where, ""),
                within_s=_number(row, "within_s", where, 0, 3600, 0),
            )


def _people(table: Mapping[str, Any], file: str, chairs: int) -> dict[int, Mapping[str, float]]:
    people: dict[int, Mapping[str, float]] = {}
    allowed = tuple(Person.__dataclass_fields__)
    for number, row in enumerate(_tables(table, "person", file), 1):
        where = f"{file}, person {number}"
        _known(row, ("chair", *allowed, "preset"), where)
        fixed = {name: _number(row, name, where, -100, 300, 0) for name in allowed if name in row}
        people.update(dict.fromkeys(_chairs(row, chairs, where), fixed))
    return people


def _presets(table: Mapping[str, Any], file: str, chairs: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, row in enumerate(_tables(table, "person", file), 1):
        where = f"{file}, person {number}"
        if "preset" in row:
            found.update(dict.fromkeys(_chairs(row, chairs, where), _preset(row, where)))
    return found


def _preset(row: Mapping[str, Any], where: str) -> str:
    preset = _text(row, "preset", where, "pooled")
    if preset not in PRESETS:
        raise ScenarioError(f"{where}: preset {preset!r} is unknown; choose one of {', '.join(PRESETS)}")
    return preset


# ------------------------------------------------------------------------------------------------ single values

_TIME = re.compile(r"(-?)(?:(\d{1,3}):)?(\d{1,3}):(\d\d(?:\.\d{1,6})?)")


def _time_us(value: object, where: str) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or float(match[4]) >= 60:
        raise ScenarioError(f'{where}: {value!r} is not a time; write minutes and seconds such as "12:30"')
    seconds = int(match[2] or 0) * 3600 + int(match[3]) * 60 + float(match[4])
    return round(seconds * SECOND_US) * (-1 if match[1] else 1)


def _anchor(value: object, where: str) -> str:
    if value not in ANCHORS:
        raise ScenarioError(f"{where}: times cannot count from {value!r}; choose one of {', '.join(ANCHORS)}")
    return str(value)


def _chairs(row: Mapping[str, Any], chairs: int, where: str) -> tuple[int, ...]:
    wanted = row.get("chair", 1 if chairs == 1 else None)
    if wanted == "all":
        return tuple(range(1, chairs + 1))
    listed = wanted if isinstance(wanted, list) else [wanted]
    for chair in listed:
        if isinstance(chair, bool) or not isinstance(chair, int) or not 1 <= chair <= chairs:
            raise ScenarioError(f'{where}: chair {chair!r} is not in the script; say 1 to {chairs}, a list, or "all"')
    return tuple(listed)


def _known(row: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    allowed = tuple(dict.fromkeys(allowed))
    for key in row:
        if key not in allowed:
            raise ScenarioError(f"{where}: {key!r} is unknown here; allowed are {', '.join(allowed)}")


def _tables(table: Mapping[str, Any], key: str, file: str) -> list[Mapping[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ScenarioError(f"{file}: {key!r} must be written as [[{key}]] tables")
    return rows


def _number(row: Mapping[str, Any], key: str, where: str, low: float, high: float, default: float) -> float:
    if key not in row:
        return default
    value = row[key]
    if not isinstance(value, int | float) or not low <= value <= high:
        raise ScenarioError(f"{where}: {key} = {value!r} is not a number from {low:g} to {high:g}")
    return float(value)


def _text(row: Mapping[str, Any], key: str, where: str, default: str) -> str:
    return str(_typed(row.get(key, default), str, f"{where}: {key}"))


def _typed(value: object, kind: type, where: str) -> str | float:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    raise ScenarioError(f"{where} = {value!r} should be {'a number' if kind is float else 'text'}")
