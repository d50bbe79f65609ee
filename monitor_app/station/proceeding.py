"""May the drug start? The hold or proceed gate on the confirmed baseline, and what has not been asked yet (CLINICAL 2.3).

Everything here is soft: a person may go on, with a reason; beyond a gate the record also holds who decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Origin
from monitor_app.core.facts import Baseline
from monitor_app.core.session import Session
from monitor_app.station.chair_state import ChairState

GATE = "gate_"
"""Guards whose name begins so ask for the name of whoever decides."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One line of the gate. advisory: shown and logged; gate: a named person decides. at: the bound itself is beyond."""

    name: str
    label: str
    unit: str
    low: tuple[float, float] | None = None
    high: tuple[float, float] | None = None
    at: bool = True


BOUNDS = (
    Bound("systolic", "Systolic baseline", "mmHg", (100, 90), (140, 160)),
    Bound("diastolic", "Diastolic baseline", "mmHg", None, (90, 100)),
    Bound("hr", "Baseline heart rate", "bpm", (55, 50), (110, 120), at=False),
    Bound("spo2", "Baseline SpO2", "%", (95, 92)),
)
"""low, high: advisory and gate. The director's numbers, as defaults (section 2.3)."""


def gate(baseline: Baseline) -> list[tuple[str, str]]:
    """Name and sentence of every gate that this baseline is beyond."""
    return [(f"{GATE}{b.name}", text) for b in BOUNDS if (text := _beyond(b, getattr(baseline, b.name), 1))]


def advice(baseline: Baseline) -> list[str]:
    """What is worth a thought and stops nobody."""
    return [
        text
        for b in BOUNDS
        if (text := _beyond(b, getattr(baseline, b.name), 0)) and not _beyond(b, getattr(baseline, b.name), 1)
    ]


def _beyond(bound: Bound, value: float | None, grade: int) -> str:
    if value is None:
        return ""
    if bound.low is not None and value < bound.low[grade]:
        return f"{bound.label} {value:.0f} {bound.unit} is below {bound.low[grade]:g}"
    if bound.high is None:
        return ""
    high = bound.high[grade]
    if bound.at and value >= high:
        return f"{bound.label} {value:.0f} {bound.unit} is not below {high:g}"
    return f"{bound.label} {value:.0f} {bound.unit} is above {high:g}" if not bound.at and value > high else ""


def not_asked(chair: ChairState, session: Session) -> list[tuple[str, str]]:
    """What should have been asked before a drug is given, by name and sentence."""
    profile, found = chair.profile, []
    still = [item for item in profile.checkin if item.required and session.care.tick(item.id) is None]
    if still:
        found.append(("checkin_open", f"Check-in is open: {', '.join(item.text for item in still)}"))
    if profile.ask_dose and session.care.dose is None:
        found.append(("no_dose_record", "No dose has been recorded"))
    elif profile.ask_dose and session.care.dose is not None and not session.care.dose.second_check:
        found.append(("no_second_check", "Nobody is named for the second check of the dose"))
    if profile.checkin and not profile.approved_by and chair.origin is Origin.REAL:
        found.append(("profile_not_approved", f"The profile '{profile.title}' is not approved"))
    return found
