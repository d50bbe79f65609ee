"""The sweep's clock and gain: slow, bounded, honest about what is late."""

from __future__ import annotations

import numpy as np

from monitor_app.display.gain import AutoGain
from monitor_app.display.playout import DELAY_LEAST_US, DELAY_MOST_US, PlayOut

FRAME_US = 16_667


def test_the_head_runs_100_ms_behind_a_station_that_sends_every_50_ms() -> None:
    clock = PlayOut()
    offset = 7_000_000_000
    shown = 0
    for frame in range(600):
        now = frame * FRAME_US
        if frame % 12 == 0:
            clock.heard(now + offset, now)
        if frame % 3 == 0:
            clock.arrived(now + offset - 50_000, now)
        shown = clock.shown(now) or 0
    behind = 599 * FRAME_US + offset - shown
    assert DELAY_LEAST_US <= behind <= DELAY_LEAST_US + 20_000


def test_a_device_with_long_blocks_moves_the_head_back_slowly_and_never_backwards() -> None:
    clock = PlayOut()
    clock.heard(0, 0)
    before = clock.shown(0) or 0
    clock.arrived(-400_000, 0)
    for frame in range(1, 600):
        now = clock.shown(frame * FRAME_US)
        assert now is not None
        assert now >= before
        assert now - before <= FRAME_US * 1.11
        before = now
    assert abs(599 * FRAME_US - before - 440_000) < 5_000


def test_what_is_very_late_does_not_hold_the_heart_back() -> None:
    clock = PlayOut()
    clock.heard(0, 0)
    clock.arrived(-60_000_000, 0)
    assert clock.delay_us < DELAY_MOST_US


def test_another_run_of_the_station_makes_the_head_jump() -> None:
    clock = PlayOut()
    clock.heard(1_000_000, 0)
    clock.shown(0)
    clock.heard(900_000_000, FRAME_US)
    shown = clock.shown(FRAME_US)
    assert shown is not None
    assert shown > 890_000_000


def feed(gain: AutoGain, amplitude: float, seconds: range) -> int:
    changes = 0
    for second in seconds:
        for _ in range(4):
            gain.see(-0.2 * amplitude, amplitude, second * 1_000_000)
            changes += gain.settle()
    return changes


def test_a_steady_trace_changes_its_gain_once() -> None:
    gain = AutoGain("mV", 120, 3.61)
    assert feed(gain, 1.2, range(60)) == 1
    assert gain.gain is not None
    assert gain.gain.word == "20 mm/mV"


def test_a_trace_that_does_not_fit_is_drawn_smaller_at_once() -> None:
    gain = AutoGain("mV", 60, 3.61)
    feed(gain, 0.8, range(12))
    assert feed(gain, 4.0, range(12, 13)) == 1
    assert gain.gain is not None
    top = 30 - (4.0 - gain.gain.centre) * gain.gain.px_per_unit
    assert 0 <= top <= 60


def test_a_trace_that_became_small_grows_only_after_ten_seconds() -> None:
    gain = AutoGain("", 60, 3.61)
    feed(gain, 1000, range(12))
    assert feed(gain, 200, range(12, 20)) == 0
    assert feed(gain, 200, range(20, 40)) >= 1


def test_a_relative_unit_has_no_word() -> None:
    gain = AutoGain("", 60, 3.61)
    feed(gain, 1000, range(5))
    assert gain.gain is not None
    assert gain.gain.word == ""
    assert np.isfinite(gain.gain.px_per_unit)
