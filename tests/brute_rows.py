"""Thresholds, oxygen and cuff pressures of one patient, looked at instant by instant, from the tables of ALARMS 7, 8 and 10.

Typed in by hand and sharing no line with the engine; brute_recorded.py hands in what a recorded session holds. `look` is
called at every instant at which anything can change, before and after what comes in at it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from drivers.samples import Parameter
from tests.brute_force import Rule

S = 1_000_000
LOW, MEDIUM, HIGH = 1, 2, 3
PRIORITIES = {
    "HR_HIGH": MEDIUM, "EXTREME_TACHY": HIGH, "HR_LOW": MEDIUM, "EXTREME_BRADY": HIGH, "SPO2_DESAT": HIGH,
    "RR_LOW": MEDIUM, "RR_HIGH": MEDIUM, "HR_SUSTAINED": MEDIUM, "TEMP_HIGH": LOW, "TEMP_LOW": LOW,
}  # fmt: skip


@dataclass(frozen=True)
class Stay:
    """One occurrence. priority: the highest it had. ended_us None while it lasts."""

    row: str
    raised_us: int
    priority: int
    ended_us: int | None = None
    reason: str = ""

    def __lt__(self, other: Stay) -> bool:
        return (self.row, self.raised_us) < (other.row, other.raised_us)


@dataclass
class _Kept:
    """What every row keeps."""

    name: str
    raised_us: int | None = None
    priority: int = 0
    stays: list[Stay] = field(default_factory=list)

    def begin(self, at_us: int, priority: int) -> None:
        if self.raised_us is None:
            self.raised_us, self.priority = at_us, priority
        self.priority = max(self.priority, priority)

    def end(self, at_us: int, reason: str) -> None:
        if self.raised_us is not None:
            self.stays.append(Stay(self.name, self.raised_us, self.priority, at_us, reason))
        self.raised_us = None

    def all(self) -> list[Stay]:
        """Those that ended, and the one that lasts."""
        lasts = [Stay(self.name, self.raised_us, self.priority)] if self.raised_us is not None else []
        return [*self.stays, *lasts]


def _beyond(upper: bool, value: float, limit: float) -> bool:
    return value > limit if upper else value < limit


def _inside_by(upper: bool, value: float, limit: float, by: float) -> bool:
    return value <= limit - by if upper else value >= limit + by


# ---------------------------------------------------------------- plain numbers


class Threshold:
    """One row with a limit, an onset delay, a hysteresis and a clear time."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.kept = _Kept(rule.row)
        self.since: int | None = None
        self.back: int | None = None
        self.limit: float | None = None
        self.of: Parameter = rule.of
        self.episodes = 0

    @property
    def raised_us(self) -> int | None:
        """When the occurrence that lasts began."""
        return self.kept.raised_us

    def out(self, now_us: int, reason: str) -> None:
        """The row does not exist now."""
        self.kept.end(now_us, reason)
        self.since = self.back = None

    def look(
        self, now_us: int, value: float | None, of: Parameter, armed: bool, limit: float, phase_moved: bool,
        found: bool, waits: bool = False,
    ) -> None:  # fmt: skip
        """found: the beats themselves say so. waits: a breach counts on, and is not raised meanwhile."""
        rule = self.rule
        limit_moved, self.limit = self.limit is not None and limit != self.limit, limit
        breach = found or (value is not None and _beyond(rule.upper, value, limit))
        if self.raised_us is not None:
            self._lasts(now_us, value, of, breach, limit, limit_moved, phase_moved)
        elif not breach or not (armed or found):
            self.since = None
        else:
            if self.since is None:
                self.since, self.episodes = now_us, self.episodes + 1
            if (found or now_us - self.since >= rule.delay_s * S) and not waits:
                self.kept.begin(now_us, PRIORITIES[rule.row])
                self.since, self.back, self.of = None, None, of

    def _lasts(
        self, now_us: int, value: float | None, of: Parameter, breach: bool, limit: float, limit_moved: bool,
        phase_moved: bool,
    ) -> None:  # fmt: skip
        if breach:
            self.back, self.of = None, of
        elif value is None or of is not self.of:
            self.kept.end(now_us, "no_data")
        elif limit_moved:
            self.kept.end(now_us, "phase_changed" if phase_moved else "limit_changed")
        elif not _inside_by(self.rule.upper, value, limit, self.rule.hysteresis):
            self.back = None
        else:
            self.back = now_us if self.back is None else self.back
            if now_us - self.back >= self.rule.clear_s * S:
                self.kept.end(now_us, "cleared")

    def all(self) -> list[Stay]:
        """Every occurrence."""
        return self.kept.all()


