"""Who comes first? The order of the banner, and which alarm of a chain keeps another one quiet (ALARMS sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable

from monitor_app.alarms.gates import GATED
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.snapshot import AlarmState

NEUTRAL = (AlarmState.SUPPRESSED, AlarmState.RECENT, *GATED)


def banner_order(o: Occurrence) -> tuple[bool, int, bool, bool, bool, int, int]:
    """Smaller stands further up."""
    return (
        o.state in NEUTRAL,
        -int(o.priority),
        o.acked,
        not o.is_physiological,
        not o.first_out,
        o.raised_us,
        o.id,
    )


def suppressor_of(o: Occurrence, others: Iterable[Occurrence], but: str = "") -> int | None:
    """The highest member above `o` in one of its chains (`but` this one) that stands and is at least as urgent, or None."""
    best: tuple[int, int] | None = None
    for other in others:
        if other is o or not other.is_present or other.priority < o.priority or other.state in GATED:
            continue
        for chain, rank in o.row.chains.items():
            above = other.row.chains.get(chain) if chain != but else None
            if above is not None and above < rank and (best is None or (above, other.id) < best):
                best = (above, other.id)
    return best[1] if best is not None else None
