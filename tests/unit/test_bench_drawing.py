"""What the benchmarks of drawing call a spike, a leak and a drift; the running of them is not tested here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from monitor_app.bench.endurance import Measure, verdict
from monitor_app.bench.painted import has_spike
from monitor_app.bench.sweep_sides import STEP_US, SWEEP_S, paints_due, strip_width

STILL = Measure(0.0, 200_000, 90_000, 12, 3, 400, 0.8, 4.0, 0.6, 9_000, 10.0)


def day(**per_hour: float) -> list[Measure]:
    return [
        replace(STILL, hours=hours, **{name: getattr(STILL, name) + slope * hours for name, slope in per_hour.items()})
        for hours in (step / 12 for step in range(1, 97))
    ]  # fmt: skip


def test_a_window_that_stands_still_passes() -> None:
    assert verdict(day())["passed"] is True


def test_a_leak_of_memory_or_objects_a_drift_and_a_lost_handle_fail() -> None:
    for grown in ({"rss_kb": 400}, {"objects": 80}, {"tick_ms": 0.1}, {"files": 1}, {"threads": 1}):
        assert verdict(day(**grown))["passed"] is False, grown


def test_a_run_that_was_too_short_is_neither_passed_nor_failed() -> None:
    assert verdict(day()[:9])["passed"] is None
    assert verdict([])["passed"] is None


def test_a_spike_stands_out_of_its_block_and_a_heart_does_not() -> None:
    beat = np.array([0, 2, 9, 3, 0, 0, 0], dtype=np.int16)
    _, most = has_spike(beat, 0.1, 0.0)
    there, most = has_spike(np.array([0, 0, 300, 0], dtype=np.int16), 0.1, most)
    assert there
    assert not has_spike(beat, 0.1, most)[0]


def test_the_canvas_owes_a_paint_for_every_pixel_of_its_head() -> None:
    steps = 600
    pixels = strip_width(16) / SWEEP_S * steps * STEP_US / 1e6
    assert abs(paints_due(16, steps) - pixels) <= 1
    assert paints_due(4, steps) == steps
