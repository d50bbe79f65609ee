"""How does a condition move between DISARMED, CLEAR, PENDING, PRESENT and CLEARING? (the table of ALARMS section 3)

Every instant is computed, not noticed: an occurrence is raised at `cross + delay` and ends at `back + clear time` even when
the station looks a little later, so that jumping from deadline to deadline gives what a fine grid of looks gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.rows import INSIDE, AlarmRow, Truth, Verdict
from monitor_app.core.limits import Limit
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import Priority

LATE_US_MAX = SECOND_US
"""A deadline missed by more than this was load or sleep: what held meanwhile is not known, only what holds now counts."""

RESTORED_GRACE_US = 15 * SECOND_US
"""After a restart a device needs seconds to speak again; only then is silence the end of a restored occurrence."""


class Standing(StrEnum):
    """Where a condition stands."""

    DISARMED = "disarmed"
    CLEAR = "clear"
    PENDING = "pending"
    PRESENT = "present"
    CLEARING = "clearing"


@dataclass(slots=True)
class Condition:
    """One row for one chair (and subject). limit: by which it was judged last. deadline_us: when time alone may move it.

    held_us: what a cuff on the arm of the probe adds to the onset delay now. asleep: its row does not exist in this part of
    the treatment, or speaks of a patient who has left the chair.
    """

    row: AlarmRow
    subject: str = ""
    standing: Standing = Standing.DISARMED
    cross_us: int = 0
    due_us: int = 0
    held_us: int = 0
    back_us: int = 0
    depth: float = 0.0
    last: Verdict = INSIDE
    limit: Limit | None = None
    occurrence: Occurrence | None = None
    deadline_us: int | None = None
    failed: bool = False
    asleep: bool = False

    def calm(self, verdict: Verdict) -> bool:
        """Take an answer that is no breach; False when something is under way that `step` must move."""
        if self.occurrence is not None or self.standing is Standing.PENDING:
            return False
        self.standing = Standing.DISARMED if verdict.truth is Truth.OUT else Standing.CLEAR
        self.deadline_us = verdict.recheck_us
        return True


class Consequences(Protocol):
    """What a change means is somebody else's business (annunciation, events)."""

    def raised(self, condition: Condition, verdict: Verdict, at_us: int) -> Occurrence: ...

    def succeeded(self, condition: Condition, verdict: Verdict) -> Occurrence: ...

    def updated(self, condition: Condition, verdict: Verdict) -> None: ...

    def escalated(self, condition: Condition, to: Priority, rule: str) -> None: ...

    def ended(self, condition: Condition, reason: str, at_us: int, back_us: int | None) -> None: ...

    def near_missed(self, condition: Condition, duration_us: int) -> None: ...


@dataclass(slots=True)
class Moment:
    """When one looks: now, the look before, the column of limits, and whether that has changed since.

    cuff: begin and end (None while it runs) of the newest inflation on the arm of the probe. away: the patient has left the
    chair, and nothing becomes more urgent than LOW.
    """

    now_us: int
    last_us: int
    phase: LimitPhase | None
    phase_changed: bool
    has_session: bool
    cuff: tuple[int, int | None] | None = None
    away: bool = False


def step(c: Condition, verdict: Verdict, moment: Moment, then: Consequences) -> None:
    """Move one condition by one look, and set its next deadline."""
    if verdict.truth is not Truth.BREACH and c.calm(verdict):
        return
    if c.occurrence is None and c.standing is not Standing.PENDING:
        _begin(c, verdict, moment, then)
    elif c.standing is Standing.PENDING:
        _pending(c, verdict, moment, then)
    else:
        _running(c, verdict, moment, then)
    c.last = verdict
    if verdict.limit is not None:
        c.limit = verdict.limit


