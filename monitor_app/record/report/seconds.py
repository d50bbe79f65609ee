"""What did a vital sign do that comes once a second? Medians of 30 s, seconds beyond a limit, coverage (CLINICAL 7.3-7.12).

Figures are made of seconds for which the device vouches; a half minute needs half of its seconds. Coverage counts every
second of a phase: valid, artefact (a doubted number, or none because of motion or interference), absent, or not recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.samples import Validity
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.report.material import PhaseSpan, Series

HALF_MINUTE_US = 30 * SECOND_US
SECONDS_MIN = 15
"""Valid seconds that a half minute needs for its median."""
ARTEFACT = (Validity.QUESTIONABLE, Validity.DISTURBED)


@dataclass(frozen=True, slots=True)
class Median:
    """The median of the valid seconds of one half minute. t_us: where it begins."""

    t_us: int
    value: float
    seconds: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Seconds of one vital sign in one phase."""

    phase: PhaseSpan
    valid: int
    artefact: int
    absent: int
    unrecorded: int

    @property
    def total(self) -> int:
        """All seconds of the phase."""
        return self.valid + self.artefact + self.absent + self.unrecorded


def medians(series: Series, from_us: int, to_us: int) -> list[Median]:
    """One median for each half minute from `from_us` on that ends by `to_us` and has enough valid seconds."""
    cut = series.between(from_us, to_us)
    slot = (cut.t_us - from_us) // HALF_MINUTE_US
    good = cut.vouched
    found = []
    for number in range((to_us - from_us) // HALF_MINUTE_US):
        values = cut.values[good & (slot == number)]
        if len(values) >= SECONDS_MIN:
            found.append(Median(from_us + number * HALF_MINUTE_US, float(np.median(values)), len(values)))
    return found


def median_before(series: Series, t_us: int) -> Median | None:
    """The median of the 30 s before a moment, None without enough valid seconds."""
    return next(iter(medians(series, t_us - HALF_MINUTE_US, t_us)), None)


def highest(found: list[Median]) -> Median | None:
    """The greatest median; of equals the earliest."""
    return max(found, key=lambda m: (m.value, -m.t_us), default=None)


def lowest(found: list[Median]) -> Median | None:
    """The least median; of equals the earliest."""
    return min(found, key=lambda m: (m.value, m.t_us), default=None)


def seconds_beyond(series: Series, limit: float, above: bool, from_us: int, to_us: int) -> tuple[int, int]:
    """Valid seconds above (or below) a limit, and valid seconds in all."""
    cut = series.between(from_us, to_us)
    values = cut.values[cut.vouched]
    return int((values > limit).sum() if above else (values < limit).sum()), len(values)


def coverage(series: Series, phase: PhaseSpan) -> Coverage:
    """What became of each second of a phase."""
    cut = series.between(phase.from_us, phase.to_us)
    valid = int(cut.vouched.sum())
    artefact = int(np.isin(cut.validity, ARTEFACT).sum())
    expected = whole_seconds(phase.from_us, phase.to_us)
    return Coverage(phase, valid, artefact, len(cut.t_us) - valid - artefact, max(0, expected - len(cut.t_us)))


def whole_seconds(from_us: int, to_us: int) -> int:
    """How many full seconds of station time begin in from_us..to_us."""
    return -(-to_us // SECOND_US) - -(-from_us // SECOND_US)


def thinned(series: Series, from_us: int, to_us: int, columns: int) -> list[npt.NDArray[np.float64]]:
    """The valid numbers as least and greatest per column, for a plot: stretches of (t_us, value) rows, cut at gaps."""
    cut = series.between(from_us, to_us)
    good = np.flatnonzero(cut.vouched)
    if not len(good):
        return []
    breaks = np.flatnonzero(np.diff(cut.t_us[good]) > 2 * SECOND_US) + 1
    width = max(SECOND_US, (to_us - from_us) // max(1, columns))
    return [_columns(cut.t_us[part], cut.values[part], width) for part in np.split(good, breaks)]


def _columns(t_us: npt.NDArray[np.int64], values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    edges = np.concatenate(([0], np.flatnonzero(np.diff(t_us // width)) + 1))
    low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
    points = np.empty((2 * len(edges), 2))
    points[0::2, 0] = points[1::2, 0] = t_us[edges]
    points[0::2, 1], points[1::2, 1] = low, high
    return points
