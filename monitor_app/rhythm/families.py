"""Which beats look alike? Families of one shape, by all leads that show a beat at once.

Two leads are two views of one vector, and a beat that looks usual from one side may not from the other. So the waves of all
leads together make the shape, each in its own millivolts: a lead that draws little says little, and its noise is not heard.
A beat that a lead does not show (noise, a cable touched) is compared by the others alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import hypot

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.rhythm.candidates import TINY, WIDTH_SHARE, Candidate
from monitor_app.rhythm.kernels import Wave

BLEND = 0.1
SLOWEST = 0.05  # a family's mean follows its newest member by at least this
Views = Mapping[Parameter, Candidate]


@dataclass(frozen=True, slots=True)
class Seen:
    """A beat as all leads show it. crispness, width_s, discordance: as of a Candidate, of the leads together."""

    views: Views
    crispness: float
    width_s: float
    discordance: float


def seen(views: Views, rate_hz: float) -> Seen:
    """One beat, measured once in each lead that shows it."""
    humps = tuple(views.values())
    if len(humps) == 1:
        return Seen(views, humps[0].crispness, humps[0].width_s, humps[0].discordance)
    spans = [hump.span for hump in humps]
    power = max(TINY, sum(span * span for span in spans))
    apart = sum(span * span * hump.discordance for span, hump in zip(spans, humps, strict=True)) / power
    crispness = hypot(*(hump.height for hump in humps)) / power**0.5
    return Seen(views, crispness, _width_s(humps, rate_hz), apart)


def _width_s(humps: tuple[Candidate, ...], rate_hz: float) -> float:
    """How long the vector is away from its baseline."""
    length = min(len(hump.away) for hump in humps)
    away = sum(hump.away[-length:] ** 2 for hump in humps)
    return np.count_nonzero(away > WIDTH_SHARE**2 * np.max(away)) / rate_hz


@dataclass(slots=True, eq=False)
class Family:
    """Beats of one shape. weight: how many lately. prematurity: interval before them over the usual one.

    ventricular: share of its members that were called so. shapes, sizes, t_waves: of each lead that shows them.
    """

    crispness: float
    width_s: float
    prematurity: float
    shapes: dict[Parameter, Wave] = field(default_factory=dict)
    sizes: dict[Parameter, float] = field(default_factory=dict)
    t_waves: dict[Parameter, float] = field(default_factory=dict)
    weight: float = 0.0
    members: int = 0
    ventricular: float = 0.0

    @staticmethod
    def of(beat: Seen, prematurity: float) -> Family:
        """A family of one."""
        family = Family(beat.crispness, beat.width_s, prematurity)
        family.admit(beat, prematurity)
        return family

    def admit(self, beat: Seen, prematurity: float) -> None:
        """One more of them."""
        self.weight += 1
        self.members += 1
        step = max(SLOWEST, 1 / self.members)
        self.crispness += step * (beat.crispness - self.crispness)
        self.width_s += step * (beat.width_s - self.width_s)
        self.prematurity += step * (prematurity - self.prematurity)
        for lead, hump in beat.views.items():
            if lead not in self.shapes:
                self.shapes[lead], self.sizes[lead], self.t_waves[lead] = hump.shape, hump.size, hump.t_wave
                continue
            mixed = (1 - BLEND) * self.shapes[lead] + BLEND * hump.shape
            self.shapes[lead] = mixed / max(float(np.sqrt(mixed @ mixed)), TINY)
            self.sizes[lead] += step * (hump.size - self.sizes[lead])
            self.t_waves[lead] += step * (hump.t_wave - self.t_waves[lead])

    def t_change(self, beat: Seen) -> float:
        """How far the beat's T wave is from theirs, as a share of the beat's span."""
        known = [(lead, hump) for lead, hump in beat.views.items() if lead in self.t_waves]
        span = hypot(*(hump.span for _, hump in known))
        return hypot(*(hump.span * (hump.t_wave - self.t_waves[lead]) for lead, hump in known)) / max(TINY, span)

    def size_of(self, beat: Seen) -> float:
        """The beat's size as a share of theirs, by the leads that show both."""
        known = [lead for lead in beat.views if lead in self.sizes]
        return hypot(*(beat.views[lead].size for lead in known)) / max(
            TINY, hypot(*(self.sizes[lead] for lead in known))
        )


class Comparison:
    """Correlation of a beat with families at the best lag, the same lag in all leads."""

    def __init__(self, lag: int) -> None:
        self._lag = lag
        self._places: npt.NDArray[np.int64] = np.empty((0, 0), dtype=np.int64)

    def likenesses(self, beat: Seen, families: list[Family]) -> list[float]:
        """-1 to 1, one a family; 0 where no lead shows both."""
        if not families:
            return []
        products, own, theirs = (
            np.zeros((len(families), 2 * self._lag + 1)),
            np.zeros(len(families)),
            np.zeros(len(families)),
        )
        for lead, hump in beat.views.items():
            blank = np.zeros(len(hump.shape))
            sizes = np.array([family.sizes.get(lead, 0.0) for family in families])
            shapes = np.array([family.shapes.get(lead, blank) for family in families])
            products += (hump.size * sizes)[:, None] * (shapes @ self._shifted(hump.shape))
            own += np.where(sizes > 0, hump.size**2, 0.0)
            theirs += sizes**2
        lengths = np.sqrt(own * theirs)
        return [float(one) for one in products.max(axis=1) / np.maximum(lengths, TINY)]

    def _shifted(self, shape: Wave) -> Wave:
        """The shape at every lag, a column each."""
        length = len(shape)
        if len(self._places) != length:
            self._places = np.arange(length)[:, None] + np.arange(2 * self._lag + 1)[None, :]
        padded = np.zeros(length + 2 * self._lag)
        padded[self._lag : self._lag + length] = shape
        return np.asarray(padded[self._places])
