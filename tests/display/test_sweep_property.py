"""Whatever happens to a canvas, what stands on the screen equals a full repaint: words, gaps, arrows, speeds, sizes, themes.

Default: a few walks at scale 1 and 1.25. `--slow`: many walks at every scale. The scale is fixed when Qt starts, so each
other factor needs a process of its own: `python -m tests.display.test_sweep_property FIRST_SEED WALKS`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from drivers.samples import Parameter
from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.layout import Rect
from monitor_app.display.main import application
from monitor_app.display.millimetre import Millimetre
from monitor_app.display.sweep import Strip, SweepCanvas
from monitor_app.display.theme import DARK, LIGHT, NIGHT

START_US = 7_000_000_000
RATES_HZ = (500.0, 250.0, 100.0, 25.0, 12.5)
SPEEDS = (6.25, 12.5, 25.0, 50.0)
THEMES = (DARK, LIGHT, NIGHT)
COLOURS = ("#35E06F", "#3FD0FF", "#F5E663", "#8A95A1")
MOVES = 45


class Walk:
    """A canvas with strips by chance, and everything that can happen to it by chance."""

    def __init__(self, seed: int, margin: int | None = None) -> None:
        self._chance = random.Random(seed)
        self.top = QWidget()
        self.canvas = SweepCanvas(
            self._chance.choice(THEMES), self.top, margin=margin, passes=self._chance.choice((1, 2))
        )
        self.top.resize(760, 300)
        self.top.show()
        self._now_us = START_US
        self._sent: dict[int, tuple[int, int]] = {}
        self._rates = {channel: self._chance.choice(RATES_HZ) for channel in range(4)}
        self._move_in()

    def _move_in(self) -> None:
        chance = self._chance
        width, high = chance.randint(150, 320), chance.randint(120, 180)
        self.canvas.setGeometry(chance.randint(0, 7), chance.randint(0, 5), width + 90, high)
        self.canvas.set_millimetre(Millimetre(chance.choice((3.61, 2.9, 4.37)), True))
        each = (high - 8) // 4
        speed, slow = chance.choice(SPEEDS), chance.choice(SPEEDS)
        gain = chance.choice((0.0, 0.0, 10.0, 40.0))
        head = chance.choice((0, 12))
        self._strips = [
            Strip((1, n), Rect(70, 4 + n * each + head, width, each - 3 - head), "II", COLOURS[n], "mV",
                  ticks=chance.random() < 0.3, gutter=60, head=head, speed_mm_s=slow if n == 3 else speed,
                  grid=chance.random() < 0.3, caption=True,
                  fixed_mm_per_mv=gain)
            for n in range(4)
        ]  # fmt: skip
        self._laid()

    def _laid(self) -> None:
        self.canvas.lay_out(self._strips, 25, [Rect(0, 0, self.canvas.width(), self.canvas.height())])

    def move(self) -> None:
        """One thing that happens."""
        chance = self._chance
        kind = chance.choices(
            ("run", "jump", "words", "theme", "resize", "expose", "clear"), (80, 2, 8, 2, 2, 5, 1)
        )[0]  # fmt: skip
        if kind == "run":
            for _ in range(chance.randint(1, 12)):
                self._step(chance.choice((16_000, 16_667, 33_000, 50_000)))
        elif kind == "jump":
            self._step(chance.choice((400_000, 2_500_000, 9_000_000)))
        elif kind == "words":
            n = chance.randrange(4)
            changed = {"word": chance.choice(("", "NO SIGNAL 0:04")), "state": chance.choice(("live", "lead_off")),
                       "mark": chance.choice(("", "SIMULATED")), "note": chance.choice(("", "NIBP")),
                       "colour": chance.choice(COLOURS), "grid": chance.random() < 0.4}  # fmt: skip
            self._strips[n] = replace(self._strips[n], **changed)
            self._laid()
        elif kind == "theme":
            self.canvas.set_theme(chance.choice(THEMES))
        elif kind == "resize":
            self._move_in()
        elif kind == "clear":
            self.canvas.clear()
        else:
            self.canvas.update(QRect(chance.randint(0, 200), chance.randint(0, 90), chance.randint(1, 150), 40))
        QApplication.processEvents()

    def _step(self, passed_us: int) -> None:
        self._now_us += passed_us
        for channel, rate in self._rates.items():
            if self._chance.random() < 0.6:
                self._feed(channel, rate)
        self.canvas.step(self._now_us - self._chance.choice((90_000, 100_000)) if self._chance.random() < 0.03
                         else self._now_us - 100_000)  # fmt: skip
        QApplication.processEvents()

    def _feed(self, channel: int, rate: float) -> None:
        chance = self._chance
        first, end_us = self._sent.get(channel, (0, START_US - 300_000))
        count = int((self._now_us - end_us) * rate / 1e6)
        if count < 1:
            return
        lost = chance.random() < 0.04
        if lost:
            first, end_us = first + count, end_us + int(count * 1e6 / rate)
            self._sent[channel] = (first, end_us)
            return
        index = np.arange(first, first + count)
        values = 300 * np.sin(index * 0.7 * 25 / rate) + chance.choice((0, 0, 2600, -2600)) * (
            index % max(3, int(rate * 0.7)) == 2
        )
        beats = ((first, chance.choice("NVSF")),) if chance.random() < 0.2 else ()
        self.canvas.take([WaveChunk(
            1, channel, Parameter.ECG_II, rate, "mV", 0.001, end_us, first, values.astype("<i2").tobytes(),
            chance.random() < 0.04, clipped=chance.random() < 0.1, beats=beats,
        )])  # fmt: skip
        self._sent[channel] = (first + count, end_us + int(count * 1e6 / rate))

    def differing(self) -> int:
        """Pixels that are not as after a full repaint. The canvas's own edge is left out: at 125 % Qt shares its pixels."""
        size = self.top.size()
        shown = pixels(self.top.screen().grabWindow(self.top.winId(), 0, 0, size.width(), size.height()).toImage())
        self.canvas.update()
        whole = pixels(self.top.grab().toImage())[: shown.shape[0], : shown.shape[1]]
        ratio, place = self.canvas.devicePixelRatioF(), self.canvas.geometry().adjusted(2, 2, -2, -2)
        rows = slice(round(place.top() * ratio), round(place.bottom() * ratio))
        columns = slice(round(place.left() * ratio), round(place.right() * ratio))
        return int((shown[rows, columns] != whole[rows, columns]).sum())


