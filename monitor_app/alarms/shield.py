"""Which rhythms need not sound again so soon? They are shown and journalled; what is higher breaks it (ALARMS 6)."""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.priority import Priority


@dataclass(frozen=True, slots=True)
class Shield:
    """Rows of this rank and below make no sound until then: MEDIUM ones, LOW ones."""

    rank: int
    medium_until_us: int
    low_until_us: int

    def until_us(self, priority: Priority) -> int:
        """For a row of this priority. HIGH is never shielded."""
        return self.medium_until_us if priority is Priority.MEDIUM else self.low_until_us


class Shields:
    """Of the whole room, by chair and chain."""

    def __init__(self) -> None:
        self._held: dict[tuple[int | None, str], Shield] = {}

    def cast(self, o: Occurrence, at_us: int) -> None:
        """One that people have heard is over. Of two shields the one that reaches further up holds."""
        medium_us, low_us = o.row.shield_us
        for chain, rank in o.row.chains.items() if medium_us or low_us else ():
            held = self._held.get((o.chair, chain))
            if held is None or held.rank >= rank or max(held.medium_until_us, held.low_until_us) <= at_us:
                self._held[o.chair, chain] = Shield(rank, at_us + medium_us, at_us + low_us)

    def raised(self, o: Occurrence) -> int | None:
        """One begins, or becomes more urgent, and breaks what it outranks. Until when it is silent; None: it may sound."""
        until_us: int | None = None
        for chain, rank in o.row.chains.items():
            held = self._held.get((o.chair, chain))
            if held is None:
                continue
            if rank < held.rank:
                del self._held[o.chair, chain]
            elif o.priority is not Priority.HIGH and held.until_us(o.priority) > o.said_us:
                until_us = max(until_us or 0, held.until_us(o.priority))
        return until_us

    def forget(self, chair: int | None) -> None:
        """Another patient sits there."""
        for key in [key for key in self._held if key[0] == chair]:
            del self._held[key]
