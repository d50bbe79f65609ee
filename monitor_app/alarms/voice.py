"""What must the station sound now? One voice: the highest priority that is signalling (ALARMS sections 5.4, 6 and 12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor_app.alarms import tones
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState

BURST_TAIL_US = 200_000
"""A single burst is held a little longer than it lasts: the sound device begins up to 80 ms late."""

BOOSTS: dict[Priority, tuple[tuple[int, float], ...]] = {
    Priority.HIGH: ((15 * SECOND_US, 3.0), (30 * SECOND_US, 6.0)),
    Priority.MEDIUM: ((120 * SECOND_US, 3.0),),
    Priority.LOW: (),
}
"""How much louder it becomes while nobody answers: (after, dB above its own level)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """The one burst stream. occurrence: the newest of that priority. boost_db: above the level of the rendered burst.

    category: of the row, for a site that has chosen melodies; two voices that differ in nothing else are the same.
    """

    priority: Priority
    occurrence: int
    chair: int | None
    boost_db: float
    category: str = field(default="", compare=False)


@dataclass(slots=True)
class Tail:
    """A burst that is allowed to finish although its condition has ended."""

    voice: Voice
    until_us: int


def voice_now(open_ones: Iterable[Occurrence], tail: Tail | None, now_us: int) -> Voice | None:
    """The voice among these occurrences, or the tail of the one before, or silence."""
    best: tuple[Priority, int, int] | None = None
    chosen: Occurrence | None = None
    boost = 0.0
    for o in open_ones:
        priority = sounding_priority(o, now_us)
        if priority is None:
            continue
        key = (priority, o.signal_us, o.id)
        if best is None or priority > best[0]:
            boost = 0.0
        if best is None or key > best:
            best, chosen = key, o
        if priority == best[0]:
            boost = max(boost, _boost(o, priority, now_us))
    if tail is not None and now_us < tail.until_us and (best is None or tail.voice.priority > best[0]):
        return tail.voice
    if chosen is None or best is None:
        return None
    return Voice(best[0], chosen.id, chosen.chair, boost, chosen.row.category)


def sounding_priority(o: Occurrence, now_us: int) -> Priority | None:
    """With which tone this occurrence asks for the voice, or None."""
    if is_audible(o, now_us):
        return o.priority
    if o.burst is not None and o.burst_until_us is not None and now_us < o.burst_until_us:
        return o.burst
    return None


def is_audible(o: Occurrence, now_us: int) -> bool:
    """Signalling with a tone, and not behind a shield. Technical LOW sounds twice, then it is visual only."""
    if o.state is not AlarmState.SIGNALLING or o.row.visual_only:
        return False
    if o.quiet_until_us is not None and now_us < o.quiet_until_us:
        return False
    return o.priority is not Priority.LOW or o.row.bursts == 0 or now_us < silent_us(o)


def silent_us(o: Occurrence) -> int:
    """When a technical LOW has sounded often enough."""
    low = Priority.LOW
    return o.signal_us + (o.row.bursts - 1) * tones.period_us(low) + tones.burst_us(low) + BURST_TAIL_US


def changes_us(o: Occurrence) -> list[int]:
    """Instants at which the voice of this occurrence changes by time alone."""
    times = [o.burst_until_us] if o.burst_until_us is not None else []
    if o.state is AlarmState.SIGNALLING and not o.row.visual_only:
        times += [o.signal_us + after_us for after_us, _ in BOOSTS[o.priority]]
        if o.priority is Priority.LOW and o.row.bursts:
            times.append(silent_us(o))
    return times


def finishing_us(priority: Priority, since_us: int, at_us: int) -> int | None:
    """When the burst that runs at `at_us` is over, for a stream that began at `since_us`; None in the pause between."""
    into_us = max(0, at_us - since_us) % tones.period_us(priority)
    length_us = tones.burst_us(priority) + BURST_TAIL_US
    return at_us - into_us + length_us if into_us < length_us else None


def _boost(o: Occurrence, priority: Priority, now_us: int) -> float:
    if o.state is not AlarmState.SIGNALLING:
        return 0.0
    waited_us = now_us - o.signal_us
    return max((db for after_us, db in BOOSTS[priority] if waited_us >= after_us), default=0.0)
