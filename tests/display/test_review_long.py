"""A long session is shown at once: the first picture needs no sample, and what comes after it changes nothing but adds."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.readers import Reader
from monitor_app.review import window as window_of
from monitor_app.review.axis import Axis
from monitor_app.review.story import filled, load, outline
from monitor_app.review.traces import Traces
from monitor_app.review.window import ReviewWindow
from tests.treatment_example import SESSION, treatment

SPIKE, SPIKE_US = 900, 20 * MINUTE_US + 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data")


@pytest.fixture(scope="module")
def traces(folder: Path) -> Traces:
    return Traces(Reader(folder))


@given(
    before_us=st.integers(0, 40 * MINUTE_US),
    after_us=st.integers(SECOND_US // 50, 70 * MINUTE_US),
    columns=st.integers(2, 2500),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_spike_of_one_sample_is_seen_through_every_window_that_holds_it(
    traces: Traces, before_us: int, after_us: int, columns: int
) -> None:
    (ecg,) = traces.channels(SESSION)
    seen = traces.window(ecg, SPIKE_US - before_us, SPIKE_US + after_us, columns)
    assert max(part.y.max() for part in seen) == SPIKE


def test_glance_tells_what_a_look_at_every_checksum_tells(folder: Path) -> None:
    with Reader(folder) as reader:
        (ecg,) = reader.channels(SESSION)
        quick, slow = reader.glance(ecg), reader.overview(ecg)
    assert len(quick.t_us) > 80 * 60
    for one, other in ((quick.t_us, slow.t_us), (quick.low, slow.low), (quick.high, slow.high)):
        assert np.array_equal(one, other)


def test_damage_in_a_first_picture_is_found_by_the_proof_and_left_out(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(folder, copy)
    (file,) = (copy / "waves").glob("*.db")
    with sqlite3.connect(file) as db:
        wrong = np.tile(np.array([-32000, 32000], dtype="<i2"), 60).tobytes()
        db.execute(
            "UPDATE wave_block SET minmax = ? WHERE first_index = (SELECT max(first_index) FROM wave_block)", (wrong,)
        )
    with Reader(copy) as reader:
        traces = Traces(reader)
        (ecg,) = reader.channels(SESSION)
        assert traces.seconds(ecg).high.max() == 32000
        found = [traces.prove() for _ in iter(lambda: traces.unproved, False)]
        assert found.count(True) == 1
        assert traces.seconds(ecg).high.max() == SPIKE


def test_story_filled_step_by_step_is_the_story_read_at_once(folder: Path) -> None:
    with Reader(folder) as reader:
        first = outline(reader, SESSION)
        assert (first.trends, first.numbers_read) == ((), False)
        *_, last = filled(reader, first)
        whole = load(reader, SESSION)
    assert last.numbers_read and whole.numbers_read
    assert [(t.parameter, t.source) for t in last.trends] == [(t.parameter, t.source) for t in whole.trends]
    for one, other in zip(last.trends, whole.trends, strict=True):
        assert np.array_equal(one.values, other.values, equal_nan=True)


def test_long_session_opens_before_its_numbers_are_read(
    qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_of, "LONG_US", 0)
    window = ReviewWindow(Reader(folder))
    qtbot.addWidget(window)
    window.show()
    window.open_session(SESSION)
    assert window._waves.channels
    assert window._table.table.rowCount() == 0
    assert "being read" in window._table.foot_words()
    qtbot.waitUntil(lambda: window._table.table.rowCount() > 10)
    assert window._story is not None
    assert window._story.numbers_read
    assert "being read" not in window._table.foot_words()


@pytest.mark.parametrize("hours", [1 / 60, 1, 3, 24, 48])
def test_labels_of_the_time_axis_never_touch(folder: Path, hours: float) -> None:
    with Reader(folder) as reader:
        anchors = reader.anchors()
    at = [x for x, _ in Axis(0, round(hours * 3600 * SECOND_US), 1000).ticks(anchors)]
    assert len(at) >= 2
    assert min(np.diff(at)) >= 90
