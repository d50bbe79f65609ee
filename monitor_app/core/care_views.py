"""What people see of a session beside its numbers: ticks, readiness, scores, checks, dose, notes, the words of a handover.

As in `core.snapshot`: decided, rounded, in words. Times ending in `_us` are station time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line of check-in or discharge. who: the name it was ticked with. at_us: when, None while it is open."""

    id: str
    text: str
    required: bool = True
    named: bool = False
    at_us: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One row of readiness. state: met, not met or not known. because: what it was judged by."""

    id: str
    text: str
    state: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class CheckView:
    """Something to look at. by: keys of the quick log and scales that fulfil it."""

    id: str
    text: str
    due_us: int
    due: bool = False
    overdue: bool = False
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """One of the newest notes and scores. kind: note or score. undo: the quick log still takes it back at a press."""

    id: str
    kind: str
    code: str
    text: str
    at_us: int
    who: str = ""
    corrected: bool = False
    undo: bool = False


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One line of what the next nurse must know."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class CareView:
    """A session as nurses live it. undo: the step that can be taken back until undo_until_us, in words, else empty.

    asks: a question that waits for a person, in words ("Patient back?"). recheck_us: of a hold. away_until_us: the patient
    is away till then. amend_from_us: how early the present start may be set, None when it may not. delivered, rate, dose:
    in words, calculated from marks. next_dose: number of the next device of a spray, 0 for none. scores: scales that are
    offered. ready_us: since when the patient is ready. ready_word: `5 of 7`, empty outside recovery. open_items: what a
    report would miss. nurse: who looks after the patient. advice: of the gate, nobody is stopped by it. logged: the
    newest notes of the quick log, newest first, whatever became of them; logged_hidden: not shown to these eyes.
    """

    weight: str = ""
    series: str = ""
    nurse: str = ""
    undo: str = ""
    undo_until_us: int | None = None
    asks: str = ""
    held: bool = False
    recheck_us: int | None = None
    away_until_us: int | None = None
    away_reason: str = ""
    amend_from_us: int | None = None
    started_us: int | None = None
    delivered: str = ""
    rate: str = ""
    dose: str = ""
    next_dose: int = 0
    checkin: tuple[ItemView, ...] = ()
    discharge: tuple[ItemView, ...] = ()
    readiness: tuple[CriterionView, ...] = ()
    ready_us: int | None = None
    ready_word: str = ""
    scores: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    checks: tuple[CheckView, ...] = ()
    entries: tuple[EntryView, ...] = ()
    advice: tuple[str, ...] = ()
    open_items: tuple[str, ...] = ()
    handover: tuple[HandoverLine, ...] = ()
    logged: tuple[EntryView, ...] = ()
    logged_hidden: bool = False
