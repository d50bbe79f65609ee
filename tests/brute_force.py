"""Alarms by brute force, from the table alone: every tenth of a second is looked at, nothing is computed ahead.

Shares no line with the engine but the words of its rows and limits. Both get the same samples, gaps and changes of
limits; every stay beyond a limit, however short, is an episode. Here the plain thresholds; the dose and the fall are in
brute_oxygen.py, cuff pressures in brute_pressure.py. `python -m tests.brute_force 1000000` runs a million episodes, with a
story of each kind for every seed, and prints what differs; `--seeds 0:500 --keep FILE` runs a part and goes on where it was
broken off, `--sum FILE FILE ...` adds finished parts up. `--recorded` judges recorded sessions (brute_sources.py).
"""

from __future__ import annotations

import argparse
import json
import operator
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.samples import Origin, Parameter, Validity
from monitor_app.alarms import CATALOGUE, AlarmSystem
from monitor_app.bench import campaign
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmEnded, AlarmRaised, Payload
from monitor_app.core.facts import ChairFacts, Link, Value
from monitor_app.core.limits import Limit, LimitOrigin, Side
from monitor_app.core.phases import LimitPhase, Phase
from tests import brute_oxygen, brute_pressure
from tests.brute_unlike import unlike

TICK_US = 100_000
S = 10
"""Ticks of a second."""

BLANK = 5 * S
ARMS_AFTER = 10 * S
LENGTH = 400 * S


@dataclass(frozen=True)
class Rule:
    """One line of ALARMS 7 and 10, typed in by hand: limits to try, delay and clear time in s, hysteresis."""

    row: str
    of: Parameter
    upper: bool
    limits: tuple[float, ...]
    delay_s: int
    clear_s: int
    hysteresis: float


RULES = (
    Rule("HR_HIGH", Parameter.HR, True, (110, 130, 120), 3, 5, 3),
    Rule("EXTREME_TACHY", Parameter.HR, True, (130, 140), 3, 5, 5),
    Rule("HR_LOW", Parameter.HR, False, (50, 45), 3, 5, 2),
    Rule("EXTREME_BRADY", Parameter.HR, False, (40, 35), 3, 5, 3),
    Rule("SPO2_DESAT", Parameter.SPO2, False, (85, 88), 3, 5, 2),
    Rule("RR_LOW", Parameter.RESP_RATE, False, (8, 6), 15, 10, 1),
    Rule("RR_HIGH", Parameter.RESP_RATE, True, (30, 35), 15, 10, 1),
    Rule("HR_SUSTAINED", Parameter.HR, True, (120, 115), 300, 30, 5),
    Rule("TEMP_HIGH", Parameter.TEMPERATURE, True, (38.5, 38.0), 60, 60, 0.2),
    Rule("TEMP_LOW", Parameter.TEMPERATURE, False, (35.5, 36.0), 60, 60, 0.2),
)
PARAMETERS = (Parameter.HR, Parameter.SPO2, Parameter.RESP_RATE, Parameter.TEMPERATURE)


@dataclass(frozen=True)
class Story:
    """What happens: at a tick a number or None (no number any more) of a vital sign; at a tick a new limit of a row."""

    numbers: dict[int, dict[Parameter, float | None]]
    limits: dict[int, dict[str, float]]


@dataclass(frozen=True, order=True)
class Stay:
    """One occurrence, by ticks; ended None while it lasts."""

    row: str
    raised: int
    ended: int | None
    reason: str


# ---------------------------------------------------------------- what happens


def story(chance: random.Random) -> Story:
    """Numbers that cling to the limits: on them, a hair beyond, inside the hysteresis, back, gone, late, too late."""
    numbers: dict[int, dict[Parameter, float | None]] = {}
    limits: dict[int, dict[str, float]] = {0: {rule.row: rule.limits[0] for rule in RULES}}
    for parameter in PARAMETERS:
        tempting = sorted({value for rule in RULES if rule.of is parameter for value in _tempting(rule)})
        at, value = chance.randint(1, 3 * S), chance.choice(tempting)
        pace = chance.choice((2, 10, 10, 25))
        while at < LENGTH:
            if chance.random() < chance.choice((0.1, 0.6)):
                value = chance.choice(tempting)
            gone = chance.random() < 0.01
            numbers.setdefault(at, {})[parameter] = None if gone else value
            at += (
                chance.choice((45, 49, 50, 51, 70)) if chance.random() < 0.02 else max(1, pace + chance.randint(-1, 1))
            )
    for _ in range(chance.choice((0, 0, 1, 4))):
        rule = chance.choice(RULES)
        limits.setdefault(chance.randint(1, LENGTH), {})[rule.row] = chance.choice(rule.limits)
    return Story(numbers, limits)


