"""What people see of a chair's cuff beside its newest reading: what the profile plans, what comes next, what it does now.

As in `core.snapshot`: decided, in words and tokens. Times ending in `_us` are station time.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.priority import Priority


@dataclass(frozen=True, slots=True)
class CuffPartView:
    """How often the cuff measures in one part of the treatment. part: baseline, infusion, resting or recovery.

    every: the profile's interval as text. now: the one in force where it is another, else empty. current: the patient is
    there. at: extra minutes of this part as text.
    """

    part: str
    every: str
    now: str = ""
    current: bool = False
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CuffDueView:
    """One inflation that comes, or should have come. kind: planned, fixed, repeat, retry or manual.

    overdue: how gravely it is missed, None while it is not.
    """

    at_us: int
    kind: str
    overdue: Priority | None = None


@dataclass(frozen=True, slots=True)
class CuffPlanView:
    """The schedule of one cuff. trouble: why nobody can start it now, a whole sentence or empty. waits: why what is due does
    not start by itself, as a sentence.

    startable: a person may ask for a reading. hurried: a standing alarm shortens the interval. running: what the
    determination in progress is for (planned, manual, repeat, retry, device), since_us its begin. quiet: the profile lets
    a calm patient's reading wait one slot, within calm_pct per cent of the baseline and no older than calm_min minutes.
    revision: of the profile.
    """

    parts: tuple[CuffPartView, ...] = ()
    due: tuple[CuffDueView, ...] = ()
    trouble: str = ""
    waits: str = ""
    startable: bool = False
    hurried: bool = False
    running: str = ""
    since_us: int | None = None
    quiet: bool = False
    calm_pct: str = ""
    calm_min: str = ""
    revision: int = 0
