"""Of which class is a beat by all leads at once? A beat that looks usual in one lead may be plain in another.

The lead that is counted says where the beats are. The other leads are looked at in the same moments, and all views together
make the class. While only one lead is known, or few beats have been seen in several, its own judgement stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.rhythm.classes import ClassJudge
from monitor_app.rhythm.lead import Heard, Sight
from monitor_app.rhythm.strip import Strip

LEARN_BEATS = 8
KEPT_US = 6_000_000  # of the waves: a beat that is found late is at most four seconds old


class Together:
    """Classes of the beats of the counted lead."""

    def __init__(self) -> None:
        self._judge: ClassJudge | None = None
        self._heard = 0

    def classify(self, heard: Heard, strips: Mapping[Parameter, Strip]) -> tuple[BeatFound, ...]:
        """The beats of one block of the counted lead. strips: of all leads."""
        others = {lead: strip for lead, strip in strips.items() if lead is not heard.lead}
        if not others:
            return heard.beats
        return tuple(self._classed(place, heard, others) for place in range(len(heard.beats)))

    def is_usual(self, lead: Parameter, sight: Sight) -> bool:
        """Whether a beat that `lead` alone saw has the patient's usual shape there. Nothing is learned from it."""
        return (
            self._judge is not None
            and self._judge.rate_hz == sight.rate_hz
            and self._judge.is_usual({lead: sight.hump})
        )

    def _classed(self, place: int, heard: Heard, others: Mapping[Parameter, Strip]) -> BeatFound:
        beat, sight = heard.beats[place], heard.sights[place]
        if beat.cls is BeatClass.Q:
            return beat
        views = {heard.lead: sight.hump}
        for lead, strip in others.items():
            view = strip.view(sight.centre_us, heard.end_us, sight.rate_hz, sight.unit)
            if view is not None:
                views[lead] = view
        if self._judge is None or self._judge.rate_hz != sight.rate_hz:
            self._judge, self._heard = ClassJudge(sight.rate_hz), 0
        cls = self._judge.judge(views, sight.since_s)
        self._heard += 1
        return replace(beat, cls=cls) if self._heard > LEARN_BEATS else beat
