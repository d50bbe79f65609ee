"""What has been noted of a session beside its phases? The fold of ticks, notes, scores, dose and absence.

As in `core.session`: it decides nothing. A correction stands for what it corrects; the corrected one stays here, marked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor_app.core import care_events as care
from monitor_app.core import events as ev

ENTRIES_MAX = 300
"""The newest notes of a session that rules may look at; the whole story is in the record."""

SCORES_MAX = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One note of the quick log. corrected: another entry stands for it, or it was taken back."""

    id: str
    code: str
    at_us: int
    text: str = ""
    actor: str = ""
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """One score. items: points by item, in the order of the scale."""

    id: str
    scale: str
    at_us: int
    items: tuple[tuple[str, int], ...] = ()
    total: int | None = None
    corrected: bool = False

    def points(self, item: str) -> int | None:
        """Points of one item, None when it was not judged."""
        return dict(self.items).get(item)


@dataclass(frozen=True, slots=True)
class Tick:
    """An item that is fulfilled. text: who or what."""

    item: str
    at_us: int
    text: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """The planned dose as typed, and what follows from it: mg, mL, mL/h."""

    weight_kg: float
    mg_per_kg: float
    minutes: float
    mg_per_ml: float
    mg: float
    ml: float
    ml_per_h: float
    second_check: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """One device of a spray."""

    number: int
    at_us: int
    mg: float | None = None


_ENDED_BY_ITSELF = ("expired", "signals")


@dataclass(frozen=True, slots=True)
class Care:
    """Everything noted of one session. away_us: since when the patient is away, None at the chair; back_us: the end of
    the last absence. ready_us: since when the rule of readiness holds. nurse: who looks after the patient, as handed over.
    missed: of each check the number of its newest due time that was told as missed.
    """

    ticks: tuple[Tick, ...] = ()
    entries: tuple[Entry, ...] = ()
    scores: tuple[Score, ...] = ()
    dose: Dose | None = None
    ml_per_h: float | None = None
    given: tuple[Given, ...] = ()
    away_us: int | None = None
    away_until_us: int | None = None
    away_reason: str = ""
    back_us: int | None = None
    back_cause: str = ""
    ready_us: int | None = None
    nurse: str = ""
    missed: tuple[tuple[str, int], ...] = ()

    @property
    def back_asked_us(self) -> int | None:
        """Since when it is not known whether the patient is back: an absence ended by itself, and nobody has said so."""
        return self.back_us if self.away_us is None and self.back_cause in _ENDED_BY_ITSELF else None

    def tick(self, item: str) -> Tick | None:
        """The item's tick, None while it is open."""
        return next((tick for tick in self.ticks if tick.item == item), None)

    def lapsed(self, check: str) -> int:
        """Number of the check's newest due time that was told as missed, 0 without one."""
        return dict(self.missed).get(check, 0)

    def noted(self, *codes: str) -> tuple[Entry, ...]:
        """Entries that count, oldest first: of these codes, or all."""
        return tuple(e for e in self.entries if not e.corrected and (not codes or e.code in codes))

    def newest(self, *scales: str) -> Score | None:
        """The newest score that counts on one of these scales."""
        found = [s for s in self.scores if not s.corrected and s.scale in scales]
        return max(found, key=lambda score: score.at_us, default=None)


def followed(known: Care, event: ev.Event) -> Care:
    """What is noted after `event`; the same object when it says nothing about it."""
    payload = event.payload
    if isinstance(payload, ev.ObservationLogged):
        return _logged(known, payload, event.actor)
    if isinstance(payload, care.ScoreRecorded):
        return _scored(known, payload)
    if isinstance(payload, care.CheckTicked):
        return _ticked(known, payload, event.actor)
    if isinstance(payload, care.DoseRecorded):
        return _dosed(known, payload)
    if isinstance(payload, care.RateChanged):
        return replace(known, ml_per_h=payload.new_ml_per_h)
    if isinstance(payload, care.DoseGiven):
        others = tuple(given for given in known.given if given.number != payload.number)
        return replace(known, given=(*others, Given(payload.number, payload.at_us, payload.mg)))
    if isinstance(payload, care.AbsenceBegan):
        return replace(known, away_us=payload.at_us, away_until_us=payload.until_us, away_reason=payload.reason)
    if isinstance(payload, care.AbsenceEnded):
        return replace(
            known, away_us=None, away_until_us=None, away_reason="", back_us=event.t_us, back_cause=payload.cause
        )
    if isinstance(payload, care.CheckMissed):
        return replace(known, missed=tuple({**dict(known.missed), payload.check: payload.number}.items()))
    if isinstance(payload, care.DischargeReady):
        return replace(known, ready_us=payload.at_us if payload.ready else None)
    if isinstance(payload, care.HandedOver):
        return replace(known, nurse=payload.to)
    return known


def _logged(known: Care, payload: ev.ObservationLogged, actor: str) -> Care:
    entries = known.entries
    if payload.corrects:
        entries = tuple(replace(e, corrected=True) if e.id == payload.corrects else e for e in entries)
    if not payload.withdrawn:
        entries = (*entries, Entry(payload.entry, payload.code, payload.at_us, payload.text, actor))
    return replace(known, entries=entries[-ENTRIES_MAX:])


def _scored(known: Care, payload: care.ScoreRecorded) -> Care:
    scores = known.scores
    if payload.corrects:
        scores = tuple(replace(s, corrected=True) if s.id == payload.corrects else s for s in scores)
    made = Score(payload.entry, payload.scale, payload.at_us, tuple(payload.items.items()), payload.total)
    return replace(known, scores=(*scores, made)[-SCORES_MAX:])


def _ticked(known: Care, payload: care.CheckTicked, actor: str) -> Care:
    others = tuple(tick for tick in known.ticks if tick.item != payload.item)
    mine = (Tick(payload.item, payload.at_us, payload.text, actor),) if payload.done else ()
    return replace(known, ticks=others + mine)


def _dosed(known: Care, p: care.DoseRecorded) -> Care:
    dose = Dose(p.weight_kg, p.mg_per_kg, p.minutes, p.mg_per_ml, p.mg, p.ml, p.ml_per_h, p.second_check)
    return replace(known, dose=dose, ml_per_h=p.ml_per_h)
