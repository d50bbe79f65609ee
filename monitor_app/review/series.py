"""How did one patient's sessions go, beside each other? Aligned on the start of the infusion, by wall minutes. Pure.

Only sessions of the same pseudonym, never one without; a drill is never among a patient's. No word of judgement: figures as
in each session's own report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.course import effective
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.scores import CADSS6, MOAAS
from monitor_app.record.patients import EVENTS, GIVEN
from monitor_app.record.readers import Reader
from monitor_app.record.report import pressure, seconds
from monitor_app.record.report.figures import Course, Report, report_of
from monitor_app.record.report.rounding import ABSENT, half, signed, whole, whole_of
from monitor_app.record.report.wording import Wording
from monitor_app.record.sessions import SessionRow

SESSIONS_MAX = 24
"""Overlaid lines that can still be told apart; the newest."""
SBP, DBP = "SBP", "DBP"
SHOWN = (SBP, DBP, "HR", "SpO2")
HEAD = ("", "Date", "Dose", "Infused", "Pauses", "Baseline", "Peak ΔSBP", "at min", "Back at min", "Highest HR",
        "Lowest SpO2", "≥ 160", "CADSS-6", "MOAA/S", "Symptoms", "Given", "Ready after", "Alarms", "Profile",
        "Devices")  # fmt: skip
SYMPTOMS = {
    **EVENTS, "dizziness": "dizziness", "headache": "headache", "hallucination": "hallucination", "pain": "pain",
    "vision_change": "vision change", "dissociation": "dissociation",
}  # fmt: skip
"""Codes of the quick log (CLINICAL section 3.1) with their words."""
DRIFT_MIN = 4
"""Sessions that a regression line needs."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of one session. minutes: since the infusion began, shape (n,); NaN in values breaks the line."""

    minutes: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    dots: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One session of the series. like_last: same profile and devices as the newest, so that lines may be compared. infusing:
    the same curves by the minutes in which the drug ran, pauses taken out."""

    row: SessionRow
    report: Report
    number: int
    curves: dict[str, Curve]
    like_last: bool
    infusing: dict[str, Curve]


def same_patient(rows: Sequence[SessionRow], uuid: str) -> list[SessionRow]:
    """The sessions of that one's pseudonym and origin that had an infusion, oldest first, at most SESSIONS_MAX."""
    row = next((r for r in rows if r.uuid == uuid), None)
    if row is None or not row.patient_ref:
        return []
    same = [
        r
        for r in rows
        if r.patient_ref == row.patient_ref and r.origin == row.origin and r.infusion_start_t_us is not None
    ]
    return sorted(same, key=lambda r: r.admitted_t_us)[-SESSIONS_MAX:]


def series(reader: Reader, uuid: str) -> list[Member]:
    """The patient's sessions with their figures and curves."""
    rows = same_patient(reader.sessions(), uuid)
    reports = [report_of(reader, row.uuid) for row in rows]
    last = _setting(reports[-1]) if reports else None
    return [
        Member(row, report, number, (drawn := curves(report)), _setting(report) == last, without_pauses(report, drawn))
        for number, (row, report) in enumerate(zip(rows, reports, strict=True), 1)
    ]


def _setting(report: Report) -> tuple[str, tuple[str, ...]]:
    return report.material.row.profile_hash, tuple(sorted(_devices(report)))


def _devices(report: Report) -> set[str]:
    seen = (e.payload for e in report.material.events)
    return {p.device for p in seen if isinstance(p, (ev.LinkFound, ev.NibpMeasured)) and p.device}


def curves(report: Report) -> dict[str, Curve]:
    """Confirmed cuff readings, and medians of half minutes."""
    m = report.material
    start_us = m.start_us
    if start_us is None:
        return {}
    found = {name: _cuffs(report, pick, start_us) for name, pick in (
        (SBP, lambda r: r.systolic), (DBP, lambda r: r.diastolic))}  # fmt: skip
    for name, parameter in (("HR", Parameter.HR), ("SpO2", Parameter.SPO2)):
        if parameter in m.series:
            medians = seconds.medians(m.series[parameter], m.from_us, m.to_us)
            minutes = np.array([(x.t_us - start_us) / MINUTE_US for x in medians])
            found[name] = _broken(minutes, np.array([x.value for x in medians]), 0.75, dots=False)
    return found


def pauses(report: Report) -> list[tuple[float, float]]:
    """Begin and end of each pause of the infusion, in minutes since it began; undone steps are none."""
    m = report.material
    if m.start_us is None:
        return []
    found, since = [], None
    for event in effective(m.events):
        if isinstance(event.payload, ev.InfusionPaused):
            since = event.payload.at_us
        elif since is not None and isinstance(event.payload, (ev.InfusionResumed, ev.PhaseEntered)):
            found.append(((since - m.start_us) / MINUTE_US, (event.payload.at_us - m.start_us) / MINUTE_US))
            since = None
    return found


def without_pauses(report: Report, drawn: dict[str, Curve]) -> dict[str, Curve]:
    """The curves with each pause squeezed to nothing."""
    held = pauses(report)
    if not held:
        return drawn
    return {name: replace(curve, minutes=_squeezed(curve.minutes, held)) for name, curve in drawn.items()}


