"""Which beats did the counted lead miss that another lead saw? A lead may sink for some beats while the heart goes on.

The other lead may vouch only when it has proved itself: of the last dozen beats it saw nearly every one and nothing else,
and the beat that it alone sees is of its own usual shape and stands in a gap where one was due. So no noise, no T wave and
no ectopic beat is ever vouched for, and a true pause stays one: then the other lead sees nothing there either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.rhythm.lead import Heard, Sight
from monitor_app.rhythm.witness import TOGETHER_US

PROOF_BEATS = 12
UNSEEN = 1  # of them the other lead may have missed
USUAL_BEATS = 8  # their median interval is what is due
GAP = 1.5  # times the usual interval: a beat may be missing
EDGE = 0.5  # of the usual interval: nearer to a beat before it nothing was due...
EDGE_AFTER = 0.4  # ...nor nearer to the one after it
KEPT_US = 20_000_000
SETTLED_US = 1_000_000  # so long the counted lead may still find the beat itself


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A beat as another lead saw it."""

    beat: BeatFound
    sight: Sight


class Vouching:
    """Beats of all leads of one chair, as far back as they are needed."""

    def __init__(self) -> None:
        self._seen: dict[Parameter, deque[Witnessed]] = {}
        self._own: deque[int] = deque(maxlen=PROOF_BEATS)
        self._told: deque[int] = deque(maxlen=USUAL_BEATS + 1)
        self._vouched: deque[int] = deque(maxlen=PROOF_BEATS)

    def hear(self, heard: Heard) -> None:
        """What one lead saw in its next block."""
        seen = self._seen.setdefault(heard.lead, deque())
        seen.extend(map(Witnessed, heard.beats, heard.sights))
        while seen and heard.end_us - seen[0].beat.t_us > KEPT_US:
            seen.popleft()

    def remove(self, lead: Parameter) -> None:
        """This lead is not analysed any more."""
        self._seen.pop(lead, None)

    def lost(self) -> None:
        """The counted lead is off: nothing is missing from it, and the other must prove itself anew."""
        self._own.clear()

    def missed_before(self, beat_us: int, lead: Parameter) -> list[Witnessed]:
        """Beats that may be missing between the last one told of `lead` and its next one at `beat_us`."""
        return self._missed(lead, beat_us, beat_us - round(EDGE_AFTER * self._usual_us))

    def missed_by(self, end_us: int, lead: Parameter) -> list[Witnessed]:
        """Beats that may be missing since the last one told of `lead`, as far as can be told at `end_us`."""
        return self._missed(lead, end_us, end_us - max(SETTLED_US, round(EDGE_AFTER * self._usual_us)))

    def is_told(self, beat_us: int) -> bool:
        """True when this beat was vouched for before its lead found it."""
        return bool(self._vouched) and beat_us <= self._vouched[-1] + TOGETHER_US

    def tell(self, beat_us: int, vouched: bool = False) -> None:
        """This beat has been told, as the lead's own or as a vouched one."""
        self._told.append(beat_us)
        (self._vouched if vouched else self._own).append(beat_us)

    @property
    def _usual_us(self) -> float:
        return median(b - a for a, b in pairwise(self._told)) if len(self._told) > 1 else 0.0

    def _missed(self, lead: Parameter, gap_end_us: int, until_us: int) -> list[Witnessed]:
        if len(self._own) < PROOF_BEATS or gap_end_us - self._told[-1] < GAP * self._usual_us:
            return []
        for other, seen in self._seen.items():
            if other is not lead and self._has_proved_itself(seen):
                return self._due(seen, until_us)
        return []

    def _has_proved_itself(self, seen: Sequence[Witnessed]) -> bool:
        """It saw the last beats that the counted lead saw itself, and none beside them but those it vouched for."""
        first_us, last_us = self._own[0] - TOGETHER_US, self._own[-1] + TOGETHER_US
        times = [one.beat.t_us for one in seen if first_us <= one.beat.t_us <= last_us]
        times = [at_us for at_us in times if at_us not in self._vouched]
        both = sum(1 for own in self._own if any(abs(own - at_us) <= TOGETHER_US for at_us in times))
        return both >= PROOF_BEATS - UNSEEN and len(times) <= both

    def _due(self, seen: Sequence[Witnessed], until_us: int) -> list[Witnessed]:
        found: list[Witnessed] = []
        last_us, apart_us = self._told[-1], EDGE * self._usual_us
        for one in seen:
            if one.beat.cls is BeatClass.N and last_us + apart_us < one.beat.t_us < until_us:
                found.append(one)
                last_us = one.beat.t_us
        return found
