"""The waves of the chair view: each row its own speed, a frozen picture that ends by itself, a strip that is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter
from monitor_app.core.commands import LogObservation
from monitor_app.core.parameters import WAVES
from monitor_app.core.snapshot import ChairView, Snapshot, WaveChunk, WaveView
from monitor_app.display import examples
from monitor_app.display.chair_strip import joined
from monitor_app.display.gain import AutoGain
from monitor_app.display.layout import Rect
from monitor_app.display.millimetre import NOMINAL, Millimetre, millimetre_px, screen_key
from monitor_app.display.trace import RAIL_HIGH, Paper, Trace
from tests.display.snapshots import Desk

Key = Qt.Key
ECG, V, PLETH, RESP = Parameter.ECG_II, Parameter.ECG_V, Parameter.PLETH, Parameter.RESP


def wave(parameter: Parameter, rate_hz: float, unit: str = "", state: str = "live") -> WaveView:
    row = WAVES[parameter]
    return WaveView(row.code, parameter, row.label, row.role, rate_hz, unit, 0.005, state, "", row.speed_mm_s)


def chair(*, measuring: bool = False) -> ChairView:
    one = examples.chair(1)
    waves = (wave(ECG, 250, "mV"), wave(V, 250, "mV", "off"), wave(PLETH, 100), wave(RESP, 25))
    return replace(one, waves=waves, cuff=replace(one.cuff, measuring=measuring))


def room(**changes: bool) -> Snapshot:
    return examples.snapshot(chair(**changes))


@pytest.fixture
def open_chair(qtbot: QtBot) -> Desk:
    made = Desk(qtbot, room(), waves_s=12)
    made.press(Key.Key_1, "1")
    return made


def strip(made: Desk, parameter: Parameter):  # type: ignore[no-untyped-def]
    strips = made.window.chair_page.waves.canvas.strips
    return next((one for one in strips if one.key[1] == WAVES[parameter].code), None)


def test_respiration_is_drawn_four_times_slower_and_every_row_says_its_speed(open_chair: Desk) -> None:
    assert strip(open_chair, ECG).speed_mm_s == 25
    assert strip(open_chair, PLETH).speed_mm_s == 25
    assert strip(open_chair, RESP).speed_mm_s == 6.25
    assert all(one.caption for one in open_chair.window.chair_page.waves.canvas.strips)
    open_chair.press(Key.Key_F5)
    assert (strip(open_chair, ECG).speed_mm_s, strip(open_chair, RESP).speed_mm_s) == (50, 12.5)


def test_a_lead_that_no_device_gives_has_no_row(open_chair: Desk) -> None:
    assert strip(open_chair, V) is None


def test_the_word_of_the_cuff_stands_in_the_pleth_alone(open_chair: Desk) -> None:
    open_chair.show(room(measuring=True))
    assert strip(open_chair, PLETH).note == "NIBP"
    assert strip(open_chair, ECG).note == ""


def test_a_frozen_picture_stands_still_while_numbers_live_and_ends_by_itself(open_chair: Desk) -> None:
    page = open_chair.window.chair_page
    open_chair.press(Key.Key_J, "j")
    head = page.waves.canvas.sheets[0].head
    assert page.waves.frozen
    open_chair.wait(2)
    assert page.waves.canvas.sheets[0].head == head
    assert page.waves.frozen_words.startswith("FROZEN")
    open_chair.wait(59)
    assert not page.waves.frozen
    assert page.waves.frozen_words == ""


def test_a_frozen_picture_ends_with_another_chair_and_when_monitoring_stops(open_chair: Desk) -> None:
    page = open_chair.window.chair_page
    open_chair.press(Key.Key_J, "j")
    open_chair.silence(3)
    assert not page.waves.frozen


def test_a_strip_is_an_event_at_the_moment_of_the_press_and_is_shown(open_chair: Desk) -> None:
    open_chair.press(Key.Key_S, "s")
    (sent,) = open_chair.sent()
    assert isinstance(sent, LogObservation)
    assert sent.code == "strip"
    panel = open_chair.window.chair_page.strip
    assert panel.isVisible()
    assert panel.kept is not None
    assert panel.kept.at_us == sent.at_us
    open_chair.press(Key.Key_Escape)
    assert not panel.isVisible()
    assert open_chair.window.chair_page.trend.isVisible()


def chunk(first: int, values: list[int], *, gap: bool = False, clipped: bool = False) -> WaveChunk:
    data = b"".join(value.to_bytes(2, "little", signed=True) for value in values)
    return WaveChunk(1, 102, ECG, 100, "mV", 0.01, first * 10_000, first, data, gap, clipped)


def test_a_strip_joins_nothing_over_a_gap() -> None:
    pieces = joined([chunk(0, [1, 2, 3]), chunk(3, [4]), chunk(20, [5, 6], gap=True)], 0)
    assert [len(times) for times, _ in pieces] == [4, 2]


def test_what_a_chosen_gain_cannot_show_ends_in_arrows() -> None:
    trace = Trace(Paper(90_000, 200), Rect(0, 0, 200, 40), "mV", 3.61, fixed_mm_per_mv=40)
    trace.take(chunk(0, [0, 0, 300, 300, 0, 0]), None)
    assert [kind for _, kind in trace.rails] == [RAIL_HIGH]


def test_a_converter_at_its_rail_ends_in_arrows_although_the_gain_would_fit() -> None:
    trace = Trace(Paper(90_000, 400), Rect(0, 0, 400, 80), "mV", 3.61, fixed_mm_per_mv=5)
    trace.take(chunk(0, [0, 10, 50, 50, 50, 10, 0], clipped=True), None)
    assert {kind for _, kind in trace.rails} >= {RAIL_HIGH}
    trace = Trace(Paper(90_000, 400), Rect(0, 0, 400, 80), "mV", 3.61, fixed_mm_per_mv=5)
    trace.take(chunk(0, [0, 10, 50, 50, 50, 10, 0]), None)
    assert not trace.rails


def test_a_gain_that_a_person_chose_stays_and_is_named() -> None:
    gain = AutoGain("mV", 40, 4.0, 10)
    gain.see(-9, 9, 0)
    gain.see(-9, 9, 1_000_000)
    assert not gain.settle()
    assert gain.gain is not None
    assert (gain.gain.px_per_unit, gain.gain.word) == (40, "10 mm/mV")


def test_a_millimetre_is_what_was_measured_on_this_screen_or_nominal() -> None:
    here = screen_key("AB-1", 1920, 1080, 1)
    assert millimetre_px({here: 4.2}, here) == Millimetre(4.2, True)
    assert millimetre_px({here: 4.2}, screen_key("AB-1", 1920, 1080, 1.25)) == NOMINAL
    assert millimetre_px({here: 400.0}, here) == NOMINAL


def test_a_calibrated_screen_sweeps_true_millimetres(open_chair: Desk) -> None:
    pane = open_chair.window.chair_page.waves
    pane.set_millimetre(Millimetre(5.0, True))
    assert pane.canvas.sheets[0].paper.milli_px_per_s == 125_000