def _begin(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    c.standing = Standing.PENDING
    c.cross_us = v.since_us if v.since_us is not None else moment.now_us
    c.depth = 0.0
    _ripen(c, v, moment, then)


def _ripen(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    """A breach goes on: raise it when its time has come."""
    c.due_us = c.cross_us + c.row.delay_us
    if v.bypass_us is not None:
        c.due_us = min(c.due_us, max(v.bypass_us, c.cross_us))
    c.held_us = c.row.cuff_hold.added_us(c.cross_us, *moment.cuff) if c.row.cuff_hold and moment.cuff else 0
    c.due_us += c.held_us
    if v.limit is not None and v.value is not None:
        c.depth = max(c.depth, abs(v.value - v.limit.value))
    if c.due_us > moment.now_us:
        c.deadline_us = _earliest(c.due_us, v.recheck_us)
        return
    expected = c.deadline_us is not None and moment.last_us < c.due_us == c.deadline_us
    _raise(c, v, c.due_us if expected else moment.now_us, then)
    _rise(c, v, moment, then)


def _raise(c: Condition, v: Verdict, at_us: int, then: Consequences) -> None:
    c.standing = Standing.PRESENT
    c.occurrence = then.raised(c, v, at_us)


def _pending(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    if c.due_us < moment.now_us <= c.due_us + LATE_US_MAX:
        _raise(c, c.last, c.due_us, then)
        _running(c, v, moment, then)
    elif v.truth is Truth.BREACH:
        _ripen(c, v, moment, then)
    else:
        _not_ripened(c, v, moment, then)


def _not_ripened(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    inside = v.truth in (Truth.BACK, Truth.HELD)
    limit_stood = c.limit is not None and not moment.phase_changed
    c.standing = Standing.DISARMED if v.truth is Truth.OUT else Standing.CLEAR
    c.deadline_us = v.recheck_us
    if inside and limit_stood:
        then.near_missed(c, moment.now_us - c.cross_us)


def _running(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    """PRESENT or CLEARING."""
    if c.occurrence is not None and c.occurrence.restored_us is not None and _waking(c, v, moment, then):
        return
    clear_us = c.back_us + c.row.clear_us
    if c.standing is Standing.CLEARING and clear_us < moment.now_us <= clear_us + LATE_US_MAX:
        _end(c, "cleared", clear_us, c.back_us, then)
        step(c, v, moment, then)
    elif v.truth is Truth.OUT:
        gone = "phase_changed" if moment.has_session and moment.phase_changed else "disarmed"
        _end(c, gone, moment.now_us, None, then)
        c.standing = Standing.DISARMED
    elif v.truth is Truth.NO_DATA or _of_another_source(c, v):
        _end(c, "no_data", moment.now_us, None, then)
    elif _limit_moved_away(c, v):
        _end(c, "phase_changed" if moment.phase_changed else "limit_changed", moment.now_us, None, then)
    elif v.truth is Truth.BACK:
        _back(c, v, moment, then)
    else:
        c.standing = Standing.PRESENT
        then.updated(c, v)
        _rise(c, v, moment, then)


def _of_another_source(c: Condition, v: Verdict) -> bool:
    """The number now comes from elsewhere and is inside: that says nothing about the one that raised it."""
    occurrence = c.occurrence
    return (
        v.truth is not Truth.BREACH
        and v.value is not None
        and occurrence is not None
        and v.parameter not in ("", occurrence.parameter)
    )


def _limit_moved_away(c: Condition, v: Verdict) -> bool:
    if v.limit is None or c.limit is None or v.value is None or v.limit.value == c.limit.value:
        return False
    return v.truth is not Truth.BREACH


def _back(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    then.updated(c, v)
    if c.standing is not Standing.CLEARING:
        c.standing = Standing.CLEARING
        c.back_us = v.since_us if v.since_us is not None else moment.now_us
    due_us = c.back_us + c.row.clear_us
    if v.end_reason or due_us <= moment.now_us:
        at_us = due_us if due_us > moment.last_us and not v.end_reason else moment.now_us
        _end(c, v.end_reason or "cleared", at_us, c.back_us, then)
        c.deadline_us = v.recheck_us
    else:
        c.deadline_us = _earliest(due_us, v.recheck_us)


def _end(c: Condition, reason: str, at_us: int, back_us: int | None, then: Consequences) -> None:
    then.ended(c, reason, at_us, back_us)
    c.occurrence, c.standing, c.deadline_us = None, Standing.CLEAR, None


def _waking(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> bool:
    """After a restart: still true is raised anew, with a link to the old one. True when there is nothing more to do."""
    occurrence = c.occurrence
    if occurrence is None or occurrence.restored_us is None:
        return False
    if v.truth is Truth.BREACH:
        c.cross_us = v.since_us if v.since_us is not None else moment.now_us
        c.standing, c.occurrence = Standing.PRESENT, then.succeeded(c, v)
        _rise(c, v, moment, then)
        return True
    grace_us = occurrence.restored_us + RESTORED_GRACE_US
    if v.truth is Truth.NO_DATA and moment.now_us < grace_us:
        c.deadline_us = grace_us
        return True
    occurrence.restored_us = None
    return False


def _rise(c: Condition, v: Verdict, moment: Moment, then: Consequences) -> None:
    """A running occurrence may become more urgent, by phase, by verdict or by time; never less."""
    occurrence = c.occurrence
    if occurrence is None:
        return
    if moment.away:
        c.deadline_us = v.recheck_us
        return
    later: list[int] = []
    wanted = [(c.row.priority_in(moment.phase), "phase"), (v.priority, v.rise_rule)]
    for at_us, to, rule in _timed(c, v, moment, occurrence):
        if at_us <= moment.now_us:
            wanted.append((to, rule))
        elif to > occurrence.priority:
            later.append(at_us)
    for priority, rule in wanted:
        if priority is not None and priority > occurrence.priority:
            then.escalated(c, priority, rule)
    c.deadline_us = _earliest(v.recheck_us, *later)


def _timed(c: Condition, v: Verdict, moment: Moment, occurrence: Occurrence) -> list[tuple[int, Priority, str]]:
    found = [
        (occurrence.raised_us + e.after_us, e.to, f"lasts {e.after_us // SECOND_US} s")
        for e in c.row.escalates
        if v.may_escalate and (not e.phases or moment.phase in e.phases)
    ]
    if v.rise_us is not None:
        found.append((v.rise_us, v.rise_to, v.rise_rule))
    return found


def _earliest(*times: int | None) -> int | None:
    return min((t for t in times if t is not None), default=None)