def _squeezed(minutes: npt.NDArray[np.float64], held: list[tuple[float, float]]) -> npt.NDArray[np.float64]:
    return minutes - sum((np.clip(minutes, begin, end) - begin for begin, end in held), np.zeros(len(minutes)))


def _cuffs(report: Report, pick: pressure.Pick, start_us: int) -> Curve:
    read = [(r.t_us, v) for r in pressure.confirmed(report.material.readings) if (v := pick(r)) is not None]
    minutes = np.array([(t_us - start_us) / MINUTE_US for t_us, _ in read])
    return _broken(minutes, np.array([v for _, v in read]), pressure.APART_US_MAX / MINUTE_US, dots=True)


def _broken(minutes: npt.NDArray[np.float64], values: npt.NDArray[np.float64], apart: float, dots: bool) -> Curve:
    """NaN where two points are too far apart to be joined."""
    wide = np.flatnonzero(np.diff(minutes) > apart) + 1 if len(minutes) else np.empty(0, dtype=np.int64)
    return Curve(np.insert(minutes, wide, minutes[wide]), np.insert(values, wide, np.nan), dots)


def cells(member: Member) -> tuple[str, ...]:
    """One line of the table."""
    report, words = member.report, Wording(member.report)
    s = report.material.session
    sbp, spo2 = _course(report, SBP), _course(report, "SpO2")
    change = signed(sbp.peak.value - sbp.baseline) if sbp.peak is not None and sbp.baseline is not None else ABSENT
    over = next((b for b in report.thresholds.get(SBP, ()) if b.limit == 160), None)
    infused = f"{half(s.infused_us(report.material.to_us) / MINUTE_US)} min"
    return (
        str(member.number), words.day(), _dose(report), infused, str(len(pauses(report))),
        f"{whole_of(sbp.baseline)}/{whole_of(_course(report, DBP).baseline)}", change,
        words.minute(sbp.peak.t_us) if sbp.peak is not None else ABSENT,
        words.minute(report.back.t_us) if report.back is not None else ABSENT, whole(_course(report, "HR").peak),
        whole(spo2.peak, " %"),
        f"{half(over.us / MINUTE_US)} min" if over is not None and over.us is not None else "not assessed",
        _extreme(report, CADSS6, max), _extreme(report, MOAAS, min), _noted(report, SYMPTOMS), _noted(report, GIVEN),
        _ready(report), str(sum(words.alarm_counts().values())), s.profile_id, ", ".join(sorted(_devices(report))),
    )  # fmt: skip


def _dose(report: Report) -> str:
    """`41 mg, 0.5 mg/kg`; of a spray the sum of its devices."""
    plan, mg = report.doses.planned, report.doses.mg
    if plan is not None:
        return f"{mg if mg is not None else plan.mg:.0f} mg, {plan.mg_per_kg:g} mg/kg"
    return f"{mg:g} mg" if mg is not None else ABSENT


def _extreme(report: Report, scale: str, choose: Callable[[list[int]], int]) -> str:
    """The greatest (or least) total of a scale; an incomplete score is none."""
    totals = [s.total for s in report.scores if s.scale == scale and s.total is not None]
    return str(choose(totals)) if totals else ABSENT


def _noted(report: Report, words: Mapping[str, str]) -> str:
    """`nausea 2, anxiety`: each with how often."""
    count = Counter(words[note.code] for _, note, _ in report.notes if note.code in words)
    return ", ".join(word + (f" {n}" if n > 1 else "") for word, n in count.items()) or ABSENT


def _ready(report: Report) -> str:
    """Minutes from the end of the infusion until the rule of readiness held."""
    ready_us, end_us = report.readiness.ready_us, report.material.session.infusion_end_us
    return f"{half((ready_us - end_us) / MINUTE_US)} min" if ready_us is not None and end_us is not None else ABSENT


def _course(report: Report, name: str) -> Course:
    return next((c for c in report.courses if c.name == name), Course(name, None, None, None, None))


def facts(members: Sequence[Member]) -> tuple[str, ...]:
    """What stands out as a fact: the largest rise, changed settings, the drift of the baseline from four sessions on."""
    rises = [(m, c.peak.value - c.baseline) for m in members
             if (c := _course(m.report, SBP)).peak is not None and c.baseline is not None]  # fmt: skip
    found = []
    if rises:
        most = max(rises, key=lambda pair: pair[1])
        found.append(f"Largest rise of systolic pressure: {signed(most[1])} mmHg in session {most[0].number}.")
    other = [str(m.number) for m in members if not m.like_last]
    if other:
        found.append(f"Another profile or device than in the newest session (dotted): {', '.join(other)}.")
    bases = [(m.number, b.systolic) for m in members if (b := m.report.material.session.baseline) is not None]
    if len(bases) >= DRIFT_MIN:
        slope = float(np.polyfit([n for n, _ in bases], [v for _, v in bases], 1)[0])
        found.append(
            f"Baseline systolic pressure: {signed(slope, 1)} mmHg a session (straight line over {len(bases)})."
        )
    return tuple(found)
