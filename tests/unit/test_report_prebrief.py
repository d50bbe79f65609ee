"""Before the next session: six lines of facts at most, from earlier sessions of the same pseudonym, unsigned ones marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.samples import Origin
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.review_events import SessionSigned
from monitor_app.core.signing import Standing
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import Report, report_of
from monitor_app.record.report.prebrief import DAY_US, Planned, earlier, prebrief, prebrief_of
from monitor_app.record.writer import Batch, Writer
from tests import treatment_example
from tests.treatment_example import SESSION
from tests.unit.test_report_care import TOLD

ENDED_US = 86 * MINUTE_US


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = treatment_example.treatment(tmp_path_factory.mktemp("record") / "data", waves=False)
    writer = Writer(made)
    script = treatment_example._Told(Journal(writer.station_uuid, writer.last_seq, writer.head))
    for payload in TOLD:
        script.here(87, payload)
    writer.commit(Batch(script.entries))
    writer.close()
    return made


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    with Reader(folder) as reader:
        return report_of(reader, SESSION)


def test_first_session_has_no_prebrief(folder: Path) -> None:
    assert prebrief([], ENDED_US) == ()
    with Reader(folder) as reader:
        assert prebrief_of(reader, "somebody-else-1", Origin.SIMULATED, ENDED_US) == ()
        assert earlier(reader.sessions(), "", Origin.SIMULATED) == []
        assert earlier(reader.sessions(), "KX-18", Origin.REAL) == []


def test_six_lines_of_facts_of_the_earlier_sessions(folder: Path) -> None:
    with Reader(folder) as reader:
        lines = prebrief_of(reader, "KX-18", Origin.SIMULATED, ENDED_US + 3 * DAY_US, Planned(3, 6, 0.5))
    assert {line.about: line.text for line in lines} == {
        "series": "Session 3 of 6, last one 3 days ago, 0.5 mg/kg then, 0.5 now (1 of 1 not signed)",
        "last": "Last time: baseline 119/75, peak 164/96 at min 30, ready 26 min after the end",
        "worst": "Of all sessions: highest systolic 164 (session 1), highest HR 104 (session 1), "
        "lowest SpO2 86 % (session 1)",
        "given": "Given: antiemetic in 1 of 1",
        "events": "Noted: nausea in 1 of 1, headache in 1 of 1",
        "technical": "Technical: SPO2 PROBE OFF in 1 of 1",
    }


def test_changed_dose_stands_out_and_signed_sessions_carry_no_mark(report: Report) -> None:
    signed = Standing(signed=SessionSigned("h", "Dr Roe", "clinician"), signed_us=ENDED_US)
    one = replace(report, material=replace(report.material, added=signed))
    first = prebrief([one, one], ENDED_US + DAY_US, Planned(mg_per_kg=0.75))[0].text
    assert first == "Session 3, last one yesterday, 0.5 mg/kg then, CHANGED to 0.75 now"


def test_worst_names_the_session_it_was_in(report: Report) -> None:
    calm = replace(report, courses=tuple(replace(c, peak=None) for c in report.courses))
    (worst,) = [line.text for line in prebrief([calm, report], ENDED_US) if line.about == "worst"]
    assert "highest systolic 164 (session 2)" in worst
