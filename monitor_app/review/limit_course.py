"""Which limit was in force when, and where does a number lie beyond one that is tried? Pure.

The course is told by the live rules from the recorded profile, baseline, edits and phases; beyond a limit is not yet an
alarm: delays, confirmations and pauses come with a run of the whole session.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from monitor_app.alarms.limits import effective_limits
from monitor_app.core import events as ev
from monitor_app.core.facts import Baseline
from monitor_app.core.limits import Side
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase, limit_phase
from monitor_app.core.profile import Profile, profile_of
from monitor_app.review.story import Trend

APART_US = 2 * SECOND_US
"""Numbers come once a second: what is further apart is no stretch."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A limit from one moment to the next."""

    from_us: int
    to_us: int
    value: float


@dataclass(frozen=True, slots=True)
class Beyond:
    """Valid numbers beyond a limit, without a break."""

    from_us: int
    to_us: int


def in_force(events: Iterable[ev.Event], row: str, to_us: int) -> list[InForce]:
    """The limit of a row over a session; nothing where none was, or where the profile of an older release is not known."""
    profile: Profile | None = None
    phase, baseline = Phase.ADMITTED, None
    edits: dict[str, float] = {}
    changes: list[tuple[int, float | None]] = []
    for event in events:
        match event.payload:
            case ev.SessionAdmitted() as p:
                profile = _profile(p)
            case ev.PhaseEntered() as p:
                phase = Phase(p.target)
            case ev.BaselineConfirmed() as p:
                baseline = Baseline(p.systolic, p.diastolic, p.mean, p.hr, p.spo2)
            case ev.LimitEdited() as p if p.value is not None:
                edits[p.row] = p.value
            case ev.LimitEdited() as p:
                edits.pop(p.row, None)
            case _:
                continue
        if profile is not None:
            found = effective_limits(profile, limit_phase(phase), baseline, True, edits).get(row)
            changes.append((event.t_us, found.value if found is not None else None))
    ends = [*(t_us for t_us, _ in changes[1:]), to_us][: len(changes)]
    return [
        InForce(t, end, value) for (t, value), end in zip(changes, ends, strict=True) if value is not None and end > t
    ]


def _profile(admitted: ev.SessionAdmitted) -> Profile | None:
    try:
        return profile_of(admitted.profile)
    except (TypeError, ValueError, KeyError):
        return None


def beyond(trend: Trend, side: Side, limit: float) -> list[Beyond]:
    """The stretches in which a trend lies strictly beyond; a second without a number ends one."""
    out = trend.values > limit if side is Side.UPPER else trend.values < limit  # NaN is neither
    places = np.flatnonzero(out)
    if not len(places):
        return []
    times = trend.t_us[places]
    breaks = np.flatnonzero((np.diff(places) > 1) | (np.diff(times) > APART_US)) + 1
    return [Beyond(int(part[0]), int(part[-1]) + SECOND_US) for part in np.split(times, breaks)]
