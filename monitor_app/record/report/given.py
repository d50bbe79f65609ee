"""What was given, how was the patient scored, since when was the discharge ready? As in the journal (CLINICAL 7.2, 7.11).

Milligrams delivered are calculated from the marks that people set (start, pauses, rates, end), never measured, and are
called so wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.care import Dose, Given
from monitor_app.core.scores import SCALES
from monitor_app.core.session import Session


@dataclass(frozen=True, slots=True)
class RateLine:
    """The pump at another rate, and who said so."""

    said: care.RateChanged
    actor: str


@dataclass(frozen=True, slots=True)
class Doses:
    """planned: as typed last, None where nobody typed one. share: of the plan, delivered, from marks, None without a plan.

    mg: what that comes to, or what the devices of a spray sum up to; None where a part of it is unknown.
    """

    planned: Dose | None
    share: float | None
    mg: float | None
    devices: tuple[Given, ...]
    rates: tuple[RateLine, ...]

    @property
    def is_known(self) -> bool:
        """True where anything about a dose was recorded."""
        return self.planned is not None or bool(self.devices) or bool(self.rates)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score that stands. items: labels of the scale with their points. computed: labels that the station worked out.

    corrected: it replaces an earlier entry, which stays in the journal.
    """

    at_us: int
    scale: str
    title: str
    total: int | None
    items: tuple[tuple[str, int], ...]
    computed: tuple[str, ...]
    actor: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """ready_us: since when the rule of the profile held at the end, None when it did not. why_not: the rows that were last
    said to stand in its way; empty when none ever was."""

    ready_us: int | None
    why_not: tuple[str, ...]


def doses(session: Session, events: Sequence[ev.Event], to_us: int) -> Doses:
    """Of a session that has come as far as `to_us`."""
    known = session.care
    rates = tuple(RateLine(e.payload, e.actor) for e in events if isinstance(e.payload, care.RateChanged))
    given = tuple(sorted(known.given, key=lambda g: g.number))
    share = session.delivered(to_us) if known.dose is not None else None
    return Doses(known.dose, share, _mg(known.dose, share, given), given, rates)


def _mg(planned: Dose | None, share: float | None, given: tuple[Given, ...]) -> float | None:
    if given:
        known = [g.mg for g in given if g.mg is not None]
        return sum(known) if len(known) == len(given) else None
    return planned.mg * share if planned is not None and share is not None else None


def scores(events: Sequence[ev.Event]) -> tuple[ScoreLine, ...]:
    """The scores that no later entry stands for, by the time at which they were taken."""
    said = [(e.payload, e.actor) for e in events if isinstance(e.payload, care.ScoreRecorded)]
    replaced = {payload.corrects for payload, _ in said if payload.corrects}
    lines = [_line(payload, actor) for payload, actor in said if not payload.entry or payload.entry not in replaced]
    return tuple(sorted(lines, key=lambda line: line.at_us))


def _line(p: care.ScoreRecorded, actor: str) -> ScoreLine:
    scale = SCALES.get(p.scale)
    labels = {item.id: item.label for item in scale.items} if scale is not None else {}
    order = list(labels) if labels else list(p.items)
    return ScoreLine(
        p.at_us, p.scale, scale.title if scale is not None else p.scale, p.total,
        tuple((labels.get(item, item), p.items[item]) for item in order if item in p.items),
        tuple(labels.get(item, item) for item in p.computed), actor, bool(p.corrects),
    )  # fmt: skip


def readiness(session: Session, events: Sequence[ev.Event]) -> Readiness:
    """As the station judged it then; nothing is judged again."""
    said = [e.payload for e in events if isinstance(e.payload, care.DischargeReady)]
    against = [payload.why_not for payload in said if not payload.ready]
    return Readiness(session.care.ready_us, against[-1] if against else ())
