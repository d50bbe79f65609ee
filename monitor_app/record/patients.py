"""What does the record know of a patient before a new session? Pseudonyms that begin so, and the pre-brief of one of them.

Facts of earlier sessions as their own reports have them, in at most six lines, without a word of prediction (CLINICAL 8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor_app.core import events as ev
from monitor_app.core.known import KnownName, KnownPatient, KnownView
from monitor_app.core.own_course import Reading, infusing_minute, spread
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import Course, Report, report_of
from monitor_app.record.sessions import SessionRow

NAMES_MAX = 6
"""As many as can be looked over while typing."""
SESSIONS_MAX = 6
"""A series has six; a brief of more would not be brief."""
LINES_MAX = 6
DAY_US = 86_400 * SECOND_US
GIVEN = {
    "antiemetic_given": "antiemetic", "bp_drug_given": "blood pressure drug", "sedative_given": "sedative",
    "oxygen_on": "oxygen", "fluids": "fluids",
}  # fmt: skip
EVENTS = {
    "anxiety": "anxiety", "vomiting": "vomiting", "nausea": "nausea", "agitation": "agitation",
    "legs_raised": "legs raised", "iv_site_problem": "IV site problem", "sensor_repositioned": "sensor repositioned",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Past:
    number: int
    report: Report

    def said(self, code: str) -> bool:
        return any(note.code == code and not note.withdrawn for _, note, _ in self.report.notes)


def known_patients(reader: Reader, text: str, now_us: int) -> KnownView:
    """What begins with `text`, whatever its case. now_us: station time. Raises StoreError."""
    rows = [row for row in reader.sessions() if row.patient_ref]
    wanted = text.strip()
    exact = [row for row in rows if row.patient_ref == wanted]
    return KnownView(text, _names(rows, wanted, now_us), _patient(reader, exact, now_us) if exact else None)


def _names(rows: Sequence[SessionRow], wanted: str, now_us: int) -> tuple[KnownName, ...]:
    found: dict[str, list[SessionRow]] = {}
    for row in rows:
        name = row.patient_ref or ""
        if name.casefold().startswith(wanted.casefold()):
            found.setdefault(name, []).append(row)
    newest = sorted(found.items(), key=lambda pair: pair[1][-1].admitted_t_us, reverse=True)
    return tuple(
        KnownName(name, len(mine), _days(mine[-1], now_us), Phase(mine[-1].phase).is_monitored)
        for name, mine in newest[:NAMES_MAX]
    )


def _days(row: SessionRow, now_us: int) -> int:
    return max(0, (now_us - row.admitted_t_us) // DAY_US)


def _patient(reader: Reader, rows: Sequence[SessionRow], now_us: int) -> KnownPatient:
    reports = [report_of(reader, row.uuid) for row in rows[-SESSIONS_MAX:]]
    first = len(rows) - len(reports) + 1
    past = [_Past(r.material.session.session_number or first + k, r) for k, r in enumerate(reports)]
    last = past[-1].report.material
    courses = [course for report in reports if (course := _systolic(report))]
    return KnownPatient(
        pseudonym=last.session.pseudonym,
        number=max(one.number for one in past) + 1,
        days=_days(rows[-1], now_us),
        weight_kg=next((w for r in reversed(reports) if (w := r.material.session.weight_kg) is not None), None),
        profile=last.session.profile_id,
        known=last.session.known,
        brief=tuple(_brief(past, _days(rows[-1], now_us))[:LINES_MAX]),
        sessions=tuple(r.material.row.uuid for r in reports),
        course=spread(courses),
        courses=len(courses),
    )


def _systolic(report: Report) -> list[Reading]:
    """What the cuff read, by the minute of the infusion; nothing of one that was broken off."""
    session, readings = report.material.session, report.material.readings
    if not session.drug.marks or session.aborted:
        return []
    end_us = session.infusion_end_us
    return [
        (infusing_minute(session.drug, end_us, reading.t_us), reading.systolic)
        for reading in readings
        if reading.systolic is not None and not reading.refuted
    ]


def _brief(past: Sequence[_Past], days: int) -> list[str]:
    lines = [_where(past, days), _stopped(past), _last_time(past[-1].report), _worst(past), _given(past), _events(past)]
    return [line for line in lines if line]


def _where(past: Sequence[_Past], days: int) -> str:
    dose = past[-1].report.material.session.care.dose
    given = f", {dose.mg_per_kg:g} mg/kg over {dose.minutes:g} min" if dose is not None else ""
    unsigned = [str(one.number) for one in past if one.report.material.added.signed is None]
    mark = f" Not signed: session {', '.join(unsigned)}." if unsigned else ""
    ago = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    return f"Session {past[-1].number + 1}; the last one {ago}{given}.{mark}"


def _stopped(past: Sequence[_Past]) -> str:
    found = []
    for one in past:
        reasons = [e.payload.reason for e in one.report.material.events if isinstance(e.payload, ev.SessionAborted)]
        if one.report.material.session.aborted and reasons:
            found.append(f"session {one.number}" + (f": {reasons[-1]}" if reasons[-1] else ""))
    return f"Stopped in {'; '.join(found)}." if found else ""


def _last_time(report: Report) -> str:
    sbp, dbp = _course(report, "SBP"), _course(report, "DBP")
    said = []
    if sbp.baseline is not None:
        said.append(f"baseline {sbp.baseline:.0f}/{_whole(dbp.baseline)}")
    peak, start_us = report.peak_systolic, report.material.start_us
    if peak is not None and peak.systolic is not None and start_us is not None:
        minute = (peak.t_us - start_us) // MINUTE_US
        said.append(f"highest {peak.systolic:.0f}/{_whole(peak.diastolic)} at min {minute}")
    ready_us, end_us = report.material.session.care.ready_us, report.material.session.infusion_end_us
    if ready_us is not None and end_us is not None:
        said.append(f"ready {(ready_us - end_us) // MINUTE_US} min after the end")
    return f"Last time: {', '.join(said)}." if said else ""


def _worst(past: Sequence[_Past]) -> str:
    if len(past) < 2:
        return ""
    said = []
    for name, pick, label in (("SBP", max, "highest systolic"), ("SpO2", min, "lowest SpO2")):
        peaks = [(c.peak.value, one.number) for one in past if (c := _course(one.report, name)).peak is not None]
        if peaks:
            value, number = _extreme(peaks, pick)
            said.append(f"{label} {value:.0f} in session {number}")
    return f"Of all: {', '.join(said)}." if said else ""


def _extreme(peaks: list[tuple[float, int]], pick: Callable[..., tuple[float, int]]) -> tuple[float, int]:
    return pick(peaks, key=lambda pair: pair[0])


def _given(past: Sequence[_Past]) -> str:
    counts = Counter(word for one in past for code, word in GIVEN.items() if one.said(code))
    said = [f"{word} in {n} of {len(past)}" for word, n in counts.most_common()]
    return f"Given: {', '.join(said)}." if said else ""


def _events(past: Sequence[_Past]) -> str:
    found = {word: [str(one.number) for one in past if one.said(code)] for code, word in EVENTS.items()}
    said = [f"{word} in {', '.join(numbers)}" for word, numbers in found.items() if numbers]
    return f"Noted: {'; '.join(said)}." if said else ""


def _course(report: Report, name: str) -> Course:
    return next((c for c in report.courses if c.name == name), Course(name, None, None, None, None))


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
