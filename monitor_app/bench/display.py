"""How much cheaper is the sweep canvas than plain pyqtgraph, and than a full repaint? CPU per frame, side by side.

PERFORMANCE sections 1.1 and 5: one window of 1920 × 1080, three strips a chair (ECG 250 Hz, pleth 100 Hz, respiration
25 Hz) that are full from the start, antialiased, width 1, 60 steps a second of the same samples. Each side runs in a
process of its own, in ABBA order; the result is the median of the rounds' ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_app import clock

RATES_HZ = (250.0, 100.0, 25.0)
SIZE = (1920, 1080)
SWEEP_S = 10.0
STEP_US = 1_000_000 / 60
WAVE_SHARE = 0.78
WARM_UP_STEPS = 30
START_US = 1_000_000_000
NOISY_SPREAD = 0.6
GOALS = {"sweep-naive": 20.0}

Samples = npt.NDArray[np.int16]


def run(quick: bool) -> list[dict[str, Any]]:
    """The rows of the display. quick: one short round at four chairs, to see that it runs and that ours is not slower."""
    rounds, steps, rooms = (1, 60, (4,)) if quick else (5, 600, (4, 16))
    return [_compare(chairs, rounds, steps, quick) for chairs in rooms]


def _compare(chairs: int, rounds: int, steps: int, quick: bool) -> dict[str, Any]:
    ours: list[float] = []
    reference: list[float] = []
    ratios: list[float] = []
    for _ in range(rounds):
        a1, b1, b2, a2 = (_side(side, chairs, steps) for side in ("naive", "canvas", "canvas", "naive"))
        ours += [b1, b2]
        reference += [a1, a2]
        ratios.append((a1 + a2) / (b1 + b2))
    ratio = statistics.median(ratios)
    goal = 1.0 if quick else GOALS["sweep-naive"]
    return {
        "name": f"sweep-naive-{chairs}",
        "reference": "pyqtgraph GraphicsLayoutWidget per chair, PlotDataItem.setData",
        "ours_raw": ours,
        "reference_raw": reference,
        "unit": "CPU ms per step",
        "ratio": ratio,
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "goal": goal,
        "passed": ratio >= goal,
        "noisy": (max(ratios) - min(ratios)) / ratio > NOISY_SPREAD,
    }


def _side(side: str, chairs: int, steps: int) -> float:
    """CPU in ms per step of one side in a fresh process."""
    command = [sys.executable, "-m", "monitor_app.bench.display", side, str(chairs), str(steps)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=600)
    answer = json.loads(done.stdout.splitlines()[-1])
    if answer["paints"] < steps // 2 or answer["samples"] != chairs * sum(_count(rate, steps) for rate in RATES_HZ):
        raise RuntimeError(
            f"the side '{side}' painted {answer['paints']} times in {steps} steps: it did not do the work"
        )
    return float(answer["cpu_ms"])


def _count(rate_hz: float, steps: int) -> int:
    return int((steps + WARM_UP_STEPS) * STEP_US * rate_hz / 1e6)


def _wave(rate_hz: float, samples: int, chair: int) -> Samples:
    t = np.arange(samples) / rate_hz + chair * 0.37
    beat = (t * 1.2) % 1.0
    spike = 1200 * np.exp(-(((beat - 0.4) / 0.012) ** 2))
    return np.asarray(spike + 200 * np.sin(2 * np.pi * beat), dtype="<i2")


def _grid(chairs: int) -> tuple[int, int]:
    return {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2), 16: (4, 4)}.get(chairs, (8, -(-chairs // 8)))


def _measure(step: Callable[[int], int], paints: Callable[[], int], steps: int) -> dict[str, Any]:
    """Run the steps until nothing is left to paint after each; CPU of the steps after the warm-up."""
    from PySide6.QtWidgets import QApplication

    samples = 0
    for number in range(WARM_UP_STEPS):
        samples += step(number)
        QApplication.processEvents()
    before, began = paints(), clock.cpu_us()
    for number in range(WARM_UP_STEPS, WARM_UP_STEPS + steps):
        samples += step(number)
        QApplication.processEvents()
    return {"cpu_ms": (clock.cpu_us() - began) / 1000 / steps, "paints": paints() - before, "samples": samples}


def _pieces(rate_hz: float, number: int) -> tuple[int, int]:
    return int(number * STEP_US * rate_hz / 1e6), int((number + 1) * STEP_US * rate_hz / 1e6)


def _canvas(chairs: int, steps: int) -> dict[str, Any]:
    from drivers.samples import Parameter
    from monitor_app.core.snapshot import WaveChunk
    from monitor_app.display.layout import Rect
    from monitor_app.display.main import application
    from monitor_app.display.sweep import Strip, SweepCanvas
    from monitor_app.display.theme import DARK

    application()
    columns, rows = _grid(chairs)
    wide, high = SIZE[0] // columns, SIZE[1] // rows
    width = int(wide * WAVE_SHARE)
    colours = (DARK.ecg, DARK.spo2, DARK.resp)
    strips = [
        Strip((chair, place), Rect(chair % columns * wide + 4, chair // columns * high + place * high // 3 + 2, width,
              high // 3 - 4), "", colours[place], "mV")
        for chair in range(chairs) for place in range(3)
    ]  # fmt: skip
    canvas = SweepCanvas(DARK, passes=1)
    canvas.resize(*SIZE)
    canvas.lay_out(strips, width / SWEEP_S / 3.61)
    canvas.show()
    for strip in strips:
        chair, place = strip.key
        rate = RATES_HZ[place]
        full = _wave(rate, int(SWEEP_S * rate), chair).tobytes()
        before_us = START_US - int(SWEEP_S * 1e6)
        canvas.take([WaveChunk(chair, place, Parameter.ECG_II, rate, "mV", 0.001, before_us, -len(full) // 2, full)])
    data = [[_wave(rate, _count(rate, steps) + 1, chair) for rate in RATES_HZ] for chair in range(chairs)]
    parameters = (Parameter.ECG_II, Parameter.PLETH, Parameter.RESP)

    def step(number: int) -> int:
        chunks = []
        for chair in range(chairs):
            for place, rate in enumerate(RATES_HZ):
                first, last = _pieces(rate, number)
                if last > first:
                    t_us = START_US + int(first * 1e6 / rate)
                    piece = data[chair][place][first:last]
                    chunks.append(
                        WaveChunk(chair, place, parameters[place], rate, "mV", 0.001, t_us, first, piece.tobytes())
                    )  # fmt: skip
        canvas.take(chunks)
        canvas.step(START_US + int((number + 1) * STEP_US) - 50_000)
        return sum(len(chunk.data) // 2 for chunk in chunks)

    return _measure(step, lambda: canvas.paints, steps)


def _naive(chairs: int, steps: int) -> dict[str, Any]:
    import pyqtgraph as pg
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

    pg.setConfigOptions(antialias=True)
    QApplication.instance() or QApplication([])
    window = QWidget()
    window.resize(*SIZE)
    grid = QGridLayout(window)
    columns, _ = _grid(chairs)
    curves: list[tuple[Any, npt.NDArray[Any], Samples, float]] = []
    counted = _Counter(QObject, QEvent.Type.UpdateRequest)
    for chair in range(chairs):
        view = pg.GraphicsLayoutWidget()
        grid.addWidget(view, chair // columns, chair % columns)
        for row, rate in enumerate(RATES_HZ):
            plot = view.addPlot(row=row, col=0)
            curve = plot.plot(pen=pg.mkPen("#35E06F", width=1))
            buffer = _wave(rate, int(SWEEP_S * rate), chair) * 0.001
            curves.append((curve, buffer, _wave(rate, _count(rate, steps) + 1, chair), rate))
    window.installEventFilter(counted.filter)
    window.show()

    def step(number: int) -> int:
        samples = 0
        for curve, buffer, data, rate in curves:
            first, last = _pieces(rate, number)
            if last > first:
                new = data[first:last] * 0.001
                buffer[: -len(new)] = buffer[len(new) :]
                buffer[-len(new) :] = new
                curve.setData(buffer)
                samples += len(new)
        return samples

    return _measure(step, lambda: counted.seen, steps)


class _Counter:
    """Counts the paints of a window by its update requests."""

    def __init__(self, base: type, kind: object) -> None:
        self.seen = 0
        counter = self

        class Filter(base):  # type: ignore[misc]
            def eventFilter(self, _watched: object, event: Any) -> bool:
                counter.seen += event.type() == kind
                return False

        self.filter = Filter()


def main(arguments: Sequence[str]) -> int:
    """One side: `canvas` or `naive`, chairs, steps. Prints one JSON line."""
    side, chairs, steps = arguments[0], int(arguments[1]), int(arguments[2])
    sides = {"canvas": _canvas, "naive": _naive}
    print(json.dumps(sides[side](chairs, steps)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
