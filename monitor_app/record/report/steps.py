"""Which steps did the treatment take, in words for a table? The undone ones stand there as undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.words import PHASE_WORDS

RECOVERY = PHASE_WORDS[Phase.RECOVERY].capitalize()


@dataclass(frozen=True, slots=True)
class Step:
    """at_us: when it happened. typed: what a person wrote. planned_end_us: of the infusion from here on."""

    at_us: int
    words: str
    typed: str = ""
    planned_end_us: int | None = None


def step_of(event: ev.Event) -> Step | None:
    """The line of an event, None when it is no step."""
    made = _STEPS.get(type(event.payload))
    return None if made is None else made(event, event.payload)


def _rate(event: ev.Event, p: Any) -> Step:
    words = f"Rate {p.old_ml_per_h:g} to {p.new_ml_per_h:g} mL/h"
    return Step(p.at_us, words, p.reason, p.planned_end_us)


def _amended(event: ev.Event, p: Any) -> Step:
    minutes = (p.new_us - p.old_us) / MINUTE_US
    return Step(event.t_us, f"Start of {p.phase} amended by {minutes:+.1f} min".replace("-", "−"), p.reason)


_STEPS: dict[type[Any], Callable[[ev.Event, Any], Step]] = {
    ev.SessionAdmitted: lambda e, p: Step(e.t_us, "Admitted"),
    ev.PhaseEntered: lambda e, p: Step(p.at_us, PHASE_WORDS[Phase(p.target)].capitalize(), p.reason, p.planned_end_us),
    ev.BaselineConfirmed: lambda e, p: Step(e.t_us, "Baseline confirmed"),
    ev.InfusionPaused: lambda e, p: Step(p.at_us, "Infusion paused", p.reason),
    ev.InfusionResumed: lambda e, p: Step(p.at_us, "Infusion resumed", "", p.planned_end_us),
    care.SessionHeld: lambda e, p: Step(p.at_us, "On hold", p.reason),
    care.SessionReleased: lambda e, p: Step(p.at_us, "Hold released", p.decision),
    care.RateChanged: _rate,
    care.DoseGiven: lambda e, p: Step(
        p.at_us, f"Device {p.number} given" + (f", {p.mg:g} mg" if p.mg is not None else "")
    ),
    care.StepUndone: lambda e, p: Step(e.t_us, f"Undone: {p.step.replace('_', ' ')}", p.reason),
    care.PhaseAmended: _amended,
    care.AbsenceBegan: lambda e, p: Step(p.at_us, "Away from the chair", p.reason),
    care.AbsenceEnded: lambda e, p: Step(e.t_us, f"Absence ended: {p.cause}"),
    care.ChairMoved: lambda e, p: Step(e.t_us, f"Moved from chair {p.source} to {p.target}", p.reason),
    care.HandedOver: lambda e, p: Step(e.t_us, "Handed over", p.to),
}
