"""What does this patient feel of the drug? Drawn once a session, then a matter of the drug's effect.

CLINICAL section 6.3: nausea in 13 % (28 % with the spray), onset 25 to 70 min, a third vomits, one in eight of the nauseated
has a vagal dip; anxiety in 8 % while the effect rises through .4 to .8. Shares after the cohorts named there, the rest is
our choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAUSEA_SHARE, NAUSEA_SHARE_SPRAY = 0.13, 0.28
VOMIT_SHARE, VAGAL_SHARE, ANXIETY_SHARE = 1 / 3, 1 / 8, 0.08
DROWSY_SHARE, MODERATE_SHARE = 0.5, 0.03
DROWSY_FROM = 0.7
CADSS_6_MAX = 24.0


@dataclass(frozen=True, slots=True)
class Symptoms:
    """Of one session. dissociation_most: CADSS-6 total at an effect of 1. nausea_min: onset after the start, None for none.

    anxious_at: the effect at which anxiety begins, None for none. sedated: least MOAA/S of this session, 3 to 5.
    """

    dissociation_most: float
    nausea_min: float | None
    vomits: bool
    faints: bool
    anxious_at: float | None
    sedated: int

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, spray: bool = False) -> Symptoms:
        """One random session; always the same number of draws."""
        most = float(rng.gamma(0.7, 6.0))
        chance = rng.random(7).tolist()
        nauseated = chance[0] < (NAUSEA_SHARE_SPRAY if spray else NAUSEA_SHARE)
        return cls(
            dissociation_most=min(CADSS_6_MAX, most),
            nausea_min=25 + 45 * chance[1] if nauseated else None,
            vomits=nauseated and chance[2] < VOMIT_SHARE,
            faints=nauseated and chance[3] < VAGAL_SHARE,
            anxious_at=0.4 + 0.4 * chance[5] if chance[4] < ANXIETY_SHARE else None,
            sedated=3 if chance[6] < MODERATE_SHARE else 4 if chance[6] < DROWSY_SHARE else 5,
        )

    def dissociation(self, effect: float) -> float:
        """CADSS-6 total, 0 to 24, at this effect of the drug."""
        return float(min(CADSS_6_MAX, self.dissociation_most * max(0.0, effect) ** 1.5))

    def moaas(self, effect: float) -> int:
        """MOAA/S, 5 (alert) to 3, at this effect of the drug."""
        return self.sedated if effect > DROWSY_FROM else 5
