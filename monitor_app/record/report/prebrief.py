"""What of a patient's earlier sessions should be known before the next one? At most six lines of facts (CLINICAL section 8).

Pure, from the sessions' own reports; no prediction, no judgement. A line that has nothing to say is left out, and a session
that nobody has signed is marked, because nobody has yet stood by its figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.priority import Kind
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import Course, Report, report_of
from monitor_app.record.report.rounding import half, whole_of
from monitor_app.record.sessions import SessionRow

DAY_US = 86_400 * SECOND_US
EARLIER_MAX = 24
"""Sessions that are looked at; the newest."""
GIVEN = ("antiemetic_given", "bp_drug_given", "sedative_given", "oxygen_on", "fluids", "legs_raised")
SYMPTOMS = ("nausea", "vomiting", "dizziness", "headache", "anxiety", "hallucination", "agitation", "pain", "vision_change",
            "dissociation", "iv_site_problem")  # fmt: skip
"""Codes of the quick log (CLINICAL section 3.1), by what they speak of."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. about: `series`, `last`, `worst`, `given`, `events` or `technical`."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What is known of the session to come; None where nobody has said it yet."""

    number: int | None = None
    of: int | None = None
    mg_per_kg: float | None = None


NOTHING_PLANNED = Planned()


def earlier(rows: Iterable[SessionRow], patient_ref: str, origin: int) -> list[SessionRow]:
    """The ended sessions of a pseudonym in which a drug ran, oldest first; none without a pseudonym."""
    mine = [
        row for row in rows
        if patient_ref and row.patient_ref == patient_ref and row.origin == origin
        and row.infusion_start_t_us is not None and row.ended_t_us is not None
    ]  # fmt: skip
    return sorted(mine, key=lambda row: row.admitted_t_us)[-EARLIER_MAX:]


def prebrief_of(
    reader: Reader, patient_ref: str, origin: int, now_us: int, planned: Planned = NOTHING_PLANNED
) -> tuple[Line, ...]:
    """Of the patient with that pseudonym, read from the record. now_us: station time. Raises StoreError."""
    rows = earlier(reader.sessions(), patient_ref, origin)
    return prebrief([report_of(reader, row.uuid) for row in rows], now_us, planned)


def prebrief(reports: Sequence[Report], now_us: int, planned: Planned = NOTHING_PLANNED) -> tuple[Line, ...]:
    """reports: of the earlier sessions, oldest first. No report, no line."""
    if not reports:
        return ()
    lines = (
        ("series", _series(reports, now_us, planned)), ("last", _last(reports[-1])), ("worst", _worst(reports)),
        ("given", _given(reports)), ("events", _events(reports)), ("technical", _technical(reports)),
    )  # fmt: skip
    return tuple(Line(about, text) for about, text in lines if text)


def _series(reports: Sequence[Report], now_us: int, planned: Planned) -> str:
    number = planned.number if planned.number is not None else len(reports) + 1
    of = f" of {planned.of}" if planned.of is not None else ""
    days = (now_us - reports[-1].material.to_us) // DAY_US
    ago = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    text = f"Session {number}{of}, last one {ago}"
    then = reports[-1].doses.planned
    if then is not None:
        text += f", {then.mg_per_kg:g} mg/kg then"
        if planned.mg_per_kg is not None:
            changed = "CHANGED to " if planned.mg_per_kg != then.mg_per_kg else ""
            text += f", {changed}{planned.mg_per_kg:g} now"
    unsigned = sum(report.material.added.signed is None for report in reports)
    return text + (f" ({unsigned} of {len(reports)} not signed)" if unsigned else "")


def _last(report: Report) -> str:
    base, peak, s = report.material.session.baseline, report.peak_systolic, report.material.session
    parts = []
    if base is not None:
        parts.append(f"baseline {whole_of(base.systolic)}/{whole_of(base.diastolic)}")
    if peak is not None:
        minute = report.material.minute(peak.t_us)
        at = f" at min {half(minute)}" if minute is not None else ""
        parts.append(f"peak {whole_of(peak.systolic)}/{whole_of(peak.diastolic)}{at}")
    if report.readiness.ready_us is not None and s.infusion_end_us is not None:
        parts.append(f"ready {half((report.readiness.ready_us - s.infusion_end_us) / MINUTE_US)} min after the end")
    return "Last time: " + ", ".join(parts) if parts else ""


def _worst(reports: Sequence[Report]) -> str:
    """The extreme of each vital sign over all sessions."""
    wanted: tuple[tuple[str, Callable[[list[tuple[float, int]]], tuple[float, int]], str], ...] = (
        ("SBP", max, "highest systolic {}"), ("HR", max, "highest HR {}"), ("SpO2", min, "lowest SpO2 {} %"),
    )  # fmt: skip
    parts = []
    for name, choose, words in wanted:
        found = [(peak.value, n) for n, r in enumerate(reports, 1) if (peak := _course(r, name).peak) is not None]
        if found:
            value, number = choose(found)
            parts.append(f"{words.format(whole_of(value))} (session {number})")
    return "Of all sessions: " + ", ".join(parts) if parts else ""


def _course(report: Report, name: str) -> Course:
    return next((c for c in report.courses if c.name == name), Course(name, None, None, None, None))


def _given(reports: Sequence[Report]) -> str:
    return _told(reports, GIVEN, "Given: ")


def _events(reports: Sequence[Report]) -> str:
    text = _told(reports, SYMPTOMS, "Noted: ")
    stopped = [_stop(n, report) for n, report in enumerate(reports, 1) if report.material.session.aborted]
    return "; ".join(part for part in (*stopped, text) if part)


def _stop(number: int, report: Report) -> str:
    reasons = [e.payload.reason for e in report.material.events if isinstance(e.payload, ev.SessionAborted)]
    return f"STOPPED in session {number}" + (f": {reasons[-1]}" if reasons and reasons[-1] else "")


def _told(reports: Sequence[Report], codes: Sequence[str], head: str) -> str:
    """`nausea in 2 of 4`: how many sessions have it, the most frequent first."""
    count = Counter(code for report in reports for code in {note.code for _, note, _ in report.notes} if code in codes)
    order = sorted(count, key=lambda code: (-count[code], codes.index(code)))
    parts = [f"{code.removesuffix('_given').replace('_', ' ')} in {count[code]} of {len(reports)}" for code in order]
    return head + ", ".join(parts) if parts else ""


def _technical(reports: Sequence[Report]) -> str:
    """Alarms of the equipment, by their own names."""
    count: Counter[str] = Counter()
    for report in reports:
        count.update({a.line.raised.row for a in report.alarms if a.line.raised.kind == Kind.TECHNICAL})
    parts = [f"{row.replace('_', ' ')} in {n} of {len(reports)}" for row, n in count.most_common(3)]
    return "Technical: " + ", ".join(parts) if parts else ""
