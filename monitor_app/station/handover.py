"""What must the next nurse know of this chair? Facts in a few lines, no judgement: who, where, how far, what comes."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.samples import Parameter
from monitor_app.core.care import Care
from monitor_app.core.care_views import HandoverLine
from monitor_app.core.parameters import MINUTE_US, NUMERICS
from monitor_app.core.phases import Phase
from monitor_app.core.scores import SCALES
from monitor_app.core.session import Session
from monitor_app.core.snapshot import AlarmView
from monitor_app.core.words import PHASE_WORDS, pressure_text
from monitor_app.station.chair_state import ChairState, CuffRecord
from monitor_app.station.facts import checks_of
from monitor_app.station.treatment import ready_at_us

NOTES_SHOWN = 6
DRUGS = ("antiemetic_given", "bp_drug_given", "sedative_given", "oxygen_on", "oxygen_off", "fluids")
SILENT = ("rounds_done", "marker", "strip", "calm")
"""Notes that say that all was well are not handed over one by one."""


def handover(chair: ChairState, views: Sequence[AlarmView], now_us: int) -> tuple[HandoverLine, ...]:
    """The lines of this chair; empty where nobody is in care."""
    session = chair.treated
    if session is None:
        return ()
    lines = [
        ("patient", _patient(session)),
        ("stands at", _phase(chair, session, now_us)),
        ("baseline", _baseline(session)),
        ("pressure", _pressure(chair, session, now_us)),
        ("now", _numbers(chair, now_us)),
        ("given", _notes(session.care, now_us, DRUGS)),
        ("noted", _symptoms(session.care, now_us)),
        ("scores", _scores(session.care, now_us)),
        ("alarms", _alarms(chair, views, now_us)),
        ("next", _next(chair, session, now_us)),
    ]
    return tuple(HandoverLine(label, text) for label, text in lines if text)


def _patient(session: Session) -> str:
    parts = [session.pseudonym]
    if session.weight_kg is not None:
        parts.append(f"{session.weight_kg:g} kg")
    if session.session_number is not None:
        parts.append(f"session {session.session_number}")
    return ", ".join(parts)


def _phase(chair: ChairState, session: Session, now_us: int) -> str:
    if session.away:
        return f"away from the chair since {_ago(session.care.away_us, now_us)}"
    if session.phase is Phase.INFUSION:
        words = f"{chair.profile.infusion_label}, {session.infused_us(now_us) // MINUTE_US} min in"
        if session.paused:
            return f"{words}, paused since {_ago(session.paused_since_us, now_us)}"
        left_us = (session.planned_end_us or now_us) - now_us
        left = f"{left_us // MINUTE_US} min left" if left_us >= 0 else f"{-left_us // MINUTE_US} min past the plan"
        return f"{words}, {left}"
    if session.held:
        return f"on hold since {_ago(session.held_since_us, now_us)}"
    since_us = session.recovery_us if session.recovery_us is not None else session.phase_at_us
    word = PHASE_WORDS[session.phase].capitalize()
    stopped = ", stopped early" if session.aborted and session.phase is not Phase.ABORTED else ""
    return f"{word} since {_ago(since_us, now_us)}{stopped}"


def _baseline(session: Session) -> str:
    base = session.baseline
    if base is None:
        return "not confirmed"
    parts = [pressure_text(base.systolic, base.diastolic, base.mean)]
    parts += [f"HR {base.hr:.0f}"] if base.hr is not None else []
    parts += [f"SpO2 {base.spo2:.0f}"] if base.spo2 is not None else []
    return ", ".join(parts)


def _pressure(chair: ChairState, session: Session, now_us: int) -> str:
    taken = [r for r in chair.readings if r.reading is not None]
    if not taken:
        return "no reading yet"
    said = f"last {_reading(taken[-1])}, {_ago(taken[-1].measured_us, now_us)} ago"
    begun_us = session.infusion_start_us
    after = [r for r in taken if begun_us is not None and r.measured_us >= begun_us and _systolic(r) is not None]
    if begun_us is None or not after:
        return said
    peak = max(after, key=lambda r: (_systolic(r) or 0, -r.measured_us))
    return f"{said}; highest {_reading(peak)} in minute {(peak.measured_us - begun_us) // MINUTE_US}"


def _systolic(record: CuffRecord) -> float | None:
    return record.reading.systolic if record.reading is not None else None


def _reading(record: CuffRecord) -> str:
    reading = record.reading
    return pressure_text(reading.systolic, reading.diastolic, None) if reading is not None else "---"


def _numbers(chair: ChairState, now_us: int) -> str:
    parts = []
    for parameter in (Parameter.HR, Parameter.SPO2, Parameter.RESP_RATE):
        held = chair.values.chosen(parameter)
        if held is not None and held.number is not None and not held.is_grey(now_us):
            parts.append(f"{NUMERICS[parameter].label} {held.number:.{NUMERICS[parameter].precision}f}")
    return ", ".join(parts) or "nothing is measured now"


def _notes(care: Care, now_us: int, codes: tuple[str, ...]) -> str:
    found = care.noted(*codes)[-NOTES_SHOWN:]
    return "; ".join(
        f"{e.code.replace('_', ' ')}{f' {e.text}' if e.text else ''} {_ago(e.at_us, now_us)} ago" for e in found
    )


def _symptoms(care: Care, now_us: int) -> str:
    codes = tuple(dict.fromkeys(e.code for e in care.noted() if e.code not in (*DRUGS, *SILENT)))
    return _notes(care, now_us, codes) if codes else ""


def _scores(care: Care, now_us: int) -> str:
    newest = [s for s in map(care.newest, SCALES) if s is not None]
    return ", ".join(
        f"{SCALES[s.scale].title} {s.total if s.total is not None else 'incomplete'} {_ago(s.at_us, now_us)} ago"
        for s in newest
    )


def _alarms(chair: ChairState, views: Sequence[AlarmView], now_us: int) -> str:
    mine = [view for view in views if view.chair == chair.number and view.ended_us is None]
    return "; ".join(f"{view.message} since {_ago(view.since_us, now_us)}" for view in mine)


def _next(chair: ChairState, session: Session, now_us: int) -> str:
    found: list[tuple[int, str]] = []
    if chair.cuff.next_us is not None:
        found.append((chair.cuff.next_us, "BP"))
    found += [(check.due_us, check.text) for check in checks_of(chair)]
    if session.phase is Phase.INFUSION and session.planned_end_us is not None and not session.paused:
        found.append((session.planned_end_us, f"{chair.profile.infusion_label} end"))
    if session.phase in (Phase.RECOVERY, Phase.ABORTED):
        found.append((ready_at_us(chair, session), "recovery minimum"))
    return "; ".join(f"{text} {_until(at_us, now_us)}" for at_us, text in sorted(found)[:4])


def _until(at_us: int, now_us: int) -> str:
    minutes = (at_us - now_us) // MINUTE_US
    return f"in {minutes} min" if at_us > now_us else "now" if minutes >= -1 else f"due {-minutes - 1} min ago"


def _ago(at_us: int | None, now_us: int) -> str:
    return f"{max(0, now_us - (at_us if at_us is not None else now_us)) // MINUTE_US} min"
