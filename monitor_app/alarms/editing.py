"""May a person set this limit? Guards hold for everybody, the band for nurses, and the tiers keep their order (ALARMS 7)."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from monitor_app.alarms.limits import LIMIT_ROWS, LimitRow
from monitor_app.core.limits import Limit, Side

CLINICIAN = "clinician:"
"""Begins the actor of somebody who may leave the nurse's band."""

APART = (
    ("NIBP_S_XHIGH_ONCE", "NIBP_S_HIGH", 5.0),
    ("NIBP_D_XHIGH_ONCE", "NIBP_D_HIGH", 5.0),
    ("NIBP_S_XLOW_ONCE", "NIBP_S_LOW", 5.0),
    ("NIBP_S_XHIGH", "NIBP_S_HIGH", 0.0),
    ("NIBP_D_XHIGH", "NIBP_D_HIGH", 0.0),
    ("NIBP_S_XHIGH_ONCE", "NIBP_S_XHIGH", 0.0),
    ("NIBP_D_XHIGH_ONCE", "NIBP_D_XHIGH", 0.0),
    ("EXTREME_TACHY", "HR_HIGH", 5.0),
    ("EXTREME_BRADY", "HR_LOW", 5.0),
    ("SPO2_DESAT", "SPO2_LOW", 3.0),
)
"""The graver row, the plain one, and by how much it lies further out."""
ROWS: dict[str, LimitRow] = {row.id: row for row in LIMIT_ROWS}


def refusal(row_id: str, value: float | None, after: Mapping[str, Limit], reason: str, actor: str) -> str:
    """Why this edit is not allowed, in one sentence; empty when it is. after: the limits as they would be in force."""
    row = ROWS.get(row_id)
    if row is None:
        return f"There is no limit called {row_id}"
    if value is not None:
        if not isfinite(value):
            return "A limit is a number"
        if (value > row.guard) if row.side is Side.UPPER else (value < row.guard):
            return f"{row_id} cannot be set {'above' if row.side is Side.UPPER else 'below'} {row.guard:g}, by nobody"
        low, high = row.band
        if not low <= value <= high and not (actor.startswith(CLINICIAN) and reason.strip()):
            return f"Outside of {low:g} to {high:g} a clinician must set it, with a reason"
    return disorder(row_id, after)


def disorder(row_id: str, after: Mapping[str, Limit]) -> str:
    """Which graver row would lie inside its plain one, in one sentence; empty when the order holds."""
    for grave, plain, by in APART:
        if row_id not in (grave, plain) or grave not in after or plain not in after:
            continue
        outer, inner = after[grave], after[plain]
        distance = outer.value - inner.value if outer.side is Side.UPPER else inner.value - outer.value
        if distance < by:
            words = f"at least {by:g} outside of" if by else "not inside"
            return f"{grave} ({outer.value:g}) must lie {words} {plain} ({inner.value:g}): change the other one first"
    return ""
