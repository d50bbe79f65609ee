"""The tools of the review: calipers, table, coverage, overview, filter, report and strip on paper, a key for each act."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPageLayout
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.exporters.pdf.strip import strip_of
from monitor_app.record.readers import ChannelRow, Reader
from monitor_app.review import table
from monitor_app.review.calipers import Calipers, amplitude, nearest_sample
from monitor_app.review.coverage import State, states
from monitor_app.review.polygon import polygon
from monitor_app.review.scale import AUTO, Scale, next_gain, speed_words
from monitor_app.review.story import Story, Trend, load
from monitor_app.review.traces import Run, Traces
from monitor_app.review.window import ReviewWindow
from tests.treatment_example import SESSION, treatment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data")


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(folder)


@pytest.fixture
def story(reader: Reader) -> Story:
    return load(reader, SESSION)


@pytest.fixture
def window(qtbot: QtBot, reader: Reader) -> ReviewWindow:
    made = ReviewWindow(reader)
    qtbot.addWidget(made)
    made.show()
    made.open_session(SESSION)
    return made


def channel(unit: str = "mV") -> ChannelRow:
    return ChannelRow(1, 1, SESSION, 102, "ecg_ii", 50.0, 0.005, unit, 1, "")


# ---------------------------------------------------------------- calipers


def test_calipers_tell_interval_and_rate() -> None:
    both = Calipers().set(6_320_000).set(7_100_000)
    assert both.apart_us == 780_000
    assert both.rate == pytest.approx(76.9, abs=0.05)


def test_third_press_begins_anew() -> None:
    again = Calipers().set(1).set(2).set(3)
    assert (again.a_us, again.b_us) == (3, None)


def test_march_repeats_the_interval_to_both_sides_without_the_marks_themselves() -> None:
    marching = Calipers(10_000_000, 11_000_000, True)
    assert marching.march(8_000_000, 13_000_000) == [8_000_000, 9_000_000, 12_000_000, 13_000_000]
    assert Calipers(10_000_000, 11_000_000).march(8_000_000, 13_000_000) == []


def test_amplitude_of_an_uncalibrated_wave_has_no_millivolts() -> None:
    assert amplitude(channel(), 0, 188) == "+0.94 mV"
    assert amplitude(channel("relative"), 10, 3) == "−7 steps"


def test_mark_stands_on_a_sample_and_never_in_a_gap() -> None:
    run = Run(1_000_000, np.array([1, 2, 3, 4], dtype=np.int16))
    assert nearest_sample([run], 50.0, 1_031_000) == (1_040_000, 3)
    assert nearest_sample([run], 50.0, 1_200_000) is None


def test_caliper_keys_measure_a_second_between_two_spikes(qtbot: QtBot, window: ReviewWindow) -> None:
    waves = window._waves
    waves.look_at(30 * SECOND_US)
    waves.set_caliper(30_200_000)
    waves.set_caliper(31_203_000)
    assert waves.calipers.apart_us == SECOND_US
    assert "60/min" in waves.reading()
    assert "II +0.00 mV" in waves.reading()
    qtbot.keyClick(waves, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert waves.calipers.apart_us == SECOND_US + 20_000
    assert "−4.50 mV" in waves.reading()


# ---------------------------------------------------------------- scale


def test_speed_is_millimetres_of_this_screen() -> None:
    scale = Scale(px_mm=4.0)
    assert scale.span_us(25.0, 1000) == 10 * SECOND_US
    assert speed_words(scale.speed_mm_s(10 * SECOND_US, 1000)) == "25 mm/s"


def test_fixed_gain_needs_a_calibration() -> None:
    scale = Scale(4.0, 10.0)
    assert scale.px_a_step(channel()) == pytest.approx(0.2)
    assert scale.px_a_step(channel("relative")) is None
    assert next_gain(AUTO, -1) == AUTO
    assert next_gain(AUTO, 1) == 2.5


def test_polygon_holds_the_points_it_was_given() -> None:
    made = polygon(np.array([1.0, 2.5]), np.array([3.0, -4.0]))
    assert [(p.x(), p.y()) for p in made] == [(1.0, 3.0), (2.5, -4.0)]
    assert polygon(np.empty(0), np.empty(0)).isEmpty()


# ---------------------------------------------------------------- what is seen


@pytest.mark.parametrize("span_s", [1, 10, 60, 600, 1790, 86 * 60])
def test_spike_of_one_sample_is_seen_at_every_zoom_of_a_record(reader: Reader, story: Story, span_s: int) -> None:
    (ecg,) = story.channels
    middle = 20 * 60 * SECOND_US + 200_000
    half = span_s * SECOND_US // 2
    seen = Traces(reader).window(ecg, max(0, middle - half), middle + half, 900)
    assert max(part.y.max() for part in seen) == 900


def test_gap_of_seconds_separates_stretches_also_in_the_whole_session(reader: Reader, story: Story) -> None:
    (ecg,) = story.channels
    whole = Traces(reader).window(ecg, story.from_us, story.to_us, 900)
    near = Traces(reader).window(ecg, 1780 * SECOND_US, 1810 * SECOND_US, 900)
    assert (len(whole), len(near)) == (2, 2)


def test_minutes_are_joined_without_a_seam(reader: Reader, story: Story) -> None:
    (ecg,) = story.channels
    traces = Traces(reader)
    (run,) = traces.samples(ecg, 590 * SECOND_US, 730 * SECOND_US)
    assert len(run.samples) == pytest.approx(140 * 50, abs=4)
    assert traces.samples(ecg, 600 * SECOND_US, 601 * SECOND_US)[0].first_index == 600 * 50 - 1


def test_coverage_shows_the_worst_second_of_each_pixel() -> None:
    codes = np.zeros(600, dtype=np.int64)
    codes[300] = Validity.SENSOR_OFF
    codes[100] = Validity.DISTURBED
    trend = Trend(Parameter.SPO2, Source.PLETH, np.arange(600) * SECOND_US, np.zeros(600), codes)
    state = states(trend, 0, 600 * SECOND_US, 60)
    assert (state[30], state[10], state[20]) == (State.ABSENT, State.ARTEFACT, State.VALID)
    assert (states(None, 0, 600 * SECOND_US, 60) == State.ABSENT).all()


# ---------------------------------------------------------------- tables


def test_table_every_five_minutes_has_the_cuff_only_in_its_own_row(story: Story) -> None:
    found = {round(row.t_us / MINUTE_US): row for row in table.rows(story, 5)}
    assert found[10].cells[4].text == "118/74 (89)"
    assert found[15].cells[4].text == ""  # nothing is carried forward


def test_table_tells_why_a_cell_is_empty(story: Story) -> None:
    found = {round(row.t_us / MINUTE_US): row for row in table.rows(story, 1)}
    assert (found[61].cells[3].text, found[61].cells[3].why) == ("", "sensor off")
    assert (found[47].cells[3].text, found[47].cells[3].why) == ("", "doubted by the device")
    assert found[47].cells[6].why == table.NOT_FITTED


def test_table_at_cuffs_stands_against_the_baseline(story: Story) -> None:
    found = table.rows(story, table.AT_CUFFS)
    assert len(found) == 10
    peak = next(row for row in found if row.cells[4].text.startswith("164/"))
    assert "SBP +45 (+38 %)" in peak.cells[7].text


def test_cell_is_shaded_while_its_alarm_stood(story: Story) -> None:
    found = {round(row.t_us / MINUTE_US): row for row in table.rows(story, 1)}
    assert found[41].cells[3].alarming
    assert not found[39].cells[3].alarming
    assert not found[41].cells[2].alarming


def test_alarm_history_tells_who_answered_and_how_fast(window: ReviewWindow) -> None:
    shown = window._alarms.table
    lines = [[shown.item(r, c).text() for c in range(shown.columnCount())] for r in range(shown.rowCount())]
    assert ["***", "SpO2 86 < 90", "86 %", "0:57", "0:15", "Kim"] in [line[1:7] for line in lines]
    assert "3 alarms, 1 acknowledged, after 0:15" in window._alarms.totals.text()


def test_event_filter_and_words_work_together(qtbot: QtBot, window: ReviewWindow) -> None:
    window.find_event()
    qtbot.keyClicks(window._events.search, "nausea")
    texts = [window._events._list.item(n).text() for n in range(window._events._list.count())]
    assert len(texts) == 2
    assert all("nausea" in text for text in texts)


# ---------------------------------------------------------------- paper


def test_report_is_previewed_as_it_will_be_printed_and_saved_once(window: ReviewWindow, tmp_path: Path) -> None:
    window.show_report()
    assert window._stack.currentWidget() is window._report
    assert "pseudonymous, 2 pages" in window._report._title.text()
    path = tmp_path / "report.pdf"
    window._report.save_as(path)
    assert path.read_bytes().startswith(b"%PDF")
    window._report.save_as(path)
    assert "already exists" in window._report.said.text()
    window.back()
    assert window._stack.currentIndex() == 1


def test_report_prints_every_page(window: ReviewWindow, tmp_path: Path) -> None:
    window.show_report()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    window._report.print_on(printer)
    assert (tmp_path / "printed.pdf").read_bytes().count(b"/Type /Page\n") == 2


def test_strip_holds_numbers_speed_origin_and_the_moment(reader: Reader, story: Story) -> None:
    (page,) = strip_of(reader, story.row, 45 * MINUTE_US, story.channels, "KX-18").pages
    text = " ".join(page.words())
    assert "25 mm/s" in text
    assert "HR 82 bpm" in text
    assert "SpO2 98 %" in text
    assert "BP 164/96 (119) mmHg, 3 min before" in text
    assert text.count("SIMULATED") >= 4


def test_strip_over_a_gap_draws_no_line_across_it(reader: Reader, story: Story) -> None:
    from monitor_app.record.exporters.pdf.sheet import Curve

    (page,) = strip_of(reader, story.row, 1792 * SECOND_US, story.channels, "KX-18").pages
    curves = [mark for mark in page.marks if isinstance(mark, Curve)]
    seconds = sum(len(curve.points) for curve in curves) / 50
    assert seconds == pytest.approx(24 - 10, abs=0.1)


def test_every_key_of_the_foot_acts(qtbot: QtBot, window: ReviewWindow) -> None:
    waves = window._waves
    before = waves.shown_us()
    qtbot.keyClick(waves, Qt.Key.Key_PageDown)
    assert waves.shown_us()[0] == before[1]
    for key, act in window._keys():
        if key not in ("Esc", "Ctrl+P", "Ctrl+S", "Ctrl+E"):
            act()
    assert waves.calipers.a_us is not None or not waves.calipers.marching
    window.print_or_strip()
    assert window._report._title.text().startswith("Strip")
    window.back()
    window.back()
    assert window._stack.currentIndex() == 0


def test_channel_can_be_left_out_and_taken_back(window: ReviewWindow) -> None:
    (action,) = window._bar.channels.menu().actions()
    action.setChecked(False)
    assert window._waves.channels == ()
    action.setChecked(True)
    assert [c.parameter for c in window._waves.channels] == ["ecg_ii"]
