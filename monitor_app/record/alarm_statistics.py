"""How many alarms did a session, a chair or a day have, which, how loud, how fast answered, and did they matter?

Counts what the journal holds; judges nothing. An alarm that was suppressed behind a graver one of its chain made no sound
and is counted apart. Chair-hours are hours of care: from admission to discharge, or to where the record ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from monitor_app.core.events import (
    AlarmNearMissed,
    AlarmsPaused,
    AlarmsResumed,
    AlarmSwitchedOff,
    AlarmSwitchedOn,
    Event,
    InfusionPaused,
    LimitEdited,
    ObservationLogged,
    SessionAborted,
    SoundPaused,
)
from monitor_app.core.priority import Priority
from monitor_app.core.reasons import MATTERED
from monitor_app.record.alarm_log import AlarmLine, alarm_lines

HOUR_US = 3_600_000_000
ACTED_WITHIN_US = 300_000_000
"""An intervention or a note so soon after an alarm was very likely the answer to it (ALARMS 15)."""

_ACTS = (InfusionPaused, SessionAborted, ObservationLogged)


@dataclass(frozen=True, slots=True)
class Care:
    """One session's share: who was watched for how long, and its events in order of time, with the pauses of the room."""

    session: str
    chair: int
    day: str
    watched_us: int
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class RowCount:
    """One row of the catalogue. lasted_us: of all its occurrences that ended. true: called right by a person."""

    row: str
    raised: int
    suppressed: int
    lasted_us: int
    acknowledged: int
    answered_median_us: float | None
    longest_unanswered_us: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Statistics:
    """priorities: audible occurrences by the priority they reached. rows: the most frequent first.

    answered_median_us: from raise to acknowledgement. ended_alone: nobody had acknowledged them when they ended. judged:
    occurrences with a reason; mattered: of these, called right. reasons: how often each was tapped. acted: audible ones that
    somebody called right, or after which an intervention or a note followed within 5 min. rested_us: with the alarms of the
    chair paused; off_us: with rows switched off, each row counted; rests, switched_off: how often.
    """

    care_us: int
    sessions: int
    priorities: dict[Priority, int]
    suppressed: int
    near_missed: int
    pauses: int
    limit_edits: int
    acknowledged: int
    ended_alone: int
    answered_median_us: float | None
    judged: int
    mattered: int
    reasons: dict[str, int]
    acted: int
    rests: int
    rested_us: int
    switched_off: int
    off_us: int
    rows: tuple[RowCount, ...]

    @property
    def audible(self) -> int:
        """Occurrences that could be heard: HIGH and MEDIUM and LOW that no chain held back."""
        return sum(self.priorities.values())

    @property
    def acted_share(self) -> float | None:
        """Of the audible ones, how many somebody acted upon: 0 to 1; None without any."""
        return self.acted / self.audible if self.audible else None

    @property
    def per_chair_hour(self) -> float | None:
        """Audible occurrences in an hour of care at one chair; None without care."""
        return self.audible * HOUR_US / self.care_us if self.care_us > 0 else None


