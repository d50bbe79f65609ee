"""How do the events of the care of a session read in the chair's log? One line each, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor_app.core import care_events as care
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.scores import SCALES

_FIELDS = {"pseudonym": "Patient", "weight_kg": "Weight", "session_number": "Session number"}
_CAUSES = {
    "back": "The patient is back",
    "signals": "The sensors show somebody again: is the patient back?",
    "expired": "The absence is over: is the patient back?",
    "discharged": "The absence ends with the discharge",
}


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""


def _amended(p: care.PhaseAmended) -> str:
    minutes = abs(p.new_us - p.old_us) / MINUTE_US
    when = "earlier" if p.new_us < p.old_us else "later"
    return f"{p.phase.capitalize()} began {minutes:.1f} min {when} than was said" + _why(p.reason)


def _patient(p: care.SessionAmended) -> str:
    return f"{_FIELDS.get(p.field, p.field)} corrected from {p.old or 'none'} to {p.new or 'none'}" + _why(p.reason)


def _score(p: care.ScoreRecorded) -> str:
    scale = SCALES.get(p.scale)
    title = scale.title if scale is not None else p.scale
    word = scale.words.get(p.total, "") if scale is not None and p.total is not None else ""
    said = f"{title} {p.total if p.total is not None else 'incomplete'}" + (f", {word}" if word else "")
    return f"{said} (corrected)" if p.corrects else said


def _rate(p: care.RateChanged) -> str:
    return f"Rate {p.old_ml_per_h:g} -> {p.new_ml_per_h:g} mL/h" + _why(p.reason)


def _dose(p: care.DoseRecorded) -> str:
    return f"Dose {p.weight_kg:g} kg x {p.mg_per_kg:g} mg/kg = {p.mg:g} mg, {p.ml_per_h:g} mL/h"


def _ready(p: care.DischargeReady) -> str:
    return "Ready for discharge" if p.ready else f"Not ready any more: {', '.join(p.why_not)}"


def _ticked(p: care.CheckTicked) -> str:
    said = p.item.replace("_", " ")
    return f"{said[:1].upper()}{said[1:]} {'ticked' if p.done else 'is open again'}" + _why(p.text)


CARE_LINES: dict[type[Any], Callable[[Any], str]] = {
    care.StepUndone: lambda p: f"Undone: {p.step.replace('_', ' ')}" + _why(p.reason),
    care.PhaseAmended: _amended,
    care.SessionAmended: _patient,
    care.SessionHeld: lambda p: "On hold" + _why(p.reason),
    care.SessionReleased: lambda p: "Hold released" + _why(p.decision),
    care.AbsenceBegan: lambda p: f"Away from the chair for {(p.until_us - p.at_us) // MINUTE_US} min" + _why(p.reason),
    care.AbsenceEnded: lambda p: _CAUSES.get(p.cause, p.cause),
    care.CheckTicked: _ticked,
    care.PrebriefShown: lambda p: f"Pre-brief of {len(p.sessions)} earlier sessions shown",
    care.DataAdopted: lambda p: f"{(p.to_us - p.from_us) / MINUTE_US:.1f} min of data before the admission adopted",
    care.CheckMissed: lambda p: f"Not done: {p.text}",
    care.CheckOverridden: lambda p: f"Gone on without {p.text}" + _why(p.reason),
    care.ScoreRecorded: _score,
    care.DoseRecorded: _dose,
    care.RateChanged: _rate,
    care.DoseGiven: lambda p: f"Device {p.number} given" + (f", {p.mg:g} mg" if p.mg is not None else ""),
    care.DischargeReady: _ready,
    care.ChairMoved: lambda p: f"Moved from chair {p.source} to chair {p.target}" + _why(p.reason),
    care.HandedOver: lambda p: f"Handed over to {p.to}",
    care.NibpDeferred: lambda p: "BP deferred to the next slot: quiet cuff",
}
