"""Doses, scores and readiness on the report: every number from an entry of the journal, what was corrected left out."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US
from monitor_app.record.exporters import export
from monitor_app.record.exporters.pdf.pages import composed
from monitor_app.record.exporters.pdf.sheet import A4, LETTER, Text
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.report.care_wording import dose_table, ready_table, score_table
from monitor_app.record.report.figures import Report, report_of
from monitor_app.record.report.wording import Wording
from monitor_app.record.writer import Batch, Writer
from tests import treatment_example
from tests.report_checks import compare
from tests.report_recomputed import Archive
from tests.treatment_example import SESSION

pytestmark = pytest.mark.thorough


def at(minute: float) -> int:
    return round(minute * MINUTE_US)


TOLD: tuple[ev.Payload, ...] = (
    care.DoseRecorded(82.0, 0.5, 40.0, 1.0, 41.0, 41.0, 61.5, "Dr Second"),
    care.ScoreRecorded("s1", "moaas", at(30), {"moaas": 4}, 4),
    care.ScoreRecorded("s2", "cadss6", at(52), {f"i{n}": 1 for n in (1, 2, 6, 7, 15)}, None),
    care.ScoreRecorded("s3", "cadss6", at(52), {f"i{n}": 1 for n in (1, 2, 6, 7, 15, 22)}, 6, corrects="s2"),
    care.ScoreRecorded("s4", "aldrete", at(80), {"activity": 2, "respiration": 2, "circulation": 2, "consciousness": 2,
                                                 "oxygenation": 1}, 9, ("circulation", "oxygenation")),
    care.DischargeReady(at(78), False, ("sedation", "pressure")),
    care.DischargeReady(at(82)),
    ev.ObservationLogged("headache", at(45), "left", entry="n1"),
    ev.ObservationLogged("nausea", at(46), entry="n2"),
    ev.ObservationLogged("headache", at(44), "right", entry="n3", corrects="n1"),
    ev.ObservationLogged("nausea", at(46), entry="n4", corrects="n2", withdrawn=True),
)  # fmt: skip


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


def test_dose_tells_its_working_and_what_the_marks_come_to(report: Report) -> None:
    shown = dict(dose_table(Wording(report)).rows)
    assert shown["Planned"] == "82 kg × 0.5 mg/kg = 41 mg"
    assert shown["Pump"] == "41 mL in 40 min = 61.5 mL/h (1 mg/mL)"
    assert shown["Delivered"] == "41.0 mg (100 % of the plan)"  # 44 minutes with a pause of four
    assert shown["Second check"] == "(withheld)"
    assert dict(dose_table(Wording(report, identified=True)).rows)["Second check"] == "Dr Second"


def test_corrected_score_stands_for_the_one_it_corrects(report: Report) -> None:
    rows = [row[1:5] for row in score_table(Wording(report)).rows]
    assert rows == [
        ("18", "MOAA/S", "4", "lethargic answer"),
        ("40", "CADSS-6", "6", "item 1: 1, item 2: 1, item 6: 1, item 7: 1, item 15: 1, item 22: 1  (corrected)"),
        ("68", "Aldrete", "9", "activity: 2, respiration: 2, circulation: 2*, consciousness: 2, oxygenation: 1*"),
    ]


def test_readiness_is_told_as_it_was_judged_then(report: Report) -> None:
    rows = dict(ready_table(Wording(report)).rows)
    assert rows == {"Ready": "00:48:40, minute 70", "After the end": "26 min", "To discharge": "4 min",
                    "Last in the way": "sedation, pressure"}  # fmt: skip


def test_note_that_an_entry_corrects_or_withdraws_is_not_printed(report: Report) -> None:
    told = [(note.code, note.text) for _, note, _ in report.notes if note.entry]
    assert told == [("headache", "right")]


def test_every_line_of_the_care_equals_the_exported_archive(folder: Path, report: Report, tmp_path: Path) -> None:
    with Reader(folder) as reader:
        archive = Archive(export("csv", reader, SESSION, tmp_path).path)
    compare(report, archive)
    archive.events = [e for e in archive.events if e["fields"].get("entry") != "s3"]
    with pytest.raises(AssertionError):
        compare(report, archive)


@pytest.mark.parametrize("size", [A4, LETTER])
def test_each_paper_holds_the_whole_report_and_no_two_words_cover_each_other(
    report: Report, size: tuple[float, float]
) -> None:
    words = Wording(report)
    paper = composed(words, "0.1", size)
    assert 1 <= len(paper.pages) <= 3
    printed = {text for page in paper.pages for text in page.words()}
    for table in (dose_table(words), score_table(words), ready_table(words), words.course(), words.alarms()):
        assert not {cell for row in table.rows for cell in row} - printed, table.title
    for page in paper.pages:
        texts = [m for m in page.marks if isinstance(m, Text) and not m.turn and m.words]
        assert all(m.box.left() >= 0 and m.box.right() <= size[0] and m.box.bottom() <= size[1] for m in texts)
        rows = [m for m in texts if m.wrap and m.size < 7.5]
        for one, other in itertools.combinations(rows, 2):
            met = one.box.intersected(other.box)
            assert met.width() < 60 or met.height() < 120, (one.words, other.words)
