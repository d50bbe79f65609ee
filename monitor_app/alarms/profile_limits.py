"""May a profile hold this limit? Guards and believable values hold for everybody and for every file (ALARMS section 7).

A clinician may leave the nurse's band here, as at one chair; nobody leaves the bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from drivers.samples import Parameter
from monitor_app.alarms.catalogue import CATALOGUE
from monitor_app.alarms.editing import ROWS, disorder
from monitor_app.alarms.limits import LimitRow, effective_limits
from monitor_app.core.limits import Side
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.phases import LimitPhase
from monitor_app.core.profile import Profile

PRESSURE = (20.0, 300.0)
"""mmHg that a cuff can be believed to measure."""
ONCE = "_ONCE"
OPPOSITE = (
    ("HR_LOW", "HR_HIGH"), ("HR_LOW", "HR_SUSTAINED"), ("NIBP_S_LOW", "NIBP_S_HIGH"), ("NIBP_D_LOW", "NIBP_D_HIGH"),
    ("NIBP_M_LOW", "NIBP_M_HIGH"), ("RR_LOW", "RR_HIGH"), ("TEMP_LOW", "TEMP_HIGH"),
)  # fmt: skip
"""Below, above: between them a patient is without an alarm."""

_PARAMETER = {row.id: row.parameter for row in CATALOGUE}
_PHASES = {phase.value: phase for phase in LimitPhase}


def bounds(row: LimitRow) -> tuple[float, float]:
    """Lowest and highest value that a profile may hold, in the parameter's unit: the guard, and what can be measured."""
    parameter = _PARAMETER[row.id.removesuffix(ONCE)]
    known = next((spec for p, spec in NUMERICS.items() if isinstance(p, Parameter) and p.value == parameter), None)
    low, high = (known.low, known.high) if known is not None else PRESSURE
    return (low, row.guard) if row.side is Side.UPPER else (row.guard, high)


def profile_value(profile: Profile, row: LimitRow, phase: LimitPhase) -> float | None:
    """What the profile says for this column, before any guard; None where there is no limit."""
    return profile.limits.get(row.id, {}).get(phase.value, row.default(phase))


def profile_fault(profile: Profile) -> str:
    """Why no file may hold these limits, in one sentence; empty when it may."""
    return next(_faults(profile), "")


def profile_edit_refusal(after: Profile, row_id: str, column: str) -> str:
    """Why the profile may not become like this by a change of this limit, in one sentence; empty when it may."""
    row, phase = ROWS.get(row_id), _PHASES.get(column)
    if row is None:
        return f"There is no limit called {row_id}"
    if phase is None:
        return f"There is no part of the treatment called {column}: known are {', '.join(_PHASES)}"
    if row.recommended(phase) is None:
        return f"{row_id} has no limit in the column {column}"
    value = after.limits.get(row_id, {}).get(column)
    fault = _fault(row, column, value) if value is not None else ""
    found = effective_limits(after, phase, None)
    return fault or disorder(row_id, found) or _crossed(after, row_id, phase)


def _faults(profile: Profile) -> Iterator[str]:
    for row_id, columns in profile.limits.items():
        for column, value in columns.items():
            fault = _fault(ROWS[row_id], column, value) if row_id in ROWS else ""
            if fault:
                yield fault


def _fault(row: LimitRow, column: str, value: float) -> str:
    place = f"{row.id} ({column})"
    if not isfinite(value):
        return f"{place}: a limit is a number"
    if (value > row.guard) if row.side is Side.UPPER else (value < row.guard):
        way = "above" if row.side is Side.UPPER else "below"
        return f"{place} = {value:g} cannot be set {way} {row.guard:g}, by nobody"
    low, high = bounds(row)
    return "" if low <= value <= high else f"{place} = {value:g} is outside of {low:g} to {high:g}"


def _crossed(after: Profile, row_id: str, phase: LimitPhase) -> str:
    for below, above in OPPOSITE:
        low, high = profile_value(after, ROWS[below], phase), profile_value(after, ROWS[above], phase)
        if row_id in (below, above) and low is not None and high is not None and low >= high:
            return f"{below} ({low:g}) must lie below {above} ({high:g}): change the other one first"
    return ""
