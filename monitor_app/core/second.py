"""What the record keeps of one second of one chair, beside events and waves: its numbers, and the station's own inputs."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Origin, Parameter, Sample, Source, Validity
from monitor_app.core.binding import Place
from monitor_app.core.commands import Command
from monitor_app.core.findings import Finding
from monitor_app.core.standing import ChairStanding, SessionResumed


@dataclass(frozen=True, slots=True)
class NumericRow:
    """One parameter in one second, also when there was nothing: value None with the reason. Unit: the parameter's."""

    t_us: int
    parameter: Parameter
    source: Source | None
    value: float | None
    validity: Validity
    origin: Origin


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A link opened, spoke or was lost, as the station was told, or its device was judged at the chair's door.

    state: opened, spoke, lost; refused (sentence: why) or admitted.

    place: of an opened port. spoke: first bytes of sense, of a device that has not yet said who it is.
    """

    link: int
    state: str
    hard: bool = False
    sentence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The device spoke, with nothing but waves: kept when that makes its link live, else once a second, the newest."""


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """The driver would not start the cuff."""


@dataclass(frozen=True, slots=True)
class Slept:
    """Nobody watched from this time on: the station woke and went on from now."""

    from_us: int


@dataclass(frozen=True, slots=True)
class InputsDropped:
    """More came in this second than is kept: it cannot be lived again."""

    count: int


Circumstance = LinkChanged | Heard | RequestRefused | Slept | InputsDropped | ChairStanding | SessionResumed


@dataclass(frozen=True, slots=True)
class Observation:
    """One input of the station, as it came: a sample that is no wave, a finding of the wave analysis, a command, a
    circumstance, or None for an `advance`: one that had an effect, or one that parts two turns of one link at one time.

    link: which device; what the analysis found in its waves carries it, too. None: the clock, people, the station. Inputs
    of one link with one time, one behind the other, came in one turn.
    """

    now_us: int
    link: int | None
    what: Sample | Finding | Command | Circumstance | None


@dataclass(frozen=True, slots=True)
class ChairSecond:
    """One finished second of a chair with a session. second: station time // 1,000,000."""

    chair: int
    session: str
    second: int
    numerics: tuple[NumericRow, ...]
    observations: tuple[Observation, ...]
