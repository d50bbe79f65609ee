"""The sides of the drawing benchmark: our canvas, plain and tuned pyqtgraph, and the floor. One process measures one side.

Same window, same samples, same steps. Dressed: a grid, label, speed and gain in every strip, and beside each chair's waves
the same box of three numbers on every side, refreshed once a second, with the fill of an alarm that flashes in every
fourth chair. `python -m monitor_app.bench.sweep_sides SIDE CHAIRS STEPS [bare]` prints one JSON line.
"""

from __future__ import annotations

import json
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
DELAY_US = 50_000
SHOWN_US = 1_000_000
FLASH_US = 250_000
ALARM_EVERY = 4
COLOURS = ("#35E06F", "#3FD0FF", "#F5E663")
LABELS = ("II", "Pleth", "Resp")

Samples = npt.NDArray[np.int16]


def wave(rate_hz: float, samples: int, chair: int) -> Samples:
    """Steps of a microvolt or so: one spike and one hump a beat."""
    t = np.arange(samples) / rate_hz + chair * 0.37
    beat = (t * 1.2) % 1.0
    spike = 1200 * np.exp(-(((beat - 0.4) / 0.012) ** 2))
    return np.asarray(spike + 200 * np.sin(2 * np.pi * beat), dtype="<i2")


def count(rate_hz: float, steps: int) -> int:
    """How many samples a channel gets in so many steps and the warm-up."""
    return int((steps + WARM_UP_STEPS) * STEP_US * rate_hz / 1e6)


