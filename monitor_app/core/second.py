"""What the record keeps of one second of one chair, beside events and waves: its numbers, and the station's own inputs."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Origin, Parameter, Sample, Source, Validity
from monitor_app.core.binding import Place
from monitor_app.core.commands import Command
from monitor_app.core.findings import Finding


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
    """A link opened, spoke or was lost, as the station was told. state: opened, spoke or lost.

    place: of an opened port. spoke: first bytes of sense, of a device that has not yet said who it is.
    """

    link: int
    state: str
    hard: bool = False
    sentence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One input of the station, as it came: a sample that is no wave, a finding of the wave analysis, a command, a link
    change, or None for an `advance` that had an effect. link: which device, None for what came from elsewhere."""

    now_us: int
    link: int | None
    what: Sample | Finding | Command | LinkChanged | None


@dataclass(frozen=True, slots=True)
class ChairSecond:
    """One finished second of a chair with a session. second: station time // 1,000,000."""

    chair: int
    session: str
    second: int
    numerics: tuple[NumericRow, ...]
    observations: tuple[Observation, ...]
