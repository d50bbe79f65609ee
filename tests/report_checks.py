"""Does a report say what the archive of the same session says? One list of comparisons, for made-up and for real records."""

from __future__ import annotations

import math

import pytest

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


def _integrity(report: Report, archive: Archive) -> None:
    entries, head = Wording(report).integrity()
    assert head == archive.session["chain_head"] == archive.events[-1]["hash"]
    assert entries.endswith(archive.session["chain_last_seq"])
