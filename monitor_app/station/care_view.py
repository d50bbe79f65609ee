"""How does a session look to the nurse who lives it? Builds CareView: every word decided, every time told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from monitor_app.core.care import Care, Entry
from monitor_app.core.care_views import CareView, CheckView, CriterionView, EntryView, ItemView
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import BY_STEP, Phase, Step
from monitor_app.core.profile import ListItem, Profile
from monitor_app.core.scores import SCALES
from monitor_app.core.session import Session
from monitor_app.core.snapshot import AlarmView
from monitor_app.station.chair_state import ChairState
from monitor_app.station.dosing import delivered_mg
from monitor_app.station.facts import checks_of
from monitor_app.station.handover import handover
from monitor_app.station.proceeding import advice
from monitor_app.station.readiness import MET, readiness
from monitor_app.station.undoing import AMENDED_US_MAX, undo_until_us

ENTRIES_SHOWN = 5

TAKE_BACK_US = 60 * SECOND_US
"""So long the quick log takes an entry back at one press; later it is corrected on the session's page (CLINICAL 3.1)."""


def care_view(chair: ChairState, views: Sequence[AlarmView], now_us: int) -> CareView:
    """The session beside its numbers; empty where nobody is in care."""
    session, profile = chair.treated, chair.profile
    if session is None:
        return _gone(chair.session, now_us)
    care, rule = session.care, profile.discharge
    until_us = undo_until_us(session)
    rows = readiness(chair, views, now_us)
    recovering = session.phase in (Phase.RECOVERY, Phase.ABORTED)
    return CareView(
        weight=f"{session.weight_kg:g} kg" if session.weight_kg is not None else "",
        series=_series(session.session_number, profile.series),
        nurse=care.nurse,
        undo=_undo_words(session) if until_us is not None and now_us <= until_us else "",
        undo_until_us=until_us if until_us is not None and now_us <= until_us else None,
        asks=_asks(session),
        held=session.held,
        recheck_us=session.recheck_us,
        away_until_us=care.away_until_us,
        away_reason=care.away_reason,
        amend_from_us=_amend_from_us(session),
        started_us=session.phase_at_us,
        delivered=_delivered_words(session, now_us),
        rate=f"{care.ml_per_h:g} mL/h" if care.ml_per_h is not None else "",
        dose=dose_words(care),
        next_dose=_next_dose(care, len(profile.doses_min)),
        checkin=tuple(_item(item, care) for item in profile.checkin),
        discharge=tuple(_item(item, care) for item in rule.items) if rule is not None and recovering else (),
        readiness=tuple(CriterionView(row.name, row.text, row.state, row.because) for row in rows),
        ready_us=care.ready_us,
        ready_word=f"{sum(row.state == MET for row in rows)} of {len(rows)}" if rows else "",
        scores=profile.scores,
        phrases=profile.phrases,
        drugs=profile.drugs,
        checks=tuple(_checks(chair, now_us)),
        entries=_entries(care),
        advice=tuple(advice(session.baseline)) if session.baseline is not None else (),
        open_items=open_items(chair, session),
        handover=handover(chair, views, now_us),
        logged=_logged(care, now_us),
    )


def _gone(session: Session | None, now_us: int) -> CareView:
    """Of somebody who was discharged only that, while it can still be taken back."""
    until_us = undo_until_us(session) if session is not None else None
    if session is None or until_us is None or now_us > until_us:
        return CareView()
    return CareView(undo=_undo_words(session), undo_until_us=until_us)


def _undo_words(session: Session) -> str:
    return BY_STEP[Step(session.before.step)].label if session.before is not None else ""


def _asks(session: Session) -> str:
    """It stands until somebody has answered it: STANDBY_ENDED waits for the same word."""
    return "Patient back?" if session.care.back_asked_us is not None else ""


def _amend_from_us(session: Session) -> int | None:
    if session.phase not in (Phase.BASELINE, Phase.INFUSION, Phase.RECOVERY, Phase.ABORTED):
        return None
    return max(session.phase_at_us - AMENDED_US_MAX, session.earlier_at_us or 0)


