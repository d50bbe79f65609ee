"""Which limits would fit what is measured now? An offer that a person looks at and applies, or not (ALARMS section 7).

Only plain limits are proposed, inside the nurse's band and clear of the graver limits in force. A reading that is beyond a
limit in force says nothing: limits are not fitted to a patient in alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor_app.alarms.editing import APART, ROWS
from monitor_app.alarms.limits import HR_ABOVE, LOW_PRESSURE_FACTOR, SYSTOLIC_FACTOR, LimitRow, in_unit
from monitor_app.core.limits import Limit, Side

RATE_LOW_FACTOR = 0.70
SPO2_DOWN = 5.0
BREATH_LOW_FACTOR, BREATH_HIGH_FACTOR = 0.5, 1.5

OFFERED: dict[str, tuple[str, Callable[[float], float]]] = {
    "HR_HIGH": ("hr", lambda now: now + HR_ABOVE),
    "HR_LOW": ("hr", lambda now: now * RATE_LOW_FACTOR),
    "SPO2_LOW": ("spo2", lambda now: now - SPO2_DOWN),
    "NIBP_S_HIGH": ("nibp_systolic", lambda now: now * SYSTOLIC_FACTOR),
    "NIBP_S_LOW": ("nibp_systolic", lambda now: now * LOW_PRESSURE_FACTOR),
    "NIBP_D_HIGH": ("nibp_diastolic", lambda now: now * SYSTOLIC_FACTOR),
    "NIBP_D_LOW": ("nibp_diastolic", lambda now: now * LOW_PRESSURE_FACTOR),
    "NIBP_M_LOW": ("nibp_mean", lambda now: now * LOW_PRESSURE_FACTOR),
    "RR_HIGH": ("resp_rate", lambda now: now * BREATH_HIGH_FACTOR),
    "RR_LOW": ("resp_rate", lambda now: now * BREATH_LOW_FACTOR),
}
"""The limits that are proposed, each with the reading it follows. The rules of a baseline where there are such."""


def proposals(readings: Mapping[str, float], in_force: Mapping[str, Limit]) -> dict[str, float]:
    """New limits by row, only where they differ from those in force. readings: valid and not old, by parameter."""
    alarmed = {of for row, (of, _) in OFFERED.items() if of in readings and _beyond(readings[of], in_force.get(row))}
    found: dict[str, float] = {}
    for row, (parameter, rule) in OFFERED.items():
        if row not in in_force or parameter not in readings or parameter in alarmed:
            continue
        value = _allowed(ROWS[row], rule(readings[parameter]), in_force)
        if value is not None and value != in_force[row].value:
            found[row] = value
    return found


def _beyond(reading: float, limit: Limit | None) -> bool:
    return limit is not None and limit.violated_by(reading)


def _allowed(row: LimitRow, wanted: float, in_force: Mapping[str, Limit]) -> float | None:
    """The nearest value that a nurse may set now; None when there is none."""
    low, high = row.band
    for grave, plain, by in APART:
        if plain == row.id and grave in in_force:
            outer = in_force[grave].value
            low, high = (low, min(high, outer - by)) if row.side is Side.UPPER else (max(low, outer + by), high)
    return min(high, max(low, in_unit(wanted, row.side))) if low <= high else None
