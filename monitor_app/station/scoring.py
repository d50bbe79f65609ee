"""Which points of a recovery score can be worked out from what was measured? (CLINICAL 3.3; None: not known)"""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.scores import ALDRETE, PADSS
from monitor_app.core.session import Session
from monitor_app.station.chair_state import ChairState

SHARES = {ALDRETE: (0.20, 0.50), PADSS: (0.20, 0.40)}
"""Deviation from the baseline that still scores 2, and 1; exactly so much still does."""

OXYGEN_ON, OXYGEN_OFF = "oxygen_on", "oxygen_off"
AIR_LOW, OXYGEN_LOW = 92, 90
EPSILON = 1e-9
"""A deviation of exactly one fifth scores 2, whatever binary fractions make of it."""


def computed(chair: ChairState, session: Session, scale: str, now_us: int) -> dict[str, int]:
    """The points that are known now, by item."""
    found: dict[str, int | None] = {}
    if scale == ALDRETE:
        found["circulation"] = _points(_pressure_share(chair, session, now_us), SHARES[ALDRETE])
        found["oxygenation"] = oxygenation(spo2(chair, now_us), on_oxygen(session))
    elif scale == PADSS:
        shares = [_pressure_share(chair, session, now_us), _rate_share(chair, session, now_us)]
        known = [share for share in shares if share is not None]
        found["vital_signs"] = _points(max(known), SHARES[PADSS]) if len(known) == len(shares) else None
    return {item: points for item, points in found.items() if points is not None}


def oxygenation(value: float | None, oxygen: bool) -> int | None:
    """More than 92 % on air, more than 90 % with oxygen, or less."""
    if value is None:
        return None
    if not oxygen and value > AIR_LOW:
        return 2
    return 1 if value > OXYGEN_LOW else 0


def on_oxygen(session: Session) -> bool:
    """True while oxygen is given, by the log."""
    notes = session.care.noted(OXYGEN_ON, OXYGEN_OFF)
    return bool(notes) and max(notes, key=lambda note: note.at_us).code == OXYGEN_ON


def spo2(chair: ChairState, now_us: int) -> float | None:
    """The saturation that counts now, None while it is old or absent."""
    return _number(chair, Parameter.SPO2, now_us)


def _number(chair: ChairState, parameter: Parameter, now_us: int) -> float | None:
    held = chair.values.chosen(parameter)
    usable = held is not None and held.number is not None and held.validity.has_value and not held.is_grey(now_us)
    return held.number if usable and held is not None else None


def _rate_share(chair: ChairState, session: Session, now_us: int) -> float | None:
    base = session.baseline.hr if session.baseline is not None else None
    rate = _number(chair, Parameter.HR, now_us)
    rate = rate if rate is not None else _number(chair, Parameter.PULSE_RATE, now_us)
    return abs(rate - base) / base if rate is not None and base else None


def _pressure_share(chair: ChairState, session: Session, now_us: int) -> float | None:
    """How far the last systolic is from the baseline, as a share; None when it is too old to say."""
    record, rule = chair.reading, chair.profile.discharge
    if record is None or record.reading is None or session.baseline is None or record.reading.systolic is None:
        return None
    if rule is not None and now_us - record.measured_us > rule.bp_age_min * MINUTE_US:
        return None
    return abs(record.reading.systolic - session.baseline.systolic) / session.baseline.systolic


def _points(share: float | None, bounds: tuple[float, float]) -> int | None:
    if share is None:
        return None
    return 2 if share <= bounds[0] + EPSILON else 1 if share <= bounds[1] + EPSILON else 0
