"""The review reads a recorded session honestly: a spike is seen at every zoom, a gap stays a gap, a jump lands there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import Reader
from monitor_app.review.columns import stretch
from monitor_app.review.story import load
from monitor_app.review.strip import pieces
from monitor_app.review.traces import Traces
from monitor_app.review.window import ReviewWindow
from tests.record_example import SESSION, example


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(example(tmp_path / "record"))


@given(spike=st.integers(0, 99_999), columns=st.integers(3, 2000), shift=st.floats(-5, 5))
def test_one_sample_spike_is_seen_at_every_zoom(spike: int, columns: int, shift: float) -> None:
    samples = np.zeros(100_000, dtype=np.int16)
    samples[spike] = 3000
    seen = stretch(samples, shift, columns / len(samples))
    assert seen.y.max() == 3000
    assert abs(seen.x[seen.y.argmax()] - (shift + spike * columns / len(samples))) <= 1


@given(data=st.lists(st.integers(-32768, 32767), min_size=3, max_size=400), columns=st.integers(1, 50))
def test_columns_keep_the_extremes_of_every_signal(data: list[int], columns: int) -> None:
    samples = np.array(data, dtype=np.int16)
    seen = stretch(samples, 0.0, columns / len(samples))
    assert (seen.y.min(), seen.y.max()) == (samples.min(), samples.max())
    assert len(seen.y) <= max(2 * (columns + 1), len(samples))


def test_missing_second_separates_two_stretches(reader: Reader) -> None:
    story = load(reader, SESSION)
    (channel,) = [c for c in story.channels if c.parameter == Parameter.ECG_II][:1]
    seen = Traces(reader).window(channel, 5 * SECOND_US, 10 * SECOND_US, 500)
    assert len(seen) == 2
    assert seen[0].x[-1] < seen[1].x[0] - 90  # one of five seconds in 500 columns


def test_trend_is_cut_where_nothing_was_measured(reader: Reader) -> None:
    hr = load(reader, SESSION).trend(Parameter.HR)
    assert hr is not None
    assert [(round(t[0] / SECOND_US), round(t[-1] / SECOND_US)) for t, _ in pieces(hr)] == [(1, 19), (24, 30)]


def test_number_that_was_never_there_has_no_curve(reader: Reader) -> None:
    spo2 = load(reader, SESSION).trend(Parameter.SPO2)
    assert spo2 is not None
    assert pieces(spo2) == []


def test_alarm_carries_its_highest_priority(reader: Reader) -> None:
    (alarm,) = load(reader, SESSION).alarms
    assert (alarm.line.raised.row, alarm.priority.word) == ("HR_HIGH", "high")


def test_failed_cuff_is_a_mark_and_no_pressure(reader: Reader) -> None:
    assert [c.systolic for c in load(reader, SESSION).cuffs] == [118, 158, None]


def test_window_lists_sessions_and_enter_opens_one(qtbot: QtBot, reader: Reader) -> None:
    window = ReviewWindow(reader)
    qtbot.addWidget(window)
    window.show()
    assert window._browser.model.rowCount() == 1
    window._browser._table.activated.emit(window._browser.model.index(0, 0))
    assert window._stack.currentIndex() == 1
    assert window._mark.text() == "SIMULATED"


def test_next_alarm_brings_its_onset_into_the_window(qtbot: QtBot, reader: Reader) -> None:
    window = ReviewWindow(reader)
    qtbot.addWidget(window)
    window.open_session(SESSION)
    window.step_alarm(1)
    from_us, to_us = window._waves.shown_us()
    assert from_us <= 12 * SECOND_US < to_us


def test_event_line_jumps_to_its_moment(qtbot: QtBot, reader: Reader) -> None:
    window = ReviewWindow(reader)
    qtbot.addWidget(window)
    window.open_session(SESSION)
    item = next(
        window._events._list.item(n)
        for n in range(window._events._list.count())
        if "158" in window._events._list.item(n).text()
    )
    window._events._list.itemClicked.emit(item)
    from_us, to_us = window._waves.shown_us()
    assert from_us <= 26 * SECOND_US < to_us


def test_empty_record_says_what_would_fill_it(qtbot: QtBot, tmp_path: Path) -> None:
    from monitor_app.record.writer import Writer

    Writer(tmp_path / "empty", "0192f000-0000-7000-8000-000000000009").close()
    window = ReviewWindow(Reader(tmp_path / "empty"))
    qtbot.addWidget(window)
    assert "Admit a patient" in window._browser._hint.text()
