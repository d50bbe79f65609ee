"""Is the patient ready to go? The rows of CLINICAL 3.4, each met, not met or not known, and since when the rule holds.

Looked at once a second in recovery. An input that is unknown or old makes its row "not known", never "met". The rule holds
when all rows are met at two looks at least five minutes apart, with none in between where one was not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from drivers.samples import Parameter
from monitor_app.core import care_events as ev
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind
from monitor_app.core.profile import Discharge
from monitor_app.core.scores import MOAAS, RASS, SCALES
from monitor_app.core.session import Session
from monitor_app.core.snapshot import AlarmView
from monitor_app.station.chair_state import RUN_S, ChairState
from monitor_app.station.proceeding import BOUNDS
from monitor_app.station.scoring import OXYGEN_OFF, OXYGEN_ON, computed, on_oxygen, spo2
from monitor_app.station.treatment import ready_at_us

MET, NOT_MET, NOT_KNOWN = "met", "not met", "not known"
ORIENTED = "oriented"
AWAKE = {MOAAS: 5, RASS: 0}


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion. name: stable word of the record. because: what it was judged by, in words."""

    name: str
    text: str
    state: str
    because: str = ""


def readiness(chair: ChairState, views: Sequence[AlarmView], now_us: int) -> tuple[Row, ...]:
    """All criteria as they stand now; none where the profile has no rule or the part of the treatment is another."""
    session, rule = chair.treated, chair.profile.discharge
    if session is None or rule is None or session.phase not in (Phase.RECOVERY, Phase.ABORTED):
        return ()
    rows = [
        _minimum(chair, session, now_us),
        _score(chair, session, rule, now_us),
        _awake(session, rule, now_us),
        _oxygen(chair, session, rule, now_us),
        _pressure(chair, session, rule, now_us),
        _calm(chair, session, rule, views, now_us),
    ]
    return (*(row for row in rows if row is not None), *_items(session, rule))


def look_at_readiness(chair: ChairState, views: Sequence[AlarmView], now_us: int) -> None:
    """Tell when the rule begins to hold, and when it holds no more."""
    rule, session = chair.profile.discharge, chair.treated
    rows = readiness(chair, views, now_us)
    if rule is None or session is None or not rows:
        chair.ready_since_us = None
        return
    open_rows = tuple(row.name for row in rows if row.state != MET)
    if open_rows:
        chair.ready_since_us = None
        if session.care.ready_us is not None:
            chair.tell(ev.DischargeReady(now_us, False, open_rows), now_us)
        return
    if chair.ready_since_us is None:
        chair.ready_since_us = now_us
    if session.care.ready_us is None and now_us - chair.ready_since_us >= round(rule.apart_min * MINUTE_US):
        chair.tell(ev.DischargeReady(now_us), now_us)


# ---------------------------------------------------------------- the rows


def _minimum(chair: ChairState, session: Session, now_us: int) -> Row:
    left_us = ready_at_us(chair, session) - now_us
    because = f"{-(-left_us // MINUTE_US)} min left" if left_us > 0 else "over"
    return Row("minimum", "least recovery time", MET if left_us <= 0 else NOT_MET, because)


def _score(chair: ChairState, session: Session, rule: Discharge, now_us: int) -> Row | None:
    scale = SCALES.get(rule.score)
    if scale is None:
        return None
    text = f"{scale.title} at least {rule.threshold}"
    score = session.care.newest(scale.id)
    if score is None:
        return Row("score", text, NOT_KNOWN, "not scored yet")
    points = {item.id: value for item in scale.items if (value := score.points(item.id)) is not None}
    points = {item.id: points[item.id] for item in scale.items if item.id in points and not item.computed}
    points |= computed(chair, session, scale.id, now_us)
    missing = [item.label for item in scale.items if item.id not in points]
    if missing:
        return Row("score", text, NOT_KNOWN, f"not known: {', '.join(missing)}")
    total = sum(points.values())
    return Row("score", text, MET if total >= rule.threshold else NOT_MET, f"{total} of 10")


