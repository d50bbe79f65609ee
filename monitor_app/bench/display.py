"""How cheap is the sweep canvas? CPU per frame beside plain and tuned pyqtgraph and the empty floor, and late heads.

PERFORMANCE sections 1.1 and 5: one window of 1920 × 1080, three strips a chair (ECG 250 Hz, pleth 100 Hz, respiration
25 Hz) that are full from the start, antialiased, width 1, 60 steps a second of the same samples, with grid, text and the
numbers' alarm colours on. Each side runs in a process of its own, in the order there and back; the result is the median of
the rounds' ratios. The sides are in `sweep_sides`, the late heads in `sweep_late`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from monitor_app.bench.sweep_sides import RATES_HZ, count, paints_due

NOISY_SPREAD = 0.6
ROUNDS = 5
STEPS = {1: 600, 4: 600, 16: 300, 32: 150}
SIDES = ("naive", "tuned", "canvas", "floor")
REFERENCES = {
    "naive": "pyqtgraph GraphicsLayoutWidget per chair, PlotDataItem.setData",
    "tuned": "pyqtgraph PlotCurveItem, fixed ranges, no axes, NaN as erase bar",
    "floor": "the same feed and numbers, one repaint of 2 × 2 pixels",
}
GOALS = {("naive", 4): 20.0, ("naive", 16): 25.0, ("tuned", 4): 12.0, ("tuned", 16): 12.0}
FLOOR_MOST = {4: 6.0, 16: 6.0}
SCALING_MOST = {(16, 1): 6.0, (32, 16): 2.2}
LATE_MOST_MS = 1000 / 60

Raw = dict[str, list[float]]


def run(quick: bool) -> list[dict[str, Any]]:
    """The rows of the display. quick: one short round at four chairs, to see that it runs and that ours is not slower."""
    if quick:
        return [_cheaper("naive", 4, _rounds(4, 1, 60, ("naive", "canvas")), 1.0)]
    raw = {chairs: _rounds(chairs, ROUNDS, steps, SIDES) for chairs, steps in STEPS.items()}
    rows = [
        _cheaper(side, chairs, found, GOALS.get((side, chairs)))
        for chairs, found in raw.items() for side in ("naive", "tuned")
    ]  # fmt: skip
    rows += [_above_floor(chairs, found) for chairs, found in raw.items()]
    rows += [_scaling(large, small, raw[large], raw[small], most) for (large, small), most in SCALING_MOST.items()]
    return [*rows, late_heads(16), late_heads(16, "flashing")]


def _rounds(chairs: int, rounds: int, steps: int, sides: Sequence[str]) -> Raw:
    """CPU in ms per step of every side, two for each round."""
    raw: Raw = {side: [] for side in sides}
    for _ in range(rounds):
        for side in (*sides, *reversed(sides)):
            raw[side].append(_side(side, chairs, steps))
    return raw


def _cheaper(side: str, chairs: int, raw: Raw, goal: float | None) -> dict[str, Any]:
    ratios = _ratios(raw[side], raw["canvas"])
    row = _row(f"sweep-{side}-{chairs}", REFERENCES[side], raw["canvas"], raw[side], ratios)
    return row if goal is None else row | {"goal": goal, "passed": row["ratio"] >= goal}


def _above_floor(chairs: int, raw: Raw) -> dict[str, Any]:
    row = _row(f"sweep-floor-{chairs}", REFERENCES["floor"], raw["canvas"], raw["floor"],
               _ratios(raw["canvas"], raw["floor"]))  # fmt: skip
    most = FLOOR_MOST.get(chairs)
    return row if most is None else row | {"goal": most, "passed": row["ratio"] <= most}


def _scaling(large: int, small: int, many: Raw, few: Raw, most: float) -> dict[str, Any]:
    row = _row(f"sweep-scaling-{large}-{small}", f"the canvas at {small} chairs", many["canvas"], few["canvas"],
               _ratios(many["canvas"], few["canvas"]))  # fmt: skip
    return row | {"goal": most, "passed": row["ratio"] <= most}


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """One for each round of two runs."""
    return [
        (above[n] + above[n + 1]) / (below[n] + below[n + 1]) for n in range(0, min(len(above), len(below)) - 1, 2)
    ]  # fmt: skip


def _row(name: str, reference: str, ours: list[float], theirs: list[float], ratios: list[float]) -> dict[str, Any]:
    ratio = statistics.median(ratios)
    return {
        "name": name,
        "ours_ms": statistics.median(ours),
        "reference_ms": statistics.median(theirs),
        "ratio": ratio,
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "noisy": (max(ratios) - min(ratios)) / ratio > NOISY_SPREAD,
        "reference": reference,
        "unit": "CPU ms per step",
        "ours_raw": ours,
        "reference_raw": theirs,
    }


def _side(side: str, chairs: int, steps: int) -> float:
    """CPU in ms per step of one side in a fresh process. Raises RuntimeError for a side that did less than the work."""
    answer = _process("monitor_app.bench.sweep_sides", side, str(chairs), str(steps))
    due = paints_due(chairs, steps) if side == "canvas" else steps // 2
    if answer["paints"] < due or answer["samples"] != chairs * sum(count(rate, steps) for rate in RATES_HZ):
        raise RuntimeError(f"the side '{side}' painted {answer['paints']} of {due} times: it did not do the work")
    return float(answer["cpu_ms"])


def late_heads(chairs: int, room: str = "calm", seconds: int = 30) -> dict[str, Any]:
    """How late is a step of the sweep head on the running window's own timer? 99th percentile against one frame."""
    answer = _process("monitor_app.bench.sweep_late", str(chairs), str(seconds), room)
    row = {"name": f"sweep-late-{chairs}-{room}", "reference": "one frame of 60 Hz", "unit": "ms", **answer}
    return row | {"goal": LATE_MOST_MS, "passed": answer["p99_ms"] <= LATE_MOST_MS}


def _process(module: str, *arguments: str) -> dict[str, Any]:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=900
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
