"""How does a chair stand when somebody is admitted to it? Everything of before that may still matter to its alarms.

Devices have been attached, numbers held and flags up for hours when a session begins. The record keeps none of those
hours, so it keeps where they led: a re-execution begins there, exactly. Fields are only ever added, with defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.samples import Identity, LinkQuality, Origin, Parameter, Source, Validity
from monitor_app.core.chair import LinkState
from monitor_app.core.findings import Quality, RhythmWord


@dataclass(frozen=True, slots=True)
class LinkFitted:
    """What the station knows of a device by its row: period in us of every vital sign, rate in Hz of every wave."""

    device: str
    origin: Origin
    numerics: dict[Parameter, int]
    waves: dict[Parameter, float]
    nibp: bool = False
    starts_cuff: bool = False
    use: str = "alarms"


@dataclass(frozen=True, slots=True)
class ChairFitted:
    """A chair with its devices, as the room's file had it."""

    number: int
    links: tuple[LinkFitted, ...]
    cuff_same_arm: bool = False


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """One link: since when it is what it is, its newest valid frame, and what tells a repeated reading from a new one."""

    state: LinkState
    since_us: int
    hard: bool = False
    sentence: str = ""
    heard_us: int | None = None
    gap_from_us: int | None = None
    frames_good: int = 0
    reading_id: int | None = None
    identity: Identity | None = None
    counters: LinkQuality | None = None


@dataclass(frozen=True, slots=True)
class HeldStanding:
    """What one source last said of one vital sign. link: None for our own analysis."""

    parameter: Parameter
    source: Source | None
    link: int | None
    number: float | None
    number_us: int
    validity: Validity
    updated_us: int
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class FlagsStanding:
    """The words that hold for one part, by one source."""

    of: str
    link: int | None
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class CuffStanding:
    """The cuff between two patients. trigger: of an inflation that is running, empty without one."""

    live: bool
    ready: bool = True
    ended_us: int | None = None
    trigger: str = ""
    since_us: int = 0
    due_us: int | None = None
    worked: bool = False
    quiet_us: int | None = None


@dataclass(frozen=True, slots=True)
class ChairStanding:
    """A chair just before an admission, or before a discharge is undone. looked_us: when its alarms were judged last, -1 for
    never. valid_since: since when each vital sign has numbers without a break, which an undone discharge does not end.
    """

    fitted: ChairFitted
    looked_us: int
    links: tuple[LinkStanding, ...]
    values: tuple[HeldStanding, ...]
    values_live: tuple[int | None, ...]
    flags: tuple[FlagsStanding, ...]
    flags_since: dict[str, int]
    rhythm_since: dict[RhythmWord, int]
    qualities: dict[Parameter, Quality]
    cuff: CuffStanding
    beat_us: int | None = None
    rhythm_values: dict[RhythmWord, float] = field(default_factory=dict)
    valid_since: dict[Parameter, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """A new run of the engine took the session up from the journal; the devices had yet to speak."""

    fitted: ChairFitted
