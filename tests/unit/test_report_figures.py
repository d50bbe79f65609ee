"""The figures of the session report, by hand: refuted readings, straight lines, ties, half minutes, adherence, coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.exporters import export
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.report import pressure, seconds
from monitor_app.record.report.adherence import LATE, MISSED, ON_TIME
from monitor_app.record.report.figures import Report, report_of
from monitor_app.record.report.material import Reading, Series
from monitor_app.record.report.rounding import half, lasted, signed
from monitor_app.record.report.wording import Wording
from tests import record_example, treatment_example
from tests.report_checks import compare
from tests.report_recomputed import Archive

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment_example.treatment(tmp_path_factory.mktemp("record") / "data")


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    with Reader(folder) as reader:
        return report_of(reader, treatment_example.SESSION)


def cuff(minute: float, systolic: float, number: int = 1) -> Reading:
    return Reading(number, round(minute * MINUTE_US), systolic, 80.0, None, "planned")


def sbp(reading: Reading) -> float | None:
    return reading.systolic


def series(values: list[float | None], validity: Validity = Validity.VALID) -> Series:
    t_us = np.arange(len(values), dtype=np.int64) * SECOND_US
    numbers = np.array([np.nan if v is None else v for v in values])
    words = np.array([validity if v is not None else Validity.NOT_MEASURED for v in values], dtype=np.int64)
    return Series(Parameter.HR, Source.ECG, t_us, numbers, words)


# ---------------------------------------------------------------- pressures


def test_minutes_above_follow_the_straight_line_between_two_readings() -> None:
    found = pressure.beyond([cuff(0, 130), cuff(10, 150)], sbp, 140, 0, 10 * MINUTE_US)
    assert (found.us, found.assessed_us) == (5 * MINUTE_US, 10 * MINUTE_US)


def test_readings_more_than_20_minutes_apart_assess_nothing() -> None:
    found = pressure.beyond([cuff(0, 190), cuff(20.1, 190)], sbp, 140, 0, 30 * MINUTE_US)
    assert (found.us, found.assessed_us) == (None, 0)


def test_time_before_the_infusion_does_not_count_as_above() -> None:
    found = pressure.beyond([cuff(-5, 150), cuff(5, 150)], sbp, 140, 0, 60 * MINUTE_US)
    assert found.us == found.assessed_us == 5 * MINUTE_US


def test_of_two_equal_peaks_the_earlier_is_told() -> None:
    found = pressure.peak([cuff(1, 160, 1), cuff(9, 160, 2)], sbp, 0)
    assert found is not None
    assert found.id == 1


def test_nearest_reading_is_never_further_than_10_minutes_and_of_equals_the_later() -> None:
    assert pressure.nearest([cuff(29, 1), cuff(50.5, 1)], 40 * MINUTE_US) is None
    found = pressure.nearest([cuff(35, 1, 1), cuff(45, 1, 2)], 40 * MINUTE_US)
    assert found is not None
    assert found.id == 2


def test_return_to_baseline_needs_two_successive_readings() -> None:
    once = [cuff(10, 165), cuff(20, 125, 2), cuff(30, 140, 3), cuff(40, 122, 4), cuff(50, 121, 5)]
    found = pressure.returned(once, 120, 10 * MINUTE_US)
    assert found is not None
    assert found.id == 4
    assert pressure.returned(once[:4], 120, 10 * MINUTE_US) is None


def test_refuted_reading_is_neither_peak_nor_nearest(report: Report) -> None:
    assert [r.id for r in report.material.readings if r.refuted] == [4]
    assert report.peak_systolic is not None
    assert (report.peak_systolic.id, report.peak_systolic.systolic) == (6, 164)


# ---------------------------------------------------------------- seconds


def test_half_minute_needs_15_valid_seconds() -> None:
    few = series([70.0] * 14 + [None] * 16 + [90.0] * 15 + [None] * 15)
    assert [(m.t_us // SECOND_US, m.value) for m in seconds.medians(few, 0, 60 * SECOND_US)] == [(30, 90.0)]


def test_doubted_numbers_are_in_no_figure() -> None:
    doubted = series([70.0] * 30, Validity.QUESTIONABLE)
    assert seconds.medians(doubted, 0, 30 * SECOND_US) == []
    assert seconds.seconds_beyond(doubted, 50, True, 0, 30 * SECOND_US) == (0, 0)


def test_median_before_a_moment_ends_there() -> None:
    step = series([70.0] * 30 + [90.0] * 30)
    found = seconds.median_before(step, 30 * SECOND_US)
    assert found is not None
    assert found.value == 70


def test_curve_on_paper_is_cut_at_a_gap() -> None:
    parts = seconds.thinned(series([70.0] * 10 + [None] * 10 + [71.0] * 10), 0, 30 * SECOND_US, 1000)
    assert [len(part) // 2 for part in parts] == [10, 10]


def test_coverage_tells_artefact_absent_and_unrecorded_apart(report: Report) -> None:
    (spo2,) = [every for s, every in report.coverage if s.parameter is Parameter.SPO2]
    by_phase = {c.phase.phase.value: (c.valid, c.artefact, c.absent, c.unrecorded) for c in spo2}
    assert by_phase["infusion"] == (43 * 60, 60, 0, 0)
    assert by_phase["recovery"] == (29 * 60, 0, 60, 0)


# ---------------------------------------------------------------- adherence


def test_slot_is_on_time_until_it_counts_as_overdue_then_missed(report: Report) -> None:
    states = [(item.what, item.state) for item in report.adherence.items]
    assert states.count(("Blood pressure", ON_TIME)) == 9
    assert states.count(("Blood pressure", MISSED)) == 1
    assert not any(state == LATE for _, state in states)
    assert ("Baseline confirmed", ON_TIME) in states
    assert ("Recovery minimum", ON_TIME) in states
    assert report.adherence.share == pytest.approx(11 / 12)


def test_reading_after_the_grace_time_is_late() -> None:
    from monitor_app.record.report.adherence import adherence

    session = _session()
    started = ev.Event(0, ev.NibpStarted("planned", 10 * MINUTE_US), 4, "s")
    found = adherence(session, [started], [cuff(14, 120)], 60 * MINUTE_US)
    assert [(i.state, i.late_us) for i in found.items] == [(LATE, 4 * MINUTE_US)]


def _session():  # type: ignore[no-untyped-def]
    from monitor_app.core.session import applied

    admitted = ev.SessionAdmitted("A1", "iv_40", {"nibp": {"overdue_s": 180}})
    session = applied(None, ev.Event(0, admitted, 4, "s"))
    if session is None:
        raise AssertionError
    return session


# ---------------------------------------------------------------- words


def test_absent_is_a_dash_and_never_zero(tmp_path: Path) -> None:
    with Reader(record_example.example(tmp_path / "data")) as reader:
        words = Wording(report_of(reader, record_example.SESSION))
    spo2 = next(tile for tile in words.tiles() if tile.label == "Lowest SpO2")
    assert (spo2.figure, spo2.detail) == ("-", "not measured")
    assert "No baseline was confirmed." in words.open_items()


def test_without_an_infusion_nothing_is_said_to_have_been_beyond(tmp_path: Path) -> None:
    from dataclasses import replace

    with Reader(record_example.example(tmp_path / "data")) as reader:
        report = replace(report_of(reader, record_example.SESSION), thresholds={}, beyond=())
    table = Wording(report).thresholds()
    assert table.rows == ()
    assert table.empty.startswith("Not assessed")


def test_minutes_are_told_to_a_half_and_minus_is_a_minus() -> None:
    assert [half(m) for m in (40.2, 40.25, 40.3, -8.5)] == ["40", "40", "40.5", "−8.5"]
    assert [signed(v) for v in (16.4, -3.2, 0.2)] == ["+16", "−3", "0"]
    assert [lasted(s * SECOND_US) for s in (42, 725, 3720)] == ["0:42", "12:05", "1:02:00"]


def test_pause_is_not_infused_and_the_tile_says_how_often(report: Report) -> None:
    infused = Wording(report).tiles()[0]
    assert (infused.figure, infused.detail) == ("40 min", "planned 40 min, 1 pause")


def test_alarm_line_tells_answer_reason_and_what_followed(report: Report) -> None:
    row = next(row for row in Wording(report).alarms().rows if "SpO2 86" in row[2])
    assert row[1] == "***"  # it escalated
    assert row[3:] == ("86", "0:57", "0:15", "nurse", "true", "oxygen given")


def test_typed_text_and_names_are_withheld_unless_identified(report: Report) -> None:
    plain, whole = Wording(report), Wording(report, identified=True)
    assert {row[4] for row in plain.notes().rows} == {"", "(withheld)"}
    assert "ondansetron 4 mg" in {row[4] for row in whole.notes().rows}
    assert {row[3] for row in plain.limits().rows} == {"", "clinician"}


def test_note_that_a_later_entry_corrects_is_left_out(tmp_path: Path) -> None:
    from monitor_app.record.journal import Journal
    from monitor_app.record.writer import Batch, Writer

    folder = treatment_example.treatment(tmp_path / "data", waves=False)
    with Reader(folder) as reader:
        seq = next(s.entry.seq for s in reader.events() if isinstance(s.payload, ev.ObservationLogged))
    writer = Writer(folder)
    script = treatment_example._Told(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.here(87, ev.ObservationLogged("dizziness", 19 * MINUTE_US, corrects_seq=seq))
    writer.commit(Batch(script.entries))
    writer.close()
    with Reader(folder) as reader:
        codes = [row[3] for row in Wording(report_of(reader, treatment_example.SESSION)).notes().rows]
    assert "dizziness" in codes
    assert "nausea" not in codes


def test_every_figure_equals_what_the_exported_archive_says(folder: Path, report: Report, tmp_path: Path) -> None:
    with Reader(folder) as reader:
        done = export("csv", reader, treatment_example.SESSION, tmp_path)
    compare(report, Archive(done.path))


def test_comparison_notices_a_figure_that_is_wrong(folder: Path, report: Report, tmp_path: Path) -> None:
    with Reader(folder) as reader:
        archive = Archive(export("csv", reader, treatment_example.SESSION, tmp_path).path)
    archive.tables["nibp"] = [{**row} for row in archive.tables["nibp"]]
    for row in archive.events:
        if row["kind"] == "nibp.measured" and row["fields"]["systolic"] == 164:
            row["fields"]["systolic"] = 165
    with pytest.raises(AssertionError):
        compare(report, archive)


def test_session_that_is_not_there_is_said_in_a_sentence(folder: Path) -> None:
    with Reader(folder) as reader, pytest.raises(StoreError, match="no sessions begin"):
        report_of(reader, "ffff")