def _delivered_words(session: Session, now_us: int) -> str:
    share, mg = session.delivered(now_us), delivered_mg(session, now_us)
    if share is None:
        return ""
    amount = f", {mg:g} mg" if mg is not None else ""
    return f"{share * 100:.0f} % given{amount} (calculated from marks)"


def dose_words(care: Care) -> str:
    """The dose record with its working, empty without one."""
    dose = care.dose
    if dose is None:
        return ""
    check = f"; second check {dose.second_check}" if dose.second_check else ""
    return (
        f"{dose.weight_kg:g} kg × {dose.mg_per_kg:g} mg/kg = {dose.mg:g} mg; / {dose.mg_per_ml:g} mg/mL = {dose.ml:g} mL; "
        f"in {dose.minutes:g} min {dose.ml_per_h:g} mL/h{check}"
    )


def _next_dose(care: Care, planned: int) -> int:
    given = {dose.number for dose in care.given}
    return next((number for number in range(1, planned + 1) if number not in given), 0)


def _item(item: ListItem, care: Care) -> ItemView:
    tick = care.tick(item.id)
    at_us, who = (tick.at_us, tick.text) if tick is not None else (None, "")
    return ItemView(item.id, item.text, item.required, item.named, at_us, who)


def _series(number: int | None, planned: int) -> str:
    """`session 4 of 6`; a series that went on longer than planned has no end to name."""
    if number is None:
        return ""
    return f"session {number} of {planned}" if number <= planned else f"session {number}"


def _checks(chair: ChairState, now_us: int) -> Iterable[CheckView]:
    by = {plan.id: plan.done_by for plan in chair.profile.checks}
    for check in checks_of(chair):
        due, overdue = now_us >= check.due_us, now_us >= check.overdue_us
        yield CheckView(check.id, check.text, check.due_us, due, overdue, by.get(check.id, ()))


def _logged(care: Care, now_us: int) -> tuple[EntryView, ...]:
    """The newest notes alone, newest first, with what the quick log still takes back."""
    newest = sorted(care.entries, key=lambda entry: entry.at_us, reverse=True)[:ENTRIES_SHOWN]
    return tuple(replace(_note(entry), undo=_is_young(entry, now_us)) for entry in newest)


def _is_young(entry: Entry, now_us: int) -> bool:
    return bool(entry.id) and not entry.corrected and now_us - entry.at_us <= TAKE_BACK_US


def _note(entry: Entry) -> EntryView:
    return EntryView(entry.id, "note", entry.code, entry.text, entry.at_us, _who(entry.actor), entry.corrected)


def _entries(care: Care) -> tuple[EntryView, ...]:
    """The newest notes and scores, newest first; what was corrected is shown as such."""
    notes = [_note(entry) for entry in care.entries]
    scores = [
        EntryView(s.id, "score", s.scale, _score_text(s.scale, s.total), s.at_us, "", s.corrected) for s in care.scores
    ]
    return tuple(sorted(notes + scores, key=lambda entry: entry.at_us, reverse=True)[:ENTRIES_SHOWN])


def _who(actor: str) -> str:
    return actor.partition(":")[2]


def _score_text(scale: str, total: int | None) -> str:
    title = SCALES[scale].title if scale in SCALES else scale
    return f"{title} {total if total is not None else 'incomplete'}"


def open_items(chair: ChairState, session: Session) -> tuple[str, ...]:
    """What the report of this session would have to name as missing, as far as is known now."""
    profile, care = chair.profile, session.care
    found = [f"not asked: {item.text}" for item in profile.checkin if item.required and care.tick(item.id) is None]
    if profile.ask_dose and care.dose is None and session.infusion_start_us is not None:
        found.append("no dose record")
    if session.weight_kg is None and profile.ask_dose:
        found.append("weight not given")
    if session.session_number is None and profile.checkin:
        found.append("number in the series not given")
    if not profile.approved_by:
        found.append("profile not approved")
    return tuple(found)


def checkins(profiles: Mapping[str, Profile]) -> dict[str, tuple[ItemView, ...]]:
    """What each profile asks at admission."""
    nothing = Care()
    return {id: tuple(_item(item, nothing) for item in profile.checkin) for id, profile in profiles.items()}
