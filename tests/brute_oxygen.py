"""Desaturation dose, dips and rapid fall by brute force (ALARMS 8.1 and 8.2): exact sums over tenths of a second.

Shares no line with the engine. Values and limits are kept in halves of a point, so that every sum is a whole number and a
crossing inside a tenth is an exact fraction of it. Times are compared to two microseconds: the engine's sums are floats.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction

from drivers.samples import Origin, Parameter, Validity
from monitor_app.alarms import CATALOGUE, AlarmSystem
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmEnded, AlarmEscalated, AlarmRaised, Payload
from monitor_app.core.facts import ChairFacts, Link, Value
from monitor_app.core.limits import Limit, LimitOrigin, Side
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.profile import AlarmPlan

TICK_US = 100_000
S = 10
BLANK, ARMS_AFTER, LENGTH = 5 * S, 10 * S, 400 * S
HALF = 2
"""Values are whole numbers of half points."""

Numbers = dict[int, int | None]


@dataclass(frozen=True, order=True)
class Stay:
    """One occurrence, in us. high_us: when it became HIGH, None for never. ended_us None while it lasts."""

    row: str
    raised_us: int
    high_us: int | None
    ended_us: int | None
    reason: str


@dataclass(frozen=True)
class Story:
    """Samples by tick in half points (None: no number any more), the limit, and what the site chose of the rules."""

    numbers: Numbers
    limit: int
    chosen: AlarmPlan


def story(chance: random.Random) -> Story:
    """Calm, flicker, dips, falls and gaps; three in four by the rules as they are shipped."""
    own = chance.random() < 0.25
    fall, dose = (chance.choice((8, 10)), chance.choice((0, 25, 50, 100))) if own else (10, 50)
    limit = chance.choice((90, 92, 88)) * HALF
    numbers: Numbers = {}
    at, value = chance.randint(1, 2 * S), 97 * HALF
    mood = "calm"
    while at < LENGTH:
        if chance.random() < 0.12:
            mood = chance.choice(("calm", "flicker", "dip", "deep", "mild", "fall"))
        if chance.random() < 0.5:
            value = _next(chance, mood, value, limit)
        numbers[at] = None if chance.random() < 0.01 else value
        at += chance.choice((45, 51, 70, 120)) if chance.random() < 0.02 else chance.choice((10, 10, 10, 7, 25))
    return Story(numbers, limit, AlarmPlan(fall, dose))


def _next(chance: random.Random, mood: str, value: int, limit: int) -> int:
    if mood == "flicker":
        return limit + chance.choice((-2, -1, 0, 1, 2, 3))
    if mood == "dip":
        return chance.choice((limit - chance.randint(1, 6), limit + chance.randint(1, 8)))
    if mood == "deep":
        return limit - chance.randint(2, 16)
    if mood == "mild":
        return limit - chance.randint(1, 3)
    if mood == "fall":
        return max(70 * HALF, value - chance.randint(0, 14))
    return chance.choice((97, 98, 98, 99)) * HALF


# ---------------------------------------------------------------- by the table


def _looks(numbers: Numbers) -> set[int]:
    """When the station judges a rule without delay: with every sample, and when one has grown too old."""
    ticks = sorted(numbers)
    old = {one + BLANK for one, other in zip(ticks, [*ticks[1:], 2 * LENGTH], strict=True) if other - one >= BLANK}
    return {*numbers, *(tick for tick in old if tick <= LENGTH), LENGTH}


class _Row:
    def __init__(self, name: str) -> None:
        self.name = name
        self.since: int | None = None
        self.back: int | None = None
        self.raised_us: int | None = None
        self.high_us: int | None = None
        self.stays: list[Stay] = []

    def end(self, at_us: int | None, reason: str) -> None:
        assert self.raised_us is not None
        self.stays.append(Stay(self.name, self.raised_us, self.high_us, at_us, reason))
        self.raised_us = self.high_us = self.back = self.since = None


def by_table(of: Story) -> tuple[list[Stay], int]:
    """Every occurrence, and how many stays below the limit there were."""
    numbers, limit = of.numbers, of.limit
    fallen, enough = round(of.chosen.spo2_fall) * HALF, round(of.chosen.spo2_dose) * HALF * S
    looks = _looks(numbers)
    low, fall = _Row("SPO2_LOW"), _Row("SPO2_FALL")
    dose = Fraction(0)  # half points x tenths of a second: 50 points x s are 1,000
    value: int | None = None
    at = empty = 0
    valid_since: int | None = None
    armed = dipping = False
    dips: list[int] = []
    heard: list[tuple[int, int, int]] = []  # (value, from, until) in ticks, for the fall
    lowest = lowest_at = 0
    episodes = 0
    for tick in range(LENGTH + 1):
        if value is not None and tick - at >= BLANK:
            value, empty = None, tick
        if value is None and tick - empty >= BLANK:
            dose = Fraction(0)  # also when a number comes in this very moment
        if tick in numbers:
            said = numbers[tick]
            if said is None and value is not None:
                empty = tick
            if said is not None and value is None and tick - empty > 10 * S:
                heard = []
            value, at = (said, tick) if said is not None else (None, at)
            if value is not None and heard and heard[-1][0] == value:
                heard[-1] = (value, heard[-1][1], tick)
            elif value is not None:
                heard.append((value, tick, tick))
        valid_since = None if value is None else (tick if valid_since is None else valid_since)
        armed = armed or (valid_since is not None and tick - valid_since >= ARMS_AFTER)
        below = value is not None and value < limit
        if below and not dipping:
            dipping, dips = True, [*dips[-2:], tick]
        elif value is not None and value >= limit + HALF:
            dipping = False
        third = dipping and len(dips) == 3 and dips[2] - dips[0] <= 60 * S
        episodes += below and armed and low.since is None and low.raised_us is None
        _low(low, tick, value, below and armed, limit, dose, third, enough)
        before = lowest if fall.raised_us is not None else None
        if tick in looks or (armed and valid_since is not None and tick - valid_since == ARMS_AFTER):
            high = max((v for v, _, _ in _within(heard, tick)), default=0)
            raises = armed and below and value is not None and high - value >= fallen
        else:
            raises = False
        lowest = _fall(fall, tick, value, raises, lowest)
        lowest_at = tick if fall.raised_us is not None and value == lowest and lowest != before else lowest_at
        if fall.stays and fall.stays[-1].ended_us == tick * TICK_US and fall.stays[-1].reason == "cleared":
            heard = [one for one in heard if one[1] >= lowest_at]  # one fall is one alarm: the next begins below here
        # the tenth of a second that follows
        if value is not None:
            depth = limit - value
            dose = max(Fraction(0), dose + (depth if depth > 0 else -max(HALF, -depth)))
    return sorted([*_all(low), *_all(fall)], key=str), episodes


def _within(heard: list[tuple[int, int, int]], tick: int) -> list[tuple[int, int, int]]:
    """Stretches of which something lies in the last minute; each lasts until the next begins."""
    return [one for place, one in enumerate(heard) if place + 1 == len(heard) or heard[place + 1][1] >= tick - 60 * S]


def _low(
    row: _Row, tick: int, value: int | None, breach: bool, limit: int, dose: Fraction, third: bool, enough: int
) -> None:
    """dose: at this tick; enough: of it ends the delay, 0: none does.

    What is reached inside the coming tenth is told with its exact time, as the value holds.
    """
    now_us = tick * TICK_US
    if row.raised_us is not None:
        if value is None:
            return row.end(now_us, "no_data")
        if breach or value < limit + HALF:
            row.back = None
        else:
            row.back = tick if row.back is None else row.back
            if tick - row.back >= 5 * S:
                return row.end(row.back * TICK_US + 5_000_000, "cleared")
    elif not breach:
        row.since = None
    else:
        row.since = tick if row.since is None else row.since
        due = [row.since * TICK_US + 15_000_000]
        due += [now_us] if third else []
        reached = _reaches(dose, Fraction(enough), value, limit, now_us) if enough else None
        due += [reached] if reached is not None else []
        if tick - row.since >= 15 * S or min(due) < now_us + TICK_US:
            row.raised_us = max(now_us, min(due))
    if row.raised_us is not None and breach and row.high_us is None:
        high = _reaches(dose, Fraction(6_000), value, limit, now_us)
        if high is not None and high < now_us + TICK_US:
            row.high_us = max(high, row.raised_us)
    return None


def _reaches(dose: Fraction, wanted: Fraction, value: int | None, limit: int, now_us: int) -> int | None:
    """When, at the present depth, counted from this tick."""
    if dose >= wanted:
        return now_us
    if value is None or value >= limit:
        return None
    tenths = (wanted - dose) / (limit - value)
    return now_us + -(-(tenths * TICK_US).numerator // (tenths * TICK_US).denominator)


def _fall(row: _Row, tick: int, value: int | None, raises: bool, lowest: int) -> int:
    now_us = tick * TICK_US
    if row.raised_us is None:
        if not raises or value is None:
            return lowest
        row.raised_us = row.high_us = now_us
        return value
    if value is None:
        row.end(now_us, "no_data")
        return lowest
    lowest = min(lowest, value)
    if value >= lowest + 4 * HALF:
        row.back = tick if row.back is None else row.back
        if tick - row.back >= 10 * S:
            row.end(row.back * TICK_US + 10_000_000, "cleared")
    else:
        row.back = None
    return lowest


def _all(row: _Row) -> list[Stay]:
    if row.raised_us is not None:
        row.end(None, "")
    end_us = LENGTH * TICK_US
    stays = [stay for stay in row.stays if stay.raised_us <= end_us]
    # what becomes HIGH a fraction of a tick after the end of the story was never looked at by the engine
    return [replace(stay, high_us=None) if (stay.high_us or 0) > end_us else stay for stay in stays]


# ---------------------------------------------------------------- by the engine


def by_engine(of: Story) -> list[Stay]:
    """Every occurrence, from the live code: a system of its own for each row, so that no row lends another its looks."""
    return sorted([stay for name in ("SPO2_LOW", "SPO2_FALL") for stay in _engine(of, name)], key=str)


def _engine(of: Story, name: str) -> list[Stay]:
    numbers, limit = of.numbers, of.limit
    system = AlarmSystem(tuple(row for row in CATALOGUE if row.id == name))
    links, limits = (Link("d", LinkState.LIVE, 0),), {"SPO2_LOW": Limit(limit / HALF, LimitOrigin.PROFILE, Side.LOWER)}

    def now(value: Value | None) -> ChairFacts:
        values = {Parameter.SPO2: value} if value is not None else {}
        inf = LimitPhase.INF
        return ChairFacts(
            1, "s", Phase.INFUSION, inf, 0, 0, Origin.SIMULATED, links=links, limits=limits, values=values,
            chosen=of.chosen,
        )  # fmt: skip

    facts = now(None)
    heard = _Heard()
    value: Value | None = None
    for tick in sorted(_looks(numbers)):
        at_us = tick * TICK_US
        while (due := system.next_deadline_us()) is not None and due < at_us:
            system.advance(due)
            if 1 in system.due(due):
                heard.take(system.evaluate(facts, due), due)
        if value is not None and value.value is not None and at_us - value.at_us >= BLANK * TICK_US:
            value = Value(None, Validity.NOT_MEASURED, at_us, expired=True)
        if tick in numbers:
            said = numbers[tick]
            if said is None:
                value = Value(None, Validity.DISTURBED, at_us)
            else:
                since = value.valid_since_us if value is not None and value.value is not None else at_us
                value = Value(said / HALF, Validity.VALID, at_us, valid_since_us=since)
        facts = now(value)
        system.advance(at_us)
        heard.take(system.evaluate(facts, at_us), at_us)
    return heard.all()


class _Heard:
    def __init__(self) -> None:
        self._open: dict[int, Stay] = {}
        self._done: list[Stay] = []

    def take(self, payloads: list[Payload], at_us: int) -> None:
        for payload in payloads:
            if isinstance(payload, AlarmRaised):
                high = at_us if payload.priority == 3 else None
                self._open[payload.occurrence] = Stay(payload.row, at_us, high, None, "")
            elif isinstance(payload, AlarmEscalated):
                self._open[payload.occurrence] = replace(self._open[payload.occurrence], high_us=at_us)
            elif isinstance(payload, AlarmEnded):
                stay = self._open.pop(payload.occurrence)
                self._done.append(replace(stay, ended_us=at_us, reason=payload.reason))

    def all(self) -> list[Stay]:
        return [*self._done, *self._open.values()]


# ---------------------------------------------------------------- both

ROUNDING_US = 2


def same(a: Stay, b: Stay) -> bool:
    """Whether table and engine mean the same stay; times may differ by rounding."""
    times = ((a.raised_us, b.raised_us), (a.high_us, b.high_us), (a.ended_us, b.ended_us))
    near = all((x is None) is (y is None) and abs((x or 0) - (y or 0)) <= ROUNDING_US for x, y in times)
    return (a.row, a.reason) == (b.row, b.reason) and near
