"""What is an alarm row, and what may a predicate see and answer? The shapes that catalogue and predicates share.

A row is data (ALARMS section 10.7); its `test` is a pure predicate that is given a `Watch` and answers with a `Verdict`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from drivers.samples import Parameter
from monitor_app.alarms.memory import ChairMemory
from monitor_app.core.facts import ChairFacts, StationFacts
from monitor_app.core.limits import Limit, Side
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import Kind, Priority


class Truth(StrEnum):
    """What holds now. held: neither beyond the limit nor back by the hysteresis. out: the row does not apply here."""

    OUT = "out"
    NO_DATA = "no_data"
    BACK = "back"
    HELD = "held"
    BREACH = "breach"


class Verdict(NamedTuple):
    """The answer of a predicate at one moment. A tuple, because a room makes hundreds of them a second.

    since_us: when the breach began. limit: by which was judged; shown: the limit to name, when another. bypass_us: when the
    onset delay ends early, by the rule named `bypass`. waits: the breach counts on and is not raised while this is so.
    rise_us: when the priority becomes `rise_to`. recheck_us: when time alone may change this answer. end_reason: why it
    ended, when not `cleared`. target_us: what a countdown runs to. detail: what the message has no room for.
    """

    truth: Truth
    value: float | None = None
    since_us: int | None = None
    limit: Limit | None = None
    shown: Limit | None = None
    parameter: str = ""
    priority: Priority | None = None
    words: str = ""
    bypass: str = ""
    bypass_us: int | None = None
    rise_us: int | None = None
    rise_to: Priority = Priority.HIGH
    rise_rule: str = ""
    recheck_us: int | None = None
    end_reason: str = ""
    target_us: int | None = None
    may_escalate: bool = True
    waits: bool = False
    detail: str = ""

    @property
    def named_limit(self) -> Limit | None:
        """The limit that a message names."""
        return self.shown if self.shown is not None else self.limit


OUT = Verdict(Truth.OUT)
NO_DATA = Verdict(Truth.NO_DATA)
INSIDE = Verdict(Truth.BACK)
HELD = Verdict(Truth.HELD)


@dataclass(slots=True)
class Watch:
    """Everything a predicate may look at: facts, memory, and what is known of its own condition.

    present: an occurrence of it is running, with its extremum and priority. last_us: when the chair was judged before.
    failed_*: rows that broke since the start, for STN_INTERNAL; failed_high: one of them is HIGH.
    """

    facts: ChairFacts
    station: StationFacts
    memory: ChairMemory
    now_us: int
    last_us: int
    subject: str = ""
    present: bool = False
    extremum: float | None = None
    priority: Priority | None = None
    failed_since_us: int | None = None
    failed_words: str = ""
    failed_high: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """A running occurrence becomes `to` when it has lasted `after_us`, in these phases (empty: in all)."""

    after_us: int
    to: Priority
    phases: frozenset[LimitPhase] = frozenset()


class Group(StrEnum):
    """What a row is about, for settings and lists."""

    RHYTHM = "rate and rhythm"
    OXYGEN = "oxygenation"
    PRESSURE = "blood pressure"
    BREATH = "respiration"
    TEMPERATURE = "temperature"
    CHAIR = "chair"
    STATION = "station"


class Latching(StrEnum):
    """Whether the visible sign outlives the condition until a person has acknowledged it."""

    NO = "no"
    YES = "yes"
    IF_HIGH = "if_high"


@dataclass(frozen=True, slots=True)
class CuffHold:
    """A cuff at work on the arm of the probe explains a lost pulse: how much longer a breach may last meanwhile.

    us: the most that is added to the onset delay. from_inflation: counted from the start of the inflation, else from the
    breach. What began before the cuff is not explained by it.
    """

    us: int
    from_inflation: bool

    def added_us(self, cross_us: int, since_us: int, ended_us: int | None) -> int:
        """What it adds for a breach that began at `cross_us`. since_us, ended_us: of the inflation; None while it runs."""
        if cross_us < since_us or (ended_us is not None and cross_us >= ended_us):
            return 0
        until_us = (since_us if self.from_inflation else cross_us) + self.us
        return max(0, (until_us if ended_us is None else min(until_us, ended_us)) - cross_us)


PriorityByPhase = tuple[Priority | None, Priority | None, Priority | None]


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One line of the catalogue. Times in us, limits in the parameter's unit.

    priority: in base, infusion, recovery; None where the row does not exist. hysteresis: how far back counts as back.
    chains: name -> rank, 0 the highest. explains: parameters whose loss this technical row explains. subjects: one
    condition each (parameter names), or one without a name; per_link: one for each device. template: words after the
    prefix, named fields (messages.py). means, check: help for people. visual_only: never a tone. bursts: how many of them,
    0 without end. reminder_us: own time of a single reminder burst after an acknowledgement, 0 for the rule of its priority.
    flags: device states that it names, any of them. shield_us: how long rows of the same or a lower rank of its chains
    make no sound after it has ended, when they are MEDIUM, and when they are LOW. cuff_hold: what a cuff on the arm of the
    probe adds. rule: what decides about onset, priority and end and stands in no number here, in words for the document.
    """

    id: str
    kind: Kind
    group: Group
    category: str
    priority: PriorityByPhase
    test: Callable[[AlarmRow, Watch], Verdict]
    template: str
    means: str
    check: str
    parameter: str = ""
    side: Side | None = None
    delay_us: int = 0
    clear_us: int = 0
    hysteresis: float = 0.0
    worsens_by: float | None = None
    latching: Latching = Latching.NO
    may_be_off: bool = True
    chains: dict[str, int] = field(default_factory=dict)
    escalates: tuple[Escalation, ...] = ()
    explains: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ("",)
    per_link: bool = False
    per_reading: bool = False
    visual_only: bool = False
    bursts: int = 0
    reminder_us: int = 0
    flags: tuple[str, ...] = ()
    shield_us: tuple[int, int] = (0, 0)
    cuff_hold: CuffHold | None = None
    rule: str = ""

    def priority_in(self, phase: LimitPhase | None) -> Priority | None:
        """Its priority in this column of limits; without a session the first."""
        return self.priority[_COLUMN[phase]]

    @property
    def for_station(self) -> bool:
        """True for rows about the station itself."""
        return self.group is Group.STATION


_COLUMN: dict[LimitPhase | None, int] = {None: 0, LimitPhase.BASE: 0, LimitPhase.INF: 1, LimitPhase.REC: 2}

RATE = (Parameter.HR.value, Parameter.PULSE_RATE.value)
OXIMETER = (Parameter.SPO2.value, Parameter.PULSE_RATE.value)


def seconds(number: float) -> int:
    """Seconds as microseconds."""
    return round(number * SECOND_US)
