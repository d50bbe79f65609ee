"""Was each second valid, artefact, or absent? One state for every pixel of the overview; the worst second speaks. Pure."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from drivers.samples import Validity
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.report.seconds import ARTEFACT
from monitor_app.review.story import Trend


class State(IntEnum):
    """Ordered: the smaller, the worse."""

    ABSENT = 0
    ARTEFACT = 1
    VALID = 2


def states(trend: Trend | None, from_us: int, to_us: int, columns: int) -> npt.NDArray[np.int64]:
    """The worst state of the seconds that each column touches, shape (columns,); a second without a row is absent."""
    count = max(1, -(-(to_us - from_us) // SECOND_US))
    every = np.full(count, State.ABSENT, dtype=np.int64)
    if trend is not None:
        place = (trend.t_us - from_us) // SECOND_US
        inside = (place >= 0) & (place < count)
        said = np.where(trend.validity == int(Validity.VALID), State.VALID, State.ABSENT)
        said = np.where(np.isin(trend.validity, ARTEFACT), State.ARTEFACT, said)
        every[place[inside]] = said[inside]
    columns = max(1, columns)
    if columns >= count:
        return every[np.minimum(np.arange(columns) * count // columns, count - 1)]
    edges = np.unique(np.arange(columns) * count // columns)
    return np.minimum.reduceat(every, edges)
