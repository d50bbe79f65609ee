"""What would have alarmed under other limits, when, and what would have been missed or spared? (ALARMS section 15)

Occurrences of the record and of the session lived again are paired by row and subject where they overlap in time. Only raise
and end are compared: people would have answered other alarms otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor_app.core import events as ev
from monitor_app.core.course import effective
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.reasons import MATTERED
from monitor_app.record.alarm_log import alarm_lines
from monitor_app.rerun.comparing import alarm_events, differences
from monitor_app.rerun.recorded import NotRepeatable, Recorded
from monitor_app.rerun.reliving import Change, Progress, relived

ANSWERED_WITHIN_US = 5 * MINUTE_US
"""An intervention or a note so soon after an alarm was very likely the answer to it."""

HOUR_US = 60 * MINUTE_US
_ANSWERS = (ev.InfusionPaused, ev.SessionAborted, ev.ObservationLogged)
_ACTIVE = (Phase.INFUSION.value, Phase.RECOVERY.value, Phase.ABORTED.value)


class Verdict(StrEnum):
    """What became of an occurrence."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    SPARED = "spared"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Seen:
    """One occurrence. ended_us: None while it lasts. why: the reason a person gave when acknowledging it."""

    occurrence: int
    row: str
    parameter: str | None
    priority: int
    message: str
    raised_us: int
    ended_us: int | None = None
    why: str = ""
    answered: bool = False

    @property
    def mattered(self) -> bool:
        """It was called true, or somebody acted within five minutes."""
        return self.why == MATTERED or self.answered


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the answer. shift_s: how much later it was raised, 0 when there is no pair."""

    verdict: Verdict
    recorded: Seen | None
    replayed: Seen | None
    shift_s: float = 0.0

    @property
    def missed(self) -> bool:
        """Spared, although it mattered."""
        return self.verdict is Verdict.SPARED and self.recorded is not None and self.recorded.mattered

    @property
    def either(self) -> Seen:
        """The occurrence, as recorded where it was."""
        found = self.recorded or self.replayed
        if found is None:
            raise ValueError("an outcome is about an occurrence")
        return found


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The whole answer. active: from and to, in us, of infusion and recovery.

    older_rules: editions of the alarm rules that decided then and are no longer in force. With any, the recorded limits need
    not give the recorded alarms; `apart` events differ, and limits are compared under the rules of now.
    """

    session: str
    recorded_by: tuple[str, ...]
    executed_by: str
    research: bool
    outcomes: tuple[Outcome, ...]
    active: tuple[tuple[int, int], ...]
    older_rules: tuple[int, ...] = ()
    apart: int = 0

    @property
    def reproduces(self) -> bool:
        """The recorded limits give the recorded alarms, all and only those."""
        return self.apart == 0

    @property
    def active_h(self) -> float:
        """Hours of infusion and recovery."""
        return sum(to_us - from_us for from_us, to_us in self.active) / HOUR_US

    def count(self, verdict: Verdict) -> int:
        """How many of this kind."""
        return sum(o.verdict is verdict for o in self.outcomes)

    @property
    def missed(self) -> tuple[Outcome, ...]:
        """What would have been spared and should not."""
        return tuple(o for o in self.outcomes if o.missed)

    def per_hour(self, replayed: bool) -> float | None:
        """Occurrences raised in infusion and recovery, per hour of them; None when there was none."""
        seen = [o.replayed if replayed else o.recorded for o in self.outcomes]
        times = [one.raised_us for one in seen if one is not None]
        count = sum(any(from_us <= t_us < to_us for from_us, to_us in self.active) for t_us in times)
        return count / self.active_h if self.active else None


