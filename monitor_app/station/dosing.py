"""What was planned to be given, and how much of it has been? Arithmetic of marks, shown and never advised (CLINICAL 2.4)."""

from __future__ import annotations

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as ev
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.profile import Profile
from monitor_app.core.session import Session

USUAL = (
    ("weight_kg", "weight", 30, 250, "kg"),
    ("mg_per_kg", "dose", 0.1, 1.5, "mg/kg"),
    ("minutes", "duration", 10, 240, "min"),
)
"""Outside of these a person looks twice; nothing is forbidden."""

BETWEEN_US = 5 * MINUTE_US
"""Devices of a spray follow each other at this distance at least."""


def recorded(cmd: cmds.RecordDose) -> ev.DoseRecorded | str:
    """The dose record with its working, or the sentence what is missing or unusual."""
    for name in ("weight_kg", "mg_per_kg", "minutes", "mg_per_ml"):
        if not getattr(cmd, name) > 0:
            return f"{name.replace('_', ' ')} must be more than 0"
    odd = [
        f"{label} {getattr(cmd, name):g} {unit} is outside {low:g} to {high:g}"
        for name, label, low, high, unit in USUAL
        if not low <= getattr(cmd, name) <= high
    ]
    if odd and not cmd.confirmed:
        return f"Unusual, please confirm: {'; '.join(odd)}"
    mg = cmd.weight_kg * cmd.mg_per_kg
    ml = mg / cmd.mg_per_ml
    return ev.DoseRecorded(
        weight_kg=cmd.weight_kg,
        mg_per_kg=cmd.mg_per_kg,
        minutes=cmd.minutes,
        mg_per_ml=cmd.mg_per_ml,
        mg=round(mg, 3),
        ml=round(ml, 3),
        ml_per_h=round(ml / (cmd.minutes / 60), 3),
        second_check=cmd.second_check.strip(),
    )


def rate_changed(session: Session, cmd: cmds.ChangeRate, at_us: int) -> ev.RateChanged | str:
    """The new rate and where it leads, or the sentence why it cannot be recorded."""
    old = session.care.ml_per_h if session.care.ml_per_h is not None else cmd.was_ml_per_h
    if session.phase is not Phase.INFUSION or session.planned_end_us is None:
        return "No infusion runs"
    if not cmd.ml_per_h > 0:
        return "A rate is more than 0 mL/h: to stop the drug, pause or end the infusion"
    if old is None or not old > 0:
        return "Say at which rate it ran until now, or record the dose first"
    if not cmd.reason.strip():
        return "Another rate needs a reason"
    delivered = session.delivered(at_us)
    base_us = session.paused_since_us if session.paused_since_us is not None else at_us
    left_us = max(0, session.planned_end_us - base_us)
    end_us = base_us + round(left_us * old / cmd.ml_per_h)
    share = round(delivered, 6) if delivered is not None else 0.0
    return ev.RateChanged(at_us, old, cmd.ml_per_h, end_us, share, cmd.reason.strip())


def given(session: Session, profile: Profile, cmd: cmds.GiveDose, at_us: int) -> ev.DoseGiven | str:
    """One device of a spray, or the sentence why it cannot be recorded."""
    planned = len(profile.doses_min)
    if not planned:
        return f"The profile '{profile.title}' plans no single doses"
    if session.phase is not Phase.INFUSION:
        return f"The chair is {session.phase.value}: start the treatment first"
    if not 1 <= cmd.number <= planned:
        return f"The profile plans {planned} devices, numbered from 1"
    if any(dose.number == cmd.number for dose in session.care.given):
        return f"Device {cmd.number} is recorded already"
    newest = max((dose.at_us for dose in session.care.given), default=None)
    if newest is not None and at_us - newest < BETWEEN_US and not cmd.override:
        return f"Less than {BETWEEN_US // MINUTE_US} min since the device before; say so if it was given all the same"
    return ev.DoseGiven(cmd.number, at_us, cmd.mg)


def delivered_mg(session: Session, now_us: int) -> float | None:
    """How many mg have run in, calculated from marks; None without a dose record or an infusion."""
    share, dose = session.delivered(now_us), session.care.dose
    return None if share is None or dose is None else round(dose.mg * share, 1)
