"""The quick benchmark runs, both sides do their work, and the canvas is cheaper than plain pyqtgraph."""

from __future__ import annotations

import pytest

from monitor_app.bench.display import run


@pytest.mark.slow
def test_the_canvas_costs_less_than_plain_pyqtgraph() -> None:
    (row,) = run(quick=True)
    assert row["name"] == "sweep-naive-4"
    assert row["passed"]
    assert row["ratio"] > 3
    assert len(row["ours_raw"]) == len(row["reference_raw"]) == 2