def pixels(image: QImage) -> np.ndarray:  # type: ignore[type-arg]
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


def walks(first_seed: int, count: int, margin: int | None = None) -> list[tuple[int, int, int]]:
    """Seed, move and number of differing pixels wherever a walk found any."""
    application()
    found = []
    for seed in range(first_seed, first_seed + count):
        walk = Walk(seed, margin)
        for move in range(MOVES):
            walk.move()
            if move % 3 == 2 and (differing := walk.differing()):
                found.append((seed, move, differing))
                break
        walk.top.close()
        walk.top.deleteLater()
        QApplication.processEvents()
    return found


def _at_scale(factor: str, first_seed: int, count: int) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
    command = [sys.executable, "-m", "tests.display.test_sweep_property", str(first_seed), str(count)]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]


def test_whatever_happens_the_screen_equals_a_full_repaint(qapp: QApplication) -> None:
    assert walks(1, 3) == []


def test_the_walk_finds_a_margin_that_is_too_narrow(qapp: QApplication) -> None:
    assert walks(1, 2, margin=-1) != []


def test_a_screen_at_125_percent_is_exact_too() -> None:
    _at_scale("1.25", 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("factor", ["1", "1.25", "1.5", "1.75", "2"])
def test_many_walks_at_every_scale_equal_a_full_repaint(factor: str) -> None:
    _at_scale(factor, 100, 40)


if __name__ == "__main__":
    result = walks(int(sys.argv[1]), int(sys.argv[2]))
    print(result)
    sys.exit(bool(result))