@dataclass(slots=True)
class _Tally:
    raised: int = 0
    suppressed: int = 0
    lasted_us: int = 0
    answers_us: list[int] = field(default_factory=list)
    longest_us: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def statistics(cares: Iterable[Care]) -> Statistics:
    """Of these sessions together."""
    tallies: dict[str, _Tally] = {}
    priorities: Counter[Priority] = Counter()
    rests: list[int] = []
    offs: list[int] = []
    care_us = sessions = alone = near = pauses = edits = acted = 0
    for care in cares:
        care_us, sessions = care_us + care.watched_us, sessions + 1
        near += sum(isinstance(e.payload, AlarmNearMissed) for e in care.events)
        edits += sum(isinstance(e.payload, LimitEdited) for e in care.events)
        rests += _rests(care.events)
        offs += _off(care.events)
        acts_us = [e.t_us for e in care.events if isinstance(e.payload, _ACTS)]
        end_us = care.events[-1].t_us if care.events else 0
        lines = alarm_lines(care.events)
        mine = {line.raised.occurrence for line in lines}
        pauses += sum(
            isinstance(e.payload, SoundPaused) and not mine.isdisjoint(e.payload.occurrences) for e in care.events
        )
        for line in lines:
            tally = tallies.setdefault(line.raised.row, _Tally())
            _count(tally, line, end_us)
            if line.raised.suppressed_by is None:
                priorities[Priority(max((line.raised.priority, *line.escalated)))] += 1
                alone += line.ended_us is not None and line.acknowledged_us is None
                acted += line.why == MATTERED or any(
                    0 <= at_us - line.raised_us <= ACTED_WITHIN_US for at_us in acts_us
                )
    answers = [us for tally in tallies.values() for us in tally.answers_us]
    judged = sum((tally.reasons for tally in tallies.values()), Counter())
    return Statistics(
        care_us=care_us,
        sessions=sessions,
        priorities={p: priorities[p] for p in sorted(Priority, reverse=True)},
        suppressed=sum(tally.suppressed for tally in tallies.values()),
        near_missed=near,
        pauses=pauses,
        limit_edits=edits,
        acknowledged=len(answers),
        ended_alone=alone,
        answered_median_us=median(answers) if answers else None,
        judged=judged.total(),
        mattered=judged[MATTERED],
        reasons=dict(sorted(judged.items())),
        acted=acted,
        rests=len(rests),
        rested_us=sum(rests),
        switched_off=len(offs),
        off_us=sum(offs),
        rows=tuple(sorted((_row(name, tally) for name, tally in tallies.items()), key=lambda r: (-r.raised, r.row))),
    )


def _rests(events: Sequence[Event]) -> list[int]:
    """How long each pause of the chair's alarms lasted, us; what has no end lasted until the events end."""
    spans: list[int] = []
    since_us: int | None = None
    for event in events:
        if isinstance(event.payload, AlarmsPaused):
            since_us = event.t_us
        elif isinstance(event.payload, AlarmsResumed) and since_us is not None:
            spans.append(event.t_us - since_us)
            since_us = None
    return spans if since_us is None else [*spans, events[-1].t_us - since_us]


def _off(events: Sequence[Event]) -> list[int]:
    """How long each row was off, us."""
    spans: list[int] = []
    since_us: dict[str, int] = {}
    for event in events:
        if isinstance(event.payload, AlarmSwitchedOff):
            since_us[event.payload.row] = event.t_us
        elif isinstance(event.payload, AlarmSwitchedOn) and event.payload.row in since_us:
            spans.append(event.t_us - since_us.pop(event.payload.row))
    return [*spans, *(events[-1].t_us - us for us in since_us.values())]


def _count(tally: _Tally, line: AlarmLine, end_us: int) -> None:
    tally.raised += 1
    tally.suppressed += line.raised.suppressed_by is not None
    ended_us = line.ended_us if line.ended_us is not None else end_us
    tally.lasted_us += max(0, ended_us - line.raised_us)
    if line.acknowledged_us is not None:
        tally.answers_us.append(line.acknowledged_us - line.raised_us)
    elif line.raised.suppressed_by is None:
        tally.longest_us = max(tally.longest_us, ended_us - line.raised_us)
    if line.why:
        tally.reasons[line.why] += 1


def _row(name: str, tally: _Tally) -> RowCount:
    return RowCount(
        row=name,
        raised=tally.raised,
        suppressed=tally.suppressed,
        lasted_us=tally.lasted_us,
        acknowledged=len(tally.answers_us),
        answered_median_us=median(tally.answers_us) if tally.answers_us else None,
        longest_unanswered_us=tally.longest_us,
        reasons=dict(sorted(tally.reasons.items())),
    )