def _tempting(rule: Rule) -> list[float]:
    out = 1 if rule.upper else -1
    steps = (-3 * rule.hysteresis, -rule.hysteresis - 0.5, -rule.hysteresis, -rule.hysteresis + 0.5, -0.5, 0, 0.5, 2)
    return [limit + out * step for limit in rule.limits for step in steps]


# ---------------------------------------------------------------- by the table


class _Looking:
    """One row, looked at tick by tick."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.beyond: int | None = None
        self.back: int | None = None
        self.raised: int | None = None
        self.limit: float | None = None
        self.episodes = 0
        self.stays: list[Stay] = []

    def look(self, tick: int, value: float | None, armed: bool, limit: float) -> None:
        moved, self.limit = self.limit is not None and limit != self.limit, limit
        violates = value is not None and (value > limit if self.rule.upper else value < limit)
        if self.raised is not None:
            self._present(tick, value, violates, limit, moved)
        elif not (violates and armed):
            self.beyond = None
        else:
            if self.beyond is None:
                self.beyond, self.episodes = tick, self.episodes + 1
            if tick - self.beyond >= self.rule.delay_s * S:
                self.raised, self.beyond, self.back = tick, None, None

    def _present(self, tick: int, value: float | None, violates: bool, limit: float, moved: bool) -> None:
        if value is None:
            self._end(tick, "no_data")
        elif violates:
            self.back = None
        elif moved:
            self._end(tick, "limit_changed")
        elif (limit - value if self.rule.upper else value - limit) < self.rule.hysteresis:
            self.back = None
        else:
            self.back = tick if self.back is None else self.back
            if tick - self.back >= self.rule.clear_s * S:
                self._end(tick, "cleared")

    def _end(self, tick: int, reason: str) -> None:
        assert self.raised is not None
        self.stays.append(Stay(self.rule.row, self.raised, tick, reason))
        self.raised = self.beyond = self.back = None


def by_table(of: Story) -> tuple[list[Stay], int]:
    """Every occurrence, and how many episodes there were."""
    rows = [_Looking(rule) for rule in RULES]
    limits: dict[str, float] = {}
    held: dict[Parameter, tuple[float, int]] = {}
    since: dict[Parameter, int] = {}
    armed: set[Parameter] = set()
    for tick in range(LENGTH + 1):
        limits.update(of.limits.get(tick, {}))
        for parameter in [
            p for p, (_, at) in held.items() if tick - at >= BLANK
        ]:  # values expire before samples are taken
            del held[parameter], since[parameter]
        for parameter, value in of.numbers.get(tick, {}).items():
            if value is None:
                held.pop(parameter, None)
            else:
                held[parameter] = (value, tick)
        for parameter in PARAMETERS:
            if parameter not in held:
                since.pop(parameter, None)
            elif tick - since.setdefault(parameter, tick) >= ARMS_AFTER:
                armed.add(parameter)
        for row in rows:
            number = held.get(row.rule.of)
            row.look(tick, number[0] if number is not None else None, row.rule.of in armed, limits[row.rule.row])
    open_ones = [Stay(row.rule.row, row.raised, None, "") for row in rows if row.raised is not None]
    return sorted([*(s for row in rows for s in row.stays), *open_ones], key=str), sum(row.episodes for row in rows)


# ---------------------------------------------------------------- by the engine

_NAMES = {rule.row for rule in RULES}
_ROWS = tuple(row for row in CATALOGUE if row.id in _NAMES)
_SIDE = {rule.row: Side.UPPER if rule.upper else Side.LOWER for rule in RULES}


class _Engine:
    """The alarm system with the facts that the station would hand it, and everything that it says."""

    def __init__(self) -> None:
        self.system = AlarmSystem(_ROWS)
        self.facts = _facts({}, {})
        self.raised: dict[int, tuple[str, int]] = {}
        self.stays: list[Stay] = []

    def until(self, tick: int) -> None:
        """Serve every deadline before this moment, each at its own time."""
        at_us = tick * TICK_US
        while (due := self.system.next_deadline_us()) is not None and due < at_us:
            self.system.advance(due)
            if 1 in self.system.due(due):
                self.judge(due)

    def judge(self, at_us: int) -> None:
        """One look."""
        for payload in self.system.evaluate(self.facts, at_us):
            self.heard(payload, at_us)

    def heard(self, payload: Payload, at_us: int) -> None:
        """Keep what begins and ends."""
        if isinstance(payload, AlarmRaised):
            self.raised[payload.occurrence] = (payload.row, _tick(at_us))
        elif isinstance(payload, AlarmEnded):
            row, at = self.raised.pop(payload.occurrence)
            self.stays.append(Stay(row, at, _tick(at_us), payload.reason))


_LINKS = (Link("d", LinkState.LIVE, 0),)


def _facts(values: dict[Parameter, Value], limits: dict[str, Limit]) -> ChairFacts:
    return ChairFacts(
        1, "s", Phase.INFUSION, LimitPhase.INF, 0, 0, Origin.SIMULATED, links=_LINKS, values=values, limits=limits
    )


def _tick(at_us: int) -> int:
    return at_us // TICK_US if at_us % TICK_US == 0 else -at_us  # a time off the grid can equal none of the table


def by_engine(of: Story) -> list[Stay]:
    """Every occurrence, from the live code."""
    engine = _Engine()
    values: dict[Parameter, Value] = {}
    limits: dict[str, Limit] = {}
    for tick in sorted({*of.numbers, *of.limits, *_expiries(of), LENGTH}):
        if tick > LENGTH:
            break
        engine.until(tick)
        at_us = tick * TICK_US
        limits.update({row: Limit(v, LimitOrigin.EDITED, _SIDE[row]) for row, v in of.limits.get(tick, {}).items()})
        for parameter, held in values.items():
            if held.value is not None and at_us - held.at_us >= BLANK * TICK_US:
                values[parameter] = Value(None, Validity.NOT_MEASURED, at_us, expired=True)
        for parameter, number in of.numbers.get(tick, {}).items():
            before = values.get(parameter)
            if number is None:
                values[parameter] = Value(None, Validity.DISTURBED, at_us)
            else:
                since = before.valid_since_us if before is not None and before.value is not None else at_us
                values[parameter] = Value(number, Validity.VALID, at_us, valid_since_us=since)
        engine.facts = _facts(dict(values), dict(limits))
        engine.system.advance(at_us)
        engine.judge(at_us)
    open_ones = [Stay(row, at, None, "") for row, at in engine.raised.values()]
    return sorted([*engine.stays, *open_ones], key=str)


def _expiries(of: Story) -> set[int]:
    """When a number blanks, because no newer one has come: the station looks then."""
    blanks: set[int] = set()
    for parameter in PARAMETERS:
        ticks = sorted(tick for tick, said in of.numbers.items() if parameter in said)
        blanks |= {
            one + BLANK for one, other in zip(ticks, [*ticks[1:], 2 * LENGTH], strict=True) if other - one >= BLANK
        }
    return blanks


# ---------------------------------------------------------------- both


@dataclass
class Count:
    """What was compared. occurrences: by the table. kinds: episodes of each kind of story."""

    episodes: int = 0
    occurrences: int = 0
    misses: int = 0
    extras: int = 0
    first: str = ""
    kinds: Counter[str] = field(default_factory=Counter)

    def add(
        self, what: str, episodes: int, occurrences: int, missed: Sequence[object], extra: Sequence[object]
    ) -> None:
        """One story; what: its kind and seed."""
        self.episodes, self.occurrences = self.episodes + episodes, self.occurrences + occurrences
        self.misses, self.extras = self.misses + len(missed), self.extras + len(extra)
        self.kinds[what.split()[0]] += episodes
        if (missed or extra) and not self.first:
            self.first = f"{what}: missed {missed[:3]}, extra {extra[:3]}"


def compared(seeds: Iterable[int], count: Count, kinds: Iterable[str] = ()) -> Count:
    """Run a story of each of these kinds (of all) for every seed both ways, and add to the count."""
    chosen = [KINDS[kind] for kind in kinds or KINDS]
    for seed in seeds:
        for both in chosen:
            both(seed, count)
    return count


def _thresholds(seed: int, count: Count) -> None:
    happens = story(random.Random(seed))
    table, episodes = by_table(happens)
    engine = by_engine(happens)
    missed, extra = [s for s in table if s not in engine], [s for s in engine if s not in table]
    count.add(f"thresholds {seed}", episodes, len(table), missed, extra)


def _oxygen(seed: int, count: Count) -> None:
    happens = brute_oxygen.story(random.Random(seed))
    table, episodes = brute_oxygen.by_table(happens)
    missed, extra = unlike(table, brute_oxygen.by_engine(happens), brute_oxygen.same)
    count.add(f"oxygen {seed}", episodes, len(table), missed, extra)


def _pressure(seed: int, count: Count) -> None:
    happens = brute_pressure.story(random.Random(seed))
    table, episodes = brute_pressure.by_table(happens)
    missed, extra = unlike(table, brute_pressure.by_engine(happens), operator.eq)
    count.add(f"pressure {seed}", episodes, len(table), missed, extra)


KINDS: dict[str, Callable[[int, Count], None]] = {
    "thresholds": _thresholds,
    "oxygen": _oxygen,
    "pressure": _pressure,
}


STEP = 20
"""Seeds between two lines of the campaign, and between two states of its file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The campaign: whole, or a part of it. Exit 1 when anything was missed or was too much."""
    parser = argparse.ArgumentParser(prog="python -m tests.brute_force", description=__doc__)
    parser.add_argument("episodes", type=int, nargs="?", default=1_000_000, help="at least so many, without --seeds")
    parser.add_argument("--seeds", metavar="FROM:TO", help="these seeds alone, TO exclusive")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="with --seeds: JSON of what is done; taken up again")
    parser.add_argument("--sum", type=Path, nargs="+", metavar="FILE", help="add finished parts up, run nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--recorded",
        nargs="*",
        metavar="SOURCE",
        help="recorded sessions instead (all, or of these sources; brute_sources.py)",
    )
    given = parser.parse_args(arguments)
    if given.recorded is not None:
        return _recorded(given.recorded)
    if given.sum:
        part = campaign.whole([campaign.read(path) for path in given.sum])
    elif given.seeds:
        first, after = map(int, given.seeds.split(":"))
        part = campaign.taken_up(given.keep, campaign.begun("brute force", first, after))
        part = campaign.run(part, given.keep, STEP, _stretch, _told)
    else:
        part = campaign.begun("brute force", 0, 0)
        while part["sums"].get("episodes", 0) < given.episodes:
            part["after"] += STEP
            campaign.run(part, None, STEP, _stretch, _told)
    sys.stdout.write((json.dumps(part) if given.json else _line(part)) + "\n")
    return int(bool(part["sums"]["misses"] or part["sums"]["extras"]))


def _recorded(names: Sequence[str]) -> int:
    from tests.brute_sources import compared as on_recorded  # needs the whole house

    found = on_recorded(names)
    for name, one in found.items():
        sys.stdout.write(f"{name}: {one}\n")
    return int(any(one.misses or one.extras for one in found.values()))


def _stretch(seeds: range) -> dict[str, Any]:
    found = compared(seeds, Count())
    names = ("episodes", "occurrences", "misses", "extras", "first")
    return {name: getattr(found, name) for name in names} | {"kinds": dict(found.kinds)}


def _line(part: dict[str, Any]) -> str:
    sums = part["sums"]
    return (
        f"seeds {part['first']} to {part['next'] - 1}: {sums['episodes']} episodes {sums['kinds']}, {sums['occurrences']} "
        f"occurrences by the table; misses {sums['misses']}, extras {sums['extras']} {sums['first']}"
    )


def _told(part: dict[str, Any]) -> None:
    sys.stderr.write(_line(part) + "\n")


if __name__ == "__main__":
    sys.exit(main())
