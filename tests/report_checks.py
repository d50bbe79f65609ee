"""Does a report say what the archive of the same session says? One list of comparisons, for made-up and for real records."""

from __future__ import annotations

import math

import pytest

from monitor_app.record.report.adherence import ON_TIME
from monitor_app.record.report.care_wording import dose_table, ready_table, score_table
from monitor_app.record.report.figures import Report
from monitor_app.record.report.rounding import half
from monitor_app.record.report.wording import Wording
from tests.report_recomputed import Archive

PICKS = {"SBP": "systolic", "DBP": "diastolic", "MAP": "mean"}
SERIES = {"HR": "hr", "SpO2": "spo2", "RR": "resp_rate"}


def compare(report: Report, archive: Archive) -> None:
    """Every figure of the report against the archive. Without an infusion nothing is counted from its start."""
    if archive.session["infusion_start_utc"]:
        _pressures(report, archive)
        _rates(report, archive)
        _thresholds(report, archive)
        _moments(report, archive)
    else:
        assert not any(course.peak or course.end or course.last for course in report.courses)
        assert (report.thresholds, report.beyond, report.back) == ({}, (), None)
    _coverage(report, archive)
    _alarms(report, archive)
    _care(report, archive)
    _steps(report, archive)
    _adherence(report, archive)
    _integrity(report, archive)


def _rows(report: Report) -> dict[str, tuple[str, ...]]:
    return {row[0].split()[0]: row for row in Wording(report).course().rows}


def _pressures(report: Report, archive: Archive) -> None:
    rows = _rows(report)
    base = archive.fields("baseline.confirmed")[-1]
    for name, pick in PICKS.items():
        value, at_s = archive.peak(pick)
        assert rows[name][1] == f"{base[pick]:.0f}"
        assert rows[name][2:4] == (f"{value:.0f}", half(at_s / 60))
        assert int(rows[name][4].split()[0].replace("−", "-")) == round(value - base[pick])
        last = max((c for c in archive.cuffs() if c.at_s >= 0), key=lambda c: c.at_s)
        assert rows[name][6] == f"{getattr(last, pick):.0f}"


def _rates(report: Report, archive: Archive) -> None:
    rows = _rows(report)
    for name, parameter in SERIES.items():
        medians = archive.half_minutes(parameter)
        if not medians:
            continue
        worst = min if name == "SpO2" else max
        value = worst(v for _, v in medians)
        assert rows[name][2:4] == (f"{value:.0f}", half(next(t for t, v in medians if v == value) / 60))


def _thresholds(report: Report, archive: Archive) -> None:
    for name, every in report.thresholds.items():
        for beyond in every:
            above, assessed = archive.minutes_from(PICKS[name], beyond.limit)
            assert (beyond.us or 0) / 60e6 == pytest.approx(above, abs=0.01)
            assert beyond.assessed_us / 60e6 == pytest.approx(assessed, abs=0.01)
    for found in report.beyond:
        assert found.seconds == archive.seconds_beyond(found.parameter.value, found.limit, found.above)


def _moments(report: Report, archive: Archive) -> None:
    targets = {"Start": 0.0, "40 min": 2400.0, "End of infusion": archive.infusion_end_s()}
    for name, _, reading in report.nearest:
        expected = archive.nearest(targets[name])
        assert (reading.id if reading else None) == (expected.number if expected else None), name
    back = archive.back()
    assert (report.back.id if report.back else None) == (back.number if back else None)


def _coverage(report: Report, archive: Archive) -> None:
    for series, every in report.coverage:
        for found in every:
            same = [c for c in every if c.phase.phase is found.phase.phase]
            valid, rows = archive.valid_share(series.parameter.value, found.phase.phase.value)
            assert sum(c.valid for c in same) == valid
            assert sum(c.total - c.unrecorded for c in same) == rows


def _alarms(report: Report, archive: Archive) -> None:
    table = archive.tables["alarms"]
    assert [a.line.raised.row for a in report.alarms] == [row["condition"] for row in table]
    assert [a.line.acknowledged_us is not None for a in report.alarms] == [
        bool(row["acknowledged_utc"]) for row in table
    ]
    for story, row in zip(report.alarms, table, strict=True):
        worst = story.line.extremum
        assert math.isclose(worst, float(row["extremum"])) if worst is not None else not row["extremum"]


def _care(report: Report, archive: Archive) -> None:
    """Doses, scores, readiness and notes: each line from an entry of the journal, each entry that stands on a line."""
    words = Wording(report)
    shown = dict(dose_table(words).rows)
    mg, share = archive.delivered()
    doses = archive.fields("dose.recorded")
    if doses:
        plan = doses[-1]
        assert shown["Planned"] == f"{plan['weight_kg']:g} kg × {plan['mg_per_kg']:g} mg/kg = {plan['mg']:g} mg"
        assert shown["Delivered"] == f"{mg:.1f} mg ({share * 100:.0f} % of the plan)"
    rates = [f"{f['old_ml_per_h']:g} to {f['new_ml_per_h']:g} mL/h" for f in archive.fields("infusion.rate_changed")]
    assert [r.split(" at ")[0] for name, r in dose_table(words).rows if name == "Rate"] == rates
    standing = archive.standing("score.recorded")
    assert sorted((s.scale, s.at_us, s.total, sum(p for _, p in s.items)) for s in report.scores) == sorted(
        (f["scale"], f["at_us"], f["total"], sum(f["items"].values())) for f in standing
    )
    assert [row[3] for row in score_table(words).rows] == [
        "incomplete" if f["total"] is None else str(f["total"]) for f in sorted(standing, key=lambda f: f["at_us"])
    ]
    said = archive.fields("discharge.ready")
    assert bool(said and said[-1]["ready"]) == ("Ready" in dict(ready_table(words).rows))
    notes = [f for f in archive.standing("observation.logged") if not f["withdrawn"]]
    assert sorted((n.code, at_us) for at_us, n, _ in report.notes) == sorted((f["code"], f["at_us"]) for f in notes)


def _steps(report: Report, archive: Archive) -> None:
    entered = [f["at_us"] for f in archive.fields("phase.entered")]
    told = Wording(report).timeline().rows
    assert len(told) >= len(entered) + 1
    assert {Wording(report).clock(at_us) for at_us in entered} <= {row[0] for row in told}


def _adherence(report: Report, archive: Archive) -> None:
    """On time: a planned slot whose reading came within the grace of the profile, told from the journal alone."""
    kept = report.adherence
    slots = [item for item in kept.items if item.what == "Blood pressure"]
    due = {f["due_us"] for f in archive.fields("nibp.started") if f["due_us"] is not None}
    due |= {f["due_us"] for kind in ("nibp.skipped", "nibp.deferred") for f in archive.fields(kind)}
    assert {item.due_us for item in slots} == due
    taken = [f["measured_us"] for f in archive.fields("nibp.measured")]
    for item in slots:
        if item.state == ON_TIME and item.done_us is not None:
            assert item.done_us in taken
    assert kept.share == (kept.count(ON_TIME) / len(kept.items) if kept.items else None)


def _integrity(report: Report, archive: Archive) -> None:
    entries, head = Wording(report).integrity()
    assert head == archive.session["chain_head"] == archive.events[-1]["hash"]
    assert entries.endswith(archive.session["chain_last_seq"])