# ---------------------------------------------------------------- oxygen


class Oxygen:
    """SPO2_LOW by time, dose and dips, and SPO2_FALL. Dose in points x seconds, over stretches of one value."""

    def __init__(self) -> None:
        self.low, self.fall = _Kept("SPO2_LOW"), _Kept("SPO2_FALL")
        self.episodes = 0
        self._value: float | None = None
        self._limit: float | None = None
        self._at_us = 0
        self._dose = 0.0
        self._empty_us: int | None = None
        self._since: int | None = None
        self._back: int | None = None
        self._fall_back: int | None = None
        self._dipping = False
        self._dips: list[int] = []
        self._heard: list[tuple[int, float]] = []
        self._lowest, self._lowest_us = 0.0, 0

    def out(self, now_us: int, reason: str) -> None:
        """Nobody is watched."""
        self.low.end(now_us, reason)
        self.fall.end(now_us, reason)
        self._since = self._back = self._fall_back = None

    def look(
        self,
        now_us: int,
        value: float | None,
        off: bool,
        armed: bool,
        limit: float | None,
        phase_moved: bool,
        away: bool,
    ) -> None:
        """off: the probe is off or unplugged."""
        self._time(now_us, away)
        limit_moved = self._limit is not None and limit != self._limit
        self._hear(now_us, value, off)
        self._value, self._limit = value, limit
        self._dip(now_us)
        if away:
            return self.out(now_us, "disarmed")
        below = value is not None and limit is not None and value < limit
        self._judge_low(now_us, below, armed, limit_moved, phase_moved)
        self._judge_fall(now_us, below, armed)
        return None

    def _time(self, now_us: int, away: bool) -> None:
        """From the look before until now value and limit held: what was reached within is told with its time."""
        if self._since is not None and not away and self.low.raised_us is None:
            reached = self._reaches_us(50)
            due = min(self._since + 15 * S, reached if reached is not None else now_us + 1)
            if due <= now_us:
                self.low.begin(max(due, self._since), MEDIUM)
        breach = self._value is not None and self._limit is not None and self._value < self._limit
        high = self._reaches_us(300)
        if self.low.raised_us is not None and breach and high is not None and high <= now_us:
            self.low.priority = HIGH
        if self._value is None:
            if self._empty_us is not None and now_us - self._empty_us >= 5 * S:
                self._dose = 0.0
        elif self._limit is not None:
            self._dose = max(0.0, self._dose + self._slope() * (now_us - self._at_us) / S)
        self._at_us = now_us

    def _slope(self) -> float:
        depth = (self._limit or 0.0) - (self._value or 0.0)
        return depth if depth > 0 else -max(1.0, -depth)

    def _reaches_us(self, dose: float) -> int | None:
        if self._dose >= dose:
            return self._at_us
        if self._value is None or self._limit is None or self._value >= self._limit:
            return None
        return self._at_us + math.ceil((dose - self._dose) / (self._limit - self._value) * S)

    def _hear(self, now_us: int, value: float | None, off: bool) -> None:
        if off:
            self._heard = []
        if value is None:
            self._empty_us = now_us if self._empty_us is None else self._empty_us
            return
        if self._empty_us is not None and now_us - self._empty_us > 10 * S:
            self._heard = []
        self._empty_us = None
        if not self._heard or self._heard[-1][1] != value:
            self._heard.append((now_us, value))

    def _dip(self, now_us: int) -> None:
        if self._value is None or self._limit is None:
            return
        if self._value < self._limit and not self._dipping:
            self._dipping, self._dips = True, [*self._dips[-2:], now_us]
        elif self._value >= self._limit + 1:
            self._dipping = False

    def _judge_low(self, now_us: int, below: bool, armed: bool, limit_moved: bool, phase_moved: bool) -> None:
        value, limit = self._value, self._limit
        if self.low.raised_us is not None:
            if value is None or limit is None:
                self.low.end(now_us, "no_data")
            elif below:
                self._back = None
            elif limit_moved:
                self.low.end(now_us, "phase_changed" if phase_moved else "limit_changed")
            elif value < limit + 1:
                self._back = None
            else:
                self._back = now_us if self._back is None else self._back
                if now_us - self._back >= 5 * S:
                    self.low.end(now_us, "cleared")
            self._since = None
        elif not (below and armed):
            self._since = None
        else:
            if self._since is None:
                self._since, self.episodes = now_us, self.episodes + 1
            third = self._dipping and len(self._dips) == 3 and self._dips[2] - self._dips[0] <= 60 * S
            if third or self._dose >= 50 or now_us - self._since >= 15 * S:
                self.low.begin(now_us, MEDIUM)
                self._back = None
        if self.low.raised_us is not None and below and self._dose >= 300:
            self.low.priority = HIGH

    def _judge_fall(self, now_us: int, below: bool, armed: bool) -> None:
        value = self._value
        if self.fall.raised_us is None:
            highest = max((v for v, ends in self._stretches(now_us) if ends >= now_us - 60 * S), default=None)
            if below and armed and value is not None and highest is not None and highest - value >= 10:
                self.fall.begin(now_us, HIGH)
                self._lowest, self._lowest_us, self._fall_back = value, now_us, None
            return
        if value is None:
            self.fall.end(now_us, "no_data")
            return
        if value < self._lowest:
            self._lowest, self._lowest_us = value, now_us
        if value < self._lowest + 4:
            self._fall_back = None
            return
        self._fall_back = now_us if self._fall_back is None else self._fall_back
        if now_us - self._fall_back >= 10 * S:
            self.fall.end(now_us, "cleared")
            self._heard = [one for one in self._heard if one[0] >= self._lowest_us] or self._heard[-1:]

    def _stretches(self, now_us: int) -> list[tuple[float, int]]:
        """Each value with the time until which it held."""
        ends = [*(start for start, _ in self._heard[1:]), now_us][: len(self._heard)]
        return [(value, end) for (_, value), end in zip(self._heard, ends, strict=True)]

    def all(self) -> list[Stay]:
        """Every occurrence."""
        return [*self.low.all(), *self.fall.all()]