def _awake(session: Session, rule: Discharge, now_us: int) -> Row:
    text, age_us = "awake and oriented", round(rule.age_min * MINUTE_US)
    score, tick = session.care.newest(MOAAS, RASS), session.care.tick(ORIENTED)
    if score is None or now_us - score.at_us > age_us:
        return Row("awake", text, NOT_KNOWN, f"no sedation score in the last {rule.age_min:g} min")
    said = f"{SCALES[score.scale].title} {score.total}"
    if score.total != AWAKE[score.scale]:
        return Row("awake", text, NOT_MET, said)
    if tick is None or now_us - tick.at_us > age_us:
        return Row("awake", text, NOT_KNOWN, f"{said}; orientation not asked in the last {rule.age_min:g} min")
    return Row("awake", text, MET, f"{said}, oriented")


def _oxygen(chair: ChairState, session: Session, rule: Discharge, now_us: int) -> Row:
    base = session.baseline.spo2 if session.baseline is not None else None
    low = max(rule.spo2_low, base - rule.spo2_fall) if base is not None else rule.spo2_low
    text = f"SpO2 on air at least {low:.0f}"
    notes = session.care.noted(OXYGEN_ON, OXYGEN_OFF)
    recent = any(now_us - note.at_us < rule.quiet_min * MINUTE_US for note in notes)
    if on_oxygen(session) or recent:
        return Row("spo2", text, NOT_MET, f"oxygen in the last {rule.quiet_min:g} min")
    run = chair.runs[Parameter.SPO2]
    if spo2(chair, now_us) is None or len(run) < RUN_S:
        return Row("spo2", text, NOT_KNOWN, "not measured for long enough")
    middle = median(run)
    return Row("spo2", text, MET if middle >= low else NOT_MET, f"{middle:.0f} % over the last minute")


def _pressure(chair: ChairState, session: Session, rule: Discharge, now_us: int) -> Row:
    text, record = f"BP within {rule.bp_pct:g} % of the baseline", chair.reading
    if record is None or record.reading is None or record.reading.systolic is None:
        return Row("nibp", text, NOT_KNOWN, "no reading")
    age_us = now_us - record.measured_us
    if age_us > rule.bp_age_min * MINUTE_US:
        return Row("nibp", text, NOT_KNOWN, f"the last reading is {age_us // MINUTE_US} min old")
    if session.baseline is None:
        return Row("nibp", text, NOT_KNOWN, "no baseline was confirmed")
    systolic, base = record.reading.systolic, session.baseline.systolic
    within = abs(systolic - base) * 100 <= rule.bp_pct * base
    gate = next(b.high for b in BOUNDS if b.name == "systolic")
    beyond = gate is not None and systolic >= gate[1]
    because = f"systolic {systolic:.0f}, baseline {base:.0f}"
    return Row("nibp", text, MET if within and not beyond else NOT_MET, because)


def _calm(chair: ChairState, session: Session, rule: Discharge, views: Sequence[AlarmView], now_us: int) -> Row:
    text = "no alarm, no vomiting"
    alarms = [v for v in views if v.chair == chair.number and v.kind is Kind.PHYSIOLOGICAL and v.ack_us is None]
    sick = [e for e in session.care.noted("vomiting") if now_us - e.at_us < rule.quiet_min * MINUTE_US]
    if alarms:
        return Row("calm", text, NOT_MET, alarms[0].message)
    return Row("calm", text, NOT_MET if sick else MET, f"vomiting in the last {rule.quiet_min:g} min" if sick else "")


def _items(session: Session, rule: Discharge) -> Iterator[Row]:
    for item in rule.items:
        tick = session.care.tick(item.id)
        if item.required:
            yield Row(item.id, item.text, MET if tick is not None else NOT_MET, tick.text if tick is not None else "")
