"""Years of sessions: found by any word of theirs, quick, and one patient's laid over each other from the same start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from monitor_app.bench import past
from monitor_app.record.catalogue import SessionLine
from monitor_app.record.readers import Reader
from monitor_app.review.axis import day
from monitor_app.review.browser import disk_words
from monitor_app.review.search import Found, matching, words_of
from monitor_app.review.series import HEAD, cells, facts, same_patient, series
from monitor_app.review.window import ReviewWindow
from tests import treatment_example
from tests.record_example import SESSION, example

COUNT = 2500
"""Five sessions of each of five hundred patients."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("record") / "data"
    past.many_sessions(made, COUNT)
    return made


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(folder)


@pytest.fixture
def found(reader: Reader) -> list[Found]:
    anchors = reader.anchors()
    return [words_of(line, day(anchors, line.from_us), line.row.outcome, "SIMULATED") for line in reader.catalogue()]


# ---------------------------------------------------------------- the list


def test_catalogue_tells_of_each_session_what_asking_one_by_one_tells(reader: Reader, tmp_path: Path) -> None:
    for line in reader.catalogue()[::500]:
        assert (line.from_us, line.to_us) == reader.span_us(line.row)
    with Reader(example(tmp_path / "running", sealed=False)) as running:
        (line,) = running.catalogue()
        assert (line.from_us, line.to_us) == running.span_us(line.row)
        assert line.alarms == (("HR_HIGH", 1),)


def test_session_is_found_by_whole_uuid_or_by_its_only_beginning(reader: Reader) -> None:
    name = past.session_name(7)
    assert reader.session(name).uuid == name


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", COUNT),
        ("chair 2", sum(n % 6 == 1 for n in range(COUNT))),
        ("chair 2 spo2_low", sum(n % 6 == 1 and n % 4 == 1 for n in range(COUNT))),
        ("p-417", 5),
        ("P-417 completed", 5),
        ("P-417 aborted", 0),
        (">80", COUNT),
        ("<80", 0),
        ("chair 1 P-000", 2),
        ("nobody", 0),
    ],
)
def test_every_word_of_a_search_must_fit(found: list[Found], query: str, count: int) -> None:
    assert len(matching(found, query)) == count


def test_date_finds_the_sessions_of_its_month(found: list[Found]) -> None:
    month = matching(found, "2023-12")
    assert month
    assert {f.words[:7] for f in month} == {"2023-12"}


def test_browser_shows_newest_first_and_narrows_while_one_types(qtbot: QtBot, reader: Reader) -> None:
    window = ReviewWindow(reader)
    qtbot.addWidget(window)
    window.show()
    browser = window._browser
    assert browser.chosen() == past.session_name(COUNT - 1)
    qtbot.keyClicks(browser.search, "p-417 ")
    assert browser.model.rowCount() == 5
    assert "5 of 2500 sessions" in browser._hint.text()
    assert "Record " in browser._hint.text()
    browser._table.activated.emit(browser.model.index(0, 0))
    assert window._stack.currentIndex() == 1


def test_disk_use_is_what_lies_on_the_disk(reader: Reader, folder: Path) -> None:
    use = reader.disk_use()
    assert use.facts == sum(path.stat().st_size for path in folder.glob("station.db*"))
    assert disk_words(use).startswith("Record ")


# ---------------------------------------------------------------- the series


def test_series_is_of_one_pseudonym_oldest_first(reader: Reader) -> None:
    rows = same_patient(reader.sessions(), past.session_name(17))
    assert [row.uuid for row in rows] == [past.session_name(17 + 500 * n) for n in range(5)]


def test_session_without_a_pseudonym_has_no_series(tmp_path: Path) -> None:
    with Reader(example(tmp_path / "data", pseudonym="")) as nameless:
        assert same_patient(nameless.sessions(), SESSION) == []


def test_sessions_are_aligned_on_the_start_of_their_infusion(reader: Reader) -> None:
    members = series(reader, past.session_name(17))
    for member in members:
        assert member.curves["SBP"].minutes.tolist() == [-8, -4, 10, 20, 30, 40, 50, 64]
    assert members[-1].like_last


def test_line_is_broken_where_readings_are_too_far_apart() -> None:
    from monitor_app.review.series import _broken

    curve = _broken(np.array([0.0, 10.0, 31.0]), np.array([1.0, 2.0, 3.0]), 20, dots=True)
    assert np.isnan(curve.values).tolist() == [False, False, True, False]


def test_table_of_the_series_holds_the_figures_of_each_report(reader: Reader) -> None:
    member = series(reader, past.session_name(17))[0]
    line = cells(member)
    sbp = member.report.courses[0]
    assert sbp.peak is not None
    assert sbp.baseline is not None
    shown = dict(zip(HEAD, line, strict=True))
    assert shown["Peak ΔSBP"] == f"+{sbp.peak.value - sbp.baseline:.0f}"
    assert shown["at min"] == "30"
    assert {shown[name] for name in ("Dose", "CADSS-6", "Symptoms", "Ready after")} == {"-"}  # nobody recorded any


def test_pauses_are_taken_out_of_the_clock_and_of_nothing_else(tmp_path: Path) -> None:
    with Reader(treatment_example.treatment(tmp_path / "data", waves=False)) as reader:
        (member,) = series(reader, treatment_example.SESSION)
    wall, infusing = member.curves["SBP"], member.infusing["SBP"]
    assert wall.minutes.tolist()[:4] == [-9, -4, 10, 21.5]
    assert infusing.minutes.tolist()[:4] == [-9, -4, 8, 17.5]  # a pause from 8 to 12
    assert infusing.values.tolist() == wall.values.tolist()


def test_drift_of_the_baseline_needs_four_sessions(reader: Reader) -> None:
    members = series(reader, past.session_name(17))
    assert any("Baseline systolic" in fact for fact in facts(members))
    assert not any("Baseline systolic" in fact for fact in facts(members[:3]))


def test_series_opens_from_list_and_session_and_leads_to_each(qtbot: QtBot, reader: Reader) -> None:
    window = ReviewWindow(reader)
    qtbot.addWidget(window)
    window.show()
    window.show_series()
    view = window._series
    assert window._stack.currentWidget() is view
    assert view._title.text() == "P-499   5 sessions"
    assert view._mark.text() == "SIMULATED"
    for name in ("DBP", "HR", "SBP"):
        view.set_quantity(name)
        view.plot.grab()
    view._picked(view.table.model().index(1, 0))
    assert window._story is not None
    assert window._story.row.uuid == past.session_name(999)
    window.back()
    assert window._stack.currentIndex() == 0


def test_line_of_the_list_knows_its_alarms(reader: Reader) -> None:
    line: SessionLine = reader.catalogue()[0]
    assert line.alarms == (("HR_HIGH", 1),)