# ---------------------------------------------------------------- the cuff

PRESSURES: dict[str, tuple[str, bool, float, int]] = {
    "NIBP_S_HIGH": ("systolic", True, 5, MEDIUM), "NIBP_D_HIGH": ("diastolic", True, 5, MEDIUM),
    "NIBP_M_HIGH": ("mean", True, 3, MEDIUM), "NIBP_S_LOW": ("systolic", False, 5, MEDIUM),
    "NIBP_M_LOW": ("mean", False, 3, MEDIUM), "NIBP_D_LOW": ("diastolic", False, 5, LOW),
}  # fmt: skip
"""Which pressure, upper, how far back counts, and the priority."""
EXTREMES = {
    "NIBP_S_XHIGH": ("systolic", True), "NIBP_D_XHIGH": ("diastolic", True), "NIBP_S_XLOW": ("systolic", False),
}  # fmt: skip


@dataclass
class _Repeat:
    """IDLE, PENDING, or sure, for one direction."""

    rows: tuple[str, ...]
    state: str = "idle"
    first_us: int = 0

    def reads(self, reading: Any, limits: dict[str, float], now_us: int) -> None:
        out = [self._out(row, reading, limits, f"{row}_ONCE") for row in self.rows]
        beyond = [self._out(row, reading, limits, row) for row in self.rows]
        if any(out):
            self.state = "sure"
        elif any(beyond):
            self.state, self.first_us = ("pending", now_us) if self.state == "idle" else ("sure", self.first_us)
        elif self.state == "pending" or all(self._is_back(row, reading, limits) for row in self.rows):
            self.state = "idle"

    def waits(self, failures: int, now_us: int) -> None:
        if self.state == "pending" and (failures >= 2 or now_us - self.first_us >= 180 * S):
            self.state = "sure"

    @staticmethod
    def _out(row: str, reading: Any, limits: dict[str, float], limit: str) -> bool:
        of, upper = EXTREMES[row]
        value = getattr(reading, of)
        return value is not None and limit in limits and _beyond(upper, value, limits[limit])

    @staticmethod
    def _is_back(row: str, reading: Any, limits: dict[str, float]) -> bool:
        of, upper = EXTREMES[row]
        value = getattr(reading, of)
        return value is None or row not in limits or _inside_by(upper, value, limits[row], 5)


