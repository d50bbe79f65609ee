"""Cuff pressures by brute force (ALARMS 8.3 and 10.3): limits, confirm by repeat, no repeat, the rise above baseline.

Shares no line with the engine. Times are whole seconds; every second is looked at, nothing is computed ahead. A reading with
any pressure beyond any limit is an episode.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from drivers.samples import NibpReading, Origin, Validity
from monitor_app.alarms import CATALOGUE, AlarmSystem
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmEnded, AlarmEscalated, AlarmRaised
from monitor_app.core.facts import Baseline, ChairFacts, Cuff, Link
from monitor_app.core.limits import Limit, LimitOrigin, Side
from monitor_app.core.phases import LimitPhase, Phase

S = 1_000_000
LENGTH = 4 * 3600
EXPIRES = 3600
UNCONFIRMED = 180


@dataclass(frozen=True)
class Plain:
    """One plain row: which pressure, its limit, how far back counts, and its priority (1 LOW, 2 MEDIUM)."""

    row: str
    of: str
    upper: bool
    limit: float
    back: float
    priority: int


@dataclass(frozen=True)
class Extreme:
    """One row with a repeat: beyond `confirm` a repeat decides, beyond `once` none is asked for."""

    row: str
    of: str
    upper: bool
    confirm: float
    once: float


PLAIN = (
    Plain("NIBP_S_HIGH", "systolic", True, 160, 5, 2),
    Plain("NIBP_D_HIGH", "diastolic", True, 100, 5, 2),
    Plain("NIBP_M_HIGH", "mean", True, 115, 3, 2),
    Plain("NIBP_S_LOW", "systolic", False, 90, 5, 2),
    Plain("NIBP_M_LOW", "mean", False, 60, 3, 2),
    Plain("NIBP_D_LOW", "diastolic", False, 50, 5, 1),
)
HIGH = (Extreme("NIBP_S_XHIGH", "systolic", True, 180, 200), Extreme("NIBP_D_XHIGH", "diastolic", True, 110, 120))
LOW = (Extreme("NIBP_S_XLOW", "systolic", False, 90, 80),)
BASE = Baseline(124, 78, 93, 70, 97)
RISE_SYSTOLIC, RISE_DIASTOLIC = 40, 25
NAMES = {rule.row for rule in (*PLAIN, *HIGH, *LOW)} | {"NIBP_RISE"}

Pressures = dict[str, float]


@dataclass(frozen=True)
class Story:
    """By second: a reading, or None for a determination that failed."""

    readings: dict[int, Pressures | None]


@dataclass(frozen=True, order=True)
class Stay:
    """One occurrence, in seconds. priorities: (since, which), from the raise on."""

    row: str
    raised: int
    priorities: tuple[tuple[int, int], ...]
    ended: int | None = None
    reason: str = ""


def story(chance: random.Random) -> Story:
    """Readings that cling to the limits, repeats after a minute, failures, and now and then an hour of silence."""
    readings: dict[int, Pressures | None] = {}
    at = chance.randint(1, 60)
    failing = 0
    while at < LENGTH:
        readings[at] = None if failing else _reading(chance)
        failing = failing - 1 if failing else chance.choice((0, 0, 0, 0, 1, 2, 3))
        at += chance.choice((31, 45, 60) if failing else (31, 60, 60, 61, 179, 180, 181, 300, 600, 900))
        if chance.random() < 0.02:
            at += chance.choice((3300, 3599, 3600, 3700))
    return Story(readings)


def _reading(chance: random.Random) -> Pressures:
    edge = {
        "systolic": (80, 90, 95, 160, 155, 164, 175, 180, 200),
        "diastolic": (45, 50, 55, 78, 95, 100, 103, 105, 110, 120),
        "mean": (57, 60, 63, 90, 112, 115, 118),
    }
    found = {name: chance.choice(at) + chance.choice((-1, 0, 0, 1)) for name, at in edge.items()}
    if chance.random() < 0.3:
        found |= {"systolic": 124.0, "diastolic": 78.0, "mean": 93.0}
    found["diastolic"] = min(found["diastolic"], found["systolic"] - 10)
    found["mean"] = min(max(found["mean"], found["diastolic"]), found["systolic"])
    return {name: float(value) for name, value in found.items()}


# ---------------------------------------------------------------- by the table


@dataclass
class _Machine:
    """PENDING, CONFIRMED (also by one reading beyond `once`), UNCONFIRMED or IDLE, for one direction."""

    rows: tuple[Extreme, ...]
    state: str = "idle"
    first: int = 0
    failures: int = 0

    def reads(self, at: int, reading: Pressures) -> None:
        self.failures = 0
        if any(_beyond(r.upper, reading[r.of], r.once) for r in self.rows):
            self.state = "confirmed"
        elif any(_beyond(r.upper, reading[r.of], r.confirm) for r in self.rows):
            self.state, self.first = ("pending", at) if self.state == "idle" else ("confirmed", self.first)
        elif self.state == "pending" or all(_back(r.upper, reading[r.of], r.confirm, 5) for r in self.rows):
            self.state = "idle"

    def waits(self, at: int) -> None:
        if self.state == "pending" and (self.failures >= 2 or at - self.first >= UNCONFIRMED):
            self.state = "unconfirmed"

    @property
    def high(self) -> bool:
        return self.state in ("confirmed", "unconfirmed")


@dataclass
class _Row:
    name: str
    raised: int | None = None
    priorities: list[tuple[int, int]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    def begin(self, at: int, priority: int) -> None:
        if self.raised is None:
            self.raised, self.priorities = at, [(at, priority)]
        elif priority > self.priorities[-1][1]:
            self.priorities.append((at, priority))

    def end(self, at: int | None, reason: str) -> None:
        if self.raised is not None:
            self.stays.append(Stay(self.name, self.raised, tuple(self.priorities), at, reason))
        self.raised = None


def _beyond(upper: bool, value: float, limit: float) -> bool:
    return value > limit if upper else value < limit


def _back(upper: bool, value: float, limit: float, by: float) -> bool:
    return value <= limit - by if upper else value >= limit + by


def by_table(of: Story) -> tuple[list[Stay], int]:
    """Every occurrence, and how many readings were beyond any limit."""
    rows = {name: _Row(name) for name in NAMES}
    machines = (_Machine(HIGH), _Machine(LOW))
    last: int | None = None
    above = below = episodes = 0
    for at in range(LENGTH + 1):
        reading = of.readings.get(at)
        if last is not None and at - last >= EXPIRES and reading is None:
            last = None
            for row in rows.values():
                row.end(at, "no_data")
        if at in of.readings and reading is None:
            for machine in machines:
                machine.failures += 1
        if reading is not None:
            last = at
            for machine in machines:
                machine.reads(at, reading)
            out = [_plain(rows[rule.row], rule, at, reading) for rule in PLAIN]
            risen = reading["systolic"] - BASE.systolic >= RISE_SYSTOLIC
            risen = risen or reading["diastolic"] - (BASE.diastolic or 0) >= RISE_DIASTOLIC
            above, below = (above + 1, 0) if risen else (0, below + 1)
            if above >= 2:
                rows["NIBP_RISE"].begin(at, 1)
            elif below >= 2:
                rows["NIBP_RISE"].end(at, "cleared")
            out += [
                _extreme(rows[rule.row], rule, machine, at, reading) for machine in machines for rule in machine.rows
            ]
            episodes += any(out)
        for machine in machines:
            machine.waits(at)
            for rule in machine.rows if machine.high else ():
                row = rows[rule.row]
                newest = of.readings.get(last) if last is not None else None
                if row.raised is not None and newest is not None and _beyond(rule.upper, newest[rule.of], rule.confirm):
                    row.begin(at, 3)
    for row in rows.values():
        row.end(None, "")
    return sorted((stay for row in rows.values() for stay in row.stays), key=str), episodes


def _plain(row: _Row, rule: Plain, at: int, reading: Pressures) -> bool:
    value = reading[rule.of]
    out = _beyond(rule.upper, value, rule.limit)
    if out:
        row.begin(at, rule.priority)
    elif _back(rule.upper, value, rule.limit, rule.back):
        row.end(at, "cleared")
    return out


def _extreme(row: _Row, rule: Extreme, machine: _Machine, at: int, reading: Pressures) -> bool:
    value = reading[rule.of]
    out = _beyond(rule.upper, value, rule.confirm)
    if out:
        row.begin(at, 3 if machine.high else 2)
    elif row.raised is not None and row.priorities[-1][1] < 3:
        row.end(at, "refuted")
    elif _back(rule.upper, value, rule.confirm, 5):
        row.end(at, "cleared")
    return out


# ---------------------------------------------------------------- by the engine


def by_engine(of: Story) -> list[Stay]:
    """Every occurrence, from the live code, with the facts that the station would hand it."""
    system = AlarmSystem(tuple(row for row in CATALOGUE if row.id in NAMES))
    limits = {rule.row: _limit(rule.limit, rule.upper) for rule in PLAIN}
    for rule in (*HIGH, *LOW):
        limits[rule.row] = _limit(rule.confirm, rule.upper)
        limits[f"{rule.row}_ONCE"] = _limit(rule.once, rule.upper)
    facts = ChairFacts(
        1, "s", Phase.INFUSION, LimitPhase.INF, 0, 0, Origin.SIMULATED, links=(Link("d", LinkState.LIVE, 0),),
        limits=limits, baseline=BASE,
    )  # fmt: skip
    open_ones: dict[int, Stay] = {}
    done: list[Stay] = []

    def look(at_us: int) -> None:
        for p in system.evaluate(facts, at_us):
            at = at_us // S if at_us % S == 0 else -at_us
            if isinstance(p, AlarmRaised):
                open_ones[p.occurrence] = Stay(p.row, at, ((at, p.priority),))
            elif isinstance(p, AlarmEscalated):
                stay = open_ones[p.occurrence]
                same = stay.priorities[-1][0] == at
                kept = stay.priorities[:-1] if same else stay.priorities
                open_ones[p.occurrence] = replace(stay, priorities=(*kept, (at, p.target)))
            elif isinstance(p, AlarmEnded):
                done.append(replace(open_ones.pop(p.occurrence), ended=at, reason=p.reason))

    cuff = Cuff()
    for at in sorted({*of.readings, *(t + EXPIRES for t in of.readings if t + EXPIRES <= LENGTH), LENGTH}):
        while (due := system.next_deadline_us()) is not None and due < at * S:
            system.advance(due)
            if 1 in system.due(due):
                look(due)
        if at in of.readings:
            cuff = _after(cuff, at, of.readings[at])
        if cuff.measured_us is not None and at * S - cuff.measured_us >= EXPIRES * S:
            cuff = replace(cuff, reading=None, id=0, measured_us=None)
        facts = replace(facts, cuff=cuff)
        system.advance(at * S)
        look(at * S)
    return sorted([*done, *open_ones.values()], key=str)


def _after(cuff: Cuff, at: int, reading: Pressures | None) -> Cuff:
    if reading is None:
        return replace(cuff, failures=cuff.failures + 1, failure_reason="motion")
    said = NibpReading(at * S, at, reading["systolic"], reading["diastolic"], reading["mean"], 70.0, Validity.VALID)
    return Cuff(said, at, at * S, last_valid_us=at * S)


def _limit(value: float, upper: bool) -> Limit:
    return Limit(value, LimitOrigin.PROFILE, Side.UPPER if upper else Side.LOWER)