def what_if(of: Recorded, change: Change | None, progress: Callable[[float], None] | None = None) -> WhatIf:
    """Live the session as it was, then under other limits. change None: only as it was. progress: told 0 to 1.

    Raises NotRepeatable when the unchanged session does not come out as recorded: then no answer can be trusted. A session
    that other rules have decided is answered all the same, by the rules of now on both sides, and says so.
    """
    runs = 1 if change is None else 2
    as_it_was = relived(of, None, _share(of, progress, 0, runs))
    found = differences(of, as_it_was)
    if found and not of.older_rules:
        raise NotRepeatable(
            f"its alarms do not come out again ({len(found)} events differ): Chairside {' and '.join(of.versions)} "
            f"recorded it, {as_it_was.version} ran it now"
        )
    then = relived(of, change, _share(of, progress, 1, runs)) if change is not None else as_it_was
    compared = as_it_was.events if found and change is not None else [e for e in of.events if of.is_proven(e)]
    recorded = seen(compared)
    pairs = paired(recorded, seen(then.events))
    return WhatIf(
        session=of.session,
        recorded_by=of.versions,
        executed_by=then.version,
        research=change is not None and change.research,
        outcomes=tuple(_outcome(*pair) for pair in pairs),
        active=_active(of),
        older_rules=of.older_rules,
        apart=len(found),
    )


def _share(of: Recorded, progress: Callable[[float], None] | None, run: int, runs: int) -> Progress | None:
    """How much of all runs is done, as one run goes on."""
    if progress is None:
        return None
    from_us, to_us = of.parts[0].from_us, of.parts[-1].until_us
    whole_us = max(1, to_us - from_us)
    return lambda at_us: progress((run + min(1.0, max(0.0, (at_us - from_us) / whole_us))) / runs)


def seen(events: Iterable[ev.Event]) -> list[Seen]:
    """The occurrences of a session, in the order in which they were raised."""
    every = list(events)
    ends: dict[int, int] = {}
    reasons = {line.raised.occurrence: line.why for line in alarm_lines(every)}
    raised: list[tuple[int, ev.AlarmRaised]] = []
    for event in alarm_events(every):
        payload = event.payload
        if isinstance(payload, ev.AlarmRaised):
            raised.append((event.t_us, payload))
        elif isinstance(payload, ev.AlarmEnded):
            ends[payload.occurrence] = event.t_us
    answers = [e.t_us for e in every if isinstance(e.payload, _ANSWERS)]
    return [
        Seen(
            p.occurrence,
            p.row,
            p.parameter,
            p.priority,
            p.message,
            t_us,
            ends.get(p.occurrence),
            reasons.get(p.occurrence, ""),
            any(t_us <= at_us <= t_us + ANSWERED_WITHIN_US for at_us in answers),
        )
        for t_us, p in raised
    ]


def paired(recorded: Sequence[Seen], replayed: Sequence[Seen]) -> list[tuple[Seen | None, Seen | None]]:
    """Each occurrence once, with its counterpart where one overlaps it; in order of time."""
    left = list(replayed)
    pairs: list[tuple[Seen | None, Seen | None]] = []
    for one in recorded:
        near = [other for other in left if _overlap(one, other)]
        other = min(near, key=lambda o: abs(o.raised_us - one.raised_us), default=None)
        if other is not None:
            left.remove(other)
        pairs.append((one, other))
    pairs += [(None, other) for other in left]
    return sorted(pairs, key=lambda pair: min(s.raised_us for s in pair if s is not None))


def _overlap(one: Seen, other: Seen) -> bool:
    if (one.row, one.parameter) != (other.row, other.parameter):
        return False
    latest_start = max(one.raised_us, other.raised_us)
    return all(s.ended_us is None or latest_start <= s.ended_us for s in (one, other))


def _outcome(recorded: Seen | None, replayed: Seen | None) -> Outcome:
    if recorded is None:
        return Outcome(Verdict.ADDED, None, replayed)
    if replayed is None:
        return Outcome(Verdict.SPARED, recorded, None)
    shift_us = replayed.raised_us - recorded.raised_us
    verdict = Verdict.SAME if shift_us == 0 else Verdict.LATER if shift_us > 0 else Verdict.EARLIER
    return Outcome(verdict, recorded, replayed, shift_us / SECOND_US)


def _active(of: Recorded) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    since_us: int | None = None
    for event in effective(of.events):
        if isinstance(event.payload, ev.PhaseEntered):
            active = event.payload.target in _ACTIVE
            if active and since_us is None:
                since_us = event.t_us
            elif not active and since_us is not None:
                spans.append((since_us, event.t_us))
                since_us = None
    if since_us is not None and of.parts[-1].until_us > since_us:
        spans.append((since_us, of.parts[-1].until_us))
    return tuple(spans)