def grid(chairs: int) -> tuple[int, int]:
    """Columns and rows of the room."""
    return {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2), 16: (4, 4)}.get(chairs, (8, -(-chairs // 8)))


def strip_width(chairs: int) -> int:
    """Pixels of a wave."""
    return int(SIZE[0] // grid(chairs)[0] * WAVE_SHARE)


def paints_due(chairs: int, steps: int) -> int:
    """In how many of the steps the sweep head of a strip of that width reaches another pixel."""
    speed = strip_width(chairs) / SWEEP_S

    def column(step: int) -> int:
        return int((START_US + int(step * STEP_US) - DELAY_US) * speed / 1e6)

    return sum(column(n + 1) != column(n) for n in range(WARM_UP_STEPS, WARM_UP_STEPS + steps))


def _pieces(rate_hz: float, number: int) -> tuple[int, int]:
    return int(number * STEP_US * rate_hz / 1e6), int((number + 1) * STEP_US * rate_hz / 1e6)


class _Boxes:
    """The numbers beside the waves, alike on every side."""

    def __init__(self, parent: Any, chairs: int) -> None:
        from monitor_app.display.theme import ALARM, DARK, font

        self._boxes = []
        columns, rows = grid(chairs)
        wide, high = SIZE[0] // columns, SIZE[1] // rows
        fill = ALARM[max(ALARM)].fill
        kind = _box_class(font(max(10.0, high * 0.09)), DARK.tile, DARK.text1, fill)
        for chair in range(chairs):
            box = kind(parent)
            left = chair % columns * wide + int(wide * WAVE_SHARE) + 8
            box.setGeometry(left, chair // columns * high + 2, wide - int(wide * WAVE_SHARE) - 12, high - 4)
            box.show()
            self._boxes.append(box)
        self._lit, self._second = False, -1

    def step(self, number: int) -> None:
        """Numbers once a second, each chair in its turn; the flash twice a second."""
        t_us = int(number * STEP_US)
        for chair in range(len(self._boxes)):
            if (t_us + chair * 61_000) // SHOWN_US != (t_us - int(STEP_US) + chair * 61_000) // SHOWN_US:
                self._boxes[chair].say(60 + (t_us // SHOWN_US * 7 + chair) % 50)
        lit = t_us // FLASH_US % 2 == 0
        if lit != self._lit:
            self._lit = lit
            for box in self._boxes[::ALARM_EVERY]:
                box.flash(lit)


def _box_class(face: Any, ground: str, ink: str, fill: str) -> Any:
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtGui import QColor, QPainter
    from PySide6.QtWidgets import QWidget

    class Box(QWidget):
        def __init__(self, parent: QWidget) -> None:
            super().__init__(parent)
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
            self._value, self._lit = 72, False

        def say(self, value: int) -> None:
            self._value = value
            self.update()

        def flash(self, lit: bool) -> None:
            self._lit = lit
            self.update()

        def paintEvent(self, _event: Any) -> None:
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(fill if self._lit else ground))
            painter.setFont(face)
            painter.setPen(QColor(ink))
            for row in range(3):
                painter.drawText(QPointF(6, self.height() * (row + 0.7) / 3), str(self._value + 9 * row))
            painter.end()

    return Box


def _measure(step: Callable[[int], int], paints: Callable[[], int], steps: int, boxes: _Boxes | None) -> dict[str, Any]:
    """Run the steps until nothing is left to paint after each; CPU of the steps after the warm-up."""
    from PySide6.QtWidgets import QApplication

    samples, before, began = 0, 0, 0
    for number in range(WARM_UP_STEPS + steps):
        if number == WARM_UP_STEPS:
            before, began = paints(), clock.cpu_us()
        samples += step(number)
        if boxes is not None:
            boxes.step(number)
        QApplication.processEvents()
    return {"cpu_ms": (clock.cpu_us() - began) / 1000 / steps, "paints": paints() - before, "samples": samples}


class _Feed:
    """The samples of every step as the chunks that a window is given."""

    def __init__(self, chairs: int, steps: int) -> None:
        from drivers.samples import Parameter

        self._parameters = (Parameter.ECG_II, Parameter.PLETH, Parameter.RESP)
        self._data = [[wave(rate, count(rate, steps) + 1, chair) for rate in RATES_HZ] for chair in range(chairs)]

    def full(self) -> list[Any]:
        """A whole sweep before the first step."""
        chunks = []
        for chair in range(len(self._data)):
            for place, rate in enumerate(RATES_HZ):
                data = wave(rate, int(SWEEP_S * rate), chair).tobytes()
                chunks.append(self._chunk(chair, place, START_US - int(SWEEP_S * 1e6), -len(data) // 2, data))
        return chunks

    def chunks(self, number: int) -> list[Any]:
        """Those of one step."""
        chunks = []
        for place, rate in enumerate(RATES_HZ):
            first, last = _pieces(rate, number)
            if last > first:
                t_us = START_US + int(first * 1e6 / rate)
                for chair, data in enumerate(self._data):
                    chunks.append(self._chunk(chair, place, t_us, first, data[place][first:last].tobytes()))
        return chunks

    def _chunk(self, chair: int, place: int, t_us: int, first: int, data: bytes) -> Any:
        from monitor_app.core.snapshot import WaveChunk

        return WaveChunk(chair, place, self._parameters[place], RATES_HZ[place], "mV", 0.001, t_us, first, data)


def canvas(chairs: int, steps: int, dressed: bool) -> dict[str, Any]:
    """Ours."""
    from PySide6.QtWidgets import QWidget

    from monitor_app.display.layout import Rect
    from monitor_app.display.main import application
    from monitor_app.display.millimetre import NOMINAL_PX
    from monitor_app.display.sweep import Strip, SweepCanvas
    from monitor_app.display.theme import DARK

    application()
    columns, rows = grid(chairs)
    wide, high, width = SIZE[0] // columns, SIZE[1] // rows, strip_width(chairs)
    strips = [
        Strip((chair, place), Rect(chair % columns * wide + 4, chair // columns * high + place * high // 3 + 2, width,
              high // 3 - 4), LABELS[place] if dressed else "", COLOURS[place], "mV", grid=dressed, caption=dressed)
        for chair in range(chairs) for place in range(3)
    ]  # fmt: skip
    window = QWidget()
    window.resize(*SIZE)
    made = SweepCanvas(DARK, window, passes=1)
    made.resize(*SIZE)
    made.lay_out(strips, width / SWEEP_S / NOMINAL_PX)
    boxes = _Boxes(window, chairs) if dressed else None
    window.show()
    feed = _Feed(chairs, steps)
    made.take(feed.full())

    def step(number: int) -> int:
        chunks = feed.chunks(number)
        made.take(chunks)
        made.step(START_US + int((number + 1) * STEP_US) - DELAY_US)
        return sum(len(chunk.data) // 2 for chunk in chunks)

    return _measure(step, lambda: made.paints, steps, boxes)


def floor(chairs: int, steps: int, dressed: bool) -> dict[str, Any]:
    """The same feed, the same boxes, and one repaint of 2 × 2 pixels where the canvas would paint."""
    from PySide6.QtCore import QRect, Qt
    from PySide6.QtWidgets import QWidget

    from monitor_app.display.main import application

    class Empty(QWidget):
        paints = 0

        def paintEvent(self, _event: Any) -> None:
            Empty.paints += 1

    application()
    window = QWidget()
    window.resize(*SIZE)
    empty = Empty(window)
    empty.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    empty.resize(*SIZE)
    boxes = _Boxes(window, chairs) if dressed else None
    window.show()
    feed = _Feed(chairs, steps)

    def step(number: int) -> int:
        chunks = feed.chunks(number)
        empty.update(QRect(4, 4, 2, 2))
        return sum(len(chunk.data) // 2 for chunk in chunks)

    return _measure(step, lambda: Empty.paints, steps, boxes)


def naive(chairs: int, steps: int, dressed: bool) -> dict[str, Any]:
    """pyqtgraph as its examples use it: axes, autorange, the scrolled buffer given to `setData`."""
    import pyqtgraph as pg

    def plot_of(view: Any, row: int, rate: float, chair: int) -> tuple[Any, Any]:
        plot = view.addPlot(row=row, col=0)
        if dressed:
            plot.showGrid(x=True, y=True)
            _caption(pg, plot, row)
        buffer = wave(rate, int(SWEEP_S * rate), chair) * 0.001
        return plot.plot(pen=pg.mkPen(COLOURS[row], width=1)), buffer

    def put(curve: Any, buffer: Any, new: Any, _first: int) -> None:
        buffer[: -len(new)] = buffer[len(new) :]
        buffer[-len(new) :] = new
        curve.setData(buffer)

    return _plots(chairs, steps, dressed, plot_of, put)


def tuned(chairs: int, steps: int, dressed: bool) -> dict[str, Any]:
    """pyqtgraph by somebody who knows it: curves alone, fixed ranges, no axes, a sweep with NaN as its erase bar."""
    import pyqtgraph as pg

    def plot_of(view: Any, row: int, rate: float, chair: int) -> tuple[Any, Any]:
        plot = view.addPlot(row=row, col=0)
        plot.hideAxis("left")
        plot.hideAxis("bottom")
        plot.setMouseEnabled(False, False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        samples = int(SWEEP_S * rate)
        plot.setRange(xRange=(0, samples), yRange=(-0.6, 1.8), padding=0)
        plot.disableAutoRange()
        if dressed:
            plot.addItem(_paper(pg, samples, rate))
            _caption(pg, plot, row)
        curve = pg.PlotCurveItem(pen=pg.mkPen(COLOURS[row], width=1), connect="finite", skipFiniteCheck=False)
        plot.addItem(curve)
        return curve, wave(rate, samples, chair) * 0.001

    def put(curve: Any, buffer: Any, new: Any, first: int) -> None:
        length = len(buffer)
        at = (first + np.arange(len(new))) % length
        buffer[at] = new
        buffer[(at[-1] + 1 + np.arange(round(length * 0.035))) % length] = np.nan
        curve.setData(buffer)

    return _plots(chairs, steps, dressed, plot_of, put)


def _paper(pg: Any, samples: int, rate: float) -> Any:
    """A grid that stands still, as one path."""
    xs = np.repeat(np.arange(0, samples, rate * 0.2), 2)
    ys = np.tile([-0.6, 1.8], len(xs) // 2)
    rows = np.repeat(np.arange(-0.5, 1.8, 0.5), 2)
    x = np.concatenate([xs, np.tile([0, samples], len(rows) // 2)])
    return pg.PlotCurveItem(x, np.concatenate([ys, rows]), pen=pg.mkPen("#1F2A36", width=1), connect="pairs")


def _caption(pg: Any, plot: Any, row: int) -> None:
    label = pg.TextItem(f"{LABELS[row]}   25 mm/s   10 mm/mV", color=COLOURS[row])
    plot.addItem(label, ignoreBounds=True)
    label.setPos(0, 1.2)


def _plots(
    chairs: int,
    steps: int,
    dressed: bool,
    plot_of: Callable[[Any, int, float, int], tuple[Any, Any]],
    put: Callable[[Any, Any, Any, int], None],
) -> dict[str, Any]:
    import pyqtgraph as pg
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QWidget

    from monitor_app.display.main import application

    application()
    pg.setConfigOptions(antialias=True)
    window = QWidget()
    window.resize(*SIZE)
    columns, rows = grid(chairs)
    wide, high = SIZE[0] // columns, SIZE[1] // rows
    curves: list[tuple[Any, Any, Samples, float]] = []
    counted = _Counter(QObject, QEvent.Type.UpdateRequest)
    for chair in range(chairs):
        view = pg.GraphicsLayoutWidget(window)
        view.setGeometry(chair % columns * wide, chair // columns * high, int(wide * WAVE_SHARE) + 4, high)
        for row, rate in enumerate(RATES_HZ):
            curve, buffer = plot_of(view, row, rate, chair)
            curves.append((curve, buffer, wave(rate, count(rate, steps) + 1, chair), rate))
    boxes = _Boxes(window, chairs) if dressed else None
    window.installEventFilter(counted.filter)
    window.show()

    def step(number: int) -> int:
        samples = 0
        for curve, buffer, data, rate in curves:
            first, last = _pieces(rate, number)
            if last > first:
                put(curve, buffer, data[first:last] * 0.001, first)
                samples += last - first
        return samples

    return _measure(step, lambda: counted.seen, steps, boxes)


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


SIDES = {"canvas": canvas, "naive": naive, "tuned": tuned, "floor": floor}


def main(arguments: Sequence[str]) -> int:
    """One side: its name, chairs, steps, and `bare` to leave grid, text and numbers away. Prints one JSON line."""
    side, chairs, steps = arguments[0], int(arguments[1]), int(arguments[2])
    print(json.dumps(SIDES[side](chairs, steps, "bare" not in arguments)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