class Pressures:
    """All rows of the cuff. failures: determinations in a row without a reading. baseline: for the rise."""

    def __init__(self) -> None:
        self.rows = {name: _Kept(name) for name in (*PRESSURES, *EXTREMES, "NIBP_RISE")}
        self.failures = 0
        self.baseline: Any = None
        self.episodes = 0
        self._reading: Any = None
        self._fresh: list[Any] = []
        self._repeats = (_Repeat(("NIBP_S_XHIGH", "NIBP_D_XHIGH")), _Repeat(("NIBP_S_XLOW",)))
        self._limits: dict[str, float] = {}
        self._above = self._below = 0
        self._away = False

    def reads(self, reading: Any, now_us: int) -> None:
        """A determination has a reading."""
        self._fresh.append(reading)
        self.failures = 0

    def out(self, now_us: int, reason: str) -> None:
        """Nobody is watched."""
        for row in self.rows.values():
            row.end(now_us, reason)

    def look(self, now_us: int, limits: dict[str, float], phase_moved: bool, away: bool) -> None:
        """Judge what has come since the look before, and what stands."""
        if self._reading is not None and now_us - self._reading.measured_us >= 3600 * S and not self._fresh:
            self._reading = None
            self.out(now_us, "no_data")
        for reading in self._fresh:
            self._reading = reading
            self._judge(now_us, limits, phase_moved, away, fresh=True)
        self._fresh = []
        back, self._away = self._away and not away, away
        self._judge(now_us, limits, phase_moved, away, fresh=False, again=back)

    def _judge(
        self, now_us: int, limits: dict[str, float], phase_moved: bool, away: bool, fresh: bool, again: bool = False
    ) -> None:
        """again: the patient is back from an absence, and the newest reading is judged once more."""
        for repeat in self._repeats:
            if fresh:
                repeat.reads(self._reading, limits, now_us)
            repeat.waits(self.failures, now_us)
        if fresh:
            self._count_rise()
        if away:
            self.out(now_us, "disarmed")
        elif self._reading is not None:
            judged = fresh or again
            out = [self._plain(name, now_us, limits, phase_moved, judged) for name in PRESSURES]
            out += [self._extreme(name, now_us, limits, phase_moved, judged) for name in EXTREMES]
            self._rise(now_us, judged)
            self.episodes += fresh and any(out)
        self._limits = limits

    def _count_rise(self) -> None:
        base, reading = self.baseline, self._reading
        risen = base is not None and reading.systolic is not None and reading.systolic - base.systolic >= 40
        both = base is not None and reading.diastolic is not None and base.diastolic is not None
        risen = risen or (both and reading.diastolic - base.diastolic >= 25)
        self._above, self._below = (self._above + 1, 0) if risen else (0, self._below + 1)

    def _rise(self, now_us: int, fresh: bool) -> None:
        row = self.rows["NIBP_RISE"]
        if self.baseline is None:
            return
        if self._above >= 2 and fresh:
            row.begin(now_us, LOW)
        elif self._below >= 2:
            row.end(now_us, "cleared")

    def _plain(self, name: str, now_us: int, limits: dict[str, float], phase_moved: bool, fresh: bool) -> bool:
        of, upper, hysteresis, priority = PRESSURES[name]
        row, limit, value = self.rows[name], limits.get(name), getattr(self._reading, of)
        if limit is None:
            row.end(now_us, "phase_changed" if phase_moved else "disarmed")
            return False
        if value is None:
            return False
        if _beyond(upper, value, limit):
            if fresh:
                row.begin(now_us, priority)
            return True
        if self._limits.get(name, limit) != limit:
            row.end(now_us, "phase_changed" if phase_moved else "limit_changed")
        elif _inside_by(upper, value, limit, hysteresis):
            row.end(now_us, "cleared")
        return False

    def _extreme(self, name: str, now_us: int, limits: dict[str, float], phase_moved: bool, fresh: bool) -> bool:
        of, upper = EXTREMES[name]
        row, limit, value = self.rows[name], limits[name], getattr(self._reading, of)
        sure = next(repeat for repeat in self._repeats if name in repeat.rows).state == "sure"
        if value is None:
            return False
        if _beyond(upper, value, limit) or _beyond(upper, value, limits.get(f"{name}_ONCE", limit)):
            if fresh or row.raised_us is not None:
                row.begin(now_us, HIGH if sure else MEDIUM)
            return True
        if row.raised_us is None:
            return False
        if self._limits.get(name, limit) != limit:
            row.end(now_us, "phase_changed" if phase_moved else "limit_changed")
        elif row.priority < HIGH and fresh:
            row.end(now_us, "refuted")
        elif _inside_by(upper, value, limit, 5):
            row.end(now_us, "cleared")
        return False

    def all(self) -> list[Stay]:
        """Every occurrence."""
        return [stay for row in self.rows.values() for stay in row.all()]
