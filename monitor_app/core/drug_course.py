"""When did the drug run, and how fast? The fold of an infusion's marks: start, pause, resume, rate, end, amendment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.phases import Phase

ENDS = (Phase.RECOVERY.value, Phase.ABORTED.value)


@dataclass(frozen=True, slots=True)
class DrugCourse:
    """marks: station time, and the rate from then on as a share of the first one, 0 while nothing runs, in order.

    share: at which the pump is set, also while it is paused.
    """

    marks: tuple[tuple[int, float], ...] = ()
    share: float = 1.0

    @property
    def runs(self) -> bool:
        """True while the drug flows."""
        return bool(self.marks) and self.marks[-1][1] > 0


def followed(drug: DrugCourse, payload: ev.Payload) -> DrugCourse:
    """The course after this event; the same one when it says nothing about the drug."""
    if isinstance(payload, ev.PhaseEntered):
        if payload.target == Phase.INFUSION.value:
            return DrugCourse(((payload.at_us, 1.0),))
        return _marked(drug, payload.at_us, 0.0) if payload.target in ENDS and drug.runs else drug
    if not drug.marks:
        return drug
    if isinstance(payload, ev.InfusionPaused):
        return _marked(drug, payload.at_us, 0.0)
    if isinstance(payload, ev.InfusionResumed):
        return _marked(drug, payload.at_us, drug.share)
    if isinstance(payload, care.RateChanged):
        share = drug.share * payload.new_ml_per_h / payload.old_ml_per_h if payload.old_ml_per_h else drug.share
        changed = replace(drug, share=share)
        return _marked(changed, payload.at_us, share) if drug.runs else changed
    if isinstance(payload, care.PhaseAmended):
        return _amended(drug, payload)
    return drug


def _marked(drug: DrugCourse, at_us: int, share: float) -> DrugCourse:
    return replace(drug, marks=(*drug.marks, (at_us, share)))


def _amended(drug: DrugCourse, amended: care.PhaseAmended) -> DrugCourse:
    """The start, or the end, was at another time; an end out of a pause changes nothing of when the drug ran."""
    if amended.phase == Phase.INFUSION.value:
        return replace(drug, marks=((amended.new_us, drug.marks[0][1]), *drug.marks[1:]))
    if amended.phase in ENDS and drug.marks[-1] == (amended.old_us, 0.0):
        return replace(drug, marks=(*drug.marks[:-1], (amended.new_us, 0.0)))
    return drug
